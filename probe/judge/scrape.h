/* SPDX-License-Identifier: MIT */
#ifndef PROBE_JUDGE_SCRAPE_H
#define PROBE_JUDGE_SCRAPE_H

/*
 * scrape - what the selectors of a step found in an exposition.
 *
 * The body is read once, and only what some selector of the step wants is
 * remembered: series that are judged and series that are kept.
 *
 * Thread rule   that of the judging.
 * Ownership     a scrape goes with its judging.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/result/result.h"

struct arena;
struct buf;
struct cJSON;
struct judging;
struct selector;

enum {
	SCRAPE_ROWS_MAX = 10000,      /* series remembered of one body */
	SCRAPE_ARENA_MAX = 16 << 20,  /* bytes of their labels */
	SCRAPE_LABELS_MAX = 64 << 10, /* of the labels of one */
};

/* A series that a selector wants; one that two want is there twice. */
struct scrape_row {
	const struct selector *selector;
	const char *labels; /* as in struct kept */
	enum series_kind kind;
	double bound;
	double value;
};

struct scrape {
	bool is_read;	  /* it is an exposition */
	const char *why;  /* it is none: one sentence */
	size_t n_samples; /* in the body */
	size_t n;
	struct scrape_row *rows;
	size_t room;
	const char *cut; /* why not all could be taken; or NULL */
	struct arena *arena;
};

/* Reads the body at the first call.  NULL without memory. */
const struct scrape *judging_scrape(struct judging *j);
void scrape_free(struct scrape *sc);

/* The sum of what the selector found, and a map from labels to values, as
 * JSON that the caller deletes.  *n is how many there are.  NULL when there is
 * none, or when they have no sum, with half a sentence in *why. */
struct cJSON *scrape_sum(const struct scrape *sc, const struct selector *want,
			 size_t *n, struct buf *why);
struct cJSON *scrape_each(const struct scrape *sc, const struct selector *want,
			  size_t *n, struct buf *why);

#endif
