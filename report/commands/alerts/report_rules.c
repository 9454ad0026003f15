/* SPDX-License-Identifier: MIT */
#include "report/commands/alerts/report_rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/alerts/round.h"
#include "report/commands/state/remembered.h"
#include "report/out.h"
#include "report/result/stamp.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"
#include "scenarios/model.h"

enum { EXIT_OF_MACHINE = 4, OFTEN_MAX = 1000000 };

struct settings {
	struct remembered_options in;
	uint64_t since_ns, often;
};

static const struct option_spec specs[] = {
	{ "since", 0, OPTION_DURATION, OPTION_AT(struct settings, since_ns),
	  .arg = "TIME", .preset = "90d", .min = UNIT_NS_PER_DAY,
	  .max = STATE_DAY_NS, .help = "how far to look back" },
	{ "often", 0, OPTION_COUNT, OPTION_AT(struct settings, often),
	  .arg = "N", .preset = "10", .min = 1, .max = OFTEN_MAX,
	  .help = "more often than N times is too often" },
	REMEMBERED_OPTIONS(struct settings, in),
	{ 0 },
};

struct job {
	struct settings set;
	struct remembered r;
	uint64_t since_at_ns;
	uint64_t observed_at_ns; /* the first day with a run; 0: none */
	size_t n;
	const struct alert_review *rows;
};

/* A rule that never fired says little of a scenario that nobody ran. */
static bool find_observed(struct job *t)
{
	const struct scenario *sc = t->r.scenario;

	for (size_t i = 0; i < sc->n_checks; i++) {
		struct state_bucket *days = NULL;
		size_t n = 0, k = 0;

		if (!state_buckets(t->r.state, sc->name, sc->checks[i].name,
				   BUCKET_DAY, t->since_at_ns, t->r.now_at_ns,
				   t->r.arena, &days, &n, &t->r.problems))
			return false;
		while (k < n && !days[k].n_checks)
			k++;
		if (k < n && (!t->observed_at_ns ||
			      days[k].from_at_ns < t->observed_at_ns))
			t->observed_at_ns = days[k].from_at_ns;
	}
	return true;
}

/* What somebody who goes through the rules should look at. */
static const char *review(const struct job *t, const struct alert_review *row)
{
	if (!row->n_fired)
		return "never";
	if (row->n_fired > t->set.often)
		return "often";
	return row->n_told ? "" : "unheard";
}

static void say_row(const struct job *t, const struct alert_review *row,
		    struct buf *out)
{
	const char *what = review(t, row);

	text_printable(out, row->rule, strlen(row->rule));
	if (!row->n_fired) {
		buf_puts(out, ": never fired\n");
		return;
	}
	buf_printf(out, ": fired %" PRIu64 " time%s, told %" PRIu64,
		   row->n_fired, row->n_fired == 1 ? "" : "s", row->n_told);
	if (row->n_flapped)
		buf_printf(out, ", flapped %" PRIu64, row->n_flapped);
	if (row->firing_ns) {
		buf_puts(out, ", for ");
		unit_human_duration(out, row->firing_ns);
		buf_puts(out, " in all");
	}
	buf_puts(out, ", last ");
	stamp_print_ns(out, row->last_at_ns, 0);
	if (!strcmp(what, "often"))
		buf_printf(out,
			   "; more than %" PRIu64 " time%s: raise it, or "
			   "hold it longer (for, cooldown)",
			   t->set.often, t->set.often == 1 ? "" : "s");
	if (!strcmp(what, "unheard"))
		buf_puts(out, "; nobody was told at once: it was silenced, or "
			      "is no longer needed");
	buf_putc(out, '\n');
}

static void say_text(const void *self, struct buf *out)
{
	const struct job *t = self;

	if (!t->n)
		buf_puts(out, "the scenario has no rules\n");
	for (size_t i = 0; i < t->n; i++)
		say_row(t, &t->rows[i], out);
	buf_puts(out, "since ");
	stamp_print_ns(out, t->since_at_ns, 0);
	if (!t->observed_at_ns) {
		buf_puts(out, "; nothing was observed in that time\n");
		return;
	}
	if (t->observed_at_ns > t->since_at_ns) {
		buf_puts(out, "; observed only since ");
		stamp_print_ns(out, t->observed_at_ns, 0);
	}
	buf_putc(out, '\n');
}

static void moment(struct buf *out, const char *name, uint64_t at_ns)
{
	buf_printf(out, "\"%s\":", name);
	if (!at_ns) {
		buf_puts(out, "null");
		return;
	}
	buf_putc(out, '"');
	stamp_print_ns(out, at_ns, 0);
	buf_putc(out, '"');
}

static void say_json(const void *self, struct buf *out)
{
	const struct job *t = self;

	buf_putc(out, '{');
	moment(out, "since", t->since_at_ns);
	buf_putc(out, ',');
	moment(out, "observed_since", t->observed_at_ns);
	buf_printf(out, ",\"often\":%" PRIu64 ",\"rules\":[", t->set.often);
	for (size_t i = 0; i < t->n; i++) {
		const struct alert_review *row = &t->rows[i];

		buf_printf(out, "%s{\"rule\":", i ? ",\n" : "");
		json_escape_str(out, row->rule);
		buf_printf(out,
			   ",\"fired\":%" PRIu64 ",\"told\":%" PRIu64
			   ",\"flapped\":%" PRIu64 ",\"firing_s\":",
			   row->n_fired, row->n_told, row->n_flapped);
		unit_print_number(out, (double)row->firing_ns /
					       (double)UNIT_NS_PER_S);
		buf_putc(out, ',');
		moment(out, "last", row->last_at_ns);
		buf_printf(out, ",\"review\":\"%s\"}", review(t, row));
	}
	buf_puts(out, "]}\n");
}

static bool rules(struct job *t, int argc, char **argv)
{
	struct errs *es = &t->r.problems;
	struct out to;

	if (!options_parse(specs, &t->set, argc, argv, NULL, es) ||
	    !remembered_open(&t->r, &t->set.in, REMEMBERED_TO_READ, true))
		return false;
	t->since_at_ns = remembered_since(&t->r, t->set.since_ns);
	out_init(&to, stdout, NULL, OUT_NEVER);
	return alerts_review(t->r.state, t->r.scenario, t->since_at_ns,
			     t->r.arena, &t->rows, &t->n, es) &&
	       find_observed(t) &&
	       remembered_tell(&t->r, &to, say_text, say_json, t);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	(void)rules(t, argc, argv);
	int code = remembered_close(&t->r);
	options_release(specs, &t->set);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report rules --state state.db --scenario shop.yaml",
	"assay report rules --state state.db --scenario shop.yaml --since 30d "
	"--often 3",
	NULL,
};

const struct command cmd_report_rules = {
	.name = "report rules",
	.operands = "",
	.summary = "which rules never fired, and which fire too often",
	.options = specs,
	.details = "For the review of thresholds, once in a quarter. A rule "
		   "that never fired guards against what never happened, or "
		   "cannot fire at all: assay lint and assay doctor know of "
		   "some.",
	.examples = examples,
	.run = run,
};
