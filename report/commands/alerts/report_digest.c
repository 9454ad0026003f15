/* SPDX-License-Identifier: MIT */
#include "report/commands/alerts/report_digest.h"

#include <stdlib.h>
#include <string.h>

#include "report/alerts/round.h"
#include "report/commands/state/remembered.h"
#include "report/notice/notice.h"
#include "report/out.h"
#include "report/result/stamp.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

enum { EXIT_OF_MACHINE = 4 };

#define DIGEST_NS UNIT_NS_PER_DAY /* when nothing says how long */

struct settings {
	struct remembered_options in;
	uint64_t since_ns;
};

static const struct option_spec specs[] = {
	{ "since", 0, OPTION_DURATION, OPTION_AT(struct settings, since_ns),
	  .arg = "TIME", .min = UNIT_NS_PER_MIN, .max = STATE_DAY_NS,
	  .help = "how far to look back; when not given, what the scenario's "
		  "digest says, or 24h" },
	REMEMBERED_OPTIONS(struct settings, in),
	{ 0 },
};

struct job {
	struct settings set;
	struct remembered r;
	struct notice digest;
};

static void word(struct buf *out, const char *text)
{
	text_printable(out, text, strlen(text));
}

static void say_line(const struct notice_line *line, struct buf *out)
{
	stamp_print_ns(out, line->at_ns, 0);
	buf_printf(out, "  %-8s  %s: ", severity_name(line->severity),
		   notice_kind_name(line->kind));
	word(out, line->title);
	if (line->lasted_ns) {
		buf_puts(out, " after ");
		unit_human_duration(out, line->lasted_ns);
	}
	if (line->message && line->message[0]) {
		buf_puts(out, ": ");
		word(out, line->message);
	}
	buf_putc(out, '\n');
}

static void say_text(const void *self, struct buf *out)
{
	const struct notice *n = &((const struct job *)self)->digest;

	word(out, n->title);
	buf_putc(out, '\n');
	word(out, n->message);
	buf_putc(out, '\n');
	for (size_t i = 0; i < n->n_lines; i++)
		say_line(&n->lines[i], out);
}

static void say_json(const void *self, struct buf *out)
{
	notice_write(&((const struct job *)self)->digest, out);
	buf_putc(out, '\n');
}

static bool digest(struct job *t, int argc, char **argv)
{
	struct errs *es = &t->r.problems;
	struct out to;

	if (!options_parse(specs, &t->set, argc, argv, NULL, es) ||
	    !remembered_open(&t->r, &t->set.in, REMEMBERED_TO_READ, true))
		return false;
	const struct alerts *alerts = t->r.scenario->alerts;
	if (!alerts)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"scenario \"%s\" has no alerts",
				t->r.scenario->name);
	uint64_t since = t->set.since_ns;
	if (!since)
		since = alerts->digest.is_set ? alerts->digest.window_ns
					      : DIGEST_NS;
	out_init(&to, stdout, NULL, OUT_NEVER);
	return alerts_digest(t->r.state, t->r.scenario,
			     remembered_since(&t->r, since), t->r.now_at_ns,
			     t->r.arena, &t->digest, es) &&
	       remembered_tell(&t->r, &to, say_text, say_json, t);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	(void)digest(t, argc, argv);
	int code = remembered_close(&t->r);
	options_release(specs, &t->set);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report digest --state state.db --scenario shop.yaml",
	NULL,
};

const struct command cmd_report_digest = {
	.name = "report digest",
	.operands = "",
	.summary = "all warnings and errors of the last day",
	.options = specs,
	.details = "What a channel with digest: true is sent once a day, as it "
		   "would be now. Nothing is sent, and the daily one still "
		   "comes.",
	.examples = examples,
	.run = run,
};
