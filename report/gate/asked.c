/* SPDX-License-Identifier: MIT */
#include "report/gate/asked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/gate/gate.h"
#include "report/result/gate_result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"

#define NO_SHARE UINT64_MAX
#define PERCENT	 100.0

void gate_asked_init(struct gate_asked *t)
{
	*t = (struct gate_asked){
		.alpha = NO_SHARE,
		.min_effect = NO_SHARE,
		.equivalence = NO_SHARE,
		.min_rate = NO_SHARE,
		.tau = NO_SHARE,
		.min_ratio = NAN,
		.slow_factor = NAN,
	};
}

bool gate_asked_any(const struct gate_asked *t)
{
	return t->alpha != NO_SHARE || t->min_effect != NO_SHARE ||
	       t->equivalence != NO_SHARE || t->min_rate != NO_SHARE ||
	       t->tau != NO_SHARE || !isnan(t->min_ratio) ||
	       !isnan(t->slow_factor) || t->quantiles || t->is_strict;
}

static void take_share(uint64_t asked, double *into)
{
	if (asked != NO_SHARE)
		*into = (double)asked / (double)UNIT_PPB_WHOLE;
}

static void take_number(double asked, double *into)
{
	if (!isnan(asked))
		*into = asked;
}

/* ---- quantiles ------------------------------------------------------------- */

static bool parse_quantile(const char *word, size_t len, double *q,
			   struct errs *es)
{
	double percent = 0;

	if (len >= 2 && word[0] == 'p' &&
	    unit_parse_number(word + 1, len - 1, &percent, NULL) &&
	    percent > 0 && percent < PERCENT) {
		*q = percent / PERCENT;
		return true;
	}
	return errs_add(es, ERR_INPUT, NOWHERE,
			"--quantiles are like p50,p99.9, between commas, got "
			"\"%.*s\"",
			(int)(len < ERR_PART_MAX ? len : ERR_PART_MAX), word);
}

static int by_q(const void *a, const void *b)
{
	const struct gate_quantile *x = a, *y = b;

	return (x->q > y->q) - (x->q < y->q);
}

/* The same quantile once. */
static struct gate_quantile *find(struct gate_quantile *list, size_t n,
				  double q)
{
	for (size_t i = 0; i < n; i++)
		if (fabs(list[i].q - q) < 1e-9)
			return &list[i];
	return NULL;
}

static bool take_quantiles(const char *text, struct gate_settings *s,
			   struct arena *a, struct errs *es)
{
	struct gate_quantile *list =
		arena_alloc(a, GATE_QUANTILES_MAX, sizeof *list);
	size_t n = 0;

	if (!list)
		return errs_nomem(es);
	for (; n < s->n_quantiles && n < GATE_QUANTILES_MAX; n++)
		list[n] = (struct gate_quantile){ s->quantiles[n].q, false };
	for (const char *word = text;; word++) {
		size_t len = strcspn(word, ",");
		struct gate_quantile *old;
		double q = 0;

		if (!parse_quantile(word, len, &q, es))
			return false;
		old = find(list, n, q);
		if (!old && n == GATE_QUANTILES_MAX)
			return errs_add(es, ERR_INPUT, NOWHERE,
					"--quantiles and those that were "
					"measured are more than %d",
					GATE_QUANTILES_MAX);
		if (!old)
			list[n] = (struct gate_quantile){ q, true };
		(old ? old : &list[n++])->is_gated = true;
		word += len;
		if (*word == '\0')
			break;
	}
	qsort(list, n, sizeof *list, by_q);
	s->quantiles = list;
	s->n_quantiles = n;
	return true;
}

/* Of a gate that was measured with margins of that kind nobody asks why: an
 * older load, or a calibration. */
static bool check_margins(const struct gate_asked *t,
			  const struct gate_settings *s, struct errs *es)
{
	if ((t->min_effect == NO_SHARE && t->equivalence == NO_SHARE) ||
	    s->min_effect <= s->equivalence)
		return true;
	return errs_add(es, ERR_INPUT, NOWHERE,
			"the equivalence, %.4g %%, must not be less than the "
			"smallest effect, %.4g %%: a change that counts would "
			"count as none",
			PERCENT * s->equivalence, PERCENT * s->min_effect);
}

bool gate_asked_apply(const struct gate_asked *t, struct gate_settings *s,
		      struct arena *a, struct errs *es)
{
	take_share(t->alpha, &s->alpha);
	take_share(t->min_effect, &s->min_effect);
	take_share(t->equivalence, &s->equivalence);
	take_share(t->min_rate, &s->min_rate);
	take_share(t->tau, &s->assumed_tau);
	take_number(t->min_ratio, &s->min_ratio);
	take_number(t->slow_factor, &s->slow_factor);
	s->is_strict = s->is_strict || t->is_strict;
	if (t->tau != NO_SHARE)
		s->tau_calibrated = false;
	if (!check_margins(t, s, es))
		return false;
	return !t->quantiles || take_quantiles(t->quantiles, s, a, es);
}
