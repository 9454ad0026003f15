/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "probe/engine/child.h"
#include "probe/engine/engine.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

#define LONG_NS (60 * UNIT_NS_PER_S) /* nothing here takes so long */

struct bench {
	struct engine *en;
	struct arena *arena;
	struct buf why;
	struct child *child;
	size_t n_done, streamed, looks;
};

static void on_done(struct child *ch)
{
	struct bench *b = child_owner(ch);

	b->n_done++;
	engine_stop(b->en);
}

static void on_output(struct child *ch, int fd, const char *bytes, size_t len)
{
	struct bench *b = child_owner(ch);

	assert_true(fd == 1 || fd == 2);
	assert_non_null(bytes);
	b->streamed += len;
}

static void bench_init(struct bench *b)
{
	struct errs es = { 0 };

	*b = (struct bench){ 0 };
	assert_true(engine_global_init(&es));
	b->en = engine_new(&es);
	b->arena = arena_new(1 << 20);
	buf_init(&b->why, 4096);
	assert_non_null(b->en);
	assert_non_null(b->arena);
}

static void bench_release(struct bench *b)
{
	child_free(b->child);
	b->child = NULL;
	engine_free(b->en);
	arena_free(b->arena);
	buf_release(&b->why);
	/* every one was waited for */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* A script for the shell, which stands for any command. */
static void start(struct bench *b, const char *script,
		  const struct child_plan *also)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct child_plan plan = *also;

	if (!plan.argv)
		plan.argv = argv;
	if (!plan.env)
		plan.env = child_env(b->arena, NULL, 0);
	if (!plan.timeout_ns)
		plan.timeout_ns = LONG_NS;
	plan.on_done = on_done;
	plan.on_output = on_output;
	plan.owner = b;
	b->child = child_start(b->en, &plan, &b->why);
}

static const struct child_result *run(struct bench *b, const char *script,
				      const struct child_plan *also)
{
	start(b, script, also);
	assert_non_null(b->child);
	assert_int_equal(b->n_done, 0); /* never from inside */
	engine_run(b->en);
	assert_int_equal(b->n_done, 1);
	return child_result(b->child);
}

