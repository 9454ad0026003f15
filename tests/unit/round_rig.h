/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_ROUND_RIG_H
#define TESTS_UNIT_ROUND_RIG_H

/*
 * round_rig - a scenario, a state file, and runs of one line each.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/alerts/round.h"
#include "scenarios/base/buf.h"
#include "tests/unit/state_rig.h"

struct arena;
struct errs;
struct scenario;

struct round_rig {
	struct state_rig *files;
	struct state *st;
	struct scenario *sc;
	struct arena *arena;
	struct errs *es;
	bool is_daemon;		/* not is_alone */
	struct round_seen seen; /* of the last round */
	struct buf text;
};

/* The YAML without "name:" and checks; those are named, one a word. */
void round_rig_init(struct round_rig *r, void **state, const char *checks,
		    const char *alerts);
/* The scenario was changed. */
void round_rig_load(struct round_rig *r, const char *checks,
		    const char *alerts);
void round_rig_release(struct round_rig *r);
void round_rig_reopen(struct round_rig *r); /* as another process would */

/*
 * A run that ends at that time, one word a check:
 *
 *     ready:ok  ready:down     the last of one attempt
 *     ready:down61             its first attempt failed 61 s before
 *     ready:flaky              ok, but only after a retry
 *     ready:unseen             not observed
 *     ready:cert13             ok, the certificate has 13 days
 *     ready:status503          failed with that status
 *     ready:slow2500           ok, in so many ms
 *     ready:disk86             ok, and keeps disk, a gauge
 *     ready:v1.2               ok, and keeps version, a text
 */
void round_rig_run(struct round_rig *r, uint64_t at_ns, const char *vantage,
		   const char *words);
void round_rig_event(struct round_rig *r, uint64_t at_ns, const char *name,
		     int64_t code);
void round_rig_time(struct round_rig *r, uint64_t at_ns);

/* "firing down/ready!; held down/web (dependency)": what was logged since that
 * time, ! is told.  Valid until the next call. */
const char *round_rig_log(struct round_rig *r, uint64_t since_at_ns);
/* "ops firing critical down/ready": letters that are due then, by channel. */
const char *round_rig_letters(struct round_rig *r, uint64_t due_at_ns);

#endif
