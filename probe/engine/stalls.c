/* SPDX-License-Identifier: MIT */
#include "probe/engine/stalls.h"

void stalls_begin(struct stalls *s, uint64_t now_ns)
{
	s->looked_ns = now_ns;
}

void stalls_end(struct stalls *s)
{
	s->looked_ns = 0;
}

static void keep(struct stalls *s, uint64_t from_ns, uint64_t to_ns)
{
	unsigned at = (s->first + s->n) % STALLS_KEPT;

	if (s->n == STALLS_KEPT)
		s->first = (s->first + 1) % STALLS_KEPT;
	else
		s->n++;
	s->kept[at] = (struct stall){ from_ns, to_ns, s->sum_ns };
	s->sum_ns += to_ns - from_ns;
}

void stalls_look(struct stalls *s, uint64_t now_ns)
{
	uint64_t due_ns = s->looked_ns + STALLS_LOOK_NS;

	if (s->looked_ns && now_ns >= due_ns + STALLS_MIN_NS)
		keep(s, due_ns, now_ns);
	if (s->looked_ns && now_ns > s->looked_ns)
		s->looked_ns = now_ns;
}

void stalls_late(struct stalls *s, uint64_t due_ns, uint64_t now_ns)
{
	const struct stall *newest =
		&s->kept[(s->first + s->n + STALLS_KEPT - 1) % STALLS_KEPT];

	if (now_ns < due_ns || now_ns - due_ns < STALLS_MIN_NS)
		return;
	/* several may be late at once */
	if (s->n > 0 && due_ns < newest->to_ns)
		due_ns = newest->to_ns;
	if (due_ns < now_ns)
		keep(s, due_ns, now_ns);
}

uint64_t stalls_seen(const struct stalls *s, uint64_t at_ns)
{
	if (at_ns == 0 || s->n == 0)
		return at_ns;
	for (unsigned i = s->n; i-- > 0;) {
		const struct stall *st = &s->kept[(s->first + i) % STALLS_KEPT];

		if (at_ns >= st->to_ns)
			return at_ns - st->before_ns -
			       (st->to_ns - st->from_ns);
		if (at_ns >= st->from_ns)
			return st->from_ns - st->before_ns;
	}
	return at_ns - s->kept[s->first].before_ns;
}
