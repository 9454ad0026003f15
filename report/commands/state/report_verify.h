/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_VERIFY_H
#define REPORT_REPORT_VERIFY_H

/*
 * report_verify - `assay report verify --state FILE`: whether the log of alerts
 * and the audit records are as they were written.
 *
 * As JSON an object of file, ok, chains[] (of: "alerts" or "audit", scenario,
 * rows, removed, head, flaw) and heads[] (head, found).  Exit code 0; 1 when a
 * row does not fit or a head is not found; 2 for a file that is refused, 4 when
 * there is none or the machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_verify;

#endif
