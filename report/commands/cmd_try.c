/* SPDX-License-Identifier: MIT */
#include "report/commands/cmd_try.h"

#include <stdio.h>
#include <string.h>

#include "report/out.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/doc/doc.h"
#include "scenarios/base/err.h"
#include "scenarios/json/json.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/base/options.h"

enum {
	TRY_BODY_MAX = 64 << 20, /* bytes of a body */
	TRY_OUT_MAX = 128 << 20, /* bytes of the matches */
	TRY_ARENA_MAX = 256 << 20,
};

struct try_options {
	bool paths;
};

static const struct option_spec options[] = {
	{ "paths", 'p', OPTION_FLAG, OPTION_AT(struct try_options, paths),
	  .help = "print the normalized paths of the matches instead" },
	{ 0 },
};

struct trial {
	struct arena *arena;
	struct source expression;
	const struct jsonpath *path;
	struct source *body;
	cJSON *root;
	struct nodelist nodes;
	struct buf text;
	struct errs problems;
};

static bool print_match(struct trial *t, size_t i, bool paths)
{
	struct buf normal;

	if (!paths)
		return json_print(t->nodes.item[i], &t->text);
	buf_init(&normal, TRY_OUT_MAX);
	bool ok = jsonpath_normalized(t->root, t->nodes.item[i], &normal) &&
		  json_escape(&t->text, buf_text(&normal), normal.len);
	buf_release(&normal);
	return ok;
}

/* All matches as one JSON array. */
static bool print_matches(struct trial *t, bool paths)
{
	buf_putc(&t->text, '[');
	for (size_t i = 0; i < t->nodes.n; i++) {
		if (i)
			buf_putc(&t->text, ',');
		if (!print_match(t, i, paths))
			return errs_add(&t->problems, ERR_INPUT, NOWHERE,
					"the matches are over %d bytes",
					TRY_OUT_MAX);
	}
	buf_puts(&t->text, "]\n");
	return buf_ok(&t->text) || errs_nomem(&t->problems);
}

static bool try_path(struct trial *t, const char *expression, const char *file,
		     bool paths)
{
	const struct json_limits limits = { .max_bytes = TRY_BODY_MAX };
	struct errs why = { 0 };

	t->expression =
		(struct source){ "expression", expression, strlen(expression) };
	t->path = jsonpath_compile(t->arena, expression, strlen(expression),
				   place_at(&t->expression, 0), &t->problems);
	if (!t->path)
		return false;
	if (!doc_read_source(t->arena, file, TRY_BODY_MAX, &t->body,
			     &t->problems))
		return false;
	t->root = json_parse(t->body, JSON_FOREIGN, &limits, NULL, &why);
	if (!t->root)
		return errs_add(&t->problems, why.item[0].kind, why.item[0].at,
				"not JSON: %s", why.item[0].text);
	enum jsonpath_status status =
		jsonpath_eval(t->path, t->root, &t->nodes);
	if (status == JSONPATH_NO_MEMORY)
		return errs_nomem(&t->problems);
	if (status != JSONPATH_OK)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE, "%s",
				jsonpath_status_text(status));
	return print_matches(t, paths);
}

static int run(int argc, char **argv)
{
	struct try_options given = { 0 };
	struct args operands = { 0 };
	struct trial t = { 0 };
	struct out out, err;

	nodelist_init(&t.nodes);
	buf_init(&t.text, TRY_OUT_MAX);
	t.arena = arena_new(TRY_ARENA_MAX);
	if (!t.arena)
		errs_nomem(&t.problems);
	options_parse(options, &given, argc, argv, &operands, &t.problems);
	if (!t.problems.n && (operands.n < 1 || operands.n > 2))
		errs_add(&t.problems, ERR_INPUT, NOWHERE,
			 "try needs an expression and a file (- or nothing is "
			 "standard input)");
	out_init(&out, stdout, NULL, OUT_NEVER);
	out_init(&err, stderr, NULL, OUT_AUTO);
	if (!t.problems.n &&
	    try_path(&t, operands.item[0],
		     operands.n > 1 ? operands.item[1] : "-", given.paths))
		out_raw(&out, buf_text(&t.text), t.text.len);
	bool lost = out_lost(&out, &t.problems);
	out_problems(&err, &t.problems, "");
	int code = errs_exit_code(&t.problems);
	if (out_failed(&err) || lost)
		code = 4;
	buf_release(&t.text);
	nodelist_release(&t.nodes);
	cJSON_Delete(t.root);
	arena_free(t.arena);
	args_release(&operands);
	return code;
}

static const char *const examples[] = {
	"assay try '$.services[?@.status != \"ok\"]' body.json",
	"curl -s localhost:8000/health | assay try --paths '$..status'",
	NULL,
};

const struct command cmd_try = {
	.name = "try",
	.operands = "JSONPATH [FILE]",
	.summary = "try a JSONPath before it goes into a scenario",
	.options = options,
	.examples = examples,
	.run = run,
};
