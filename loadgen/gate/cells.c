/* SPDX-License-Identifier: MIT */
#include "loadgen/gate/cells.h"

#include <stdlib.h>

#include "report/gate/gate.h"
#include "report/hist/hist.h"
#include "report/load/tally.h"

enum { LATENESS_DIGITS = 1 };

static size_t hist_bytes(unsigned digits)
{
	struct hist *h = hist_new(digits);
	size_t bytes = h ? sizeof(*h) + h->n_counts * sizeof(*h->counts) : 0;

	hist_free(h);
	return bytes;
}

size_t gate_cells_bytes(size_t n_cells, size_t n_groups)
{
	size_t each = hist_bytes(GATE_DIGITS) + sizeof(struct gate_half_cell);

	return n_cells * (n_groups * each + hist_bytes(LATENESS_DIGITS));
}

static bool make(struct hist **h, unsigned digits)
{
	*h = hist_new(digits);
	return *h != NULL;
}

struct gate_cells *gate_cells_new(size_t n_cells, size_t n_groups)
{
	struct gate_cells *c = calloc(1, sizeof(*c));
	bool ok = c != NULL;

	if (!c)
		return NULL;
	c->half = calloc(n_cells * n_groups, sizeof(*c->half));
	c->lateness = calloc(n_cells, sizeof(struct hist *));
	if (c->half && c->lateness) {
		c->n_cells = n_cells;
		c->n_groups = n_groups;
	} else {
		ok = false;
	}
	for (size_t i = 0; ok && i < n_cells * n_groups; i++)
		ok = make(&c->half[i].latency, GATE_DIGITS);
	for (size_t i = 0; ok && i < n_cells; i++)
		ok = make(&c->lateness[i], LATENESS_DIGITS);
	if (ok)
		return c;
	gate_cells_free(c);
	return NULL;
}

void gate_cells_free(struct gate_cells *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_cells * c->n_groups; i++)
		hist_free(c->half[i].latency);
	for (size_t i = 0; i < c->n_cells; i++)
		hist_free(c->lateness[i]);
	free(c->half);
	free(c->lateness);
	free(c);
}

static void note(struct gate_half_cell *half, const struct sample *s)
{
	uint64_t ns = s->end_ns > s->planned_ns ? s->end_ns - s->planned_ns : 0;
	bool is_ok = s->outcome == OUTCOME_OK;

	half->attempts++;
	half->errors += !is_ok;
	if (is_ok || outcome_is_timeout(s->outcome))
		hist_record(half->latency, ns);
}

void gate_cells_note(struct gate_cells *c, size_t cell, size_t step,
		     const struct sample *s)
{
	if (cell >= c->n_cells || s->was_in_flight)
		return;
	note(gate_cells_at(c, 0, cell), s);
	if (step + 1 < c->n_groups)
		note(gate_cells_at(c, step + 1, cell), s);
}

/* It has waited for longer than a request may take. */
void gate_cells_note_missed(struct gate_cells *c, size_t cell, uint64_t age_ns)
{
	if (cell >= c->n_cells)
		return;
	struct gate_half_cell *half = gate_cells_at(c, 0, cell);
	half->attempts++;
	half->errors++;
	hist_record(half->latency, age_ns);
}

void gate_cells_note_late(struct gate_cells *c, size_t cell, uint64_t late_ns)
{
	if (cell < c->n_cells)
		hist_record(c->lateness[cell], late_ns);
}

void gate_cells_merge(struct gate_cells *into, const struct gate_cells *from)
{
	for (size_t i = 0; i < into->n_cells * into->n_groups; i++) {
		into->half[i].attempts += from->half[i].attempts;
		into->half[i].errors += from->half[i].errors;
		hist_merge(into->half[i].latency, from->half[i].latency);
	}
	for (size_t i = 0; i < into->n_cells; i++)
		hist_merge(into->lateness[i], from->lateness[i]);
}
