/* SPDX-License-Identifier: MIT */
#ifndef PROBE_CMD_RUN_H
#define PROBE_CMD_RUN_H

/* cmd_run - assay run: runs a command and remembers how it ended. */

#include "report/commands/command.h"

extern const struct command cmd_run;

#endif
