/* SPDX-License-Identifier: MIT */
#include "loadgen/after/after.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/run/load_run.h"
#include "report/hist/hist.h"
#include "report/load/conclude.h"
#include "report/load/tally.h"
#include "report/result/load_result.h"
#include "report/result/result_json.h"
#include "report/result/stamp.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"
#include "scenarios/model.h"

#define PPB	    1e9
#define PERCENT	    100.0
#define RATES_APART 2.0	 /* more than so many times: it is said */
#define FAILED_MANY 0.01 /* of a stored run: more is said */

enum { NOTES_MAX = 8, SENTENCE_MAX = 900, WHY_MAX = 300, NAMES_MAX = 200 };

/* A load that is watched. */
struct watched {
	const struct workload *load; /* of the copy */
	const struct load_result *before;
	uint64_t warm_s, slow_ns;
	uint64_t second; /* under way */
	struct against_second seen;
	uint64_t late_ns; /* of this machine, in that second */
	struct hist *scratch;
};

struct after {
	struct load_listener listener; /* first, for its callbacks */
	const struct after_settings *set;
	struct arena *arena;
	struct scenario scenario; /* a copy with loads of its own */
	bool *chosen;
	struct run_result *stored; /* NULL: it only measures */
	struct against *against;
	size_t n;
	struct watched *watched;
	uint64_t decided_ns;
};

/* ---- what is asked --------------------------------------------------- */

bool after_check(const struct after_settings *set, struct errs *es)
{
	const struct {
		bool is_wrong;
		const char *why;
	} rule[] = {
		{ set->against && !set->watch_ns,
		  "--against is for --watch: say for how long, like --watch "
		  "10m" },
		{ (set->command || set->webhook) && !set->against,
		  "--on-fail-command and --on-fail-webhook are for --against: "
		  "without it nothing is compared" },
		{ set->webhook && strncmp(set->webhook, "http://", 7) != 0 &&
			  strncmp(set->webhook, "https://", 8) != 0,
		  "\"--on-fail-webhook\" must be a URL with http:// or "
		  "https://" },
		{ set->command && !*set->command,
		  "\"--on-fail-command\" is empty" },
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(rule) / sizeof(*rule); i++)
		if (rule[i].is_wrong)
			ok = errs_add(es, ERR_INPUT, NOWHERE, "%s",
				      rule[i].why);
	return ok;
}

/* ---- the stored run -------------------------------------------------- */

static const struct load_result *find_load(const struct run_result *run,
					   const char *name)
{
	for (size_t i = 0; i < run->n_loads; i++)
		if (!strcmp(run->loads[i].name, name))
			return &run->loads[i];
	return NULL;
}

static bool refuse_unknown(const struct after *af, const char *name,
			   struct errs *es)
{
	struct buf names;

	buf_init(&names, NAMES_MAX);
	for (size_t i = 0; i < af->stored->n_loads; i++)
		buf_printf(&names, "%s\"%s\"", i ? ", " : "",
			   af->stored->loads[i].name);
	errs_add(es, ERR_INPUT, NOWHERE,
		 "\"%s\" has no load \"%s\" to compare with: it has %s",
		 af->set->against, name, names.len ? buf_text(&names) : "none");
	buf_release(&names);
	return false;
}

static bool find_before(struct after *af, struct against_before *before,
			struct errs *es)
{
	const struct against_rule rule = {
		.latency_margin = (double)af->set->latency_margin / PPB,
		.error_margin = (double)af->set->error_margin / PPB,
		.worse_level = (double)af->set->worse_level / PPB,
		.same_level = (double)af->set->same_level / PPB,
	};
	bool ok = true;

	for (size_t i = 0; i < af->n; i++) {
		struct watched *w = &af->watched[i];
		struct buf why;

		w->before = find_load(af->stored, w->load->name);
		if (!w->before) {
			ok = refuse_unknown(af, w->load->name, es);
			continue;
		}
		buf_init(&why, WHY_MAX);
		if (!against_before(w->before, &rule, &before[i], &why))
			ok = errs_add(es, ERR_INPUT, NOWHERE,
				      "load \"%s\" of \"%s\" cannot be "
				      "compared with: %s",
				      w->load->name, af->set->against,
				      buf_text(&why));
		buf_release(&why);
		w->slow_ns = before[i].slow_ns;
	}
	if (ok)
		af->against = against_new(af->n, before, &rule);
	return ok && (af->against || errs_nomem(es));
}

