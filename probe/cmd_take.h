/* SPDX-License-Identifier: MIT */
#ifndef PROBE_CMD_TAKE_H
#define PROBE_CMD_TAKE_H

/* cmd_take - assay take: results from several places into one state. */

#include "report/commands/command.h"

extern const struct command cmd_take;

#endif
