/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_MARKDOWN_H
#define REPORT_RENDER_MARKDOWN_H

/*
 * markdown - the ceiling of the Markdown renderer, for who publishes it.
 *
 * GitHub drops a step summary above 1 MiB as a whole.  A longer report says
 * how many checks it left out; those that failed come first.
 */

#include <stddef.h>

#define MARKDOWN_MAX ((size_t)900 << 10) /* bytes of one report */

#endif
