/* SPDX-License-Identifier: MIT */
#ifndef PROBE_CMD_WATCH_H
#define PROBE_CMD_WATCH_H

/*
 * cmd_watch - `assay watch SCENARIO`: runs the checks on their schedule until
 * it is told to end.
 *
 * The exit code is 0 at SIGINT and SIGTERM, whatever the checks said; 2 when
 * it did not begin because of a mistake, 4 when the machine failed it, or
 * results were lost at the end.
 */

#include "report/commands/command.h"

extern const struct command cmd_watch;

#endif
