/* SPDX-License-Identifier: MIT */
/*
 * An answer, read by our own parsers and by libcurl itself.  The first byte says whether HEAD was asked, codings were offered,
 * and the server stays once its answer is whole; the second sets the ceilings,
 * the third how the bytes are cut for us.  Both come to the same outcome and
 * status, and agree on the body of an answer that is whole.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "loadgen/transport/native_reply.h"
#include "probe/engine/inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	N_FIRST = 3,
	UNIT = 64,
	ANSWER_MAX = 12 << 10, /* libcurl reads it at once */
	ARENA_MAX = 1 << 20,
	HANG_MS = 2000,
	IS_HEAD = 1,
	OFFERS = 2,
	STAYS = 4,
};

struct found {
	enum outcome outcome;
	enum http1_flaw flaw;
	long status;
	uint64_t received;
	struct buf detail;
	struct buf body, fields; /* empty if not kept */
	bool is_kept;
	bool is_open; /* over before the server had closed */
};

struct input {
	struct request request;
	bool is_head;
	bool stays;
	size_t step;
	const char *bytes;
	size_t len;
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void found_init(struct found *fo)
{
	*fo = (struct found){ .outcome = OUTCOME_OK };
	buf_init(&fo->detail, BUF_NO_LIMIT);
	buf_init(&fo->body, BUF_NO_LIMIT);
	buf_init(&fo->fields, BUF_NO_LIMIT);
}

static void found_release(struct found *fo)
{
	buf_release(&fo->detail);
	buf_release(&fo->body);
	buf_release(&fo->fields);
}

/* ---- ours ----------------------------------------------------------- */

static void judge(struct found *fo, const struct reply *r,
		  const struct request *rq, bool is_done)
{
	struct evidence seen = { .request = rq, .host = "" };
	struct blamer *bl = blamer_new();
	struct fault f;

	must(bl);
	/* as the lanes of a load do */
	bool is_odd = reply_fault(r, &f, &seen) && r->way == REPLY_BY_HTTP1;
	fo->flaw = is_odd ? f.flaw : HTTP1_FINE;
	if (is_odd || !is_done)
		fo->outcome = blamer_judge(bl, &f, &seen, &fo->detail);
	blamer_free(bl);
}

static void read_ours(struct found *fo, const struct input *in, size_t step,
		      bool keeps)
{
	enum reply_step got = REPLY_MORE;
	struct reply_rules ru;
	struct reply r = { 0 };

	found_init(fo);
	reply_rules_init(&ru, &in->request, keeps);
	reply_begin(&r, &ru, in->is_head);
	for (size_t at = 0; at < in->len && got == REPLY_MORE;) {
		size_t n = step < in->len - at ? step : in->len - at;
		got = reply_feed(&r, &ru, in->bytes + at, n);
		at += n;
	}
	fo->is_open = got != REPLY_MORE;
	if (!fo->is_open)
		got = reply_close(&r, &ru);
	must(got != REPLY_MORE);
	if (r.way == REPLY_BY_LENGTH && got == REPLY_DONE)
		must(!r.left);
	judge(fo, &r, &in->request, got == REPLY_DONE);
	fo->status = r.status;
	fo->received = r.received;
	fo->is_kept = keeps;
	if (keeps) {
		struct answer_keep *k = r.reading->keep;
		buf_add(&fo->body, buf_text(&k->answer.body),
			k->answer.body.len);
		buf_add(&fo->fields, buf_text(&k->head.text), k->head.text.len);
	}
	reply_release(&r);
}

/* ---- libcurl's ------------------------------------------------------ */

/* Kept from one input to the next. */
struct client {
	bool is_ready;
	int listener;
	char name[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static struct client *client_get(void)
{
	static struct client cl;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(at.sun_family), room = sizeof(at);

	if (cl.is_ready)
		return &cl;
	cl.is_ready = true;
	must(!curl_global_init(CURL_GLOBAL_DEFAULT));
	cl.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* The system finds a name that is no file. */
	must(!bind(cl.listener, (struct sockaddr *)&at, len));
	must(!listen(cl.listener, 1));
	must(!getsockname(cl.listener, (struct sockaddr *)&at, &room));
	memcpy(cl.name, at.sun_path + 1,
	       room - offsetof(struct sockaddr_un, sun_path) - 1);
	return &cl;
}

struct server {
	const struct input *in;
	int listener, fd;
	bool stays;
};

/* libcurl is connected and has yet to ask: it finds the answer there. */
static int on_connected(void *self, char *remote, char *local, int remote_port,
			int local_port)
{
	struct server *sv = self;
	const struct input *in = sv->in;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	must(sv->fd < 0);
	sv->fd = accept(sv->listener, NULL, NULL);
	must(sv->fd >= 0);
	must(send(sv->fd, in->bytes, in->len, MSG_DONTWAIT) ==
	     (ssize_t)in->len);
	if (!sv->stays)
		shutdown(sv->fd, SHUT_WR);
	return CURL_PREREQFUNC_OK;
}

static curl_socket_t on_open(void *self, curlsocktype purpose,
			     struct curl_sockaddr *at)
{
	(void)self;
	(void)purpose;
	return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static CURLcode perform(struct transfer *t, const struct input *in, bool stays)
{
	struct client *cl = client_get();
	struct server sv = { in, cl->listener, -1, stays };
	struct ending end;

	/* One that was used before remembers in 7.88 a field it has freed, and
	 * would add a folded line to it. */
	t->easy = curl_easy_init();
	must(t->easy);
	must(transfer_setup(t, &end));
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(t->easy, CURLOPT_ABSTRACT_UNIX_SOCKET, cl->name);
	curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, &sv);
	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)HANG_MS);
	CURLcode code = curl_easy_perform(t->easy);
	must(sv.fd >= 0);
	close(sv.fd);
	return code;
}

static void read_theirs(struct found *fo, const struct input *in, bool stays)
{
	struct exchange ex = { .request = in->request };
	struct transfer t = { .ex = &ex };
	struct ending end;

	found_init(fo);
	ex.arena = arena_new(ARENA_MAX);
	must(ex.arena);
	buf_init(&ex.answer.body, request_body_max(&ex.request));
	headers_init(&t.headers, request_header_max(&ex.request));
	CURLcode code = perform(&t, in, stays);
	transfer_blame(&t, code, &end);
	fo->outcome = end.outcome;
	buf_printf(&fo->detail, "%d %s", code, end.detail);
	fo->status = t.headers.status;
	fo->received = t.received;
	fo->is_kept = true;
	buf_add(&fo->body, buf_text(&ex.answer.body), ex.answer.body.len);
	buf_add(&fo->fields, buf_text(&t.headers.text), t.headers.text.len);
	libcurl_forget(&t);
	curl_easy_cleanup(t.easy);
	unpack_free(t.unpack);
	headers_release(&t.headers);
	exchange_forget_answer(&ex);
}

/* ---- both ----------------------------------------------------------- */

static bool is_same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(buf_text(a), buf_text(b), a->len);
}

