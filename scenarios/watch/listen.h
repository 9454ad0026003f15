/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_WATCH_LISTEN_H
#define SCENARIOS_WATCH_LISTEN_H

/*
 * listen - where the pages of a watch are, as a text: "127.0.0.1:9115",
 * "[::1]:9115", "localhost:9115", or "none".
 *
 * It reads addresses and knows what is loopback; names are not looked up, and
 * no socket is opened.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct errs;
struct place; /* scenarios/base/err.h */

#define LISTEN_USUAL "127.0.0.1:9115" /* where blackbox_exporter would be */
#define LISTEN_NOT   "none"	      /* no pages */

union listen_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* False with a problem for what is no address and port, and for one that is
 * open to others while readers need no token. */
bool listen_read(const char *text, bool has_token, const struct place *at,
		 union listen_address *to, struct errs *es);

#endif
