/* SPDX-License-Identifier: MIT */
#include "report/render/load/load_say.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/render/facts.h"
#include "report/result/verdict.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

#define NEAR 1e-9 /* two quantiles that are the same */

enum { PIECE_MAX = 64 };

size_t load_points(const struct load_result *load)
{
	return load->n_limits + 1;
}

static enum load_point_kind limit_kind(const struct limit_result *limit)
{
	switch (limit->verdict) {
	case VERDICT_OK:
		return POINT_OK;
	case VERDICT_FAILED:
		return POINT_FAILED;
	default:
		return POINT_UNSEEN;
	}
}

/* A load that is what its limits give was measured well. */
static enum load_point_kind own_kind(const struct load_result *load)
{
	if (load->verdict == RUN_INVALID)
		return POINT_INVALID;
	if (load->verdict == load_least(load))
		return POINT_OK;
	return load->verdict == RUN_FAILED ? POINT_FAILED : POINT_UNSEEN;
}

struct load_point load_point_get(const struct load_result *load, size_t i)
{
	const struct limit_result *limit;

	if (i == 0)
		return (struct load_point){ own_kind(load), NULL, &load->at };
	limit = &load->limits[i - 1];
	return (struct load_point){ limit_kind(limit), limit,
				    limit->at.line ? &limit->at : &load->at };
}

bool say_point_name(struct buf *out, const struct load_point *p)
{
	if (!p->limit)
		return buf_puts(out, "measurement is valid");
	return say_text(out, p->limit->text, FACT_VALUE_MAX);
}

static void say_doubts(struct buf *out, const struct load_result *load)
{
	size_t told = 0;

	for (size_t i = 0; i < load->instrument.n_doubts; i++) {
		const struct doubt *d = &load->instrument.doubts[i];

		if (!d->is_fatal || told++ >= FACT_ROWS_MAX)
			continue;
		buf_puts(out, "; ");
		say_text(out, d->what, FACT_VALUE_MAX);
		if (*d->remedy) {
			buf_puts(out, ": ");
			say_text(out, d->remedy, FACT_VALUE_MAX);
		}
	}
}

const char *limit_word(const struct limit_result *limit)
{
	switch (limit->verdict) {
	case VERDICT_OK:
		return "held";
	case VERDICT_FAILED:
		return "crossed";
	default:
		/* there was something, but not enough of it */
		return *limit->seen && limit->samples ? "inconclusive"
						      : "not observed";
	}
}

bool limit_is_of_end(const struct load_result *load,
		     const struct limit_result *limit)
{
	return limit->crossed_at_ns && !limit->aborted &&
	       limit->crossed_at_ns >= load->total_ns;
}

bool say_crossed(struct buf *out, const struct load_result *load,
		 const struct limit_result *limit)
{
	if (limit_is_of_end(load, limit))
		return buf_puts(out, "judged at the end");
	buf_puts(out, "crossed at ");
	unit_human_duration(out, limit->crossed_at_ns);
	return buf_ok(out);
}

static void say_limit(struct buf *out, const struct load_result *load,
		      const struct limit_result *limit)
{
	if (*limit->seen) {
		buf_puts(out, "seen ");
		say_text(out, limit->seen, FACT_NAME_MAX);
		if (*limit->interval) {
			buf_putc(out, ' ');
			say_text(out, limit->interval, FACT_NAME_MAX);
		}
		buf_puts(out, " in ");
	} else {
		buf_puts(out, "not observed in ");
	}
	say_count(out, limit->samples, "sample");
	if (limit->crossed_at_ns) {
		buf_puts(out, ", ");
		say_crossed(out, load, limit);
	}
	if (limit->aborted)
		buf_puts(out, ", which ended the load");
	if (*limit->note) {
		buf_puts(out, ": ");
		say_text(out, limit->note, FACT_MESSAGE_MAX);
	}
}

bool say_point(struct buf *out, const struct load_result *load,
	       const struct load_point *p)
{
	if (p->limit) {
		say_limit(out, load, p->limit);
	} else {
		say_text(out, load_sentence(load), FACT_MESSAGE_MAX);
		say_doubts(out, load);
	}
	return buf_ok(out);
}

bool say_rate(struct buf *out, double per_s)
{
	int digits = per_s >= 1000 ? 0 : per_s >= 100 ? 1 : per_s >= 10 ? 2 : 3;

	return buf_printf(out, "%.*f/s", digits, per_s);
}

/* In percent, with two digits. */
static double rounded(double share)
{
	double hundredths = floor(share * 10000 + 0.5);

	if (share < 1 && hundredths > 9999)
		hundredths = 9999;
	if (share > 0 && hundredths < 1)
		hundredths = 1;
	return hundredths / 100;
}

bool say_share(struct buf *out, double share)
{
	return buf_printf(out, "%.2f %%", rounded(share));
}

bool say_share_for_scripts(struct buf *out, double share)
{
	return buf_printf(out, "%.2f%%", rounded(share));
}

bool load_was_started(const struct load_result *load)
{
	return load->started_at_ns > 0;
}

