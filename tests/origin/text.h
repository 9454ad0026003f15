/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ORIGIN_TEXT_H
#define TESTS_ORIGIN_TEXT_H

/*
 * text - slices of bytes, and the few encodings that the origin speaks.
 *
 * A slice borrows its bytes and has no NUL behind it.  Knows URL encoding
 * (WHATWG form encoding: "+" is a space), JSON strings (RFC 8259) and base64
 * (RFC 4648); knows nothing of HTTP.
 *
 * Thread rule   none: no state.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf; /* scenarios/base/buf.h */

struct text {
	const char *p;
	size_t n;
};

struct text text_of(const char *literal);
struct text text_buf(const struct buf *b); /* valid until the next append */

bool text_is(struct text t, const char *word);
bool text_is_nocase(struct text t, const char *word);
bool text_has_nocase(struct text t, const char *word); /* anywhere in it */

/* Cuts the part before the first c off *rest; without c, all of it. */
struct text text_cut(struct text *rest, char c);

/* The number in t, or otherwise when t is not one, whole and in range. */
long long text_number(struct text t, long long otherwise);

/* These append to *out. */
void text_url_decode(struct text t, struct buf *out);
void text_json(struct text t, struct buf *out); /* with its quotes */
void text_base64(struct text t, struct buf *out);
void text_hex(const unsigned char *bytes, size_t n, struct buf *out);

/* The next "key=value" of a query, still encoded.  False at the end. */
bool query_next(struct text *rest, struct text *key, struct text *value);

/* Empties *value and decodes the first value of key into it. */
bool query_find(struct text query, const char *key, struct buf *value);

/* The value of key within [low, high]; otherwise when there is none. */
long long query_number(struct text query, const char *key, long long low,
		       long long high, long long otherwise);

#endif
