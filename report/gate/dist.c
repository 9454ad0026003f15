/* SPDX-License-Identifier: MIT */
#include "report/gate/dist.h"

#include <math.h>
#include <stdbool.h>

enum { FRACTION_STEPS_MAX = 100000 };

#define FRACTION_CLOSE 1e-16
#define FRACTION_TINY  1e-300
/* With more degrees of freedom t and normal are the same in a double's eyes. */
#define DF_NORMAL 1e9

/* ---- the incomplete beta function ---------------------------------------- */

/* What is to be added in step m of Lentz's method. */
static bool lentz(double term, double *c, double *d, double *f)
{
	*d = 1 + term * *d;
	*c = 1 + term / *c;
	if (fabs(*d) < FRACTION_TINY)
		*d = FRACTION_TINY;
	if (fabs(*c) < FRACTION_TINY)
		*c = FRACTION_TINY;
	*d = 1 / *d;
	double delta = *c * *d;
	*f *= delta;
	return fabs(delta - 1) < FRACTION_CLOSE;
}

/* Converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
	/* 1 / (1 + term / (1 + ...)): the 1 on top has been taken */
	double c = 1 / FRACTION_TINY, d = 1, f = 1;

	for (int i = 1; i < FRACTION_STEPS_MAX; i++) {
		double m = i / 2;
		double term = i % 2 ? -(a + m) * (a + b + m) * x /
					      ((a + 2 * m) * (a + 2 * m + 1))
				    : m * (b - m) * x /
					      ((a + 2 * m - 1) * (a + 2 * m));

		if (lentz(term, &c, &d, &f))
			break;
	}
	return f;
}

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

/* I_x(a, b); y is 1 - x, which the caller knows better. */
static double beta_part(double a, double b, double x, double y)
{
	if (x <= 0)
		return 0;
	if (y <= 0)
		return 1;
	double front = exp(a * log(x) + b * log(y) + log_gamma(a + b) -
			   log_gamma(a) - log_gamma(b));
	return x < (a + 1) / (a + b + 2)
		       ? front * beta_fraction(a, b, x) / a
		       : 1 - front * beta_fraction(b, a, y) / b;
}

/* ---- tails ----------------------------------------------------------------- */

static bool is_normal(double df)
{
	return !(df > 0 && df < DF_NORMAL);
}

/* P(T > t), for t >= 0: small ones keep their digits. */
static double upper_tail(double t, double df)
{
	if (is_normal(df))
		return erfc(t / sqrt(2)) / 2;
	double all = df + t * t;
	return beta_part(df / 2, 0.5, df / all, t * t / all) / 2;
}

double dist_t_cdf(double t, double df)
{
	return t >= 0 ? 1 - upper_tail(t, df) : upper_tail(-t, df);
}

double dist_t_above(double t, double df)
{
	return t >= 0 ? upper_tail(t, df) : 1 - upper_tail(-t, df);
}

/* t with P(T > t) = tail, tail <= 1/2. */
static double tail_quantile(double tail, double df)
{
	double low = 0, high = 1;

	while (upper_tail(high, df) > tail && high < HUGE_VAL)
		high *= 2;
	for (;;) {
		double t = low + (high - low) / 2;

		if (t <= low || t >= high)
			return high;
		if (upper_tail(t, df) > tail)
			low = t;
		else
			high = t;
	}
}

double dist_t_quantile(double p, double df)
{
	if (isnan(p) || p <= 0)
		return -HUGE_VAL;
	if (p >= 1)
		return HUGE_VAL;
	return p < 0.5 ? -tail_quantile(p, df) : tail_quantile(1 - p, df);
}

double dist_normal_cdf(double z)
{
	return dist_t_cdf(z, 0);
}

double dist_normal_quantile(double p)
{
	return dist_t_quantile(p, 0);
}
