/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_H2_SERVER_H
#define TESTS_UNIT_H2_SERVER_H

/*
 * h2_server - an HTTP/2 server for unit tests, in clear, on the loop of the
 * test itself.
 *
 * The path says how a request is answered; see the table in the .c file.
 */

#include <stddef.h>
#include <stdint.h>

struct ev_loop;
struct h2_server;

struct h2_server_plan {
	uint32_t max_streams; /* 0: says nothing of it */
	const char *garbage;  /* said instead of HTTP/2; or NULL */
	unsigned refusals;    /* of the first streams, all told */
	uint32_t window;      /* of a stream; 0: the usual */
};

struct h2_server_facts {
	size_t n_accepted, n_open, n_asked,
		n_reset;   /* n_reset: by the client */
	size_t open_max;   /* streams at once on one connection */
	size_t body_bytes; /* of all requests */
	char authority[64], path[64], method[16], agent[32];
	size_t n_te, n_connection;
};

struct h2_server *h2_server_start(struct ev_loop *loop,
				  const struct h2_server_plan *plan);
void h2_server_stop(struct h2_server *s);
unsigned h2_server_port(const struct h2_server *s);
const struct h2_server_facts *h2_server_facts(const struct h2_server *s);

enum {
	H2_SERVER_BIG = 300000,	 /* bytes of /big */
	H2_SERVER_INTERIM = 40,	 /* interim answers of /interims */
	H2_SERVER_FIELDS = 1200, /* of /huge-head, of 100 bytes each */
};

#endif
