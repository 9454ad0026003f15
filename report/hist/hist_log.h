/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HIST_LOG_H
#define REPORT_HIST_LOG_H

/*
 * hist_log - histograms of intervals, as lines of text.
 *
 * The HdrHistogram log format 1.3, which other tools plot: comments that
 * begin with '#', of which two tell times, a legend, and one line an
 * interval: an optional tag, its start in seconds, its length in seconds, its
 * maximum in milliseconds, and the encoded histogram.
 *
 * Times         uint64_t nanoseconds, starts since the epoch, all below
 *               HIST_LOG_TIME_MAX_NS.
 * Thread rule   no state: any thread.
 * Ownership     everything is borrowed, an entry that is read only until the
 *               callback returns.
 * Source        the log format as HdrHistogram 2.1 describes it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;    /* scenarios/base/buf.h */
struct errs;   /* scenarios/base/err.h */
struct source; /* scenarios/base/err.h */
struct hist;   /* report/hist/hist.h */

enum { HIST_LOG_TAG_MAX = 256 }; /* bytes of a tag, read */

#define HIST_LOG_TIME_MAX_NS (UINT64_C(1) << 62) /* the year 2116 */

struct hist_log_entry {
	const char *tag; /* NULL: none; with its length, no NUL behind it */
	size_t tag_len;
	uint64_t start_ns;
	uint64_t length_ns;
	const struct hist *hist;
};

/* ---- writing: each returns what buf_add() returns --------------------- */

/* The head: version, times, legend.  The starts of lines are then told from
 * start_ns on. */
bool hist_log_begin(struct buf *out, uint64_t start_ns);

/* A comment; what would break the line is shown escaped. */
bool hist_log_comment(struct buf *out, const char *text);

/* The line of an interval; begin_ns is what hist_log_begin() was given, and
 * not after the start of the entry.  Of a tag, commas, spaces, percent signs
 * and control characters are percent-encoded, which the format cannot have
 * otherwise; an empty one is none.  False without memory too. */
bool hist_log_line(struct buf *out, uint64_t begin_ns,
		   const struct hist_log_entry *entry);

/* ---- reading ---------------------------------------------------------- */

/* Either may be NULL. */
struct hist_log_sink {
	/* The time the log tells as its start. */
	void (*on_start)(void *self, uint64_t start_ns);
	/* An interval; the tag is as it stands.  False ends the reading. */
	bool (*on_entry)(void *self, const struct hist_log_entry *entry);
};

/* Reads line by line; a bad line is a problem with its place, and the next is
 * read.  Starts are absolute: from the base time where there is one; else, as
 * other readers do, from the start time when the first start lies more than a
 * year before it.  False when there was a problem. */
bool hist_log_read(const struct source *log, const struct hist_log_sink *sink,
		   void *self, struct errs *es);

#endif
