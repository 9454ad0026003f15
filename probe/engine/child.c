/* SPDX-License-Identifier: MIT */
#include "probe/engine/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/engine/child_spawn.h"
#include "probe/engine/engine.h"
#include "probe/engine/inside.h"
#include "scenarios/base/link.h"
#include "scenarios/base/units.h"

enum {
	READ_BYTES = 16 << 10,
	READS_PER_TURN = 16, /* of one stream, before the loop goes on */
};
/* How often to look for the end where the kernel has no pidfd. */
#define LOOK_EVERY_NS UINT64_C(20000000)

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* A pipe to or from the child; fd -1: it is closed. */
struct stream {
	ev_io io;
	int fd;
	struct child *child;
};

/* What the timer waits for. */
enum stage { STAGE_LIMIT, STAGE_TERM, STAGE_KILL, STAGE_DRAIN };

struct child {
	struct engine *en;
	struct child_plan plan;
	struct child_result result;
	pid_t pid, session;
	int pidfd; /* -1: the kernel has none */
	bool is_running;
	bool is_ended; /* a zombie, not yet waited for */
	bool is_done;
	bool is_timed; /* counted in the engine's n_timed */
	enum stage stage;
	enum child_end why; /* that it was ended by us; else CHILD_RUNNING */
	ev_io ended;
	struct engine_timer look; /* without pidfd */
	struct engine_timer timer;
	struct stream in, out, err;
	struct buf input;
	size_t written;
};

/* ---- signals ------------------------------------------------------------ */

/* As long as it was not waited for, its number is nobody else's. */
static void send_signal(const struct child *ch, int signo)
{
	if (ch->pid <= 0)
		return;
	kill(ch->plan.stays_in_group ? ch->pid : -ch->pid, signo);
}

void child_signal(struct child *ch, int signo)
{
	if (ch->is_running)
		send_signal(ch, signo);
}

/* One that is stopped would not hear of it. */
static void send_term(const struct child *ch)
{
	send_signal(ch, SIGTERM);
	send_signal(ch, SIGCONT);
}

/* ---- streams ------------------------------------------------------------ */

static void stream_close(struct stream *s)
{
	if (s->fd < 0)
		return;
	ev_io_stop(engine_loop(s->child->en), &s->io);
	close(s->fd);
	s->fd = -1;
}

static void stop_early(struct child *ch, enum child_end why)
{
	if (!ch->is_running || ch->why != CHILD_RUNNING)
		return;
	ch->why = why;
	ch->stage = STAGE_TERM;
	send_term(ch);
	engine_timer_start(&ch->timer, ch->plan.grace_ns ? ch->plan.grace_ns
							 : CHILD_GRACE_NS);
}

void child_stop(struct child *ch)
{
	if (!ch->is_ended)
		stop_early(ch, CHILD_STOPPED);
}

pid_t child_session(const struct child *ch)
{
	return ch->session;
}

static void take_output(struct stream *s, const char *bytes, size_t len)
{
	struct child *ch = s->child;
	bool is_out = s == &ch->out;
	struct buf *to = is_out ? &ch->result.out : &ch->result.err;
	bool *cut = is_out ? &ch->result.out_cut : &ch->result.err_cut;

	if (ch->plan.on_output)
		ch->plan.on_output(ch, is_out ? 1 : 2, bytes, len);
	if (!buf_add(to, bytes, len))
		*cut = true;
	if (*cut && ch->plan.ends_at_limit)
		stop_early(ch, CHILD_TOO_MUCH);
}

static void finish(struct child *ch);

static void on_readable(struct ev_loop *loop, ev_io *w, int got)
{
	struct stream *s = container_of(w, struct stream, io);
	struct child *ch = s->child;
	char bytes[READ_BYTES];
	ssize_t n = 0;

	(void)loop, (void)got;
	for (int i = 0; i < READS_PER_TURN; i++) {
		n = read(s->fd, bytes, sizeof(bytes));
		if (n <= 0)
			break;
		take_output(s, bytes, (size_t)n);
	}
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	stream_close(s);
	if (ch->is_ended && ch->out.fd < 0 && ch->err.fd < 0)
		finish(ch);
}

static void on_writable(struct ev_loop *loop, ev_io *w, int got)
{
	struct stream *s = container_of(w, struct stream, io);
	struct child *ch = s->child;
	size_t left = ch->input.len - ch->written;
	ssize_t n = left ? write(s->fd, ch->input.text + ch->written, left) : 0;

	(void)loop, (void)got;
	if (n > 0)
		ch->written += (size_t)n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* one that does not read its input may do so */
	if (n < 0 || ch->written == ch->input.len)
		stream_close(s);
}

/* ---- the end ------------------------------------------------------------ */

