/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_MACHINE_H
#define LOADGEN_MACHINE_H

/*
 * machine - what this machine allows a generator of load.
 *
 * Plain facts, so that the judgement over them (preflight.h) can be tested on
 * machines that do not exist.
 *
 * Sources       ip(7), tcp(7), proc(5), getrlimit(2), and the kernel's
 *               Documentation/networking/ip-sysctl.rst and
 *               admin-guide/cgroup-v2.rst.
 * Thread rule   one thread, before the workers start: machine_read() raises
 *               the soft limit of open files.
 */

#include <stddef.h>
#include <stdint.h>

struct machine {
	uint64_t files;	     /* that this process may have open */
	uint64_t files_most; /* that a process can be allowed: fs.nr_open */
	/* of connections that choose their port themselves */
	uint64_t port_low, port_high; /* both included */
	uint64_t ports_reserved;      /* of them, for others */
	/* Whoever closes a connection first keeps its port for a while. */
	uint64_t time_wait_ns;
	uint64_t time_wait_max; /* of all connections; more are cut short */
	uint64_t reuse;		/* tcp_tw_reuse: 0 no, 1 yes, 2 loopback only */
	uint64_t reuse_ns;	/* after this time */
	uint64_t backlog;	/* net.core.somaxconn */
	uint64_t cpu_permille;	/* 1000: one CPU; by affinity and quota */
	uint64_t cpus;		/* by affinity */
};

/* Fills in what can be found out and leaves Linux's defaults for the rest.
 * files_wanted: the soft limit is raised to this, as far as the hard one
 * lets us. */
void machine_read(struct machine *m, uint64_t files_wanted);

/* How many of the ports that "8080,9148-9200" names lie within low to high. */
uint64_t machine_reserved(const char *text, uint64_t low, uint64_t high);

/* The part of one CPU in a thousand that cgroup's cpu.max ("50000 100000")
 * gives; 0: "max", or nothing that can be read. */
uint64_t machine_quota(const char *text);

#endif
