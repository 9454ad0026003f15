/* SPDX-License-Identifier: MIT */
#ifndef REPORT_METRICS_EXPOSITION_H
#define REPORT_METRICS_EXPOSITION_H

/*
 * exposition - reads what a /metrics page says, sample by sample.
 *
 * Two formats: the text format 0.0.4 of Prometheus, and OpenMetrics 1.0.  One
 * pass over the bytes; nothing but the names and types of the families is
 * remembered, so that a page of a million series costs no more memory than one
 * of ten.  It does not know which samples anybody wants: see
 * scenarios/metrics/selector.h.
 *
 * Strict where the formats are: a second TYPE line, an unknown escape, a last
 * line without its line feed (the body may have been cut) are problems.  Blanks
 * at the end of a line of the text format are let pass.  Whether a series is
 * there twice is not looked at.
 *
 * Thread rule   no shared state.
 * Ownership     what a sample points to is valid until on_sample has returned.
 * Errors        false with exactly one problem in *es, at its line and column.
 * Sources       prometheus.io/docs/instrumenting/exposition_formats, "Text
 *               format details"; OpenMetrics 1.0 (2020-11).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"
#include "scenarios/metrics/selector.h"

struct buf;

enum {
	EXPOSITION_LINE_MAX = 256 << 10, /* bytes of one line */
	EXPOSITION_LABELS_MAX = 128,	 /* of one sample or exemplar */
	EXPOSITION_FAMILIES_MAX = 50000,
	EXPOSITION_SAMPLES_MAX = 1000000,
	EXPOSITION_NUMBER_MAX = 128, /* bytes of one number */
};

enum exposition_format { EXPOSITION_TEXT, EXPOSITION_OPENMETRICS };

enum metric_type {
	METRIC_UNKNOWN, /* "untyped" in the text format */
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
	METRIC_SUMMARY,
	METRIC_GAUGE_HISTOGRAM,
	METRIC_STATE_SET,
	METRIC_INFO,
	METRIC_TYPE_N
};

/* What a sample is to its family. */
enum metric_part {
	PART_VALUE,
	PART_BUCKET,   /* bound: le */
	PART_QUANTILE, /* bound: quantile */
	PART_SUM,
	PART_COUNT,
	PART_CREATED, /* value: seconds since 1970 */
};

struct metric_exemplar {
	bool is_there;
	size_t n;
	const struct label *label;
	double value;
	bool has_time;
	double time_s; /* since 1970 */
};

struct metric_sample {
	const char *name; /* as written: "requests_total" */
	size_t name_len;
	const char *family; /* "requests" in OpenMetrics */
	size_t family_len;
	enum metric_type type;
	enum metric_part part;
	size_t n;
	const struct label *label; /* unescaped; le and quantile, too */
	double bound;		   /* of BUCKET and QUANTILE; else 0 */
	double value;
	bool has_time;
	double time_s; /* since 1970; whole milliseconds in the text format */
	struct metric_exemplar exemplar; /* OpenMetrics only */
	unsigned line;
};

struct exposition_sink {
	/* false: enough, the rest is not read */
	bool (*on_sample)(void *self, const struct metric_sample *s);
	void *self;
};

/* *samples (may be NULL) gets how many there were. */
bool exposition_read(const struct source *src, enum exposition_format format,
		     const struct exposition_sink *sink, size_t *samples,
		     struct errs *es);

/* The format that a Content-Type names; the text format for any other. */
enum exposition_format exposition_format_of(const char *content_type);

/* When the body is something else that people serve under that name (JSON, a
 * JSON string that holds an exposition, HTML, nothing at all): one sentence
 * that says so.  NULL: the problem of exposition_read() says it best. */
const char *exposition_misfit(const char *body, size_t len);

const char *metric_type_name(enum metric_type t, enum exposition_format f);

/* Appends the line of a sample. */
void exposition_print(const struct metric_sample *s, enum exposition_format f,
		      struct buf *out);

/* A number as the formats write it: NaN, +Inf, -Inf, or decimal. */
bool exposition_number(const char *text, size_t len, double *value);
void exposition_print_number(double value, struct buf *out);

#endif
