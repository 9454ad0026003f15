/* SPDX-License-Identifier: MIT */
#include "report/render/load/load_lines.h"

#include <inttypes.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/render/load/load_parts.h"
#include "report/render/load/load_say.h"
#include "scenarios/base/units.h"

static enum line_look point_look(enum load_point_kind kind)
{
	static const enum line_look looks[POINT_KIND_N] = {
		[POINT_OK] = LOOK_PLAIN,
		[POINT_FAILED] = LOOK_BAD,
		[POINT_UNSEEN] = LOOK_WARN,
		[POINT_INVALID] = LOOK_BAD,
	};

	return looks[kind];
}

static void tell_limits(struct load_lines *t, const struct load_result *load)
{
	size_t told = 0;
	struct table table;

	table_init(&table, "llll");
	for (size_t i = 1; i < load_points(load); i++) {
		struct load_point p = load_point_get(load, i);

		if (t->verbose < 0 && p.kind == POINT_OK)
			continue;
		if (told >= FACT_ROWS_MAX)
			break;
		table_text(&table, told++ ? "" : "limits    ");
		table_text(&table, limit_word(p.limit));
		say_point_name(&table.cells, &p);
		if (p.limit->built_in)
			buf_puts(&table.cells, " (built in)");
		table_next(&table);
		say_point(&table.cells, load, &p);
		table_next(&table);
		table_row(&table, point_look(p.kind));
	}
	table_tell(&table, t);
}

static void tell_doubts(struct load_lines *t, const struct load_result *load)
{
	for (size_t i = 0; i < load->instrument.n_doubts && i < FACT_ROWS_MAX;
	     i++) {
		const struct doubt *d = &load->instrument.doubts[i];
		struct buf line;

		line_begin(&line, d->is_fatal ? "invalid" : "doubt");
		say_text(&line, d->what, FACT_VALUE_MAX);
		if (*d->remedy) {
			buf_puts(&line, ": ");
			say_text(&line, d->remedy, FACT_VALUE_MAX);
		}
		line_end(t, d->is_fatal ? LOOK_BAD : LOOK_WARN, &line);
		buf_release(&line);
	}
}

static bool ended_as_planned(const struct load_result *load)
{
	return !strcmp(load->ended, "plan") ||
	       !strcmp(load->ended, "iterations");
}

static void tell_plan(struct load_lines *t, const struct load_result *load)
{
	struct buf line;

	line_begin(&line, "plan");
	say_plan(&line, load);
	line_end(t, LOOK_PLAIN, &line);
	buf_release(&line);
	if (!strcmp(load->model, "closed")) {
		line_begin(&line, "");
		buf_puts(&line, "latency counts from sending: in a closed "
				"model there is no plan");
		line_end(t, LOOK_DIM, &line);
		buf_release(&line);
	}
	line_begin(&line, "target");
	say_text(&line, load->target, FACT_URL_MAX);
	if (*load->transport) {
		buf_puts(&line, ", by ");
		say_text(&line, load->transport, FACT_NAME_MAX);
	}
	line_end(t, LOOK_PLAIN, &line);
	buf_release(&line);
	if (ended_as_planned(load))
		return;
	line_begin(&line, "ended");
	say_text(&line, load->ended, FACT_VALUE_MAX);
	if (load_was_started(load)) {
		buf_puts(&line, ", after ");
		unit_human_duration(&line, load->total_ns);
	}
	line_end(t, LOOK_WARN, &line);
	buf_release(&line);
}

