/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "tests/unit/state_rig.h"

enum {
	CHILDREN = 5,
	TURNS = 60,
	KILLS = 60,
	KILL_AFTER_US = 20000, /* at most, from when it is open */
};

/* ---- one turn: all of it or nothing --------------------------------------------- */

/* Reads a counter, and writes it and everything else that a round does. */
static bool turn(struct state *st, const char *vantage, uint64_t i,
		 struct errs *es)
{
	struct arena *a = arena_new(1 << 20);
	struct rig_check checks[2] = { { .message = "fine" },
				       { .name = "api", .message = "bad" } };
	struct rig_run mine, shared;
	char text[32], dedup[64];
	const char *old;
	bool ok = a != NULL, is_new = false;

	state_rig_run(&mine, RIG_EPOCH + i * RIG_MINUTE, checks, 2);
	mine.run.vantage = vantage;
	state_rig_run(&shared, RIG_EPOCH + i * RIG_MINUTE, checks, 1);
	snprintf(dedup, sizeof(dedup), "%s/%llu", vantage,
		 (unsigned long long)i);
	ok = ok && state_begin(st, es) &&
	     state_take_run(st, &mine.run, &is_new, es) && is_new &&
	     state_take_run(st, &shared.run, NULL, es) &&
	     state_alert_get(st, "shop", "n", a, &old, es);
	if (ok) {
		struct letter l = { .scenario = "shop",
				    .channel = "ops",
				    .dedup = dedup,
				    .text = "{}",
				    .expires_at_ns = UINT64_MAX };
		struct state_entry e = { .at_ns = RIG_EPOCH + i,
					 .scenario = "shop",
					 .key = "n",
					 .kind = "turn",
					 .text = "{}" };
		snprintf(text, sizeof(text), "%d", old ? atoi(old) + 1 : 1);
		ok = state_alert_put(st, "shop", "n", text, es) &&
		     state_entry_add(st, &e, es) &&
		     state_letter_put(st, &l, NULL, es) && state_commit(st, es);
	}
	arena_free(a);
	return ok;
}

static uint64_t turns_done(const struct state_rig *t)
{
	uint64_t n = (uint64_t)state_rig_number(
		t, "SELECT ifnull(max(body + 0), 0) FROM alert");

	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM entry"), n);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM letter"), n);
	return n;
}

static void wait_for(const pid_t *pids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

/* ---- several at once ---------------------------------------------------------------- */

static int many_turns(struct state_rig *t, unsigned nth)
{
	struct state *st = state_open(t->path, NULL, t->es);
	char vantage[16];
	bool ok = st != NULL;

	snprintf(vantage, sizeof(vantage), "v%u", nth);
	for (uint64_t i = 1; ok && i <= TURNS; i++)
		ok = turn(st, vantage, i, t->es);
	if (!ok)
		fprintf(stderr, "# %s\n", t->es->item[0].text);
	state_close(st);
	return !ok;
}

/* The file is not there when they begin. */
static void processes_lose_and_double_nothing(void **state)
{
	struct state_rig *t = *state;
	pid_t pids[CHILDREN];

	for (unsigned i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(many_turns(t, i));
	}
	wait_for(pids, CHILDREN);
	assert_int_equal(turns_done(t), CHILDREN * TURNS);
	/* two checks each, and the run that all of them had */
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM seen"),
			 CHILDREN * TURNS * 2 + TURNS);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM scenario"),
			 1);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM watched"),
			 2);
}

struct threaded {
	struct state_rig *t;
	unsigned nth;
	struct errs es;
	bool ok;
};

static void *thread_turns(void *self)
{
	struct threaded *th = self;
	struct state *st = state_open(th->t->path, NULL, &th->es);
	struct state *look;
	char vantage[16];

	snprintf(vantage, sizeof(vantage), "v%u", th->nth);
	th->ok = st != NULL;
	for (uint64_t i = 1; th->ok && i <= TURNS; i++) {
		th->ok = turn(st, vantage, i, &th->es);
		if (i % 20)
			continue;
		/* another handle that comes and goes takes no lock along */
		look = state_open_readonly(th->t->path, &th->es);
		th->ok = th->ok && look;
		state_close(look);
	}
	state_close(st);
	return NULL;
}

