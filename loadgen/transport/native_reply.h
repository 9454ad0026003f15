/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_NATIVE_REPLY_H
#define LOADGEN_NATIVE_REPLY_H

/*
 * native_reply - reads one answer of a load from the bytes of a connection.
 *
 * An ordinary answer, whose head comes in one piece and is of the plainest
 * kind, is read by a lean scan that only counts its body.  Everything else
 * goes to the engine's http1 from its first byte, so that whatever is odd is
 * judged there and only there.  It knows no sockets and no clock.
 *
 * Rules may mind cookies: then an answer that sets one is no ordinary one, and
 * its head is there to be looked at.
 *
 * Source        RFC 9112 sections 4 to 9.
 * Thread rule   one thread at a time.
 * Memory        none for an ordinary answer; what an odd one takes is kept
 *               for the next one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loadgen/transport/keep.h"
#include "probe/engine/blamer.h"
#include "probe/engine/http1.h"

struct head_memo;
struct request;

/* Fields that an ordinary answer has not, for those who mind. */
enum {
	LEAN_MINDS_CODING = 1, /* Content-Encoding */
	LEAN_MINDS_COOKIES = 2,
};

/* What holds for all answers of a hub, or to one request of a flow. */
struct reply_rules {
	const struct request *request;
	uint64_t head_max_bytes, body_max_bytes;
	unsigned minds;		/* LEAN_MINDS_... */
	bool keeps_answer;	/* headers and body */
	struct head_memo *memo; /* of the hub; or NULL */
};

/* An answer that http1 reads. */
struct reading {
	struct http1 http1;
	struct answer_keep *keep;
	uint64_t received; /* of the body, decoded */
	uint64_t max_bytes;
	bool keeps_body;
	bool is_too_long;
};

enum reply_way {
	REPLY_AT_START,
	REPLY_BY_LENGTH, /* the lean way, somewhere in the body */
	REPLY_BY_HTTP1,
};

enum reply_step {
	REPLY_MORE,
	REPLY_DONE,
	REPLY_FAILED,
};

struct reply {
	enum reply_way way;
	unsigned status; /* 0: none yet */
	bool answers_head;
	bool is_odd;	   /* not for the lean scan, whatever comes */
	bool can_last;	   /* once it is done: the connection may stay open */
	uint64_t left;	   /* of the body, on the lean way */
	uint64_t received; /* of the body, decoded */
	uint64_t n_behind; /* bytes that came behind its end */
	struct reading *reading; /* or NULL; only of this answer with way
				  * REPLY_BY_HTTP1 */
};

void reply_rules_init(struct reply_rules *ru, const struct request *rq,
		      bool keeps_answer);

/* A zeroed reply is one that was released. */
void reply_release(struct reply *r);
/* Room for an odd answer; made by itself when one comes.  False without
 * memory. */
bool reply_make_room(struct reply *r);

/* For the next answer. */
void reply_begin(struct reply *r, const struct reply_rules *ru,
		 bool answers_head);
enum reply_step reply_feed(struct reply *r, const struct reply_rules *ru,
			   const char *bytes, size_t len);
/* The peer has closed the connection. */
enum reply_step reply_close(struct reply *r, const struct reply_rules *ru);

/* How many of the bytes to come nobody needs to see; reply_skip() when some
 * of them are gone. */
static inline uint64_t reply_skippable(const struct reply *r)
{
	return r->way == REPLY_BY_LENGTH ? r->left : 0;
}
enum reply_step reply_skip(struct reply *r, size_t len);

/* What http1 thinks of it, for the blamer; false when there is nothing to
 * judge: a lean answer. */
bool reply_fault(const struct reply *r, struct fault *f, struct evidence *seen);

/* ---- the lean scan (native_lean.c) ---------------------------------- */

struct lean {
	unsigned status;
	size_t head_len;
	uint64_t length; /* of the body, if not chunked */
	bool has_length, is_chunked;
	bool has_connection, closes;
};

/* Reads a head that is whole and ordinary.  False: it is not.  minds:
 * LEAN_MINDS_... */
bool lean_scan(struct lean *ln, const char *bytes, size_t len, unsigned minds);

enum { HEAD_MEMO_BYTES = 1024 };

/* The head that was read last.  Most answers of a load have the same one until
 * the second of their Date is over, and what it says is then known. */
struct head_memo {
	struct lean lean;
	size_t len; /* 0: none */
	char bytes[HEAD_MEMO_BYTES];
};

/* A chunked body that is whole and ordinary: *used bytes of it, *body of
 * them its own.  False: it is not. */
bool lean_chunks(const char *bytes, size_t len, size_t *used, uint64_t *body);

#endif
