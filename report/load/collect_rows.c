/* SPDX-License-Identifier: MIT */
#include "report/load/collect_parts.h"
#include "scenarios/base/arena.h"

/* ---- making --------------------------------------------------------- */

bool rows_init(struct collector *c)
{
	c->row_s = 1;
	for (size_t i = 0; i < COLLECT_ROWS_MAX; i++) {
		c->row[i].latency = hist_new(ROW_DIGITS);
		if (!c->row[i].latency)
			return false;
	}
	for (size_t i = 0; i < SECONDS_KEPT; i++) {
		c->second[i].number = NO_SECOND;
		c->second[i].latency = hist_new(ROW_DIGITS);
		if (!c->second[i].latency)
			return false;
	}
	return true;
}

void rows_release(struct collector *c)
{
	for (size_t i = 0; i < COLLECT_ROWS_MAX; i++)
		hist_free(c->row[i].latency);
	for (size_t i = 0; i < SECONDS_KEPT; i++)
		hist_free(c->second[i].latency);
}

/* ---- taking --------------------------------------------------------- */

static void empty_row(struct row *r)
{
	struct hist *const latency = r->latency;

	hist_reset(latency);
	*r = (struct row){ .latency = latency };
}

static void add_row(struct row *into, const struct row *from)
{
	if (!from->is_used)
		return;
	into->planned += from->planned;
	into->sent += from->sent;
	into->ok += from->ok;
	into->failed += from->failed;
	into->timed_out += from->timed_out;
	into->dropped += from->dropped;
	if (!into->is_used || from->level_s >= into->level_s) {
		into->users = from->users;
		into->connections = from->connections;
		into->level_s = from->level_s;
	}
	into->is_used = true;
	hist_merge(into->latency, from->latency);
}

/* Two rows become one, the second half of them is free again. */
static void coarsen(struct collector *c)
{
	for (size_t i = 0; i < COLLECT_ROWS_MAX; i++) {
		size_t to = i / 2;

		if (i % 2 == 0 && to != i) {
			empty_row(&c->row[to]);
			add_row(&c->row[to], &c->row[i]);
		} else if (i % 2 == 1) {
			add_row(&c->row[to], &c->row[i]);
		}
	}
	for (size_t i = COLLECT_ROWS_MAX / 2; i < COLLECT_ROWS_MAX; i++)
		empty_row(&c->row[i]);
	c->row_s *= 2;
}

void rows_take(struct collector *c, const struct tally *slice)
{
	uint64_t second = slice->from_ns / UNIT_NS_PER_S;
	struct row *r;

	while (second / c->row_s >= COLLECT_ROWS_MAX)
		coarsen(c);
	r = &c->row[second / c->row_s];
	r->planned += slice->planned;
	r->sent += slice->sent;
	r->ok += slice->ok;
	r->failed += slice->failed;
	r->timed_out += slice->timed_out;
	r->dropped += slice->dropped;
	if (!r->is_used || second > r->level_s) {
		r->users = r->connections = 0;
		r->level_s = second;
	}
	if (second == r->level_s) {
		r->users += slice->users;
		r->connections += slice->connections;
	}
	r->is_used = true;
	tally_latency(slice, r->latency);
}

/* ---- the result ----------------------------------------------------- */

static bool write_row(const struct collector *c, size_t i, uint64_t total_ns,
		      struct arena *a, struct timeline_row *out)
{
	const struct row *r = &c->row[i];
	uint64_t from_ns = i * c->row_s * UNIT_NS_PER_S;
	uint64_t to_ns = from_ns + c->row_s * UNIT_NS_PER_S;

	*out = (struct timeline_row){
		.at_ns = from_ns,
		.for_ns = (to_ns < total_ns ? to_ns : total_ns) - from_ns,
		.is_warm_up = (i + 1) * c->row_s <= c->warm_s,
		.planned = r->planned,
		.sent = r->sent,
		.ok = r->ok,
		.failed = r->failed,
		.timed_out = r->timed_out,
		.dropped = r->dropped,
		.users = r->users,
		.connections = r->connections,
		.p50_ns = hist_quantile(r->latency, 0.5),
		.p90_ns = hist_quantile(r->latency, 0.9),
		.p99_ns = hist_quantile(r->latency, 0.99),
		.max_ns = hist_max_ns(r->latency),
		.hdr = times_encode(r->latency, a),
	};
	return out->hdr;
}

static bool is_empty(const struct row *r)
{
	return r->planned + r->sent + r->ok + r->failed + r->timed_out +
		       r->dropped ==
	       0;
}

bool rows_result(const struct collector *c, uint64_t start_ns,
		 uint64_t total_ns, struct arena *a, struct load_result *out)
{
	struct timeline_row *rows;
	size_t n = 0;

	for (size_t i = 0; i < COLLECT_ROWS_MAX; i++) {
		if (c->row[i].is_used)
			n = i + 1;
	}
	/* the last tick may come in a second in which nothing was left */
	if (n > 1 && is_empty(&c->row[n - 1]) &&
	    total_ns <= (n - 1) * c->row_s * UNIT_NS_PER_S)
		n--;
	rows = arena_alloc(a, n, sizeof *rows);
	if (!rows)
		return false;
	for (size_t i = 0; i < n; i++) {
		/* an end that lies before the last slice's */
		uint64_t from_ns = i * c->row_s * UNIT_NS_PER_S;
		uint64_t to_ns = total_ns > from_ns ? total_ns : from_ns + 1;

		if (!write_row(c, i, to_ns, a, &rows[i]))
			return false;
		rows[i].at_ns += start_ns;
	}
	out->n_timeline = n;
	out->timeline = rows;
	return true;
}
