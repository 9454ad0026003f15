/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include <stdlib.h>
#include <string.h>

#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"

/* A point whose series is still a number. */
struct loose_point {
	int64_t series, text;
	size_t nth; /* in the order in which they were seen */
	struct series_point point;
};

struct gathering {
	struct state *st;
	struct arena *a;
	struct errs *es;
	int64_t watched;
	struct rows checks, requests, points, events;
};

static bool cut(struct gathering *g, const char *what)
{
	return errs_add(g->es, ERR_INPUT, NOWHERE,
			"state file \"%s\" is damaged: %s of an observation "
			"cannot be read; restore a copy, or move it away to "
			"begin anew",
			g->st->path, what);
}

/* ---- texts by number -------------------------------------------------------- */

static const char *text_of(struct gathering *g, int64_t id)
{
	const char *text = "";
	struct query q;

	query_start(&q, g->st, "SELECT body FROM text WHERE id = ?", g->es);
	query_int(&q, id);
	if (query_step(&q))
		text = row_text(&q, 0, g->a);
	return query_end(&q) ? text : NULL;
}

/* Most rows have the text of the row before. */
struct last_text {
	int64_t id;
	const char *text;
};

static bool text_again(struct gathering *g, struct last_text *last, int64_t id,
		       const char **out)
{
	if (!last->text || last->id != id) {
		last->text = text_of(g, id);
		last->id = id;
	}
	*out = last->text;
	return *out != NULL;
}

/* ---- observations ----------------------------------------------------------- */

static bool add_requests(struct gathering *g, struct unpack u,
			 uint64_t base_at_ns)
{
	enum { KEPT_N = 4 }; /* names of steps take turns */
	struct last_text last[KEPT_N] = { { 0 } };
	struct packed_request r;

	while (!unpack_is_at_end(&u) && unpack_request(&u, base_at_ns, &r)) {
		struct seen_request *seen =
			rows_add(&g->requests, g->a, sizeof(*seen), g->es);

		if (!seen)
			return false;
		*seen = r.seen;
		if (!text_again(g, &last[(uint64_t)r.step % KEPT_N], r.step,
				&seen->step))
			return false;
	}
	return !u.is_bad || cut(g, "the requests");
}

static bool add_points(struct gathering *g, struct unpack u,
		       uint64_t base_at_ns)
{
	struct packed_point p;

	while (!unpack_is_at_end(&u) && unpack_point(&u, base_at_ns, &p)) {
		struct loose_point *loose =
			rows_add(&g->points, g->a, sizeof(*loose), g->es);

		if (!loose)
			return false;
		*loose = (struct loose_point){
			.series = p.series,
			.text = p.text,
			.nth = g->points.n,
			.point = { .at_ns = p.at_ns, .value = p.value },
		};
	}
	return !u.is_bad || cut(g, "the series");
}

static unsigned within(int64_t value, unsigned n, unsigned otherwise)
{
	return value >= 0 && value < n ? (unsigned)value : otherwise;
}

static bool add_check(struct gathering *g, struct query *q,
		      struct last_text *message, struct last_text *vantage)
{
	struct seen_check *c = rows_add(&g->checks, g->a, sizeof(*c), g->es);
	struct unpack requests = { 0 }, points = { 0 };

	if (!c)
		return false;
	*c = (struct seen_check){
		.at_ns = row_ns(q, 0),
		.verdict =
			within(row_int(q, 1), VERDICT_N, VERDICT_NOT_OBSERVED),
		.worst = within(row_int(q, 2), SEVERITY_N, SEVERITY_ERROR),
		.outcome = within(row_int(q, 3), OUTCOME_N, OUTCOME_LOCAL_FAIL),
		.failing_since_ns = row_ns(q, 4),
		.cert_days = sqlite3_column_type(q->s, 5) == SQLITE_NULL
				     ? INT64_MAX
				     : row_int(q, 5),
	};
	requests.bytes = row_blob(q, 8, &requests.len);
	points.bytes = row_blob(q, 9, &points.len);
	return text_again(g, message, row_int(q, 6), &c->message) &&
	       text_again(g, vantage, row_int(q, 7), &c->vantage) &&
	       add_requests(g, requests, c->at_ns) &&
	       add_points(g, points, c->at_ns);
}

static bool gather(struct gathering *g, uint64_t since_at_ns)
{
	struct last_text message = { 0 }, vantage = { 0 };
	struct query q;
	bool ok = true;

	query_start(&q, g->st,
		    "SELECT at, verdict, worst, outcome, failing_since, "
		    "cert_days, message, vantage, requests, points FROM seen "
		    "WHERE watched = ? AND at >= ? ORDER BY at, vantage",
		    g->es);
	query_int(&q, g->watched);
	query_ns(&q, since_at_ns);
	while (ok && query_step(&q))
		ok = add_check(g, &q, &message, &vantage);
	return query_end(&q) && ok;
}

static bool find_first(struct gathering *g, uint64_t *first_at_ns)
{
	struct query q;

	query_start(&q, g->st, "SELECT min(at) FROM seen WHERE watched = ?",
		    g->es);
	query_int(&q, g->watched);
	if (query_step(&q))
		*first_at_ns = row_ns(&q, 0);
	return query_end(&q);
}

/* ---- series ------------------------------------------------------------------ */

