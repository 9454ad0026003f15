/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_STATE_RIG_H
#define TESTS_UNIT_STATE_RIG_H

/*
 * state_rig - a folder for state files, and runs of few lines to put in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/result.h"

struct errs;
struct state;

#define RIG_SECOND UINT64_C(1000000000)
#define RIG_MINUTE (60 * RIG_SECOND)
#define RIG_HOUR   (60 * RIG_MINUTE)
#define RIG_DAY	   (24 * RIG_HOUR)
/* 2026-01-01 00:00:00 UTC */
#define RIG_EPOCH UINT64_C(1767225600000000000)

struct state_rig {
	char folder[64];
	char path[96]; /* folder/state.db */
	struct errs *es;
};
int state_rig_enter(void **state); /* of a test: *state is the rig */
int state_rig_leave(void **state);

/* A run of the scenario "shop" with one check that made one GET. */
struct rig_check {
	const char *name; /* NULL: "home" */
	enum verdict verdict;
	enum outcome outcome; /* of the step */
	enum severity worst;
	uint64_t took_ns; /* 0: 1 ms */
	int64_t status;
	const char *message; /* NULL: "" */
	size_t n_kept;
	const struct kept *kept;
};
struct rig_run {
	struct run_result run;
	struct check_result checks[4];
	struct attempt attempts[4];
	struct step_result steps[4];
};
/* Fills *r with n checks; valid while the rows are. */
struct run_result *state_rig_run(struct rig_run *r, uint64_t started_at_ns,
				 const struct rig_check *checks, size_t n);

/* Opens it, or fails the test. */
struct state *state_rig_open(struct state_rig *t);
void state_rig_no_problems(const struct state_rig *t);
/* The number that a statement gives, by another connection. */
int64_t state_rig_number(const struct state_rig *t, const char *sql);
/* Runs a statement by another connection. */
void state_rig_sql(const char *path, const char *sql);

#endif
