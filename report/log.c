/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/log.h"
#include "report/log/sink.h"
#include "report/redact/redact.h"
#include "report/result/stamp.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/json/json.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum { STAMP_DIGITS = 3, VALUE_MAX = 2048 };

/* The level of one part of the log. */
struct part_level {
	const char *logger;
	enum log_level level;
};

struct logger {
	FILE *to;
	struct log_sink *sink; /* instead */
	bool owned;	       /* opened here */
	bool json;
	enum log_level level;
	enum log_level lowest; /* of it and the parts */
	struct part_level parts[LOG_LEVELS_MAX];
	size_t n_parts;
	uint64_t slow_ns;
	uint64_t lost;
	const struct redactor *redactor;
	const char *service, *environment;
	struct buf line, safe; /* reused */
};

static const char *const levels[LEVEL_N] = {
	[LEVEL_DEBUG] = "DEBUG",       [LEVEL_INFO] = "INFO",
	[LEVEL_WARNING] = "WARNING",   [LEVEL_ERROR] = "ERROR",
	[LEVEL_CRITICAL] = "CRITICAL",
};

bool log_level_find(const char *word, enum log_level *l)
{
	for (unsigned i = 0; i < LEVEL_N; i++) {
		if (strcasecmp(levels[i], word) == 0) {
			*l = (enum log_level)i;
			return true;
		}
	}
	if (strcasecmp(word, "warn") == 0)
		*l = LEVEL_WARNING;
	else if (strcasecmp(word, "fatal") == 0)
		*l = LEVEL_CRITICAL;
	else
		return false;
	return true;
}

/* ---- opening ----------------------------------------------------------- */

static const char *setting(const char *given, const char *variable,
			   const char *otherwise)
{
	const char *from = given ? given : getenv(variable);

	return from && *from ? from : otherwise;
}

static bool find_level(const struct log_config *c, enum log_level *l,
		       struct errs *es)
{
	const char *word = setting(c->level, LOG_LEVEL_VARIABLE, "WARNING");

	if (log_level_find(word, l))
		return true;
	return errs_add(es, ERR_INPUT, NOWHERE,
			"%s must be one of debug, info, warning, error and "
			"critical, got \"%.40s\"",
			c->level ? "\"--log-level\"" : "\"LOG_LEVEL\"", word);
}

static bool find_format(const struct log_config *c, enum log_format *format,
			struct errs *es)
{
	static const char *const words[] = { "auto", "json", "text" };

	for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (c->format == NULL || strcmp(c->format, words[i]) == 0) {
			*format = (enum log_format)i;
			return true;
		}
	}
	return errs_add(es, ERR_INPUT, NOWHERE,
			"\"--log-format\" must be one of auto, json and text, "
			"got \"%.40s\"",
			c->format);
}

static bool open_file(struct logger *lg, const struct log_config *c,
		      struct errs *es)
{
	int fd;

	lg->sink = c->sink;
	lg->to = c->stream ? c->stream : stderr;
	if (c->file == NULL || c->sink)
		return true;
	fd = open(c->file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
		  LOG_FILE_MODE);
	lg->to = fd < 0 ? NULL : fdopen(fd, "a");
	if (lg->to) {
		lg->owned = true;
		return true;
	}
	errs_add(es, ERR_SYSTEM, NOWHERE, "cannot open \"%s\": %s", c->file,
		 strerror(errno));
	if (fd >= 0)
		close(fd);
	return false;
}

static bool is_production(const char *environment)
{
	return strcasecmp(environment, "production") == 0 ||
	       strcasecmp(environment, "prod") == 0;
}

static bool configure(struct logger *lg, const struct log_config *c,
		      struct errs *es)
{
	enum log_format format = LOG_FORMAT_AUTO;
	bool ok = find_level(c, &lg->level, es);

	ok = find_format(c, &format, es) && ok;
	lg->redactor = c->redactor;
	lg->slow_ns = c->slow_ns ? c->slow_ns : LOG_SLOW_NS;
	lg->service = c->service && *c->service ? c->service : "assay";
	lg->environment = setting(c->environment, LOG_ENVIRONMENT_VARIABLE,
				  LOG_ENVIRONMENT);
	if (!ok || !open_file(lg, c, es))
		return false;
	bool is_terminal = lg->sink ? log_sink_is_terminal(lg->sink)
				    : isatty(fileno(lg->to));
	lg->json = format == LOG_FORMAT_JSON ||
		   (format == LOG_FORMAT_AUTO && !is_terminal);
	return true;
}

