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
 * What is held back (a silence, maintenance, a check it depends on) is logged
 * with the reason, and told when it still stands afterwards.  A check that others
 * depend on is down from its first failed run; when it is up again, a
 * dependant is told of only by a result that is newer than that.
 *
 * Gone          what fires for a rule or check that is no longer in the scenario
 *               is closed at the next round: "resolved" in the log, and told to
 *               the channels that know of it.  A scenario is known by its name:
 *               two files of one name must not share a state.
 * Damage        an alert whose stored state cannot be read starts afresh, with
 *               an entry "afresh" that says so; the others go on.
 *
 * Letters       their group is "together" for what is told at once, "batch" and
 *               "digest"; what fires within group_ns falls due at the same
 *               moment.  dedup names rule, target, episode and notice.
 * Log           entries of state.h; kind is a word of happened_names, "told" for
 *               a notice that comes later than what it tells of, or "afresh".  Text:
 *               {"severity","rule","check","title","message"}, and where they
 *               apply "what" (of told), "held" and "why", "told": true, and in
 *               ns since 1970 as texts "since", "episode"; "lasted" in ns.
 * Cost          a round of one check reads and writes the alerts of that check
 *               only; the history is read only for conditions that need it.
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
	/* A one-shot run: nothing that comes later is waited for to be told
	 * together with what this run brings. */
	bool is_alone;
};

struct round_seen {
	size_t n_firing;     /* alerts of the scenario that fire now */
	size_t n_letters;    /* put into the outbox by this round */
	bool was_new;	     /* false: this run had been taken down before */
	size_t n_afresh;     /* alerts whose stored state could not be read */
	uint64_t next_at_ns; /* something changes by time alone (a hold time,
			      * a heartbeat, a reminder, the digest) in the
			      * whole scenario; UINT64_MAX: nothing */
};

/* False with problems: nothing was changed.  A run that was taken down before
 * changes nothing either. */
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

/* The digest of what was logged after one moment and up to another, as the
 * channels would get it; in the arena.  It sends nothing. */
struct notice; /* report/notice/notice.h */
bool alerts_digest(struct state *st, const struct scenario *sc,
		   uint64_t after_ns, uint64_t now_at_ns, struct arena *a,
		   struct notice *out, struct errs *es);

/* AT19: which rules nobody needs, and which cry too often. */
struct alert_review {
	const char *rule;
	uint64_t n_fired; /* firing or event, on any target */
	uint64_t n_told;  /* of these, how many were told at once */
	uint64_t n_flapped;
	uint64_t firing_ns;  /* the length of the outages that ended */
	uint64_t last_at_ns; /* 0: it never fired since */
};
/* One row a rule of the scenario, in its order. */
bool alerts_review(struct state *st, const struct scenario *sc,
		   uint64_t since_at_ns, struct arena *a,
		   const struct alert_review **out, size_t *n, struct errs *es);

#endif
