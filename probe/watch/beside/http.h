/* SPDX-License-Identifier: MIT */
#ifndef PROBE_WATCH_HTTP_H
#define PROBE_WATCH_HTTP_H

/*
 * http - the pages of the daemon.
 *
 *     /                    how things stand, for people
 *     /api/v1/status       the same in a few words (JSON)
 *     /api/v1/checks, /api/v1/alerts
 *     /metrics             Prometheus text
 *     /badge.svg .json     of all; /badge/CHECK.svg .json of one
 *     /healthz             200 while the loop turns and checks end
 *
 * Nothing can be changed through it: methods other than GET and HEAD are
 * refused.  With a token, everything but /healthz asks for it (RFC 6750).  It
 * listens on loopback; elsewhere only with a token.  Who asks before the
 * checks are there gets 503.
 *
 * Connections that never finish their request hold a place for
 * PAGES_TIMEOUT_S, and no one address gets all of the places, so that
 * /healthz stays reachable for the others.
 *
 * Thread rule   libmicrohttpd has one thread of its own, which reads copies
 *               of the board: no reader can keep a check waiting.  Start and
 *               stop belong to the command.
 * Source        RFC 9110 for methods and statuses.
 */

#include <stdbool.h>
#include <stdint.h>

struct board;
struct errs;
struct pages;

enum {
	PAGES_CONNECTIONS_MAX = 512,
	PAGES_PER_ADDRESS_MAX = 384,
	PAGES_TIMEOUT_S = 10,
	PAGES_ADDRESS_ROOM = 128,
};

struct pages_config {
	const char *listen; /* "address:port" or "[address]:port" */
	struct board *board;
	const char *state_path; /* for the alerts; or NULL */
	bool has_token;		/* the board's configuration has one */
	uint64_t stale_after_ns;
};

/* NULL with a problem: an address that is none, is not loopback without a
 * token, or is taken. */
struct pages *pages_start(const struct pages_config *config, struct errs *es);
/* Where it listens: "127.0.0.1:9115". */
const char *pages_address(const struct pages *p);
void pages_stop(struct pages *p); /* NULL is fine */

#endif
