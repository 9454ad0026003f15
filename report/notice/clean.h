/* SPDX-License-Identifier: MIT */
#ifndef REPORT_NOTICE_CLEAN_H
#define REPORT_NOTICE_CLEAN_H

/*
 * clean - a notice as every channel may take it: no text is NULL or over its
 * limit, all is valid UTF-8 without control characters, and only a message
 * has line feeds.
 *
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/notice/notice.h"

struct arena; /* scenarios/base/arena.h */

/* In at most max_bytes; NULL without memory. */
const char *clean_text(struct arena *a, const char *text, size_t max_bytes,
		       bool is_one_line);

/* False without memory. */
bool clean_notice(struct arena *a, const struct notice *from,
		  struct notice *to);

#endif
