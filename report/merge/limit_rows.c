/* SPDX-License-Identifier: MIT */
#include "report/merge/limit_rows.h"

#include <inttypes.h>
#include <stdlib.h>

#include "report/hist/hist.h"
#include "report/load/collect.h"
#include "report/load/limit.h"
#include "report/merge/cells.h"
#include "report/result/load_result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

/* What a window may be longer than asked. */
#define LONGER_MAX 1.25
/* Of a bucket with two digits, relative to what is in it. */
#define WIDTH_OF_ROWS 0.01

enum { ROW_DIGITS = 2, NOTE_MAX = 800 };

/* ---- what rows can tell ------------------------------------------------ */

static bool is_of_times(const struct rule *r)
{
	return r->function == RULE_QUANTILE || r->function == RULE_MEAN ||
	       r->function == RULE_MIN || r->function == RULE_MAX;
}

static bool has_gap(const struct cells *cells)
{
	for (size_t i = 1; i < cells->n; i++) {
		if (cells->cell[i].number != cells->cell[i - 1].number + 1)
			return true;
	}
	return false;
}

/* A window that rows do not fill is a little longer than asked; 0: it would be
 * much longer. */
static uint64_t window_of_rows(const struct rule *r, uint64_t width_s)
{
	uint64_t asked_s = (r->window_ns + UNIT_NS_PER_S - 1) / UNIT_NS_PER_S;
	uint64_t window_s = (asked_s + width_s - 1) / width_s * width_s;

	return (double)window_s > LONGER_MAX * (double)asked_s ? 0 : window_s;
}

static const char *why_no_window(const struct limit_rows *rows,
				 const struct rule *r, struct arena *a)
{
	uint64_t width_s = rows->cells->width_ns / UNIT_NS_PER_S;
	const char *why;

	if (r->window_ns == 0 || window_of_rows(r, width_s) > 0)
		return NULL;
	why = arena_printf(
		a, "rows of %" PRIu64 " s make no window of %" PRIu64 " s",
		width_s, r->window_ns / UNIT_NS_PER_S);
	return why ? why : "";
}

static const char *why_not(const struct limit_rows *rows, const struct rule *r,
			   struct arena *a)
{
	if (rows->cells->n == 0)
		return "it has no timeline";
	if (r->step)
		return "the rows of the timeline do not tell steps apart";
	if (r->function == RULE_DOWN_FOR)
		return NULL;
	if (is_of_times(r) && r->metric != RULE_LATENCY)
		return "the rows of the timeline have no times but latency";
	if (!is_of_times(r) && r->select.kind == RULE_STATUS)
		return "the rows of the timeline have no statuses";
	if (!is_of_times(r) && !rows->is_by_request && !r->is_of_planned)
		return "the rows of the timeline count rounds of the flow, and "
		       "the limit is about requests";
	if (r->function == RULE_RATE && r->window_ns == 0 &&
	    has_gap(rows->cells))
		return "there are times between that nobody measured";
	return why_no_window(rows, r, a);
}

/* ---- playing them -------------------------------------------------------- */

/* A row as a slice of one worker with one step. */
struct player {
	const struct limit_rows *rows;
	struct limit limit;
	struct hist *none, *so_far;
	struct tally slice, all;
	struct tally_step step, all_step;
	struct limit_moment now;
	int64_t first;	 /* cell that is judged first */
	uint64_t last_s; /* of the plan */
	uint64_t width_s;
};

static void release(struct player *p)
{
	limit_release(&p->limit);
	hist_free(p->none);
	hist_free(p->so_far);
	free(p);
}

static void empty_slice(struct player *p)
{
	p->step = (struct tally_step){ .latency = p->none,
				       .service = p->none,
				       .first_byte = p->none,
				       .connect = p->none };
	p->slice = (struct tally){ .lateness = p->none,
				   .queue = p->none,
				   .iteration = p->none,
				   .missed = p->none,
				   .loop_lag = p->none,
				   .n_steps = 1,
				   .step = &p->step };
}

/* A window moves by whole rows. */
static void fit_slices(struct player *p)
{
	struct limit *l = &p->limit;
	uint64_t window_s;

	if (l->n_slices == 0 || l->slice_s % p->width_s == 0)
		return;
	window_s = l->slice_s * l->n_slices;
	l->slice_s = (l->slice_s / p->width_s + 1) * p->width_s;
	l->n_slices = (window_s + l->slice_s - 1) / l->slice_s;
	l->next = l->n_slices - 1;
}

