/* SPDX-License-Identifier: MIT */
#ifndef PROBE_OVERLAP_H
#define PROBE_OVERLAP_H

/*
 * overlap - keeps two runs of one scenario from going on at the same time.
 *
 * A schedule that is quicker than its runs would otherwise ask the targets
 * twice at once.  The lock is on a byte, chosen by the name of the scenario, of
 * a file beside the state file ("state.db.lock"), so that other scenarios that
 * share the state are not in the way; it goes with the process, however that
 * ends.
 *
 * Thread rule   one thread.
 */

#include <stdbool.h>
#include <stdint.h>

struct errs;

#define OVERLAP_WAIT_NS UINT64_C(10000000000) /* for the other one to end */

enum overlap_found {
	OVERLAP_NONE,	/* the lock is ours */
	OVERLAP_OTHER,	/* another run is still under way */
	OVERLAP_BROKEN, /* a problem was added */
};

struct overlap {
	int fd;
};

enum overlap_found overlap_take(struct overlap *ov, const char *state_path,
				const char *scenario, uint64_t wait_ns,
				struct errs *es);
void overlap_drop(struct overlap *ov); /* of one that was zeroed is fine */

#endif
