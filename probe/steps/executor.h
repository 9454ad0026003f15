/* SPDX-License-Identifier: MIT */
#ifndef PROBE_STEPS_EXECUTOR_H
#define PROBE_STEPS_EXECUTOR_H

/*
 * executor - the table of the kinds of steps.
 *
 * One file a kind.  Adding one is its file, its row, and its place in
 * enum step_type (scenarios/model.h).
 *
 * Thread rule   const.
 */

#include "scenarios/model.h"

struct asking;
struct frame;
struct journey;
struct judging;

struct executor {
	/* takes the step up, see probe/run/journey_inside.h */
	void (*start)(struct journey *jo, const struct step *st);
	/* its frame is at its end: leaves it, or begins a round anew */
	void (*at_end)(struct journey *jo, struct frame *fr);
	/* of kinds that ask over HTTP */
	const struct http_ask *(*ask)(const struct step *st);
	/* further rows for an answer, beside expectations; or NULL */
	void (*judge)(struct judging *j, const struct step *st);
};

extern const struct executor executors[STEP_TYPE_N];

/* http.c: HTTP, health, metrics and minio */
void http_start(struct journey *jo, const struct step *st);
/* tls.c, tcp.c */
void tls_start(struct journey *jo, const struct step *st);
void tcp_start(struct journey *jo, const struct step *st);
/* exec.c */
void exec_start(struct journey *jo, const struct step *st);
/* wait.c, think.c, branch.c, repeat.c, group.c */
void wait_start(struct journey *jo, const struct step *st);
void wait_at_end(struct journey *jo, struct frame *fr);
void think_start(struct journey *jo, const struct step *st);
void branch_start(struct journey *jo, const struct step *st);
void rounds_start(struct journey *jo, const struct step *st);
void rounds_at_end(struct journey *jo, struct frame *fr);
void group_start(struct journey *jo, const struct step *st);

#endif
