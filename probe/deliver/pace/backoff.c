/* SPDX-License-Identifier: MIT */
#include "probe/deliver/pace/backoff.h"

#include "probe/deliver/deliver.h"

uint64_t backoff_ns(uint64_t failures, uint32_t draw)
{
	uint64_t whole = DELIVER_BACKOFF_MIN_NS;

	for (uint64_t i = 1; i < failures && whole < DELIVER_BACKOFF_MAX_NS;
	     i++)
		whole *= 2;
	if (whole > DELIVER_BACKOFF_MAX_NS)
		whole = DELIVER_BACKOFF_MAX_NS;
	uint64_t half = whole / 2;
	double share = (double)draw / (double)BACKOFF_DRAW_WHOLE;
	return half + (uint64_t)((double)(whole - half) * share);
}

uint64_t backoff_next_at_ns(uint64_t now_at_ns, uint64_t failures,
			    uint64_t asked_ns, uint32_t draw)
{
	uint64_t wait = backoff_ns(failures, draw);

	return now_at_ns + (wait > asked_ns ? wait : asked_ns);
}
