/* SPDX-License-Identifier: MIT */
/*
 * A good state file with bytes changed, or cut: patches of four bytes, a place
 * of three and a value.  It is refused or usable.  A refused one has a problem
 * and its bytes are what they were; a usable one answers every question or
 * says a problem, and its buckets add up.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "report/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EPOCH_NS  UINT64_C(1767225600000000000)
#define MINUTE_NS UINT64_C(60000000000)

enum { RUNS = 90, PATCH_BYTES = 4, ARENA_BYTES = 64 << 20 };

static char folder[64], path[96];
static struct buf good;

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void forget(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char name[112];

	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
	}
}

static void at_end(void)
{
	forget();
	(void)rmdir(folder);
}

/* ---- the good one ---------------------------------------------------------- */

static void take_one(struct state *st, uint64_t i, struct errs *es)
{
	static const struct kept kept[] = {
		{ "load", "{a=\"b\"}", SERIES_GAUGE, 0, 0.5, "" },
		{ "version", "", SERIES_TEXT, 0, 0, "1.2.3" },
	};
	struct step_result step = { .name = "get /",
				    .kind = "get",
				    .method = "GET",
				    .message = "",
				    .outcome =
					    i % 9 ? OUTCOME_OK : OUTCOME_STATUS,
				    .started_at_ns = EPOCH_NS + i * MINUTE_NS,
				    .total_ns = 1000000 * (i + 1),
				    .status = 200,
				    .n_kept = 2,
				    .kept = kept };
	struct attempt at = { .verdict = i % 9 ? VERDICT_OK : VERDICT_FAILED,
			      .outcome = step.outcome,
			      .message = "",
			      .started_at_ns = step.started_at_ns,
			      .n_steps = 1,
			      .steps = &step };
	struct check_result check = { .name = "home",
				      .severity = SEVERITY_ERROR,
				      .worst = SEVERITY_ERROR,
				      .verdict = at.verdict,
				      .outcome = at.outcome,
				      .message = "as it is",
				      .started_at_ns = step.started_at_ns,
				      .total_ns = step.total_ns,
				      .n_attempts = 1,
				      .attempts = &at };
	struct run_result run = { .name = "shop",
				  .vantage = i % 2 ? "fra" : "",
				  .started_at_ns = step.started_at_ns,
				  .n_checks = 1,
				  .checks = &check };

	must(state_take_run(st, &run, NULL, es));
}

static void fill(struct state *st, struct errs *es)
{
	struct letter l = { .scenario = "shop",
			    .channel = "ops",
			    .dedup = "a",
			    .text = "{}",
			    .expires_at_ns = UINT64_MAX };
	struct state_entry e = { .at_ns = EPOCH_NS,
				 .scenario = "shop",
				 .key = "down/home",
				 .kind = "firing",
				 .text = "{}" };
	struct state_keep keep = { 0 };
	struct state_cleaned cleaned;

	for (uint64_t i = 0; i < RUNS; i++)
		take_one(st, i, es);
	must(state_letter_put(st, &l, NULL, es));
	must(state_entry_add(st, &e, es));
	must(state_alert_put(st, "shop", "down/home", "firing", es));
	must(state_note_put(st, "breaker", "open", es));
	must(state_clean(st, &keep, EPOCH_NS + RUNS * MINUTE_NS, &cleaned, es));
}

static void make_good(struct errs *es)
{
	const char *where =
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : P_tmpdir;
	struct state *st;

	snprintf(folder, sizeof(folder), "%s/assay-fuzz-XXXXXX", where);
	must(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/state.db", folder);
	atexit(at_end);
	st = state_open(path, NULL, es);
	must(st != NULL);
	fill(st, es);
	state_close(st);
	buf_init(&good, BUF_NO_LIMIT);
	must(file_read(path, BUF_NO_LIMIT, &good, es));
	forget();
}

/* ---- the changed one --------------------------------------------------------- */

static void put_file(const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static bool same_file(const char *bytes, size_t n)
{
	struct errs *es = calloc(1, sizeof(*es));
	struct buf now;

	buf_init(&now, BUF_NO_LIMIT);
	must(es && file_read(path, BUF_NO_LIMIT, &now, es));
	bool is_same = now.len == n && (!n || !memcmp(now.text, bytes, n));
	buf_release(&now);
	free(es);
	return is_same;
}

static void check_buckets(struct state *st, struct arena *a, struct errs *es)
{
	for (unsigned level = 0; level < BUCKET_LEVELS_N; level++) {
		struct state_bucket *b;
		size_t n;

		if (!state_buckets(st, "shop", "home", level, EPOCH_NS,
				   EPOCH_NS + 120 * MINUTE_NS, a, &b, &n, es))
			continue;
		for (size_t i = 0; i < n; i++)
			must(b[i].up_ns + b[i].degraded_ns + b[i].down_ns +
				     b[i].inconclusive_ns +
				     b[i].not_observed_ns ==
			     b[i].length_ns);
	}
}

/* Every answer is one, or there is a problem. */
static void ask(struct state *st, struct errs *es)
{
	struct arena *a = arena_new(ARENA_BYTES);
	struct state_keep keep = { .raw_ns = MINUTE_NS };
	struct state_cleaned cleaned;
	const struct state_entry *entries;
	const struct delivery *d;
	const struct letter *of;
	struct letter *l;
	struct history h;
	const char *text;
	size_t n, before;
	uint64_t at;

	must(a != NULL);
	before = es->n + es->dropped;
	if (!state_history(st, "shop", "home", 0, a, &h, es))
		must(es->n + es->dropped > before);
	check_buckets(st, a, es);
	(void)state_entries(st, "shop", 0, a, &entries, &n, es);
	(void)state_alert_get(st, "shop", "down/home", a, &text, es);
	(void)state_letters_next(st, "shop", &at, es);
	(void)state_letters_claim(st, "shop", EPOCH_NS, "me", 1, 9, a, &l, &n,
				  es);
	(void)state_deliveries(st, 0, a, &d, &of, &n, es);
	before = es->n + es->dropped;
	if (!state_clean(st, &keep, EPOCH_NS + 200 * MINUTE_NS, &cleaned, es))
		must(es->n + es->dropped > before);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct errs es;
	char *bytes;
	size_t n;

	memset(&es, 0, sizeof(es));
	if (!good.len)
		make_good(&es);
	if (size < 2)
		return 0;
	/* the first two bytes: how much of it there is, in pages */
	n = (size_t)(data[0] | data[1] << 8) * 512;
	if (n > good.len || n == 0)
		n = good.len;
	bytes = malloc(n);
	must(bytes != NULL);
	memcpy(bytes, good.text, n);
	for (size_t i = 2; i + PATCH_BYTES <= size; i += PATCH_BYTES) {
		size_t at = data[i] | (size_t)data[i + 1] << 8 |
			    (size_t)data[i + 2] << 16;

		bytes[at % n] = (char)data[i + 3];
	}
	put_file(bytes, n);
	struct state *st = state_open(path, NULL, &es);
	must((st == NULL) == (es.n > 0));
	if (st)
		ask(st, &es);
	state_close(st);
	if (!st)
		must(same_file(bytes, n));
	forget();
	free(bytes);
	return 0;
}
