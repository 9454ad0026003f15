/* SPDX-License-Identifier: MIT */
#ifndef REPORT_MERGE_H
#define REPORT_MERGE_H

/*
 * merge - several results of the same load as one.
 *
 * For shards that ran at the same time on several machines, and for parts that
 * ran one after the other.  It knows nothing of files.
 *
 * Lossless      counts are added, and histograms are decoded, added and
 *               encoded again: a count of a bucket is the sum of those of the
 *               parts.  Quantiles and their intervals are computed anew, and
 *               the accounting stays closed.  A mean is exact to a nanosecond.
 * Time          rows of the timeline are put on one clock by started_at; a row
 *               goes where its middle lies.  When there are more rows than a
 *               timeline holds, it gets coarser; times that no part covers
 *               have no row.
 * Rates         count what ended while the plans ran, by the time that they
 *               cover together: what overlaps counts once.
 * Limits        one over the whole run is judged anew from the merged times
 *               and counts; one with a window or a `for` from the rows, when
 *               they have what it is about.  What cannot be judged anew is as
 *               the worst of the parts had it, and not observed when they ran
 *               at the same time; the note says why.
 * Instrument    the worst of all: each doubt is kept, with where it comes
 *               from, and one that is fatal makes the whole invalid.
 * Refused       another name, model, plan, process or other steps; digits of
 *               histograms; a search for the highest rate; histograms that do
 *               not hold what their counts say; sums that are too large.
 *
 * Time taken    in proportion to what is decoded; each histogram once.
 * Memory        of the result; a part is not needed once it was added.
 * Thread rule   a merger belongs to one thread; all else is pure.
 * Errors        false or NULL with at least one problem, ERR_INPUT for what
 *               cannot be merged.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;	    /* scenarios/base/arena.h */
struct errs;	    /* scenarios/base/err.h */
struct load_result; /* report/result/load_result.h */
struct run_result;  /* report/result/result.h */

enum {
	MERGE_PARTS_MAX = 1000,
	MERGE_STEPS_MAX = 1000, /* of one load */
};

/* Several results of one load, such as the launches of one side of a gate; n is
 * at least 1.  Their addresses may differ. */
bool merge_loads(const struct load_result *const *of, size_t n, struct arena *a,
		 struct load_result *out, struct errs *es);

/* ---- whole runs, one at a time ---------------------------------------- */

struct merger;

/* What is kept of the parts, and the result, live in that arena. */
struct merger *merger_new(struct arena *a, struct errs *es);
void merger_free(struct merger *m); /* NULL is fine */

/* name is what problems call it: its file.  After false nothing more can be
 * added.  Refuses what is not of loads and what is in it already. */
bool merger_add(struct merger *m, const struct run_result *run,
		const char *name, struct errs *es);

/* The merged run, judged; at least one was added. */
struct run_result *merger_finish(struct merger *m, struct errs *es);

#endif
