/* SPDX-License-Identifier: MIT */
#ifndef REPORT_GATE_RATES_H
#define REPORT_GATE_RATES_H

/*
 * rates - two shares, counted in cells: of errors, of slow requests.
 *
 * What goes wrong comes in clusters (a stall makes a hundred requests slow), so
 * that the counts of the cells, not the requests, tell how far a share is by
 * chance.  Two tests, at half of the level each: the difference of the shares
 * with an interval that is widened by the clusters, for rare and heavy ones;
 * and the signed ranks of the cells' differences, for what is everywhere.
 *
 * One launch of a build may have more of them than the next one of the same, so
 * that both tests are widened by what launches differ more than their cells do.
 *
 * Units         shares, 0 to 1.
 * Thread rule   pure.
 * Sources       Newcombe, Statistics in Medicine 17 (1998) 873, method 10;
 *               wilson.h; variance of a ratio over clusters: Cochran,
 *               Sampling Techniques, section 3.12; clusters.h.
 */

#include <stddef.h>
#include <stdint.h>

#include "report/gate/paired/clusters.h"
#include "report/gate/paired/hodges.h"
#include "report/gate/paired/signed_rank.h"

struct rate_cell {
	uint64_t launch;
	double a_hits, a_n; /* of the baseline; n is above 0 */
	double b_hits, b_n;
};

/* Memory for n cells, the caller's. */
struct rate_room {
	double *d;		     /* n */
	struct cluster_part *scores; /* n */
	double *ranks;		     /* SIGNED_RANK_ROOM */
};

struct rates {
	size_t n; /* cells */
	double a_hits, a_n, b_hits, b_n;
	double a, b;	      /* shares */
	double design_effect; /* at least 1 */
	double df;	      /* of the variance that it widens */
	struct signed_rank rank;
	/* of the cells' differences, each end at equal_level */
	struct hodges_bounds typical;
};

/* n is at least 2; fewer launches than that tell nothing of how they differ. */
struct rates rates_of(const struct rate_cell *cells, size_t n,
		      size_t launches_min, double equal_level,
		      const struct rate_room *room);

/* Of b - a, each end at the one-sided level. */
struct rate_bounds {
	double low, high;
};
struct rate_bounds rates_bounds(const struct rates *t, double level);

/* The arithmetic below it, with a normal z and no clusters. */
struct rate_bounds newcombe(double a_hits, double a_n, double b_hits,
			    double b_n, double z);

/* The one-sided level at which both tests together say that b is above a (or
 * below it): twice the smaller of their own, at most 1. */
double rates_p_above(const struct rates *t);
double rates_p_below(const struct rates *t);

#endif
