/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_GATE_USAGE_H
#define LOADGEN_GATE_USAGE_H

/*
 * gate_usage - what the command line says of a gate.
 *
 * Thread rule   one thread.
 * Errors        ERR_INPUT, without a place.
 */

#include <stdbool.h>

struct errs;
struct gate_config; /* loadgen/gate/gate_run.h */
struct settings;    /* loadgen/settings.h */

bool gate_is_asked(const struct settings *set);

/* Options that do not go together; also those of a gate where there is none.
 * Reads --seed into set->seed: in decimal, or as the gate tells its own. */
bool gate_usage(struct settings *set, struct errs *es);

/* Borrows what the settings borrow. */
void gate_usage_take(const struct settings *set, struct gate_config *out);

#endif
