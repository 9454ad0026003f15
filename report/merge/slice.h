/* SPDX-License-Identifier: MIT */
#ifndef REPORT_SLICE_H
#define REPORT_SLICE_H

/*
 * slice - a part of a stored load, by the rows of its timeline.
 *
 * What a row holds is known of a slice: arrivals and how they ended, latency
 * with two digits.  Steps, service times, what the generator saw of itself and
 * its cost are not, and are left out; notes of the result say so.
 *
 * Rows          those whose middle lies in the slice; the result says from
 *               when to when they go.
 * Books         what was under way when the slice begins counts as planned and
 *               sent in it, so that its books are closed: planned = sent +
 *               dropped + not_started, where not_started is what was still
 *               waiting at its end.
 * Requests      are rounds of the flow, as rows count these.
 * Limits        judged over the rows (report/merge/limit_rows.h); what these do
 *               not know is not observed.  Moments are those of the whole
 *               load.
 * Instrument    a doubt of the whole load is one of each part of it.
 *
 * Thread rule   pure.
 * Errors        NULL with a problem: ERR_INPUT when no row lies there.
 */

#include <stdbool.h>
#include <stdint.h>

struct arena;	   /* scenarios/base/arena.h */
struct errs;	   /* scenarios/base/err.h */
struct run_result; /* report/result/result.h */

/* Of each load of the run that has rows there, since the start of the run. */
struct run_result *slice_run(const struct run_result *of, uint64_t from_ns,
			     uint64_t to_ns, struct arena *a, struct errs *es);

#endif
