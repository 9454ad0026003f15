/* SPDX-License-Identifier: MIT */
/* Processes of a session, and ports of the loopback. */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

/* "pid (name) state parent group session ..."; a name may hold anything.  False
 * of one that has ended. */
static bool read_place(const char *pid, pid_t *group, pid_t *session)
{
	char path[300], text[STAT_MAX], state;
	int parent;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	const char *at = strrchr(text, ')');
	return at &&
	       sscanf(at + 1, " %c %d %d %d", &state, &parent, group,
		      session) == 4 &&
	       state != 'Z' && state != 'X';
}

/* spared: a group that gets none; 0: there is no such. */
static size_t signal_all(pid_t session, pid_t spared, int signo)
{
	DIR *dir = session > 1 ? opendir("/proc") : NULL;
	const struct dirent *entry;
	size_t n = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)) != NULL) {
		pid_t group, of;

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !read_place(entry->d_name, &group, &of) || of != session ||
		    group == spared)
			continue;
		n++;
		kill((pid_t)strtol(entry->d_name, NULL, 10), signo);
	}
	closedir(dir);
	return n;
}

size_t session_signal(pid_t session, int signo)
{
	return signal_all(session, 0, signo);
}

/* The group of a session is called like it. */
size_t session_signal_rest(pid_t session, int signo)
{
	return signal_all(session, session, signo);
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
