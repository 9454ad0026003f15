/* SPDX-License-Identifier: MIT */
/*
 * history_tool - plays a scripted history to a state file, as one-shot runs do
 * (a process each), as a daemon does, and with processes that are killed.
 *
 *     history_tool STATE HOW STEPS SEED
 *
 * HOW is "daemon" (one handle all the time), "one-shot" (a process a step),
 * "deliver" (the same, and each tells what is due) or "kill" (that, and in each
 * ten steps one process is killed at a random point and begun anew).  "blips"
 * plays that many failures that are over within 30 s, and then 61 s of one.
 *
 * A step opens the state, takes a run (or an event, or only the time), plays
 * the round, tells, and closes.  The times are the script's: there is no clock.
 * Most kills come at a system call of SQLite that writes (of which half are cut
 * in the middle), or at the telling; the others after a random part of the CPU
 * time that a step takes.
 *
 * Standard output: the log of the alerts and the outbox, one line an entry and
 * a letter; then "told CHANNEL DEDUP" for each telling, and "killed N".
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loadgen/plan/random.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

#include "tests/unit/round_rig.h"

enum {
	KILL_EACH = 10, /* steps; one of them is killed, and no neighbours */
	KILL_FROM = 4,	/* of them it is tried first */
	WORDS_MAX = 400,
	TOLD_AT_ONCE = 64,
	ENTRIES_BYTES = 512 << 20,
	PATH_ROOM = 4096,
};
#define LEASE_NS (120 * RIG_SECOND)

#define CHECKS "db api<db web<api host cert mail"
static const char alerts[] =
	"  channels:\n"
	"    ops: { webhook: { url: 'http://127.0.0.1/ops' },"
	" severities: [critical, error] }\n"
	"    team: { webhook: { url: 'http://127.0.0.1/team' },"
	" severities: [warning, info], batch: 15m, digest: true }\n"
	"  digest: { at: '08:00' }\n"
	"  heartbeats: { backup: { every: 24h, grace: 1h } }\n"
	"  maintenance:\n"
	"    - { cron: '0 3 * * *', for: 30m, checks: [mail] }\n"
	"  rules:\n"
	"    down: { when: consecutive(fail) >= 3, on: [api, web, mail],"
	" severity: critical, cooldown: 30m, remind: 6h }\n"
	"    db: { when: consecutive(fail) >= 1, on: [db],"
	" severity: critical }\n"
	"    long: { when: down_for() > 60s, on: [mail], severity: error,"
	" recover: 2 }\n"
	"    slow: { when: 'mean(latency, 30m) > 1s', on: [web],"
	" severity: warning }\n"
	"    errors: { when: 'count(5xx, 1h) > 3', on: [api],"
	" severity: error }\n"
	"    expiry: { when: cert_days() < 14, on: [cert], severity: warning,"
	" remind: 24h }\n"
	"    disk:\n      on: [host]\n      tiers:\n"
	"        - { when: value(disk) > 85%, severity: warning,"
	" cooldown: 1h }\n"
	"        - { when: value(disk) > 95%, severity: critical }\n"
	"    deploy: { when: event(deploy) fails, severity: error }\n"
	"    late: { when: missing(backup), severity: error }\n";
static const char blip_alerts[] =
	"  channels:\n"
	"    ops: { webhook: { url: 'http://127.0.0.1/ops' } }\n"
	"  rules:\n"
	"    down: { when: consecutive(fail) >= 3, severity: critical }\n"
	"    long: { when: down_for() > 60s, severity: critical }\n";

/* What the processes share. */
struct shared {
	uint64_t calls;	 /* places to be killed at, of the last whole step */
	uint64_t cpu_ns; /* of the last whole step */
};

struct played {
	struct round_rig r;
	struct state_rig files;
	struct errs es;
	struct random rng, script;
	struct shared *shared;
	bool tells;
	char told[PATH_ROOM]; /* the file of what was told */
	/* the script */
	uint64_t at_ns;
	unsigned down[6]; /* for so many steps more */
	unsigned days;	  /* of the certificate */
	unsigned disk;
	uint64_t n_killed;
};

static uint64_t draw(struct played *p, uint64_t n)
{
	return random_below(&p->rng, n);
}

static void fail(const char *what, const struct errs *es)
{
	fprintf(stderr, "history_tool: %s%s%s\n", what, es && es->n ? ": " : "",
		es && es->n ? es->item[0].text : "");
	exit(1);
}

