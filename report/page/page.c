/* SPDX-License-Identifier: MIT */
#include "report/page/page.h"

#include <inttypes.h>
#include <string.h>

#include "report/alerts/round.h"
#include "report/page/page_parts.h"
#include "scenarios/base/units.h"

enum { TITLE_MAX = 4096 };

/* ---- the head of it --------------------------------------------------- */

static void head(struct buf *out, const struct published *p, unsigned refresh_s)
{
	struct buf title;

	buf_init(&title, TITLE_MAX);
	buf_printf(&title, "%s - status", p->name);
	html_begin(out, &(struct html_page){ .title = buf_text(&title),
					     .style = page_style,
					     .refresh_s = refresh_s });
	buf_release(&title);
}

static void sentence(struct buf *out, const struct published *p)
{
	size_t n[3] = { 0 }, unknown = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->checks[i].is_known)
			n[standing_status(&p->checks[i])]++;
		else
			unknown++;
	}
	if (n[PUBLISHED_DOWN])
		buf_printf(out, "%zu of %zu check%s %s down", n[PUBLISHED_DOWN],
			   p->n, p->n == 1 ? "" : "s",
			   n[PUBLISHED_DOWN] == 1 ? "is" : "are");
	else if (n[PUBLISHED_DEGRADED])
		buf_printf(out, "%zu of %zu check%s %s degraded",
			   n[PUBLISHED_DEGRADED], p->n, p->n == 1 ? "" : "s",
			   n[PUBLISHED_DEGRADED] == 1 ? "is" : "are");
	else if (n[PUBLISHED_OK])
		buf_puts(out,
			 unknown ? "All that was observed is up" : "All is up");
	else
		buf_puts(out, "Nothing was observed yet");
	if (unknown && unknown < p->n)
		buf_printf(out, "; %zu not observed", unknown);
}

static void header(struct buf *out, const struct published *p)
{
	uint64_t last = published_last_run(p);

	buf_puts(out, "<header><h1>");
	html_text(out, p->name);
	buf_puts(out, "</h1>");
	buf_printf(out, "<p class=\"all %s\">",
		   last ? published_status_names[published_status(p)] : "");
	sentence(out, p);
	buf_puts(out, "</p><p class=\"dim\">");
	if (p->environment && p->environment[0]) {
		html_text(out, p->environment);
		buf_puts(out, " · ");
	}
	buf_puts(out, "as of ");
	html_time(out, p->now_at_ns);
	if (last) {
		buf_puts(out, " · last run ");
		html_time(out, last);
	}
	buf_puts(out, "</p></header><main>");
}

/* ---- what fires --------------------------------------------------------- */

static void firing(struct buf *out, const struct published *p)
{
	bool is_open = false;

	for (size_t i = 0; i < p->n_alerts; i++) {
		const struct alert_standing *s = &p->alerts[i];
		if (s->phase != ALERT_FIRING && s->phase != ALERT_FLAPPING)
			continue;
		if (!is_open)
			buf_puts(out, "<section aria-labelledby=\"now\"><h2 "
				      "id=\"now\">Now</h2><ul>");
		is_open = true;
		buf_puts(out, "<li><strong>");
		html_text(out, s->check[0] ? s->check : s->rule);
		buf_puts(out, "</strong> (");
		html_text(out, s->rule);
		buf_printf(out, ", %s%s) since ",
			   severity_name((enum severity)s->severity),
			   s->phase == ALERT_FLAPPING ? ", flapping" : "");
		html_time(out, s->since_at_ns);
		buf_puts(out, ": ");
		html_text(out, s->message);
		if (s->acknowledged_by[0]) {
			buf_puts(out, " · taken on by ");
			html_text(out, s->acknowledged_by);
		}
		if (s->silenced_by[0]) {
			buf_puts(out, " · silenced: ");
			html_text(out, s->silenced_by);
		}
		buf_puts(out, "</li>");
	}
	if (is_open)
		buf_puts(out, "</ul></section>");
}

