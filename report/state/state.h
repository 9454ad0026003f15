/* SPDX-License-Identifier: MIT */
#ifndef REPORT_STATE_H
#define REPORT_STATE_H

/*
 * state - what assay remembers between runs, in one SQLite file.
 *
 * The scheduled one-shot run and the daemon share it; several processes may
 * have it open.  Everything that belongs together happens in one transaction
 * (state_begin() ... state_commit()), so that a run killed at any point leaves
 * it as it was before or after.  It stores and finds; it judges nothing.
 *
 * File          application_id names it as ours, user_version its layout;
 *               journal WAL (rollback journal where the file system cannot),
 *               foreign keys, an integrity check when it is opened.  A file
 *               of somebody else, a damaged one, or one of a newer assay is
 *               refused with the remedy and never written to.
 * Errors        false or NULL with a problem: ERR_INPUT for a file that is
 *               refused, ERR_SYSTEM for a full disk, a read-only file, or one
 *               that stays locked (STATE_BUSY_NS).
 * Thread rule   one handle, one thread.
 * Ownership     texts that are found live in the arena given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/alerts/history.h"
#include "report/result/result.h"

struct arena;
struct errs;
struct hist;	 /* report/hist/hist.h */
struct scenario; /* scenarios/model.h */
struct state;

enum { STATE_LAYOUT = 2 };
/* Names the state file where no option does. */
#define STATE_VARIABLE "ASSAY_STATE"
#define STATE_BUSY_NS  UINT64_C(10000000000) /* waits so long for others */
/* and so long when that was in vain, until it has the lock again */
#define STATE_BUSY_AGAIN_NS UINT64_C(1000000000)

enum state_found {
	STATE_FRESH, /* it was not there, and was made */
	STATE_OLDER, /* migrated from an older layout */
	STATE_RESUMED,
};

/* The file that is meant: what an option says, else the variable; NULL: none. */
const char *state_named(const char *option);
/* *found tells how it was found (may be NULL). */
struct state *state_open(const char *path, enum state_found *found,
			 struct errs *es);
/* Whether it is not there, or looks like one of ours: false with a problem for
 * one that state_open() refuses, before anything is made beside it.  Not while
 * this process has it open: that would end its locks (fcntl(2)). */
bool state_is_takable(const char *path, struct errs *es);
/* Only to look: never makes the file nor changes what is in it. */
struct state *state_open_readonly(const char *path, struct errs *es);
void state_close(struct state *st); /* NULL is fine; rolls back */
/* What it takes on the disk now, with the log beside it; 0: unknown. */
uint64_t state_bytes(const struct state *st);

/* One writer at a time: begin takes the write lock.  Whatever fails inside a
 * transaction makes all of it fail: what follows and the commit are refused,
 * and a commit that returns false has rolled back. */
bool state_begin(struct state *st, struct errs *es);
bool state_commit(struct state *st, struct errs *es);
void state_rollback(struct state *st);

/* ---- observations ----------------------------------------------------- */

/* Takes down every check of a sealed run: verdicts, requests, series.  The
 * same run (scenario, vantage, start) twice is once, and one from before what
 * is still kept is none.  *is_new false then (may be NULL). */
bool state_take_run(struct state *st, const struct run_result *sealed,
		    bool *is_new, struct errs *es);
/* Whether one of the scenario and vantage of a run that was taken down began
 * later than now: the clock was ahead, and alerts wait until it is there. */
bool state_is_ahead(struct state *st, const struct run_result *run,
		    uint64_t now_at_ns, bool *is_so, struct errs *es);

/* What to say of one that was to be new and was not. */
#define STATE_NOT_NEW                                                        \
	"what was seen was not taken down: the state has results from the "  \
	"future, or of this very time; is the clock right? Set it, or move " \
	"the file away to begin anew"

/* What was seen of a check of a scenario since that time; "" is what belongs
 * to no check: events and heartbeats. */
bool state_history(struct state *st, const char *scenario, const char *check,
		   uint64_t since_at_ns, struct arena *a, struct history *out,
		   struct errs *es);

/* ---- what others tell ------------------------------------------------- */

bool state_event_add(struct state *st, const struct seen_event *ev,
		     struct errs *es);

/* ---- alerts: one row a rule and target -------------------------------- */

/* The state of one alert as its machine keeps it (report/alerts/machine.h), in
 * that module's own text form. */
bool state_alert_get(struct state *st, const char *scenario, const char *key,
		     struct arena *a, const char **text, struct errs *es);
/* To put NULL forgets it. */
bool state_alert_put(struct state *st, const char *scenario, const char *key,
		     const char *text, struct errs *es);
/* All there are of a scenario, in the order of their keys. */
bool state_alert_keys(struct state *st, const char *scenario, struct arena *a,
		      const char *const **out, size_t *n, struct errs *es);

