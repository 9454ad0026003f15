/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_RULES_H
#define REPORT_REPORT_RULES_H

/*
 * report_rules - `assay report rules --state FILE --scenario FILE`: which
 * rules never fired, and which cry too often.
 *
 * As JSON an object of since, observed_since (null: never), often and rules[]
 * (rule, fired, told, flapped, firing_s, last, review: "never", "often",
 * "unheard" or "").  Exit code 0; 2 for a scenario or file that is refused, 4
 * when the machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_rules;

#endif
