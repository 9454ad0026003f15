/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_ENGINE_SERVER_H
#define TESTS_UNIT_ENGINE_SERVER_H

/*
 * engine_server - a server on threads for the unit tests of the engine.
 *
 * One thread accepts, one thread serves each connection with blocking calls.
 * The path says how a request is answered; see the table in the .c file.
 * With a struct server_tls it speaks TLS, with certificates made in memory.
 */

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

struct server;

enum { SERVER_CHAIN_MAX = 4 };

struct server_tls {
	EVP_PKEY *key;
	X509 *chain[SERVER_CHAIN_MAX]; /* the leaf first */
	bool wants_client_cert;
	bool only_tls12;
};

enum server_kind {
	SERVER_HTTP,
	SERVER_LINES,  /* a greeting, PING -> PONG, QUIT closes */
	SERVER_SILENT, /* accepts, never says a word, not even TLS */
};

struct server *server_start(enum server_kind kind,
			    const struct server_tls *tls);
void server_stop(struct server *s);
unsigned server_port(const struct server *s);
size_t server_connections(const struct server *s); /* ever accepted */
size_t server_open(const struct server *s);	   /* right now */

/* ---- certificates ----------------------------------------------------- */

struct made_cert {
	EVP_PKEY *key;
	X509 *cert;
};

struct cert_plan {
	const char *name;      /* common name */
	const char *alt_names; /* "DNS:a.test,IP:127.0.0.1", or NULL */
	bool is_ca;
	long from_days; /* from now */
	long to_days;
	int rsa_bits; /* 0: EC P-256 */
	bool sha1;
};

/* issuer NULL: self-signed. */
struct made_cert cert_make(const struct cert_plan *plan,
			   const struct made_cert *issuer);
void cert_unmake(struct made_cert *made);
void cert_write(const char *path, X509 *cert, EVP_PKEY *key); /* or NULL */

#endif