static int by_series(const void *left, const void *right)
{
	const struct loose_point *l = left, *r = right;

	if (l->series != r->series)
		return l->series < r->series ? -1 : 1;
	if (l->point.at_ns != r->point.at_ns)
		return l->point.at_ns < r->point.at_ns ? -1 : 1;
	return l->nth < r->nth ? -1 : l->nth > r->nth;
}

static bool name_series(struct gathering *g, int64_t id, struct series *s)
{
	int64_t name = 0, labels = 0;
	struct query q;

	query_start(&q, g->st,
		    "SELECT name, labels, kind, bound FROM series "
		    "WHERE id = ? AND watched = ?",
		    g->es);
	query_int(&q, id);
	query_int(&q, g->watched);
	if (query_step(&q)) {
		name = row_int(&q, 0);
		labels = row_int(&q, 1);
		s->kind = within(row_int(&q, 2), SERIES_KIND_N, SERIES_GAUGE);
		s->bound = row_real(&q, 3);
	}
	if (!query_end(&q))
		return false;
	if (!name)
		return cut(g, "the name of a series");
	s->name = text_of(g, name);
	s->labels = s->name ? text_of(g, labels) : NULL;
	return s->labels != NULL;
}

static bool fill_points(struct gathering *g, const struct loose_point *from,
			size_t n, struct series *s)
{
	struct series_point *points = arena_alloc(g->a, n, sizeof(*points));
	struct last_text last = { 0 };

	if (!points)
		return errs_nomem(g->es);
	for (size_t i = 0; i < n; i++) {
		points[i] = from[i].point;
		if (from[i].text &&
		    !text_again(g, &last, from[i].text, &points[i].text))
			return false;
	}
	s->points = points;
	s->n_points = n;
	return true;
}

static bool sort_series(struct gathering *g, struct rows *series)
{
	struct loose_point *p = g->points.item;

	if (g->points.n)
		qsort(p, g->points.n, sizeof(*p), by_series);
	for (size_t from = 0, to; from < g->points.n; from = to) {
		struct series *s = rows_add(series, g->a, sizeof(*s), g->es);

		to = from;
		while (to < g->points.n && p[to].series == p[from].series)
			to++;
		if (!s || !name_series(g, p[from].series, s) ||
		    !fill_points(g, p + from, to - from, s))
			return false;
	}
	return true;
}

static int by_end(const void *left, const void *right)
{
	const struct seen_request *l = left, *r = right;

	return l->at_ns < r->at_ns ? -1 : l->at_ns > r->at_ns;
}

static bool is_in_order(const struct seen_request *r, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (r[i].at_ns < r[i - 1].at_ns)
			return false;
	return true;
}

/* ---- events ------------------------------------------------------------------- */

static bool gather_events(struct gathering *g, uint64_t since_at_ns)
{
	struct query q;

	query_start(&q, g->st,
		    "SELECT at, exit_code, name, message FROM event "
		    "WHERE at >= ? ORDER BY at, id",
		    g->es);
	query_ns(&q, since_at_ns);
	while (query_step(&q)) {
		struct seen_event *ev =
			rows_add(&g->events, g->a, sizeof(*ev), g->es);

		if (!ev) {
			q.has_failed = true;
			break;
		}
		ev->at_ns = row_ns(&q, 0);
		ev->exit_code = row_int(&q, 1);
		ev->name = row_text(&q, 2, g->a);
		ev->message = row_text(&q, 3, g->a);
	}
	return query_end(&q);
}

static bool first_event(struct gathering *g, uint64_t *first_at_ns)
{
	struct query q;

	query_start(&q, g->st, "SELECT min(at) FROM event", g->es);
	if (query_step(&q))
		*first_at_ns = row_ns(&q, 0);
	return query_end(&q);
}

bool state_event_add(struct state *st, const struct seen_event *ev,
		     struct errs *es)
{
	struct query q;

	query_start(&q, st,
		    "INSERT INTO event (at, name, exit_code, message) "
		    "VALUES (?, ?, ?, ?)",
		    es);
	query_ns(&q, ev->at_ns);
	query_text(&q, ev->name);
	query_int(&q, ev->exit_code);
	query_text(&q, ev->message ? ev->message : "");
	return query_run(&q);
}

/* ---- all of it ------------------------------------------------------------------ */

bool state_history(struct state *st, const char *scenario, const char *check,
		   uint64_t since_at_ns, struct arena *a, struct history *out,
		   struct errs *es)
{
	struct gathering g = { .st = st, .a = a, .es = es };
	struct rows series = { 0 };

	*out = (struct history){ .check = arena_strdup(a, check) };
	if (!out->check)
		return errs_nomem(es);
	if (!*check) {
		if (!gather_events(&g, since_at_ns) ||
		    !first_event(&g, &out->first_at_ns))
			return false;
	} else if (!state_check_find(st, scenario, check, &g.watched, es)) {
		return false;
	} else if (g.watched && (!gather(&g, since_at_ns) ||
				 !find_first(&g, &out->first_at_ns) ||
				 !sort_series(&g, &series))) {
		return false;
	}
	if (!is_in_order(g.requests.item, g.requests.n))
		qsort(g.requests.item, g.requests.n,
		      sizeof(struct seen_request), by_end);
	out->checks = g.checks.item;
	out->n_checks = g.checks.n;
	out->requests = g.requests.item;
	out->n_requests = g.requests.n;
	out->series = series.item;
	out->n_series = series.n;
	out->events = g.events.item;
	out->n_events = g.events.n;
	return true;
}