/* ---- a check -------------------------------------------------------------- */

static const char *word_of(const struct standing *s)
{
	static const char *const words[] = {
		[PUBLISHED_OK] = "up",
		[PUBLISHED_DEGRADED] = "degraded",
		[PUBLISHED_DOWN] = "down",
	};

	if (!s->is_known || s->verdict == VERDICT_NOT_OBSERVED)
		return "not observed";
	return words[standing_status(s)];
}

static void certificate(struct buf *out, const struct standing *s,
			uint64_t now_at_ns)
{
	if (!s->cert_expires_s)
		return;
	int64_t left = s->cert_expires_s - (int64_t)(now_at_ns / UNIT_NS_PER_S);
	int64_t day = (int64_t)(UNIT_NS_PER_DAY / UNIT_NS_PER_S);

	if (left < 0)
		buf_printf(out, " · certificate expired %" PRId64 " days ago",
			   -left / day);
	else
		buf_printf(out, " · certificate: %" PRId64 " days left",
			   left / day);
}

static void facts(struct buf *out, const struct standing *s, uint64_t now_at_ns)
{
	if (s->message[0]) {
		buf_puts(out, "<p>");
		html_text(out, s->message);
		buf_puts(out, "</p>");
	}
	if (s->backoff > 1)
		buf_printf(out,
			   "<p>Its target keeps timing out: one of %" PRIu64
			   " of its times is used until it answers.</p>",
			   s->backoff);
	buf_puts(out, "<p class=\"dim\">");
	html_text(out, s->target);
	if (s->is_known) {
		buf_printf(out, "%s%s since ", s->target[0] ? " · " : "",
			   word_of(s));
		html_time(out, s->since_at_ns);
		buf_puts(out, " · took ");
		unit_print_duration(out, s->total_ns / UNIT_NS_PER_US *
						 UNIT_NS_PER_US);
	}
	certificate(out, s, now_at_ns);
	buf_puts(out, "</p>");
}

static const struct page_check *past_of(const struct page_past *past,
					const char *name)
{
	for (size_t i = 0; past && i < past->n_checks; i++)
		if (!strcmp(past->checks[i].name, name))
			return &past->checks[i];
	return NULL;
}

static void check(struct buf *out, const struct published *p, size_t i,
		  const struct page_past *past)
{
	const struct standing *s = &p->checks[i];
	/* in the order of the file, nearly always */
	const struct page_check *c =
		past && i < past->n_checks &&
				!strcmp(past->checks[i].name, s->name)
			? &past->checks[i]
			: past_of(past, s->name);
	bool known = s->is_known && s->verdict != VERDICT_NOT_OBSERVED;

	buf_printf(out,
		   "<article class=\"check %s\"><span class=\"word\">%s"
		   "</span><h3>",
		   known ? published_status_names[standing_status(s)]
			 : "unknown",
		   word_of(s));
	html_text(out, s->name);
	buf_puts(out, "</h3>");
	facts(out, s, p->now_at_ns);
	if (c && i < PAGE_CHARTS_MAX) {
		page_bars(out, c);
		page_chart(out, c);
	}
	buf_puts(out, "</article>");
}

bool page_render(const struct published *p, const struct page_past *past,
		 unsigned refresh_s, struct buf *out)
{
	head(out, p, refresh_s);
	header(out, p);
	firing(out, p);
	buf_puts(out, "<section aria-labelledby=\"checks\"><h2 "
		      "id=\"checks\">Checks</h2>");
	for (size_t i = 0; i < p->n; i++)
		check(out, p, i, past);
	buf_puts(out, "</section>");
	if (past)
		page_incidents(out, past);
	buf_puts(out, "</main><footer class=\"dim\"><p>Availability counts "
		      "what was observed; time in which no check ran is "
		      "shown as not observed, and is neither up nor down. "
		      "Times are UTC.</p><p>");
	html_text(out, p->version);
	buf_puts(out, "</p></footer>");
	html_end(out);
	return buf_ok(out);
}
