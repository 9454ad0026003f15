/* SPDX-License-Identifier: MIT */
#include "report/merge/compare/compare.h"

#include <math.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/render/metrics/csv_parts.h"
#include "report/render/load/load_parts.h"
#include "report/render/load/load_say.h"
#include "report/render/markdown_parts.h"
#include "report/result/result.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum { CELL_MAX = 2000, TEXT_COLUMNS = 80, ALIGN_MAX = 2 * COMPARE_MAX + 3 };

const char compare_caution[] =
	"This is no verdict. Two runs at different times differ by more than "
	"their intervals say: other neighbours on the machine, another launch "
	"of the service. A verdict that may block a merge needs both sides in "
	"one run: assay loadgen --baseline ... --candidate ...";

/* ---- cells ------------------------------------------------------------------ */

static void put_value(enum compare_kind kind, double value, struct buf *out)
{
	switch (kind) {
	case COMPARE_COUNT:
		buf_printf(out, "%.0f", value);
		break;
	case COMPARE_RATE:
		say_rate(out, value);
		break;
	case COMPARE_SHARE:
		buf_printf(out, "%.3g %%", value * 100);
		break;
	case COMPARE_TIME:
		unit_human_duration(out, (uint64_t)value);
		break;
	}
}

static void put_cell(enum compare_kind kind, const struct compare_cell *cell,
		     struct buf *out)
{
	if (!cell->is_there) {
		buf_puts(out, "-");
		return;
	}
	put_value(kind, cell->value, out);
	if (kind == COMPARE_TIME && cell->has_interval) {
		buf_putc(out, ' ');
		say_interval(out, &(struct quantile_result){
					  .value_ns = (uint64_t)cell->value,
					  .low_ns = (uint64_t)cell->low,
					  .high_ns = (uint64_t)cell->high,
					  .enough = true });
	} else if (cell->has_interval) {
		buf_puts(out, " [");
		put_value(kind, cell->low, out);
		buf_puts(out, ", ");
		put_value(kind, cell->high, out);
		buf_puts(out, "]");
	} else if (cell->is_few) {
		buf_puts(out, " (too few)");
	}
}

static void put_change(enum compare_kind kind, const struct compare_cell *cell,
		       struct buf *out)
{
	if (!cell->has_change)
		buf_puts(out, "-");
	else if (fabs(cell->change) < 0.05 && kind != COMPARE_SHARE)
		buf_puts(out, "0 %");
	else if (kind == COMPARE_SHARE)
		buf_printf(out, "%+.2g pp", cell->change);
	else
		buf_printf(out,
			   fabs(cell->change) < 9.95 ? "%+.1f %%" : "%+.0f %%",
			   cell->change);
}

/* Intervals of one run each that do not meet: worth a look, no more. */
static bool meets(const struct compare_cell *cell)
{
	return cell->has_change && cell->has_interval && !cell->is_apart;
}

static char letter_of(size_t i)
{
	return (char)('A' + (int)i);
}

/* ---- text --------------------------------------------------------------------- */

struct text_lines {
	struct load_lines lines; /* first: it is this */
	struct buf *out;
};

static void on_line(struct load_lines *t, enum line_look look, const char *text)
{
	struct text_lines *own = (struct text_lines *)t;

	(void)look;
	buf_puts(own->out, text);
	buf_putc(own->out, '\n');
}

static void shown(struct table *t, const char *text)
{
	say_text(&t->cells, text, FACT_NAME_MAX);
	table_next(t);
}

static void text_runs(const struct compare *t, struct text_lines *to)
{
	struct table table;

	table_init(&table, "lllll");
	for (size_t i = 0; i < t->n; i++) {
		const struct run_result *run = t->run[i];

		buf_printf(&table.cells, "%c", letter_of(i));
		table_next(&table);
		shown(&table, t->name[i]);
		shown(&table, run_verdict_name(run->verdict));
		say_begun(&table.cells, run, 0);
		table_next(&table);
		shown(&table, run->host);
		table_row(&table, LOOK_PLAIN);
	}
	table_tell(&table, &to->lines);
}

static void text_facts(const struct compare *t, const char *load,
		       struct text_lines *to)
{
	struct table table;
	bool is_first = true;

