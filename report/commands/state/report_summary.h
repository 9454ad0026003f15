/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_SUMMARY_H
#define REPORT_REPORT_SUMMARY_H

/*
 * report_summary - `assay report summary --state FILE --scenario FILE`: how
 * it went in the last days.
 *
 * As JSON exactly period{start, end, days} and metrics{...}
 * (report/summary/summary.h); what is not known is null, and standard error
 * says why.  Exit code 0; 2 for a scenario or file that is refused, 4 when
 * the machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_summary;

#endif
