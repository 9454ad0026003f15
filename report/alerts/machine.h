/* SPDX-License-Identifier: MIT */
#ifndef REPORT_ALERTS_MACHINE_H
#define REPORT_ALERTS_MACHINE_H

/*
 * machine - one alert (a rule and a target) through time.
 *
 * Pure: state, findings and time in; the new state and what happened out.  The
 * state is plain data that can be written as text between any two steps, so
 * that a process a step and a daemon go the same way.
 *
 *     quiet ──true──▶ pending ──held for "for"──▶ firing ──false──▶ quiet
 *
 * Hold time     counts what was observed to be true: from one evaluation to
 *               the next, but no longer than the finding was valid.  Unknown
 *               neither advances nor resets it, and never fires or resolves.
 * Two ledgers   what is (phase, tier) and what was told last.  Whenever they
 *               differ and nothing holds it back, the difference is told:
 *               so nothing is lost, whatever was held back for how long.
 *   firing      told when the cooldown since the last notice of firing is over
 *   worse tier  told at once; so is a milder one
 *   resolved    told at once when firing had been told, during a cooldown, a
 *               silence or maintenance too: it closes what was opened.  Once
 * Held back     by a silence, a maintenance window or a dependency (all but
 *               resolved), by flapping (everything), by cooldown (firing)
 * Flapping      begins with so many changes within the time, and ends when half
 *               of them are left in it.  Told where nothing fires for its
 *               receivers, it opens an episode, which is the one that settling
 *               and the end are told of; settling waits until it may be told.
 * Events        (condition_is_event()) have no phases: each is told, once by
 *               its own time, and not held back by a cooldown unless one was
 *               written.
 * Reminders     every remind_ns, but not within the cooldown; of a certificate
 *               without being asked after each cooldown, and its day 0 and its
 *               expiry at once.
 * Time          that runs backwards is taken as standing still.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/alerts/evaluate.h"
#include "report/alerts/round.h"
#include "report/alerts/streak.h"
#include "scenarios/alerts/alerts.h"

struct buf;
struct errs;

enum {
	ALERT_CHANGES_MAX = 64, /* remembered for flapping */
	ALERT_AUTHOR_MAX = 64,	/* bytes with the NUL; longer ones are cut */
	ALERT_MESSAGE_MAX = 400,
	ALERT_TEXT_MAX = 131072, /* bytes of a written state */
	/* what one step can say at most */
	ALERT_HAPPENINGS_MAX = 8,
};

enum tier_phase { TIER_IDLE, TIER_HOLDING, TIER_ACTIVE };

struct tier_state {
	enum tier_phase phase;
	uint64_t since_at_ns;	 /* true since */
	uint64_t held_ns;	 /* seen true */
	uint64_t seen_at_ns;	 /* hold time is counted up to here */
	uint64_t valid_until_ns; /* of the last true finding */
};

enum held_by {
	HELD_NOT,
	HELD_SILENCE,
	HELD_MAINTENANCE,
	HELD_DEPENDENCY,
	HELD_COOLDOWN,
	HELD_QUORUM,
	HELD_FLAPPING,
	HELD_N
};
extern const char *const held_names[HELD_N]; /* "", "silence" ... */

/* All of it is 0 in the beginning. */
struct alert_state {
	uint64_t watched_since_at_ns; /* the first step */
	uint64_t now_at_ns;	      /* the last step */
	size_t n_tiers;
	struct tier_state tier[ALERT_TIERS_MAX];
	/* what is */
	enum alert_phase phase; /* QUIET, PENDING, FIRING */
	unsigned tier_now;	/* of FIRING */
	uint64_t since_at_ns;	/* of this phase */
	uint64_t episode;	/* counts the outages */
	uint64_t good;		/* results in a row, of recover */
	uint64_t good_at_ns;	/* the newest of them */
	/* what was told */
	bool told_firing;
	unsigned told_tier;
	unsigned told_severities; /* bits, of this episode */
	bool told_escalated;
	uint64_t told_at_ns;	   /* the last notice that it fires */
	uint64_t first_told_at_ns; /* of this episode */
	uint64_t told_episode;	   /* the one that is open at the receivers */
	uint64_t told_since_at_ns; /* when that began */
	uint64_t notices;	   /* told in all: makes each one's name */
	int64_t told_days;	   /* of a certificate */
	bool has_told_days;
	/* flapping */
	bool is_flapping;
	bool flapping_told;
	size_t n_changes;
	uint64_t changes[ALERT_CHANGES_MAX]; /* oldest first */
	enum held_by held;		     /* as last logged */
	uint64_t event_at_ns; /* the newest event that was taken */
	uint64_t event_told_at_ns;
	char acknowledged_by[ALERT_AUTHOR_MAX];
	uint64_t acknowledged_at_ns;
	/* evidence of the newest finding that was true, for who asks how it
	 * stands; kept by the round, "" when it is quiet */
	char message[ALERT_MESSAGE_MAX];
	struct streaks streaks; /* of the target, kept by the round */
};

