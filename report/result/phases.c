/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "report/result/phases.h"

static const char *const names[PHASE_N] = {
	[PHASE_LATENESS] = "lateness", [PHASE_QUEUE] = "queue",
	[PHASE_DNS] = "dns",	       [PHASE_CONNECT] = "connect",
	[PHASE_TLS] = "tls",	       [PHASE_SEND] = "send",
	[PHASE_WAIT] = "wait",	       [PHASE_RECEIVE] = "receive",
};

void phases_build(struct phases *ph, const struct phase_points *at)
{
	/* where each phase but the last ends */
	const uint64_t ends[PHASE_N - 1] = {
		at->taken_ns,	  at->started_ns, at->resolved_ns,
		at->connected_ns, at->secured_ns, at->sent_ns,
		at->first_ns,
	};
	uint64_t now = at->planned_ns;

	*ph = (struct phases){ 0 };
	for (size_t i = 0; now == 0 && i < PHASE_N - 1; i++)
		now = ends[i];
	if (now == 0)
		return;
	for (size_t i = 0; i < PHASE_N - 1; i++) {
		uint64_t end = ends[i];

		if (end > at->end_ns)
			end = at->end_ns;
		if (end <= now)
			continue;
		ph->ns[i] = end - now;
		now = end;
	}
	if (at->end_ns > now)
		ph->ns[at->under_way < PHASE_N ? at->under_way
					       : PHASE_RECEIVE] +=
			at->end_ns - now;
}

uint64_t phases_total(const struct phases *ph)
{
	uint64_t total = 0;

	for (size_t i = 0; i < PHASE_N; i++)
		total += ph->ns[i];
	return total;
}

void phases_add(struct phases *sum, const struct phases *ph)
{
	for (size_t i = 0; i < PHASE_N; i++)
		sum->ns[i] += ph->ns[i];
}

enum phase phases_longest(const struct phases *ph)
{
	enum phase longest = PHASE_LATENESS;

	for (size_t i = 1; i < PHASE_N; i++) {
		if (ph->ns[i] > ph->ns[longest])
			longest = (enum phase)i;
	}
	return longest;
}

const char *phase_name(enum phase p)
{
	return names[p];
}
