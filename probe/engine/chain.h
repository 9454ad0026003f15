/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_CHAIN_H
#define PROBE_ENGINE_CHAIN_H

/*
 * chain - the certificates that a server sent, judged.
 *
 * OpenSSL finds the path to an authority and is asked to go on past every
 * problem, so that all that is wrong is known and not only the first.  The
 * name is checked here as well, so that it may differ from the one sent by
 * SNI.  It knows certificates; it knows no connection.
 *
 * Sources       path validation: RFC 5280 section 6; names: RFC 9525;
 *               strength: 112 bits and more, NIST SP 800-57 part 1.
 * Ownership     chain_release() gives back what chain_verify() took.
 * Time          now_s is seconds since 1970 UTC.
 */

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "report/result/outcome.h"

struct arena;
struct buf;
struct tls_facts;

/* In the order in which they decide the outcome. */
enum chain_flaw_kind {
	CHAIN_EXPIRED,
	CHAIN_NOT_YET,
	CHAIN_NAME,
	CHAIN_SELF_SIGNED,
	CHAIN_UNTRUSTED,
	CHAIN_WEAK,
	CHAIN_FLAW_N
};

struct chain_flaw {
	bool is_set;
	int error;  /* X509_V_ERR_..., 0 when it was found here */
	X509 *cert; /* the one concerned, or NULL; a reference */
};

struct chain {
	STACK_OF(X509) * sent; /* the leaf first; or NULL */
	STACK_OF(X509) * path; /* as far as it was found; or NULL */
	struct chain_flaw flaw[CHAIN_FLAW_N];
	bool was_seen; /* chain_verify() has run */
};

enum {
	CHAIN_CERTS_MAX = 32,	/* told of a chain */
	CHAIN_NAMES_MAX = 4096, /* bytes of the names of one certificate */
	CHAIN_TEXT_MAX = 512,	/* bytes of a subject */
	CHAIN_RSA_BITS_MIN = 2048,
	CHAIN_EC_BITS_MIN = 224,
};

void chain_release(struct chain *ch);

/* Looks at what was sent.  False without memory.  May be called again with
 * another store. */
bool chain_verify(struct chain *ch, X509_STORE *store, X509 *leaf,
		  STACK_OF(X509) * sent, const char *name);

/* No path to an authority was found: another store might have one. */
bool chain_is_lost(const struct chain *ch);

bool chain_is_trusted(const struct chain *ch); /* all but the name */
bool chain_is_good(const struct chain *ch);    /* and the name */

/* OUTCOME_OK when nothing is wrong. */
enum outcome chain_outcome(const struct chain *ch);

/* All that is wrong, "; " between; nothing when all is well. */
bool chain_say(const struct chain *ch, const char *name, int64_t now_s,
	       struct buf *out);

/* ---- one certificate (cert.c) ----------------------------------------- */

struct cert;

/* Everything but role and on_path.  False without memory. */
bool cert_describe(X509 *x, int64_t now_s, struct arena *a, struct cert *out);

bool cert_is_self_signed(X509 *x);
int64_t cert_not_before_s(X509 *x);
int64_t cert_not_after_s(X509 *x);
int64_t cert_days(X509 *x, int64_t now_s); /* rounded down */
bool cert_has_weak_key(X509 *x);
bool cert_has_weak_signature(X509 *x);
/* Does it say where its issuer can be fetched (RFC 5280 4.2.2.1)? */
bool cert_names_issuer_place(X509 *x);
bool cert_print_subject(X509 *x, struct buf *out);
bool cert_print_issuer(X509 *x, struct buf *out);
bool cert_print_names(X509 *x, struct buf *out);
bool cert_print_key(X509 *x, struct buf *out);

/* Names and addresses are compared by different rules. */
bool chain_is_address(const char *name);

/* Fills n_certs, certs and days of *facts.  False without memory. */
bool chain_describe(const struct chain *ch, int64_t now_s, struct arena *a,
		    struct tls_facts *facts);

#endif
