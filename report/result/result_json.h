/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RESULT_JSON_H
#define REPORT_RESULT_JSON_H

/*
 * result_json - the result file: a run_result as JSON and back.
 *
 * One object with "format": "assay-result" and "version".  Keys are those of
 * report/result/result.h, told by the tables of report/result/result_shape.h, with these
 * differences for those who read it with a script:
 *
 *   checks[].steps      the steps of the attempt that decided, the last one;
 *                       its entry in attempts[] has no "steps", earlier ones
 *                       keep theirs.  The reader puts them back.
 *   started_at          RFC 3339 in UTC with nanoseconds, read back exactly
 *   not_before, not_after   RFC 3339 in UTC, seconds
 *   tags, names         lists of strings
 *   phases_ns           an object of all phases; adds up to total_ns
 *
 * What is empty and no part of the spine (result.schema.json: required) is
 * left out.  Numbers are at most 2^53, which every JSON reader keeps exactly,
 * and all but rates, shares and seconds whole; the writer cuts larger ones.
 *
 * A file that is read is hostile: bounded, every problem with its path
 * ("checks[3].steps[0].outcome"), sums and verdicts computed again (those of
 * loads: report/result/load_books.h).  Keys
 * that are not known are skipped: a newer writer may add some.  A version
 * above RESULT_VERSION is refused.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;	   /* scenarios/base/arena.h */
struct buf;	   /* scenarios/base/buf.h */
struct errs;	   /* scenarios/base/err.h */
struct source;	   /* scenarios/base/err.h */
struct run_result; /* report/result/result.h */

enum {
	RESULT_FILE_MAX = 64 * 1024 * 1024, /* bytes */
	RESULT_DEPTH_MAX = 32,
};

/* Appends the tree, two spaces a level, with a line feed at the end.  False
 * when *out could not take all of it. */
bool result_write(const struct run_result *run, struct buf *out);

/* The same on one line, for a line-based store. */
bool result_write_compact(const struct run_result *run, struct buf *out);

/* The tree in a, judged, or NULL with at least one problem. */
struct run_result *result_read(struct arena *a, const struct source *src,
			       struct errs *es);

/* Reads a file ("-" is standard input) into *run. */
bool result_read_file(const char *path, struct arena *a,
		      struct run_result **run, struct errs *es);

#endif
