/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_AFTER_H
#define LOADGEN_AFTER_H

/*
 * after - watches a service with little load, as after a deployment, and
 * compares it with a run that is stored.
 *
 * Of each load that is chosen it makes one that sends at a low rate: that of
 * --rate, else AFTER_RATE_MAX a second or that of the stored run, whichever is
 * less; drawn (poisson), so that it does not beat in time with anything.  All
 * start at once; a warm-up of whole seconds stays, limits are left out: what
 * is judged is the difference (report/against/against.h).  Without --against it
 * only measures: what it writes can be compared with later.
 *
 *     struct after *af = after_new(&set, &ask, problems, warnings);
 *     after_fill(af, &config);
 *     run = run_loads(&config, ...);
 *     after_finish(af, run)        before the result is sealed
 *     after_tell(af, ...)          when it is written (hooks.h)
 *
 * Thread rule   one thread, the main one.
 * Ownership     what it makes lives in the arena that is given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/against/against.h"
#include "scenarios/base/options.h"
#include "scenarios/base/units.h"

struct after;
struct arena;
struct errs;
struct load_config; /* loadgen/run/load_run.h */
struct run_result;
struct scenario;

#define AFTER_RATE_MAX	   10.0 /* arrivals a second, of each load */
#define AFTER_WATCH_MIN_NS UINT64_C(1000000000)
#define AFTER_WATCH_MAX_NS UINT64_C(86400000000000)
#define AFTER_MARGIN_MAX   UINT64_C(100000000000) /* 10000 % in 1e-9 */
#define AFTER_ERRORS_MAX   UINT64_C(900000000)
#define AFTER_LEVEL_MIN	   UINT64_C(1000) /* one in a million */
#define AFTER_LEVEL_MAX	   UINT64_C(900000000)

struct after_settings {
	uint64_t watch_ns; /* 0: it is an ordinary run */
	const char *against;
	uint64_t latency_margin, error_margin; /* 1e-9 */
	uint64_t worse_level, same_level;      /* 1e-9 */
	const char *command, *webhook;
	uint64_t hook_ns;
};

#define AFTER_OPTIONS(type, member)                                            \
	{ .help = "after a deployment" },                                      \
		{ "watch",                                                     \
		  0,                                                           \
		  OPTION_DURATION,                                             \
		  OPTION_AT(type, member.watch_ns),                            \
		  .arg = "TIME",                                               \
		  .min = AFTER_WATCH_MIN_NS,                                   \
		  .max = AFTER_WATCH_MAX_NS,                                   \
		  .help = "send little (10 a second, or what the stored run "  \
			  "had, or --rate) for at most TIME" },                \
		{ "against",                                                   \
		  0,                                                           \
		  OPTION_TEXT,                                                 \
		  OPTION_AT(type, member.against),                             \
		  .arg = "RESULT",                                             \
		  .help = "compare errors and p95 with that stored result, "   \
			  "and end as soon as it is decided; exit code 1 "     \
			  "when "                                              \
			  "it is worse, 3 when it could not be decided" },     \
		{ "latency-margin",                                            \
		  0,                                                           \
		  OPTION_PERCENT,                                              \
		  OPTION_AT(type, member.latency_margin),                      \
		  .arg = "PERCENT",                                            \
		  .preset = "25%",                                             \
		  .max = AFTER_MARGIN_MAX,                                     \
		  .help = "with --against: so much slower is not worse" },     \
		{ "error-margin",                                              \
		  0,                                                           \
		  OPTION_PERCENT,                                              \
		  OPTION_AT(type, member.error_margin),                        \
		  .arg = "PERCENT",                                            \
		  .preset = "1%",                                              \
		  .max = AFTER_ERRORS_MAX,                                     \
		  .help = "with --against: so many more of all requests may "  \
			  "fail" },                                            \
		{ "worse-level",                                               \
		  0,                                                           \
		  OPTION_PERCENT,                                              \
		  OPTION_AT(type, member.worse_level),                         \
		  .arg = "PERCENT",                                            \
		  .preset = "1%",                                              \
		  .min = AFTER_LEVEL_MIN,                                      \
		  .max = AFTER_LEVEL_MAX,                                      \
		  .help = "with --against: most chance of calling worse what " \
			  "is not" },                                          \
		{ "same-level",                                                \
		  0,                                                           \
		  OPTION_PERCENT,                                              \
		  OPTION_AT(type, member.same_level),                          \
		  .arg = "PERCENT",                                            \
		  .preset = "5%",                                              \
		  .min = AFTER_LEVEL_MIN,                                      \
		  .max = AFTER_LEVEL_MAX,                                      \
		  .help = "with --against: most chance of calling not worse "  \
			  "what is worse" },                                   \
		{ "on-fail-command",                                           \
		  0,                                                           \
		  OPTION_TEXT,                                                 \
		  OPTION_AT(type, member.command),                             \
		  .arg = "COMMAND",                                            \
		  .help = "when it is worse, give COMMAND to /bin/sh; "        \
			  "ASSAY_VERDICT, ASSAY_LOAD, ASSAY_METRIC, "          \
			  "ASSAY_BEFORE, ASSAY_NOW, ASSAY_BOUND, "             \
			  "ASSAY_MESSAGE and ASSAY_RESULT tell it why" },      \
		{ "on-fail-webhook",                                           \
		  0,                                                           \
		  OPTION_TEXT,                                                 \
		  OPTION_AT(type, member.webhook),                             \
		  .arg = "URL",                                                \
		  .help = "when it is worse, POST a notice as JSON to URL" },  \
		{ "hook-timeout",                                              \
		  0,                                                           \
		  OPTION_DURATION,                                             \
		  OPTION_AT(type, member.hook_ns),                             \
		  .arg = "TIME",                                               \
		  .preset = "60s",                                             \
		  .min = AFTER_WATCH_MIN_NS,                                   \
		  .max = AFTER_WATCH_MAX_NS,                                   \
		  .help = "how long each of these two may take, tries and "    \
			  "all" },

/* What the command line says, on its own. */
bool after_check(const struct after_settings *set, struct errs *es);

struct after_ask {
	const struct scenario *scenario;
	const bool *chosen;
	double rate_per_s; /* of --rate; 0: not given */
	struct arena *arena;
};

/* NULL with problems: the stored run cannot be read or compared with, or it
 * has no load of that name. */
struct after *after_new(const struct after_settings *set,
			const struct after_ask *ask, struct errs *problems,
			struct errs *warnings);
void after_free(struct after *af); /* NULL is fine */

/* Puts the scenario, the listener and what is left out into the
 * configuration. */
void after_fill(struct after *af, struct load_config *config);

/* Adds what became of it to the run and judges that again. */
bool after_finish(struct after *af, struct run_result *run, struct errs *es);

#endif
