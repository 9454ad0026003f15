/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/redact/redact.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "tests/unit/sample_run.h"

#define SECRET "s3cr\"t/p+w d&<x>"
#define TOKEN  "tok-ABCdef0123456789xyz"

static struct redactor *new_redactor(void)
{
	struct redactor *r = redactor_new();

	assert_non_null(r);
	assert_true(redactor_add(r, SECRET, strlen(SECRET)));
	assert_true(redactor_add(r, TOKEN, strlen(TOKEN)));
	return r;
}

static char *redacted(const struct redactor *r, const char *text, size_t len)
{
	struct buf out, again;
	char *taken;

	buf_init(&out, BUF_NO_LIMIT);
	buf_init(&again, BUF_NO_LIMIT);
	redact_text(r, text, len, &out);
	redact_text(r, buf_text(&out), out.len, &again);
	assert_string_equal(buf_text(&again), buf_text(&out));
	buf_release(&again);
	taken = buf_take(&out, NULL);
	return taken ? taken : calloc(1, 1);
}

struct row {
	const char *text, *want;
};

static void check_rows(const struct redactor *r, const struct row *row,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *got = redacted(r, row[i].text, strlen(row[i].text));

		if (strcmp(got, row[i].want) != 0)
			print_message("row %zu: %s\n", i, row[i].text);
		assert_string_equal(got, row[i].want);
		free(got);
	}
}

#define CHECK_ROWS(r, rows) check_rows(r, rows, sizeof rows / sizeof rows[0])
#define M		    REDACT_MARK

static void values_in_every_spelling(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "nothing to see", "nothing to see" },
		{ "a " SECRET " b", "a " M " b" },
		{ SECRET SECRET, M },
		{ "x s3cr%22t%2Fp%2Bw%20d%26%3Cx%3E y", "x " M " y" },
		{ "x s3cr%22t%2fp%2bw+d%26%3cx%3e y", "x " M " y" },
		{ "x s3cr%2522t%252Fp%252Bw%2520d%2526%253Cx%253E y",
		  "x " M " y" },
		{ "{\"a\": \"s3cr\\\"t\\/p+w d&<x>\"}", "{\"a\": \"" M "\"}" },
		{ "s3cr\\u0022t/p\\u002bw d\\u0026\\u003cx\\u003e", M },
		{ "<a>s3cr&quot;t/p+w d&amp;&lt;x&gt;</a>", "<a>" M "</a>" },
		{ "<a>s3cr&#34;t/p&#x2B;w d&#38;&#x3c;x&#x3E;</a>",
		  "<a>" M "</a>" },
		/* JSON inside of XML, and percent-encoded */
		{ "s3cr\\&quot;t/p+w d&amp;&lt;x&gt;", M },
		{ "s3cr%5C%22t%2Fp%2Bw%20d%26%3Cx%3E", M },
		/* JSON as a text inside JSON */
		{ "s3cr\\\\\\\"t/p+w d&<x>", M },
		{ "s3cr\\\\u0022t\\\\/p\\\\u002bw d&<x>", M },
		/* hexadecimal */
		{ "7333637222742f702b77206426 3c783e", M " 3c783e" },
		{ "0x733363722274"
		  "2F702B772064263C783E!",
		  "0x" M "!" },
		/* cut */
		{ "token tok-ABCd\xE2\x80\xA6", "token " M "\xE2\x80\xA6" },
		{ "token tok-ABCd...", "token " M "..." },
		{ "seen \"tok-ABCdef\" and", "seen \"" M "\" and" },
		{ "tok-", "tok-" },
		{ "it is a tok-ABC, is it", "it is a tok-ABC, is it" },
	};
	struct redactor *r = new_redactor();

	(void)state;
	CHECK_ROWS(r, rows);
	redactor_free(r);
}

