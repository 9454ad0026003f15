/* SPDX-License-Identifier: MIT */

/*
 * A result file of any bytes, merged, cut and compared: what is refused has a
 * problem, and what is not keeps its counts.
 *
 * With a first byte that begins no JSON the rest are numbers of a load made in
 * code, for what a text that must add up hardly comes to: rows and spans of
 * any time and size.
 *
 *     merge(a)        counts and histograms as in a
 *     merge(a, a')    where a' ran elsewhere: books closed, twice the counts
 *     slice(a)        of all the time: what the rows count
 *
 * Each result is written and read again, as any other.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/merge/compare/compare.h"
#include "report/merge/merge.h"
#include "report/merge/slice.h"
#include "report/redact/redact.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 28, SAID_MAX = 1 << 24 };

#define REQUIRE(what)            \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

static struct errs problems;

static void read_again(struct arena *a, struct run_result *run)
{
	struct source src = { "again", NULL, 0 };
	struct buf text;

	buf_init(&text, BUF_NO_LIMIT);
	REQUIRE(result_seal(run, NULL, a));
	REQUIRE(result_write(run, &text));
	src.text = text.text;
	src.len = text.len;
	REQUIRE(result_read(a, &src, &problems) != NULL && problems.n == 0);
	buf_release(&text);
}

static void keeps_counts(const struct load_result *was,
			 const struct load_result *is, uint64_t times)
{
	const struct accounting *x = &was->accounting, *y = &is->accounting;

	REQUIRE(y->planned == times * x->planned);
	REQUIRE(y->sent == times * x->sent);
	REQUIRE(y->ok == times * x->ok);
	REQUIRE(y->failed == times * x->failed);
	REQUIRE(y->in_flight == times * x->in_flight);
	REQUIRE(is->latency.count == times * was->latency.count);
	REQUIRE(is->requests == times * was->requests);
	REQUIRE(is->n_steps == was->n_steps);
	for (size_t i = 0; i < is->n_steps; i++) {
		REQUIRE(is->steps[i].accounting.sent ==
			times * was->steps[i].accounting.sent);
		REQUIRE(is->steps[i].latency.count ==
			times * was->steps[i].latency.count);
	}
}

static void merged(struct arena *a, const struct run_result *run, bool twice)
{
	struct run_result other = *run;
	struct merger *m = merger_new(a, &problems);
	struct run_result *out = NULL;
	bool ok;

	REQUIRE(m);
	other.host = "elsewhere";
	other.n_parts = 0;
	ok = merger_add(m, run, "a.json", &problems) &&
	     (!twice || merger_add(m, &other, "b.json", &problems));
	if (ok)
		out = merger_finish(m, &problems);
	REQUIRE((out == NULL) == (problems.n > 0));
	if (out) {
		REQUIRE(out->n_loads == run->n_loads);
		for (size_t i = 0; i < out->n_loads; i++)
			keeps_counts(&run->loads[i], &out->loads[i],
				     twice ? 2 : 1);
		read_again(a, out);
	}
	merger_free(m);
	problems = (struct errs){ 0 };
}

static void sliced(struct arena *a, const struct run_result *run)
{
	struct run_result *out = slice_run(run, 0, UINT64_MAX, a, &problems);
	size_t next = 0;

	REQUIRE((out == NULL) == (problems.n > 0));
	for (size_t i = 0; out && i < run->n_loads; i++) {
		const struct load_result *of = &run->loads[i];
		uint64_t ok = 0, failed = 0, dropped = 0;

		if (of->n_timeline == 0)
			continue;
		for (size_t k = 0; k < of->n_timeline; k++) {
			ok += of->timeline[k].ok;
			failed += of->timeline[k].failed;
			dropped += of->timeline[k].dropped;
		}
		REQUIRE(out->loads[next].accounting.ok == ok);
		REQUIRE(out->loads[next].accounting.failed == failed);
		REQUIRE(out->loads[next++].accounting.dropped == dropped);
	}
	if (out)
		read_again(a, out);
	problems = (struct errs){ 0 };
}

static void is_clean(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->text[i];

		REQUIRE(c == '\n' || (c >= 0x20 && c != 0x7f));
	}
}

static void compared(struct arena *a, const struct run_result *run)
{
	const struct run_result *runs[] = { run, run };
	const char *const names[] = { "a", "b" };
	struct compare of;
	struct buf text;

	if (!compare_make(runs, names, 2, a, &of))
		return;
	buf_init(&text, SAID_MAX);
	REQUIRE(compare_text(&of, true, &text));
	is_clean(&text);
	buf_reset(&text);
	REQUIRE(compare_markdown(&of, &text));
	is_clean(&text);
	buf_reset(&text);
	REQUIRE(compare_csv(&of, &text));
	is_clean(&text);
	buf_release(&text);
}

static void look(struct arena *a, struct run_result *run)
{
	merged(a, run, false);
	merged(a, run, true);
	sliced(a, run);
	compared(a, run);
}

/* ---- a load from numbers ------------------------------------------------------ */

