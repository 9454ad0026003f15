/* SPDX-License-Identifier: MIT */
#include "report/commands/state/report_clean.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/commands/state/remembered.h"
#include "report/out.h"
#include "report/result/stamp.h"
#include "report/state/state.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"

enum {
	EXIT_OVER = 1,
	EXIT_OF_MACHINE = 4,
};

struct clean_options {
	const char *state;
	uint64_t older_than_ns, max_bytes;
	const char *json;
};

static const struct option_spec specs[] = {
	{ "state", 's', OPTION_TEXT, OPTION_AT(struct clean_options, state),
	  .arg = "FILE",
	  .help = "the state file that runs were given; " STATE_VARIABLE
		  " of the environment when not given" },
	{ "older-than", 0, OPTION_DURATION,
	  OPTION_AT(struct clean_options, older_than_ns), .arg = "TIME",
	  .min = UNIT_NS_PER_H,
	  .help = "keep nothing that is older, like 90d; what the scenario "
		  "says may be less" },
	{ "max-size", 0, OPTION_SIZE,
	  OPTION_AT(struct clean_options, max_bytes), .arg = "SIZE", .min = 1,
	  .help = "remove the oldest until the file is at most that large, "
		  "like 50MB; by default what the scenario says" },
	{ "json", 0, OPTION_TEXT, OPTION_AT(struct clean_options, json),
	  .arg = "FILE",
	  .help = "write what was done as JSON (- is standard "
		  "output, instead of the text)" },
	{ 0 },
};

struct job {
	struct clean_options set;
	struct state_cleaned done;
	struct errs problems;
};

static bool clean(struct job *t)
{
	const struct state_keep keep = { .older_than_ns = t->set.older_than_ns,
					 .max_bytes = t->set.max_bytes };
	struct state *st;
	bool ok;

	t->set.state = state_named(t->set.state);
	if (!t->set.state)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"say which file to clean: --state FILE");
	/* one that is not there would be made */
	if (access(t->set.state, F_OK) != 0)
		return errs_add(&t->problems, ERR_SYSTEM, NOWHERE,
				"state file \"%s\" is not there: nothing to "
				"clean",
				t->set.state);
	st = state_open(t->set.state, NULL, &t->problems);
	ok = st &&
	     state_clean(st, &keep, stamp_now_ns(), &t->done, &t->problems);
	state_close(st);
	return ok;
}

static void say_text(const void *self, struct buf *out)
{
	const struct job *t = self;

	buf_printf(out,
		   "%s: %" PRIu64 " minutes rolled up, %" PRIu64
		   " rows removed, ",
		   t->set.state, t->done.rolled, t->done.removed);
	unit_human_size(out, t->done.bytes_before);
	buf_puts(out, " before, ");
	unit_human_size(out, t->done.bytes_after);
	buf_puts(out, " after\n");
	if (!t->done.has_room)
		buf_puts(out, "it is still over its maximum: what is left is "
			      "needed to go on, or waits to be told\n");
}

static void say_json(const void *self, struct buf *out)
{
	const struct job *t = self;

	buf_puts(out, "{\"file\":");
	json_escape_str(out, t->set.state);
	buf_printf(out,
		   ",\"rolled_minutes\":%" PRIu64 ",\"removed_rows\":%" PRIu64
		   ",\"bytes_before\":%" PRIu64 ",\"bytes_after\":%" PRIu64
		   ",\"fits\":%s}\n",
		   t->done.rolled, t->done.removed, t->done.bytes_before,
		   t->done.bytes_after, t->done.has_room ? "true" : "false");
}

static bool tell(struct job *t, struct out *to)
{
	return remembered_write(t->set.json, to, say_text, say_json, t,
				&t->problems);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));
	struct out to, say;
	int code;

	if (!t)
		return EXIT_OF_MACHINE;
	out_init(&to, stdout, NULL, OUT_NEVER);
	out_init(&say, stderr, NULL, OUT_NEVER);
	if (options_parse(specs, &t->set, argc, argv, NULL, &t->problems) &&
	    clean(t) && tell(t, &to))
		(void)out_lost(&to, &t->problems);
	out_problems(&say, &t->problems, "");
	(void)out_failed(&say);
	code = errs_exit_code(&t->problems);
	if (!code && !t->done.has_room)
		code = EXIT_OVER;
	options_release(specs, &t->set);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report clean --state state.db",
	"assay report clean --state state.db --older-than 90d --max-size 50MB",
	NULL,
};

const struct command cmd_report_clean = {
	.name = "report clean",
	.operands = "",
	.summary = "roll up and remove what a state file need not keep",
	.options = specs,
	.details =
		"Observations become minutes, hours and days, and each is "
		"removed when it is older than the scenario says under state: "
		"(2d, 14d, 90d and 730d by default). What alerts look back at "
		"and notices that wait are never removed. The exit code is 1 "
		"when the file is still over its maximum.",
	.examples = examples,
	.run = run,
};
