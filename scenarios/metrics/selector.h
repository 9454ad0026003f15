/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_METRICS_SELECTOR_H
#define SCENARIOS_METRICS_SELECTOR_H

/*
 * selector - which series of an exposition are meant, by name and labels.
 *
 *     http_requests_total
 *     http_requests_total{status=~"5..",method!="OPTIONS"}
 *     {__name__=~"process_.*"}
 *
 * It is the instant vector selector of PromQL, without offset and range.  A
 * label that a series does not have is the empty text; =~ and !~ must match
 * all of the value.  The pattern is PCRE2's, which takes all that RE2 takes
 * and more; what one costs is bounded.
 *
 * It knows nothing of how an exposition is read (report/metrics).
 *
 * Thread rule   const after selector_parse(); many threads may use one.
 * Ownership     lives in the arena that was given, borrows nothing.
 * Source        prometheus.io/docs/prometheus/latest/querying/basics, "Instant
 *               vector selectors" and "String literals".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"

struct arena;
struct buf;
struct pattern;

enum {
	SELECTOR_BYTES_MAX = 8192,
	SELECTOR_LABELS_MAX = 32, /* conditions of one selector */
};
/* of all matching in one exposition, see scenarios/json/pattern.h */
#define SELECTOR_STEPS_MAX UINT64_C(50000000)

enum label_op { LABEL_IS, LABEL_IS_NOT, LABEL_MATCHES, LABEL_MATCHES_NOT };

struct label_want {
	const char *name;
	enum label_op op;
	const char *value; /* unescaped, NUL-terminated; holds no NUL */
	size_t len;
	const struct pattern *pattern; /* MATCHES, MATCHES_NOT */
};

struct selector {
	const char *text; /* as written */
	const char *name; /* NULL: by a condition on __name__ alone */
	size_t n;
	const struct label_want *label;
};

/* NULL with a problem at its place in the text, whose first byte is at `at`. */
const struct selector *selector_parse(struct arena *a, const char *text,
				      size_t len, struct place at,
				      struct errs *es);

/* One label of a series. */
struct label {
	const char *name;
	size_t name_len;
	const char *value;
	size_t len;
};

enum selector_result {
	SELECTOR_NO,
	SELECTOR_YES,
	SELECTOR_LIMIT, /* *steps ran out: nobody can tell */
};

/* Whether a series is meant.  Takes what it cost from *steps. */
enum selector_result selector_takes(const struct selector *s, const char *name,
				    size_t name_len, const struct label *label,
				    size_t n, uint64_t *steps);

/* Appends it in one form: no blanks, "..." around values. */
void selector_print(const struct selector *s, struct buf *out);

/* True for a name of a metric, [a-zA-Z_:][a-zA-Z0-9_:]*, and of a label,
 * which has no colon. */
bool metric_is_name(const char *text, size_t len);
bool label_is_name(const char *text, size_t len);

/* Appends name="value" with the escapes of an exposition: \\ \" \n. */
void label_print(const char *name, size_t name_len, const char *value,
		 size_t len, struct buf *out);

#endif
