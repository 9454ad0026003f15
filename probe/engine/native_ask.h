/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_NATIVE_ASK_H
#define PROBE_ENGINE_NATIVE_ASK_H

/*
 * native_ask - which requests the native transport can make, and how they
 * look on the wire.
 *
 * Whatever is in doubt (an address in an old notation, a field that changes
 * how the body is sent) is left to libcurl.  What is sent is what libcurl
 * 7.88 sends, but for the codings it offers.  Pure functions.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

struct buf;
struct request;
struct session;

enum {
	/* Larger ones take their time, and are for libcurl to watch. */
	NATIVE_BODY_MAX = 32 << 10,
	NATIVE_HEAD_MAX = 256 << 10,
};

struct target {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} at;
	socklen_t at_len;
	const char *host; /* in the URL, an IPv6 address with its brackets */
	size_t host_len;
	unsigned port;
	const char *path; /* with the query; "" for none */
	bool is_near;	  /* this machine: connected in no time */
};

/* False: not one that can be reached without looking anything up. */
bool target_find(struct target *tg, const struct request *rq);

bool native_can(const struct request *rq, const struct session *se);

/* Head and body. *head_len is how much of it is head.  False without memory
 * or when it is too long. */
bool native_write(const struct request *rq, const struct target *tg,
		  struct buf *out, size_t *head_len);

#endif
