/* SPDX-License-Identifier: MIT */
#ifndef REPORT_GATE_DIST_H
#define REPORT_GATE_DIST_H

/*
 * dist - the distributions that judging needs.
 *
 * Thread rule   pure.
 * Sources       incomplete beta function by Lentz's continued fraction
 *               (Lentz 1976; Thompson and Barnett 1986); quantiles by bisection.
 */

/* Student's t; df infinite or 0: the normal distribution. */
double dist_t_cdf(double t, double df);
double dist_t_quantile(double p, double df); /* 0 < p < 1 */
/* P(T > t): keeps its digits where the other one is nearly 1. */
double dist_t_above(double t, double df);
double dist_normal_cdf(double z);
double dist_normal_quantile(double p);

#endif
