/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/gate/parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

enum {
	TEXT_BYTES = 1000,
	NAMED_MAX = 4,	   /* metrics in the message; the rest is counted */
	WARNINGS_MAX = 40, /* told; more would not be read */
	LAUNCHES_USUAL = 10,
};

/* Launches that differ as much need many of them. */
#define LAUNCH_SD_LARGE 2.0 /* percent */
#define DROPPED_MANY	0.1

struct teller {
	struct gate_result *g;
	const struct trial *trials;
	size_t n;
	struct arena *a;
	struct gate_warning *warnings;
	bool ok;
};

static const char *keep(struct teller *t, struct buf *text)
{
	const char *kept = arena_strndup(t->a, buf_text(text), text->len);

	t->ok = t->ok && kept && !text->failed;
	buf_release(text);
	return kept ? kept : "";
}

static void put_name(struct buf *out, const struct gate_metric *m)
{
	if (m->group[0])
		buf_printf(out, "%.60s ", m->group);
	buf_puts(out, m->name);
}

static void put_change(struct buf *out, const struct gate_metric *m, double x)
{
	const char *unit =
		m->kind == GATE_ERRORS || m->kind == GATE_SLOW ? "pp" : "%";

	if (isfinite(x))
		buf_printf(out, "%+.*f %s", fabs(x) < 1 ? 2 : 1, x, unit);
	else
		buf_puts(out, "any size");
}

/* ---- notes ----------------------------------------------------------------- */

static const char *word_of(const struct gate_metric *m, enum side side)
{
	static const char *const words[GATE_KIND_N][SIDE_N] = {
		[GATE_LATENCY] = { "slower", "faster" },
		[GATE_ERRORS] = { "more", "fewer" },
		[GATE_SLOW] = { "more", "fewer" },
		[GATE_THROUGHPUT] = { "less", "more" },
	};

	return words[m->kind][side];
}

static void note_insufficient(const struct trial *t, struct buf *out)
{
	const struct gate_metric *m = t->metric;

	if (m->cells >= GATE_CELLS_MIN)
		buf_printf(out,
			   "insufficient: fewer than %.0f requests of a side "
			   "in a cell",
			   GATE_BEYOND_PLANNED / (1 - m->q));
	else if (m->kind == GATE_LATENCY)
		buf_printf(out,
			   "insufficient: %" PRIu64 " cell%s with at least "
			   "%.0f answers on both sides, %d are needed",
			   m->cells, m->cells == 1 ? "" : "s",
			   fmax(GATE_ANSWERS_MIN, 1 / (1 - m->q)),
			   GATE_CELLS_MIN);
	else
		buf_printf(out,
			   "insufficient: %" PRIu64 " cell%s with enough on "
			   "both sides, %d are needed",
			   m->cells, m->cells == 1 ? "" : "s", GATE_CELLS_MIN);
}

/* Each end of an interval has half of what it leaves out; the two tests of a rate
 * have the whole of it between them. */
static bool is_seen(const struct trial *t, enum side side)
{
	double level = (1 - t->metric->level) / (t->is_rate ? 1 : 2);

	return !t->counts[side] && t->p[side] <= level;
}

/* The two tests of a rate look at different things. */
static bool is_of_cells(const struct trial *t)
{
	const struct gate_metric *m = t->metric;

	return t->is_rate && m->low <= 0 && m->high >= 0 &&
	       (m->verdict == GATE_REGRESSION ||
		m->verdict == GATE_IMPROVEMENT);
}

static void note_of(const struct gate_result *g, const struct trial *t,
		    struct buf *out)
{
	const struct gate_metric *m = t->metric;

	if (g->invalid_why[0]) {
		buf_puts(out, "the measurement failed");
	} else if (!t->is_enough) {
		note_insufficient(t, out);
	} else if (is_seen(t, SIDE_WORSE) || is_seen(t, SIDE_BETTER)) {
		enum side side =
			is_seen(t, SIDE_WORSE) ? SIDE_WORSE : SIDE_BETTER;

		buf_printf(out, "%s, below the smallest effect that counts",
			   word_of(m, side));
	} else if (is_of_cells(t)) {
		buf_puts(out, "told by the cells one by one (rank p): the "
			      "interval is of their sum, which stalls of the "
			      "machine widen");
	} else if (m->kind == GATE_SLOW && m->verdict == GATE_NO_CHANGE &&
		   (t->counts[SIDE_WORSE] || t->counts[SIDE_BETTER])) {
		buf_puts(out, "of the typical cell: pauses that are rare "
			      "cannot be told from stalls of the machine");
	} else if (m->verdict == GATE_INCONCLUSIVE) {
		buf_puts(out, "undecided: a change of less than ");
		put_change(out, m, m->could_detect);
		buf_puts(out, " is not told from noise here");
	}
}

/* ---- the message ----------------------------------------------------------- */

static void put_metric(struct buf *out, const struct gate_metric *m)
{
	put_name(out, m);
	buf_putc(out, ' ');
	put_change(out, m, m->estimate);
	if (m->verdict == GATE_NO_CHANGE)
		return;
	buf_printf(out, " (%.4g %% interval ", 100 * m->level);
	put_change(out, m, m->low);
	buf_puts(out, " to ");
	put_change(out, m, m->high);
	buf_putc(out, ')');
}