static bool agree(const struct found *a, const struct found *b)
{
	if (a->outcome != b->outcome || a->status != b->status)
		return false;
	if (a->outcome != OUTCOME_OK)
		return true;
	if (a->received != b->received)
		return false;
	return !a->is_kept ||
	       (is_same(&a->body, &b->body) && is_same(&a->fields, &b->fields));
}

/* ---- where they may differ -------------------------------------------- */

/* The line behind this one; NULL: none. */
static const char *next_line(const struct input *in, const char *line)
{
	const char *feed =
		memchr(line, '\n', (size_t)(in->bytes + in->len - line));

	return feed && feed + 1 < in->bytes + in->len ? feed + 1 : NULL;
}

static bool begins(const struct input *in, const char *line, const char *with)
{
	size_t len = strlen(with);

	return len <= (size_t)(in->bytes + in->len - line) &&
	       !strncasecmp(line, with, len);
}

static bool some_line(const struct input *in,
		      bool (*is_it)(const struct input *in, const char *line))
{
	const char *line = in->len ? in->bytes : NULL;

	while (line && !is_it(in, line))
		line = next_line(in, line);
	return line;
}

/* In any letters, perhaps cut off. */
static bool is_other_http(const struct input *in, const char *line)
{
	size_t left = (size_t)(in->bytes + in->len - line);
	size_t n = left < 5 ? left : 5;

	return !strncasecmp(line, "HTTP/", n) &&
	       (left < 7 || memcmp(line, "HTTP/1.", 7) != 0);
}

