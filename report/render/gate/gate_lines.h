/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_GATE_LINES_H
#define REPORT_RENDER_GATE_LINES_H

/*
 * gate_lines - what there is to say about a gate, one line at a time.
 *
 * Made for a fixed pitch, and told by the callback of load_lines.h, with its
 * rules: bounded, printable, not escaped for any markup.  What is told:
 *
 *     how it was measured; for each group of requests a table of its metrics;
 *     what their notes say, and what an undecided one needs; warnings; the
 *     instrument; verbose: the intervals drawn, and every launch alone.
 *
 * The smallest change that would have been seen stands with every metric.
 * The verdict is not told here: it comes before all of this.
 *
 * Thread rule   everything here may be called from any thread.
 */

struct gate_result; /* report/result/gate_result.h */
struct load_lines;  /* report/render/load/load_lines.h */

/* width: columns, 0: no limit; a narrow one has two lines for a metric. */
void gate_lines(struct load_lines *t, const struct gate_result *gate,
		unsigned width);

/* Parts of it, for forms that put them in places of their own. */
void gate_lines_plot(struct load_lines *t, const struct gate_result *gate);
void gate_lines_launches(struct load_lines *t, const struct gate_result *gate);

#endif
