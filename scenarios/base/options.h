/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_OPTIONS_H
#define SCENARIOS_OPTIONS_H

/*
 * options - the command line of one command, declared once as a table.
 *
 * The table parses, checks and prints its own help.  Names are exact: no
 * abbreviations.  --name=value, --name value, -n value, -nvalue, -abc for
 * flags; options may follow operands; -- ends them; a lone - is an operand.
 * It prints nothing.
 *
 *     static const struct option_spec specs[] = {
 *             { .help = "output" },
 *             { "quiet", 'q', OPTION_FLAG, OPTION_AT(struct mine, quiet),
 *               .help = "say nothing when all is well" },
 *             { "timeout", 't', OPTION_DURATION,
 *               OPTION_AT(struct mine, timeout_ns), .arg = "TIME",
 *               .preset = "10s", .help = "give up after TIME" },
 *             { 0 },
 *     };
 *
 * Thread rule   everything here may be called from any thread.
 * Lifetime      values borrow argv and the table; lists are allocated, see
 *               options_release().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;  /* scenarios/base/buf.h */
struct errs; /* scenarios/base/err.h */

/* Each kind says the type of the field it writes. */
enum option_kind {
	OPTION_FLAG,	 /* bool: true; takes no argument */
	OPTION_UNFLAG,	 /* bool: false; takes no argument */
	OPTION_TEXT,	 /* const char * */
	OPTION_LIST,	 /* struct args; may be repeated */
	OPTION_COUNT,	 /* uint64_t */
	OPTION_NUMBER,	 /* double; min and max do not apply */
	OPTION_DURATION, /* uint64_t, nanoseconds */
	OPTION_SIZE,	 /* uint64_t, bytes */
	OPTION_PERCENT,	 /* uint64_t, 1e-9 parts */
	OPTION_RATE,	 /* struct unit_rate; min and max do not apply */
	OPTION_CHOICE,	 /* unsigned: index in choices */
};

enum { OPTIONS_MAX = 128 }; /* rows of one table */

/* A row with help alone is a heading; a zeroed row ends the table. */
struct option_spec {
	const char *name; /* without -- */
	char letter;	  /* without -, or 0 */
	enum option_kind kind;
	size_t at;	    /* OPTION_AT() */
	const char *arg;    /* what the help calls the argument */
	const char *help;   /* one line or more; wrapped */
	const char *preset; /* written when not given, as if it was; or NULL:
			     * then the field stays as it was */
	uint64_t min;	    /* in the unit of the field */
	uint64_t max;	    /* 0: no upper limit */
	const char *const *choices; /* OPTION_CHOICE; ends with NULL */
};

#define OPTION_AT(type, field) offsetof(type, field)

struct args {
	const char **item; /* the pointers are borrowed from argv */
	size_t n;
	size_t room;
};

bool args_add(struct args *t, const char *item); /* false: no memory */
void args_release(struct args *t);

/* Reads argv[1] to argv[argc - 1].  rest gets the operands; NULL when the
 * command takes none, then an operand is a problem.  All problems are
 * collected.  rest and lists must come in zeroed, and are to be released
 * whatever is returned. */
bool options_parse(const struct option_spec *specs, void *into, int argc,
		   char **argv, struct args *rest, struct errs *es);

/* Frees the lists in *into. */
void options_release(const struct option_spec *specs, void *into);

/* Aligned, at most 80 columns wide, with preset and choices. */
void options_help(const struct option_spec *specs, struct buf *out);

/* Looks for what is wrong with a table: a name or letter twice, a preset
 * that does not parse, no help, an argument name where none belongs ...  One
 * sentence in *why.  For the unit tests. */
bool options_check(const struct option_spec *specs, struct buf *why);

/* The row of that name, NULL when there is none. */
const struct option_spec *options_find(const struct option_spec *specs,
				       const char *name);

#endif
