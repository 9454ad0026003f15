/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include <string.h>

#include "report/result/verdict.h"
#include "report/state/past/past.h"
#include "report/state/state_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

/* One check of a run on its way into the file. */
struct taking {
	struct state *st;
	struct errs *es;
	const struct run_result *run;
	const struct check_result *check;
	int64_t watched, vantage;
	uint64_t at_ns;
	struct buf requests, points;
};

/* ---- what it means --------------------------------------------------------- */

enum mark mark_of(const struct check_result *check, bool is_broken)
{
	switch (check->verdict) {
	case VERDICT_OK:
		return MARK_UP;
	case VERDICT_FLAKY:
		return MARK_DEGRADED;
	case VERDICT_STARTING:
		return MARK_INCONCLUSIVE;
	case VERDICT_FAILED:
		break;
	default:
		return outcome_class(check->outcome) == CLASS_LOCAL
			       ? MARK_INCONCLUSIVE
			       : MARK_NOT_OBSERVED;
	}
	/* our own machine failed, or the scenario lacks a value */
	if (is_broken || outcome_class(check->outcome) != CLASS_TARGET)
		return MARK_INCONCLUSIVE;
	return check->worst < check->severity ? MARK_DEGRADED : MARK_DOWN;
}

static uint64_t failing_since(const struct check_result *check)
{
	for (size_t i = 0; i < check->n_attempts; i++)
		if (check->attempts[i].verdict == VERDICT_FAILED)
			return check->attempts[i].started_at_ns;
	return 0;
}

static int64_t cert_days(const struct check_result *check)
{
	const struct attempt *last = check_deciding(check);
	int64_t days = INT64_MAX;

	for (size_t i = 0; last && i < last->n_steps; i++) {
		const struct tls_facts *tls = last->steps[i].tls;

		if (tls && tls->n_certs && tls->days < days)
			days = tls->days;
	}
	return days;
}

/* ---- what was asked ---------------------------------------------------------- */

static uint64_t until_first_byte(const struct phases *ph)
{
	uint64_t ns = 0;

	for (unsigned p = PHASE_DNS; p <= PHASE_WAIT; p++)
		ns += ph->ns[p];
	return ns;
}

static bool take_request(struct taking *t, const struct step_result *step)
{
	struct packed_request r = {
		.seen = {
			.at_ns = step->started_at_ns + step->total_ns,
			.latency_ns = step->total_ns,
			.service_ns = step->total_ns -
				      step->phases.ns[PHASE_LATENESS] -
				      step->phases.ns[PHASE_QUEUE],
			.first_byte_ns = until_first_byte(&step->phases),
			.connect_ns = step->phases.ns[PHASE_CONNECT],
			.outcome = step->outcome,
			.status = step->status > 0 ? (unsigned)step->status : 0,
		},
	};

	if (!state_text_id(t->st, step->name, STATE_NAME_MAX, &r.step, t->es))
		return false;
	pack_request(&t->requests, t->at_ns, &r);
	return true;
}

/* ---- what was kept ------------------------------------------------------------ */

static bool series_find(struct taking *t, const struct kept *k, int64_t name,
			int64_t labels, int64_t *id)
{
	struct query q;

	*id = 0;
	query_start(&q, t->st,
		    "SELECT id FROM series WHERE watched = ? AND name = ? AND "
		    "labels = ? AND kind = ? AND bound = ?",
		    t->es);
	query_int(&q, t->watched);
	query_int(&q, name);
	query_int(&q, labels);
	query_int(&q, k->kind);
	query_real(&q, k->bound);
	if (query_step(&q))
		*id = row_int(&q, 0);
	return query_end(&q);
}

static bool series_id(struct taking *t, const struct kept *k, int64_t *id)
{
	int64_t name, labels;
	struct query q;

	if (!state_text_id(t->st, k->name, STATE_NAME_MAX, &name, t->es) ||
	    !state_text_id(t->st, k->labels, STATE_LABELS_MAX, &labels,
			   t->es) ||
	    !series_find(t, k, name, labels, id))
		return false;
	if (*id)
		return true;
	query_start(&q, t->st,
		    "INSERT INTO series (watched, name, labels, kind, bound) "
		    "VALUES (?, ?, ?, ?, ?)",
		    t->es);
	query_int(&q, t->watched);
	query_int(&q, name);
	query_int(&q, labels);
	query_int(&q, k->kind);
	query_real(&q, k->bound);
	if (!query_run(&q))
		return false;
	*id = sqlite3_last_insert_rowid(t->st->db);
	return true;
}

/* What is no number is no point of a series. */
static bool take_point(struct taking *t, const struct step_result *step,
		       const struct kept *k)
{
	struct packed_point p = {
		.at_ns = step->started_at_ns + step->total_ns,
		.value = k->value,
	};

	if (k->kind != SERIES_TEXT && k->value != k->value)
		return true;
	/* a bound that is none would never be found again */
	if (k->bound != k->bound || !series_id(t, k, &p.series))
		return k->bound != k->bound;
	if (k->kind == SERIES_TEXT &&
	    !state_text_id(t->st, k->text, STATE_NAME_MAX, &p.text, t->es))
		return false;
	pack_point(&t->points, t->at_ns, &p);
	return true;
}

static bool take_steps(struct taking *t, const struct attempt *at)
{
	for (size_t i = 0; i < at->n_steps; i++) {
		const struct step_result *step = &at->steps[i];

		if (step_is_request(step) &&
		    t->requests.len < STATE_BLOB_MAX / 2 &&
		    !take_request(t, step))
			return false;
		for (size_t k = 0; k < step->n_kept; k++)
			if (t->points.len < STATE_BLOB_MAX / 2 &&
			    !take_point(t, step, &step->kept[k]))
				return false;
	}
	return !t->requests.failed && !t->points.failed ? true
							: errs_nomem(t->es);
}

