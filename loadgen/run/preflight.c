/* SPDX-License-Identifier: MIT */
#include "loadgen/run/preflight.h"

#include <inttypes.h>
#include <string.h>

#include "loadgen/run/machine.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

enum {
	FILES_SPARE = 64,	/* streams, result files, name servers ... */
	FILES_OF_WORKER = 16,	/* its loop, timers and wake-ups */
	PORT_WIDEST_LOW = 1024, /* of a range that needs no care */
	PORT_WIDEST_HIGH = 65535,
	SOURCES_NAMED = 4, /* in a command; more are counted */
	/* Over so many connections a second nobody needs a warning. */
	FRESH_PLENTY_PER_S = 10000,
};

/* One look at one flow. */
struct look {
	const struct needs *needs;
	const struct machine *machine;
	struct errs *problems, *warnings;
};

static bool warn(const struct look *lk, const char *text)
{
	errs_add(lk->warnings, ERR_SYSTEM, lk->needs->at, "load \"%s\" %s",
		 lk->needs->load, text);
	return true;
}

/* The text is a problem when it is certain, else a warning.  False: it was a
 * problem. */
static bool tell(const struct look *lk, bool is_certain, struct buf *text)
{
	bool goes = true;

	if (is_certain)
		goes = errs_add(lk->problems, ERR_SYSTEM, lk->needs->at,
				"load \"%s\" %s", lk->needs->load,
				buf_text(text));
	else
		warn(lk, buf_text(text));
	buf_release(text);
	return goes;
}

/* ---- open files ----------------------------------------------------- */

uint64_t preflight_files(uint64_t connections, uint64_t workers)
{
	return connections + FILES_SPARE + FILES_OF_WORKER * workers;
}

static void remedy_files(const struct machine *m, uint64_t files,
			 struct buf *out)
{
	buf_puts(out, ": ");
	if (files > m->files_most)
		buf_printf(out, "sysctl -w fs.nr_open=%" PRIu64 " && ", files);
	buf_printf(out, "ulimit -n %" PRIu64, files);
}

/* connections: of all flows that the words are about. */
static bool check_files(const struct look *lk, uint64_t connections,
			uint64_t workers, bool is_certain, const char *words)
{
	uint64_t files = preflight_files(connections, workers);
	struct buf text;

	if (files <= lk->machine->files)
		return true;
	buf_init(&text, ERR_TEXT_MAX);
	if (connections)
		buf_printf(&text,
			   "%s %" PRIu64 " connection%s, for which %" PRIu64
			   " open files are needed, and the limit is %" PRIu64,
			   words, connections, connections == 1 ? "" : "s",
			   files, lk->machine->files);
	else
		buf_printf(&text,
			   "needs %" PRIu64 " open files for this program "
			   "alone, and the limit is %" PRIu64,
			   files, lk->machine->files);
	remedy_files(lk->machine, files, &text);
	return tell(lk, is_certain, &text);
}

/* ---- local ports ---------------------------------------------------- */

static uint64_t at_least_one(uint64_t n)
{
	return n ? n : 1;
}

static uint64_t ports_between(uint64_t low, uint64_t high, uint64_t reserved)
{
	uint64_t all = high >= low ? high - low + 1 : 0;

	return all > reserved ? all - reserved : 0;
}

static uint64_t ports_of(const struct machine *m)
{
	return ports_between(m->port_low, m->port_high, m->ports_reserved);
}

static uint64_t ports_at_widest(const struct machine *m)
{
	return ports_between(PORT_WIDEST_LOW, PORT_WIDEST_HIGH,
			     m->ports_reserved);
}

static uint64_t pairs_of(const struct needs *n)
{
	return at_least_one(n->n_sources) * at_least_one(n->n_targets);
}

static bool is_reused(const struct needs *n, const struct machine *m)
{
	return m->reuse == 1 || (m->reuse == 2 && n->is_loopback);
}

/* How long the port of a connection that we closed cannot be had. */
static uint64_t kept_ns(const struct needs *n, const struct machine *m)
{
	return is_reused(n, m) ? m->reuse_ns : m->time_wait_ns;
}

