/* SPDX-License-Identifier: MIT */
#include "report/page/page_parts.h"
#include "scenarios/base/units.h"

static void row(struct buf *out, const struct page_incident *in)
{
	buf_puts(out, "<tr><td>");
	html_time(out, in->from_at_ns);
	buf_puts(out, "</td><th scope=\"row\">");
	html_text(out, in->check[0] ? in->check : in->rule);
	buf_puts(out, "</th><td>");
	html_text(out, in->severity);
	buf_puts(out, "</td><td>");
	if (in->until_at_ns > in->from_at_ns)
		unit_print_duration(out, (in->until_at_ns - in->from_at_ns) /
						 UNIT_NS_PER_S * UNIT_NS_PER_S);
	else
		buf_puts(out, in->until_at_ns ? "0 s" : "goes on");
	buf_puts(out, "</td><td>");
	html_text(out, in->message);
	buf_puts(out, "</td></tr>");
}

void page_incidents(struct buf *out, const struct page_past *past)
{
	buf_puts(out, "<section aria-labelledby=\"incidents\"><h2 "
		      "id=\"incidents\">Incidents</h2>");
	if (!past->n_incidents) {
		buf_printf(out,
			   "<p>None in the last %d days that were observed."
			   "</p></section>",
			   PAGE_DAYS);
		return;
	}
	buf_puts(out, "<div class=\"wide\"><table><thead><tr><th>began</th>"
		      "<th>what</th><th>severity</th><th>lasted</th>"
		      "<th>why</th></tr></thead><tbody>");
	for (size_t i = 0; i < past->n_incidents; i++)
		row(out, &past->incidents[i]);
	buf_puts(out, "</tbody></table></div>");
	if (past->has_more)
		buf_puts(out, "<p class=\"dim\">Older ones are in the state "
			      "file.</p>");
	buf_puts(out, "</section>");
}
