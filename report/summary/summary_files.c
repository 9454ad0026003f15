/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "report/result/verdict.h"
#include "report/summary/summary_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"

#define FILE_ARENA_MAX ((size_t)1 << 30) /* bytes of one result */

enum { NAME_MAX_BYTES = 200, POINTS_FIRST = 16 };

/* A check, or a load: it has a row of its own. */
struct row {
	struct summary_check c;
	bool is_load;
	struct hist *hist;
};

struct kept_series {
	struct series s;
	const char *of; /* the check that keeps it */
	struct series_point *points;
	size_t room;
};

/* What tells a run from any other. */
struct seen {
	uint64_t at_ns, total_ns;
	const char *host;
};

struct reading {
	struct arena *a;
	struct summary *out;
	struct errs *es;
	struct row *row;
	size_t n_rows, rows_room;
	struct kept_series *series;
	size_t n_series, series_room;
	struct seen *seen;
	size_t n_seen, seen_room;
	struct hist *of_all;
};

/* ---- rows ---------------------------------------------------------------- */

/* Room for one more of an array that doubles; NULL without memory. */
static void *grown(void *array, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return array;
	size_t more = *room ? *room * 2 : POINTS_FIRST;
	void *bigger = reallocarray(array, more, size);
	if (bigger)
		*room = more;
	return bigger;
}

static struct row *find_row(struct reading *r, const char *name, bool is_load)
{
	for (size_t i = 0; i < r->n_rows; i++)
		if (r->row[i].is_load == is_load &&
		    !strcmp(r->row[i].c.name, name))
			return &r->row[i];
	struct row *rows =
		grown(r->row, r->n_rows, &r->rows_room, sizeof(*rows));
	if (!rows)
		return NULL;
	r->row = rows;
	struct row *one = &rows[r->n_rows];
	*one = (struct row){ .is_load = is_load,
			     .hist = hist_new(HIST_DIGITS) };
	one->c.name = arena_strdup(r->a, name);
	if (!one->hist || !one->c.name) {
		hist_free(one->hist);
		return NULL;
	}
	r->n_rows++;
	return one;
}

/* ---- series -------------------------------------------------------------- */

static struct kept_series *find_series(struct reading *r, const char *check,
				       const struct kept *k)
{
	for (size_t i = 0; i < r->n_series; i++) {
		const struct kept_series *ks = &r->series[i];
		if (ks->s.kind == k->kind && !strcmp(ks->of, check) &&
		    !strcmp(ks->s.name, k->name) &&
		    !strcmp(ks->s.labels, k->labels))
			return &r->series[i];
	}
	struct kept_series *all =
		grown(r->series, r->n_series, &r->series_room, sizeof(*all));
	if (!all)
		return NULL;
	r->series = all;
	struct kept_series *one = &all[r->n_series];
	*one = (struct kept_series){
		.of = arena_strdup(r->a, check),
		.s = { .name = arena_strdup(r->a, k->name),
		       .labels = arena_strdup(r->a, k->labels),
		       .kind = k->kind },
	};
	if (!one->of || !one->s.name || !one->s.labels)
		return NULL;
	r->n_series++;
	return one;
}

/* In the order of time, whatever that of the files is. */
static bool add_point(struct kept_series *ks, uint64_t at_ns, double value)
{
	struct series_point *points =
		grown(ks->points, ks->s.n_points, &ks->room, sizeof(*points));

	if (!points)
		return false;
	size_t at = ks->s.n_points++;
	for (; at && points[at - 1].at_ns > at_ns; at--)
		points[at] = points[at - 1];
	points[at] = (struct series_point){ .at_ns = at_ns, .value = value };
	ks->points = points;
	ks->s.points = points;
	return true;
}

static bool take_kept(struct reading *r, const char *check,
		      const struct step_result *step)
{
	for (size_t i = 0; i < step->n_kept; i++) {
		const struct kept *k = &step->kept[i];

		if (!told_is_one(k->name) || !isfinite(k->value))
			continue;
		struct kept_series *ks = find_series(r, check, k);
		if (!ks || !add_point(ks, step->started_at_ns + step->total_ns,
				      k->value))
			return false;
	}
	return true;
}

/* ---- a run --------------------------------------------------------------- */

static bool take_check(struct reading *r, const struct check_result *check)
{
	struct row *row = find_row(r, check->name, false);

	if (!row)
		return false;
	row->c.n_checks++;
	row->c.n_failed += check->verdict == VERDICT_FAILED;
	for (size_t i = 0; i < check->n_attempts; i++) {
		const struct attempt *at = &check->attempts[i];

		for (size_t k = 0; k < at->n_steps; k++) {
			const struct step_result *step = &at->steps[k];

			if (!take_kept(r, check->name, step))
				return false;
			if (!step_is_request(step))
				continue;
			row->c.n_requests++;
			row->c.n_errors += step->outcome != OUTCOME_OK;
			hist_record(row->hist, step->total_ns);
		}
	}
	return true;
}

