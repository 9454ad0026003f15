/* SPDX-License-Identifier: MIT */
/* The alerts as they stand, taken on by somebody, and looked back at. */
#include <string.h>

#include "report/alerts/round/parts.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"

/* ---- as they stand ------------------------------------------------------------- */

struct gathering {
	struct round rd;
	struct alert_standing *out;
	size_t n;
};

static enum alert_phase phase_of(const struct alert_state *t)
{
	return t->is_flapping ? ALERT_FLAPPING : t->phase;
}

static bool add_standing(struct gathering *g, const struct target *at)
{
	static _Thread_local struct alert_state t;
	struct alert_context context = {
		.now_at_ns = g->rd.now_at_ns,
		.held_why = "",
	};
	struct alert_standing *one = &g->out[g->n];
	unsigned check_severity = at->c ? at->c->severity : CHECK_ERROR;
	const char *damage;

	if (!target_load(&g->rd, at->key, &t, &damage))
		return false;
	context.observed_at_ns = at->c ? streaks_newest(&t.streaks) : 0;
	if (t.phase != ALERT_QUIET && !round_held(&g->rd, at, &t, &context))
		return false;
	if (t.tier_now >= at->r->n_tiers)
		t.tier_now = (unsigned)(at->r->n_tiers - 1);
	*one = (struct alert_standing){
		.rule = at->r->name,
		.check = at->c ? at->c->name : "",
		.phase = phase_of(&t),
		.severity = alert_tier_severity(&at->r->tiers[t.tier_now],
						check_severity),
		.since_at_ns = t.since_at_ns,
		.message = damage	  ? "its stored state cannot be read: "
					    "the next run starts it afresh"
			   : t.message[0] ? arena_strdup(g->rd.a, t.message)
					  : "",
		.silenced_by = context.held_why,
		.acknowledged_by =
			t.acknowledged_by[0]
				? arena_strdup(g->rd.a, t.acknowledged_by)
				: "",
	};
	if (!one->message || !one->acknowledged_by)
		return errs_nomem(g->rd.es);
	g->n++;
	return true;
}

static bool add_rule(struct gathering *g, size_t rule)
{
	const struct alert_rule *r = &g->rd.al->rules[rule];
	struct target at = { .rule = rule, .check = NO_CHECK, .r = r };
	size_t n = r->is_global ? 1 : r->n_checks;

	for (size_t i = 0; i < n; i++) {
		if (!r->is_global) {
			at.check = r->checks[i];
			at.c = &g->rd.sc->checks[at.check];
		}
		at.key = target_key(&g->rd, r, at.c);
		if (!at.key || !add_standing(g, &at))
			return false;
	}
	return true;
}

static bool begin(struct round *rd, struct state *st, const struct scenario *sc,
		  const struct round_input *in, struct arena *a,
		  struct errs *es)
{
	*rd = (struct round){
		.st = st,
		.sc = sc,
		.al = sc->alerts,
		.in = in,
		.a = a,
		.es = es,
		.now_at_ns = in->now_at_ns,
		.history_of = NO_CHECK,
		.next_at_ns = UINT64_MAX,
	};
	return state_silences(st, in->now_at_ns, a, &rd->silences,
			      &rd->n_silences, es);
}

bool alerts_standing(struct state *st, const struct scenario *sc,
		     uint64_t now_at_ns, struct arena *a,
		     const struct alert_standing **out, size_t *n,
		     struct errs *es)
{
	struct round_input in = { .scenario = sc, .now_at_ns = now_at_ns };
	struct gathering g = { 0 };
	size_t most = 0;

	*n = 0;
	*out = NULL;
	if (!sc->alerts)
		return true;
	if (!begin(&g.rd, st, sc, &in, a, es))
		return false;
	for (size_t i = 0; i < sc->alerts->n_rules; i++)
		most += sc->alerts->rules[i].n_checks + 1;
	g.out = arena_alloc(a, most, sizeof(*g.out));
	if (!g.out)
		return errs_nomem(es);
	for (size_t i = 0; i < sc->alerts->n_rules; i++) {
		if (!add_rule(&g, i))
			return false;
	}
	*out = g.out;
	*n = g.n;
	return true;
}

/* ---- taken on by somebody --------------------------------------------------------- */

