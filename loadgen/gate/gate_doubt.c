/* SPDX-License-Identifier: MIT */
/* Whether what was measured is the sides, and not this machine. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "loadgen/gate/inside.h"
#include "report/hist/hist.h"
#include "report/load/conclude.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

/* Latency counts from when a request was planned, so that what is sent late is
 * longer on both sides by as much: a change looks smaller by that share. */
#define LATE_SAID_SHARE	  0.10
#define LATE_SPOILS_SHARE 0.50 /* then a tenth looks like half a tenth */
/* Of the launches, in which this machine was the limit. */
#define DOUBTED_SPOILS_SHARE 0.2

/* "cpu  user nice system idle iowait irq softirq steal ...", proc(5) */
static void read_ticks(struct cpu_ticks *to)
{
	uint64_t n[8] = { 0 };
	FILE *f = fopen("/proc/stat", "re");

	*to = (struct cpu_ticks){ 0 };
	if (!f)
		return;
	to->is_known = fscanf(f,
			      "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			      " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
			      &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6],
			      &n[7]) == 8;
	fclose(f);
	for (size_t i = 0; i < 8; i++)
		to->all += n[i];
	to->stolen = n[7];
}

void doubt_begin(struct gating *t)
{
	if (!t->before.is_known)
		read_ticks(&t->before);
}

static double steal_since(const struct cpu_ticks *before)
{
	struct cpu_ticks now;

	read_ticks(&now);
	/* on another machine they may be fewer */
	if (!before->is_known || !now.is_known || now.all <= before->all ||
	    now.stolen < before->stolen)
		return -1;
	return (double)(now.stolen - before->stolen) /
	       (double)(now.all - before->all);
}

/* ---- lateness ------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

uint64_t gating_median(uint64_t *ns, size_t n)
{
	if (!n)
		return 0;
	qsort(ns, n, sizeof(*ns), by_size);
	return ns[n / 2];
}

static void say_late(struct gating *t, uint64_t late_ns, uint64_t of_ns,
		     struct errs *warnings)
{
	double share = (double)late_ns / (double)of_ns;
	struct buf late, of;

	buf_init(&late, ERR_PART_MAX);
	buf_init(&of, ERR_PART_MAX);
	unit_human_duration(&late, late_ns);
	unit_human_duration(&of, of_ns);
	if (share > LATE_SPOILS_SHARE)
		gating_why(
			t,
			"requests are sent %s late as a rule, which is %.0f "
			"%% of the median latency of %s: this machine is too "
			"busy or too slow for that plan; lower the rate, "
			"give it more CPUs, or compare with \"users\", who "
			"have no plan",
			buf_text(&late), 100 * share, buf_text(&of));
	else
		errs_add(warnings, ERR_SYSTEM, t->load->at,
			 "requests were sent %s late as a rule, which is in "
			 "the median latency of %s: changes look up to %.0f %% "
			 "smaller than they are",
			 buf_text(&late), buf_text(&of), 100 * share);
	buf_release(&late);
	buf_release(&of);
}

/* What a stall of the whole machine makes late is late on both sides, and the
 * cells that it lies in are outvoted; so the cell in the middle counts. */
static void doubt_lateness(struct gating *t, struct errs *warnings)
{
	uint64_t p50 = gating_median(t->p50_ns, t->n_cells);
	uint64_t late = gating_median(t->late_p50_ns, t->n_cells);

	t->gate->lateness_p99_ns = hist_quantile(t->lateness, 0.99);
	if (p50 && (double)late > LATE_SAID_SHARE * (double)p50)
		say_late(t, late, p50, warnings);
}

/* ---- what the loads said -------------------------------------------- */

/* A doubt that spoils a load for itself.  A stall is no such: it meets both
 * sides, and lateness is looked at by itself. */
static const struct doubt *find_fatal(const struct load_result *of)
{
	const struct instrument *in = &of->instrument;

	for (size_t i = 0; i < in->n_doubts; i++)
		if (in->doubts[i].is_fatal && !in->doubts[i].is_delay)
			return &in->doubts[i];
	return NULL;
}

bool doubt_forgive(struct gating *t, struct load_result *of)
{
	if (!load_forgive_delay(of, t->a))
		return false;
	if (of->verdict == RUN_INVALID)
		of->verdict = load_least(of);
	return true;
}

static void doubt_loads(struct gating *t)
{
	const struct doubt *said = NULL;
	size_t n = 0;

	for (size_t k = 0; k < t->n_launched; k++) {
		const struct doubt *a = find_fatal(t->by[TURN_A].ran[k]);
		const struct doubt *b = find_fatal(t->by[TURN_B].ran[k]);
		n += a || b;
		said = a ? a : b ? b : said;
	}
	if ((double)n > DOUBTED_SPOILS_SHARE * (double)t->n_launched)
		gating_why(t, "%s (in %zu of %zu launches): %s", said->what, n,
			   t->n_launched, said->remedy);
}

/* One that answers nothing is no baseline; a candidate like that is worse. */
static void doubt_baseline(struct gating *t)
{
	uint64_t attempts = 0, errors = 0;

	for (size_t i = 0; i < t->n_cells; i++) {
		attempts += t->cell[i * t->n_groups].a.attempts;
		errors += t->cell[i * t->n_groups].a.errors;
	}
	if (attempts && errors * 2 > attempts)
		gating_why(t,
			   "the baseline failed %" PRIu64 " of %" PRIu64
			   " requests: there is nothing to compare with",
			   errors, attempts);
}

void doubt_end(struct gating *t, struct errs *warnings)
{
	t->gate->steal = steal_since(&t->before);
	doubt_lateness(t, warnings);
	doubt_loads(t);
	doubt_baseline(t);
	t->gate->invalid_why = t->broken ? t->broken : "";
}
