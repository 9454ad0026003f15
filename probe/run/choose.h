/* SPDX-License-Identifier: MIT */
#ifndef PROBE_CHOOSE_H
#define PROBE_CHOOSE_H

/*
 * choose - which checks of a scenario are to run: --only and --tag.
 *
 * Pure.
 */

#include <stdbool.h>

struct args;	 /* scenarios/base/options.h */
struct errs;	 /* scenarios/base/err.h */
struct scenario; /* scenarios/model.h */

/* chosen has a place for each check.  A check is chosen by its name or by
 * one of its tags; without names and tags all are.  False, with what was
 * meant perhaps, for a name or tag that no check has. */
bool choose_checks(const struct scenario *sc, const struct args *names,
		   const struct args *tags, bool *chosen, struct errs *es);

#endif
