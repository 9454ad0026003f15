/* SPDX-License-Identifier: MIT */
#include "report/load/collect.h"

#include <stdlib.h>

#include "report/load/collect_parts.h"

/* A silence between two failures that still counts as down; a longer one was
 * not observed. */
#define DOWN_SILENCE_NS (60 * UNIT_NS_PER_S)
/* What a limit is when the load has none. */
#define BUILT_IN_TEXT	   "ratio(errors) < 1%"
#define BUILT_IN_RATIO_MAX 0.01

/* ---- making --------------------------------------------------------- */

static void begin_warm_up(struct collector *c)
{
	const struct workload *load = c->facts.load;

	settle_init(&c->settle, c->plan_ns);
	if (!load->finds_warm_up)
		c->warm_s =
			(load->warm_up_ns + UNIT_NS_PER_S - 1) / UNIT_NS_PER_S;
	else if (c->settle.state == SETTLE_GOING)
		c->warm_s = NO_SECOND;
}

static bool make_limits(struct collector *c, unsigned digits)
{
	const struct workload *load = c->facts.load;
	size_t n = c->facts.no_limits ? 0 : load->n_limits ? load->n_limits : 1;
	struct limit_facts facts = { .step = c->facts.step,
				     .n_steps = c->facts.n_steps,
				     .plan_ns = c->plan_ns,
				     .digits = digits,
				     .built_in = load->n_limits == 0 };

	c->built_in = (struct load_limit){
		.rule = { .text = BUILT_IN_TEXT,
			  .function = RULE_RATIO,
			  .select = { .kind = RULE_ERRORS },
			  .op = RULE_LT,
			  .value = BUILT_IN_RATIO_MAX },
	};
	c->limit = calloc(n + 1, sizeof *c->limit);
	if (!c->limit)
		return false;
	for (; c->n_limits < n; c->n_limits++) {
		facts.limit = facts.built_in ? &c->built_in
					     : &load->limits[c->n_limits];
		if (!limit_init(&c->limit[c->n_limits], &facts)) {
			limit_release(&c->limit[c->n_limits]);
			return false;
		}
	}
	return true;
}

static bool make_parts(struct collector *c, unsigned digits)
{
	c->judged = tally_new(c->facts.n_steps, digits);
	c->warm.latency = hist_new(digits);
	c->warm.missed = hist_new(digits);
	c->scratch = hist_new(digits);
	return c->judged && c->warm.latency && c->warm.missed && c->scratch &&
	       rows_init(c) && make_limits(c, digits);
}

static unsigned digits_of(const struct workload *load)
{
	if (load->digits < HIST_DIGITS_MIN || load->digits > HIST_DIGITS_MAX)
		return HIST_DIGITS;
	return (unsigned)load->digits;
}

struct collector *collector_new(const struct collect_facts *facts,
				struct errs *es)
{
	struct collector *c = calloc(1, sizeof *c);

	if (!c) {
		errs_nomem(es);
		return NULL;
	}
	c->facts = *facts;
	c->plan_ns = facts->planned_ns;
	begin_warm_up(c);
	if (!make_parts(c, digits_of(facts->load))) {
		errs_nomem(es);
		collector_free(c);
		return NULL;
	}
	return c;
}

void collector_free(struct collector *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_limits; i++)
		limit_release(&c->limit[i]);
	free(c->limit);
	rows_release(c);
	tally_free(c->judged);
	hist_free(c->warm.latency);
	hist_free(c->warm.missed);
	hist_free(c->scratch);
	free(c);
}

/* ---- stopping ------------------------------------------------------- */

void collector_stop(struct collector *c, uint64_t at_ns)
{
	if (at_ns == 0 || (c->plan_ns > 0 && c->plan_ns <= at_ns))
		return;
	c->plan_ns = at_ns;
	for (size_t i = 0; i < c->n_limits; i++)
		limit_stop(&c->limit[i], at_ns);
}

/* ---- taking --------------------------------------------------------- */

static void count_requests(const struct tally *t, struct second *into)
{
	for (size_t i = 0; i < t->n_steps; i++) {
		const struct tally_step *st = &t->step[i];

		into->ended += st->ok + st->failed + st->timed_out;
		into->ok += st->ok;
		into->errors += st->failed + st->timed_out;
	}
	into->errors += t->dropped;
	into->planned += t->planned;
	into->arrivals += t->ok + t->failed + t->timed_out;
}

static void take_warm(struct collector *c, const struct tally *t,
		      const struct second *count)
{
	struct warm *w = &c->warm;

	w->accounting.planned += t->planned;
	w->accounting.sent += t->sent;
	w->accounting.dropped += t->dropped;
	w->accounting.not_started += t->not_started;
	w->accounting.ok += t->ok;
	w->accounting.failed += t->failed;
	w->accounting.timed_out += t->timed_out;
	w->accounting.in_flight += t->in_flight;
	w->waited += t->waited;
	w->ended += count->ended;
	w->requests_ok += count->ok;
	for (size_t i = 0; i < t->n_steps; i++) {
		w->requests += t->step[i].sent;
		w->local_failures += t->step[i].outcome[OUTCOME_LOCAL_FAIL];
	}
	tally_latency(t, w->latency);
	hist_merge(w->missed, t->missed);
}

