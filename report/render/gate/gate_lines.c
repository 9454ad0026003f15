/* SPDX-License-Identifier: MIT */
#include "report/render/gate/gate_lines.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/render/gate/gate_say.h"
#include "report/render/load/load_parts.h"
#include "scenarios/base/units.h"

enum {
	WIDE_COLUMNS = 100, /* of a table with every column */
	NAME_COLUMNS = 12,
	P_BYTES = 64,
};
#define ONE_LEVEL 1e-6 /* levels that print alike are one */

/* ---- one group of requests ------------------------------------------ */

/* The metrics from one on that are of the same group. */
static size_t group_end(const struct gate_result *gate, size_t from)
{
	size_t to = from;

	while (to < gate->n_metrics && to - from < FACT_ROWS_MAX &&
	       !strcmp(gate->metrics[to].group, gate->metrics[from].group))
		to++;
	return to;
}

static bool has_groups(const struct gate_result *gate)
{
	return gate->n_metrics > 0 &&
	       (*gate->metrics[0].group ||
		strcmp(gate->metrics[gate->n_metrics - 1].group, "") != 0);
}

static enum line_look look_of(const struct gate_result *gate,
			      const struct gate_metric *m)
{
	if (!gate_counts(gate, m))
		return LOOK_DIM;
	if (m->verdict == GATE_REGRESSION)
		return LOOK_BAD;
	return m->verdict == GATE_INCONCLUSIVE ? LOOK_WARN : LOOK_PLAIN;
}

static bool is_one_level(const struct gate_metric *m, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!(fabs(m[i].level - m[0].level) < ONE_LEVEL))
			return false;
	return true;
}

static void put_heads(struct table *table, const struct gate_metric *m,
		      bool is_one)
{
	table_text(table, "metric");
	table_text(table, "A");
	table_text(table, "B");
	table_text(table, "change");
	if (is_one) {
		say_gate_level(&table->cells, m->level);
		buf_putc(&table->cells, ' ');
	}
	table_text(table, "interval");
	table_text(table, "verdict");
	table_text(table, "could detect");
	table_row(table, LOOK_HEAD);
}

static void put_change(struct buf *out, const struct gate_metric *m)
{
	if (gate_has_change(m))
		say_gate_change(out, m, m->estimate);
	else
		buf_putc(out, '-');
}

static void put_interval(struct buf *out, const struct gate_metric *m,
			 bool is_one)
{
	say_gate_interval(out, m);
	if (is_one || !gate_has_change(m))
		return;
	buf_puts(out, " at ");
	say_gate_level(out, m->level);
}

static void put_seen(struct buf *out, const struct gate_metric *m)
{
	struct buf p;

	say_gate_seen(out, m);
	buf_init(&p, P_BYTES);
	if (say_gate_p(&p, m) && p.len)
		buf_printf(out, " (%s)", buf_text(&p));
	buf_release(&p);
}

static void put_metric(struct table *table, const struct gate_result *gate,
		       const struct gate_metric *m, bool is_one)
{
	say_text(&table->cells, m->name, FACT_NAME_MAX);
	table_next(table);
	say_gate_value(&table->cells, m, m->a);
	table_next(table);
	say_gate_value(&table->cells, m, m->b);
	table_next(table);
	put_change(&table->cells, m);
	table_next(table);
	put_interval(&table->cells, m, is_one);
	table_next(table);
	say_gate_verdict(&table->cells, gate, m);
	table_next(table);
	put_seen(&table->cells, m);
	table_next(table);
	table_row(table, look_of(gate, m));
}

static void tell_wide(struct load_lines *t, const struct gate_result *gate,
		      const struct gate_metric *m, size_t n)
{
	bool is_one = is_one_level(m, n);
	struct table table;

	table_init(&table, "lllrlll");
	put_heads(&table, m, is_one);
	for (size_t i = 0; i < n; i++)
		put_metric(&table, gate, &m[i], is_one);
	table_tell(&table, t);
}

