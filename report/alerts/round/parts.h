/* SPDX-License-Identifier: MIT */
#ifndef REPORT_ALERTS_ROUND_PARTS_H
#define REPORT_ALERTS_ROUND_PARTS_H

/*
 * parts - what the files of report/alerts/round share: one round in the making.
 *
 * Functions that return bool return false with a problem.
 */

#include "report/alerts/machine.h"
#include "report/alerts/round.h"

struct alert_review;
struct arena;
struct silence;
struct scenario;
struct state;

enum {
	ROUND_MEMORY_MAX = 256 << 20, /* bytes of one round */
	ROUND_TEXT_MAX = 4096,	      /* bytes of a message of ours */
	ROUND_NAMES_MAX = 200,	      /* bytes of a list of names */
};

#define NO_CHECK ((size_t)-1)
/* How long a result counts where the scenario has no schedule for it: a cron
 * line or a workflow runs it, often late. */
#define ROUND_FRESH_UNSCHEDULED_NS UINT64_C(900000000000)
/* What is held back by something without a known end is looked at again. */
#define ROUND_LOOK_AGAIN_NS UINT64_C(60000000000)

struct round {
	struct state *st;
	const struct scenario *sc;
	const struct alerts *al;
	const struct round_input *in;
	struct arena *a;
	struct errs *es;
	uint64_t now_at_ns;
	bool is_all; /* every alert is looked at, not only those of the run */
	size_t n_silences;
	const struct silence *silences;
	/* of the check at hand */
	size_t history_of; /* whose history is loaded; NO_CHECK: none */
	struct history history;
	/* what comes out */
	int64_t n_firing; /* of all, or the difference */
	size_t n_letters;
	size_t n_afresh;
	uint64_t next_at_ns;
};

/* A rule and its target. */
struct target {
	size_t rule, check; /* indices; NO_CHECK */
	const struct alert_rule *r;
	const struct check *c;		   /* or NULL */
	const struct check_result *result; /* of this run; or NULL */
	const char *key;		   /* "rule/check" */
};

/* ---- texts by key: store.c ------------------------------------------------ */

const char *target_key(struct round *rd, const struct alert_rule *r,
		       const struct check *c);
/* All 0 when there was none.  *damage: why what there was cannot be read, and
 * it is all 0 as well; NULL: nothing is wrong with it. */
bool target_load(struct round *rd, const char *key, struct alert_state *out,
		 const char **damage);
bool target_store(struct round *rd, const char *key,
		  const struct alert_state *t);
/* The result as the state remembers it. */
struct seen_check seen_of_result(const struct check_result *result,
				 const char *vantage);
uint64_t check_fresh_ns(const struct check *c);

/* ---- one alert: target.c ----------------------------------------------------- */

bool round_target(struct round *rd, const struct target *at);

/* ---- alerts that are no longer watched: gone.c ---------------------------------- */

/* Closes what fires for a rule or a check that the scenario has no more.
 * *is_changed: it has others than it had at the round before. */
bool round_gone(struct round *rd, bool *is_changed);

/* ---- what holds back: held.c --------------------------------------------------- */

/* Notes which checks of this run that others depend on are down. */
bool round_note_down(struct round *rd);
/* Fills held, held_why and held_until_at_ns. */
bool round_held(struct round *rd, const struct target *at,
		const struct alert_state *t, struct alert_context *context);
/* Names of the checks that depend on it; "" . */
const char *dependants_of(struct round *rd, size_t check);

/* ---- what is told: letters.c, log.c -------------------------------------------- */

bool round_tell(struct round *rd, const struct target *at,
		const struct finding *findings, const struct happenings *all,
		const struct alert_context *context);
bool round_log(struct round *rd, const struct target *at,
	       const struct happening *h, const char *title,
	       const char *message, unsigned severity);
/* That its stored state could not be read, as an entry of the log. */
bool round_log_afresh(struct round *rd, const struct target *at,
		      const char *damage);
/* Of a text, and of those before it (0: none). */
uint64_t round_fingerprint(const char *text, uint64_t so_far);
/* What all letters of an outage share: dedup is that, '#' and a number. */
const char *round_episode(struct round *rd, const char *key, uint64_t began_ns);
/* A text as long as a notice tells it at most; NULL without memory. */
const char *round_cut(struct round *rd, const char *text, size_t max_bytes);
/* The end of a notice's way: a letter for one channel. */
struct notice;
bool round_post(struct round *rd, const struct alert_channel *channel,
		const struct notice *n, const char *group, const char *dedup,
		uint64_t not_before_at_ns);

/* What an entry of the log says, read back. */
struct logged {
	const char *rule, *check; /* in the arena */
	const char *title, *message;
	unsigned severity;
	bool was_told;
	uint64_t lasted_ns;
};
struct state_entry;
bool logged_read(const struct state_entry *entry, struct arena *a,
		 struct logged *out);

/* ---- the digest: digest.c -------------------------------------------------------- */

bool round_digest(struct round *rd);

/* What is remembered by name, one number of it a word. */
bool round_note_get(struct round *rd, const char *name, uint64_t *numbers,
		    size_t n, bool *is_there);
bool round_note_put(struct round *rd, const char *name, const uint64_t *numbers,
		    size_t n);

#endif
