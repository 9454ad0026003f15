/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_DIGEST_H
#define REPORT_REPORT_DIGEST_H

/*
 * report_digest - `assay report digest --state FILE --scenario FILE`: all
 * warnings and errors of the last day, as channels with digest: true get
 * them.
 *
 * As JSON the notice itself (report/notice/notice.h).  Exit code 0; 2 for a
 * scenario or file that is refused, 4 when the machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_digest;

#endif
