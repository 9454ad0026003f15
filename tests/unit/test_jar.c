/* SPDX-License-Identifier: MIT */
/* folder: probe */
/* Which cookies are kept, and to whom they go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "probe/engine/engine.h"
#include "probe/engine/jar.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { ROOM = 1 << 20, SETS = 4 };

static struct engine *en;
static struct errs es;

/* "https://host/path" or "http://host/path", with room for the host. */
static struct jar_place place(const char *url, char host[300])
{
	const char *at = strstr(url, "://") + 3;
	size_t len = strcspn(at, "/");

	assert_true(len < 300);
	memcpy(host, at, len);
	host[len] = '\0';
	return (struct jar_place){ .host = host,
				   .path = at + len,
				   .is_encrypted = url[4] == 's' };
}

static void take(struct jar *jar, const char *url, const char *value)
{
	char host[300];
	const struct jar_place from = place(url, host);

	jar_take(jar, &from, value);
}

static void gives(struct jar *jar, const char *url, const char *want)
{
	char host[300];
	const struct jar_place to = place(url, host);
	struct buf text;

	buf_init(&text, ROOM);
	assert_true(jar_give(jar, &to, &text));
	if (strcmp(buf_text(&text), want) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", url, buf_text(&text), want);
	buf_release(&text);
}

static const struct {
	const char *from, *set[SETS];
	const char *to, *want;
} rows[] = {
	{ "http://a.test/", { "a=1" }, "http://a.test/", "a=1" },
	{ "http://a.test/", { "a=1", "b=2" }, "http://a.test/", "b=2; a=1" },
	{ "http://a.test/", { "a=1", "a=2" }, "http://a.test/", "a=2" },
	{ "http://a.test/", { "a=" }, "http://a.test/", "a=" },
	{ "http://a.test/", { "a=\"x y\"" }, "http://a.test/", "a=\"x y\"" },
	{ "http://a.test/", { "a=b=c; HttpOnly" }, "http://a.test/", "a=b=c" },
	{ "http://a.test/",
	  { "a=1; SameSite=Lax; x=y" },
	  "http://a.test/",
	  "a=1" },
	/* one host alone */
	{ "http://a.test/", { "a=1" }, "http://b.test/", "" },
	{ "http://a.test/", { "a=1" }, "http://x.a.test/", "" },
	{ "http://x.a.test/", { "a=1" }, "http://a.test/", "" },
	{ "http://A.Test/", { "a=1" }, "http://a.test/", "a=1" },
	{ "http://127.0.0.1/", { "a=1" }, "http://127.0.0.1/", "a=1" },
	{ "http://127.0.0.1/", { "a=1" }, "http://127.0.0.2/", "" },
	{ "http://[::1]/", { "a=1" }, "http://[::1]/", "a=1" },
	{ "http://[::1]/", { "a=1" }, "http://[::2]/", "" },
	{ "http://240.0.0.0/", { "a=1" }, "http://240.0.0.1/", "" },
	/* a domain */
	{ "http://x.a.test/",
	  { "a=1; Domain=a.test" },
	  "http://y.a.test/",
	  "a=1" },
	{ "http://x.a.test/",
	  { "a=1; domain=.A.test" },
	  "http://a.test/",
	  "a=1" },
	{ "http://x.a.test/", { "a=1; Domain=a.test" }, "http://ya.test/", "" },
	{ "http://x.a.test/", { "a=1; Domain=" }, "http://y.a.test/", "" },
	{ "http://x.a.test/", { "a=1; Domain=b.test" }, "http://b.test/", "" },
	{ "http://x.a.test/",
	  { "a=1; Domain=b.test; Domain=a.test" },
	  "http://x.a.test/",
	  "" },
	{ "http://a.test/",
	  { "a=1; Domain=x.a.test" },
	  "http://x.a.test/",
	  "" },
	{ "http://a.test/", { "a=1; Domain=test" }, "http://b.test/", "" },
	{ "http://a.test/", { "a=1; Domain=test." }, "http://a.test/", "" },
	{ "http://localhost/",
	  { "a=1; Domain=localhost" },
	  "http://localhost/",
	  "a=1" },
	{ "http://a.test/", { "a=1; Domain=240.0.0.0" }, "http://a.test/", "" },
	/* a path */
	{ "http://a.test/x/y", { "a=1" }, "http://a.test/x/z", "a=1" },
	{ "http://a.test/x/y", { "a=1" }, "http://a.test/x", "a=1" },
	{ "http://a.test/x/y", { "a=1" }, "http://a.test/", "" },
	{ "http://a.test/x/y", { "a=1" }, "http://a.test/xy", "" },
	{ "http://a.test/x/y", { "a=1; Path=/" }, "http://a.test/z", "a=1" },
	{ "http://a.test/", { "a=1; path=/x" }, "http://a.test/x/y", "a=1" },
	{ "http://a.test/", { "a=1; path=/x" }, "http://a.test/xy", "" },
	{ "http://a.test/", { "a=1; path=/x/" }, "http://a.test/x", "a=1" },
	{ "http://a.test/x/y", { "a=1; Path=z" }, "http://a.test/q", "a=1" },
	{ "http://a.test/x/y", { "a=1; Path=" }, "http://a.test/q", "" },
	{ "http://a.test/", { "a=1; path=/X" }, "http://a.test/x", "" },
	{ "http://a.test/x;y/z", { "a=1" }, "http://a.test/q", "a=1" },
	{ "http://a.test/",
	  { "b=1; Path=/", "a=2; Path=/x", "a=3; Path=/x/y" },
	  "http://a.test/x/y/z",
	  "a=3; a=2; b=1" },
	/* in secret */
	{ "https://a.test/", { "a=1; Secure" }, "https://a.test/", "a=1" },
	{ "https://a.test/", { "a=1; secure=" }, "http://a.test/", "" },
	{ "http://a.test/", { "a=1; Secure" }, "https://a.test/", "" },
	{ "https://a.test/", { "a=1" }, "http://a.test/", "a=1" },
	{ "http://127.0.0.1/", { "a=1; Secure" }, "http://127.0.0.1/", "a=1" },
	{ "https://a.test/",
	  { "__Secure-a=1; Secure" },
	  "https://a.test/",
	  "__Secure-a=1" },
	{ "https://a.test/", { "__Secure-a=1" }, "https://a.test/", "" },
	{ "https://a.test/",
	  { "__Host-a=1; Secure; Path=/" },
	  "https://a.test/",
	  "__Host-a=1" },
	{ "https://x.a.test/",
	  { "__Host-a=1; Secure; Path=/; Domain=a.test" },
	  "https://x.a.test/",
	  "" },
	/* in time */
	{ "http://a.test/", { "a=1; Max-Age=100" }, "http://a.test/", "a=1" },
	{ "http://a.test/", { "a=1; Max-Age=0" }, "http://a.test/", "" },
	{ "http://a.test/", { "a=1", "a=; Max-Age=0" }, "http://a.test/", "" },
	{ "http://a.test/x/y",
	  { "a=1; Path=/", "a=; Max-Age=0; Path=/" },
	  "http://a.test/",
	  "" },
	{ "http://a.test/x/y",
	  { "a=1", "a=; Max-Age=0; Path=/x" },
	  "http://a.test/x/",
	  "" },
	{ "http://a.test/",
	  { "a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:01 GMT" },
	  "http://a.test/",
	  "" },
	{ "http://a.test/",
	  { "a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT" },
	  "http://a.test/",
	  "a=1" },
	{ "http://a.test/",
	  { "a=1; Max-Age=100; Expires=Thu, 01 Jan 1970 "
	    "00:00:01 GMT" },
	  "http://a.test/",
	  "a=1" },
	/* none */
	{ "http://a.test/", { "" }, "http://a.test/", "" },
	{ "http://a.test/", { ";" }, "http://a.test/", "" },
	{ "http://a.test/", { "=x" }, "http://a.test/", "" },
	{ "http://a.test/", { " ; a=1" }, "http://a.test/", "" },
	{ "http://a.test/", { "a=\001" }, "http://a.test/", "" },
};

static void cookies_go_where_they_belong(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct jar *jar = jar_new(en);

		print_message("%s %s -> %s\n", rows[i].from, rows[i].set[0],
			      rows[i].to);
		assert_non_null(jar);
		for (size_t k = 0; k < SETS && rows[i].set[k]; k++)
			take(jar, rows[i].from, rows[i].set[k]);
		gives(jar, rows[i].to, rows[i].want);
		jar_forget(jar);
		gives(jar, rows[i].to, "");
		jar_free(jar);
	}
}

