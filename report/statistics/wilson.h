/* SPDX-License-Identifier: MIT */
#ifndef REPORT_STATISTICS_WILSON_H
#define REPORT_STATISTICS_WILSON_H

/*
 * wilson - Wilson's score interval of a share.
 *
 * It knows nothing of what is counted, and nothing of clusters: who has them
 * gives fewer than were counted (report/gate/paired/rates.h).
 *
 * Units         shares, 0 to 1.
 * Thread rule   pure.
 * Source        E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; as method 3
 *               in Newcombe, Statistics in Medicine 17 (1998) 857.
 */

struct share_bounds {
	double low, high;
};

/* Of a share of n, which is above 0 and need not be whole; each end lies z
 * standard errors away.  None of them has the low end 0, all of them the high
 * end 1, exactly. */
struct share_bounds wilson(double share, double n, double z);

#endif
