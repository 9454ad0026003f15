/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "report/load/collect_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

/* A delay of this program is worth a word when it is as long as the floor and
 * as large a part of what was measured as the share; it spoils the load when
 * it is beyond both of the second pair.  Latency counts from planned, so that
 * a small lateness is in the numbers already: they are then too high, never
 * too low. */
#define LATENESS_SAID_NS   (2 * UNIT_NS_PER_MS)
#define LATENESS_SPOILS_NS (10 * UNIT_NS_PER_MS)
#define LOOP_LAG_SAID_NS   (10 * UNIT_NS_PER_MS)
#define LOOP_LAG_SPOILS_NS (50 * UNIT_NS_PER_MS)
#define DELAY_SAID_SHARE   0.10
#define DELAY_SPOILS_SHARE 0.25

/* Of a second.  A closed model asks as fast as it can: its worker is busy by
 * design, and the rate is a lower bound. */
#define CPU_OPEN_MAX	   900
#define CPU_CLOSED_MAX	   950
#define CPU_JUDGED_FROM_NS UNIT_NS_PER_S

/* Of all that was planned. */
#define DROPPED_SPOILS_SHARE 0.001
#define TARGET_FAILS_SHARE   0.01 /* of what was sent */

/* So many samples bear a quantile with a tenth of them beyond it. */
enum {
	DOUBTS_MAX = 12,
	DOUBT_TEXT_MAX = 300,
	BEARS_P99 = 1000,
	BEARS_P90 = 100,
	BEARS_P50 = 20 /* fewer are not judged */
};

struct doubts {
	const struct collector *c;
	const struct collect_ending *end;
	const struct load_result *out;
	struct arena *a;
	struct doubt *list;
	size_t n;
	bool is_ok; /* there was memory */
};

static void add(struct doubts *d, bool is_fatal, const char *what,
		const char *remedy)
{
	if (!what || !remedy || d->n == DOUBTS_MAX) {
		d->is_ok = d->is_ok && what && remedy;
		return;
	}
	d->list[d->n++] = (struct doubt){ .what = what,
					  .remedy = remedy,
					  .is_fatal = is_fatal };
}

static bool is_open(const struct doubts *d)
{
	return d->c->facts.load->plan.model == LOAD_OPEN;
}

/* ---- what this machine ran out of ----------------------------------- */

static void doubt_machine(struct doubts *d)
{
	const struct {
		uint64_t n;
		const char *what, *remedy;
	} row[] = {
		{ d->end->out_of_files, "open files",
		  "allow more of them (ulimit -n) or use fewer connections" },
		{ d->end->out_of_ports, "local ports",
		  "keep connections alive, widen "
		  "net.ipv4.ip_local_port_range, or add source addresses" },
		{ d->end->out_of_memory, "memory",
		  "use fewer connections, or a larger machine" },
	};
	uint64_t n_named = 0, n = d->c->warm.local_failures;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		n_named += row[i].n;
		if (row[i].n == 0)
			continue;
		add(d, true,
		    arena_printf(d->a,
				 "this machine ran out of %s at %" PRIu64
				 " request%s",
				 row[i].what, row[i].n,
				 row[i].n == 1 ? "" : "s"),
		    row[i].remedy);
	}
	for (size_t i = 0; i < d->c->judged->n_steps; i++)
		n += d->c->judged->step[i].outcome[OUTCOME_LOCAL_FAIL];
	if (n > 0 && n_named == 0)
		add(d, true,
		    arena_printf(d->a,
				 "this machine could not make %" PRIu64
				 " of the requests",
				 n),
		    "see what the first of them said");
}

/* ---- what came late ------------------------------------------------- */

struct delay {
	const struct hist *seen, *measured;
	const char *name, *remedy;
	uint64_t said_ns, spoils_ns;
};

static double bearable_quantile(uint64_t n)
{
	if (n >= BEARS_P99)
		return 0.99;
	return n >= BEARS_P90 ? 0.9 : 0.5;
}

static void doubt_delay(struct doubts *d, const struct delay *delay)
{
	uint64_t n = hist_count(delay->seen);
	double q = bearable_quantile(n);
	uint64_t seen = hist_quantile(delay->seen, q);
	double share = (double)seen;
	double measured = (double)hist_quantile(delay->measured, 0.5);
	bool spoils = seen > delay->spoils_ns &&
		      share > DELAY_SPOILS_SHARE * measured;
	bool is_said =
		seen > delay->said_ns && share > DELAY_SAID_SHARE * measured;
	struct buf text;

	if (n < BEARS_P50 || (!spoils && !is_said))
		return;
	buf_init(&text, DOUBT_TEXT_MAX);
	buf_printf(&text, "%s p%.0f is ", delay->name, q * 100);
	unit_human_duration(&text, seen);
	buf_puts(&text, ", more than ");
	unit_human_duration(&text, spoils ? delay->spoils_ns : delay->said_ns);
	size_t before = d->n;
	add(d, spoils, arena_strdup(d->a, buf_text(&text)), delay->remedy);
	if (d->n > before)
		d->list[before].is_delay = true;
	buf_release(&text);
}

