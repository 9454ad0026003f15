/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_FACTS_H
#define REPORT_RENDER_FACTS_H

/*
 * facts - what there is to say about a check, one line at a time.
 *
 * The words are the same in every form of a report; the renderers only
 * decide how a line looks.  Every line handed out is bounded, printable
 * (text_printable()) and without a newline, but not escaped for any markup.
 *
 * Thread rule   everything here may be called from any thread.
 * Lifetime      the text of a line lives until its callback returns.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/result.h"

struct buf; /* scenarios/base/buf.h */

enum {
	FACT_NAME_MAX = 200, /* bytes of foreign text in each place */
	FACT_VALUE_MAX = 240,
	FACT_URL_MAX = 400,
	FACT_MESSAGE_MAX = 480,
	FACT_EXCERPT_MAX = 600,
	FACT_ROWS_MAX = 100,	    /* lines of one kind of one step */
	FACT_CERT_NOTICE_DAYS = 30, /* sooner is worth a line */
};

enum fact_kind {
	FACT_ATTEMPT,	  /* attempt 1 of 3: timeout after 5.00 s */
	FACT_STEP,	  /* shop.yaml:12:7  step "get /ready" */
	FACT_MESSAGE,	  /* unhealthy: 2 of 3 parts are not healthy */
	FACT_REQUEST,	  /* GET http://...  503 HTTP/1.1 from 127.0.0.1:80 */
	FACT_HOP,	  /* redirect 1: GET http://...  302  3.00 ms */
	FACT_EXPECTATION, /* status  expected 200  seen 503 */
	FACT_PART,	  /* part database  unhealthy  critical */
	FACT_SLOW,	  /* connect took 4.98 s of 5.00 s */
	FACT_PHASES,	  /* dns 1 ms - connect 2 ms - ... */
	FACT_CERTIFICATE,
	FACT_EXCERPT,
	FACT_REQUEST_ID,
	FACT_CAPTURE,
	FACT_KEPT, /* kept errors{status="500"}: 12 */
	FACT_HEADER,
	FACT_NOTE, /* anything else worth knowing */
	FACT_KIND_N
};

/* Embed it and find your own struct around it in the callback. */
struct facts {
	bool all;  /* what holds as well, not only what does not */
	bool kept; /* the series that a step kept, also without all */
	void (*on_fact)(struct facts *t, enum fact_kind kind, bool bad,
			const char *text);
};

/* The deciding attempt's steps (the failed ones unless t->all), then the
 * attempts before it. */
void facts_check(struct facts *t, const struct check_result *check);
void facts_attempts(struct facts *t, const struct check_result *check);
void facts_step(struct facts *t, const struct step_result *step);

/* ---- words that renderers share ---------------------------------------- */

/* Foreign text: cut to max bytes, then made printable. */
bool say_text(struct buf *out, const char *text, size_t max_bytes);

/* "1 check", "3 checks". */
bool say_count(struct buf *out, uint64_t n, const char *noun);

bool say_phases(struct buf *out, const struct phases *ph);
bool say_spot(struct buf *out, const struct spot *at); /* file:line:col */
bool say_time(struct buf *out, uint64_t at_ns);	       /* RFC 3339, UTC, s */
bool say_expires(struct buf *out, int64_t days); /* "expired 3 days ago" */

/* Loads with that verdict. */
uint64_t count_loads(const struct run_result *run, enum run_verdict verdict);

/* "7 checks: 5 ok, 1 flaky, 1 failed; 1 load: 1 ok in 62.3 s" */
bool say_counts(struct buf *out, const struct run_result *run);

/* "failed: a check failed (exit code 1)" and why, when there is more. */
bool say_verdict(struct buf *out, const struct run_result *run);

/* The name of the scenario, its environment and vantage. */
bool say_title(struct buf *out, const struct run_result *run);

/* "begun 2026-01-01T00:00:00Z, 3 d ago" */
bool say_begun(struct buf *out, const struct run_result *run,
	       uint64_t now_at_ns);

/* One sentence: the message, or that of the outcome. */
const char *check_sentence(const struct check_result *check);

/* Whether a check needs a person to look: all but ok and skipped. */
bool check_needs_look(const struct check_result *check);

/* Whether a check was not observed because this machine could not ask. */
bool check_machine_failed(const struct check_result *check);

/* The step that decided, or NULL. */
const struct step_result *check_failed_step(const struct check_result *check);

#endif