/* A secret of a user and a password in front and behind it, base64 as one. */
static void base64_at_every_place(void **state)
{
	static const char *const before[] = { "", "a", "ab", "abc", "user:" };
	static const char *const behind[] = { "", "z", "zz", "zzz" };
	struct redactor *r = new_redactor();

	(void)state;
	for (size_t i = 0; i < 5 * 4 * 2; i++) {
		struct buf plain, text;
		char *got;

		buf_init(&plain, BUF_NO_LIMIT);
		buf_init(&text, BUF_NO_LIMIT);
		buf_printf(&plain, "%s" SECRET "%s", before[i / 8],
			   behind[i / 2 % 4]);
		buf_puts(&text, "<");
		text_base64_encode(&text, i % 2 ? TEXT_BASE64_URL : TEXT_BASE64,
				   plain.text, plain.len);
		buf_puts(&text, ">");
		got = redacted(r, text.text, text.len);
		assert_non_null(strstr(got, M));
		/* what is left tells at most the bytes around it */
		assert_true(strlen(got) <= strlen("<" M ">") + 7 + 6);
		free(got);
		buf_release(&plain);
		buf_release(&text);
	}
	redactor_free(r);
}

static void base64_in_lines(void **state)
{
	struct redactor *r = new_redactor();
	static const struct row rows[] = {
		/* base64 of TOKEN, wrapped; and with its slash escaped */
		{ "dG9rLUFCQ2Rl\r\nZjAxMjM0NTY3ODl4eXo=", M "=" },
		{ "dG9rLUFCQ2Rl\\nZjAxMjM0NTY3ODl4eXo=", M "=" },
		/* folded */
		{ "dG9rLUFCQ2Rl ZjAxMjM0NTY3ODl4eXo=", M "=" },
	};

	(void)state;
	CHECK_ROWS(r, rows);
	redactor_free(r);
}

static const struct row form_rows[] = {
	{ "http://user:pass@host/x", "http://" M "@host/x" },
	{ "http://token@host:80/", "http://" M "@host:80/" },
	{ "postgres://u:pa/ss@db:5432/x", "postgres://" M "@db:5432/x" },
	{ "http://host:80/a@b", "http://host:80/a@b" },
	/* cut */
	{ "at http://user:pa", "at http://" M },
	{ "{\"a\":\"db://user:p4\"}", "{\"a\":\"db://" M "\"}" },
	{ "http%3A%2F%2Fuser%3Apa", "http%3A%2F%2F" M },
	{ "at http://user:", "at http://user:" },
	{ "http://host:80 http://h:8080", "http://host:80 http://h:8080" },
	{ "http://[::1]:80", "http://[::1]:80" },
	{ "at http://host:80; or (http://h:81).",
	  "at http://host:80; or (http://h:81)." },
	{ "http://user:80;x", "http://" M },
	{ "http://host:${env.PORT}", "http://host:${env.PORT}" },
	{ "Basic dXNlcjpwYX", "Basic " M },
	{ "Basic dXNl", "Basic dXNl" },
	{ "http:\\/\\/u:p@host\\/", "http:\\/\\/" M "@host\\/" },
	{ "to=http%3A%2F%2Fu%3Apw%40host%2F",
	  "to=http%3A%2F%2F" M "%40host%2F" },
	{ "/a?X-Amz-Signature=abc&x=1", "/a?X-Amz-Signature=" M "&x=1" },
	{ "/a?x=1&X-Amz-Credential=AK%2F2&y",
	  "/a?x=1&X-Amz-Credential=" M "&y" },
	{ "?X-Amz-Security-Token=q&amp;sig=7&amp;n=1",
	  "?X-Amz-Security-Token=" M "&amp;sig=" M "&amp;n=1" },
	{ "u=%2Fa%3Fid%3D1%26sig%3Dabc%26n%3D2",
	  "u=%2Fa%3Fid%3D1%26sig%3D" M "%26n%3D2" },
	{ "a\\u0026access_token=xyz\\u0026b=1",
	  "a\\u0026access_token=" M "\\u0026b=1" },
	{ "?code=xyz&state=1", "?code=" M "&state=1" },
	{ "exit code=3, key=value", "exit code=3, key=value" },
	{ "db_password=hunter2 next", "db_password=" M " next" },
	{ "user[password]=hunter2&b", "user[password]=" M "&b" },
	{ "password=\"two words\" x", "password=\"" M "\" x" },
	{ "{\"password\":\"hu\\\"nter\",\"a\":1}",
	  "{\"password\":\"" M "\",\"a\":1}" },
	{ "{\"accessToken\" : \"abc\"}", "{\"accessToken\" : \"" M "\"}" },
	{ "{\\\"api_key\\\": \\\"a\\\\\\\"b\\\"}",
	  "{\\\"api_key\\\": \\\"" M "\\\"}" },
	{ "{&quot;secret&quot;:&quot;abc&quot;}",
	  "{&quot;secret&quot;:&quot;" M "&quot;}" },
	{ "{\"pin_token\":1234,\"x\":2}", "{\"pin_token\":" M ",\"x\":2}" },
	{ "{\"token\":null,\"secret\":true}",
	  "{\"token\":null,\"secret\":true}" },
	{ "{\"code\":\"not_found\"}", "{\"code\":\"not_found\"}" },
	{ "{\"set-cookie\": [\"a=b; Path=/\"]}", "{\"set-cookie\": [" M "]}" },
	{ "Authorization: Digest username=\"x\"\r\nHost: a",
	  "Authorization: " M "\r\nHost: a" },
	{ "cookie: a=b; c=d\nx", "cookie: " M "\nx" },
	{ "Set-Cookie: sid=1; Path=/", "Set-Cookie: " M },
	{ "curl -H 'X-Api-Key: abc' http://h",
	  "curl -H 'X-Api-Key: " M "' http://h" },
	{ "X-Vault-Token: abc", "X-Vault-Token: " M },
	{ "\"token\" is not declared", "\"token\" is not declared" },
	{ "token: is missing", "token: is missing" },
	{ "sent Bearer abc.def-1 to", "sent Bearer " M " to" },
	{ "a bearer token is needed", "a bearer token is needed" },
	{ "Basic dXNlcjpwYXNz", "Basic " M },
	{ "Basic authentication", "Basic authentication" },
	{ "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln ok", "got " M " ok" },
	{ "-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE "
	  "KEY-----\nx",
	  M "\nx" },
	{ "-----BEGIN PRIVATE KEY-----\nMHc", M },
	{ "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----" },
	{ "status 200, expected 404: {\"status\":\"ok\"}",
	  "status 200, expected 404: {\"status\":\"ok\"}" },
};

