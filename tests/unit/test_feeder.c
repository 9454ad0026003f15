/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include "scenarios/loads/loads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scenarios/base/buf.h"
#include "scenarios/load.h"
#include "scenarios/template/template.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static struct errs problems, warnings;
static const struct load_options options = { 0 };

/* A folder with a scenario and its files. */
static char dir[64];
static char paths[4][128];

static const char *put(size_t i, const char *name, const char *text, size_t len)
{
	snprintf(paths[i], sizeof(paths[i]), "%s/%s", dir, name);
	FILE *f = fopen(paths[i], "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
	return paths[i];
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), P_tmpdir "/assay-feeder-XXXXXX");
	memset(paths, 0, sizeof(paths));
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(paths); i++)
		if (paths[i][0])
			unlink(paths[i]);
	return rmdir(dir);
}

static struct scenario *load(const char *yaml)
{
	problems.n = problems.dropped = 0;
	warnings.n = warnings.dropped = 0;
	return scenario_load(put(0, "s.yaml", yaml, strlen(yaml)), &options,
			     &problems, &warnings);
}

#define STEP "checks:\n  a:\n    steps:\n      - { think: 1s }\n"

/* All cells in order, a bar behind each and a new line behind each row. */
static void cells_print(const struct feeder *f, struct buf *out)
{
	for (size_t c = 0; c < f->n_columns; c++)
		buf_printf(out, "%s|", f->columns[c]);
	for (size_t r = 0; r < f->n_rows; r++) {
		buf_puts(out, "\n");
		for (size_t c = 0; c < f->n_columns; c++)
			buf_printf(out, "%s|", feeder_cell(f, r, c));
	}
}

#define TEXT(t) t, sizeof(t) - 1

struct row {
	const char *text;
	size_t len;
	const char *cells; /* or what is said */
};

static void good_files(const char *name, const struct row *rows, size_t n)
{
	char yaml[100];
	snprintf(yaml, sizeof(yaml), STEP "data: { d: %s }\n", name);
	for (size_t i = 0; i < n; i++) {
		struct buf out;
		put(1, name, rows[i].text, rows[i].len);
		struct scenario *sc = load(yaml);
		if (problems.n)
			fail_msg("%s: %s", rows[i].text, problems.item[0].text);
		buf_init(&out, BUF_NO_LIMIT);
		cells_print(&sc->feeders[0], &out);
		assert_string_equal(buf_text(&out), rows[i].cells);
		buf_release(&out);
		scenario_free(sc);
	}
}

static void bad_files(const char *name, const struct row *rows, size_t n)
{
	char yaml[100];
	snprintf(yaml, sizeof(yaml), STEP "data: { d: %s }\n", name);
	for (size_t i = 0; i < n; i++) {
		struct buf out;
		put(1, name, rows[i].text, rows[i].len);
		struct scenario *sc = load(yaml);
		buf_init(&out, BUF_NO_LIMIT);
		errs_format(&problems, "", "", &out);
		if (!problems.n || !strstr(buf_text(&out), rows[i].cells))
			fail_msg("%s: wanted %s, got %s", rows[i].text,
				 rows[i].cells, buf_text(&out));
		/* a row may hold a password */
		if (strstr(buf_text(&out), "\n  ") ||
		    strstr(buf_text(&out), "hunter"))
			fail_msg("it is quoted: %s", buf_text(&out));
		buf_release(&out);
		scenario_free(sc);
	}
}

static void csv_good(void **state)
{
	static const struct row rows[] = {
		{ TEXT("a,b\n1,2\n"), "a|b|\n1|2|" },
		{ TEXT("a,b\r\n1,2\r\n3,4"), "a|b|\n1|2|\n3|4|" },
		{ TEXT("\xef\xbb\xbf"
		       "a,b\n1,2\n\n\r\n\n"),
		  "a|b|\n1|2|" },
		{ TEXT("a\n\"\"\nx\n"), "a|\n|\nx|" },
		{ TEXT("a,b\n,\n"), "a|b|\n||" },
		{ TEXT("\"a\",\"b c\"\n\"x,y\",\"say \"\"hi\"\"\"\n"),
		  "a|b c|\nx,y|say \"hi\"|" },
		{ TEXT("a,b\n\"1\r\n2\n3\",4\n"), "a|b|\n1\r\n2\n3|4|" },
		{ TEXT("a\n 1 \n\xc3\xa9\n"), "a|\n 1 |\n\xc3\xa9|" },
		{ TEXT("a\n\"1\""), "a|\n1|" },
	};
	(void)state;
	good_files("d.csv", rows, LEN(rows));
}

