/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/doc/doc.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ARENA_MAX    (64 << 20)

/* One text being read, with all that belongs to it. */
struct reading {
	struct arena *arena;
	struct source *src;
	const struct node *root;
	struct errs es;
	bool done;
};

static void reading_init(struct reading *r, const char *text, size_t len)
{
	memset(r, 0, sizeof(*r));
	r->arena = arena_new(ARENA_MAX);
	assert_non_null(r->arena);
	r->src = doc_source(r->arena, "t.yaml", text, len, &r->es);
	assert_non_null(r->src);
	r->done = doc_parse(r->arena, r->src, &r->root, &r->es);
	assert_int_equal(r->done, r->es.n == 0);
}

static void reading_release(struct reading *r)
{
	arena_free(r->arena);
}

/* A compact picture of a tree: kinds, values and places. */
static void draw(struct buf *out, const struct node *t)
{
	static const char types[] = "sifbn";

	if (t->kind == NODE_SCALAR) {
		buf_printf(out, "%c(", types[t->type]);
		buf_add(out, t->text, t->len);
		buf_printf(out, ")@%u:%u", t->at.line, t->at.col);
		return;
	}
	buf_puts(out, t->kind == NODE_MAP ? "{" : "[");
	for (size_t i = 0; i < t->n; i++) {
		if (i)
			buf_putc(out, ' ');
		if (t->kind == NODE_MAP)
			buf_printf(out, "%s@%u:%u=", t->entry[i].key,
				   t->entry[i].key_at.line,
				   t->entry[i].key_at.col);
		draw(out, t->kind == NODE_MAP ? t->entry[i].value : t->item[i]);
	}
	buf_printf(out, "%s@%u:%u", t->kind == NODE_MAP ? "}" : "]", t->at.line,
		   t->at.col);
}

