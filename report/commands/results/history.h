/* SPDX-License-Identifier: MIT */
#ifndef REPORT_COMMANDS_HISTORY_H
#define REPORT_COMMANDS_HISTORY_H

/*
 * history - --history of assay report gate: a result among those before it.
 *
 * It is information, so that it has no verdict and no exit code of its own.
 *
 * Thread rule   one thread.
 */

#include <stdbool.h>

struct arena;
struct args; /* scenarios/base/options.h */
struct errs;
struct out;
struct run_result;

/* The run is sealed; problems point into the arena. */
bool history_tell(const struct run_result *run, const struct args *paths,
		  struct arena *a, struct out *to, struct errs *es);

#endif
