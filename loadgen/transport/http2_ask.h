/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_TRANSPORT_HTTP2_ASK_H
#define LOADGEN_TRANSPORT_HTTP2_ASK_H

/*
 * http2_ask - a request as the header fields of HTTP/2.
 *
 * Made from the head of the same request in HTTP/1.1, as libcurl makes it:
 * so both versions ask for the same.  Names become lower case, what concerns
 * one connection only is left out, and the host becomes the authority.
 *
 * Source        RFC 9113 sections 8.2 and 8.3.1.
 * Lifetime      the memory is used again by the next h2_ask_make().
 * Thread rule   one thread at a time.
 */

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/buf.h"

struct wire; /* loadgen/transport/transport.h */

struct h2_ask {
	/* of which request, in which version; NULL: none yet */
	const struct wire *wire;
	uint64_t version;
	struct buf text; /* what the fields point into */
	nghttp2_nv *field;
	size_t n, room;
};

void h2_ask_release(struct h2_ask *a);

/* Does nothing when it is that request already.  False without memory, or
 * when the head is none. */
bool h2_ask_make(struct h2_ask *a, const struct wire *wire, bool is_tls);

#endif
