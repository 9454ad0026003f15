/* SPDX-License-Identifier: MIT */
#include "report/against/against.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/against/evidence.h"
#include "report/hist/hist.h"
#include "report/load/tally.h"
#include "report/result/load_result.h"
#include "report/statistics/wilson.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

#define WILSON_Z  1.959963985 /* 95 %, both sides */
#define BOUND_MAX 0.99	      /* an error rate that could still be worse */
#define P95	  0.95
#define PERCENT	  100.0

enum kind { KIND_P95, KIND_ERRORS, KINDS };
enum { SENTENCE_MAX = 600 };

struct metric {
	double bound;
	struct evidence worse, same;
	uint64_t requests, hits;
	size_t n; /* seconds */
	/* of each, AGAINST_SECONDS_MAX: at least, and at most */
	double *sure, *share;
};

struct load {
	struct against_before before;
	struct metric metric[KINDS];
	size_t n, n_late; /* seconds */
};

struct against {
	size_t n_loads;
	struct load *load;
	struct against_rule rule;
	double worse_level; /* of one metric */
	enum against_verdict verdict;
};

/* ---- the stored run -------------------------------------------------- */

static void count_before(const struct load_result *stored,
			 struct against_before *out)
{
	uint64_t ran_ns = stored->total_ns;
	struct load_errors seen = load_errors(stored);

	out->errors = seen.errors;
	out->requests = seen.requests;
	out->arrivals_per_s = stored->planned_per_s;
	if (!(out->arrivals_per_s > 0) && ran_ns)
		out->arrivals_per_s = (double)stored->accounting.sent *
				      (double)UNIT_NS_PER_S / (double)ran_ns;
}

static void find_bounds(const struct against_rule *rule,
			struct against_before *out)
{
	double more = (double)out->p95_high_ns * rule->latency_margin;

	if (more < (double)AGAINST_LATENCY_FLOOR_NS)
		more = (double)AGAINST_LATENCY_FLOOR_NS;
	if (more > (double)HIST_HIGH_NS)
		more = (double)HIST_HIGH_NS;
	out->slow_ns = out->p95_high_ns + (uint64_t)more;
	out->late_ns = (uint64_t)more / 2;
	out->error_high = wilson((double)out->errors / (double)out->requests,
				 (double)out->requests, WILSON_Z)
				  .high;
	out->error_bound =
		fmin(out->error_high + rule->error_margin, BOUND_MAX);
}

static bool read_p95(const struct load_result *stored,
		     struct against_before *out, struct buf *why)
{
	const char *text = stored->latency.hdr;
	struct errs es = { 0 };
	struct hist *h = hist_decode(text, strlen(text), &es);

	if (!h) {
		buf_puts(why, "its latency histogram cannot be read");
		return false;
	}
	struct hist_bounds b = hist_interval(h, P95, HIST_CONFIDENCE);
	out->p95_ns = hist_quantile(h, P95);
	out->p95_high_ns = b.high_ns > out->p95_ns ? b.high_ns : out->p95_ns;
	uint64_t n = hist_count(h);
	hist_free(h);
	if (!b.is_enough)
		buf_printf(why,
			   "it has %" PRIu64 " request%s, and its p95 needs "
			   "%.0f: store one that was longer, or of a higher "
			   "rate",
			   n, n == 1 ? "" : "s", HIST_ENOUGH / (1 - P95));
	return b.is_enough;
}

bool against_before(const struct load_result *stored,
		    const struct against_rule *rule, struct against_before *out,
		    struct buf *why)
{
	*out = (struct against_before){ .load = stored->name };
	if (stored->verdict == RUN_INVALID) {
		buf_puts(why, "it is invalid: the instrument was the limit "
			      "then");
		return false;
	}
	count_before(stored, out);
	if (!out->requests) {
		buf_puts(why, "no request has ended in it");
		return false;
	}
	if (!read_p95(stored, out, why))
		return false;
	find_bounds(rule, out);
	return true;
}

/* ---- following ------------------------------------------------------- */

static bool load_init(struct load *ld, const struct against_before *before)
{
	const double bound[KINDS] = {
		[KIND_P95] = AGAINST_SLOW_SHARE,
		[KIND_ERRORS] = before->error_bound,
	};

	ld->before = *before;
	for (int k = 0; k < KINDS; k++) {
		struct metric *m = &ld->metric[k];

		m->bound = bound[k];
		evidence_init(&m->worse, EVIDENCE_ABOVE, m->bound);
		evidence_init(&m->same, EVIDENCE_BELOW, m->bound);
		m->share = malloc(AGAINST_SECONDS_MAX * sizeof(*m->share));
		m->sure = malloc(AGAINST_SECONDS_MAX * sizeof(*m->sure));
		if (!m->share || !m->sure)
			return false;
	}
	return true;
}

