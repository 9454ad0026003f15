/* SPDX-License-Identifier: MIT */
#ifndef PROBE_SECRETS_H
#define PROBE_SECRETS_H

/*
 * secrets - the values of the secrets that a scenario declares.
 *
 * They come from the environment or from a file, never from the command
 * line, and are made known to the redactor before anything else happens.
 *
 * Thread rule   reading belongs to one thread; const afterwards.
 * Ownership     values live in the arena; secrets_wipe() clears them.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;	 /* scenarios/base/arena.h */
struct errs;	 /* scenarios/base/err.h */
struct redactor; /* report/redact/redact.h */
struct scenario; /* scenarios/model.h */

enum { SECRET_FILE_MAX = 65536 }; /* bytes */

struct secret_value {
	const char *name;
	char *text;
	size_t len;
};

struct secret_values {
	size_t n;
	struct secret_value *item;
};

/* Refused: one that is unset, empty, shorter than REDACT_MIN or holds a NUL,
 * and a file that cannot be read; so is a secret column of data with a value
 * that is too short.  An optional one that is unset is an empty text.  A file
 * that others may read is a warning.
 * Line ends at the end of a file are not part of the secret. */
bool secrets_read(const struct scenario *sc, struct arena *a,
		  struct redactor *r, struct secret_values *out,
		  struct errs *problems, struct errs *warnings);

const struct secret_value *secrets_find(const struct secret_values *t,
					const char *name);

/* Overwrites the values; the list is empty afterwards. */
void secrets_wipe(struct secret_values *t);

#endif