#define HDR_OF_ONE \
	"HISTFAAAACR4nJNpmSzMwMDAzAABTFCaCyjkZrBjAYP9B4jAc1EmAF7/BVQ="

struct numbers {
	const uint8_t *at;
	size_t left;
};

/* Of any size: the first byte tells how many bits. */
static uint64_t number(struct numbers *n)
{
	uint64_t value = 0;

	if (n->left == 0)
		return 0;
	unsigned bits = *n->at % 54;

	for (size_t i = 1; i < n->left && i <= 7; i++)
		value = value << 8 | n->at[i];
	size_t used = n->left < 8 ? n->left : 8;

	n->at += used;
	n->left -= used;
	return bits ? value & ((UINT64_C(1) << bits) - 1) : 0;
}

static const char *const rules[] = {
	"p50(latency) < 1s",	     "p95(latency, 5s) < 1s",
	"ratio(errors, 1h) < 1%",    "rate(ok, 30s) >= 95% of planned",
	"max(latency) < 1s for 10s", "down_for() < 5s",
	"count(dropped) <= 5",	     "rate(all) > 1/s",
	"no limit at all",
};
enum { ROWS = 6, RULES = sizeof rules / sizeof rules[0], LIMITS = 2 };

static void fill_row(struct numbers *n, struct timeline_row *row)
{
	*row = (struct timeline_row){ .at_ns = number(n),
				      .for_ns = number(n),
				      .planned = number(n),
				      .sent = number(n),
				      .ok = number(n),
				      .failed = number(n),
				      .timed_out = number(n),
				      .dropped = number(n),
				      .users = number(n),
				      .max_ns = number(n) };
	row->is_warm_up = row->users % 5 == 4;
	row->hdr = row->users % 2 ? HDR_OF_ONE : "";
}

static void made(struct arena *a, struct numbers *n)
{
	struct run_result *run = arena_alloc(a, 1, sizeof *run);
	struct load_result *load = arena_alloc(a, 1, sizeof *load);
	struct timeline_row *rows = arena_alloc(a, ROWS, sizeof *rows);
	struct limit_result *limits = arena_alloc(a, LIMITS, sizeof *limits);
	struct buf text;
	struct source src = { "made", NULL, 0 };

	*run = (struct run_result){ .n_loads = 1, .loads = load };
	load->limits = limits;
	load->n_limits = LIMITS;
	load->timeline = rows;
	load->n_timeline = 1 + number(n) % ROWS;
	for (size_t i = 0; i < LIMITS; i++) {
		limits[i].text = rules[number(n) % RULES];
		limits[i].rated = number(n);
		limits[i].rated_ns = number(n);
	}
	run->started_at_ns = number(n) << number(n) % 11;
	load->started_at_ns = number(n) << number(n) % 11;
	load->start_ns = number(n);
	load->total_ns = number(n);
	load->rated_ns = number(n);
	load->requests = load->accounting.sent = load->accounting.ok =
		load->accounting.planned = number(n);
	load->rate_per_s = (double)number(n);
	load->warm_up.ended_ns = number(n);
	load->warm_up.was_asked = load->warm_up.ended_ns > 0;
	for (size_t i = 0; i < load->n_timeline; i++)
		fill_row(n, &rows[i]);
	/* writing and reading leaves no text NULL, and cuts what is too large */
	buf_init(&text, BUF_NO_LIMIT);
	result_judge(run);
	if (result_write(run, &text)) {
		src.text = text.text;
		src.len = text.len;
		run = result_read(a, &src, &problems);
		problems = (struct errs){ 0 };
		if (run)
			look(a, run);
	}
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct source src = { "fuzz", (const char *)data, size };
	struct arena *a = arena_new(ROOM);
	struct numbers n = { data + 1, size - 1 };
	struct run_result *run;

	problems = (struct errs){ 0 };
	if (size > 0 && data[0] != '{') {
		made(a, &n);
	} else {
		run = result_read(a, &src, &problems);
		problems = (struct errs){ 0 };
		if (run && result_seal(run, NULL, a))
			look(a, run);
	}
	arena_free(a);
	return 0;
}
