/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_GATE_SAY_H
#define REPORT_RENDER_GATE_SAY_H

/*
 * gate_say - the words and numbers of a gate that renderers share.
 *
 * Everything appended is printable and bounded, but not escaped for any
 * markup.  A number that is none, or that was not computed, is "-".
 *
 * A gate is told as points by those forms that know only things that hold or
 * do not: one for the measurement itself, then one for each metric.  What a
 * metric could not decide is not observed; when the gate is strict it has
 * failed.
 *
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/render/load/load_say.h"
#include "report/result/gate_result.h"

struct buf; /* scenarios/base/buf.h */

struct gate_point {
	enum load_point_kind kind;
	const struct gate_metric *metric; /* NULL: the measurement itself */
};

size_t gate_points(const struct gate_result *gate); /* at least 1 */
struct gate_point gate_point_get(const struct gate_result *gate, size_t i);

/* Else there is a plan, and nothing that was measured. */
bool gate_is_compared(const struct gate_result *gate);

/* Whether a person has to look: all but no change and improvement. */
bool gate_needs_look(const struct gate_result *gate);

/* "ok" for a point that holds, else what it is: "regression",
 * "inconclusive", "invalid". */
const char *gate_point_word(const struct gate_result *gate,
			    const struct gate_point *p);

/* "no change", "REGRESSION"; in brackets when it is only told. */
bool say_gate_verdict(struct buf *out, const struct gate_result *gate,
		      const struct gate_metric *m);
/* Whether a metric counts: it is gated, and the measurement is valid. */
bool gate_counts(const struct gate_result *gate, const struct gate_metric *m);
/* "regression", or "invalid". */
const char *gate_word(const struct gate_result *gate);

/* What the gate found, in one sentence. */
bool say_gate_sentence(struct buf *out, const struct gate_result *gate);

/* "measurement is valid", "p99", "p99 of login". */
bool say_gate_point_name(struct buf *out, const struct gate_point *p);
/* "REGRESSION: +12.4 % [+5.6 %, +19.6 %] at 99.5 %, 10.9 ms to 12.3 ms, could
 * detect 10.3 %", with the note and what it needs. */
bool say_gate_point(struct buf *out, const struct gate_result *gate,
		    const struct gate_point *p);

/* "A=main@1a2b B=pr@3c4d" */
bool say_gate_sides(struct buf *out, const struct gate_result *gate);
/* "60.0 s, 1000 req/s, 10 launches, 150 cells, slot 100 ms, seed 7f3a", and the
 * margins that are not the usual ones: ", min_effect 8 %" */
bool say_gate_plan(struct buf *out, const struct gate_result *gate);
/* "launch-to-launch sd p50 0.8 %, p99 1.1 %; steal 0.9 %; generator late p99
 * 80.0 us" */
bool say_gate_instrument(struct buf *out, const struct gate_result *gate);

/* "p99.9 18.1 ms to 19.0 ms, max 211 ms to 198 ms": of all requests of a group,
 * from the first of its tails, which is moved behind the last.  Nothing without
 * them. */
bool say_gate_tails(struct buf *out, const struct gate_result *gate,
		    size_t *from);

/* Of one metric: a or b; a change; an interval; its confidence; the smallest
 * change that would have been seen. */
bool say_gate_value(struct buf *out, const struct gate_metric *m, double value);
bool say_gate_change(struct buf *out, const struct gate_metric *m,
		     double change);
bool say_gate_interval(struct buf *out, const struct gate_metric *m);
bool say_gate_level(struct buf *out, double level); /* "99.5 %" */
bool say_gate_seen(struct buf *out, const struct gate_metric *m);
/* "rank p 0.41" of a share; nothing of other metrics. */
bool say_gate_p(struct buf *out, const struct gate_metric *m);

/* The note, and how many cells were left out; nothing when there is none. */
bool say_gate_note(struct buf *out, const struct gate_metric *m);
/* What would let it be decided; nothing when it was. */
bool say_gate_need(struct buf *out, const struct gate_result *gate,
		   const struct gate_metric *m);

/* Whether the change is a number that was computed. */
bool gate_has_change(const struct gate_metric *m);

#endif
