/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "loadgen/run/machine.h"
#include "loadgen/run/preflight.h"
#include "probe/engine/engine.h"
#include "scenarios/base/units.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define S	     UNIT_NS_PER_S

/* A plain Linux with four CPUs. */
static const struct machine plain = {
	.files = 4096,
	.files_most = 1048576,
	.port_low = 32768,
	.port_high = 60999, /* 28232 ports */
	.time_wait_ns = 60 * S,
	.time_wait_max = 131072,
	.reuse = 2,
	.reuse_ns = S,
	.backlog = 4096,
	.cpu_permille = 4000,
	.cpus = 4,
};

/* What differs from the plain machine, and from one load with no needs. */
struct row {
	struct needs needs;
	struct machine m; /* fields that are 0 are as in the plain one */
	uint64_t workers;
	const char *problem; /* all of it; NULL: there is none */
	const char *warning;
};

static struct machine machine_of(const struct row *r)
{
	struct machine m = plain;

#define TAKE(field) m.field = r->m.field ? r->m.field : plain.field
	TAKE(files);
	TAKE(files_most);
	TAKE(port_low);
	TAKE(port_high);
	TAKE(ports_reserved);
	TAKE(time_wait_max);
	TAKE(reuse);
	TAKE(backlog);
	TAKE(cpu_permille);
	TAKE(cpus);
#undef TAKE
	return m;
}

static void assert_said(size_t i, const struct errs *es, const char *want)
{
	const char *said = es->n ? es->item[0].text : NULL;

	if (es->n != (want != NULL) || (said && strcmp(said, want) != 0))
		fail_msg("row %zu: %zu said: %s", i, es->n, said ? said : "");
	if (es->n)
		assert_int_equal(es->item[0].kind, ERR_SYSTEM);
}

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct machine m = machine_of(&rows[i]);
		struct needs needs = rows[i].needs;
		struct errs problems = { 0 }, warnings = { 0 };

		needs.load = "x";
		if (needs.connections_max < needs.connections)
			needs.connections_max = needs.connections;
		bool ok = preflight_check(&needs, 1, rows[i].workers, &m,
					  &problems, &warnings);
		assert_said(i, &problems, rows[i].problem);
		assert_said(i, &warnings, rows[i].warning);
		assert_true(ok == !rows[i].problem);
	}
}

