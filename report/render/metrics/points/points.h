/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_METRICS_POINTS_H
#define REPORT_RENDER_METRICS_POINTS_H

/*
 * points - what a result has to tell as metrics, in no format yet.
 *
 * points_of_run() walks the tree once and makes a list; the writers (Prometheus,
 * OpenMetrics, InfluxDB, OTLP) each walk that.  A point is a number or a
 * distribution, under a name of report/metrics/metric_names.h, with labels that
 * say whose it is (the scope: scenario, load, step ...) and labels of its own
 * (outcome, phase ...).
 *
 * Foreign text  every label is bounded and printable (say_text()) before it
 *               comes here; formats escape what is left.
 * No two alike  no two points have the same name and labels: where a result has
 *               two loads, steps or limits of one name, the second and later
 *               ones have a label "load_number", "step_number" ... as well.
 * Ownership     all in the arena that was given; borrows from the tree.
 * Thread rule   one thread.
 * Errors        without memory, or past the ceiling of the arena, `failed` is
 *               set and sticks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/metrics/metric_text.h"

struct arena;	     /* scenarios/base/arena.h */
struct buf;	     /* scenarios/base/buf.h */
struct run_result;   /* report/result/result.h */
struct times_result; /* report/result/load_result.h */

enum {
	POINT_SCOPE_MAX = 8, /* labels */
	POINT_OWN_MAX = 5,
};
#define POINTS_BYTES_MAX ((size_t)128 << 20) /* of a list, in its arena */

struct point {
	enum metric_id id;
	size_t n_scope;
	const struct metric_label *scope;
	size_t n_own;
	const struct metric_label *own;
	uint64_t start_at_ns;		  /* what it counts began, since 1970 */
	uint64_t at_ns;			  /* and ended */
	double value;			  /* finite */
	const struct times_result *times; /* of a HISTOGRAM; else NULL */
	struct point *next;		  /* of that name */
	struct point *after;		  /* of all, in the order of the tree */
};

struct points_scope {
	const struct metric_label *label;
	size_t n;
};

struct points {
	struct arena *arena;
	uint64_t begin_at_ns;		  /* of the run */
	const struct points_scope *loads; /* of each, in order */
	struct point *first[METRIC_NAMES_N], *last[METRIC_NAMES_N];
	struct point *begin, *end; /* of all */
	bool failed;
	/* for those that add */
	struct metric_label scope[POINT_SCOPE_MAX];
	size_t n_scope;
	const struct metric_label *kept_scope; /* a copy; NULL: make one */
	uint64_t start_at_ns, at_ns;
};

/* Everything of a sealed run.  False without memory. */
bool points_of_run(struct points *t, struct arena *a,
		   const struct run_result *run);

/* A value of a name that has only whole ones. */
int64_t point_whole(const struct point *p);

/* at plus more, or the last moment that can be told. */
uint64_t points_later(uint64_t at_ns, uint64_t more_ns);

/* ---- adding: for the files points_*.c --------------------------------------- */

void points_add(struct points *t, enum metric_id id, double value);
/* With labels of its own, whose texts live as long as the arena. */
void points_add_own(struct points *t, enum metric_id id,
		    const struct metric_label *own, size_t n, double value);
/* Nothing when the distribution is empty. */
void points_add_times(struct points *t, enum metric_id id,
		      const struct times_result *times);

/* One more label from here on, for what is in the scope of another.  An empty
 * text is no label. */
void points_enter(struct points *t, const char *name, const char *text);
/* The same with a number behind it when that is above 1. */
void points_enter_named(struct points *t, const char *name, const char *text,
			size_t number);
/* Back to so many labels. */
void points_leave(struct points *t, size_t n_scope);

/* The time of what follows. */
void points_when(struct points *t, uint64_t start_at_ns, uint64_t for_ns);

/* A fraction as a result file holds it, so that a stored result says the same
 * as its run. */
double points_real(double value);

/* The labels as they are now. */
struct points_scope points_here(struct points *t);

/* The text as a label may have it. */
const char *points_text(struct points *t, const char *text);

/* Names, made fit for labels, and which of its kind each is: 1, 2 ...
 * get(self, i) is the i-th. */
struct point_name {
	const char *text;
	size_t number;
};
const struct point_name *points_names(struct points *t, size_t n,
				      const char *(*get)(const void *self,
							 size_t i),
				      const void *self);

void points_of_loads(struct points *t, const struct run_result *run);
void points_of_gate(struct points *t, const struct run_result *run);

#endif