/* In production nothing below INFO is written, whoever asks for it. */
static void set_levels(struct logger *lg, const struct log_config *c)
{
	bool drops = is_production(lg->environment);

	if (lg->level == LEVEL_DEBUG && drops)
		lg->level = LEVEL_INFO;
	lg->lowest = lg->level;
	for (size_t i = 0; i < c->n_levels && i < LOG_LEVELS_MAX; i++) {
		struct part_level *part = &lg->parts[lg->n_parts];

		part->logger = c->levels[i].logger;
		if (!log_level_find(c->levels[i].level, &part->level))
			continue;
		if (part->level == LEVEL_DEBUG && drops)
			part->level = LEVEL_INFO;
		if (part->level < lg->lowest)
			lg->lowest = part->level;
		lg->n_parts++;
	}
}

struct logger *log_open(const struct log_config *config, struct errs *es)
{
	struct logger *lg = calloc(1, sizeof *lg);

	if (lg == NULL) {
		errs_nomem(es);
		return NULL;
	}
	buf_init(&lg->line, LOG_LINE_MAX);
	buf_init(&lg->safe, BUF_NO_LIMIT);
	if (!configure(lg, config, es)) {
		log_close(lg);
		return NULL;
	}
	bool wanted_debug = lg->level == LEVEL_DEBUG;
	set_levels(lg, config);
	if (wanted_debug && lg->level != LEVEL_DEBUG)
		log_printf(lg, LEVEL_INFO, "assay.log",
			   "level DEBUG is not written in environment "
			   "\"%s\": INFO and above are",
			   lg->environment);
	return lg;
}

void log_close(struct logger *lg)
{
	if (lg == NULL)
		return;
	if (lg->owned && lg->to)
		fclose(lg->to);
	buf_release(&lg->line);
	buf_release(&lg->safe);
	free(lg);
}

enum log_level log_threshold(const struct logger *lg)
{
	return lg->level;
}

bool log_wants(const struct logger *lg, enum log_level l)
{
	return lg != NULL && l >= lg->lowest;
}

void log_set_redactor(struct logger *lg, const struct redactor *r)
{
	lg->redactor = r;
}

/* "assay.probe" is of itself and of "assay.probe.tls". */
static bool is_of(const char *logger, const char *part, size_t len)
{
	return !strncmp(logger, part, len) &&
	       (logger[len] == '\0' || logger[len] == '.');
}

static enum log_level level_of(const struct logger *lg, const char *logger)
{
	enum log_level level = lg->level;
	size_t longest = 0;

	for (size_t i = 0; logger && i < lg->n_parts; i++) {
		size_t len = strlen(lg->parts[i].logger);

		if (len < longest || !is_of(logger, lg->parts[i].logger, len))
			continue;
		longest = len;
		level = lg->parts[i].level;
	}
	return level;
}

uint64_t log_lost(const struct logger *lg)
{
	return lg->lost;
}

/* ---- a line ------------------------------------------------------------ */

/* A value without its secrets, bounded, so that no line is cut inside. */
static const char *safe_text(struct logger *lg, const char *text, size_t *len)
{
	buf_reset(&lg->safe);
	redact_text(lg->redactor, text, strlen(text), &lg->safe);
	*len = text_cut_at(buf_text(&lg->safe), lg->safe.len, VALUE_MAX);
	return buf_text(&lg->safe);
}

static void json_text(struct logger *lg, const char *key, const char *value)
{
	size_t len;
	const char *text;

	if (value == NULL)
		return;
	text = safe_text(lg, value, &len);
	buf_printf(&lg->line, "%s\"%s\":", lg->line.len > 1 ? "," : "", key);
	json_escape(&lg->line, text, len);
}

static void json_spot(struct logger *lg, const struct log_spot *at)
{
	json_text(lg, "module", at->module);
	json_text(lg, "function", at->function);
	buf_printf(&lg->line, ",\"line\":%d", at->line);
}