/* ---- a check, a run ------------------------------------------------------------ */

static bool put_seen(struct taking *t)
{
	const struct check_result *c = t->check;
	int64_t days = cert_days(c), message;
	struct query q;

	if (!state_text_id(t->st, c->message, STATE_MESSAGE_MAX, &message,
			   t->es))
		return false;
	query_start(&q, t->st,
		    "INSERT OR REPLACE INTO seen (watched, at, vantage, mark, "
		    "verdict, worst, outcome, failing_since, cert_days, "
		    "message, requests, points) "
		    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		    t->es);
	query_int(&q, t->watched);
	query_ns(&q, t->at_ns);
	query_int(&q, t->vantage);
	query_int(&q, mark_of(c, t->run->broken));
	query_int(&q, c->verdict);
	query_int(&q, c->worst);
	query_int(&q, c->outcome);
	query_ns(&q, failing_since(c));
	if (days == INT64_MAX)
		query_text(&q, NULL);
	else
		query_int(&q, days);
	query_int(&q, message);
	query_blob(&q, t->requests.text, t->requests.len);
	query_blob(&q, t->points.text, t->points.len);
	return query_run(&q);
}

/* One that comes late changes buckets that were made already. */
static bool unroll(struct taking *t)
{
	struct query q;

	query_start(&q, t->st,
		    "UPDATE watched SET rolled_at = ? "
		    "WHERE id = ? AND rolled_at > ?",
		    t->es);
	query_ns(&q, t->at_ns - t->at_ns % UNIT_NS_PER_MIN);
	query_int(&q, t->watched);
	query_ns(&q, t->at_ns);
	return query_run(&q);
}

static bool take_check(struct taking *t, int64_t scenario)
{
	const struct check_result *c = t->check;
	bool ok;

	if (!state_check_id(t->st, scenario, c->name, &t->watched, t->es))
		return false;
	t->at_ns = c->started_at_ns ? c->started_at_ns + c->total_ns
				    : t->run->started_at_ns + t->run->total_ns;
	buf_init(&t->requests, STATE_BLOB_MAX);
	buf_init(&t->points, STATE_BLOB_MAX);
	ok = true;
	for (size_t i = 0; ok && i < c->n_attempts; i++)
		ok = take_steps(t, &c->attempts[i]);
	ok = ok && put_seen(t) && unroll(t);
	buf_release(&t->requests);
	buf_release(&t->points);
	return ok;
}

/* Nothing is known any more of runs before that time, nor whether this one
 * was among them. */
static bool is_too_old(struct taking *t, int64_t scenario, bool *is_so)
{
	struct query q;

	*is_so = false;
	query_start(&q, t->st, "SELECT raw_from_at FROM scenario WHERE id = ?",
		    t->es);
	query_int(&q, scenario);
	if (query_step(&q))
		*is_so = t->run->started_at_ns < row_ns(&q, 0);
	return query_end(&q);
}

static bool put_run(struct taking *t, int64_t scenario, bool *is_new)
{
	struct query q;

	query_start(&q, t->st,
		    "INSERT OR IGNORE INTO run (scenario, vantage, started_at) "
		    "VALUES (?, ?, ?)",
		    t->es);
	query_int(&q, scenario);
	query_int(&q, t->vantage);
	query_ns(&q, t->run->started_at_ns);
	if (!query_run(&q))
		return false;
	*is_new = sqlite3_changes(t->st->db) > 0;
	return true;
}

static bool take(struct taking *t, bool *is_new)
{
	int64_t scenario;
	bool is_old;

	if (!state_scenario_id(t->st, t->run->name, &scenario, t->es) ||
	    !state_text_id(t->st, t->run->vantage, STATE_NAME_MAX, &t->vantage,
			   t->es) ||
	    !is_too_old(t, scenario, &is_old))
		return false;
	*is_new = false;
	if (is_old)
		return true;
	if (!put_run(t, scenario, is_new))
		return false;
	for (size_t i = 0; *is_new && i < t->run->n_checks; i++) {
		t->check = &t->run->checks[i];
		if (!take_check(t, scenario))
			return false;
	}
	return true;
}

bool state_take_run(struct state *st, const struct run_result *sealed,
		    bool *is_new, struct errs *es)
{
	struct taking t = { .st = st, .es = es, .run = sealed };
	bool is_own, was_new = false;

	if (!state_enter(st, &is_own, es))
		return false;
	bool ok = state_leave(st, is_own, take(&t, &was_new), es);
	if (is_new)
		*is_new = ok && was_new;
	return ok;
}

bool state_is_ahead(struct state *st, const struct run_result *run,
		    uint64_t now_at_ns, bool *is_so, struct errs *es)
{
	int64_t scenario, vantage;
	struct query q;

	*is_so = false;
	if (!state_scenario_id(st, run->name, &scenario, es) ||
	    !state_text_id(st, run->vantage, STATE_NAME_MAX, &vantage, es))
		return false;
	query_start(&q, st,
		    "SELECT max(started_at) FROM run WHERE scenario = ? AND "
		    "vantage = ?",
		    es);
	query_int(&q, scenario);
	query_int(&q, vantage);
	if (query_step(&q))
		*is_so = row_ns(&q, 0) > now_at_ns;
	return query_end(&q);
}
