/* SPDX-License-Identifier: MIT */
#include "report/log/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "report/log/rotate.h"
#include "report/result/stamp.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum { TROUBLE_MAX = 512 };

/* One file with what waits for it. */
struct stream {
	char *path; /* NULL: none, or a stream of the process */
	int fd;	    /* -1: none */
	bool is_owned;
	uint64_t size;
	uint64_t written_at_ns;
	struct buf front; /* under the lock */
	struct buf back;  /* the writer's */
};

struct log_sink {
	pthread_mutex_t lock;
	pthread_cond_t news;
	pthread_t writer;
	struct stream all, errors;
	struct log_rotation rotate;
	bool is_rotating;
	bool is_terminal;
	/* under the lock */
	bool must_end, must_reopen, has_ended;
	struct log_sink_counts counts;
	struct buf trouble;
	pthread_cond_t ended;
};

/* ---- files -------------------------------------------------------------- */

static void say(struct log_sink *s, const char *text)
{
	pthread_mutex_lock(&s->lock);
	buf_reset(&s->trouble);
	buf_puts(&s->trouble, text);
	pthread_mutex_unlock(&s->lock);
}

static bool stream_open(struct stream *t)
{
	struct stat st;
	int fd = open(t->path,
		      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
		      SINK_MODE);

	if (fd < 0)
		return false;
	if (t->is_owned && t->fd >= 0)
		close(t->fd);
	t->fd = fd;
	t->is_owned = true;
	t->size = 0;
	t->written_at_ns = stamp_now_ns();
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		t->size = (uint64_t)st.st_size;
		t->written_at_ns = (uint64_t)st.st_mtim.tv_sec * UNIT_NS_PER_S;
	}
	return true;
}

static void stream_reopen(struct log_sink *s, struct stream *t)
{
	char text[TROUBLE_MAX];

	if (!t->path || stream_open(t))
		return;
	snprintf(text, sizeof text, "cannot open \"%s\": %s", t->path,
		 strerror(errno));
	say(s, text);
}

static void sweep(struct log_sink *s)
{
	struct stream *const each[] = { &s->all, &s->errors };
	struct buf why;

	if (!s->is_rotating)
		return;
	buf_init(&why, TROUBLE_MAX);
	for (size_t i = 0; i < 2; i++)
		if (each[i]->path && !rotate_sweep(&s->rotate, each[i]->path,
						   stamp_now_ns(), &why))
			say(s, buf_text(&why));
	buf_release(&why);
}

static void replace(struct log_sink *s, struct stream *t)
{
	struct buf why;

	buf_init(&why, TROUBLE_MAX);
	if (!rotate_files(&s->rotate, t->path, &why))
		say(s, buf_text(&why));
	buf_release(&why);
	stream_reopen(s, t);
	/* what could not be replaced is not tried again with each line */
	t->written_at_ns = stamp_now_ns();
	pthread_mutex_lock(&s->lock);
	s->counts.rotated++;
	pthread_mutex_unlock(&s->lock);
	sweep(s);
}

/* ---- writing ------------------------------------------------------------ */

/* The whole lines at the start of text that still belong into this file; at
 * least one. */
static size_t lines_that_fit(const struct log_sink *s, const struct stream *t,
			     const char *text, size_t len)
{
	size_t fit = 0;

	if (!s->is_rotating || !t->path || s->rotate.max_bytes == 0)
		return len;
	while (fit < len) {
		const char *end = memchr(text + fit, '\n', len - fit);
		size_t next = end ? (size_t)(end - text) + 1 : len;

		if (fit > 0 && t->size + next > s->rotate.max_bytes)
			break;
		fit = next;
	}
	return fit;
}

