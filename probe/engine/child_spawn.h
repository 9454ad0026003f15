/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_CHILD_SPAWN_H
#define PROBE_ENGINE_CHILD_SPAWN_H

/*
 * child_spawn - how a command of this machine begins; only child.c includes it.
 *
 * It is vfork() and not posix_spawn(), which cannot give the child a limit of its
 * own.
 *
 * Thread rule   none: nothing is shared.
 * Ownership     the descriptors in *ours are the caller's, also on false.
 */

#include <sys/types.h>

#include "probe/engine/child.h"

/* ours[0] writes its input, [1] and [2] read its output; -1 stays where there
 * is no pipe.  False with one sentence in *why. */
bool child_spawn(const struct child_plan *plan, int ours[3], pid_t *pid,
		 struct buf *why);

#endif
