/* SPDX-License-Identifier: MIT */
/* What holds a notice back: silences, maintenance, what it depends on. */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/alerts/round/parts.h"
#include "report/result/stamp.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"

enum { DEPTH_MAX = 16 }; /* of checks that depend on checks */

/* ---- checks that are down --------------------------------------------------- */

/* Kept where the alerts are, under a rule without a name: whether it is down,
 * and since when it is so. */
struct health {
	bool is_known, is_down;
	uint64_t since_at_ns;
};

static const char *health_key(struct round *rd, const struct check *c)
{
	const char *key = arena_printf(rd->a, "/%s", c->name);

	if (!key)
		errs_nomem(rd->es);
	return key;
}

static bool health_get(struct round *rd, const struct check *c,
		       struct health *out)
{
	const char *key = health_key(rd, c), *text;
	unsigned is_down;

	*out = (struct health){ 0 };
	if (!key ||
	    !state_alert_get(rd->st, rd->sc->name, key, rd->a, &text, rd->es))
		return false;
	if (text && sscanf(text, "[%u,\"%" SCNu64 "\"]", &is_down,
			   &out->since_at_ns) == 2) {
		out->is_known = true;
		out->is_down = is_down;
	}
	return true;
}

static bool health_put(struct round *rd, const struct check *c,
		       const struct health *h)
{
	const char *key = health_key(rd, c);
	const char *text = arena_printf(rd->a, "[%d,\"%" PRIu64 "\"]",
					h->is_down, h->since_at_ns);

	if (!text)
		return errs_nomem(rd->es);
	return key && state_alert_put(rd->st, rd->sc->name, key, text, rd->es);
}

static bool depends(const struct check *c, size_t on)
{
	for (size_t i = 0; i < c->n_depends_on; i++) {
		if (c->depends_on[i] == on)
			return true;
	}
	return false;
}

static bool has_dependants(const struct scenario *sc, size_t check)
{
	for (size_t i = 0; i < sc->n_checks; i++) {
		if (depends(&sc->checks[i], check))
			return true;
	}
	return false;
}

static bool note_result(struct round *rd, const struct check *c,
			const struct check_result *result)
{
	struct seen_check seen = seen_of_result(result, "");
	struct health h;
	bool is_down = seen.verdict == VERDICT_FAILED;

	if (!is_down && seen.verdict != VERDICT_OK &&
	    seen.verdict != VERDICT_FLAKY)
		return true;
	if (!health_get(rd, c, &h))
		return false;
	if (h.is_known && (h.is_down == is_down || seen.at_ns < h.since_at_ns))
		return true;
	h.is_down = is_down;
	h.since_at_ns = is_down && seen.failing_since_ns ? seen.failing_since_ns
							 : seen.at_ns;
	return health_put(rd, c, &h);
}

bool round_note_down(struct round *rd)
{
	const struct run_result *run = rd->in->sealed;

	for (size_t i = 0; run && i < run->n_checks; i++) {
		for (size_t k = 0; k < rd->sc->n_checks; k++) {
			const struct check *c = &rd->sc->checks[k];

			if (strcmp(c->name, run->checks[i].name) != 0)
				continue;
			if (has_dependants(rd->sc, k) &&
			    !note_result(rd, c, &run->checks[i]))
				return false;
			break;
		}
	}
	return true;
}

static void add_dependants(struct round *rd, size_t check, bool *is_named,
			   struct buf *out)
{
	is_named[check] = true;
	for (size_t i = 0; i < rd->sc->n_checks; i++) {
		const struct check *c = &rd->sc->checks[i];

		if (is_named[i] || !depends(c, check))
			continue;
		buf_printf(out, "%s%s", out->len ? ", " : "", c->name);
		add_dependants(rd, i, is_named, out);
	}
}

const char *dependants_of(struct round *rd, size_t check)
{
	struct buf names;
	const char *kept = "";
	bool *is_named;

	if (check == NO_CHECK)
		return "";
	is_named = arena_alloc(rd->a, rd->sc->n_checks, sizeof(*is_named));
	if (!is_named)
		return "";
	buf_init(&names, ROUND_NAMES_MAX);
	add_dependants(rd, check, is_named, &names);
	if (names.len > 0)
		kept = arena_printf(rd->a, "%s%s", buf_text(&names),
				    names.truncated ? " ..." : "");
	buf_release(&names);
	return kept ? kept : "";
}

/* ---- reasons ------------------------------------------------------------------- */

static bool hold(struct round *rd, struct alert_context *context,
		 enum held_by held, uint64_t until_ns, const char *why)
{
	context->held = held;
	context->held_why = why;
	context->held_until_at_ns =
		until_ns ? until_ns : rd->now_at_ns + ROUND_LOOK_AGAIN_NS;
	return why || errs_nomem(rd->es);
}

