/* SPDX-License-Identifier: MIT */
/* What the workers saw in one launch becomes cells of the result. */
#include <stdlib.h>
#include <string.h>

#include "loadgen/gate/inside.h"
#include "report/hist/hist.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

enum { LATENESS_DIGITS = 3 };

/* ---- making --------------------------------------------------------- */

bool take_init(struct gating *t)
{
	size_t n_launches = (size_t)t->design->launches;
	bool ok = true;

	t->cells_room = (size_t)t->design->cells;
	t->cell = arena_alloc(t->a, t->cells_room * t->n_groups,
			      sizeof(*t->cell));
	t->p50_ns = arena_alloc(t->a, t->cells_room, sizeof(*t->p50_ns));
	t->late_p50_ns =
		arena_alloc(t->a, t->cells_room, sizeof(*t->late_p50_ns));
	t->lateness = hist_new(LATENESS_DIGITS);
	ok = t->cell && t->p50_ns && t->late_p50_ns && t->lateness;
	for (int i = 0; i < TURN_SIDES; i++) {
		struct brought *by = &t->by[i];
		by->latency = hist_new(GATE_DIGITS);
		by->ran = arena_alloc(t->a, n_launches,
				      sizeof(const struct load_result *));
		ok &= by->latency && by->ran;
	}
	return ok || errs_nomem(t->es);
}

void take_release(struct gating *t)
{
	for (int i = 0; i < TURN_SIDES; i++)
		hist_free(t->by[i].latency);
	hist_free(t->lateness);
	jobs_free_cells(t);
}

/* ---- of all workers ------------------------------------------------- */

/* In the cells of the first worker. */
static struct gate_cells *merge_workers(struct gating *t, enum turn_side side)
{
	const struct load_job *job = &t->by[side].job;

	for (size_t k = 1; k < job->n_workers; k++)
		gate_cells_merge(job->gate.cells[0], job->gate.cells[k]);
	return job->gate.cells[0];
}

/* How much of all requests each group has. */
static bool take_shares(struct gating *t, const struct gate_cells *c,
			struct gate_wish *wish)
{
	double *n = arena_alloc(t->a, t->n_groups, sizeof(*n));

	if (!n)
		return errs_nomem(t->es);
	for (size_t g = 0; g < t->n_groups; g++)
		for (size_t i = 0; i < c->n_cells; i++)
			n[g] += (double)gate_cells_at(c, g, i)->attempts;
	for (size_t g = t->n_groups; n[0] > 0 && g-- > 0;)
		n[g] /= n[0];
	wish->n_groups = t->n_groups;
	wish->shares = n;
	return true;
}

bool take_trial(struct gating *t, struct gate_wish *wish, struct hist *seen)
{
	const struct turns *turns = t->by[TURN_A].job.gate.turns;
	struct gate_cells *c[TURN_SIDES] = { merge_workers(t, TURN_A),
					     merge_workers(t, TURN_B) };
	uint64_t p99_ns[TRIAL_CELLS], attempts = 0;
	size_t n = 0;

	gate_cells_merge(c[TURN_A], c[TURN_B]);
	for (size_t i = 0; i < turns->n_cells; i++) {
		const struct gate_half_cell *half =
			gate_cells_at(c[TURN_A], 0, i);
		attempts += half->attempts;
		hist_merge(seen, half->latency);
		if (hist_count(half->latency))
			p99_ns[n++] = hist_quantile(half->latency, 0.99);
	}
	wish->seen_per_s = (double)attempts * 1e9 /
			   (double)(turns->n_cells * turns->slots_per_cell *
				    turns->slot_ns);
	wish->p99_ns = gating_median(p99_ns, n);
	wish->seen = seen;
	return take_shares(t, c[TURN_A], wish);
}

/* ---- one launch ----------------------------------------------------- */

static bool take_half(struct gating *t, const struct gate_half_cell *from,
		      struct gate_half *to)
{
	struct buf text;

