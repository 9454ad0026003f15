/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_OPTIONS_PARTS_H
#define SCENARIOS_OPTIONS_PARTS_H

/*
 * options_parts - what the files of options share; nobody else includes it.
 */

#include "scenarios/base/options.h"

bool option_is_end(const struct option_spec *s);
bool option_is_heading(const struct option_spec *s);
bool option_takes_value(const struct option_spec *s);

/* Writes one value; false with a sentence in *why. */
bool option_set(const struct option_spec *s, void *into, const char *text,
		struct buf *why);

#endif
