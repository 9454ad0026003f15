/* SPDX-License-Identifier: MIT */
#include "tests/unit/gate_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/gate/dist.h"
#include "report/gate/gate.h"
#include "report/hist/hist.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

enum { CELLS_MAX = 2000, SHAPE_N = 500 };

#define RIG_MEDIAN_NS 1e6
#define RIG_SD	      0.5
#define RIG_SLOW      10.0
#define RIG_ARENA     ((size_t)256 << 20)

double gate_rig_value(const struct gate_rig *r, const struct rig_half *h,
		      uint64_t i)
{
	double factor = h->factor > 0 ? h->factor : 1;
	uint64_t n = h->n - h->errors;

	return factor * RIG_MEDIAN_NS *
	       (i < h->slow ? RIG_SLOW
			    : r->shape[(2 * i + 1) * SHAPE_N / (2 * n)]);
}

const char *gate_rig_text(struct gate_rig *r, const struct rig_half *h)
{
	uint64_t n = h->n - h->errors;
	struct hist *hist = hist_new(GATE_DIGITS);
	struct buf text;
	const char *kept;

	if (n == 0) {
		hist_free(hist);
		return "";
	}
	buf_init(&text, HIST_TEXT_MAX);
	assert_non_null(hist);
	for (uint64_t i = 0; i < n; i++)
		hist_record(hist, (uint64_t)gate_rig_value(r, h, i));
	assert_true(hist_encode(hist, &text));
	kept = arena_strndup(r->a, text.text, text.len);
	assert_non_null(kept);
	buf_release(&text);
	hist_free(hist);
	return kept;
}

static void fill_cells(struct gate_rig *r, size_t group, size_t first, size_t n,
		       rig_fill *fill)
{
	for (size_t i = 0; i < n; i++) {
		struct gate_cell *c = &r->cells[first + i];
		struct rig_half a = { 0 }, b = { 0 };

		fill(i, &a, &b);
		*c = (struct gate_cell){
			.group = group,
			.launch = i * r->g.design.launches / n,
			.at_ns = i * 4 * GATE_SLOT_NS,
			.a = { a.n, a.errors, gate_rig_text(r, &a) },
			.b = { b.n, b.errors, gate_rig_text(r, &b) },
		};
	}
	r->g.n_cells = first + n;
}

void gate_rig_make(struct gate_rig *r, size_t cells, size_t launches,
		   rig_fill *fill)
{
	memset(r, 0, sizeof *r);
	r->a = arena_new(RIG_ARENA);
	assert_non_null(r->a);
	for (size_t i = 0; i < SHAPE_N; i++)
		r->shape[i] =
			exp(RIG_SD *
			    dist_normal_quantile((0.5 + (double)i) / SHAPE_N));
	r->cells = arena_alloc(r->a, CELLS_MAX, sizeof *r->cells);
	assert_non_null(r->cells);
	r->groups[0].name = "";
	r->g = (struct gate_result){
		.load = "rig",
		.design = { .launches = launches,
			    .can_launch = launches > 1,
			    .total_ns = cells * 4 * GATE_SLOT_NS,
			    .launch_ns = cells * 4 * GATE_SLOT_NS / launches,
			    .warm_up_ns = GATE_WARM_UP_NS,
			    .slot_ns = GATE_SLOT_NS,
			    .cell_ns = 4 * GATE_SLOT_NS,
			    .cells = cells,
			    .rate_per_s = 1000,
			    .seed = "7f3a" },
		.baseline = { "baseline", "main@1a2b", "./old",
			      "http://127.0.0.1:1", 0 },
		.candidate = { "candidate", "pr@3c4d", "./new",
			       "http://127.0.0.1:2", 0 },
		.n_groups = 1,
		.groups = r->groups,
		.cells = r->cells,
		.invalid_why = "",
		.message = "",
	};
	gate_settings_default(&r->g.settings);
	for (size_t i = 0; i < r->g.settings.n_quantiles; i++)
		r->quantiles[i] = r->g.settings.quantiles[i];
	r->g.settings.quantiles = r->quantiles;
	fill_cells(r, 0, 0, cells, fill);
}

void gate_rig_add(struct gate_rig *r, const char *name, rig_fill *fill)
{
	size_t group = r->g.n_groups++;

	r->groups[group].name = name;
	fill_cells(r, group, r->g.n_cells, r->g.design.cells, fill);
}

void gate_rig_free(struct gate_rig *r)
{
	arena_free(r->a);
	memset(r, 0, sizeof *r);
}

void gate_rig_judge(struct gate_rig *r)
{
	if (!gate_judge(&r->g, r->a, &r->es))
		fail_msg("%s", r->es.item[0].text);
	assert_int_equal(r->es.n, 0);
}

void gate_rig_refuses(struct gate_rig *r, const char *words)
{
	memset(&r->es, 0, sizeof r->es);
	assert_false(gate_judge(&r->g, r->a, &r->es));
	assert_true(r->es.n > 0);
	if (!strstr(r->es.item[0].text, words))
		fail_msg("\"%s\" does not say \"%s\"", r->es.item[0].text,
			 words);
}

void gate_rig_swap(struct gate_rig *r)
{
	for (size_t i = 0; i < r->g.n_cells; i++) {
		struct gate_half a = r->cells[i].a;

		r->cells[i].a = r->cells[i].b;
		r->cells[i].b = a;
	}
}

const struct gate_metric *gate_rig_metric(const struct gate_rig *r,
					  const char *group, const char *name)
{
	for (size_t i = 0; i < r->g.n_metrics; i++) {
		const struct gate_metric *m = &r->g.metrics[i];

		if (!strcmp(m->group, group) && !strcmp(m->name, name))
			return m;
	}
	fail_msg("no metric %s of \"%s\"", name, group);
	return NULL;
}

/* Up to 3 % up and down, in no step with the launches. */
static double wobble(size_t cell, size_t by)
{
	return 1 + 0.03 * ((double)(cell * by % 31) / 15 - 1);
}

static void slower(size_t cell, struct rig_half *a, struct rig_half *b,
		   double by)
{
	*a = (struct rig_half){ .n = 200, .factor = wobble(cell, 7) };
	*b = (struct rig_half){ .n = 200,
				.factor = (1 + by) * wobble(cell, 12) };
}

void rig_same(size_t cell, struct rig_half *a, struct rig_half *b)
{
	slower(cell, a, b, 0);
}

void rig_slower(size_t cell, struct rig_half *a, struct rig_half *b)
{
	slower(cell, a, b, 0.10);
}

void rig_slower_4(size_t cell, struct rig_half *a, struct rig_half *b)
{
	slower(cell, a, b, 0.04);
}

void rig_slower_2(size_t cell, struct rig_half *a, struct rig_half *b)
{
	slower(cell, a, b, 0.02);
}
