/* SPDX-License-Identifier: MIT */
#include "loadgen/run/machine.h"

#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "probe/engine/engine.h"
#include "scenarios/base/units.h"

enum {
	FACT_ROOM = 4096, /* bytes of a file that tells one */
	PATH_ROOM = 300,
};

/* ---- small files ---------------------------------------------------- */

/* The first line, "" when there is none. */
static bool read_line(const char *path, char line[FACT_ROOM])
{
	FILE *from = fopen(path, "re");
	bool done = from && fgets(line, FACT_ROOM, from);

	if (from)
		fclose(from);
	if (!done)
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return done;
}

static void read_number(const char *path, uint64_t *number)
{
	char line[FACT_ROOM];
	uint64_t found;

	if (read_line(path, line) && sscanf(line, "%" SCNu64, &found) == 1)
		*number = found;
}

/* ---- ports ---------------------------------------------------------- */

uint64_t machine_reserved(const char *text, uint64_t low, uint64_t high)
{
	uint64_t n = 0;

	for (; text; text = strchr(text, ',')) {
		uint64_t from = 0, to = 0;

		text += *text == ',';
		int found = sscanf(text, "%" SCNu64 "-%" SCNu64, &from, &to);
		if (found < 1)
			continue;
		if (found == 1)
			to = from;
		from = from < low ? low : from;
		to = to > high ? high : to;
		n += from <= to ? to - from + 1 : 0;
	}
	return n;
}

static void read_ports(struct machine *m)
{
	char line[FACT_ROOM];
	uint64_t low, high;

	if (read_line("/proc/sys/net/ipv4/ip_local_port_range", line) &&
	    sscanf(line, "%" SCNu64 " %" SCNu64, &low, &high) == 2 &&
	    low <= high) {
		m->port_low = low;
		m->port_high = high;
	}
	if (read_line("/proc/sys/net/ipv4/ip_local_reserved_ports", line))
		m->ports_reserved =
			machine_reserved(line, m->port_low, m->port_high);
}

/* ---- CPUs ----------------------------------------------------------- */

uint64_t machine_quota(const char *text)
{
	uint64_t quota, period;

	if (sscanf(text, "%" SCNu64 " %" SCNu64, &quota, &period) != 2 ||
	    !period || quota > UINT64_MAX / 1000)
		return 0;
	return quota * 1000 / period;
}

static void lower_cpu(struct machine *m, uint64_t permille)
{
	if (permille && permille < m->cpu_permille)
		m->cpu_permille = permille;
}

/* A group is held to its own quota and to those above it. */
static void read_quota(struct machine *m)
{
	static const char root[] = "/sys/fs/cgroup";
	char line[FACT_ROOM], group[PATH_ROOM] = "", path[PATH_ROOM + 40];
	FILE *from = fopen("/proc/self/cgroup", "re");
	char *end;

	while (from && fgets(line, sizeof(line), from))
		if (!strncmp(line, "0::/", 4))
			(void)snprintf(group, sizeof(group), "%.*s",
				       (int)strcspn(line + 3, "\n"), line + 3);
	if (from)
		fclose(from);
	/* Inside a container its own group may be mounted as the root. */
	do {
		end = strrchr(group, '/');
		snprintf(path, sizeof(path), "%s%s/cpu.max", root, group);
		if (read_line(path, line))
			lower_cpu(m, machine_quota(line));
		if (end)
			*end = '\0';
	} while (end);
}

static void read_cpus(struct machine *m)
{
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof(set), &set))
		m->cpus = (uint64_t)CPU_COUNT(&set);
	m->cpu_permille = m->cpus * 1000;
	read_quota(m);
}

void machine_read(struct machine *m, uint64_t files_wanted)
{
	uint64_t reuse_ms = 1000;

	*m = (struct machine){
		.files = engine_raise_files(files_wanted),
		.files_most = 1048576,
		.port_low = 32768,
		.port_high = 60999,
		.time_wait_ns = 60 * UNIT_NS_PER_S,
		.time_wait_max = 16384,
		.reuse = 2,
		.backlog = 4096,
		.cpus = 1,
	};
	read_number("/proc/sys/fs/nr_open", &m->files_most);
	read_ports(m);
	read_number("/proc/sys/net/ipv4/tcp_max_tw_buckets", &m->time_wait_max);
	read_number("/proc/sys/net/ipv4/tcp_tw_reuse", &m->reuse);
	read_number("/proc/sys/net/ipv4/tcp_tw_reuse_delay", &reuse_ms);
	m->reuse_ns = reuse_ms * UNIT_NS_PER_MS;
	read_number("/proc/sys/net/core/somaxconn", &m->backlog);
	read_cpus(m);
}
