/* SPDX-License-Identifier: MIT */
#ifndef REPORT_METRICS_EXPOSITION_PARTS_H
#define REPORT_METRICS_EXPOSITION_PARTS_H

/*
 * exposition_parts - what the files exposition*.c share; nobody else includes
 * it.
 *
 * A reader stands in a line, between `at` and `end`.  Its functions take what
 * comes next, and return false with a problem added.
 */

#include "report/metrics/exposition.h"
#include "report/metrics/families.h"
#include "scenarios/base/buf.h"

/* The labels of one sample. */
struct label_room {
	struct label label[EXPOSITION_LABELS_MAX];
	size_t from[EXPOSITION_LABELS_MAX]; /* of the value, in `values` */
	size_t n;
	struct buf values; /* unescaped, one behind the other */
};

struct reader {
	const struct source *src;
	const char *at, *end; /* of the line */
	const char *line;
	unsigned number;
	bool is_open; /* OpenMetrics */
	bool is_over; /* # EOF was there */
	struct families families;
	struct family *current; /* OpenMetrics: the one under way */
	struct label_room labels, exemplar;
	size_t samples;
	struct errs *es;
};

/* Adds a problem at that byte of the line; always false. */
bool reader_problem(struct reader *r, const char *at, const char *what);
/* The same about the word that begins there. */
bool reader_problem_of(struct reader *r, const char *at, size_t len,
		       const char *what);

bool reader_is_blank(char c);
void reader_skip_blanks(struct reader *r);
/* Up to the next blank: its length. */
size_t reader_take_word(struct reader *r);
/* As long as it can be a name; whether it is one is another question. */
size_t reader_take_name(struct reader *r);
bool reader_take_char(struct reader *r, char c); /* false: another one */
/* The one space that OpenMetrics puts between words; any number of blanks in
 * the text format.  False without a problem when there is no other word. */
bool reader_next_word(struct reader *r);

/* what: behind the number in a problem, "is no value" */
bool reader_take_number(struct reader *r, const char *what, double *value);
bool reader_take_time(struct reader *r, double *time_s);
/* r->at is behind the backslash. */
bool reader_take_escape(struct reader *r, bool has_quotes, struct buf *out);
/* From behind { to behind }. */
bool reader_take_labels(struct reader *r, struct label_room *to);

#endif
