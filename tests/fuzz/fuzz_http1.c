/* SPDX-License-Identifier: MIT */
/*
 * An answer, whole and in pieces.  The first byte sets the ceilings, the
 * second how the bytes are cut, the third whether HEAD was asked.  What is
 * found does not depend on the cut and stays within the ceilings, also when
 * codings are taken off.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probe/engine/http1.h"
#include "probe/engine/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 4096 };

struct reading {
	struct headers head;
	struct http1 p;
	struct unpack *unpack;
	enum unpack_flaw flaw;
	struct buf raw;
	struct buf body;
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool take(void *self, const char *bytes, size_t len)
{
	return buf_add(self, bytes, len);
}

static bool on_body(void *self, const char *bytes, size_t len)
{
	struct reading *r = self;

	if (!buf_add(&r->raw, bytes, len))
		return false;
	/* A broken coding is known sooner or later: go on without. */
	if (!r->flaw)
		r->flaw = unpack_write(r->unpack, bytes, len, take, &r->body);
	return true;
}

static bool on_coding(void *self, const char *name, size_t len,
		      bool is_transfer)
{
	struct reading *r = self;

	(void)is_transfer;
	return unpack_add(&r->unpack, name, len) == UNPACK_FINE;
}

static void read_all(struct reading *r, const uint8_t *data, size_t size,
		     size_t step)
{
	struct http1_sink sink = { on_body, on_coding, r };
	const char *bytes = (const char *)data + 3;
	bool wants_more = true;

	memset(r, 0, sizeof(*r));
	size -= 3;
	headers_init(&r->head, (uint64_t)data[0] * 16);
	buf_init(&r->raw, BODY_MAX);
	buf_init(&r->body, BODY_MAX);
	http1_init(&r->p, &r->head, &sink, data[2] & 1);
	for (size_t at = 0; at < size && wants_more; at += step) {
		wants_more = http1_feed(&r->p, bytes + at,
					step < size - at ? step : size - at);
		must(wants_more == (!r->p.flaw && r->p.state != HTTP1_AT_END));
	}
	must(http1_close(&r->p) == !r->p.flaw);
	must(!r->p.flaw == (r->p.state == HTTP1_AT_END) || r->p.flaw);
	must(r->raw.len <= BODY_MAX && r->body.len <= BODY_MAX);
	must(r->head.seen_bytes <= r->head.max_bytes);
}

static void read_release(struct reading *r)
{
	http1_release(&r->p);
	headers_release(&r->head);
	unpack_free(r->unpack);
	buf_release(&r->raw);
	buf_release(&r->body);
}

static void must_equal(const struct buf *a, const struct buf *b)
{
	must(a->len == b->len);
	must(!a->len || !memcmp(a->text, b->text, a->len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading whole, cut;

	if (size < 3)
		return 0;
	read_all(&whole, data, size, size);
	read_all(&cut, data, size, data[1] % 23u + 1);
	must(whole.p.flaw == cut.p.flaw && whole.p.status == cut.p.status);
	must(whole.head.n == cut.head.n && whole.head.bad == cut.head.bad);
	must(whole.head.is_whole == cut.head.is_whole);
	must_equal(&whole.head.text, &cut.head.text);
	must_equal(&whole.raw, &cut.raw);
	must(!whole.flaw == !cut.flaw);
	if (!whole.flaw)
		must_equal(&whole.body, &cut.body);
	read_release(&whole);
	read_release(&cut);
	return 0;
}
