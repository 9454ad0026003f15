/* SPDX-License-Identifier: MIT */
#include "report/commands/state/report_summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/commands/state/remembered.h"
#include "report/out.h"
#include "report/render/outputs.h"
#include "report/summary/summary.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

enum { EXIT_OF_MACHINE = 4, FILES_MAX = 10000 };

struct settings {
	struct remembered_options in;
	uint64_t since_ns;
};

static const struct option_spec specs[] = {
	{ "since", 0, OPTION_DURATION, OPTION_AT(struct settings, since_ns),
	  .arg = "TIME", .preset = "7d", .min = UNIT_NS_PER_H,
	  .max = STATE_DAY_NS, .help = "how far to look back" },
	REMEMBERED_OPTIONS(struct settings, in),
	{ 0 },
};

struct job {
	struct settings set;
	struct args files;
	struct remembered r;
	struct summary summary;
};

static void say_text(const void *self, struct buf *out)
{
	const struct job *t = self;

	summary_text(&t->summary, out);
}

static void say_json(const void *self, struct buf *out)
{
	const struct job *t = self;

	summary_json(&t->summary, out);
}

static void say_unknown(const struct summary *s)
{
	struct out say;

	out_init(&say, stderr, NULL, OUT_NEVER);
	for (size_t i = 0; i < SUMMARY_METRICS_N; i++)
		if (!isfinite(s->metrics[i]))
			out_printf(&say, "assay: %s is not known: %s\n",
				   summary_metric_names[i], s->why[i]);
	(void)out_failed(&say);
}

static bool ask_state(struct job *t)
{
	return remembered_open(&t->r, &t->set.in, REMEMBERED_TO_READ, true) &&
	       summary_gather(t->r.state, t->r.scenario, t->set.since_ns,
			      t->r.now_at_ns, t->r.arena, &t->summary,
			      &t->r.problems);
}

static bool read_files(struct job *t)
{
	if (t->set.in.state || t->set.in.scenario)
		return errs_add(&t->r.problems, ERR_INPUT, NOWHERE,
				"result files say themselves what they are "
				"about: leave --state and --scenario out");
	if (t->files.n > FILES_MAX)
		return errs_add(&t->r.problems, ERR_INPUT, NOWHERE,
				"at most %d result files, got %zu", FILES_MAX,
				t->files.n);
	for (size_t i = 0; t->set.in.json && i < t->files.n; i++)
		if (strcmp(t->set.in.json, "-") != 0 &&
		    outputs_same(t->set.in.json, t->files.item[i]))
			return errs_add(&t->r.problems, ERR_INPUT, NOWHERE,
					"--json would write over \"%s\", which "
					"is read",
					t->files.item[i]);
	return remembered_nothing(&t->r, &t->set.in) &&
	       summary_read(t->files.item, t->files.n, t->set.since_ns,
			    t->r.now_at_ns, t->r.arena, &t->summary,
			    &t->r.problems);
}

static bool summarize(struct job *t, int argc, char **argv)
{
	struct out to;

	if (!options_parse(specs, &t->set, argc, argv, &t->files,
			   &t->r.problems) ||
	    !(t->files.n ? read_files(t) : ask_state(t)))
		return false;
	/* the text leaves out what is not there */
	if (t->set.in.json)
		say_unknown(&t->summary);
	out_init(&to, stdout, NULL, OUT_NEVER);
	return remembered_tell(&t->r, &to, say_text, say_json, t);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	(void)summarize(t, argc, argv);
	int code = remembered_close(&t->r);
	args_release(&t->files);
	options_release(specs, &t->set);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report summary --state state.db --scenario shop.yaml",
	"assay report summary --state state.db --scenario shop.yaml --since "
	"24h --json -",
	"assay report summary results/*.json --since 7d --json -",
	NULL,
};

const struct command cmd_report_summary = {
	.name = "report summary",
	.operands = "[RESULT.json...]",
	.summary = "how it went in the last days: availability, incidents, "
		   "latency",
	.options = specs,
	.details =
		"Availability counts what was observed; time in which no check "
		"ran is not observed. The JSON has a period and five metrics: "
		"average_response_time in seconds and error_rate from 0 to 1 "
		"are those of the requests of the checks; string_generations, "
		"propagation_jobs and cache_hit_rate come from series of these "
		"names that the checks keep, as far back as observations are "
		"kept raw. With result files instead of a state file, those "
		"of runs in that time count, the requests of loads as well; "
		"they tell of moments, so that there is no availability.",
	.examples = examples,
	.run = run,
};
