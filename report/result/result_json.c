/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/gate/gate.h"
#include "report/result/gate_result.h"
#include "report/result/load_books.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "report/result/result_shape.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/doc/doc.h"
#include "scenarios/base/err.h"
#include "scenarios/json/json.h"

enum { RESULT_NODES_MAX = 4000000 };

bool result_write(const struct run_result *run, struct buf *out)
{
	shape_write(&run_shape, run, false, out);
	return buf_putc(out, '\n') && buf_ok(out);
}

bool result_write_compact(const struct run_result *run, struct buf *out)
{
	shape_write(&run_shape, run, true, out);
	return buf_ok(out);
}

static const cJSON *member(const cJSON *root, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(root, key);
}

/* Before anything else is looked at, so that another kind of file is told in
 * one sentence. */
static bool right_format(const cJSON *root, const struct json_index *places,
			 struct errs *es)
{
	const cJSON *format = member(root, "format");
	const cJSON *version = member(root, "version");

	if (!cJSON_IsString(format) ||
	    strcmp(format->valuestring, RESULT_FORMAT) != 0)
		return errs_add(es, ERR_INPUT, json_place(places, root),
				"this is no result: \"format\" must be \"%s\"",
				RESULT_FORMAT);
	if (!cJSON_IsNumber(version))
		return errs_add(es, ERR_INPUT, json_place(places, root),
				"\"version\" must be a number, got %s",
				json_type(version));
	if (version->valuedouble > RESULT_VERSION)
		return errs_add(es, ERR_INPUT, json_place(places, version),
				"\"version\" is %.17g, this program reads up "
				"to %d: a newer one wrote it",
				version->valuedouble, RESULT_VERSION);
	if (version->valuedouble != RESULT_VERSION)
		return errs_add(es, ERR_INPUT, json_place(places, version),
				"\"version\" must be %d, got %.17g",
				RESULT_VERSION, version->valuedouble);
	return true;
}

/* What a file says of itself, kept while it is judged again. */
struct claims {
	enum run_verdict verdict;
	int64_t exit_code;
	struct counts counts;
};

struct check_claim {
	enum verdict verdict;
	enum outcome outcome;
	enum severity worst;
};

static bool same_counts(const struct counts *a, const struct counts *b,
			struct place at, struct errs *es)
{
	const struct {
		const char *key;
		uint64_t said, is;
	} row[] = {
		{ "checks", a->checks, b->checks },
		{ "ok", a->ok, b->ok },
		{ "flaky", a->flaky, b->flaky },
		{ "failed", a->failed, b->failed },
		{ "starting", a->starting, b->starting },
		{ "skipped", a->skipped, b->skipped },
		{ "not_observed", a->not_observed, b->not_observed },
		{ "expectations", a->expectations, b->expectations },
		{ "expectations_failed", a->expectations_failed,
		  b->expectations_failed },
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		if (row[i].said == row[i].is)
			continue;
		ok = errs_add(es, ERR_INPUT, at,
			      "\"counts.%s\" says %llu, but the checks give "
			      "%llu",
			      row[i].key, (unsigned long long)row[i].said,
			      (unsigned long long)row[i].is);
	}
	return ok;
}

static bool same_check(const struct check_claim *said,
		       const struct check_result *check, size_t i,
		       struct place at, struct errs *es)
{
	if (said->verdict != check->verdict)
		return errs_add(es, ERR_INPUT, at,
				"\"checks[%zu].verdict\" says %s, but its "
				"attempts give %s",
				i, verdict_name(said->verdict),
				verdict_name(check->verdict));
	if (said->outcome != check->outcome)
		return errs_add(es, ERR_INPUT, at,
				"\"checks[%zu].outcome\" says %s, but its "
				"attempts give %s",
				i, outcome_name(said->outcome),
				outcome_name(check->outcome));
	if (said->worst != check->worst)
		return errs_add(es, ERR_INPUT, at,
				"\"checks[%zu].worst\" says %s, but its parts "
				"give %s",
				i, severity_name(said->worst),
				severity_name(check->worst));
	return true;
}

static bool same_run(const struct claims *said, const struct run_result *run,
		     struct place at, struct errs *es)
{
	bool ok = same_counts(&said->counts, &run->counts, at, es);

