/* SPDX-License-Identifier: MIT */
#include "report/render/gate/gate_say.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/gate/gate.h"
#include "report/render/facts.h"
#include "report/render/gate/gate_need.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

/* Longer than any run: a double beyond it is no time. */
#define TIME_MAX_NS 1e18

#define PLUS_MINUS "\xc2\xb1"

enum { LABEL_MAX = 100, SEED_MAX = 40, PIECE_MAX = 4096 };

/* ---- points --------------------------------------------------------- */

size_t gate_points(const struct gate_result *gate)
{
	return gate->n_metrics + 1;
}

static enum load_point_kind metric_kind(const struct gate_result *gate,
					const struct gate_metric *m)
{
	if (!m->is_gated)
		return POINT_OK;
	if (*gate->invalid_why)
		return POINT_UNSEEN;
	if (m->verdict == GATE_REGRESSION)
		return POINT_FAILED;
	if (m->verdict != GATE_INCONCLUSIVE)
		return POINT_OK;
	return gate->settings.is_strict ? POINT_FAILED : POINT_UNSEEN;
}

struct gate_point gate_point_get(const struct gate_result *gate, size_t i)
{
	if (i == 0)
		return (struct gate_point){ *gate->invalid_why ? POINT_INVALID
							       : POINT_OK,
					    NULL };
	return (struct gate_point){ metric_kind(gate, &gate->metrics[i - 1]),
				    &gate->metrics[i - 1] };
}

bool gate_is_compared(const struct gate_result *gate)
{
	return gate->n_metrics || gate->n_cells;
}

bool gate_needs_look(const struct gate_result *gate)
{
	return *gate->invalid_why || gate->verdict == GATE_REGRESSION ||
	       gate->verdict == GATE_INCONCLUSIVE;
}

const char *gate_word(const struct gate_result *gate)
{
	return *gate->invalid_why ? "invalid"
				  : gate_verdict_name(gate->verdict);
}

const char *gate_point_word(const struct gate_result *gate,
			    const struct gate_point *p)
{
	if (p->kind == POINT_OK)
		return "ok";
	if (!p->metric || *gate->invalid_why)
		return "invalid";
	return gate_verdict_name(p->metric->verdict);
}

/* ---- numbers -------------------------------------------------------- */

static bool is_share(const struct gate_metric *m)
{
	return m->kind == GATE_ERRORS || m->kind == GATE_SLOW;
}

bool gate_has_change(const struct gate_metric *m)
{
	return m->cells >= GATE_CELLS_MIN && isfinite(m->estimate) &&
	       isfinite(m->low) && isfinite(m->high);
}

bool say_gate_value(struct buf *out, const struct gate_metric *m, double value)
{
	if (!isfinite(value) || value < 0 ||
	    (m->kind == GATE_LATENCY && !(value > 0 && value < TIME_MAX_NS)))
		return buf_putc(out, '-');
	if (is_share(m))
		return say_share(out, value);
	if (m->kind == GATE_THROUGHPUT)
		return say_rate(out, value);
	unit_human_duration(out, (uint64_t)(value + 0.5));
	return buf_ok(out);
}

/* So many digits that three count, but no more than two. */
static int digits_of(const struct gate_metric *m, double change)
{
	double size = fabs(change);

	if (size >= 1000)
		return 0;
	if (is_share(m) && size < 1)
		return 2;
	return 1;
}

/* Nothing is "-0.0". */
static double rounded(double number, int digits)
{
	double scale = pow(10, digits);
	double whole = round(number * scale) / scale;

	return whole == 0 ? 0 : whole;
}

static const char *unit_of(const struct gate_metric *m)
{
	return is_share(m) ? "pp" : "%";
}

bool say_gate_change(struct buf *out, const struct gate_metric *m,
		     double change)
{
	int digits = digits_of(m, change);
	double shown;

	if (!isfinite(change))
		return buf_putc(out, '-');
	shown = rounded(change, digits);
	return buf_printf(out, shown == 0 ? "%.*f %s" : "%+.*f %s", digits,
			  shown, unit_of(m));
}

bool say_gate_interval(struct buf *out, const struct gate_metric *m)
{
	if (!gate_has_change(m))
		return buf_putc(out, '-');
	buf_putc(out, '[');
	say_gate_change(out, m, m->low);
	buf_puts(out, ", ");
	say_gate_change(out, m, m->high);
	return buf_putc(out, ']');
}

