/* SPDX-License-Identifier: MIT */
#include "report/html/chart.h"

#include <string.h>

#include "report/html/html.h"
#include "scenarios/base/buf.h"

enum {
	WIDE = 1000,	  /* of what is stretched */
	Y_WIDTH = 58,	  /* px, of the labels of y */
	NAME = 24,	  /* px above a plot with a name */
	SPACE = 8,	  /* px above one without */
	FOOT = 22,	  /* px below, for the labels of x */
	MARK = 15,	  /* px for the text of a mark */
	MARKS_MAX = 4,	  /* lines of them; more begin at the top again */
	X_LABELS_MIN = 9, /* percent of the width that a label of x needs */
};

/* One decimal at most: a tenth of a px is enough. */
static void put_number(struct buf *out, double value)
{
	long tenths = (long)(value * 10 + (value < 0 ? -0.5 : 0.5));
	long abs = tenths < 0 ? -tenths : tenths;

	buf_printf(out, "%s%ld", tenths < 0 ? "-" : "", abs / 10);
	if (abs % 10)
		buf_printf(out, ".%ld", abs % 10);
}

static void put_attribute(struct buf *out, const char *name, double value,
			  const char *unit)
{
	buf_printf(out, " %s=\"", name);
	put_number(out, value);
	buf_printf(out, "%s\"", unit);
}

static unsigned top_of(const struct chart *c, size_t plot)
{
	unsigned top = c->head;

	for (size_t i = 0; i <= plot && i < c->n_plots; i++) {
		top += *c->plots[i].name ? NAME : SPACE;
		if (i < plot)
			top += c->plots[i].height;
	}
	return top;
}

static unsigned bottom_of(const struct chart *c)
{
	size_t last = c->n_plots - 1;

	return top_of(c, last) + c->plots[last].height;
}

static double x_at(const struct chart *c, double x)
{
	return scale_at(c->x, x);
}

/* px below the top of the plot */
static double y_at(const struct plot *p, double y)
{
	return (1 - scale_at(&p->y, y)) * p->height;
}

/* What there is no room for on a phone is left out there. */
static void text_end(struct chart *c, const char *text, const char *more)
{
	html_text(c->out, text);
	if (more) {
		buf_puts(c->out, "<tspan class=\"cw\"> ");
		html_text(c->out, more);
		buf_puts(c->out, "</tspan>");
	}
	buf_puts(c->out, "</text>");
}

/* ---- axes --------------------------------------------------------------- */

static void y_labels(struct chart *c)
{
	if (c->is_narrow)
		return;
	buf_printf(c->out,
		   "<svg class=\"cy\" width=\"%d\" height=\"%u\" "
		   "aria-hidden=\"true\">",
		   Y_WIDTH, bottom_of(c) + FOOT);
	for (size_t i = 0; i < c->n_plots; i++) {
		const struct plot *p = &c->plots[i];

		for (size_t k = 0; k < p->y.n; k++) {
			buf_printf(c->out, "<text x=\"%d\" text-anchor=\"end\"",
				   Y_WIDTH - 6);
			put_attribute(c->out, "y",
				      top_of(c, i) + y_at(p, p->y.tick[k]) + 4,
				      "");
			buf_putc(c->out, '>');
			scale_say(c->out, p->y.unit, p->y.tick[k]);
			buf_puts(c->out, "</text>");
		}
	}
	buf_puts(c->out, "</svg>");
}

static void grid(struct chart *c)
{
	for (size_t i = 0; i < c->n_plots; i++) {
		const struct plot *p = &c->plots[i];

		if (*p->name) {
			buf_printf(c->out,
				   "<text class=\"cn\" x=\"0\" y=\"%u\">",
				   top_of(c, i) - 6);
			text_end(c, p->name, p->more);
		}
		for (size_t k = 0; k < p->y.n; k++) {
			double y = top_of(c, i) + y_at(p, p->y.tick[k]);

			buf_puts(c->out, "<line class=\"cg\" x2=\"100%\"");
			put_attribute(c->out, "y1", y, "");
			put_attribute(c->out, "y2", y, "");
			buf_puts(c->out, "/>");
		}
	}
}