static uint64_t plan_seconds(const struct collector *c)
{
	return (c->plan_ns + UNIT_NS_PER_S - 1) / UNIT_NS_PER_S;
}

uint64_t judged_seconds(const struct collector *c, uint64_t second)
{
	uint64_t plan_s = plan_seconds(c);

	if (plan_s > 0 && second > plan_s)
		second = plan_s;
	return second > c->warm_s ? second - c->warm_s : 0;
}

static void take_judged(struct collector *c, const struct tally *t,
			uint64_t second)
{
	uint64_t n = judged_seconds(c, second + 1);

	tally_merge(c->judged, t);
	for (size_t i = 0; i < c->n_limits; i++)
		limit_take(&c->limit[i], t, n ? n - 1 : 0);
}

static uint64_t since_start(const struct tally *t, uint64_t ns)
{
	return ns > t->begin_ns ? ns - t->begin_ns : 0;
}

/* s->ok is still that of the slices before. */
static void take_ok(struct second *s, const struct tally *t)
{
	uint64_t first = since_start(t, t->first_ok_ns);
	uint64_t last = since_start(t, t->last_ok_ns);

	if (t->first_ok_ns == 0)
		return;
	if (s->ok == 0 || first < s->first_ok_ns)
		s->first_ok_ns = first;
	if (last > s->last_ok_ns)
		s->last_ok_ns = last;
}

static void take_second(struct collector *c, const struct tally *t,
			const struct second *count, uint64_t number)
{
	struct second *s = &c->second[number % SECONDS_KEPT];

	if (s->number != NO_SECOND && s->number > number)
		return;
	if (s->number != number) {
		struct hist *const latency = s->latency;

		hist_reset(latency);
		*s = (struct second){ .number = number, .latency = latency };
	}
	take_ok(s, t);
	s->n_whole += t->to_ns >= (number + 1) * UNIT_NS_PER_S;
	s->planned += count->planned;
	s->ended += count->ended;
	s->arrivals += count->arrivals;
	s->ok += count->ok;
	s->errors += count->errors;
	s->users += t->users;
	s->connections += t->connections;
	tally_latency(t, s->latency);
}

void collector_take(struct collector *c, const struct tally *slice)
{
	uint64_t second = slice->from_ns / UNIT_NS_PER_S;
	struct second count = { 0 };

	if (second > LIMIT_LATE_S)
		collector_advance(c, second - LIMIT_LATE_S);
	if (!c->has_slices || second > c->newest_s)
		c->newest_s = second;
	c->has_slices = true;
	count_requests(slice, &count);
	for (size_t i = 0; i < slice->n_steps; i++)
		c->sent += slice->step[i].sent;
	c->ok += count.ok;
	c->errors += count.errors;
	if (c->plan_ns == 0 || slice->from_ns < c->plan_ns) {
		c->in_plan += count.ended;
		c->in_plan_ok += count.ok;
	}
	take_second(c, slice, &count, second);
	rows_take(c, slice);
	if (second < c->warm_s)
		take_warm(c, slice, &count);
	else
		take_judged(c, slice, second);
}

/* ---- looking -------------------------------------------------------- */

/* How long it was down when that ended then; what was not observed does not
 * count. */
static uint64_t down_length(const struct down *d, uint64_t end_ns)
{
	uint64_t seen_ns = d->to_s * UNIT_NS_PER_S;

	if (end_ns > seen_ns + DOWN_SILENCE_NS)
		end_ns = seen_ns;
	return end_ns > d->from_ns ? end_ns - d->from_ns : 0;
}

static void end_down(struct down *d, uint64_t end_ns)
{
	uint64_t length = d->is_down ? down_length(d, end_ns) : 0;

	d->is_down = false;
	if (length > d->longest_ns)
		d->longest_ns = length;
}

static void begin_down(struct down *d, uint64_t from_ns)
{
	d->is_down = true;
	d->from_ns = from_ns;
	if (d->has_ok && d->last_ok_ns < from_ns &&
	    from_ns - d->last_ok_ns <= DOWN_SILENCE_NS)
		d->from_ns = d->last_ok_ns;
}

static void follow_down(struct collector *c, const struct second *s)
{
	struct down *d = &c->down;
	uint64_t from_ns = s->number * UNIT_NS_PER_S;
	bool is_busy = s->planned > 0 || s->errors > 0 || s->users > 0;

	if (s->ok > 0) {
		end_down(d, s->first_ok_ns);
		d->has_ok = true;
		d->last_ok_ns = s->last_ok_ns;
		return;
	}
	if (!is_busy)
		return;
	if (from_ns > d->to_s * UNIT_NS_PER_S + DOWN_SILENCE_NS)
		end_down(d, from_ns);
	if (!d->is_down)
		begin_down(d, from_ns);
	d->to_s = s->number + 1;
}

/* The longest one so far.  What goes on has lasted until it was last seen, and
 * at the end of all until nothing was planned any more. */
