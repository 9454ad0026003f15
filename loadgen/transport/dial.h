/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_DIAL_H
#define LOADGEN_DIAL_H

/*
 * dial - sockets that are being connected.
 *
 * Addresses are taken in turn, so that connections spread over all of them,
 * and so are the sources.  One that does not answer is passed over while
 * others do, as a browser or libcurl would; after a while it has another
 * chance.  It knows no loop and waits for nothing.
 *
 * Errors        numbers of the system (errno.h).
 * Thread rule   a dialer belongs to one hub.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loadgen/transport/transport.h"

enum {
	DIAL_FORGET = 1000, /* dials, until one that failed is tried again */
	DIAL_REMOTE_MAX = sizeof(struct sockaddr_un) + 8,
};

struct dialer {
	const struct route *route;
	size_t next_address, next_source;
	uint64_t failing; /* a bit for each address */
	unsigned n_dials; /* since the last chance */
};

struct dial {
	int fd;	    /* -1: none */
	int error;  /* of the last one that failed */
	uint8_t at; /* of the route's addresses */
	uint8_t n_tried;
	bool is_up; /* it stands already: nothing to wait for */
};

/* On this machine: loopback, or a unix socket. */
bool address_is_near(const struct address *to);

void dialer_init(struct dialer *dr, const struct route *rt);

/* Begins with the next address that does not fail at once.  True: fd is
 * open, and writable when the connection stands or has failed.  False:
 * error, and no fd. */
bool dial_start(struct dialer *dr, struct dial *di);
/* The connecting failed with this error: closes fd and goes on with the next
 * address, like dial_start(). */
bool dial_retry(struct dialer *dr, struct dial *di, int error);
/* What became of it, once the fd is writable: 0, or why it failed. */
int dial_result(const struct dial *di);

/* "127.0.0.1:80", "[::1]:80", the path of a unix socket */
void dial_remote(const struct dialer *dr, const struct dial *di,
		 char remote[DIAL_REMOTE_MAX]);

#endif
