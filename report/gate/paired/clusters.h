/* SPDX-License-Identifier: MIT */
#ifndef REPORT_GATE_CLUSTERS_H
#define REPORT_GATE_CLUSTERS_H

/*
 * clusters - how much wider a sum varies than its parts tell when those of one
 * cluster go the same way.
 *
 * The cells of one launch share what that launch happened to be like.  Were they
 * independent, the variance of the launches' sums would be that of the cells',
 * added up; what it is more is the launches'.
 *
 * Units         those of the parts; factors of variances.
 * Thread rule   pure.
 * Sources       variance of a total over clusters: Cochran, Sampling Techniques,
 *               section 9A; clusters under signed ranks: Rosner, Glynn and Lee,
 *               Biometrics 62 (2006); Satterthwaite, Biometrics Bulletin 2
 *               (1946).
 */

#include <stddef.h>
#include <stdint.h>

struct cluster_part {
	uint64_t cluster;
	double value;
};

struct clusters {
	size_t n;
	double factor; /* of the variance of the parts, at least 1 */
};

/* Sorts the parts.  With fewer clusters than least the factor is 1: they tell
 * nothing. */
struct clusters clusters_of(struct cluster_part *parts, size_t n, size_t least);

/* Degrees of freedom of a variance that was widened so; parts_df are those that
 * it has without the clusters, 0: it was not estimated. */
double clusters_df(const struct clusters *t, double parts_df);

#endif