static void files(void **state)
{
	static const struct row rows[] = {
		{ .needs = { .connections = 64 } },
		/* exactly as many as there are */
		{ .needs = { .connections = 4096 - 64 } },
		{ .needs = { .connections = 4096 - 64 - 2 * 16 },
		  .workers = 2 },
		{ .needs = { .connections = 4096 - 63 },
		  .problem = "load \"x\" needs 4033 connections, for which "
			     "4097 open files are needed, and the limit is "
			     "4096: ulimit -n 4097" },
		{ .needs = { .connections = 4096 - 64 - 31 },
		  .workers = 2,
		  .problem = "load \"x\" needs 4001 connections, for which "
			     "4097 open files are needed, and the limit is "
			     "4096: ulimit -n 4097" },
		{ .needs = { .connections = 0 },
		  .m = { .files = 10 },
		  .problem = "load \"x\" needs 64 open files for this program "
			     "alone, and the limit is 10: ulimit -n 64" },
		{ .needs = { .connections = 20000, .n_targets = 1 },
		  .m = { .files_most = 10000 },
		  .problem = "load \"x\" needs 20000 connections, for which "
			     "20064 open files are needed, and the limit is "
			     "4096: sysctl -w fs.nr_open=20064 && ulimit -n "
			     "20064" },
		/* only when the target is slow */
		{ .needs = { .connections_max = 10000, .n_targets = 1 },
		  .warning = "load \"x\" may come to 10000 connections, for "
			     "which 10064 open files are needed, and the "
			     "limit is 4096: ulimit -n 10064" },
		/* a unix socket takes files, but no ports */
		{ .needs = { .connections = 100000,
			     .n_targets = 1,
			     .is_unix = true },
		  .m = { .files = 200000 } },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

#define WIDE "sysctl -w net.ipv4.ip_local_port_range='1024 65535', or "

static void kept_ports(void **state)
{
	static const struct row rows[] = {
		{ .needs = { .connections = 28232, .n_targets = 1 },
		  .m = { .files = 1000000 } },
		{ .needs = { .connections = 28233, .n_targets = 1 },
		  .m = { .files = 1000000 },
		  .problem = "load \"x\" takes 28233 local ports at once, and "
			     "there are 28232 (32768 to 60999): " WIDE
			     "2 source addresses: --source ADDRESS --source "
			     "ADDRESS" },
		{ .needs = { .connections = 30000,
			     .n_targets = 1,
			     .is_loopback = true },
		  .m = { .files = 1000000, .backlog = 65535 },
		  .problem = "load \"x\" takes 30000 local ports at once, and "
			     "there are 28232 (32768 to 60999): " WIDE
			     "2 source addresses: --source 127.0.0.1 --source "
			     "127.0.0.2" },
		/* more targets, more sources */
		{ .needs = { .connections = 56464, .n_targets = 2 },
		  .m = { .files = 1000000 } },
		{ .needs = { .connections = 112928,
			     .n_targets = 2,
			     .n_sources = 2 },
		  .m = { .files = 1000000 } },
		{ .needs = { .connections = 60000,
			     .n_sources = 2,
			     .n_targets = 1 },
		  .m = { .files = 1000000 },
		  .problem = "load \"x\" takes 60000 local ports at once, and "
			     "there are 56464 (32768 to 60999, times 2 pairs "
			     "of addresses): " WIDE
			     "3 source addresses: --source ADDRESS --source "
			     "ADDRESS --source ADDRESS" },
		/* a wide range is not enough */
		{ .needs = { .connections = 150000, .n_targets = 1 },
		  .m = { .files = 1000000 },
		  .problem = "load \"x\" takes 150000 local ports at once, "
			     "and there are 28232 (32768 to 60999): 6 source "
			     "addresses: --source ADDRESS --source ADDRESS "
			     "--source ADDRESS --source ADDRESS ..." },
		{ .needs = { .connections = 1000000, .n_targets = 1 },
		  .m = { .files = 2000000, .port_high = 32777 },
		  .problem = "load \"x\" takes 1000000 local ports at once, "
			     "and there are 10 (32768 to 32777): fewer "
			     "connections" },
		{ .needs = { .connections = 100, .n_targets = 1 },
		  .m = { .ports_reserved = 28200 },
		  .problem = "load \"x\" takes 100 local ports at once, and "
			     "there are 32 (32768 to 60999): " WIDE
			     "4 source addresses: --source ADDRESS --source "
			     "ADDRESS --source ADDRESS --source ADDRESS" },
		/* nobody knows whom, or how slow: a warning */
		{ .needs = { .connections = 28233 },
		  .m = { .files = 1000000 },
		  .warning = "load \"x\" takes 28233 local ports at once, and "
			     "there are 28232 (32768 to 60999): " WIDE
			     "2 source addresses: --source ADDRESS --source "
			     "ADDRESS" },
		{ .needs = { .connections_max = 30000, .n_targets = 1 },
		  .m = { .files = 1000000 },
		  .warning = "load \"x\" may take 30000 local ports at once, "
			     "and there are 28232 (32768 to 60999): " WIDE
			     "2 source addresses: --source ADDRESS --source "
			     "ADDRESS" },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

#define FRESH .is_fresh = true, .n_targets = 1

static void fresh_ports(void **state)
{
	static const struct row rows[] = {
		/* 60 s of TIME_WAIT */
		{ .needs = { FRESH, .rate = 470 } },
		{ .needs = { FRESH, .rate = 500 },
		  .problem = "load \"x\" takes 30000 local ports at once, for "
			     "500 new connections/s hold theirs 1m longer, "
			     "and there are 28232 (32768 to 60999): sysctl "
			     "-w net.ipv4.tcp_tw_reuse=1, or 2 source "
			     "addresses: --source ADDRESS --source ADDRESS" },
		/* too short to come so far */
		{ .needs = { FRESH, .rate = 500, .requests = 5000 } },
		{ .needs = { FRESH, .rate = 500, .requests = 30000 },
		  .problem = "load \"x\" takes 30000 local ports at once, for "
			     "500 new connections/s hold theirs 1m longer, "
			     "and there are 28232 (32768 to 60999): sysctl "
			     "-w net.ipv4.tcp_tw_reuse=1, or 2 source "
			     "addresses: --source ADDRESS --source ADDRESS" },
		/* the kernel keeps fewer of them than there are ports */
		{ .needs = { FRESH, .rate = 5000 },
		  .m = { .time_wait_max = 8192 } },
		/* used again after a second */
		{ .needs = { FRESH, .rate = 20000 }, .m = { .reuse = 1 } },
		{ .needs = { FRESH, .rate = 20000, .is_loopback = true } },
		{ .needs = { FRESH, .rate = 40000, .is_loopback = true },
		  .problem = "load \"x\" takes 40000 local ports at once, for "
			     "40000 new connections/s hold theirs 1s longer, "
			     "and there are 28232 (32768 to 60999): " WIDE
			     "2 source addresses: --source 127.0.0.1 --source "
			     "127.0.0.2" },
		/* those that are open count as well */
		{ .needs = { FRESH, .rate = 470, .connections = 100 },
		  .problem = "load \"x\" takes 28300 local ports at once, for "
			     "470 new connections/s hold theirs 1m longer, "
			     "and there are 28232 (32768 to 60999): sysctl "
			     "-w net.ipv4.tcp_tw_reuse=1, or 2 source "
			     "addresses: --source ADDRESS --source ADDRESS" },
		/* users ask as often as they are answered */
		{ .needs = { FRESH, .connections = 10 },
		  .warning = "load \"x\" runs out of local ports at more than "
			     "471 new connections/s, because each port is "
			     "kept for 1m: sysctl -w "
			     "net.ipv4.tcp_tw_reuse=1" },
		{ .needs = { FRESH, .connections = 10, .requests = 20000 } },
		{ .needs = { FRESH, .connections = 10, .is_loopback = true } },
		{ .needs = { FRESH, .is_unix = true, .rate = 100000 } },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void words_only(void **state)
{
	static const struct row rows[] = {
		{ .needs = { .connections = 2000,
			     .n_targets = 1,
			     .at_once = 2000,
			     .is_loopback = true },
		  .m = { .backlog = 128 },
		  .warning = "load \"x\" opens 2000 connections at once, and "
			     "a target on this machine has at most 128 "
			     "waiting to be accepted: sysctl -w "
			     "net.core.somaxconn=2000 and start it again" },
		/* another machine has a backlog of its own */
		{ .needs = { .connections = 2000,
			     .n_targets = 1,
			     .at_once = 2000 },
		  .m = { .backlog = 128 } },
		{ .workers = 4 },
		{ .workers = 5,
		  .warning = "5 workers share 4 CPUs: -t 4 does the same for "
			     "less" },
		{ .workers = 2,
		  .m = { .cpus = 1, .cpu_permille = 1000 },
		  .warning = "2 workers share 1 CPU: -t 1 does the same for "
			     "less" },
		{ .needs = { .n_targets = 1, .is_loopback = true },
		  .workers = 4,
		  .warning = "the target is on this machine, and 4 workers "
			     "leave it none of the 4 CPUs: -t 3" },
		{ .needs = { .n_targets = 1, .is_loopback = true },
		  .workers = 1,
		  .m = { .cpus = 1, .cpu_permille = 1000 } },
		{ .workers = 1,
		  .m = { .cpu_permille = 500 },
		  .warning =
			  "1 worker on a quota of 0.5 CPUs: when it is used up "
			  "nothing moves, and that time shows as latency" },
		{ .workers = 1, .m = { .cpu_permille = 1500 } },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* The flows of one load are taken together; several loads only might run at
 * the same time. */
static void several(void **state)
{
	static const struct needs flows[] = {
		{ .load = "a", .connections = 3000, .n_targets = 1 },
		{ .load = "a", .connections = 2000, .n_targets = 1 },
	};
	static const struct needs loads[] = {
		{ .load = "a", .connections = 3000, .n_targets = 1 },
		{ .load = "b", .connections = 2000, .n_targets = 1 },
	};
	struct errs problems = { 0 }, warnings = { 0 };

	(void)state;
	assert_false(
		preflight_check(flows, 2, 1, &plain, &problems, &warnings));
	assert_string_equal(problems.item[0].text,
			    "load \"a\" needs 5000 connections, for which "
			    "5080 open files are needed, and the limit is "
			    "4096: ulimit -n 5080");
	assert_int_equal(problems.n, 1);
	problems.n = 0;
	assert_true(preflight_check(loads, 2, 1, &plain, &problems, &warnings));
	assert_int_equal(problems.n, 0);
	assert_int_equal(warnings.n, 1);
	assert_string_equal(warnings.item[0].text,
			    "load \"b\" and those before it come to 5000 "
			    "connections, for which 5080 open files are "
			    "needed, and the limit is 4096: ulimit -n 5080");
	warnings.n = 0;
	assert_true(preflight_check(NULL, 0, 1, &plain, &problems, &warnings));
	assert_int_equal(problems.n + warnings.n, 0);
}

/* ---- facts ------------------------------------------------------------------ */

static void reserved_ports(void **state)
{
	static const struct {
		const char *text;
		uint64_t n;
	} rows[] = {
		{ "", 0 },
		{ "8080", 0 },
		{ "40000", 1 },
		{ "40000-40009", 10 },
		{ "8080,40000", 1 },
		{ "1-65535", 28232 },
		{ "32767,32768,60999,61000", 2 },
		{ "40000-40001,50000-50002", 5 },
		{ "5-4,x,,40000", 1 },
		{ "50-", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (machine_reserved(rows[i].text, 32768, 60999) != rows[i].n)
			fail_msg("\"%s\"", rows[i].text);
}

static void quotas(void **state)
{
	static const struct {
		const char *text;
		uint64_t permille;
	} rows[] = {
		{ "max 100000", 0 },
		{ "50000 100000", 500 },
		{ "200000 100000", 2000 },
		{ "", 0 },
		{ "7", 0 },
		{ "7 0", 0 },
		{ "18446744073709551615 1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (machine_quota(rows[i].text) != rows[i].permille)
			fail_msg("\"%s\"", rows[i].text);
}

static void this_machine(void **state)
{
	struct rlimit was, low;
	struct machine m;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	low = was;
	low.rlim_cur = was.rlim_max < 256 ? was.rlim_max : 256;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	/* Enough already, a little more, and as far as it goes. */
	assert_true(engine_raise_files(10) == low.rlim_cur);
	if (was.rlim_max > 300)
		assert_true(engine_raise_files(300) == 300);
	machine_read(&m, UINT64_MAX);
	assert_true(m.files == was.rlim_max);
	setrlimit(RLIMIT_NOFILE, &was);
	assert_true(m.port_low <= m.port_high && m.port_high <= 65535);
	assert_true(m.ports_reserved <= m.port_high - m.port_low + 1);
	assert_true(m.cpus > 0);
	assert_true(m.cpu_permille > 0 && m.cpu_permille <= m.cpus * 1000);
	assert_true(m.backlog > 0 && m.time_wait_ns > 0 && m.reuse_ns > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),       cmocka_unit_test(kept_ports),
		cmocka_unit_test(fresh_ports), cmocka_unit_test(words_only),
		cmocka_unit_test(several),     cmocka_unit_test(reserved_ports),
		cmocka_unit_test(quotas),      cmocka_unit_test(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
