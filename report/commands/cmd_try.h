/* SPDX-License-Identifier: MIT */
#ifndef REPORT_CMD_TRY_H
#define REPORT_CMD_TRY_H

/* cmd_try - the command `assay try`. */

#include "report/commands/command.h"

extern const struct command cmd_try;

#endif