/* The log of what happened to alerts; kind and text are its writer's. */
struct state_entry {
	uint64_t id;
	uint64_t at_ns;
	const char *scenario;
	const char *key;  /* "rule/check" */
	const char *kind; /* "firing", "resolved" ... */
	const char *text; /* JSON */
};
bool state_entry_add(struct state *st, struct state_entry *entry,
		     struct errs *es); /* sets id */
/* scenario NULL: of all. */
bool state_entries(struct state *st, const char *scenario, uint64_t since_at_ns,
		   struct arena *a, const struct state_entry **out, size_t *n,
		   struct errs *es);

/* ---- outbox ------------------------------------------------------------ */

enum letter_status {
	LETTER_WAITING,
	LETTER_SENDING, /* taken by a process; given back when that dies */
	LETTER_SENT,
	LETTER_EXPIRED,
	LETTER_REFUSED, /* the service will never take it */
	LETTER_STATUS_N
};

/* A notice for one channel.  Its text is report/notice's. */
struct letter {
	uint64_t id;
	const char *scenario;
	const char *channel;
	const char *group; /* letters of one channel and group may be told
			    * together; "" */
	const char *dedup; /* unique within its channel: twice is once */
	const char *text;  /* the notice as JSON */
	uint64_t made_at_ns;
	uint64_t not_before_at_ns; /* batch, hours, back-off */
	uint64_t expires_at_ns;
	uint64_t attempts; /* that ended, whatever the end */
	enum letter_status status;
};

bool state_letter_put(struct state *st, const struct letter *l, bool *is_new,
		      struct errs *es);
/* The channels that have letters whose dedup begins so: who was told of it. */
bool state_letter_channels(struct state *st, const char *scenario,
			   const char *dedup_start, struct arena *a,
			   const char *const **out, size_t *n, struct errs *es);
/* Claims what is due: at most max, oldest first; owner is a text that names
 * the process, lease_ns how long the others keep their hands off.  Due is what
 * has reached not_before, what has expired (it is for the caller to say so by
 * state_delivered()), and what was claimed by one whose lease has ended. */
bool state_letters_claim(struct state *st, const char *scenario,
			 uint64_t now_at_ns, const char *owner,
			 uint64_t lease_ns, size_t max, struct arena *a,
			 struct letter **out, size_t *n, struct errs *es);
/* How an attempt went; it is written to the delivery log. */
struct delivery {
	uint64_t letter;
	uint64_t at_ns;
	uint64_t took_ns;
	enum letter_status status; /* after it */
	uint64_t not_before_at_ns; /* WAITING: next try */
	int64_t code;		   /* HTTP or SMTP status; 0 */
	const char *detail;	   /* in words, redacted */
	const char *reference; /* the service's own id (message, issue); "" */
};
bool state_delivered(struct state *st, const struct delivery *d,
		     struct errs *es);
bool state_deliveries(struct state *st, uint64_t since_at_ns, struct arena *a,
		      const struct delivery **out,
		      const struct letter **letters, size_t *n,
		      struct errs *es);
/* What waits or is being sent, of all scenarios, the oldest first. */
bool state_letters_waiting(struct state *st, struct arena *a,
			   const struct letter **out, size_t *n,
			   struct errs *es);
/* When the next letter is due, or given back; UINT64_MAX: none waits. */
bool state_letters_next(struct state *st, const char *scenario, uint64_t *at_ns,
			struct errs *es);

/* ---- silences, acknowledgements, audit --------------------------------- */

struct silence {
	uint64_t id;
	const char *rule;  /* glob; "*" */
	const char *check; /* glob; "*" */
	uint64_t from_at_ns, until_at_ns;
	const char *author, *reason;
};
bool state_silence_add(struct state *st, struct silence *s, struct errs *es);
bool state_silence_end(struct state *st, uint64_t id, uint64_t at_ns,
		       struct errs *es);
/* Those in force at that time. */
bool state_silences(struct state *st, uint64_t at_ns, struct arena *a,
		    const struct silence **out, size_t *n, struct errs *es);

struct audit_record { /* DA2 */
	uint64_t at_ns;
	const char *user, *action, *resource, *details;
	bool success;
};
bool state_audit_add(struct state *st, const struct audit_record *r,
		     struct errs *es);
bool state_audits(struct state *st, uint64_t since_at_ns, struct arena *a,
		  const struct audit_record **out, size_t *n, struct errs *es);

/* The log of alerts and the records are chained, row by row, with SHA-256: what
 * that proves is told in report/state/chain/chain.h. */
struct state_chain {
	const char *scenario; /* NULL: the audit records */
	uint64_t n;	      /* rows there are */
	uint64_t n_removed;   /* by their age */
	const char *head;     /* hexadecimal */
	const char *flaw;     /* the first row that does not fit; NULL: none */
};
/* Looks through all of them.  A head that was noted earlier is found when it is
 * the hash of a row that fits, or of the last one removed: is_found, one for
 * each of n_heads. */
