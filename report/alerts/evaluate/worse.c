/* SPDX-License-Identifier: MIT */
/* "p95(latency, 1h) worse than 7d": one value against its own past.
 *
 * The past is cut into windows as long as the newest one; the logarithms of
 * their values are taken as a sample, and the newest is worse when it lies
 * above the 99 % prediction interval for one more. */
#include <math.h>

#include "report/alerts/evaluate/parts.h"
#include "report/hist/hist.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

#define PREDICTION_TAIL 0.005 /* on each side */
#define WINDOW_DEFAULT	UNIT_NS_PER_H
#define FRACTION_TINY	1e-300
#define FRACTION_STEPS	300
#define FRACTION_ENOUGH 1e-14
/* A rise below this is nobody's matter, however sure (least effect of the
 * regression gate). */
#define LEAST_EFFECT 1.05
#define T_MAX	     1e6

/* ---- Student's t ----------------------------------------------------------- */

static double away_from_zero(double x)
{
	return fabs(x) < FRACTION_TINY ? FRACTION_TINY : x;
}

/* The continued fraction of the incomplete beta function by Lentz's method
 * (DLMF 8.17.22). */
static double beta_fraction(double a, double b, double x)
{
	double c = 1;
	double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
	double f = d;

	for (int m = 1; m <= FRACTION_STEPS; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x /
			     ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / away_from_zero(1 + even * d);
		c = away_from_zero(1 + even / c);
		f *= c * d;
		d = 1 / away_from_zero(1 + odd * d);
		c = away_from_zero(1 + odd / c);
		f *= c * d;
		if (fabs(c * d - 1) < FRACTION_ENOUGH)
			break;
	}
	return f;
}

static double beta_share(double a, double b, double x)
{
	double front;

	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) +
		    b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* t with P(T > t) = tail. */
static double student_t(double tail, double freedom)
{
	double low = 0, high = T_MAX;

	for (int i = 0; i < 100; i++) {
		double t = (low + high) / 2;
		double above = beta_share(freedom / 2, 0.5,
					  freedom / (freedom + t * t)) /
			       2;

		if (above > tail)
			low = t;
		else
			high = t;
	}
	return high;
}

/* ---- the past ----------------------------------------------------------------- */

static bool take_past(const struct question *q, uint64_t window_ns,
		      struct arena *a, const struct past_value **out,
		      size_t *n_out)
{
	const struct condition *c = q->condition;
	size_t most = (size_t)(c->past_ns / window_ns), n = 0;
	struct past_value *past = arena_alloc(a, most, sizeof(*past));
	uint64_t until_ns = before_ns(q->now_at_ns, window_ns);

	if (!past)
		return false;
	for (size_t i = 0; i < most && until_ns > window_ns; i++) {
		size_t samples;
		double *times = request_times(q->history, &c->rule,
					      until_ns - window_ns,
					      until_ns - 1, a, &samples);

		if (!times)
			return false;
		if (samples > 0)
			past[n++] = (struct past_value){
				samples, times_value(&c->rule, times, samples)
			};
		until_ns -= window_ns;
	}
	*out = past;
	*n_out = n;
	return true;
}

struct prediction {
	size_t n;
	double middle, low, high; /* ns */
};

static struct prediction predict(const struct past_value *past, size_t n)
{
	struct prediction p = { 0 };
	double sum = 0, squares = 0, mean, half;

	for (size_t i = 0; i < n; i++) {
		if (past[i].samples >= EVALUATE_PAST_SAMPLES &&
		    past[i].value > 0) {
			sum += log(past[i].value);
			p.n++;
		}
	}
	if (p.n < EVALUATE_PAST_MIN)
		return p;
	mean = sum / (double)p.n;
	for (size_t i = 0; i < n; i++) {
		double off = log(past[i].value) - mean;

		if (past[i].samples >= EVALUATE_PAST_SAMPLES &&
		    past[i].value > 0)
			squares += off * off;
	}
	half = student_t(PREDICTION_TAIL, (double)p.n - 1) *
	       sqrt(squares / (double)(p.n - 1) * (1 + 1 / (double)p.n));
	p.middle = exp(mean);
	p.low = exp(mean - half);
	p.high = exp(mean + half);
	return p;
}

static bool say_worse(const struct question *q, const struct prediction *p,
		      struct arena *a, struct finding *out)
{
	struct buf text;
	bool ok;

	buf_init(&text, EVIDENCE_MAX);
	print_value(&text, UNIT_TIME, out->value);
	out->seen = arena_strdup(a, buf_text(&text));
	buf_printf(&text, " of %llu requests, ",
		   (unsigned long long)out->samples);
	buf_puts(&text, out->truth == TRUTH_TRUE ? "worse than" : "within");
	buf_puts(&text, " what its past predicts: ");
	print_value(&text, UNIT_TIME, p->middle);
	buf_puts(&text, " [");
	print_value(&text, UNIT_TIME, p->low);
	buf_puts(&text, ", ");
	print_value(&text, UNIT_TIME, p->high);
	buf_printf(&text, "] (99 %% interval from %zu windows in ", p->n);
	unit_human_duration(&text, q->condition->past_ns);
	buf_putc(&text, ')');
	ok = say(a, out, "%s", buf_text(&text));
	buf_reset(&text);
	buf_puts(&text, "> ");
	print_value(&text, UNIT_TIME, p->high);
	out->threshold = arena_strdup(a, buf_text(&text));
	buf_release(&text);
	return ok && out->seen && out->threshold;
}

bool evaluate_worse(const struct question *q, struct arena *a,
		    struct finding *out)
{
	const struct condition *c = q->condition;
	uint64_t window_ns = c->window_ns > 0	     ? c->window_ns
			     : c->rule.window_ns > 0 ? c->rule.window_ns
						     : WINDOW_DEFAULT;
	const struct past_value *past = q->past;
	size_t n_past = q->n_past, n;
	struct prediction p;
	double *times = request_times(q->history, &c->rule,
				      before_ns(q->now_at_ns, window_ns),
				      q->now_at_ns, a, &n);

	if (!times || (!past && !take_past(q, window_ns, a, &past, &n_past)))
		return false;
	out->samples = n;
	if (n < EVALUATE_PAST_SAMPLES || n < q->min_samples)
		return say(a, out, "%zu request%s%s %s too few to compare", n,
			   n == 1 ? "" : "s", window_words(a, window_ns),
			   n == 1 ? "is" : "are");
	out->value = times_value(&c->rule, times, n);
	p = predict(past, n_past);
	if (p.n < EVALUATE_PAST_MIN)
		return say(a, out,
			   "its past has %zu window%s with enough requests, "
			   "%d are needed",
			   p.n, p.n == 1 ? "" : "s", EVALUATE_PAST_MIN);
	out->truth = out->value > p.high && out->value > p.middle * LEAST_EFFECT
			     ? TRUTH_TRUE
			     : TRUTH_FALSE;
	return say_worse(q, &p, a, out);
}
