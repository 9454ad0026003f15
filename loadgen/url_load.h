/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_URL_LOAD_H
#define LOADGEN_URL_LOAD_H

/*
 * url_load - a URL on the command line as a scenario of one load.
 *
 * The same model as from a file, so that nothing behind it knows the
 * difference.  The host of the URL is allowed: who typed it meant it.
 *
 *     closed   users ask as soon as they were answered (no rate)
 *     open     a rate, whatever the target does
 */

#include <stdbool.h>
#include <stdint.h>

#include "probe/url_scenario.h"

struct url_load {
	struct url_check check;
	uint64_t users;	     /* closed: 0: URL_LOAD_USERS; open: ceiling */
	uint64_t iterations; /* in all; 0: no limit */
	uint64_t for_ns;     /* 0: URL_LOAD_FOR_NS unless iterations */
	double rate_per_s;   /* 0: closed */
	uint64_t ramp_ns;
	bool is_poisson;
	uint64_t seed;
	uint64_t warm_up_ns;
	bool finds_warm_up;
	uint64_t grace_ns;
	bool has_grace;
	uint64_t digits;
	const struct args *limits;  /* rules; or NULL */
	const struct args *sources; /* or NULL */
	bool is_fresh;
	bool no_resumption;
	uint64_t streams, max_requests;
};

enum { URL_LOAD_USERS = 10 };
#define URL_LOAD_FOR_NS	  UINT64_C(10000000000)
#define URL_LOAD_STATUSES "2xx,3xx"

/* Look at the problems before using it.  NULL, or freed with scenario_free()
 * when they were printed: they point into it. */
struct scenario *scenario_from_url_load(const struct url_load *from,
					struct errs *es);

#endif
