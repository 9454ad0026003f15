/* SPDX-License-Identifier: MIT */
#ifndef REPORT_CMD_REPORT_H
#define REPORT_CMD_REPORT_H

/*
 * cmd_report - `assay report RESULT.json...`: renders result files again.
 *
 * Reads each file, judges it anew, takes secrets out once more and renders.
 * The exit code is that of the worst result: failed before invalid before
 * inconclusive before ok; 2 for a file that is not there or no result, 4 when
 * the machine fails to read or write one.
 */

#include "report/commands/command.h"

extern const struct command cmd_report;

#endif
