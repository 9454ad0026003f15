/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_TRUST_H
#define PROBE_ENGINE_TRUST_H

/*
 * trust - the authorities that certificates are checked against.
 *
 * Reading the system's bundle takes milliseconds, so a file is read once
 * and kept; it is read again when it has changed.  The system's authorities
 * are first looked up one by one in its hashed folder, and only when that
 * finds no path the whole bundle is read.
 *
 * Thread rule   belongs to one engine.
 * Lifetime      a store found is valid until trust_free() or the next
 *               trust_find() of the same file.
 */

#include <openssl/x509.h>
#include <stdbool.h>

struct trust;

enum trust_depth {
	TRUST_QUICK, /* what can be had without reading it all */
	TRUST_WHOLE,
};

struct trust *trust_new(void); /* NULL without memory */
void trust_free(struct trust *tr);

/* ca_file NULL: the system's.  NULL when it cannot be read; then *why says
 * so, in words that last. */
X509_STORE *trust_find(struct trust *tr, const char *ca_file,
		       enum trust_depth depth, const char **why);

#endif
