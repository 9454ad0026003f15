/* SPDX-License-Identifier: MIT */
#ifndef REPORT_VERDICT_H
#define REPORT_VERDICT_H

/*
 * verdict - what the observations of a run add up to.
 *
 * Pure: the tree in, its computed fields out.  One-shot run, daemon and
 * `assay report` on a stored file all judge through here.
 *
 * Thread rule   the thread that owns the tree.
 */

#include "report/result/result.h"

/* Judges every attempt, sets verdict, outcome, message and worst of every
 * check from its attempts, and verdict, exit_code and counts of the run:
 *
 *   attempt   ok when every step is ok; skipped when there is no step;
 *             otherwise as its first failed step
 *   check     as its last attempt; ok after a failed attempt is flaky, ok
 *             after attempts that were starting is ok
 *   run       broken, or a load or gate is invalid -> invalid; a check or load
 *             failed, or the gate says regression -> failed; a check not
 *             observed or starting, a load inconclusive, a gate that is strict
 *             inconclusive, or nothing asked at all (no load, no gate, and no check
 *             or all skipped) -> inconclusive; else ok
 *
 * The verdict of a load is that of who measured it and is not changed here:
 * the times that a limit was computed from are not in the tree.  load_least()
 * says what the tree shows.
 *
 * A check without an attempt was not observed.  Counts of expectations are
 * those of the deciding attempts.  A check's worst is the worst severity
 * among its failed parts, or, with none, its declared severity. */
void result_judge(struct run_result *run);

/* The worse of two: invalid, failed, inconclusive, ok. */
enum run_verdict run_verdict_worse(enum run_verdict a, enum run_verdict b);

/* What the verdict of a load cannot be better than: invalid with a doubt that
 * is fatal, failed with a limit that failed, inconclusive with one that was
 * not observed. */
enum run_verdict load_least(const struct load_result *load);

/* What a gate makes of the run: it is not judged here (report/gate/gate.h). */
enum run_verdict gate_run_verdict(const struct gate_result *gate);

/* Sets verdict, outcome and message of one attempt from its steps, for those
 * who must know before the run has ended whether to try again.
 *
 *   ok             every step is ok; steps left out (skipped) do not count
 *   skipped        no step, or all left out
 *   otherwise      as its first failed step: starting when the target said
 *                  so; not observed when the step says nothing of the target
 *                  (this machine failed, or it was not reached); else failed,
 *                  also when a value that it needs was not there
 *
 * One that comes in as VERDICT_STARTING began within the start period of its
 * check: when it failed, it stays starting. */
void attempt_judge(struct attempt *at);

/* The index of the first step that is neither ok nor skipped, or n_steps. */
size_t attempt_first_failed(const struct attempt *at);

/* It went out to a target: no pause, no branch, nothing that was skipped. */
bool step_is_request(const struct step_result *step);

/* The deciding attempt, or NULL when none was made. */
const struct attempt *check_deciding(const struct check_result *check);

#endif