static void forms_without_values(void **state)
{

	(void)state;
	CHECK_ROWS(NULL, form_rows);
}

static void short_values_are_refused(void **state)
{
	struct redactor *r = redactor_new();

	(void)state;
	assert_false(redactor_add(r, "abc", 3));
	assert_false(redactor_add(r, " abc\n", 5));
	assert_true(redactor_add(r, "abcd\n", 5));
	redactor_learn(r, "xyz", 3);
	CHECK_ROWS(r, ((const struct row[]){ { "abcd xyz", M " xyz" } }));
	redactor_free(r);
}

static void headers_are_learned(void **state)
{
	static const struct row rows[] = {
		{ "seen opaque77 and open sesame", "seen " M " and " M },
		{ "user admin", "user admin" },
		{ "cookie value abcdef12 or qwertz",
		  "cookie value " M " or " M },
		{ "set 99887766, Path=/admin", "set " M ", Path=/admin" },
		{ "key k-112233", "key " M },
		{ "db p4ss:w0rd", "db " M },
	};
	struct redactor *r = redactor_new();

	(void)state;
	redactor_learn_header(r, "Authorization", "Bearer opaque77");
	/* admin:open sesame */
	redactor_learn_header(r, "Proxy-Authorization",
			      "Basic YWRtaW46b3BlbiBzZXNhbWU=");
	redactor_learn_header(r, "COOKIE", "a=abcdef12; b=qwertz");
	redactor_learn_header(r, "Set-Cookie", "s=99887766; Path=/admin");
	redactor_learn_header(r, "X-Api-Key", "k-112233");
	redactor_learn_header(r, "Accept", "application/json");
	redactor_learn(r, "db://u:p4ss:w0rd@host/x", 23);
	CHECK_ROWS(r, rows);
	CHECK_ROWS(r, ((const struct row[]){
			      { "application/json", "application/json" } }));
	redactor_free(r);
}