/* What a step is about besides the findings. */
struct alert_context {
	uint64_t now_at_ns;
	uint64_t observed_at_ns; /* the newest result of the target; 0 */
	uint64_t flap_changes, flap_within_ns; /* 0: never flapping */
	enum held_by held;	   /* SILENCE, MAINTENANCE, DEPENDENCY or NOT */
	const char *held_why;	   /* "until 12:00 by ana: update"; "" */
	uint64_t held_until_at_ns; /* 0: unknown */
	unsigned check_severity;   /* for tiers whose severity is the check's */
};

enum happened {
	HAPPENED_PENDING,
	HAPPENED_CLEARED, /* it was pending and is not true any more */
	HAPPENED_FIRING,
	HAPPENED_TIER,
	HAPPENED_REMINDER,
	HAPPENED_RESOLVED,
	HAPPENED_FLAPPING,
	HAPPENED_SETTLED,
	HAPPENED_HELD, /* something would be told, and is not */
	HAPPENED_ESCALATED,
	HAPPENED_EVENT,
	HAPPENED_ACKNOWLEDGED,
	HAPPENED_N
};
extern const char *const happened_names[HAPPENED_N]; /* "firing" ... */

struct happening {
	enum happened kind;
	bool is_logged;	     /* false: a notice of what was logged before */
	bool is_told;	     /* a notice is due */
	bool is_urgent;	     /* at once, not grouped with others */
	bool is_firing;	     /* the state that is told */
	unsigned tier;	     /* of the rule */
	unsigned was_tier;   /* TIER */
	unsigned severities; /* bits: whoever got one of these gets it */
	bool was_escalated;
	uint64_t since_at_ns;
	uint64_t lasted_ns; /* RESOLVED, SETTLED when it does not fire */
	uint64_t episode;
	uint64_t
		episode_at_ns; /* the episode began, as its receivers know it */
	uint64_t notice;       /* its number, from 1; 0 when it is not told */
	enum held_by held;
	const char *why; /* of HELD; borrowed from the context */
	size_t finding;	 /* index of the deciding one */
};

struct happenings {
	size_t n;
	struct happening item[ALERT_HAPPENINGS_MAX];
};

/* enum severity of a tier. */
unsigned alert_tier_severity(const struct alert_tier *tier,
			     unsigned check_severity);

/* One finding a tier, mildest first, as rule->tiers. */
void alert_advance(const struct alert_rule *rule, struct alert_state *t,
		   const struct finding *findings,
		   const struct alert_context *context, struct happenings *out);

/* False when there is nothing to take on: it does not fire. */
bool alert_acknowledge(const struct alert_rule *rule, struct alert_state *t,
		       const char *author, const struct alert_context *context,
		       struct happenings *out);

/* When something may change by time alone; UINT64_MAX: never. */
uint64_t alert_next_at_ns(const struct alert_rule *rule,
			  const struct alert_state *t,
			  const struct alert_context *context);

/* Compact JSON, times as decimal texts; reading it gives the same state.
 * False with a problem for a text that is none of ours. */
bool alert_state_write(const struct alert_state *t, struct buf *out);
bool alert_state_read(const char *text, size_t len, struct alert_state *out,
		      struct errs *es);

#endif
