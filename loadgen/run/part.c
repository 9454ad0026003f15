/* SPDX-License-Identifier: MIT */
/* The life of one load on one worker, and its books. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "loadgen/run/inside.h"
#include "probe/engine/engine.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

uint64_t part_now(void)
{
	return engine_now_ns();
}

/* ---- users ---------------------------------------------------------- */

struct user *part_add_user(struct part *p)
{
	if (p->n_users >= p->users_max)
		return NULL;
	if (p->n_users == p->room) {
		size_t room = p->room ? p->room * 2 : 64;
		struct user **grown =
			realloc(p->user, room * sizeof(struct user *));
		if (!grown)
			return NULL;
		p->user = grown;
		p->room = room;
	}
	struct user *u = calloc(1, sizeof(*u));
	if (!u)
		return NULL;
	if (!user_init(u, p)) {
		user_release(u);
		free(u);
		return NULL;
	}
	u->number = p->n_users;
	p->user[p->n_users++] = u;
	return u;
}

void part_rest(struct user *u)
{
	struct part *p = u->part;

	if (p->job->plan.model == LOAD_CLOSED)
		return; /* found by its number */
	u->next = p->idle;
	p->idle = u;
}

/* The round was planned, and never started. */
void part_out_of_data(struct user *u, uint64_t now)
{
	struct part *p = u->part;

	pace_count(p, now);
	u->is_busy = false;
	p->n_busy--;
	if (p->job->plan.model == LOAD_CLOSED) {
		p->tally->planned--;
	} else {
		p->tally->not_started++;
		hist_record(p->tally->missed, now - u->planned_ns);
	}
	part_rest(u);
	p->end = END_DATA;
	pace_stop(p, now);
}

bool part_thinks(const struct part *p)
{
	return p->n_thinking > 0;
}

/* ---- books ---------------------------------------------------------- */

static void note_cpu(struct part *p, uint64_t now)
{
	struct worker *wk = p->worker;

	atomic_store(&p->channel->cpu_permille, worker_cpu(wk, now));
}

static uint64_t connections(struct part *p)
{
	uint64_t n = 0;

	for (size_t i = 0; i < p->job->n_hubs; i++)
		n += p->hub[i]->n_open;
	return n;
}

static void note_hubs(struct part *p)
{
	uint64_t files = 0, ports = 0, memory = 0, open_max = 0;

	for (size_t i = 0; i < p->job->n_hubs; i++) {
		const struct hub *hub = p->hub[i];
		files += hub->out_of_files;
		ports += hub->out_of_ports;
		memory += hub->out_of_memory;
		open_max += hub->n_open_max;
	}
	atomic_store(&p->channel->out_of_files, files);
	atomic_store(&p->channel->out_of_ports, ports);
	atomic_store(&p->channel->out_of_memory, memory);
	atomic_store(&p->channel->open_max, open_max);
}

static void close_slice(struct part *p, uint64_t now)
{
	p->tally->to_ns = now - p->begin_ns;
	p->tally->users = p->n_busy;
	p->tally->connections = connections(p);
	note_hubs(p);
	note_cpu(p, now);
}

/* Slices end on whole seconds since the start of the load, and where its plan
 * ends. */
static uint64_t slice_end(const struct part *p, uint64_t now)
{
	uint64_t since = now - p->begin_ns;
	uint64_t end =
		p->begin_ns + (since / COLLECT_SLICE_NS + 1) * COLLECT_SLICE_NS;

	return now < p->until_ns && p->until_ns < end ? p->until_ns : end;
}

static uint64_t slice_begin(const struct part *p, uint64_t now)
{
	uint64_t since = now - p->begin_ns;
	uint64_t begin_ns = since / COLLECT_SLICE_NS * COLLECT_SLICE_NS;

	if (p->until_ns <= now && p->until_ns - p->begin_ns > begin_ns)
		begin_ns = p->until_ns - p->begin_ns;
	return begin_ns;
}

