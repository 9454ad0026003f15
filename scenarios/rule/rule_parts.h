/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_RULE_PARTS_H
#define SCENARIOS_RULE_PARTS_H

/*
 * rule_parts - what the files of rule share, and with them the sentences of
 * alerts (scenarios/alerts/condition), so that both are one language.
 *
 * A cursor walks over the text of a rule.  What takes something moves it on
 * only when that was there; blanks before it are passed over.
 */

#include "scenarios/base/buf.h"
#include "scenarios/rule/rule.h"

enum { RULE_PLANNED_MAX = 10 }; /* times what was planned */

#define RULE_COUNT_MAX (UINT64_C(1) << 53) /* exact as a double */

struct rule_cursor {
	const char *text;
	size_t len;
	size_t at;	   /* the next byte */
	struct place base; /* of text[0] */
	struct arena *arena;
	struct errs *es;
	uint64_t window_max_ns; /* 0: RULE_WINDOW_MAX_NS */
};

/* A part of the text. */
struct rule_span {
	const char *text;
	size_t len;
	size_t at;
};

bool rule_is_blank(char c);
void rule_blank(struct rule_cursor *c);
struct place rule_place(const struct rule_cursor *c, size_t at);

/* One problem at byte `at`; returns false. */
bool rule_fail(struct rule_cursor *c, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));

bool rule_take(struct rule_cursor *c, char wanted);
bool rule_word_take(struct rule_cursor *c, const char *wanted);

/* The word that comes next, not taken; len 0: none. */
struct rule_span rule_word_peek(struct rule_cursor *c);
/* What stands behind an operator: up to a blank, a comma, ) or the end. */
struct rule_span rule_value_take(struct rule_cursor *c);
/* The rest of a text in quotes; s begins behind the first one. */
bool rule_quoted(struct rule_cursor *c, char quote, struct rule_span *s);

/* p95, and its 0.95 */
bool rule_is_quantile(const struct rule_span *s);
bool rule_quantile(struct rule_cursor *c, const struct rule_span *s,
		   double *quantile);
/* A word for requests or their times: latency, 5xx, status. */
bool rule_is_own_word(const struct rule_span *s);
/* for TIME, when that comes next */
bool rule_for_parse(struct rule_cursor *c, uint64_t *for_ns);

/* The time in s, at least low and at most high. */
bool rule_duration(struct rule_cursor *c, const struct rule_span *s,
		   const char *what, uint64_t low, uint64_t high, uint64_t *ns);

bool rule_op_take(struct rule_cursor *c, enum rule_op *op);

/* FUNCTION(WHAT, ...) */
bool rule_head_parse(struct rule_cursor *c, struct rule *r);

#endif
