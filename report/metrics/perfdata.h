/* SPDX-License-Identifier: MIT */
#ifndef REPORT_METRICS_PERFDATA_H
#define REPORT_METRICS_PERFDATA_H

/*
 * perfdata - reads what a Nagios plugin prints.
 *
 *     DISK OK - free space: / 3326 MB | /=2643MB;5948;5958;0;5968
 *     / 15272 MB (77%);
 *     /var 819 MB (84%); | /boot=68MB;88;93;0;98
 *
 * The first line up to the bar is what people read, what is behind a bar on
 * that line and from the next bar on is performance data:
 *
 *     'label'=value[UOM];[warn];[crit];[min];[max] ...
 *
 * A label with blanks or = stands in single quotes, of which '' is one.  U as
 * value says that it could not be found out.
 *
 * Thread rule   no shared state.
 * Ownership     a datum is valid until on_datum has returned.
 * Source        nagios-plugins.org/doc/guidelines.html, section 2.6.
 */

#include <stdbool.h>
#include <stddef.h>

#include "scenarios/base/err.h"

struct buf;

enum {
	PERFDATA_MAX = 1000,	  /* data of one output */
	PERFDATA_LABEL_MAX = 256, /* bytes of one label */
	PERFDATA_UOM_MAX = 16,	  /* and of one unit */
};

/* A number that may not be there. */
struct perf_number {
	bool is_there;
	double value;
};

/* A range of the guidelines, as written: "10", "10:", "~:10", "@10:20". */
struct perf_text {
	const char *text;
	size_t len; /* 0: not there */
};

struct perf_datum {
	const char *label; /* without quotes; NUL-terminated */
	bool is_unknown;   /* its value is U */
	double value;
	const char *uom; /* "s", "%", "MB", "c"; "" */
	struct perf_text warn, crit;
	struct perf_number min, max;
};

/* Calls on_datum for every one that is right.  False when some are not, with a
 * problem for each. */
bool perfdata_read(const struct source *output,
		   void (*on_datum)(void *self, const struct perf_datum *d),
		   void *self, struct errs *es);

/* Appends the first line up to the bar, without blanks around it. */
void perfdata_line(const char *output, size_t len, struct buf *out);

/* Appends a datum as it is written. */
void perfdata_print(const struct perf_datum *d, struct buf *out);

#endif