/* Two lines for each, where a table has no room. */
static void tell_narrow(struct load_lines *t, const struct gate_result *gate,
			const struct gate_metric *m, size_t n)
{
	struct buf line;

	for (size_t i = 0; i < n; i++) {
		line_indent(&line);
		say_text(&line, m[i].name, FACT_NAME_MAX);
		buf_fill(&line, ' ',
			 line.len < LOAD_INDENT + NAME_COLUMNS
				 ? LOAD_INDENT + NAME_COLUMNS - line.len
				 : 1);
		say_gate_verdict(&line, gate, &m[i]);
		buf_puts(&line, "  ");
		if (gate_has_change(&m[i])) {
			put_change(&line, &m[i]);
			buf_putc(&line, ' ');
			put_interval(&line, &m[i], false);
		} else {
			buf_puts(&line, "not enough data");
		}
		line_end(t, look_of(gate, &m[i]), &line);
		buf_release(&line);
		if (!m[i].cells) /* nothing to put into it */
			continue;
		line_begin(&line, "");
		say_gate_value(&line, &m[i], m[i].a);
		buf_puts(&line, " to ");
		say_gate_value(&line, &m[i], m[i].b);
		buf_puts(&line, ", could detect ");
		put_seen(&line, &m[i]);
		line_end(t, LOOK_DIM, &line);
		buf_release(&line);
	}
}

static void tell_group_name(struct load_lines *t, const char *group)
{
	struct buf line;

	line_indent(&line);
	if (*group) {
		buf_puts(&line, "step \"");
		say_text(&line, group, FACT_NAME_MAX);
		buf_putc(&line, '"');
	} else {
		buf_puts(&line, "all requests");
	}
	line_end(t, LOOK_HEAD, &line);
	buf_release(&line);
}

/* A line for what there is to know of one metric, behind its name. */
static void tell_of(struct load_lines *t, const struct gate_metric *m,
		    enum line_look look, const struct buf *said)
{
	struct buf line;

	if (!said->len)
		return;
	line_indent(&line);
	say_text(&line, m->name, FACT_NAME_MAX);
	buf_printf(&line, ": %s", buf_text(said));
	line_end(t, look, &line);
	buf_release(&line);
}

static void tell_notes(struct load_lines *t, const struct gate_result *gate,
		       const struct gate_metric *m, size_t n)
{
	enum { NOTE_MAX = 4096 };
	struct buf said;

	buf_init(&said, NOTE_MAX);
	for (size_t i = 0; i < n; i++) {
		/* one that could not be told: the table and the warnings have
		 * said it, and what it needs comes next */
		if (m[i].verdict != GATE_INCONCLUSIVE || t->verbose > 0)
			say_gate_note(&said, &m[i]);
		tell_of(t, &m[i], LOOK_PLAIN, &said);
		buf_reset(&said);
		say_gate_need(&said, gate, &m[i]);
		tell_of(t, &m[i], LOOK_WARN, &said);
		buf_reset(&said);
	}
	buf_release(&said);
}

static void tell_rest(struct load_lines *t, size_t n)
{
	struct buf line;

	if (!n)
		return;
	line_begin(&line, "");
	buf_printf(&line, "and %zu more", n);
	line_end(t, LOOK_WARN, &line);
	buf_release(&line);
}

static void tell_groups(struct load_lines *t, const struct gate_result *gate,
			bool is_narrow)
{
	size_t from = 0;

	for (size_t told = 0; from < gate->n_metrics && told < FACT_ROWS_MAX;
	     told++) {
		size_t to = group_end(gate, from);
		const struct gate_metric *m = &gate->metrics[from];

		if (has_groups(gate))
			tell_group_name(t, m->group);
		(is_narrow ? tell_narrow : tell_wide)(t, gate, m, to - from);
		tell_notes(t, gate, m, to - from);
		from = to;
	}
	tell_rest(t, gate->n_metrics - from);
}

