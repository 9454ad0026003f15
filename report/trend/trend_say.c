/* SPDX-License-Identifier: MIT */
#include "report/trend/trend.h"

#include <inttypes.h>

#include "report/render/facts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

#define PERCENT 100.0

enum { CELL_MAX = 120, CELLS = 24, INDENT = 4, NUMBER = 8 };

static void say_value(struct buf *out, enum trend_number number, double value)
{
	if (number == TREND_ERRORS)
		buf_printf(out, "%.2f%%", value * PERCENT);
	else if (value < (double)UINT64_MAX / 2)
		unit_human_duration(out, (uint64_t)value);
	else
		buf_puts(out, "for ever");
}

/* A text with blanks behind it. */
static void put_cell(struct buf *out, struct buf *cell, size_t width)
{
	size_t columns = 0;

	for (size_t i = 0; i < cell->len; i++)
		columns += ((unsigned char)cell->text[i] & 0xc0) != 0x80;
	buf_puts(out, buf_text(cell));
	buf_fill(out, ' ', columns < width ? width - columns : 1);
	buf_reset(cell);
}

static const char *unit_of(const struct trend_load *ld)
{
	return ld->is_check ? "hour" : "run";
}

static void say_line(struct buf *out, const struct trend_load *ld,
		     const struct trend_line *l)
{
	static const char *const sides[] = { "lower than before", "as before",
					     "HIGHER than before" };
	struct buf cell;

	buf_init(&cell, CELL_MAX);
	buf_fill(out, ' ', INDENT);
	buf_puts(&cell, trend_number_name(l->number));
	put_cell(out, &cell, NUMBER);
	say_value(&cell, l->number, l->newest);
	put_cell(out, &cell, CELLS / 2);
	if (l->is_known) {
		say_value(&cell, l->number, l->low);
		buf_puts(&cell, " to ");
		say_value(&cell, l->number, l->high);
		put_cell(out, &cell, CELLS);
		buf_printf(out, "%s (%zu %ss)\n", sides[l->side + 1], l->n,
			   unit_of(ld));
	} else {
		buf_printf(out, "not known: %zu of %d %ss\n", l->n,
			   TREND_RUNS_MIN, unit_of(ld));
	}
	buf_release(&cell);
}

/* "+12.3 %"; of a rate its odds. */
static void say_factor(struct buf *out, double factor)
{
	buf_printf(out, "%+.1f %%", factor * PERCENT);
}

static void say_changes(struct buf *out, const struct trend_load *ld,
			const struct trend_line *l)
{
	for (size_t i = 0; i < l->n_changes; i++) {
		const struct trend_change *c = &l->change[i];

		buf_fill(out, ' ', INDENT);
		buf_printf(out, "%s changed with the %s of ",
			   trend_number_name(l->number), unit_of(ld));
		say_time(out, ld->runs[c->at].at_ns);
		buf_puts(out, ": ");
		say_value(out, l->number, c->before);
		buf_puts(out, " before, ");
		say_value(out, l->number, c->after);
		buf_printf(out, " from then on (p %.2g)\n", c->p);
	}
	if (!l->drifts)
		return;
	buf_fill(out, ' ', INDENT);
	buf_printf(out, "%s drifts: ", trend_number_name(l->number));
	say_factor(out, l->slope);
	buf_printf(out, " %s [", ld->is_check ? "an hour" : "a run");
	say_factor(out, l->slope_low);
	buf_puts(out, ", ");
	say_factor(out, l->slope_high);
	buf_printf(out, "]%s\n",
		   l->number == TREND_ERRORS ? ", of its odds" : "");
}

static void say_load(struct buf *out, const struct trend_load *ld)
{
	buf_puts(out, ld->is_check ? "check " : "load ");
	say_text(out, ld->name, FACT_NAME_MAX);
	buf_printf(out, ": %zu %s%s before %s one", ld->n_runs - 1, unit_of(ld),
		   ld->n_runs == 2 ? "" : "s",
		   ld->is_check ? "the newest" : "this");
	if (ld->n_runs > 1) {
		buf_puts(out, ", since ");
		say_time(out, ld->runs[0].at_ns);
	}
	if (ld->n_hosts > 1)
		buf_printf(out, ", on %zu machines", ld->n_hosts);
	buf_putc(out, '\n');
	buf_fill(out, ' ', INDENT + NUMBER);
	buf_printf(out, "%-*s%s\n", CELLS / 2, "newest", "99 of 100 lie in");
	for (int k = 0; k < TREND_NUMBERS_N; k++)
		say_line(out, ld, &ld->line[k]);
	for (int k = 0; k < TREND_NUMBERS_N; k++)
		say_changes(out, ld, &ld->line[k]);
}

static void say_left_out(struct buf *out, const struct trend *t)
{
	const struct {
		size_t n;
		const char *one, *rest;
	} row[] = {
		{ t->n_unread, "file", "that cannot be read as a result" },
		{ t->n_skipped, "file", "without these loads" },
		{ t->n_invalid, "load", "whose instrument was the limit" },
		{ t->n_other, "load", "with another plan" },
		{ t->n_again, "load", "of runs that are counted already" },
		{ t->n_later, "run", "after this one" },
	};
	bool told = false;

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		if (!row[i].n)
			continue;
		buf_printf(out, "%s%zu %s%s %s",
			   told ? ", " : "left out: ", row[i].n, row[i].one,
			   row[i].n == 1 ? "" : "s", row[i].rest);
		told = true;
	}
	if (told)
		buf_putc(out, '\n');
}

void trend_text(const struct trend *t, struct buf *out)
{
	buf_puts(out, "history of ");
	say_text(out, *t->name ? t->name : "assay", FACT_NAME_MAX);
	buf_printf(out, ", %zu file%s\n", t->n_files,
		   t->n_files == 1 ? "" : "s");
	for (size_t i = 0; i < t->n_loads; i++)
		say_load(out, &t->loads[i]);
	say_left_out(out, t);
	buf_puts(
		out,
		"not fit to block a merge: runs of other times and machines "
		"differ by more than a change that matters, so that this shows "
		"a slowdown of 10 % about once in 25 times, and a change point "
		"about once in 5 even 60 runs behind it; compare two builds "
		"side by side for that\n");
}