struct against *against_new(size_t n_loads, const struct against_before *before,
			    const struct against_rule *rule)
{
	struct against *ag = calloc(1, sizeof(*ag));

	if (!ag)
		return NULL;
	ag->rule = *rule;
	ag->verdict = AGAINST_UNDECIDED;
	ag->worse_level = rule->worse_level / (double)(n_loads * KINDS);
	ag->load = calloc(n_loads, sizeof(*ag->load));
	while (ag->load && ag->n_loads < n_loads) {
		size_t i = ag->n_loads++; /* released, however far it came */
		if (!load_init(&ag->load[i], &before[i])) {
			against_free(ag);
			return NULL;
		}
	}
	if (ag->load)
		return ag;
	against_free(ag);
	return NULL;
}

void against_free(struct against *ag)
{
	if (!ag)
		return;
	for (size_t i = 0; ag->load && i < ag->n_loads; i++)
		for (int k = 0; k < KINDS; k++) {
			free(ag->load[i].metric[k].share);
			free(ag->load[i].metric[k].sure);
		}
	free(ag->load);
	free(ag);
}

static double ratio(uint64_t part, uint64_t all)
{
	return all ? (double)part / (double)all : 0;
}

static bool is_worse(const struct against *ag, const struct metric *m)
{
	return evidence_value(&m->worse) * ag->worse_level >= 1;
}

static bool is_same(const struct against *ag, const struct metric *m)
{
	return evidence_value(&m->same) * ag->rule.same_level >= 1;
}

static void decide(struct against *ag)
{
	bool all_same = true;

	for (size_t i = 0; i < ag->n_loads; i++)
		for (int k = 0; k < KINDS; k++) {
			const struct metric *m = &ag->load[i].metric[k];
			if (is_worse(ag, m))
				ag->verdict = AGAINST_WORSE;
			all_same &= is_same(ag, m);
		}
	if (all_same && ag->verdict == AGAINST_UNDECIDED)
		ag->verdict = AGAINST_NOT_WORSE;
}

/* hits: at least and at most. */
static void metric_take(struct metric *m, uint64_t least, uint64_t hits,
			uint64_t requests)
{
	m->sure[m->n] = ratio(least, requests);
	m->share[m->n] = ratio(hits, requests);
	evidence_add(&m->worse, m->sure[m->n]);
	evidence_add(&m->same, m->share[m->n]);
	m->hits += least;
	m->requests += requests;
	m->n++;
}

void against_take(struct against *ag, size_t load,
		  const struct against_second *s)
{
	struct load *ld = &ag->load[load];

	if (ag->verdict != AGAINST_UNDECIDED || ld->n >= AGAINST_SECONDS_MAX ||
	    !s->requests || !s->times)
		return;
	ld->n++;
	ld->n_late += s->late_ns > ld->before.late_ns;
	metric_take(&ld->metric[KIND_ERRORS], s->errors, s->errors,
		    s->requests);
	metric_take(&ld->metric[KIND_P95], s->sure, s->slow, s->times);
	decide(ag);
}

size_t against_seconds(const struct against *ag, size_t load)
{
	return ag->load[load].n;
}

size_t against_late(const struct against *ag, size_t load)
{
	return ag->load[load].n_late;
}

enum against_verdict against_now(const struct against *ag)
{
	return ag->verdict;
}

uint64_t against_least_s(const struct against *ag)
{
	uint64_t least = 0;

	for (size_t i = 0; i < ag->n_loads; i++)
		for (int k = 0; k < KINDS; k++) {
			uint64_t one =
				evidence_least(ag->load[i].metric[k].bound,
					       ag->rule.same_level);
			least = one > least ? one : least;
		}
	return least;
}

uint64_t against_delay(const struct tally *slice)
{
	return hist_max_ns(slice->lateness) + hist_max_ns(slice->loop_lag);
}

void against_count(const struct tally *slice, uint64_t slow_ns,
		   struct hist *scratch, struct against_second *add_to)
{
	uint64_t late_ns = against_delay(slice);

