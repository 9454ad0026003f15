/* SPDX-License-Identifier: MIT */
#include "report/commands/alerts/cmd_ack.h"

#include <stdlib.h>
#include <string.h>

#include "report/alerts/round.h"
#include "report/commands/alerts/who.h"
#include "report/commands/state/remembered.h"
#include "report/out.h"
#include "report/result/stamp.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"

enum { EXIT_OF_MACHINE = 4 };

struct settings {
	struct remembered_options in;
	const char *author;
};

static const struct option_spec specs[] = {
	{ "author", 0, OPTION_TEXT, OPTION_AT(struct settings, author),
	  .arg = "NAME",
	  .help = "who; by default who is logged in, or who started the "
		  "workflow" },
	REMEMBERED_OPTIONS(struct settings, in),
	{ 0 },
};

struct job {
	struct settings set;
	struct args operands;
	struct remembered r;
	struct target_globs globs;
	size_t n;
	struct alert_standing *taken; /* in the arena */
};

static bool is_on(const struct alert_standing *s)
{
	return s->phase == ALERT_FIRING || s->phase == ALERT_FLAPPING;
}

static bool take_on(struct job *t, const struct alert_standing *all, size_t n)
{
	t->taken = arena_alloc(t->r.arena, n, sizeof(*t->taken));
	if (!t->taken)
		return errs_nomem(&t->r.problems);
	for (size_t i = 0; i < n; i++) {
		const struct alert_standing *s = &all[i];

		if (!is_on(s) ||
		    !target_globs_fit(&t->globs, s->rule, s->check))
			continue;
		if (!alerts_acknowledge(t->r.state, t->r.scenario, s->rule,
					s->check, who_asks(t->set.author),
					t->r.now_at_ns, &t->r.problems))
			return false;
		t->taken[t->n++] = *s;
	}
	return t->n > 0 ||
	       errs_add(&t->r.problems, ERR_INPUT, NOWHERE,
			"nothing of \"%s\" fires: there is nothing to "
			"acknowledge",
			t->operands.item[0]);
}

static void say_text(const void *self, struct buf *out)
{
	const struct job *t = self;
	const char *who = who_asks(t->set.author);

	for (size_t i = 0; i < t->n; i++) {
		const struct alert_standing *s = &t->taken[i];

		text_printable(out, s->rule, strlen(s->rule));
		if (*s->check)
			buf_putc(out, '/');
		text_printable(out, s->check, strlen(s->check));
		buf_printf(out, "  %s since ",
			   severity_name((enum severity)s->severity));
		stamp_print_ns(out, s->since_at_ns, 0);
		buf_puts(out, ", taken on by ");
		text_printable(out, who, strlen(who));
		buf_putc(out, '\n');
	}
	buf_puts(out, "nobody is reminded, and nothing escalates, until it is "
		      "well again; channels that show who works on it hear of "
		      "it with the next run\n");
}

static void say_json(const void *self, struct buf *out)
{
	const struct job *t = self;

	buf_putc(out, '[');
	for (size_t i = 0; i < t->n; i++) {
		const struct alert_standing *s = &t->taken[i];

		buf_printf(out, "%s{\"rule\":", i ? ",\n" : "");
		json_escape_str(out, s->rule);
		buf_puts(out, ",\"check\":");
		json_escape_str(out, s->check);
		buf_printf(out, ",\"severity\":\"%s\",\"since\":\"",
			   severity_name((enum severity)s->severity));
		stamp_print_ns(out, s->since_at_ns, 0);
		buf_puts(out, "\",\"author\":");
		json_escape_str(out, who_asks(t->set.author));
		buf_putc(out, '}');
	}
	buf_puts(out, "]\n");
}

static bool ack(struct job *t, int argc, char **argv)
{
	const struct alert_standing *all = NULL;
	struct errs *es = &t->r.problems;
	size_t n = 0, n_about = 0;
	struct out to;

	if (!options_parse(specs, &t->set, argc, argv, &t->operands, es))
		return false;
	if (t->operands.n != 1)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"say what to take on: RULE or RULE/CHECK, got "
				"%zu names",
				t->operands.n);
	out_init(&to, stdout, NULL, OUT_NEVER);
	return remembered_open(&t->r, &t->set.in, REMEMBERED_TO_CHANGE, true) &&
	       target_globs_read(t->operands.item[0], t->r.arena, &t->globs,
				 es) &&
	       target_globs_count(&t->globs, t->r.scenario, &n_about, es) &&
	       alerts_standing(t->r.state, t->r.scenario, t->r.now_at_ns,
			       t->r.arena, &all, &n, es) &&
	       take_on(t, all, n) &&
	       remembered_tell(&t->r, &to, say_text, say_json, t);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	(void)ack(t, argc, argv);
	int code = remembered_close(&t->r);
	args_release(&t->operands);
	options_release(specs, &t->set);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay ack down/home --state state.db --scenario shop.yaml",
	"assay ack '*' --author ana --state state.db --scenario shop.yaml",
	NULL,
};

const struct command cmd_ack = {
	.name = "ack",
	.operands = "RULE[/CHECK]",
	.summary = "take on what fires: no reminder and no escalation",
	.options = specs,
	.details = "RULE and CHECK may be patterns with *, ? and [...]; what "
		   "of them fires is taken on, until it is well again. Who "
		   "did it is in assay report audit, on the status page and "
		   "in further notices.",
	.examples = examples,
	.run = run,
};
