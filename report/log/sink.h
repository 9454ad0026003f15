/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOG_SINK_H
#define REPORT_LOG_SINK_H

/*
 * sink - where the lines of a daemon's log go, without keeping anyone waiting.
 *
 * Loggers of several threads put whole lines into a bounded buffer; one
 * thread of the sink writes them to the file, to a second one what is ERROR
 * or worse, and replaces, compresses and deletes files (report/log/rotate.h).
 * A line that does not fit, because the disk or the pipe does not keep up, is
 * dropped and counted.
 *
 * Thread rule   log_sink_put(), log_sink_reopen() and log_sink_counts() from
 *               any thread; open and close from the command.
 * Errors        after opening it only counts: a log must not end the program.
 *               The words of the newest failure: log_sink_trouble().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/watch/watch.h"

struct buf;  /* scenarios/base/buf.h */
struct errs; /* scenarios/base/err.h */
struct log_sink;

enum {
	SINK_BYTES_MAX = 1 << 20, /* waiting to be written */
	SINK_MODE = 0640,
};
#define SINK_SWEEP_NS UINT64_C(3600000000000) /* between two looks at ages */

/* NULL file: the stream of that descriptor. */
struct log_sink_config {
	const char *file;
	int fd;
	const char *errors; /* or NULL */
	struct log_rotation rotate;
	size_t max_bytes; /* 0: SINK_BYTES_MAX */
};

/* NULL with a problem when a file cannot be opened.  Texts are copied.  The
 * thread that is started takes no signals. */
struct log_sink *log_sink_open(const struct log_sink_config *config,
			       struct errs *es);
/* Writes what waits, for at most so long; what is put in later stays unwritten.
 * False: it is still at it. */
bool log_sink_end(struct log_sink *s, uint64_t within_ns);
/* The same, and frees it.  NULL is fine. */
void log_sink_close(struct log_sink *s, uint64_t within_ns);

/* A line with its line feed.  False: it was dropped. */
bool log_sink_put(struct log_sink *s, const char *line, size_t len,
		  bool is_error);
/* Opens its files anew: somebody else has moved them. */
void log_sink_reopen(struct log_sink *s);

bool log_sink_is_terminal(const struct log_sink *s);

struct log_sink_counts {
	uint64_t lines, bytes; /* written */
	uint64_t dropped;      /* lines: the buffer was full */
	uint64_t failed;       /* lines: the write failed */
	uint64_t waiting;      /* bytes */
	uint64_t rotated;      /* times */
};
struct log_sink_counts log_sink_counts(struct log_sink *s);
/* Appends the newest failure, once; false: there was none. */
bool log_sink_trouble(struct log_sink *s, struct buf *out);

#endif