	*to = (struct gate_half){
		.attempts = from->attempts,
		.errors = from->errors,
		.hdr = "",
	};
	if (!hist_count(from->latency))
		return true;
	buf_init(&text, BUF_NO_LIMIT);
	bool ok = hist_encode(from->latency, &text);
	if (ok)
		to->hdr = arena_strdup(t->a, buf_text(&text));
	buf_release(&text);
	return ok && to->hdr;
}

static void take_lateness(struct gating *t,
			  const struct gate_cells *const side[], size_t cell,
			  size_t at)
{
	const struct hist *own = gate_cells_at(side[TURN_A], 0, cell)->latency;
	struct hist *both = side[TURN_A]->lateness[cell];

	hist_merge(both, side[TURN_B]->lateness[cell]);
	t->late_p50_ns[at] = hist_quantile(both, 0.5);
	t->p50_ns[at] = hist_quantile(own, 0.5);
	hist_merge(t->lateness, both);
}

static bool take_cell(struct gating *t, const struct gate_cells *const side[],
		      size_t cell, uint64_t at_ns)
{
	struct gate_cell *to = &t->cell[t->n_cells * t->n_groups];
	bool ok = true;

	for (size_t g = 0; g < t->n_groups; g++) {
		to[g] = (struct gate_cell){
			.group = g,
			.launch = t->launch,
			.at_ns = at_ns,
		};
		ok &= take_half(t, gate_cells_at(side[TURN_A], g, cell),
				&to[g].a) &&
		      take_half(t, gate_cells_at(side[TURN_B], g, cell),
				&to[g].b);
	}
	if (!ok)
		return errs_nomem(t->es);
	for (int i = 0; i < TURN_SIDES; i++)
		hist_merge(t->by[i].latency,
			   gate_cells_at(side[i], 0, cell)->latency);
	take_lateness(t, side, cell, t->n_cells++);
	return true;
}

bool take_launch(struct gating *t, const struct turns *turns, uint64_t begin_ns,
		 uint64_t until_ns)
{
	const struct gate_cells *const side[TURN_SIDES] = {
		merge_workers(t, TURN_A),
		merge_workers(t, TURN_B),
	};
	uint64_t cell_ns = turns->slots_per_cell * turns->slot_ns;

	if (!t->first_ns)
		t->first_ns = begin_ns + turns_cell_begin(turns, 0);
	for (size_t i = 0; i < turns->n_cells; i++) {
		uint64_t at = begin_ns + turns_cell_begin(turns, i);

		if (at + cell_ns > until_ns || t->n_cells == t->cells_room)
			break;
		if (!take_cell(t, side, i, at - t->first_ns))
			return false;
	}
	return true;
}

/* ---- all ------------------------------------------------------------ */

/* No two of them are called alike. */
static const char *group_name(struct gating *t, size_t g)
{
	const struct step_facts *step = t->by[TURN_A].job.step;
	size_t n = 1;

	if (!g)
		return "";
	for (size_t i = 0; i + 1 < g; i++)
		n += !strcmp(step[i].name, step[g - 1].name);
	return n > 1 ? arena_printf(t->a, "%s (%zu)", step[g - 1].name, n)
		     : step[g - 1].name;
}

bool take_all(struct gating *t)
{
	size_t n = t->n_cells * t->n_groups;
	struct gate_cell *sorted = arena_alloc(t->a, n, sizeof(*sorted));
	struct gate_group *group =
		arena_alloc(t->a, t->n_groups, sizeof(*group));

	if (!sorted || !group)
		return errs_nomem(t->es);
	for (size_t g = 0; g < t->n_groups; g++) {
		group[g].name = group_name(t, g);
		if (!group[g].name)
			return errs_nomem(t->es);
		for (size_t i = 0; i < t->n_cells; i++)
			sorted[g * t->n_cells + i] =
				t->cell[i * t->n_groups + g];
	}
	t->gate->groups = group;
	t->gate->n_groups = t->n_groups;
	t->gate->cells = sorted;
	t->gate->n_cells = n;
	return true;
}