static void json_line(struct logger *lg, const struct log_spot *at,
		      const struct log_entry *e)
{
	buf_puts(&lg->line, "{\"timestamp\":\"");
	stamp_print_ns(&lg->line, e->at_ns, STAMP_DIGITS);
	buf_putc(&lg->line, '"');
	json_text(lg, "level", levels[e->level]);
	json_text(lg, "logger", e->logger ? e->logger : "assay");
	json_text(lg, "message", e->message ? e->message : "");
	if (at)
		json_spot(lg, at);
	json_text(lg, "request_id", e->request_id);
	json_text(lg, "method", e->method);
	json_text(lg, "path", e->path);
	if (e->status_code > 0)
		buf_printf(&lg->line, ",\"status_code\":%" PRId64,
			   e->status_code);
	if (e->duration_ns >= 0)
		buf_printf(&lg->line, ",\"duration_ms\":%" PRId64 ".%03d",
			   e->duration_ns / (int64_t)UNIT_NS_PER_MS,
			   (int)(e->duration_ns % (int64_t)UNIT_NS_PER_MS /
				 (int64_t)UNIT_NS_PER_US));
	json_text(lg, "service", lg->service);
	json_text(lg, "environment", lg->environment);
	buf_putc(&lg->line, '}');
}

static void text_value(struct logger *lg, const char *before, const char *value)
{
	size_t len;
	const char *text;

	if (value == NULL)
		return;
	text = safe_text(lg, value, &len);
	buf_puts(&lg->line, before);
	text_printable(&lg->line, text, len);
}

static void text_line(struct logger *lg, const struct log_spot *at,
		      const struct log_entry *e)
{
	const char *logger = e->logger ? e->logger : "assay";
	const char *dot = strrchr(logger, '.');

	stamp_print_clock(&lg->line, e->at_ns, STAMP_DIGITS);
	buf_printf(&lg->line, " %-8s %-6s", levels[e->level],
		   dot ? dot + 1 : logger);
	text_value(lg, " ", e->message ? e->message : "");
	text_value(lg, "  method=", e->method);
	text_value(lg, " path=", e->path);
	if (e->status_code > 0)
		buf_printf(&lg->line, " status_code=%" PRId64, e->status_code);
	if (e->duration_ns >= 0)
		buf_printf(&lg->line, " duration_ms=%" PRId64,
			   e->duration_ns / (int64_t)UNIT_NS_PER_MS);
	text_value(lg, " request_id=", e->request_id);
	if (at)
		buf_printf(&lg->line, "  at=%s:%d:%s", at->module, at->line,
			   at->function);
}

/* A line is one write: others append to the file, too. */
static bool put_line(struct logger *lg, enum log_level l)
{
	buf_putc(&lg->line, '\n');
	if (!buf_ok(&lg->line) || !buf_ok(&lg->safe))
		return false;
	if (lg->sink)
		return log_sink_put(lg->sink, buf_text(&lg->line), lg->line.len,
				    l >= LEVEL_ERROR);
	return fwrite(buf_text(&lg->line), 1, lg->line.len, lg->to) ==
		       lg->line.len &&
	       fflush(lg->to) == 0;
}

void log_write_at(struct logger *lg, const struct log_spot *at,
		  const struct log_entry *e)
{
	struct log_entry with_time = *e;

	if (!log_wants(lg, e->level) || e->level < level_of(lg, e->logger))
		return;
	if (lg->lowest > LEVEL_DEBUG)
		at = NULL;
	if (e->at_ns == 0)
		with_time.at_ns = stamp_now_ns();
	buf_reset(&lg->line);
	if (lg->json)
		json_line(lg, at, &with_time);
	else
		text_line(lg, at, &with_time);
	if (!put_line(lg, e->level))
		lg->lost++;
}

void log_printf_at(struct logger *lg, const struct log_spot *at,
		   enum log_level l, const char *logger, const char *fmt, ...)
{
	struct log_entry e = { .level = l,
			       .logger = logger,
			       .duration_ns = -1 };
	char message[VALUE_MAX];
	va_list ap;

	if (!log_wants(lg, l))
		return;
	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	e.message = message;
	log_write_at(lg, at, &e);
}

void log_request_at(struct logger *lg, const struct log_spot *at,
		    const struct log_entry *e)
{
	struct log_entry line = *e;
	bool slow = lg && e->duration_ns >= 0 &&
		    (uint64_t)e->duration_ns >= lg->slow_ns;

	line.level = slow ? LEVEL_WARNING : LEVEL_INFO;
	if (line.message == NULL)
		line.message = slow ? "request is slow" : "request";
	log_write_at(lg, at, &line);
}
