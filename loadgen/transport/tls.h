/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_TLS_H
#define LOADGEN_TLS_H

/*
 * tls - what the TLS connections of one hub share: settings, authorities,
 * the last session.
 *
 * Every full handshake is judged as the engine judges it (handshake.h); a
 * resumed one shows no certificate, but its session was made here and only
 * after a handshake that was accepted.
 *
 * Thread rule   belongs to one hub.
 * Ownership     tls_open() gives a connection that the caller frees by
 *               SSL_free().
 */

#include <openssl/ssl.h>
#include <stdbool.h>

struct errs;
struct handshake;
struct route;
struct tls;

/* alpn: "http/1.1" or "h2".  NULL: the files named by the request cannot be
 * used, or no memory. */
struct tls *tls_new(const struct route *rt, const char *alpn, struct errs *es);
void tls_free(struct tls *t); /* NULL is fine */

/* A client's connection on this socket; its handshake has not begun.  NULL
 * without memory. */
SSL *tls_open(struct tls *t, int fd);

/* What was seen of it, for blame and for the peer's goodbye. */
struct handshake *tls_handshake(const SSL *ssl);

/* Once SSL_do_handshake() has succeeded: whether the peer may be relied on.
 * What is needed no more is given back. */
bool tls_accept(struct tls *t, SSL *ssl);

/* Whether the peer chose that protocol by ALPN. */
bool tls_speaks(const SSL *ssl, const char *alpn);

#endif
