/* SPDX-License-Identifier: MIT */
/*
 * timer_loop RATE SECONDS: how late a timerfd on libev wakes a program that
 * does nothing else, RATE times a second on an absolute plan.  It prints
 *
 *     COUNT P50_NS P99_NS MAX_NS
 *
 * and is what punctual sending is measured against on the same machine.  SIGINT
 * ends it sooner, with what it has.
 */
#include <ev.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { USAGE = 2, BROKEN = 4, RATE_MAX = 1000000, SECONDS_MAX = 600 };

#define NS_PER_S   UINT64_C(1000000000)
#define POINTS_MAX UINT64_C(20000000)

struct plan {
	struct ev_loop *ev;
	ev_io io;
	ev_signal told;
	uint64_t start_ns, gap_ns;
	uint64_t n, n_all;
	uint64_t *late_ns;
};

static uint64_t now_ns(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * NS_PER_S + (uint64_t)at.tv_nsec;
}

static uint64_t due_ns(const struct plan *pl)
{
	return pl->start_ns + pl->n * pl->gap_ns;
}

static void arm(struct plan *pl)
{
	struct itimerspec at = { .it_value = { .tv_sec = 0 } };

	at.it_value.tv_sec = (time_t)(due_ns(pl) / NS_PER_S);
	at.it_value.tv_nsec = (long)(due_ns(pl) % NS_PER_S);
	timerfd_settime(pl->io.fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void on_time(struct ev_loop *ev, ev_io *io, int got)
{
	struct plan *pl = io->data;
	uint64_t times;

	(void)got;
	if (read(io->fd, &times, sizeof(times)) < 0)
		return;
	while (pl->n < pl->n_all) {
		uint64_t now = now_ns();
		if (now < due_ns(pl)) {
			arm(pl);
			return;
		}
		pl->late_ns[pl->n] = now - due_ns(pl);
		pl->n++;
	}
	ev_break(ev, EVBREAK_ALL);
}

static void on_told(struct ev_loop *ev, ev_signal *told, int got)
{
	(void)told;
	(void)got;
	ev_break(ev, EVBREAK_ALL);
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool run(struct plan *pl)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	pl->ev = ev_default_loop(EVFLAG_AUTO);
	pl->late_ns = calloc(pl->n_all, sizeof(*pl->late_ns));
	if (fd < 0 || !pl->ev || !pl->late_ns)
		return false;
	ev_io_init(&pl->io, on_time, fd, EV_READ);
	pl->io.data = pl;
	ev_io_start(pl->ev, &pl->io);
	ev_signal_init(&pl->told, on_told, SIGINT);
	ev_signal_start(pl->ev, &pl->told);
	pl->start_ns = now_ns() + pl->gap_ns;
	arm(pl);
	ev_run(pl->ev, 0);
	ev_loop_destroy(pl->ev);
	close(fd);
	return true;
}

int main(int argc, char **argv)
{
	struct plan pl = { .n = 0 };
	uint64_t rate = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t seconds = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

	pl.n_all = rate * seconds;
	if (rate < 1 || rate > RATE_MAX || seconds < 1 ||
	    seconds > SECONDS_MAX || pl.n_all > POINTS_MAX) {
		fprintf(stderr, "usage: %s RATE SECONDS\n", argv[0]);
		return USAGE;
	}
	pl.gap_ns = NS_PER_S / rate;
	if (!run(&pl) || pl.n == 0)
		return BROKEN;
	qsort(pl.late_ns, pl.n, sizeof(*pl.late_ns), by_size);
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", pl.n,
	       pl.late_ns[pl.n / 2], pl.late_ns[pl.n * 99 / 100],
	       pl.late_ns[pl.n - 1]);
	free(pl.late_ns);
	return 0;
}
