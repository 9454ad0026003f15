/* SPDX-License-Identifier: MIT */
#ifndef PROBE_STEPS_TCP_TALK_H
#define PROBE_STEPS_TCP_TALK_H

/*
 * tcp_talk - what is said to a port, and what its answers mean.
 *
 * redis      PING on one line; +PONG is well.  A server that wants a login
 *            or denies the command is alive; one that loads its data is
 *            starting.  (redis.io, "Redis serialization protocol")
 * postgres   a StartupMessage of protocol 3.0, as pg_isready sends it: any
 *            request for authentication is well, and so is a refusal for the
 *            user or the database; SQLSTATE 57P03 is starting.  (PostgreSQL
 *            15 manual, 55.7 and appendix A)
 *
 * Pure but for the arena.
 */

#include <stdbool.h>

#include "probe/engine/exchange.h"

struct arena;
struct buf;
struct judging;
struct step;

bool tcp_redis_turns(struct arena *a, struct request *rq, struct buf *why);
void tcp_redis_judge(struct judging *j);

/* user NULL: "postgres"; database NULL: as the user. */
bool tcp_postgres_turns(struct arena *a, const char *user, const char *database,
			struct request *rq, struct buf *why);
void tcp_postgres_judge(struct judging *j);

/* A dialogue that ended early (the peer closed, or said nothing more) but
 * has expectations for what did come: these decide, and the outcome of the
 * transport only when one of them got no byte at all. */
void tcp_forgive(struct exchange *ex, const struct step *st);

#endif