static void doubt_delays(struct doubts *d)
{
	const struct tally *t = d->c->judged;
	const struct delay lateness = {
		t->lateness,
		d->c->scratch,
		"send lateness",
		"ask for a lower rate, give it more workers (-t), or a core of "
		"its own (taskset)",
		LATENESS_SAID_NS,
		LATENESS_SPOILS_NS,
	};
	const struct delay lag = {
		t->loop_lag,
		d->c->scratch,
		"loop lag",
		"give it more workers (-t), or a core of its own (taskset)",
		LOOP_LAG_SAID_NS,
		LOOP_LAG_SPOILS_NS,
	};

	if (is_open(d))
		doubt_delay(d, &lateness);
	doubt_delay(d, &lag);
}

static void doubt_cpu(struct doubts *d)
{
	uint64_t seen = d->end->busiest_cpu_permille;
	uint64_t most = is_open(d) ? CPU_OPEN_MAX : CPU_CLOSED_MAX;

	if (seen <= most || d->end->total_ns < CPU_JUDGED_FROM_NS)
		return;
	add(d, is_open(d),
	    arena_printf(d->a,
			 "the busiest worker used %" PRIu64
			 " %% of a CPU, more than %" PRIu64 " %%%s",
			 (seen + 5) / 10, most / 10,
			 is_open(d) ? ""
				    : ": the target may be faster than the "
				      "rate says"),
	    is_open(d) ? "give it more workers (-t), or ask for a lower rate"
		       : "give it more workers (-t)");
}

/* ---- what was not sent ---------------------------------------------- */

/* A target that leaves its own requests unanswered keeps the places taken:
 * that is its doing.  One that answered all it was asked was kept from more by
 * us. */
static bool is_of_target(const struct accounting *sum)
{
	return sum->ok == 0 || (double)(sum->failed + sum->timed_out) >
				       TARGET_FAILS_SHARE * (double)sum->sent;
}

static void doubt_dropped(struct doubts *d)
{
	const struct accounting *sum = &d->out->accounting;
	uint64_t n = sum->dropped;
	uint64_t most = d->c->facts.connections_max;
	bool spoils;

	if (!ending_is_early(d->end) && !ending_is_of_data(d->end))
		n += sum->not_started;
	if (n == 0)
		return;
	spoils = (double)n > DROPPED_SPOILS_SHARE * (double)sum->planned &&
		 !is_of_target(sum);
	if (most > 0)
		add(d, spoils,
		    arena_printf(d->a,
				 "%" PRIu64 " of %" PRIu64
				 " arrivals were not sent, as %s%" PRIu64
				 " connection%s taken",
				 n, sum->planned, most > 1 ? "all " : "the ",
				 most, most > 1 ? "s were" : " was"),
		    "allow more connections, or ask for a lower rate");
	else
		add(d, spoils,
		    arena_printf(d->a,
				 "%" PRIu64 " of %" PRIu64
				 " arrivals were not sent",
				 n, sum->planned),
		    "ask for a lower rate, or give it more workers (-t)");
}

/* ---- the books ------------------------------------------------------ */

static void doubt_books(struct doubts *d)
{
	struct tally sum = *d->c->judged;
	const struct accounting *of = &d->out->accounting;
	const char *line;

	sum.planned = of->planned;
	sum.sent = of->sent;
	sum.dropped = of->dropped;
	sum.not_started = of->not_started;
	sum.ok = of->ok;
	sum.failed = of->failed;
	sum.timed_out = of->timed_out;
	sum.in_flight = of->in_flight;
	/* its ages are all in one histogram only for this */
	sum.missed = d->c->warm.missed;
	hist_merge(sum.missed, d->c->judged->missed);
	line = tally_imbalance(&sum);
	if (line)
		add(d, true,
		    arena_printf(d->a, "the books do not balance: not %s",
				 line),
		    "this is a mistake of assay; please report it");
}

bool doubts_result(const struct collector *c, const struct collect_ending *end,
		   struct arena *a, struct load_result *out)
{
	struct doubts d = { .c = c, .end = end, .out = out, .a = a };

	d.list = arena_alloc(a, DOUBTS_MAX, sizeof *d.list);
	d.is_ok = d.list;
	if (!d.is_ok)
		return false;
	doubt_books(&d);
	doubt_machine(&d);
	doubt_delays(&d);
	doubt_cpu(&d);
	doubt_dropped(&d);
	out->instrument.n_doubts = d.n;
	out->instrument.doubts = d.list;
	return d.is_ok;
}

/* ---- afterwards ----------------------------------------------------- */

bool load_forgive_delay(struct load_result *load, struct arena *a)
{
	struct instrument *in = &load->instrument;
	struct doubt *list = arena_alloc(a, in->n_doubts, sizeof *list);

	if (!list)
		return false;
	for (size_t i = 0; i < in->n_doubts; i++) {
		list[i] = in->doubts[i];
		list[i].is_fatal = list[i].is_fatal && !list[i].is_delay;
	}
	in->doubts = list;
	return true;
}
