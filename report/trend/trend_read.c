/* SPDX-License-Identifier: MIT */
#include "report/trend/trend_read.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "report/result/load_result.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

#define FILE_ARENA_MAX ((size_t)1 << 30)

enum { FILES_MAX = 10000, HOST_MAX = 200 };

struct gathering {
	const struct trend_ask *ask;
	struct arena *a;
	struct errs *es;
	struct trend *trend;
	struct trend_load *load;
	struct trend_run **run; /* of each load, TREND_RUNS_MAX */
	size_t n_subjects;	/* loads, then checks of state files */
};

/* ---- one file -------------------------------------------------------- */

static struct trend_run run_of(const struct load_result *load, const char *host,
			       uint64_t at_ns)
{
	struct trend_run r = {
		.at_ns = at_ns,
		.p50_ns = load->latency.p50_ns,
		.p95_ns = load->latency.p95_ns,
		.p99_ns = load->latency.p99_ns,
		.errors = load->accounting.dropped,
		.requests = load->accounting.dropped,
		.host = host,
	};

	for (size_t i = 0; i < load->n_steps; i++) {
		const struct accounting *ac = &load->steps[i].accounting;

		r.errors += ac->failed + ac->timed_out;
		r.requests += ac->ok + ac->failed + ac->timed_out;
	}
	return r;
}

/* Full: the oldest goes. */
static void keep(struct trend_load *to, struct trend_run *runs,
		 const struct trend_run *r)
{
	size_t at = to->n_runs;

	if (at == TREND_RUNS_MAX - 1) {
		if (r->at_ns <= runs[0].at_ns)
			return;
		memmove(runs, runs + 1, (at - 1) * sizeof(*runs));
		at--;
	}
	to->n_runs = at + 1;
	while (at && runs[at - 1].at_ns > r->at_ns) {
		runs[at] = runs[at - 1];
		at--;
	}
	runs[at] = *r;
}

/* Another file of it may be a copy, or a slice. */
static bool is_kept(const struct trend_load *ld, const struct run_result *run)
{
	for (size_t i = 0; i < ld->n_runs; i++)
		if (ld->runs[i].at_ns == run->started_at_ns &&
		    !strcmp(ld->runs[i].host, run->host))
			return true;
	return false;
}

static bool take_load(struct gathering *g, size_t i,
		      const struct run_result *from,
		      const struct load_result *load)
{
	const struct load_result *newest = &g->ask->newest->loads[i];

	if (load->verdict == RUN_INVALID) {
		g->trend->n_invalid++;
		return true;
	}
	if (strcmp(load->plan, newest->plan) != 0 ||
	    strcmp(load->model, newest->model) != 0) {
		g->trend->n_other++;
		return true;
	}
	if (is_kept(&g->load[i], from)) {
		g->trend->n_again++;
		return true;
	}
	const char *host =
		arena_strndup(g->a, from->host, strnlen(from->host, HOST_MAX));
	if (!host)
		return errs_nomem(g->es);
	struct trend_run r = run_of(load, host, from->started_at_ns);
	if (r.requests && load->latency.count)
		keep(&g->load[i], g->run[i], &r);
	return true;
}

/* False without memory. */
static bool take_run(struct gathering *g, const struct run_result *run)
{
	const struct run_result *newest = g->ask->newest;
	bool is_known = false, ok = true;

	if (run->started_at_ns >= newest->started_at_ns) {
		/* the newest itself may lie among them */
		g->trend->n_later += run->started_at_ns > newest->started_at_ns;
		return true;
	}
	for (size_t i = 0; i < g->trend->n_loads; i++)
		for (size_t k = 0; k < run->n_loads; k++)
			if (!strcmp(newest->loads[i].name,
				    run->loads[k].name)) {
				is_known = true;
				ok = ok && take_load(g, i, run, &run->loads[k]);
				break;
			}
	g->trend->n_skipped += !is_known;
	return ok;
}

static bool is_state(const char *path)
{
	static const char magic[] = "SQLite format 3";
	char head[sizeof(magic)] = "";
	FILE *f = fopen(path, "rbe");

	if (!f)
		return false;
	size_t n = fread(head, 1, sizeof(head), f);
	(void)fclose(f);
	return n == sizeof(head) && !memcmp(head, magic, sizeof(magic));
}

static void free_arena(void *p)
{
	arena_free(p);
}

/* They point into the file. */
static void keep_problems(struct gathering *g, struct arena *of_file)
{
	if (!of_file || arena_on_free(g->a, free_arena, of_file))
		return;
	g->es->n = 0;
	errs_nomem(g->es);
}

/* One that was named must be a result, one that was found need not. */
static bool take_file(struct gathering *g, const char *path, bool is_named)
{
	struct errs *own = calloc(1, sizeof(*own));
	struct arena *a = arena_new(FILE_ARENA_MAX);
	struct run_result *run = NULL;
	bool ok = true;

	if (++g->trend->n_files > FILES_MAX)
		ok = errs_add(g->es, ERR_INPUT, NOWHERE,
			      "--history has more than %d files", FILES_MAX);
	else if (!own || !a)
		ok = errs_nomem(g->es);
	else if (is_named && is_state(path))
		ok = trend_state_read(g->ask->newest, path, g->a, g->load,
				      &g->n_subjects, g->es);
	else if (result_read_file(path, a, &run, is_named ? g->es : own))
		ok = take_run(g, run);
	else if (is_named)
		ok = false;
	else
		g->trend->n_unread++;
	if (ok)
		arena_free(a);
	else
		keep_problems(g, a);
	free(own);
	return ok;
}