	table_init(&table, "lll");
	for (size_t k = 0; k < t->n_facts; k++) {
		const struct compare_fact *f = &t->facts[k];

		if (strcmp(f->load, load) != 0)
			continue;
		if (is_first)
			buf_puts(to->out, *load ? "  not the same\n"
						: "\nnot the same\n");
		is_first = false;
		for (size_t i = 0; i < t->n; i++) {
			table_text(&table, i ? "" : f->what);
			buf_printf(&table.cells, "%c", letter_of(i));
			table_next(&table);
			shown(&table, *f->text[i] ? f->text[i] : "-");
			table_row(&table, LOOK_PLAIN);
		}
	}
	table_tell(&table, &to->lines);
}

static void text_head(const struct compare *t, struct table *table)
{
	table_text(table, "");
	table_text(table, "");
	for (size_t i = 0; i < t->n; i++) {
		buf_printf(&table->cells, "%c", letter_of(i));
		table_next(table);
	}
	for (size_t i = 1; i < t->n; i++) {
		buf_printf(&table->cells, "%c to %c", letter_of(0),
			   letter_of(i));
		table_next(table);
	}
	table_row(table, LOOK_HEAD);
}

static void text_row(const struct compare *t, const struct compare_row *row,
		     bool is_first, struct table *table)
{
	if (is_first)
		shown(table, *row->step ? row->step : "all");
	else
		table_text(table, "");
	table_text(table, row->what);
	for (size_t i = 0; i < t->n; i++) {
		put_cell(row->kind, &row->cell[i], &table->cells);
		table_next(table);
	}
	for (size_t i = 1; i < t->n; i++) {
		put_change(row->kind, &row->cell[i], &table->cells);
		if (meets(&row->cell[i]))
			buf_puts(&table->cells, " ~");
		table_next(table);
	}
	table_row(table, LOOK_PLAIN);
}

/* The rows of one load, from k on; returns the one behind. */
static size_t text_rows(const struct compare *t, size_t k,
			struct text_lines *to)
{
	const char *load = t->rows[k].load, *step = NULL;
	char align[ALIGN_MAX] = "ll";
	struct table table;

	memset(align + 2, 'r', 2 * t->n - 1);
	table_init(&table, align);
	text_head(t, &table);
	for (; k < t->n_rows && t->rows[k].load == load; k++) {
		text_row(t, &t->rows[k], t->rows[k].step != step, &table);
		step = t->rows[k].step;
	}
	table_tell(&table, &to->lines);
	return k;
}

static void put_wrapped(const char *text, size_t width, struct buf *out)
{
	size_t column = 0;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > 0 && column + 1 + n > width) {
			buf_putc(out, '\n');
			column = 0;
		} else if (column > 0) {
			buf_putc(out, ' ');
			column++;
		}
		buf_add(out, text, n);
		column += n;
		text += n;
		text += strspn(text, " ");
	}
	buf_putc(out, '\n');
}

bool compare_text(const struct compare *t, bool utf8, struct buf *out)
{
	struct text_lines to = { .lines = { .utf8 = utf8, .on_line = on_line },
				 .out = out };

	buf_puts(out, "compared\n");
	text_runs(t, &to);
	text_facts(t, "", &to);
	for (size_t k = 0; k < t->n_rows;) {
		buf_puts(out, "\nload ");
		say_text(out, t->rows[k].load, FACT_NAME_MAX);
		buf_putc(out, '\n');
		text_facts(t, t->rows[k].load, &to);
		k = text_rows(t, k, &to);
	}
	buf_puts(out, "\n[low, high] is 95 % for that run alone; ~: the two "
		      "intervals meet\n");
	put_wrapped(compare_caution, TEXT_COLUMNS, out);
	return buf_ok(out);
}

/* ---- Markdown --------------------------------------------------------------------- */

static void md_runs(const struct compare *t, struct buf *out)
{
	buf_puts(out, "### Compared\n\n| | file | verdict | begun | host "
		      "|\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < t->n; i++) {
		const struct run_result *run = t->run[i];

		buf_printf(out, "| %c | ", letter_of(i));
		md_text(out, t->name[i], FACT_NAME_MAX);
		buf_printf(out, " | %s | ", run_verdict_name(run->verdict));
		say_time(out, run->started_at_ns);
		buf_puts(out, " | ");
		md_text(out, run->host, FACT_NAME_MAX);
		buf_puts(out, " |\n");
	}
}

