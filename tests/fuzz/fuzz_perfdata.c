/* SPDX-License-Identifier: MIT */
/* Any bytes as the output of a plugin.  Property: problems are inside the
 * output; every datum, printed, is the same datum again; the line for people
 * has no bar and no line break. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/metrics/perfdata.h"
#include "scenarios/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void same_number(const struct perf_number *a,
			const struct perf_number *b)
{
	must(a->is_there == b->is_there);
	must(!a->is_there || !(a->value < b->value || a->value > b->value));
}

static void same_text(const struct perf_text *a, const struct perf_text *b)
{
	must(a->len == b->len &&
	     (!a->len || !memcmp(a->text, b->text, a->len)));
}

static void on_again(void *self, const struct perf_datum *b)
{
	const struct perf_datum **at = self, *a = *at;

	must(a != NULL);
	must(!strcmp(a->label, b->label) && !strcmp(a->uom, b->uom));
	must(a->is_unknown == b->is_unknown);
	must(!(a->value < b->value || a->value > b->value));
	must(isfinite(a->value));
	same_text(&a->warn, &b->warn);
	same_text(&a->crit, &b->crit);
	same_number(&a->min, &b->min);
	same_number(&a->max, &b->max);
	*at = NULL;
}

static void on_datum(void *self, const struct perf_datum *d)
{
	const struct perf_datum *at = d;
	static struct errs es;
	struct buf out;

	(void)self;
	/* these would end the line, or be a bar of their own */
	if (strpbrk(d->label, "\n|") || strpbrk(d->uom, "\n|"))
		return;
	buf_init(&out, BUF_NO_LIMIT);
	buf_puts(&out, "|");
	perfdata_print(d, &out);
	const struct source src = { "again", buf_text(&out), out.len };
	es.n = 0;
	must(perfdata_read(&src, on_again, &at, &es));
	must(!at);
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct errs es;
	struct buf line;

	char *text = malloc(size ? size : 1);
	must(text != NULL);
	if (size)
		memcpy(text, bytes, size);
	const struct source src = { "output", text, size };
	es.n = es.dropped = 0;
	must(perfdata_read(&src, on_datum, NULL, &es) == !es.n);
	for (size_t i = 0; i < es.n; i++)
		must(es.item[i].at.line >= 1 && es.item[i].at.col >= 1 &&
		     es.item[i].at.col <= size + 1 && es.item[i].text[0]);
	buf_init(&line, BUF_NO_LIMIT);
	perfdata_line(text, size, &line);
	must(line.len <= size && !memchr(buf_text(&line), '|', line.len) &&
	     !memchr(buf_text(&line), '\n', line.len));
	buf_release(&line);
	free(text);
	return 0;
}