static void tell_accounting(struct load_lines *t,
			    const struct load_result *load)
{
	const struct accounting *a = &load->accounting;
	struct buf line;

	line_begin(&line, "arrivals");
	buf_printf(&line,
		   "%" PRIu64 " planned = %" PRIu64 " sent + %" PRIu64
		   " dropped + %" PRIu64 " not started",
		   a->planned, a->sent, a->dropped, a->not_started);
	line_end(t, a->dropped + a->not_started ? LOOK_WARN : LOOK_PLAIN,
		 &line);
	buf_release(&line);
	line_begin(&line, "");
	buf_printf(&line,
		   "%" PRIu64 " sent = %" PRIu64 " ok + %" PRIu64
		   " failed + %" PRIu64 " timed out + %" PRIu64 " in flight",
		   a->sent, a->ok, a->failed, a->timed_out, a->in_flight);
	line_end(t, a->failed + a->timed_out ? LOOK_WARN : LOOK_PLAIN, &line);
	buf_release(&line);
	if (load->requests == a->sent)
		return;
	line_begin(&line, "requests");
	buf_printf(&line, "%" PRIu64 " sent, %" PRIu64 " ok", load->requests,
		   load->requests_ok);
	line_end(t, LOOK_PLAIN, &line);
	buf_release(&line);
}

/* The target was sent more than the accounts say. */
static void tell_resends(struct load_lines *t, const struct load_result *load)
{
	uint64_t n = 0;
	struct buf line;

	for (size_t i = 0; i < load->n_steps; i++)
		n += load->steps[i].resends;
	if (!n)
		return;
	line_begin(&line, "resent");
	say_count(&line, n, "request");
	buf_puts(&line, ", as a kept connection was closed under ");
	buf_puts(&line, n == 1 ? "it" : "them");
	line_end(t, LOOK_WARN, &line);
	buf_release(&line);
}

static void tell_success(struct load_lines *t, const struct load_result *load)
{
	struct buf line;

	if (!load->requests)
		return;
	buf_init(&line, FACT_NAME_MAX);
	buf_puts(&line, "Success Rate: ");
	say_share_for_scripts(&line, load->success);
	line_end(t, LOOK_PLAIN, &line);
	buf_puts(&line, "Average Duration: ");
	buf_printf(&line, "%.3fs",
		   (double)load->latency.mean_ns / (double)UNIT_NS_PER_S);
	line_end(t, LOOK_PLAIN, &line);
	buf_release(&line);
}

static uint64_t per_s(uint64_t amount, uint64_t ns)
{
	double s = (double)ns / (double)UNIT_NS_PER_S;

	return s > 0 ? whole_of((double)amount / s) : 0;
}

static void say_bytes(struct buf *line, const char *what, uint64_t bytes,
		      uint64_t ns)
{
	if (!bytes)
		return;
	buf_printf(line, ", %s ", what);
	unit_human_size(line, bytes);
	buf_puts(line, " (");
	unit_human_size(line, per_s(bytes, ns));
	buf_puts(line, "/s)");
}

static void tell_rate(struct load_lines *t, const struct load_result *load)
{
	uint64_t sent = 0, received = 0;
	struct buf line;

	for (size_t i = 0; i < load->n_steps; i++) {
		sent += load->steps[i].sent_bytes;
		received += load->steps[i].received_bytes;
	}
	line_begin(&line, "rate");
	say_rate(&line, load->rate_per_s);
	buf_puts(&line, " requests, ");
	say_rate(&line, load->ok_per_s);
	buf_puts(&line, " ok");
	if (load->planned_per_s > 0) {
		buf_puts(&line, ", ");
		say_rate(&line, load->planned_per_s);
		buf_puts(&line, " arrivals planned");
	}
	say_bytes(&line, "received", received, load->total_ns);
	say_bytes(&line, "sent", sent, load->total_ns);
	line_end(t, LOOK_PLAIN, &line);
	buf_release(&line);
	if (!load->down_for_ns)
		return;
	line_begin(&line, "down");
	buf_puts(&line, "no answer was ok for ");
	unit_human_duration(&line, load->down_for_ns);
	line_end(t, LOOK_WARN, &line);
	buf_release(&line);
}

