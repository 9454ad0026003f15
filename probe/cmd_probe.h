/* SPDX-License-Identifier: MIT */
#ifndef PROBE_CMD_PROBE_H
#define PROBE_CMD_PROBE_H

/*
 * cmd_probe - `assay probe SCENARIO|URL`: runs the checks once.
 *
 * Tells the result on standard output, unless a file of the result took it,
 * and the tool's own log on standard error.  The exit code is that of the
 * run's verdict; 2 when nothing was sent because of a mistake, 4 when an
 * output could not be written.
 */

#include "report/commands/command.h"

extern const struct command cmd_probe;

#endif
