/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DELIVER_SEND_SETTINGS_H
#define PROBE_DELIVER_SEND_SETTINGS_H

/*
 * settings - the settings of a channel with their values.
 *
 * Secrets are in them: they live in the arena of one parcel and are wiped
 * with settings_wipe() before it goes.
 *
 * Thread rule   that of the engine.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/notice/notice.h"
#include "scenarios/template/template.h"

struct alert_channel;
struct arena;
struct errs;
struct scenario;
struct secret_values;
struct template;

/* What fills the slots of the texts under alerts: the secrets, in the order of
 * the scenario.  False without memory. */
bool settings_world(const struct scenario *sc,
		    const struct secret_values *secrets, struct arena *a,
		    struct template_world *out);

/* NULL with a problem that names the channel and the setting. */
const struct notice_setting *settings_evaluate(
	const struct alert_channel *channel, const struct template_world *world,
	struct arena *a, struct errs *es);
void settings_wipe(const struct notice_setting *settings, size_t n);

/* One text; NULL with one sentence in *why (may be NULL). */
const char *settings_text(const struct template *text,
			  const struct template_world *world, struct arena *a,
			  struct buf *why);

#endif
