/* SPDX-License-Identifier: MIT */
#include "report/hist/hist_powers.h"

#include <math.h>
#include <string.h>

#include "report/hist/hist.h"
#include "scenarios/base/units.h"

/* At this scale bounds are printed, so they must be the same on every machine:
 * the roots are exact to the last bit, where those of a libm may not be. */
enum { EXACT_SCALE = 3, EXACT_ROOTS = 1 << EXACT_SCALE };

static const double roots[EXACT_ROOTS] = {
	1.0,
	1.0905077326652577,
	1.189207115002721,
	1.2968395546510096,
	1.4142135623730951,
	1.5422108254079407,
	1.6817928305074290,
	1.8340080864093424,
};

double hist_power(int scale, int32_t index)
{
	if (scale == EXACT_SCALE) {
		int32_t root = index & (EXACT_ROOTS - 1);

		return ldexp(roots[root], (index - root) / EXACT_ROOTS);
	}
	return exp2(ldexp(index, -scale));
}

int32_t hist_power_index(int scale, uint64_t ns)
{
	double v = (double)ns / (double)UNIT_NS_PER_S;
	int32_t index = (int32_t)ceil(ldexp(log2(v), scale)) - 1;

	/* the logarithm is rounded, the bounds decide */
	while (hist_power(scale, index) >= v)
		index--;
	while (hist_power(scale, index + 1) < v)
		index++;
	return index;
}

/* ---- which range there is, then what is in it -------------------------------- */

struct range {
	uint64_t from_ns, to_ns; /* lowest values of buckets; 0: none */
	uint64_t zeros;
};

static void widen(void *self, uint64_t from_ns, uint64_t to_ns, uint64_t count)
{
	struct range *r = self;

	(void)to_ns;
	if (!from_ns) {
		r->zeros += count;
		return;
	}
	if (!r->from_ns)
		r->from_ns = from_ns;
	r->to_ns = from_ns;
}

static void fill(void *self, uint64_t from_ns, uint64_t to_ns, uint64_t count)
{
	struct hist_powers *t = self;

	(void)to_ns;
	if (!from_ns)
		return;
	t->count[hist_power_index(t->scale, from_ns) - t->offset] += count;
}

void hist_powers(const struct hist *h, int scale, size_t most,
		 struct hist_powers *out)
{
	struct range r = { 0 };
	int32_t last;

	memset(out, 0, sizeof(*out));
	hist_each(h, widen, &r);
	out->zeros = r.zeros;
	out->scale = scale;
	if (!r.from_ns)
		return;
	for (;; out->scale--) {
		out->offset = hist_power_index(out->scale, r.from_ns);
		last = hist_power_index(out->scale, r.to_ns);
		out->n = (size_t)(last - out->offset) + 1;
		if (out->n <= most)
			break;
	}
	hist_each(h, fill, out);
}
