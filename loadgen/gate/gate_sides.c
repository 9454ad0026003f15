/* SPDX-License-Identifier: MIT */
/* Both sides are started, waited for, and ended. */
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loadgen/gate/inside.h"
#include "loadgen/run/show.h"
#include "probe/engine/child.h"
#include "probe/patience.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/link.h"
#include "scenarios/base/units.h"

#define LOOK_NS		 UINT64_C(5000000)
#define START_TIMEOUT_NS (30 * UNIT_NS_PER_S)
#define STOP_TIMEOUT_NS	 (5 * UNIT_NS_PER_S)
#define PORT_PATIENCE_NS (5 * UNIT_NS_PER_S) /* behind the end of all */

/* ---- orphans -------------------------------------------------------- */

/* The only children that are no orphans. */
static void find_commands(const struct gating *t, pid_t known[TURN_SIDES])
{
	for (int i = 0; i < TURN_SIDES; i++)
		known[i] = t->side[i].child ? t->side[i].session : 0;
}

/* How many there are. */
static size_t signal_orphans(struct gating *t, int signo)
{
	pid_t known[TURN_SIDES];

	find_commands(t, known);
	return t->adopts ? orphans_signal(known, TURN_SIDES, signo) : 0;
}

static void reap_orphans(struct gating *t)
{
	pid_t known[TURN_SIDES];

	find_commands(t, known);
	if (t->adopts)
		orphans_reap(known, TURN_SIDES);
}

/* ---- waiting -------------------------------------------------------- */

static void on_tick(struct engine_timer *tick)
{
	engine_stop(tick->en);
}

static void let_pass(struct gating *t, uint64_t ns)
{
	engine_timer_start(&t->tick, ns);
	engine_run(t->en);
	engine_timer_stop(&t->tick);
	reap_orphans(t);
}

static void wait_on(struct load_listener *l, uint64_t for_ns)
{
	let_pass(container_of(l, struct gating, listener), for_ns);
}

/* Nothing can be compared with a side that has gone. */
static const char *look(struct load_listener *l)
{
	struct gating *t = container_of(l, struct gating, listener);

	if (t->broken)
		return t->broken;
	for (int i = 0; i < TURN_SIDES; i++) {
		const struct side *s = &t->side[i];
		struct buf text;

		if (!s->is_command || !s->is_over)
			continue;
		buf_init(&text, ERR_TEXT_MAX);
		side_say_end(s, &text);
		gating_why(t, "the %s ended by itself in launch %zu: %s",
			   s->name, t->n_started, buf_text(&text));
		buf_release(&text);
	}
	return t->broken;
}

const char *gating_why(struct gating *t, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	if (t->broken)
		return t->broken;
	buf_init(&text, ERR_TEXT_MAX);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	t->broken = arena_strdup(t->a, buf_text(&text));
	if (!t->broken)
		t->broken = "out of memory";
	buf_release(&text);
	return t->broken;
}

bool gating_is_stopped(struct gating *t)
{
	static const struct timespec at_once = { 0 };
	uint64_t deadline = t->config->deadline_ns;
	int signo = sigtimedwait(&t->signals, NULL, &at_once);

	if (signo > 0 && !t->end.is_interrupted) {
		t->end.is_interrupted = true;
		t->end.why = signo == SIGINT	? "interrupted by SIGINT"
			     : signo == SIGTERM ? "interrupted by SIGTERM"
						: "interrupted by SIGHUP";
	}
	if (deadline && engine_now_ns() >= t->began_ns + deadline &&
	    !t->end.is_interrupted) {
		t->end.is_interrupted = true;
		t->end.why = "the deadline came first";
	}
	return t->end.is_interrupted;
}

/* ---- making --------------------------------------------------------- */

static void hold_signals(struct gating *t)
{
	sigemptyset(&t->signals);
	for (int i = 0; i < PATIENCE_SIGNALS; i++)
		if (!patience_ignores(patience_signals[i]))
			sigaddset(&t->signals, patience_signals[i]);
	patience_hold();
}

bool sides_init(struct gating *t)
{
	static const char *const names[] = { "baseline", "candidate" };
	const struct load_gate *says = &t->load->gate;

	hold_signals(t);
	t->en = engine_new(t->es);
	if (!t->en)
		return false;
	engine_timer_init(&t->tick, t->en, on_tick, t);
	t->listener = (struct load_listener){ NULL, look, wait_on };
	t->start_timeout_ns = says->start_timeout_ns ? says->start_timeout_ns
						     : START_TIMEOUT_NS;
	t->stop_timeout_ns =
		says->stop_timeout_ns ? says->stop_timeout_ns : STOP_TIMEOUT_NS;
	for (int i = 0; i < TURN_SIDES; i++) {
		const char *source = t->how->source[i];
		const struct side_plan plan = {
			.name = names[i],
			.source = source ? source : t->how->source[TURN_A],
			.taken = t->side[TURN_A].port,
		};
		if (!side_init(&t->side[i], &plan, t->en, t->a, t->es))
			return false;
		t->side[i].grace_ns = t->stop_timeout_ns;
	}
	t->adopts = orphans_adopt();
	return true;
}