/* ---- paths ----------------------------------------------------------- */

static int is_result(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && !strcmp(entry->d_name + len - 5, ".json");
}

static bool take_folder(struct gathering *g, const char *path)
{
	struct dirent **list = NULL;
	int n = scandir(path, &list, is_result, alphasort);
	bool ok = true;

	if (n < 0)
		return errs_add(g->es, ERR_INPUT, NOWHERE,
				"\"%s\" cannot be read: %s", path,
				strerror(errno));
	for (int i = 0; i < n; i++) {
		char *file = NULL;
		if (ok && asprintf(&file, "%s/%s", path, list[i]->d_name) < 0) {
			file = NULL;
			ok = errs_nomem(g->es);
		}
		ok = ok && take_file(g, file, false);
		free(file);
		free(list[i]);
	}
	free(list);
	return ok;
}

static bool take_pattern(struct gathering *g, const char *path)
{
	glob_t found;
	bool ok = true;
	int rc = glob(path, 0, NULL, &found);

	if (rc)
		return errs_add(g->es, ERR_INPUT, NOWHERE,
				"\"%s\" of --history: %s", path,
				rc == GLOB_NOMATCH ? "there is no such file"
						   : "it cannot be read");
	for (size_t i = 0; ok && i < found.gl_pathc; i++)
		ok = take_file(g, found.gl_pathv[i], false);
	globfree(&found);
	return ok;
}

static bool take_path(struct gathering *g, const char *path)
{
	struct stat st;

	if (!stat(path, &st))
		return S_ISDIR(st.st_mode) ? take_folder(g, path)
					   : take_file(g, path, true);
	if (strpbrk(path, "*?["))
		return take_pattern(g, path);
	return errs_add(g->es, ERR_INPUT, NOWHERE,
			"\"%s\" of --history cannot be read: %s", path,
			strerror(errno));
}

/* ---- all ------------------------------------------------------------- */

static bool begin(struct gathering *g)
{
	size_t n = g->ask->newest->n_loads;

	if (!n && !g->ask->newest->n_checks)
		return errs_add(g->es, ERR_INPUT, NOWHERE,
				"the result has no load and no check: there is "
				"nothing to follow");
	n = n < TREND_LOADS_MAX ? n : TREND_LOADS_MAX;
	g->load = arena_alloc(g->a, TREND_LOADS_MAX, sizeof(*g->load));
	g->run = arena_alloc(g->a, n, sizeof(*g->run));
	if (!g->load || !g->run)
		return errs_nomem(g->es);
	for (size_t i = 0; i < n; i++) {
		g->run[i] = arena_alloc(g->a, TREND_RUNS_MAX, sizeof(**g->run));
		if (!g->run[i])
			return errs_nomem(g->es);
		g->load[i].name = g->ask->newest->loads[i].name;
		g->load[i].runs = g->run[i];
	}
	g->trend->name = g->ask->newest->name;
	g->trend->loads = g->load;
	g->trend->n_loads = g->n_subjects = n;
	return true;
}

static size_t count_hosts(const struct trend_run *runs, size_t n)
{
	size_t hosts = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (k < i && strcmp(runs[k].host, runs[i].host) != 0)
			k++;
		hosts += k == i;
	}
	return hosts;
}

static bool finish(struct gathering *g)
{
	const struct run_result *newest = g->ask->newest;
	size_t n_loads = g->trend->n_loads;

	if (!g->n_subjects)
		return errs_add(g->es, ERR_INPUT, NOWHERE,
				"the result has no load: the history of its "
				"checks is in a state file");
	g->trend->n_loads = g->n_subjects;
	for (size_t i = 0; i < g->n_subjects; i++) {
		struct trend_load *ld = &g->load[i];

		if (i < n_loads) {
			g->run[i][ld->n_runs++] =
				run_of(&newest->loads[i], newest->host,
				       newest->started_at_ns);
			ld->n_hosts = count_hosts(ld->runs, ld->n_runs);
		}
		for (int k = 0; k < TREND_NUMBERS_N; k++)
			trend_line(ld->runs, ld->n_runs, (enum trend_number)k,
				   &ld->line[k]);
	}
	return true;
}

bool trend_read(const struct trend_ask *ask, struct arena *a, struct trend *out,
		struct errs *es)
{
	struct gathering g = { .ask = ask, .a = a, .es = es, .trend = out };

	*out = (struct trend){ .name = "" };
	if (!begin(&g))
		return false;
	for (size_t i = 0; i < ask->n_paths; i++)
		if (!take_path(&g, ask->paths[i]))
			return false;
	return finish(&g);
}

bool trend_tell(const struct trend_ask *ask, struct arena *a, struct buf *out,
		struct errs *es)
{
	struct trend trend;

	if (!trend_read(ask, a, &trend, es))
		return false;
	trend_text(&trend, out);
	return buf_ok(out) || errs_nomem(es);
}