/* ---- the script: what a step brings ------------------------------------------ */

static void put_check(struct played *p, size_t i, const char *name,
		      struct buf *words)
{
	static const char *const bad[] = { "down", "down45", "down61",
					   "status503" };

	if (p->down[i] == 0 && draw(p, 40) == 0)
		p->down[i] = 1 + (unsigned)draw(p, draw(p, 4) ? 5 : 60);
	buf_printf(words, "%s%s:", words->len ? " " : "", name);
	if (p->down[i] > 0) {
		p->down[i]--;
		buf_puts(words, bad[draw(p, 4)]);
	} else if (draw(p, 60) == 0) {
		buf_puts(words, "unseen");
	} else if (draw(p, 15) == 0) {
		buf_puts(words, "flaky");
	} else if (i == 3) {
		buf_printf(words, "disk%u", p->disk);
	} else if (i == 4) {
		buf_printf(words, "cert%u", p->days);
	} else if (draw(p, 20) == 0) {
		buf_printf(words, "slow%u", 500 + (unsigned)draw(p, 9500));
	} else {
		buf_puts(words, "ok");
	}
}

/* A run each five minutes, a little late; now and then none for hours. */
static void next_time(struct played *p)
{
	p->at_ns += 5 * RIG_MINUTE + draw(p, 20 * RIG_SECOND);
	if (draw(p, 200) == 0)
		p->at_ns += draw(p, 6 * RIG_HOUR);
	p->disk = p->disk + (unsigned)draw(p, 7) - 3;
	p->disk = p->disk < 60 ? 60 : p->disk > 99 ? 99 : p->disk;
	if (draw(p, 288) == 0)
		p->days = p->days ? p->days - 1 : 20;
}

/* "" is only the time, "!NAME CODE" an event, else a run. */
static void script_step(struct played *p, struct buf *words)
{
	static const char *const names[] = { "db",   "api",  "web",
					     "host", "cert", "mail" };

	buf_reset(words);
	next_time(p);
	if (draw(p, 30) == 0) {
		buf_printf(words, "!deploy %u", (unsigned)draw(p, 2));
	} else if (draw(p, 250) == 0) {
		buf_puts(words, "!backup 0");
	} else if (draw(p, 25) != 0) {
		for (size_t i = 0; i < 6; i++)
			put_check(p, i, names[i], words);
	}
}

/* Over within 30 s: by its own retry, or at the next run. */
static void blip_step(struct played *p, uint64_t step, uint64_t n,
		      struct buf *words)
{
	static const char *const kinds[] = { "ok", "flaky", "ok", "down" };

	buf_reset(words);
	p->at_ns += step % 4 == 0 && step < n
			    ? draw(p, 29 * RIG_SECOND) + RIG_SECOND
			    : 5 * RIG_MINUTE;
	if (step == n)
		buf_puts(words, "ready:down61");
	else if (step % 4 == 3)
		buf_printf(words, "ready:down%u", 1 + (unsigned)draw(p, 29));
	else
		buf_printf(words, "ready:%s", kinds[step % 4]);
}

/* ---- a place to be killed at ----------------------------------------------------- */

static uint64_t n_calls, kill_at_call; /* 0: not */

static void maybe_die(void)
{
	if (++n_calls == kill_at_call)
		raise(SIGKILL);
}

static ssize_t dying_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	if (++n_calls == kill_at_call) {
		if (kill_at_call % 2)
			(void)!pwrite(fd, bytes, n / 2, at);
		raise(SIGKILL);
	}
	return pwrite(fd, bytes, n, at);
}

static ssize_t dying_write(int fd, const void *bytes, size_t n)
{
	maybe_die();
	return write(fd, bytes, n);
}

static int dying_truncate(int fd, off_t size)
{
	maybe_die();
	return ftruncate(fd, size);
}

static int dying_unlink(const char *path)
{
	maybe_die();
	return unlink(path);
}

static void replace_calls(void)
{
	static const struct {
		const char *name;
		sqlite3_syscall_ptr call;
	} calls[] = {
		{ "pwrite", (sqlite3_syscall_ptr)dying_pwrite },
		{ "pwrite64", (sqlite3_syscall_ptr)dying_pwrite },
		{ "write", (sqlite3_syscall_ptr)dying_write },
		{ "ftruncate", (sqlite3_syscall_ptr)dying_truncate },
		{ "unlink", (sqlite3_syscall_ptr)dying_unlink },
	};
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		(void)vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call);
}