bool say_ok_rate(struct buf *out, const struct load_result *load)
{
	return load_was_started(load) ? say_rate(out, load->ok_per_s)
				      : buf_putc(out, '-');
}

bool say_success(struct buf *out, const struct load_result *load)
{
	return load->requests ? say_share(out, load->success)
			      : buf_putc(out, '-');
}

bool say_quantile_name(struct buf *out, double q)
{
	return buf_printf(out, "p%.10g", q * 100);
}

const struct main_time main_times[MAIN_TIMES] = {
	{ "min", offsetof(struct times_result, min_ns), 0 },
	{ "mean", offsetof(struct times_result, mean_ns), 0 },
	{ "p50", offsetof(struct times_result, p50_ns), 0.5 },
	{ "p90", offsetof(struct times_result, p90_ns), 0.9 },
	{ "p95", offsetof(struct times_result, p95_ns), 0.95 },
	{ "p99", offsetof(struct times_result, p99_ns), 0.99 },
	{ "p99.9", offsetof(struct times_result, p999_ns), 0.999 },
	{ "max", offsetof(struct times_result, max_ns), 0 },
};

uint64_t main_time_ns(const struct times_result *t, size_t row)
{
	uint64_t ns;

	memcpy(&ns, (const char *)t + main_times[row].at, sizeof(ns));
	return ns;
}

bool is_main_time(double q)
{
	for (size_t i = 0; i < MAIN_TIMES; i++)
		if (fabs(main_times[i].q - q) < NEAR)
			return true;
	return false;
}

uint64_t whole_of(double amount)
{
	return amount < (double)INT64_MAX ? (uint64_t)amount : INT64_MAX;
}

bool say_time_at(struct buf *out, const struct times_result *t, uint64_t ns)
{
	if (t->count == 0)
		return buf_putc(out, '-');
	unit_human_duration(out, ns);
	return buf_ok(out);
}

const struct quantile_result *quantile_find(const struct times_result *t,
					    double q)
{
	for (size_t i = 0; i < t->n_quantiles; i++)
		if (fabs(t->quantiles[i].q - q) < NEAR)
			return &t->quantiles[i];
	return NULL;
}

/* How many samples a quantile needs, as in report/hist/hist.h; 1 - q is not
 * exact, so the last digits of the quotient are left out. */
static double needed(double q)
{
	double tail = q < 0.5 ? q : 1 - q;

	return tail > NEAR ? ceil(HIST_ENOUGH / tail * (1 - NEAR)) : 0;
}

/* The two ends, and their unit only where it is not that of the value. */
static void say_ends(struct buf *out, const struct quantile_result *q)
{
	const uint64_t ns[3] = { q->value_ns, q->low_ns, q->high_ns };
	struct buf text[3];
	const char *unit[3];
	bool same = true;

	for (size_t i = 0; i < 3; i++) {
		buf_init(&text[i], PIECE_MAX);
		unit_human_duration(&text[i], ns[i]);
		unit[i] = strchr(buf_text(&text[i]), ' ');
		same = same && unit[i] && unit[0] && !strcmp(unit[i], unit[0]);
	}
	if (same)
		buf_printf(out, "[%.*s, %.*s]", (int)(unit[1] - text[1].text),
			   text[1].text, (int)(unit[2] - text[2].text),
			   text[2].text);
	else
		buf_printf(out, "[%s, %s]", buf_text(&text[1]),
			   buf_text(&text[2]));
	for (size_t i = 0; i < 3; i++)
		buf_release(&text[i]);
}

bool say_interval(struct buf *out, const struct quantile_result *q)
{
	if (!q)
		return true;
	if (!q->enough && needed(q->q) > 0)
		buf_printf(out, "too few: needs %.0f", needed(q->q));
	else
		say_ends(out, q);
	return buf_ok(out);
}

bool say_times(struct buf *out, const struct times_result *t)
{
	buf_puts(out, "p50 ");
	unit_human_duration(out, t->p50_ns);
	buf_puts(out, ", p99 ");
	unit_human_duration(out, t->p99_ns);
	buf_puts(out, ", max ");
	unit_human_duration(out, t->max_ns);
	return buf_ok(out);
}

bool say_plan(struct buf *out, const struct load_result *load)
{
	say_text(out, load->model, FACT_NAME_MAX);
	buf_puts(out, ", ");
	say_text(out, load->plan, FACT_VALUE_MAX);
	if (*load->process) {
		buf_puts(out, ", ");
		say_text(out, load->process, FACT_NAME_MAX);
	}
	if (load->seed)
		buf_printf(out, ", seed %" PRIu64, load->seed);
	return buf_ok(out);
}

const char *load_sentence(const struct load_result *load)
{
	static const char *const words[RUN_VERDICT_N] = {
		[RUN_OK] = "all limits held",
		[RUN_FAILED] = "a limit was crossed",
		[RUN_INCONCLUSIVE] = "not all limits were observed",
		[RUN_INVALID] = "the instrument was the limit",
	};

	return *load->message ? load->message : words[load->verdict];
}
