/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_JUNIT_PARTS_H
#define REPORT_RENDER_JUNIT_PARTS_H

/*
 * junit_parts - what the files of the JUnit renderer share.
 *
 * Thread rule   everything here may be called from any thread.
 */

#include <stddef.h>
#include <stdint.h>

#include "report/render/load/load_lines.h"

struct buf;	    /* scenarios/base/buf.h */
struct gate_result; /* report/result/gate_result.h */
struct load_result; /* report/result/load_result.h */
struct run_result;  /* report/result/result.h */

#define JUNIT_PIECE_MAX ((size_t)1 << 20) /* bytes that one case has to say */

enum junit_kind {
	JUNIT_PASSED,
	JUNIT_FAILURE,
	JUNIT_ERROR,
	JUNIT_SKIPPED,
	JUNIT_KIND_N
};

/* The element inside a case; NULL for one that passed. */
extern const char *const junit_elements[JUNIT_KIND_N];

struct junit_tally {
	uint64_t n[JUNIT_KIND_N];
	uint64_t total_ns;
};

void junit_attribute(struct buf *out, const char *name, const char *text);

/* Seconds with microseconds, and no thousands separator. */
void junit_seconds(struct buf *out, uint64_t ns);

/* Our text as element content.  "[[" asks some readers to attach a file or
 * to set a property, so a target must not be able to say it. */
void junit_content(struct buf *out, const char *text);

/* A property of a case, in its system-out. */
void junit_property(struct buf *out, const char *name, const char *text);

/* Lines of load_lines.h as such content. */
struct junit_lines {
	struct load_lines lines; /* first, for its callback */
	struct buf *out;
};
struct junit_lines junit_lines(struct buf *out, int verbose);

/* A property of a suite; none when the value is empty. */
void junit_row(struct buf *out, const char *name, const char *value);

/* The opening tag of a suite. */
void junit_suite_begin(struct buf *out, const char *name,
		       const struct junit_tally *t, uint64_t started_at_ns,
		       const struct run_result *run, size_t id);

/* A load is a suite of its own, with a case for each point (load_say.h); its
 * time is part of that of its run. */
void junit_tally_load(struct junit_tally *t, const struct load_result *load);
void junit_load(struct buf *out, const struct run_result *run,
		const struct load_result *load, size_t id);

/* So is a gate, with a case for each point (gate_say.h). */
void junit_tally_gate(struct junit_tally *t, const struct gate_result *gate);
void junit_gate(struct buf *out, const struct run_result *run, size_t id);

#endif
