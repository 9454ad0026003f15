/* SPDX-License-Identifier: MIT */
#include "report/load/search.h"

#include <math.h>

#include "scenarios/loads/loads.h"

#define STEP_UP	  2.0
#define STEP_DOWN 0.5
enum { DIGITS = 3 };

static double round_rate(double per_s)
{
	double scale = pow(10, floor(log10(per_s)) - (DIGITS - 1));

	return round(per_s / scale) * scale;
}

static double within(const struct search *s, double per_s)
{
	return fmin(fmax(per_s, s->low_per_s), s->high_per_s);
}

void search_init(struct search *s, double start_per_s, double low_per_s,
		 double high_per_s)
{
	*s = (struct search){ .low_per_s = LOAD_RATE_MIN,
			      .high_per_s = LOAD_RATE_MAX,
			      .notch = SEARCH_PRECISION };
	if (low_per_s > LOAD_RATE_MIN)
		s->low_per_s = low_per_s;
	if (high_per_s > 0 && high_per_s < LOAD_RATE_MAX)
		s->high_per_s = fmax(high_per_s, s->low_per_s);
	s->next_per_s = within(s, start_per_s > 0 ? start_per_s : 1);
}

bool search_next(const struct search *s, double *per_s, bool *is_confirm)
{
	if (s->state == SEARCH_DONE)
		return false;
	*per_s = s->next_per_s;
	*is_confirm = s->is_confirming;
	return true;
}

/* ---- what comes next ------------------------------------------------ */

/* The lowest rate that cannot be the answer; 0: there is none. */
static double ceiling(const struct search *s)
{
	if (s->failed_per_s > 0 && s->spoiled_per_s > 0)
		return fmin(s->failed_per_s, s->spoiled_per_s);
	return fmax(s->failed_per_s, s->spoiled_per_s);
}

static void confirm(struct search *s)
{
	s->is_confirming = true;
	s->next_per_s = s->held_per_s;
	if (s->confirmed >= SEARCH_CONFIRMATIONS)
		s->state = SEARCH_DONE;
}

static void go_up(struct search *s)
{
	double next = within(s, s->held_per_s * STEP_UP);

	if (next > s->held_per_s)
		s->next_per_s = next;
	else
		confirm(s); /* as high as it may go */
}

static void go_between(struct search *s)
{
	double high = ceiling(s);
	double middle = round_rate(sqrt(s->held_per_s * high));

	/* what spoils trials cannot be told to so fine a degree */
	if (s->spoiled_per_s == high ||
	    high <= s->held_per_s * SEARCH_PRECISION ||
	    middle <= s->held_per_s || middle >= high)
		confirm(s);
	else
		s->next_per_s = middle;
}

/* Nothing has held, or what held is not to be trusted. */
static void go_down(struct search *s)
{
	double high = ceiling(s);
	double next = high * STEP_DOWN;

	s->is_falling = s->is_falling || s->is_confirming;
	if (s->is_falling) {
		next = high / s->notch;
		/* wider each time: it has to end */
		s->notch = fmin(s->notch * s->notch, STEP_UP);
	}
	next = within(s, round_rate(fmax(next, LOAD_RATE_MIN)));
	if (next < high)
		s->next_per_s = next;
	else
		s->state = SEARCH_DONE;
	s->is_confirming = false;
}

static void go_on(struct search *s)
{
	if (s->held_per_s <= 0)
		go_down(s);
	else if (s->is_confirming || s->is_falling)
		confirm(s);
	else if (ceiling(s) > 0)
		go_between(s);
	else
		go_up(s);
}

/* ---- what was seen -------------------------------------------------- */

static void note_lowest(double *lowest, double per_s)
{
	if (*lowest <= 0 || per_s < *lowest)
		*lowest = per_s;
}

void search_tell(struct search *s, bool held, bool was_invalid)
{
	double per_s = s->next_per_s;

	if (s->state == SEARCH_DONE)
		return;
	s->n_trials++;
	if (was_invalid)
		note_lowest(&s->spoiled_per_s, per_s);
	else if (!held)
		note_lowest(&s->failed_per_s, per_s);
	if (was_invalid || !held) {
		if (per_s <= s->held_per_s) {
			s->held_per_s = 0;
			s->confirmed = 0;
		}
	} else if (s->is_confirming) {
		s->confirmed++;
	} else {
		s->held_per_s = per_s;
		s->confirmed = 0;
	}
	go_on(s);
	if (s->n_trials >= SEARCH_TRIALS_MAX)
		s->state = SEARCH_DONE;
}

void search_answer(const struct search *s, struct search_answer *out)
{
	double high = ceiling(s);

	*out = (struct search_answer){
		.per_s = s->held_per_s,
		.is_confirmed = s->held_per_s > 0 &&
				s->confirmed >= SEARCH_CONFIRMATIONS,
		.is_spoiled = s->spoiled_per_s > 0 && high == s->spoiled_per_s,
		.failed_per_s = s->failed_per_s,
	};
	out->is_least = out->is_spoiled || s->failed_per_s <= 0;
}
