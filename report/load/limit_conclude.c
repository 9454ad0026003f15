/* SPDX-License-Identifier: MIT */
#include "report/load/limit.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/load/collect.h"
#include "report/result/load_result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

enum { NOTE_MAX = 600 };
#define WANTED_MAX 1e12 /* requests that nobody makes */

/* To two digits. */
static double round_up(double number)
{
	double scale = pow(10, floor(log10(number)) - 1);

	return ceil(number / scale) * scale;
}

/* ---- notes ---------------------------------------------------------- */

static void next_note(struct buf *note)
{
	if (note->len > 0)
		buf_puts(note, "; ");
}

static bool has_such_step(const struct limit *l)
{
	const char *name = l->limit->rule.step;

	for (size_t i = 0; name && i < l->n_steps; i++) {
		if (strcmp(l->step[i].name, name) == 0)
			return true;
	}
	return !name;
}

static void note_nothing(const struct limit *l, struct buf *note)
{
	next_note(note);
	if (has_such_step(l))
		buf_puts(note, "nothing that it is about was seen");
	else
		buf_printf(note, "no step is called \"%s\"",
			   l->limit->rule.step);
}

static void note_sample(const struct limit_look *look, struct buf *note)
{
	next_note(note);
	if (look->state != LIMIT_FALSE) {
		buf_printf(note, "needs %" PRIu64 " request%s, got %" PRIu64,
			   look->needed, look->needed == 1 ? "" : "s",
			   look->samples);
		if (look->state == LIMIT_MAY_HOLD)
			return;
		buf_puts(note, ": it lies between ");
	} else {
		buf_printf(note,
			   "%" PRIu64 " request%s few, but it lies between ",
			   look->samples, look->samples == 1 ? " is" : "s are");
	}
	unit_human_duration(note, look->low_ns);
	buf_puts(note, " and ");
	unit_human_duration(note, look->high_ns);
}

/* The limit lies inside the interval. */
static void note_open(const struct limit *l, const struct limit_look *look,
		      struct buf *note)
{
	double wanted = limit_wanted(l, look);

	next_note(note);
	buf_puts(note, "its interval has the limit inside");
	if (wanted > 0 && wanted < WANTED_MAX)
		buf_printf(note,
			   ": if it stays as it is, about %.0f requests would "
			   "decide it",
			   round_up(wanted));
}

/* None of them, or all, in a sample that could have missed it. */
static void note_spotless(const struct limit *l, const struct limit_look *look,
			  struct buf *note)
{
	bool is_upper = limit_is_upper(&l->limit->rule);
	double unseen = is_upper ? look->high : 1 - look->low;

	if (l->limit->rule.is_of_planned && look->planned_per_s > 0)
		unseen = 1 - look->low / look->planned_per_s;
	next_note(note);
	buf_printf(note,
		   "%s of the %" PRIu64
		   ": up to %.2g %% could have gone unseen",
		   is_upper ? "none" : "all", look->samples, unseen * 100);
}

static void note_window(const struct limit *l, const struct limit_moment *now,
			struct buf *note)
{
	next_note(note);
	buf_puts(note, "the load was shorter than the window of ");
	unit_human_duration(note, l->n_slices * l->slice_s * UNIT_NS_PER_S);
	buf_puts(note, ": judged once, over ");
	unit_human_duration(note, now->now_ns > now->from_ns
					  ? now->now_ns - now->from_ns
					  : 0);
}

static void note_open_end(const struct limit *l, const struct limit_moment *now,
			  struct buf *note)
{
	next_note(note);
	buf_puts(note, "it was not true for the last ");
	unit_human_duration(note, now->now_ns - l->maybe_since_ns);
	buf_puts(note, " of the load, and is crossed after ");
	unit_human_duration(note, l->limit->rule.for_ns);
}

static void note_crossed(const struct limit *l, uint64_t at_ns,
			 struct buf *note)
{
	next_note(note);
	if (l->is_aborted)
		buf_puts(note, "that was ");
	else
		buf_puts(note, "crossed ");
	unit_human_duration(note, at_ns);
	buf_puts(note, " after its start");
}

