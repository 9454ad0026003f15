/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_HANDSHAKE_H
#define PROBE_ENGINE_HANDSHAKE_H

/*
 * handshake - watches and decides the TLS handshake of one connection.
 *
 * Hooks itself into the SSL_CTX that libcurl makes for a connection, or into
 * one connection of a context that many share: it
 * sends the name that was asked for, judges the chain (chain.h) instead of
 * libcurl, and remembers protocol, cipher and alerts.  It lives as long as
 * the connection, which may be longer than the exchange that opened it, so
 * that an exchange on a connection that was open already has the facts too.
 *
 * Ownership     counted: the SSL_CTX (or the SSL) has one reference, each
 *               transfer that used the connection has one.
 * Thread rule   belongs to one engine.
 */

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "probe/engine/chain.h"

struct errs;
struct request;
struct tls_facts;
struct trust;

struct handshake {
	unsigned refs;
	struct trust *trust;
	char *ca_file; /* or NULL */
	char *name;    /* the certificate has to be for it */
	char *sni;     /* to send instead of what libcurl sends, or NULL */
	char *sent_sni;
	bool skip_verify;
	bool wants_any_tls;
	bool has_client_cert;
	/* what was seen */
	struct chain chain;
	const char *protocol; /* "TLSv1.3"; "" */
	const char *cipher;
	uint64_t started_ns;
	bool is_done;
	bool is_refused; /* by us */
	bool asked_for_cert;
	int alert;	   /* fatal one received, 0: none */
	bool said_goodbye; /* the peer: nothing more will come */
};

/* Once, before any thread starts. */
bool handshake_global_init(struct errs *es);

/* host: of the URL.  NULL without memory. */
struct handshake *handshake_new(const struct request *rq, const char *host,
				struct trust *trust);
/* Another one with the same settings, nothing seen. */
struct handshake *handshake_renew(const struct handshake *h);
struct handshake *handshake_ref(struct handshake *h);
void handshake_unref(struct handshake *h); /* NULL is fine */

/* Hooks h into the context of a connection to be.  False without memory. */
bool handshake_install(struct handshake *h, SSL_CTX *ctx);

/* Readies a context for many connections, each with a handshake of its own
 * that is attached to it. */
void handshake_prepare(SSL_CTX *ctx);
/* False without memory. */
bool handshake_attach(struct handshake *h, SSL *ssl);

/* The one that was attached to or installed for this connection, or NULL. */
struct handshake *handshake_find(const SSL *ssl);

/* True when the certificate may be relied on, or nobody asked to check. */
bool handshake_is_accepted(const struct handshake *h);

/* NULL when nothing was seen, or without memory. */
const struct tls_facts *handshake_facts(const struct handshake *h,
					int64_t now_s, struct arena *a);

#endif
