/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/template/template.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ARENA_MAX    (64 << 20)

enum { TOKEN, UNSET, EMPTY, KEY, EMAIL, SLOTS };

static const struct template_slot slots[SLOTS] = {
	[TOKEN] = { "t0k", 3, true },
	[EMPTY] = { "", 0, true },
	[KEY] = { "s3cret", 6, true },
	[EMAIL] = { "a@b.c", 5, true },
};

static const struct {
	const char *space, *name, *text;
	size_t slot;
	bool is_secret;
} known[] = {
	{ "", "host", "example.org", 0, false },
	{ "", "empty", "", 0, false },
	{ "", "sign-in", "dash", 0, false },
	{ "", "token", NULL, TOKEN, false },
	{ "", "unset", NULL, UNSET, false },
	{ "", "none", NULL, EMPTY, false },
	{ "env", "HOME", "/root", 0, false },
	{ "env", "EMPTY", "", 0, false },
	{ "secret", "KEY", NULL, KEY, true },
	{ "data", "email", NULL, EMAIL, false },
	{ "data", "a.b", NULL, EMAIL, false },
};

static enum name_kind find(void *self, const char *space, const char *name,
			   struct name_ref *out)
{
	struct text_nearest near;

	(void)self;
	text_nearest_init(&near, name, strlen(name));
	for (size_t i = 0; i < COUNT(known); i++) {
		if (strcmp(known[i].space, space) != 0)
			continue;
		text_nearest_add(&near, known[i].name);
		if (strcmp(known[i].name, name) != 0)
			continue;
		out->slot = known[i].slot;
		out->is_secret = known[i].is_secret;
		if (!known[i].text)
			return NAME_SLOT;
		out->text = known[i].text;
		out->len = strlen(known[i].text);
		return NAME_STATIC;
	}
	out->nearest = near.best;
	return NAME_UNKNOWN;
}

static const struct names scope = { NULL, find };

/* Bytes 0, 1, 2 ...; self counts the calls. */
static bool counting(void *self, void *bytes, size_t n)
{
	unsigned char *out = bytes;

	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)i;
	++*(unsigned *)self;
	return true;
}

static bool all_ones(void *self, void *bytes, size_t n)
{
	(void)self;
	memset(bytes, 0xff, n);
	return true;
}

static bool digest_stub(void *self, const void *bytes, size_t n,
			unsigned char digest[TEMPLATE_DIGEST_BYTES])
{
	(void)self;
	memset(digest, 0, TEMPLATE_DIGEST_BYTES);
	for (size_t i = 0; i < n; i++)
		digest[i % TEMPLATE_DIGEST_BYTES] ^=
			((const unsigned char *)bytes)[i];
	return true;
}

static bool hmac_stub(void *self, const void *key, size_t key_len,
		      const void *bytes, size_t n,
		      unsigned char digest[TEMPLATE_DIGEST_BYTES])
{
	digest_stub(self, bytes, n, digest);
	digest[0] ^= ((const unsigned char *)key)[0];
	digest[31] = (unsigned char)key_len;
	return true;
}

static unsigned calls;

static const struct template_world world = {
	.slot = slots,
	.slot_count = SLOTS,
	/* 2024-02-29T12:34:56.789012345Z */
	.wall_ns = UINT64_C(1709210096789012345),
	.self = &calls,
	.random = counting,
	.sha256 = digest_stub,
	.hmac_sha256 = hmac_stub,
};

struct fixture {
	struct arena *arena;
	struct errs es;
	struct source src;
	const struct template *t;
	struct buf out;
	struct buf why;
};

static void compile(struct fixture *f, const char *text)
{
	memset(f, 0, sizeof(*f));
	f->arena = arena_new(ARENA_MAX);
	f->src = (struct source){ "t", text, strlen(text) };
	f->t = template_compile(f->arena, text, strlen(text),
				(struct place){ &f->src, 1, 1 }, &scope,
				&f->es);
	buf_init(&f->out, BUF_NO_LIMIT);
	buf_init(&f->why, BUF_NO_LIMIT);
	assert_int_equal(!f->t, f->es.n != 0);
}

