/* SPDX-License-Identifier: MIT */
#include "report/state/past/past.h"

#include <math.h>
#include <stdlib.h>

#include "report/hist/hist.h"
#include "report/state/state_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"

/*
 * Packed: twice the number of values, and the values; or one more than twice
 * the length of the V2 encoding (report/hist/hist.h), and its bytes.
 */

void latency_init(struct latency *l)
{
	*l = (struct latency){ 0 };
}

void latency_release(struct latency *l)
{
	hist_free(l->hist);
	latency_init(l);
}

void latency_reset(struct latency *l)
{
	if (l->is_hist)
		hist_reset(l->hist);
	l->is_hist = false;
	l->n = 0;
}

static bool to_hist(struct latency *l)
{
	if (l->is_hist)
		return true;
	if (!l->hist)
		l->hist = hist_new(HIST_DIGITS);
	if (!l->hist)
		return false;
	l->is_hist = true;
	for (size_t i = 0; i < l->n; i++)
		hist_record(l->hist, l->list[i]);
	l->n = 0;
	return true;
}

bool latency_add(struct latency *l, uint64_t ns)
{
	if (!l->is_hist && l->n < LATENCY_LIST_MAX) {
		l->list[l->n++] = ns;
		return true;
	}
	if (!to_hist(l))
		return false;
	hist_record(l->hist, ns);
	return true;
}

static bool add_hist(struct latency *l, const unsigned char *bytes, size_t len)
{
	struct errs *ignored = calloc(1, sizeof(*ignored));
	struct hist *h = NULL;
	struct buf text;

	buf_init(&text, HIST_TEXT_MAX);
	if (ignored && text_base64_encode(&text, TEXT_BASE64, bytes, len))
		h = hist_decode(text.text, text.len, ignored);
	bool ok = h && to_hist(l);
	if (ok)
		hist_merge(l->hist, h);
	hist_free(h);
	buf_release(&text);
	free(ignored);
	return ok;
}

bool latency_add_packed(struct latency *l, const unsigned char *bytes,
			size_t len)
{
	struct unpack u = { .bytes = bytes, .len = len };
	uint64_t head = unpack_number(&u);

	if (u.is_bad)
		return false;
	if (head & 1)
		return head / 2 == len - u.at &&
		       add_hist(l, bytes + u.at, len - u.at);
	for (uint64_t i = 0; i < head / 2; i++) {
		uint64_t ns = unpack_number(&u);

		if (u.is_bad || !latency_add(l, ns))
			return false;
	}
	return true;
}

static bool pack_hist(struct latency *l, struct buf *out)
{
	struct buf text, bytes;

	buf_init(&text, HIST_TEXT_MAX);
	buf_init(&bytes, HIST_TEXT_MAX);
	bool ok = hist_encode(l->hist, &text) &&
		  text_base64_decode(&bytes, TEXT_BASE64, text.text, text.len);
	if (ok) {
		pack_number(out, (uint64_t)bytes.len * 2 + 1);
		buf_add(out, bytes.text, bytes.len);
	}
	buf_release(&text);
	buf_release(&bytes);
	return ok && buf_ok(out);
}

bool latency_pack(struct latency *l, struct buf *out)
{
	if (l->is_hist)
		return pack_hist(l, out);
	pack_number(out, (uint64_t)l->n * 2);
	for (size_t i = 0; i < l->n; i++)
		pack_number(out, l->list[i]);
	return buf_ok(out);
}

static int by_size(const void *left, const void *right)
{
	const uint64_t *l = left, *r = right;

	return *l < *r ? -1 : *l > *r;
}

void latency_sort(struct latency *l)
{
	if (!l->is_hist && l->n)
		qsort(l->list, l->n, sizeof(*l->list), by_size);
}

uint64_t latency_quantile(const struct latency *l, double q)
{
	if (l->is_hist)
		return hist_quantile(l->hist, q);
	size_t rank = (size_t)ceil(q * (double)l->n);

	return l->n ? l->list[rank ? rank - 1 : 0] : 0;
}

const struct hist *latency_hist(struct latency *l)
{
	return to_hist(l) ? l->hist : NULL;
}
