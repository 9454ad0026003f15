/* SPDX-License-Identifier: MIT */
#include "report/alerts/round.h"

#include <string.h>

#include "report/alerts/round/parts.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"

/* The note of a scenario: when its next change by time is, how many alerts
 * fire. */
#define NOTE "due"
enum { NOTE_NEXT, NOTE_FIRING, NOTE_N };

/* ---- which alerts ---------------------------------------------------------------- */

static const struct check_result *result_of(const struct round *rd,
					    const struct check *c)
{
	const struct run_result *run = rd->in->sealed;

	for (size_t i = 0; run && i < run->n_checks; i++) {
		if (strcmp(run->checks[i].name, c->name) == 0)
			return &run->checks[i];
	}
	return NULL;
}

static bool hears_event(const struct round *rd, const struct alert_rule *r)
{
	for (size_t i = 0; rd->in->event && i < r->n_tiers; i++) {
		const char *name = r->tiers[i].when.name;

		if (name && strcmp(name, rd->in->event) == 0)
			return true;
	}
	return false;
}

static bool do_check(struct round *rd, size_t rule, size_t check)
{
	struct target at = {
		.rule = rule,
		.check = check,
		.r = &rd->al->rules[rule],
		.c = &rd->sc->checks[check],
	};

	at.result = result_of(rd, at.c);
	if (!at.result && !rd->is_all)
		return true;
	at.key = target_key(rd, at.r, at.c);
	return at.key && round_target(rd, &at);
}

static bool do_rule(struct round *rd, size_t rule)
{
	const struct alert_rule *r = &rd->al->rules[rule];
	struct target at = { .rule = rule, .check = NO_CHECK, .r = r };

	for (size_t i = 0; i < r->n_checks; i++) {
		if (!do_check(rd, rule, r->checks[i]))
			return false;
	}
	if (!r->is_global || (!rd->is_all && !hears_event(rd, r)))
		return true;
	at.key = target_key(rd, r, NULL);
	return at.key && round_target(rd, &at);
}

/* Those that others depend on come first; a circle is entered once. */
static bool do_in_order(struct round *rd, size_t rule, bool *is_done)
{
	const struct alert_rule *r = &rd->al->rules[rule];

	if (is_done[rule])
		return true;
	is_done[rule] = true;
	for (size_t i = 0; i < r->n_depends_on; i++) {
		if (!do_in_order(rd, r->depends_on[i], is_done))
			return false;
	}
	return do_rule(rd, rule);
}

static bool do_rules(struct round *rd)
{
	bool *is_done = arena_alloc(rd->a, rd->al->n_rules, sizeof(*is_done));

	if (!is_done)
		return errs_nomem(rd->es);
	for (size_t i = 0; i < rd->al->n_rules; i++) {
		if (!do_in_order(rd, i, is_done))
			return false;
	}
	return true;
}

/* ---- the round --------------------------------------------------------------------- */

static bool take(struct round *rd, bool *is_new)
{
	const struct round_input *in = rd->in;

	*is_new = true;
	if (in->sealed && !state_take_run(rd->st, in->sealed, is_new, rd->es))
		return false;
	if (in->event) {
		struct seen_event ev = {
			.at_ns = rd->now_at_ns,
			.exit_code = in->event_exit,
			.name = in->event,
			.message = in->event_message ? in->event_message : "",
		};

		return state_event_add(rd->st, &ev, rd->es);
	}
	return true;
}

/* Whether every alert is looked at; was: the note, when it is there. */
static bool begin(struct round *rd, uint64_t was[NOTE_N], bool *is_there)
{
	bool is_changed;

	if (!round_note_get(rd, NOTE, was, NOTE_N, is_there) ||
	    !round_gone(rd, &is_changed))
		return false;
	rd->is_all = !*is_there || is_changed ||
		     was[NOTE_NEXT] <= rd->now_at_ns ||
		     (!rd->in->sealed && !rd->in->event);
	rd->n_firing = rd->is_all ? 0 : (int64_t)was[NOTE_FIRING];
	rd->next_at_ns = rd->is_all ? UINT64_MAX : was[NOTE_NEXT];
	return true;
}

static bool judge(struct round *rd, struct round_seen *out)
{
	uint64_t was[NOTE_N] = { UINT64_MAX, 0 }, now[NOTE_N];
	bool is_there;

	if (!begin(rd, was, &is_there))
		return false;
	if (!state_silences(rd->st, rd->now_at_ns, rd->a, &rd->silences,
			    &rd->n_silences, rd->es) ||
	    !round_note_down(rd) || !do_rules(rd) || !round_digest(rd))
		return false;
	now[NOTE_NEXT] = rd->next_at_ns;
	now[NOTE_FIRING] = rd->n_firing > 0 ? (uint64_t)rd->n_firing : 0;
	out->n_firing = (size_t)now[NOTE_FIRING];
	out->n_letters = rd->n_letters;
	out->n_afresh = rd->n_afresh;
	out->next_at_ns = now[NOTE_NEXT];
	return (is_there && memcmp(was, now, sizeof(now)) == 0) ||
	       round_note_put(rd, NOTE, now, NOTE_N);
}

static bool go_round(struct round *rd, struct round_seen *out)
{
	if (!take(rd, &out->was_new))
		return false;
	if (out->was_new && rd->al)
		return judge(rd, out);
	return true;
}

bool alerts_round(struct state *st, const struct round_input *in,
		  struct round_seen *out, struct errs *es)
{
	struct round rd = {
		.st = st,
		.sc = in->scenario,
		.al = in->scenario->alerts,
		.in = in,
		.es = es,
		.now_at_ns = in->now_at_ns,
		.history_of = NO_CHECK,
	};
	bool ok;

	*out = (struct round_seen){ .next_at_ns = UINT64_MAX };
	if (!state_begin(st, es))
		return false;
	rd.a = arena_new(ROUND_MEMORY_MAX);
	ok = rd.a ? go_round(&rd, out) : errs_nomem(es);
	arena_free(rd.a);
	if (!ok) {
		state_rollback(st);
		*out = (struct round_seen){ .next_at_ns = UINT64_MAX };
		return false;
	}
	return state_commit(st, es);
}
