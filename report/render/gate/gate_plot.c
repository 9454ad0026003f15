/* SPDX-License-Identifier: MIT */
#include "report/render/gate/gate_lines.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/render/gate/gate_say.h"
#include "report/render/load/load_parts.h"

/* Plain characters: their width is the same in every font and on every page
 * that shows preformatted text. */
enum {
	PLOT_COLUMNS = 49, /* odd: nothing has a column of its own */
	PLOT_MIDDLE = PLOT_COLUMNS / 2,
	LAUNCH_COLUMNS = TABLE_COLUMNS_MAX - 1,
};

/* An interval beyond it is cut, in percent; an estimate is not. */
#define WIDEST_DRAWN 50.0

/* ---- intervals ------------------------------------------------------ */

static bool is_drawn(const struct gate_metric *m)
{
	return (m->kind == GATE_LATENCY || m->kind == GATE_THROUGHPUT) &&
	       gate_has_change(m);
}

/* What stands at the right end, in percent: the nearest of these that holds
 * margin and estimates, and the intervals that are not too wide. */
static double range_of(const struct gate_result *gate)
{
	static const double ends[] = { 10, 20, 30, 50, 100 };
	double most = 100 * gate->settings.equivalence, widest = 0;

	for (size_t i = 0; i < gate->n_metrics; i++) {
		const struct gate_metric *m = &gate->metrics[i];

		if (!is_drawn(m))
			continue;
		most = fmax(most, fabs(m->estimate));
		widest = fmax(widest, fmax(fabs(m->low), fabs(m->high)));
	}
	most = fmax(most, fmin(widest, WIDEST_DRAWN));
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (most <= ends[i])
			return ends[i];
	return ends[sizeof(ends) / sizeof(*ends) - 1];
}

/* The column of a change; those beyond the ends are out of 0..PLOT_COLUMNS. */
static int column_of(double change, double range)
{
	double x = change / range * PLOT_MIDDLE;

	return PLOT_MIDDLE + (int)lround(fmin(fmax(x, -1000), 1000));
}

static void mark(char row[PLOT_COLUMNS + 1], int column, char c)
{
	if (column >= 0 && column < PLOT_COLUMNS)
		row[column] = c;
}

static void draw(char row[PLOT_COLUMNS + 1], const struct gate_metric *m,
		 double range, double margin)
{
	int low = column_of(m->low, range), high = column_of(m->high, range);

	memset(row, ' ', PLOT_COLUMNS);
	row[PLOT_COLUMNS] = '\0';
	mark(row, column_of(-margin, range), ':');
	mark(row, column_of(margin, range), ':');
	mark(row, PLOT_MIDDLE, '|');
	for (int i = low < 0 ? 0 : low; i <= high && i < PLOT_COLUMNS; i++)
		row[i] = '-';
	mark(row, low, '[');
	mark(row, high, ']');
	if (low < 0)
		row[0] = '<';
	if (high >= PLOT_COLUMNS)
		row[PLOT_COLUMNS - 1] = '>';
	mark(row, column_of(m->estimate, range), 'o');
}

static void put_scale(struct table *table, double range)
{
	char end[24];
	int len = snprintf(end, sizeof(end), "+%.0f %%", range);
	size_t gap = PLOT_COLUMNS - PLOT_MIDDLE - 1 - (size_t)len;

	table_text(table, "B against A");
	buf_printf(&table->cells, "-%s", end + 1);
	buf_fill(&table->cells, ' ', PLOT_MIDDLE - (size_t)len);
	buf_putc(&table->cells, '0');
	buf_fill(&table->cells, ' ', gap);
	table_text(table, end);
	table_text(table, "");
	table_row(table, LOOK_HEAD);
}

static void put_name(struct buf *out, const struct gate_metric *m)
{
	struct gate_point p = { POINT_OK, m };

	say_gate_point_name(out, &p);
}

static void put_row(struct table *table, const struct gate_result *gate,
		    const struct gate_metric *m, double range)
{
	char row[PLOT_COLUMNS + 1];

	put_name(&table->cells, m);
	table_next(table);
	draw(row, m, range, 100 * gate->settings.equivalence);
	table_text(table, row);
	say_gate_verdict(&table->cells, gate, m);
	table_next(table);
	table_row(table, LOOK_PLAIN);
}

static void tell_legend(struct load_lines *t, double margin)
{
	struct buf line;

	line_indent(&line);
	buf_printf(&line,
		   "[--o--] estimate and interval; what lies between the \":\" "
		   "(%.3g %%) is no change",
		   margin);
	line_end(t, LOOK_DIM, &line);
	buf_release(&line);
}

void gate_lines_plot(struct load_lines *t, const struct gate_result *gate)
{
	double margin = 100 * gate->settings.equivalence;
	double range = range_of(gate);
	size_t told = 0;
	struct table table;

	table_init(&table, "lll");
	put_scale(&table, range);
	for (size_t i = 0; i < gate->n_metrics && told < FACT_ROWS_MAX; i++) {
		if (!is_drawn(&gate->metrics[i]))
			continue;
		put_row(&table, gate, &gate->metrics[i], range);
		told++;
	}
	if (told) {
		table_tell(&table, t);
		tell_legend(t, margin);
	}
	buf_release(&table.cells);
}

/* ---- launches ------------------------------------------------------- */

static const struct gate_launch *launch_of(const struct gate_metric *m,
					   uint64_t number)
{
	for (size_t i = 0; i < m->n_launches; i++)
		if (m->launches[i].launch == number)
			return &m->launches[i];
	return NULL;
}

/* The metrics that are told for each launch; there are as many columns. */
static size_t choose(const struct gate_result *gate,
		     const struct gate_metric *chosen[LAUNCH_COLUMNS],
		     uint64_t *last)
{
	size_t n = 0;

	*last = 0;
	for (size_t i = 0; i < gate->n_metrics && n < LAUNCH_COLUMNS; i++) {
		const struct gate_metric *m = &gate->metrics[i];

		if (!m->n_launches)
			continue;
		chosen[n++] = m;
		for (size_t k = 0; k < m->n_launches; k++)
			if (m->launches[k].launch > *last)
				*last = m->launches[k].launch;
	}
	return n;
}

void gate_lines_launches(struct load_lines *t, const struct gate_result *gate)
{
	const struct gate_metric *chosen[LAUNCH_COLUMNS];
	uint64_t last;
	size_t n = choose(gate, chosen, &last);
	struct table table;

	if (!n)
		return;
	table_init(&table, "rrrrrrrrrrrrrrrr");
	table_text(&table, "launch");
	for (size_t i = 0; i < n; i++) {
		put_name(&table.cells, chosen[i]);
		table_next(&table);
	}
	table_row(&table, LOOK_HEAD);
	for (uint64_t k = 0; k <= last && k < FACT_ROWS_MAX; k++) {
		buf_printf(&table.cells, "%" PRIu64, k + 1);
		table_next(&table);
		for (size_t i = 0; i < n; i++) {
			const struct gate_launch *l = launch_of(chosen[i], k);

			if (l)
				say_gate_change(&table.cells, chosen[i],
						l->change);
			table_next(&table);
		}
		table_row(&table, LOOK_PLAIN);
	}
	table_tell(&table, t);
}
