/* SPDX-License-Identifier: MIT */
#include "report/summary/summary_parts.h"

#include <math.h>
#include <string.h>

#include "report/alerts/evaluate/parts.h"
#include "report/hist/hist.h"
#include "scenarios/base/units.h"

const char *const summary_metric_names[SUMMARY_METRICS_N] = {
	[SUMMARY_STRING_GENERATIONS] = "string_generations",
	[SUMMARY_PROPAGATION_JOBS] = "propagation_jobs",
	[SUMMARY_AVERAGE_RESPONSE_TIME] = "average_response_time",
	[SUMMARY_ERROR_RATE] = "error_rate",
	[SUMMARY_CACHE_HIT_RATE] = "cache_hit_rate",
};

static const char *const told_names[TOLD_N] = {
	[TOLD_GENERATIONS] = "string_generations",
	[TOLD_JOBS] = "propagation_jobs",
	[TOLD_RATE] = "cache_hit_rate",
	[TOLD_HITS] = "cache_hits",
	[TOLD_QUERIES] = "cache_queries",
};

bool told_is_one(const char *name)
{
	size_t k = 0;

	while (k < TOLD_N && strcmp(told_names[k], name) != 0)
		k++;
	return k < TOLD_N;
}

void told_add(const struct series *s, uint64_t from_at_ns, uint64_t until_at_ns,
	      struct told_sums *sums)
{
	struct points in = points_within(s, from_at_ns, until_at_ns);
	double sum = 0;
	size_t k = 0;

	while (k < TOLD_N && strcmp(told_names[k], s->name) != 0)
		k++;
	if (k == TOLD_N || in.n == 0)
		return;
	if (s->kind == SERIES_COUNTER && in.n >= 2) {
		sums->sum[k] += counter_rise(in);
		sums->n[k]++;
	} else if (s->kind == SERIES_GAUGE) {
		for (size_t i = 0; i < in.n; i++)
			sum += in.item[i].value;
		sums->mean[k] += sum / (double)in.n;
		sums->n_gauges[k]++;
	}
}

static double count_of(const struct told_sums *sums, enum told which)
{
	if (sums->n[which])
		return sums->sum[which];
	return sums->n_gauges[which] ? sums->mean[which] : NAN;
}

static double hit_rate(const struct told_sums *sums)
{
	if (sums->n_gauges[TOLD_RATE])
		return sums->mean[TOLD_RATE] /
		       (double)sums->n_gauges[TOLD_RATE];
	if (sums->n[TOLD_HITS] && sums->n[TOLD_QUERIES] &&
	    sums->sum[TOLD_QUERIES] > 0)
		return sums->sum[TOLD_HITS] / sums->sum[TOLD_QUERIES];
	return NAN;
}

void summary_set_metrics(struct summary *s, const struct told_sums *sums,
			 const struct hist *of_all)
{
	s->metrics[SUMMARY_STRING_GENERATIONS] =
		count_of(sums, TOLD_GENERATIONS);
	s->why[SUMMARY_STRING_GENERATIONS] =
		"no check keeps a series \"string_generations\", or it was "
		"sampled less than twice";
	s->metrics[SUMMARY_PROPAGATION_JOBS] = count_of(sums, TOLD_JOBS);
	s->why[SUMMARY_PROPAGATION_JOBS] =
		"no check keeps a series \"propagation_jobs\", or it was "
		"sampled less than twice";
	s->metrics[SUMMARY_CACHE_HIT_RATE] = hit_rate(sums);
	s->why[SUMMARY_CACHE_HIT_RATE] =
		"no check keeps a gauge \"cache_hit_rate\", or counters "
		"\"cache_hits\" and \"cache_queries\" that rose";
	bool is_asked = hist_count(of_all) > 0;
	s->metrics[SUMMARY_AVERAGE_RESPONSE_TIME] =
		is_asked ? hist_mean_ns(of_all) / (double)UNIT_NS_PER_S : NAN;
	s->metrics[SUMMARY_ERROR_RATE] =
		s->n_requests ? (double)s->n_errors / (double)s->n_requests
			      : NAN;
	s->why[SUMMARY_AVERAGE_RESPONSE_TIME] = s->why[SUMMARY_ERROR_RATE] =
		"no request was made in that time";
}
