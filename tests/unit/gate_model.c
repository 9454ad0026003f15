/* SPDX-License-Identifier: MIT */
#include "tests/unit/gate_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/gate/gate.h"
#include "report/hist/hist.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

enum { STALLS_MAX = 400, CELLS = 150, SLOTS_A_SECOND = 10 };

#define GRID_S	  0.01
#define CELL_S	  0.4
#define RARE	  1e-4
#define ARENA_MAX ((size_t)64 << 20)

struct noise {
	double fast, slow, drift; /* spread of the load */
	double stalls_per_s;
};
static const struct noise noises[] = {
	[NOISE_QUIET] = { 0.03, 0.03, 0.02, 0.01 },
	[NOISE_TYPICAL] = { 0.08, 0.10, 0.05, 0.05 },
	[NOISE_NASTY] = { 0.15, 0.20, 0.10, 0.20 },
};
#define STALL_LOW    0.05 /* log-uniform */
#define STALL_HIGH   0.50
#define MACHINE_SD   0.12
#define UTILISATION  0.45
#define QUEUE_SD     0.35
#define OWN_MEDIAN_S 0.002
#define OWN_SD	     0.45

struct tail {
	double share, from, index;
};
static const struct tail light = { 0.05, 1.5, 3.0 };
static const struct tail heavy = { 0.02, 2.5, 2.2 };

struct stall {
	double at, until; /* clock */
	double work;	  /* done before it */
};

struct gate_sim {
	uint64_t state;
	bool has_spare;
	double spare;
	double *load; /* exp() of it, one a GRID_S */
	size_t n_load;
	struct stall stalls[STALLS_MAX + 1];
	size_t n_stalls;
	struct hist **half; /* a and b of each cell */
	uint64_t *attempts, *errors;
	size_t n_halves;
	struct arena *a;
};

