/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SAMPLE_PAGE_H
#define TESTS_SAMPLE_PAGE_H

/*
 * sample_page - a status page with everything on it, for tests and for the
 * tool that shows it to a browser.
 */

#include <stdbool.h>

#include "report/page/page.h"

struct sample_page {
	struct published published;
	struct page_past past;
	struct arena *arena;
};

/* hostile: NULL, or what stands wherever a text may come from outside. */
bool sample_page_make(struct sample_page *sp, const char *hostile);
void sample_page_release(struct sample_page *sp);

#endif