static void trees(void **state)
{
	static const struct {
		const char *text;
		const char *drawn;
	} rows[] = {
		{ "a", "s(a)@1:1" },
		{ "a: 1", "{a@1:1=i(1)@1:4}@1:1" },
		{ "\xef\xbb\xbf"
		  "a: 1",
		  "{a@1:1=i(1)@1:4}@1:1" },
		{ "a:\n  b: [x, 'y', \"z\"]\n",
		  "{a@1:1={b@2:3=[s(x)@2:7 s(y)@2:10 "
		  "s(z)@2:15]@2:6}@2:3}@1:1" },
		{ "- 1\n- - 2\n  - 3\n",
		  "[i(1)@1:3 [i(2)@2:5 i(3)@3:5]@2:3]@1:1" },
		{ "a:\nb: ~\n", "{a@1:1=n()@1:3 b@2:1=n(~)@2:4}@1:1" },
		/* bytes, not characters: é is two, the emoji four */
		{ "\xc3\xa9: \xf0\x9f\x98\x80\nx: 'a\xc3\xa9' # c\ny: 1\n",
		  "{\xc3\xa9@1:1=s(\xf0\x9f\x98\x80)@1:5 "
		  "x@2:1=s(a\xc3\xa9)@2:4 y@3:1=i(1)@3:4}@1:1" },
		{ "{\xc3\xa9: \xc3\xa9, b: \xc3\xa9\xc3\xa9, c: 1}",
		  "{\xc3\xa9@1:2=s(\xc3\xa9)@1:6 b@1:10=s(\xc3\xa9\xc3\xa9)@1:"
		  "13 c@1:19=i(1)@1:22}@1:1" },
		{ "{\"a\":[1,2.5,true,null,\"x\"],\"b\":{}}",
		  "{a@1:2=[i(1)@1:7 f(2.5)@1:9 b(true)@1:13 n(null)@1:18 "
		  "s(x)@1:23]@1:6 b@1:28={}@1:32}@1:1" },
		{ "{\"a\": \"\\ud83d\\ude00\\\"\", \"b\\ud83d\\ude00\": 1}",
		  "{a@1:2=s(\xf0\x9f\x98\x80\")@1:7 "
		  "b\xf0\x9f\x98\x80@1:25=i(1)@1:42}@1:1" },
		{ "{\n\t\"a\": 1,\n\t\"b\": \"\\/\\u00e9\\n\"\n}\n",
		  "{a@2:2=i(1)@2:7 b@3:2=s(/\xc3\xa9\n)@3:7}@1:1" },
		{ "a: |\n  one\n  two\nb: >-\n  one\n  two\n",
		  "{a@1:1=s(one\ntwo\n)@1:4 b@4:1=s(one two)@4:4}@1:1" },
		{ "a: &x 1\nb: *x\n", "{a@1:1=i(1)@1:7 b@2:1=i(1)@1:7}@1:1" },
		{ "a: &x\n  k: v\nb: *x\n",
		  "{a@1:1={k@2:3=s(v)@2:6}@1:4 b@3:1={k@2:3=s(v)@2:6}@1:4}@1:"
		  "1" },
		{ "a: !!str 1\nb: !!int '2'\nc: !!float 3\nd: ! 4\n",
		  "{a@1:1=s(1)@1:10 b@2:1=i(2)@2:10 c@3:1=f(3)@3:12 "
		  "d@4:1=s(4)@4:6}@1:1" },
		{ "a: !!map {}\nb: !!seq []\n",
		  "{a@1:1={}@1:10 b@2:1=[]@2:10}@1:1" },
		{ "--- \na: 1\n...\n", "{a@2:1=i(1)@2:4}@2:1" },
		{ "%YAML 1.1\n---\na: 1\n", "{a@3:1=i(1)@3:4}@3:1" },
		{ "a: 1\r\nb: 2\r\n", "{a@1:1=i(1)@1:4 b@2:1=i(2)@2:4}@1:1" },
		{ "200: ok\ntrue: x\n",
		  "{200@1:1=s(ok)@1:6 true@2:1=s(x)@2:7}@1:1" },
		{ "\"\": 1", "{@1:1=i(1)@1:5}@1:1" },
		{ "'<<': 1", "{<<@1:1=i(1)@1:7}@1:1" },
		{ "a: ${b}/x?y=${c()}", "{a@1:1=s(${b}/x?y=${c()})@1:4}@1:1" },
		{ "- p95(latency) < 2s\n- ratio(errors) < 5%",
		  "[s(p95(latency) < 2s)@1:3 s(ratio(errors) < 5%)@2:3]@1:1" },
		{ "a: http://x:80/y#z", "{a@1:1=s(http://x:80/y#z)@1:4}@1:1" },
		{ "$.a[*]: 1", "{$.a[*]@1:1=i(1)@1:9}@1:1" },
		{ "a: \"x\n  y\"\nb: 2",
		  "{a@1:1=s(x y)@1:4 b@3:1=i(2)@3:4}@1:1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reading r;
		struct buf out;
		reading_init(&r, rows[i].text, strlen(rows[i].text));
		buf_init(&out, BUF_NO_LIMIT);
		if (!r.done)
			fail_msg("%s: %s", rows[i].text, r.es.item[0].text);
		draw(&out, r.root);
		assert_string_equal(buf_text(&out), rows[i].drawn);
		buf_release(&out);
		reading_release(&r);
	}
}

static void scalar_types(void **state)
{
	static const struct {
		const char *text;
		enum scalar_type type;
	} rows[] = {
		{ "0", SCALAR_INT },	       { "-12", SCALAR_INT },
		{ "+7", SCALAR_INT },	       { "007", SCALAR_INT },
		{ "0x1F", SCALAR_INT },	       { "0o17", SCALAR_INT },
		{ "0o8", SCALAR_STRING },      { "0xg", SCALAR_STRING },
		{ "0x", SCALAR_STRING },       { "1.5", SCALAR_FLOAT },
		{ "1.", SCALAR_FLOAT },	       { ".5", SCALAR_FLOAT },
		{ "-1e3", SCALAR_FLOAT },      { "1e", SCALAR_STRING },
		{ ".inf", SCALAR_FLOAT },      { "-.INF", SCALAR_FLOAT },
		{ ".nan", SCALAR_FLOAT },      { "-.nan", SCALAR_STRING },
		{ ".", SCALAR_STRING },	       { "1.2.3", SCALAR_STRING },
		{ "true", SCALAR_BOOL },       { "FALSE", SCALAR_BOOL },
		{ "tRUE", SCALAR_STRING },     { "yes", SCALAR_STRING },
		{ "off", SCALAR_STRING },      { "null", SCALAR_NULL },
		{ "Null", SCALAR_NULL },       { "nULL", SCALAR_STRING },
		{ "~", SCALAR_NULL },	       { "10s", SCALAR_STRING },
		{ "1:30", SCALAR_STRING },     { "2024-01-01", SCALAR_STRING },
		{ "1_000", SCALAR_STRING },    { "'1'", SCALAR_STRING },
		{ "\"true\"", SCALAR_STRING }, { "|\n  1", SCALAR_STRING },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reading r;
		reading_init(&r, rows[i].text, strlen(rows[i].text));
		assert_true(r.done);
		if (node_scalar_type(r.root) != rows[i].type)
			fail_msg("%s is of type %d", rows[i].text,
				 r.root->type);
		reading_release(&r);
	}
}

static void scalar_values(void **state)
{
	static const struct {
		const char *text;
		bool is_int, is_double;
		int64_t integer;
		double number;
	} rows[] = {
		{ "12", true, true, 12, 12 },
		{ "-0x10", false, false, 0, 0 },
		{ "0x10", true, true, 16, 16 },
		{ "0o10", true, true, 8, 8 },
		{ "+3", true, true, 3, 3 },
		{ "9223372036854775807", true, true, INT64_MAX, 0x1p63 },
		{ "-9223372036854775808", true, true, INT64_MIN, -0x1p63 },
		{ "9223372036854775808", false, true, 0, 0x1p63 },
		{ "1.5", false, true, 0, 1.5 },
		{ ".5e1", false, true, 0, 5 },
		{ "1e999", false, false, 0, 0 },
		{ ".inf", false, false, 0, 0 },
		{ ".NaN", false, false, 0, 0 },
		{ "x", false, false, 0, 0 },
		{ "'1'", false, false, 0, 0 },
		{ "[1]", false, false, 0, 0 },
	};
	struct reading r;
	bool value = false;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t integer = 0;
		double number = 0;
		reading_init(&r, rows[i].text, strlen(rows[i].text));
		assert_int_equal(node_as_int(r.root, &integer), rows[i].is_int);
		assert_true(integer == rows[i].integer);
		assert_int_equal(node_as_double(r.root, &number),
				 rows[i].is_double);
		assert_true(number == rows[i].number);
		assert_false(node_as_bool(r.root, &value));
		reading_release(&r);
	}
	static const char words[] = "{a: True, b: yes, c: 'no', d: NIL}";
	reading_init(&r, words, sizeof(words) - 1);
	assert_true(node_as_bool(node_find(r.root, "a"), &value));
	assert_true(value);
	assert_null(node_hint(node_find(r.root, "a")));
	assert_non_null(strstr(node_hint(node_find(r.root, "b")), "true"));
	assert_null(node_hint(node_find(r.root, "c")));
	assert_non_null(strstr(node_hint(node_find(r.root, "d")), "null"));
	assert_null(node_find(r.root, "e"));
	assert_null(node_find(node_find(r.root, "a"), "e"));
	assert_null(node_find(NULL, "e"));
	assert_string_equal(node_kind_name(r.root), "a map");
	assert_string_equal(node_kind_name(node_find(r.root, "a")),
			    "true or false");
	reading_release(&r);
}

