/* SPDX-License-Identifier: MIT */
#ifndef REPORT_CMD_INIT_H
#define REPORT_CMD_INIT_H

/* cmd_init - the command `assay init`. */

#include "report/commands/command.h"

extern const struct command cmd_init;

#endif
