/* SPDX-License-Identifier: MIT */

/*
 * A result file of any bytes: refused with a problem, or read; and what was
 * read is written, read and written again without a change, sealed, and
 * rendered in every form without a control character.  A strict reader takes
 * the expositions back.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/metrics/exposition.h"
#include "report/redact/redact.h"
#include "report/render/render.h"
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

static bool next(void *self, const struct metric_sample *s)
{
	(void)self;
	REQUIRE(s->family_len > 0);
	return true;
}

static void read_back(enum render_kind kind, const struct buf *text)
{
	const struct source src = { "page", text->text, text->len };
	const struct exposition_sink sink = { next, NULL };

	if (kind == RENDER_PROMETHEUS)
		REQUIRE(exposition_read(&src, EXPOSITION_TEXT, &sink, NULL,
					&problems));
	if (kind == RENDER_OPENMETRICS)
		REQUIRE(exposition_read(&src, EXPOSITION_OPENMETRICS, &sink,
					NULL, &problems));
}

/* A form that has too much to say says so; what it said is clean. */
static void look(const struct run_result *run, struct buf *text)
{
	for (int k = 0; k < RENDER_N; k++) {
		const struct render_options opt = { .utf8 = k % 2,
						    .width = 80,
						    .verbose = 1 };

		buf_reset(text);
		REQUIRE(render((enum render_kind)k, run, &opt, text));
		for (size_t i = 0; i < text->len; i++) {
			unsigned char c = (unsigned char)text->text[i];

			REQUIRE(c == '\n' || (c >= 0x20 && c != 0x7f));
		}
		read_back((enum render_kind)k, text);
	}
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
		look(run, &second);
	}
	buf_release(&first);
	buf_release(&second);
	arena_free(a);
	return 0;
}
