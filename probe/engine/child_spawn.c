/* SPDX-License-Identifier: MIT */
#include "probe/engine/child_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

enum {
	FIRST_FREE_FD = 3,     /* behind the three streams */
	PATH_BYTES_MAX = 8192, /* of a command that was looked for */
	NAME_SHOWN_MAX = 300,  /* bytes of a name in a message */
};

static const char *env_value(const char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; env && env[i]; i++)
		if (!strncmp(env[i], name, len) && env[i][len] == '=')
			return env[i] + len + 1;
	return NULL;
}

/* Where the command is; false: nowhere in PATH. */
static bool find_command(const struct child_plan *plan, struct buf *out)
{
	const char *name = plan->argv[0];
	const char *path = env_value(plan->env, "PATH");

	if (strchr(name, '/'))
		return buf_puts(out, name);
	while (path && *path) {
		size_t len = strcspn(path, ":");

		buf_reset(out);
		buf_add(out, path, len);
		buf_printf(out, "%s%s", len ? "/" : "./", name);
		if (buf_ok(out) && access(buf_text(out), X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

/* One pipe: *ours stays here, *theirs is handed over.  Both are beyond the
 * three streams, so that no dup2() of another one closes it. */
static bool make_pipe(bool is_input, int *ours, int *theirs)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return false;
	int mine = fd[is_input ? 1 : 0], other = fd[is_input ? 0 : 1];
	*ours = fcntl(mine, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	*theirs = fcntl(other, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	close(mine);
	close(other);
	return *ours >= 0 && *theirs >= 0 &&
	       !fcntl(*ours, F_SETFL, fcntl(*ours, F_GETFL) | O_NONBLOCK);
}

struct spawning {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int theirs[3];
};

static bool add_stream(struct spawning *sp, enum child_stream how, int fd,
		       int *ours)
{
	if (how == CHILD_INHERIT)
		return true;
	if (how == CHILD_NULL)
		return !posix_spawn_file_actions_addopen(
			&sp->actions, fd, "/dev/null",
			fd == 0 ? O_RDONLY : O_WRONLY, 0);
	return make_pipe(fd == 0, ours, &sp->theirs[fd]) &&
	       !posix_spawn_file_actions_adddup2(&sp->actions, sp->theirs[fd],
						 fd);
}

static bool set_attributes(struct spawning *sp, const struct child_plan *plan)
{
	short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	if (!plan->stays_in_group)
		flags |= POSIX_SPAWN_SETSID;
	return !posix_spawnattr_setsigdefault(&sp->attributes, &all) &&
	       !posix_spawnattr_setsigmask(&sp->attributes, &none) &&
	       !posix_spawnattr_setflags(&sp->attributes, flags);
}

static bool set_actions(struct spawning *sp, const struct child_plan *plan,
			int ours[3])
{
	return add_stream(sp, plan->in, 0, &ours[0]) &&
	       add_stream(sp, plan->out, 1, &ours[1]) &&
	       add_stream(sp, plan->err, 2, &ours[2]) &&
	       (!plan->folder || !posix_spawn_file_actions_addchdir_np(
					 &sp->actions, plan->folder)) &&
	       !posix_spawn_file_actions_addclosefrom_np(&sp->actions,
							 FIRST_FREE_FD);
}

/* A list of texts that no one changes, as posix_spawn() wants it. */
static char *const *unconst(const char *const *list)
{
	return (char *const *)(uintptr_t)list;
}

/* 0, or why not. */
static int spawn(const struct child_plan *plan, const char *command,
		 int ours[3], pid_t *pid)
{
	static const char *const nothing[] = { NULL };
	struct spawning sp = { .theirs = { -1, -1, -1 } };
	int error = ENOMEM;

	if (posix_spawn_file_actions_init(&sp.actions))
		return error;
	if (posix_spawnattr_init(&sp.attributes)) {
		posix_spawn_file_actions_destroy(&sp.actions);
		return error;
	}
	errno = ENOMEM;
	if (set_actions(&sp, plan, ours) && set_attributes(&sp, plan))
		error = posix_spawn(pid, command, &sp.actions, &sp.attributes,
				    unconst(plan->argv),
				    unconst(plan->env ? plan->env : nothing));
	else
		error = errno;
	for (int i = 0; i < 3; i++)
		if (sp.theirs[i] >= 0)
			close(sp.theirs[i]);
	posix_spawn_file_actions_destroy(&sp.actions);
	posix_spawnattr_destroy(&sp.attributes);
	return error;
}

static void say_trouble(const struct child_plan *plan, int error,
			struct buf *why)
{
	/* the folder is entered before the command is looked at */
	if (plan->folder && access(plan->folder, X_OK))
		buf_printf(why, "the folder \"%.*s\" cannot be used: %s",
			   NAME_SHOWN_MAX, plan->folder, strerror(errno));
	else
		buf_printf(why, "\"%.*s\" cannot be run: %s", NAME_SHOWN_MAX,
			   plan->argv[0], strerror(error));
}

bool child_spawn(const struct child_plan *plan, int ours[3], pid_t *pid,
		 struct buf *why)
{
	struct buf command;
	int error = 0;

	if (!plan->argv[0] || !*plan->argv[0]) {
		buf_puts(why, "there is no command");
		return false;
	}
	buf_init(&command, PATH_BYTES_MAX);
	bool is_found = find_command(plan, &command);
	if (is_found)
		error = spawn(plan, buf_text(&command), ours, pid);
	buf_release(&command);
	if (!is_found)
		buf_printf(why, "the command \"%.*s\" is nowhere in PATH",
			   NAME_SHOWN_MAX, plan->argv[0]);
	else if (error)
		say_trouble(plan, error, why);
	if (is_found && !error)
		return true;
	*pid = -1;
	return false;
}

/* ---- what it is given, and what is said of it --------------------------- */

static bool has_name(const char *const *env, size_t n, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!strncmp(env[i], name, len) && env[i][len] == '=')
			return true;
	return false;
}

const char *const *child_env(struct arena *a, const char *const *more, size_t n)
{
	static const char *const names[] = { "PATH", "LANG", "HOME" };
	enum { N = sizeof(names) / sizeof(*names) };
	const char **env = n <= CHILD_ENV_MAX
				   ? arena_alloc(a, n + N + 1, sizeof(*env))
				   : NULL;
	size_t at = 0;

	if (!env)
		return NULL;
	for (size_t i = 0; i < n; i++)
		env[at++] = more[i];
	for (size_t i = 0; i < N; i++) {
		const char *value = getenv(names[i]);

		if (!value || has_name(more, n, names[i]))
			continue;
		env[at] = arena_printf(a, "%s=%s", names[i], value);
		if (!env[at++])
			return NULL;
	}
	return env;
}

void child_say(const struct child_result *r, struct buf *out)
{
	if (r->end == CHILD_TIMED_OUT) {
		buf_puts(out, "it did not end within ");
		unit_human_duration(out, r->timeout_ns);
	} else if (r->end == CHILD_TOO_MUCH) {
		buf_puts(out, "it wrote more than is allowed");
	} else if (r->signo) {
		buf_printf(out, "signal %d (%s)", r->signo,
			   sigdescr_np(r->signo) ? sigdescr_np(r->signo)
						 : "unknown");
	} else {
		buf_printf(out, "exit code %d", r->exit_code);
	}
}