static void leave_orphans(struct gating *t)
{
	for (int i = 0; i < SWEEPS_MAX && signal_orphans(t, SIGKILL); i++)
		usleep(UNIT_NS_PER_MS / UNIT_NS_PER_US);
	if (t->adopts)
		orphans_leave();
	t->adopts = false;
}

void sides_release(struct gating *t)
{
	if (!t->en)
		return;
	for (int i = 0; i < TURN_SIDES; i++)
		side_release(&t->side[i]);
	leave_orphans(t);
	engine_timer_release(&t->tick);
	engine_free(t->en);
	t->en = NULL;
}

/* ---- beginning and end of a launch ---------------------------------- */

static bool start_one(struct gating *t, struct side *s)
{
	struct buf why;

	buf_init(&why, ERR_PART_MAX);
	bool ok = side_start(s, t->n_started, &why);
	if (!ok)
		gating_why(t, "the %s cannot be started: %s", s->name,
			   buf_text(&why));
	buf_release(&why);
	return ok;
}

static bool say_not_ready(struct gating *t, const struct side *s)
{
	struct buf text;

	buf_init(&text, ERR_TEXT_MAX);
	if (s->is_over) {
		side_say_end(s, &text);
		gating_why(
			t,
			"the %s ended before it was ready, in launch %zu: %s",
			s->name, t->n_started, buf_text(&text));
	} else {
		unit_human_duration(&text, t->start_timeout_ns);
		buf_printf(&text, ": GET %s: %s, and %s is wanted",
			   s->ready_url, s->seen[0] ? s->seen : "no answer",
			   t->ready.wanted);
		if (!strncmp(s->seen, "status ", 7))
			buf_puts(&text, " (what is asked is \"ready\" in the "
					"gate section of the load)");
		else if (s->is_command)
			buf_printf(&text,
				   " (does it listen on 127.0.0.1:$PORT, which "
				   "was %u?)",
				   s->port);
		side_say_end(s, &text);
		gating_why(t, "the %s was not ready within %s", s->name,
			   buf_text(&text));
	}
	buf_release(&text);
	return false;
}

/* Who was waited for is the next question of whoever ended it. */
static bool end_waiting(struct gating *t, const struct side *s)
{
	const char *why = arena_printf(t->a, "%s, before the %s was ready: %s",
				       t->end.why, s->name,
				       s->seen[0] ? s->seen : "no answer");

	t->end.why = why ? why : t->end.why;
	return false;
}

static bool wait_ready(struct gating *t)
{
	uint64_t until = engine_now_ns() + t->start_timeout_ns;

	for (;;) {
		const struct side *late = NULL;

		for (int i = 0; i < TURN_SIDES; i++) {
			const struct side *s = &t->side[i];
			if (s->is_over)
				return say_not_ready(t, s);
			late = s->is_ready ? late : s;
		}
		if (!late)
			return true;
		if (gating_is_stopped(t))
			return end_waiting(t, late);
		if (engine_now_ns() >= until)
			return say_not_ready(t, late);
		let_pass(t, LOOK_NS);
	}
}

bool sides_start(struct gating *t, enum turn_side first)
{
	enum turn_side second = first == TURN_A ? TURN_B : TURN_A;

	t->n_started++;
	return start_one(t, &t->side[first]) &&
	       start_one(t, &t->side[second]) && wait_ready(t);
}

static bool are_gone(struct gating *t)
{
	bool gone = true;

	for (int i = 0; i < TURN_SIDES; i++)
		gone &= side_is_gone(&t->side[i]);
	return gone && !signal_orphans(t, SIGKILL);
}

/* A listener that outlives its session would answer for the next launch. */
static bool wait_ports(struct gating *t)
{
	uint64_t until = engine_now_ns() + PORT_PATIENCE_NS;

	for (int i = 0; i < TURN_SIDES; i++) {
		struct side *s = &t->side[i];
		while (!side_port_is_free(s)) {
			if (engine_now_ns() >= until) {
				gating_why(
					t,
					"port %u of the %s is still taken "
					"behind launch %zu: something that it "
					"started goes on in a session of its "
					"own",
					s->port, s->name, t->n_started);
				return false;
			}
			let_pass(t, LOOK_NS);
		}
	}
	return true;
}

/* Its own grace, and what the kernel may take behind SIGKILL. */
bool sides_stop(struct gating *t)
{
	uint64_t until = engine_now_ns() + t->stop_timeout_ns + CHILD_LOST_NS +
			 CHILD_DRAIN_NS + UNIT_NS_PER_S;

	signal_orphans(t, SIGTERM);
	for (int i = 0; i < TURN_SIDES; i++)
		side_stop(&t->side[i]);
	while (!are_gone(t)) {
		if (engine_now_ns() >= until) {
			gating_why(t,
				   "a side could not be ended behind launch "
				   "%zu",
				   t->n_started);
			return false;
		}
		let_pass(t, LOOK_NS);
	}
	return wait_ports(t);
}