static bool make_hists(struct player *p)
{
	p->none = hist_new(HIST_DIGITS_MIN);
	p->so_far = hist_new(ROW_DIGITS);
	if (!p->none || !p->so_far)
		return false;
	empty_slice(p);
	p->all_step = p->step;
	p->all = p->slice;
	p->all.step = &p->all_step;
	p->all_step.latency = p->so_far;
	p->now.all = &p->all;
	return true;
}

static uint64_t since(uint64_t at_ns, uint64_t base_at_ns)
{
	return at_ns > base_at_ns ? at_ns - base_at_ns : 0;
}

/* From the first row behind the warm-up to the end of the plan, which is not
 * behind the last row. */
static uint64_t find_times(struct player *p)
{
	const struct cells *cells = p->rows->cells;
	const struct cell *last = &cells->cell[cells->n - 1];
	uint64_t end_ns = since(cell_at_ns(cells, last), p->rows->base_at_ns) +
			  cells->width_ns;
	uint64_t plan_ns = since(p->rows->plan_at_ns, p->rows->base_at_ns);
	size_t i = 0;

	while (i + 1 < cells->n && cells->cell[i].is_warm_up)
		i++;
	p->first = cells->cell[i].number;
	p->width_s = cells->width_ns / UNIT_NS_PER_S;
	p->now.from_ns =
		since(cell_at_ns(cells, &cells->cell[i]), p->rows->base_at_ns);
	if (plan_ns == 0 || plan_ns > end_ns)
		plan_ns = end_ns;
	if (plan_ns > p->now.from_ns)
		p->last_s = (plan_ns - p->now.from_ns - 1) / UNIT_NS_PER_S;
	return plan_ns;
}

static bool begin(struct player *p, const struct load_limit *rule,
		  bool built_in)
{
	static const struct step_facts one = { .name = "" };
	struct limit_facts facts = { .limit = rule,
				     .built_in = built_in,
				     .step = &one,
				     .n_steps = 1,
				     .digits = ROW_DIGITS };

	if (!make_hists(p))
		return false;
	facts.plan_ns = find_times(p);
	if (!limit_init(&p->limit, &facts))
		return false;
	fit_slices(p);
	return true;
}

static uint64_t second_of(const struct player *p, const struct cell *c)
{
	uint64_t s = (uint64_t)(c->number - p->first) * p->width_s;

	/* what ends behind the plan belongs to its last second */
	return s < p->last_s ? s : p->last_s;
}

static void fill_slice(struct player *p, const struct cell *c)
{
	empty_slice(p);
	p->slice.planned = c->planned;
	p->slice.dropped = c->dropped;
	p->slice.ok = c->ok;
	p->slice.failed = c->failed;
	p->slice.timed_out = c->timed_out;
	p->slice.from_ns =
		since(cell_at_ns(p->rows->cells, c), p->rows->base_at_ns);
	p->step.ok = c->ok;
	p->step.failed = c->failed;
	p->step.timed_out = c->timed_out;
	p->step.sent = c->ok + c->failed + c->timed_out;
	if (c->latency) {
		p->step.latency = c->latency;
		hist_merge(p->so_far, c->latency);
	}
}

/* Nothing was seen before it: what came before does not go on. */
static void begin_anew(struct player *p, uint64_t second)
{
	struct limit *l = &p->limit;

	l->false_since_ns = l->maybe_since_ns = UINT64_MAX;
	if (l->n_slices > 0)
		l->next = (second + l->slice_s - 1) / l->slice_s + l->n_slices -
			  1;
}

static void play(struct player *p)
{
	const struct cells *cells = p->rows->cells;

	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *c = &cells->cell[i];
		uint64_t second;

		if (c->number < p->first || c->is_warm_up)
			continue;
		second = second_of(p, c);
		if (i > 0 && c->number != cells->cell[i - 1].number + 1)
			begin_anew(p, second);
		fill_slice(p, c);
		limit_take(&p->limit, &p->slice, second);
		p->now.now_ns =
			p->now.from_ns + (uint64_t)(c->number + 1 - p->first) *
						 p->width_s * UNIT_NS_PER_S;
		second += p->width_s;
		/* the last one lasts until the end */
		limit_judge(&p->limit, second < p->last_s ? second : p->last_s,
			    &p->now);
	}
	empty_slice(p);
	p->slice.from_ns = p->now.now_ns;
	p->slice.not_started = p->rows->not_started;
	p->slice.in_flight = p->rows->in_flight;
	p->step.sent = p->step.in_flight = p->rows->in_flight;
	limit_take(&p->limit, &p->slice, p->last_s);
}

