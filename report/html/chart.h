/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HTML_CHART_H
#define REPORT_HTML_CHART_H

/*
 * chart - drawings with axes, as SVG inside of a page.
 *
 * SVG that this program writes, and no library in the page: nothing moves, so
 * nothing has to run.  It works from disk and on paper, needs no script that a
 * policy would have to allow, and costs a few bytes for each point.
 *
 * Text keeps its size at every width: the drawing has no viewBox, what is
 * text stands at percentages, and only the lines are stretched, inside of an
 * inner svg (with vector-effect, so that they stay thin).
 *
 * A chart has one x axis and one or more plots below each other:
 *
 *     struct chart c = { .out = out, .ids = &ids, .x = &x, .plots = plots,
 *                        .n_plots = 2 };
 *     chart_begin(&c, "Latency over time", "p50 rises from ...");
 *     chart_plot(&c, 0);
 *     chart_line(&c, "s1"); chart_to(&c, x, y); ... chart_line_end(&c);
 *     chart_plot_end(&c);
 *     chart_over(&c);
 *     chart_spot(&c, from, to); ... text ... chart_spot_end(&c);
 *     chart_over_end(&c);
 *     chart_end(&c);
 *
 * Screen readers are given its title and description; whoever draws one puts
 * a table with the same numbers behind it.
 *
 * Foreign text  is escaped.
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/html/scale.h"

struct buf; /* scenarios/base/buf.h */

struct plot {
	const char *name; /* said above it; "" */
	const char *more; /* behind the name where it has room; NULL */
	unsigned height;  /* px, without its name */
	struct scale y;	  /* n 0: without an axis */
};

struct chart_key {	  /* of the legend */
	const char *look; /* class of the line or area; NULL: the text says of
			   * what the following ones are */
	const char *text;
};

struct chart {
	struct buf *out;
	unsigned *ids; /* of this page, counted on */
	const struct scale *x;
	size_t n_plots;
	const struct plot *plots;
	size_t n_keys;
	const struct chart_key *keys;
	bool is_narrow; /* no room for labels of y */
	bool is_headed; /* its title stands above it already */
	/* of its own */
	size_t plot;
	unsigned n_marks;
	unsigned head; /* px, for the texts of marks */
	bool is_down;  /* the pen */
};

/* marks_max: so many chart_mark() are to come.  Heading, legend and axes. */
void chart_begin(struct chart *c, const char *title, const char *description,
		 unsigned marks_max);
void chart_end(struct chart *c);

/* What follows is drawn into that plot. */
void chart_plot(struct chart *c, size_t i);
void chart_plot_end(struct chart *c);

void chart_line(struct chart *c, const char *look);
void chart_to(struct chart *c, double x, double y);
void chart_gap(struct chart *c); /* the line ends and begins again */
void chart_line_end(struct chart *c);
/* From the value below to the one above, all over the width. */
void chart_across(struct chart *c, const char *look, double low, double high);
/* From x to x, all over the height. */
void chart_band(struct chart *c, const char *look, double from, double to);
/* A rectangle of values. */
void chart_box(struct chart *c, const char *look, double x0, double x1,
	       double y0, double y1);

/* A dot, behind chart_plot_end(): it is not stretched. */
void chart_dot(struct chart *c, size_t plot, const char *look, double x,
	       double y);

/* A moment with its name, through all plots; not inside of one.  more: behind
 * the name where it has room; NULL. */
void chart_mark(struct chart *c, double x, const char *text, const char *more);

/* Invisible columns over all plots, with a text for the one pointed at. */
void chart_over(struct chart *c);
void chart_spot(struct chart *c, double from, double to);
void chart_spot_end(struct chart *c);
void chart_over_end(struct chart *c);

extern const char chart_style[];

#endif
