/* SPDX-License-Identifier: MIT */
#ifndef REPORT_PUBLISH_RUN_H
#define REPORT_PUBLISH_RUN_H

/*
 * publish_run - what the daemon serves, of one run as files of a folder.
 *
 * All of publish_dir(), and the page as index.html.  What a run cannot know by
 * itself (what fires, the errors of the last day, the past) comes from the
 * state file.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/page/page.h"

struct alert_standing; /* report/alerts/round.h */
struct arena;
struct errs;
struct run_result; /* report/result/result.h */
struct scenario;
struct state;

struct publish_memory {
	struct page_past past;
	size_t n_alerts;
	const struct alert_standing *alerts;
	uint64_t errors_24h;
};
/* All of it lives in the arena. */
bool publish_recall(struct state *st, const struct scenario *sc,
		    uint64_t now_at_ns, struct arena *a,
		    struct publish_memory *out, struct errs *es);

/* memory may be NULL: nothing is remembered. */
bool publish_run(const char *dir, const struct run_result *sealed,
		 const struct publish_memory *memory, struct errs *es);

#endif
