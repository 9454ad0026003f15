/* SPDX-License-Identifier: MIT */
#include "probe/deliver/deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/deliver/inside.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"

enum { HOST_MAX = 100 };

static void on_timer(struct engine_timer *t)
{
	deliverer_wake(t->owner);
}

/* Names this process among all that may have the file open. */
static void name_owner(struct deliverer *dl)
{
	char host[HOST_MAX] = "";

	if (gethostname(host, sizeof(host) - 1))
		*host = '\0';
	snprintf(dl->owner, sizeof(dl->owner), "%s/%ld/%llu", host,
		 (long)getpid(), (unsigned long long)engine_wall_ns());
}

struct deliverer *deliverer_new(const struct deliver_config *config,
				struct errs *es)
{
	const struct alerts *alerts = config->scenario->alerts;
	struct deliverer *dl = calloc(1, sizeof(*dl));

	if (!dl) {
		errs_nomem(es);
		return NULL;
	}
	dl->config = *config;
	dl->n_lanes = alerts ? alerts->n_channels : 0;
	dl->lanes = calloc(dl->n_lanes + 1, sizeof(*dl->lanes));
	if (!dl->lanes) {
		errs_nomem(es);
		free(dl);
		return NULL;
	}
	for (size_t i = 0; i < dl->n_lanes; i++) {
		dl->lanes[i].dl = dl;
		dl->lanes[i].channel = &alerts->channels[i];
		list_init(&dl->lanes[i].waiting);
	}
	name_owner(dl);
	engine_timer_init(&dl->timer, config->en, on_timer, dl);
	return dl;
}

void deliverer_free(struct deliverer *dl)
{
	if (!dl)
		return;
	dl->is_closing = true;
	engine_timer_release(&dl->timer);
	for (size_t i = 0; i < dl->n_lanes; i++)
		lane_close(&dl->lanes[i]);
	free(dl->lanes);
	free(dl);
}

/* ---- waking ------------------------------------------------------------- */

/* Said once: it may last, and where the disk is full a log makes it worse. */
static void note_trouble(struct deliverer *dl, const struct errs *es)
{
	if (!dl->has_trouble)
		deliver_say_problem(dl, es);
	dl->has_trouble = true;
}

static void note_well(struct deliverer *dl)
{
	if (dl->has_trouble)
		deliver_say(dl, LEVEL_WARNING, "the outbox can be used again");
	dl->has_trouble = false;
}

static void claim(struct deliverer *dl)
{
	struct haul *haul = calloc(1, sizeof(*haul));
	struct letter *letters = NULL;
	struct errs es = { 0 };
	uint64_t now_at_ns = engine_wall_ns();
	size_t n = 0;

	if (haul)
		haul->arena = arena_new(DELIVER_ARENA_MAX);
	if (!haul || !haul->arena) {
		free(haul);
		deliver_say(dl, LEVEL_ERROR, "not enough memory");
		return;
	}
	if (!state_letters_claim(dl->config.state, dl->config.scenario->name,
				 now_at_ns, dl->owner, DELIVER_LEASE_NS,
				 DELIVER_CLAIM_MAX, haul->arena, &letters, &n,
				 &es))
		note_trouble(dl, &es);
	else
		note_well(dl);
	bundles_take(dl, haul, letters, n, now_at_ns);
}

static uint64_t next_at_ns(struct deliverer *dl)
{
	uint64_t next = UINT64_MAX;
	struct errs es = { 0 };

	if (!state_letters_next(dl->config.state, dl->config.scenario->name,
				&next, &es))
		note_trouble(dl, &es);
	return next;
}

void deliver_arm(struct deliverer *dl)
{
	uint64_t now_at_ns = engine_wall_ns();
	uint64_t next = next_at_ns(dl);
	uint64_t wait = next > now_at_ns ? next - now_at_ns : 0;

	if (wait < DELIVER_PAUSE_NS)
		wait = DELIVER_PAUSE_NS;
	if (dl->has_trouble && wait < DELIVER_TROUBLE_NS)
		wait = DELIVER_TROUBLE_NS;
	if (wait > DELIVER_LOOK_NS)
		wait = DELIVER_LOOK_NS;
	engine_timer_start(&dl->timer, wait);
}

void deliverer_wake(struct deliverer *dl)
{
	/* what is claimed and waits would only lose its lease */
	if (dl->n_letters < DELIVER_CLAIM_MAX)
		claim(dl);
	for (size_t i = 0; i < dl->n_lanes; i++)
		lane_go_on(&dl->lanes[i]);
	deliver_arm(dl);
	if (dl->on_change)
		dl->on_change(dl->on_change_owner);
}

bool deliverer_is_done(const struct deliverer *dl, uint64_t by_at_ns)
{
	uint64_t next = UINT64_MAX;
	struct errs es = { 0 };

	if (dl->n_letters > 0)
		return false;
	/* a file that cannot be used has nothing to wait for */
	return dl->has_trouble ||
	       !state_letters_next(dl->config.state, dl->config.scenario->name,
				   &next, &es) ||
	       next > by_at_ns;
}

struct delivered deliverer_counts(const struct deliverer *dl)
{
	struct delivered counts = dl->counts;

	counts.waiting = dl->n_letters + dl->n_back;
	return counts;
}
