/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_METRICS_CSV_PARTS_H
#define REPORT_RENDER_METRICS_CSV_PARTS_H

/*
 * csv_parts - what all CSV forms share.
 *
 * RFC 4180 with a line feed alone at the end of a line, UTF-8, a line of names
 * first, texts always in quotes, numbers never.
 */

#include <stdint.h>

struct buf; /* scenarios/base/buf.h */

enum { CSV_MS_DECIMALS = 6 };

/* A text, bounded and printable.  One that begins like a formula gets an
 * apostrophe before it, as spreadsheets take it for text. */
void csv_text(struct buf *out, const char *text);

/* A comma, and nanoseconds as milliseconds with all digits. */
void csv_ms(struct buf *out, uint64_t ns);

#endif