/* ---- chance ---------------------------------------------------------------- */

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t draw(struct gate_sim *t)
{
	uint64_t z = t->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static double uniform(struct gate_sim *t) /* above 0, below 1 */
{
	return ((double)(draw(t) >> 12) + 0.5) / 4503599627370496.0;
}

/* Marsaglia's polar method. */
static double normal(struct gate_sim *t)
{
	double x, y, s;

	t->has_spare = !t->has_spare;
	if (!t->has_spare)
		return t->spare;
	do {
		x = 2 * uniform(t) - 1;
		y = 2 * uniform(t) - 1;
		s = x * x + y * y;
	} while (s >= 1);
	s = sqrt(-2 * log(s) / s);
	t->spare = y * s;
	return x * s;
}

/* ---- the machine ----------------------------------------------------------- */

static void draw_load(struct gate_sim *t, const struct noise *n, double machine)
{
	double keep_fast = exp(-GRID_S / 1), keep_slow = exp(-GRID_S / 10);
	double fast = n->fast * normal(t), slow = n->slow * normal(t);
	double drift = n->drift * normal(t);

	for (size_t i = 0; i < t->n_load; i++) {
		double at = (double)i / (double)t->n_load - 0.5;

		t->load[i] = exp(fast + slow + drift * at + machine);
		fast = keep_fast * fast +
		       n->fast * sqrt(1 - keep_fast * keep_fast) * normal(t);
		slow = keep_slow * slow +
		       n->slow * sqrt(1 - keep_slow * keep_slow) * normal(t);
	}
}

/* Starts come one after the other; those that overlap are one. */
static void draw_stalls(struct gate_sim *t, const struct noise *n, double total)
{
	double at = 0, stood = 0;

	t->n_stalls = 0;
	for (;;) {
		struct stall *last = &t->stalls[t->n_stalls];
		double until;

		at -= log(uniform(t)) / n->stalls_per_s;
		if (at >= total || t->n_stalls == STALLS_MAX)
			break;
		until = at +
			STALL_LOW * pow(STALL_HIGH / STALL_LOW, uniform(t));
		if (t->n_stalls > 0 && at <= last[-1].until) {
			stood += fmax(0, until - last[-1].until);
			last[-1].until = fmax(until, last[-1].until);
			continue;
		}
		*last = (struct stall){ at, until, at - stood };
		stood += until - at;
		t->n_stalls++;
	}
	t->stalls[t->n_stalls] = (struct stall){ HUGE_VAL, HUGE_VAL, HUGE_VAL };
}

/* ---- a run ----------------------------------------------------------------- */

struct drive {
	const struct gate_model *m;
	struct tail tail;
	double queue_median;
	double speed[2 * CELLS]; /* of each launch, each side */
	double queue_free;	 /* in time of work */
	size_t stall;		 /* the next one */
	double stood;		 /* before it */
	double pause_phase;
};

static double work_of(struct gate_sim *t, struct drive *d, double at)
{
	while (at >= t->stalls[d->stall].until) {
		d->stood += t->stalls[d->stall].until - t->stalls[d->stall].at;
		d->stall++;
	}
	return fmin(at, t->stalls[d->stall].at) - d->stood;
}

static double clock_of(const struct gate_sim *t, const struct drive *d,
		       double work)
{
	double stood = d->stood;

	for (size_t i = d->stall; work > t->stalls[i].work; i++)
		stood += t->stalls[i].until - t->stalls[i].at;
	return work + stood;
}

static double latency_of(struct gate_sim *t, struct drive *d, double at,
			 bool is_b, size_t launch)
{
	const struct gate_model *m = d->m;
	double busy =
		t->load[(size_t)(at / GRID_S)] * d->speed[2 * launch + is_b];
	double queue = d->queue_median * busy * exp(QUEUE_SD * normal(t));
	double own = OWN_MEDIAN_S * busy * exp(OWN_SD * normal(t));
	double latency;

	if (uniform(t) < d->tail.share)
		own *= d->tail.from * pow(uniform(t), -1 / d->tail.index);
	d->queue_free = fmax(d->queue_free, work_of(t, d, at)) + queue;
	latency = clock_of(t, d, d->queue_free + own) - at;
	if (is_b && m->pause_every_s > 0) {
		double phase = fmod(at + d->pause_phase, m->pause_every_s);

		latency += fmax(0, m->pause_s - phase);
	}
	if (is_b && m->slowdown == SLOW_LATENCY)
		latency *= 1 + m->effect;
	return latency;
}

static void start_drive(struct gate_sim *t, struct drive *d,
			const struct gate_model *m)
{
	*d = (struct drive){ .m = m };
	d->tail = m->is_heavy ? heavy : light;
	d->queue_median =
		UTILISATION / m->rate_per_s / exp(QUEUE_SD * QUEUE_SD / 2);
	d->pause_phase = m->pause_every_s * uniform(t);
	for (size_t i = 0; i < m->launches; i++) {
		d->speed[2 * i] = exp(m->tau * normal(t));
		d->speed[2 * i + 1] = exp(m->tau * normal(t));
		if (m->slowdown == SLOW_SERVICE)
			d->speed[2 * i + 1] *= 1 + m->effect;
	}
}

static void drive(struct gate_sim *t, const struct gate_model *m, size_t cells)
{
	struct drive d;
	uint64_t pair = UINT64_MAX;
	bool b_first = false;

	start_drive(t, &d, m);
	for (double at = -log(uniform(t)) / m->rate_per_s; at < m->total_s;
	     at -= log(uniform(t)) / m->rate_per_s) {
		uint64_t slot = (uint64_t)(at * SLOTS_A_SECOND);
		size_t cell = (size_t)(at / CELL_S), half;
		bool is_b;
		double latency;

		if (slot / 2 != pair) {
			pair = slot / 2;
			b_first = draw(t) >> 63;
		}
		is_b = b_first ^ (slot & 1);
		if (cell >= cells)
			cell = cells - 1;
		half = 2 * cell + is_b;
		latency =
			latency_of(t, &d, at, is_b, cell * m->launches / cells);
		t->attempts[half]++;
		if (uniform(t) < (is_b ? m->errors_b : m->errors_a))
			t->errors[half]++;
		else
			hist_record(t->half[half], (uint64_t)(latency * 1e9));
	}
}

/* ---- as a result ----------------------------------------------------------- */

static bool put_half(struct gate_sim *t, size_t i, struct gate_half *into)
{
	struct buf text;

	buf_init(&text, HIST_TEXT_MAX);
	*into = (struct gate_half){ t->attempts[i], t->errors[i], NULL };
	if (hist_encode(t->half[i], &text))
		into->hdr = arena_strndup(t->a, text.text, text.len);
	buf_release(&text);
	return into->hdr != NULL;
}

static struct gate_result *result_of(struct gate_sim *t,
				     const struct gate_model *m, size_t n)
{
	static const struct gate_group all = { "" };
	struct gate_result *g = arena_alloc(t->a, 1, sizeof *g);
	struct gate_cell *cells = arena_alloc(t->a, n, sizeof *cells);

	if (!g || !cells)
		return NULL;
	*g = (struct gate_result){
		.load = "simulated",
		.design = { .launches = m->launches,
			    .can_launch = m->launches > 1,
			    .is_fail_fast = m->is_fail_fast,
			    .slot_ns = GATE_SLOT_NS,
			    .cell_ns = (uint64_t)(CELL_S * 1e9),
			    .total_ns = (uint64_t)(m->total_s * 1e9),
			    .launch_ns =
				    (uint64_t)(m->total_s * 1e9) / m->launches,
			    .cells = n,
			    .rate_per_s = m->rate_per_s,
			    .seed = "0" },
		.baseline = { "baseline", "", "simulated", "", 0 },
		.candidate = { "candidate", "", "simulated", "", 0 },
		.n_groups = 1,
		.groups = &all,
		.n_cells = n,
		.cells = cells,
		.invalid_why = "",
		.message = "",
	};
	gate_settings_default(&g->settings);
	for (size_t i = 0; i < n; i++) {
		cells[i].launch = i * m->launches / n;
		cells[i].at_ns = (uint64_t)(CELL_S * 1e9) * i;
		if (!put_half(t, 2 * i, &cells[i].a) ||
		    !put_half(t, 2 * i + 1, &cells[i].b))
			return NULL;
	}
	return g;
}

static bool make_room(struct gate_sim *t, double total_s, size_t halves)
{
	t->n_load = (size_t)(total_s / GRID_S) + 2;
	free(t->load);
	t->load = calloc(t->n_load, sizeof *t->load);
	arena_free(t->a);
	t->a = arena_new(ARENA_MAX);
	if (halves > t->n_halves) {
		t->half = realloc(t->half, halves * sizeof(struct hist *));
		t->attempts = realloc(t->attempts, halves * sizeof(uint64_t));
		t->errors = realloc(t->errors, halves * sizeof(uint64_t));
		if (!t->half || !t->attempts || !t->errors)
			return false;
		while (t->n_halves < halves)
			t->half[t->n_halves++] = hist_new(GATE_DIGITS);
	}
	for (size_t i = 0; i < halves; i++) {
		if (!t->half[i])
			return false;
		hist_reset(t->half[i]);
		t->attempts[i] = t->errors[i] = 0;
	}
	return t->load && t->a;
}

struct gate_result *gate_sim_run(struct gate_sim *t, const struct gate_model *m,
				 uint64_t seed)
{
	const struct noise *n = &noises[m->noise];
	size_t cells = (size_t)(m->total_s / CELL_S + 1e-9);

	if (!make_room(t, m->total_s, 2 * cells))
		return NULL;
	t->state = seed;
	t->has_spare = false;
	draw_load(t, n, MACHINE_SD * normal(t));
	draw_stalls(t, n, m->total_s);
	drive(t, m, cells);
	return result_of(t, m, cells);
}

static size_t cells_until(const struct gate_result *g, uint64_t launches)
{
	size_t n = 0;

	while (n < g->n_cells && g->cells[n].launch < launches)
		n++;
	return n;
}

bool gate_sim_judge(struct gate_sim *t, struct gate_result *g, struct errs *es)
{
	size_t all = g->n_cells;

	for (uint64_t k = 1; k < g->design.launches; k++) {
		if (!gate_looks_after(&g->design, k))
			continue;
		g->n_cells = cells_until(g, k);
		g->design.ended_after = k;
		if (!gate_judge(g, t->a, es))
			return false;
		if (g->verdict == GATE_REGRESSION)
			return true;
	}
	g->n_cells = all;
	g->design.ended_after = 0;
	return gate_judge(g, t->a, es);
}

struct arena *gate_sim_arena(struct gate_sim *t)
{
	return t->a;
}

struct gate_sim *gate_sim_new(void)
{
	return calloc(1, sizeof(struct gate_sim));
}

void gate_sim_free(struct gate_sim *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_halves; i++)
		hist_free(t->half[i]);
	free(t->half);
	free(t->attempts);
	free(t->errors);
	free(t->load);
	arena_free(t->a);
	free(t);
}

/* ---- bounds ---------------------------------------------------------------- */

static double chance_of(size_t n, size_t k, double p)
{
	int sign;
	double choose = lgamma_r((double)n + 1, &sign) -
			lgamma_r((double)k + 1, &sign) -
			lgamma_r((double)(n - k) + 1, &sign);

	return exp(choose + (double)k * log(p) + (double)(n - k) * log1p(-p));
}

size_t gate_sim_most(size_t n, double p)
{
	double above = 0;
	size_t k = n;

	while (k > 0 && above + chance_of(n, k, p) < RARE)
		above += chance_of(n, k--, p);
	return k;
}

size_t gate_sim_least(size_t n, double p)
{
	return n - gate_sim_most(n, 1 - p);
}
