/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "loadgen/plan/plan_parts.h"
#include "scenarios/base/units.h"

/* ---- length --------------------------------------------------------- */

uint64_t plan_length_ns(const struct load_plan *spec)
{
	uint64_t sum = 0;

	if (spec->for_ns)
		return spec->for_ns;
	if (spec->replay_ns)
		return spec->n_replay ? spec->replay_ns[spec->n_replay - 1] + 1
				      : 0;
	if (plan_is_burst(spec) || !spec->n_stages ||
	    !spec->stages[spec->n_stages - 1].for_ns)
		return 0;
	for (size_t i = 0; i < spec->n_stages; i++)
		sum += spec->stages[i].for_ns;
	return sum;
}

/* ---- how many ------------------------------------------------------- */

/* Arrivals of a stage whose first one is at the integral x. */
static uint64_t stage_count(const struct plan_stage *st, long double x)
{
	uint64_t n = st->integral > x ? (uint64_t)(st->integral - x) : 0;

	/* The very question that the cursor asks decides. */
	while (plan_stage_holds(st, x + n))
		n++;
	while (n && !plan_stage_holds(st, x + (n - 1)))
		n--;
	return n;
}

static double count_stages(const struct load_plan *spec)
{
	struct plan_stage st;
	uint64_t at_ns = 0, n = 0;
	long double x = 0, sum = 0;

	for (size_t i = 0; plan_stage_get(spec, i, at_ns, &st); i++) {
		uint64_t in_stage = stage_count(&st, x);

		x = plan_stage_carry(&st, x + in_stage);
		n += in_stage;
		sum += st.integral;
		at_ns += st.for_ns;
	}
	return spec->process == PROCESS_POISSON ? (double)sum : (double)n;
}

/* Times of the file before that one. */
static size_t replay_before(const struct load_plan *spec, uint64_t at_ns)
{
	size_t low = 0, high = spec->n_replay;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (spec->replay_ns[middle] < at_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static double count_bursts(const struct load_plan *spec)
{
	uint64_t bursts = (plan_end_ns(spec) - 1) / spec->burst_every_ns + 1;

	return (double)bursts * (double)spec->burst_size;
}

static double count_closed(const struct load_plan *spec)
{
	double each;

	if (plan_length_ns(spec))
		return 0;
	each = (double)spec->iterations_each * plan_level_max(spec);
	if (!spec->iterations || (each > 0 && each < (double)spec->iterations))
		return each;
	return (double)spec->iterations;
}

double plan_count(const struct load_plan *spec)
{
	double n;

	if (spec->model == LOAD_CLOSED)
		return count_closed(spec);
	if (!spec->iterations && !plan_length_ns(spec))
		return 0;
	if (spec->replay_ns)
		n = (double)replay_before(spec, plan_end_ns(spec));
	else if (plan_is_burst(spec))
		n = count_bursts(spec);
	else
		n = count_stages(spec);
	return spec->iterations && n > (double)spec->iterations
		       ? (double)spec->iterations
		       : n;
}

/* ---- level ---------------------------------------------------------- */

static double level_of_bursts(const struct load_plan *spec)
{
	return (double)spec->burst_size * (double)UNIT_NS_PER_S /
	       (double)spec->burst_every_ns;
}

static double level_of_file(const struct load_plan *spec, uint64_t at_ns)
{
	uint64_t from_ns = at_ns - at_ns % UNIT_NS_PER_S;
	uint64_t to_ns = from_ns + UNIT_NS_PER_S;
	uint64_t end_ns = plan_end_ns(spec);

	return (double)(replay_before(spec, to_ns < end_ns ? to_ns : end_ns) -
			replay_before(spec, from_ns));
}

double plan_level(const struct load_plan *spec, uint64_t at_ns)
{
	struct plan_stage st;
	uint64_t begin_ns = 0;

	if (at_ns >= plan_end_ns(spec))
		return 0;
	if (spec->replay_ns)
		return level_of_file(spec, at_ns);
	if (plan_is_burst(spec))
		return level_of_bursts(spec);
	for (size_t i = 0; plan_stage_get(spec, i, begin_ns, &st); i++) {
		if (at_ns - begin_ns < st.for_ns)
			return (double)plan_stage_level(&st, at_ns - begin_ns);
		begin_ns += st.for_ns;
	}
	return 0;
}

static double level_max_of_file(const struct load_plan *spec)
{
	double most = 0;

	for (size_t i = 0; i < spec->n_replay;) {
		uint64_t at_ns = spec->replay_ns[i];
		double level;

		if (at_ns >= plan_end_ns(spec))
			break;
		level = level_of_file(spec, at_ns);
		most = level > most ? level : most;
		i += (size_t)level;
	}
	return most;
}

double plan_level_max(const struct load_plan *spec)
{
	struct plan_stage st;
	uint64_t at_ns = 0;
	long double most = 0;

	if (spec->replay_ns)
		return level_max_of_file(spec);
	if (plan_is_burst(spec))
		return level_of_bursts(spec);
	for (size_t i = 0; plan_stage_get(spec, i, at_ns, &st); i++) {
		long double last = plan_stage_level(&st, st.for_ns);

		if (!st.for_ns)
			continue;
		most = fmaxl(most, fmaxl(st.from, last));
		at_ns += st.for_ns;
	}
	return (double)most;
}

/* ---- users ---------------------------------------------------------- */

/* In whole numbers, so that the time of a change and the number then agree.
 * *change_ns: when it changes within the stage, UINT64_MAX: it does not. */
static uint64_t stage_users(const struct plan_stage *st, uint64_t at_ns,
			    uint64_t *change_ns)
{
	uint64_t from = (uint64_t)st->from, to = (uint64_t)st->to;
	uint64_t way = from < to ? to - from : from - to;

	*change_ns = UINT64_MAX;
	if (!way)
		return from;
	uint64_t gone =
		(uint64_t)((unsigned __int128)way * at_ns / st->ramp_ns);
	unsigned __int128 next = (unsigned __int128)(gone + 1) * st->ramp_ns;
	uint64_t next_ns = (uint64_t)((next + way - 1) / way);

	if (next_ns < st->for_ns)
		*change_ns = next_ns;
	return from < to ? from + gone + 1 : from - gone;
}

uint64_t plan_users(const struct load_plan *spec, uint64_t at_ns,
		    uint64_t *next_ns)
{
	struct plan_stage st;
	uint64_t begin_ns = 0, users = 0;
	bool is_found = false;

	*next_ns = UINT64_MAX;
	for (size_t i = 0; plan_stage_get(spec, i, begin_ns, &st);
	     i++, begin_ns += st.for_ns) {
		uint64_t within_ns = is_found ? 0 : at_ns - begin_ns;
		uint64_t change_ns, n;

		if (within_ns >= st.for_ns)
			continue;
		n = stage_users(&st, within_ns, &change_ns);
		if (is_found && n != users) {
			*next_ns = begin_ns;
			return users;
		}
		users = n;
		is_found = true;
		if (change_ns != UINT64_MAX) {
			*next_ns = begin_ns + change_ns;
			return users;
		}
	}
	if (users && begin_ns < PLAN_FOREVER_NS)
		*next_ns = begin_ns;
	return users;
}
