/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ORIGIN_TLS_H
#define TESTS_ORIGIN_TLS_H

/*
 * tls - certificates of a port, and bytes in and out of a connection whether
 * it is encrypted or not.
 *
 * Deliberately weak where asked: security level 0, so that old protocols and
 * short keys can be served to clients that must refuse them.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct conn;
struct errs;
struct ssl_ctx_st;

enum { TLS_EOF = 0, TLS_AGAIN = -1, TLS_FAILED = -2 };

struct tls_setup {
	const char *cert;      /* PEM: the chain as served, leaf first */
	const char *key;       /* PEM */
	const char *low;       /* "TLSv1" ... "TLSv1.3"; NULL is TLSv1.2 */
	const char *high;      /* NULL is TLSv1.3 */
	const char *client_ca; /* PEM: demand certificates that it signed */
};

/* NULL with a problem in *es when a file cannot be used. */
struct ssl_ctx_st *tls_context_new(const struct tls_setup *setup,
				   struct errs *es);
void tls_context_free(struct ssl_ctx_st *context);

/* Makes c encrypted.  False without memory. */
bool tls_begin(struct conn *c, struct ssl_ctx_st *context);
void tls_end(struct conn *c);

/* Bytes moved, or one of the three above. */
long tls_read(struct conn *c, char *bytes, size_t n);
long tls_write(struct conn *c, const char *bytes, size_t n);

/* True when a read would give bytes that the socket no longer shows. */
bool tls_pending(const struct conn *c);

/* Says goodbye if encrypted; does not wait for the answer. */
void tls_goodbye(struct conn *c);

/* Appends a JSON object of protocol, cipher, resumption, client's name; or
 * null. */
void tls_print(const struct conn *c, struct buf *out);

#endif
