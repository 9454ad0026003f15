/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REMEMBERED_H
#define REPORT_REMEMBERED_H

/*
 * remembered - the state file and the scenario that a command is about.
 *
 * What commands on a state file have in common: their options, opening both,
 * and telling what was found as text or as JSON.
 *
 *     remembered_open(r, which);
 *     ... r->state, r->scenario, r->arena ...
 *     remembered_tell(r, &to, say_text, say_json, self);
 *     remembered_close(r);          prints what is wrong; the exit code
 *
 * Ownership     everything found lives in r->arena until remembered_close().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/state/state.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"

struct buf;
struct out;

struct remembered_options {
	const char *state;
	const char *scenario;
	const char *environment;
	struct args vars;
	const char *json;
};

/* The rows of a table of options, of a struct remembered_options in it. */
#define REMEMBERED_OPTIONS(type, in)                                       \
	{ "state",                                                         \
	  's',                                                             \
	  OPTION_TEXT,                                                     \
	  OPTION_AT(type, in.state),                                       \
	  .arg = "FILE",                                                   \
	  .help = "the state file that runs were given; " STATE_VARIABLE   \
		  " of the environment when not given" },                  \
		{ "scenario",	 0,                                        \
		  OPTION_TEXT,	 OPTION_AT(type, in.scenario),             \
		  .arg = "FILE", .help = "the scenario it is about" },     \
		{ "env",                                                   \
		  0,                                                       \
		  OPTION_TEXT,                                             \
		  OPTION_AT(type, in.environment),                         \
		  .arg = "NAME",                                           \
		  .help = "choose the block of that name under "           \
			  "environments" },                                \
		{ "var",                                                   \
		  0,                                                       \
		  OPTION_LIST,                                             \
		  OPTION_AT(type, in.vars),                                \
		  .arg = "NAME=VALUE",                                     \
		  .help = "replace the value of a var" },                  \
	{                                                                  \
		"json", 0, OPTION_TEXT, OPTION_AT(type, in.json),          \
			.arg = "FILE",                                     \
			.help = "write it as JSON (- is standard output, " \
				"instead of the "                          \
				"text)"                                    \
	}

enum remembered_how {
	REMEMBERED_TO_READ,
	REMEMBERED_TO_CHANGE, /* the file must be there all the same */
};

struct remembered {
	const struct remembered_options *set;
	struct arena *arena;
	struct state *state;
	struct scenario *scenario; /* NULL: none was given */
	uint64_t now_at_ns;
	struct errs problems;
};

/* needs_scenario: one must be given. */
bool remembered_open(struct remembered *r, const struct remembered_options *set,
		     enum remembered_how how, bool needs_scenario);

/* Neither a state nor a scenario: only the time and the arena. */
bool remembered_nothing(struct remembered *r,
			const struct remembered_options *set);

/* now less a time, 0 at least. */
uint64_t remembered_since(const struct remembered *r, uint64_t ns);

typedef void remembered_say(const void *self, struct buf *out);
bool remembered_tell(struct remembered *r, struct out *to,
		     remembered_say *say_text, remembered_say *say_json,
		     const void *self);

/* The same without state and scenario: the text to *to and, when json is a
 * path, JSON into that file; "-" is standard output, and then no text. */
bool remembered_write(const char *json, struct out *to,
		      remembered_say *say_text, remembered_say *say_json,
		      const void *self, struct errs *es);

/* Says the problems on standard error and gives all back.  The exit code. */
int remembered_close(struct remembered *r);

#endif
