/* SPDX-License-Identifier: MIT */
#ifndef REPORT_CMD_ACK_H
#define REPORT_CMD_ACK_H

/*
 * cmd_ack - `assay ack RULE[/CHECK]`: somebody takes on what fires, so that
 * nobody is reminded and nothing escalates until it is well again.
 *
 * Each is an audit record (assay report audit).  As JSON an array of {rule,
 * check, since, severity, author}.  Exit code 0; 2 when nothing of that name
 * fires; 4 when the machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_ack;

#endif
