/* SPDX-License-Identifier: MIT */
/* Any text as a selector.  Property: problems are said exactly when nothing is
 * given, inside the text; what was accepted, printed, is the same selector
 * again; a condition and its negation never agree on a series. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/doc/doc.h"
#include "scenarios/metrics/selector.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void same(const struct selector *a, const struct selector *b)
{
	must(!a->name == !b->name && a->n == b->n);
	must(!a->name || !strcmp(a->name, b->name));
	for (size_t i = 0; i < a->n; i++) {
		must(!strcmp(a->label[i].name, b->label[i].name));
		must(a->label[i].op == b->label[i].op);
		must(a->label[i].len == b->label[i].len);
		must(!memcmp(a->label[i].value, b->label[i].value,
			     a->label[i].len));
	}
}

static void negate(const struct selector *s)
{
	static const enum label_op opposite[] = {
		[LABEL_IS] = LABEL_IS_NOT,
		[LABEL_IS_NOT] = LABEL_IS,
		[LABEL_MATCHES] = LABEL_MATCHES_NOT,
		[LABEL_MATCHES_NOT] = LABEL_MATCHES,
	};
	const struct label series[] = { { "a", 1, "x", 1 },
					{ "status", 6, "500", 3 } };

	for (size_t i = 0; i < s->n; i++) {
		struct label_want want = s->label[i], other = want;
		uint64_t steps = SELECTOR_STEPS_MAX;
		struct selector yes = { .n = 1, .label = &want },
				no = { .n = 1, .label = &other };

		other.op = opposite[want.op];
		enum selector_result a =
			selector_takes(&yes, "m", 1, series, 2, &steps);
		enum selector_result b =
			selector_takes(&no, "m", 1, series, 2, &steps);
		must(a == SELECTOR_LIMIT || b == SELECTOR_LIMIT || a != b);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct errs es;
	struct arena *a = arena_new(1 << 24);
	struct buf out;

	must(a != NULL);
	es.n = es.dropped = 0;
	struct source *src = doc_source(
		a, "selector", size ? (const char *)bytes : "", size, &es);
	must(src != NULL);
	const struct selector *s =
		selector_parse(a, src->text, size, place_at(src, 0), &es);
	must(!s == (es.n > 0));
	for (size_t i = 0; i < es.n; i++)
		must(es.item[i].at.line >= 1 && es.item[i].at.col >= 1 &&
		     es.item[i].at.col <= size + 1 && es.item[i].text[0]);
	if (s) {
		buf_init(&out, BUF_NO_LIMIT);
		selector_print(s, &out);
		/* escapes can make it longer than what is read */
		const struct selector *again = selector_parse(
			a, buf_text(&out), out.len, NOWHERE, &es);
		must(again || out.len > SELECTOR_BYTES_MAX);
		if (again)
			same(s, again);
		negate(s);
		buf_release(&out);
	}
	arena_free(a);
	return 0;
}
