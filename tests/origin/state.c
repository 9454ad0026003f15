/* SPDX-License-Identifier: MIT */
#include "tests/origin/behave.h"

#include "tests/origin/origin.h"
#include "tests/origin/tls.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { FREEZE_MAX_MS = 60000, SPIN_MAX_US = 1000000, NAME_MAX_BYTES = 200 };

/* ---- what was asked */

static void put_pair(struct buf *out, const char *name, struct text value)
{
	buf_printf(out, ",\"%s\":", name);
	text_json(value, out);
}

/* Headers as an object, names in lower case, repeated ones joined. */
static void put_headers(const struct request *r, struct buf *out)
{
	buf_puts(out, ",\"headers\":{");
	for (unsigned i = 0; i < r->header_count; i++) {
		const struct http_header *h = &r->header[i];
		struct buf name, joined;
		bool is_first = true;

		buf_init(&name, HTTP_HEAD_MAX);
		buf_init(&joined, HTTP_HEAD_MAX);
		for (size_t k = 0; k < h->name.n; k++)
			buf_putc(&name, (char)tolower(h->name.p[k]));
		for (unsigned k = 0; k < r->header_count; k++) {
			if (!text_is_nocase(r->header[k].name, buf_text(&name)))
				continue;
			is_first = is_first && k >= i;
			buf_puts(&joined, joined.len ? ", " : "");
			buf_add(&joined, r->header[k].value.p,
				r->header[k].value.n);
		}
		if (is_first) {
			buf_puts(out,
				 out->text[out->len - 1] == '{' ? "" : ",");
			text_json(text_buf(&name), out);
			buf_putc(out, ':');
			text_json(text_buf(&joined), out);
		}
		buf_release(&name);
		buf_release(&joined);
	}
	buf_putc(out, '}');
}

static void put_raw_headers(const struct request *r, struct buf *out)
{
	buf_puts(out, ",\"raw_headers\":[");
	for (unsigned i = 0; i < r->header_count; i++) {
		buf_puts(out, i ? ",[" : "[");
		text_json(r->header[i].name, out);
		buf_putc(out, ',');
		text_json(r->header[i].value, out);
		buf_putc(out, ']');
	}
	buf_putc(out, ']');
}

static void echo(struct conn *c, const struct request *r, struct text rest,
		 struct reply *rep)
{
	struct buf *out = &rep->body;

	(void)rest;
	reply_is_json(rep);
	buf_puts(out, "{\"method\":");
	text_json(r->method, out);
	put_pair(out, "target", r->target);
	put_pair(out, "path", r->path);
	put_pair(out, "query", r->query);
	buf_printf(out, ",\"http\":\"1.%u\"", r->minor);
	put_headers(r, out);
	put_raw_headers(r, out);
	put_pair(out, "body", r->body);
	buf_puts(out, ",\"body_base64\":\"");
	text_base64(r->body, out);
	buf_printf(out,
		   "\",\"length\":%zu,\"chunked\":%s,\"port\":%u,"
		   "\"connection\":%" PRIu64 ",\"request\":%" PRIu64
		   ",\"tls\":",
		   r->body.n, r->is_chunked ? "true" : "false", c->peer_port,
		   c->id, c->served);
	tls_print(c, out);
	buf_puts(out, "}\n");
}

/* ---- cookies */

