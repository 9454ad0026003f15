/* SPDX-License-Identifier: MIT */
#include "report/gate/paired/signed_rank.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/gate/dist.h"

/* Adds one rank: each sum so far may be with or without it.  Sums above top
 * are not needed. */
static void count_rank(double *ways, size_t *highest, size_t rank, size_t top)
{
	*highest += rank;
	if (*highest > top)
		*highest = top;
	for (size_t x = *highest; x >= rank; x--)
		ways[x] += ways[x - rank];
}

static void count_none(double *ways, size_t top)
{
	memset(ways, 0, (top + 1) * sizeof *ways);
	ways[0] = 1;
}

/* ---- critical values ------------------------------------------------------- */

static int64_t normal_critical(double n, double a)
{
	double mean = n * (n + 1) / 4;
	double sd = sqrt(n * (n + 1) * (2 * n + 1) / 24);
	double c = floor(mean - dist_normal_quantile(1 - a) * sd - 0.5);

	return c < 0 ? -1 : (int64_t)c;
}

int64_t signed_rank_critical(size_t n, double a, double room[SIGNED_RANK_ROOM])
{
	size_t top = n * (n + 1) / 4, highest = 0, c = 0;
	double sum = 0, most;

	if (n > SIGNED_RANK_EXACT_MAX)
		return normal_critical((double)n, a);
	most = ldexp(fmin(a, 0.5), (int)n);
	count_none(room, top);
	for (size_t i = 1; i <= n; i++)
		count_rank(room, &highest, i, top);
	while (c <= top && sum + room[c] <= most)
		sum += room[c++];
	return (int64_t)c - 1;
}

/* ---- a test ---------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	double x = fabs(*(const double *)a), y = fabs(*(const double *)b);

	return (x > y) - (x < y);
}

/* Twice the ranks, which are whole numbers then. */
struct ranks {
	uint64_t twice_w;   /* of those above zero */
	double sum_squares; /* of twice the ranks */
	bool are_even;	    /* nobody shares a half */
};

static size_t same_until(const double *d, size_t from, size_t n)
{
	size_t to = from + 1;

	while (to < n && fabs(d[to]) == fabs(d[from]))
		to++;
	return to;
}

static struct ranks rank_all(const double *d, size_t n)
{
	struct ranks r = { .are_even = true };

	for (size_t i = 0, to; i < n; i = to) {
		to = same_until(d, i, n);
		uint64_t twice = i + 1 + to;

		r.are_even = r.are_even && twice % 2 == 0;
		r.sum_squares +=
			(double)(to - i) * (double)twice * (double)twice;
		for (size_t k = i; k < to; k++)
			r.twice_w += d[k] > 0 ? twice : 0;
	}
	return r;
}

/* How likely a sum of at most w is, and one of exactly w. */
struct chances {
	double upto, at;
};

/* Counts in units of per / 2 ranks. */
static struct chances exact_chances(const double *d, size_t n, uint64_t per,
				    uint64_t twice_w, double *room)
{
	size_t top = (size_t)(twice_w / per), highest = 0;
	double sum = 0;

	count_none(room, top);
	for (size_t i = 0, to; i < n; i = to) {
		to = same_until(d, i, n);
		for (size_t k = i; k < to; k++)
			count_rank(room, &highest, (i + 1 + to) / per, top);
	}
	for (size_t x = 0; x <= top; x++)
		sum += room[x];
	return (struct chances){ ldexp(sum, -(int)n),
				 ldexp(room[top], -(int)n) };
}

/* A rank more or less is 2 here: the middle between is 1 away. */
static struct chances normal_chances(size_t n, const struct ranks *r,
				     uint64_t twice_w)
{
	double mean = (double)n * (double)(n + 1) / 2;
	double sd = sqrt(r->sum_squares / 4);
	double upto = dist_normal_cdf(((double)twice_w + 1 - mean) / sd);

	return (struct chances){
		upto,
		upto - dist_normal_cdf(((double)twice_w - 1 - mean) / sd),
	};
}

struct signed_rank signed_rank_test(double *d, size_t n,
				    double room[SIGNED_RANK_ROOM])
{
	struct signed_rank t = { .p_above = 1, .p_below = 1 };
	struct chances c;

	for (size_t i = 0; i < n; i++)
		if (d[i] != 0)
			d[t.n++] = d[i];
	if (t.n == 0)
		return t;
	qsort(d, t.n, sizeof *d, by_size);
	struct ranks r = rank_all(d, t.n);
	uint64_t all = (uint64_t)t.n * (t.n + 1);
	bool is_low = r.twice_w <= all / 2;
	/* the sums lie evenly around their middle: the lower half tells all */
	uint64_t twice_w = is_low ? r.twice_w : all - r.twice_w;
	c = t.n > SIGNED_RANK_EXACT_MAX
		    ? normal_chances(t.n, &r, twice_w)
		    : exact_chances(d, t.n, r.are_even ? 2 : 1, twice_w, room);
	t.p_below = is_low ? c.upto : 1 - c.upto + c.at;
	t.p_above = is_low ? 1 - c.upto + c.at : c.upto;
	return t;
}
