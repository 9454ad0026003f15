/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_AUDIT_H
#define REPORT_REPORT_AUDIT_H

/*
 * report_audit - `assay report audit --state FILE`: who changed what, and
 * whether it was done.
 *
 * As JSON each record has timestamp, user, action, resource, details and
 * success.  Exit code 0; 2 for a file that is refused, 4 when there is none or
 * the machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_audit;

#endif
