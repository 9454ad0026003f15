/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SAMPLE_REPORT_H
#define TESTS_UNIT_SAMPLE_REPORT_H

/*
 * sample_report - a run with everything that a report can show, for tests of
 * the page and for the tool that shows it to a browser.
 *
 * Checks of every verdict, loads of every kind with histograms that are real
 * ones, and a gate with cells.  Nothing in it is drawn by chance.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;	   /* scenarios/base/arena.h */
struct run_result; /* report/result/result.h */

/* NULL without memory. */
struct run_result *sample_report(struct arena *a);

/* A load of 10 minutes at 5,000/s with so many steps: what the size of a
 * report is promised for. */
struct run_result *sample_report_long(struct arena *a, size_t n_steps);

/* Written as JSON and read back by the tables, not judged.  NULL with a line on
 * standard error. */
struct run_result *sample_report_copy(struct arena *a,
				      const struct run_result *run);

/* The same text in every place that a text may come from outside to. */
bool sample_report_fill(struct run_result *run, const char *text);

#endif
