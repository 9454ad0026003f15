/* SPDX-License-Identifier: MIT */
#ifndef REPORT_ALERTS_ROUND_H
#define REPORT_ALERTS_ROUND_H

/*
 * round - what a run that was just taken down means for the alerts.
 *
 * The one way by which one-shot runs and the daemon come to notices: in one
 * transaction the observations are taken, the rules they concern are
 * evaluated, each alert's machine is advanced, what happened is logged, and
 * letters are put into the outbox.  So the same history gives the same log,
 * whoever plays it, and a kill leaves either all of it or nothing.
 *
 * It has no clock: the time is given.
 * Thread rule   that of the state.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct errs;
struct run_result; /* report/result/result.h */
struct scenario;   /* scenarios/model.h */
struct state;	   /* report/state/state.h */

struct round_input {
	const struct scenario *scenario;
	const struct run_result *sealed; /* NULL: only the time went on */
	/* or, instead, an event that was told under a name */
	const char *event;
	int64_t event_exit;
	const char *event_message;
	uint64_t now_at_ns;
};

struct round_seen {
	size_t n_firing;     /* alerts that fire now */
	size_t n_letters;    /* put into the outbox by this round */
	bool was_new;	     /* false: this run had been taken down before */
	uint64_t next_at_ns; /* something changes by time alone (a hold time,
			      * a heartbeat, a reminder); UINT64_MAX: nothing */
};

/* False with problems: nothing was changed. */
bool alerts_round(struct state *st, const struct round_input *in,
		  struct round_seen *out, struct errs *es);

/* The alerts of a scenario as they stand, for pages and commands. */
enum alert_phase {
	ALERT_QUIET,
	ALERT_PENDING, /* true, but not for long enough */
	ALERT_FIRING,
	ALERT_FLAPPING,
	ALERT_PHASE_N
};
struct alert_standing {
	const char *rule, *check;
	enum alert_phase phase;
	unsigned severity; /* enum severity */
	uint64_t since_at_ns;
	const char *message;
	const char *silenced_by;     /* a silence, a window, a dependency; "" */
	const char *acknowledged_by; /* "" */
};
struct arena;
bool alerts_standing(struct state *st, const struct scenario *sc,
		     uint64_t now_at_ns, struct arena *a,
		     const struct alert_standing **out, size_t *n,
		     struct errs *es);

/* Somebody takes it on: no reminder, no escalation until it is resolved. */
bool alerts_acknowledge(struct state *st, const struct scenario *sc,
			const char *rule, const char *check, const char *author,
			uint64_t now_at_ns, struct errs *es);

#endif
