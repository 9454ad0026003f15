/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_MERGE_H
#define REPORT_REPORT_MERGE_H

/*
 * report_merge - `assay report merge A.json B.json ...`: several results of
 * the same loads as one (report/merge/merge.h).
 *
 * Files are read one after the other and forgotten, so that memory does not
 * grow with their number; a thread reads the next one while one is added.
 *
 * Exit code: that of the merged result; 2 for a file that is refused, and then
 * nothing is written; 4 when the machine fails.
 */

#include "report/commands/command.h"

extern const struct command cmd_report_merge;

#endif
