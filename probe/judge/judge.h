/* SPDX-License-Identifier: MIT */
#ifndef PROBE_JUDGE_H
#define PROBE_JUDGE_H

/*
 * judge - an answer and a list of expectations become a step's verdict.
 *
 * Every expectation is judged, also after one that failed and whatever the
 * status was: a 503 has a body, too.  Each becomes one row of the result
 * (what was expected, what was seen, why it does not hold).  It knows no
 * sockets: the answer may as well be made up.
 *
 *     judging_init(&j, ...);
 *     judge_expect(&j, &step->expect);
 *     health_judge(&j, spec);          (kinds that judge more)
 *     judging_finish(&j, &result);
 *     judging_release(&j);
 *
 * Thread rule   belongs to the thread of its journey.
 * Ownership     borrows all that comes in; what goes out lives in the arena
 *               of the result.  Texts are redacted and bounded on their way
 *               in, so that a secret cannot be cut in half.
 * Memory        when there is none, rows are left out, but one that failed
 *               still makes the step fail.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/engine/exchange.h"
#include "report/result/result.h"
#include "scenarios/model.h"
#include "scenarios/template/template.h"

struct arena;
struct buf;
struct cJSON;
struct child_result; /* probe/engine/child.h */
struct redactor;
struct scrape;

enum {
	JUDGE_TEXT_MAX = 300,	 /* bytes of one text of a row, redacted */
	JUDGE_MESSAGE_MAX = 700, /* of the sentence of a step, redacted */
	JUDGE_WHY_MAX = 1 << 18, /* of one before it is redacted */
	JUDGE_ROWS_MAX = 2000,	 /* rows of one step */
	JUDGE_KEPT_MAX = 2000,	 /* series kept of one step */
	JUDGE_LABELS_MAX = 1000, /* bytes of the labels of one, redacted */
};

/* What is judged: the last answer, and what led to it. */
struct seen {
	const struct answer *answer;
	const char *url;      /* the last one asked; "" */
	bool is_encrypted;    /* the last hop was to be */
	uint64_t redirects;   /* followed */
	struct phases phases; /* of all hops together */
	size_t n_cookies;     /* of the session, after the answer */
	const struct field *cookies;
	uint64_t wall_ns; /* when it was judged, since 1970 */
	const char *server_time_header;
	uint64_t server_time_unit_ns;
	size_t n_turns; /* of a TCP dialogue */
	const struct buf *turns;
	const struct child_result *child; /* of a command; else NULL */
};

struct judging {
	/* in */
	struct arena *arena;		    /* of the result */
	const struct template_world *world; /* its own: values, below */
	const struct redactor *redactor;    /* or NULL */
	const struct seen *seen;
	const struct step *step;

	/* out: a kind that judges more may set these two when they are still
	 * unset; a row that failed sets the outcome by itself otherwise */
	enum outcome outcome; /* OUTCOME_OK: not set */
	const char *message;  /* NULL: made from the rows */

	/* its own */
	struct expectation *rows;
	size_t n_rows, room;
	size_t n_failed;
	bool status_failed; /* a row of EXPECT_STATUS */
	bool exit_failed;   /* a row of EXPECT_EXIT */
	bool json_tried, json_told;
	bool is_terse;	 /* what holds is not taken down: nobody reads it */
	bool is_foreign; /* what the world shows now; judge_foreign() */
	struct template_world values;
	struct cJSON *json;
	const char *json_why;
	struct scrape *scrape; /* probe/judge/scrape.h; NULL: not read */
	struct kept *kept;
	size_t n_kept, kept_room;
};

void judging_init(struct judging *j, struct arena *a,
		  const struct template_world *world, const struct redactor *r,
		  const struct step *step, const struct seen *seen);
void judging_release(struct judging *j);

/* Says of whom the text is that match_judge() will show next, so that it is
 * redacted, and masked, before match cuts it. */
void judge_foreign(struct judging *j, bool is_foreign);

/* Adds one row; every text of it is redacted, bounded and copied, NULL is "".
 * is_foreign: seen and note carry bytes that the target chose, so that
 * personal data in them is masked, too. */
void judging_add(struct judging *j, const struct expectation *row,
		 bool is_foreign);

/* The body as JSON, read once; NULL when it is none, with the reason in *why
 * (may be NULL): "at line 1, column 1: ...".  Lives as long as the judging. */
const struct cJSON *judging_json(struct judging *j, const char **why);

/* Keeps one series; texts of it are redacted, bounded and copied, NULL is "".
 * One that cannot be kept (no finite number, too many, labels that are too
 * long) is left out, and false is returned. */
bool judging_keep(struct judging *j, const struct kept *kept);

/* All of the list.  Nothing for certificates only: judge_certificate() takes
 * just those rows that can be judged without an answer. */
void judge_expect(struct judging *j, const struct expect_list *list);
void judge_certificate(struct judging *j, const struct expect_list *list);

/* Rows, outcome and message into the result.  An outcome that r has already
 * (the transport's) stays. */
void judging_finish(struct judging *j, struct step_result *r);

/* "dns took 4.80 s of 5.00 s": the phase of the target that took most. */
void judge_say_time(const struct phases *ph, struct buf *out);

/* Where in the model becomes where in the result. */
struct spot judge_spot(struct place at);

#endif