static bool is_attribute(struct text name)
{
	static const char *const names[] = { "Path",	"Domain", "Expires",
					     "Max-Age", "Secure", "HttpOnly",
					     "SameSite" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (text_is(name, names[i]))
			return true;
	return false;
}

static void put_attributes(struct text query, struct buf *out)
{
	struct text name, value;

	while (query_next(&query, &name, &value)) {
		if (!is_attribute(name))
			continue;
		buf_puts(out, "; ");
		buf_add(out, name.p, name.n);
		if (text_is(name, "Secure") || text_is(name, "HttpOnly"))
			continue;
		buf_putc(out, '=');
		text_url_decode(value, out);
	}
}

static void cookies_set(struct conn *c, const struct request *r,
			struct text rest, struct reply *rep)
{
	struct text query = r->query, name, value;

	(void)c;
	(void)rest;
	while (query_next(&query, &name, &value)) {
		if (is_attribute(name))
			continue;
		buf_puts(&rep->headers, "Set-Cookie: ");
		text_url_decode(name, &rep->headers);
		buf_putc(&rep->headers, '=');
		text_url_decode(value, &rep->headers);
		put_attributes(r->query, &rep->headers);
		buf_puts(&rep->headers, "\r\n");
	}
	buf_puts(&rep->body, "ok\n");
}

static void cookies_show(struct conn *c, const struct request *r,
			 struct text rest, struct reply *rep)
{
	struct text given = http_header(r, "Cookie");
	const char *comma = "";

	(void)c;
	(void)rest;
	reply_is_json(rep);
	buf_putc(&rep->body, '{');
	while (given.n) {
		struct text value = text_cut(&given, ';');
		while (given.n && *given.p == ' ')
			given = (struct text){ given.p + 1, given.n - 1 };
		struct text name = text_cut(&value, '=');
		buf_puts(&rep->body, comma);
		text_json(name, &rep->body);
		buf_putc(&rep->body, ':');
		text_json(value, &rep->body);
		comma = ",";
	}
	buf_puts(&rep->body, "}\n");
}

/* ---- answers that change */

/* How often this kind of behaviour was asked under this name, now too. */
static uint64_t count(struct conn *c, char kind, struct text name)
{
	char known[NAME_MAX_BYTES];

	if (name.n > sizeof(known) - 2)
		name.n = sizeof(known) - 2;
	known[0] = kind;
	memcpy(known + 1, name.p, name.n);
	return ++*book_get(&c->origin->names,
			   (struct text){ known, name.n + 1 });
}

static void counter(struct conn *c, const struct request *r, struct text rest,
		    struct reply *rep)
{
	(void)r;
	reply_is_json(rep);
	buf_printf(&rep->body, "{\"n\":%" PRIu64 "}", count(c, 'c', rest));
}

static void healthy_or_not(struct reply *rep, bool is_healthy, uint64_t n)
{
	reply_is_json(rep);
	rep->status = is_healthy ? 200 : 503;
	buf_printf(&rep->body, "{\"status\":\"%s\",\"n\":%" PRIu64 "}",
		   is_healthy ? "healthy" : "unhealthy", n);
}

static void flaky(struct conn *c, const struct request *r, struct text rest,
		  struct reply *rep)
{
	uint64_t n = count(c, 'f', rest);

	healthy_or_not(
		rep,
		n > (uint64_t)query_number(r->query, "fail", 0, 1 << 30, 1), n);
}

static void worsens(struct conn *c, const struct request *r, struct text rest,
		    struct reply *rep)
{
	uint64_t n = count(c, 'w', rest);
	bool is_bad =
		n > (uint64_t)query_number(r->query, "after", 0, 1 << 30, 1);

	if (is_bad) {
		rep->status =
			(int)query_number(r->query, "then", 100, 999, 200);
		rep->delay_ms = (uint64_t)query_number(r->query, "lag", 0,
						       REPLY_DELAY_MAX_MS, 0);
	}
	reply_is_json(rep);
	buf_printf(&rep->body, "{\"n\":%" PRIu64 "}", n);
}

static void sequence(struct conn *c, const struct request *r, struct text rest,
		     struct reply *rep)
{
	struct buf *word = &c->origin->word;
	uint64_t n = count(c, 's', rest);
	bool is_cycle = query_number(r->query, "cycle", 0, 1, 0) == 1;
	uint64_t places = 1;

	query_find(r->query, "list", word);
	for (size_t i = 0; i < word->len; i++)
		places += word->text[i] == ',';
	uint64_t at = is_cycle	   ? (n - 1) % places
		      : n > places ? places - 1
				   : n - 1;
	struct text list = text_buf(word), one = text_cut(&list, ',');
	while (at--)
		one = text_cut(&list, ',');
	long long status = text_number(one, 200);
	rep->status = status < 100 || status > 999 ? 500 : (int)status;
	reply_is_json(rep);
	buf_printf(&rep->body, "{\"status\":%d,\"n\":%" PRIu64 "}", rep->status,
		   n);
}

static void after(struct conn *c, const struct request *r, struct text rest,
		  struct reply *rep)
{
	uint64_t age = (origin_now_ns() - c->origin->start_ns) / 1000000;
	long long up = query_number(r->query, "up", 0, REPLY_DELAY_MAX_MS, 0);
	long long down = query_number(r->query, "down", 0, REPLY_DELAY_MAX_MS,
				      INT64_MAX);

	(void)rest;
	healthy_or_not(rep, age >= (uint64_t)up && age < (uint64_t)down, age);
}

static void now(struct conn *c, const struct request *r, struct text rest,
		struct reply *rep)
{
	long long skew =
		query_number(r->query, "skew", INT32_MIN, INT32_MAX, 0);
	struct timespec t;

	(void)c;
	(void)rest;
	clock_gettime(CLOCK_REALTIME, &t);
	reply_is_json(rep);
	buf_printf(&rep->body,
		   "{\"status\":\"healthy\",\"timestamp\":%lld.%06ld,"
		   "\"services\":{\"database\":{\"status\":\"healthy\"}}}",
		   (long long)t.tv_sec + skew, t.tv_nsec / 1000);
}

static void process_time(struct conn *c, const struct request *r,
			 struct text rest, struct reply *rep)
{
	(void)rest;
	query_find(r->query, "seconds", &c->origin->word);
	reply_header(rep, "X-Process-Time",
		     c->origin->word.len ? buf_text(&c->origin->word)
					 : "0.001");
	buf_puts(&rep->body, "ok\n");
}

/* ---- the whole server */

static void freeze(struct conn *c, const struct request *r, struct text rest,
		   struct reply *rep)
{
	struct origin *o = c->origin;
	uint64_t ms =
		(uint64_t)query_number(r->query, "ms", 0, FREEZE_MAX_MS, 100);
	uint64_t in = (uint64_t)query_number(r->query, "in", 0,
					     REPLY_DELAY_MAX_MS, 0);

	(void)rest;
	reply_is_json(rep);
	buf_printf(&rep->body, "{\"frozen_ms\":%" PRIu64 "}", ms);
	if (in == 0) {
		origin_freeze(ms);
		return;
	}
	o->thaw_ms = ms;
	ev_now_update(o->loop);
	ev_timer_stop(o->loop, &o->thaw);
	ev_timer_set(&o->thaw, (double)in / 1000.0, 0.0);
	ev_timer_start(o->loop, &o->thaw);
}

static void spin(struct conn *c, const struct request *r, struct text rest,
		 struct reply *rep)
{
	uint64_t until = origin_now_ns() +
			 1000 * (uint64_t)query_number(r->query, "us", 0,
						       SPIN_MAX_US, 100);

	(void)c;
	(void)rest;
	while (origin_now_ns() < until)
		;
	buf_puts(&rep->body, "ok\n");
}

static void stats(struct conn *c, const struct request *r, struct text rest,
		  struct reply *rep)
{
	const struct origin_counts *n = &c->origin->counts;
	const struct {
		const char *name;
		uint64_t value;
	} row[] = {
		{ "connections", n->connections },
		{ "open", n->open },
		{ "open_peak", n->open_peak },
		{ "refused", n->refused },
		{ "requests", n->requests },
		{ "bad_requests", n->bad_requests },
		{ "handshakes", n->handshakes },
		{ "resumed", n->resumed },
		{ "handshakes_failed", n->handshakes_failed },
		{ "bytes_in", n->bytes_in },
		{ "bytes_out", n->bytes_out },
	};

	(void)r;
	(void)rest;
	reply_is_json(rep);
	buf_putc(&rep->body, '{');
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		buf_printf(&rep->body, "\"%s\":%" PRIu64 ",", row[i].name,
			   row[i].value);
	buf_puts(&rep->body, "\"paths\":");
	book_print(&c->origin->paths, &rep->body);
	buf_puts(&rep->body, "}\n");
}

static void reset_stats(struct conn *c, const struct request *r,
			struct text rest, struct reply *rep)
{
	uint64_t open = c->origin->counts.open;

	(void)r;
	(void)rest;
	c->origin->counts =
		(struct origin_counts){ .open = open, .open_peak = open };
	book_reset(&c->origin->paths);
	book_reset(&c->origin->names);
	buf_puts(&rep->body, "ok\n");
}

const struct behaviour behave_state[] = {
	{ "/echo", "", "JSON of the request and its connection", BEHAVE_PLAIN,
	  echo },
	{ "/echo/", "", "the same at any path below", BEHAVE_PLAIN, echo },
	{ "/cookies/set", "?NAME=VALUE",
	  "Set-Cookie of each; Path= Secure= "
	  "HttpOnly= ... hold for all",
	  BEHAVE_PLAIN, cookies_set },
	{ "/cookies/show", "", "JSON of the cookies sent", 0, cookies_show },
	{ "/counter/", "", "/counter/NAME: {\"n\":1}, then 2 ...", 0, counter },
	{ "/flaky/", "?fail=1", "/flaky/NAME: 503 so often, then 200", 0,
	  flaky },
	{ "/worsens/", "?after=N&then=STATUS&lag=MS",
	  "/worsens/NAME: well so often, then that status, after so long", 0,
	  worsens },
	{ "/sequence/", "?list=503,200&cycle=1",
	  "/sequence/NAME: these statuses in turn, the last one stays", 0,
	  sequence },
	{ "/after", "?up=MS&down=MS",
	  "503 until up and from down, by the "
	  "origin's age",
	  0, after },
	{ "/now", "?skew=S", "healthy, with the time (off by skew)", 0, now },
	{ "/x-process-time", "?seconds=", "an X-Process-Time header", 0,
	  process_time },
	{ "/freeze", "?ms=100&in=MS",
	  "the whole server stops for ms, now or "
	  "in so long",
	  0, freeze },
	{ "/spin", "?us=100", "burns CPU, one request after the other", 0,
	  spin },
	{ "/stats", "", "JSON of counts since the start", 0, stats },
	{ "/reset-stats", "", "all counts and names to zero", 0, reset_stats },
	{ NULL, NULL, NULL, 0, NULL },
};