static bool held_by_silence(struct round *rd, const struct target *at,
			    struct alert_context *context)
{
	const char *check = at->c ? at->c->name : "";
	struct buf until;
	bool ok;

	for (size_t i = 0; i < rd->n_silences; i++) {
		const struct silence *s = &rd->silences[i];

		if (fnmatch(s->rule, at->r->name, 0) != 0 ||
		    fnmatch(s->check, check, 0) != 0)
			continue;
		buf_init(&until, ROUND_TEXT_MAX);
		stamp_print_ns(&until, s->until_at_ns, 0);
		ok = hold(rd, context, HELD_SILENCE, s->until_at_ns,
			  arena_printf(rd->a, "silenced by %s until %s%s%s",
				       s->author, buf_text(&until),
				       s->reason[0] ? ": " : "", s->reason));
		buf_release(&until);
		return ok;
	}
	return true;
}

static bool concerns(const struct alert_window *w, size_t check)
{
	for (size_t i = 0; i < w->n_checks; i++) {
		if (w->checks[i] == check)
			return true;
	}
	return w->n_checks == 0;
}

static bool held_by_maintenance(struct round *rd, const struct target *at,
				struct alert_context *context)
{
	for (size_t i = 0; i < rd->al->n_windows; i++) {
		const struct alert_window *w = &rd->al->windows[i];

		if (!concerns(w, at->check) ||
		    !alert_window_covers(w, rd->now_at_ns))
			continue;
		return hold(rd, context, HELD_MAINTENANCE,
			    w->cron ? 0 : w->until_at_ns,
			    arena_printf(rd->a, "maintenance%s%s",
					 w->name ? ": " : "",
					 w->name ? w->name : ""));
	}
	return true;
}

static bool held_by_check(struct round *rd, const struct check *c,
			  uint64_t observed_at_ns,
			  struct alert_context *context, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return true;
	for (size_t i = 0; i < c->n_depends_on; i++) {
		const struct check *on = &rd->sc->checks[c->depends_on[i]];
		struct health h;

		if (!health_get(rd, on, &h))
			return false;
		if (h.is_known && h.is_down)
			return hold(rd, context, HELD_DEPENDENCY, UINT64_MAX,
				    arena_printf(rd->a,
						 "it depends on %s, which is "
						 "down",
						 on->name));
		/* it has not been seen yet since the other is up again */
		if (h.is_known && observed_at_ns < h.since_at_ns)
			return hold(rd, context, HELD_DEPENDENCY, UINT64_MAX,
				    arena_printf(rd->a,
						 "%s, which it depends on, has "
						 "only just come up again",
						 on->name));
		if (!held_by_check(rd, on, observed_at_ns, context, depth + 1))
			return false;
		if (context->held != HELD_NOT)
			return true;
	}
	return true;
}

/* The other rule on the same check, or on whatever it is about. */
static bool fires(struct round *rd, const struct alert_rule *r,
		  const struct target *at, bool *out)
{
	static _Thread_local struct alert_state other;
	const char *damage;
	bool is_same = false;

	for (size_t i = 0; i < r->n_checks; i++)
		is_same = is_same || r->checks[i] == at->check;
	for (size_t i = 0; i < (r->is_global ? 1 : r->n_checks); i++) {
		const struct check *c =
			r->is_global ? NULL : &rd->sc->checks[r->checks[i]];
		const char *key;

		if (is_same && r->checks[i] != at->check)
			continue;
		key = target_key(rd, r, c);
		if (!key || !target_load(rd, key, &other, &damage))
			return false;
		if (other.phase == ALERT_FIRING) {
			*out = true;
			return true;
		}
	}
	*out = false;
	return true;
}

static bool held_by_rule(struct round *rd, const struct target *at,
			 struct alert_context *context)
{
	for (size_t i = 0; i < at->r->n_depends_on; i++) {
		const struct alert_rule *on =
			&rd->al->rules[at->r->depends_on[i]];
		bool is_firing;

		if (!fires(rd, on, at, &is_firing))
			return false;
		if (is_firing)
			return hold(
				rd, context, HELD_DEPENDENCY, 0,
				arena_printf(rd->a, "\"%s\" fires", on->name));
	}
	return true;
}

bool round_held(struct round *rd, const struct target *at,
		const struct alert_state *t, struct alert_context *context)
{
	(void)t;
	context->held = HELD_NOT;
	context->held_why = "";
	context->held_until_at_ns = 0;
	if (!held_by_silence(rd, at, context))
		return false;
	if (context->held == HELD_NOT && !held_by_maintenance(rd, at, context))
		return false;
	if (context->held == HELD_NOT && at->c &&
	    !held_by_check(rd, at->c, context->observed_at_ns, context, 0))
		return false;
	return context->held != HELD_NOT || held_by_rule(rd, at, context);
}
