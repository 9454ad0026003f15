/* SPDX-License-Identifier: MIT */
#include "report/notice/mail/mail_html.h"

#include <string.h>

#include "report/html/html.h"
#include "report/notice/channel.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

#define CELL "padding:4px 12px 4px 0;text-align:left;vertical-align:top"

static const char *color(enum severity severity, bool is_over)
{
	static const char *const colors[SEVERITY_N] = {
		[SEVERITY_INFO] = "#0b5fa5",
		[SEVERITY_WARNING] = "#946200",
		[SEVERITY_ERROR] = "#b35000",
		[SEVERITY_CRITICAL] = "#b00020",
	};

	return is_over ? "#1b6e2d" : colors[severity];
}

static void put_escaped(struct buf *out, const char *text, size_t max_bytes)
{
	struct buf cut;

	buf_init(&cut, max_bytes);
	text_cut(&cut, text, strlen(text), max_bytes);
	html_text(out, buf_text(&cut));
	buf_release(&cut);
}

/* A line feed is a line end here, too. */
static void put_lines(struct buf *out, const char *text, size_t max_bytes)
{
	struct buf whole;
	const char *at;

	buf_init(&whole, TELL_BODY_MAX);
	put_escaped(&whole, text, max_bytes);
	for (at = buf_text(&whole); *at;) {
		size_t n = strcspn(at, "\n");

		buf_add(out, at, n);
		at += n;
		if (*at) {
			buf_puts(out, "<br>\n");
			at++;
		}
	}
	buf_release(&whole);
}

static void put_cell(struct buf *out, const char *text, size_t max_bytes)
{
	buf_puts(out, "<td style=\"" CELL "\">");
	put_escaped(out, text, max_bytes);
	buf_puts(out, "</td>");
}

static void put_facts(struct buf *out, struct telling *t,
		      const struct notice *n, bool is_full)
{
	struct notice_fact facts[TELL_FACTS_MAX];
	size_t n_facts = notice_facts(t, n, facts);

	buf_puts(out, "<table role=\"presentation\" "
		      "style=\"border-collapse:collapse\">\n");
	for (size_t i = 0; i < n_facts; i++) {
		if (!is_full && facts[i].weight > FACT_ALWAYS)
			continue;
		buf_printf(out,
			   "<tr><th scope=\"row\" style=\"" CELL "\">%s"
			   "</th>",
			   facts[i].name);
		put_cell(out, facts[i].value, NOTICE_URL_MAX);
		buf_puts(out, "</tr>\n");
	}
	buf_puts(out, "</table>\n");
}

static const char *length_of(struct telling *t, uint64_t ns)
{
	struct buf text;

	if (!ns)
		return "";
	buf_init(&text, NOTICE_NAME_MAX);
	unit_human_duration(&text, ns);
	return tell_keep(t, &text);
}

/* The digest: one row for each thing that happened. */
static void put_digest(struct buf *out, struct telling *t,
		       const struct notice *n)
{
	static const char *const heads[] = { "Time",  "Severity", "What",
					     "Alert", "Evidence", "Lasted" };

	buf_puts(out, "<table style=\"border-collapse:collapse\">\n<tr>");
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		buf_printf(out, "<th scope=\"col\" style=\"" CELL "\">%s</th>",
			   heads[i]);
	buf_puts(out, "</tr>\n");
	for (size_t i = 0; i < n->n_lines; i++) {
		const struct notice_line *line = &n->lines[i];

		buf_puts(out, "<tr>");
		put_cell(out, tell_time(t, line->at_ns), NOTICE_NAME_MAX);
		buf_printf(out, "<td style=\"" CELL ";color:%s\">%s</td>",
			   color(line->severity, false),
			   severity_name(line->severity));
		put_cell(out, notice_kind_name(line->kind), NOTICE_NAME_MAX);
		put_cell(out, line->title, NOTICE_TITLE_MAX);
		put_cell(out, line->message, NOTICE_LINE_MAX);
		put_cell(out, length_of(t, line->lasted_ns), NOTICE_NAME_MAX);
		buf_puts(out, "</tr>\n");
	}
	buf_puts(out, "</table>\n");
}

static void put_notice(struct buf *out, struct telling *t,
		       const struct notice *n, bool is_full)
{
	const char *bar = color(n->severity, notice_is_over(n));
	struct buf text;

	buf_init(&text, TELL_BODY_MAX);
	say_shouted(&text, n);
	buf_printf(out,
		   "<div style=\"border-left:6px solid %s;padding:4px 0 4px "
		   "12px;margin:0 0 20px 0\">\n"
		   "<p style=\"margin:0;font-weight:bold;color:%s\">%s</p>\n"
		   "<h2 style=\"margin:4px 0;font-size:18px\">",
		   bar, bar, notice_shout(n));
	put_escaped(out, buf_text(&text), text.len);
	buf_release(&text);
	buf_printf(out, "</h2>\n<p style=\"margin:4px 0\">%s</p>\n",
		   tell_time(t, n->at_ns));
	if (*n->message) {
		buf_puts(out, "<p style=\"margin:8px 0\">");
		put_lines(out, n->message,
			  is_full ? NOTICE_MESSAGE_MAX : TELL_SHORT_MAX);
		buf_puts(out, "</p>\n");
	}
	if (n->n_lines)
		put_digest(out, t, n);
	put_facts(out, t, n, is_full);
	buf_puts(out, "</div>\n");
}

static void put_rest(struct buf *out, struct telling *t)
{
	struct buf text;

	buf_puts(out, "<p>");
	say_and_more(out, t->n - TELL_FULLY_MAX);
	buf_puts(out, ":</p>\n<ul>\n");
	for (size_t i = TELL_FULLY_MAX; i < t->n; i++) {
		buf_init(&text, TELL_BODY_MAX);
		buf_printf(&text, "%s [%s] ", tell_time(t, t->worst[i]->at_ns),
			   notice_shout(t->worst[i]));
		say_shouted(&text, t->worst[i]);
		buf_puts(out, "<li>");
		put_escaped(out, buf_text(&text), text.len);
		buf_puts(out, "</li>\n");
		buf_release(&text);
	}
	buf_puts(out, "</ul>\n");
}

void mail_html(struct buf *out, struct telling *t)
{
	buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		      "<meta charset=\"utf-8\">\n"
		      "<meta name=\"color-scheme\" content=\"light dark\">\n"
		      "<title>assay</title>\n</head>\n"
		      "<body style=\"font-family:sans-serif;font-size:15px\">"
		      "\n");
	if (t->n > 1) {
		buf_puts(out, "<p><strong>");
		say_together(out, t);
		buf_puts(out, "</strong></p>\n");
	}
	for (size_t i = 0; i < t->n && i < TELL_FULLY_MAX; i++)
		put_notice(out, t, t->worst[i], t->n == 1);
	if (t->n > TELL_FULLY_MAX)
		put_rest(out, t);
	buf_puts(out, "<p style=\"color:#666\">assay</p>\n</body>\n</html>\n");
}
