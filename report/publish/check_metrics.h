/* SPDX-License-Identifier: MIT */
#ifndef REPORT_PUBLISH_CHECK_METRICS_H
#define REPORT_PUBLISH_CHECK_METRICS_H

/*
 * check_metrics - what is told about a check as metrics, one row each.
 *
 * Read from its standing, in the order in which it is written.  The watch and a
 * result that is rendered as metrics tell the same.
 *
 * Thread rule   const rows, no state.
 * Lifetime      texts of samples borrow from the standing.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/metrics/metric_names.h"

struct standing; /* report/publish/standing.h */

enum { CHECK_SAMPLES_MAX = 5 };

struct check_sample {
	const char *label; /* one more label, or NULL */
	const char *text;
	double value;
};

struct check_metric {
	enum metric_id id;
	bool is_of_watch; /* of a process that goes on: counters, schedule */
	bool (*has)(const struct standing *s);
	double (*value)(const struct standing *s); /* NULL: see samples */
	size_t (*samples)(const struct standing *s,
			  struct check_sample out[CHECK_SAMPLES_MAX]);
};

extern const struct check_metric check_metrics[];
extern const size_t check_metrics_n;

/* The samples of a row for that check; 0 when it has none. */
size_t check_metric_samples(const struct check_metric *row,
			    const struct standing *s,
			    struct check_sample out[CHECK_SAMPLES_MAX]);

#endif
