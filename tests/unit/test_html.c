/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/html/scale.h"
#include "report/render/html/html_parts.h"
#include "report/render/render.h"
#include "report/result/gate_result.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "tests/unit/golden.h"
#include "tests/unit/sample_gate.h"
#include "tests/unit/sample_report.h"
#include "tests/unit/sample_run.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum {
	ARENA_MAX = 256 << 20,
	PAGE_MAX = 4 << 20,
	DEPTH_MAX = 64,
	NAME_MAX_BYTES = 16,
	MANY_CHECKS = 3000,
	MANY_RUNS = 300,
	LONG_STEPS = 20,
};

static const struct render_options opt = { .utf8 = true };

static void page_of(struct buf *out, const struct run_result *const *runs,
		    size_t n)
{
	buf_init(out, PAGE_MAX);
	assert_true(render_html(runs, n, &opt, out));
	assert_true(text_utf8_valid(buf_text(out), out->len, NULL));
	assert_in_range(out->len, 1000, HTML_MAX);
}

static void page_of_one(struct buf *out, const struct run_result *run)
{
	assert_non_null(run);
	page_of(out, &run, 1);
}

/* Not strstr(), whose sanitizer measures all of the text for each one found. */
static size_t count(const char *text, const char *of)
{
	const char *end = text + strlen(text);
	size_t n = 0, len = strlen(of);

	for (; (text = memmem(text, (size_t)(end - text), of, len)); text++)
		n++;
	return n;
}

/* ---- what every page must be -------------------------------------------- */

/* The end of a tag; a > in a quoted attribute is none. */
static const char *tag_end(const char *at)
{
	char quote = '\0';

	for (; *at && (quote || *at != '>'); at++) {
		if (quote)
			quote = *at == quote ? '\0' : quote;
		else if (*at == '"')
			quote = *at;
	}
	return at;
}