static void threads_have_a_handle_each(void **state)
{
	static struct threaded th[CHILDREN];
	struct state_rig *t = *state;
	pthread_t ids[CHILDREN];

	for (unsigned i = 0; i < CHILDREN; i++) {
		th[i] = (struct threaded){ .t = t, .nth = i };
		assert_int_equal(
			pthread_create(&ids[i], NULL, thread_turns, &th[i]), 0);
	}
	for (unsigned i = 0; i < CHILDREN; i++) {
		pthread_join(ids[i], NULL);
		if (!th[i].ok)
			fail_msg("%s", th[i].es.item[0].text);
	}
	assert_int_equal(turns_done(t), CHILDREN * TURNS);
}

/* ---- letters --------------------------------------------------------------------------- */

/* Takes two at a time until there are none; tells what it took. */
static int take_letters(struct state_rig *t, int to)
{
	struct state *st = state_open(t->path, NULL, t->es);
	struct arena *a = arena_new(8 << 20);
	struct letter *l;
	size_t n = 1;

	while (st && n) {
		if (!state_letters_claim(st, "shop", RIG_EPOCH, "me", RIG_DAY,
					 2, a, &l, &n, t->es))
			return 1;
		for (size_t i = 0; i < n; i++) {
			struct delivery d = { .letter = l[i].id,
					      .at_ns = RIG_EPOCH,
					      .status = LETTER_SENT };
			if (!state_delivered(st, &d, t->es) ||
			    write(to, "x", 1) != 1)
				return 2;
		}
	}
	state_close(st);
	arena_free(a);
	return st == NULL;
}

static void a_letter_is_sent_by_one(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	pid_t pids[CHILDREN];
	int ends[2], n = 0;
	char byte;

	for (uint64_t i = 1; i <= 2 * TURNS; i++)
		assert_true(turn(st, "v", i, t->es));
	state_close(st);
	assert_int_equal(pipe(ends), 0);
	for (unsigned i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(take_letters(t, ends[1]));
	}
	close(ends[1]);
	while (read(ends[0], &byte, 1) == 1)
		n++;
	close(ends[0]);
	wait_for(pids, CHILDREN);
	assert_int_equal(n, 2 * TURNS);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM delivery"),
			 2 * TURNS);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM letter "
					     "WHERE status = 2"),
			 2 * TURNS);
}

/* ---- killed --------------------------------------------------------------------------------- */

static void work_until_killed(struct state_rig *t, uint64_t from, int to)
{
	struct state_keep keep = { .raw_ns = RIG_HOUR };
	struct state_cleaned cleaned;
	struct state *st = state_open(t->path, NULL, t->es);

	if (write(to, "x", 1) != 1)
		_exit(1);
	for (uint64_t i = from; st; i++) {
		if (!turn(st, "v", i, t->es))
			break;
		if (i % 7 == 0 &&
		    !state_clean(st, &keep, RIG_EPOCH + i * RIG_MINUTE,
				 &cleaned, t->es))
			break;
	}
	fprintf(stderr, "# %s\n", t->es->item[0].text);
	_exit(1);
}

/* Whatever it was doing: the file is one that opens, at the end of a turn. */
static void a_kill_leaves_it_whole(void **state)
{
	struct state_rig *t = *state;
	uint64_t before = 0;
	unsigned seed = 20260101;

	for (int i = 0; i < KILLS; i++) {
		struct timespec pause = { .tv_nsec = 1000 * (rand_r(&seed) %
							     KILL_AFTER_US) };
		int status, ends[2];
		char byte;

		assert_int_equal(pipe(ends), 0);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			work_until_killed(t, before + 1, ends[1]);
		/* some while it opens */
		if (i % 5)
			assert_int_equal(read(ends[0], &byte, 1), 1);
		nanosleep(&pause, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		close(ends[0]);
		close(ends[1]);
		state_close(state_rig_open(t));
		state_rig_no_problems(t);
		uint64_t after = turns_done(t);
		assert_true(after >= before);
		before = after;
	}
	assert_true(before > KILLS / 2);
	print_message("%llu turns under %d kills\n", (unsigned long long)before,
		      KILLS);
}

#define ROW(f) \
	cmocka_unit_test_setup_teardown(f, state_rig_enter, state_rig_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(processes_lose_and_double_nothing),
		ROW(threads_have_a_handle_each),
		ROW(a_letter_is_sent_by_one),
		ROW(a_kill_leaves_it_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
