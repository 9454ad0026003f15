/* SPDX-License-Identifier: MIT */
#ifndef REPORT_COMMAND_H
#define REPORT_COMMAND_H

/*
 * command - one row of the program's table of commands.
 *
 * Help, the usage line and the man page come from it.  A command may have
 * commands of its own (assay report clean): rows of the same kind, named with
 * both words.
 */

struct option_spec; /* scenarios/base/options.h */

struct command {
	const char *name;     /* "probe", "report clean" */
	const char *operands; /* "SCENARIO|URL"; "" */
	const char *summary;  /* one line, no full stop */
	const struct option_spec *options;
	const char *details;	     /* paragraphs, or NULL */
	const char *const *examples; /* command lines, NULL last; or NULL */
	int (*run)(int argc, char **argv); /* argv[0] is the name; exit code */
	const struct command *const *commands; /* its own, NULL last; or NULL */
};

#endif
