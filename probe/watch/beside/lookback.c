/* SPDX-License-Identifier: MIT */
#include "probe/watch/beside/lookback.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "probe/engine/engine.h"
#include "probe/watch/config.h"
#include "report/page/page.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"

enum { LOOKBACK_BYTES_MAX = 128 << 20 };

struct lookback {
	struct state *state;
	struct watch_config *config; /* held: names in past are its */
	struct arena *arena;
	bool has_past;
	struct page_past past;
	uint64_t next_ns; /* monotonic: not gathered again before */
};

struct lookback *lookback_new(struct state *state)
{
	struct lookback *l = calloc(1, sizeof(*l));

	if (l)
		l->state = state;
	return l;
}

static void forget(struct lookback *l)
{
	watch_config_drop(l->config);
	l->config = NULL;
	arena_free(l->arena);
	l->arena = NULL;
}

void lookback_free(struct lookback *l)
{
	if (!l)
		return;
	forget(l);
	free(l);
}

/* A failure is not tried again at once either. */
static void gather(struct lookback *l, struct watch_config *config)
{
	struct arena *a = arena_new(LOOKBACK_BYTES_MAX);
	struct page_past past = { 0 };
	struct errs es = { 0 };
	uint64_t began_ns = engine_now_ns();
	bool ok = a && page_gather(l->state, config->scenario, engine_wall_ns(),
				   a, &past, &es);
	uint64_t now_ns = engine_now_ns();
	uint64_t pause_ns = LOOKBACK_SHARE * (now_ns - began_ns);

	l->next_ns = now_ns + (pause_ns > LOOKBACK_NS ? pause_ns : LOOKBACK_NS);
	forget(l);
	l->arena = a;
	l->has_past = ok;
	l->past = past;
	l->config = watch_config_hold(config);
}

const struct page_past *lookback_past(struct lookback *l,
				      struct watch_config *config)
{
	if (!l || !l->state)
		return NULL;
	if (l->config != config || engine_now_ns() >= l->next_ns)
		gather(l, config);
	return l->has_past ? &l->past : NULL;
}
