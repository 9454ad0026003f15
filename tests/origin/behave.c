/* SPDX-License-Identifier: MIT */
#include "tests/origin/behave.h"

#include "tests/origin/origin.h"
#include "tests/origin/play.h"

#include <string.h>

enum { HELP_COLUMN = 37 };

static void ok(struct conn *c, const struct request *r, struct text rest,
	       struct reply *rep)
{
	(void)c;
	(void)r;
	(void)rest;
	buf_puts(&rep->body, "ok\n");
}

static void as_asked(struct conn *c, const struct request *r, struct text rest,
		     struct reply *rep)
{
	(void)c;
	(void)r;
	(void)rest;
	(void)rep;
}

static void json(struct conn *c, const struct request *r, struct text rest,
		 struct reply *rep)
{
	(void)c;
	(void)r;
	(void)rest;
	reply_is_json(rep);
	buf_puts(&rep->body, "{\"status\":\"ok\"}");
}

static void status(struct conn *c, const struct request *r, struct text rest,
		   struct reply *rep)
{
	(void)c;
	(void)r;
	rep->status = (int)text_number(text_cut(&rest, '/'), 200);
	if (rep->status < 100 || rep->status > 999)
		rep->status = 500;
	buf_printf(&rep->body, "status %d\n", rep->status);
}

static void not_found(struct conn *c, const struct request *r, struct text rest,
		      struct reply *rep)
{
	(void)c;
	(void)r;
	(void)rest;
	rep->status = 404;
	buf_puts(&rep->body, "the origin knows no such path\n");
}

static const struct behaviour missing = { "", "", "", 0, not_found };

static const struct behaviour behave_basic[] = {
	{ "/", "", "200 \"ok\"", 0, ok },
	{ "/ok", "", "200 \"ok\"", 0, ok },
	{ "/reply", "", "200, empty: the reply keys say the rest", 0,
	  as_asked },
	{ "/reply/", "", "the same at any path below", 0, as_asked },
	{ "/json", "", "200 {\"status\":\"ok\"} as application/json", 0, json },
	{ "/json/", "", "the same at any path below", 0, json },
	{ "/status/", "", "/status/503: that status", 0, status },
	{ "/fault/", "", "/fault/NAME: broken on purpose, see below",
	  BEHAVE_EARLY | BEHAVE_SCRIPT, fault_serve },
	{ NULL, NULL, NULL, 0, NULL },
};

static const struct behaviour *const tables[] = {
	behave_basic,
	behave_state,
	behave_auth,
	behave_redirect,
};

static bool takes(const struct behaviour *b, struct text path)
{
	size_t n = strlen(b->path);

	if (n > 1 && b->path[n - 1] == '/')
		return path.n >= n && memcmp(path.p, b->path, n) == 0;
	return text_is(path, b->path);
}

const struct behaviour *behave_find(struct text path)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct behaviour *b = tables[i]; b->path; b++)
			if (takes(b, path))
				return b;
	return &missing;
}

/* A request id is handed back, whoever answers. */
static void echo_id(const struct request *r, struct reply *rep)
{
	struct text id = http_header(r, "X-Request-ID");

	if (id.n == 0)
		return;
	buf_puts(&rep->headers, "X-Request-ID: ");
	buf_add(&rep->headers, id.p, id.n);
	buf_puts(&rep->headers, "\r\n");
	rep->makes_id = false;
}

void behave_serve(struct conn *c, const struct behaviour *b,
		  const struct request *r)
{
	struct reply *rep = &c->origin->reply;
	size_t prefix = strlen(b->path);
	struct text rest = { r->path.p + prefix, r->path.n - prefix };

	++*book_get(&c->origin->paths, r->path);
	reply_reset(rep);
	b->serve(c, r, rest, rep);
	if (b->flags & BEHAVE_SCRIPT)
		return;
	if (r->query.n && !(b->flags & BEHAVE_PLAIN))
		reply_apply(rep, r->query);
	struct text bend = http_header(r, "X-Reply");
	if (bend.n)
		reply_apply(rep, bend);
	echo_id(r, rep);
	reply_render(rep, r, c);
}

void behave_refuse(struct conn *c, int why)
{
	buf_printf(&c->out,
		   "HTTP/1.1 %d %s\r\nContent-Length: 0\r\n"
		   "Connection: close\r\n\r\n",
		   why, http_reason(why));
	play_end(c, ACT_CLOSE);
}

void behave_help(struct buf *out)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		for (const struct behaviour *b = tables[i]; b->path; b++) {
			size_t before = out->len;
			buf_printf(out, "  %s %s ", b->path, b->keys);
			size_t n = out->len - before;
			buf_fill(out, ' ',
				 n < HELP_COLUMN ? HELP_COLUMN - n : 0);
			buf_printf(out, "%s\n", b->help);
		}
	}
}