/* Ports held by connections that are closed already. */
static uint64_t closed_ports(const struct needs *n, const struct machine *m,
			     uint64_t held_ns)
{
	double closed = n->rate * (double)held_ns / (double)UNIT_NS_PER_S;

	if (!n->is_fresh)
		return 0;
	if (n->requests > 0 && closed > n->requests)
		closed = n->requests;
	return closed < (double)m->time_wait_max ? (uint64_t)closed
						 : m->time_wait_max;
}

static void remedy_sources(const struct needs *n, const struct machine *m,
			   uint64_t held, struct buf *out)
{
	uint64_t of_one =
		at_least_one(ports_of(m) * at_least_one(n->n_targets));
	uint64_t sources = held / of_one + (held % of_one > 0);

	if (sources > LOAD_SOURCES_MAX) {
		buf_puts(out, "fewer connections");
		return;
	}
	buf_printf(out, "%" PRIu64 " source addresses:", sources);
	for (uint64_t i = 1; i <= sources && i <= SOURCES_NAMED; i++)
		if (n->is_loopback)
			buf_printf(out, " --source 127.0.0.%" PRIu64, i);
		else
			buf_puts(out, " --source ADDRESS");
	if (sources > SOURCES_NAMED)
		buf_puts(out, " ...");
}

/* What makes room for so many held ports. */
static void remedy_ports(const struct needs *n, const struct machine *m,
			 uint64_t held, struct buf *out)
{
	uint64_t with_reuse = n->connections + closed_ports(n, m, m->reuse_ns);

	buf_puts(out, ": ");
	if (n->is_fresh && !is_reused(n, m) &&
	    with_reuse <= ports_of(m) * pairs_of(n))
		buf_puts(out, "sysctl -w net.ipv4.tcp_tw_reuse=1, or ");
	else if (held <= ports_at_widest(m) * pairs_of(n))
		buf_printf(out,
			   "sysctl -w net.ipv4.ip_local_port_range='%d %d', "
			   "or ",
			   PORT_WIDEST_LOW, PORT_WIDEST_HIGH);
	remedy_sources(n, m, held, out);
}

static void say_room(const struct needs *n, const struct machine *m,
		     struct buf *out)
{
	buf_printf(out, ", and there are %" PRIu64 " (%" PRIu64 " to %" PRIu64,
		   ports_of(m) * pairs_of(n), m->port_low, m->port_high);
	if (pairs_of(n) > 1)
		buf_printf(out, ", times %" PRIu64 " pairs of addresses",
			   pairs_of(n));
	buf_putc(out, ')');
}

/* A closed load with fresh connections goes as fast as the target lets it. */
static void warn_of_rate(const struct look *lk)
{
	const struct needs *n = lk->needs;
	const struct machine *m = lk->machine;
	uint64_t room = ports_of(m) * pairs_of(n);
	double per_s = (double)room * (double)UNIT_NS_PER_S /
		       (double)at_least_one(kept_ns(n, m));
	struct buf text;

	if (!n->is_fresh || n->rate > 0 || per_s >= FRESH_PLENTY_PER_S ||
	    m->time_wait_max < room ||
	    (n->requests > 0 && n->requests <= (double)room))
		return;
	buf_init(&text, ERR_TEXT_MAX);
	buf_printf(&text,
		   "runs out of local ports at more than %.0f new "
		   "connections/s, because each port is kept for ",
		   per_s);
	unit_print_duration(&text, kept_ns(n, m));
	if (!is_reused(n, m))
		buf_puts(&text, ": sysctl -w net.ipv4.tcp_tw_reuse=1");
	tell(lk, false, &text);
}

