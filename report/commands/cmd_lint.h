/* SPDX-License-Identifier: MIT */
#ifndef REPORT_CMD_LINT_H
#define REPORT_CMD_LINT_H

/* cmd_lint - the command `assay lint`. */

#include "report/commands/command.h"

extern const struct command cmd_lint;

#endif
