/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

/*
 * html - what every page of ours is made of: its head, its colours, and text
 * of any origin made harmless.
 *
 * A page is one file that asks nobody for anything.  It has no script, and a
 * content security policy that says so: whatever a text might smuggle in, a
 * browser would neither run nor fetch it.  The one style sheet is allowed by
 * its hash, so that no attribute can bring a style of its own.
 *
 * Knows nothing of runs, checks and loads.
 *
 * Thread rule   pure.
 * Errors        those of the buffer that is written to.
 * Sources       escaping: HTML Living Standard, 13.1 ("Writing HTML
 *               documents"); policy: Content Security Policy Level 3;
 *               contrast of the colours: WCAG 2.2, 1.4.3 and 1.4.11.
 */

#include <stdint.h>

struct buf; /* scenarios/base/buf.h */

struct html_page {
	const char *title;  /* of any origin */
	const char *style;  /* our own, behind the style of all pages */
	unsigned refresh_s; /* the reader asks again; 0: not by itself */
};

/* Everything up to and with <body>. */
void html_begin(struct buf *out, const struct html_page *page);
void html_end(struct buf *out);

/* Text of any origin, for an element or a quoted attribute.  What is no
 * character of HTML, and what would turn the direction of the text around it,
 * becomes U+FFFD. */
void html_text(struct buf *out, const char *text);

/* "2026-01-02 03:04 UTC" inside of <time>. */
void html_time(struct buf *out, uint64_t at_ns);
/* "2026-01-02" */
void html_day(struct buf *out, uint64_t at_ns);

/* Colours and the look of text, tables and details. */
extern const char html_style[];

#endif
