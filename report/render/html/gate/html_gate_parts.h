/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_HTML_GATE_PARTS_H
#define REPORT_RENDER_HTML_GATE_PARTS_H

/*
 * html_gate_parts - what the files of the gate's part of a page share.
 *
 * Thread rule   one thread for each sheet.
 */

#include "report/render/gate/gate_say.h"
#include "report/render/html/html_parts.h"
#include "report/result/gate_result.h"

/* Class of a dot or an interval, by verdict. */
extern const char *const gate_dots[GATE_VERDICT_N];

/* "p99", "p99 of login". */
bool say_gate_name(struct buf *out, const struct gate_metric *m);
/* What it says of the metric, escaped. */
void gate_put(struct sheet *s, const struct gate_metric *m,
	      bool (*say)(struct buf *out, const struct gate_metric *m));

/* The larger of two; a number, also when b is none. */
double gate_larger(double a, double b);

void html_gate_launches(struct sheet *s, const struct gate_result *g);
void html_gate_cells(struct sheet *s, const struct gate_result *g);

#endif
