/* SPDX-License-Identifier: MIT */
#include "probe/tell.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "probe/patience.h"
#include "report/render/github.h"
#include "report/render/outputs.h"
#include "report/result/result.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

enum { EXIT_OF_MACHINE = 4 };

#define TERMINAL_MAX ((size_t)256 << 20) /* bytes */

bool operand_is_url(const char *operand)
{
	return strncasecmp(operand, "http://", 7) == 0 ||
	       strncasecmp(operand, "https://", 8) == 0;
}

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n > k && strcmp(text + n - k, end) == 0;
}

bool operand_is_file(const char *operand)
{
	return strcmp(operand, "-") == 0 || access(operand, F_OK) == 0 ||
	       ends_in(operand, ".yaml") || ends_in(operand, ".yml") ||
	       ends_in(operand, ".json");
}

const char *operand_env(void *self, const char *name)
{
	(void)self;
	return getenv(name);
}

void tell_problems(const struct redactor *r, enum out_colour colour,
		   const struct errs *problems, const struct errs *warnings)
{
	struct out say;

	out_init(&say, stderr, r, colour);
	out_problems(&say, problems, "");
	if (warnings)
		out_problems(&say, warnings, "warning: ");
	(void)out_failed(&say);
}

static void show(const struct telling *how, const struct run_result *run,
		 bool is_lost, struct out *to, struct errs *problems)
{
	const struct render_options opt = {
		.colour = to->colour,
		.utf8 = to->utf8,
		.width = to->width,
		.verbose = how->verbose ? 1 : 0,
		.is_lost = is_lost,
	};
	struct buf text;

	if (how->quiet && run->verdict == RUN_OK)
		return;
	buf_init(&text, TERMINAL_MAX);
	if (!render(RENDER_TERMINAL, run, &opt, &text))
		errs_nomem(problems);
	out_raw(to, buf_text(&text), text.len);
	buf_release(&text);
}

int tell_run(const struct telling *how, const struct run_result *run,
	     struct errs *problems)
{
	bool is_taken = outputs_take_stdout(how->outputs);
	struct github_env *env = calloc(1, sizeof(*env));
	struct out out, err;

	out_init(&out, stdout, how->redactor, how->colour);
	out_init(&err, stderr, how->redactor, how->colour);
	/* files first: who reads the text may keep us waiting */
	bool is_lost = !outputs_write(how->outputs, &run, 1, problems);
	patience_end();
	if (!is_taken)
		show(how, run, is_lost, &out, problems);
	if (env) {
		github_env_init(env);
		github_publish(run, env, is_taken ? &err : &out, problems);
	}
	free(env);
	return out_lost(&out, problems) ? EXIT_OF_MACHINE : (int)run->exit_code;
}
