/* SPDX-License-Identifier: MIT */
#ifndef REPORT_COMMANDS_REPORT_GATE_H
#define REPORT_COMMANDS_REPORT_GATE_H

/*
 * report_gate - `assay report gate RESULT.json`: judges a stored gate again.
 *
 * From its cells, with the margins that it was measured with, or with others.
 * Exit code 0 when there is no regression (also when it cannot be told, which
 * is said), 1 for a regression, 3 when it cannot be told and --strict is
 * given, 4 when the measurement failed; 2 for a file without a gate.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_gate;

#endif