bool state_chains(struct state *st, const char *const *heads, size_t n_heads,
		  bool *is_found, struct arena *a,
		  const struct state_chain **out, size_t *n, struct errs *es);

/* The head of the log of a scenario's alerts, to be noted elsewhere; NULL: there
 * is nothing in it. */
bool state_chain_head(struct state *st, const char *scenario, struct arena *a,
		      const char **head, struct errs *es);

/* Small things that are remembered by name: the breaker of a channel, the
 * id of an issue, when the digest was told last.  NULL when not there; to put
 * NULL forgets it. */
bool state_note_get(struct state *st, const char *name, struct arena *a,
		    const char **text, struct errs *es);
bool state_note_put(struct state *st, const char *name, const char *text,
		    struct errs *es);

/* ---- the past in buckets, and keeping it small -------------------------- */

/* What a scenario says of schedules and of how long to keep what was seen, and
 * how far back its conditions look: remembered, so that a later clean and the
 * buckets know.  To be called when a run begins; unchanged costs little. */
bool state_scenario_put(struct state *st, const struct scenario *sc,
			struct errs *es);

enum bucket_level {
	BUCKET_RAW, /* no length of their own: each stretch of one kind */
	BUCKET_MINUTE,
	BUCKET_HOUR,
	BUCKET_DAY, /* of UTC */
	BUCKET_LEVELS_N
};

/*
 * Availability and latency of a bucket: its five times add up to its length.
 * An observation counts from its end until the next one of its vantage, but
 * no longer than until that is due (its schedule and a tenth of it, 10 s to
 * 1 h; without a schedule the middle of the gaps between the newest).  Up: it
 * holds.  Degraded: flaky, or only parts failed whose severity is lower than
 * that of the check, or vantages differ.  Inconclusive: in its start period,
 * or our own machine failed.  Counts belong to where the observation ended.
 */
struct state_bucket {
	uint64_t from_at_ns, length_ns;
	uint64_t up_ns, degraded_ns, down_ns, inconclusive_ns, not_observed_ns;
	uint64_t n_checks, n_failed, n_requests, n_errors;
	/* of the requests, 0 without any; see state_latency() */
	uint64_t p50_ns, p95_ns, p99_ns, max_ns;
};
enum { STATE_BUCKETS_MAX = 200000 };

/* Buckets of that level between two times, empty ones (not observed) too; the
 * first begins, and the last ends, where a whole one does.  Of what is not
 * rolled up yet they are made from the observations.  What is no longer kept at
 * that level is not observed: ask for a longer one. */
bool state_buckets(struct state *st, const char *scenario, const char *check,
		   enum bucket_level level, uint64_t from_at_ns,
		   uint64_t until_at_ns, struct arena *a,
		   struct state_bucket **out, size_t *n, struct errs *es);
/* Adds the latency of all requests in those buckets; not of BUCKET_RAW. */
bool state_latency(struct state *st, const char *scenario, const char *check,
		   enum bucket_level level, uint64_t from_at_ns,
		   uint64_t until_at_ns, struct hist *into, struct errs *es);

/* Ages; a longer level is kept at least as long as a shorter one, and raw at
 * least as long as conditions look back. */
#define STATE_RAW_NS	UINT64_C(172800000000000)   /* 2 days */
#define STATE_MINUTE_NS UINT64_C(1209600000000000)  /* 14 days */
#define STATE_HOUR_NS	UINT64_C(7776000000000000)  /* 90 days */
#define STATE_DAY_NS	UINT64_C(63072000000000000) /* 2 years */

/* 0: what the scenarios say, or the default.  Events and the delivery log are
 * kept as long as hours, the alert log and audits as long as days. */
struct state_keep {
	uint64_t raw_ns, minute_ns, hour_ns, day_ns;
	uint64_t max_bytes;	/* of the file; 0: none */
	uint64_t older_than_ns; /* nothing older is kept at all; 0 */
};
struct state_cleaned {
	uint64_t rolled;  /* minutes of checks */
	uint64_t removed; /* rows */
	uint64_t bytes_before, bytes_after;
	bool has_room; /* false: max_bytes asks for more than may go */
};
/* Rolls up what is complete, removes what is too old, then as much of the
 * oldest as max_bytes asks.  What waits in the outbox is never removed.  Not
 * inside a transaction. */
bool state_clean(struct state *st, const struct state_keep *keep,
		 uint64_t now_at_ns, struct state_cleaned *out,
		 struct errs *es);
/* Does so with what the scenarios say, unless any process has done it within
 * STATE_TIDY_NS: for runs that nobody cleans up behind.  *was_due tells. */
#define STATE_TIDY_NS UINT64_C(3600000000000)
bool state_tidy(struct state *st, uint64_t now_at_ns, bool *was_due,
		struct state_cleaned *out, struct errs *es);

#endif
