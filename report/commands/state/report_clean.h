/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_CLEAN_H
#define REPORT_REPORT_CLEAN_H

/*
 * report_clean - `assay report clean --state FILE`: keeps a state file small.
 *
 * Exit code 0; 1 when the file stays over its ceiling because what is left may
 * not be removed; 2 for a file that is refused, 4 when the machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_clean;

#endif
