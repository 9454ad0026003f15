/* SPDX-License-Identifier: MIT */
#include "report/commands/state/report_verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/commands/state/remembered.h"
#include "report/out.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/text.h"
#include "scenarios/json/json.h"

enum {
	EXIT_CHANGED = 1,
	EXIT_OF_MACHINE = 4,
	HEAD_DIGITS = 64,
	HEADS_MAX = 100,
};

#define VERIFY_ARENA_MAX ((size_t)64 << 20)

struct verify_options {
	const char *state;
	struct args heads;
	const char *json;
};

static const struct option_spec specs[] = {
	{ "state", 's', OPTION_TEXT, OPTION_AT(struct verify_options, state),
	  .arg = "FILE",
	  .help = "the state file that runs were given; " STATE_VARIABLE
		  " of the environment when not given" },
	{ "head", 0, OPTION_LIST, OPTION_AT(struct verify_options, heads),
	  .arg = "HASH",
	  .help = "a head that was noted before: it must be found again" },
	{ "json", 0, OPTION_TEXT, OPTION_AT(struct verify_options, json),
	  .arg = "FILE",
	  .help = "write it as JSON (- is standard output, instead of the "
		  "text)" },
	{ 0 },
};

struct job {
	struct verify_options set;
	struct arena *arena;
	const struct state_chain *chains;
	size_t n;
	bool is_found[HEADS_MAX];
	bool is_well;
	struct errs problems;
};

static bool check_usage(struct job *t)
{
	t->set.state = state_named(t->set.state);
	if (!t->set.state)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"say which file to look at: --state FILE");
	if (t->set.heads.n > HEADS_MAX)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"at most %d heads, got %zu", HEADS_MAX,
				t->set.heads.n);
	for (size_t i = 0; i < t->set.heads.n; i++) {
		const char *head = t->set.heads.item[i];

		if (strlen(head) != HEAD_DIGITS ||
		    strspn(head, "0123456789abcdefABCDEF") != HEAD_DIGITS)
			return errs_add(&t->problems, ERR_INPUT, NOWHERE,
					"\"%s\" is no head: it has %d "
					"hexadecimal digits",
					head, HEAD_DIGITS);
	}
	return true;
}

static bool verify(struct job *t)
{
	struct state *st;
	bool ok;

	t->arena = arena_new(VERIFY_ARENA_MAX);
	if (!t->arena)
		return errs_nomem(&t->problems);
	st = state_open_readonly(t->set.state, &t->problems);
	ok = st && state_chains(st, (const char *const *)t->set.heads.item,
				t->set.heads.n, t->is_found, t->arena,
				&t->chains, &t->n, &t->problems);
	state_close(st);
	t->is_well = ok;
	for (size_t i = 0; ok && i < t->n; i++)
		t->is_well = t->is_well && !t->chains[i].flaw;
	for (size_t i = 0; ok && i < t->set.heads.n; i++)
		t->is_well = t->is_well && t->is_found[i];
	return ok;
}

static void say_name(const struct state_chain *c, struct buf *out)
{
	buf_puts(out, c->scenario ? "alerts of " : "audit records");
	if (c->scenario)
		text_printable(out, c->scenario, strlen(c->scenario));
}

static void say_text(const void *self, struct buf *out)
{
	const struct job *t = self;

	for (size_t i = 0; i < t->n; i++) {
		const struct state_chain *c = &t->chains[i];

		say_name(c, out);
		if (c->flaw) {
			buf_printf(out, ": CHANGED: %s\n", c->flaw);
			continue;
		}
		buf_printf(out, ": %" PRIu64 " row%s", c->n,
			   c->n == 1 ? " fits" : "s fit");
		if (c->n_removed)
			buf_printf(out, ", %" PRIu64 " %s removed by age",
				   c->n_removed,
				   c->n_removed == 1 ? "was" : "were");
		buf_printf(out, ", head %s\n", c->head);
	}
	for (size_t i = 0; i < t->set.heads.n; i++)
		buf_printf(out, "head %s: %s\n", t->set.heads.item[i],
			   t->is_found[i] ? "found again"
					  : "NOT FOUND: the past was written "
					    "anew, or that row was removed by "
					    "age");
}

static void say_json(const void *self, struct buf *out)
{
	const struct job *t = self;

	buf_puts(out, "{\"file\":");
	json_escape_str(out, t->set.state);
	buf_printf(out, ",\"ok\":%s,\n\"chains\":[",
		   t->is_well ? "true" : "false");
	for (size_t i = 0; i < t->n; i++) {
		const struct state_chain *c = &t->chains[i];

		buf_printf(out, "%s{\"of\":\"%s\"", i ? ",\n" : "",
			   c->scenario ? "alerts" : "audit");
		if (c->scenario) {
			buf_puts(out, ",\"scenario\":");
			json_escape_str(out, c->scenario);
		}
		buf_printf(out,
			   ",\"rows\":%" PRIu64 ",\"removed\":%" PRIu64
			   ",\"head\":\"%s\",\"flaw\":",
			   c->n, c->n_removed, c->head);
		if (c->flaw)
			json_escape_str(out, c->flaw);
		else
			buf_puts(out, "null");
		buf_putc(out, '}');
	}
	buf_puts(out, "],\n\"heads\":[");
	for (size_t i = 0; i < t->set.heads.n; i++)
		buf_printf(out, "%s{\"head\":\"%s\",\"found\":%s}",
			   i ? "," : "", t->set.heads.item[i],
			   t->is_found[i] ? "true" : "false");
	buf_puts(out, "]}\n");
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
	    check_usage(t) && verify(t) && tell(t, &to))
		(void)out_lost(&to, &t->problems);
	out_problems(&say, &t->problems, "");
	(void)out_failed(&say);
	code = errs_exit_code(&t->problems);
	if (!code && !t->is_well)
		code = EXIT_CHANGED;
	arena_free(t->arena);
	options_release(specs, &t->set);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report verify --state state.db",
	"assay report verify --state state.db --head 5f1c...e0",
	NULL,
};

const struct command cmd_report_verify = {
	.name = "report verify",
	.operands = "",
	.summary = "whether the log of alerts and the audit are as written",
	.options = specs,
	.details =
		"Each entry of the log of alerts and each audit record carries "
		"the SHA-256 of itself and the one before it. The exit code is "
		"1 when a row was changed, removed or put in, and the first is "
		"named. Whoever can write the file could also make the whole "
		"chain anew: note the heads that this prints in another place "
		"(the daily digest has that of its scenario), and give them "
		"with --head later. What was removed by age leaves its last "
		"hash, on which the rest is verified.",
	.examples = examples,
	.run = run,
};
