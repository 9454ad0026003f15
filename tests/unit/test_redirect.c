/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "probe/ask/redirect.h"
#include "probe/ask/url.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/decode/target.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct row {
	const char *method, *url;
	long status;
	const char *location;
	enum redirect_is want;
	const char *next_method, *next_url; /* followed */
	bool keeps_body, keeps_secrets;
	const char *why; /* refused: part of the reason */
} rows[] = {
	/* RFC 9110, 15.4: methods */
	{ "POST", "http://a/x", 301, "/y", REDIRECT_FOLLOW, "GET", "http://a/y",
	  false, true, NULL },
	{ "POST", "http://a/x", 302, "/y", REDIRECT_FOLLOW, "GET", "http://a/y",
	  false, true, NULL },
	{ "POST", "http://a/x", 303, "/y", REDIRECT_FOLLOW, "GET", "http://a/y",
	  false, true, NULL },
	{ "POST", "http://a/x", 307, "/y", REDIRECT_FOLLOW, "POST",
	  "http://a/y", true, true, NULL },
	{ "POST", "http://a/x", 308, "/y", REDIRECT_FOLLOW, "POST",
	  "http://a/y", true, true, NULL },
	{ "PUT", "http://a/x", 302, "/y", REDIRECT_FOLLOW, "PUT", "http://a/y",
	  true, true, NULL },
	{ "PUT", "http://a/x", 303, "/y", REDIRECT_FOLLOW, "GET", "http://a/y",
	  false, true, NULL },
	{ "HEAD", "http://a/x", 303, "/y", REDIRECT_FOLLOW, "HEAD",
	  "http://a/y", true, true, NULL },
	/* no redirect */
	{ "GET", "http://a/x", 200, "/y", REDIRECT_NONE, 0, 0, 0, 0, 0 },
	{ "GET", "http://a/x", 300, "/y", REDIRECT_NONE, 0, 0, 0, 0, 0 },
	{ "GET", "http://a/x", 304, "/y", REDIRECT_NONE, 0, 0, 0, 0, 0 },
	{ "GET", "http://a/x", 302, NULL, REDIRECT_NONE, 0, 0, 0, 0, 0 },
	{ "GET", "http://a/x", 302, "", REDIRECT_NONE, 0, 0, 0, 0, 0 },
	/* where to */
	{ "GET", "http://a/x/y?q=1", 302, "../z", REDIRECT_FOLLOW, "GET",
	  "http://a/z", true, true, NULL },
	{ "GET", "http://a/x/y?q=1", 302, "?q=2", REDIRECT_FOLLOW, "GET",
	  "http://a/x/y?q=2", true, true, NULL },
	{ "GET", "http://a/x", 302, "http://a/z#part", REDIRECT_FOLLOW, "GET",
	  "http://a/z", true, true, NULL },
	{ "GET", "http://a/x", 302, "http://u:p@a/z", REDIRECT_FOLLOW, "GET",
	  "http://a/z", true, true, NULL },
	/* the same place, said otherwise */
	{ "GET", "http://a/x", 302, "http://A:80/z", REDIRECT_FOLLOW, "GET",
	  NULL, true, true, NULL },
	/* another host, port, scheme: without secrets */
	{ "GET", "http://a/x", 302, "http://b/z", REDIRECT_FOLLOW, "GET",
	  "http://b/z", true, false, NULL },
	{ "GET", "http://a/x", 302, "//b/z", REDIRECT_FOLLOW, "GET",
	  "http://b/z", true, false, NULL },
	{ "GET", "http://a/x", 302, "http://a:81/z", REDIRECT_FOLLOW, "GET",
	  "http://a:81/z", true, false, NULL },
	{ "GET", "http://a/x", 302, "https://a/z", REDIRECT_FOLLOW, "GET",
	  "https://a/z", true, false, NULL },
	{ "GET", "http://a/x", 302, "http://a.evil/z", REDIRECT_FOLLOW, "GET",
	  "http://a.evil/z", true, false, NULL },
	/* refused */
	{ "GET", "https://a/x", 302, "http://a/z", REDIRECT_REFUSE, 0, 0, 0, 0,
	  "from https to http" },
	{ "GET", "http://a/x", 302, "file:///etc/passwd", REDIRECT_REFUSE, 0, 0,
	  0, 0, "file:" },
	{ "GET", "http://a/x", 302, "gopher://a/", REDIRECT_REFUSE, 0, 0, 0, 0,
	  "gopher:" },
	{ "GET", "http://a/x", 302, "http://", REDIRECT_REFUSE, 0, 0, 0, 0,
	  "not valid" },
};

