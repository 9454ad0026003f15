/* SPDX-License-Identifier: MIT */
/* The shapes of health bodies.  A new one is a row here. */
#include "scenarios/model.h"

#define PATHS(...)                     \
	(const char *const[])          \
	{                              \
		__VA_ARGS__, (void *)0 \
	}

#define S(n) ((uint64_t)(n)*1000000000u)

/* The overall word of these bodies does not look at the disk, and a worker
 * count of 0 is only degraded to it. */
static const struct health_limit checks_limits[] = {
	{ "$.checks.disk.free_gb", HEALTH_MORE, .number = 1,
	  .why = "the disk is nearly full" },
	{ "$.checks.celery.workers", HEALTH_AT_LEAST, .number = 1,
	  .why = "no worker is active" },
	{ 0 },
};

static const struct health_limit liveness_limits[] = {
	{ "$.version", .op = HEALTH_SEMVER },
	{ 0 },
};

static const struct health_limit latency_limits[] = {
	{ "$.latency_ms", HEALTH_AT_LEAST, .number = 0 },
	{ 0 },
};

static const struct health_limit buckets_limits[] = {
	{ "$.buckets", .op = HEALTH_LIST },
	{ 0 },
};

static const struct health_limit metrics_limits[] = {
	{ "$.system.uptime_seconds", HEALTH_AT_LEAST, .number = 0 },
	{ 0 },
};

static const struct health_limit system_limits[] = {
	{ "$.cpu", HEALTH_LESS, .number = 80 },
	{ "$.memory_percent", HEALTH_LESS, .number = 85 },
	{ "$.disk_percent", HEALTH_LESS, .number = 90 },
	{ 0 },
};

static const struct health_limit pool_limits[] = {
	{ "$.connections.checkedout", HEALTH_LESS, .than = "$.connections.size",
	  .why = "connection pool exhausted" },
	{ 0 },
};

const struct health_shape health_shapes[] = {
	{ .name = "any",
	  .doc = "whatever looks like a status: words, maps and lists of "
		 "parts, or plain text",
	  .statuses = "2xx,503",
	  .overall = "",
	  .parts = "",
	  .text = "" },
	{ .name = "checks",
	  .doc = "status and checks, each with a status and its numbers",
	  .statuses = "200,503",
	  .overall = "$.status",
	  .parts = "$.checks",
	  .limits = checks_limits,
	  .required = PATHS("$.status", "$.checks"),
	  .text = "" },
	{ .name = "text",
	  .doc = "the text healthy and a line feed, nothing else",
	  .statuses = "200",
	  .overall = "",
	  .parts = "",
	  .text = "healthy\n" },
	{ .name = "proxied-ready",
	  .doc = "checks behind a proxy that says \"not ready\" when it "
		 "cannot reach the service",
	  .statuses = "200,503",
	  .overall = "$.status",
	  .parts = "$.checks",
	  .limits = checks_limits,
	  .required = PATHS("$.status", "$.checks"),
	  .text = "not ready" },
	{ .name = "liveness",
	  .doc = "status and version",
	  .statuses = "200",
	  .overall = "$.status",
	  .parts = "",
	  .limits = liveness_limits,
	  .required = PATHS("$.status", "$.version"),
	  .text = "" },
	{ .name = "latency",
	  .doc = "status and latency_ms",
	  .statuses = "200,503",
	  .overall = "$.status",
	  .parts = "",
	  .limits = latency_limits,
	  .required = PATHS("$.status", "$.latency_ms"),
	  .text = "" },
	{ .name = "buckets",
	  .doc = "status and a list of buckets that is not empty",
	  .statuses = "200,503",
	  .overall = "$.status",
	  .parts = "",
	  .limits = buckets_limits,
	  .required = PATHS("$.status", "$.buckets"),
	  .text = "" },
	{ .name = "services",
	  .doc = "status and services, at least one, of any names",
	  .statuses = "200,503",
	  .overall = "$.status",
	  .parts = "$.services",
	  .required = PATHS("$.status", "$.services"),
	  .text = "" },
	{ .name = "metrics",
	  .doc = "numbers as JSON, with system.uptime_seconds and "
		 "system.version",
	  .statuses = "200",
	  .overall = "",
	  .parts = "",
	  .limits = metrics_limits,
	  .required = PATHS("$.system.uptime_seconds", "$.system.version"),
	  .text = "" },
	{ .name = "status",
	  .doc = "status alone",
	  .statuses = "200",
	  .overall = "$.status",
	  .parts = "",
	  .required = PATHS("$.status"),
	  .text = "" },
	{ .name = "services-timestamp",
	  .doc = "status, services, and a timestamp at most 60 s from now",
	  .statuses = "200,503",
	  .overall = "$.status",
	  .parts = "$.services",
	  .required = PATHS("$.status", "$.services"),
	  .text = "",
	  .max_age_ns = S(60) },
	{ .name = "ready",
	  .doc = "status ready, or not_ready while it is starting",
	  .statuses = "200,503",
	  .overall = "$.status",
	  .parts = "",
	  .required = PATHS("$.status"),
	  .text = "" },
	{ .name = "alive",
	  .doc = "status alive",
	  .statuses = "200",
	  .overall = "$.status",
	  .parts = "",
	  .required = PATHS("$.status"),
	  .text = "" },
	{ .name = "system",
	  .doc = "healthy, and cpu, memory_percent and disk_percent within "
		 "their limits",
	  .statuses = "200",
	  .overall = "$.healthy",
	  .parts = "",
	  .limits = system_limits,
	  .required = PATHS("$.healthy", "$.cpu", "$.memory_percent",
			    "$.disk_percent"),
	  .text = "" },
	{ .name = "pool",
	  .doc = "status, and a connection pool that is not exhausted",
	  .statuses = "200",
	  .overall = "$.status",
	  .parts = "",
	  .limits = pool_limits,
	  .required = PATHS("$.status", "$.connections.size",
			    "$.connections.checkedout"),
	  .text = "" },
};

const size_t health_shapes_n = sizeof(health_shapes) / sizeof(health_shapes[0]);
