/* SPDX-License-Identifier: MIT */
#ifndef PROBE_KEEPER_H
#define PROBE_KEEPER_H

/*
 * keeper - takes down what checks have seen, and has notices delivered.
 *
 * A commit waits for the disk, and for other processes that have the state
 * file open; a check must not.  So the state file, the alerts and the outbox
 * have a thread and an engine of their own, behind a bounded queue.  What
 * waits there is taken down in batches, one transaction each; one that fails
 * (a full disk, a locked file) is tried again with a growing pause, and when
 * the queue is full results are dropped and counted.
 *
 * Thread rule   keeper_put(), keeper_audit(), keeper_reload() and
 *               keeper_facts() from the thread that made it; the rest of it
 *               runs on its own.
 * Ownership     takes over the arena of a result.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct audit_record; /* report/state/state.h */
struct errs;
struct hour_counts; /* report/publish/standing.h */
struct keeper;
struct log_config;
struct run_result;
struct self_facts;
struct watch_config;

enum {
	KEEPER_QUEUE_MAX = 2000, /* results that wait */
	KEEPER_BATCH_MAX = 256,	 /* checks in one transaction */
};
#define KEEPER_PAUSE_MIN_NS UINT64_C(500000000)
#define KEEPER_PAUSE_MAX_NS UINT64_C(30000000000)
#define KEEPER_ALIVE_NS	    UINT64_C(30000000000)   /* the loop turned lately */
#define KEEPER_CLEAN_NS	    UINT64_C(3600000000000) /* between two cleanings */

/* Opens the state file.  log: how its logger is opened (redactor is set
 * here).  NULL with problems. */
struct keeper *keeper_new(const char *state_path, struct watch_config *config,
			  const struct log_config *log, struct errs *es);

/* A sealed run with its arena.  Never waits. */
void keeper_put(struct keeper *k, struct watch_config *config,
		struct arena *arena, const struct run_result *sealed);
/* Copied. */
void keeper_audit(struct keeper *k, const struct audit_record *record);
void keeper_reload(struct keeper *k, struct watch_config *config);

/* The loop of the checks turns: else nobody is told that assay runs. */
void keeper_alive(struct keeper *k, uint64_t now_ns);
/* Adds what failed in the day before this process, once it is known; true
 * once. */
bool keeper_errors_before(struct keeper *k, struct hour_counts *out);

/* Fills in what it knows. */
void keeper_facts(struct keeper *k, struct self_facts *out);

enum keeper_end {
	KEEPER_DONE,
	KEEPER_LOST,  /* something could not be taken down */
	KEEPER_STUCK, /* its thread is still at it: nothing that it was given
		       * may be freed, the process has to end */
};
/* Takes down what waits, for at most so long.  NULL is fine. */
enum keeper_end keeper_close(struct keeper *k, uint64_t within_ns);

#endif
