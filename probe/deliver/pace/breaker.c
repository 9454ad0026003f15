/* SPDX-License-Identifier: MIT */
#include "probe/deliver/pace/breaker.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/base/capped.h"

bool breaker_allows(struct breaker *b, uint64_t now_at_ns)
{
	if (b->phase != BREAKER_OPEN)
		return true;
	bool is_over = now_at_ns >= b->until_at_ns;
	bool is_from_the_future =
		b->until_at_ns > capped_sum(now_at_ns, BREAKER_PAUSE_MAX_NS);
	if (is_over || is_from_the_future)
		b->phase = BREAKER_HALF_OPEN;
	return b->phase == BREAKER_HALF_OPEN;
}

void breaker_went_well(struct breaker *b)
{
	*b = (struct breaker){ .phase = BREAKER_CLOSED };
}

bool breaker_failed(struct breaker *b, uint64_t now_at_ns)
{
	if (b->failures < UINT32_MAX)
		b->failures++;
	if (b->phase == BREAKER_CLOSED && b->failures < BREAKER_FAILURES)
		return false;
	if (b->phase == BREAKER_HALF_OPEN)
		b->pause_ns *= 2;
	if (b->pause_ns < BREAKER_PAUSE_MIN_NS)
		b->pause_ns = BREAKER_PAUSE_MIN_NS;
	if (b->pause_ns > BREAKER_PAUSE_MAX_NS)
		b->pause_ns = BREAKER_PAUSE_MAX_NS;
	b->phase = BREAKER_OPEN;
	b->until_at_ns = capped_sum(now_at_ns, b->pause_ns);
	return true;
}

void breaker_print(const struct breaker *b, char out[BREAKER_TEXT_MAX])
{
	/* one that is half open when its process dies is still to be tried */
	if (b->phase == BREAKER_CLOSED)
		snprintf(out, BREAKER_TEXT_MAX, "closed %" PRIu64, b->failures);
	else
		snprintf(out, BREAKER_TEXT_MAX,
			 "open %" PRIu64 " %" PRIu64 " %" PRIu64, b->failures,
			 b->pause_ns, b->until_at_ns);
}

void breaker_read(const char *text, struct breaker *out)
{
	struct breaker b = { .phase = BREAKER_CLOSED };
	char end;

	*out = b;
	if (!text)
		return;
	if (sscanf(text, "closed %" SCNu64 "%c", &b.failures, &end) == 1 &&
	    b.failures < BREAKER_FAILURES) {
		*out = b;
		return;
	}
	b.phase = BREAKER_OPEN;
	if (sscanf(text, "open %" SCNu64 " %" SCNu64 " %" SCNu64 "%c",
		   &b.failures, &b.pause_ns, &b.until_at_ns, &end) == 3 &&
	    b.pause_ns >= BREAKER_PAUSE_MIN_NS &&
	    b.pause_ns <= BREAKER_PAUSE_MAX_NS)
		*out = b;
}