/* ---- how it was measured -------------------------------------------- */

static void tell_source(struct load_lines *t, const char *label,
			const struct gate_side *side)
{
	struct buf line;

	line_begin(&line, label);
	say_text(&line, side->source, FACT_URL_MAX);
	if (*side->target && strcmp(side->target, side->source) != 0) {
		buf_puts(&line, " at ");
		say_text(&line, side->target, FACT_URL_MAX);
	}
	if (side->starts_ns) {
		buf_puts(&line, ", ready after ");
		unit_human_duration(&line, side->starts_ns);
	}
	line_end(t, LOOK_DIM, &line);
	buf_release(&line);
}

static void tell_plan(struct load_lines *t, const struct gate_result *gate,
		      bool is_narrow)
{
	struct buf line;

	line_indent(&line);
	buf_puts(&line, "gate: ");
	say_gate_sides(&line, gate);
	if (is_narrow) {
		line_end(t, LOOK_PLAIN, &line);
		buf_release(&line);
		line_indent(&line);
	} else {
		buf_puts(&line, "  ");
	}
	if (!gate_is_compared(gate))
		buf_puts(&line, "planned: ");
	say_gate_plan(&line, gate);
	line_end(t, LOOK_PLAIN, &line);
	buf_release(&line);
	tell_source(t, "A", &gate->baseline);
	tell_source(t, "B", &gate->candidate);
}

static void tell_warnings(struct load_lines *t, const struct gate_result *gate)
{
	for (size_t i = 0; i < gate->n_warnings && i < FACT_ROWS_MAX; i++) {
		struct buf line;

		line_begin(&line, "warning");
		say_text(&line, gate->warnings[i].text, FACT_MESSAGE_MAX);
		line_end(t, LOOK_WARN, &line);
		buf_release(&line);
	}
	if (gate->n_warnings > FACT_ROWS_MAX)
		tell_rest(t, gate->n_warnings - FACT_ROWS_MAX);
}

/* With the stalls of the machine, so that nothing is judged by them. */
static void tell_tails(struct load_lines *t, const struct gate_result *gate)
{
	size_t from = 0;

	for (size_t told = 0; from < gate->n_tails && told < FACT_ROWS_MAX;
	     told++) {
		const char *group = gate->tails[from].group;
		struct buf line;

		line_indent(&line);
		buf_puts(&line, "not judged: ");
		if (*group) {
			buf_putc(&line, '"');
			say_text(&line, group, FACT_NAME_MAX);
			buf_puts(&line, "\" ");
		}
		say_gate_tails(&line, gate, &from);
		line_end(t, LOOK_DIM, &line);
		buf_release(&line);
	}
}

static bool tells_more(const struct gate_result *gate)
{
	for (size_t i = 0; i < gate->n_metrics; i++)
		if (!gate_counts(gate, &gate->metrics[i]))
			return true;
	return false;
}

static void tell_instrument(struct load_lines *t,
			    const struct gate_result *gate)
{
	struct buf line;

	if (!gate_is_compared(gate))
		return;
	line_indent(&line);
	say_gate_instrument(&line, gate);
	line_end(t, LOOK_PLAIN, &line);
	buf_release(&line);
	if (!tells_more(gate))
		return;
	line_indent(&line);
	buf_puts(&line, "(in brackets): told only, not part of the verdict");
	line_end(t, LOOK_DIM, &line);
	buf_release(&line);
}

void gate_lines(struct load_lines *t, const struct gate_result *gate,
		unsigned width)
{
	bool is_narrow = width && width < WIDE_COLUMNS;

	tell_plan(t, gate, is_narrow);
	tell_warnings(t, gate);
	tell_groups(t, gate, is_narrow);
	tell_tails(t, gate);
	tell_instrument(t, gate);
	if (t->verbose <= 0)
		return;
	gate_lines_plot(t, gate);
	gate_lines_launches(t, gate);
}
