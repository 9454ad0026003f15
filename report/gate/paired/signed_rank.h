/* SPDX-License-Identifier: MIT */
#ifndef REPORT_GATE_SIGNED_RANK_H
#define REPORT_GATE_SIGNED_RANK_H

/*
 * signed_rank - the distribution of Wilcoxon's signed-rank statistic.
 *
 * W is the sum of the ranks of |d| of the differences d that are above zero.
 * When both signs are as likely for each of them, whatever their distribution,
 * its chances follow by counting: each rank is in the sum or not.  Up to
 * SIGNED_RANK_EXACT_MAX differences they are counted, above that the normal
 * distribution stands for them.
 *
 * Thread rule   pure.
 * Sources       Wilcoxon, Biometrics Bulletin 1 (1945); W. J. Conover,
 *               Practical Nonparametric Statistics, section 5.7 (midranks).
 */

#include <stddef.h>
#include <stdint.h>

enum {
	SIGNED_RANK_EXACT_MAX = 300,
	/* doubles that the functions work in: with midranks all ranks count
	 * twice, and half of the sums tell the other half */
	SIGNED_RANK_ROOM =
		SIGNED_RANK_EXACT_MAX * (SIGNED_RANK_EXACT_MAX + 1) / 2 + 1,
};

/* The largest c with P(W <= c) <= a of n differences; -1: there is none. */
int64_t signed_rank_critical(size_t n, double a, double room[SIGNED_RANK_ROOM]);

/* P(W >= w) and P(W <= w) of what was seen: small when the differences are
 * above, or below zero.  Zeros are dropped, equals share their rank.  d is
 * sorted anew. */
struct signed_rank {
	size_t n; /* without zeros */
	double p_above, p_below;
};
struct signed_rank signed_rank_test(double *d, size_t n,
				    double room[SIGNED_RANK_ROOM]);

#endif
