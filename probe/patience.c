/* SPDX-License-Identifier: MIT */
#include "probe/patience.h"

#include <signal.h>
#include <stddef.h>

const int patience_signals[PATIENCE_SIGNALS] = { SIGINT, SIGTERM, SIGHUP };

bool patience_ignores(int signo)
{
	struct sigaction now;

	return sigaction(signo, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static void mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (int i = 0; i < PATIENCE_SIGNALS; i++)
		sigaddset(&set, patience_signals[i]);
	sigprocmask(how, &set, NULL);
}

static void forget(int signo)
{
	(void)signo;
}

static void set_all(const struct sigaction *action)
{
	for (int i = 0; i < PATIENCE_SIGNALS; i++)
		if (!patience_ignores(patience_signals[i]))
			sigaction(patience_signals[i], action, NULL);
}

void patience_hold(void)
{
	mask(SIG_BLOCK);
}

void patience_begin(void)
{
	const struct sigaction once = { .sa_handler = forget,
					.sa_flags = SA_RESETHAND | SA_RESTART };

	set_all(&once);
	mask(SIG_UNBLOCK);
}

void patience_end(void)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };

	set_all(&usual);
}
