/* SPDX-License-Identifier: MIT */
#include "report/commands/help.h"

#include <stdio.h>
#include <string.h>

#include "report/out.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/text.h"

#ifndef ASSAY_VERSION
#define ASSAY_VERSION "0"
#endif

#define MAN_DATE "2026-11-20" /* of the last change to what it says */

enum { HELP_MAX = 256 << 10 };

static const char purpose[] =
	"watches a service from outside, puts load on it, and says honestly "
	"whether it got worse";

static const struct {
	int code;
	const char *meaning;
} exit_codes[] = {
	{ 0, "everything asked was observed and holds" },
	{ 1, "a check failed, a limit was crossed, or it is worse than the "
	     "baseline or the stored run" },
	{ 2, "usage or scenario mistake: nothing was sent" },
	{ 3, "inconclusive: not enough evidence for the verdict asked" },
	{ 4, "invalid: the instrument itself was the bottleneck, or an "
	     "environment fault" },
};
enum { EXIT_CODES_N = sizeof(exit_codes) / sizeof(*exit_codes) };

bool help_is_asked(const char *word)
{
	static const char *const words[] = { "help",	"--help",    "-h",
					     "version", "--version", "-V" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

/* ---- texts ------------------------------------------------------------------ */

void help_overview(const struct command *const *commands, struct buf *out)
{
	buf_printf(out, "assay %s: %s.\n\n", ASSAY_VERSION, purpose);
	buf_puts(out, "usage: assay COMMAND [OPTION...] [OPERAND...]\n\n");
	for (; *commands; commands++)
		buf_printf(out, "  %-9s %s\n", (*commands)->name,
			   (*commands)->summary);
	buf_puts(out, "  help      say more: assay help COMMAND\n"
		      "  version   print the version\n\nexit codes:\n");
	for (size_t i = 0; i < EXIT_CODES_N; i++)
		buf_printf(out, "  %d  %s\n", exit_codes[i].code,
			   exit_codes[i].meaning);
}

void help_command(const struct command *c, struct buf *out)
{
	buf_printf(out, "assay %s: %s\n\nusage: assay %s [OPTION...]%s%s\n\n",
		   c->name, c->summary, c->name, *c->operands ? " " : "",
		   c->operands);
	if (c->details)
		buf_printf(out, "%s\n\n", c->details);
	size_t before = out->len;
	options_help(c->options, out);
	if (c->commands) {
		buf_printf(out, "%scommands:\n", out->len > before ? "\n" : "");
		for (const struct command *const *own = c->commands; *own;
		     own++)
			buf_printf(out, "  %-16s %s\n", (*own)->name,
				   (*own)->summary);
	}
	if (c->examples) {
		buf_printf(out, "%sexamples:\n", out->len > before ? "\n" : "");
		for (const char *const *e = c->examples; *e; e++)
			buf_printf(out, "  %s\n", *e);
	}
}

/* ---- the man page -------------------------------------------------------------- */

/* Text for a roff line: no macro at its start, no escape in it. */
static void roff_text(const char *text, struct buf *out)
{
	bool at_start = true;

	for (; *text; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			buf_puts(out, "\\&");
		if (*text == '\\')
			buf_puts(out, "\\e");
		else if (*text == '-')
			buf_puts(out, "\\-");
		else
			buf_putc(out, *text);
		at_start = *text == '\n';
	}
	buf_putc(out, '\n');
}

static void roff_option(const struct option_spec *o, struct buf *out)
{
	if (!o->name) {
		buf_puts(out, ".PP\n");
		roff_text(o->help, out);
		return;
	}
	buf_puts(out, ".TP\n\\fB");
	if (o->letter)
		buf_printf(out, "\\-%c\\fR, \\fB", o->letter);
	buf_puts(out, "\\-\\-");
	for (const char *c = o->name; *c; c++)
		buf_printf(out, "%s%c", *c == '-' ? "\\" : "", *c);
	buf_printf(out, "\\fR%s\\fI%s\\fR\n", o->arg ? " " : "",
		   o->arg ? o->arg : "");
	roff_text(o->help, out);
	if (o->preset) {
		buf_puts(out, ".br\nDefault: ");
		roff_text(o->preset, out);
	}
}

static void roff_command(const struct command *c, struct buf *out)
{
	buf_printf(out, ".SS assay %s", c->name);
	if (*c->operands)
		buf_printf(out, " \\fI%s\\fR", c->operands);
	buf_putc(out, '\n');
	roff_text(c->summary, out);
	if (c->details) {
		buf_puts(out, ".PP\n");
		roff_text(c->details, out);
	}
	for (const struct option_spec *o = c->options; o->name || o->help; o++)
		roff_option(o, out);
	if (c->examples) {
		buf_puts(out, ".PP\n.EX\n");
		for (const char *const *e = c->examples; *e; e++)
			roff_text(*e, out);
		buf_puts(out, ".EE\n");
	}
	for (const struct command *const *own = c->commands; own && *own; own++)
		roff_command(*own, out);
}

void help_man(const struct command *const *commands, struct buf *out)
{
	buf_printf(out,
		   ".TH ASSAY 1 " MAN_DATE " \"assay %s\" \"User Commands\"\n"
		   ".SH NAME\nassay \\- %s\n.SH SYNOPSIS\n.B assay\n"
		   ".I COMMAND\n[\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]\n"
		   ".SH COMMANDS\n",
		   ASSAY_VERSION, purpose);
	for (; *commands; commands++)
		roff_command(*commands, out);
	buf_puts(out, ".SH EXIT STATUS\n");
	for (size_t i = 0; i < EXIT_CODES_N; i++) {
		buf_printf(out, ".TP\n.B %d\n", exit_codes[i].code);
		roff_text(exit_codes[i].meaning, out);
	}
	buf_puts(out, ".SH ENVIRONMENT\n.TP\n.B LOG_LEVEL\nthe lowest level "
		      "of the log: debug, info, warning, error, critical\n"
		      ".TP\n.B ENVIRONMENT\nname of the environment in log "
		      "lines, when \\-\\-env is not given\n.TP\n.B NO_COLOR\n"
		      "no colour when set\n.TP\n.B GITHUB_ACTIONS\nwhen true, "
		      "results also go to GITHUB_STEP_SUMMARY and "
		      "GITHUB_OUTPUT, and failures become annotations\n");
}

/* ---- answering ------------------------------------------------------------------- */

static int print(const struct buf *text)
{
	struct errs problems = { 0 };
	struct out o, err;

	out_init(&o, stdout, NULL, OUT_NEVER);
	out_init(&err, stderr, NULL, OUT_NEVER);
	out_raw(&o, buf_text(text), text->len);
	int code = out_lost(&o, &problems) ? 4 : 0;
	out_problems(&err, &problems, "");
	(void)out_failed(&err);
	return code;
}

int help_unknown(const struct command *const *commands, const char *word)
{
	struct text_nearest near;
	struct out o;

	text_nearest_init(&near, word, strlen(word));
	for (; *commands; commands++)
		text_nearest_add(&near, (*commands)->name);
	out_init(&o, stderr, NULL, OUT_NEVER);
	out_printf(&o, "assay: \"%s\" is no command%s%s%s; see assay help\n",
		   word, near.best ? "; did you mean \"" : "",
		   near.best ? near.best : "", near.best ? "\"?" : "");
	out_failed(&o);
	return 2;
}

/* The one whose name ends in that word; NULL when there is none. */
static const struct command *find(const struct command *const *commands,
				  const char *word)
{
	for (; commands && word && *commands; commands++) {
		const char *space = strrchr((*commands)->name, ' ');

		if (!strcmp(space ? space + 1 : (*commands)->name, word))
			return *commands;
	}
	return NULL;
}

/* own: the word behind the topic, or NULL. */
static int help_topic(const struct command *const *commands, const char *topic,
		      const char *own, struct buf *text)
{
	const struct command *c = find(commands, topic);

	if (!strcmp(topic, "--man")) {
		help_man(commands, text);
		return print(text);
	}
	if (!c)
		return help_unknown(commands, topic);
	if (c->commands && own) {
		c = find(c->commands, own);
		if (!c)
			return help_unknown(find(commands, topic)->commands,
					    own);
	}
	help_command(c, text);
	return print(text);
}

int help_main(const struct command *const *commands, int argc, char **argv)
{
	struct buf text;
	struct out o;
	int code;

	buf_init(&text, HELP_MAX);
	if (argc < 2) {
		help_overview(commands, &text);
		out_init(&o, stderr, NULL, OUT_NEVER);
		out_raw(&o, buf_text(&text), text.len);
		out_failed(&o);
		code = 2;
	} else if (strstr(argv[1], "ersion") || !strcmp(argv[1], "-V")) {
		buf_printf(&text, "assay %s\n", ASSAY_VERSION);
		code = print(&text);
	} else if (argc > 2) {
		code = help_topic(commands, argv[2], argc > 3 ? argv[3] : NULL,
				  &text);
	} else {
		help_overview(commands, &text);
		code = print(&text);
	}
	buf_release(&text);
	return code;
}

int help_run(const struct command *c, int argc, char **argv)
{
	const struct command *own =
		argc > 1 ? find(c->commands, argv[1]) : NULL;

	if (own)
		return help_run(own, argc - 1, argv + 1);
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (strcmp(argv[i], "--help") && strcmp(argv[i], "-h"))
			continue;
		struct buf text;
		buf_init(&text, HELP_MAX);
		help_command(c, &text);
		int code = print(&text);
		buf_release(&text);
		return code;
	}
	return c->run(argc, argv);
}
