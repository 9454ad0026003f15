/* SPDX-License-Identifier: MIT */
#include "report/result/load_result.h"

struct accounting load_requests(const struct load_result *load)
{
	struct accounting sum = { 0 };

	for (size_t i = 0; i < load->n_steps; i++) {
		const struct accounting *of = &load->steps[i].accounting;

		sum.planned += of->planned;
		sum.sent += of->sent;
		sum.dropped += of->dropped;
		sum.not_started += of->not_started;
		sum.ok += of->ok;
		sum.failed += of->failed;
		sum.timed_out += of->timed_out;
		sum.in_flight += of->in_flight;
	}
	return sum;
}

struct load_errors load_errors(const struct load_result *load)
{
	struct accounting of = load_requests(load);
	uint64_t errors = of.failed + of.timed_out + load->accounting.dropped;

	return (struct load_errors){ of.ok + errors, errors };
}
