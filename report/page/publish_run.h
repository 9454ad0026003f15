/* SPDX-License-Identifier: MIT */
#ifndef REPORT_PUBLISH_RUN_H
#define REPORT_PUBLISH_RUN_H

/*
 * publish_run - what the daemon serves, of one run as files of a folder.
 *
 * All of publish_dir(), and the page as index.html.  Errors of the last 24
 * hours are not known to a run.
 */

#include <stdbool.h>

struct errs;
struct page_past;  /* report/page/page.h */
struct run_result; /* report/result/result.h */

/* past may be NULL: nothing is remembered. */
bool publish_run(const char *dir, const struct run_result *sealed,
		 const struct page_past *past, struct errs *es);

#endif