bool say_gate_level(struct buf *out, double level)
{
	return buf_printf(out, "%.4g %%", level * 100);
}

bool say_gate_seen(struct buf *out, const struct gate_metric *m)
{
	if (m->cells < GATE_CELLS_MIN || !isfinite(m->could_detect) ||
	    !(m->could_detect > 0))
		return buf_puts(out, "unknown");
	return buf_printf(out, PLUS_MINUS "%.*f %s",
			  digits_of(m, m->could_detect), m->could_detect,
			  unit_of(m));
}

static void say_ns(struct buf *out, double ns)
{
	if (ns > 0 && ns < TIME_MAX_NS)
		unit_human_duration(out, (uint64_t)(ns + 0.5));
	else
		buf_putc(out, '-');
}

bool say_gate_tails(struct buf *out, const struct gate_result *gate,
		    size_t *from)
{
	size_t i = *from;

	for (; i < gate->n_tails && i - *from < FACT_ROWS_MAX &&
	       !strcmp(gate->tails[i].group, gate->tails[*from].group);
	     i++) {
		const struct gate_tail *t = &gate->tails[i];

		buf_puts(out, i > *from ? ", " : "");
		say_text(out, t->name, FACT_NAME_MAX);
		buf_putc(out, ' ');
		say_ns(out, t->a);
		buf_puts(out, " to ");
		say_ns(out, t->b);
	}
	*from = i;
	return buf_ok(out);
}

/* ---- words ---------------------------------------------------------- */

/* The two that a person must not overlook, in capitals. */
static const char *loud(enum gate_verdict v)
{
	switch (v) {
	case GATE_REGRESSION:
		return "REGRESSION";
	case GATE_INCONCLUSIVE:
		return "INCONCLUSIVE";
	default:
		return gate_verdict_name(v);
	}
}

bool gate_counts(const struct gate_result *gate, const struct gate_metric *m)
{
	return m->is_gated && !*gate->invalid_why;
}

bool say_gate_verdict(struct buf *out, const struct gate_result *gate,
		      const struct gate_metric *m)
{
	if (gate_counts(gate, m))
		return buf_puts(out, loud(m->verdict));
	return buf_printf(out, "(%s)", gate_verdict_name(m->verdict));
}

static const char *plain_sentence(const struct gate_result *gate)
{
	switch (gate->verdict) {
	case GATE_REGRESSION:
		return "the candidate is worse than the baseline";
	case GATE_IMPROVEMENT:
		return "the candidate is better than the baseline";
	case GATE_INCONCLUSIVE:
		return "whether the candidate is worse could not be told";
	default:
		return "the candidate is as good as the baseline";
	}
}

bool say_gate_sentence(struct buf *out, const struct gate_result *gate)
{
	if (*gate->invalid_why) {
		buf_puts(out, "the measurement failed, so this says nothing "
			      "of the builds: ");
		return say_text(out, gate->invalid_why, FACT_MESSAGE_MAX);
	}
	return say_text(out,
			*gate->message ? gate->message : plain_sentence(gate),
			FACT_MESSAGE_MAX);
}

bool say_gate_point_name(struct buf *out, const struct gate_point *p)
{
	if (!p->metric)
		return buf_puts(out, "measurement is valid");
	say_text(out, p->metric->name, FACT_NAME_MAX);
	if (!*p->metric->group)
		return buf_ok(out);
	buf_puts(out, " of ");
	return say_text(out, p->metric->group, FACT_NAME_MAX);
}

static void say_side(struct buf *out, const struct gate_side *side)
{
	say_text(out, *side->label ? side->label : side->name, LABEL_MAX);
}

bool say_gate_sides(struct buf *out, const struct gate_result *gate)
{
	buf_puts(out, "A=");
	say_side(out, &gate->baseline);
	buf_puts(out, " B=");
	say_side(out, &gate->candidate);
	return buf_ok(out);
}

static void say_per_s(struct buf *out, double rate)
{
	buf_printf(out, rate < 100 ? "%.3g req/s" : "%.0f req/s", rate);
}