static const struct field sent[] = {
	{ "Accept", "*/*" },
	{ "Authorization", "Bearer x" },
	{ "Content-Type", "text/plain" },
	{ "X-Api-Key", "y" },
};

static void make(struct asked *asked, const struct row *r, bool private[])
{
	*asked = (struct asked){
		.request = {
			.method = r->method,
			.url = r->url,
			.n_headers = COUNT(sent),
			.headers = sent,
			.body = "b",
			.body_len = 1,
			.auth = AUTH_BASIC,
			.user = "u",
			.password = "p",
			.cert_file = "c",
		},
		.is_private = private,
	};
}

static size_t count_header(const struct asked *asked, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < asked->request.n_headers; i++)
		n += !strcmp(asked->request.headers[i].name, name);
	return n;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct arena *a = arena_new(1 << 20);
		bool private[COUNT(sent)] = { false, true, false, true };
		struct asked asked;
		const char *why = NULL;

		make(&asked, r, private);
		enum redirect_is got =
			redirect_next(a, &asked, r->status, r->location, &why);
		if (got != r->want)
			print_error("row %zu: %s\n", i, why);
		assert_int_equal(got, r->want);
		if (got == REDIRECT_REFUSE)
			assert_non_null(strstr(why, r->why));
		if (got == REDIRECT_FOLLOW) {
			const struct request *rq = &asked.request;

			assert_string_equal(rq->method, r->next_method);
			if (r->next_url)
				assert_string_equal(rq->url, r->next_url);
			assert_int_equal(rq->body != NULL, r->keeps_body);
			assert_int_equal(count_header(&asked, "Content-Type"),
					 r->keeps_body);
			assert_int_equal(count_header(&asked, "Accept"), 1);
			assert_int_equal(count_header(&asked, "Authorization"),
					 r->keeps_secrets);
			assert_int_equal(count_header(&asked, "X-Api-Key"),
					 r->keeps_secrets);
			assert_int_equal(rq->auth == AUTH_BASIC,
					 r->keeps_secrets);
			assert_int_equal(rq->password != NULL,
					 r->keeps_secrets);
			assert_int_equal(rq->cert_file != NULL,
					 r->keeps_secrets);
		}
		arena_free(a);
	}
}

static void test_secret_body(void **state)
{
	const struct row r = { .method = "POST", .url = "http://a/x" };
	struct arena *a = arena_new(1 << 20);
	bool private[COUNT(sent)] = { false };
	struct asked asked;
	const char *why = NULL;

	(void)state;
	make(&asked, &r, private);
	asked.body_is_private = true;
	assert_int_equal(redirect_next(a, &asked, 307, "http://b/", &why),
			 REDIRECT_REFUSE);
	assert_non_null(strstr(why, "secret"));
	assert_int_equal(redirect_next(a, &asked, 307, "/y", &why),
			 REDIRECT_FOLLOW);
	/* without the body there is nothing to keep */
	assert_int_equal(redirect_next(a, &asked, 303, "http://b/", &why),
			 REDIRECT_FOLLOW);
	assert_null(asked.request.body);
	arena_free(a);
}

static void test_targets(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} targets[] = {
		{ "a:1", true },
		{ "[::1]:443", true },
		{ "1.2.3.4:65535", true },
		{ "a", false },
		{ "a:", false },
		{ ":1", false },
		{ "a:0", false },
		{ "a:65536", false },
		{ "a:x", false },
		{ "::1:443", false },
		{ "http://a:1", false },
		{ "a:1/x", false },
		{ "a b:1", false },
		{ "[::1:443", false },
		{ "", false },
		{ "a:-1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(targets); i++) {
		struct buf why;

		buf_init(&why, 1000);
		bool ok = target_check(targets[i].text, &why);
		if (ok != targets[i].ok)
			print_error("%s\n", targets[i].text);
		assert_int_equal(ok, targets[i].ok);
		assert_int_equal(why.len == 0, ok);
		buf_release(&why);
	}
}

static void test_paths(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	assert_string_equal(url_add_path(a, "http://a", "/m/live", NULL),
			    "http://a/m/live");
	assert_string_equal(url_add_path(a, "http://a/p/", "/m?x=1", NULL),
			    "http://a/p/m?x=1");
	assert_null(url_add_path(a, "ftp://a/", "/m", NULL));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_secret_body),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
