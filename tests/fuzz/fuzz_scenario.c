/* SPDX-License-Identifier: MIT */
/* Any bytes as a scenario.  Problems lie inside the text, loading again gives
 * the same problems, and a scenario without problems has a check with steps
 * whose every step can be described, or a load that comes to an end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/load.h"
#include "scenarios/loads/loads.h"
#include "scenarios/match/match.h"

static void must(int holds)
{
	if (!holds)
		abort();
}

static const char *read_env(void *self, const char *name)
{
	(void)self;
	return strcmp(name, "SET") ? NULL : "value";
}

static void check_steps(const struct step_list *steps)
{
	struct buf words;

	for (size_t i = 0; i < steps->n; i++) {
		const struct step *step = &steps->item[i];
		must(step->spec && step->kind);
		for (size_t e = 0; e < step->expect.n; e++) {
			must(step->expect.item[e].matcher != NULL);
			must(step->expect.item[e].label != NULL);
			buf_init(&words, 1 << 16);
			match_describe(step->expect.item[e].matcher, NULL,
				       &words);
			must(words.len > 0);
			buf_release(&words);
		}
	}
}

/* A load does something, comes to an end, and waits for others only. */
static void check_load(const struct workload *w)
{
	const struct load_plan *p = &w->plan;
	size_t waits = 0;

	must(w->n_flows > 0);
	for (size_t i = 0; i < w->n_flows; i++) {
		must(w->flows[i].weight > 0);
		must(w->flows[i].check->steps.n > 0);
	}
	must(p->for_ns || p->iterations || p->iterations_each);
	must(p->for_ns <= LOAD_TIME_MAX_NS);
	for (size_t i = 0; i < p->n_stages; i++) {
		must(p->stages[i].from >= 0 && p->stages[i].to >= 0);
		must(p->stages[i].for_ns || i + 1 == p->n_stages);
	}
	for (size_t i = 0; i < w->n_limits; i++)
		must(w->limits[i].rule.text[0]);
	for (; w->after; w = w->after)
		must(waits++ < LOADS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct load_options options = { .getenv = read_env };
	static struct errs problems, warnings, again;

	problems.n = problems.dropped = 0;
	warnings.n = warnings.dropped = 0;
	again.n = again.dropped = 0;
	struct scenario *sc = scenario_load_text(
		"fuzz", (const char *)bytes, n, &options, &problems, &warnings);
	struct scenario *twin = scenario_load_text("fuzz", (const char *)bytes,
						   n, &options, &again, NULL);
	must(problems.n == again.n && problems.dropped == again.dropped);
	for (size_t i = 0; i < problems.n; i++) {
		const struct err *e = &problems.item[i];
		must(!strcmp(e->text, again.item[i].text));
		if (!e->at.src || !e->at.line)
			continue;
		must(e->at.col >= 1 && e->at.src->len <= n);
		must(place_at(e->at.src, n).line >= e->at.line);
	}
	if (sc && !problems.n) {
		must(sc->n_checks + sc->n_loads > 0);
		for (size_t i = 0; i < sc->n_loads; i++)
			check_load(&sc->loads[i]);
		for (size_t i = 0; i < sc->n_checks; i++)
			check_steps(&sc->checks[i].steps);
	}
	scenario_free(sc);
	scenario_free(twin);
	return 0;
}
