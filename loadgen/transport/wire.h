/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_WIRE_H
#define LOADGEN_WIRE_H

/*
 * wire - requests as the native transport sends them.
 *
 * Pure functions.  What is sent is what libcurl would send, but for
 * "Connection: close" when a connection carries one exchange only: then the
 * server closes first, and it is not this machine that runs out of ports.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct request;
struct route;

/* Whether the native transport can make these exchanges; else *why. */
bool wire_can(const struct route *rt, const char **why);

/* Appends head and body to an empty *out; *head_len of it is head.  False when
 * it cannot be sent like this, or *out has no room. */
bool wire_render(const struct request *rq, bool is_fresh, struct buf *out,
		 size_t *head_len);

#endif
