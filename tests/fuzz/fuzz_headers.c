/* SPDX-License-Identifier: MIT */
/*
 * The first byte sets the ceiling, the second how the bytes are cut.  What is
 * kept stays within the ceiling and does not depend on the cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probe/engine/exchange.h"
#include "probe/engine/headers.h"
#include "scenarios/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_fields(const struct headers *h)
{
	struct arena *a = arena_new(64 << 20);
	const struct field *f = headers_fields(h, a);
	size_t bytes = 0;

	must(f);
	for (size_t i = 0; i < h->n; i++) {
		must(text_is_token(f[i].name, strlen(f[i].name)));
		must(!strchr(f[i].value, '\n'));
		bytes += strlen(f[i].name) + strlen(f[i].value) + 2;
	}
	must(bytes == h->text.len);
	must(bytes <= h->max_bytes);
	must(h->interim <= HEADERS_INTERIM_MAX + 1);
	arena_free(a);
}

static void must_equal(const struct headers *a, const struct headers *b)
{
	must(a->n == b->n && a->status == b->status && a->bad == b->bad);
	must(a->interim == b->interim && a->too_large == b->too_large);
	must(a->is_whole == b->is_whole && a->seen_bytes == b->seen_bytes);
	must(a->text.len == b->text.len);
	must(!a->text.len || !memcmp(a->text.text, b->text.text, a->text.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct headers whole, cut;

	if (size < 2)
		return 0;
	uint64_t max = (uint64_t)data[0] * 16;
	size_t step = data[1] % 23u + 1;
	const char *bytes = (const char *)data + 2;
	size -= 2;
	headers_init(&whole, max);
	headers_init(&cut, max);
	bool fits = headers_add(&whole, bytes, size);
	must(fits == !whole.too_large);
	for (size_t at = 0; at < size; at += step)
		headers_add(&cut, bytes + at,
			    size - at < step ? size - at : step);
	must_equal(&whole, &cut);
	check_fields(&whole);
	headers_release(&whole);
	headers_release(&cut);
	return 0;
}
