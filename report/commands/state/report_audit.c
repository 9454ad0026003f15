/* SPDX-License-Identifier: MIT */
#include "report/commands/state/report_audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/commands/state/remembered.h"
#include "report/out.h"
#include "report/result/stamp.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"

enum { EXIT_OF_MACHINE = 4 };

#define AUDIT_ARENA_MAX ((size_t)256 << 20)

struct audit_options {
	const char *state;
	uint64_t since_ns;
	const char *json;
};

static const struct option_spec specs[] = {
	{ "state", 's', OPTION_TEXT, OPTION_AT(struct audit_options, state),
	  .arg = "FILE",
	  .help = "the state file that runs were given; " STATE_VARIABLE
		  " of the environment when not given" },
	{ "since", 0, OPTION_DURATION,
	  OPTION_AT(struct audit_options, since_ns), .arg = "TIME",
	  .preset = "7d", .help = "how far to look back" },
	{ "json", 0, OPTION_TEXT, OPTION_AT(struct audit_options, json),
	  .arg = "FILE",
	  .help = "write the records as JSON (- is standard "
		  "output, instead of the text)" },
	{ 0 },
};

struct job {
	struct audit_options set;
	struct arena *arena;
	const struct audit_record *records;
	size_t n;
	struct errs problems;
};

static bool read_records(struct job *t)
{
	uint64_t now_at_ns = stamp_now_ns();
	struct state *st;
	bool ok;

	t->set.state = state_named(t->set.state);
	if (!t->set.state)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"say which file to look at: --state FILE");
	t->arena = arena_new(AUDIT_ARENA_MAX);
	if (!t->arena)
		return errs_nomem(&t->problems);
	st = state_open_readonly(t->set.state, &t->problems);
	ok = st && state_audits(st,
				now_at_ns > t->set.since_ns
					? now_at_ns - t->set.since_ns
					: 0,
				t->arena, &t->records, &t->n, &t->problems);
	state_close(st);
	return ok;
}

static void say_word(struct buf *out, const char *word)
{
	text_printable(out, word, strlen(word));
}

static void say_text(const void *self, struct buf *out)
{
	const struct job *t = self;

	for (size_t i = 0; i < t->n; i++) {
		const struct audit_record *r = &t->records[i];

		stamp_print_ns(out, r->at_ns, 0);
		buf_puts(out, "  ");
		say_word(out, *r->user ? r->user : "?");
		buf_puts(out, "  ");
		say_word(out, r->action);
		buf_puts(out, "  ");
		say_word(out, r->resource);
		buf_puts(out, r->success ? "  done" : "  failed");
		if (*r->details) {
			buf_puts(out, ": ");
			say_word(out, r->details);
		}
		buf_putc(out, '\n');
	}
	if (!t->n) {
		buf_puts(out, "nothing was changed in the last ");
		unit_print_duration(out, t->set.since_ns);
		buf_putc(out, '\n');
	}
}

static void say_member(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ",\"%s\":", name);
	json_escape_str(out, text);
}

static void say_json(const void *self, struct buf *out)
{
	const struct job *t = self;

	buf_putc(out, '[');
	for (size_t i = 0; i < t->n; i++) {
		const struct audit_record *r = &t->records[i];

		buf_printf(out, "%s{\"timestamp\":\"", i ? ",\n" : "");
		stamp_print_ns(out, r->at_ns, 3);
		buf_putc(out, '"');
		say_member(out, "user", r->user);
		say_member(out, "action", r->action);
		say_member(out, "resource", r->resource);
		say_member(out, "details", r->details);
		buf_printf(out, ",\"success\":%s}",
			   r->success ? "true" : "false");
	}
	buf_puts(out, "]\n");
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
	    read_records(t) && tell(t, &to))
		(void)out_lost(&to, &t->problems);
	out_problems(&say, &t->problems, "");
	(void)out_failed(&say);
	code = errs_exit_code(&t->problems);
	arena_free(t->arena);
	options_release(specs, &t->set);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report audit --state state.db --since 30d",
	NULL,
};

const struct command cmd_report_audit = {
	.name = "report audit",
	.operands = "",
	.summary = "who changed what: silences, acknowledgements, reloads",
	.options = specs,
	.details = "Lists what assay was told to change, from a state file: "
		   "when, by whom, what, and whether it was done.",
	.examples = examples,
	.run = run,
};