/* ---- the loads ------------------------------------------------------- */

static double rate_of(const struct after *af, const struct after_ask *ask,
		      const struct against_before *before)
{
	double rate = AFTER_RATE_MAX;

	if (ask->rate_per_s > 0)
		return ask->rate_per_s;
	if (af->stored && before->arrivals_per_s > 0)
		rate = fmin(rate, before->arrivals_per_s);
	return fmax(rate, LOAD_RATE_MIN);
}

static bool slow_down(const struct after *af, struct workload *load,
		      double rate, struct arena *a)
{
	struct load_stage *stage = arena_alloc(a, 1, sizeof(*stage));

	if (!stage)
		return false;
	*stage = (struct load_stage){ rate, rate, af->set->watch_ns };
	load->plan = (struct load_plan){
		.model = LOAD_OPEN,
		.n_stages = 1,
		.stages = stage,
		.process = PROCESS_POISSON,
		.seed = load->plan.seed,
		.for_ns = af->set->watch_ns,
	};
	load->start_ns = 0;
	load->after = NULL;
	load->finds_warm_up = false;
	load->connections.keeps_user = false;
	return true;
}

static bool copy_loads(struct after *af, const struct after_ask *ask)
{
	const struct scenario *sc = ask->scenario;
	struct workload *loads =
		arena_alloc(ask->arena, sc->n_loads, sizeof(*loads));

	af->chosen = arena_alloc(ask->arena, sc->n_loads, sizeof(*af->chosen));
	af->watched =
		arena_alloc(ask->arena, sc->n_loads, sizeof(*af->watched));
	if (!loads || !af->chosen || !af->watched)
		return false;
	for (size_t i = 0; i < sc->n_loads; i++) {
		loads[i] = sc->loads[i];
		af->chosen[i] = !ask->chosen || ask->chosen[i];
		if (!af->chosen[i])
			continue;
		struct watched *w = &af->watched[af->n++];
		*w = (struct watched){
			.load = &loads[i],
			.warm_s = (loads[i].warm_up_ns + UNIT_NS_PER_S - 1) /
				  UNIT_NS_PER_S,
			.scratch = hist_new(HIST_DIGITS),
		};
		if (!w->scratch)
			return false;
	}
	af->scenario = *sc;
	af->scenario.loads = loads;
	return true;
}

static bool slow_all(struct after *af, const struct after_ask *ask,
		     const struct against_before *before)
{
	for (size_t i = 0; i < af->n; i++) {
		/* it is our own copy */
		struct workload *load =
			(struct workload *)(uintptr_t)af->watched[i].load;

		if (!slow_down(af, load, rate_of(af, ask, &before[i]),
			       ask->arena))
			return false;
	}
	return true;
}

/* It would go on in vain. */
static void warn_of_time(const struct after *af, struct errs *warnings)
{
	uint64_t least_s = against_least_s(af->against), most_s = UINT64_MAX;
	struct buf needed, watched;

	for (size_t i = 0; i < af->n; i++) {
		uint64_t watch_s = af->set->watch_ns / UNIT_NS_PER_S;
		uint64_t warm_s = af->watched[i].warm_s;
		uint64_t s = watch_s > warm_s ? watch_s - warm_s : 0;
		most_s = s < most_s ? s : most_s;
	}
	if (least_s <= most_s)
		return;
	buf_init(&needed, WHY_MAX);
	buf_init(&watched, WHY_MAX);
	unit_human_duration(&needed, least_s * UNIT_NS_PER_S);
	unit_human_duration(&watched, af->set->watch_ns);
	errs_add(warnings, ERR_INPUT, NOWHERE,
		 "in %s it can be shown that it is worse, but not that it is "
		 "not: that takes at least %s behind the warm-up, or a wider "
		 "--error-margin",
		 buf_text(&watched), buf_text(&needed));
	buf_release(&needed);
	buf_release(&watched);
}

/* ---- following it ---------------------------------------------------- */

static struct watched *find_watched(struct after *af,
				    const struct workload *load)
{
	for (size_t i = 0; i < af->n; i++)
		if (af->watched[i].load == load)
			return &af->watched[i];
	return NULL;
}

/* The second is over: what was seen in it counts. */
static void close_second(struct after *af, struct watched *w)
{
	if (w->second >= w->warm_s)
		against_take(af->against, (size_t)(w - af->watched), &w->seen);
	if (!af->decided_ns && against_now(af->against) != AGAINST_UNDECIDED)
		af->decided_ns = (w->second + 1) * UNIT_NS_PER_S;
	w->seen = (struct against_second){ .late_ns = w->late_ns };
	w->late_ns = 0;
}