/* When the main thread has not come for the last slice, this one goes on. */
void part_roll(struct part *p, uint64_t now)
{
	struct channel *ch = p->channel;

	pace_count(p, p->slice_end_ns - 1);
	p->slice_end_ns = slice_end(p, now);
	if (atomic_load(&ch->full))
		return;
	struct tally *fresh = atomic_exchange(&ch->empty, NULL);
	if (!fresh)
		return;
	close_slice(p, now);
	fresh->from_ns = slice_begin(p, now);
	fresh->begin_ns = p->begin_ns;
	atomic_store(&ch->full, p->tally);
	p->tally = fresh;
}

/* All requests of a round belong to when it was planned, however late they
 * end. */
void part_count(struct user *u, size_t step, const struct sample *s)
{
	struct part *p = u->part;

	tally_request(p->tally, step, s);
	if (p->cells)
		gate_cells_note(p->cells, part_cell(p, u->planned_ns), step, s);
}

/* ---- life ----------------------------------------------------------- */

static void begin(struct part *p, uint64_t begin_ns)
{
	uint64_t length = plan_length_ns(&p->job->plan);

	p->begin_ns = begin_ns;
	p->until_ns = length ? begin_ns + length : UINT64_MAX;
	p->slice_end_ns = slice_end(p, begin_ns);
	p->tally->from_ns = 0;
	p->tally->begin_ns = begin_ns;
	p->state = PART_RUNNING;
	pace_begin(p, part_now());
}

