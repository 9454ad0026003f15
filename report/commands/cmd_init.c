/* SPDX-License-Identifier: MIT */
#include "report/commands/cmd_init.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report/file.h"
#include "report/out.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"

enum { INIT_MAX = 64 << 10 };

/* scenarios/examples/first.yaml, line by line */
static const char *const first_scenario[] = {
#include "scenarios/init_text.h"
	NULL,
};

struct init_options {
	bool force;
};

static const struct option_spec options[] = {
	{ "force", 'f', OPTION_FLAG, OPTION_AT(struct init_options, force),
	  .help = "replace the file when it is there already" },
	{ 0 },
};

static bool write_first(const char *path, bool force, struct errs *es)
{
	struct buf text;
	bool ok;

	if (strcmp(path, "-") && !force && access(path, F_OK) == 0)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"%s\" is there already; --force replaces it",
				path);
	buf_init(&text, INIT_MAX);
	for (const char *const *line = first_scenario; *line; line++)
		buf_puts(&text, *line);
	ok = buf_ok(&text) || errs_nomem(es);
	ok = ok && file_write(path, buf_text(&text), text.len, FILE_MODE, es);
	buf_release(&text);
	return ok;
}

static int run(int argc, char **argv)
{
	struct init_options given = { 0 };
	struct args operands = { 0 };
	struct errs problems = { 0 };
	struct out err;

	options_parse(options, &given, argc, argv, &operands, &problems);
	if (!problems.n && operands.n > 1)
		errs_add(&problems, ERR_INPUT, NOWHERE,
			 "init writes one file, got %zu names", operands.n);
	const char *path = operands.n ? operands.item[0] : "assay.yaml";
	out_init(&err, stderr, NULL, OUT_AUTO);
	if (!problems.n && write_first(path, given.force, &problems) &&
	    strcmp(path, "-"))
		out_printf(&err,
			   "wrote %s; now: assay lint %s && assay probe %s\n",
			   path, path, path);
	out_problems(&err, &problems, "");
	out_failed(&err);
	args_release(&operands);
	return errs_exit_code(&problems);
}

static const char *const examples[] = {
	"assay init",
	"assay init checks/api.yaml",
	NULL,
};

const struct command cmd_init = {
	.name = "init",
	.operands = "[FILE]",
	.summary = "write a commented first scenario",
	.options = options,
	.examples = examples,
	.run = run,
};