static bool take_load(struct reading *r, const char *path,
		      const struct load_result *load)
{
	const char *hdr = load->latency.hdr;
	struct row *row;

	if (load->verdict == RUN_INVALID) {
		r->out->n_invalid++;
		return true;
	}
	row = find_row(r, load->name, true);
	if (!row)
		return errs_nomem(r->es);
	row->c.n_checks++;
	row->c.n_failed += load->verdict == RUN_FAILED;
	for (size_t i = 0; i < load->n_steps; i++) {
		const struct accounting *ac = &load->steps[i].accounting;

		row->c.n_requests += ac->ok + ac->failed + ac->timed_out;
		row->c.n_errors += ac->failed + ac->timed_out;
	}
	if (!*hdr)
		return true;
	struct hist *h = hist_decode(hdr, strlen(hdr), r->es);
	if (!h)
		return errs_add(r->es, ERR_INPUT, NOWHERE,
				"\"%s\": the latencies of load \"%s\" cannot "
				"be read",
				path, load->name);
	hist_merge(row->hist, h);
	hist_free(h);
	return true;
}

/* Another file of it may be a copy, a slice, or a gate that was judged again. */
static bool is_seen(const struct reading *r, const struct run_result *run)
{
	for (size_t i = 0; i < r->n_seen; i++) {
		const struct seen *old = &r->seen[i];
		if (old->at_ns == run->started_at_ns &&
		    old->total_ns == run->total_ns &&
		    !strcmp(old->host, run->host))
			return true;
	}
	return false;
}

static bool note_seen(struct reading *r, const struct run_result *run)
{
	struct seen *all =
		grown(r->seen, r->n_seen, &r->seen_room, sizeof(*all));
	const char *host = arena_strdup(r->a, run->host);

	if (!all)
		return false;
	r->seen = all;
	if (!host)
		return false;
	all[r->n_seen++] = (struct seen){
		.at_ns = run->started_at_ns,
		.total_ns = run->total_ns,
		.host = host,
	};
	return true;
}

static bool take_run(struct reading *r, const char *path,
		     const struct run_result *run)
{
	struct summary *s = r->out;

	if (run->started_at_ns < s->from_at_ns ||
	    run->started_at_ns > s->until_at_ns) {
		s->n_outside++;
		return true;
	}
	if (is_seen(r, run)) {
		s->n_again++;
		return true;
	}
	if (!note_seen(r, run))
		return errs_nomem(r->es);
	if (!*s->name)
		s->name = arena_strndup(r->a, run->name,
					strnlen(run->name, NAME_MAX_BYTES));
	if (!s->name)
		return errs_nomem(r->es);
	s->n_files++;
	for (size_t i = 0; i < run->n_checks; i++)
		if (!take_check(r, &run->checks[i]))
			return errs_nomem(r->es);
	for (size_t i = 0; i < run->n_loads; i++)
		if (!take_load(r, path, &run->loads[i]))
			return false;
	return true;
}

/* ---- all of it ----------------------------------------------------------- */

static bool finish(struct reading *r)
{
	struct summary *s = r->out;
	struct told_sums sums = { 0 };
	struct summary_check *rows =
		arena_alloc(r->a, r->n_rows + 1, sizeof(*rows));

	if (!rows)
		return errs_nomem(r->es);
	for (size_t i = 0; i < r->n_rows; i++) {
		struct summary_check *c = &r->row[i].c;
		const struct hist *h = r->row[i].hist;

		c->mean_ns = (uint64_t)hist_mean_ns(h);
		c->p50_ns = hist_quantile(h, 0.5);
		c->p95_ns = hist_quantile(h, 0.95);
		c->max_ns = hist_max_ns(h);
		hist_merge(r->of_all, h);
		s->n_runs += c->n_checks;
		s->n_failed += c->n_failed;
		s->n_requests += c->n_requests;
		s->n_errors += c->n_errors;
		rows[i] = *c;
	}
	s->checks = rows;
	s->n_checks = r->n_rows;
	for (size_t i = 0; i < r->n_series; i++)
		told_add(&r->series[i].s, s->from_at_ns, s->until_at_ns, &sums);
	summary_set_metrics(s, &sums, r->of_all);
	return true;
}

static void free_arena(void *p)
{
	arena_free(p);
}

/* They point into the file. */
static void keep_problems(struct reading *r, struct arena *of_file)
{
	if (!of_file || arena_on_free(r->a, free_arena, of_file))
		return;
	r->es->n = 0;
	errs_nomem(r->es);
}

/* One that is no result does not keep the others from being read: all problems
 * are told. */
static bool read_all(struct reading *r, const char *const *path, size_t n)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		struct arena *a = arena_new(FILE_ARENA_MAX);
		struct run_result *run = NULL;

		bool is_read = a ? result_read_file(path[i], a, &run, r->es) &&
					       take_run(r, path[i], run)
				 : errs_nomem(r->es);
		if (is_read)
			arena_free(a);
		else
			keep_problems(r, a);
		ok = ok && is_read;
	}
	return ok;
}

bool summary_read(const char *const *path, size_t n, uint64_t since_ns,
		  uint64_t now_at_ns, struct arena *a, struct summary *out,
		  struct errs *es)
{
	struct reading r = { .a = a, .out = out, .es = es };

	*out = (struct summary){
		.name = "",
		.from_at_ns = now_at_ns > since_ns ? now_at_ns - since_ns : 0,
		.until_at_ns = now_at_ns,
		.since_ns = since_ns,
		.is_of_files = true,
	};
	r.of_all = hist_new(HIST_DIGITS);
	bool ok =
		r.of_all ? read_all(&r, path, n) && finish(&r) : errs_nomem(es);
	for (size_t i = 0; i < r.n_rows; i++)
		hist_free(r.row[i].hist);
	for (size_t i = 0; i < r.n_series; i++)
		free(r.series[i].points);
	free(r.row);
	free(r.series);
	free(r.seen);
	hist_free(r.of_all);
	return ok;
}
