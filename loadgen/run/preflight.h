/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_PREFLIGHT_H
#define LOADGEN_PREFLIGHT_H

/*
 * preflight - whether this machine can do what a plan asks of it.
 *
 * Looked at before anything is sent.  What cannot work is a problem with the
 * command that would help; what may become too much, because it hangs on how
 * slow the target is, is a warning.
 *
 *     files         a connection takes one
 *     ports         a pair of addresses (ours, the target's with its port)
 *                   has as many connections as there are local ports; one
 *                   that we closed counts until its TIME_WAIT is over
 *     backlog       of a target on this machine
 *     CPUs          a worker takes one
 *     sources       must be addresses of this machine
 *
 * Thread rule   one thread, before the workers start.
 * Errors        ERR_SYSTEM (exit code 4), at the load.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"

struct load_job; /* loadgen/run/inside.h */
struct machine;	 /* loadgen/run/machine.h */

/* Of one flow of a load, and of one of its targets. */
struct needs {
	const char *load; /* its name */
	struct place at;
	uint64_t connections;	  /* at once, for sure */
	uint64_t connections_max; /* at once, when the target is slow */
	uint64_t at_once;	  /* opened in the same moment */
	bool is_fresh;		  /* a new one for each request */
	double rate;		  /* requests a second, at most; 0: not known */
	double requests;	  /* in all; 0: not known */
	size_t n_sources;	  /* 0: the system chooses one */
	size_t n_targets;	  /* addresses; 0: not known */
	bool is_loopback;	  /* all of them */
	bool is_unix;		  /* a path: no ports */
};

/* What all flows take together; workers 0: not looked at. */
bool preflight_check(const struct needs *needs, size_t n, uint64_t workers,
		     const struct machine *m, struct errs *problems,
		     struct errs *warnings);

/* Open files that so many connections take, of so many workers. */
uint64_t preflight_files(uint64_t connections, uint64_t workers);

/* Of compiled loads on this machine; raises the limit of open files as far as
 * it goes.  False: nothing may be sent. */
bool preflight_run(const struct load_job *jobs, size_t n, struct errs *problems,
		   struct errs *warnings);

#endif
