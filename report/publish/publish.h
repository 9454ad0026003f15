/* SPDX-License-Identifier: MIT */
#ifndef REPORT_PUBLISH_H
#define REPORT_PUBLISH_H

/*
 * publish - how things stand, for others to read: Prometheus text, JSON,
 * badges.  The page for people is report/page/.
 *
 * Pure: struct published in, text out.  The daemon serves them, a one-shot run
 * writes the same into a folder.
 *
 * Metrics       text format 0.0.4 (prometheus.io/docs/instrumenting/
 *               exposition_formats).  Where the meaning is that of
 *               blackbox_exporter, so is the name: probe_success,
 *               probe_http_status_code ...; a label "check" stands for its
 *               target.  What is ours begins with assay_.
 * Badges        an SVG of the usual size, and the JSON that
 *               shields.io/badges/endpoint-badge reads.
 * Errors        false when *out could not take all of it.
 */

#include <stdbool.h>

#include "report/page/page.h"
#include "report/publish/standing.h"

struct arena;	   /* scenarios/base/arena.h */
struct buf;	   /* scenarios/base/buf.h */
struct errs;	   /* scenarios/base/err.h */
struct run_result; /* report/result/result.h */
struct scenario;   /* scenarios/model.h */
struct state;	   /* report/state/state.h */

bool publish_metrics(const struct published *p, struct buf *out);

/* { "api_status": "ok", "last_run": "2026-...", "errors_24h": 0, ... } */
bool publish_status(const struct published *p, struct buf *out);
bool publish_checks(const struct published *p, struct buf *out);
bool publish_alerts(const struct published *p, struct buf *out);

/* Of one check, or of all (NULL). */
bool publish_badge_svg(const struct published *p, const struct standing *s,
		       struct buf *out);
bool publish_badge_json(const struct published *p, const struct standing *s,
			struct buf *out);

/* The name of a check as part of a file's name or of a path. */
void publish_file_name(const char *check, struct buf *out);

enum { PUBLISH_MAX = 32 << 20 }; /* bytes of one text */

/* What a state file adds to what one run has seen. */
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

/* Writes index.html, metrics.prom, status.json, checks.json, badge.svg and
 * .json, and badges/NAME.svg and .json, into the folder, which is made when it
 * is not there.  past may be NULL: nothing is remembered. */
bool publish_dir(const char *dir, const struct published *p,
		 const struct page_past *past, struct errs *es);

/* The same of one run, which has just ended; memory may be NULL. */
bool publish_run(const char *dir, const struct run_result *sealed,
		 const struct publish_memory *memory, struct errs *es);

#endif
