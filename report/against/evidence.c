/* SPDX-License-Identifier: MIT */
#include "report/against/evidence.h"

#include <stdbool.h>

#define COUNT_OF(rows)	 (sizeof(rows) / sizeof((rows)[0]))
#define BOUND_MIN	 1e-9
#define CAPITAL_MAX	 1e200
#define LEAST_SHARES_MAX 10000000

enum { HALVINGS = 50 }; /* of the range in which an end is looked for */

/* Small parts for what is hardly worse or comes in bursts, large ones for what
 * is plain. */
static const double above[] = {
	0.5, 0.25, 0.12, 0.06, 0.03, 0.015, 0.008, 0.004
};
static const double below[] = { 0.99, 0.9, 0.7, 0.4, 0.15 };

_Static_assert(COUNT_OF(above) <= EVIDENCE_BETS_MAX, "room for all");
_Static_assert(COUNT_OF(below) <= EVIDENCE_BETS_MAX, "room for all");

static size_t bets_of(enum evidence_side side, const double **bet)
{
	*bet = side == EVIDENCE_ABOVE ? above : below;
	return side == EVIDENCE_ABOVE ? COUNT_OF(above) : COUNT_OF(below);
}

static double within(double value, double low, double high)
{
	/* what is no number counts as low */
	return !(value > low) ? low : value < high ? value : high;
}

void evidence_init(struct evidence *e, enum evidence_side side, double bound)
{
	*e = (struct evidence){
		.side = side,
		.bound = within(bound, BOUND_MIN, 1 - BOUND_MIN),
		.waiting = side == EVIDENCE_ABOVE ? 1 : 0,
	};
	for (size_t i = 0; side == EVIDENCE_BELOW && i < COUNT_OF(below); i++)
		e->capital[i] = 1;
}

void evidence_add(struct evidence *e, double share)
{
	const double *bet;
	size_t n_bets = bets_of(e->side, &bet);
	double x = within(share, 0, 1), m = e->bound, begins = 0;

	if (e->side == EVIDENCE_BELOW) {
		x = 1 - x;
		m = 1 - m;
	}
	e->n++;
	if (e->side == EVIDENCE_ABOVE) {
		begins = e->waiting / (double)(e->n + 1);
		e->waiting -= begins;
	}
	for (size_t i = 0; i < n_bets; i++)
		e->capital[i] = within((e->capital[i] + begins) *
					       (1 + bet[i] * (x / m - 1)),
				       0, CAPITAL_MAX);
}

double evidence_value(const struct evidence *e)
{
	const double *bet;
	size_t n_bets = bets_of(e->side, &bet);
	double sum = 0;

	for (size_t i = 0; i < n_bets; i++)
		sum += e->capital[i];
	return within(sum / (double)n_bets + e->waiting, 0, EVIDENCE_MAX);
}

static double value_at(enum evidence_side side, double bound, size_t n,
		       double (*share)(const void *of, size_t i),
		       const void *of)
{
	struct evidence e;

	evidence_init(&e, side, bound);
	for (size_t i = 0; i < n; i++)
		evidence_add(&e, share(of, i));
	return evidence_value(&e);
}

/* The evidence against "at most m" falls with m, that against "at least m"
 * rises: what is left in between cannot be ruled out. */
double evidence_end(enum evidence_side side, double level, size_t n,
		    double (*share)(const void *of, size_t i), const void *of)
{
	double low = 0, high = 1;

	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;
		bool is_out = value_at(side, middle, n, share, of) * level >= 1;

		if (is_out == (side == EVIDENCE_ABOVE))
			low = middle;
		else
			high = middle;
	}
	return side == EVIDENCE_ABOVE ? low : high;
}

uint64_t evidence_least(double bound, double level)
{
	struct evidence e;

	evidence_init(&e, EVIDENCE_BELOW, bound);
	while (e.n < LEAST_SHARES_MAX && evidence_value(&e) * level < 1)
		evidence_add(&e, 0);
	return e.n;
}
