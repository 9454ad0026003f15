/* SPDX-License-Identifier: MIT */
/*
 * A gate out of bytes: settings, design, and cells whose halves are drawn from
 * a few histograms; or, by the first byte, one whose histogram is the bytes.
 *
 * It is refused with a problem, or judged; and judged again it is the same to
 * the byte, also after it was written and read; when the builds change places
 * every change is the other way round, and so is its verdict; and cells of one
 * launch may come in any order.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/gate/gate.h"
#include "report/hist/hist.h"
#include "report/result/gate_result.h"
#include "report/result/result_json.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	PALETTE = 16,
	METRICS_MAX = 64,
	CELLS_MAX = 32,
	GROUPS_MAX = 2,
	LAUNCHES_MAX = 12,
	HEAD = 8, /* bytes before those of the cells */
	TEXT_MODE = 255,
};
#define ROOM ((size_t)64 << 20)

#define REQUIRE(what)            \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

struct bytes {
	const uint8_t *data;
	size_t n;
};

struct made {
	struct gate_result g;
	struct gate_cell cells[CELLS_MAX * GROUPS_MAX];
};

static char *palette[PALETTE];
static uint64_t palette_n[PALETTE];
static struct errs problems;
static struct made made;

/* Samples of 0, 20, 40 ... requests, the odd ones with a few slow ones. */
static void make_palette(void)
{
	for (unsigned i = 0; i < PALETTE && !palette[i]; i++) {
		struct hist *h = hist_new(GATE_DIGITS);
		struct buf text;

		REQUIRE(h);
		palette_n[i] = i * 20;
		for (unsigned k = 0; k < palette_n[i]; k++)
			hist_record(h, 1000000 + i * 20000 + k * 5000 +
					       (i % 2 && k < i ? 50000000 : 0));
		buf_init(&text, HIST_TEXT_MAX);
		REQUIRE(hist_encode(h, &text));
		palette[i] = buf_take(&text, NULL);
		hist_free(h);
	}
}

static uint8_t byte_at(const struct bytes *b, size_t i)
{
	return b->n ? b->data[i % b->n] : 0;
}

static struct gate_half half_of(uint8_t kind, uint8_t errors)
{
	unsigned i = kind % PALETTE;

	return (struct gate_half){ palette_n[i] + errors % 8, errors % 8,
				   palette[i] };
}

static void make_cells(const struct bytes *b, size_t per_group,
		       uint64_t launches, size_t groups)
{
	size_t n = 0;

	for (size_t g = 0; g < groups; g++)
		for (size_t i = 0; i < per_group; i++) {
			size_t at = HEAD + 3 * n;
			uint8_t errors = byte_at(b, at + 2);

			made.cells[n] = (struct gate_cell){
				.group = g,
				.launch = i * launches / per_group,
				.at_ns = n,
				.a = half_of(byte_at(b, at), errors & 15),
				.b = half_of(byte_at(b, at + 1), errors >> 4),
			};
			n++;
		}
	made.g.n_cells = n;
}

static void make(const struct bytes *b)
{
	static const struct gate_group groups[GROUPS_MAX] = { { "" },
							      { "login" } };
	static const double alphas[] = { 0.01, 0.001, 0.2, 0.05 };
	uint8_t flags = byte_at(b, 2);
	uint64_t launches = 1 + byte_at(b, 0) % LAUNCHES_MAX;

	memset(&made, 0, sizeof made);
	made.g = (struct gate_result){
		.load = "fuzz",
		.design = { .launches = launches,
			    .can_launch = flags & 1,
			    .cell_ns = 400000000,
			    .is_fixed_order = flags & 2,
			    .rate_per_s = flags & 4 ? 1000 : 0,
			    .seed = "" },
		.baseline = { "a", "", "", "", 0 },
		.candidate = { "b", "", "", "", 0 },
		.n_groups = 1 + (flags >> 4) % GROUPS_MAX,
		.groups = groups,
		.cells = made.cells,
		.invalid_why = flags & 8 ? "late" : "",
		.message = "",
	};
	gate_settings_default(&made.g.settings);
	made.g.settings.alpha = alphas[byte_at(b, 3) % 4];
	made.g.settings.min_effect = byte_at(b, 4) / 1000.0;
	made.g.settings.equivalence = byte_at(b, 5) / 500.0;
	made.g.settings.min_rate = byte_at(b, 6) / 10000.0;
	made.g.settings.least_tau = byte_at(b, 7) / 10000.0;
	make_cells(b, byte_at(b, 1) % (CELLS_MAX + 1), launches,
		   made.g.n_groups);
}

