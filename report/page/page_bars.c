/* SPDX-License-Identifier: MIT */
/*
 * A bar for each day: from the bottom down, degraded, inconclusive, up; what
 * was not observed is an outline only.  Bars of one look are one path.
 */
#include "report/page/page_parts.h"
#include "scenarios/base/units.h"

enum {
	STEP = 10, /* of the drawing, a day */
	WIDTH = 7,
	HEIGHT = 40,
	LOOKS = 5,
	LEAST = 3, /* of HEIGHT: what is there at all can be seen */
};

static const struct {
	const char *class;
	const char *word;
} looks[LOOKS] = {
	{ "d", "down" }, { "g", "degraded" },	  { "i", "inconclusive" },
	{ "u", "up" },	 { "n", "not observed" },
};

static uint64_t share(const struct state_bucket *b, size_t look)
{
	const uint64_t ns[LOOKS] = { b->down_ns, b->degraded_ns,
				     b->inconclusive_ns, b->up_ns,
				     b->not_observed_ns };

	return ns[look];
}

/* Where that part of the bar ends, from the bottom. */
static unsigned end_of(const struct state_bucket *b, size_t look)
{
	__uint128_t sum = 0;
	unsigned least = 0;

	for (size_t i = 0; i <= look; i++) {
		sum += share(b, i);
		least += share(b, i) > 0 ? LEAST : 0;
	}
	uint64_t all = b->length_ns ? b->length_ns : 1;
	unsigned end = (unsigned)(sum * HEIGHT / all);
	end = end > least ? end : least;
	return end < HEIGHT ? end : HEIGHT;
}

static void draw(struct buf *out, const struct page_check *c, size_t look)
{
	bool is_open = false;

	for (size_t i = 0; i < c->n_days; i++) {
		const struct state_bucket *b = &c->days[i];
		unsigned from = look ? end_of(b, look - 1) : 0;
		unsigned until = end_of(b, look);

		if (!share(b, look) || until <= from)
			continue;
		if (!is_open)
			buf_printf(out, "<path class=\"%s\" d=\"",
				   looks[look].class);
		is_open = true;
		buf_printf(out, "M%zu %uv-%uh%dv%uz", i * STEP + 1,
			   HEIGHT - from, until - from, WIDTH, until - from);
	}
	if (is_open)
		buf_puts(out, "\"/>");
}

static bool is_plain(const struct state_bucket *b)
{
	return !b->down_ns && !b->degraded_ns && !b->inconclusive_ns;
}

static void duration_cell(struct buf *out, uint64_t ns)
{
	buf_puts(out, "<td>");
	if (ns)
		unit_print_duration(out, ns / UNIT_NS_PER_S * UNIT_NS_PER_S);
	else
		buf_puts(out, "-");
	buf_puts(out, "</td>");
}

static void table(struct buf *out, const struct page_check *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_days; i++)
		n += !is_plain(&c->days[i]);
	if (!n)
		return;
	buf_printf(out,
		   "<details><summary>%zu day%s with trouble</summary>"
		   "<div class=\"wide\"><table><thead><tr><th>day</th>"
		   "<th>up</th><th>degraded</th><th>down</th>"
		   "<th>inconclusive</th><th>not observed</th></tr></thead>"
		   "<tbody>",
		   n, n == 1 ? "" : "s");
	for (size_t i = c->n_days; i-- > 0;) {
		const struct state_bucket *b = &c->days[i];
		if (is_plain(b))
			continue;
		buf_puts(out, "<tr><th scope=\"row\">");
		html_day(out, b->from_at_ns);
		buf_puts(out, "</th>");
		duration_cell(out, b->up_ns);
		duration_cell(out, b->degraded_ns);
		duration_cell(out, b->down_ns);
		duration_cell(out, b->inconclusive_ns);
		duration_cell(out, b->not_observed_ns);
		buf_puts(out, "</tr>");
	}
	buf_puts(out, "</tbody></table></div></details>");
}

static void say_shares(struct buf *out, const struct page_shares *s)
{
	const uint64_t ns[LOOKS] = { s->down_ns, s->degraded_ns,
				     s->inconclusive_ns, s->up_ns,
				     s->not_observed_ns };
	uint64_t all = 0;

	for (size_t i = 0; i < LOOKS; i++)
		all += ns[i];
	for (size_t i = LOOKS; i-- > 0;) {
		if (!ns[i])
			continue;
		unsigned tenths = (unsigned)((__uint128_t)ns[i] * 1000 / all);
		buf_printf(out,
			   "<span class=\"share\"><span class=\"key\"><svg "
			   "viewBox=\"0 0 9 9\" aria-hidden=\"true\"><path "
			   "class=\"%s\" d=\"M1 8v-7h7v7z\"/></svg></span>%s ",
			   looks[i].class, looks[i].word);
		if (tenths)
			buf_printf(out, "%u.%u %%</span> ", tenths / 10,
				   tenths % 10);
		else /* something is never nothing */
			buf_puts(out, "&lt; 0.1 %</span> ");
	}
}

void page_bars(struct buf *out, const struct page_check *c)
{
	struct page_shares sum = { 0 };

	for (size_t i = 0; i < c->n_days; i++)
		page_share_add(&sum, &c->days[i]);
	buf_printf(out,
		   "<svg class=\"bars\" viewBox=\"0 0 %zu %d\" "
		   "preserveAspectRatio=\"none\" role=\"img\" "
		   "aria-label=\"%zu day%s, available ",
		   c->n_days * STEP, HEIGHT, c->n_days,
		   c->n_days == 1 ? "" : "s");
	page_availability(out, &sum);
	buf_puts(out, "\">");
	for (size_t look = 0; look < LOOKS; look++)
		draw(out, c, look);
	buf_printf(out,
		   "</svg><div class=\"ends dim\"><span>%zu day%s ago</span>"
		   "<span>available ",
		   c->n_days, c->n_days == 1 ? "" : "s");
	page_availability(out, &sum);
	buf_puts(out, "</span><span>today</span></div><p class=\"dim\">");
	say_shares(out, &sum);
	buf_puts(out, "</p>");
	table(out, c);
}
