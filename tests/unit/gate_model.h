/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_GATE_MODEL_H
#define TESTS_UNIT_GATE_MODEL_H

/*
 * gate_model - runs of a gate that never were, on a machine with neighbours.
 *
 * Requests arrive as a Poisson process, and slots of 100 ms belong to one of
 * two builds by the throw of a coin.  Each request needs a part of one queue
 * that all share, then a part of its own with a heavy tail; both are longer
 * when the machine is busy, which drifts (two Ornstein-Uhlenbeck processes of
 * 1 s and 10 s), and by what the launch happened to get.  Now and then the
 * hypervisor takes the machine away, and everything stands still.
 *
 * The same seed gives the same run.  Times are seconds, spreads natural
 * logarithms.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/gate_result.h"

enum gate_noise { NOISE_QUIET, NOISE_TYPICAL, NOISE_NASTY };

enum gate_slowdown {
	SLOW_LATENCY, /* what is answered comes later, by that much everywhere */
	SLOW_SERVICE, /* the work takes longer, and the queue as well */
};

struct gate_model {
	enum gate_noise noise;
	bool is_heavy; /* the tail: Pareto 2.2 of 2 %, else 3.0 of 5 % */
	double rate_per_s;
	double total_s;
	double tau; /* between launches of the same build */
	bool is_fail_fast;
	size_t launches;
	enum gate_slowdown slowdown;
	double effect; /* 0.1: the candidate is a tenth slower */
	double errors_a, errors_b;
	double pause_s, pause_every_s; /* of the candidate alone; 0: none */
};

struct errs;
struct gate_sim;

struct gate_sim *gate_sim_new(void); /* NULL without memory */
void gate_sim_free(struct gate_sim *t);

/* A run with settings, design and cells, not yet judged; it is the sim's until
 * its next one.  NULL without memory. */
struct gate_result *gate_sim_run(struct gate_sim *t, const struct gate_model *m,
				 uint64_t seed);
/* Judges it as it would have been live: one that is looked at on the way has no
 * more cells than it had when it ended.  False with a problem. */
bool gate_sim_judge(struct gate_sim *t, struct gate_result *g, struct errs *es);
struct arena *gate_sim_arena(struct gate_sim *t); /* of that run */

/* The most (least) hits of n that a chance of p gives, but for one time in ten
 * thousand. */
size_t gate_sim_most(size_t n, double p);
size_t gate_sim_least(size_t n, double p);

#endif