static const char *anchor(double at)
{
	return at < 0.04 ? "start" : at > 0.96 ? "end" : "middle";
}

static void x_labels(struct chart *c)
{
	double last = -1;

	for (size_t k = 0; k < c->x->n; k++) {
		double at = x_at(c, c->x->tick[k]);

		buf_puts(c->out, "<line class=\"cg\"");
		put_attribute(c->out, "x1", 100 * at, "%");
		put_attribute(c->out, "x2", 100 * at, "%");
		buf_printf(c->out, " y1=\"%u\" y2=\"%u\"/>", top_of(c, 0),
			   bottom_of(c) + 4);
		if (last >= 0 && 100 * (at - last) < X_LABELS_MIN)
			continue;
		last = at;
		buf_puts(c->out, "<text");
		put_attribute(c->out, "x", 100 * at, "%");
		buf_printf(c->out, " y=\"%u\" text-anchor=\"%s\">",
			   bottom_of(c) + FOOT - 4, anchor(at));
		scale_say(c->out, c->x->unit, c->x->tick[k]);
		buf_puts(c->out, "</text>");
	}
}

static void legend(struct chart *c)
{
	if (!c->n_keys)
		return;
	buf_puts(c->out, "<ul class=\"keys\">");
	for (size_t i = 0; i < c->n_keys; i++) {
		if (!c->keys[i].look) {
			buf_puts(c->out, "<li class=\"of\">");
			html_text(c->out, c->keys[i].text);
			buf_puts(c->out, "</li>");
			continue;
		}
		buf_printf(c->out,
			   "<li><svg width=\"22\" height=\"10\" "
			   "aria-hidden=\"true\"><path class=\"%s\" "
			   "d=\"M0 5h22\"/></svg>",
			   c->keys[i].look);
		html_text(c->out, c->keys[i].text);
		buf_puts(c->out, "</li>");
	}
	buf_puts(c->out, "</ul>");
}

void chart_begin(struct chart *c, const char *title, const char *description,
		 unsigned marks_max)
{
	unsigned id = ++*c->ids;

	c->head = MARK * (marks_max < MARKS_MAX ? marks_max : MARKS_MAX);
	c->n_marks = 0;
	buf_puts(c->out, "<figure>");
	if (!c->is_headed) {
		buf_puts(c->out, "<figcaption>");
		html_text(c->out, title);
		buf_puts(c->out, "</figcaption>");
	}
	legend(c);
	buf_puts(c->out, "<div class=\"c\">");
	y_labels(c);
	buf_printf(c->out,
		   "<svg class=\"cx\" height=\"%u\" role=\"img\" "
		   "aria-labelledby=\"t%u d%u\"><title id=\"t%u\">",
		   bottom_of(c) + FOOT, id, id, id);
	html_text(c->out, title);
	buf_printf(c->out, "</title><desc id=\"d%u\">", id);
	html_text(c->out, description);
	buf_puts(c->out, "</desc>");
	grid(c);
	x_labels(c);
}

void chart_end(struct chart *c)
{
	buf_puts(c->out, "</svg></div></figure>\n");
}

/* ---- what is stretched -------------------------------------------------- */

static void stretched(struct chart *c, unsigned top, unsigned height)
{
	buf_printf(c->out,
		   "<svg y=\"%u\" width=\"100%%\" height=\"%u\" viewBox=\""
		   "0 0 %d %u\" preserveAspectRatio=\"none\">",
		   top, height, WIDE, height);
}

void chart_plot(struct chart *c, size_t i)
{
	c->plot = i;
	stretched(c, top_of(c, i), c->plots[i].height);
}

void chart_plot_end(struct chart *c)
{
	buf_puts(c->out, "</svg>");
}

void chart_line(struct chart *c, const char *look)
{
	buf_printf(c->out, "<path class=\"%s\" d=\"", look);
	c->is_down = false;
}

