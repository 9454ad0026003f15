/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_CMD_LOADGEN_H
#define LOADGEN_CMD_LOADGEN_H

/* cmd_loadgen - the command `assay loadgen`. */

#include "report/commands/command.h"

extern const struct command cmd_loadgen;

#endif
