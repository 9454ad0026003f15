/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_TRANSPORT_KEEP_H
#define LOADGEN_TRANSPORT_KEEP_H

/*
 * keep - the answer to an exchange of a load, kept to be judged.
 *
 * What the engine keeps in an exchange, a lane keeps here: header fields and
 * the body, freed of its codings when the request offered any, under the
 * ceilings of the request.  The memory is used again for the next answer; only
 * codings take some anew.
 *
 * Thread rule   one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>

#include "loadgen/transport/dial.h"
#include "probe/engine/exchange.h"
#include "probe/engine/headers.h"
#include "probe/engine/unpack.h"

struct answer_keep {
	struct headers head;
	struct unpack *unpack; /* codings of the body; NULL: none */
	enum unpack_flaw unpack_flaw;
	bool unpacks;	  /* the request offered codings */
	bool has_codings; /* the headers were asked for them */
	struct field *field;
	size_t field_room;
	char remote[DIAL_REMOTE_MAX];
	struct answer answer;
};

struct answer_keep *keep_new(const char *transport); /* NULL without memory */
void keep_free(struct answer_keep *k);		     /* NULL is fine */

/* Forgets the last answer.  The limits are those of this request. */
void keep_begin(struct answer_keep *k, const struct request *rq);

/* Bytes of the body as they came.  False: unpack_flaw, or the answer's body
 * is truncated or has failed. */
bool keep_body(struct answer_keep *k, const char *bytes, size_t len);

/* The fields of the head become those of the answer.  False without
 * memory. */
bool keep_fields(struct answer_keep *k);

#endif