static void release(struct fixture *f)
{
	buf_release(&f->out);
	buf_release(&f->why);
	arena_free(f->arena);
}

#define ZEROS_24 "000000000000000000000000"

static void evaluates(void **state)
{
	static const struct {
		const char *text;
		const char *result;
		bool is_static;
		bool uses_secret;
	} rows[] = {
		{ "", "", true, false },
		{ "plain", "plain", true, false },
		{ "$.a[*] costs $5 or $", "$.a[*] costs $5 or $", true, false },
		{ "$${x} $$ $$${y}", "${x} $$ $${y}", true, false },
		{ "https://${host}/x", "https://example.org/x", true, false },
		{ "${ host }", "example.org", true, false },
		{ "${sign-in}", "dash", true, false },
		{ "${env.HOME}${empty}", "/root", true, false },
		{ "${env.NONE:-a default}", "a default", true, false },
		{ "${env.EMPTY:-x}", "x", true, false },
		{ "${env.HOME:-x}", "/root", true, false },
		{ "${env.NONE:-}", "", true, false },
		{ "${env.NONE:-${env.N2:-${host}}}!", "example.org!", true,
		  false },
		{ "${env.NONE:-{\"a\":{}}}", "{\"a\":{}}", true, false },
		{ "${env.NONE:-$${x}}", "${x}", true, false },
		{ "${env.NONE:- a }", " a ", true, false },
		{ "${empty:-x}", "x", true, false },
		{ "a${token}b", "at0kb", false, false },
		{ "${token:-x}", "t0k", false, false },
		{ "${unset:-x}", "x", false, false },
		{ "${none:-x}", "x", false, false },
		{ "${none}", "", false, false },
		{ "${unset:-${data.email}}", "a@b.c", false, false },
		{ "${data.a.b}", "a@b.c", false, false },
		{ "Bearer ${secret.KEY}", "Bearer s3cret", false, true },
		{ "${env.NONE:-${secret.KEY}}", "s3cret", false, true },
		{ "${unset:-${secret.KEY}}", "s3cret", false, true },
		{ "${base64(secret.KEY)}", "czNjcmV0", false, true },
		{ "${base64('hello')}", "aGVsbG8=", true, false },
		{ "${base64url(\"\\n\\t\\\\\\\"'\")}", "CglcIic", true, false },
		{ "${urlencode('a b&' )}", "a%20b%26", true, false },
		{ "${urlencode(env.HOME)}", "%2Froot", true, false },
		{ "${upper( concat( host , '/' , 12, -3 ) )}",
		  "EXAMPLE.ORG/12-3", true, false },
		{ "${lower('ABC\xc3\x89')}", "abc\xc3\x89", true, false },
		{ "${concat(token, ':', base64(data.email))}",
		  "t0k:YUBiLmM=", false, false },
		{ "${uuid()}", "00010203-0405-4607-8809-0a0b0c0d0e0f", false,
		  false },
		{ "${now()}", "2024-02-29T12:34:56Z", false, false },
		{ "${now('iso')}", "2024-02-29T12:34:56Z", false, false },
		{ "${now('iso_ms')}", "2024-02-29T12:34:56.789Z", false,
		  false },
		{ "${now('date', '+1d')}", "2024-03-01", false, false },
		{ "${now('unix')}", "1709210096", false, false },
		{ "${now('unix_ms')}", "1709210096789", false, false },
		{ "${now('unix_ns', '-1ms')}", "1709210096788012345", false,
		  false },
		{ "${now('http')}", "Thu, 29 Feb 2024 12:34:56 GMT", false,
		  false },
		{ "${now('iso', '-36h')}", "2024-02-28T00:34:56Z", false,
		  false },
		{ "${random(5, 5)}", "5", false, false },
		{ "${random_string(3)}", NULL, false, false },
		{ "${sha256('AB')}", "4142" ZEROS_24 ZEROS_24 "000000000000",
		  false, false },
		{ "${sha256('AB', 'base64')}",
		  "QUIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false,
		  false },
		{ "${hmac_sha256(secret.KEY, 'A', 'base64url')}",
		  "MgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAY", false, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		compile(&f, rows[i].text);
		if (!f.t)
			fail_msg("%s: %s", rows[i].text, f.es.item[0].text);
		buf_puts(&f.out, "<");
		if (!template_eval(f.t, &world, &f.out, &f.why))
			fail_msg("%s: %s", rows[i].text, buf_text(&f.why));
		if (rows[i].result)
			assert_string_equal(buf_text(&f.out) + 1,
					    rows[i].result);
		if (template_is_static(f.t) != rows[i].is_static ||
		    template_uses_secret(f.t) != rows[i].uses_secret)
			fail_msg("%s: static or secret", rows[i].text);
		size_t len = 99;
		const char *text = template_text(f.t, &len);
		if (rows[i].is_static) {
			assert_string_equal(text, rows[i].result);
			assert_int_equal(len, strlen(text));
		} else {
			assert_null(text);
		}
		release(&f);
	}
}

static void refuses(void **state)
{
	static const struct {
		const char *text;
		unsigned col;
		const char *says;
	} rows[] = {
		{ "a ${host", 3, "\"${\" is not closed" },
		{ "a ${", 3, "\"${\" is not closed" },
		{ "${host:-x", 1, "\"${\" is not closed" },
		{ "${now('iso'", 1, "\"${\" is not closed" },
		{ "${}", 1, "names nothing" },
		{ "${ }", 4, "expected a name" },
		{ "${1x}", 3, "expected a name, found \"1\"" },
		{ "${\xc3\xa9}", 3, "expected a name, found \"\xc3\xa9\"" },
		{ "x ${hots}", 5,
		  "\"hots\" is not defined; did you mean \"host\"" },
		{ "${completely}", 3, "no var, capture or other value" },
		{ "${uuid}", 3, "is a function; write ${uuid()}" },
		{ "${env.NOPE}", 3,
		  "variable \"NOPE\" is not set; write "
		  "${env.NOPE:-text}" },
		{ "${secret.KEX}", 3, "did you mean \"secret.KEY\"" },
		{ "${secret.OTHER}", 3, "not declared under secrets" },
		{ "${data.phone}", 3, "is no column" },
		{ "${foo.bar}", 3,
		  "before the dot stands env, secret or data" },
		{ "${env.}", 3, "a name is missing" },
		{ "${host!}", 7, "expected \"}\", found \"!\"" },
		{ "${hsot:-x}", 3, "did you mean \"host\"" },
		{ "${uid()}", 3, "not a function; did you mean \"uuid\"" },
		{ "${frobnicate()}", 3, "\"frobnicate\" is not a function" },
		{ "${uuid(1)}", 3, "takes 0 arguments, got 1" },
		{ "${base64()}", 3, "takes 1 argument, got 0" },
		{ "${random(1)}", 3, "takes 2 arguments, got 1" },
		{ "${now('iso','+1d',3)}", 3, "takes 0 to 2 arguments, got 3" },
		{ "${random(2, 1)}", 10, "2 is above 1" },
		{ "${random(1, 'x')}", 13, "not a whole number" },
		{ "${random(1, token)}", 13, "known when the file is loaded" },
		{ "${random(1.5, 2)}", 10, "neither a whole number" },
		{ "${random_string(0)}", 17, "must be 1 to 256, got 0" },
		{ "${random_string(257)}", 17, "must be 1 to 256, got 257" },
		{ "${now('ISO')}", 7, "there is only 'iso' 'iso_ms'" },
		{ "${now('iso','1d')}", 13, "begins with + or -" },
		{ "${now('iso','+1')}", 13, "without a unit" },
		{ "${sha256('x','md5')}", 14, "there is only 'hex'" },
		{ "${base64('x}", 10, "quote is never closed" },
		{ "${base64('\\q')}", 11, "unknown escape" },
		{ "${base64('x' 'y')}", 14, "expected \",\" or \")\"" },
		{ "${base64(host:-x)}", 14, "expected \",\" or \")\"" },
		{ "${base64(,)}", 10, "expected a name, found \",\"" },
		{ "${concat(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17)}", 49,
		  "the limit is 16" },
		{ "${lower(lower(lower(lower(lower(lower(lower(lower(lower("
		  "lower(lower(lower(lower(lower(lower(lower(lower('x')))))))"
		  "))))))))))}",
		  99, "more than 16 deep" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		compile(&f, rows[i].text);
		if (f.t)
			fail_msg("%s was accepted", rows[i].text);
		if (!strstr(f.es.item[0].text, rows[i].says) ||
		    f.es.item[0].at.col != rows[i].col || f.es.n != 1)
			fail_msg("%s: col %u, %zu: %s", rows[i].text,
				 f.es.item[0].at.col, f.es.n,
				 f.es.item[0].text);
		release(&f);
	}
}

static void collects_mistakes(void **state)
{
	struct fixture f;

	(void)state;
	compile(&f, "${a} ${b()} ${host} ${ ${env.x}");
	assert_int_equal(f.es.n, 3);
	release(&f);
	/* The place inside a quoted text of a file. */
	memset(&f, 0, sizeof(f));
	f.arena = arena_new(ARENA_MAX);
	f.src = (struct source){ "t", "a: 1\nurl: 'x${nope}'\n", 22 };
	assert_null(template_compile(f.arena, "x${nope}", 8,
				     (struct place){ &f.src, 2, 6 }, NULL,
				     &f.es));
	assert_int_equal(f.es.item[0].at.line, 2);
	assert_int_equal(f.es.item[0].at.col, 10);
	arena_free(f.arena);
}

static void eval_fails(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{ "a ${unset}", "\"unset\" was not captured" },
		{ "${base64(unset)}", "\"unset\" was not captured" },
		{ "${now('iso','-100000d')}", "before 1970" },
		{ "${uuid()}", "no random bytes" },
		{ "${sha256('x')}", "digest could not" },
	};
	struct template_world bare = { .wall_ns = 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		compile(&f, rows[i].text);
		assert_non_null(f.t);
		buf_puts(&f.out, "kept");
		assert_false(template_eval(f.t, &bare, &f.out, &f.why));
		assert_non_null(strstr(buf_text(&f.why), rows[i].says));
		assert_false(template_eval(f.t, &bare, &f.out, NULL));
		assert_string_equal(buf_text(&f.out), "kept");
		release(&f);
	}
}

static void ceilings(void **state)
{
	char *large = malloc(700000);
	struct template_slot slot = { large, 700000, true };
	struct template_world w = { .slot = &slot, .slot_count = 1 };
	struct fixture f;

	(void)state;
	assert_non_null(large);
	memset(large, 'x', 700000);
	compile(&f, "${token}${token}");
	assert_false(template_eval(f.t, &w, &f.out, &f.why));
	assert_non_null(strstr(buf_text(&f.why), "longer than 1048576 bytes"));
	assert_int_equal(f.out.len, 0);
	assert_true(buf_ok(&f.out));
	release(&f);
	compile(&f, "${base64(base64(token))}");
	assert_false(template_eval(f.t, &w, &f.out, &f.why));
	release(&f);
	compile(&f, "${token}");
	f.out.max = 10;
	buf_puts(&f.out, "123");
	assert_false(template_eval(f.t, &w, &f.out, &f.why));
	assert_non_null(strstr(buf_text(&f.why), "longer than 10 bytes"));
	assert_string_equal(buf_text(&f.out), "123");
	slot.len = 7;
	assert_true(template_eval(f.t, &w, &f.out, &f.why));
	assert_int_equal(f.out.len, 10);
	assert_int_equal(f.out.max, 10);
	release(&f);
	free(large);
}

static void random_values(void **state)
{
	struct template_world w = world;
	struct fixture f;

	(void)state;
	/* A source that always gives the largest number still ends. */
	w.random = all_ones;
	compile(&f, "${random(-3, 3)} ${random(-9223372036854775808, "
		    "9223372036854775807)} ${random_string(256)}");
	assert_non_null(f.t);
	assert_true(template_eval(f.t, &w, &f.out, &f.why));
	int low = atoi(f.out.text);
	assert_true(low >= -3 && low <= 3);
	assert_int_equal(strlen(strrchr(f.out.text, ' ') + 1), 256);
	release(&f);
}

static void count_slot(void *self, size_t slot, const char *name,
		       bool has_default)
{
	buf_printf(self, "%zu=%s%s ", slot, name, has_default ? "?" : "");
}

static void slots_are_listed(void **state)
{
	struct fixture f;

	(void)state;
	compile(&f, "${token}${unset:-${data.email}}${base64(secret.KEY)}");
	template_each_slot(f.t, count_slot, &f.out);
	assert_string_equal(buf_text(&f.out),
			    "0=token 1=unset? 4=data.email 3=secret.KEY ");
	release(&f);
}

/* ---- vars ------------------------------------------------------------- */

static void vars(void **state)
{
	struct template_var v[] = {
		{ .name = "url", .text = "${base}/x" },
		{ .name = "base", .text = "https://${host}${env.NONE:-}" },
		{ .name = "id", .text = "n-${uuid()}" },
		{ .name = "both", .text = "${id} ${url} ${id}" },
		{ .name = "given", .text = "${host}", .is_literal = true },
		{ .name = "key", .text = "k:${secret.KEY}" },
		{ .name = "coded", .text = "${base64(key)}" },
		{ .name = "token", .text = "mine" },
		{ .name = "uses", .text = "${token}" },
	};
	static const char *const results[] = {
		"https://example.org/x",
		"https://example.org",
		"n-00010203-0405-4607-8809-0a0b0c0d0e0f",
		("n-00010203-0405-4607-8809-0a0b0c0d0e0f https://example.org/x "
		 "n-00010203-0405-4607-8809-0a0b0c0d0e0f"),
		"${host}",
		"k:s3cret",
		"azpzM2NyZXQ=",
		"mine",
		"mine",
	};
	struct arena *a = arena_new(ARENA_MAX);
	struct errs *es = calloc(1, sizeof(*es));

	(void)state;
	assert_non_null(es);
	for (size_t i = 0; i < COUNT(v); i++)
		v[i].len = strlen(v[i].text);
	assert_true(template_compile_vars(a, v, COUNT(v), &scope, es));
	assert_int_equal(es->n, 0);
	for (size_t i = 0; i < COUNT(v); i++) {
		struct buf out;
		buf_init(&out, BUF_NO_LIMIT);
		assert_true(template_eval(v[i].program, &world, &out, NULL));
		assert_string_equal(buf_text(&out), results[i]);
		buf_release(&out);
	}
	struct name_ref ref = { 0 };
	assert_int_equal(template_vars_find(v, COUNT(v), "url", &ref),
			 NAME_STATIC);
	assert_string_equal(ref.text, results[0]);
	assert_int_equal(template_vars_find(v, COUNT(v), "coded", &ref),
			 NAME_TEMPLATE);
	assert_true(ref.is_secret);
	assert_int_equal(template_vars_find(v, COUNT(v), "bass", &ref),
			 NAME_UNKNOWN);
	assert_string_equal(ref.nearest, "base");
	free(es);
	arena_free(a);
}

static void bad_vars(void **state)
{
	static const struct {
		const char *text[4];
		size_t problems;
		const char *says;
	} rows[] = {
		{ { "${b}", "${c}", "${a}", "x" },
		  1,
		  "circle: a -> b -> c -> a" },
		{ { "${a}", "x", "${b}", "${c}" }, 1, "circle: a -> a" },
		{ { "${b}", "${c}", "${b}", "x" }, 1, "circle: b -> c -> b" },
		{ { "${b}", "${nope}", "${b}", "${a}" }, 1, "\"nope\"" },
		{ { "${dd}", "1", "2", "3" }, 1, "did you mean \"d\"" },
		{ { "${x", "${", "1", "${a}" }, 2, "not closed" },
	};
	static const char *const names[] = { "a", "b", "c", "d" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct errs *es = calloc(1, sizeof(*es));
		struct template_var v[4] = { 0 };
		assert_non_null(es);
		for (size_t k = 0; k < 4; k++) {
			v[k].name = names[k];
			v[k].text = rows[i].text[k];
			v[k].len = strlen(v[k].text);
		}
		assert_false(template_compile_vars(a, v, 4, &scope, es));
		if (es->n != rows[i].problems ||
		    !strstr(es->item[0].text, rows[i].says))
			fail_msg("row %zu: %zu: %s", i, es->n,
				 es->item[0].text);
		free(es);
		arena_free(a);
	}
}

/* Each var names the next twice: bounded in text and in parts. */
static void var_bombs(void **state)
{
	static const char *const last[] = { "0123456789", "${uuid()}" };
	enum { VARS = 40 };
	char name[VARS][16], text[VARS][40];

	(void)state;
	for (size_t kind = 0; kind < COUNT(last); kind++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct errs *es = calloc(1, sizeof(*es));
		struct template_var v[VARS] = { 0 };
		assert_non_null(es);
		for (int i = 0; i < VARS; i++) {
			snprintf(name[i], sizeof(name[i]), "v%d", i);
			snprintf(text[i], sizeof(text[i]), "${v%d}${v%d}",
				 i + 1, i + 1);
			v[i].name = name[i];
			v[i].text = i == VARS - 1 ? last[kind] : text[i];
			v[i].len = strlen(v[i].text);
		}
		assert_false(template_compile_vars(a, v, VARS, &scope, es));
		assert_int_equal(es->n, 1);
		assert_non_null(strstr(es->item[0].text,
				       kind ? "more than 10000 parts"
					    : "longer than 1048576 bytes"));
		free(es);
		arena_free(a);
	}
}

static void var_chain(void **state)
{
	enum { VARS = 1000 };
	static char name[VARS][16], text[VARS][24];
	static struct template_var v[VARS];

	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct errs *es = calloc(1, sizeof(*es));
		assert_non_null(es);
		for (int i = 0; i < VARS; i++) {
			int next = backwards ? i - 1 : i + 1;
			snprintf(name[i], sizeof(name[i]), "v%d", i);
			snprintf(text[i], sizeof(text[i]), "${v%d}", next);
			if (next < 0 || next == VARS)
				strcpy(text[i], "end");
			v[i] = (struct template_var){ .name = name[i],
						      .text = text[i],
						      .len = strlen(text[i]) };
		}
		assert_false(template_compile_vars(a, v, VARS, &scope, es));
		assert_true(es->n >= 1);
		assert_non_null(strstr(es->item[0].text, "64 deep"));
		free(es);
		arena_free(a);
	}
}

static void no_memory(void **state)
{
	static const char text[] = "a ${token:-${concat(host, data.email)}} b";
	bool done = false;

	(void)state;
	for (size_t max = 0; max < 8192 && !done; max += 16) {
		struct arena *a = arena_new(max);
		struct errs *es = calloc(1, sizeof(*es));
		assert_non_null(es);
		done = template_compile(a, text, sizeof(text) - 1, NOWHERE,
					&scope, es);
		assert_int_equal(done, es->n == 0);
		free(es);
		arena_free(a);
	}
	assert_true(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluates),
		cmocka_unit_test(refuses),
		cmocka_unit_test(collects_mistakes),
		cmocka_unit_test(eval_fails),
		cmocka_unit_test(ceilings),
		cmocka_unit_test(random_values),
		cmocka_unit_test(slots_are_listed),
		cmocka_unit_test(vars),
		cmocka_unit_test(bad_vars),
		cmocka_unit_test(var_bombs),
		cmocka_unit_test(var_chain),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