static void csv_bad(void **state)
{
	static const struct row rows[] = {
		{ TEXT(""), "d.csv: is empty" },
		{ TEXT("a,b\n"), "d.csv: has no row of values" },
		{ TEXT("a,b\n1\n"), "d.csv:2:1: a row must have 2 values" },
		{ TEXT("a,b\n1,2\n1,2,3\n"), "d.csv:3:1: a row must have 2" },
		{ TEXT("a,b\n1,2\n\n1,2\n"), "d.csv:3:1: this line is empty" },
		{ TEXT("\na,b\n1,2\n"), "d.csv:1:1: this line is empty" },
		{ TEXT("a,a\n1,2\n"),
		  "d.csv:1:1: columns 1 and 2 have the same name" },
		{ TEXT("a,\n1,2\n"), "column 2 has no name" },
		{ TEXT("a,b\nx,\"hunter2\n"), "d.csv:2:3: the quote is never" },
		{ TEXT("a,b\nhunter2\n"), "d.csv:2:1: a row must have 2" },
		{ TEXT("hunter2,hunter2\nx,y\n"),
		  "d.csv:1:1: columns 1 and 2" },
		{ TEXT("a,hunter2 \nx,y\n"), "the name of column 2 begins or" },
		{ TEXT("a\nhunter2\xff\n"), "d.csv:2:8: a file of data must" },
		{ TEXT("a, b\n1,2\n"), "begins or ends with a blank" },
		{ TEXT("a\nx\"y\n"), "d.csv:2:2: a value with a quote" },
		{ TEXT("a\n\"x\"y\n"), "d.csv:2:4: behind a closing quote" },
		{ TEXT("a\n1\n\"x\ny\n"), "d.csv:3:1: the quote is never" },
		{ TEXT("a\n\"x\n\"y\n"), "d.csv:3:2: behind a closing quote" },
		{ TEXT("a\n1\r2\n"), "d.csv:2:2: a carriage return" },
		{ TEXT("a\n1\0\n"), "d.csv:2:2: a file of data must be text" },
		{ TEXT("a\n\xff\n"), "d.csv:2:1: a file of data must be UTF" },
	};
	(void)state;
	bad_files("d.csv", rows, LEN(rows));
}

static void jsonl_good(void **state)
{
	static const struct row rows[] = {
		{ TEXT("{\"a\":1,\"b\":\"x\"}\n{\"b\":\"y\",\"a\":2}\n"),
		  "a|b|\n1|x|\n2|y|" },
		{ TEXT("{\"a\":12345678901234567890.10}\r\n\n{\"a\":true}"),
		  "a|\n12345678901234567890.10|\ntrue|" },
		{ TEXT("{\"a\":null,\"b\":{\"c\":[1,\"d\"]},\"c\":\"\"}"),
		  "a|b|c|\nnull|{\"c\":[1,\"d\"]}||" },
		{ TEXT("{\"a\":\"\\u00e9\\n\"}"), "a|\n\xc3\xa9\n|" },
	};
	(void)state;
	good_files("d.jsonl", rows, LEN(rows));
	good_files("d.ndjson", rows, 1);
	unlink(paths[1]);
	snprintf(paths[1], sizeof(paths[1]), "%s/d.jsonl", dir);
}

static void jsonl_bad(void **state)
{
	static const struct row rows[] = {
		{ TEXT("\n\n"), "d.jsonl: has no row" },
		{ TEXT("{}\n"), "1 to 200 columns, got 0" },
		{ TEXT("{\"a\":1}\n[1]\n"), "d.jsonl:2:1: each line" },
		{ TEXT("{\"a\":\"hunter2}\n"), "d.jsonl:1:" },
		{ TEXT("{\"a\":hunter2}\n"), "d.jsonl:1:6: not JSON" },
		{ TEXT("{\"a\":1}\n\n{\"a\":}\n"), "d.jsonl:3:6: not JSON" },
		{ TEXT("{\"a\":1,\"b\":2}\n{\"a\":1}\n"),
		  "d.jsonl:2:1: this row has no \"b\"" },
		{ TEXT("{\"name\":1}\n{\"name\":1,\"nme\":2}\n"),
		  "d.jsonl:2:17: the first row has no \"nme\"; did you mean" },
		{ TEXT("{\"a\":1,\"a\":2}\n"), "d.jsonl:1:" },
		{ TEXT("{\"a\":\"\\u0000\"}\n"), "d.jsonl:1:" },
	};
	(void)state;
	bad_files("d.jsonl", rows, LEN(rows));
}