/* Takes the status of the zombie.  False when it is none yet. */
static bool reap(struct child *ch, int flags)
{
	struct child_result *r = &ch->result;
	int status = 0;
	pid_t got;

	do {
		got = waitpid(ch->pid, &status, flags);
	} while (got < 0 && errno == EINTR);
	if (got == 0)
		return false;
	ch->is_running = false;
	ch->pid = -1;
	r->exit_code = -1;
	if (got > 0 && WIFEXITED(status))
		r->exit_code = WEXITSTATUS(status);
	else if (got > 0 && WIFSIGNALED(status))
		r->signo = WTERMSIG(status);
	r->end = r->exit_code >= 0 ? CHILD_EXITED : CHILD_SIGNALLED;
	if (ch->why != CHILD_RUNNING)
		r->end = ch->why;
	return true;
}

static void stop_watching(struct child *ch)
{
	engine_timer_stop(&ch->timer);
	engine_timer_stop(&ch->look);
	ch->en->n_timed -= ch->is_timed;
	ch->is_timed = false;
	if (ch->pidfd >= 0) {
		ev_io_stop(engine_loop(ch->en), &ch->ended);
		close(ch->pidfd);
		ch->pidfd = -1;
	}
	stream_close(&ch->in);
	stream_close(&ch->out);
	stream_close(&ch->err);
}

/* The last thing that happens: on_done may free the child. */
static void finish(struct child *ch)
{
	if (ch->is_done)
		return;
	ch->is_done = true;
	/* before it is waited for: the number of its group is still its own */
	if (!ch->plan.spares_rest && !ch->plan.stays_in_group)
		send_signal(ch, SIGKILL);
	stop_watching(ch);
	if (ch->is_running && !reap(ch, WNOHANG)) {
		/* it hangs in the kernel and cannot be waited for */
		ch->is_running = false;
		ch->result.end = ch->why;
		ch->result.exit_code = -1;
	}
	if (!ch->result.ended_ns)
		ch->result.ended_ns = engine_now_ns();
	if (ch->plan.on_done)
		ch->plan.on_done(ch);
}

/* How long this program looked on until now. */
static uint64_t looked_ns(const struct child *ch, uint64_t now_ns)
{
	return engine_seen_ns(ch->en, now_ns) -
	       engine_seen_ns(ch->en, ch->result.started_ns);
}

/* The command is over; what it wrote may still be on its way. */
static void has_ended(struct child *ch)
{
	struct child_result *r = &ch->result;

	if (ch->is_ended)
		return;
	ch->is_ended = true;
	r->ended_ns = engine_now_ns();
	r->stalled_ns =
		r->ended_ns - r->started_ns - looked_ns(ch, r->ended_ns);
	if (ch->pidfd >= 0)
		ev_io_stop(engine_loop(ch->en), &ch->ended);
	engine_timer_stop(&ch->look);
	if (ch->out.fd < 0 && ch->err.fd < 0) {
		finish(ch);
		return;
	}
	ch->stage = STAGE_DRAIN;
	engine_timer_start(&ch->timer, CHILD_DRAIN_NS);
}

static void on_ended(struct ev_loop *loop, ev_io *w, int got)
{
	(void)loop, (void)got;
	has_ended(container_of(w, struct child, ended));
}

/* Without pidfd: whether it is a zombie, which it stays. */
static bool is_zombie(const struct child *ch)
{
	siginfo_t got = { 0 };

	if (waitid(P_PID, (id_t)ch->pid, &got, WEXITED | WNOHANG | WNOWAIT))
		return errno != EINTR;
	return got.si_pid != 0;
}

static void on_look(struct engine_timer *t)
{
	struct child *ch = t->owner;

	if (is_zombie(ch))
		has_ended(ch);
	else
		engine_timer_start(&ch->look, LOOK_EVERY_NS);
}

/* Only the time counts in which this program would have seen its end. */
static void on_time_limit(struct child *ch)
{
	uint64_t looked = looked_ns(ch, engine_now_ns());

	if (is_zombie(ch))
		has_ended(ch);
	else if (looked < ch->plan.timeout_ns)
		engine_timer_start(&ch->timer, ch->plan.timeout_ns - looked);
	else
		stop_early(ch, CHILD_TIMED_OUT);
}

static void on_timer(struct engine_timer *t)
{
	struct child *ch = t->owner;

	switch (ch->stage) {
	case STAGE_LIMIT:
		on_time_limit(ch);
		return;
	case STAGE_TERM:
		ch->result.was_killed = true;
		send_signal(ch, SIGKILL);
		ch->stage = STAGE_KILL;
		engine_timer_start(&ch->timer, CHILD_LOST_NS);
		return;
	case STAGE_KILL:
	case STAGE_DRAIN:
		finish(ch);
		return;
	}
}