static bool is_void(const char *name)
{
	static const char *const names[] = { "meta", "link", "br" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* None that could run, fetch or frame anything. */
static bool is_ours(const char *name)
{
	static const char *const names[] = {
		"html",	   "head",    "meta",	    "link",    "title",
		"style",   "body",    "header",	    "main",    "footer",
		"section", "article", "h1",	    "h2",      "h3",
		"h4",	   "h5",      "div",	    "p",       "span",
		"strong",  "small",   "code",	    "pre",     "a",
		"time",	   "br",      "ul",	    "li",      "dl",
		"dt",	   "dd",      "table",	    "caption", "thead",
		"tbody",   "tr",      "th",	    "td",      "details",
		"summary", "figure",  "figcaption", "svg",     "desc",
		"g",	   "path",    "line",	    "rect",    "circle",
		"text",	   "tspan",
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void name_of(const char *tag, char name[NAME_MAX_BYTES])
{
	size_t n = strcspn(tag, " />");

	assert_in_range(n, 1, NAME_MAX_BYTES - 1);
	memcpy(name, tag, n);
	name[n] = '\0';
	assert_true(is_ours(name));
}

/* Every element that begins ends, inside of the one it began in. */
static void assert_nested(const char *text)
{
	char open[DEPTH_MAX][NAME_MAX_BYTES];
	size_t depth = 0;

	for (const char *at = strchr(text, '<'); at; at = strchr(at, '<')) {
		const char *end = tag_end(at);
		char name[NAME_MAX_BYTES];

		assert_int_equal(*end, '>');
		if (at[1] == '!') {
			at = end;
			continue;
		}
		name_of(at + 1 + (at[1] == '/'), name);
		if (at[1] == '/') {
			assert_true(depth > 0);
			assert_string_equal(open[--depth], name);
		} else if (end[-1] != '/' && !is_void(name)) {
			assert_true(depth < DEPTH_MAX);
			memcpy(open[depth++], name, sizeof(name));
		}
		at = end;
	}
	assert_int_equal(depth, 0);
}

/* Headings go down by one level at a time. */
static void assert_headings(const char *text)
{
	int before = 0;

	for (const char *at = text; (at = strstr(at, "<h")); at += 2) {
		int level = at[2] - '0';

		if (level < 1 || level > 6)
			continue;
		assert_true(level <= before + 1);
		before = level;
	}
	assert_int_equal(count(text, "<h1"), 1);
}

static bool has_id(const char *text, const char *id, size_t len)
{
	char want[64];

	snprintf(want, sizeof(want), " id=\"%.*s\"", (int)len, id);
	return count(text, want) == 1;
}

/* What is pointed to by a label is there, once. */
static void assert_labels(const char *text)
{
	static const char key[] = "aria-labelledby=\"";
	const char *at = text;

	while ((at = strstr(at, key))) {
		at += sizeof(key) - 1;
		while (*at != '"') {
			size_t n = strcspn(at, " \"");

			assert_true(has_id(text, at, n));
			at += n + (at[n] == ' ');
		}
	}
}

/* Each drawing has a title, a description, and a table in what follows. */
static void assert_drawings(const char *text)
{
	const char *at = text;

	while ((at = strstr(at, "role=\"img\""))) {
		const char *title = strstr(at, "<title id=");
		const char *desc = strstr(at, "<desc id=");

		assert_non_null(title);
		assert_non_null(desc);
		assert_true(title < desc && desc < strstr(at, "</svg>"));
		at++;
	}
	assert_int_equal(count(text, "<svg "),
			 count(text, "role=\"img\"") +
				 count(text, "aria-hidden=\"true\"><text") +
				 count(text, "aria-hidden=\"true\"><path") +
				 count(text, "aria-hidden=\"true\"><rect") +
				 count(text, "aria-hidden=\"true\"></svg>") +
				 count(text, "preserveAspectRatio"));
}

/* A number that is none is no place on a drawing. */
static void assert_numbers(const char *text)
{
	static const char *const bad[] = { "=\"nan",  "=\"-nan", "=\"inf",
					   "=\"-inf", "Lnan",	 "L-nan",
					   "nan%\"",  "=\"-\"" };

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_null(strstr(text, bad[i]));
}

static void assert_page(const struct buf *page)
{
	const char *text = buf_text(page);

	assert_nested(text);
	assert_headings(text);
	assert_labels(text);
	assert_drawings(text);
	assert_numbers(text);
	assert_int_equal(count(text, "<th"),
			 count(text, "<th scope=") + count(text, "<thead>"));
	assert_int_equal(count(text, "<table>"), count(text, "<caption>"));
	assert_non_null(strstr(text, "<html lang=\"en\">"));
	assert_non_null(strstr(text, "default-src 'none';style-src 'sha256-"));
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, " style=\""));
	/* nothing is fetched, and only places of this page are linked */
	assert_int_equal(count(text, " href=\""), count(text, " href=\"#") + 1);
	assert_null(strstr(text, " src=\""));
	assert_null(strstr(text, "url("));
	assert_null(strstr(text, "@import"));
}

/* ---- tests -------------------------------------------------------------- */

static void test_every_sample(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct buf page;

	(void)state;
	for (int i = 0; i < SAMPLE_N; i++) {
		page_of_one(&page, sample_run(a, (enum sample)i));
		assert_page(&page);
		buf_release(&page);
	}
	for (int i = 0; i < GATE_SAMPLE_N; i++) {
		page_of_one(&page, sample_gate(a, (enum gate_sample)i));
		assert_page(&page);
		assert_non_null(strstr(buf_text(&page), "Regression gate"));
		if (i == GATE_SAMPLE_STRICT)
			assert_non_null(strstr(buf_text(&page), "rank p 0.41"));
		buf_release(&page);
	}
	page_of_one(&page, sample_report(a));
	assert_page(&page);
	buf_release(&page);
	arena_free(a);
}

static void test_tells(void **state)
{
	static const char *const says[] = {
		"<title>Shop \xe2\x80\x93 checkout, environment staging, seen "
		"from jakarta-1</title>",
		/* the verdict */
		"the instrument was the limit",
		/* a gate */
		"p99 is 12.4 % slower than the baseline",
		"p99 \xc2\xb7 +12.4 % \xc2\xb7 regression<tspan class=\"cw\"> "
		"[+5.6 %, +19.6 %]</tspan>",
		"Change in each cell",
		"p50: change in each launch",
		/* a load */
		"<strong>6600</strong> planned = <strong>6500</strong> sent + "
		"<strong>80</strong> dropped + <strong>20</strong> not started",
		"<strong>6500</strong> sent = <strong>6479</strong> ok + ",
		"Latency by percentile",
		"latency, from planned",
		"warm-up ended",
		"aborted<tspan class=\"cw\"> ratio(errors, 5s)",
		"The phases add up to ",
		"give it more workers: -t 2",
		"Search for the highest rate",
		"busiest used 91.0 % of its CPU",
		"poisson, seed 7",
		/* a check */
		"status 503, expected 200",
		"certificates as they were sent",
		"expired 3 days ago",
		"captured values",
		"requests of this step",
		"start of the body",
		"runner-7",
		/* a stored run */
		"known after 12.0 s: p95 of booking is over 515 ms",
		"190 of 1200",
		"it was another machine: &quot;runner-3&quot;",
		/* parts */
		"results that were merged into this one",
		"frankfurt",
	};
	struct arena *a = arena_new(ARENA_MAX);
	struct buf page;

	(void)state;
	page_of_one(&page, sample_report(a));
	for (size_t i = 0; i < COUNT(says); i++) {
		if (!strstr(buf_text(&page), says[i]))
			print_error("not told: %s\n", says[i]);
		assert_non_null(strstr(buf_text(&page), says[i]));
	}
	buf_release(&page);
	arena_free(a);
}

/* What no part of a merged one knows has no column. */
static void test_unknown_of_parts(void **state)
{
	static const struct part_result parts[] = {
		{ "runner-7", "", SAMPLE_STARTED_AT_NS, 1, 0, RUN_OK },
		{ "runner-8", "", SAMPLE_STARTED_AT_NS, 2, 0, RUN_OK },
	};
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_report(a);
	struct buf page;

	(void)state;
	page_of_one(&page, run);
	assert_non_null(strstr(buf_text(&page), ">vantage</th>"));
	assert_non_null(strstr(buf_text(&page), ">seed</th>"));
	buf_release(&page);
	run->parts = parts;
	page_of_one(&page, run);
	assert_page(&page);
	assert_null(strstr(buf_text(&page), ">vantage</th>"));
	assert_null(strstr(buf_text(&page), ">seed</th>"));
	buf_release(&page);
	arena_free(a);
}

/* Whatever stands in the texts, the elements are the same. */
static void test_hostile(void **state)
{
	static const char *const rows[] = {
		"<script>alert(1)</script>",
		"\"><img src=x onerror=alert(1)>",
		"'--></title></style><svg onload=a>",
		"\x01\x02\x7f\xff\xc3\x28\xe2\x80\xae",
		"]]>&#0;&lt;",
	};
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_report(a);
	struct buf plain, page;

	(void)state;
	assert_non_null(run);
	assert_true(sample_report_fill(run, "a"));
	page_of_one(&plain, run);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(sample_report_fill(run, rows[i]));
		page_of_one(&page, run);
		assert_page(&page);
		assert_int_equal(count(buf_text(&page), "<"),
				 count(buf_text(&plain), "<"));
		assert_int_equal(count(buf_text(&page), ">"),
				 count(buf_text(&plain), ">"));
		assert_int_equal(count(buf_text(&page), "\""),
				 count(buf_text(&plain), "\""));
		assert_null(memchr(page.text, 0x01, page.len));
		assert_null(strstr(buf_text(&page), "\xe2\x80\xae"));
		buf_release(&page);
	}
	buf_release(&plain);
	arena_free(a);
}

/* Ten minutes at 5,000/s with 20 steps have room for every detail. */
static void test_long(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct buf page;

	(void)state;
	page_of_one(&page, sample_report_long(a, LONG_STEPS));
	assert_page(&page);
	assert_int_equal(count(buf_text(&page), "latencies as a table"),
			 LONG_STEPS + 1);
	assert_non_null(strstr(buf_text(&page), "timeline as a table"));
	assert_non_null(strstr(buf_text(&page), "<g class=\"ch\">"));
	assert_null(strstr(buf_text(&page), "left out:"));
	buf_release(&page);
	arena_free(a);
}

/* A very long text everywhere, and more than has room: less is told, and it is
 * said how much. */
static void test_bounded(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_report(a);
	const struct run_result *runs[MANY_RUNS];
	char *text = arena_alloc(a, 100000, 1);
	struct buf page;

	(void)state;
	assert_non_null(text);
	memset(text, '"', 99999);
	text[99999] = '\0';
	assert_true(sample_report_fill(run, text));
	page_of_one(&page, run);
	assert_page(&page);
	buf_release(&page);
	for (size_t i = 0; i < COUNT(runs); i++)
		runs[i] = run;
	page_of(&page, runs, COUNT(runs));
	assert_page(&page);
	assert_non_null(strstr(buf_text(&page), "more are left out:"));
	buf_release(&page);
	page_of_one(&page, sample_many(a, MANY_CHECKS));
	assert_page(&page);
	assert_non_null(strstr(buf_text(&page), "checks more are left out:"));
	/* what failed comes first */
	assert_non_null(strstr(buf_text(&page), "id=\"main\""));
	buf_release(&page);
	arena_free(a);
}

static void test_many(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	const struct run_result *runs[] = { sample_run(a, SAMPLE_OK),
					    sample_run(a, SAMPLE_LOAD) };
	struct buf page;

	(void)state;
	page_of(&page, runs, COUNT(runs));
	assert_page(&page);
	assert_non_null(strstr(buf_text(&page), "<title>2 results</title>"));
	assert_non_null(strstr(buf_text(&page), "<a href=\"#run2\">"));
	assert_non_null(strstr(buf_text(&page), "<section id=\"run2\" aria-"));
	/* two of one name are told apart, as links too */
	for (size_t i = 1; i <= COUNT(runs); i++) {
		char link[40];

		snprintf(link, sizeof(link), "<a href=\"#run%zu\">%zu. ", i, i);
		assert_int_equal(count(buf_text(&page), link), 1);
	}
	assert_int_equal(count(buf_text(&page), ", 2026-01-01T00:00:00Z</h2>"),
			 2);
	buf_release(&page);
	arena_free(a);
}

/* Numbers that cannot be. */
static void test_numbers(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_report(a);
	struct buf page;

	(void)state;
	for (size_t i = 0; i < run->n_loads; i++) {
		struct load_result *load = &run->loads[i];

		for (size_t k = 0; k < load->n_timeline; k++) {
			struct timeline_row *row =
				(struct timeline_row *)&load->timeline[k];

			row->for_ns = k % 3 ? UINT64_MAX : 0;
			row->at_ns = k % 2 ? UINT64_MAX : 0;
			row->ok = row->planned = UINT64_MAX;
			row->max_ns = k % 5 ? UINT64_MAX : 0;
		}
		load->latency.count = UINT64_MAX;
		load->latency.max_ns = UINT64_MAX;
		load->rate_per_s = load->ok_per_s = 1e300;
	}
	for (size_t i = 0; i < run->gate->n_metrics; i++) {
		struct gate_metric *m =
			(struct gate_metric *)&run->gate->metrics[i];

		m->estimate = i % 2 ? (double)NAN : 1e300;
		m->low = i % 3 ? (double)-INFINITY : (double)NAN;
		m->high = i % 3 ? 1e-300 : (double)INFINITY;
	}
	page_of_one(&page, run);
	assert_page(&page);
	buf_release(&page);
	arena_free(a);
}

/* A page that has no room fails and says so. */
static void test_no_room(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	const struct run_result *run = sample_run(a, SAMPLE_LOAD);

	(void)state;
	for (size_t room = 1; room < 20000; room += 1997) {
		struct buf out;

		buf_init(&out, room);
		assert_false(render_html(&run, 1, &opt, &out));
		buf_release(&out);
	}
	arena_free(a);
}

static void test_gate_golden(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct buf page;

	(void)state;
	page_of_one(&page, sample_gate(a, GATE_SAMPLE_REGRESSION));
	assert_golden("tests/golden/render/gate-regression.html",
		      buf_text(&page), page.len);
	buf_release(&page);
	arena_free(a);
}

/* ---- colours ------------------------------------------------------------ */

static double channel(const char *hex)
{
	char two[3] = { hex[0], hex[1], '\0' };
	double v = (double)strtol(two, NULL, 16) / 255;

	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* Relative luminance, WCAG 2.2; of "#fff" or "#f6f7f9" behind that name. */
static double luminance(const char *style, const char *name)
{
	const char *at = strstr(style, name);
	char c[7] = { 0 };

	assert_non_null(at);
	at += strlen(name) + 1;
	if (strspn(at, "0123456789abcdef") == 3)
		snprintf(c, sizeof(c), "%c%c%c%c%c%c", at[0], at[0], at[1],
			 at[1], at[2], at[2]);
	else
		memcpy(c, at, 6);
	return 0.2126 * channel(c) + 0.7152 * channel(c + 2) +
	       0.0722 * channel(c + 4);
}

/* What is said in a colour can be read on the page and on a card. */
static void test_contrast(void **state)
{
	static const char *const texts[] = { "--text:", "--dim:",
					     "--up:",	"--degraded:",
					     "--down:", "--unknown:" };
	static const char *const grounds[] = { "--back:", "--card:" };
	const char *const schemes[] = { html_style,
					strstr(html_style, "scheme:dark") };

	(void)state;
	for (size_t i = 0; i < COUNT(schemes); i++)
		for (size_t k = 0; k < COUNT(texts) * COUNT(grounds); k++) {
			const char *text = texts[k / COUNT(grounds)];
			double a = luminance(schemes[i], text);
			double b = luminance(schemes[i],
					     grounds[k % COUNT(grounds)]);
			double ratio =
				(fmax(a, b) + 0.05) / (fmin(a, b) + 0.05);

			if (ratio < 4.5)
				fail_msg("%s has %.2f", text, ratio);
		}
}

/* ---- scales ------------------------------------------------------------- */

static void say_scale(struct buf *out, const struct scale *s)
{
	for (size_t i = 0; i < s->n; i++) {
		buf_puts(out, i ? " | " : "");
		scale_say(out, s->unit, s->tick[i]);
	}
}

static void test_scales(void **state)
{
	static const struct {
		char kind; /* zero, around, few around, clock, log, nines */
		enum scale_unit unit;
		double low, high;
		const char *ticks;
	} rows[] = {
		{ 'z', SCALE_TIME, 0, 27e6, "0 | 10 ms | 20 ms | 30 ms" },
		{ 'z', SCALE_TIME, 0, 140e3,
		  "0 | 50 \xc2\xb5s | 100 \xc2\xb5s | 150 \xc2\xb5s" },
		{ 'z', SCALE_PER_S, 0, 5000, "0/s | 2000/s | 4000/s | 6000/s" },
		{ 'z', SCALE_COUNT, 0, 3, "0 | 1 | 2 | 3" },
		{ 'z', SCALE_COUNT, 0, 0, "0 | 1" },
		{ 'z', SCALE_COUNT, 0, 250000, "0 | 100k | 200k | 300k" },
		{ 'a', SCALE_PERCENT, 0, 12,
		  "-10 % | -5 % | 0 % | +5 % | "
		  "+10 %" },
		{ 'a', SCALE_PERCENT, 0, 2400,
		  "-2000 % | -1000 % | 0 % | +1000 % | +2000 %" },
		{ 'a', SCALE_PERCENT, 0, 24000,
		  "-20k % | -10k % | 0 % | +10k % | +20k %" },
		{ 'a', SCALE_POINTS, 0, 0.3, "-0.2 pp | 0 pp | +0.2 pp" },
		{ 'f', SCALE_PERCENT, 0, 45,
		  "-40 % | -20 % | 0 % | +20 % | +40 %" },
		{ 'c', SCALE_TIME, 0, 17e9, "0 | 5 s | 10 s | 15 s" },
		{ 'c', SCALE_TIME, 0, 90e9, "0 | 30 s | 1 min | 90 s" },
		{ 'c', SCALE_TIME, 0, 600e9,
		  "0 | 2 min | 4 min | 6 min | 8 min | 10 min" },
		{ 'c', SCALE_TIME, 0, 86400e9 * 3, "0 | 1 d | 2 d | 3 d" },
		{ 'l', SCALE_TIME, 2e6, 3e9, "10 ms | 100 ms | 1 s" },
		{ 'l', SCALE_TIME, 1e6, 1e7, "1 ms | 2 ms | 5 ms | 10 ms" },
		{ 'n', SCALE_NINES, 0, 15000,
		  "p50 | p90 | p99 | p99.9 | p99.99" },
		{ 'n', SCALE_NINES, 0, 1, "p50 | p90" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scale s = { 0 };
		struct buf said;

		switch (rows[i].kind) {
		case 'z':
			scale_from_zero(&s, rows[i].unit, rows[i].high, 4);
			break;
		case 'a':
			scale_around_zero(&s, rows[i].unit, rows[i].high, 5);
			break;
		case 'f':
			scale_around_zero(&s, rows[i].unit, rows[i].high, 4);
			break;
		case 'c':
			scale_clock(&s, rows[i].high, 5);
			break;
		case 'l':
			scale_log(&s, rows[i].unit, rows[i].low, rows[i].high);
			break;
		default:
			scale_nines(&s, rows[i].high);
		}
		buf_init(&said, 1000);
		say_scale(&said, &s);
		assert_string_equal(buf_text(&said), rows[i].ticks);
		assert_true(s.from < s.to);
		buf_release(&said);
	}
}

/* Whatever the numbers, what is drawn is inside. */
static void test_scales_hold(void **state)
{
	static const double values[] = { 0,	-1,  1,		  1e-300,
					 1e300, NAN, INFINITY,	  -INFINITY,
					 1e18,	7,   1.8446744e19 };

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++)
		for (size_t k = 0; k < COUNT(values); k++) {
			struct scale s[5];

			scale_from_zero(&s[0], SCALE_TIME, values[i], 5);
			scale_around_zero(&s[1], SCALE_PERCENT, values[i], 5);
			scale_clock(&s[2], values[i], 6);
			scale_log(&s[3], SCALE_TIME, values[i], values[k]);
			scale_nines(&s[4], values[i]);
			for (size_t n = 0; n < COUNT(s); n++) {
				double at = scale_at(&s[n], values[k]);

				assert_true(at >= 0 && at <= 1);
				assert_true(s[n].from < s[n].to);
				assert_true(s[n].n <= SCALE_TICKS_MAX);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_sample),
		cmocka_unit_test(test_tells),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_unknown_of_parts),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_gate_golden),
		cmocka_unit_test(test_contrast),
		cmocka_unit_test(test_scales),
		cmocka_unit_test(test_scales_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
