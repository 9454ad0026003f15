/* SPDX-License-Identifier: MIT */
#include "probe/engine/limits.h"

#include <stddef.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

enum stage { STAGE_DNS, STAGE_CONNECT, STAGE_TLS, STAGE_FIRST, STAGE_IDLE };

static const struct {
	const char *what;
	enum outcome outcome;
	size_t limit; /* offset in struct time_limits */
	size_t begin; /* offset in struct limits_view */
} stages[] = {
	[STAGE_DNS] = { "dns", OUTCOME_DNS_TIMEOUT,
			offsetof(struct time_limits, dns_ns),
			offsetof(struct limits_view, started_ns) },
	[STAGE_CONNECT] = { "connect", OUTCOME_CONNECT_TIMEOUT,
			    offsetof(struct time_limits, connect_ns),
			    offsetof(struct limits_view, resolved_ns) },
	[STAGE_TLS] = { "tls", OUTCOME_TLS_TIMEOUT,
			offsetof(struct time_limits, tls_ns),
			offsetof(struct limits_view, connected_ns) },
	[STAGE_FIRST] = { "first byte", OUTCOME_TIMEOUT,
			  offsetof(struct time_limits, first_byte_ns),
			  offsetof(struct limits_view, ready_ns) },
	[STAGE_IDLE] = { "the next byte", OUTCOME_TIMEOUT,
			 offsetof(struct time_limits, idle_ns),
			 offsetof(struct limits_view, last_ns) },
};

enum { STAGE_N = sizeof(stages) / sizeof(stages[0]) };

static enum stage stage_of(enum phase under_way)
{
	switch (under_way) {
	case PHASE_CONNECT:
		return STAGE_CONNECT;
	case PHASE_TLS:
		return STAGE_TLS;
	case PHASE_SEND:
	case PHASE_WAIT:
		return STAGE_FIRST;
	case PHASE_RECEIVE:
		return STAGE_IDLE;
	default:
		return STAGE_DNS;
	}
}

static uint64_t limit_of(const struct time_limits *lim, int stage)
{
	return *(const uint64_t *)((const char *)lim + stages[stage].limit);
}

static uint64_t begin_of(const struct limits_view *v, int stage)
{
	uint64_t at =
		*(const uint64_t *)((const char *)v + stages[stage].begin);

	return at ? at : v->started_ns;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > LIMITS_NEVER - b ? LIMITS_NEVER : a + b;
}

uint64_t limits_next(const struct time_limits *lim, const struct limits_view *v,
		     uint64_t now_ns)
{
	int current = (int)stage_of(v->under_way);
	uint64_t next = LIMITS_NEVER;

	if (lim->total_ns)
		next = sum(v->started_ns, lim->total_ns);
	for (int i = current; i < STAGE_N; i++) {
		uint64_t limit = limit_of(lim, i);
		/* What has not begun can begin now at the earliest. */
		uint64_t begin = i == current ? begin_of(v, i) : now_ns;
		if (limit && sum(begin, limit) < next)
			next = sum(begin, limit);
	}
	return next;
}

bool limits_find_hit(const struct time_limits *lim, const struct limits_view *v,
		     uint64_t now_ns, struct limits_hit *hit)
{
	int current = (int)stage_of(v->under_way);
	uint64_t limit = limit_of(lim, current);
	uint64_t begin = begin_of(v, current);

	*hit = (struct limits_hit){
		.outcome = stages[current].outcome,
		.what = stages[current].what,
		.elapsed_ns = now_ns > begin ? now_ns - begin : 0,
		.limit_ns = limit,
	};
	if (limit && sum(begin, limit) <= now_ns)
		return true;
	if (current == STAGE_IDLE) {
		hit->what = "the answer";
		hit->elapsed_ns = now_ns - v->first_ns;
	}
	hit->is_total = true;
	hit->limit_ns = lim->total_ns;
	return lim->total_ns && sum(v->started_ns, lim->total_ns) <= now_ns;
}

/* Coarser than unit_human_duration(): the limit as it was written. */
static void say_time(struct buf *out, uint64_t ns)
{
	if (ns < UNIT_NS_PER_S)
		buf_printf(out, "%.0f ms", (double)ns / UNIT_NS_PER_MS);
	else
		buf_printf(out, "%.2f s", (double)ns / UNIT_NS_PER_S);
}

bool limits_say(const struct limits_hit *hit, struct buf *out)
{
	buf_printf(out, "%s took ", hit->what);
	say_time(out, hit->elapsed_ns);
	buf_puts(out, " of ");
	say_time(out, hit->limit_ns);
	return hit->is_total ? buf_puts(out, " in all") : buf_ok(out);
}
