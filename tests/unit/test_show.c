/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loadgen/run/show.h"
#include "report/load/collect.h"
#include "report/out.h"
#include "report/result/load_result.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define S	     UNIT_NS_PER_S
#define MS	     UNIT_NS_PER_MS

static const struct progress usual = {
	.now_ns = 20 * S,
	.total_ns = 80 * S,
	.share = 0.25,
	.planned_per_s = 2000,
	.rate_per_s = 1998,
	.p50_ns = 1230 * UNIT_NS_PER_US,
	.p99_ns = 845 * UNIT_NS_PER_US,
	.sent = 40000,
	.ok = 39999,
	.errors = 1,
	.connections = 64,
};

static const struct progress flows = {
	.now_ns = 20 * S,
	.total_ns = 80 * S,
	.share = 0.25,
	.planned_per_s = 59.4,
	.arrivals_per_s = 59,
	.rate_per_s = 179,
	.is_of_several = true,
	.p50_ns = 12 * S,
	.p99_ns = 12 * S,
	.connections = 3,
};

static const struct progress users = {
	.now_ns = 1500 * MS,
	.share = -1,
	.rate_per_s = 12.34,
	.errors = 12,
	.users = 100,
	.connections = 1,
	.is_warm_up = true,
};

static const struct progress ending = {
	.now_ns = 81 * S,
	.total_ns = 80 * S,
	.share = 1,
	.p50_ns = 12 * S,
	.p99_ns = 3600 * S,
	.users = 3,
	.connections = 3,
};

static const struct progress counted = {
	.now_ns = S,
	.share = 0.5,
	.rate_per_s = 123456,
	.p50_ns = 50 * UNIT_NS_PER_US,
	.p99_ns = 99 * UNIT_NS_PER_US,
	.connections = 1000,
};

#define FULL  "\xe2\x96\x88"
#define EMPTY "\xe2\x96\x91"
#define US    "\xc2\xb5s"
#define WIDE  "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e" /* 6 columns */

static void lines(void **state)
{
	static const struct {
		const struct progress *pg;
		const char *name;
		unsigned width;
		bool utf8;
		const char *want;
	} rows[] = {
		{ &usual, "booking", 120, true,
		  "booking    1998/s  of 2000/s  p50 1.23 ms  p99 845 " US
		  "    1 error  64 conns  " FULL FULL FULL FULL FULL FULL FULL
			  FULL EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY
				  EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY
					  EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY
						  EMPTY "  1m left" },
		{ &usual, "booking", 120, false,
		  "booking    1998/s  of 2000/s  p50 1.23 ms  p99 845 us    1 "
		  "error  64 conns  [#######.....................]  1m left" },
		/* what matters least goes first */
		{ &usual, "booking", 80, false,
		  "booking    1998/s  p50 1.23 ms  p99 845 us    1 error  64 "
		  "conns  [#...]  1m left" },
		{ &usual, "https://booking.example/a", 79, false,
		  "booking.exam    1998/s  p50 1.23 ms  p99 845 us    1 error  "
		  "[##......]  1m left" },
		{ &usual, "https://booking.example/a", 120, false,
		  "booking.example/a    1998/s  of 2000/s  p50 1.23 ms  p99 "
		  "845 us    1 error  64 conns  [######.................]  1m "
		  "left" },
		{ &usual, "booking", 60, false,
		  "booking    1998/s  p50 1.23 ms  p99 845 us    1 error  "
		  "[#..]" },
		{ &usual, "booking", 40, false,
		  "booking    1998/s  p99 845 us    1 error" },
		{ &usual, "booking", 20, false, "  1998/s   1 error" },
		{ &usual, "booking", 10, false, "  1998/s" },
		/* no end that is known */
		{ &users, "u", 120, true,
		  "u  warm-up    12.3/s  p50 -        p99 -        12 errors   "
		  " 1 conn  100 users  2s so far" },
		{ &ending, "e", 120, false,
		  "e       0/s  p50 12.0 s   p99 60 min   0 errors   3 conns  "
		  "[############################]  ending" },
		/* a share without a time */
		{ &counted, "c", 120, false,
		  "c  123456/s  p50 50.0 us  p99 99.0 us  0 errors  1000 conns "
		  " [##############..............]  50%" },
		{ &usual, "", 60, false,
		  "  1998/s  p50 1.23 ms  p99 845 us    1 error  [#..]  1m "
		  "left" },
		/* for a log */
		{ &usual, "booking", 0, true,
		  "booking at 20s of 80s: 1998/s of 2000/s, p50 1.23 ms, p99 "
		  "845 " US ", 1 error, 64 conns" },
		{ &users, "u", 0, false,
		  "u at 1s, warm-up: 12.3/s, p50 -, p99 -, 12 errors, 1 conn, "
		  "100 users" },
		{ &ending, "", 0, false,
		  "at 81s, waiting for the last answers: 0/s, p50 12.0 s, p99 "
		  "60 min, 0 errors, 3 conns" },
		/* an arrival is several requests */
		{ &flows, "f", 0, false,
		  "f at 20s of 80s: 179/s for 59.0 of 59.4 arrivals/s, p50 "
		  "12.0 s, p99 12.0 s, 0 errors, 3 conns" },
		/* names that would do harm */
		{ &counted, "a\x1b[2Jb\nc\x7f\xff", 0, true,
		  "a?[2Jb?c?? at 1s: 123456/s, p50 50.0 " US ", p99 99.0 " US
		  ", 0 errors, 1000 conns" },
		{ &counted,
		  "\xc2\x9b"
		  "caf\xc3\xa9",
		  0, false,
		  "?caf? at 1s: 123456/s, p50 50.0 us, p99 99.0 us, 0 errors, "
		  "1000 conns" },
		{ &counted, WIDE WIDE WIDE WIDE, 40, true,
		  WIDE WIDE
		  "  123456/s  0 errors  " FULL FULL FULL EMPTY EMPTY EMPTY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, BUF_NO_LIMIT);
		show_line(rows[i].pg, rows[i].name, rows[i].width, rows[i].utf8,
			  &out);
		if (strcmp(buf_text(&out), rows[i].want) != 0)
			fail_msg("row %zu:\n%s", i, buf_text(&out));
		buf_release(&out);
	}
}

