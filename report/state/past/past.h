/* SPDX-License-Identifier: MIT */
#ifndef REPORT_STATE_PAST_H
#define REPORT_STATE_PAST_H

/*
 * past - what the files of report/state/past share: observations become time,
 * time becomes buckets, and buckets become longer ones.
 *
 * An observation says how it is from its end on: until the next one of the
 * same vantage, but at most until the next one is due (its schedule and some
 * slack; without a schedule the middle of the gaps there are).  The rest is
 * not observed.  Seen from several vantages at once, a check is up or down
 * when all that know say so, degraded when they differ.
 *
 * Units         _ns nanoseconds, _at_ns since 1970.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/state/state.h"

struct arena;
struct buf;
struct check_result;
struct errs;
struct hist;
struct state;

/* What an observation means for the time after it. */
enum mark {
	MARK_UP,
	MARK_DEGRADED,
	MARK_DOWN,
	MARK_INCONCLUSIVE,
	MARK_SEEN_N, /* those before it are times that a bucket adds up */
	MARK_NOT_OBSERVED = MARK_SEEN_N,
	MARK_N
};
enum mark mark_of(const struct check_result *check, bool is_broken);

/* ---- the time of one check (timeline.c) ----------------------------------- */

struct watched {
	int64_t id;	       /* 0: never seen */
	uint64_t cover_ns;     /* how long an observation counts at most */
	uint64_t rolled_at_ns; /* buckets are made until then */
};

struct sight { /* one observation */
	uint64_t at_ns, until_at_ns;
	int64_t vantage;
	enum mark mark;
	bool has_failed;
	size_t n_requests, n_errors;
	const uint64_t *latencies_ns; /* of the requests */
};

struct segment { /* of one mark; between two nothing is known */
	uint64_t from_at_ns, to_at_ns;
	enum mark mark;
};

struct timeline {
	size_t n_sights;
	struct sight *sights; /* by time */
	size_t n_segments;
	struct segment *segments;
};

/* How long an observation may count at most, from its schedule. */
uint64_t cover_of(uint64_t every_ns);
bool watched_read(struct state *st, int64_t id, struct watched *out,
		  struct errs *es);

/* What is known between two times: sights that ended in them, and segments cut
 * to them.  Lives in a. */
bool timeline_load(struct state *st, const struct watched *w,
		   uint64_t from_at_ns, uint64_t until_at_ns, struct arena *a,
		   struct timeline *out, struct errs *es);
/* The segments of sights that are in order; pure. */
bool timeline_combine(struct sight *sights, size_t n, uint64_t cover_ns,
		      uint64_t from_at_ns, uint64_t until_at_ns,
		      struct arena *a, struct timeline *out);

/* ---- latency of a bucket (latency.c) --------------------------------------- */

enum { LATENCY_LIST_MAX = 32 }; /* more are a histogram */

/* A few values as they are, or a histogram; packed either way. */
struct latency {
	size_t n;
	uint64_t list[LATENCY_LIST_MAX];
	struct hist *hist; /* made when it is needed; kept by reset */
	bool is_hist;
};
void latency_init(struct latency *l);
void latency_release(struct latency *l);
void latency_reset(struct latency *l);
bool latency_add(struct latency *l, uint64_t ns); /* false: no memory */
/* False for bytes that are none, or without memory. */
bool latency_add_packed(struct latency *l, const unsigned char *bytes,
			size_t len);
bool latency_pack(struct latency *l, struct buf *out);
/* As hist_quantile(), q from 0 to 1; after latency_sort(). */
void latency_sort(struct latency *l);
uint64_t latency_quantile(const struct latency *l, double q);
/* All of it as a histogram; NULL without memory. */
const struct hist *latency_hist(struct latency *l);

/* ---- buckets (page.c) -------------------------------------------------------- */

struct cell {
	uint64_t ns[MARK_SEEN_N]; /* the rest of its length: not observed */
	uint64_t n_checks, n_failed, n_requests, n_errors;
	const unsigned char *latency; /* packed */
	size_t latency_len;
};

enum { PAGE_CELLS_MAX = 60 };
/* Of a level that is not raw. */
uint64_t cell_length_ns(enum bucket_level level);
size_t page_cells(enum bucket_level level);
uint64_t page_length_ns(enum bucket_level level);

/* A page that is not there is empty. */
bool page_read(struct state *st, int64_t watched, enum bucket_level level,
	       uint64_t from_at_ns, struct arena *a, struct cell *cells,
	       struct errs *es);
bool page_write(struct state *st, int64_t watched, enum bucket_level level,
		uint64_t from_at_ns, const struct cell *cells, struct errs *es);
/* The same without a file; pure. */
bool page_pack(enum bucket_level level, const struct cell *cells,
	       struct buf *out);
bool page_unpack(enum bucket_level level, const unsigned char *bytes,
		 size_t len, struct arena *a, struct cell *cells);

bool cell_is_empty(const struct cell *c);
/* One for all n; the latency is packed into a. */
bool cells_add_up(const struct cell *cells, size_t n, struct latency *l,
		  struct arena *a, struct cell *out);

/* ---- rolling up (roll.c) ------------------------------------------------------ */

/* The minutes of a timeline from a time on, which is a whole minute. */
bool minutes_of(const struct timeline *t, uint64_t from_at_ns, size_t n,
		struct latency *l, struct arena *a, struct cell *cells);

/* Makes the buckets of all levels up to the last whole minute before now. */
bool roll_watched(struct state *st, const struct watched *w, uint64_t now_at_ns,
		  struct latency *l, uint64_t *rolled, struct errs *es);

#endif
