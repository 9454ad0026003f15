/* SPDX-License-Identifier: MIT */
#ifndef REPORT_METRICS_METRIC_TEXT_H
#define REPORT_METRICS_METRIC_TEXT_H

/*
 * metric_text - writes expositions: the text format 0.0.4 and OpenMetrics 1.0.
 *
 * The counterpart of exposition.h, and the only place that knows how a head, a
 * label or a value is written.  What is INFO to us is a gauge in the text
 * format, which has no such type.
 *
 * Foreign text  a value of a label is escaped, and invalid UTF-8 becomes
 *               U+FFFD; control characters go out as they are.
 * Thread rule   no state.
 * Errors        what does not fit shows in *out, see buf_ok().
 * Sources       as exposition.h.  OpenMetrics wants the bounds of buckets in
 *               one spelling: "1.0", not "1".
 */

#include <stddef.h>

#include "report/metrics/exposition.h"
#include "report/metrics/metric_names.h"

struct buf;

struct metric_label {
	const char *name;
	const char *value;
};

/* What a distribution is told by besides its buckets; each a gauge of its own,
 * with "quantile" ... before the unit in its name. */
enum metric_more {
	MORE_NONE,
	MORE_QUANTILE,
	MORE_QUANTILE_LOW,
	MORE_QUANTILE_HIGH,
	MORE_MIN,
	MORE_MAX,
	MORE_N
};

/* HELP, TYPE and, in OpenMetrics, UNIT of a family. */
void metric_text_head(struct buf *out, enum metric_id id, enum metric_more more,
		      enum exposition_format f);

/* One line.  suffix: "_bucket", "_sum", "_count"; NULL: as the type has it. */
struct metric_line {
	enum metric_id id;
	enum metric_more more;
	const char *suffix;
	size_t n_scope; /* labels that say whose it is */
	const struct metric_label *scope;
	size_t n_own; /* and those behind them; may be none */
	const struct metric_label *own;
	double value;
};
void metric_text_line(struct buf *out, const struct metric_line *line);

/* A bound as the value of le or quantile. */
void metric_text_bound(struct buf *out, double bound, enum exposition_format f);

/* Ends an exposition: OpenMetrics has a last line. */
void metric_text_end(struct buf *out, enum exposition_format f);

#endif
