/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/render/load/load_parts.h"
#include "report/render/load/load_say.h"
#include "scenarios/base/units.h"

/* Time from left to right, a column for one or more rows of the timeline. */

enum { STRIP_COLUMNS = 60, STRIP_ROWS_MIN = 4, LEVELS = 8 };

static const char *const blocks[LEVELS + 1] = {
	" ",
	"\xe2\x96\x81",
	"\xe2\x96\x82",
	"\xe2\x96\x83",
	"\xe2\x96\x84",
	"\xe2\x96\x85",
	"\xe2\x96\x86",
	"\xe2\x96\x87",
	"\xe2\x96\x88",
};
static const char *const letters[LEVELS + 1] = { " ", ".", ":", "-", "=",
						 "+", "*", "%", "@" };

struct strip {
	double value[STRIP_COLUMNS];
	double max;
	size_t n;
};

static double rate_of(const struct timeline_row *r)
{
	return r->for_ns ? (double)r->ok * (double)UNIT_NS_PER_S /
				   (double)r->for_ns
			 : 0;
}

static double p50_of(const struct timeline_row *r)
{
	return (double)r->p50_ns;
}

static double p99_of(const struct timeline_row *r)
{
	return (double)r->p99_ns;
}

static double errors_of(const struct timeline_row *r)
{
	return (double)r->failed + (double)r->timed_out + (double)r->dropped;
}

/* What ends behind the plan is a short time: few answers in it would be a rate
 * that nobody saw, and belong to the row before. */
static size_t rows_of(const struct load_result *load)
{
	size_t n = load->n_timeline;

	if (n < 2 ||
	    load->timeline[n - 1].for_ns >= load->timeline[n - 2].for_ns / 2)
		return n;
	return n - 1;
}

static struct timeline_row row_at(const struct load_result *load, size_t i)
{
	struct timeline_row row = load->timeline[i];
	const struct timeline_row *rest = &load->timeline[i + 1];

	if (i + 1 < rows_of(load) || i + 1 == load->n_timeline)
		return row;
	row.for_ns += rest->for_ns;
	row.ok += rest->ok;
	row.failed += rest->failed;
	row.timed_out += rest->timed_out;
	row.dropped += rest->dropped;
	if (rest->p50_ns > row.p50_ns)
		row.p50_ns = rest->p50_ns;
	if (rest->p99_ns > row.p99_ns)
		row.p99_ns = rest->p99_ns;
	return row;
}

/* Rows that share a column show the worst of them. */
static void fill(struct strip *s, const struct load_result *load,
		 double (*of)(const struct timeline_row *r))
{
	size_t n = rows_of(load);

	*s = (struct strip){ .n = n < STRIP_COLUMNS ? n : STRIP_COLUMNS };
	for (size_t i = 0; i < n; i++) {
		size_t column = n > STRIP_COLUMNS ? i * STRIP_COLUMNS / n : i;
		const struct timeline_row row = row_at(load, i);
		double value = of(&row);

		if (value > s->value[column])
			s->value[column] = value;
		if (value > s->max)
			s->max = value;
	}
}

static void draw(struct buf *line, const struct strip *s, bool utf8)
{
	for (size_t i = 0; i < s->n; i++) {
		unsigned level = 0;

		if (s->value[i] > 0)
			level = 1 +
				(unsigned)(s->value[i] / s->max * (LEVELS - 1));
		buf_puts(line, utf8 ? blocks[level] : letters[level]);
	}
}

/* Rows count arrivals, each of which goes through all steps. */
static void say_max_rate(struct buf *line, const struct load_result *load,
			 double max)
{
	say_rate(line, max);
	buf_puts(line, load->n_steps > 1 ? " arrivals ok" : " ok");
}

static void say_max_time(struct buf *line, const struct load_result *load,
			 double max)
{
	(void)load;
	unit_human_duration(line, (uint64_t)max);
}

static void say_max_count(struct buf *line, const struct load_result *load,
			  double max)
{
	(void)load;
	buf_printf(line, "%.0f", max);
}

static const struct {
	const char *label;
	double (*of)(const struct timeline_row *r);
	void (*say)(struct buf *line, const struct load_result *load,
		    double max);
} strips[] = {
	{ "rate", rate_of, say_max_rate },
	{ "p50", p50_of, say_max_time },
	{ "p99", p99_of, say_max_time },
	{ "errors", errors_of, say_max_count },
};

void tell_strips(struct load_lines *t, const struct load_result *load)
{
	if (load->n_timeline < STRIP_ROWS_MIN)
		return;
	for (size_t i = 0; i < sizeof(strips) / sizeof(*strips); i++) {
		struct strip s;
		struct buf line;

		fill(&s, load, strips[i].of);
		if (!(s.max > 0))
			continue;
		line_begin(&line, strips[i].label);
		draw(&line, &s, t->utf8);
		buf_puts(&line, "  max ");
		strips[i].say(&line, load, s.max);
		line_end(t, LOOK_PLAIN, &line);
		buf_release(&line);
	}
}
