/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "probe/ask/ask.h"
#include "probe/world.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/template/template.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* One slot is known: ${secret.KEY}. */
static enum name_kind find(void *self, const char *space, const char *name,
			   struct name_ref *out)
{
	(void)self;
	if (strcmp(space, "secret") != 0 || strcmp(name, "KEY") != 0)
		return NAME_UNKNOWN;
	out->is_secret = true;
	return NAME_SLOT;
}

static const struct template_slot slot = { "s3cr&t key", 10, true };

struct place_of_work {
	struct arena *a;
	struct redactor *r;
	struct buf why;
	struct template_world world;
	struct asked asked;
};

static void open_work(struct place_of_work *w)
{
	w->a = arena_new(16 << 20);
	w->r = redactor_new();
	buf_init(&w->why, 1000);
	w->world = world_now(&slot, 1);
}

static void close_work(struct place_of_work *w)
{
	arena_free(w->a);
	redactor_free(w->r);
	buf_release(&w->why);
}

static const struct template *t(struct place_of_work *w, const char *text)
{
	const struct names scope = { NULL, find };
	struct errs es = { 0 };
	const struct template *made = template_compile(w->a, text, strlen(text),
						       NOWHERE, &scope, &es);

	assert_non_null(made);
	return made;
}

static struct http_ask ask_of(struct place_of_work *w, const char *url)
{
	return (struct http_ask){
		.url = t(w, url),
		.method = "GET",
		.net = { .verify = true, .timeout.total_ns = 5 },
		.max_body_bytes = 1000,
		.compressed = true,
		.request_id = true,
	};
}

static bool build(struct place_of_work *w, const struct http_ask *ask)
{
	buf_reset(&w->why);
	bool ok = ask_http(ask, &w->world, w->r, w->a, &w->asked, &w->why);
	assert_int_equal(ok, w->why.len == 0);
	return ok;
}

static const char *header(const struct place_of_work *w, const char *name)
{
	for (size_t i = 0; i < w->asked.request.n_headers; i++)
		if (!strcmp(w->asked.request.headers[i].name, name))
			return w->asked.request.headers[i].value;
	return NULL;
}

static void test_url(void **state)
{
	struct place_of_work w;

	(void)state;
	open_work(&w);
	const struct pair query[] = {
		{ .name = "a b", .value = t(&w, "1&2") },
		{ .name = "k", .value = t(&w, "${secret.KEY}") },
	};
	struct http_ask ask = ask_of(&w, "http://u%40:pass+word@h:81/p?x=1#f");
	ask.query = (struct pairs){ 2, query };
	assert_true(build(&w, &ask));
	assert_string_equal(w.asked.request.url,
			    "http://h:81/p?x=1&a%20b=1%262&k=s3cr%26t%20key");
	assert_int_equal(w.asked.request.auth, AUTH_BASIC);
	assert_string_equal(w.asked.request.user, "u@");
	assert_string_equal(w.asked.request.password, "pass+word");
	assert_int_equal(w.asked.request.limits.total_ns, 5);
	assert_false(w.asked.request.skip_verify);

	static const char *const bad[] = { "ftp://h/", "http://", "h/p",
					   "http://h:99999/", "" };
	for (size_t i = 0; i < COUNT(bad); i++) {
		ask = ask_of(&w, bad[i]);
		assert_false(build(&w, &ask));
	}
	close_work(&w);
}

static void test_headers(void **state)
{
	struct place_of_work w;

	(void)state;
	open_work(&w);
	const struct pair headers[] = {
		{ .name = "Authorization", .value = t(&w, "Bearer abcdef") },
		{ .name = "X-Mine", .value = t(&w, "k=${secret.KEY}") },
		{ .name = "X-Open", .value = t(&w, "1") },
	};
	struct http_ask ask = ask_of(&w, "http://h/");
	ask.headers = (struct pairs){ 3, headers };
	assert_true(build(&w, &ask));
	assert_true(w.asked.is_private[0]);
	assert_true(w.asked.is_private[1]);
	assert_false(w.asked.is_private[2]);
	assert_string_equal(header(&w, "X-Mine"), "k=s3cr&t key");
	assert_non_null(header(&w, "User-Agent"));
	assert_null(header(&w, "Content-Type"));
	/* a UUID of version 4, the same in the record and on the wire */
	assert_string_equal(header(&w, "X-Request-ID"), w.asked.request_id);
	assert_int_equal(strlen(w.asked.request_id), 36);
	assert_int_equal(w.asked.request_id[14], '4');

	/* what was sent as a credential is known to the redactor */
	struct buf out;
	buf_init(&out, 1000);
	redact_text(w.r, "it was abcdef", 13, &out);
	assert_null(strstr(buf_text(&out), "abcdef"));
	buf_release(&out);

	ask.request_id = false;
	assert_true(build(&w, &ask));
	assert_null(header(&w, "X-Request-ID"));
	assert_string_equal(w.asked.request_id, "");

	const struct pair own[] = {
		{ .name = "x-request-id", .value = t(&w, "mine") },
		{ .name = "user-agent", .value = t(&w, "other") },
	};
	ask.request_id = true;
	ask.headers = (struct pairs){ 2, own };
	assert_true(build(&w, &ask));
	assert_int_equal(w.asked.request.n_headers, 2);
	assert_string_equal(w.asked.request_id, "mine");
	close_work(&w);
}