static bool check_ports(const struct look *lk)
{
	const struct needs *n = lk->needs;
	const struct machine *m = lk->machine;
	uint64_t closed = closed_ports(n, m, kept_ns(n, m));
	uint64_t room = ports_of(m) * pairs_of(n);
	bool is_too_much = n->connections + closed > room;
	uint64_t held =
		closed + (is_too_much ? n->connections : n->connections_max);
	struct buf text;

	if (n->is_unix)
		return true;
	if (held <= room) {
		warn_of_rate(lk);
		return true;
	}
	buf_init(&text, ERR_TEXT_MAX);
	buf_puts(&text, is_too_much ? "takes " : "may take ");
	buf_printf(&text, "%" PRIu64 " local ports at once", held);
	if (closed) {
		buf_printf(&text, ", for %.6g new connections/s hold theirs ",
			   n->rate);
		unit_print_duration(&text, kept_ns(n, m));
		buf_puts(&text, " longer");
	}
	say_room(n, m, &text);
	remedy_ports(n, m, held, &text);
	return tell(lk, is_too_much && n->n_targets, &text);
}

/* ---- what is only worth a word -------------------------------------- */

static void check_backlog(const struct look *lk)
{
	uint64_t at_once = lk->needs->at_once;
	struct buf text;

	if (!lk->needs->is_loopback || at_once <= lk->machine->backlog)
		return;
	buf_init(&text, ERR_TEXT_MAX);
	buf_printf(&text,
		   "opens %" PRIu64 " connection%s at once, and a target on "
		   "this machine has at most %" PRIu64
		   " waiting to be accepted: sysctl -w "
		   "net.core.somaxconn=%" PRIu64 " and start it again",
		   at_once, at_once == 1 ? "" : "s", lk->machine->backlog,
		   at_once);
	tell(lk, false, &text);
}

static void check_cpus(const struct machine *m, uint64_t workers,
		       bool is_loopback, struct errs *warnings)
{
	uint64_t cpus = m->cpu_permille / 1000;

	if (m->cpu_permille < m->cpus * 1000 &&
	    workers * 1000 > m->cpu_permille)
		errs_add(
			warnings, ERR_SYSTEM, NOWHERE,
			"%" PRIu64
			" worker%s on a quota of %.3g CPUs: when it is "
			"used up nothing moves, and that time shows as latency",
			workers, workers == 1 ? "" : "s",
			(double)m->cpu_permille / 1000);
	else if (workers > cpus && workers > 1)
		errs_add(warnings, ERR_SYSTEM, NOWHERE,
			 "%" PRIu64 " workers share %" PRIu64
			 " CPU%s: -t %" PRIu64 " does the same for less",
			 workers, cpus, cpus == 1 ? "" : "s",
			 at_least_one(cpus));
	else if (is_loopback && workers == cpus && workers > 1)
		errs_add(warnings, ERR_SYSTEM, NOWHERE,
			 "the target is on this machine, and %" PRIu64
			 " workers leave it none of the %" PRIu64
			 " CPUs: -t %" PRIu64,
			 workers, cpus, workers - 1);
}

/* ---- all of it ------------------------------------------------------ */

/* Connections of the flows of one load, which begin at needs[from]. */
static size_t load_ends(const struct needs *needs, size_t n, size_t from,
			uint64_t *sure, uint64_t *most)
{
	size_t i = from;

	*sure = *most = 0;
	for (; i < n && !strcmp(needs[i].load, needs[from].load); i++) {
		*sure += needs[i].connections;
		*most += needs[i].connections_max;
	}
	return i;
}

bool preflight_check(const struct needs *needs, size_t n, uint64_t workers,
		     const struct machine *m, struct errs *problems,
		     struct errs *warnings)
{
	struct look lk = { needs, m, problems, warnings };
	uint64_t all = 0, sure, most;
	bool ok = true, is_loopback = n > 0;

	for (size_t i = 0; i < n; i++) {
		lk.needs = &needs[i];
		ok &= check_ports(&lk);
		check_backlog(&lk);
		is_loopback &= needs[i].is_loopback;
	}
	for (size_t i = 0; i < n;) {
		lk.needs = &needs[i];
		i = load_ends(needs, n, i, &sure, &most);
		if (!check_files(&lk, sure, workers, true, "needs"))
			ok = false;
		else
			check_files(&lk, most, workers, false, "may come to");
		all += sure;
	}
	if (ok && n)
		check_files(&lk, all, workers, false,
			    "and those before it come to");
	if (workers)
		check_cpus(m, workers, is_loopback, warnings);
	return ok;
}
