/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_WATCH_PARTS_H
#define SCENARIOS_WATCH_PARTS_H

/*
 * watch_parts - what the loader calls for watch: and log:.  Internal to
 * scenarios/.
 */

#include "scenarios/decode/decode.h"
#include "scenarios/watch/watch.h"

/* t may be NULL; *out is NULL then. */
bool watch_decode(struct decoder *d, const struct node *t,
		  const struct watch_settings **out);
bool log_decode(struct decoder *d, const struct node *t,
		const struct log_settings **out);
void watch_schema(const struct key *k, struct buf *out);
void log_schema(const struct key *k, struct buf *out);

#endif
