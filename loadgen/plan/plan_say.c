/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdbool.h>

#include "loadgen/plan/plan_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

enum { STAGES_SAID = 4 };

/* "200/s" or "64 users" */
static void say_level(const struct load_plan *spec, double level,
		      struct buf *out)
{
	unit_print_number(out, level);
	if (spec->model == LOAD_OPEN)
		buf_puts(out, "/s");
	else
		buf_puts(out, level == 1 ? " user" : " users");
}

static void say_duration(const char *before, uint64_t ns, struct buf *out)
{
	buf_puts(out, before);
	unit_print_duration(out, ns);
}

static void say_stage(const struct load_plan *spec, const struct plan_stage *st,
		      struct buf *out)
{
	double to = (double)plan_stage_level(st, st->for_ns);

	if (st->from == st->to) {
		say_level(spec, to, out);
		if (st->for_ns < PLAN_FOREVER_NS / 2)
			say_duration(" for ", st->for_ns, out);
		return;
	}
	say_level(spec, (double)st->from, out);
	buf_puts(out, " to ");
	say_level(spec, to, out);
	say_duration(" in ", st->for_ns, out);
}

/* The usual case has a form of its own: a ramp up, and then the level. */
static bool say_ramp(const struct load_plan *spec, struct buf *out)
{
	struct plan_stage ramp, level, none;

	if (!plan_stage_get(spec, 0, 0, &ramp) ||
	    !plan_stage_get(spec, 1, ramp.for_ns, &level) ||
	    plan_stage_get(spec, 2, ramp.for_ns + level.for_ns, &none) ||
	    ramp.from != 0 || ramp.from == ramp.to || level.from != level.to ||
	    ramp.to != level.to)
		return false;
	say_stage(spec, &level, out);
	say_duration(" after a ramp of ", ramp.for_ns, out);
	return true;
}

static void say_stages(const struct load_plan *spec, struct buf *out)
{
	struct plan_stage st;
	uint64_t at_ns = 0;
	size_t n = 0;

	if (say_ramp(spec, out))
		return;
	for (size_t i = 0; plan_stage_get(spec, i, at_ns, &st); i++) {
		at_ns += st.for_ns;
		if (!st.for_ns || n++ >= STAGES_SAID)
			continue;
		if (n > 1)
			buf_puts(out, ", then ");
		say_stage(spec, &st, out);
	}
	if (n > STAGES_SAID)
		buf_printf(out, ", then %zu more", n - STAGES_SAID);
	if (n > STAGES_SAID && plan_length_ns(spec))
		say_duration(", all in ", plan_length_ns(spec), out);
}

static void say_limits(const struct load_plan *spec, struct buf *out)
{
	const char *what = spec->model == LOAD_OPEN ? "arrival" : "round";

	if (spec->iterations)
		buf_printf(out, ", %s%" PRIu64 " %s%s in all",
			   plan_length_ns(spec) ? "at most " : "",
			   spec->iterations, what,
			   spec->iterations == 1 ? "" : "s");
	if (spec->iterations_each)
		buf_printf(out, ", %" PRIu64 " round%s each",
			   spec->iterations_each,
			   spec->iterations_each == 1 ? "" : "s");
}

static void say_think(const struct load_plan *spec, struct buf *out)
{
	if (!spec->think_high_ns)
		return;
	say_duration(", thinking ", spec->think_low_ns, out);
	if (spec->think_high_ns != spec->think_low_ns)
		say_duration(" to ", spec->think_high_ns, out);
}

void plan_say(const struct load_plan *spec, struct buf *out)
{
	bool is_open = spec->model == LOAD_OPEN;

	if (is_open && spec->replay_ns) {
		buf_printf(out, "%zu arrival%s of \"%s\"", spec->n_replay,
			   spec->n_replay == 1 ? "" : "s",
			   spec->replay_file ? spec->replay_file : "");
		if (spec->for_ns)
			say_duration(" for ", spec->for_ns, out);
	} else if (is_open && plan_is_burst(spec)) {
		buf_printf(out, "bursts of %" PRIu64, spec->burst_size);
		say_duration(" every ", spec->burst_every_ns, out);
		if (spec->for_ns)
			say_duration(" for ", spec->for_ns, out);
	} else {
		say_stages(spec, out);
	}
	say_limits(spec, out);
	if (!is_open)
		say_think(spec, out);
}
