/* SPDX-License-Identifier: MIT */
/*
 * Who starts when.
 *
 * An open part walks its plan twice: `due` counts what was planned by now,
 * `take` is the next arrival to be started.  What lies between the two waits
 * for a free user; it needs no memory, because the plan can be walked again.
 * The time of the next arrival is given to a timerfd, as libev itself waits
 * in whole milliseconds.
 */
#include <sys/timerfd.h>

#include "loadgen/run/inside.h"
#include "probe/engine/engine.h"
#include "scenarios/base/units.h"

enum { STARTS_PER_TURN = 64 }; /* before sockets are looked at again */

static bool is_open(const struct part *p)
{
	return p->job->plan.model == LOAD_OPEN;
}

/* ---- the plan ------------------------------------------------------- */

/* This worker takes every n-th arrival, of those in the turns of its load. */
static uint64_t walk(struct part *p, struct plan *plan)
{
	size_t n = p->job->n_sharing;
	uint64_t at;

	if (p->worker->index >= n)
		return UINT64_MAX;

	do {
		if (!plan_next(plan, &at))
			return UINT64_MAX;
	} while ((plan->n - 1) % n != p->worker->index ||
		 !part_is_on(p, p->begin_ns + at));
	return p->begin_ns + at;
}

static void arm(struct part *p)
{
	if (p->armed_ns == p->take_at)
		return;
	p->armed_ns = p->take_at;
	/* a time in the past, 1 ns, fires at once; all zero disarms */
	uint64_t at = p->take_at == UINT64_MAX ? 0 : p->take_at;
	const struct itimerspec when = {
		.it_value = { .tv_sec = (time_t)(at / UNIT_NS_PER_S),
			      .tv_nsec = (long)(at % UNIT_NS_PER_S) },
	};
	/* setting it anew also takes back that it was readable */
	timerfd_settime(p->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void disarm(struct part *p)
{
	static const struct itimerspec never;

	if (p->armed_ns == UINT64_MAX)
		return;
	p->armed_ns = 0;
	timerfd_settime(p->timer_fd, TFD_TIMER_ABSTIME, &never, NULL);
}

/* ---- open: arrivals ------------------------------------------------- */

static struct user *idle_user(struct part *p)
{
	struct user *u = p->idle;

	if (u) {
		p->idle = u->next;
		return u;
	}
	return part_add_user(p);
}

/* Takes the next arrival for that user. */
static void take(struct part *p, struct user *u, bool waited, uint64_t now)
{
	uint64_t planned = p->take_at;

	u->k = p->take.n - 1;
	u->planned_ns = planned;
	u->waited = waited;
	p->take_at = walk(p, &p->take);
	uint64_t late = now > planned ? now - planned : 0;
	hist_record(waited ? p->tally->queue : p->tally->lateness, late);
	if (waited)
		p->tally->waited++;
	if (p->cells)
		gate_cells_note_late(p->cells, part_cell(p, planned), late);
	round_start(u, now);
}

/* What was planned next is never sent. */
static void miss(struct part *p, uint64_t now)
{
	uint64_t age = now - p->take_at;

	hist_record(p->tally->missed, age);
	if (p->cells)
		gate_cells_note_missed(p->cells, part_cell(p, p->take_at), age);
	p->take_at = walk(p, &p->take);
}

/* What has waited longer than its time-out has given up. */
static void drop_old(struct part *p, uint64_t now)
{
	uint64_t patience = p->job->timeout_ns;

	if (!patience)
		return;
	while (p->take_at < now && p->take_at <= p->until_ns &&
	       now - p->take_at > patience) {
		p->tally->dropped++;
		miss(p, now);
	}
}

static void open_on(struct part *p, uint64_t now)
{
	for (int i = 0; p->take_at <= now; i++) {
		if (p->state == PART_OVER || p->end >= END_DATA)
			return;
		struct user *u = idle_user(p);
		if (!u) {
			p->is_blocked = true;
			disarm(p); /* whoever is free next goes on */
			return;
		}
		take(p, u, false, now);
		if (i % STARTS_PER_TURN == STARTS_PER_TURN - 1) {
			/* what came meanwhile is looked at first */
			p->armed_ns = 0;
			break;
		}
		now = part_now();
	}
	arm(p);
}

/* ---- closed: users -------------------------------------------------- */

static void closed_go(struct user *u, uint64_t now)
{
	struct part *p = u->part;

	part_slice(p, now); /* planned, and maybe taken back, in one slice */
	if (p->quota != UINT64_MAX)
		p->quota--;
	if (u->n_left != UINT64_MAX)
		u->n_left--;
	u->k = p->k++ * p->job->n_sharing + p->worker->index;
	u->planned_ns = now;
	u->waited = false;
	p->tally->planned++;
	round_start(u, now);
}

static bool may_go(const struct user *u, uint64_t now)
{
	const struct part *p = u->part;

	return p->state == PART_RUNNING && p->end == END_NOT &&
	       now < p->until_ns && !u->retires && u->n_left > 0 &&
	       p->quota > 0 && part_is_on(p, now);
}

static void on_thought(struct ev_loop *loop, ev_timer *w, int got)
{
	struct user *u = container_of(w, struct user, think);
	uint64_t now = part_now();

	(void)loop;
	(void)got;
	u->part->n_thinking--;
	if (may_go(u, now))
		closed_go(u, now);
	else
		part_rest(u);
}

static void closed_next(struct user *u, uint64_t now)
{
	struct part *p = u->part;
	const struct load_plan *plan = &p->job->plan;

	if (!may_go(u, now)) {
		part_rest(u);
		return;
	}
	if (!plan->think_high_ns) {
		closed_go(u, now);
		return;
	}
	uint64_t span = plan->think_high_ns - plan->think_low_ns;
	uint64_t ns = plan->think_low_ns +
		      (span ? random_below(&p->random, span + 1) : 0);
	ev_now_update(p->worker->loop);
	ev_timer_init(&u->think, on_thought, (double)ns / 1e9, 0.0);
	ev_timer_start(p->worker->loop, &u->think);
	p->n_thinking++;
}

/* Every n-th user is this worker's. */
static size_t share_of(const struct part *p, uint64_t users)
{
	size_t n = p->job->n_sharing;

	if (p->worker->index >= n)
		return 0;
	return (size_t)((users + n - 1 - p->worker->index) / n);
}

static void closed_level(struct part *p, uint64_t now)
{
	uint64_t next;
	uint64_t users = plan_users(&p->job->plan, now - p->begin_ns, &next);
	size_t wanted = share_of(p, users);

	p->users_change_ns = next == UINT64_MAX ? next : p->begin_ns + next;
	for (size_t i = 0; i < p->n_users; i++)
		p->user[i]->retires = i >= wanted;
	for (size_t i = 0; i < wanted; i++) {
		struct user *u = i < p->n_users ? p->user[i] : part_add_user(p);
		if (!u)
			return;
		if (u->is_busy || ev_is_active(&u->think))
			continue;
		if (may_go(u, now))
			closed_go(u, part_now());
	}
}

/* ---- both ----------------------------------------------------------- */

/* Users who wait for the turn of their load begin with it. */
static void closed_turn(struct part *p, uint64_t now)
{
	const struct load_turns *by = &p->job->gate;

	closed_level(p, now);
	if (!by->turns)
		return;
	uint64_t next = turns_next(by->turns, by->side, now - p->begin_ns);
	p->take_at = next == UINT64_MAX ? next : p->begin_ns + next;
	arm(p);
}

void pace_begin(struct part *p, uint64_t now)
{
	if (!is_open(p)) {
		closed_turn(p, now);
		return;
	}
	plan_init(&p->due, &p->job->plan, p->job->seed);
	p->take = p->due;
	p->due_at = walk(p, &p->due);
	p->take_at = walk(p, &p->take);
	open_on(p, now);
}

void pace_on(struct part *p, uint64_t now)
{
	if (is_open(p))
		open_on(p, now);
	else if (p->state == PART_RUNNING)
		closed_turn(p, now);
}

void pace_next(struct user *u, uint64_t now)
{
	struct part *p = u->part;

	if (!is_open(p)) {
		closed_next(u, now);
		return;
	}
	if (p->take_at <= now)
		drop_old(p, now);
	if (p->take_at <= now && p->state < PART_OVER && p->end < END_DATA) {
		take(p, u, p->is_blocked, now);
		if (p->take_at > now) {
			p->is_blocked = false;
			arm(p);
		}
		return;
	}
	p->is_blocked = false;
	part_rest(u);
	if (p->armed_ns != p->take_at)
		arm(p);
}

void pace_count(struct part *p, uint64_t now)
{
	if (!is_open(p) || p->end != END_NOT)
		return;
	while (p->due_at <= now) {
		p->tally->planned++;
		p->due_at = walk(p, &p->due);
	}
}

static bool is_planned_out(const struct part *p, uint64_t now)
{
	uint64_t most = p->job->plan.iterations;

	if (now >= p->until_ns)
		return true;
	if (p->job->gate.turns) /* it goes on when the other one is on */
		return false;
	if (is_open(p)) /* the last arrival is not the end of its second */
		return p->due_at == UINT64_MAX &&
		       (p->until_ns == UINT64_MAX ||
			(most && p->due.n >= most && !p->job->ends_on_time));
	return !p->n_busy && !part_thinks(p) &&
	       (!p->quota || p->users_change_ns == UINT64_MAX);
}

/* The number of rounds that was asked for has been reached. */
static bool is_all_given(const struct part *p)
{
	uint64_t most = p->job->plan.iterations;

	if (is_open(p))
		return most && p->due.n >= most;
	return part_now() < p->until_ns;
}

void pace_tick(struct part *p, uint64_t now)
{
	if (is_open(p)) {
		pace_count(p, now);
		drop_old(p, now);
	} else if (now >= p->users_change_ns && p->end == END_NOT) {
		closed_level(p, now);
	}
	if (p->state != PART_RUNNING || !is_planned_out(p, now))
		return;
	p->state = PART_DRAINING;
	if (p->end == END_NOT)
		p->end = is_all_given(p) ? END_ITERATIONS : END_PLAN;
	p->grace_until_ns = now + p->job->grace_ns;
}

/* Nothing is planned any more. */
void pace_stop(struct part *p, uint64_t now)
{
	if (p->state != PART_RUNNING && p->state != PART_DRAINING)
		return;
	if (is_open(p)) {
		pace_count(p, now);
		p->due_at = UINT64_MAX;
		disarm(p);
	}
	p->state = PART_DRAINING;
	if (p->end < END_DATA)
		p->end = END_STOPPED;
	p->until_ns = now;
	p->grace_until_ns = now + p->job->grace_ns;
}

/* What was planned and never started has waited until now. */
void pace_leave(struct part *p, uint64_t now)
{
	if (!is_open(p))
		return;
	disarm(p);
	while (p->take_at <= now && p->take_at <= p->until_ns) {
		p->tally->not_started++;
		miss(p, now);
	}
}

bool pace_waits(const struct part *p, uint64_t now)
{
	return is_open(p) && p->end < END_DATA && p->take_at <= now &&
	       p->take_at <= p->until_ns;
}
