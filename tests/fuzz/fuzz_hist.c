/* SPDX-License-Identifier: MIT */
/*
 * The first byte says whether the rest is the text of a histogram, or the
 * unpacked part of one, which is packed first.  What decodes is encoded and
 * decodes to the same; its quantiles rise; merged into one of ours no value
 * is lost.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "report/hist/hist.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COOKIE = 0x1c849314, HEAD_BYTES = 40, AT_LENGTH = 4 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void put_be32(char *to, size_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (char)(value >> (24 - 8 * i));
}

/* The length that the head tells is made right: a guess would never be. */
static void pack(const uint8_t *data, size_t size, struct buf *text)
{
	struct buf plain, packed;
	uLongf n = compressBound(size);
	char head[8];

	buf_init(&plain, BUF_NO_LIMIT);
	buf_init(&packed, BUF_NO_LIMIT);
	buf_add(&plain, data, size);
	if (size >= HEAD_BYTES)
		put_be32(plain.text + AT_LENGTH, size - HEAD_BYTES);
	Bytef *zipped = malloc(n);
	must(zipped && compress2(zipped, &n, (const Bytef *)buf_text(&plain),
				 plain.len, 1) == Z_OK);
	put_be32(head, COOKIE);
	put_be32(head + 4, n);
	buf_add(&packed, head, sizeof(head));
	buf_add(&packed, zipped, n);
	text_base64_encode(text, TEXT_BASE64, packed.text, packed.len);
	free(zipped);
	buf_release(&plain);
	buf_release(&packed);
}

static void check_same(const struct hist *h, struct errs *es)
{
	struct buf again;

	buf_init(&again, BUF_NO_LIMIT);
	must(hist_encode(h, &again));
	struct hist *back = hist_decode(again.text, again.len, es);
	must(back && es->n == 0);
	must(back->digits == h->digits && back->low_ns == h->low_ns &&
	     back->high_ns == h->high_ns && back->n_counts == h->n_counts);
	must(memcmp(back->counts, h->counts,
		    h->n_counts * sizeof(h->counts[0])) == 0);
	must(back->total == h->total && back->sum_ns == h->sum_ns &&
	     back->min_ns == h->min_ns && back->max_ns == h->max_ns);
	hist_free(back);
	buf_release(&again);
}

static void check_quantiles(const struct hist *h)
{
	uint64_t before = 0;

	for (int i = 0; i <= 20; i++) {
		uint64_t v = hist_quantile(h, i / 20.0);
		struct hist_bounds b = hist_interval(h, i / 20.0, 0.95);

		must(v >= before && v <= hist_max_ns(h));
		must(b.low_ns <= v && v <= b.high_ns);
		before = v;
	}
	must(hist_count_below(h, before) == hist_count(h));
}

static void check_merge(const struct hist *h, unsigned digits)
{
	struct hist *into = hist_new(digits);

	must(into != NULL);
	hist_merge(into, h);
	must(hist_count(into) == hist_count(h));
	must(hist_min_ns(into) == hist_min_ns(h));
	must(hist_max_ns(into) == hist_max_ns(h));
	must(hist_over(into) <= hist_count(into));
	check_quantiles(into);
	hist_reset(into);
	for (size_t i = 0; i < into->n_counts; i++)
		must(into->counts[i] == 0);
	hist_free(into);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct errs errs;
	struct buf text;

	if (size < 1)
		return 0;
	memset(&errs, 0, sizeof(errs));
	buf_init(&text, BUF_NO_LIMIT);
	if (data[0] & 1)
		pack(data + 1, size - 1, &text);
	else
		buf_add(&text, data + 1, size - 1);
	struct hist *h = hist_decode(buf_text(&text), text.len, &errs);
	must((h == NULL) == (errs.n > 0));
	if (h) {
		check_same(h, &errs);
		check_quantiles(h);
		check_merge(h, 1 + data[0] / 2 % 3);
	}
	hist_free(h);
	buf_release(&text);
	return 0;
}
