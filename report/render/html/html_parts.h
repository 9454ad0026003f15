/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_HTML_PARTS_H
#define REPORT_RENDER_HTML_PARTS_H

/*
 * html_parts - what the files of the HTML report share.
 *
 * The report is one file of at most HTML_MAX bytes, whatever was measured:
 * what each check and load may take is known before it is written, and what
 * has no room is told with fewer details, then in one line, then as a number.
 *
 * Foreign text  goes through sheet_text(), or as text_printable() through
 *               html_text(): nothing else writes what is not ours.
 * Thread rule   one thread for each sheet.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/html/chart.h"
#include "report/html/html.h"
#include "report/render/facts.h"
#include "report/result/load_result.h"
#include "scenarios/base/buf.h"

enum {
	HTML_MAX = 700 * 1000,	    /* bytes of the whole file */
	HTML_PIECE_MAX = 64 * 1024, /* of one text */
	HTML_BLOCK_MAX = 2 << 20,   /* of one check or load, before it is
				     * judged too large */
};

enum detail {
	DETAIL_LEAST, /* what was decided */
	DETAIL_LESS,  /* charts without what the pointer tells; no long
		       * tables */
	DETAIL_ALL,
	DETAIL_N
};

struct sheet {
	struct buf *out;
	unsigned ids;	/* given to headings and charts so far */
	unsigned level; /* of the heading of a run: 1 or 2 */
	enum detail detail;
};

/* ---- html_words.c ------------------------------------------------------- */

void sheet_text(struct sheet *s, const char *text, size_t max_bytes);
/* What a say_...() function wrote; empties it. */
void sheet_said(struct sheet *s, struct buf *said);

/* A heading so many levels below that of the run; its id for others. */
unsigned sheet_heading(struct sheet *s, unsigned below, const char *text);

/* <section> with its heading, and its end. */
void section_begin(struct sheet *s, unsigned below, const char *text);
void section_end(struct sheet *s);

/* What a click or a key opens. */
void fold_begin(struct sheet *s, const char *summary, bool is_open);
void fold_end(struct sheet *s);

/* A table: "h" the head of a row, "l" a word, "t" a sentence, "r" a number. */
struct grid {
	struct sheet *s;
	const char *columns;
	size_t at; /* cells of this row so far */
};
void grid_begin(struct grid *g, struct sheet *s, const char *caption,
		const char *columns, const char *const *heads);
void grid_row(struct grid *g, const char *look); /* "" or a class */
void grid_cell(struct grid *g);			 /* the next one begins */
void grid_text(struct grid *g, const char *text, size_t max_bytes);
void grid_count(struct grid *g, uint64_t n);
void grid_time(struct grid *g, uint64_t ns);
void grid_row_end(struct grid *g);
void grid_end(struct grid *g);
/* A list of n has so many rows in a table; grid_rest() says "and 12 more" for
 * those that it has not. */
static inline size_t told_rows(size_t n)
{
	return n < FACT_ROWS_MAX ? n : FACT_ROWS_MAX;
}
void grid_rest(struct sheet *s, size_t n);

/* Pairs of a name and what it is: <dl>. */
void pairs_begin(struct sheet *s, const char *look);
void pair_begin(struct sheet *s, const char *name);
void pair_end(struct sheet *s);
void pair_text(struct sheet *s, const char *name, const char *text);
void pairs_end(struct sheet *s);

/* The verdict as a word with its colour and a mark. */
void badge(struct sheet *s, const char *look, const char *word);
const char *look_of_run(enum run_verdict v);
const char *look_of_check(enum verdict v);

extern const char report_style[];

/* ---- the parts ---------------------------------------------------------- */

void html_check(struct sheet *s, const struct check_result *check);
void html_step(struct sheet *s, const struct step_result *step);
void html_load(struct sheet *s, const struct load_result *load);
struct latency_view {
	const struct times_result *latency, *service;
	const struct load_result *load;	     /* whose limits are drawn */
	const struct load_step_result *step; /* NULL: of the load */
	bool is_headed; /* its title stands above it already */
};
void html_latency(struct sheet *s, const struct latency_view *v);
bool is_closed_load(const struct load_result *load);
void html_timeline(struct sheet *s, const struct load_result *load);
void html_load_phases(struct sheet *s, const struct load_result *load);
void html_steps(struct sheet *s, const struct load_result *load);
void html_instrument(struct sheet *s, const struct load_result *load);
void html_plan(struct sheet *s, const struct load_result *load);
struct gate_result;    /* report/result/gate_result.h */
struct against_result; /* report/against/against_result.h */
void html_against(struct sheet *s, const struct against_result *ag);
/* The results that it was merged of; nothing for one that was not. */
void html_merged(struct sheet *s, const struct run_result *run);
void html_gate(struct sheet *s, const struct gate_result *gate);

/* html_waterfall.c: rows below each other, each begins where it began; the
 * phases of a row follow each other. */
struct fall {
	const char *name; /* printable */
	uint64_t from_ns; /* since the first began */
	const struct phases *phases;
};
void html_waterfall(struct sheet *s, const char *title, const struct fall *rows,
		    size_t n);
/* One row for each phase. */
void html_phases(struct sheet *s, const char *title,
		 const struct phases *phases);

#endif
