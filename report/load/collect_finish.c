/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "report/load/collect_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

enum { NOTES_MAX = 4 };

/* ---- counts --------------------------------------------------------- */

static void write_accounting(const struct collector *c, struct load_result *out)
{
	const struct tally *t = c->judged;
	const struct accounting *w = &c->warm.accounting;

	out->accounting = (struct accounting){
		.planned = w->planned + t->planned,
		.sent = w->sent + t->sent,
		.dropped = w->dropped + t->dropped,
		.not_started = w->not_started + t->not_started,
		.ok = w->ok + t->ok,
		.failed = w->failed + t->failed,
		.timed_out = w->timed_out + t->timed_out,
		.in_flight = w->in_flight + t->in_flight,
	};
}

static double per_second(uint64_t n, uint64_t ns)
{
	return ns ? (double)n * (double)UNIT_NS_PER_S / (double)ns : 0;
}

/* What ended while the plan ran, by the time of the plan: a single request that
 * takes long at the end does not change a rate. */
static void write_rates(const struct collector *c,
			const struct collect_ending *end,
			struct load_result *out)
{
	uint64_t ns = end->total_ns;

	if (c->plan_ns > 0 && c->plan_ns < ns)
		ns = c->plan_ns;
	out->rated_ns = ns;
	out->requests = c->sent;
	out->requests_ok = c->ok;
	out->rate_per_s = per_second(c->in_plan, ns);
	out->ok_per_s = per_second(c->in_plan_ok, ns);
	if (c->facts.load->plan.model == LOAD_OPEN)
		out->planned_per_s =
			per_second(out->accounting.planned,
				   end->stopped_ns ? c->plan_ns : ns);
	if (c->sent > 0)
		out->success = (double)c->ok / (double)c->sent;
}

static void write_cost(const struct collector *c,
		       const struct collect_ending *end,
		       struct load_result *out)
{
	/* over before the first look: nothing can be said */
	uint64_t first = end->first_rss_bytes ? end->first_rss_bytes
					      : end->peak_rss_bytes;
	uint64_t grown =
		end->peak_rss_bytes > first ? end->peak_rss_bytes - first : 0;

	out->cost.cpu_s = (double)end->cpu_ns / (double)UNIT_NS_PER_S;
	out->cost.peak_rss_bytes = end->peak_rss_bytes;
	if (c->sent == 0)
		return;
	out->cost.cpu_us_per_request =
		(double)end->cpu_ns / (double)UNIT_NS_PER_US / (double)c->sent;
	out->cost.rss_bytes_per_1000 =
		(uint64_t)((double)grown * 1000 / (double)c->sent);
}

/* ---- the parts ------------------------------------------------------ */

static void write_warm_up(const struct collector *c, uint64_t total_ns,
			  struct arena *a, struct load_result *out)
{
	const struct workload *load = c->facts.load;
	const struct settle *found = &c->settle;
	struct warm_up_result *w = &out->warm_up;

	*w = (struct warm_up_result){
		.was_asked = load->finds_warm_up || c->warm_s > 0,
		.how = "",
		.why = "",
		.requests = c->warm.requests,
		.p50_ns = hist_quantile(c->warm.latency, 0.5),
		.p99_ns = hist_quantile(c->warm.latency, 0.99),
	};
	if (!w->was_asked)
		return;
	w->how = load->finds_warm_up ? "not found" : "fixed";
	w->ended_ns =
		c->warm_s == NO_SECOND ? total_ns : c->warm_s * UNIT_NS_PER_S;
	if (!load->finds_warm_up)
		return;
	if (found->state == SETTLE_FOUND)
		w->how = "found";
	/* the words live in the collector, which goes before the result */
	w->why = arena_strdup(a, found->state == SETTLE_GOING
					 ? "the load ended before"
					 : found->why);
	if (!w->why)
		w->why = "";
}

static bool write_instrument(const struct collector *c,
			     const struct collect_ending *end, struct arena *a,
			     struct load_result *out)
{
	struct instrument *in = &out->instrument;
	const struct tally *t = c->judged;

	in->workers = c->facts.workers;
	in->busiest_cpu_permille = end->busiest_cpu_permille;
	in->open_connections_max = end->open_connections_max;
	in->waited = t->waited + c->warm.waited;
	return times_result(t->lateness, a, &in->lateness) &&
	       times_result(t->queue, a, &in->queue) &&
	       times_result(t->loop_lag, a, &in->loop_lag);
}

