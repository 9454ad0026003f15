/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_NOTICES_H
#define REPORT_REPORT_NOTICES_H

/*
 * report_notices - `assay report notices --state FILE`: what waits in the
 * outbox, and every try to deliver something.
 *
 * As JSON an object of waiting[] (scenario, channel, kind, title, made,
 * not_before, expires, attempts) and tries[] (timestamp, scenario, channel,
 * kind, title, status, code, took_ns, detail, reference, not_before).  Exit
 * code 0; 2 for a file that is refused, 4 when there is none or the machine
 * fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_notices;

#endif
