/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DELIVER_INSIDE_H
#define PROBE_DELIVER_INSIDE_H

/*
 * inside - what the files of the deliverer share; nobody else includes it.
 *
 *     wake: claim what is due -> bundles, in the lane of their channel
 *     lane: one bundle after the other -> parcel -> written down
 *
 * A lane tells one thing at a time, in order, so that "resolved" does not
 * overtake "down"; lanes do not wait for each other.  What is claimed belongs
 * to this process for DELIVER_LEASE_NS, and is begun only while that is long
 * enough for it to end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/deliver/deliver.h"
#include "probe/engine/engine.h"
#include "report/log.h"
#include "report/notice/notice.h"
#include "report/state/state.h"
#include "scenarios/base/link.h"

struct alert_channel;
struct arena;
struct book;
struct parcel;
struct sent;

enum {
	DELIVER_CLAIM_MAX = 64,	    /* letters at a time */
	DELIVER_TOGETHER_MAX = 100, /* letters that are told together */
	DELIVER_OWNER_MAX = 160,
	DELIVER_BACK_MAX = 1000, /* letters that are known to wait */
	DELIVER_ARENA_MAX = 64 << 20,
};
#define DELIVER_LEASE_NS UINT64_C(120000000000)
#define DELIVER_LOOK_NS	 UINT64_C(15000000000) /* at the outbox, at least */
#define DELIVER_PAUSE_NS UINT64_C(50000000)    /* between two looks */
#define DELIVER_TROUBLE_NS \
	UINT64_C(3000000000) /* that, when the outbox cannot be used */

/* Letters that were claimed together share their memory. */
struct haul {
	struct arena *arena;
	size_t n_users;
};

/* Letters that are told together. */
struct bundle {
	struct link link; /* in the lane */
	struct lane *lane;
	struct haul *haul;
	size_t n;
	struct letter *letters;
	struct notice *notices; /* of each */
	bool *is_through;	/* of each: nothing is left to do */
	uint64_t lease_until_at_ns;
	struct parcel *parcel; /* while it is under way */
};

struct lane {
	struct deliverer *dl;
	const struct alert_channel *channel;
	struct link waiting;
	struct bundle *current;
};

struct deliverer {
	struct deliver_config config;
	char owner[DELIVER_OWNER_MAX];
	struct engine_timer timer;
	size_t n_lanes;
	struct lane *lanes;
	size_t n_busy;	  /* lanes */
	size_t n_letters; /* claimed */
	struct delivered counts;
	size_t n_back; /* letters that were put back */
	uint64_t back[DELIVER_BACK_MAX];
	bool has_trouble; /* the outbox could not be used the last time */
	bool is_closing;
	/* something ended; or NULL */
	void (*on_change)(void *owner);
	void *on_change_owner;
};

/* deliver.c: looks again when the next letter is due. */
void deliver_arm(struct deliverer *dl);

/* bundle.c */

/* Sorts what was claimed into the lanes. */
void bundles_take(struct deliverer *dl, struct haul *haul,
		  struct letter *letters, size_t n, uint64_t now_at_ns);
/* Starts what may be started. */
void lane_go_on(struct lane *lane);
/* Gives everything back. */
void lane_close(struct lane *lane);

/* record.c: what became of letters, written down. */

struct mark {
	enum letter_status status;
	uint64_t at_ns, took_ns;
	uint64_t not_before_at_ns;
	int64_t code;
	const char *detail;
	const char *reference;
};
/* One letter, inside of a transaction or not; said in the log when there is a
 * channel, with what it tells unless n is NULL.  False: why was logged. */
bool record_letter(struct deliverer *dl, const struct alert_channel *channel,
		   const struct letter *l, const struct notice *n,
		   const struct mark *mark);
/* It is claimed again. */
void record_forget_back(struct deliverer *dl, uint64_t id);
/* All of the bundle that are not through. */
void record_bundle(struct bundle *b, const struct mark *mark);
/* The end of a parcel, the letters it did not tell on the way. */
void record_sent(struct bundle *b, const struct sent *sent);
/* Notice i was told to everybody, and others are still on their way. */
void record_taken(struct bundle *b, size_t i, const struct sent *sent);

void deliver_say(struct deliverer *dl, enum log_level level, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));
void deliver_say_problem(struct deliverer *dl, const struct errs *es);

#endif
