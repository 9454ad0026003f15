/* SPDX-License-Identifier: MIT */
#include "probe/doctor/drift.h"

#include <stdlib.h>

#include "scenarios/base/units.h"

enum { LATE_PART = 4, GAP_TIMES = 3 };
#define LATE_MIN_NS (10 * UNIT_NS_PER_S)

static int by_length(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

bool drift_measure(const uint64_t *at_ns, size_t n, uint64_t now_at_ns,
		   struct drift *out)
{
	uint64_t *gaps;

	*out = (struct drift){ 0 };
	if (n == 0)
		return true;
	if (now_at_ns > at_ns[n - 1])
		out->since_newest_ns = now_at_ns - at_ns[n - 1];
	if (n == 1)
		return true;
	gaps = calloc(n - 1, sizeof(*gaps));
	if (!gaps)
		return false;
	for (size_t i = 0; i + 1 < n; i++) {
		gaps[i] = at_ns[i + 1] > at_ns[i] ? at_ns[i + 1] - at_ns[i] : 0;
		if (gaps[i] > out->longest_ns) {
			out->longest_ns = gaps[i];
			out->longest_at_ns = at_ns[i + 1];
		}
	}
	out->n = n - 1;
	qsort(gaps, out->n, sizeof(*gaps), by_length);
	/* the smallest that at least that part of all does not exceed */
	out->median_ns = gaps[(out->n - 1) / 2];
	out->p95_ns = gaps[(out->n * 95 + 99) / 100 - 1];
	free(gaps);
	return true;
}

static uint64_t late_ns(uint64_t every_ns)
{
	uint64_t slack = every_ns / LATE_PART;

	return every_ns + (slack > LATE_MIN_NS ? slack : LATE_MIN_NS);
}

enum drift_verdict drift_judge(const struct drift *d, uint64_t every_ns)
{
	uint64_t gap_ns = GAP_TIMES * every_ns;

	if (gap_ns < late_ns(every_ns))
		gap_ns = late_ns(every_ns);
	if (d->n > 0 && d->since_newest_ns > gap_ns)
		return DRIFT_STOPS;
	if (d->n < DRIFT_ENOUGH)
		return DRIFT_FEW;
	if (d->median_ns > late_ns(every_ns))
		return DRIFT_LATE;
	if (d->p95_ns > late_ns(every_ns) || d->longest_ns > gap_ns)
		return DRIFT_GAPS;
	return DRIFT_KEPT;
}