/* ---- the verdict --------------------------------------------------------- */

/* Only whole rows without an ok are sure. */
static bool judge_down(struct player *p, struct arena *a,
		       struct limit_result *out)
{
	const struct rule *r = &p->limit.limit->rule;
	struct limit_look look = { .samples = p->limit.whole.all,
				   .at_ns = p->now.now_ns };
	uint64_t low_ns, high_ns;

	cells_down(p->rows->cells, &low_ns, &high_ns);
	look.value = (double)low_ns;
	if (rule_holds(r, (double)low_ns) != rule_holds(r, (double)high_ns))
		look.state = LIMIT_MAY_FAIL;
	else
		look.state =
			rule_holds(r, look.value) ? LIMIT_HOLDS : LIMIT_FALSE;
	if (p->limit.whole.all == 0 && p->limit.whole.planned == 0)
		look.state = LIMIT_NONE;
	return limit_conclude(&p->limit, &look, &p->now, a, out);
}

/* What was judged; < 0: it is exact. */
static double inexact_value(const struct player *p)
{
	const struct rule *r = &p->limit.limit->rule;

	if (r->function != RULE_QUANTILE && r->function != RULE_MEAN &&
	    r->function != RULE_MIN)
		return -1;
	if (limit_is_steady(&p->limit))
		return p->limit.worst.value;
	if (r->function == RULE_MEAN)
		return hist_mean_ns(p->so_far);
	return (double)hist_quantile(p->so_far,
				     r->function == RULE_MIN ? 0 : r->quantile);
}

/* True when it is so near to the limit that two digits cannot tell. */
static bool is_too_near(const struct player *p)
{
	const struct rule *r = &p->limit.limit->rule;
	double value = inexact_value(p);

	return value > 0 && rule_holds(r, value) !=
				    rule_holds(r, value * (1 - WIDTH_OF_ROWS));
}

static bool add_note(const struct player *p, struct arena *a,
		     struct limit_result *out)
{
	struct buf note;

	buf_init(&note, NOTE_MAX);
	if (out->note[0] != '\0')
		buf_printf(&note, "%s; ", out->note);
	buf_printf(&note, "judged by rows of %" PRIu64 " s", p->width_s);
	if (p->limit.n_slices * p->limit.slice_s * UNIT_NS_PER_S >
	    p->limit.limit->rule.window_ns)
		buf_printf(&note, " in windows of %" PRIu64 " s",
			   p->limit.n_slices * p->limit.slice_s);
	if (out->verdict != VERDICT_NOT_OBSERVED && is_too_near(p)) {
		out->verdict = VERDICT_NOT_OBSERVED;
		out->crossed_at_ns = 0;
		buf_puts(&note, ": too near to tell with their two digits");
	}
	out->note = arena_strdup(a, buf_text(&note));
	buf_release(&note);
	return out->note;
}

static bool conclude(struct player *p, const struct limit_result *of,
		     struct arena *a, struct limit_result *out)
{
	bool is_down = p->limit.limit->rule.function == RULE_DOWN_FOR;

	p->now.was_ended = p->rows->was_ended;
	p->now.ran_out = p->rows->ran_out;
	if (is_down ? !judge_down(p, a, out)
		    : !limit_finish(&p->limit, p->last_s + 1, &p->now, a, out))
		return false;
	out->text = of->text;
	out->at = of->at;
	out->built_in = of->built_in;
	return add_note(p, a, out);
}

const char *limit_rows_judge(const struct limit_rows *rows,
			     const struct load_limit *rule,
			     const struct limit_result *of, struct arena *a,
			     struct limit_result *out)
{
	const char *why = why_not(rows, &rule->rule, a);
	struct player *p;
	bool is_done;

	if (why)
		return why;
	p = calloc(1, sizeof *p);
	if (!p)
		return "";
	p->rows = rows;
	is_done = begin(p, rule, of->built_in);
	if (is_done) {
		play(p);
		is_done = conclude(p, of, a, out);
	}
	release(p);
	return is_done ? NULL : "";
}
