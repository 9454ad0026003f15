/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_REPEAT_PARTS_H
#define PROBE_ENGINE_REPEAT_PARTS_H

/*
 * repeat_parts - what repeat.c and repeat_pool.c share; nobody else includes
 * it.
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/engine/inside.h"
#include "probe/engine/repeat.h"
#include "scenarios/base/link.h"

enum { REPEAT_METHOD_MAX = 32 };

struct repeats {
	struct repeats_config config;
	size_t next_address, next_source;
	char *resolve; /* of the addresses, or NULL */
	size_t n_shards;
	struct shard **shards;
	size_t shard_max;  /* repeats in one shard */
	struct link ended; /* transfers whose on_done is due */
	ev_timer later;	   /* nobody else would look at them */
	bool is_delivering;
};

struct repeating {
	struct repeat head;
	struct repeats *pool;
	struct transfer t;
	struct exchange ex;
	bool is_set;
	bool is_later; /* begins when libcurl is next called */
	bool is_asked; /* the request was given to a connection */
	bool is_lost;  /* it was, and may not be sent again */
	uint64_t version;
	uint64_t n_on_connection;	/* requests */
	char method[REPEAT_METHOD_MAX]; /* the handle is set up for; "" */
	size_t n_fields;		/* room */
	struct field *fields;
	char remote[REMOTE_MAX];
};

static inline struct repeating *repeating_of(struct transfer *t)
{
	return container_of(t, struct repeating, t);
}

/* The shard with room for one more; NULL without memory. */
struct shard *repeats_shard(struct repeats *pool);
/* Something is over, and whoever calls is not the loop. */
void repeats_look_later(struct repeats *pool);

#endif
