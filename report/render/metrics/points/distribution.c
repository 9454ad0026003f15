/* SPDX-License-Identifier: MIT */
#include "report/render/metrics/points/distribution.h"

#include <string.h>

#include "report/hist/hist.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

static double seconds(double ns)
{
	return ns / (double)UNIT_NS_PER_S;
}

bool distribution_open(const struct times_result *times, size_t *opened,
		       struct distribution *out)
{
	struct errs es = { 0 };
	double mean_ns = (double)times->mean_ns;

	*out = (struct distribution){ .count = times->count,
				      .min_s = seconds((double)times->min_ns),
				      .max_s = seconds((double)times->max_ns) };
	if (*times->hdr && *opened < DISTRIBUTIONS_MAX) {
		++*opened;
		out->hist = hist_decode(times->hdr, strlen(times->hdr), &es);
		if (!out->hist && es.item[0].kind == ERR_MEMORY)
			return false;
	}
	if (out->hist && !hist_count(out->hist))
		distribution_close(out);
	if (out->hist && hist_count(out->hist) != times->count) {
		out->count = hist_count(out->hist);
		mean_ns = hist_mean_ns(out->hist);
	}
	out->sum_s = seconds(mean_ns * (double)out->count);
	return true;
}

void distribution_close(struct distribution *d)
{
	hist_free(d->hist);
	d->hist = NULL;
}

/* ---- quantiles -------------------------------------------------------------- */

static size_t add(struct quantile_result *out, size_t n,
		  const struct quantile_result *q)
{
	if (n == DISTRIBUTION_QUANTILES_MAX || !(q->q > 0 && q->q < 1) ||
	    (n && q->q <= out[n - 1].q))
		return n;
	out[n] = *q;
	return n + 1;
}

static size_t add_plain(struct quantile_result *out, size_t n,
			const struct times_result *times, double q,
			uint64_t value_ns)
{
	double beyond = (double)times->count * (1 - q);

	return add(
		out, n,
		&(struct quantile_result){ .q = q,
					   .value_ns = value_ns,
					   .enough = beyond >= HIST_ENOUGH });
}

size_t distribution_quantiles(const struct times_result *times,
			      struct quantile_result *out)
{
	size_t n = 0;

	for (size_t i = 0; i < times->n_quantiles; i++)
		n = add(out, n, &times->quantiles[i]);
	if (n || !times->count)
		return n;
	n = add_plain(out, n, times, 0.5, times->p50_ns);
	n = add_plain(out, n, times, 0.9, times->p90_ns);
	n = add_plain(out, n, times, 0.95, times->p95_ns);
	n = add_plain(out, n, times, 0.99, times->p99_ns);
	return add_plain(out, n, times, 0.999, times->p999_ns);
}
