/* SPDX-License-Identifier: MIT */
#ifndef REPORT_PUBLISH_H
#define REPORT_PUBLISH_H

/*
 * publish - how things stand, for others to read: Prometheus text, JSON,
 * badges.
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

#include "report/publish/standing.h"

struct buf;  /* scenarios/base/buf.h */
struct errs; /* scenarios/base/err.h */

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

/* Writes metrics.prom, status.json, checks.json, badge.svg and .json, and
 * badges/NAME.svg and .json, into the folder, which is made when it is not
 * there. */
bool publish_dir(const char *dir, const struct published *p, struct errs *es);
bool publish_file(const char *dir, const char *name, const struct buf *text,
		  struct errs *es);

#endif