static void md_head(const struct compare *t, bool changes, struct buf *out)
{
	size_t n = t->n + (changes ? t->n - 1 : 0);

	for (size_t i = 0; i < t->n; i++)
		buf_printf(out, " %c |", letter_of(i));
	for (size_t i = 1; changes && i < t->n; i++)
		buf_printf(out, " %c to %c |", letter_of(0), letter_of(i));
	buf_puts(out, "\n|---|");
	for (size_t i = 0; i < n; i++)
		buf_puts(out, changes ? "---:|" : "---|");
	buf_putc(out, '\n');
}

static void md_facts(const struct compare *t, struct buf *out)
{
	if (t->n_facts == 0)
		return;
	buf_puts(out, "\n| not the same |");
	md_head(t, false, out);
	for (size_t k = 0; k < t->n_facts; k++) {
		const struct compare_fact *f = &t->facts[k];

		buf_puts(out, "| ");
		if (*f->load) {
			md_text(out, f->load, FACT_NAME_MAX);
			buf_puts(out, ": ");
		}
		buf_printf(out, "%s |", f->what);
		for (size_t i = 0; i < t->n; i++) {
			buf_putc(out, ' ');
			md_text(out, *f->text[i] ? f->text[i] : "-",
				FACT_NAME_MAX);
			buf_puts(out, " |");
		}
		buf_putc(out, '\n');
	}
}

static void md_piece(struct buf *out,
		     void (*put)(enum compare_kind kind,
				 const struct compare_cell *cell,
				 struct buf *out),
		     enum compare_kind kind, const struct compare_cell *cell,
		     const char *behind)
{
	struct buf piece;

	buf_init(&piece, CELL_MAX);
	put(kind, cell, &piece);
	buf_puts(&piece, behind);
	buf_putc(out, ' ');
	md_escape(out, buf_text(&piece));
	buf_puts(out, " |");
	buf_release(&piece);
}

static void md_row(const struct compare *t, const struct compare_row *row,
		   struct buf *out)
{
	buf_printf(out, "| %s |", row->what);
	for (size_t i = 0; i < t->n; i++)
		md_piece(out, put_cell, row->kind, &row->cell[i], "");
	for (size_t i = 1; i < t->n; i++)
		md_piece(out, put_change, row->kind, &row->cell[i],
			 meets(&row->cell[i]) ? " ~" : "");
	buf_putc(out, '\n');
}

bool compare_markdown(const struct compare *t, struct buf *out)
{
	const char *load = NULL, *step = NULL;

	md_runs(t, out);
	md_facts(t, out);
	for (size_t k = 0; k < t->n_rows; k++) {
		const struct compare_row *row = &t->rows[k];

		if (row->load != load || row->step != step) {
			buf_puts(out, "\n| ");
			md_text(out, *row->step ? row->step : row->load,
				FACT_NAME_MAX);
			buf_puts(out, " |");
			md_head(t, true, out);
		}
		load = row->load;
		step = row->step;
		md_row(t, row, out);
	}
	buf_puts(out, "\n\\[low, high\\] is 95 % for that run alone; \\~: the "
		      "two intervals meet.\n\n");
	md_escape(out, compare_caution);
	buf_putc(out, '\n');
	return buf_ok(out);
}

/* ---- CSV ---------------------------------------------------------------------------- */

static void csv_number(bool is_there, double value, struct buf *out)
{
	buf_putc(out, ',');
	if (is_there)
		buf_printf(out, "%.9g", value);
}

bool compare_csv(const struct compare *t, struct buf *out)
{
	static const char *const unit[] = {
		[COMPARE_COUNT] = "count",
		[COMPARE_RATE] = "per_s",
		[COMPARE_SHARE] = "share",
		[COMPARE_TIME] = "ns",
	};

	buf_puts(out, "load,step,what,unit,file,value,low,high,change,"
		      "intervals_meet\n");
	for (size_t k = 0; k < t->n_rows; k++) {
		const struct compare_row *row = &t->rows[k];

		for (size_t i = 0; i < t->n; i++) {
			const struct compare_cell *c = &row->cell[i];
			bool has_both = c->has_change && c->has_interval;

			csv_text(out, row->load);
			buf_putc(out, ',');
			csv_text(out, row->step);
			buf_printf(out, ",%s,%s,", row->what, unit[row->kind]);
			csv_text(out, t->name[i]);
			csv_number(c->is_there, c->value, out);
			csv_number(c->has_interval, c->low, out);
			csv_number(c->has_interval, c->high, out);
			csv_number(c->has_change, c->change, out);
			csv_number(has_both, !c->is_apart, out);
			buf_putc(out, '\n');
		}
	}
	return buf_ok(out);
}
