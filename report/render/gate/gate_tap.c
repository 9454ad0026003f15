/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>

#include "report/render/gate/gate_say.h"
#include "report/render/tap_parts.h"
#include "scenarios/base/buf.h"

static void put_number(struct buf *out, const char *key, double number)
{
	if (isfinite(number))
		buf_printf(out, "  %s: %.10g\n", key, number);
}

/* The numbers as such, for who reads the block by a program: changes in
 * percent, of rates in percentage points. */
static void put_metric(struct buf *out, const struct gate_metric *m)
{
	tap_pair(out, "  ", "verdict", gate_verdict_name(m->verdict));
	if (!m->is_gated)
		buf_puts(out, "  gated: false\n");
	if (!gate_has_change(m))
		return;
	put_number(out, "a", m->a);
	put_number(out, "b", m->b);
	put_number(out, "change", m->estimate);
	put_number(out, "low", m->low);
	put_number(out, "high", m->high);
	put_number(out, "level", m->level);
	put_number(out, "could_detect", m->could_detect);
}

static void put_directive(struct buf *out, const struct gate_result *gate,
			  const struct gate_point *p)
{
	if (p->kind == POINT_UNSEEN)
		buf_printf(out, " # SKIP %s", gate_point_word(gate, p));
	buf_putc(out, '\n');
}

void tap_gate_point(struct buf *out, const struct gate_result *gate,
		    const struct gate_point *p, size_t number)
{
	bool failed = p->kind == POINT_FAILED || p->kind == POINT_INVALID;
	struct buf said;

	buf_init(&said, TAP_PIECE_MAX);
	buf_printf(out, "%s %zu - gate: ", failed ? "not ok" : "ok", number);
	say_gate_point_name(&said, p);
	tap_description(out, buf_text(&said));
	put_directive(out, gate, p);
	buf_reset(&said);
	say_gate_point(&said, gate, p);
	buf_puts(out, "  ---\n");
	tap_pair(out, "  ", "message", buf_text(&said));
	if (p->metric)
		put_metric(out, p->metric);
	buf_puts(out, "  ...\n");
	buf_release(&said);
}