/* There is one worker, so that seconds come in order. */
static void on_slice(struct load_listener *l, const struct workload *load,
		     const struct tally *slice)
{
	struct after *af = (struct after *)l; /* its first member */
	struct watched *w = find_watched(af, load);
	uint64_t second = slice->from_ns / UNIT_NS_PER_S;

	if (!w)
		return;
	if (second > w->second) {
		close_second(af, w);
		w->second = second;
	}
	if (against_delay(slice) > w->late_ns)
		w->late_ns = against_delay(slice);
	against_count(slice, w->slow_ns, w->scratch, &w->seen);
	if (slice->to_ns >= (second + 1) * UNIT_NS_PER_S) {
		close_second(af, w);
		w->second = second + 1;
	}
}

static const char *look(struct load_listener *l)
{
	struct after *af = (struct after *)l; /* its first member */
	enum against_verdict v = against_now(af->against);

	return v == AGAINST_WORSE	? "it is worse"
	       : v == AGAINST_NOT_WORSE ? "it is not worse"
					: NULL;
}

/* ---- making ---------------------------------------------------------- */

static bool make(struct after *af, const struct after_ask *ask,
		 struct errs *problems, struct errs *warnings)
{
	struct against_before *before =
		arena_alloc(ask->arena, AGAINST_LOADS_MAX, sizeof(*before));

	if (!before || !copy_loads(af, ask))
		return errs_nomem(problems);
	if (af->set->against) {
		if (!result_read_file(af->set->against, ask->arena, &af->stored,
				      problems) ||
		    !find_before(af, before, problems))
			return false;
		warn_of_time(af, warnings);
	}
	return slow_all(af, ask, before) || errs_nomem(problems);
}

struct after *after_new(const struct after_settings *set,
			const struct after_ask *ask, struct errs *problems,
			struct errs *warnings)
{
	struct after *af = calloc(1, sizeof(*af));

	if (!af) {
		errs_nomem(problems);
		return NULL;
	}
	af->listener = (struct load_listener){ on_slice, look, NULL };
	af->set = set;
	af->arena = ask->arena;
	if (make(af, ask, problems, warnings))
		return af;
	after_free(af);
	return NULL;
}

void after_free(struct after *af)
{
	if (!af)
		return;
	for (size_t i = 0; i < af->n; i++)
		hist_free(af->watched[i].scratch);
	against_free(af->against);
	free(af);
}

void after_fill(struct after *af, struct load_config *config)
{
	config->scenario = &af->scenario;
	config->chosen = af->chosen;
	config->n_workers = 1; /* little load: seconds come in order */
	config->no_limits = true;
	if (af->against)
		config->listener = &af->listener;
}

/* ---- the result ------------------------------------------------------ */

struct notes {
	struct arena *a;
	struct against_note *note;
	size_t n;
};

static void add_note(struct notes *t, const char *text)
{
	if (text && t->n < NOTES_MAX)
		t->note[t->n++].text = text;
}

static void note_times(const struct after *af, const struct run_result *run,
		       struct notes *t)
{
	const struct run_result *st = af->stored;
	bool same = !strcmp(st->host, run->host);
	struct buf when;

	buf_init(&when, WHY_MAX);
	stamp_print_ns(&when, st->started_at_ns, 0);
	add_note(t, arena_printf(
			    t->a,
			    "compared with a run of another time (%s)%s%s%s: "
			    "what else changed since is in it as well, so that "
			    "p95 has a margin of %g %% and errors one of %g %% "
			    "of all requests",
			    buf_text(&when),
			    same ? ", on this machine, " : " on the machine \"",
			    st->host, same ? "" : "\"",
			    (double)af->set->latency_margin / PPB * PERCENT,
			    (double)af->set->error_margin / PPB * PERCENT));
	buf_release(&when);
}

