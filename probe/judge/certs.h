/* SPDX-License-Identifier: MIT */
#ifndef PROBE_CERTS_H
#define PROBE_CERTS_H

/*
 * certs - the facts of a handshake in words.
 *
 * Pure: the time comes in.  A day is 24 hours; on its last one a certificate
 * "expires today", on the first one after its end it "expired today".
 */

#include <stdbool.h>
#include <stdint.h>

#include "report/result/result.h"

struct arena;
struct buf;

const struct cert *certs_leaf(const struct tls_facts *tls); /* or NULL */

/* Of the certificates on the path (of all sent when there is no path), the
 * one that ends first; NULL without any. */
const struct cert *certs_earliest(const struct tls_facts *tls);

/* Time left, negative when it is over; clamped to what fits. */
int64_t certs_left_ns(const struct cert *cert, uint64_t wall_ns);

/* "expires in 9 days", "expires today", "expired 3 days ago". */
void certs_say_expiry(const struct cert *cert, uint64_t wall_ns,
		      struct buf *out);

/* "the leaf "CN=a" expired 3 days ago". */
void certs_say(const struct cert *cert, uint64_t wall_ns, struct buf *out);

/* What is wrong by the outcome of the handshake; false when the facts have
 * nothing to say about it. */
bool certs_say_outcome(enum outcome o, const struct tls_facts *tls,
		       uint64_t wall_ns, struct buf *out);

/* A deep copy; NULL for NULL or without memory. */
const struct tls_facts *certs_copy(struct arena *a,
				   const struct tls_facts *from);

#endif