static void how_it_ends(void **state)
{
	static const struct {
		const char *script;
		enum child_end end;
		int exit_code, signo;
		const char *out, *err, *said;
	} rows[] = {
		{ "exit 0", CHILD_EXITED, 0, 0, "", "", "exit code 0" },
		{ "exit 3", CHILD_EXITED, 3, 0, "", "", "exit code 3" },
		{ "echo a; echo b >&2", CHILD_EXITED, 0, 0, "a\n", "b\n",
		  "exit code 0" },
		{ "kill -9 $$", CHILD_SIGNALLED, -1, SIGKILL, "", "",
		  "signal 9 (Killed)" },
		/* signals that are ignored here are not there */
		{ "kill -PIPE $$", CHILD_SIGNALLED, -1, SIGPIPE, "", "",
		  "signal 13 (Broken pipe)" },
		{ "cat", CHILD_EXITED, 0, 0, "", "", "exit code 0" },
		{ "printf 'a\\0b' | od -An -c | tr -d ' \\n'", CHILD_EXITED, 0,
		  0, "a\\0b", "", "exit code 0" },
		/* the end of the output is not lost behind the end */
		{ "(sleep 0.05; echo late) & exit 4", CHILD_EXITED, 4, 0,
		  "late\n", "", "exit code 4" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct child_plan plan = { 0 };
		struct buf said;
		struct bench b;

		bench_init(&b);
		const struct child_result *r = run(&b, rows[i].script, &plan);
		assert_int_equal(r->end, rows[i].end);
		assert_int_equal(r->exit_code, rows[i].exit_code);
		assert_int_equal(r->signo, rows[i].signo);
		assert_string_equal(buf_text(&r->out), rows[i].out);
		assert_string_equal(buf_text(&r->err), rows[i].err);
		assert_int_equal(b.streamed, r->out.len + r->err.len);
		assert_true(r->ended_ns >= r->started_ns);
		buf_init(&said, 200);
		child_say(r, &said);
		assert_string_equal(buf_text(&said), rows[i].said);
		buf_release(&said);
		bench_release(&b);
	}
}

static void only_what_was_given(void **state)
{
	const char *more[] = { "GIVEN=yes", "LANG=xx" };
	struct child_plan plan = { .folder = "/" };
	struct bench b;

	(void)state;
	assert_int_equal(setenv("ASSAY_TEST_SECRET", "no", 1), 0);
	int fd = open("/dev/null", O_RDONLY); /* without CLOEXEC */
	assert_true(fd >= 0);
	bench_init(&b);
	plan.env = child_env(b.arena, more, 2);
	const struct child_result *r =
		run(&b,
		    "pwd; env | grep -v ^_= | cut -d= -f1 | grep -v PWD | "
		    "grep -v SHLVL | grep -v OLDPWD | sort | tr '\\n' ' '; "
		    "echo $GIVEN $LANG; ls /proc/self/fd | tr '\\n' ' '",
		    &plan);
	/* ls itself opens the folder as 3 */
	assert_string_equal(buf_text(&r->out),
			    getenv("HOME") ? "/\nGIVEN HOME LANG PATH yes xx\n"
					     "0 1 2 3 "
					   : "/\nGIVEN LANG PATH yes xx\n"
					     "0 1 2 3 ");
	bench_release(&b);
	close(fd);
}

/* The limit of open files is raised for this process alone. */
static void it_has_the_limit_we_began_with(void **state)
{
	const struct child_plan plan = { 0 };
	struct rlimit was, low;
	struct bench b;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	uint64_t before = engine_files_before();
	low = was;
	low.rlim_cur = before ? before : 99;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	bench_init(&b);
	engine_raise_files(low.rlim_cur + 1);
	assert_int_equal(engine_files_before(), low.rlim_cur);
	const struct child_result *r = run(&b, "ulimit -Sn; ulimit -Hn", &plan);
	char want[64], hard[32] = "unlimited";
	if (was.rlim_max != RLIM_INFINITY)
		snprintf(hard, sizeof(hard), "%llu",
			 (unsigned long long)was.rlim_max);
	snprintf(want, sizeof(want), "%llu\n%s\n",
		 (unsigned long long)low.rlim_cur, hard);
	assert_string_equal(buf_text(&r->out), want);
	bench_release(&b);
	setrlimit(RLIMIT_NOFILE, &was);
}

static void input_is_read_or_not(void **state)
{
	static char big[300000];
	const struct child_plan plan = { .input = big,
					 .input_len = sizeof(big) };
	struct bench b;

	(void)state;
	memset(big, 'x', sizeof(big));
	bench_init(&b);
	const struct child_result *r = run(&b, "wc -c", &plan);
	assert_int_equal(atoi(buf_text(&r->out)), (int)sizeof(big));
	bench_release(&b);

	bench_init(&b);
	r = run(&b, "exit 5", &plan);
	assert_int_equal(r->exit_code, 5);
	bench_release(&b);
}

static void what_cannot_be_started(void **state)
{
	static const char *const nowhere[] = { "no-such-command-here", NULL };
	static const char *const folder[] = { "/etc", NULL };
	static const char *const nothing[] = { "", NULL };
	static const char *const here[] = { "sh", "-c", "exit 0", NULL };
	static const struct {
		struct child_plan plan;
		const char *why;
	} rows[] = {
		{ { .argv = nowhere },
		  "the command \"no-such-command-here\" is nowhere in PATH" },
		{ { .argv = folder },
		  "\"/etc\" cannot be run: Permission denied" },
		{ { .argv = nothing }, "there is no command" },
		{ { .argv = here, .folder = "/no/such/folder" },
		  "the folder \"/no/such/folder\" cannot be used: No such "
		  "file or directory" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bench b;

		bench_init(&b);
		start(&b, "", &rows[i].plan);
		assert_null(b.child);
		assert_string_equal(buf_text(&b.why), rows[i].why);
		bench_release(&b);
	}
}

/* One that is dead and not yet waited for does not live. */
static bool lives(const char *pid)
{
	char path[64], line[512] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", atoi(pid));
	file = fopen(path, "r");
	if (!file)
		return false;
	char *got = fgets(line, sizeof(line), file);
	fclose(file);
	const char *state = got ? strrchr(line, ')') : NULL;
	return state && state[1] && state[2] != 'Z';
}

static void at_its_limit_all_of_it_ends(void **state)
{
	/* the shell and the sleeper do not want to end */
	const struct child_plan plan = { .timeout_ns = 300 * UNIT_NS_PER_MS,
					 .grace_ns = 100 * UNIT_NS_PER_MS };
	struct bench b;

	(void)state;
	bench_init(&b);
	const struct child_result *r =
		run(&b,
		    "trap '' TERM; sh -c 'trap \"\" TERM; sleep 60' & "
		    "echo $!; sleep 60; sleep 60",
		    &plan);
	assert_int_equal(r->end, CHILD_TIMED_OUT);
	assert_int_equal(r->signo, SIGKILL);
	assert_true(r->was_killed);
	assert_true(r->ended_ns - r->started_ns >= 400 * UNIT_NS_PER_MS);
	assert_true(r->out.len > 0);
	while (lives(buf_text(&r->out))) /* its end is the system's */
		usleep(1000);
	bench_release(&b);

	bench_init(&b);
	r = run(&b, "trap 'echo bye; exit 7' TERM; sleep 60 & wait", &plan);
	assert_int_equal(r->end, CHILD_TIMED_OUT);
	assert_int_equal(r->exit_code, 7);
	assert_false(r->was_killed);
	assert_string_equal(buf_text(&r->out), "bye\n");
	bench_release(&b);
}

static void what_it_leaves_behind(void **state)
{
	struct child_plan plan = { 0 };
	struct bench b;

	(void)state;
	for (int spares = 0; spares < 2; spares++) {
		plan.spares_rest = spares;
		bench_init(&b);
		const struct child_result *r =
			run(&b, "sleep 60 >/dev/null 2>&1 & echo $!", &plan);
		assert_int_equal(r->exit_code, 0);
		if (spares) {
			assert_true(lives(buf_text(&r->out)));
			kill(atoi(buf_text(&r->out)), SIGKILL);
		} else {
			while (lives(buf_text(&r->out)))
				usleep(1000);
		}
		bench_release(&b);
	}
}

static void too_much_output(void **state)
{
	struct child_plan plan = { .out_max = 1000 };
	struct bench b;

	(void)state;
	bench_init(&b);
	const struct child_result *r =
		run(&b, "head -c 200000 /dev/zero; exit 2", &plan);
	assert_int_equal(r->end, CHILD_EXITED);
	assert_int_equal(r->exit_code, 2);
	assert_int_equal(r->out.len, 1000);
	assert_true(r->out_cut);
	assert_int_equal(b.streamed, 200000);
	bench_release(&b);

	plan.ends_at_limit = true;
	bench_init(&b);
	r = run(&b, "while :; do echo more; done", &plan);
	assert_int_equal(r->end, CHILD_TOO_MUCH);
	assert_int_equal(r->signo, SIGTERM);
	bench_release(&b);
}

/* Looks until the command is a zombie and the engine has had time to see it;
 * then it is told to end. */
static void stop_when_ended(struct engine_timer *t)
{
	struct bench *b = t->owner;
	siginfo_t got = { 0 };

	if (b->n_done)
		return;
	if (!waitid(P_PID, (id_t)child_session(b->child), &got,
		    WEXITED | WNOHANG | WNOWAIT) &&
	    got.si_pid && b->looks++)
		child_stop(b->child);
	else
		engine_timer_start(t, 5 * UNIT_NS_PER_MS);
}

/* Only its output is waited for, which something behind it holds open. */
static void told_to_end_behind_its_end(void **state)
{
	const struct child_plan plan = { .grace_ns = LONG_NS };
	struct engine_timer look;
	struct bench b;

	(void)state;
	bench_init(&b);
	engine_timer_init(&look, b.en, stop_when_ended, &b);
	engine_timer_start(&look, UNIT_NS_PER_MS);
	const struct child_result *r = run(&b, "sleep 60 & exit 3", &plan);
	assert_int_equal(r->end, CHILD_EXITED);
	assert_int_equal(r->exit_code, 3);
	engine_timer_release(&look);
	bench_release(&b);
}

static void freed_while_it_runs(void **state)
{
	const struct child_plan plan = { 0 };
	struct bench b;

	(void)state;
	bench_init(&b);
	start(&b, "trap '' TERM; sleep 60; sleep 60", &plan);
	assert_non_null(b.child);
	bench_release(&b);
	assert_int_equal(b.n_done, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_the_limit_we_began_with), /* first */
		cmocka_unit_test(how_it_ends),
		cmocka_unit_test(only_what_was_given),
		cmocka_unit_test(input_is_read_or_not),
		cmocka_unit_test(what_cannot_be_started),
		cmocka_unit_test(at_its_limit_all_of_it_ends),
		cmocka_unit_test(what_it_leaves_behind),
		cmocka_unit_test(too_much_output),
		cmocka_unit_test(told_to_end_behind_its_end),
		cmocka_unit_test(freed_while_it_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
