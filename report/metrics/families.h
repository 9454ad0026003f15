/* SPDX-License-Identifier: MIT */
#ifndef REPORT_METRICS_FAMILIES_H
#define REPORT_METRICS_FAMILIES_H

/*
 * families - the names that an exposition has spoken of, and their types.
 *
 * Internal to report/metrics.  A hash table; names are borrowed from the text
 * that is read.
 *
 * Thread rule   one thread at a time.
 * Lifetime      zeroed to begin with; a family stays where it is until
 *               families_release().
 */

#include "report/metrics/exposition.h"

struct family {
	const char *name;
	size_t len;
	enum metric_type type;
	bool has_type, has_help, has_unit, has_samples;
	bool is_closed; /* OpenMetrics: another one has begun */
	struct family *next;
};

struct families {
	struct family **bucket;
	size_t n_buckets, n;
};

/* The one of that name, made when it is new.  NULL without memory, and when
 * there are EXPOSITION_FAMILIES_MAX. */
struct family *families_add(struct families *t, const char *name, size_t len);

/* The one that a sample belongs to: by its name, else by its name without
 * _bucket, _sum, _count ... when there is a family of that type.  *part gets
 * what it is there. */
struct family *families_of_sample(struct families *t, const char *name,
				  size_t len, bool is_open,
				  enum metric_part *part);

void families_release(struct families *t);

#endif