/* ---- the beginning ------------------------------------------------------ */

static void stream_watch(struct stream *s,
			 void (*fn)(struct ev_loop *, ev_io *, int), int events)
{
	if (s->fd < 0)
		return;
	ev_io_init(&s->io, fn, s->fd, events);
	ev_io_start(engine_loop(s->child->en), &s->io);
}

static void watch(struct child *ch)
{
	ch->pidfd = (int)syscall(SYS_pidfd_open, ch->pid, 0);
	if (ch->pidfd >= 0) {
		ev_io_init(&ch->ended, on_ended, ch->pidfd, EV_READ);
		ev_io_start(engine_loop(ch->en), &ch->ended);
	} else {
		engine_timer_start(&ch->look, LOOK_EVERY_NS);
	}
	stream_watch(&ch->in, on_writable, EV_WRITE);
	stream_watch(&ch->out, on_readable, EV_READ);
	stream_watch(&ch->err, on_readable, EV_READ);
	if (!ch->plan.timeout_ns)
		return;
	engine_timer_start(&ch->timer, ch->plan.timeout_ns);
	ch->is_timed = true;
	ch->en->n_timed++;
}

static struct child *child_new(struct engine *en, const struct child_plan *plan)
{
	struct child *ch = calloc(1, sizeof(*ch));

	if (!ch)
		return NULL;
	ch->en = en;
	ch->plan = *plan;
	ch->pid = -1;
	ch->pidfd = -1;
	ch->result.exit_code = -1;
	ch->result.timeout_ns = plan->timeout_ns;
	ch->in = ch->out = ch->err = (struct stream){ .fd = -1, .child = ch };
	buf_init(&ch->result.out,
		 plan->out_max ? plan->out_max : CHILD_OUT_MAX);
	buf_init(&ch->result.err,
		 plan->err_max ? plan->err_max : CHILD_ERR_MAX);
	buf_init(&ch->input, CHILD_INPUT_MAX);
	engine_timer_init(&ch->timer, en, on_timer, ch);
	engine_timer_init(&ch->look, en, on_look, ch);
	return ch;
}

struct child *child_start(struct engine *en, const struct child_plan *plan,
			  struct buf *why)
{
	struct child *ch = child_new(en, plan);
	int ours[3] = { -1, -1, -1 };

	if (!ch || !buf_add(&ch->input, plan->input, plan->input_len)) {
		buf_puts(why, ch ? "its input is too long" : "out of memory");
		child_free(ch);
		return NULL;
	}
	ch->result.started_ns = engine_now_ns();
	ch->is_running = child_spawn(plan, ours, &ch->pid, why);
	ch->in.fd = ours[0];
	ch->out.fd = ours[1];
	ch->err.fd = ours[2];
	if (!ch->is_running) {
		child_free(ch);
		return NULL;
	}
	ch->session = ch->pid;
	watch(ch);
	/* what the plan points to is the caller's again */
	ch->plan.argv = ch->plan.env = NULL;
	ch->plan.folder = NULL;
	ch->plan.input = NULL;
	return ch;
}

/* ---- afterwards --------------------------------------------------------- */

void *child_owner(const struct child *ch)
{
	return ch->plan.owner;
}

const struct child_result *child_result(const struct child *ch)
{
	return &ch->result;
}

/* True when it ended within that time. */
static bool wait_end(struct child *ch, uint64_t within_ns)
{
	uint64_t until = engine_now_ns() + within_ns;

	while (!is_zombie(ch)) {
		uint64_t now = engine_now_ns();
		struct pollfd fd = { .fd = ch->pidfd, .events = POLLIN };
		int ms = ch->pidfd >= 0 && now < until
				 ? (int)((until - now) / UNIT_NS_PER_MS) + 1
				 : 5;

		if (now >= until)
			return false;
		poll(&fd, 1, ms);
	}
	return true;
}

static void cancel(struct child *ch)
{
	if (!ch->is_ended) {
		send_term(ch);
		if (!wait_end(ch, CHILD_CANCEL_NS)) {
			send_signal(ch, SIGKILL);
			wait_end(ch, CHILD_LOST_NS);
		}
	}
	if (!ch->plan.spares_rest && !ch->plan.stays_in_group)
		send_signal(ch, SIGKILL);
	reap(ch, WNOHANG);
}

void child_free(struct child *ch)
{
	if (!ch)
		return;
	if (ch->is_running)
		cancel(ch);
	stop_watching(ch);
	engine_timer_release(&ch->timer);
	engine_timer_release(&ch->look);
	buf_release(&ch->result.out);
	buf_release(&ch->result.err);
	buf_release(&ch->input);
	free(ch);
}
