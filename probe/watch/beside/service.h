/* SPDX-License-Identifier: MIT */
#ifndef PROBE_SERVICE_H
#define PROBE_SERVICE_H

/*
 * service - tells systemd how the daemon is doing.
 *
 * Datagrams of "NAME=value" lines to the socket in NOTIFY_SOCKET, as in
 * sd_notify(3), without its library: READY=1, RELOADING=1 with
 * MONOTONIC_USEC, STOPPING=1, WATCHDOG=1, STATUS=.  Without that variable it
 * does nothing; a manager that does not listen is no failure.
 *
 * Thread rule   one thread.
 */

#include <stdbool.h>
#include <stdint.h>

struct service {
	int fd;		      /* -1: nobody to tell */
	uint64_t watchdog_ns; /* to be told this often at least; 0: never */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and takes them out of
 * the environment, so that no command that a check runs has them. */
void service_init(struct service *s);
void service_release(struct service *s);

/* text: lines with "\n" between them. */
void service_tell(struct service *s, const char *text);
void service_reloading(struct service *s, uint64_t monotonic_ns);

#endif
