/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_CONDITION_PARTS_H
#define SCENARIOS_CONDITION_PARTS_H

/*
 * condition_parts - what the files of conditions share; nobody else includes
 * it.
 */

#include "scenarios/alerts/alerts.h"
#include "scenarios/rule/rule_parts.h"

/* A sentence while it is read. */
struct sentence {
	struct rule_cursor c;
	struct condition *out;
	struct rule_span word;	/* its function */
	struct rule_span inner; /* what stands in the brackets */
	struct rule_span op;
};

/* FUNCTION "(", which both must be there. */
bool sentence_open(struct sentence *s, const char *like);
/* ")" */
bool sentence_close(struct sentence *s);
/* A name, in quotes when it is no plain word. */
bool sentence_name(struct sentence *s, const char *what, const char **name);
/* The operator, which it remembers. */
bool sentence_op(struct sentence *s);

/* condition_value.c: the value behind the operator, into out->value. */
bool value_of_requests(struct sentence *s);
bool value_of_series(struct sentence *s);
bool value_of_series_rate(struct sentence *s);
bool value_of_quotient(struct sentence *s);
bool value_of_increase(struct sentence *s);
bool value_whole(struct sentence *s, uint64_t low, uint64_t high,
		 const char *like);
bool value_duration(struct sentence *s, uint64_t low, uint64_t high);

/* condition_series.c: sentences about series. */
bool sentence_value(struct sentence *s);
bool sentence_aggregate(struct sentence *s);
bool sentence_series_quantile(struct sentence *s);
bool sentence_series_rate(struct sentence *s);
bool sentence_increase(struct sentence *s);

#endif
