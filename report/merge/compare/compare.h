/* SPDX-License-Identifier: MIT */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

/*
 * compare - results of the same loads side by side.
 *
 * What each saw with its interval, by how much it differs from the first, and
 * what else was not the same.  It judges nothing: two runs at different times
 * differ by more than the intervals of either say, as the machine, its
 * neighbours and the launch of the service were others.  Each form of it says
 * so, and names what can judge.
 *
 * Loads are matched by name, steps by name and kind: an address that differs is
 * told by what differs.
 *
 * Intervals     of quantiles those of the result; of shares Wilson's (J. Am.
 *               Stat. Assoc. 22, 1927), both of 95 % and for that run only.
 * Units         nanoseconds, per second, shares 0 to 1; changes in percent, of
 *               shares in percentage points.
 * Thread rule   pure.
 * Errors        false or NULL without memory.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;	   /* scenarios/base/arena.h */
struct buf;	   /* scenarios/base/buf.h */
struct run_result; /* report/result/result.h */

enum {
	COMPARE_MAX = 7,	  /* side by side */
	COMPARE_STEPS_MAX = 1000, /* of all loads of one */
};

enum compare_kind { COMPARE_COUNT, COMPARE_RATE, COMPARE_SHARE, COMPARE_TIME };

struct compare_cell {
	bool is_there;	   /* the run has it */
	bool has_interval; /* the sample bears it */
	bool is_few;	   /* a quantile that the sample cannot bear */
	double value, low, high;
	bool has_change;
	double change; /* against the first run */
	bool is_apart; /* its interval and that of the first do not meet */
};

struct compare_row {
	const char *load;
	const char *step; /* "": of the load */
	const char *what; /* "p99", "errors" */
	enum compare_kind kind;
	struct compare_cell cell[COMPARE_MAX];
};

/* Something that is not the same everywhere. */
struct compare_fact {
	const char *load;	       /* "": of the run */
	const char *what;	       /* "plan" */
	const char *text[COMPARE_MAX]; /* "": none */
};

struct compare {
	size_t n;
	const struct run_result *run[COMPARE_MAX];
	const char *name[COMPARE_MAX]; /* of its file */
	size_t n_facts;
	struct compare_fact *facts;
	size_t n_rows; /* by load, then by step */
	struct compare_row *rows;
};

/* n is 2 to COMPARE_MAX; what it is made of must stay. */
bool compare_make(const struct run_result *const *runs,
		  const char *const *names, size_t n, struct arena *a,
		  struct compare *out);

/* ---- telling it (compare_say.c) ----------------------------------------- */

extern const char compare_caution[]; /* one paragraph */

bool compare_text(const struct compare *t, bool utf8, struct buf *out);
bool compare_markdown(const struct compare *t, struct buf *out);
/* A line for each row and run. */
bool compare_csv(const struct compare *t, struct buf *out);

#endif
