/* SPDX-License-Identifier: MIT */
#include "report/page/page_parts.h"

void page_share_add(struct page_shares *sum, const struct state_bucket *b)
{
	sum->up_ns += b->up_ns;
	sum->degraded_ns += b->degraded_ns;
	sum->down_ns += b->down_ns;
	sum->inconclusive_ns += b->inconclusive_ns;
	sum->not_observed_ns += b->not_observed_ns;
}

/* Cut off, not rounded: a second of failure is never 100 %. */
void page_availability(struct buf *out, const struct page_shares *s)
{
	uint64_t up = s->up_ns + s->degraded_ns;
	uint64_t all = up + s->down_ns;

	if (!all) {
		buf_puts(out, "not observed");
		return;
	}
	unsigned hundredths = (unsigned)((__uint128_t)up * 10000 / all);
	buf_printf(out, "%u.%02u %%", hundredths / 100, hundredths % 100);
}