/* "HTTP/2 200" or "http/1.1 200" or "HTTP/x": libcurl 7.88 takes the first as
 * it comes, the others for an answer of 1.0 with status 200.  Nobody asked for
 * any of them. */
static bool is_strange_version(const struct input *in, const struct found *ours)
{
	return (ours->flaw == HTTP1_BAD_VERSION ||
		ours->flaw == HTTP1_NO_HTTP) &&
	       some_line(in, is_other_http);
}

static bool is_loose(const struct input *in, const char *line)
{
	char text[ANSWER_MAX + 1], gap = '\0';
	size_t len = (size_t)(in->bytes + in->len - line);
	int major = 0, minor = 0, status = 0;

	memcpy(text, line, len);
	text[len] = '\0';
	return sscanf(text, "HTTP/%1d.%1d%c%3d", &major, &minor, &gap,
		      &status) == 4 &&
	       gap == ' ' && status >= 100;
}

/* libcurl 7.88 reads the status line as sscanf() does: blanks and signs may
 * stand in front of each number. */
static bool is_loose_status(const struct input *in, const struct found *ours)
{
	return (ours->flaw == HTTP1_BAD_VERSION ||
		ours->flaw == HTTP1_BAD_STATUS) &&
	       some_line(in, is_loose);
}

static bool is_nul(const struct input *in, const char *line)
{
	(void)in;
	return !*line;
}

/* At a line that begins with a NUL libcurl 7.88 drops what it has read, and
 * waits for more of the head. */
static bool is_begun_by_nul(const struct input *in, const struct found *ours)
{
	return (ours->flaw == HTTP1_NUL || ours->flaw == HTTP1_NO_HTTP) &&
	       some_line(in, is_nul);
}

static bool is_interim(const struct input *in, const char *line)
{
	return begins(in, line, "HTTP/1.1 1") || begins(in, line, "HTTP/1.0 1");
}

/* libcurl adds a folded line behind the status to the last field of an interim
 * answer before; without one it is broken for both. */
static bool is_fold_of_interim(const struct input *in, const struct found *ours)
{
	return ours->flaw == HTTP1_FOLD && some_line(in, is_interim);
}

static bool is_coded(const struct input *in, const char *line)
{
	static const char name[] = "Transfer-Encoding:";

	if (!begins(in, line, name))
		return false;
	line += sizeof(name) - 1;
	while (begins(in, line, " ") || begins(in, line, "\t"))
		line++;
	return !begins(in, line, "chunked\r\n") &&
	       !begins(in, line, "chunked\n");
}

/* Told to leave content codings alone, libcurl leaves those of the transfer,
 * too, which RFC 9112 section 7 wants taken off. */
static bool is_transfer_coded(const struct input *in, const struct found *ours)
{
	return (ours->outcome == OUTCOME_OK ||
		ours->outcome == OUTCOME_ENCODING) &&
	       some_line(in, is_coded);
}

/* libcurl tells a line only when it is whole and has nothing against it; we
 * take no byte beyond the ceiling, whatever comes. */
static bool is_beyond_ceiling(const struct input *in, const struct found *ours)
{
	(void)in;
	return ours->flaw == HTTP1_HEADERS;
}

/* To libcurl an answer 101 without a byte behind its head is none at all. */
static bool is_bare_switch(const struct input *in, const struct found *ours)
{
	(void)in;
	return ours->status == 101;
}

static bool is_cut_at_return(const struct input *in, const char *line)
{
	size_t len = (size_t)(in->bytes + in->len - line);

	return !memchr(line, '\n', len) && memchr(line, '\r', len);
}

