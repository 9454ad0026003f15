/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SAMPLE_ROWS_H
#define TESTS_UNIT_SAMPLE_ROWS_H

/*
 * sample_rows - the facts that sample_run makes its trees of.
 *
 * Fields that are not named stay NULL or 0 here; sample_run fills them up and
 * computes the sums.
 */

#include "report/result/result.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MS(n)	     ((uint64_t)(n)*1000000u)
#define US(n)	     ((uint64_t)(n)*1000u)

/* What a target may say to break out of any form of a report. */
#define HOSTILE                                      \
	"<b>&\"'`|]]>--><!--\x1b[31mred\x07\x01\x7f" \
	"%0A::error::x,y:z##[error]#\\ $(id) "       \
	"@all\r\n...\n---\n</details>\tend\xff\xc3"

/* In the order of enum phase. */
#define PHASES(...)                   \
	{                             \
		.ns = { __VA_ARGS__ } \
	}

struct try_row {
	size_t n;
	const struct step_result *steps; /* NULL: no attempt */
};

enum { TRIES_MAX = 3 };

struct check_row {
	const char *name;
	uint64_t line;
	enum severity severity;
	const char *tags;
	uint64_t pause_ns; /* between attempts */
	struct try_row tries[TRIES_MAX];
};

struct check_rows {
	const struct check_row *row;
	size_t n;
};

extern const struct check_rows rows_rich;
extern const struct check_rows rows_simple;
extern const struct check_rows rows_partial;

/* A step that holds and one with unhealthy parts and an excerpt. */
extern const struct try_row try_good;
extern const struct try_row try_bad;

#endif