static void many_are_learned_and_the_oldest_forgotten(void **state)
{
	struct redactor *r = redactor_new();
	char value[32];

	(void)state;
	assert_true(redactor_add(r, "declared-for-good", 17));
	for (unsigned i = 0; i < REDACT_LEARNED_MAX + 10; i++) {
		snprintf(value, sizeof value, "v%07uv", i * 7919);
		redactor_learn(r, value, strlen(value));
	}
	CHECK_ROWS(r, ((const struct row[]){ { "declared-for-good", M },
					     { value, M },
					     { "v0000000v", "v0000000v" } }));
	redactor_free(r);
}

static void long_values_in_pieces(void **state)
{
	enum { LEN = 9001 };
	struct redactor *r = redactor_new();
	char *value = malloc(LEN + 1);
	unsigned seed = 7;

	(void)state;
	for (size_t i = 0; i < LEN; i++) {
		seed = seed * 1103515245 + 12345;
		value[i] = (char)('a' + (seed >> 16) % 26);
	}
	value[LEN] = '\0';
	assert_true(redactor_add(r, value, LEN));
	CHECK_ROWS(r, ((const struct row[]){ { value, M } }));
	free(value);
	redactor_free(r);
}

/* A text and a value made for each other, to take time: bounded. */
static void hostile_text_is_bounded(void **state)
{
	enum { LEN = 200000 };
	struct redactor *r = redactor_new();
	char *text = malloc(LEN + 1);
	char *got;

	(void)state;
	memset(text, 'a', LEN);
	text[LEN] = '\0';
	text[4000] = 'b';
	redactor_learn(r, text, 4001);
	text[4000] = 'a';
	got = redacted(r, text, LEN);
	assert_non_null(strstr(got, M));
	free(got);
	free(text);
	redactor_free(r);
}

static char *excerpt(const struct redactor *r, const char *body, size_t len,
		     size_t max)
{
	struct buf out;

	buf_init(&out, BUF_NO_LIMIT);
	redact_excerpt(r, body, len, max, &out);
	assert_true(out.len <= max);
	return buf_take(&out, NULL);
}