struct problem {
	const char *text;
	const char *place; /* "line:col" of the first problem, "" for none */
	const char *says;
};

static void check_problem(const struct problem *p, const char *text, size_t len)
{
	struct reading r;
	char place[32] = "";

	reading_init(&r, text, len);
	if (r.done)
		fail_msg("accepted: %s", p->text);
	const struct err *e = &r.es.item[0];
	if (e->at.line)
		snprintf(place, sizeof(place), "%u:%u", e->at.line, e->at.col);
	if (strcmp(place, p->place) != 0 || !strstr(e->text, p->says))
		fail_msg("<%s> %s: %s", p->text, place, e->text);
	assert_int_equal(errs_exit_code(&r.es), 2);
	assert_ptr_equal(e->at.src, r.src);
	reading_release(&r);
}

static void problems(void **state)
{
	static const struct problem rows[] = {
		{ "", "", "is empty" },
		{ "\n\n", "", "is empty" },
		{ "# only\n# this\n", "", "nothing but comments" },
		{ "---\n", "", "is empty" },
		{ "a: 1\na: 2\n", "2:1",
		  "\"a\" stands here twice; first at line 1" },
		{ "a: 1\n---\nb: 2\n", "2:1", "second document" },
		{ "a: 1\n\tb: 2\n", "2:1", "a tab cannot indent" },
		{ "a:\n\t- b\n", "2:1", "a tab cannot indent" },
		{ "a: b: c\n", "1:5", "second \": \"" },
		{ "name: x\nfoo\nbar: y\n", "2:1", "\":\" is missing" },
		{ "a: 'x\nb: 1\n", "1:4", "quote is never closed" },
		{ "a: \"x\nb: 1\n", "1:4", "quote is never closed" },
		{ "a: [1, 2\nb: 3\n", "2:2", "expected \",\" or \"]\"" },
		{ "a: {b: 1\n", "2:1", "expected \",\" or \"}\"" },
		{ "a:\n  b: 1\n c: 2\n", "3:2", "check the indentation" },
		{ "a: 'x' y\n", "1:8", "check the indentation" },
		{ "- a\nb: 1\n", "2:1", "list item" },
		{ "a: @x\n", "1:4", "begins with @ needs quotes" },
		{ "a: `x`\n", "1:4", "begins with ` needs quotes" },
		{ "a: %x\n", "1:4", "begins with % needs quotes" },
		{ "a: > 5\n", "1:4", "begins with > or | needs quotes" },
		{ "a: *b\n", "1:4", "\"*b\" names no anchor" },
		{ "a: *\n", "1:4", "begins with * needs quotes" },
		{ "a: & b\n", "1:4", "begins with & needs quotes" },
		{ "a: !x b\n", "1:7", "tag \"!x\" is not known" },
		{ "a: !!set {}\n", "1:10", "is not known" },
		{ "a: !!int b\n", "1:10", "is not what its tag" },
		{ "a: !e!x b\n", "1:4", "begins with ! needs quotes" },
		{ "a: &x [*x]\n", "1:8", "inside its own anchor" },
		{ "<<: {a: 1}\n", "1:1", "merge key" },
		{ "a: {{b}}\n", "1:5", "a key must be a text" },
		{ "? [a]\n: b\n", "1:3", "a key must be a text" },
		{ "a: &x b\n*x : c\n", "2:1", "a key must be written out" },
		{ "{ : a}\n", "1:3", "a value is missing here" },
		{ "&k a: 1\n", "1:4", "no anchor and no tag" },
		{ "a: \"\\q\"\n", "1:5", "backslash sequence" },
		{ "\"a\\0b\": 1\n", "1:1", "cannot hold a NUL" },
		{ "{\"a\": \"\\ud83d\"}", "1:10", "no character of its own" },
		{ "{\"a\": \"\\ude00\\ud83d\"}", "1:10",
		  "no character of its own" },
		{ "a: \"\\ud83d\\ude00\"\n", "1:7", "no character of its own" },
		{ "a: \xff\n", "1:4", "is not UTF-8 text: byte 0xff" },
		{ "a: \xc3\xa9\nb: \xc3(", "2:4",
		  "is not UTF-8 text: byte 0xc3" },
		{ "a: \x01\n", "1:4", "U+0001 is not allowed" },
		{ "a: \x1b[31m\n", "1:4", "U+001B is not allowed" },
		{ "\xff\xfe"
		  "a",
		  "", "is UTF-16" },
		{ "%TAG ! x\n---\na: 1\n", "1:1", "%TAG line" },
		{ "a: 1\n...\n%TAG ! x\n---\n", "3:1", "%TAG line" },
		{ "%YAML 2.0\n---\na: 1\n", "1:1", "version of YAML" },
		{ "a: 1\n...\nb: 2\n", "3:1", "a file holds one" },
		{ "\xc3\xa9\xc3\xa9: x\n\xc3\xa9: y: z\n", "2:6",
		  "second \": \"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_problem(&rows[i], rows[i].text, strlen(rows[i].text));
	static const struct problem nul = { "NUL", "1:3", "has a NUL byte" };
	check_problem(&nul, "a:\0 1", 5);
	static const struct problem utf16 = { "UTF-16", "1:2", "NUL byte" };
	check_problem(&utf16, "a\0:\0", 4);
}

static void collects_duplicates(void **state)
{
	struct reading r;

	(void)state;
	static const char text[] =
		"a: 1\nb: {c: 1, c: 2}\na: 2\nd: !x 1\na: 3\n";
	reading_init(&r, text, sizeof(text) - 1);
	assert_int_equal(r.es.n, 4);
	assert_non_null(r.root);
	assert_int_equal(r.root->n, 5);
	assert_string_equal(r.root->entry[4].key, "a");
	reading_release(&r);
}

static void limits(void **state)
{
	struct problem p = { "limits", "", "" };
	struct buf b;
	struct reading r;

	(void)state;
	buf_init(&b, BUF_NO_LIMIT);
	buf_fill(&b, '[', DOC_DEPTH_MAX);
	buf_fill(&b, ']', DOC_DEPTH_MAX);
	reading_init(&r, b.text, b.len);
	assert_true(r.done);
	assert_int_equal(r.root->height, DOC_DEPTH_MAX - 1);
	reading_release(&r);
	buf_reset(&b);
	buf_fill(&b, '[', 100000);
	p.place = "1:65";
	p.says = "too deep: the limit is 64";
	check_problem(&p, b.text, b.len);

	buf_reset(&b);
	buf_puts(&b, "[");
	for (int i = 0; i < DOC_NODES_MAX; i++)
		buf_puts(&b, "1,");
	buf_puts(&b, "1]");
	p.place = "1:400000";
	p.says = "too many values: the limit is 200000";
	check_problem(&p, b.text, b.len);

	buf_reset(&b);
	buf_puts(&b, "a: '");
	buf_fill(&b, 'x', DOC_SCALAR_MAX + 1);
	buf_puts(&b, "'");
	p.place = "1:4";
	p.says = "a value of 1048577 bytes: the limit is 1048576";
	check_problem(&p, b.text, b.len);

	buf_reset(&b);
	buf_puts(&b, "? ");
	buf_fill(&b, 'k', DOC_KEY_MAX + 1);
	buf_puts(&b, "\n: v\n");
	p.place = "1:3";
	p.says = "a key of 1025 bytes: the limit is 1024";
	check_problem(&p, b.text, b.len);

	/* Ten aliases of ten aliases of ... */
	buf_reset(&b);
	buf_puts(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 9; i++) {
		buf_printf(&b, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_printf(&b, "%s*a%d", k ? "," : "", i - 1);
		buf_puts(&b, "]\n");
	}
	p.place = "6:10";
	p.says = "the limit is 200000, with every alias written out";
	check_problem(&p, b.text, b.len);

	buf_reset(&b);
	buf_puts(&b, "a0: &a0 [x]\n");
	for (int i = 1; i < 80; i++)
		buf_printf(&b, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	p.place = "64:12";
	p.says = "too deep";
	check_problem(&p, b.text, b.len);
	buf_release(&b);
}

/* The place of the first "!" of each value: it must be the "!" itself where
 * the source shows the text, else the beginning. */
static void places_inside(void **state)
{
	static const struct {
		const char *text;
		const char *place;
	} rows[] = {
		{ "a: xy!z", "1:6" },
		{ "a: 'xy!z'", "1:7" },
		{ "a: \"xy!z\"", "1:7" },
		{ "a: \"x\\ty!z\"", "1:4" },
		{ "a: \"x!\\tyz\"", "1:6" },
		{ "a: 'it''s!'", "1:4" },
		{ "a: \xc3\xa9!", "1:6" },
		{ "a: |\n  one\n  tw!o\n", "3:5" },
		{ "a: |-\n  !one", "2:3" },
		{ "a: |\n  one\n   \n    in!\n", "4:7" },
		{ "a: |\r\n  one\r\n  tw!o\r\n", "3:5" },
		{ "a: >\n  one\n  tw!o\n", "1:4" },
		{ "a: one\n  tw!o\n", "1:4" },
		{ "a: &x xy!z", "1:9" },
		{ "a:\n  - !!str 'y!'", "2:13" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reading r;
		char place[32];
		reading_init(&r, rows[i].text, strlen(rows[i].text));
		assert_true(r.done);
		const struct node *t = node_find(r.root, "a");
		if (t->kind == NODE_SEQ)
			t = t->item[0];
		size_t offset =
			(size_t)((const char *)memchr(t->text, '!', t->len) -
				 t->text);
		struct place at =
			doc_place_inside(t->at, t->text, t->len, offset);
		snprintf(place, sizeof(place), "%u:%u", at.line, at.col);
		assert_string_equal(place, rows[i].place);
		reading_release(&r);
	}
}

static void check_file(const char *path, const char *says, enum err_kind kind)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct errs *es = calloc(1, sizeof(*es));
	struct source *src;
	const struct node *root;

	assert_non_null(es);
	bool done = doc_read_file(a, path, &src, &root, es);
	if (says) {
		assert_false(done);
		if (!strstr(es->item[0].text, says))
			fail_msg("%s: %s", path, es->item[0].text);
		assert_int_equal(es->item[0].kind, kind);
		assert_string_equal(es->item[0].at.src->name, path);
	} else {
		assert_true(done);
		assert_string_equal(src->name, path);
		assert_string_equal(node_find(root, "a")->text, "1");
	}
	free(es);
	arena_free(a);
}

static void files(void **state)
{
	char dir[] = P_tmpdir "/assay-doc-XXXXXX";
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	check_file(dir, "is a directory", ERR_INPUT);
	snprintf(path, sizeof(path), "%s/none.yaml", dir);
	check_file(path, "there is no such file", ERR_INPUT);
	check_file("", "there is no such file", ERR_INPUT);
	snprintf(path, sizeof(path), "%s/f", dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("a: 1\n", f);
	fclose(f);
	check_file(path, NULL, ERR_NONE);
	snprintf(path, sizeof(path), "%s/f/g", dir);
	check_file(path, "is not a directory", ERR_INPUT);
	snprintf(path, sizeof(path), "%s/f", dir);
	if (geteuid() != 0) {
		assert_int_equal(chmod(path, 0), 0);
		check_file(path, "no permission", ERR_INPUT);
		assert_int_equal(chmod(path, 0600), 0);
	}
	/* A hole of 100 MB: refused before reading. */
	assert_int_equal(truncate(path, 100000000), 0);
	check_file(path, "is too large: 100 MB, the limit is 4MiB", ERR_INPUT);
	assert_int_equal(truncate(path, 0), 0);
	check_file(path, "is empty", ERR_INPUT);
	check_file("/dev/null", "is empty", ERR_INPUT);
	check_file("/dev/zero", "is too large: the limit is 4MiB", ERR_INPUT);
	unlink(path);
	rmdir(dir);
}

static void standard_input(void **state)
{
	int ends[2];
	int saved = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "a: 1\n", 5), 5);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	check_file("-", NULL, ERR_NONE);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static void no_memory(void **state)
{
	static const char text[] =
		"a: [1, 2, {b: c}]\nd: &x 'long text'\ne: *x";
	bool done = false;

	(void)state;
	for (size_t max = 0; max < 8192 && !done; max += 16) {
		struct arena *a = arena_new(max);
		struct errs *es = calloc(1, sizeof(*es));
		const struct node *root = NULL;
		assert_non_null(es);
		const struct source *src =
			doc_source(a, "t", text, sizeof(text) - 1, es);
		done = src && doc_parse(a, src, &root, es);
		assert_int_equal(done, es->n == 0);
		if (!done)
			assert_int_equal(es->item[0].kind, ERR_MEMORY);
		free(es);
		arena_free(a);
	}
	assert_true(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees),
		cmocka_unit_test(scalar_types),
		cmocka_unit_test(scalar_values),
		cmocka_unit_test(problems),
		cmocka_unit_test(collects_duplicates),
		cmocka_unit_test(limits),
		cmocka_unit_test(places_inside),
		cmocka_unit_test(files),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
