/* SPDX-License-Identifier: MIT */
/* A target that keeps timing out is asked less often. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "probe/watch/watch_inside.h"
#include "report/log.h"
#include "scenarios/model.h"

static struct watch_target *find(struct watch *w, const char *name)
{
	for (size_t i = 0; i < w->n_targets; i++)
		if (!strcmp(w->targets[i]->name, name))
			return w->targets[i];
	return NULL;
}

/* NULL, and so never held back, when there are too many or no memory. */
static struct watch_target *add(struct watch *w, const char *name)
{
	struct watch_target **more;
	struct watch_target *t;

	if (w->n_targets == WATCH_TARGETS_MAX)
		return NULL;
	more = realloc(w->targets,
		       (w->n_targets + 1) * sizeof(struct watch_target *));
	if (!more)
		return NULL;
	w->targets = more;
	t = calloc(1, sizeof(*t));
	if (t)
		t->name = strdup(name);
	if (!t || !t->name) {
		free(t);
		return NULL;
	}
	w->targets[w->n_targets++] = t;
	return t;
}

static void find_target(struct watch_check *wc)
{
	const char *name = wc->now.target;

	if (!name[0] || (wc->target && !strcmp(wc->target->name, name)))
		return;
	wc->target = find(wc->watch, name);
	if (!wc->target)
		wc->target = add(wc->watch, name);
}

uint64_t watch_backoff(const struct watch_check *wc)
{
	if (!wc->target)
		return 1;
	return schedule_backoff(wc->target->n_timeouts, wc->plan.every_ns);
}

static void tell(struct watch_check *wc, uint64_t backoff)
{
	if (backoff > wc->backoff)
		log_printf(wc->watch->log, LEVEL_WARNING, "assay.watch",
			   "%s keeps timing out: check \"%s\" uses one of "
			   "%" PRIu64 " of its times until it answers",
			   wc->target->name, wc->now.name, backoff);
	else
		log_printf(wc->watch->log, LEVEL_INFO, "assay.watch",
			   "%s answers again: check \"%s\" is back on its "
			   "schedule",
			   wc->target->name, wc->now.name);
}

void watch_target_note(struct watch_check *wc)
{
	uint64_t backoff;

	find_target(wc);
	if (!wc->target)
		return;
	if (outcome_is_timeout(wc->now.outcome))
		wc->target->n_timeouts++;
	else if (outcome_class(wc->now.outcome) == CLASS_OK ||
		 outcome_class(wc->now.outcome) == CLASS_TARGET)
		wc->target->n_timeouts = 0;
	backoff = watch_backoff(wc);
	if (backoff != wc->backoff)
		tell(wc, backoff);
	wc->backoff = backoff;
	wc->now.backoff = backoff;
}