static void jars_know_nothing_of_each_other(void **state)
{
	struct jar *one = jar_new(en), *other = jar_new(en);

	(void)state;
	take(one, "http://a.test/", "a=1");
	take(other, "http://a.test/", "a=2");
	take(other, "http://b.test/", "b=3");
	gives(one, "http://a.test/", "a=1");
	gives(one, "http://b.test/", "");
	gives(other, "http://a.test/", "a=2");
	gives(other, "http://b.test/", "b=3");
	jar_forget(one);
	gives(other, "http://a.test/", "a=2");
	jar_free(one);
	gives(other, "http://b.test/", "b=3");
	jar_free(other);
	jar_free(NULL);
}

/* However much is set, so much is sent at most, and it ends with a whole
 * cookie. */
static void there_are_ceilings(void **state)
{
	struct jar *jar = jar_new(en);
	char host[300], value[9000], name[20];
	const struct jar_place to = place("http://a.test/", host);
	struct buf text;

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "n%03d=x", i);
		take(jar, "http://a.test/", name);
	}
	buf_init(&text, ROOM);
	assert_true(jar_give(jar, &to, &text));
	assert_int_equal(text.len, 150 * 8 - 2);
	jar_forget(jar);
	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	take(jar, "http://a.test/", value);
	for (int i = 0; i < 9; i++) {
		memcpy(value, "a=", 2);
		value[0] = (char)('a' + i);
		value[1500] = '\0';
		take(jar, "http://a.test/", value);
	}
	buf_reset(&text);
	assert_true(jar_give(jar, &to, &text));
	assert_true(text.len < 8190);
	assert_int_equal(text.len, 5 * 1502 - 2);
	buf_release(&text);
	jar_free(jar);
}

static void hosts_that_are_too_long(void **state)
{
	struct jar *jar = jar_new(en);
	char host[400];
	const struct jar_place at = { .host = host, .path = "/" };
	struct buf text;

	(void)state;
	memset(host, 'a', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	jar_take(jar, &at, "a=1");
	buf_init(&text, ROOM);
	assert_true(jar_give(jar, &at, &text));
	assert_int_equal(text.len, 0);
	host[0] = '\0';
	jar_take(jar, &at, "a=1");
	assert_true(jar_give(jar, &at, &text));
	assert_int_equal(text.len, 0);
	buf_release(&text);
	jar_free(jar);
}

static int begin(void **state)
{
	(void)state;
	if (!engine_global_init(&es))
		return -1;
	en = engine_new(&es);
	return en ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	engine_free(en);
	engine_global_release();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cookies_go_where_they_belong),
		cmocka_unit_test(jars_know_nothing_of_each_other),
		cmocka_unit_test(there_are_ceilings),
		cmocka_unit_test(hosts_that_are_too_long),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
