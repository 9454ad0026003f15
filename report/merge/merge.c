/* SPDX-License-Identifier: MIT */
#include "report/merge/merge.h"

#include <stdlib.h>
#include <string.h>

#include "report/merge/sum/sums.h"
#include "report/result/result.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/capped.h"

enum { LIST_TEXT_MAX = 2000, SEEN_BYTES = 120 };

bool merge_loads(const struct load_result *const *of, size_t n, struct arena *a,
		 struct load_result *out, struct errs *es)
{
	struct load_sum sum;
	bool is_done;

	is_done = sum_init(&sum, a, es);
	sum.any_address = true;
	for (size_t i = 0; is_done && i < n; i++)
		is_done = sum_add(&sum, of[i]);
	is_done = is_done && sum_result(&sum, 0, a, out);
	sum_release(&sum);
	return is_done;
}

/* ---- whole runs ----------------------------------------------------------- */

struct merger {
	struct arena *a;
	struct run_result out; /* strings and sums so far */
	size_t n_runs, n_parts;
	struct part_result *part; /* MERGE_PARTS_MAX */
	size_t n_loads;
	struct load_sum *load;
	uint64_t end_at_ns;
	struct buf hosts, vantages, tools;
};

struct merger *merger_new(struct arena *a, struct errs *es)
{
	struct merger *m = calloc(1, sizeof *m);

	if (!m) {
		errs_nomem(es);
		return NULL;
	}
	m->a = a;
	buf_init(&m->hosts, LIST_TEXT_MAX);
	buf_init(&m->vantages, LIST_TEXT_MAX);
	buf_init(&m->tools, LIST_TEXT_MAX);
	m->part = arena_alloc(a, MERGE_PARTS_MAX, sizeof *m->part);
	if (!m->part) {
		errs_nomem(es);
		merger_free(m);
		return NULL;
	}
	return m;
}

void merger_free(struct merger *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_loads; i++)
		sum_release(&m->load[i]);
	free(m->load);
	buf_release(&m->hosts);
	buf_release(&m->vantages);
	buf_release(&m->tools);
	free(m);
}

/* ---- what may be merged ----------------------------------------------------- */

static bool is_of_loads(const struct run_result *run, struct place at,
			struct errs *es)
{
	if (run->n_checks > 0)
		return errs_add(es, ERR_INPUT, at,
				"it has %zu check%s: only results of loads are "
				"merged",
				run->n_checks, run->n_checks == 1 ? "" : "s");
	if (run->gate)
		return errs_add(es, ERR_INPUT, at,
				"it is of a gate, whose two sides cannot be "
				"merged with another's");
	if (run->n_loads == 0)
		return errs_add(es, ERR_INPUT, at,
				"it has no load: there is nothing to merge");
	if (run->n_loads > LOADS_MAX)
		return errs_add(es, ERR_INPUT, at,
				"it has %zu loads, at most %d are merged",
				run->n_loads, LOADS_MAX);
	return true;
}

static bool same_text(const char *what, const char *mine, const char *first,
		      struct place at, struct errs *es)
{
	if (strcmp(mine, first) == 0)
		return true;
	return errs_add(es, ERR_INPUT, at,
			"it has the %s \"%.*s\", the first has \"%.*s\": "
			"they are not parts of one run",
			what, SEEN_BYTES, mine, SEEN_BYTES, first);
}

static bool same_run(const struct merger *m, const struct run_result *run,
		     struct place at, struct errs *es)
{
	const struct run_result *first = &m->out;

	if (m->n_runs == 0)
		return true;
	if (!same_text("name", run->name, first->name, at, es) ||
	    !same_text("environment", run->environment, first->environment, at,
		       es))
		return false;
	if (run->n_loads == m->n_loads)
		return true;
	return errs_add(es, ERR_INPUT, at,
			"it has %zu loads, the first has %zu: they are not "
			"parts of one run",
			run->n_loads, m->n_loads);
}

/* ---- parts -------------------------------------------------------------------- */

static bool is_same_part(const struct part_result *a,
			 const struct part_result *b)
{
	return a->started_at_ns == b->started_at_ns && a->seed == b->seed &&
	       a->total_ns == b->total_ns && strcmp(a->host, b->host) == 0;
}

