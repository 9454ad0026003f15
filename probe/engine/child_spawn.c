/* SPDX-License-Identifier: MIT */
#include "probe/engine/child_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/engine/engine.h"
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
	int error = errno;
	close(mine);
	close(other);
	errno = error;
	return *ours >= 0 && *theirs >= 0;
}

static bool never_waits(int fd)
{
	return !fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* A list of texts that no one changes, as execve() wants it. */
static char *const *unconst(const char *const *list)
{
	return (char *const *)(uintptr_t)list;
}

/* ---- in the child --------------------------------------------------------- */

/* What the child is to know.  It shares the memory of this process until it is
 * the command, so that it only reads, and has no other way to say what went
 * wrong than a pipe. */
struct spawning {
	const struct child_plan *plan;
	const char *command;
	int theirs[3]; /* -1: no pipe */
	int trouble;   /* where an errno is written; closed: all is well */
	struct rlimit files;
	bool has_files; /* the limit is another one than ours */
};

static bool set_stream(const struct spawning *sp, enum child_stream how, int fd)
{
	if (how == CHILD_INHERIT)
		return true;
	if (how == CHILD_PIPE)
		return dup2(sp->theirs[fd], fd) >= 0;
	int null = open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
	bool ok = null == fd || (null >= 0 && dup2(null, fd) >= 0);
	if (null >= 0 && null != fd)
		close(null);
	return ok;
}

/* The pipe of trouble closes itself when the command begins. */
static bool keep_streams_only(const struct spawning *sp)
{
	if (sp->trouble != FIRST_FREE_FD &&
	    dup3(sp->trouble, FIRST_FREE_FD, O_CLOEXEC) < 0)
		return false;
	closefrom(FIRST_FREE_FD + 1);
	return true;
}

/* What is ignored here would be ignored there. */
static void set_signals(void)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &usual, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Only what may be called behind vfork(). */
__attribute__((noreturn, noinline)) static void become(struct spawning *sp)
{
	const struct child_plan *plan = sp->plan;
	static const char *const nothing[] = { NULL };
	int trouble = sp->trouble;

	bool ok = (plan->stays_in_group || setsid() >= 0) &&
		  set_stream(sp, plan->in, 0) && set_stream(sp, plan->out, 1) &&
		  set_stream(sp, plan->err, 2) &&
		  (!plan->folder || chdir(plan->folder) == 0);
	if (ok && keep_streams_only(sp)) {
		trouble = FIRST_FREE_FD;
		if (sp->has_files)
			setrlimit(RLIMIT_NOFILE, &sp->files);
		set_signals();
		execve(sp->command, unconst(plan->argv),
		       unconst(plan->env ? plan->env : nothing));
	}
	int why = errno;
	ssize_t told = write(trouble, &why, sizeof(why));
	_exit(told == sizeof(why) ? 127 : 126);
}

/* ---- in this process ------------------------------------------------------ */

/* The limit of open files is raised for ours, and many a program closes all
 * that it may have, or has an array of them. */
static void choose_files(struct spawning *sp)
{
	uint64_t before = engine_files_before();

	sp->has_files = before > 0 && !getrlimit(RLIMIT_NOFILE, &sp->files) &&
			before < sp->files.rlim_cur;
	if (sp->has_files)
		sp->files.rlim_cur = before;
}

static bool make_pipes(struct spawning *sp, int ours[3])
{
	const enum child_stream how[] = { sp->plan->in, sp->plan->out,
					  sp->plan->err };

	for (int i = 0; i < 3; i++)
		if (how[i] == CHILD_PIPE &&
		    !(make_pipe(i == 0, &ours[i], &sp->theirs[i]) &&
		      never_waits(ours[i])))
			return false;
	return true;
}

/* Nobody may be told of a signal in the memory that both have.  0, or why there
 * is no child. */
static int begin(struct spawning *sp, pid_t *pid)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	*pid = vfork();
	if (*pid == 0)
		become(sp);
	int error = *pid < 0 ? errno : 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

/* 0: it has become the command. */
static int hear_trouble(int from, pid_t pid)
{
	int why = 0;
	ssize_t n;

	do {
		n = read(from, &why, sizeof(why));
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(why))
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return why;
}

/* 0, or why not. */
static int spawn(const struct child_plan *plan, const char *command,
		 int ours[3], pid_t *pid)
{
	struct spawning sp = { .plan = plan,
			       .command = command,
			       .theirs = { -1, -1, -1 } };
	int trouble[2] = { -1, -1 }, error = 0;

	choose_files(&sp);
	if (!make_pipes(&sp, ours) ||
	    !make_pipe(false, &trouble[0], &trouble[1]))
		error = errno;
	sp.trouble = trouble[1];
	if (!error)
		error = begin(&sp, pid);
	if (trouble[1] >= 0)
		close(trouble[1]);
	for (int i = 0; i < 3; i++)
		if (sp.theirs[i] >= 0)
			close(sp.theirs[i]);
	if (!error)
		error = hear_trouble(trouble[0], *pid);
	if (trouble[0] >= 0)
		close(trouble[0]);
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
