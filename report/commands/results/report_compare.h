/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_COMPARE_H
#define REPORT_REPORT_COMPARE_H

/*
 * report_compare - `assay report compare A.json B.json ...`: results of loads
 * side by side (report/merge/compare/compare.h).
 *
 * Exit code 0: it is no verdict; 2 for a file that is refused, 4 when the
 * machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_compare;

#endif