/* Where the next process ends: at a call, or when it has used that time. */
struct doom {
	uint64_t call, cpu_ns; /* 0: not */
};

static struct doom draw_doom(struct played *p)
{
	uint64_t call = 1 + draw(p, p->shared->calls);
	uint64_t used_ns = 1 + draw(p, p->shared->cpu_ns);

	return draw(p, 4) ? (struct doom){ .call = call }
			  : (struct doom){ .cpu_ns = used_ns };
}

static void arm(const struct doom *d)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGKILL };
	struct itimerspec when = { 0 };
	timer_t timer;

	kill_at_call = d->call;
	if (d->cpu_ns == 0)
		return;
	when.it_value.tv_sec = (time_t)(d->cpu_ns / RIG_SECOND);
	when.it_value.tv_nsec = (long)(d->cpu_ns % RIG_SECOND);
	if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0 ||
	    timer_settime(timer, 0, &when, NULL) != 0)
		fail("no timer", NULL);
}

/* ---- one step --------------------------------------------------------------------- */

static void tell_line(struct played *p, const char *what, const char *channel,
		      const char *dedup)
{
	char line[PATH_ROOM];
	int n = snprintf(line, sizeof(line), "%s %s %s\n", what, channel,
			 dedup);
	int fd = open(p->told, O_WRONLY | O_APPEND | O_CREAT, 0600);

	if (fd < 0 || write(fd, line, (size_t)n) != n || close(fd) != 0)
		fail("cannot write what was told", NULL);
}

/* Claimed, told, written down: as deliveries are made. */
static void tell_due(struct played *p, uint64_t at_ns)
{
	struct arena *a = arena_new(ENTRIES_BYTES);
	struct letter *letters;
	size_t n;

	do {
		if (!state_letters_claim(p->r.st, "shop", at_ns, "tool",
					 LEASE_NS, TOLD_AT_ONCE, a, &letters,
					 &n, &p->es))
			fail("claim", &p->es);
		for (size_t i = 0; i < n; i++) {
			struct delivery d = { .letter = letters[i].id,
					      .at_ns = at_ns,
					      .status = LETTER_SENT,
					      .detail = "",
					      .reference = "" };

			maybe_die();
			tell_line(p, "told", letters[i].channel,
				  letters[i].dedup);
			maybe_die();
			if (!state_delivered(p->r.st, &d, &p->es))
				fail("delivered", &p->es);
		}
	} while (n == TOLD_AT_ONCE);
	arena_free(a);
}

static void do_step(struct played *p, const char *words)
{
	unsigned code;
	char name[WORDS_MAX];

	if (sscanf(words, "!%s %u", name, &code) == 2)
		round_rig_event(&p->r, p->at_ns, name, code);
	else if (*words)
		round_rig_run(&p->r, p->at_ns, NULL, words);
	else
		round_rig_time(&p->r, p->at_ns);
	if (p->tells)
		tell_due(p, p->at_ns);
	struct state_cleaned done;
	bool was_due;
	if (!state_tidy(p->r.st, p->at_ns, &was_due, &done, &p->es))
		fail("tidy", &p->es);
}

static uint64_t cpu_ns(void)
{
	struct timespec used;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * RIG_SECOND + (uint64_t)used.tv_nsec;
}

/* In a process of its own; true: it was killed. */
static bool spawn_step(struct played *p, const char *words, bool is_killed)
{
	struct doom doom = { 0 };
	int status;

	if (is_killed)
		doom = draw_doom(p);
	pid_t pid = fork();

	if (pid < 0)
		fail("no process", NULL);
	if (pid == 0) {
		arm(&doom);
		p->r.st = state_rig_open(&p->files);
		do_step(p, words);
		state_close(p->r.st);
		p->shared->calls = n_calls;
		p->shared->cpu_ns = cpu_ns();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		fail("a process is lost", NULL);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && is_killed)
		return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail("a step failed", NULL);
	return false;
}

/* ---- the whole -------------------------------------------------------------------- */

