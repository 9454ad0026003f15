/* SPDX-License-Identifier: MIT */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

/*
 * page - the status page: one HTML file that needs nothing else.
 *
 * How things stand (report/publish/standing.h) and what the state file knows
 * of the last 90 days, as a page for people: what fires, each check with a bar
 * for each day, its latency, its certificate, and the incidents with their
 * length.  Time that was not observed has a look of its own: it is neither up
 * nor down.
 *
 * No script, no request to anywhere (a content security policy says so too),
 * light and dark by the reader's wish, readable on a phone, on paper and by a
 * screen reader: what is drawn also stands in a table.
 *
 * Foreign text  is escaped; what is no character of HTML becomes U+FFFD.
 * Thread rule   page_render() is pure; page_gather() is that of the state.
 * Errors        page_render() is false when *out could not take all of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/publish/standing.h"
#include "report/state/state.h"

struct arena;
struct buf;
struct errs;
struct scenario;
struct state;

enum {
	PAGE_DAYS = 90,
	PAGE_HOURS = 48,
	PAGE_CHARTS_MAX = 200,	  /* checks with bars and charts; the others
				   * have a line */
	PAGE_INCIDENTS_MAX = 100, /* the newest */
	PAGE_BYTES_MAX = 16 << 20,
};

struct page_check {
	const char *name;
	size_t n_days; /* oldest first, of whole days of UTC */
	const struct state_bucket *days;
	size_t n_hours;
	const struct state_bucket *hours;
};

struct page_incident {
	const char *rule, *check, *severity, *message;
	uint64_t from_at_ns;
	uint64_t until_at_ns; /* 0: it goes on */
};

struct page_past {
	size_t n_checks;
	const struct page_check *checks;
	size_t n_incidents; /* newest first */
	const struct page_incident *incidents;
	bool has_more; /* incidents than are told */
};

/* What the state file knows of the checks of a scenario.  All of it lives in
 * the arena. */
bool page_gather(struct state *st, const struct scenario *sc,
		 uint64_t now_at_ns, struct arena *a, struct page_past *out,
		 struct errs *es);

/* The incidents of the last PAGE_DAYS, all of them, the newest first. */
bool page_find_incidents(struct state *st, const struct scenario *sc,
			 uint64_t now_at_ns, struct arena *a,
			 const struct page_incident **out, size_t *n,
			 struct errs *es);

/* past may be NULL: nothing is remembered.  refresh_s: the reader asks again
 * after so many seconds; 0: not by itself. */
bool page_render(const struct published *p, const struct page_past *past,
		 unsigned refresh_s, struct buf *out);

#endif