static void options_of_data(void **state)
{
	struct scenario *sc;

	(void)state;
	put(1, "d.csv", "a\n1\n", 4);
	sc = load(STEP "data: { d: { file: d.csv, order: shuffle, seed: 7, "
		       "share: worker, at_end: stop } }\n");
	assert_int_equal(problems.n, 0);
	const struct feeder *f = &sc->feeders[0];
	assert_string_equal(f->name, "d");
	assert_string_equal(f->path, paths[1]);
	assert_int_equal(f->order, FEEDER_SHUFFLE);
	assert_int_equal(f->at_end, FEEDER_STOP);
	assert_int_equal(f->seed, 7);
	assert_true(f->is_by_worker);
	assert_false(f->is_secret[0]);
	assert_int_equal(warnings.n, 1); /* nothing uses it */
	assert_non_null(strstr(warnings.item[0].text, "${data.a}"));
	scenario_free(sc);
}

#define GET(url)                                                          \
	"checks:\n  a:\n    steps:\n      - { get: '" url "', expect: { " \
	"status: 200 } }\n"

/* What is written, the place, and a part of what is said. */
static void mistakes(void **state)
{
	static const struct {
		const char *yaml;
		unsigned line;
		const char *part;
	} rows[] = {
		{ STEP "data: { d: nothere.csv }\n", 5, "no such file" },
		{ STEP "data: { d: d.txt }\n", 5, "must end in .csv" },
		{ STEP "data: { d: { order: random } }\n", 5,
		  "needs \"file\"" },
		{ STEP "data: { d: { file: d.csv, order: any } }\n", 5,
		  "one of sequential, random, shuffle" },
		{ STEP "data: { d: { file: d.csv, order: random, at_end: stop "
		       "} }\n",
		  5, "have no end" },
		{ STEP "data: [d.csv]\n", 5, "must be a map" },
		{ "data: { d: d.csv }\n" GET("http://x/${data.nmae}"), 5,
		  "did you mean \"data.name\"" },
		{ "data: { d: d.csv, e: e.csv }\n" GET("http://x/${data.id}"),
		  5, "a column of \"d\" and of \"e\": write ${data.e.id}" },
		{ "data: { d: d.csv }\nvars: { x: '${data.id}' }\n" STEP, 2,
		  "is no column" },
		{ "data: { d: d.txt }\n" GET("http://x/${data.id}"), 1,
		  "must end in .csv" },
		{ STEP "data: { d: { file: d.csv, secret: [id, nmae] } }\n", 5,
		  "\"d\" has no column \"nmae\"; did you mean \"name\"?" },
		{ STEP "data: { d: { file: d.csv, secret: id } }\n", 5,
		  "must be a list" },
		{ STEP "data: { d: { file: d.csv, secret: [[id]] } }\n", 5,
		  "must be a text" },
		{ "secrets: [S]\ndata: { d: { file: d.csv, secret: "
		  "['${secret.S}'] } }\n" STEP,
		  2, "" },
	};
	(void)state;
	put(1, "d.csv", "id,name\n1,x\n", 12);
	put(2, "e.csv", "id,other\n1,x\n", 13);
	for (size_t i = 0; i < LEN(rows); i++) {
		struct scenario *sc = load(rows[i].yaml);
		assert_int_equal(problems.n, 1);
		if (!strstr(problems.item[0].text, rows[i].part) ||
		    problems.item[0].at.line != rows[i].line)
			fail_msg("%s: %u: %s", rows[i].yaml,
				 problems.item[0].at.line,
				 problems.item[0].text);
		scenario_free(sc);
	}
}