static void print_log(struct played *p)
{
	struct arena *a = arena_new(ENTRIES_BYTES);
	const struct state_entry *e;
	const struct letter *l;
	size_t n;

	if (!a || !state_entries(p->r.st, "shop", 0, a, &e, &n, &p->es))
		fail("entries", &p->es);
	for (size_t i = 0; i < n; i++)
		printf("entry %" PRIu64 " %" PRIu64 " %s %s %s\n", e[i].id,
		       e[i].at_ns, e[i].key, e[i].kind, e[i].text);
	if (!state_letters_waiting(p->r.st, a, &l, &n, &p->es))
		fail("letters", &p->es);
	for (size_t i = 0; i < n; i++)
		printf("letter %" PRIu64 " %s %s %s %" PRIu64 " %" PRIu64
		       " %" PRIu64 " %s\n",
		       l[i].id, l[i].channel, l[i].group, l[i].dedup,
		       l[i].made_at_ns, l[i].not_before_at_ns,
		       l[i].expires_at_ns, l[i].text);
	arena_free(a);
}

static void print_told(struct played *p)
{
	char line[PATH_ROOM];
	FILE *f = fopen(p->told, "re");

	while (f && fgets(line, sizeof(line), f))
		fputs(line, stdout);
	if (f)
		fclose(f);
	printf("killed %" PRIu64 "\n", p->n_killed);
}

/* True: it was killed, and then done again. */
static bool play_step(struct played *p, const char *words, bool is_daemon,
		      bool is_killed)
{
	bool was_killed = false;

	if (is_daemon) {
		do_step(p, words);
		return false;
	}
	if (is_killed && spawn_step(p, words, true)) {
		was_killed = true;
		p->n_killed++;
		tell_line(p, "killed", "-", "-");
	}
	(void)spawn_step(p, words, false);
	return was_killed;
}

/* The script and the kills draw from the same source, each in its own order. */
static void next_words(struct played *p, bool is_blips, uint64_t i, uint64_t n,
		       struct buf *words)
{
	struct random kills = p->rng;

	p->rng = p->script;
	if (is_blips)
		blip_step(p, i, n, words);
	else
		script_step(p, words);
	p->script = p->rng;
	p->rng = kills;
}

static void play(struct played *p, const char *how, uint64_t n)
{
	bool kills = !strcmp(how, "kill"), is_blips = !strcmp(how, "blips");
	bool is_daemon = is_blips || !strcmp(how, "daemon");
	uint64_t kill_at = 2, block = 0;
	struct buf words;

	buf_init(&words, WORDS_MAX);
	for (uint64_t i = 1; i <= n; i++) {
		next_words(p, is_blips, i, n, &words);
		/* an event that is told again is another one */
		bool is_time =
			kills && i >= kill_at && buf_text(&words)[0] != '!';
		bool was_killed =
			play_step(p, buf_text(&words), is_daemon, is_time);

		if (is_time && was_killed)
			kill_at = ++block * KILL_EACH + 2 + draw(p, KILL_FROM);
		else if (is_time)
			kill_at = i + 2;
		if (kill_at < i + 2 && is_time)
			kill_at = i + 2;
	}
	buf_release(&words);
}

int main(int argc, char **argv)
{
	static struct played p = { .days = 20, .disk = 80, .at_ns = RIG_EPOCH };
	void *files = &p.files;

	if (argc != 5)
		fail("history_tool STATE HOW STEPS SEED", NULL);
	const char *how = argv[2];
	bool is_blips = !strcmp(how, "blips");
	bool is_daemon = is_blips || !strcmp(how, "daemon");

	p.tells = !strcmp(how, "deliver") || !strcmp(how, "kill");
	p.shared = mmap(NULL, sizeof(*p.shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	p.files.es = &p.es;
	if (p.shared == MAP_FAILED ||
	    snprintf(p.files.path, sizeof(p.files.path), "%s", argv[1]) >=
		    (int)sizeof(p.files.path) ||
	    snprintf(p.told, sizeof(p.told), "%s.told", argv[1]) >=
		    (int)sizeof(p.told))
		fail("the name is too long", NULL);
	random_init(&p.rng, strtoull(argv[4], NULL, 10), 0);
	p.script = p.rng;
	replace_calls();
	round_rig_init(&p.r, &files, is_blips ? "ready" : CHECKS,
		       is_blips ? blip_alerts : alerts);
	p.shared->calls = p.shared->cpu_ns = 1;
	if (!is_daemon) {
		state_close(p.r.st);
		p.r.st = NULL;
	}
	play(&p, how, strtoull(argv[3], NULL, 10));
	if (!is_daemon)
		p.r.st = state_rig_open(&p.files);
	if (p.tells)
		tell_due(&p, p.at_ns + RIG_DAY);
	print_log(&p);
	print_told(&p);
	round_rig_release(&p.r);
	return fflush(stdout) == 0 ? 0 : 1;
}
