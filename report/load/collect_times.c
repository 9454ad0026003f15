/* SPDX-License-Identifier: MIT */
#include "report/load/collect_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

static const double quantiles[] = { 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999 };
enum { QUANTILES = sizeof quantiles / sizeof quantiles[0] };

static void write_quantile(const struct hist *h, double q,
			   struct quantile_result *out)
{
	struct hist_bounds bounds = hist_interval(h, q, HIST_CONFIDENCE);

	*out = (struct quantile_result){ .q = q,
					 .value_ns = hist_quantile(h, q),
					 .low_ns = bounds.low_ns,
					 .high_ns = bounds.high_ns,
					 .enough = bounds.is_enough };
}

const char *times_encode(const struct hist *h, struct arena *a)
{
	struct buf text;
	const char *kept;

	if (hist_count(h) == 0)
		return "";
	buf_init(&text, HIST_TEXT_MAX);
	kept = hist_encode(h, &text) ? arena_strdup(a, buf_text(&text)) : NULL;
	buf_release(&text);
	return kept;
}

bool times_result(const struct hist *h, struct arena *a,
		  struct times_result *out)
{
	struct quantile_result *list = arena_alloc(a, QUANTILES, sizeof *list);
	uint64_t n = hist_count(h);

	*out = (struct times_result){
		.count = n,
		.min_ns = hist_min_ns(h),
		/* whole nanoseconds, as the phases add up to them */
		.mean_ns = n ? (uint64_t)(h->sum_ns / n) : 0,
		.stddev_ns = (uint64_t)hist_stddev_ns(h),
		.p50_ns = hist_quantile(h, 0.5),
		.p90_ns = hist_quantile(h, 0.9),
		.p95_ns = hist_quantile(h, 0.95),
		.p99_ns = hist_quantile(h, 0.99),
		.p999_ns = hist_quantile(h, 0.999),
		.max_ns = hist_max_ns(h),
		.over = hist_over(h),
		.n_quantiles = n ? QUANTILES : 0,
		.quantiles = list,
		.hdr = times_encode(h, a),
	};
	for (size_t i = 0; list && i < out->n_quantiles; i++)
		write_quantile(h, quantiles[i], &list[i]);
	return list && out->hdr;
}
