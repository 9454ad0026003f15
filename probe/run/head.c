/* SPDX-License-Identifier: MIT */
#include "probe/run/head.h"

#include <sys/resource.h>
#include <unistd.h>

#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

enum { HOST_ROOM = 256 };

#ifndef ASSAY_VERSION
#define ASSAY_VERSION "0.1"
#endif

static const char *host_name(struct arena *a)
{
	char name[HOST_ROOM] = "";

	if (gethostname(name, sizeof(name) - 1) != 0)
		return "";
	const char *copy = arena_strdup(a, name);
	return copy ? copy : "";
}

void result_head(struct run_result *to, const struct scenario *sc,
		 const char *vantage, struct arena *a)
{
	*to = (struct run_result){
		.tool = "assay " ASSAY_VERSION,
		.name = sc->name ? sc->name : "",
		.file = sc->file ? sc->file : "",
		.environment = sc->environment ? sc->environment : "",
		.vantage = vantage ? vantage : "",
		.host = host_name(a),
		.partial_why = "",
		.broken_why = "",
	};
}

void result_note_broken(struct run_result *run)
{
	for (size_t i = 0; i < run->n_checks && !run->broken; i++) {
		const struct check_result *check = &run->checks[i];

		if (check->outcome != OUTCOME_LOCAL_FAIL)
			continue;
		run->broken = true;
		run->broken_why = check->message;
	}
	if (run->broken)
		result_judge(run);
}

static uint64_t ns_of(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * UNIT_NS_PER_S +
	       (uint64_t)t->tv_usec * UNIT_NS_PER_US;
}

uint64_t process_cpu_ns(void)
{
	struct rusage ru;

	if (getrusage(RUSAGE_SELF, &ru) != 0)
		return 0;
	return ns_of(&ru.ru_utime) + ns_of(&ru.ru_stime);
}

uint64_t process_peak_rss_bytes(void)
{
	struct rusage ru;

	if (getrusage(RUSAGE_SELF, &ru) != 0)
		return 0;
	return (uint64_t)ru.ru_maxrss * 1024; /* Linux counts in KiB */
}

void result_cost(struct run_result *to)
{
	to->cpu_ns = process_cpu_ns();
	to->peak_rss_bytes = process_peak_rss_bytes();
}