/* At any width: no more columns than that, and ASCII where nothing else can
 * be shown. */
static void any_width(void **state)
{
	static const struct progress *const all[] = { &usual, &users, &ending,
						      &counted };

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++)
		for (unsigned width = SHOW_WIDTH_MIN; width < 200; width++)
			for (int utf8 = 0; utf8 < 2; utf8++) {
				struct buf out;

				buf_init(&out, BUF_NO_LIMIT);
				show_line(all[i], "a name " WIDE, width, utf8,
					  &out);
				assert_true(text_width(buf_text(&out),
						       out.len) <= width);
				assert_true(text_utf8_valid(buf_text(&out),
							    out.len, NULL));
				for (size_t k = 0; !utf8 && k < out.len; k++)
					assert_true(!(out.text[k] & 0x80));
				buf_release(&out);
			}
}

static void trials(void **state)
{
	static const struct {
		struct trial trial;
		const char *want;
	} rows[] = {
		{ { .rate_per_s = 1200,
		    .holds = true,
		    .p50_ns = 2 * MS,
		    .p99_ns = 12 * MS,
		    .requests = 6000,
		    .errors = 1,
		    .why = "" },
		  "1200/s holds: p50 2.00 ms, p99 12.0 ms, 1 error in 6000 "
		  "requests" },
		{ { .rate_per_s = 37.5,
		    .holds = true,
		    .confirms = true,
		    .requests = 1,
		    .why = "" },
		  "37.5/s holds again: p50 -, p99 -, 0 errors in 1 request" },
		{ { .rate_per_s = 2400, .why = "p99(latency) < 200ms: 312 ms" },
		  "2400/s does not hold: p99(latency) < 200ms: 312 ms" },
		{ { .rate_per_s = 2400, .why = "" }, "2400/s does not hold" },
		{ { .rate_per_s = 0.025, .why = "" }, "0.025/s does not hold" },
		{ { .rate_per_s = 2400, .why = "a\nb\x1b" },
		  "2400/s does not hold: a?b?" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, BUF_NO_LIMIT);
		show_trial_line(&rows[i].trial, true, &out);
		assert_string_equal(buf_text(&out), rows[i].want);
		buf_release(&out);
	}
}

/* ---- on a terminal, and elsewhere -------------------------------------------- */

/* What was written since the last look. */
struct screen {
	struct out out;
	struct show *show;
	FILE *to;
	char *text;
	size_t len, seen;
};

static void screen_init(struct screen *sc, bool is_terminal)
{
	*sc = (struct screen){ 0 };
	sc->to = open_memstream(&sc->text, &sc->len);
	assert_non_null(sc->to);
	sc->out = (struct out){ .to = sc->to, .width = 60 };
	sc->show = show_new(&sc->out, is_terminal);
	assert_non_null(sc->show);
}

