/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_AGAINST_SAY_H
#define REPORT_RENDER_AGAINST_SAY_H

/*
 * against_say - the words and numbers of a comparison with a stored run that
 * renderers share, and how each of them tells it.
 *
 * What is said is printable and bounded, but not escaped for any markup.
 *
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/against/against_result.h"

struct buf; /* scenarios/base/buf.h */
struct junit_tally;
struct page; /* report/render/terminal_parts.h */

enum { AGAINST_CELLS = 8 };

/* The heads of the columns. */
extern const char *const against_heads[AGAINST_CELLS];

/* One cell of a row. */
void say_against_cell(struct buf *out, const struct against_metric *m,
		      size_t cell);

/* "worse after 12 s than result.json: p95 of ..." */
void say_against(struct buf *out, const struct against_result *ag);

/* Each does nothing without an against. */
void page_against(struct page *pg, const struct run_result *run);
void md_against(struct buf *out, const struct run_result *run);
/* A suite of its own with a case for each metric. */
void junit_tally_against(struct junit_tally *t, const struct run_result *run);
void junit_against(struct buf *out, const struct run_result *run, size_t id);

#endif