static bool add_part(struct merger *m, const struct part_result *part,
		     struct place at, struct errs *es)
{
	struct part_result *own = &m->part[m->n_parts];

	if (m->n_parts == MERGE_PARTS_MAX)
		return errs_add(es, ERR_INPUT, at,
				"at most %d results are merged",
				MERGE_PARTS_MAX);
	for (size_t i = 0; i < m->n_parts; i++) {
		if (is_same_part(&m->part[i], part))
			return errs_add(es, ERR_INPUT, at,
					"it is in it already: the same host "
					"\"%.*s\", start, length and seed as "
					"result %zu",
					SEEN_BYTES, part->host, i + 1);
	}
	*own = *part;
	own->host = arena_strdup(m->a, part->host);
	own->vantage = arena_strdup(m->a, part->vantage);
	if (!own->host || !own->vantage)
		return errs_nomem(es);
	m->n_parts++;
	return true;
}

static bool add_parts(struct merger *m, const struct run_result *run,
		      struct place at, struct errs *es)
{
	const struct part_result self = {
		.host = run->host,
		.vantage = run->vantage,
		.started_at_ns = run->started_at_ns,
		.total_ns = run->total_ns,
		.seed = run->loads[0].seed,
		.verdict = run->verdict,
	};

	if (run->n_parts == 0)
		return add_part(m, &self, at, es);
	for (size_t i = 0; i < run->n_parts; i++) {
		if (!add_part(m, &run->parts[i], at, es))
			return false;
	}
	return true;
}

static const struct load_result *load_named(const struct run_result *run,
					    const char *name)
{
	for (size_t i = 0; i < run->n_loads; i++) {
		if (strcmp(run->loads[i].name, name) == 0)
			return &run->loads[i];
	}
	return NULL;
}

/* ---- the run itself -------------------------------------------------------------- */

/* A list with ", " between, each word once. */
static void add_word(struct buf *list, const char *word)
{
	const char *at = buf_text(list);
	size_t len = strlen(word);

	if (len == 0)
		return;
	while (*at) {
		size_t n = strcspn(at, ",");

		if (n == len && memcmp(at, word, n) == 0)
			return;
		at += n;
		at += strspn(at, ", ");
	}
	if (list->len + len + 2 > LIST_TEXT_MAX)
		return;
	if (list->len > 0)
		buf_puts(list, ", ");
	buf_add(list, word, len);
}

/* Those of a merged one are a list already. */
static void add_words(struct buf *list, const char *words)
{
	while (*words) {
		char word[LIST_TEXT_MAX];
		size_t n = strcspn(words, ",");

		if (n < sizeof word) {
			memcpy(word, words, n);
			word[n] = '\0';
			add_word(list, word);
		}
		words += n;
		words += strspn(words, ", ");
	}
}

static bool copy_first(struct merger *m, const struct run_result *run,
		       struct place at, struct errs *es)
{
	struct run_result *out = &m->out;

	out->name = arena_strdup(m->a, run->name);
	out->file = arena_strdup(m->a, run->file);
	out->environment = arena_strdup(m->a, run->environment);
	out->partial_why = out->broken_why = "";
	out->started_at_ns = run->started_at_ns;
	m->load = calloc(run->n_loads, sizeof *m->load);
	if (!out->name || !out->file || !out->environment || !m->load)
		return errs_nomem(es);
	for (size_t i = 0; i < run->n_loads; i++) {
		if (load_named(run, run->loads[i].name) != &run->loads[i])
			return errs_add(es, ERR_INPUT, at,
					"it has two loads \"%.*s\"", SEEN_BYTES,
					run->loads[i].name);
		m->n_loads = i + 1;
		if (!sum_init(&m->load[i], m->a, es))
			return false;
	}
	return true;
}

static bool add_run(struct merger *m, const struct run_result *run,
		    struct place at, struct errs *es)
{
	struct run_result *out = &m->out;
	uint64_t end_at_ns = run->started_at_ns;