void chart_to(struct chart *c, double x, double y)
{
	buf_putc(c->out, c->is_down ? 'L' : 'M');
	put_number(c->out, WIDE * x_at(c, x));
	buf_putc(c->out, ' ');
	put_number(c->out, y_at(&c->plots[c->plot], y));
	/* a point alone is a short line, or it could not be seen */
	if (!c->is_down)
		buf_puts(c->out, "h.1");
	c->is_down = true;
}

void chart_gap(struct chart *c)
{
	c->is_down = false;
}

void chart_line_end(struct chart *c)
{
	buf_puts(c->out, "\"/>");
}

static void put_rect(struct chart *c, const char *look, double x, double y,
		     double width, double height)
{
	buf_puts(c->out, "<rect");
	if (*look)
		buf_printf(c->out, " class=\"%s\"", look);
	put_attribute(c->out, "x", x, "");
	put_attribute(c->out, "y", y, "");
	put_attribute(c->out, "width", width, "");
	put_attribute(c->out, "height", height, "");
}

void chart_box(struct chart *c, const char *look, double x0, double x1,
	       double y0, double y1)
{
	const struct plot *p = &c->plots[c->plot];
	double left = WIDE * x_at(c, x0), right = WIDE * x_at(c, x1);
	double bottom = y_at(p, y0), top = y_at(p, y1);

	put_rect(c, look, left, top, right - left, bottom - top);
	buf_puts(c->out, "/>");
}

void chart_across(struct chart *c, const char *look, double low, double high)
{
	const struct plot *p = &c->plots[c->plot];
	double bottom = y_at(p, low), top = y_at(p, high);

	put_rect(c, look, 0, top, WIDE, bottom - top);
	buf_puts(c->out, "/>");
}

void chart_band(struct chart *c, const char *look, double from, double to)
{
	double left = WIDE * x_at(c, from), right = WIDE * x_at(c, to);

	if (right > left) {
		put_rect(c, look, left, 0, right - left,
			 c->plots[c->plot].height);
		buf_puts(c->out, "/>");
	}
}

/* ---- what keeps its form ------------------------------------------------ */

void chart_dot(struct chart *c, size_t plot, const char *look, double x,
	       double y)
{
	buf_printf(c->out, "<circle class=\"%s\" r=\"3.5\"", look);
	put_attribute(c->out, "cx", 100 * x_at(c, x), "%");
	put_attribute(c->out, "cy", top_of(c, plot) + y_at(&c->plots[plot], y),
		      "");
	buf_puts(c->out, "/>");
}

void chart_mark(struct chart *c, double x, const char *text, const char *more)
{
	double at = x_at(c, x);
	unsigned row = c->n_marks++ % MARKS_MAX;

	buf_puts(c->out, "<line class=\"cm\"");
	put_attribute(c->out, "x1", 100 * at, "%");
	put_attribute(c->out, "x2", 100 * at, "%");
	buf_printf(c->out, " y1=\"%u\" y2=\"%u\"/><text class=\"ct\"",
		   row * MARK + 2, bottom_of(c));
	put_attribute(c->out, "x", 100 * at, "%");
	buf_printf(c->out, " y=\"%u\" dx=\"%d\" text-anchor=\"%s\">",
		   row * MARK + 12, at < 0.5 ? 4 : -4,
		   at < 0.5 ? "start" : "end");
	text_end(c, text, more);
}

void chart_over(struct chart *c)
{
	unsigned top = top_of(c, 0);

	stretched(c, top, bottom_of(c) - top);
	buf_puts(c->out, "<g class=\"ch\">");
}

void chart_spot(struct chart *c, double from, double to)
{
	double left = WIDE * x_at(c, from), right = WIDE * x_at(c, to);

	put_rect(c, "", left, 0, right > left ? right - left : 1,
		 bottom_of(c) - top_of(c, 0));
	buf_puts(c->out, "><title>");
}

void chart_spot_end(struct chart *c)
{
	buf_puts(c->out, "</title></rect>");
}

void chart_over_end(struct chart *c)
{
	buf_puts(c->out, "</g></svg>");
}

