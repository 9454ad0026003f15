/* SPDX-License-Identifier: MIT */
/* Conditions about results in a row, certificates, events and heartbeats. */
#include <string.h>

#include "report/alerts/evaluate/parts.h"
#include "report/result/stamp.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/capped.h"
#include "scenarios/base/units.h"

/* ---- results in a row, by vantage ------------------------------------ */

static double streak_value(const struct condition *c, const struct streak *s)
{
	if (c->kind == CONDITION_CERT_DAYS)
		return (double)s->cert_days;
	return c->kind == CONDITION_DOWN_FOR ? (double)s->down_ns
					     : (double)s->fails;
}

static uint64_t streak_at(const struct condition *c, const struct streak *s)
{
	if (c->kind == CONDITION_CERT_DAYS)
		return s->cert_days == INT64_MAX ? 0 : s->cert_at_ns;
	return s->last_at_ns;
}

/* Only a vantage that lately said something has a voice. */
struct voices {
	size_t n, n_true;
	const struct streak *decides; /* the worst */
	uint64_t newest_at_ns;
};

static bool is_worse(const struct condition *c, const struct streak *a,
		     const struct streak *b)
{
	double va = streak_value(c, a), vb = streak_value(c, b);

	return op_is_upper(c->op) ? va < vb : va > vb;
}

static struct voices count_voices(const struct question *q,
				  const struct streaks *all)
{
	const struct condition *c = q->condition;
	uint64_t from_ns = before_ns(q->now_at_ns, question_fresh_ns(q));
	struct voices v = { 0 };

	for (size_t i = 0; i < all->n; i++) {
		const struct streak *s = &all->item[i];
		uint64_t at_ns = streak_at(c, s);

		if (at_ns == 0 || (at_ns < from_ns && !c->name))
			continue;
		v.n++;
		v.n_true += condition_holds(c, streak_value(c, s));
		if (at_ns > v.newest_at_ns)
			v.newest_at_ns = at_ns;
		if (!v.decides || is_worse(c, s, v.decides))
			v.decides = s;
	}
	return v;
}

static bool say_streak(const struct question *q, const struct voices *v,
		       struct arena *a, struct finding *out)
{
	const struct streak *s = v->decides;
	struct buf since;
	const char *what = q->condition->name ? "event" : "result";
	bool ok;

	buf_init(&since, EVIDENCE_MAX);
	if (s->fails > 0) {
		buf_puts(&since, " since ");
		stamp_print_ns(&since, s->began_at_ns, 0);
	}
	if (s->vantage[0])
		buf_printf(&since, " from %s", s->vantage);
	if (q->condition->kind == CONDITION_CERT_DAYS)
		ok = say_value(q, a, out, "expires in",
			       "the time until a certificate expires%s",
			       s->vantage[0] ? buf_text(&since) : "");
	else if (q->condition->kind == CONDITION_DOWN_FOR)
		ok = say_value(q, a, out, "down", "the time down%s",
			       buf_text(&since));
	else
		ok = say_value(q, a, out, "failures in a row",
			       "the number of failed %ss in a row%s", what,
			       buf_text(&since));
	buf_release(&since);
	if (ok && out->truth == TRUTH_TRUE && q->message && q->message[0])
		out->evidence =
			arena_printf(a, "%s: %s", out->evidence, q->message);
	return ok && out->evidence;
}

static bool judge_voices(const struct question *q, const struct voices *v,
			 struct arena *a, struct finding *out)
{
	uint64_t needed = q->quorum > 1 ? q->quorum : 1;

	if (v->n == 0)
		return true;
	out->value = streak_value(q->condition, v->decides);
	out->samples = v->decides->fails + v->decides->oks;
	out->newest_at_ns = v->newest_at_ns;
	out->since_at_ns = v->decides->fails > 0 ? v->decides->began_at_ns : 0;
	out->vantage = arena_strdup(a, v->decides->vantage);
	if (!out->vantage)
		return false;
	if (v->n_true >= needed)
		out->truth = TRUTH_TRUE;
	else if (v->n >= needed)
		out->truth = TRUTH_FALSE;
	out->is_short_of_quorum = v->n_true > 0 && v->n_true < needed;
	if (!say_streak(q, v, a, out))
		return false;
	if (needed > 1)
		out->evidence = arena_printf(
			a, "%zu of %zu vantages say so, %llu must: %s",
			v->n_true, v->n, (unsigned long long)needed,
			out->evidence);
	return out->evidence != NULL;
}