static void judge(struct arena *a)
{
	REQUIRE(gate_judge(&made.g, a, &problems) && problems.n == 0);
	REQUIRE(made.g.n_metrics <= METRICS_MAX);
}

static void write_run(struct buf *text)
{
	struct run_result run = { .tool = "",
				  .name = "",
				  .file = "",
				  .environment = "",
				  .vantage = "",
				  .host = "",
				  .partial_why = "",
				  .broken_why = "",
				  .gate = &made.g };

	buf_reset(text);
	result_judge(&run);
	REQUIRE(result_write_compact(&run, text));
}

static void same_when_read(struct arena *a, const struct buf *text)
{
	const struct source src = { "again", text->text, text->len };
	const struct run_result *run = result_read(a, &src, &problems);
	struct buf back;

	REQUIRE(run && problems.n == 0);
	buf_init(&back, BUF_NO_LIMIT);
	REQUIRE(result_write_compact(run, &back));
	REQUIRE(back.len == text->len &&
		memcmp(back.text, text->text, back.len) == 0);
	buf_release(&back);
}

static enum gate_verdict mirrored(enum gate_verdict v)
{
	return v == GATE_REGRESSION    ? GATE_IMPROVEMENT
	       : v == GATE_IMPROVEMENT ? GATE_REGRESSION
				       : v;
}

static void sides_change_places(struct arena *a)
{
	struct gate_metric was[METRICS_MAX];

	memcpy(was, made.g.metrics, made.g.n_metrics * sizeof *was);
	for (size_t i = 0; i < made.g.n_cells; i++) {
		struct gate_half half = made.cells[i].a;

		made.cells[i].a = made.cells[i].b;
		made.cells[i].b = half;
	}
	judge(a);
	for (size_t i = 0; i < made.g.n_metrics; i++) {
		const struct gate_metric *m = &made.g.metrics[i];

		REQUIRE(m->verdict == mirrored(was[i].verdict));
		REQUIRE(m->log_estimate == -was[i].log_estimate);
		REQUIRE(m->se == was[i].se && m->level == was[i].level);
		REQUIRE(m->a == was[i].b && m->b == was[i].a);
		REQUIRE(m->could_detect == was[i].could_detect);
		if (m->kind == GATE_ERRORS || m->kind == GATE_SLOW)
			REQUIRE(m->estimate == -was[i].estimate &&
				m->low == -was[i].high);
	}
}

static void cells_change_places(struct arena *a)
{
	struct gate_metric was[METRICS_MAX];

	memcpy(was, made.g.metrics, made.g.n_metrics * sizeof *was);
	for (size_t i = 1; i < made.g.n_cells; i++) {
		struct gate_cell *c = &made.cells[i - 1], first = *c;

		if (c->launch != c[1].launch || c->group != c[1].group)
			continue;
		c[0] = c[1];
		c[1] = first;
	}
	judge(a);
	for (size_t i = 0; i < made.g.n_metrics; i++) {
		const struct gate_metric *m = &made.g.metrics[i];

		REQUIRE(m->verdict == was[i].verdict &&
			m->estimate == was[i].estimate &&
			m->low == was[i].low && m->high == was[i].high &&
			m->p == was[i].p && m->a == was[i].a &&
			m->design_effect == was[i].design_effect &&
			!strcmp(m->note, was[i].note));
	}
}

/* The bytes as the text of a histogram that nobody counted. */
static void foreign_text(const uint8_t *data, size_t size, struct arena *a)
{
	static const uint8_t usual[] = {
		9, 30, 5, 0, 50, 50, 10, 50, 170, 170
	};
	const struct bytes b = { usual, sizeof usual };
	char *text = arena_strndup(a, (const char *)data, size);

	REQUIRE(text);
	make(&b);
	made.cells[7].a.hdr = text;
	bool ok = gate_judge(&made.g, a, &problems);
	REQUIRE(ok == (problems.n == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes b = { data, size };
	struct arena *a = arena_new(ROOM);
	struct buf first, second;

	REQUIRE(a);
	make_palette();
	memset(&problems, 0, sizeof problems);
	buf_init(&first, BUF_NO_LIMIT);
	buf_init(&second, BUF_NO_LIMIT);
	if (size > 0 && data[0] == TEXT_MODE) {
		foreign_text(data + 1, size - 1, a);
	} else {
		make(&b);
		judge(a);
		write_run(&first);
		judge(a);
		write_run(&second);
		REQUIRE(first.len == second.len &&
			memcmp(first.text, second.text, first.len) == 0);
		same_when_read(a, &first);
		sides_change_places(a);
		cells_change_places(a);
	}
	buf_release(&first);
	buf_release(&second);
	arena_free(a);
	return 0;
}
