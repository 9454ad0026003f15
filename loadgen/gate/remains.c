/* SPDX-License-Identifier: MIT */
/* Processes of a session, orphans, and ports of the loopback. */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loadgen/gate/side.h"
#include "loadgen/plan/random.h"
#include "loadgen/run/machine.h"

enum {
	STAT_MAX = 1024,
	PORT_LOW = 10240, /* below live services that are well known */
	PORT_END = 65536,
	PORT_TRIES = 200,
};

/* ---- sessions ------------------------------------------------------- */

struct process {
	char state;
	pid_t pid, parent, group, session;
};

/* "pid (name) state parent group session ..."; a name may hold anything. */
static bool read_process(const char *pid, struct process *to)
{
	char path[300], text[STAT_MAX];

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	to->pid = (pid_t)strtol(pid, NULL, 10);
	const char *at = strrchr(text, ')');
	return at && sscanf(at + 1, " %c %d %d %d", &to->state, &to->parent,
			    &to->group, &to->session) == 4;
}

static bool has_ended(const struct process *p)
{
	return p->state == 'Z' || p->state == 'X';
}

/* The next one in /proc that can be read. */
static bool next_process(DIR *dir, struct process *p)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    read_process(entry->d_name, p))
			return true;
	return false;
}

/* spared: a group that gets none; 0: there is no such. */
static size_t signal_all(pid_t session, pid_t spared, int signo)
{
	DIR *dir = session > 1 ? opendir("/proc") : NULL;
	struct process p;
	size_t n = 0;

	if (!dir)
		return 0;
	while (next_process(dir, &p)) {
		if (has_ended(&p) || p.session != session || p.group == spared)
			continue;
		n++;
		kill(p.pid, signo);
	}
	closedir(dir);
	return n;
}

/* The number of a session is nobody else's while there is somebody in it; a
 * process that has it and is not the command has begun another one. */
size_t session_signal(pid_t session, int signo)
{
	char number[24];
	struct process p;

	snprintf(number, sizeof(number), "%d", (int)session);
	if (read_process(number, &p) && p.parent != getpid())
		return 0;
	return signal_all(session, 0, signo);
}

/* The group of a session is called like it. */
size_t session_signal_rest(pid_t session, int signo)
{
	return signal_all(session, session, signo);
}

/* ---- orphans -------------------------------------------------------- */

/* Whoever has children of another kind could not tell them from orphans, and
 * the first process of a machine gets those of everybody. */
static bool has_no_children(void)
{
	siginfo_t got;

	return waitid(P_ALL, 0, &got, WEXITED | WNOHANG | WNOWAIT) < 0 &&
	       errno == ECHILD;
}

bool orphans_adopt(void)
{
	int is_one = 0;

	return getpid() != 1 && has_no_children() &&
	       !prctl(PR_GET_CHILD_SUBREAPER, &is_one) && !is_one &&
	       !prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void orphans_leave(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static bool is_known(pid_t pid, const pid_t *known, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (known[i] == pid)
			return true;
	return false;
}

size_t orphans_signal(const pid_t *known, size_t n_known, int signo)
{
	DIR *dir = opendir("/proc");
	pid_t self = getpid();
	struct process p;
	size_t n = 0;

	if (!dir)
		return 0;
	while (next_process(dir, &p)) {
		if (p.parent != self || is_known(p.pid, known, n_known))
			continue;
		if (has_ended(&p)) {
			waitpid(p.pid, NULL, WNOHANG);
			continue;
		}
		n++;
		kill(p.pid, signo);
	}
	closedir(dir);
	return n;
}

void orphans_reap(const pid_t *known, size_t n_known)
{
	siginfo_t got = { 0 };

	/* one of ours is child.c's to wait for, and hides what is behind it
	 * only so long */
	while (!waitid(P_ALL, 0, &got, WEXITED | WNOHANG | WNOWAIT) &&
	       got.si_pid && !is_known(got.si_pid, known, n_known)) {
		waitpid(got.si_pid, NULL, WNOHANG);
		got.si_pid = 0;
	}
}

/* ---- ports ---------------------------------------------------------- */

/* As most servers bind: over what waits for its end, not over a listener. */
bool port_is_free(unsigned port)
{
	const struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	bool is_free =
		!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
		!bind(fd, (const struct sockaddr *)(const void *)&at,
		      sizeof(at)) &&
		!listen(fd, 1);
	close(fd);
	return is_free;
}

/* Outside of what the system gives to connections, or one of ours may have it
 * when the server wants to listen again. */
unsigned port_choose(unsigned taken)
{
	struct machine m;
	struct random draw;

	machine_read(&m, 0);
	random_init(&draw, random_seed(), 0);
	for (int i = 0; i < 2 * PORT_TRIES; i++) {
		unsigned port = PORT_LOW + (unsigned)random_below(
						   &draw, PORT_END - PORT_LOW);
		bool is_outgoing = port >= m.port_low && port <= m.port_high;
		if (port == taken)
			continue;
		if ((i >= PORT_TRIES || !is_outgoing) && port_is_free(port))
			return port;
	}
	return 0;
}
