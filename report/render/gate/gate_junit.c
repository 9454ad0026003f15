/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "report/render/facts.h"
#include "report/render/gate/gate_lines.h"
#include "report/render/gate/gate_say.h"
#include "report/render/junit_parts.h"
#include "report/render/load/load_lines.h"
#include "report/result/result.h"
#include "scenarios/base/buf.h"

static const enum junit_kind kinds[POINT_KIND_N] = {
	[POINT_OK] = JUNIT_PASSED,
	[POINT_FAILED] = JUNIT_FAILURE,
	[POINT_UNSEEN] = JUNIT_SKIPPED,
	[POINT_INVALID] = JUNIT_ERROR,
};

enum { NUMBER_BYTES = 32 };

void junit_tally_gate(struct junit_tally *t, const struct gate_result *gate)
{
	for (size_t i = 0; i < gate_points(gate); i++)
		t->n[kinds[gate_point_get(gate, i).kind]]++;
}

static void put_outcome(struct buf *out, const struct gate_result *gate,
			const struct gate_point *p)
{
	const char *element = junit_elements[kinds[p->kind]];
	struct buf said;

	if (!element)
		return;
	buf_init(&said, JUNIT_PIECE_MAX);
	say_gate_point(&said, gate, p);
	buf_printf(out, "      <%s", element);
	junit_attribute(out, "message", buf_text(&said));
	junit_attribute(out, "type", gate_point_word(gate, p));
	buf_puts(out, "/>\n");
	buf_release(&said);
}

static void put_number(struct buf *out, const char *name, double number)
{
	char text[NUMBER_BYTES];

	if (!isfinite(number))
		return;
	snprintf(text, sizeof(text), "%.10g", number);
	junit_property(out, name, text);
}

/* The numbers as such: changes in percent, of rates in percentage points. */
static void put_metric(struct buf *out, const struct gate_result *gate,
		       const struct gate_point *p)
{
	const struct gate_metric *m = p->metric;
	struct buf said;

	junit_property(out, "verdict", gate_verdict_name(m->verdict));
	if (!m->is_gated)
		junit_property(out, "gated", "false");
	if (gate_has_change(m)) {
		put_number(out, "change", m->estimate);
		put_number(out, "low", m->low);
		put_number(out, "high", m->high);
		put_number(out, "level", m->level);
		put_number(out, "could_detect", m->could_detect);
	}
	buf_init(&said, JUNIT_PIECE_MAX);
	say_gate_point(&said, gate, p);
	junit_content(out, buf_text(&said));
	buf_putc(out, '\n');
	buf_release(&said);
}

/* All that was seen stands with the measurement. */
static void put_all(struct buf *out, const struct gate_result *gate)
{
	struct junit_lines body = junit_lines(out, 1);

	junit_property(out, "verdict", gate_word(gate));
	gate_lines(&body.lines, gate, 0);
}

static void put_case(struct buf *out, const struct gate_result *gate,
		     const struct gate_point *p, uint64_t total_ns)
{
	struct buf name;

	buf_init(&name, JUNIT_PIECE_MAX);
	say_gate_point_name(&name, p);
	buf_puts(out, "    <testcase");
	/* neither may be empty */
	junit_attribute(out, "classname", "gate");
	junit_attribute(out, "name", name.len ? buf_text(&name) : "metric");
	junit_seconds(out, p->metric ? 0 : total_ns);
	buf_puts(out, ">\n");
	buf_release(&name);
	put_outcome(out, gate, p);
	buf_puts(out, "      <system-out>\n");
	if (p->metric)
		put_metric(out, gate, p);
	else
		put_all(out, gate);
	buf_puts(out, "      </system-out>\n    </testcase>\n");
}

static void put_properties(struct buf *out, const struct gate_result *gate)
{
	struct buf said;

	buf_puts(out, "    <properties>\n");
	junit_row(out, "verdict", gate_word(gate));
	buf_init(&said, JUNIT_PIECE_MAX);
	say_gate_sentence(&said, gate);
	junit_row(out, "message", buf_text(&said));
	buf_reset(&said);
	say_gate_plan(&said, gate);
	junit_row(out, "plan", buf_text(&said));
	buf_release(&said);
	junit_row(out, "baseline", gate->baseline.source);
	junit_row(out, "candidate", gate->candidate.source);
	for (size_t i = 0; i < gate->n_warnings && i < FACT_ROWS_MAX; i++)
		junit_row(out, "warning", gate->warnings[i].text);
	buf_puts(out, "    </properties>\n");
}

void junit_gate(struct buf *out, const struct run_result *run, size_t id)
{
	const struct gate_result *gate = run->gate;
	struct junit_tally t = { .total_ns = gate->design.total_ns };
	struct buf name;

	junit_tally_gate(&t, gate);
	buf_init(&name, JUNIT_PIECE_MAX);
	say_text(&name, *run->name ? run->name : "assay", FACT_NAME_MAX);
	buf_puts(&name, ", gate");
	junit_suite_begin(out, buf_text(&name), &t, run->started_at_ns, run,
			  id);
	buf_release(&name);
	put_properties(out, gate);
	for (size_t i = 0; i < gate_points(gate); i++) {
		struct gate_point p = gate_point_get(gate, i);

		put_case(out, gate, &p, gate->design.total_ns);
	}
	buf_puts(out, "  </testsuite>\n");
}
