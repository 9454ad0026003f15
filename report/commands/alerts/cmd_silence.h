/* SPDX-License-Identifier: MIT */
#ifndef REPORT_CMD_SILENCE_H
#define REPORT_CMD_SILENCE_H

/*
 * cmd_silence - `assay silence RULE[/CHECK]`: nobody is told of it for a
 * while; `--list` says what is silent now, `--end ID` ends one.
 *
 * Each change is an audit record (assay report audit).  As JSON a silence is
 * {id, rule, check, from, until, author, reason}, --list an array of them.
 * Exit code 0; 2 for a name that fits nothing, a missing reason, a time that
 * is over; 4 when the machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_silence;

#endif
