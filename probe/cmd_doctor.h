/* SPDX-License-Identifier: MIT */
#ifndef PROBE_CMD_DOCTOR_H
#define PROBE_CMD_DOCTOR_H

/*
 * cmd_doctor - `assay doctor [SCENARIO]`: can this machine do what is asked of
 * it?
 *
 * A line for each thing that was looked at, ok, warn or fail, with what to do
 * about it.  As JSON an object of verdict and findings[] (level, subject,
 * text, remedy).  Exit code 0; 1 when something fails; 2 for usage, 4 when
 * the result cannot be written.
 */

#include "report/commands/command.h"

extern const struct command cmd_doctor;

#endif
