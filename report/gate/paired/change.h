/* SPDX-License-Identifier: MIT */
#ifndef REPORT_GATE_CHANGE_H
#define REPORT_GATE_CHANGE_H

/*
 * change - how much something changed, from one difference of each cell.
 *
 * The estimate is that of Hodges and Lehmann over all cells; its variance is
 * that within the run, from the width of Wilcoxon's interval, and that between
 * launches of the same program, from how the launches' own estimates differ
 * (or, with too few of them, from what is assumed).
 *
 * Units         natural logarithms of ratios.
 * Thread rule   pure.
 * Sources       Satterthwaite, Biometrics Bulletin 2 (1946); random effects by
 *               moments: DerSimonian and Laird 1986.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/gate/paired/signed_rank.h"

struct cell_change {
	uint64_t launch;
	double d;
};

struct launch_change {
	uint64_t launch;
	double estimate;
};

/* Memory for n cells, the caller's. */
struct change_room {
	double *sorted;			/* n */
	struct launch_change *launches; /* n */
	double *ranks;			/* SIGNED_RANK_ROOM */
};

struct change_prior {
	double assumed_tau, least_tau; /* sd between launches of one side */
	size_t launches_min;	       /* fewer tell no variance */
};

struct change {
	double estimate;
	double se, df;	  /* df 0: normal */
	double within_se; /* the part of the cells */
	double tau;	  /* sd between launches of one side */
	bool is_measured; /* tau */
	size_t n_launches;
	const struct launch_change *launches; /* in the room, by number */
};

/* n is at least 1.  With too few cells for any interval se is infinite.
 * cells is sorted anew. */
struct change change_of(struct cell_change *cells, size_t n,
			const struct change_prior *prior,
			const struct change_room *room);

/* What it will be like before anything is known: s2 is the variance of the cells
 * together, and launches differ as is assumed.  No estimate, no launches. */
struct change change_expected(double s2, size_t n, size_t n_launches,
			      const struct change_prior *prior);

#endif
