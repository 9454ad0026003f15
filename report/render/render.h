/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_RENDER_H
#define REPORT_RENDER_RENDER_H

/*
 * render - one run told in many forms.
 *
 * A renderer is a pure function from a judged and sealed tree to bytes: it
 * knows no file, no terminal, no clock and no environment.  Adding one is a
 * file that defines its function, and a row in RENDERERS.
 *
 * Foreign text  whatever a target said goes out bounded and escaped for the
 *               form it is put in: no control sequence reaches a terminal
 *               and no markup reaches a page.
 * Thread rule   everything here may be called from any thread.
 * Errors        a renderer returns false when not all fitted into *out (no
 *               memory, or over its ceiling).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;	   /* scenarios/base/buf.h */
struct run_result; /* report/result/result.h */

struct render_options {
	bool colour;	    /* terminal only; never needed to understand */
	bool utf8;	    /* false: ASCII only, terminal only */
	unsigned width;	    /* columns; 0: no limit */
	int verbose;	    /* < 0 only what is not well, > 0 everything */
	uint64_t now_at_ns; /* since 1970; not 0: say how old a run is */
	bool is_lost;	    /* terminal only: not every file was written, so
			     * that the exit code is 4 */
};

/* Each row: enumerator, function, name (and option), extension, whether
 * several runs may be one text, one line of help.  a and b are handed through
 * to X. */
#define RENDERERS(X, a, b)                                   \
	X(a, b, TERMINAL, terminal, "terminal", "txt", true, \
	  "text for people")                                 \
	RENDERER_FILES(X, a, b)

/* Those that are written to a file by an option of their name. */
#define RENDERER_FILES(X, a, b)                                        \
	X(a, b, JSON, json, "json", "json", false,                     \
	  "write the result as JSON, which can be rendered again")     \
	X(a, b, JUNIT, junit, "junit", "xml", true,                    \
	  "write JUnit XML, for CI systems")                           \
	X(a, b, TAP, tap, "tap", "tap", false, "write TAP version 14") \
	X(a, b, MARKDOWN, markdown, "markdown", "md", false,           \
	  "write Markdown, as for a step summary of GitHub")           \
	X(a, b, CSV, csv, "csv", "csv", false,                         \
	  "write the timeline of loads as CSV")                        \
	X(a, b, CSV_PERCENTILES, csv_percentiles, "csv-percentiles",   \
	  "percentiles.csv", false,                                    \
	  "write the quantiles of loads and steps as CSV")             \
	X(a, b, HDR_LOG, hdr_log, "hdr-log", "hlog", false,            \
	  "write the latencies of loads as an HdrHistogram log")       \
	X(a, b, HTML, html, "html", "html", true,                      \
	  "write a page to look at, one file that needs nothing else") \
	X(a, b, PROMETHEUS, prometheus, "prometheus", "prom", false,   \
	  "write Prometheus text, for node_exporter or a Pushgateway") \
	X(a, b, OPENMETRICS, openmetrics, "openmetrics", "om", false,  \
	  "write OpenMetrics, with the buckets of native histograms")  \
	X(a, b, INFLUX, influx, "influx", "lp", false,                 \
	  "write the line protocol of InfluxDB, with the timeline")    \
	X(a, b, OTLP, otlp, "otlp", "otlp.json", false,                \
	  "write OTLP/JSON metrics, for an OpenTelemetry collector")

enum render_kind {
#define X(a, b, kind, lower, name, extension, many, doc) RENDER_##kind,
	RENDERERS(X, , )
#undef X
		RENDER_N
};

struct renderer {
	const char *name;      /* "junit": its option is --junit */
	const char *extension; /* without a dot */
	const char *doc;
	bool takes_many; /* several runs make one text */
	bool (*render)(const struct run_result *const *runs, size_t n,
		       const struct render_options *opt, struct buf *out);
};

const struct renderer *renderer_get(enum render_kind kind);
const struct renderer *renderer_find(const char *name); /* or NULL */

/* One run in one form. */
bool render(enum render_kind kind, const struct run_result *sealed,
	    const struct render_options *opt, struct buf *out);

/* The functions behind the rows.  A row that does not take many looks at the
 * first run only. */
#define X(a, b, kind, lower, name, extension, many, doc)                    \
	bool render_##lower(const struct run_result *const *runs, size_t n, \
			    const struct render_options *opt,               \
			    struct buf *out);
RENDERERS(X, , )
#undef X

#endif