static void fold(const struct question *q, struct streaks *all)
{
	const struct history *h = q->history;
	uint64_t fresh_ns = question_fresh_ns(q);

	streaks_reset(all);
	for (size_t i = 0; i < h->n_checks && !q->condition->name; i++) {
		if (h->checks[i].at_ns <= q->now_at_ns)
			streaks_add(all, &h->checks[i], fresh_ns);
	}
	for (size_t i = 0; i < h->n_events && q->condition->name; i++) {
		const struct seen_event *ev = &h->events[i];

		if (ev->at_ns <= q->now_at_ns &&
		    strcmp(ev->name, q->condition->name) == 0)
			streaks_add_event(all, ev, fresh_ns);
	}
}

static const char *newest_message(const struct history *h)
{
	return h->n_checks > 0 ? h->checks[h->n_checks - 1].message : NULL;
}

/* The streaks asked about: given, or folded into *own from the arena. */
static const struct streaks *streaks_of(struct question *q, struct arena *a)
{
	struct streaks *own;

	if (q->streaks)
		return q->streaks;
	own = arena_alloc(a, 1, sizeof(*own));
	if (!own)
		return NULL;
	fold(q, own);
	if (!q->message && !q->condition->name)
		q->message = newest_message(q->history);
	return own;
}

bool evaluate_streaks(const struct question *q, struct arena *a,
		      struct finding *out)
{
	struct question asked = *q;
	const struct streaks *all = streaks_of(&asked, a);
	struct voices v;

	if (!all)
		return false;
	v = count_voices(&asked, all);
	return judge_voices(&asked, &v, a, out);
}

/* ---- events and heartbeats ------------------------------------------- */

/* True of the newest event; the machine tells each once, by its time. */
bool evaluate_event(const struct question *q, struct arena *a,
		    struct finding *out)
{
	const struct history *h = q->history;
	const struct seen_event *newest = NULL;

	for (size_t i = 0; i < h->n_events; i++) {
		if (h->events[i].at_ns <= q->now_at_ns &&
		    strcmp(h->events[i].name, q->condition->name) == 0)
			newest = &h->events[i];
	}
	if (!newest)
		return true;
	out->newest_at_ns = newest->at_ns;
	out->samples = 1;
	out->value = (double)newest->exit_code;
	out->truth = newest->exit_code != 0 ? TRUTH_TRUE : TRUTH_FALSE;
	out->seen = arena_printf(a, "exit %lld", (long long)newest->exit_code);
	return out->seen &&
	       say(a, out, "%s ended with exit code %lld%s%s", newest->name,
		   (long long)newest->exit_code,
		   newest->message && newest->message[0] ? ": " : "",
		   newest->message ? newest->message : "");
}

bool evaluate_missing(const struct question *q, struct arena *a,
		      struct finding *out)
{
	const struct alert_heartbeat *beat = q->heartbeat;
	struct question asked = *q;
	const struct streaks *all = streaks_of(&asked, a);
	uint64_t last_ns, due_ns, from_ns;
	struct buf text;
	bool ok;

	if (!all)
		return false;
	last_ns = streaks_newest(all);
	from_ns = q->watched_since_at_ns ? q->watched_since_at_ns
					 : q->history->first_at_ns;
	if (last_ns > 0)
		from_ns = last_ns;
	if (!beat || from_ns == 0)
		return true;
	due_ns =
		capped_sum(capped_sum(from_ns, beat->every_ns), beat->grace_ns);
	out->truth = q->now_at_ns > due_ns ? TRUTH_TRUE : TRUTH_FALSE;
	out->value = (double)before_ns(q->now_at_ns, from_ns);
	out->samples = last_ns > 0;
	out->newest_at_ns = q->now_at_ns;
	out->valid_until_ns = out->truth == TRUTH_TRUE ? UINT64_MAX : due_ns;
	out->since_at_ns = due_ns;
	buf_init(&text, EVIDENCE_MAX);
	buf_printf(&text, "%s was %s", beat->name,
		   last_ns > 0 ? "last heard of at "
			       : "never heard of, watched since ");
	stamp_print_ns(&text, from_ns, 0);
	buf_puts(&text, ", and is expected every ");
	unit_human_duration(&text, beat->every_ns);
	if (beat->grace_ns > 0) {
		buf_puts(&text, ", with ");
		unit_human_duration(&text, beat->grace_ns);
		buf_puts(&text, " of grace");
	}
	ok = say(a, out, "%s", buf_text(&text));
	buf_release(&text);
	return ok;
}
