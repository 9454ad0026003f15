/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_SLICE_H
#define REPORT_REPORT_SLICE_H

/*
 * report_slice - `assay report slice RESULT.json --from TIME --to TIME`: a
 * part of a stored run, judged by itself (report/merge/slice.h).
 *
 * Exit code: that of the slice; 2 for a file or time that is refused, 4 when
 * the machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_slice;

#endif
