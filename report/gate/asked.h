/* SPDX-License-Identifier: MIT */
#ifndef REPORT_GATE_ASKED_H
#define REPORT_GATE_ASKED_H

/*
 * asked - the settings of a gate as options of a command.
 *
 * One table for every command that judges cells with margins of its own.  Put
 * a struct gate_asked into the options of the command, GATE_OPTIONS() into its
 * table, gate_asked_init() before it is parsed.
 *
 * Units         shares are in 1e-9, as OPTION_PERCENT writes them.
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/options.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

struct arena;
struct errs;
struct gate_settings; /* report/result/gate_result.h */

struct gate_asked {
	uint64_t alpha, min_effect, equivalence, min_rate, tau;
	double min_ratio, slow_factor;
	const char *quantiles;
	bool is_strict;
};

/* Each row: member, kind, name, argument, least and most (of shares), help. */
#define GATE_ASKED(X, type, at)                                                \
	X(type, at, alpha, OPTION_PERCENT, "alpha", "PERCENT",                 \
	  LOAD_GATE_ALPHA_MIN_PPB, LOAD_GATE_ALPHA_MAX_PPB,                    \
	  "probability of a false alarm, of all metrics together")             \
	X(type, at, min_effect, OPTION_PERCENT, "min-effect", "PERCENT", 0,    \
	  10 * UNIT_PPB_WHOLE, "the smallest change of latency that counts")   \
	X(type, at, equivalence, OPTION_PERCENT, "equivalence", "PERCENT", 0,  \
	  10 * UNIT_PPB_WHOLE, "a change of latency within it is none")        \
	X(type, at, quantiles, OPTION_TEXT, "quantiles", "LIST", 0, 0,         \
	  "those of latency that decide: p50,p99")                             \
	X(type, at, min_rate, OPTION_PERCENT, "min-rate", "PERCENT", 0,        \
	  UNIT_PPB_WHOLE,                                                      \
	  "errors and slow requests must be so much more, in percentage "      \
	  "points")                                                            \
	X(type, at, min_ratio, OPTION_NUMBER, "min-ratio", "NUMBER", 0, 0,     \
	  "and so many times as many")                                         \
	X(type, at, slow_factor, OPTION_NUMBER, "slow-factor", "NUMBER", 0, 0, \
	  "a request is slow above so many medians")                           \
	X(type, at, tau, OPTION_PERCENT, "tau", "PERCENT", 0, UNIT_PPB_WHOLE,  \
	  "how much launches of one build differ, where too few were made")    \
	X(type, at, is_strict, OPTION_FLAG, "strict", NULL, 0, 0,              \
	  "exit code 3 when it cannot be told")

#define GATE_OPTION(type, at_, member, kind_, name_, arg_, min_, max_, help_) \
	{ .name = name_,                                                      \
	  .kind = kind_,                                                      \
	  .at = OPTION_AT(type, at_.member),                                  \
	  .arg = arg_,                                                        \
	  .min = min_,                                                        \
	  .max = max_,                                                        \
	  .help = help_ },

/* Ends with the comma of its last row. */
#define GATE_OPTIONS(type, member)                                        \
	{ .help = "judging (as it was measured where nothing is said)" }, \
		GATE_ASKED(GATE_OPTION, type, member)

/* Nothing is asked. */
void gate_asked_init(struct gate_asked *t);

/* Whether anything is. */
bool gate_asked_any(const struct gate_asked *t);

/* Puts what is asked in place of what *s has; lists live in the arena.
 * Quantiles that are not asked for are told on, and do not decide. */
bool gate_asked_apply(const struct gate_asked *t, struct gate_settings *s,
		      struct arena *a, struct errs *es);

#endif
