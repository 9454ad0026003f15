/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_LOAD_LANE_H
#define TESTS_UNIT_LOAD_LANE_H

/*
 * load_lane - one lane of the native transport in a unit test, and what
 * became of its exchanges.
 *
 *     load_init ... change route and request ... load_open, load_run ...
 *     load_close
 */

#include "loadgen/transport/transport.h"
#include "tests/unit/engine_ask.h"

enum { LOAD_ADDRESSES = 3 };

struct load {
	char url[200];
	struct request request;
	struct address address[LOAD_ADDRESSES];
	struct route route;
	struct buf bytes;
	struct wire wire;
	struct ev_loop *loop;
	struct hub *hub;
	struct lane *lane;
	ev_timer patience;
	unsigned n_done;
	unsigned to_start; /* from inside of on_done */
	bool closes;	   /* likewise */
};

/* An address of 127.0.0.1. */
void load_address(struct address *a, unsigned port);
/* A GET of http://127.0.0.1:port/path */
void load_init(struct load *ld, unsigned port, const char *path);
void load_open(struct load *ld);
/* Nothing may be open then. */
void load_close(struct load *ld);

void load_start(struct load *ld);
/* Lets the loop turn until an exchange is over. */
void load_wait(struct load *ld);
void load_run(struct load *ld); /* both */
/* Turns the loop while nothing is under way. */
void load_rest(struct load *ld, double seconds);

/* What the engine saw is what was seen here, where both should see it. */
void load_assert_same(const struct load *ld, const struct ask *ask);

#define assert_ended(ld, name) \
	assert_string_equal(outcome_name((ld)->lane->sample.outcome), name)

#endif
