/* SPDX-License-Identifier: MIT */
#ifndef PROBE_EVENT_H
#define PROBE_EVENT_H

/*
 * event - what happened elsewhere is taken down, and told at once.
 *
 * A deployment, a backup, a synchronisation: `assay event` and `assay run` say
 * how it ended.  With a scenario its rules are evaluated in the same
 * transaction and the notices are sent; without one the event waits in the
 * state for the next run that has rules.
 *
 * Thread rule   one thread; engine_global_init() was called.
 * Errors        false with problems.  An event that was taken down stays so
 *               when its notices could not be sent: they are in the outbox.
 */

#include <stdbool.h>
#include <stdint.h>

struct args; /* scenarios/base/options.h */
struct errs;
struct scenario; /* scenarios/model.h */

enum {
	EVENT_MESSAGE_MAX = 1000, /* bytes of its message, redacted */
	EVENT_EXIT_MAX = 255,
};

struct event_ask {
	const char *name;
	int64_t exit_code;
	const char *message;	 /* ""; NULL is "" */
	const char *state;	 /* file; NULL: see state_named() */
	const char *scenario;	 /* file; NULL: only taken down */
	const char *environment; /* of the scenario; or NULL */
	const struct args *vars; /* of the scenario; or NULL */
	/* set by event_tell(), or NULL: problems point into it, so that it is
	 * freed (scenario_free()) when they were told */
	struct scenario *loaded;
};

/* What can be known to be wrong beforehand: the name, no state file. */
bool event_check(const struct event_ask *ask, struct errs *es);

bool event_tell(struct event_ask *ask, struct errs *problems,
		struct errs *warnings);

#endif