static uint64_t longest_down(const struct collector *c, uint64_t now_ns)
{
	const struct down *d = &c->down;
	uint64_t end_ns = now_ns, length;

	if (!d->is_down)
		return d->longest_ns;
	if (!c->is_over && d->to_s * UNIT_NS_PER_S < end_ns)
		end_ns = d->to_s * UNIT_NS_PER_S;
	if (c->plan_ns > 0 && c->plan_ns < end_ns)
		end_ns = c->plan_ns;
	length = down_length(d, end_ns);
	return length > d->longest_ns ? length : d->longest_ns;
}

static void follow_warm_up(struct collector *c, const struct second *s)
{
	struct settle_second now = {
		.rate_per_s = (double)s->ended,
		.p50_ns = c->last_p50_ns,
		.p99_ns = c->last_p99_ns,
	};

	/* what was taken already belongs to the warm-up */
	if (settle_add(&c->settle, &now) != SETTLE_GOING)
		c->warm_s =
			(c->newest_s > s->number ? c->newest_s : s->number) + 1;
}

void collector_moment(const struct collector *c, uint64_t now_ns,
		      struct limit_moment *out)
{
	*out = (struct limit_moment){
		.now_ns = now_ns,
		.from_ns = c->warm_s > now_ns / UNIT_NS_PER_S
				   ? now_ns
				   : c->warm_s * UNIT_NS_PER_S,
		.down_ns = longest_down(c, now_ns),
		.all = c->judged,
	};
}

static void judge_limits(struct collector *c, uint64_t second)
{
	uint64_t plan_s = plan_seconds(c), full = second;
	struct limit_moment now;

	/* the last one of the plan lasts until the end */
	if (plan_s > 0 && full >= plan_s)
		full = plan_s - 1;
	collector_moment(c, second * UNIT_NS_PER_S, &now);
	for (size_t i = 0; i < c->n_limits; i++) {
		struct limit *l = &c->limit[i];

		if (limit_judge(l, judged_seconds(c, full), &now) &&
		    !c->abort_why)
			c->abort_why = l->limit->rule.text;
	}
}

static void look_at_second(struct collector *c, uint64_t number)
{
	const struct second *kept = &c->second[number % SECONDS_KEPT];
	struct second s = { .number = number };

	c->last_p50_ns = c->last_p99_ns = 0;
	if (kept->number == number) {
		s = *kept;
		c->last_p50_ns = hist_quantile(s.latency, 0.5);
		c->last_p99_ns = hist_quantile(s.latency, 0.99);
	}
	s.latency = NULL;
	c->last = s;
	if (c->warm_s == NO_SECOND)
		follow_warm_up(c, &s);
	if (number < c->warm_s)
		return;
	if (c->plan_ns == 0 || number * UNIT_NS_PER_S < c->plan_ns)
		follow_down(c, &s);
	if (!c->is_over)
		judge_limits(c, number + 1);
}

void collector_advance(struct collector *c, uint64_t second)
{
	for (; c->done_s < second; c->done_s++)
		look_at_second(c, c->done_s);
}

/* Every worker has handed over all of that second. */
static bool is_whole(const struct collector *c, uint64_t number)
{
	const struct second *s = &c->second[number % SECONDS_KEPT];

	return s->number == number && s->n_whole >= c->facts.workers;
}

bool collector_look(struct collector *c, uint64_t now_ns, const char **why)
{
	uint64_t second = now_ns / UNIT_NS_PER_S;

	collector_advance(c, second > 0 ? second - 1 : 0);
	while (c->done_s < second && is_whole(c, c->done_s))
		collector_advance(c, c->done_s + 1);
	if (c->abort_why)
		*why = c->abort_why;
	return !c->abort_why;
}

/* ---- for people who watch ------------------------------------------- */

static double share_done(const struct collector *c, uint64_t now_ns)
{
	const struct load_plan *plan = &c->facts.load->plan;
	double by_time = -1, by_count = -1;

	if (c->facts.planned_ns > 0)
		by_time = (double)now_ns / (double)c->facts.planned_ns;
	if (plan->iterations > 0)
		by_count = (double)(c->judged->sent + c->warm.accounting.sent) /
			   (double)plan->iterations;
	if (by_count > by_time)
		by_time = by_count;
	return by_time > 1 ? 1 : by_time;
}

void collector_progress(const struct collector *c, uint64_t now_ns,
			struct progress *out)
{
	*out = (struct progress){
		.now_ns = now_ns,
		.total_ns = c->facts.planned_ns,
		.share = share_done(c, now_ns),
		.planned_per_s = (double)c->last.planned,
		.arrivals_per_s = (double)c->last.arrivals,
		.rate_per_s = (double)c->last.ended,
		.is_of_several = c->facts.n_steps > 1,
		.p50_ns = c->last_p50_ns,
		.p99_ns = c->last_p99_ns,
		.sent = c->sent,
		.ok = c->ok,
		.errors = c->errors,
		.users = c->last.users,
		.connections = c->last.connections,
		.is_warm_up = c->done_s < c->warm_s,
	};
}
