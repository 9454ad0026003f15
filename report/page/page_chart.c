/* SPDX-License-Identifier: MIT */
/* Latency hour by hour.  An hour without an answer is a gap in the line. */
#include <inttypes.h>

#include "report/page/page_parts.h"
#include "scenarios/base/units.h"

enum { STEP = 12, HEIGHT = 90, MARGIN = 2 };

enum quantile { MEDIAN, P95, QUANTILES };
static const char *const classes[QUANTILES] = { "p50", "p95" };

static uint64_t quantile(const struct state_bucket *b, enum quantile which)
{
	return which == MEDIAN ? b->p50_ns : b->p95_ns;
}

static bool is_empty(const struct state_bucket *b)
{
	return !b->n_requests;
}

static uint64_t highest(const struct page_check *c)
{
	uint64_t high = 0;

	for (size_t i = 0; i < c->n_hours; i++) {
		if (is_empty(&c->hours[i]))
			continue;
		uint64_t p95 = c->hours[i].p95_ns;
		high = p95 > high ? p95 : high;
	}
	return high;
}

static unsigned place(uint64_t ns, uint64_t high)
{
	return MARGIN + HEIGHT -
	       (unsigned)((__uint128_t)ns * HEIGHT / (high ? high : 1));
}

/* Three digits are what the histogram knows. */
static uint64_t rounded(uint64_t ns)
{
	uint64_t unit = 1;

	while (ns / unit >= 1000)
		unit *= 10;
	return (ns + unit / 2) / unit * unit;
}

static void line(struct buf *out, const struct page_check *c,
		 enum quantile which, uint64_t high)
{
	bool is_down = false; /* the pen */

	buf_printf(out, "<path class=\"%s\" d=\"", classes[which]);
	for (size_t i = 0; i < c->n_hours; i++) {
		const struct state_bucket *b = &c->hours[i];
		if (is_empty(b)) {
			is_down = false;
			continue;
		}
		unsigned y = place(quantile(b, which), high);
		/* a single hour is a short line, or it could not be seen */
		buf_printf(out, "%c%zu %uh2", is_down ? 'L' : 'M',
			   i * STEP + STEP / 2, y);
		is_down = true;
	}
	buf_puts(out, "\"/>");
}

static void table(struct buf *out, const struct page_check *c)
{
	buf_puts(out, "<details><summary>latency hour by hour</summary>"
		      "<div class=\"wide\"><table><thead><tr><th>from</th>"
		      "<th>median</th><th>p95</th><th>requests</th>"
		      "<th>errors</th></tr></thead><tbody>");
	for (size_t i = c->n_hours; i-- > 0;) {
		const struct state_bucket *b = &c->hours[i];
		if (is_empty(b))
			continue;
		buf_puts(out, "<tr><th scope=\"row\">");
		html_time(out, b->from_at_ns);
		for (enum quantile q = MEDIAN; q < QUANTILES; q++) {
			buf_puts(out, q ? "</td><td>" : "</th><td>");
			unit_print_duration(out, rounded(quantile(b, q)));
		}
		buf_printf(out,
			   "</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td></tr>",
			   b->n_requests, b->n_errors);
	}
	buf_puts(out, "</tbody></table></div></details>");
}

void page_chart(struct buf *out, const struct page_check *c)
{
	uint64_t high = highest(c);
	size_t width = c->n_hours * STEP;

	if (!high)
		return;
	buf_puts(out, "<div class=\"ends dim\"><span>latency: median (full), "
		      "p95 (broken)</span><span>p95 at most ");
	unit_print_duration(out, rounded(high));
	buf_printf(out,
		   "</span></div><svg class=\"chart\" viewBox=\"0 0 %zu %d\" "
		   "preserveAspectRatio=\"none\" role=\"img\" aria-label=\""
		   "latency of the last %zu hour%s, p95 at most ",
		   width, HEIGHT + 2 * MARGIN, c->n_hours,
		   c->n_hours == 1 ? "" : "s");
	unit_print_duration(out, rounded(high));
	buf_printf(out, "\"><path class=\"axis\" d=\"M0 %dh%zuM0 %dh%zu\"/>",
		   MARGIN, width, MARGIN + HEIGHT, width);
	line(out, c, P95, high);
	line(out, c, MEDIAN, high);
	buf_printf(out,
		   "</svg><div class=\"ends dim\"><span>%zu h ago</span>"
		   "<span>now</span></div>",
		   c->n_hours);
	table(out, c);
}