static void note_load(const struct load_result *now,
		      const struct load_result *before, struct notes *t)
{
	if (before->rate_per_s > now->rate_per_s * RATES_APART)
		add_note(t,
			 arena_printf(t->a,
				      "load \"%s\" had %.3g requests a second "
				      "then and %.3g now: a service is often "
				      "faster with less to do, so that being "
				      "slower may not show; a stored run of "
				      "the same rate is better to compare with",
				      now->name, before->rate_per_s,
				      now->rate_per_s));
	if (strcmp(before->target, now->target) != 0)
		add_note(t,
			 arena_printf(t->a,
				      "load \"%s\" was sent to %s then and "
				      "to %s now",
				      now->name, before->target, now->target));
	if (before->verdict != RUN_OK)
		add_note(t, arena_printf(t->a,
					 "the stored load \"%s\" was %s itself",
					 now->name,
					 run_verdict_name(before->verdict)));
	else if (before->requests && before->success < 1 - FAILED_MANY)
		add_note(t,
			 arena_printf(t->a,
				      "the stored load \"%s\" had %.3g %% "
				      "errors itself: what fails as often is "
				      "not worse",
				      now->name,
				      (1 - before->success) * PERCENT));
}

/* What this machine was late by is allowed for, second by second: then it was
 * not the limit of the comparison. */
static bool forgive_delay(struct after *af, size_t i, struct load_result *load,
			  struct notes *t)
{
	size_t all = against_seconds(af->against, i);
	size_t late = against_late(af->against, i);

	if (!load_forgive_delay(load, af->arena))
		return false;
	if (late)
		add_note(t,
			 arena_printf(af->arena,
				      "this machine itself was late in %zu of "
				      "%zu second%s of load \"%s\": slower "
				      "counts only beyond that delay",
				      late, all, all == 1 ? "" : "s",
				      load->name));
	if (load->verdict != RUN_INVALID || load_least(load) == RUN_INVALID)
		return true;
	load->verdict = strcmp(load->ended, "interrupted") != 0
				? RUN_OK
				: RUN_INCONCLUSIVE;
	load->message = "this machine was late at times, which the comparison "
			"allows for";
	return true;
}

static const char *sentence(const struct after *af,
			    const struct against_result *ag, struct arena *a)
{
	const struct against_metric *m = against_worst(ag);
	const char *text = NULL;
	struct buf watched;

	buf_init(&watched, WHY_MAX);
	unit_human_duration(&watched, af->set->watch_ns);
	if (ag->verdict == AGAINST_INVALID)
		text = arena_strdup(a, "the instrument was the limit: nothing "
				       "can be said of the service");
	else if (ag->verdict == AGAINST_NOT_WORSE)
		text = arena_printf(
			a,
			"errors and p95 are within %g %% and %g "
			"%% of what they were",
			(double)af->set->error_margin / PPB * PERCENT,
			(double)af->set->latency_margin / PPB * PERCENT);
	else if (m && ag->verdict == AGAINST_WORSE)
		text = arena_printf(a, "%s of load \"%s\": %s", m->name,
				    m->load, m->message);
	else if (m)
		text = arena_printf(a,
				    "%s were not enough for it; %s of load "
				    "\"%s\": %s",
				    buf_text(&watched), m->name, m->load,
				    m->message);
	buf_release(&watched);
	return text;
}

static bool fill_result(struct after *af, struct run_result *run,
			struct against_result *ag)
{
	const struct run_result *st = af->stored;
	const struct load_result **now =
		arena_alloc(af->arena, af->n, sizeof(*now));
	struct notes notes = {
		af->arena,
		arena_alloc(af->arena, NOTES_MAX, sizeof(*notes.note)), 0
	};

	if (!now || !notes.note)
		return false;
	note_times(af, run, &notes);
	for (size_t i = 0; i < af->n; i++) {
		/* they are in the order of the scenario, those chosen */
		now[i] = &run->loads[i];
		note_load(now[i], af->watched[i].before, &notes);
		if (!forgive_delay(af, i, &run->loads[i], &notes))
			return false;
	}
	*ag = (struct against_result){
		.message = "",
		.file = af->set->against,
		.name = st->name,
		.host = st->host,
		.started_at_ns = st->started_at_ns,
		.decided_ns = af->decided_ns,
		.n_notes = notes.n,
		.notes = notes.note,
	};
	if (!against_result(af->against, now, af->arena, ag))
		return false;
	run->against = ag;
	result_judge(run);
	ag->message = sentence(af, ag, af->arena);
	return ag->message != NULL;
}

bool after_finish(struct after *af, struct run_result *run, struct errs *es)
{
	struct against_result *ag;

	if (!af->against)
		return true;
	for (size_t i = 0; i < af->n; i++)
		close_second(af, &af->watched[i]);
	ag = arena_alloc(af->arena, 1, sizeof(*ag));
	return (ag && fill_result(af, run, ag)) || errs_nomem(es);
}
