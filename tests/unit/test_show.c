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
		  "booking    1998/s  of 2000/s  p50 1.23 ms  p99 845 \xc2\xb5s"
		  "   1 error  64 conns  " FULL FULL FULL FULL FULL EMPTY EMPTY
			  EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY EMPTY
				  EMPTY EMPTY EMPTY EMPTY "  1m left" },
		{ &usual, "booking", 120, false,
		  "booking    1998/s  of 2000/s  p50 1.23 ms  p99 845 us"
		  "   1 error  64 conns  [#####.................]  1m left" },
		/* what matters least goes first */
		{ &usual, "booking", 80, false,
		  "booking    1998/s  p50 1.23 ms  p99 845 us   1 error  64 "
		  "conns  [##......]  1m left" },
		{ &usual, "booking", 60, false, "" },
		{ &usual, "booking", 40, false, "" },
		{ &usual, "booking", 20, false, "" },
		{ &usual, "booking", 10, false, "" },
		{ &users, "u", 120, true, "" },
		{ &ending, "e", 120, false, "" },
		{ &counted, "c", 120, false, "" },
		{ &usual, "", 60, false, "" },
		/* for a log */
		{ &usual, "booking", 0, true, "" },
		{ &users, "u", 0, false, "" },
		{ &ending, "", 0, false, "" },
		/* names that would do harm */
		{ &counted, "a\x1b[2Jb\nc\x7f\xff", 0, true, "" },
		{ &counted, "\xc2\x9b" "caf\xc3\xa9", 0, false, "" },
		{ &counted, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5"
			    "\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac"
			    "\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac",
		  40, true, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, BUF_NO_LIMIT);
		show_line(rows[i].pg, rows[i].name, rows[i].width,
			  rows[i].utf8, &out);
		if (strcmp(buf_text(&out), rows[i].want) != 0)
			print_error("row %zu:\n%s\n", i, buf_text(&out));
		buf_release(&out);
	}
}
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