/* Whoever reads a verdict must see that it was asked with other margins. */
static void say_unusual(struct buf *out, const struct gate_settings *s)
{
	struct gate_settings usual;

	gate_settings_default(&usual);
	const struct {
		const char *name;
		double is, usual, unit;
		const char *sign;
	} row[] = {
		{ "min_effect", s->min_effect, usual.min_effect, 100, " %" },
		{ "equivalence", s->equivalence, usual.equivalence, 100, " %" },
		{ "alpha", s->alpha, usual.alpha, 100, " %" },
		{ "min_rate", s->min_rate, usual.min_rate, 100, " pp" },
		{ "min_ratio", s->min_ratio, usual.min_ratio, 1, "" },
		{ "slow_factor", s->slow_factor, usual.slow_factor, 1, "" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (row[i].is < row[i].usual || row[i].is > row[i].usual)
			buf_printf(out, ", %s %.4g%s", row[i].name,
				   row[i].is * row[i].unit, row[i].sign);
}

/* Without a rate that is written, only a trial tells how many cells there can
 * be; a gate that did not come so far knows nothing of them. */
static bool is_laid_out(const struct gate_result *gate)
{
	return gate_is_compared(gate) || gate->design.rate_per_s > 0 ||
	       gate->design.cells > 1;
}

static void say_layout(struct buf *out, const struct gate_design *d)
{
	buf_puts(out, ", ");
	if (d->rate_per_s > 0)
		say_per_s(out, d->rate_per_s);
	else
		buf_puts(out, "closed model");
	if (d->can_launch) {
		buf_puts(out, ", ");
		buf_printf(out, "%" PRIu64 " launch%s", d->launches,
			   d->launches == 1 ? "" : "es");
	} else {
		buf_puts(out, ", not launched");
	}
	if (d->ended_after)
		buf_printf(out, " (ended after %" PRIu64 ", as it was decided)",
			   d->ended_after);
	buf_puts(out, ", ");
	say_count(out, d->cells, "cell");
	buf_puts(out, ", slot ");
	unit_human_duration(out, d->slot_ns);
}

bool say_gate_plan(struct buf *out, const struct gate_result *gate)
{
	const struct gate_design *d = &gate->design;

	unit_human_duration(out, d->total_ns);
	if (is_laid_out(gate))
		say_layout(out, d);
	if (*d->seed) {
		buf_puts(out, ", seed ");
		say_text(out, d->seed, SEED_MAX);
	}
	if (d->is_fixed_order)
		buf_puts(out, ", order fixed");
	if (d->is_fail_fast)
		buf_puts(out, ", looked at on the way");
	say_unusual(out, &gate->settings);
	return buf_ok(out);
}

/* Of all requests: the variation between launches as it was met. */
static void say_launches(struct buf *out, const struct gate_result *gate)
{
	size_t told = 0;

	for (size_t i = 0; i < gate->n_metrics; i++) {
		const struct gate_metric *m = &gate->metrics[i];

		if (*m->group || m->kind != GATE_LATENCY ||
		    m->cells < GATE_CELLS_MIN || !isfinite(m->launch_sd))
			continue;
		buf_puts(out, told++ ? ", " : "launch-to-launch sd ");
		say_text(out, m->name, FACT_NAME_MAX);
		buf_printf(out, " %.1f %%%s", m->launch_sd,
			   m->launch_is_measured ? "" : " (assumed)");
	}
	if (told)
		buf_puts(out, "; ");
}

bool say_gate_instrument(struct buf *out, const struct gate_result *gate)
{
	say_launches(out, gate);
	if (gate->steal >= 0 && isfinite(gate->steal))
		buf_printf(out, "steal %.1f %%; ", gate->steal * 100);
	else
		buf_puts(out, "steal unknown; ");
	buf_puts(out, "generator late p99 ");
	unit_human_duration(out, gate->lateness_p99_ns);
	return buf_ok(out);
}

bool say_gate_p(struct buf *out, const struct gate_metric *m)
{
	if (is_share(m) && m->cells >= GATE_CELLS_MIN && m->p >= 0 && m->p <= 1)
		buf_printf(out, "rank p %.2g", m->p);
	return buf_ok(out);
}

bool say_gate_note(struct buf *out, const struct gate_metric *m)
{
	if (*m->note)
		say_text(out, m->note, FACT_MESSAGE_MAX);
	if (m->cells_dropped) {
		buf_puts(out, *m->note ? ", " : "");
		say_count(out, m->cells_dropped, "cell");
		buf_puts(out, " left out: too few answers");
	}
	return buf_ok(out);
}

/* ---- what it needs -------------------------------------------------- */

static void say_factor(struct buf *out, double factor)
{
	buf_printf(out, factor < 9.95 ? "%.1f times" : "%.0f times", factor);
}

static void say_either(struct buf *out, const struct gate_need *need)
{
	buf_puts(out, ": ");
	unit_human_duration(out, need->total_ns);
	if (need->rate_per_s > 0) {
		buf_puts(out, ", or ");
		say_per_s(out, need->rate_per_s);
	}
}

static void say_why(struct buf *out, const struct gate_metric *m,
		    const struct gate_need *need)
{
	if (need->effect > 0)
		buf_printf(out, " to see a change of %.3g %s", need->effect,
			   unit_of(m));
	else
		buf_puts(out, " if the change stays as it is");
}

static void say_sample(struct buf *out, const struct gate_need *need)
{
	buf_puts(out, "needs ");
	say_count(out, need->wanted, "request");
	buf_printf(out, " of each side, got %" PRIu64, need->got);
	if (!(need->factor > 0))
		return;
	buf_puts(out, "; ");
	say_factor(out, need->factor);
	buf_puts(out, " as many");
	say_either(out, need);
}

bool say_gate_need(struct buf *out, const struct gate_result *gate,
		   const struct gate_metric *m)
{
	struct gate_need need = { 0 };

	if (!*gate->invalid_why) /* else more of it would not help */
		need = gate_need(gate, m);
	switch (need.kind) {
	case GATE_NEED_NOTHING:
		break;
	case GATE_NEED_SAMPLE:
		say_sample(out, &need);
		break;
	case GATE_NEED_REQUESTS:
		buf_puts(out, "needs about ");
		say_factor(out, need.factor);
		buf_puts(out, " the requests");
		say_why(out, m, &need);
		say_either(out, &need);
		break;
	case GATE_NEED_TIME:
		buf_puts(out, "needs about ");
		say_factor(out, need.factor);
		buf_puts(out, " as long");
		say_why(out, m, &need);
		buf_puts(out, ": ");
		unit_human_duration(out, need.total_ns);
		buf_printf(out,
			   " with %" PRIu64 " launch%s (a higher rate helps "
			   "little: launches differ more than requests)",
			   need.launches, need.launches == 1 ? "" : "es");
		break;
	case GATE_NEED_LAUNCHES:
		buf_puts(out, "no number of requests decides it while what "
			      "launches differ by is assumed: give the "
			      "commands that launch both sides, or calibrate");
		break;
	case GATE_NEED_MORE:
		buf_puts(out, "needs more requests, or a longer time");
		if (need.factor > 0) {
			buf_puts(out, ": about ");
			unit_human_duration(out, need.total_ns);
		}
		break;
	}
	return buf_ok(out);
}

static void join(struct buf *out, struct buf *piece)
{
	if (piece->len)
		buf_printf(out, "; %s", buf_text(piece));
	buf_reset(piece);
}

static void say_numbers(struct buf *out, const struct gate_metric *m)
{
	buf_puts(out, ": ");
	say_gate_change(out, m, m->estimate);
	buf_putc(out, ' ');
	say_gate_interval(out, m);
	buf_puts(out, " at ");
	say_gate_level(out, m->level);
	buf_puts(out, ", ");
	say_gate_value(out, m, m->a);
	buf_puts(out, " to ");
	say_gate_value(out, m, m->b);
}

bool say_gate_point(struct buf *out, const struct gate_result *gate,
		    const struct gate_point *p)
{
	const struct gate_metric *m = p->metric;
	struct buf more;

	if (!m)
		return say_gate_sentence(out, gate);
	if (*gate->invalid_why)
		buf_puts(out, "the measurement is not valid; ");
	say_gate_verdict(out, gate, m);
	if (gate_has_change(m))
		say_numbers(out, m);
	buf_puts(out, ", could detect ");
	say_gate_seen(out, m);
	buf_init(&more, PIECE_MAX);
	say_gate_p(&more, m);
	join(out, &more);
	say_gate_note(&more, m);
	join(out, &more);
	say_gate_need(&more, gate, m);
	join(out, &more);
	buf_release(&more);
	return buf_ok(out);
}