static void excerpts_are_masked(void **state)
{
	static const struct row rows[] = {
		{ "mail joe.doe+x@mail.example.org now", "mail [email] now" },
		{ "not@host, a@b", "not@host, a@b" },
		{ "call +62 812-3456-7890 or (021) 555-1234!",
		  "call [phone] or [phone]!" },
		{ "call 081234567890", "call [phone]" },
		{ "081234567890 081234567891 0812 3456 7892",
		  "[phone] [phone] [phone]" },
		{ "+62 812 3456 7890 4111111111111111", "[phone] [card]" },
		{ "card 4111 1111 1111 1111.", "card [card]." },
		{ "card 4111111111111112", "card 4111111111111112" },
		{ "5555-5555-5555-4444", "[card]" },
		{ "{\n  \"a\": 1,\t\t\"b\":  2\r\n}",
		  "{ \"a\": 1, \"b\": 2 }" },
		{ "at 1767225600123 2026-01-02T03:04:05Z 10.0.0.12 0.123456789",
		  "at 1767225600123 2026-01-02T03:04:05Z 10.0.0.12 "
		  "0.123456789" },
		{ "a\x01\x1b[31mred", "a\\x01\\x1b[31mred" },
		{ "{\"password\":\"x\",\"user\":\"bob@x.org\"}",
		  "{\"password\":\"" M "\",\"user\":\"[email]\"}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *got =
			excerpt(NULL, rows[i].text, strlen(rows[i].text), 1000);

		if (strcasecmp(got, rows[i].want) != 0)
			assert_string_equal(got, rows[i].want);
		free(got);
	}
}

/* What is quoted in a sentence keeps its white space. */
static void foreign_texts_are_masked(void **state)
{
	static const char body[] = "ok\n " TOKEN " joe@example.org";
	struct redactor *r = new_redactor();

	(void)state;
	for (size_t max = 3; max < sizeof(body); max++) {
		struct buf out;

		buf_init(&out, BUF_NO_LIMIT);
		redact_foreign(r, body, strlen(body), max, &out);
		assert_true(out.len <= max);
		assert_null(strstr(buf_text(&out), "tok"));
		assert_null(strstr(buf_text(&out), "joe"));
		if (max >= 6)
			assert_memory_equal(out.text, "ok\n", 3);
		buf_release(&out);
	}
	redactor_free(r);
}

/* CF10: not cut in half, wherever the limit falls. */
static void excerpts_are_cut_behind_the_redactor(void **state)
{
	struct redactor *r = new_redactor();
	char body[400];

	(void)state;
	for (size_t at = 0; at < 60; at++) {
		memset(body, 'x', sizeof body);
		memcpy(body + at, TOKEN, strlen(TOKEN));
		for (size_t max = 3; max < 80; max++) {
			char *got = excerpt(r, body, sizeof body, max);

			assert_null(strstr(got, "tok-"));
			assert_null(strstr(got, "ABC"));
			free(got);
		}
	}
	redactor_free(r);
}

/* The end of the part of a large body that is looked at. */
static void large_bodies_too(void **state)
{
	enum { LEN = 600000 };
	struct redactor *r = new_redactor();
	char *body = malloc(LEN);
	char *got;

	(void)state;
	memset(body, ' ', LEN);
	for (size_t i = 0; i + 100 < LEN; i += 97)
		memcpy(body + i, TOKEN, strlen(TOKEN));
	got = excerpt(r, body, LEN, 60000);
	assert_null(strstr(got, "tok-"));
	assert_null(strstr(got, "xyz"));
	free(got);
	free(body);
	redactor_free(r);
}

static void headers_by_name(void **state)
{
	static const struct {
		const char *name;
		bool hidden;
	} rows[] = {
		{ "Authorization", true }, { "proxy-authorization", true },
		{ "COOKIE", true },	   { "Set-Cookie", true },
		{ "X-API-Key", true },	   { "X-Auth-Token", true },
		{ "X-CSRF-Token", true },  { "Content-Type", false },
		{ "X-Request-ID", false }, { "WWW-Authenticate", false },
		{ "ETag", false },	   { "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out;

		assert_int_equal(redact_header_hides(rows[i].name),
				 rows[i].hidden);
		buf_init(&out, BUF_NO_LIMIT);
		redact_header_value(NULL, rows[i].name, "value", &out);
		assert_string_equal(buf_text(&out),
				    rows[i].hidden ? M : "value");
		buf_release(&out);
	}
}

static void a_tree_is_sealed(void **state)
{
	static const struct header headers[] = { { "Set-Cookie", "a=b" },
						 { "Server", "x " TOKEN } };
	struct redactor *r = new_redactor();
	struct arena *a = arena_new(1 << 24);
	struct run_result *run = sample_run(a, SAMPLE_OK);
	struct step_result *step =
		(struct step_result *)(uintptr_t)&run->checks[0]
			.attempts[0]
			.steps[0];
	struct header *list = arena_alloc(a, 2, sizeof *list);

	(void)state;
	memcpy(list, headers, sizeof headers);
	step->headers = list;
	step->n_headers = 2;
	step->url = "http://u:p@h/?sig=1";
	run->name = "shop " TOKEN;
	assert_true(result_seal(run, r, a));
	assert_string_equal(run->name, "shop " M);
	assert_string_equal(step->url, "http://" M "@h/?sig=" M);
	assert_string_equal(step->headers[0].value, M);
	assert_string_equal(step->headers[1].value, "x " M);
	arena_free(a);
	redactor_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_in_every_spelling),
		cmocka_unit_test(base64_at_every_place),
		cmocka_unit_test(base64_in_lines),
		cmocka_unit_test(forms_without_values),
		cmocka_unit_test(short_values_are_refused),
		cmocka_unit_test(headers_are_learned),
		cmocka_unit_test(many_are_learned_and_the_oldest_forgotten),
		cmocka_unit_test(long_values_in_pieces),
		cmocka_unit_test(hostile_text_is_bounded),
		cmocka_unit_test(excerpts_are_masked),
		cmocka_unit_test(foreign_texts_are_masked),
		cmocka_unit_test(excerpts_are_cut_behind_the_redactor),
		cmocka_unit_test(large_bodies_too),
		cmocka_unit_test(headers_by_name),
		cmocka_unit_test(a_tree_is_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
