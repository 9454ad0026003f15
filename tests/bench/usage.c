/* SPDX-License-Identifier: MIT */
/*
 * usage FILE COMMAND...: runs a command with its standard output and error
 * in FILE and prints one line of what it took, whole process:
 *
 *     EXIT USER_US SYSTEM_US WALL_US PEAK_RSS_KB
 *
 * The shell's and Perl's own times would count what starting costs them.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { USAGE = 2, NOT_STARTED = 127, SIGNALLED = 128 };

extern char **environ;

static int64_t now_us(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static int64_t us_of(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static int start(pid_t *pid, const char *file, char **command)
{
	posix_spawn_file_actions_t to;
	int problem = posix_spawn_file_actions_init(&to);

	if (problem)
		return problem;
	problem = posix_spawn_file_actions_addopen(
		&to, STDOUT_FILENO, file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (!problem)
		problem = posix_spawn_file_actions_adddup2(&to, STDOUT_FILENO,
							   STDERR_FILENO);
	if (!problem)
		problem = posix_spawnp(pid, command[0], &to, NULL, command,
				       environ);
	posix_spawn_file_actions_destroy(&to);
	return problem;
}

int main(int argc, char **argv)
{
	struct rusage used;
	int status;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: %s FILE COMMAND...\n", argv[0]);
		return USAGE;
	}
	int64_t begin_us = now_us();
	int problem = start(&pid, argv[1], argv + 2);
	if (problem) {
		fprintf(stderr, "%s: %s\n", argv[2], strerror(problem));
		return NOT_STARTED;
	}
	if (wait4(pid, &status, 0, &used) != pid) {
		perror("wait4");
		return NOT_STARTED;
	}
	int64_t wall_us = now_us() - begin_us;
	printf("%d %" PRId64 " %" PRId64 " %" PRId64 " %ld\n",
	       WIFEXITED(status) ? WEXITSTATUS(status)
				 : SIGNALLED + WTERMSIG(status),
	       us_of(used.ru_utime), us_of(used.ru_stime), wall_us,
	       used.ru_maxrss);
	return 0;
}
