/* SPDX-License-Identifier: MIT */
/* Any bytes as a scenario.  Problems lie inside the text, loading again gives
 * the same problems, and a scenario without problems has a check with steps
 * whose every step can be described. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/load.h"
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
		must(sc->n_checks > 0);
		for (size_t i = 0; i < sc->n_checks; i++)
			check_steps(&sc->checks[i].steps);
	}
	scenario_free(sc);
	scenario_free(twin);
	return 0;
}
