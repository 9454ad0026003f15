/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_GATE_RUN_H
#define LOADGEN_GATE_RUN_H

/*
 * gate_run - puts one load on two builds by turns, and brings back what the
 * verdict is made of.
 *
 * Both builds run on this machine (or are somewhere already) at the same time,
 * and slots of a tenth of a second go to one of them, in an order that a coin
 * decides pair by pair; so whatever the machine does meets both.  Every few
 * seconds both are ended and started anew, as two launches of the same program
 * differ, too (report/gate/gate.h says how that is judged).
 *
 * An open load keeps to one plan of arrivals; each goes to the side that has
 * the slot of its planned time.  In a closed load the users of the other side
 * wait, and what is compared is throughput, too.
 *
 * Requests of the load that go to the origin of its first step go to the side
 * instead; others go where they say.
 *
 * Thread rule   one thread, the main one, as load_run.h.
 * Errors        what keeps the measurement from beginning is a problem; what
 *               ends it later is told in the result (invalid_why), with all
 *               that was measured.
 * Source        order: randomised multiple interleaved trials (Abedi and Brecht,
 *               ICPE 2017); duet benchmarking (Bulej et al., ICPE 2020).
 */

#include <stdbool.h>
#include <stdint.h>

#include "loadgen/gate/turns.h"
#include "loadgen/run/crew.h"

struct gate_result; /* report/result/gate_result.h */
struct load_result;

/* For tests: what no coin decides. */
enum gate_fixed {
	GATE_FIXED_NOTHING,
	GATE_FIXED_SLOTS,  /* A, B, A, B */
	GATE_FIXED_STARTS, /* A is always launched first */
	GATE_FIXED_ALL,
	GATE_FIXED_N
};
extern const char *const gate_fixed_names[GATE_FIXED_N + 1];

/* What the command line asks of a gate. */
struct gate_config {
	const char *source[TURN_SIDES]; /* command or URL; B NULL: as A */
	const char *label[TURN_SIDES];	/* or NULL */
	bool is_calibration;		/* A against itself */
	bool is_strict;
	bool is_fail_fast; /* ends when the candidate is surely worse */
	unsigned fixed;	   /* enum gate_fixed */
	uint64_t for_ns;   /* 0: as the load says */
	uint64_t seed;	   /* 0: drawn */
};

enum {
	GATE_CALIBRATION_LAUNCHES = 10,
};
#define GATE_CELLS_BYTES_MAX ((size_t)1 << 30)

/* What a gate brings back. */
struct gate_run {
	struct gate_result *gate;
	struct load_result *loads; /* baseline, candidate; NULL: none was run */
	struct crew_ending end;
};

/* False with problems: what was asked cannot be done.  A side that does not
 * start, or that answers nothing, is a result without cells. */
bool gate_run(const struct load_config *config, const struct workload *load,
	      struct show *show, struct arena *a, struct gate_run *out,
	      struct errs *problems, struct errs *warnings);

#endif
