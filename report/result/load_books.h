/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOAD_BOOKS_H
#define REPORT_LOAD_BOOKS_H

/*
 * load_books - whether what a stored load says of itself can be true.
 *
 *     planned = sent + dropped + not_started      of the load and its steps
 *     sent    = ok + failed + timed_out + in_flight
 *     min <= p50 <= p90 <= p95 <= p99 <= p999 <= max
 *     the verdict is no better than load_least() (report/result/verdict.h)
 *
 * The sums of a load that is invalid may be wrong: that can be why it is.
 *
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "scenarios/base/err.h"

struct load_result; /* report/result/load_result.h */

/* i is the load's index in "loads", for messages. */
bool load_books(const struct load_result *load, size_t i, struct place at,
		struct errs *es);

#endif
