/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_JSONPATH_EVAL_H
#define SCENARIOS_JSONPATH_EVAL_H

/*
 * eval - one evaluation: queries (eval.c) and filters (test.c), which call
 * each other.  How deep they can is set by JSONPATH_NESTING_MAX.
 *
 * Thread rule   an evaluation belongs to one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/jsonpath/ast.h"
#include "scenarios/jsonpath/jsonpath.h"

struct eval {
	const cJSON *root;
	uint64_t steps;		     /* that are left */
	enum jsonpath_status status; /* once not OK, all ends */
};

/* False, with the status set, when the steps run out. */
bool eval_spend(struct eval *ev, uint64_t steps);

/* The nodes that a query finds from current.  Ends early, and still true,
 * with enough of them.  False when the status is no longer OK. */
bool eval_query(struct eval *ev, const struct query *query,
		const cJSON *current, size_t enough, struct nodelist *out);

/* The node that a singular query finds, NULL for none. */
const cJSON *eval_singular(struct eval *ev, const struct query *query,
			   const cJSON *current);

/* Is the filter true of a node?  False too when the status is no longer
 * OK. */
bool eval_test(struct eval *ev, const struct expr *expr, const cJSON *current);

#endif
