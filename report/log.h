/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOG_H
#define REPORT_LOG_H

/*
 * log - the tool's own log, for people and for log collectors.
 *
 * One line per event: a JSON object, or text on a terminal.  The keys of a
 * JSON line are timestamp (RFC 3339, milliseconds, UTC), level, logger,
 * message, request_id, method, path, status_code, duration_ms, service and
 * environment; a field that was not given is left out.  At level DEBUG each
 * line also says where in the program it comes from: module, function, line.
 * Every line passes the redactor.
 *
 *     12:03:04.123 WARNING probe  request is slow  path=/health duration_ms=1204
 *
 * Thread rule   one thread; a worker of its own keeps a logger of its own.
 * Ownership     borrows redactor, sink and texts of its configuration; owns a
 *               file that log_open() opened.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct errs;	     /* scenarios/base/err.h */
struct log_level_of; /* scenarios/watch/watch.h */
struct log_sink;     /* report/log/sink.h */
struct redactor;     /* report/redact/redact.h */
struct logger;

enum log_level {
	LEVEL_DEBUG,
	LEVEL_INFO,
	LEVEL_WARNING,
	LEVEL_ERROR,
	LEVEL_CRITICAL,
	LEVEL_N
};

enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_JSON, LOG_FORMAT_TEXT };

enum {
	LOG_LINE_MAX = 128 * 1024, /* bytes of one line */
	LOG_FILE_MODE = 0640
};
#define LOG_SLOW_NS		 UINT64_C(1000000000) /* "slow" from here on */
#define LOG_LEVEL_VARIABLE	 "LOG_LEVEL"
#define LOG_ENVIRONMENT_VARIABLE "ENVIRONMENT"
#define LOG_ENVIRONMENT		 "development"

/* NULL and 0 take what stands behind. */
struct log_config {
	const char *level;	 /* as written; LOG_LEVEL, then WARNING */
	const char *format;	 /* "auto", "json", "text"; auto */
	const char *file;	 /* appended to; the stream below */
	FILE *stream;		 /* stderr */
	struct log_sink *sink;	 /* instead of both; several may share it */
	const char *service;	 /* "assay" */
	const char *environment; /* ENVIRONMENT, then development */
	const struct redactor *redactor;
	uint64_t slow_ns; /* LOG_SLOW_NS */
	size_t n_levels;  /* of parts of the log; the longest name counts */
	const struct log_level_of *levels;
};

/* A field that is NULL, or below 0 for a number, is left out. */
struct log_entry {
	enum log_level level;
	const char *logger; /* "assay.probe" */
	const char *message;
	const char *request_id;
	const char *method;
	const char *path;    /* of the URL, or all of it */
	int64_t status_code; /* 0 is left out, too */
	int64_t duration_ns; /* -1: none; ends up as milliseconds */
	uint64_t at_ns;	     /* since 1970 UTC; 0: now */
};

/* Where a line comes from: LOG_HERE. */
struct log_spot {
	const char *module, *function;
	int line;
};
#define LOG_HERE (&(const struct log_spot){ __FILE__, __func__, __LINE__ })

/* Any case; "warn" and "fatal" are known, too. */
bool log_level_find(const char *word, enum log_level *l);

/* NULL with a problem: a word that is no level or format (ERR_INPUT), a file
 * that cannot be opened (ERR_SYSTEM).  In an environment called "production"
 * (or "prod") DEBUG is raised to INFO, and a line says so. */
struct logger *log_open(const struct log_config *config, struct errs *es);
void log_close(struct logger *lg); /* NULL is fine */

enum log_level log_threshold(const struct logger *lg);
/* False for a NULL logger, so that callers need not look. */
bool log_wants(const struct logger *lg, enum log_level l);

/* What is taken out of lines from now on. */
void log_set_redactor(struct logger *lg, const struct redactor *r);

#define log_write(lg, e) log_write_at(lg, LOG_HERE, e)
void log_write_at(struct logger *lg, const struct log_spot *at,
		  const struct log_entry *e);
#define log_printf(lg, ...) log_printf_at(lg, LOG_HERE, __VA_ARGS__)
void log_printf_at(struct logger *lg, const struct log_spot *at,
		   enum log_level l, const char *logger, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* A finished exchange: WARNING when it took slow_ns or longer, else INFO.
 * level, and message when it is NULL, are chosen here. */
#define log_request(lg, e) log_request_at(lg, LOG_HERE, e)
void log_request_at(struct logger *lg, const struct log_spot *at,
		    const struct log_entry *e);

/* The number of lines that could not be written. */
uint64_t log_lost(const struct logger *lg);

#endif