/* To the nanosecond: the ticks are far apart. */
static void wait_for(struct part *p, uint64_t begin_ns)
{
	const struct itimerspec when = {
		.it_value = { .tv_sec = (time_t)(begin_ns / UNIT_NS_PER_S),
			      .tv_nsec = (long)(begin_ns % UNIT_NS_PER_S) },
	};

	p->armed_ns = begin_ns;
	timerfd_settime(p->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void cancel_all(struct part *p, uint64_t now)
{
	p->state = PART_OVER; /* nobody starts anything from here on */
	for (size_t i = 0; i < p->n_users; i++) {
		struct user *u = p->user[i];
		ev_timer_stop(p->worker->loop, &u->think);
		if (u->is_busy)
			round_cancel(u, now);
	}
}

static void finish(struct part *p, uint64_t now)
{
	struct channel *ch = p->channel;

	if (p->begin_ns) {
		cancel_all(p, now);
		pace_leave(p, now);
		close_slice(p, now);
	}
	p->state = PART_OVER;
	bool is_plan_over = p->until_ns <= now && p->until_ns > p->last_end_ns;
	atomic_store(&ch->over_ns, is_plan_over ? p->until_ns : p->last_end_ns);
	atomic_store(&ch->ended, p->end);
	atomic_store(&ch->last, p->tally);
	p->tally = NULL;
	p->worker->n_left--;
}

static bool is_done(const struct part *p, uint64_t now, enum part_stop stop)
{
	if (stop == STOP_NOW)
		return true;
	if (p->state != PART_DRAINING)
		return p->state == PART_WAITING && stop != STOP_NOT;
	return now >= p->grace_until_ns ||
	       (!p->n_busy && !p->n_thinking && !pace_waits(p, now));
}

void part_tick(struct part *p, uint64_t now)
{
	struct channel *ch = p->channel;
	enum part_stop stop = (enum part_stop)atomic_load(&ch->stop);

	if (p->state == PART_OVER)
		return;
	if (p->state == PART_WAITING) {
		uint64_t begin_ns = atomic_load(&ch->begin_ns);
		if (begin_ns && begin_ns != p->armed_ns)
			wait_for(p, begin_ns);
	} else {
		part_slice(p, now);
		if (stop == STOP_NEW && p->end != END_STOPPED)
			pace_stop(p, now);
		pace_tick(p, now);
	}
	if (is_done(p, now, stop))
		finish(p, now);
}

/* ---- making --------------------------------------------------------- */

static void on_timer(struct ev_loop *loop, ev_io *io, int got)
{
	struct part *p = container_of(io, struct part, timer);

	(void)loop;
	(void)got;
	if (p->state == PART_WAITING) {
		uint64_t begin_ns = p->armed_ns, times;
		p->armed_ns = 0;
		/* or it stays readable */
		if (read(p->timer_fd, &times, sizeof(times)) > 0)
			begin(p, begin_ns);
		return;
	}
	p->armed_ns = 0;
	pace_on(p, part_now());
}

static bool hubs_init(struct part *p, struct errs *es)
{
	const struct load_job *job = p->job;

	p->hub = calloc(job->n_hubs ? job->n_hubs : 1, sizeof(*p->hub));
	if (!p->hub)
		return errs_nomem(es);
	for (size_t i = 0; i < job->n_hubs; i++) {
		const struct hub_plan *plan = &job->hub[i];
		const struct hub_config config = {
			.route = &plan->route,
			.en = p->worker->en,
			.loop = p->worker->loop,
			.on_done = round_on_done,
		};

		p->hub[i] = plan->transport->hub_new(&config, es);
		if (!p->hub[i])
			return false;
	}
	return true;
}

static bool stands_init(struct part *p, struct errs *es)
{
	const struct load_job *job = p->job;

	p->stand = calloc(job->n_legs ? job->n_legs : 1, sizeof(*p->stand));
	if (!p->stand)
		return errs_nomem(es);
	for (size_t i = 0; i < job->n_legs; i++) {
		struct stand *sd = &p->stand[i];

		sd->part = p;
		sd->leg = &job->leg[i];
		sd->hub = job->n_hubs ? p->hub[sd->leg->hub] : NULL;
		list_init(&sd->due);
		ev_timer_init(&sd->deadline, round_on_deadline, 0.0, 0.0);
	}
	return true;
}

/* Those behind the n who share have nothing. */
static uint64_t share(uint64_t all, size_t n, size_t index)
{
	return index >= n ? 0 : all / n + (index < all % n ? 1 : 0);
}

static bool tallies_init(struct part *p)
{
	const struct load_job *job = p->job;
	unsigned digits = (unsigned)job->load->digits;
	struct tally *spare = tally_new(job->n_steps, digits);

	p->tally = tally_new(job->n_steps, digits);
	atomic_store(&p->channel->empty, spare);
	return p->tally && spare;
}

bool part_init(struct part *p, struct worker *wk, const struct load_job *job,
	       struct channel *ch, struct errs *es)
{
	const struct load_plan *plan = &job->plan;

	*p = (struct part){
		.worker = wk,
		.job = job,
		.channel = ch,
		.timer_fd = -1,
		.take_at = UINT64_MAX,
		.due_at = UINT64_MAX,
		.until_ns = UINT64_MAX,
		.users_change_ns = UINT64_MAX,
		.quota = UINT64_MAX,
		.cells = job->gate.cells ? job->gate.cells[wk->index] : NULL,
	};
	p->users_max = share(job->users_max, job->n_sharing, wk->index);
	if (plan->model == LOAD_CLOSED && plan->iterations)
		p->quota = share(plan->iterations, job->n_sharing, wk->index);
	random_init(&p->random, job->seed, wk->index + 1);
	if (!tallies_init(p))
		return errs_nomem(es);
	p->timer_fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (p->timer_fd < 0)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"a timer cannot be had: %s", strerror(errno));
	ev_io_init(&p->timer, on_timer, p->timer_fd, EV_READ);
	ev_io_start(wk->loop, &p->timer);
	return hubs_init(p, es) && stands_init(p, es);
}

void part_release(struct part *p)
{
	struct ev_loop *loop = p->worker ? p->worker->loop : NULL;

	for (size_t i = 0; i < p->n_users; i++) {
		user_release(p->user[i]);
		free(p->user[i]);
	}
	free(p->user);
	for (size_t i = 0; p->stand && i < p->job->n_legs; i++)
		ev_timer_stop(loop, &p->stand[i].deadline);
	for (size_t i = 0; p->hub && i < p->job->n_hubs; i++)
		if (p->hub[i])
			p->job->hub[i].transport->hub_free(p->hub[i]);
	free(p->hub);
	free(p->stand);
	if (p->timer_fd >= 0) {
		ev_io_stop(loop, &p->timer);
		close(p->timer_fd);
	}
	tally_free(p->tally);
}
