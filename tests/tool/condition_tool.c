/* SPDX-License-Identifier: MIT */
/*
 * condition_tool - plays samples to a condition, for others to agree or not.
 *
 *     condition_tool 'rate(errors, 5s) > 0.5/s for 3s' < samples
 *
 * Standard input, in the order of time, one a line:
 *
 *     sample NAME KIND BOUND AT_MS VALUE LABELS
 *     eval AT_MS
 *
 * KIND is gauge, counter, bucket or quantile.  Each eval prints AT_MS, the
 * truth, the value and the phase of the alert: "1700 true 0.8 pending".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/alerts/evaluate.h"
#include "report/alerts/machine.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

enum { SERIES_MAX = 200, POINTS_MAX = 5000, LINE_MAX_BYTES = 1000 };
#define NS_PER_MS UINT64_C(1000000)

struct told {
	struct series series[SERIES_MAX];
	struct series_point *points[SERIES_MAX];
	size_t n;
};

static const char *const kinds[] = { "gauge", "counter", "bucket", "quantile" };

static int fail(const char *what)
{
	fprintf(stderr, "condition_tool: %s\n", what);
	return 2;
}

static struct series *series_of(struct told *t, struct arena *a,
				const char *name, const char *labels,
				enum series_kind kind, double bound)
{
	struct series *s;

	for (size_t i = 0; i < t->n; i++) {
		s = &t->series[i];
		if (strcmp(s->name, name) == 0 && s->bound == bound &&
		    strcmp(s->labels, labels) == 0)
			return s;
	}
	if (t->n == SERIES_MAX)
		return NULL;
	t->points[t->n] = arena_alloc(a, POINTS_MAX, sizeof(**t->points));
	s = &t->series[t->n];
	*s = (struct series){ .name = arena_strdup(a, name),
			      .labels = arena_strdup(a, labels),
			      .kind = kind,
			      .bound = bound,
			      .points = t->points[t->n] };
	t->n++;
	return s->name && s->labels && s->points ? s : NULL;
}

static bool take_sample(struct told *t, struct arena *a, const char *line)
{
	char name[200], kind[20], bound[40], value[40], labels[400] = "";
	enum series_kind which = SERIES_KIND_N;
	struct series *s;
	uint64_t at_ms;

	if (sscanf(line, "sample %199s %19s %39s %" SCNu64 " %39s %399[^\n]",
		   name, kind, bound, &at_ms, value, labels) < 5)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i]) == 0)
			which = (enum series_kind)i;
	}
	if (which == SERIES_KIND_N)
		return false;
	s = series_of(t, a, name, labels, which, strtod(bound, NULL));
	if (!s || s->n_points == POINTS_MAX)
		return false;
	t->points[s - t->series][s->n_points++] = (struct series_point){
		.at_ns = at_ms * NS_PER_MS,
		.value = strtod(value, NULL),
	};
	return true;
}

static bool evaluate(const struct told *t, const struct alert_rule *rule,
		     struct alert_state *state, uint64_t at_ms)
{
	static const char *const truths[] = { "unknown", "false", "true" };
	static const char *const phases[] = { "quiet", "pending", "firing" };
	struct arena *a = arena_new((size_t)16 << 20);
	struct history h = { .check = "",
			     .first_at_ns = 1,
			     .n_series = t->n,
			     .series = t->series };
	struct question q = { .condition = &rule->tiers[0].when,
			      .history = &h,
			      .now_at_ns = at_ms * NS_PER_MS };
	struct alert_context context = { .now_at_ns = q.now_at_ns,
					 .held_why = "" };
	struct happenings all;
	struct finding f;
	bool ok = a && condition_evaluate(&q, a, &f);

	if (ok) {
		alert_advance(rule, state, &f, &context, &all);
		printf("%" PRIu64 " %s %.17g %s\n", at_ms, truths[f.truth],
		       f.value, phases[state->phase]);
	}
	arena_free(a);
	return ok;
}

static int play(struct arena *a, const struct alert_rule *rule)
{
	static struct told t;
	static struct alert_state state;
	char line[LINE_MAX_BYTES];
	uint64_t at_ms;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "eval %" SCNu64, &at_ms) == 1) {
			if (!evaluate(&t, rule, &state, at_ms))
				return fail("no memory");
		} else if (!take_sample(&t, a, line)) {
			return fail(line);
		}
	}
	return fflush(stdout) == 0 ? 0 : 4;
}

int main(int argc, char **argv)
{
	struct alert_tier tier = { .severity = 0 };
	struct alert_rule rule = { .name = "rule",
				   .n_tiers = 1,
				   .tiers = &tier };
	struct arena *a = arena_new((size_t)256 << 20);
	static struct errs es;
	int code = 2;

	if (argc == 2 && a &&
	    condition_parse(a, argv[1], strlen(argv[1]), NOWHERE, &tier.when,
			    &es))
		code = play(a, &rule);
	else
		fail(es.n ? es.item[0].text : "one condition is needed");
	arena_free(a);
	return code;
}
