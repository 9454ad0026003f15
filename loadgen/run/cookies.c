/* SPDX-License-Identifier: MIT */
/*
 * The cookies of a round of several requests.  A user whose targets set none
 * has nothing of this; requests that carry some are those without, with one
 * line more.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "loadgen/run/inside.h"
#include "probe/engine/jar.h"
#include "report/redact/redact.h"
#include "scenarios/base/buf.h"

enum {
	COOKIE_BYTES_MAX = 16 << 10, /* of one request; the jar gives less */
	COOKIES_SET_MAX = 50,	     /* by one answer, as libcurl has it */
};

struct cookies {
	struct jar *jar;
	bool has_some;	 /* of this round */
	struct buf text; /* as they were sent last; empty: none */
	struct buf bytes;
	struct wire wire; /* with these */
};

void cookies_free(struct cookies *ck)
{
	if (!ck)
		return;
	jar_free(ck->jar);
	buf_release(&ck->text);
	buf_release(&ck->bytes);
	free(ck);
}

static struct cookies *cookies_new(struct engine *en)
{
	struct cookies *ck = calloc(1, sizeof(*ck));

	if (!ck)
		return NULL;
	buf_init(&ck->text, COOKIE_BYTES_MAX);
	buf_init(&ck->bytes, REQUEST_BYTES_MAX);
	ck->jar = jar_new(en);
	if (ck->jar)
		return ck;
	cookies_free(ck);
	return NULL;
}

void cookies_forget(struct user *u)
{
	struct cookies *ck = u->cookies;

	if (!ck || !ck->has_some)
		return;
	jar_forget(ck->jar);
	buf_reset(&ck->text);
	ck->has_some = false;
}

/* ---- where it was, and goes ----------------------------------------- */

/* A Host of the request's own is what libcurl goes by, without its port. */
static const char *own_host(const struct request *rq, char *room, size_t size)
{
	for (size_t i = 0; i < rq->n_headers; i++) {
		const char *host = rq->headers[i].value;
		if (strcasecmp(rq->headers[i].name, "Host") != 0)
			continue;
		host += strspn(host, " \t");
		size_t len = *host == '[' ? strcspn(host, "]") + 1
					  : strcspn(host, ": \t");
		if (!len || len >= size)
			return NULL;
		memcpy(room, host, len);
		room[len] = '\0';
		return room;
	}
	return NULL;
}

static struct jar_place place_of(const struct user *u, const struct leg *leg,
				 char *room, size_t size)
{
	const struct asked *asked = leg->varies ? &u->asked : &leg->asked;
	const char *host = own_host(&asked->request, room, size);

	return (struct jar_place){
		.host = host ? host : asked->url.host,
		.path = asked->url.path,
		.is_encrypted = asked->url.is_encrypted,
	};
}

/* ---- taking --------------------------------------------------------- */

static bool sets_cookie(const struct field *f)
{
	return !strcasecmp(f->name, "Set-Cookie");
}

void cookies_take(struct user *u, const struct answer *an)
{
	char room[256];

	for (size_t i = 0, n = 0; i < an->n_headers; i++) {
		if (!sets_cookie(&an->headers[i]) || ++n > COOKIES_SET_MAX)
			continue;
		if (!u->cookies)
			u->cookies = cookies_new(u->part->worker->en);
		if (!u->cookies)
			return;
		const struct jar_place from =
			place_of(u, u->stand->leg, room, sizeof(room));
		jar_take(u->cookies->jar, &from, an->headers[i].value);
		u->cookies->has_some = true;
	}
}

/* ---- giving --------------------------------------------------------- */

/* Behind the first two lines, Host being the second, and so before any Cookie
 * that the scenario has: as libcurl writes it. */
static const char *find_line(const struct wire *wire)
{
	const char *at = wire->bytes;

	for (int i = 0; at && i < 2; i++) {
		at = memchr(at, '\n',
			    wire->head_len - (size_t)(at - wire->bytes));
		at = at ? at + 1 : NULL;
	}
	return at;
}

static const struct wire *with_line(struct cookies *ck, const struct wire *wire)
{
	const char *at = find_line(wire);
	size_t before = at ? (size_t)(at - wire->bytes) : 0;

	buf_reset(&ck->bytes);
	buf_add(&ck->bytes, wire->bytes, before);
	buf_puts(&ck->bytes, "Cookie: ");
	buf_add(&ck->bytes, ck->text.text, ck->text.len);
	buf_puts(&ck->bytes, "\r\n");
	size_t more = ck->bytes.len - before;
	buf_add(&ck->bytes, wire->bytes + before, wire->len - before);
	if (!at || !buf_ok(&ck->bytes))
		return NULL;
	ck->wire = *wire;
	ck->wire.bytes = buf_text(&ck->bytes);
	ck->wire.len = ck->bytes.len;
	ck->wire.head_len += more;
	return &ck->wire;
}

const struct wire *cookies_add(struct user *u, const struct leg *leg,
			       const struct wire *wire, const char **why)
{
	struct cookies *ck = u->cookies;
	char room[256];

	if (!ck->has_some)
		return wire;
	const struct jar_place to = place_of(u, leg, room, sizeof(room));
	buf_reset(&ck->text);
	if (jar_give(ck->jar, &to, &ck->text)) {
		if (!ck->text.len)
			return wire;
		wire = with_line(ck, wire);
	} else {
		wire = NULL;
	}
	if (!wire)
		*why = "not enough memory for cookies";
	return wire;
}

void cookies_teach(struct user *u, const struct answer *an)
{
	struct redactor *r = u->part->worker->redactor;

	if (u->cookies && u->cookies->text.len)
		redactor_learn_header(r, "Cookie", buf_text(&u->cookies->text));
	for (size_t i = 0; i < an->n_headers; i++)
		if (sets_cookie(&an->headers[i]))
			redactor_learn_header(r, an->headers[i].name,
					      an->headers[i].value);
}