/* Colours of lines and areas: Okabe and Ito, told apart by all common kinds
 * of colour blindness; lines differ in their dashes, too. */
const char chart_style[] =
	":root{--b:#0072b2;--o:#b85000;--g:#00795a;--p:#a8478a;--k:#57606a;"
	"--q0:#8a929b;--q1:#cc79a7;--q2:#e69f00;--q3:#56b4e9;--q4:#009e73;"
	"--q5:#f0e442;--q6:#0072b2;--q7:#d55e00}"
	"@media screen and (prefers-color-scheme:dark){:root{--b:#5ab4f0;"
	"--o:#ff9a4d;--g:#2fd1a0;--p:#e58fc4;--k:#9aa5b1;--q0:#7d8691;"
	"--q6:#3a8fd0}}"
	"figure{margin:.6rem 0;break-inside:avoid}"
	"figcaption{font-weight:600;font-size:.9375rem}"
	".c{display:flex;margin:.2rem 0}.cy{flex:none}"
	".cx{flex:1 1 0;width:0;min-width:0}"
	".c text{font-size:12px;fill:var(--dim)}"
	".c .cn{font-weight:600;fill:var(--text);paint-order:stroke;"
	"stroke:var(--card);stroke-width:4px}"
	".c .ct{fill:var(--text);paint-order:stroke;"
	"stroke:var(--card);stroke-width:4px}"
	".cg{stroke:var(--line)}.cm{stroke:var(--text);stroke-dasharray:2 3}"
	".l1,.l2,.l3,.l4,.l5,.lp{fill:none;stroke-width:2;"
	"vector-effect:non-scaling-stroke;stroke-linejoin:round}"
	".l1{stroke:var(--b)}.l2{stroke:var(--o);stroke-dasharray:6 3}"
	".l3{stroke:var(--g);stroke-dasharray:2 2}"
	".l4{stroke:var(--p);stroke-dasharray:8 3 2 3;stroke-width:1.3}"
	".ll,.lb{fill:none;stroke:var(--up);stroke-width:3;"
	"vector-effect:non-scaling-stroke}.lb{stroke:var(--down)}"
	".lz{fill:none;stroke:var(--text);stroke-width:1;"
	"vector-effect:non-scaling-stroke}"
	".l5{stroke:var(--k);stroke-width:1}"
	".lp{stroke:var(--k);stroke-dasharray:4 4;stroke-width:1.5}"
	".ae{fill:var(--down);fill-opacity:.55}"
	".aw{fill:var(--k);fill-opacity:.13}"
	".ai{fill:none;stroke:var(--b);stroke-width:1.5;"
	"vector-effect:non-scaling-stroke}"
	".ib{fill:var(--b);fill-opacity:.18}"
	".am{fill:var(--k);fill-opacity:.1}.an{fill:var(--k);fill-opacity:.16}"
	".d1{fill:var(--b)}.d2{fill:var(--o)}.d5{fill:var(--down)}"
	".d3{fill:var(--up)}.d4{fill:var(--unknown)}"
	".c circle{stroke:var(--card);stroke-width:1.5}"
	".ch rect{fill:var(--text);fill-opacity:0}"
	".ch rect:hover{fill-opacity:.12}"
	".keys{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem 1rem;"
	"margin:.1rem 0;padding:0;font-size:.8125rem;color:var(--dim)}"
	".keys .of{font-weight:600}.keys .of~.of{margin-left:.6rem}"
	".keys svg{margin-right:.35rem;vertical-align:middle}"
	".keys path{stroke-width:2.5}.keys .aw,.keys .am,.keys .an,.keys .ae"
	"{stroke:currentColor;stroke-width:8;stroke-opacity:.25}"
	".keys .an{stroke-opacity:.55}"
	".keys .d4{stroke:var(--unknown);stroke-width:5}"
	".keys .ae{stroke:var(--down);stroke-opacity:.6}"
	"@media screen and (max-width:40rem){.cw{display:none}}"
	"@media print{*{print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}}";