static void note_few_windows(const struct limit *l, struct buf *note)
{
	next_note(note);
	buf_printf(note,
		   "the sample was too small at %" PRIu64 " of %" PRIu64
		   " looks",
		   l->n_unsure, l->n_looks);
}

/* ---- the verdict ---------------------------------------------------- */

static bool is_open_ended(const struct limit *l)
{
	return l->limit->rule.for_ns > 0 && l->maybe_since_ns != UINT64_MAX;
}

static enum verdict verdict_of_looks(const struct limit *l)
{
	if (l->crossed_at_ns > 0)
		return VERDICT_FAILED;
	if (l->may_be_crossed || l->n_sure == 0 || is_open_ended(l))
		return VERDICT_NOT_OBSERVED;
	return VERDICT_OK;
}

static enum verdict verdict_of_end(const struct limit *l,
				   const struct limit_look *end)
{
	if (l->is_aborted)
		return VERDICT_FAILED;
	if (limit_is_open(l, end))
		return VERDICT_NOT_OBSERVED;
	if (end->state == LIMIT_FALSE)
		return VERDICT_FAILED;
	return end->state == LIMIT_HOLDS ? VERDICT_OK : VERDICT_NOT_OBSERVED;
}

static void note_looks(const struct limit *l, const struct limit_moment *now,
		       enum verdict verdict, struct buf *note)
{
	if (verdict == VERDICT_FAILED)
		note_crossed(l,
			     l->is_aborted && now->stopped_ns
				     ? now->stopped_ns
				     : l->crossed_at_ns,
			     note);
	else if (is_open_ended(l))
		note_open_end(l, now, note);
	if (l->is_partial)
		note_window(l, now, note);
}

static void note_samples(const struct limit *l, const struct limit_look *seen,
			 enum verdict verdict, struct buf *note)
{
	if (seen->samples < seen->needed &&
	    (verdict != VERDICT_OK || l->n_slices == 0))
		note_sample(seen, note);
	else if (l->n_slices > 0 && l->n_unsure > 0)
		note_few_windows(l, note);
}

static void write_note(const struct limit *l, const struct limit_look *seen,
		       const struct limit_moment *now, enum verdict verdict,
		       struct buf *note)
{
	if (seen->state == LIMIT_NONE) {
		note_nothing(l, note);
		return;
	}
	if (limit_is_steady(l) || l->is_aborted)
		note_looks(l, now, verdict, note);
	note_samples(l, seen, verdict, note);
	if (limit_is_open(l, seen) && verdict == VERDICT_NOT_OBSERVED)
		note_open(l, seen, note);
	else if (seen->is_spotless && !limit_is_steady(l))
		note_spotless(l, seen, note);
	if (l->limit->rule.function == RULE_DOWN_FOR) {
		next_note(note);
		buf_puts(note, "when a whole second of it had no ok");
	}
}

bool limit_conclude(const struct limit *l, const struct limit_look *end,
		    const struct limit_moment *now, struct arena *a,
		    struct limit_result *out)
{
	const struct rule *r = &l->limit->rule;
	/* what made somebody end the load, not what came of it then */
	const struct limit_look *seen =
		l->is_aborted && end->state != LIMIT_FALSE ? &l->worst : end;
	const struct source *src = r->at.src;
	struct buf note;

	buf_init(&note, NOTE_MAX);
	*out = (struct limit_result){
		.text = r->text,
		.interval = "",
		.samples = seen->samples,
		.built_in = l->built_in,
		.aborted = l->is_aborted,
		.at = { src ? src->name : "", r->at.line, r->at.col },
	};
	out->verdict = limit_is_steady(l) ? verdict_of_looks(l)
					  : verdict_of_end(l, end);
	if (out->verdict == VERDICT_FAILED)
		out->crossed_at_ns =
			l->crossed_at_ns ? l->crossed_at_ns : end->at_ns;
	write_note(l, seen, now, out->verdict, &note);
	if (seen->has_bounds && !limit_is_steady(l)) {
		out->low = seen->low;
		out->high = seen->high;
		out->interval = limit_interval(l, seen, a);
	}
	out->seen = limit_seen(l, seen, a);
	out->note = arena_strdup(a, buf_text(&note));
	buf_release(&note);
	return out->seen && out->interval && out->note;
}