	if (m->n_runs == 0 && !copy_first(m, run, at, es))
		return false;
	end_at_ns = capped_sum(end_at_ns, run->total_ns);
	if (end_at_ns > m->end_at_ns)
		m->end_at_ns = end_at_ns;
	if (run->started_at_ns < out->started_at_ns)
		out->started_at_ns = run->started_at_ns;
	out->cpu_ns = capped_sum(out->cpu_ns, run->cpu_ns);
	if (run->peak_rss_bytes > out->peak_rss_bytes)
		out->peak_rss_bytes = run->peak_rss_bytes;
	if (run->partial && !out->partial)
		out->partial_why = arena_strdup(m->a, run->partial_why);
	if (run->broken && !out->broken)
		out->broken_why = arena_strdup(m->a, run->broken_why);
	out->partial = out->partial || run->partial;
	out->broken = out->broken || run->broken;
	add_words(&m->hosts, run->host);
	add_words(&m->vantages, run->vantage);
	add_words(&m->tools, run->tool);
	m->n_runs++;
	return (out->partial_why && out->broken_why) || errs_nomem(es);
}

/* ---- its loads -------------------------------------------------------------------- */

static bool add_load(struct merger *m, size_t i, const struct run_result *run,
		     const struct source *src, struct errs *es)
{
	struct load_sum *sum = &m->load[i];
	const struct load_result *of = &run->loads[i];
	const struct place at = { .src = src };

	if (sum->n_parts > 0) {
		of = load_named(run, sum->first.name);
		if (!of)
			return errs_add(es, ERR_INPUT, at,
					"it has no load \"%.*s\", as the "
					"first has: they are not parts of one "
					"run",
					SEEN_BYTES, sum->first.name);
	}
	sum->index = (size_t)(of - run->loads);
	sum->src = src;
	/* doubts of one that was merged say it already */
	sum->where = run->n_parts > 0  ? NULL
		     : run->vantage[0] ? run->vantage
		     : run->host[0]    ? run->host
				       : NULL;
	sum->es = es;
	return sum_add(sum, of);
}

bool merger_add(struct merger *m, const struct run_result *run,
		const char *name, struct errs *es)
{
	struct source *src = arena_alloc(m->a, 1, sizeof *src);
	struct place at;

	if (!src)
		return errs_nomem(es);
	src->name = arena_strdup(m->a, name);
	at = (struct place){ .src = src };
	if (!src->name)
		return errs_nomem(es);
	if (!is_of_loads(run, at, es) || !same_run(m, run, at, es) ||
	    !add_parts(m, run, at, es) || !add_run(m, run, at, es))
		return false;
	for (size_t i = 0; i < m->n_loads; i++) {
		if (!add_load(m, i, run, src, es))
			return false;
	}
	return true;
}

/* ---- the result --------------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
	const struct part_result *left = a, *right = b;

	if (left->started_at_ns != right->started_at_ns)
		return left->started_at_ns < right->started_at_ns ? -1 : 1;
	return strcmp(left->host, right->host);
}

struct run_result *merger_finish(struct merger *m, struct errs *es)
{
	struct run_result *out = arena_alloc(m->a, 1, sizeof *out);

	if (!out)
		goto no_memory;
	*out = m->out;
	out->host = arena_strdup(m->a, buf_text(&m->hosts));
	out->vantage = arena_strdup(m->a, buf_text(&m->vantages));
	out->tool = arena_strdup(m->a, buf_text(&m->tools));
	out->total_ns = m->end_at_ns - out->started_at_ns;
	out->checks = arena_alloc(m->a, 0, sizeof *out->checks);
	out->loads = arena_alloc(m->a, m->n_loads, sizeof *out->loads);
	if (!out->host || !out->vantage || !out->tool || !out->checks ||
	    !out->loads)
		goto no_memory;
	qsort(m->part, m->n_parts, sizeof *m->part, by_start);
	out->parts = m->part;
	/* one that is alone was not merged */
	out->n_parts = m->n_parts > 1 ? m->n_parts : 0;
	out->n_loads = m->n_loads;
	for (size_t i = 0; i < m->n_loads; i++) {
		m->load[i].es = es;
		if (!sum_result(&m->load[i], out->started_at_ns, m->a,
				&out->loads[i]))
			return NULL;
	}
	result_judge(out);
	return out;
no_memory:
	errs_nomem(es);
	return NULL;
}
