/* SPDX-License-Identifier: MIT */

/*
 * A result file of any bytes: refused with a problem, or read; and what was
 * read is written, read and written again without a change, and sealed.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/redact/redact.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 26 };

#define REQUIRE(what)            \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

static struct errs problems;

static struct run_result *again(struct arena *a, const struct run_result *run,
				struct buf *text)
{
	struct source src = { "again", NULL, 0 };
	struct run_result *back;

	REQUIRE(result_write(run, text));
	src.text = text->text;
	src.len = text->len;
	back = result_read(a, &src, &problems);
	REQUIRE(back != NULL && problems.n == 0);
	return back;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct source src = { "fuzz", (const char *)data, size };
	struct arena *a = arena_new(ROOM);
	struct run_result *run;
	struct buf first, second;

	problems = (struct errs){ 0 };
	buf_init(&first, BUF_NO_LIMIT);
	buf_init(&second, BUF_NO_LIMIT);
	run = result_read(a, &src, &problems);
	REQUIRE((run == NULL) == (problems.n > 0));
	if (run) {
		run = again(a, run, &first);
		run = again(a, run, &second);
		REQUIRE(first.len == second.len &&
			memcmp(first.text, second.text, first.len) == 0);
		REQUIRE(result_seal(run, NULL, a));
		buf_reset(&first);
		again(a, run, &first);
	}
	buf_release(&first);
	buf_release(&second);
	arena_free(a);
	return 0;
}
