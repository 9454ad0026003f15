/* SPDX-License-Identifier: MIT */
#include "probe/run/choose.h"

#include <string.h>

#include "scenarios/base/err.h"
#include "scenarios/model.h"
#include "scenarios/base/options.h"
#include "scenarios/base/text.h"

static bool unknown(const char *what, const char *word,
		    const struct text_nearest *near, struct errs *es)
{
	if (near->best)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"there is no check with the %s \"%s\", did you "
				"mean \"%s\"?",
				what, word, near->best);
	return errs_add(es, ERR_INPUT, NOWHERE,
			"there is no check with the %s \"%s\"", what, word);
}

static bool choose_name(const struct scenario *sc, const char *name,
			bool *chosen, struct errs *es)
{
	struct text_nearest near;
	bool found = false;

	text_nearest_init(&near, name, strlen(name));
	for (size_t i = 0; i < sc->n_checks; i++) {
		text_nearest_add(&near, sc->checks[i].name);
		if (strcmp(sc->checks[i].name, name) == 0)
			chosen[i] = found = true;
	}
	return found || unknown("name", name, &near, es);
}

static bool choose_tag(const struct scenario *sc, const char *tag, bool *chosen,
		       struct errs *es)
{
	struct text_nearest near;
	bool found = false;

	text_nearest_init(&near, tag, strlen(tag));
	for (size_t i = 0; i < sc->n_checks; i++) {
		const struct check *check = &sc->checks[i];

		for (size_t k = 0; k < check->n_tags; k++) {
			text_nearest_add(&near, check->tags[k]);
			if (strcmp(check->tags[k], tag) == 0)
				chosen[i] = found = true;
		}
	}
	return found || unknown("tag", tag, &near, es);
}

bool choose_checks(const struct scenario *sc, const struct args *names,
		   const struct args *tags, bool *chosen, struct errs *es)
{
	bool all = names->n == 0 && tags->n == 0;
	bool ok = true;

	if (sc->n_checks == 0)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"this scenario has loads and no checks: run "
				"it with assay loadgen");

	for (size_t i = 0; i < sc->n_checks; i++)
		chosen[i] = all;
	for (size_t i = 0; i < names->n; i++)
		ok &= choose_name(sc, names->item[i], chosen, es);
	for (size_t i = 0; i < tags->n; i++)
		ok &= choose_tag(sc, tags->item[i], chosen, es);
	return ok;
}