static void slots(void **state)
{
	struct scenario *sc;

	(void)state;
	put(1, "d.csv", "id,name\n1,x\n", 12);
	put(2, "e.csv", "id,other\n1,x\n", 13);
	sc = load("secrets: [K]\ndata: { d: d.csv, e: e.csv }\n"
		  "defaults: { headers: { X: '${data.name}' } }\n"
		  "checks:\n"
		  "  a:\n    steps:\n      - get: "
		  "http://x/${data.other}${data.e.id}${data.d.id}"
		  "${data.other}\n"
		  "        capture: { name: { status: true } }\n"
		  "      - get: http://x/${name}${data.name}\n"
		  "  b:\n    steps:\n      - get: http://x/${data.name}\n");
	if (problems.n)
		fail_msg("%s", problems.item[0].text);
	const struct check *a = &sc->checks[0];
	static const struct slot_name wanted[] = {
		{ "secret", "K", true, 0, 0 },
		{ "data", "name", false, 0, 1 },
		{ "data", "other", false, 1, 1 },
		{ "data", "id", false, 1, 0 },
		{ "data", "id", false, 0, 0 },
		{ "", "name", false, 0, 0 },
	};
	assert_int_equal(a->n_slots, LEN(wanted));
	for (size_t i = 0; i < LEN(wanted); i++) {
		assert_string_equal(a->slots[i].space, wanted[i].space);
		assert_string_equal(a->slots[i].name, wanted[i].name);
		assert_int_equal(a->slots[i].feeder, wanted[i].feeder);
		assert_int_equal(a->slots[i].column, wanted[i].column);
	}
	assert_int_equal(sc->checks[1].n_slots, 2);
	scenario_free(sc);
}

/* A column that is secret makes what it stands in secret. */
static void secret_columns(void **state)
{
	struct scenario *sc;

	(void)state;
	put(1, "d.csv", "id,password,token\n1,x,y\n", 24);
	sc = load("data: { d: { file: d.csv, secret: [token] } }\n"
		  "checks:\n  a:\n    steps:\n      - get: "
		  "http://x/${data.id}\n        expect: { status: 200 }\n"
		  "      - get: http://x/${data.token}\n"
		  "        headers: { X-A: 'a ${data.d.token}', X-B: "
		  "'${data.id}' }\n        expect: { status: 200 }\n");
	if (problems.n)
		fail_msg("%s", problems.item[0].text);
	const struct feeder *f = &sc->feeders[0];
	assert_false(f->is_secret[0] || f->is_secret[1]);
	assert_true(f->is_secret[2]);
	const struct check *a = &sc->checks[0];
	assert_int_equal(a->n_slots, 2);
	assert_false(a->slots[0].is_secret);
	assert_true(a->slots[1].is_secret);
	const struct step_http *open = a->steps.item[0].spec;
	const struct step_http *shut = a->steps.item[1].spec;
	assert_false(template_uses_secret(open->ask.url));
	assert_true(template_uses_secret(shut->ask.url));
	assert_true(template_uses_secret(shut->ask.headers.item[0].value));
	assert_false(template_uses_secret(shut->ask.headers.item[1].value));
	/* the one that is called so and not declared */
	assert_int_equal(warnings.n, 1);
	assert_non_null(strstr(warnings.item[0].text,
			       "column \"password\" may be shown: write "
			       "\"secret: [password]\""));
	assert_int_equal(warnings.item[0].at.line, 1);
	scenario_free(sc);
}

static void ends_early(void **state)
{
	struct scenario *sc;

	(void)state;
	put(1, "d.csv", "id,name\n1,x\n2,y\n", 16);
	sc = load("data: { d: { file: d.csv, at_end: stop } }\n"
		  "loads:\n  l:\n    flow: { steps: [{ get: 'http://127.0.0.1/"
		  "${data.id}', expect: { status: 200 } }] }\n"
		  "    arrivals: { rate: 1/s, for: 3s }\n"
		  "    limits: [max(latency) < 1s]\n");
	assert_int_equal(problems.n, 0);
	assert_int_equal(warnings.n, 1);
	assert_non_null(
		strstr(warnings.item[0].text, "needs 3 rows, and \"d\" has 2"));
	scenario_free(sc);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(csv_good),	 TEST(csv_bad),		TEST(jsonl_good),
		TEST(jsonl_bad), TEST(options_of_data), TEST(mistakes),
		TEST(slots),	 TEST(secret_columns),	TEST(ends_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