static void assert_written(struct screen *sc, const char *want)
{
	fflush(sc->to);
	assert_string_equal(sc->text + sc->seen, want);
	sc->seen = sc->len;
}

static void screen_release(struct screen *sc)
{
	assert_int_equal(sc->out.error, 0);
	fclose(sc->to);
	free(sc->text);
}

static void frame(struct screen *sc, size_t n)
{
	for (size_t i = 0; i < n; i++)
		show_add(sc->show, "c", &counted);
	show_end(sc->show);
}

#define LINE "c  123456/s  p50 50.0 us  p99 99.0 us  0 errors  [##.]  50%\n"

static void on_a_terminal(void **state)
{
	struct screen sc;
	uint64_t now_ns = 1000 * S;

	(void)state;
	setenv("TERM", "xterm", 1);
	screen_init(&sc, true);
	assert_true(show_begin(sc.show, now_ns));
	frame(&sc, 2);
	assert_written(&sc, LINE LINE);
	/* Not too often, and in the same place. */
	assert_false(show_begin(sc.show, now_ns + 1));
	now_ns += SHOW_REDRAW_NS;
	assert_true(show_begin(sc.show, now_ns));
	frame(&sc, 1);
	assert_written(&sc, "\x1b[2A\r\x1b[J" LINE);
	/* What stays is written where the frame was. */
	show_note(sc.show, "stopping");
	assert_written(&sc, "\x1b[1A\r\x1b[Jassay: stopping\n");
	assert_true(show_begin(sc.show, now_ns + 2));
	frame(&sc, 1);
	assert_written(&sc, LINE);
	show_trial(sc.show, &(struct trial){ .rate_per_s = 100, .why = "" });
	assert_written(&sc, "\x1b[1A\r\x1b[J100/s does not hold\n");
	/* More loads than there are lines for. */
	now_ns += SHOW_LINE_NS;
	assert_true(show_begin(sc.show, now_ns));
	frame(&sc, SHOW_LOADS_MAX + 3);
	fflush(sc.to);
	assert_non_null(strstr(sc.text + sc.seen, LINE "and 3 more\n"));
	sc.seen = sc.len;
	show_clear(sc.show);
	assert_written(&sc, "\x1b[21A\r\x1b[J");
	show_clear(sc.show);
	assert_written(&sc, "");
	/* Nothing is left behind. */
	assert_true(show_begin(sc.show, now_ns + SHOW_REDRAW_NS));
	frame(&sc, 1);
	sc.seen = sc.len;
	show_free(sc.show);
	assert_written(&sc, "\x1b[1A\r\x1b[J");
	screen_release(&sc);
}

#define LOG_LINE \
	"c at 1s: 123456/s, p50 50.0 us, p99 99.0 us, 0 errors, 1000 conns\n"

static void elsewhere(void **state)
{
	static const char *const terms[] = { NULL, "", "dumb", "xterm" };

	(void)state;
	for (size_t i = 0; i < COUNT(terms); i++) {
		bool is_terminal = i < 3;
		struct screen sc;

		if (terms[i])
			setenv("TERM", terms[i], 1);
		else
			unsetenv("TERM");
		screen_init(&sc, is_terminal);
		assert_false(show_begin(sc.show, 5));
		assert_false(show_begin(sc.show, 5 + SHOW_LINE_NS - 1));
		assert_true(show_begin(sc.show, 5 + SHOW_LINE_NS));
		frame(&sc, SHOW_LOADS_MAX + 1);
		assert_int_equal(sc.len,
				 (SHOW_LOADS_MAX + 1) * strlen(LOG_LINE));
		assert_memory_equal(sc.text, LOG_LINE, strlen(LOG_LINE));
		sc.seen = sc.len;
		assert_false(show_begin(sc.show, 6 + SHOW_LINE_NS));
		show_note(sc.show, "stopping");
		assert_written(&sc, "assay: stopping\n");
		assert_false(show_begin(sc.show, 7 + SHOW_LINE_NS));
		show_clear(sc.show);
		show_free(sc.show);
		assert_written(&sc, "");
		screen_release(&sc);
	}
	show_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),     cmocka_unit_test(any_width),
		cmocka_unit_test(trials),    cmocka_unit_test(on_a_terminal),
		cmocka_unit_test(elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