	if (said->verdict != run->verdict)
		ok = errs_add(
			es, ERR_INPUT, at,
			"\"verdict\" says %s, but the checks and loads give "
			"%s",
			run_verdict_name(said->verdict),
			run_verdict_name(run->verdict));
	if (said->exit_code != run->exit_code)
		ok = errs_add(es, ERR_INPUT, at,
			      "\"exit_code\" says %lld, but the verdict gives "
			      "%lld",
			      (long long)said->exit_code,
			      (long long)run->exit_code);
	return ok;
}

/* A gate is judged again from its cells: what the file says of itself is
 * replaced, but it must have said the same. */
static bool judge_gate(struct gate_result *gate, struct arena *a,
		       struct place at, struct errs *es)
{
	const struct gate_result said = *gate;
	bool ok = true;

	if (!gate_judge_at(gate, a, at, es))
		return false;
	if (said.verdict != gate->verdict)
		ok = errs_add(es, ERR_INPUT, at,
			      "\"gate.verdict\" says %s, but its cells give %s",
			      gate_verdict_name(said.verdict),
			      gate_verdict_name(gate->verdict));
	if (said.n_metrics != gate->n_metrics)
		return errs_add(es, ERR_INPUT, at,
				"\"gate.metrics\" has %zu elements, but its "
				"settings and groups give %zu",
				said.n_metrics, gate->n_metrics);
	for (size_t i = 0; i < said.n_metrics; i++)
		if (said.metrics[i].verdict != gate->metrics[i].verdict)
			ok = errs_add(
				es, ERR_INPUT, at,
				"\"gate.metrics[%zu].verdict\" says %s, but "
				"the cells give %s",
				i, gate_verdict_name(said.metrics[i].verdict),
				gate_verdict_name(gate->metrics[i].verdict));
	return ok;
}

/* Judges again, and holds the file to it. */
static bool judge_again(struct run_result *run, struct arena *a,
			struct place at, struct errs *es)
{
	const struct claims said = { run->verdict, run->exit_code,
				     run->counts };
	struct check_claim *check =
		arena_alloc(a, run->n_checks, sizeof *check);
	bool ok = true;

	if (check == NULL)
		return errs_nomem(es);
	for (size_t i = 0; i < run->n_checks; i++) {
		const struct check_result *c = &run->checks[i];

		check[i] = (struct check_claim){ c->verdict, c->outcome,
						 c->worst };
	}
	if (run->gate && !judge_gate(run->gate, a, at, es))
		return false;
	result_judge(run);
	for (size_t i = 0; i < run->n_loads; i++)
		ok &= load_books(&run->loads[i], i, at, es);
	for (size_t i = 0; i < run->n_checks; i++)
		ok &= same_check(&check[i], &run->checks[i], i, at, es);
	return same_run(&said, run, at, es) && ok;
}

struct run_result *result_read(struct arena *a, const struct source *src,
			       struct errs *es)
{
	static const struct json_limits limits = { RESULT_FILE_MAX,
						   RESULT_NODES_MAX,
						   RESULT_DEPTH_MAX };
	struct json_index places = { 0 };
	struct run_result *run = NULL;
	cJSON *root;

	if (src->len == 0) {
		errs_add(es, ERR_INPUT, NOWHERE,
			 "\"%s\" is empty: it is no result", src->name);
		return NULL;
	}
	root = json_parse(src, JSON_OWN, &limits, &places, es);
	if (root == NULL || !right_format(root, &places, es))
		goto out;
	run = arena_alloc(a, 1, sizeof *run);
	if (run == NULL) {
		errs_nomem(es);
		goto out;
	}
	if (!shape_read(&run_shape, root, &places, a, run, es) ||
	    !judge_again(run, a, json_place(&places, root), es))
		run = NULL;
out:
	json_index_release(&places);
	cJSON_Delete(root);
	return run;
}

bool result_read_file(const char *path, struct arena *a,
		      struct run_result **run, struct errs *es)
{
	struct source *src;

	*run = NULL;
	if (!doc_read_source(a, path, RESULT_FILE_MAX, &src, es))
		return false;
	*run = result_read(a, src, es);
	return *run != NULL;
}
