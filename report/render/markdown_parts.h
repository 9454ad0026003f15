/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_MARKDOWN_PARTS_H
#define REPORT_RENDER_MARKDOWN_PARTS_H

/*
 * markdown_parts - what the files of the Markdown renderer share.
 *
 * Thread rule   everything here may be called from any thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/result/result.h"

struct buf; /* scenarios/base/buf.h */

enum {
	MD_PIECE_MAX = 64 * 1024,  /* bytes of one foreign text */
	MD_BLOCK_MAX = 256 * 1024, /* bytes that one check or load may take */
	MD_SENTENCES_MAX = 1024,   /* kept free for what was left out */
};

extern const char *const md_run_marks[RUN_VERDICT_N];

/* Printable text as inline Markdown: what could start markup, end a table
 * cell, call a person or be a link is escaped. */
void md_escape(struct buf *out, const char *text);

/* Foreign text of at most max_bytes as inline Markdown. */
void md_text(struct buf *out, const char *text, size_t max_bytes);

/* Appends a piece when it fits, so that no table or tag is cut in half; the
 * piece is emptied. */
bool md_fits(struct buf *out, struct buf *piece, size_t ceiling);

/* Ends a table that n more rows did not fit into. */
void md_left_out(struct buf *out, size_t n);

/* The loads and their limits as tables, and what each has to say. */
void md_load_tables(struct buf *out, const struct run_result *run);
void md_load_blocks(struct buf *out, const struct run_result *run);

/* The gate, when there is one: at most 64 KiB, so that it fits a comment. */
void md_gate(struct buf *out, const struct run_result *run);

#endif
