/* SPDX-License-Identifier: MIT */
#include "report/trend/trend.h"

#include <math.h>

#include "report/gate/dist.h"

#define TINY 1e-12 /* a spread that is rounding */

const char *trend_number_name(enum trend_number n)
{
	static const char *const names[TREND_NUMBERS_N] = {
		[TREND_P50] = "p50",
		[TREND_P95] = "p95",
		[TREND_P99] = "p99",
		[TREND_ERRORS] = "errors",
	};

	return names[n];
}

/* ---- of numbers as they are ------------------------------------------ */

static double mean_of(const double *y, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += y[i];
	return sum / (double)n;
}

static double squares_of(const double *y, size_t n, double mean)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (y[i] - mean) * (y[i] - mean);
	return sum;
}

bool trend_interval(const double *y, size_t n, double level,
		    struct trend_fit *out)
{
	if (n < 2)
		return false;
	double mean = mean_of(y, n), df = (double)n - 1;
	double sd = sqrt(squares_of(y, n, mean) / df);
	double t = dist_t_quantile(1 - level / 2, df);
	double half = t * sd * sqrt(1 + 1 / (double)n);
	*out = (struct trend_fit){ mean - half, mean + half };
	return true;
}

bool trend_slope(const double *y, size_t n, double level, double *slope,
		 struct trend_fit *out)
{
	if (n < 3)
		return false;
	double middle = ((double)n - 1) / 2, mean = mean_of(y, n);
	double sxx = 0, sxy = 0, rest = 0;
	for (size_t i = 0; i < n; i++) {
		double x = (double)i - middle;
		sxx += x * x;
		sxy += x * (y[i] - mean);
	}
	*slope = sxy / sxx;
	for (size_t i = 0; i < n; i++) {
		double x = (double)i - middle;
		double e = y[i] - mean - *slope * x;
		rest += e * e;
	}
	double df = (double)n - 2;
	double half =
		dist_t_quantile(1 - level / 2, df) * sqrt(rest / df / sxx);
	*out = (struct trend_fit){ *slope - half, *slope + half };
	return true;
}

/* Two-sided, of the t of two samples with one variance. */
static double t_of_split(const double *y, size_t n, size_t k)
{
	double left = mean_of(y, k), right = mean_of(y + k, n - k);
	double rest = squares_of(y, k, left) + squares_of(y + k, n - k, right);
	double df = (double)n - 2;
	double se = sqrt(rest / df * (1 / (double)k + 1 / (double)(n - k)));
	double apart = fabs(right - left);

	if (apart < TINY)
		return 0;
	return se < TINY ? INFINITY : apart / se;
}

size_t trend_split(const double *y, size_t n, double *p)
{
	size_t best = n, splits = 0;
	double most = 0;

	*p = 1;
	for (size_t k = TREND_PART_MIN; k + TREND_PART_MIN <= n; k++) {
		double t = t_of_split(y, n, k);
		splits++;
		if (t > most) {
			most = t;
			best = k;
		}
	}
	if (best == n)
		return n;
	double tail = isfinite(most) ? dist_t_cdf(-most, (double)n - 2) : 0;
	*p = fmin(1, 2 * tail * (double)splits);
	return best;
}

struct part {
	size_t from, n;
};

static void insert(size_t *at, double *p, size_t n, size_t where, double its_p)
{
	while (n && at[n - 1] > where) {
		at[n] = at[n - 1];
		p[n] = p[n - 1];
		n--;
	}
	at[n] = where;
	p[n] = its_p;
}

size_t trend_changes(const double *y, size_t n, size_t *at, double *p,
		     size_t room)
{
	struct part open[TREND_CHANGES_MAX + 1];
	size_t n_open = 1, found = 0;

	room = room < TREND_CHANGES_MAX ? room : TREND_CHANGES_MAX;
	open[0] = (struct part){ 0, n };
	/* each one found adds one part, so that all of them have room */
	while (n_open && found < room) {
		struct part w = open[--n_open];
		double its_p;
		size_t k = trend_split(y + w.from, w.n, &its_p);

		if (k == w.n || its_p > TREND_CHANGE_LEVEL)
			continue;
		insert(at, p, found++, w.from + k, its_p);
		open[n_open++] = (struct part){ w.from, k };
		open[n_open++] = (struct part){ w.from + k, w.n - k };
	}
	return found;
}

/* ---- of a load -------------------------------------------------------- */

static double value_of(const struct trend_run *r, enum trend_number number)
{
	switch (number) {
	case TREND_P50:
		return (double)r->p50_ns;
	case TREND_P95:
		return (double)r->p95_ns;
	case TREND_P99:
		return (double)r->p99_ns;
	default:
		return r->requests ? (double)r->errors / (double)r->requests
				   : 0;
	}
}

static double to_scale(const struct trend_run *r, enum trend_number number)
{
	if (number == TREND_ERRORS)
		return log(((double)r->errors + 0.5) /
			   ((double)(r->requests - r->errors) + 0.5));
	double value = value_of(r, number);
	return log(value > 1 ? value : 1);
}

static double from_scale(double y, enum trend_number number)
{
	return number == TREND_ERRORS ? 1 / (1 + exp(-y)) : exp(y);
}

static void find_changes(const double *y, size_t n, struct trend_line *out)
{
	size_t at[TREND_CHANGES_MAX];
	double p[TREND_CHANGES_MAX];

	out->n_changes = trend_changes(y, n, at, p, TREND_CHANGES_MAX);
	for (size_t i = 0; i < out->n_changes; i++) {
		size_t from = i ? at[i - 1] : 0;
		size_t to = i + 1 < out->n_changes ? at[i + 1] : n;

		out->change[i] = (struct trend_change){
			.at = at[i],
			.p = p[i],
			.before = from_scale(mean_of(y + from, at[i] - from),
					     out->number),
			.after = from_scale(mean_of(y + at[i], to - at[i]),
					    out->number),
		};
	}
}

static void place_newest(const double *y, size_t n, struct trend_line *out)
{
	struct trend_fit fit;

	out->n = n - 1;
	if (n - 1 < TREND_RUNS_MIN ||
	    !trend_interval(y, n - 1, TREND_LEVEL, &fit))
		return;
	out->is_known = true;
	out->low = from_scale(fit.low, out->number);
	out->high = from_scale(fit.high, out->number);
	out->side = y[n - 1] > fit.high + TINY	? 1
		    : y[n - 1] < fit.low - TINY ? -1
						: 0;
	if (!trend_slope(y, n, TREND_LEVEL, &out->slope, &fit))
		return;
	out->drifts = fit.low > TINY || fit.high < -TINY;
	out->slope = expm1(out->slope);
	out->slope_low = expm1(fit.low);
	out->slope_high = expm1(fit.high);
}

void trend_line(const struct trend_run *runs, size_t n,
		enum trend_number number, struct trend_line *out)
{
	double y[TREND_RUNS_MAX];
	size_t from = n > TREND_RUNS_MAX ? n - TREND_RUNS_MAX : 0;

	*out = (struct trend_line){ .number = number };
	runs += from;
	n -= from;
	for (size_t i = 0; i < n; i++)
		y[i] = to_scale(&runs[i], number);
	out->newest = value_of(&runs[n - 1], number);
	find_changes(y, n, out);
	size_t begin = out->n_changes ? out->change[out->n_changes - 1].at : 0;
	if (n - 1 < begin + TREND_RUNS_MIN)
		begin = 0;
	place_newest(y + begin, n - begin, out);
	for (size_t i = 0; i < out->n_changes; i++)
		out->change[i].at += from;
}