	for (size_t i = 0; i < slice->n_steps; i++) {
		const struct tally_step *st = &slice->step[i];

		add_to->requests += st->ok + st->failed + st->timed_out;
		add_to->errors += st->failed + st->timed_out;
	}
	add_to->requests += slice->dropped;
	add_to->errors += slice->dropped;
	hist_reset(scratch);
	tally_latency(slice, scratch);
	add_to->times += hist_count(scratch);
	add_to->slow +=
		hist_count(scratch) - hist_count_below(scratch, slow_ns);
	if (late_ns < add_to->late_ns)
		late_ns = add_to->late_ns;
	add_to->late_ns = late_ns;
	add_to->sure += hist_count(scratch) -
			hist_count_below(scratch, slow_ns + late_ns);
}

/* ---- the result ------------------------------------------------------ */

static double share_at(const void *of, size_t i)
{
	const double *share = of;

	return share[i];
}

static void fill_values(const struct load *ld, const struct load_result *now,
			int kind, struct against_metric *out)
{
	const struct against_before *b = &ld->before;
	const double s = (double)UNIT_NS_PER_S;

	if (kind == KIND_P95) {
		out->name = "p95";
		out->unit = "s";
		out->before = (double)b->p95_ns / s;
		out->before_high = (double)b->p95_high_ns / s;
		out->bound = (double)b->slow_ns / s;
		out->now = (double)now->latency.p95_ns / s;
		return;
	}
	out->name = "errors";
	out->unit = "share";
	out->before = ratio(b->errors, b->requests);
	out->before_high = b->error_high;
	out->bound = b->error_bound;
	out->now = out->share;
}

static void say_metric(const struct load *ld, int kind,
		       const struct against_metric *m, struct buf *out)
{
	const struct against_before *b = &ld->before;

	if (kind == KIND_P95) {
		buf_printf(out,
			   "%.2f %% of %" PRIu64 " request%s took longer than ",
			   m->share * PERCENT, m->requests,
			   m->requests == 1 ? "" : "s");
		unit_human_duration(out, b->slow_ns);
		buf_puts(out, " (p95 then: ");
		unit_human_duration(out, b->p95_ns);
		buf_puts(out, ", now: ");
		unit_human_duration(out,
				    (uint64_t)(m->now * (double)UNIT_NS_PER_S));
		buf_puts(out, ")");
	} else {
		buf_printf(out,
			   "%.2f %% of %" PRIu64 " request%s failed (then: "
			   "%.2f %%)",
			   m->share * PERCENT, m->requests,
			   m->requests == 1 ? "" : "s", m->before * PERCENT);
	}
	if (!m->seconds)
		return;
	buf_printf(out,
		   "; in the long run %.2f to %.2f %%, as before would be at "
		   "most %.2f %%",
		   m->low * PERCENT, m->high * PERCENT,
		   m->share_bound * PERCENT);
}

static bool fill_metric(const struct against *ag, const struct load *ld,
			int kind, const struct load_result *now,
			struct arena *a, struct against_metric *out)
{
	const struct metric *m = &ld->metric[kind];
	struct buf text;

	*out = (struct against_metric){
		.load = now->name,
		.verdict = is_worse(ag, m)  ? AGAINST_WORSE
			   : is_same(ag, m) ? AGAINST_NOT_WORSE
					    : AGAINST_UNDECIDED,
		.share_bound = m->bound,
		.worse_evidence = evidence_value(&m->worse),
		.same_evidence = evidence_value(&m->same),
		.requests = m->requests,
		.hits = m->hits,
		.seconds = m->n,
		.share = ratio(m->hits, m->requests),
	};
	fill_values(ld, now, kind, out);
	out->low = evidence_end(EVIDENCE_ABOVE, ag->worse_level, m->n, share_at,
				m->sure);
	out->high = evidence_end(EVIDENCE_BELOW, ag->rule.same_level, m->n,
				 share_at, m->share);
	buf_init(&text, SENTENCE_MAX);
	say_metric(ld, kind, out, &text);
	out->message = arena_strdup(a, buf_text(&text));
	buf_release(&text);
	return out->message != NULL;
}

bool against_result(const struct against *ag,
		    const struct load_result *const *now, struct arena *a,
		    struct against_result *out)
{
	struct against_metric *m =
		arena_alloc(a, ag->n_loads * KINDS, sizeof(*m));

	if (!m)
		return false;
	out->metrics = m;
	out->latency_margin = ag->rule.latency_margin;
	out->error_margin = ag->rule.error_margin;
	out->worse_level = ag->rule.worse_level;
	out->same_level = ag->rule.same_level;
	for (size_t i = 0; i < ag->n_loads; i++)
		for (int k = 0; k < KINDS; k++, out->n_metrics++)
			if (!fill_metric(ag, &ag->load[i], k, now[i], a,
					 &m[out->n_metrics]))
				return false;
	return true;
}
