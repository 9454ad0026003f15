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
	unsigned usual_port; /* of the scheme */
	const char *path;    /* with the query; "" for none */
	size_t path_len;
	bool is_near;	/* this machine: connected in no time */
	bool says_last; /* tell the server that no other request follows */
};

/* False: not one that can be reached without looking anything up. */
bool target_find(struct target *tg, const struct request *rq);

bool native_can(const struct request *rq, const struct session *se);

/* For those who find the address elsewhere: host, port and path of a URL of
 * http or https, whose host may be a name.  False: libcurl would have to
 * look at it. */
bool target_split(struct target *tg, const char *url);
/* Whether method, credentials and header fields can be sent as they stand;
 * an Expect may be among them.  NULL, or why not. */
const char *native_cannot_say(const struct request *rq);

/* Head and body. *head_len is how much of it is head.  False without memory
 * or when it is too long. */
bool native_write(const struct request *rq, const struct target *tg,
		  struct buf *out, size_t *head_len);

#endif
