/* SPDX-License-Identifier: MIT */
#ifndef REPORT_CMD_SCHEMA_H
#define REPORT_CMD_SCHEMA_H

/* cmd_schema - the command `assay schema`. */

#include "report/commands/command.h"

extern const struct command cmd_schema;

#endif
