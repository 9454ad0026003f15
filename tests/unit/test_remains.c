/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "loadgen/gate/side.h"

/* Starts a process of a session of its own that is an orphan when this returns;
 * it goes on until somebody ends it, or has ended. */
static pid_t orphan(bool goes_on)
{
	int told[2];
	pid_t pid = 0;

	assert_int_equal(pipe(told), 0);
	pid_t parent = fork();
	if (parent == 0) {
		if (fork() == 0) {
			pid_t own = setsid();
			if (write(told[1], &own, sizeof(own)) != sizeof(own))
				_exit(1);
			close(told[0]);
			close(told[1]);
			while (goes_on)
				pause();
			_exit(0);
		}
		_exit(0);
	}
	close(told[1]);
	assert_int_equal(read(told[0], &pid, sizeof(pid)), sizeof(pid));
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	/* the other end is closed by whoever goes on, or at its end */
	assert_int_equal(read(told[0], &parent, sizeof(parent)), 0);
	close(told[0]);
	return pid;
}

static void wait_for_zombie(pid_t pid)
{
	siginfo_t got;

	assert_int_equal(waitid(P_PID, (id_t)pid, &got, WEXITED | WNOWAIT), 0);
}

static void orphans_are_found_and_ended(void **state)
{
	(void)state;
	assert_true(orphans_adopt());
	pid_t one = orphan(true), known = orphan(true);
	/* one that is known is somebody else's */
	assert_int_equal(orphans_signal(&known, 1, SIGKILL), 1);
	wait_for_zombie(one);
	assert_int_equal(orphans_signal(&known, 1, SIGKILL), 0);
	assert_int_equal(waitpid(one, NULL, WNOHANG), -1);
	assert_int_equal(orphans_signal(NULL, 0, SIGKILL), 1);
	wait_for_zombie(known);
	orphans_reap(&known, 1);
	wait_for_zombie(known);
	orphans_reap(NULL, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	orphans_leave();
}

/* Nobody else would wait for them, however many a side makes. */
static void those_that_ended_are_waited_for(void **state)
{
	(void)state;
	assert_true(orphans_adopt());
	for (int i = 0; i < 20; i++)
		wait_for_zombie(orphan(false));
	orphans_reap(NULL, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	orphans_leave();
}

static void who_has_children_adopts_none(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	assert_false(orphans_adopt());
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(orphans_adopt());
	assert_false(orphans_adopt()); /* somebody has done so already */
	orphans_leave();
}

/* A number that somebody else has by now is no session of ours. */
static void sessions_of_others_are_left_alone(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		setsid();
		pid_t other = fork();
		if (other == 0) /* its session is that of its parent */
			_exit(session_signal(getppid(), 0) == 0 ? 7 : 8);
		int said = 0;
		waitpid(other, &said, 0);
		if (WEXITSTATUS(said) != 7)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(session_signal(child, SIGKILL), 1);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(session_signal(child, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orphans_are_found_and_ended),
		cmocka_unit_test(those_that_ended_are_waited_for),
		cmocka_unit_test(who_has_children_adopts_none),
		cmocka_unit_test(sessions_of_others_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
