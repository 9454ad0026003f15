/* SPDX-License-Identifier: MIT */
#include "probe/watch/beside/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "scenarios/base/units.h"

enum { LINE_ROOM = 96 };

static int connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;

	/* an absolute path, or @ and an abstract name */
	if (len < 2 || len >= sizeof(to.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return -1;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, size) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static uint64_t find_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t us = 0;

	if (!usec || !unit_parse_count(usec, strlen(usec), &us, NULL))
		return 0;
	if (pid && strtoll(pid, NULL, 10) != (long long)getpid())
		return 0;
	return us * UNIT_NS_PER_US;
}

void service_init(struct service *s)
{
	s->fd = connect_to(getenv("NOTIFY_SOCKET"));
	s->watchdog_ns = s->fd < 0 ? 0 : find_watchdog();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void service_release(struct service *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void service_tell(struct service *s, const char *text)
{
	if (s->fd >= 0)
		(void)!send(s->fd, text, strlen(text), MSG_NOSIGNAL);
}

void service_reloading(struct service *s, uint64_t monotonic_ns)
{
	char text[LINE_ROOM];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 monotonic_ns / UNIT_NS_PER_US);
	service_tell(s, text);
}
