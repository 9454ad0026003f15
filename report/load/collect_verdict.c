/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "report/load/conclude.h"
#include "report/result/load_result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

#define HEADLINE_QUANTILE 0.99

enum { MESSAGE_MAX = 600 };

static const struct doubt *first_fatal(const struct load_result *out)
{
	for (size_t i = 0; i < out->instrument.n_doubts; i++) {
		if (out->instrument.doubts[i].is_fatal)
			return &out->instrument.doubts[i];
	}
	return NULL;
}

static size_t count_limits(const struct load_result *out, enum verdict v)
{
	size_t n = 0;

	for (size_t i = 0; i < out->n_limits; i++)
		n += out->limits[i].verdict == v;
	return n;
}

static const struct limit_result *first_limit(const struct load_result *out,
					      enum verdict v)
{
	for (size_t i = 0; i < out->n_limits; i++) {
		if (out->limits[i].verdict == v)
			return &out->limits[i];
	}
	return NULL;
}

static bool has_ended_early(const struct load_end *end)
{
	return strcmp(end->ended, "interrupted") == 0 ||
	       strcmp(end->ended, "not started") == 0;
}

static enum run_verdict verdict_of(const struct load_end *end,
				   const struct load_result *out)
{
	if (first_fatal(out))
		return RUN_INVALID;
	if (count_limits(out, VERDICT_FAILED) > 0)
		return RUN_FAILED;
	if (has_ended_early(end) || end->n_ended == 0 ||
	    count_limits(out, VERDICT_NOT_OBSERVED) > 0)
		return RUN_INCONCLUSIVE;
	return RUN_OK;
}

/* ---- in one sentence ------------------------------------------------ */

static void say_more(const struct load_result *out, enum verdict v,
		     struct buf *text)
{
	size_t n = count_limits(out, v);

	if (n > 1)
		buf_printf(text, ", and %zu more", n - 1);
}

static void say_failed(const struct load_result *out, struct buf *text)
{
	const struct limit_result *l = first_limit(out, VERDICT_FAILED);

	buf_printf(text, "\"%s\" does not hold: %s", l->text, l->seen);
	say_more(out, VERDICT_FAILED, text);
}

static void say_inconclusive(const struct load_end *end,
			     const struct load_result *out, struct buf *text)
{
	const struct limit_result *l = first_limit(out, VERDICT_NOT_OBSERVED);

	if (has_ended_early(end)) {
		buf_printf(text, "the load was %s", end->ended);
		if (end->why && *end->why)
			buf_printf(text, ": %s", end->why);
	} else if (end->n_ended == 0) {
		buf_puts(text, "no request has ended");
	} else if (l) {
		if (l->samples && *l->interval)
			buf_printf(text, "\"%s\" is inconclusive: %s %s: %s",
				   l->text, l->seen, l->interval, l->note);
		else
			buf_printf(text, "\"%s\" was not observed: %s", l->text,
				   l->note);
		say_more(out, VERDICT_NOT_OBSERVED, text);
	}
}

/* Up to p99, the one that people look at first; NULL: none is borne. */
static const struct quantile_result *highest_borne(const struct times_result *t)
{
	const struct quantile_result *best = NULL;

	for (size_t i = 0; i < t->n_quantiles; i++) {
		const struct quantile_result *q = &t->quantiles[i];
		if (q->enough && q->q <= HEADLINE_QUANTILE &&
		    (!best || q->q > best->q))
			best = q;
	}
	return best;
}

static void say_ok(const struct load_result *out, struct buf *text)
{
	const struct quantile_result *q = highest_borne(&out->latency);

	buf_printf(text, "%" PRIu64 " request%s, ", out->requests,
		   out->requests == 1 ? "" : "s");
	if (out->requests_ok < out->requests)
		buf_printf(text, "%" PRIu64 " of them not ok, ",
			   out->requests - out->requests_ok);
	if (q)
		buf_printf(text, "p%g ", q->q * 100);
	else
		buf_puts(text, "at most ");
	unit_human_duration(text, q ? q->value_ns : out->latency.max_ns);
	if (out->n_limits == 1)
		buf_printf(text, ": \"%s\" holds", out->limits[0].text);
	else if (out->n_limits)
		buf_printf(text, ": all %zu limits hold", out->n_limits);
}

static void say_invalid(const struct load_result *out, struct buf *text)
{
	const struct doubt *d = first_fatal(out);

	buf_printf(text, "%s: %s", d->what, d->remedy);
}

bool load_conclude(const struct load_end *end, struct arena *a,
		   struct load_result *out)
{
	struct buf text;

	buf_init(&text, MESSAGE_MAX);
	out->verdict = verdict_of(end, out);
	switch (out->verdict) {
	case RUN_INVALID:
		say_invalid(out, &text);
		break;
	case RUN_FAILED:
		say_failed(out, &text);
		break;
	case RUN_INCONCLUSIVE:
		say_inconclusive(end, out, &text);
		break;
	default:
		say_ok(out, &text);
		break;
	}
	out->message = arena_strdup(a, buf_text(&text));
	buf_release(&text);
	return out->message;
}
