/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_BLAMER_H
#define PROBE_ENGINE_BLAMER_H

/*
 * blamer - the engine's verdict on exchanges that it did not make.
 *
 * Whoever makes exchanges by itself tells what happened as a fault; the
 * outcome and the words are those that the engine would have come to.
 *
 * Thread rule   one thread at a time.
 * Ownership     everything that a fault points to stays the caller's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/engine/http1.h"
#include "probe/engine/unpack.h"
#include "report/result/outcome.h"

struct blamer;
struct buf;
struct handshake;
struct request;

enum { FAULT_WORDS_MAX = 200 };

enum fault_kind {
	FAULT_NONE,    /* the answer is whole; it is judged */
	FAULT_CONNECT, /* error */
	FAULT_TLS,     /* of the handshake: words, or what it saw */
	FAULT_SEND,    /* error, or words */
	FAULT_RECEIVE,
	FAULT_ANSWER, /* flaw, and unpack_flaw */
	FAULT_BODY,   /* it is longer than the request allows */
	FAULT_MEMORY,
	FAULT_UNVERIFIED, /* no certificate was shown */
};

struct fault {
	enum fault_kind kind;
	int error; /* of the system; 0 */
	enum http1_flaw flaw;
	char words[FAULT_WORDS_MAX]; /* "" */
};

/* What was seen of the exchange; NULL and 0: nothing. */
struct evidence {
	const struct request *request;
	const struct headers *headers;
	const struct unpack *unpack;
	enum unpack_flaw unpack_flaw;
	const struct handshake *handshake;
	uint64_t received; /* of the body, decoded */
	const char *host;  /* for FAULT_CONNECT */
	unsigned port;
	uint64_t took_ns;
};

struct blamer *blamer_new(void);     /* NULL without memory */
void blamer_free(struct blamer *bl); /* NULL is fine */

/* *detail is emptied first, and gets the reason in words, if any. */
enum outcome blamer_judge(struct blamer *bl, const struct fault *f,
			  const struct evidence *seen, struct buf *detail);

#endif