static uint64_t count_lines(const char *text, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

/* Returns the bytes written. */
static size_t write_all(int fd, const char *text, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static void put_out(struct log_sink *s, struct stream *t, const char *text,
		    size_t len)
{
	char words[TROUBLE_MAX];
	size_t done = t->fd < 0 ? 0 : write_all(t->fd, text, len);
	uint64_t lost = count_lines(text + done, len - done);

	if (lost > 0) {
		snprintf(words, sizeof words, "cannot write \"%s\": %s",
			 t->path ? t->path : "the log", strerror(errno));
		say(s, words);
	}
	t->size += done;
	t->written_at_ns = stamp_now_ns();
	pthread_mutex_lock(&s->lock);
	s->counts.bytes += done;
	s->counts.failed += lost;
	if (t == &s->all)
		s->counts.lines += count_lines(text, done);
	pthread_mutex_unlock(&s->lock);
}

static void flush_stream(struct log_sink *s, struct stream *t)
{
	const char *text = buf_text(&t->back);
	size_t left = t->back.len;

	while (left > 0) {
		const char *end = memchr(text, '\n', left);
		size_t first = end ? (size_t)(end - text) + 1 : left;

		if (s->is_rotating && t->path &&
		    rotate_is_due(&s->rotate, t->size, first, t->written_at_ns,
				  stamp_now_ns()))
			replace(s, t);
		size_t n = lines_that_fit(s, t, text, left);
		put_out(s, t, text, n);
		text += n;
		left -= n;
	}
	buf_reset(&t->back);
}

static void swap_bufs(struct stream *t)
{
	struct buf kept = t->front;

	t->front = t->back;
	t->back = kept;
}

static void wait_for_news(struct log_sink *s)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(SINK_SWEEP_NS / UNIT_NS_PER_S);
	while (!s->must_end && !s->must_reopen && s->all.front.len == 0 &&
	       s->errors.front.len == 0)
		if (pthread_cond_timedwait(&s->news, &s->lock, &until) ==
		    ETIMEDOUT)
			return;
}

/* One turn of the writer; false: it was the last. */
static bool turn(struct log_sink *s)
{
	pthread_mutex_lock(&s->lock);
	wait_for_news(s);
	bool ends = s->must_end;
	bool reopens = s->must_reopen;
	s->must_reopen = false;
	swap_bufs(&s->all);
	swap_bufs(&s->errors);
	s->counts.waiting = 0;
	bool is_idle = s->all.back.len == 0 && !reopens && !ends;
	pthread_mutex_unlock(&s->lock);
	if (reopens) {
		stream_reopen(s, &s->all);
		stream_reopen(s, &s->errors);
	}
	flush_stream(s, &s->all);
	flush_stream(s, &s->errors);
	if (is_idle)
		sweep(s);
	return !ends;
}

static void *write_lines(void *self)
{
	struct log_sink *s = self;

	sweep(s);
	while (turn(s))
		;
	pthread_mutex_lock(&s->lock);
	s->has_ended = true;
	pthread_cond_signal(&s->ended);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* ---- life ----------------------------------------------------------------- */

static void sink_free(struct log_sink *s)
{
	struct stream *const each[] = { &s->all, &s->errors };

	for (size_t i = 0; i < 2; i++) {
		if (each[i]->is_owned && each[i]->fd >= 0)
			close(each[i]->fd);
		buf_release(&each[i]->front);
		buf_release(&each[i]->back);
		free(each[i]->path);
	}
	buf_release(&s->trouble);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->news);
	pthread_cond_destroy(&s->ended);
	free(s);
}

static bool stream_init(struct stream *t, const char *path, int fd,
			size_t max_bytes, struct errs *es)
{
	t->fd = fd;
	buf_init(&t->front, max_bytes);
	buf_init(&t->back, max_bytes);
	if (!path)
		return true;
	t->path = strdup(path);
	if (!t->path)
		return errs_nomem(es);
	return stream_open(t) ||
	       errs_add(es, ERR_SYSTEM, NOWHERE, "cannot open \"%s\": %s", path,
			strerror(errno));
}

static bool start_writer(struct log_sink *s, struct errs *es)
{
	sigset_t all;
	sigset_t was;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	int rc = pthread_create(&s->writer, NULL, write_lines, s);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return rc == 0 || errs_add(es, ERR_SYSTEM, NOWHERE,
				   "no thread for the log: %s", strerror(rc));
}

struct log_sink *log_sink_open(const struct log_sink_config *config,
			       struct errs *es)
{
	struct log_sink *s = calloc(1, sizeof *s);
	size_t max = config->max_bytes ? config->max_bytes : SINK_BYTES_MAX;

	if (!s) {
		errs_nomem(es);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->news, NULL);
	pthread_cond_init(&s->ended, NULL);
	s->rotate = config->rotate;
	s->is_rotating = config->rotate.keep > 0;
	buf_init(&s->trouble, TROUBLE_MAX);
	bool ok = stream_init(&s->all, config->file, config->fd, max, es);
	ok &= stream_init(&s->errors, config->errors, -1, max, es);
	s->is_terminal = ok && isatty(s->all.fd);
	if (ok && start_writer(s, es))
		return s;
	sink_free(s);
	return NULL;
}

bool log_sink_end(struct log_sink *s, uint64_t within_ns)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(within_ns / UNIT_NS_PER_S);
	pthread_mutex_lock(&s->lock);
	s->must_end = true;
	pthread_cond_signal(&s->news);
	int rc = 0;
	while (!s->has_ended && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&s->ended, &s->lock, &until);
	bool has_ended = s->has_ended;
	pthread_mutex_unlock(&s->lock);
	return has_ended;
}

void log_sink_close(struct log_sink *s, uint64_t within_ns)
{
	if (!s)
		return;
	if (!log_sink_end(s, within_ns)) {
		/* stuck in a write: it keeps its memory until we exit */
		pthread_detach(s->writer);
		return;
	}
	pthread_join(s->writer, NULL);
	sink_free(s);
}

/* ---- from any thread -------------------------------------------------------- */

static bool fits(const struct buf *b, size_t len)
{
	return len <= b->max - b->len;
}

bool log_sink_put(struct log_sink *s, const char *line, size_t len,
		  bool is_error)
{
	bool ok;

	pthread_mutex_lock(&s->lock);
	ok = fits(&s->all.front, len) && buf_add(&s->all.front, line, len);
	if (is_error && s->errors.path && fits(&s->errors.front, len))
		buf_add(&s->errors.front, line, len);
	s->counts.dropped += !ok;
	s->counts.waiting = s->all.front.len;
	pthread_cond_signal(&s->news);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

void log_sink_reopen(struct log_sink *s)
{
	pthread_mutex_lock(&s->lock);
	s->must_reopen = true;
	pthread_cond_signal(&s->news);
	pthread_mutex_unlock(&s->lock);
}

bool log_sink_is_terminal(const struct log_sink *s)
{
	return s->is_terminal;
}

struct log_sink_counts log_sink_counts(struct log_sink *s)
{
	pthread_mutex_lock(&s->lock);
	struct log_sink_counts counts = s->counts;
	pthread_mutex_unlock(&s->lock);
	return counts;
}

bool log_sink_trouble(struct log_sink *s, struct buf *out)
{
	pthread_mutex_lock(&s->lock);
	bool is_new = s->trouble.len > 0;
	buf_add(out, buf_text(&s->trouble), s->trouble.len);
	buf_reset(&s->trouble);
	pthread_mutex_unlock(&s->lock);
	return is_new;
}
