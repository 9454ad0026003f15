/* SPDX-License-Identifier: MIT */
/* Any bytes as CSV and as JSON Lines; the first byte says which.  Property:
 * all rows have all columns; written again as CSV and read again, all cells
 * are the same; problems lie inside the file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/loads/loads_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void cell_write(const char *cell, struct buf *out)
{
	buf_putc(out, '"');
	for (; *cell; cell++) {
		if (*cell == '"')
			buf_putc(out, '"');
		buf_putc(out, *cell);
	}
	buf_putc(out, '"');
}

static void csv_write(const struct feeder *f, struct buf *out)
{
	for (size_t c = 0; c < f->n_columns; c++) {
		buf_puts(out, c ? "," : "");
		cell_write(f->columns[c], out);
	}
	for (size_t r = 0; r < f->n_rows; r++)
		for (size_t c = 0; c < f->n_columns; c++) {
			buf_puts(out, c ? "," : "\r\n");
			cell_write(feeder_cell(f, r, c), out);
		}
}

static void same_feeder(const struct feeder *a, const struct feeder *b)
{
	must(a->n_columns == b->n_columns && a->n_rows == b->n_rows);
	for (size_t c = 0; c < a->n_columns; c++)
		must(!strcmp(a->columns[c], b->columns[c]));
	for (size_t i = 0; i < a->n_rows * a->n_columns; i++)
		must(!strcmp(a->cells[i], b->cells[i]));
}

static void check_again(struct decoder *d, const struct feeder *f)
{
	struct feeder again = { 0 };
	struct buf text;

	must(f->n_rows > 0 && f->n_columns > 0);
	for (size_t i = 0; i < f->n_rows * f->n_columns; i++)
		must(f->cells[i] &&
		     text_utf8_valid(f->cells[i], strlen(f->cells[i]), NULL));
	buf_init(&text, BUF_NO_LIMIT);
	csv_write(f, &text);
	struct source *src =
		doc_source(d->arena, "again", text.text, text.len, d->es);
	must(src && feeder_read(d, src, feeder_read_csv, &again));
	same_feeder(f, &again);
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct errs es;
	static struct decoder d;
	struct feeder f = { 0 };

	if (!size)
		return 0;
	es.n = es.dropped = 0;
	d.arena = arena_new(1 << 28);
	d.es = &es;
	must(d.arena != NULL);
	struct source *src = doc_source(d.arena, "data",
					(const char *)bytes + 1, size - 1, &es);
	must(src != NULL);
	bool ok = feeder_read(
		&d, src, bytes[0] == '{' ? feeder_read_jsonl : feeder_read_csv,
		&f);
	must(ok == !es.n);
	/* a problem says where it is, and quotes nothing: it may be a secret */
	for (size_t i = 0; i < es.n; i++)
		must(es.item[i].at.src && !es.item[i].at.src->text &&
		     es.item[i].at.line <= size + 1 &&
		     es.item[i].at.col <= size + 1);
	if (ok)
		check_again(&d, &f);
	arena_free(d.arena);
	return 0;
}
