/* SPDX-License-Identifier: MIT */
#include "report/gate/paired/clusters.h"

#include <math.h>
#include <stdlib.h>

/* One order, whatever that of the parts: sums are the same to the last bit. */
static int by_cluster(const void *a, const void *b)
{
	const struct cluster_part *x = a, *y = b;

	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

static double mean_of(const struct cluster_part *parts, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += parts[i].value;
	return sum / (double)n;
}

struct clusters clusters_of(struct cluster_part *parts, size_t n, size_t least)
{
	struct clusters t = { 0, 1 };
	double within = 0, between = 0, mean;

	qsort(parts, n, sizeof *parts, by_cluster);
	mean = mean_of(parts, n);
	for (size_t i = 0; i < n; t.n++) {
		uint64_t cluster = parts[i].cluster;
		double sum = 0;

		for (; i < n && parts[i].cluster == cluster; i++) {
			double off = parts[i].value - mean;

			within += off * off;
			sum += off;
		}
		between += sum * sum;
	}
	if (t.n < least || t.n < 2 || !(within > 0))
		return t;
	within *= (double)n / (double)(n - 1);
	between *= (double)t.n / (double)(t.n - 1);
	t.factor = fmax(1, between / within);
	return t;
}

double clusters_df(const struct clusters *t, double parts_df)
{
	double between = t->factor - 1, inverse = 0;

	if (between > 0)
		inverse += between * between / (double)(t->n - 1);
	if (parts_df > 0)
		inverse += 1 / parts_df;
	return inverse > 0 ? t->factor * t->factor / inverse : 0;
}
