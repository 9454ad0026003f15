/* SPDX-License-Identifier: MIT */
#include "tests/origin/behave.h"

#include "tests/origin/origin.h"

enum { HOPS_MAX = 100000 };

static void go(struct reply *rep, struct text where)
{
	rep->status = 302;
	buf_puts(&rep->headers, "Location: ");
	buf_add(&rep->headers, where.p, where.n);
	buf_puts(&rep->headers, "\r\n");
}

/* "http://127.0.0.1:PORT", as the client wrote it where it did. */
static void put_base(const struct conn *c, const struct request *r,
		     struct buf *out)
{
	struct text host = http_header(r, "Host");

	buf_puts(out, c->tls ? "https://" : "http://");
	if (host.n)
		buf_add(out, host.p, host.n);
	else
		buf_printf(out, "127.0.0.1:%u", c->from->port);
}

static void hops(struct conn *c, const struct request *r, struct text rest,
		 struct reply *rep)
{
	long long left = text_number(rest, 1);
	struct buf where;

	buf_init(&where, HTTP_HEAD_MAX);
	if (left > HOPS_MAX)
		left = HOPS_MAX;
	if (query_number(r->query, "absolute", 0, 1, 0))
		put_base(c, r, &where);
	if (left > 1) {
		buf_printf(&where, "/redirect/%lld", left - 1);
		if (r->query.n) {
			buf_putc(&where, '?');
			buf_add(&where, r->query.p, r->query.n);
		}
	} else {
		buf_puts(&where, "/ok");
	}
	go(rep, text_buf(&where));
	buf_release(&where);
}

static void to(struct conn *c, const struct request *r, struct text rest,
	       struct reply *rep)
{
	(void)rest;
	query_find(r->query, "url", &c->origin->word);
	go(rep, text_buf(&c->origin->word));
}

static void to_itself(struct conn *c, const struct request *r, struct text rest,
		      struct reply *rep)
{
	(void)c;
	(void)r;
	(void)rest;
	go(rep, text_of("/redirect-loop"));
}

static void relative(struct conn *c, const struct request *r, struct text rest,
		     struct reply *rep)
{
	(void)c;
	(void)r;
	(void)rest;
	go(rep, text_of("../ok"));
}

/* To the same host under another port and scheme. */
static void other_port(struct conn *c, const char *scheme, const char *port,
		       struct text rest, struct reply *rep)
{
	struct buf where;

	buf_init(&where, HTTP_HEAD_MAX);
	buf_printf(&where, "%s://127.0.0.1:%u/", scheme,
		   origin_port(c->origin, port));
	buf_add(&where, rest.p, rest.n);
	go(rep, text_buf(&where));
	buf_release(&where);
}

static void to_https(struct conn *c, const struct request *r, struct text rest,
		     struct reply *rep)
{
	(void)r;
	other_port(c, "https", "https", rest, rep);
}

static void to_http(struct conn *c, const struct request *r, struct text rest,
		    struct reply *rep)
{
	(void)r;
	other_port(c, "http", "http", rest, rep);
}

const struct behaviour behave_redirect[] = {
	{ "/redirect/", "?absolute=1", "/redirect/N: N hops, then /ok", 0,
	  hops },
	{ "/redirect-to", "?url=", "302 (or status=) to url", 0, to },
	{ "/redirect-loop", "", "to itself, for ever", 0, to_itself },
	{ "/redirect-relative/here", "", "Location: ../ok", 0, relative },
	{ "/redirect-https/", "", "/redirect-https/PATH: to the https port", 0,
	  to_https },
	{ "/redirect-http/", "", "/redirect-http/PATH: to the http port", 0,
	  to_http },
	{ NULL, NULL, NULL, 0, NULL },
};
