/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include "report/state/state_parts.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/model.h"

static bool put_settings(struct state *st, int64_t id,
			 const struct scenario *sc, struct errs *es)
{
	const struct state_settings *s = &sc->state;
	struct query q;

	query_start(&q, st,
		    "UPDATE scenario SET raw_ns = ?, minute_ns = ?, "
		    "hour_ns = ?, day_ns = ?, max_bytes = ?, reach_ns = ? "
		    "WHERE id = ?",
		    es);
	query_ns(&q, s->raw_ns);
	query_ns(&q, s->minute_ns);
	query_ns(&q, s->hour_ns);
	query_ns(&q, s->day_ns);
	query_ns(&q, s->max_bytes);
	query_ns(&q, sc->alerts ? sc->alerts->reach_ns : 0);
	query_int(&q, id);
	return query_run(&q);
}

static bool put_schedule(struct state *st, int64_t scenario,
			 const struct check *check, struct errs *es)
{
	struct query q;
	int64_t id;

	if (!state_check_id(st, scenario, check->name, &id, es))
		return false;
	query_start(&q, st,
		    "UPDATE watched SET every_ns = ?1 WHERE id = ?2 AND "
		    "every_ns <> ?1",
		    es);
	query_ns(&q, check->every_ns);
	query_int(&q, id);
	return query_run(&q);
}

static bool put_all(struct state *st, const struct scenario *sc,
		    struct errs *es)
{
	int64_t id;

	if (!state_scenario_id(st, sc->name, &id, es) ||
	    !put_settings(st, id, sc, es))
		return false;
	for (size_t i = 0; i < sc->n_checks; i++)
		if (!put_schedule(st, id, &sc->checks[i], es))
			return false;
	return true;
}

bool state_scenario_put(struct state *st, const struct scenario *sc,
			struct errs *es)
{
	bool is_own;

	return state_enter(st, &is_own, es) &&
	       state_leave(st, is_own, put_all(st, sc, es), es);
}
