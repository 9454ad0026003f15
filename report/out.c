/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report/out.h"
#include "report/redact/redact.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

const char *const out_colours[OUT_COLOUR_N + 1] = {
	[OUT_AUTO] = "auto",
	[OUT_ALWAYS] = "always",
	[OUT_NEVER] = "never",
};

static bool is_set(const char *variable)
{
	return variable != NULL && variable[0] != '\0';
}

static bool decide_colour(enum out_colour mode, const struct out_env *env)
{
	if (mode != OUT_AUTO)
		return mode == OUT_ALWAYS;
	if (is_set(env->no_color))
		return false;
	if (is_set(env->clicolor_force) &&
	    strcmp(env->clicolor_force, "0") != 0)
		return true;
	return env->is_terminal && is_set(env->term) &&
	       strcmp(env->term, "dumb") != 0;
}

/* A file or pipe gets UTF-8, whatever the locale of the machine. */
static bool decide_utf8(const struct out_env *env)
{
	const char *locale = is_set(env->lc_all)     ? env->lc_all
			     : is_set(env->lc_ctype) ? env->lc_ctype
						     : env->lang;

	if (!env->is_terminal)
		return true;
	return is_set(locale) &&
	       (strcasestr(locale, "utf-8") || strcasestr(locale, "utf8"));
}

static unsigned decide_width(const struct out_env *env)
{
	unsigned long columns = env->columns;

	if (is_set(env->columns_var)) {
		char *end;
		unsigned long given = strtoul(env->columns_var, &end, 10);

		if (*end == '\0' && given > 0)
			columns = given;
	}
	if (columns == 0)
		return OUT_WIDTH;
	if (columns < OUT_WIDTH_MIN)
		return OUT_WIDTH_MIN;
	return columns > OUT_WIDTH_MAX ? OUT_WIDTH_MAX : (unsigned)columns;
}

void out_decide(struct out *o, enum out_colour mode, const struct out_env *env)
{
	o->colour = decide_colour(mode, env);
	o->utf8 = decide_utf8(env);
	o->width = decide_width(env);
}

void out_init(struct out *o, FILE *to, const struct redactor *r,
	      enum out_colour mode)
{
	int fd = fileno(to);
	struct winsize size = { 0 };
	struct out_env env = {
		.is_terminal = fd >= 0 && isatty(fd),
		.no_color = getenv("NO_COLOR"),
		.clicolor_force = getenv("CLICOLOR_FORCE"),
		.term = getenv("TERM"),
		.lc_all = getenv("LC_ALL"),
		.lc_ctype = getenv("LC_CTYPE"),
		.lang = getenv("LANG"),
		.columns_var = getenv("COLUMNS"),
	};

	if (env.is_terminal && ioctl(fd, TIOCGWINSZ, &size) == 0)
		env.columns = size.ws_col;
	*o = (struct out){ .to = to, .redactor = r };
	out_decide(o, mode, &env);
}

void out_raw(struct out *o, const char *text, size_t len)
{
	if (o->error || len == 0)
		return;
	if (fwrite(text, 1, len, o->to) != len)
		o->error = errno ? errno : EIO;
}

void out_text(struct out *o, const char *text, size_t len)
{
	struct buf safe;

	buf_init(&safe, BUF_NO_LIMIT);
	redact_text(o->redactor, text, len, &safe);
	out_raw(o, buf_text(&safe), safe.len);
	if (!buf_ok(&safe) && o->error == 0)
		o->error = ENOMEM;
	buf_release(&safe);
}

void out_buf(struct out *o, const struct buf *b)
{
	out_text(o, buf_text(b), b->len);
}

void out_printf(struct out *o, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, BUF_NO_LIMIT);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	out_buf(o, &text);
	if (!buf_ok(&text) && o->error == 0)
		o->error = ENOMEM;
	buf_release(&text);
}

void out_problems(struct out *o, const struct errs *es, const char *prefix)
{
	struct buf text;

	if (es->n == 0)
		return;
	buf_init(&text, BUF_NO_LIMIT);
	errs_format(es, "assay: ", prefix, &text);
	out_buf(o, &text);
	buf_release(&text);
}

bool out_failed(struct out *o)
{
	if (fflush(o->to) != 0 && o->error == 0)
		o->error = errno ? errno : EIO;
	return o->error != 0;
}

bool out_lost(struct out *o, struct errs *es)
{
	if (!out_failed(o))
		return false;
	if (o->error != EPIPE)
		errs_add(es, ERR_SYSTEM, NOWHERE,
			 "cannot write to standard output: %s",
			 strerror(o->error));
	return true;
}
