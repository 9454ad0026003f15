/* SPDX-License-Identifier: MIT */
/* Any bytes as a page of metrics, in both formats (the first byte chooses).
 * Property: a problem is said exactly when the page is refused, inside of it;
 * what was accepted, printed again, reads as the same samples. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/metrics/exposition.h"
#include "scenarios/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { PAGE_MAX = 1 << 16 };

static void must(int holds)
{
	if (!holds)
		abort();
}

/* The samples of a page, each as one line of its own, and a page that has
 * them. */
struct page {
	enum exposition_format format;
	struct buf types, samples, told;
	char family[256];
	size_t family_len;
};

static void tell_double(struct buf *out, double value)
{
	uint64_t bits;

	if (isnan(value))
		value = NAN;
	memcpy(&bits, &value, sizeof(bits));
	buf_printf(out, " %llx", (unsigned long long)bits);
}

static void tell_labels(struct buf *out, const struct label *label, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, " %.*s=%zu:", (int)label[i].name_len,
			   label[i].name, label[i].len);
		buf_add(out, label[i].value, label[i].len);
	}
}

static void print_type(struct page *p, const struct metric_sample *s)
{
	/* In the text format all types come first, in OpenMetrics each before
	 * its samples.  A name of more than that is not printed. */
	struct buf *to = p->format == EXPOSITION_TEXT ? &p->types : &p->samples;
	struct buf line;

	buf_init(&line, BUF_NO_LIMIT);
	buf_printf(&line, "# TYPE %.*s %s\n", (int)s->family_len, s->family,
		   metric_type_name(s->type, p->format));
	bool is_new = p->format == EXPOSITION_TEXT
			      ? !p->types.len || !strstr(buf_text(&p->types),
							 buf_text(&line))
			      : p->family_len != s->family_len ||
					memcmp(p->family, s->family,
					       s->family_len) != 0;
	if (is_new)
		buf_add(to, buf_text(&line), line.len);
	memcpy(p->family, s->family, s->family_len);
	p->family_len = s->family_len;
	buf_release(&line);
}

static bool on_sample(void *self, const struct metric_sample *s)
{
	struct page *p = self;

	if (s->family_len > sizeof(p->family))
		return false;
	must(s->part != PART_BUCKET || !isnan(s->bound));
	print_type(p, s);
	exposition_print(s, p->format, &p->samples);
	buf_printf(&p->told, "%.*s %.*s %d %d", (int)s->name_len, s->name,
		   (int)s->family_len, s->family, s->type, s->part);
	tell_labels(&p->told, s->label, s->n);
	tell_double(&p->told, s->value);
	tell_double(&p->told, s->bound);
	tell_double(&p->told, s->has_time ? s->time_s : -1);
	if (s->exemplar.is_there) {
		tell_labels(&p->told, s->exemplar.label, s->exemplar.n);
		tell_double(&p->told, s->exemplar.value);
		tell_double(&p->told,
			    s->exemplar.has_time ? s->exemplar.time_s : -1);
	}
	buf_putc(&p->told, '\n');
	return true;
}

static void page_init(struct page *p, enum exposition_format format)
{
	*p = (struct page){ .format = format };
	buf_init(&p->types, BUF_NO_LIMIT);
	buf_init(&p->samples, BUF_NO_LIMIT);
	buf_init(&p->told, BUF_NO_LIMIT);
}

static void page_release(struct page *p)
{
	buf_release(&p->types);
	buf_release(&p->samples);
	buf_release(&p->told);
}

static bool page_read(struct page *p, const char *text, size_t len,
		      struct errs *es)
{
	const struct source src = { "page", text, len };
	const struct exposition_sink sink = { on_sample, p };

	es->n = es->dropped = 0;
	return exposition_read(&src, p->format, &sink, NULL, es);
}

static void again(const struct page *first, struct errs *es)
{
	struct page second;
	struct buf text;

	page_init(&second, first->format);
	buf_init(&text, BUF_NO_LIMIT);
	buf_add(&text, buf_text(&first->types), first->types.len);
	buf_add(&text, buf_text(&first->samples), first->samples.len);
	if (first->format == EXPOSITION_OPENMETRICS)
		buf_puts(&text, "# EOF\n");
	must(page_read(&second, buf_text(&text), text.len, es));
	must(second.told.len == first->told.len);
	must(!memcmp(buf_text(&second.told), buf_text(&first->told),
		     first->told.len));
	buf_release(&text);
	page_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct errs es;
	struct page p;

	if (size < 1 || size > PAGE_MAX)
		return 0;
	char *text = malloc(size);
	must(text != NULL);
	memcpy(text, bytes + 1, size - 1);
	page_init(&p, bytes[0] & 1 ? EXPOSITION_OPENMETRICS : EXPOSITION_TEXT);
	bool ok = page_read(&p, text, size - 1, &es);
	must(ok == !es.n && es.n <= 1);
	if (!ok) {
		size_t lines = 1;

		for (size_t i = 0; i + 1 < size; i++)
			lines += text[i] == '\n';
		must(es.item[0].at.line >= 1 && es.item[0].at.line <= lines);
		must(es.item[0].at.col >= 1 && es.item[0].at.col <= size);
		must(es.item[0].text[0]);
	} else {
		again(&p, &es);
	}
	exposition_misfit(text, size - 1);
	page_release(&p);
	free(text);
	return 0;
}
