/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_LOAD_RIG_H
#define TESTS_UNIT_LOAD_RIG_H

/*
 * load_rig - drives a collector through a load that never was.
 *
 * A series says what happens in each second; nothing waits for a clock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "report/load/collect.h"
#include "report/result/load_result.h"
#include "scenarios/loads/loads.h"

#define MS UINT64_C(1000000)
#define S  UINT64_C(1000000000)

/* What happens in one second, all at its beginning. */
struct part {
	uint64_t ok, failed, timed_out; /* requests that end */
	unsigned status;		/* of those that fail */
	uint64_t latency_ns;		/* of all of them */
	uint64_t under_way;		/* at its end */
	uint64_t dropped;
	bool asks_twice; /* each arrival is ok in its first step, and ends with
			  * its second */
	bool is_silent;	 /* nothing is handed over */
};

enum { RIG_LIMITS = 8, RIG_STEPS = 2 };

struct rig {
	struct arena *a;
	struct errs es;
	struct load_limit limit[RIG_LIMITS];
	struct workload load;
	struct step_facts step[RIG_STEPS];
	struct collect_facts facts;
	struct collector *c;
	struct tally *slice;
	struct collect_ending end;
	struct load_result out;
};

/* An open load with these limits ("": none) and a plan of that length; it may
 * be changed until rig_start(). */
void rig_make(struct rig *r, const char *limits, uint64_t plan_s);
void rig_start(struct rig *r);
void rig_free(struct rig *r);

/* Into the slice that is handed over next. */
void rig_request(struct rig *r, uint64_t end_ns, enum outcome o,
		 unsigned status, uint64_t latency_ns);
void rig_take(struct rig *r, uint64_t second, const struct part *p);
void rig_finish(struct rig *r, uint64_t total_ns);

/* All of it, from start to finish, looking every second; it ends when a limit
 * aborts it.  Returns when it ended, in seconds. */
uint64_t rig_run(struct rig *r, uint64_t total_s,
		 void (*series)(uint64_t second, struct part *p));

/* 100 requests a second of 5 ms; nothing at all; 100 errors a second from
 * second 10 to 13. */
void rig_good(uint64_t second, struct part *p);
void rig_nothing(uint64_t second, struct part *p);
void rig_bad(uint64_t second, struct part *p);

#endif