static void tell_warm_up(struct load_lines *t, const struct load_result *load)
{
	const struct warm_up_result *w = &load->warm_up;
	struct buf line;

	if (!w->was_asked)
		return;
	line_begin(&line, "warm-up");
	say_text(&line, w->how, FACT_NAME_MAX);
	if (*w->why) {
		buf_puts(&line, ", ");
		say_text(&line, w->why, FACT_VALUE_MAX);
	}
	if (w->requests) {
		buf_puts(&line, ": ");
		say_count(&line, w->requests, "request");
		buf_puts(&line, " left out of all times");
	}
	if (w->requests && w->p50_ns) { /* merged ones do not know it */
		buf_puts(&line, ", p50 ");
		unit_human_duration(&line, w->p50_ns);
		buf_puts(&line, ", p99 ");
		unit_human_duration(&line, w->p99_ns);
	}
	line_end(t, strcmp(w->how, "not found") != 0 ? LOOK_PLAIN : LOOK_WARN,
		 &line);
	buf_release(&line);
}

static void tell_cost(struct load_lines *t, const struct load_result *load)
{
	const struct instrument *in = &load->instrument;
	const struct load_cost *cost = &load->cost;
	struct buf line;

	line_begin(&line, "generator");
	say_count(&line, in->workers, "worker");
	if (cost->cpu_s > 0) { /* a slice does not know it */
		buf_puts(&line, ", CPU ");
		unit_human_duration(
			&line, whole_of(cost->cpu_s * (double)UNIT_NS_PER_S));
	}
	if (cost->cpu_us_per_request > 0) {
		buf_puts(&line, " (");
		unit_human_duration(&line, whole_of(cost->cpu_us_per_request *
						    (double)UNIT_NS_PER_US));
		buf_puts(&line, " a request)");
	}
	buf_printf(&line, ", busiest %" PRIu64 ".%" PRIu64 " %%",
		   in->busiest_cpu_permille / 10,
		   in->busiest_cpu_permille % 10);
	if (cost->peak_rss_bytes) {
		buf_puts(&line, ", memory ");
		unit_human_size(&line, cost->peak_rss_bytes);
	}
	if (cost->rss_bytes_per_1000) {
		buf_puts(&line, " (grew ");
		unit_human_size(&line, cost->rss_bytes_per_1000);
		buf_puts(&line, " for 1000 requests)");
	}
	if (in->open_connections_max) {
		buf_puts(&line, ", at most ");
		say_count(&line, in->open_connections_max, "connection");
	}
	line_end(t, LOOK_PLAIN, &line);
	buf_release(&line);
}

static void tell_instrument(struct load_lines *t,
			    const struct load_result *load)
{
	const struct instrument *in = &load->instrument;
	struct buf line;

	line_times(t, "lateness", &in->lateness, "(planned to sent)");
	line_times(t, "queue", &in->queue, "(waiting for a connection)");
	if (in->waited) {
		line_begin(&line, "");
		say_count(&line, in->waited, "arrival");
		buf_puts(&line, " waited for a connection");
		line_end(t, LOOK_PLAIN, &line);
		buf_release(&line);
	}
	line_times(t, "loop lag", &in->loop_lag, "(of the workers)");
	tell_cost(t, load);
}

static void tell_notes(struct load_lines *t, const struct load_result *load)
{
	for (size_t i = 0; i < load->n_notes && i < FACT_ROWS_MAX; i++) {
		struct buf line;

		line_begin(&line, i ? "" : "note");
		say_text(&line, load->notes[i].name, FACT_MESSAGE_MAX);
		if (load->notes[i].count)
			buf_printf(&line, ": %" PRIu64, load->notes[i].count);
		line_end(t, LOOK_PLAIN, &line);
		buf_release(&line);
	}
}

void load_lines(struct load_lines *t, const struct load_result *load)
{
	tell_limits(t, load);
	tell_doubts(t, load);
	tell_plan(t, load);
	if (!load_was_started(load)) {
		tell_notes(t, load);
		return;
	}
	tell_accounting(t, load);
	tell_resends(t, load);
	if (t->verbose < 0)
		return;
	tell_success(t, load);
	tell_rate(t, load);
	tell_warm_up(t, load);
	tell_latency(t, load);
	tell_steps(t, load);
	if (load->n_steps > 1)
		line_times(t, "flow", &load->iteration, "(all steps of it)");
	tell_errors(t, load);
	tell_strips(t, load);
	tell_instrument(t, load);
	tell_trials(t, load);
	tell_notes(t, load);
	tell_timeline(t, load);
}
