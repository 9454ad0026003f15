/* SPDX-License-Identifier: MIT */
#ifndef REPORT_STATE_CHAIN_H
#define REPORT_STATE_CHAIN_H

/*
 * chain - evidence of tampering with the alert log and the audit records.
 *
 * Each row carries the SHA-256 of the hash before it and of its own columns;
 * table chain has the head of each chain (one of the log of each scenario, and
 * one of the audit) and how many rows there were.  So a row that was changed,
 * removed or put in is found by state_chains().
 *
 * Proves        that rows are those which assay wrote, in their order, as long as
 *               who changes the file does not make the chain anew.  Against one
 *               who does only a head helps that was noted elsewhere: it is found
 *               again among the hashes, or the past was rewritten.
 * Proves not    who wrote a row, nor that the clock was right; nor anything of
 *               rows that were removed by their age: their last hash stays as
 *               the base on which the others rest.
 * Encoding      prev, then each field as 8 bytes of length, big endian, and its
 *               bytes: the name of the table; the time in ns as 8 bytes, big
 *               endian; the texts.  An entry: scenario, key, kind, body.  A
 *               record: user, action, resource, details, "1" or "0".  The first
 *               prev is 32 bytes of 0.
 * Thread rule   that of the state.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "report/state/chain/sha256.h"

struct errs;
struct state;

#define CHAIN_OF_AUDIT INT64_C(0) /* else the number of a scenario */

enum { CHAIN_ENTRY_TEXTS = 4, CHAIN_AUDIT_TEXTS = 5, CHAIN_TEXTS = 5 };
struct chain_text {
	const void *bytes;
	size_t len;
};
struct chain_row {
	const char *table; /* "entry", "audit" */
	uint64_t at_ns;	   /* above INT64_MAX: that, as it is stored */
	size_t n_texts;
	struct chain_text texts[CHAIN_TEXTS];
};

static inline struct chain_text chain_text(const char *text)
{
	return (struct chain_text){ text, strlen(text) };
}

/* Of a statement whose columns are the chain, the id, the time and the texts:
 * valid until its next step. */
void chain_row_read(sqlite3_stmt *s, const char *table, size_t n_texts,
		    struct chain_row *out);

/* hash holds the one before, and then that of the row. */
void chain_hash(const struct chain_row *row, unsigned char hash[SHA256_BYTES]);

/* The hash of a row that is to be added now, in the transaction under way; it
 * becomes the head. */
bool chain_add(struct state *st, int64_t of, const struct chain_row *row,
	       unsigned char hash[SHA256_BYTES], struct errs *es);

/* Removes rows from the start of a chain, up to the first that is as young as
 * that time; adds how many to *removed. */
bool chain_cut(struct state *st, int64_t of, uint64_t until_at_ns,
	       uint64_t *removed, struct errs *es);

/* Chains the rows of a file from before there were chains.  A code of SQLite. */
int chain_migrate(sqlite3 *db);

#endif