/* libcurl judges a trailer at its carriage return, we at its line feed. */
static bool is_cut_trailer(const struct input *in, const struct found *ours)
{
	return ours->flaw == HTTP1_CUT_CHUNKS &&
	       some_line(in, is_cut_at_return);
}

static bool is_lone_return(const struct input *in, const char *line)
{
	return *line == '\r' && line + 1 == in->bytes + in->len;
}

/* Of the line end behind the last chunk libcurl 7.88 can do without the feed. */
static bool is_without_feed(const struct input *in, const struct found *ours)
{
	return ours->flaw == HTTP1_CUT_CHUNKS && some_line(in, is_lone_return);
}

/* Neither the first line nor behind an empty one. */
static bool is_inner_status(const struct input *in, const char *line)
{
	return line != in->bytes && begins(in, line, "HTTP/") &&
	       line - in->bytes > 2 && line[-2] != '\n' &&
	       !(line[-2] == '\r' && line[-3] == '\n');
}

/* A status line among the fields: libcurl takes it for the first line of
 * another answer, and what was read before counts for half. */
static bool is_second_status(const struct input *in, const struct found *ours)
{
	(void)ours;
	return some_line(in, is_inner_status);
}

static const struct {
	bool (*holds)(const struct input *in, const struct found *ours);
	bool both_fail; /* only the outcome is another one */
} exceptions[] = {
	{ is_strange_version, false }, { is_loose_status, false },
	{ is_fold_of_interim, false }, { is_transfer_coded, false },
	{ is_begun_by_nul, true },     { is_beyond_ceiling, true },
	{ is_bare_switch, false },     { is_without_feed, false },
	{ is_cut_trailer, true },      { is_second_status, false },
};

enum { EXCEPTION_N = sizeof(exceptions) / sizeof(*exceptions) };

static size_t exception_find(const struct input *in, const struct found *ours)
{
	size_t i = 0;

	while (i < EXCEPTION_N && !exceptions[i].holds(in, ours))
		i++;
	return i;
}

static bool may_be(size_t exception, const struct found *ours,
		   const struct found *theirs)
{
	if (exception == EXCEPTION_N)
		return agree(ours, theirs);
	return !exceptions[exception].both_fail ||
	       (ours->outcome != OUTCOME_OK && theirs->outcome != OUTCOME_OK);
}

static void print_found(const char *who, const struct found *fo)
{
	fprintf(stderr, "%s: %s, flaw %d, status %ld, %llu bytes: %s\n", who,
		outcome_name(fo->outcome), (int)fo->flaw, fo->status,
		(unsigned long long)fo->received, buf_text(&fo->detail));
}

static void compare(const struct input *in, size_t step, bool keeps)
{
	struct found ours, theirs;

	read_ours(&ours, in, step, keeps);
	size_t exception = exception_find(in, &ours);
	/* Where libcurl waits for more nobody waits for it. */
	read_theirs(&theirs, in,
		    in->stays && ours.is_open && exception == EXCEPTION_N);
	if (!may_be(exception, &ours, &theirs)) {
		print_found("ours", &ours);
		print_found("libcurl", &theirs);
		abort();
	}
	found_release(&ours);
	found_release(&theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < N_FIRST || size > N_FIRST + ANSWER_MAX)
		return 0;
	uint64_t max = (uint64_t)data[1] * UNIT; /* 0: as by default */
	struct input in = {
		.request = { .url = "http://127.0.0.1:1/",
			     .method = data[0] & IS_HEAD ? "HEAD" : "GET",
			     .wants_compressed = data[0] & OFFERS,
			     .header_max_bytes = max,
			     .body_max_bytes = max },
		.is_head = data[0] & IS_HEAD,
		.stays = data[0] & STAYS,
		.step = data[2] ? data[2] : size,
		.bytes = (const char *)data + N_FIRST,
		.len = size - N_FIRST,
	};

	compare(&in, in.len + 1, false);
	compare(&in, in.step, true);
	return 0;
}