/* Those with the verdict of the gate, the largest families shortened. */
static void put_metrics(const struct teller *t, struct buf *out)
{
	size_t named = 0, more = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct gate_metric *m = t->trials[i].metric;

		if (!m->is_gated || m->verdict != t->g->verdict)
			continue;
		if (named == NAMED_MAX) {
			more++;
			continue;
		}
		buf_puts(out, named++ ? "; " : ": ");
		if (t->trials[i].is_enough)
			put_metric(out, m);
		else {
			put_name(out, m);
			buf_puts(out, " has not enough data");
		}
	}
	if (more)
		buf_printf(out, "; and %zu more", more);
}

static const char *message_of(struct teller *t)
{
	static const char *const heads[GATE_VERDICT_N] = {
		[GATE_NO_CHANGE] = "the candidate is as good as the baseline",
		[GATE_IMPROVEMENT] = "the candidate is better",
		[GATE_INCONCLUSIVE] = "it cannot be told",
		[GATE_REGRESSION] = "the candidate is worse",
	};
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	if (t->g->invalid_why[0]) {
		buf_printf(&text, "the measurement failed: %.300s",
			   t->g->invalid_why);
	} else {
		buf_puts(&text, heads[t->g->verdict]);
		put_metrics(t, &text);
	}
	return keep(t, &text);
}

/* ---- warnings -------------------------------------------------------------- */

static void warn(struct teller *t, struct buf *text)
{
	const char *kept = keep(t, text);

	if (t->g->n_warnings < WARNINGS_MAX)
		t->warnings[t->g->n_warnings++].text = kept;
}

static const struct trial *first_change(const struct teller *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!t->trials[i].is_rate && t->trials[i].is_enough)
			return &t->trials[i];
	return NULL;
}

static void warn_of_launches(struct teller *t)
{
	const struct gate_result *g = t->g;
	const struct trial *first = first_change(t);
	struct buf text;

	if (!first || first->change.is_measured)
		return;
	buf_init(&text, TEXT_BYTES);
	buf_printf(&text, "variation between launches is assumed, %.3g %%, ",
		   100 * g->settings.assumed_tau);
	buf_puts(&text, g->settings.tau_calibrated ? "from a calibration"
						   : "and not measured");
	if (g->design.can_launch)
		buf_printf(&text,
			   ": it needs %d launches, there were %zu; measure "
			   "longer",
			   GATE_LAUNCHES_MIN, first->change.n_launches);
	else
		buf_puts(&text,
			 ": the builds ran already; two launches of one build "
			 "may differ by more, so give commands that launch "
			 "them");
	warn(t, &text);
}

static void warn_of_large_sd(struct teller *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct change *c = &t->trials[i].change;
		const struct gate_metric *m = t->trials[i].metric;
		struct buf text;

		if (!c->is_measured || !m->is_gated ||
		    m->launch_sd < LAUNCH_SD_LARGE ||
		    c->n_launches >= LAUNCHES_USUAL)
			continue;
		buf_init(&text, TEXT_BYTES);
		buf_printf(&text,
			   "launches of one build differ by %.1f %% and there "
			   "were %zu: with fewer than %d a false alarm is "
			   "likelier than alpha",
			   m->launch_sd, c->n_launches, LAUNCHES_USUAL);
		warn(t, &text);
		return;
	}
}

static void warn_of_metric(struct teller *t, const struct trial *trial)
{
	const struct gate_metric *m = trial->metric;
	double all = (double)(m->cells + m->cells_dropped);
	struct buf text;

	if (!m->is_gated)
		return;
	buf_init(&text, TEXT_BYTES);
	put_name(&text, m);
	if (!trial->is_enough) {
		buf_puts(&text, " is not gated, ");
		note_insufficient(trial, &text);
		warn(t, &text);
	} else if ((double)m->cells_dropped > DROPPED_MANY * all) {
		buf_printf(&text,
			   ": %" PRIu64 " of %.0f cells were dropped, with "
			   "too few answers on a side",
			   m->cells_dropped, all);
		warn(t, &text);
	} else {
		buf_release(&text);
	}
}

static void warn_of_order(struct teller *t)
{
	struct buf text;

	if (!t->g->design.is_fixed_order)
		return;
	buf_init(&text, TEXT_BYTES);
	buf_puts(&text, "the order was fixed, not thrown by a coin: whatever "
			"comes in the same rhythm is taken for a change");
	warn(t, &text);
}

bool gate_tell(struct gate_result *g, const struct trial *trials, size_t n,
	       struct arena *a)
{
	struct teller t = { g, trials, n, a, NULL, true };

	t.warnings = arena_alloc(a, WARNINGS_MAX, sizeof *t.warnings);
	if (!t.warnings)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct buf text;

		buf_init(&text, TEXT_BYTES);
		note_of(g, &trials[i], &text);
		trials[i].metric->note = keep(&t, &text);
	}
	g->message = message_of(&t);
	g->warnings = t.warnings;
	g->n_warnings = 0;
	warn_of_order(&t);
	warn_of_launches(&t);
	warn_of_large_sd(&t);
	for (size_t i = 0; i < n && !g->invalid_why[0]; i++)
		warn_of_metric(&t, &trials[i]);
	return t.ok;
}
