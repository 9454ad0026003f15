/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HELP_H
#define REPORT_HELP_H

/*
 * help - what the program says of itself, from its table of commands.
 *
 * `assay help`, `assay help COMMAND`, `assay COMMAND --help`, `assay
 * version`, and the man page (`assay help --man`) all come from the same
 * rows, so that they cannot differ.
 */

#include <stdbool.h>

#include "report/commands/command.h"

struct buf;

/* The program's own words: help, --help, -h, version, --version, -V. */
bool help_is_asked(const char *word);

/* Answers them; without any word says how the program is used.  Returns the
 * exit code. */
int help_main(const struct command *const *commands, int argc, char **argv);

/* Runs a command, or the one of its own that argv[1] names; or prints its help
 * when --help stands among its options. */
int help_run(const struct command *c, int argc, char **argv);

/* A word that is no command: a suggestion on stderr, exit code 2. */
int help_unknown(const struct command *const *commands, const char *word);

/* The texts themselves. */
void help_overview(const struct command *const *commands, struct buf *out);
void help_command(const struct command *c, struct buf *out);
/* The man page, in man(7) macros. */
void help_man(const struct command *const *commands, struct buf *out);

#endif