static bool find_target(struct round *rd, const char *rule, const char *check,
			struct target *at)
{
	*at = (struct target){ .check = NO_CHECK };
	for (size_t i = 0; i < rd->al->n_rules; i++) {
		if (strcmp(rd->al->rules[i].name, rule) == 0) {
			at->rule = i;
			at->r = &rd->al->rules[i];
		}
	}
	if (!at->r)
		return errs_add(rd->es, ERR_INPUT, NOWHERE,
				"there is no rule \"%s\"", rule);
	for (size_t i = 0; i < at->r->n_checks; i++) {
		const struct check *c = &rd->sc->checks[at->r->checks[i]];

		if (strcmp(c->name, check) == 0) {
			at->check = at->r->checks[i];
			at->c = c;
		}
	}
	if (!at->c && !at->r->is_global)
		return errs_add(rd->es, ERR_INPUT, NOWHERE,
				"rule \"%s\" is not about a check \"%s\"", rule,
				check);
	at->key = target_key(rd, at->r, at->c);
	return at->key != NULL;
}

static bool take_on(struct round *rd, const char *rule, const char *check,
		    const char *author)
{
	static _Thread_local struct alert_state t;
	struct finding findings[ALERT_TIERS_MAX];
	struct alert_context context = { .now_at_ns = rd->now_at_ns,
					 .held_why = "" };
	struct audit_record record = { .at_ns = rd->now_at_ns,
				       .user = author,
				       .action = "acknowledge",
				       .details = "",
				       .success = true };
	struct happenings all;
	struct target at;
	const char *damage;

	if (!find_target(rd, rule, check, &at) ||
	    !target_load(rd, at.key, &t, &damage))
		return false;
	context.check_severity = at.c ? at.c->severity : CHECK_ERROR;
	if (!alert_acknowledge(at.r, &t, author, &context, &all))
		return errs_add(rd->es, ERR_INPUT, NOWHERE,
				"\"%s\" does not fire: there is nothing to "
				"acknowledge",
				at.key);
	for (size_t i = 0; i < ALERT_TIERS_MAX; i++)
		findings[i] = (struct finding){
			.evidence = arena_printf(rd->a, "%s takes it on; %s",
						 t.acknowledged_by, t.message),
			.seen = "",
			.threshold = "",
			.vantage = "",
		};
	if (!findings[0].evidence)
		return errs_nomem(rd->es);
	record.resource = at.key;
	return target_store(rd, at.key, &t) &&
	       round_tell(rd, &at, findings, &all, &context) &&
	       state_audit_add(rd->st, &record, rd->es);
}

bool alerts_acknowledge(struct state *st, const struct scenario *sc,
			const char *rule, const char *check, const char *author,
			uint64_t now_at_ns, struct errs *es)
{
	struct round_input in = { .scenario = sc, .now_at_ns = now_at_ns };
	struct arena *a;
	struct round rd;
	bool ok;

	if (!sc->alerts)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"the scenario has no alerts");
	if (!state_begin(st, es))
		return false;
	a = arena_new(ROUND_MEMORY_MAX);
	ok = a ? begin(&rd, st, sc, &in, a, es) &&
			     take_on(&rd, rule, check, author)
	       : errs_nomem(es);
	arena_free(a);
	if (!ok) {
		state_rollback(st);
		return false;
	}
	return state_commit(st, es);
}

/* ---- looked back at (AT19) ----------------------------------------------------------- */

static void count(struct alert_review *row, const struct state_entry *e,
		  const struct logged *one)
{
	bool is_firing =
		strcmp(e->kind, happened_names[HAPPENED_FIRING]) == 0 ||
		strcmp(e->kind, happened_names[HAPPENED_EVENT]) == 0;

	if (is_firing) {
		row->n_fired++;
		row->n_told += one->was_told;
		row->last_at_ns = e->at_ns;
	}
	if (strcmp(e->kind, happened_names[HAPPENED_FLAPPING]) == 0)
		row->n_flapped++;
	if (strcmp(e->kind, happened_names[HAPPENED_RESOLVED]) == 0)
		row->firing_ns += one->lasted_ns;
}

bool alerts_review(struct state *st, const struct scenario *sc,
		   uint64_t since_at_ns, struct arena *a,
		   const struct alert_review **out, size_t *n, struct errs *es)
{
	const struct state_entry *all;
	struct alert_review *rows;
	size_t n_all;

	*out = NULL;
	*n = sc->alerts ? sc->alerts->n_rules : 0;
	rows = arena_alloc(a, *n, sizeof(*rows));
	if (!rows)
		return errs_nomem(es);
	for (size_t i = 0; i < *n; i++)
		rows[i].rule = sc->alerts->rules[i].name;
	*out = rows;
	if (!state_entries(st, sc->name, since_at_ns, a, &all, &n_all, es))
		return false;
	for (size_t i = 0; i < n_all; i++) {
		struct logged one;

		if (!logged_read(&all[i], a, &one))
			continue;
		for (size_t k = 0; k < *n; k++) {
			if (strcmp(rows[k].rule, one.rule) == 0)
				count(&rows[k], &all[i], &one);
		}
	}
	return true;
}