static void test_refused(void **state)
{
	struct place_of_work w;

	(void)state;
	open_work(&w);
	const struct pair headers[] = {
		{ .name = "X", .value = template_literal(w.a, "a\r\nb: c", 7) },
	};
	struct http_ask ask = ask_of(&w, "http://h/");
	ask.headers = (struct pairs){ 1, headers };
	assert_false(build(&w, &ask));
	assert_non_null(strstr(buf_text(&w.why), "line break"));

	const struct pair nul[] = {
		{ .name = "X", .value = template_literal(w.a, "a\0b", 3) },
	};
	ask.headers = (struct pairs){ 1, nul };
	assert_false(build(&w, &ask));
	assert_non_null(strstr(buf_text(&w.why), "NUL"));

	/* a value that is not there */
	w.world.slot_count = 0;
	ask = ask_of(&w, "http://h/${secret.KEY}");
	assert_false(build(&w, &ask));
	close_work(&w);
}

static void test_bodies(void **state)
{
	struct place_of_work w;

	(void)state;
	open_work(&w);
	const struct pair form[] = {
		{ .name = "a", .value = t(&w, "x y") },
		{ .name = "b", .value = t(&w, "${secret.KEY}") },
	};
	struct http_ask ask = ask_of(&w, "http://h/");
	ask.body_kind = BODY_FORM;
	ask.form = (struct pairs){ 2, form };
	assert_true(build(&w, &ask));
	assert_string_equal(w.asked.request.body, "a=x%20y&b=s3cr%26t%20key");
	assert_string_equal(header(&w, "Content-Type"),
			    "application/x-www-form-urlencoded");
	assert_true(w.asked.body_is_private);

	ask = ask_of(&w, "http://h/");
	ask.body_kind = BODY_JSON;
	ask.body = t(&w, "{}");
	assert_true(build(&w, &ask));
	assert_int_equal(w.asked.request.body_len, 2);
	assert_string_equal(header(&w, "Content-Type"), "application/json");
	assert_false(w.asked.body_is_private);

	const struct pair type[] = {
		{ .name = "content-type", .value = t(&w, "a/b") },
	};
	ask.headers = (struct pairs){ 1, type };
	assert_true(build(&w, &ask));
	assert_null(header(&w, "Content-Type"));

	ask = ask_of(&w, "http://h/");
	ask.body_kind = BODY_FILE;
	ask.body = t(&w, "/nowhere/at/all");
	assert_false(build(&w, &ask));

	const struct multipart_part part = { .name = "p", .text = t(&w, "v") };
	ask = ask_of(&w, "http://h/");
	ask.body_kind = BODY_MULTIPART;
	ask.n_parts = 1;
	ask.parts = &part;
	assert_true(build(&w, &ask));
	assert_int_equal(w.asked.request.n_parts, 1);
	assert_string_equal(w.asked.request.parts[0].text, "v");
	close_work(&w);
}

static void test_routes(void **state)
{
	struct place_of_work w;

	(void)state;
	open_work(&w);
	const struct pair resolve[] = {
		{ .name = "h:443", .value = t(&w, "127.0.0.1") },
	};
	struct http_ask ask = ask_of(&w, "https://h/");
	ask.net.resolve = (struct pairs){ 1, resolve };
	ask.net.connect_to = (struct pairs){ 1, resolve };
	ask.net.verify = false;
	assert_true(build(&w, &ask));
	assert_string_equal(w.asked.request.resolve[0], "h:443:127.0.0.1");
	assert_string_equal(w.asked.request.connect_to[0], "h:443:127.0.0.1");
	assert_true(w.asked.request.skip_verify);

	assert_true(ask_target(REQUEST_TLS, t(&w, "h:443"), &ask.net, &w.world,
			       w.a, &w.asked, &w.why));
	assert_int_equal(w.asked.request.kind, REQUEST_TLS);
	assert_false(ask_target(REQUEST_TLS, t(&w, "h"), &ask.net, &w.world,
				w.a, &w.asked, &w.why));
	close_work(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url),	cmocka_unit_test(test_headers),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