/* scratch keeps everybody's latency: doubts compare with it. */
static bool write_times(struct collector *c, struct arena *a,
			struct load_result *out)
{
	hist_reset(c->scratch);
	for (size_t i = 0; i < c->judged->n_steps; i++)
		hist_merge(c->scratch, c->judged->step[i].service);
	if (!times_result(c->scratch, a, &out->service))
		return false;
	hist_reset(c->scratch);
	tally_latency(c->judged, c->scratch);
	return times_result(c->scratch, a, &out->latency) &&
	       times_result(c->judged->iteration, a, &out->iteration);
}

static bool write_limits(struct collector *c, const struct collect_ending *end,
			 struct arena *a, struct load_result *out)
{
	struct limit_result *limits =
		arena_alloc(a, c->n_limits + 1, sizeof *limits);
	uint64_t seconds = (end->total_ns + UNIT_NS_PER_S - 1) / UNIT_NS_PER_S;
	struct limit_moment now;

	if (!limits)
		return false;
	collector_moment(c, end->total_ns, &now);
	out->down_for_ns = now.down_ns;
	now.was_ended = ending_is_early(end);
	now.was_aborted = strcmp(end->ended, "aborted") == 0;
	now.ran_out = ending_is_of_data(end);
	now.stopped_ns = end->stopped_ns;
	for (size_t i = 0; i < c->n_limits; i++) {
		if (!limit_finish(&c->limit[i], judged_seconds(c, seconds),
				  &now, a, &limits[i]))
			return false;
	}
	out->n_limits = c->n_limits;
	out->limits = limits;
	return true;
}

static bool write_notes(const struct collector *c,
			const struct collect_ending *end, struct arena *a,
			struct load_result *out)
{
	struct named_count *list = arena_alloc(a, NOTES_MAX, sizeof *list);
	size_t n = 0;

	if (!list)
		return false;
	if (c->facts.load->finds_warm_up && c->settle.state != SETTLE_FOUND) {
		list[n++].name = "the end of the warm-up was not found: what "
				 "is judged may hold some of it";
	}
	if (ending_is_of_data(end))
		list[n++].name = "the load ended when its data was used up";
	if (out->latency.over > 0) {
		list[n].count = out->latency.over;
		list[n++].name = "requests took longer than an hour, and count "
				 "as an hour";
	}
	out->notes = list;
	out->n_notes = n;
	return true;
}

static void write_facts(const struct collector *c,
			const struct collect_ending *end,
			struct load_result *out)
{
	static const char *const process[] = {
		[PROCESS_EVEN] = "even", [PROCESS_POISSON] = "poisson"
	};
	const struct collect_facts *f = &c->facts;
	const struct source *src = f->load->at.src;
	bool is_open = f->load->plan.model == LOAD_OPEN;

	*out = (struct load_result){
		.name = f->load->name ? f->load->name : "",
		.at = { src && src->name ? src->name : "", f->load->at.line,
			f->load->at.col },
		.model = is_open ? "open" : "closed",
		.plan = f->plan ? f->plan : "",
		.process = is_open ? process[f->load->plan.process] : "",
		.seed = f->seed,
		.target = f->target ? f->target : "",
		.transport = f->transport ? f->transport : "",
		.message = "",
		.started_at_ns = end->started_at_ns,
		.start_ns = end->start_ns,
		.total_ns = end->total_ns,
		.ended = end->ended,
	};
}

bool collector_finish(struct collector *c, const struct collect_ending *end,
		      struct arena *a, struct load_result *out)
{
	struct load_end load;

	collector_stop(c, end->stopped_ns);
	collector_advance(c, end->total_ns / UNIT_NS_PER_S);
	/* the last second is not a full one */
	c->is_over = true;
	if (c->has_slices)
		collector_advance(c, c->newest_s + 1);
	write_facts(c, end, out);
	write_accounting(c, out);
	write_rates(c, end, out);
	write_cost(c, end, out);
	write_warm_up(c, end->total_ns, a, out);
	load = (struct load_end){ c->ok + c->errors, end->ended, end->why };
	return write_times(c, a, out) && steps_result(c, a, out) &&
	       rows_result(c, end->start_ns, end->total_ns, a, out) &&
	       write_limits(c, end, a, out) &&
	       write_instrument(c, end, a, out) &&
	       doubts_result(c, end, a, out) && write_notes(c, end, a, out) &&
	       load_conclude(&load, a, out);
}
