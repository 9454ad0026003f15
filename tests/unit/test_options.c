/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/units.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct mine {
	bool is_quiet;
	bool has_colour;
	const char *output;
	struct args vars;
	uint64_t count;
	double factor;
	uint64_t timeout_ns;
	uint64_t body_bytes;
	uint64_t share_ppb;
	struct unit_rate rate;
	unsigned format;
};

static const char *const formats[] = { "text", "json", "yaml", NULL };

static const struct option_spec specs[] = {
	{ .help = "output" },
	{ "quiet", 'q', OPTION_FLAG, OPTION_AT(struct mine, is_quiet),
	  .help = "say nothing when all is well" },
	{ "no-color", 0, OPTION_UNFLAG, OPTION_AT(struct mine, has_colour),
	  .help = "no colour" },
	{ "output", 'o', OPTION_TEXT, OPTION_AT(struct mine, output),
	  .arg = "FILE", .help = "write to FILE, - is standard output" },
	{ "format", 'f', OPTION_CHOICE, OPTION_AT(struct mine, format),
	  .arg = "NAME", .help = "what to write", .preset = "text",
	  .choices = formats },
	{ .help = "limits" },
	{ "var", 0, OPTION_LIST, OPTION_AT(struct mine, vars),
	  .arg = "NAME=TEXT", .help = "set a var" },
	{ "concurrency", 'c', OPTION_COUNT, OPTION_AT(struct mine, count),
	  .arg = "N", .help = "checks side by side", .preset = "10", .min = 1,
	  .max = 1000 },
	{ "factor", 0, OPTION_NUMBER, OPTION_AT(struct mine, factor),
	  .arg = "X", .help = "a factor" },
	{ "timeout", 't', OPTION_DURATION, OPTION_AT(struct mine, timeout_ns),
	  .arg = "TIME", .preset = "10s", .min = 1000000,
	  .max = 3600 * UNIT_NS_PER_S,
	  .help = "give up on an exchange after TIME, counted from its first "
		  "byte or, when there is none, from its beginning" },
	{ "max-body", 0, OPTION_SIZE, OPTION_AT(struct mine, body_bytes),
	  .arg = "SIZE", .help = "at most" },
	{ "share", 0, OPTION_PERCENT, OPTION_AT(struct mine, share_ppb),
	  .arg = "PERCENT", .help = "a share", .max = UNIT_PPB_WHOLE },
	{ "a-rate-with-a-name-that-is-long", 0, OPTION_RATE,
	  OPTION_AT(struct mine, rate), .arg = "RATE", .help = "a rate" },
	{ 0 },
};

enum { ARGC_MAX = 12 };

/* One reading of a command line. */
struct reading {
	struct mine mine;
	struct args rest;
	struct errs *es;
	bool done;
};

static void read_line(struct reading *r, const char *const *words,
		      bool takes_operands)
{
	char *argv[ARGC_MAX + 2] = { (char *)"assay" };
	int argc = 1;

	*r = (struct reading){ .mine.has_colour = true };
	r->es = calloc(1, sizeof(*r->es));
	assert_non_null(r->es);
	while (argc <= ARGC_MAX && words[argc - 1]) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	r->done = options_parse(specs, &r->mine, argc, argv,
				takes_operands ? &r->rest : NULL, r->es);
	assert_int_equal(r->done, r->es->n == 0);
}

static void release(struct reading *r)
{
	options_release(specs, &r->mine);
	args_release(&r->rest);
	free(r->es);
}

static void reads(void **state)
{
	static const char *const words[] = { "one",	"-qo",	   "x.json",
					     "--var",	"a=1",	   "--var=b=2",
					     "-t250ms", "--share", "2.5%",
					     "--",	"-q",	   NULL };
	struct reading r;

	(void)state;
	read_line(&r, words, true);
	assert_true(r.done);
	assert_true(r.mine.is_quiet);
	assert_true(r.mine.has_colour);
	assert_string_equal(r.mine.output, "x.json");
	assert_int_equal(r.mine.vars.n, 2);
	assert_string_equal(r.mine.vars.item[0], "a=1");
	assert_string_equal(r.mine.vars.item[1], "b=2");
	assert_int_equal(r.mine.timeout_ns, 250000000);
	assert_int_equal(r.mine.share_ppb, 25000000);
	assert_int_equal(r.mine.count, 10);
	assert_int_equal(r.mine.format, 0);
	assert_int_equal(r.rest.n, 2);
	assert_string_equal(r.rest.item[0], "one");
	assert_string_equal(r.rest.item[1], "-q");
	release(&r);
}

static void reads_more(void **state)
{
	static const char *const words[] = {
		"--no-color",
		"-c",
		"7",
		"--factor=-2.5",
		"-",
		"--format=json",
		"--max-body=1MiB",
		"-q",
		"--a-rate-with-a-name-that-is-long",
		"5/10s",
		"-q",
		"--output=",
		NULL
	};
	struct reading r;

	(void)state;
	read_line(&r, words, true);
	assert_true(r.done);
	assert_false(r.mine.has_colour);
	assert_int_equal(r.mine.count, 7);
	assert_true(r.mine.factor == -2.5);
	assert_int_equal(r.mine.format, 1);
	assert_int_equal(r.mine.body_bytes, 1 << 20);
	assert_true(r.mine.rate.micro_count == 5000000);
	assert_string_equal(r.mine.output, "");
	assert_string_equal(r.rest.item[0], "-");
	release(&r);
}

static void refuses(void **state)
{
	static const struct {
		const char *words[4];
		const char *says;
	} rows[] = {
		{ { "--quite" }, "\"--quite\"; did you mean \"--quiet\"?" },
		{ { "--qui" }, "unknown option \"--qui\"" },
		{ { "--frobnicate=1" }, "unknown option \"--frobnicate\"" },
		{ { "-x" }, "unknown option \"-x\"" },
		{ { "-q\xc3\xa9" }, "unknown option \"-\xc3\xa9\"" },
		{ { "-timeout" }, "\"--timeout\": \"imeout\" is not a dur" },
		{ { "-var" }, "did you mean \"--var\"" },
		{ { "--output" }, "needs an argument: --output FILE" },
		{ { "-o" }, "option \"--output\" needs an argument" },
		{ { "--quiet=yes" }, "\"--quiet\" takes no argument" },
		{ { "-oa", "-ob" }, "\"--output\" is given twice" },
		{ { "-t10" }, "option \"--timeout\": \"10\" is a bare number" },
		{ { "-t2h" }, "\"--timeout\": must be at most 1h, got 2h" },
		{ { "-t1us" }, "\"--timeout\": must be at least 1ms, got 1us" },
		{ { "-c0" }, "\"--concurrency\": must be at least 1, got 0" },
		{ { "-c", "-1" }, "\"-1\" is negative" },
		{ { "--share=150%" }, "must be at most 100%, got 150%" },
		{ { "--share=0.5" }, "could be 50% or 0.5%" },
		{ { "--max-body=1k" }, "1kB (1000 bytes each) or 1KiB" },
		{ { "-fjsno" },
		  "is none of text, json, yaml; did you mean "
		  "\"json\"?" },
		{ { "-f", "xml" }, "\"xml\" is none of text, json, yaml" },
		{ { "--factor=x" }, "\"x\" is not a number" },
		{ { "--=x" }, "unknown option \"--\"" },
		{ { "operand" }, "unexpected argument \"operand\"" },
		{ { "--", "-q" }, "unexpected argument \"-q\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reading r;
		read_line(&r, rows[i].words, false);
		assert_false(r.done);
		if (r.es->n != 1 || !strstr(r.es->item[0].text, rows[i].says))
			fail_msg("%s: %zu: %s", rows[i].words[0], r.es->n,
				 r.es->item[0].text);
		assert_int_equal(errs_exit_code(r.es), 2);
		release(&r);
	}
	static const char *const many[] = { "--nope", "-t5", "-x", "y", NULL };
	struct reading r;
	read_line(&r, many, false);
	assert_int_equal(r.es->n, 4);
	release(&r);
}

static void helps(void **state)
{
	static const char want[] =
		"output:\n"
		"  -q, --quiet          say nothing when all is well\n"
		"      --no-color       no colour\n"
		"  -o, --output=FILE    write to FILE, - is standard output\n"
		"  -f, --format=NAME    what to write: text, json, yaml "
		"(default: text)\n"
		"\nlimits:\n"
		"      --var=NAME=TEXT  set a var (may be repeated)\n"
		"  -c, --concurrency=N  checks side by side (default: 10)\n"
		"      --factor=X       a factor\n"
		"  -t, --timeout=TIME   give up on an exchange after TIME, "
		"counted from its first\n"
		"                       byte or, when there is none, from its "
		"beginning (default:\n"
		"                       10s)\n"
		"      --max-body=SIZE  at most\n"
		"      --share=PERCENT  a share\n"
		"      --a-rate-with-a-name-that-is-long=RATE\n"
		"                       a rate\n";
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_LIMIT);
	options_help(specs, &out);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

static void checks_itself(void **state)
{
	static const char *const none[] = { NULL };
	static const struct {
		struct option_spec specs[3];
		const char *says;
	} rows[] = {
		{ { { "ab", 0, OPTION_FLAG, .help = "h" },
		    { "ab", 0, OPTION_FLAG, .help = "h" } },
		  "\"ab\": the name stands here twice" },
		{ { { "ab", 'x', OPTION_FLAG, .help = "h" },
		    { "cd", 'x', OPTION_FLAG, .help = "h" } },
		  "same letter" },
		{ { { "Ab", 0, OPTION_FLAG, .help = "h" } }, "lower-case" },
		{ { { "--ab", 0, OPTION_FLAG, .help = "h" } }, "lower-case" },
		{ { { "ab", '-', OPTION_FLAG, .help = "h" } }, "the letter" },
		{ { { .name = "ab" } }, "no help" },
		{ { { "ab", 0, OPTION_FLAG, .help = "h", .arg = "X" } },
		  "no argument to name" },
		{ { { "ab", 0, OPTION_TEXT, .help = "h" } },
		  "no name for its argument" },
		{ { { "ab", 0, OPTION_FLAG, .help = "h", .preset = "x" } },
		  "no preset" },
		{ { { "ab", 0, OPTION_CHOICE, .help = "h", .arg = "X",
		      .choices = none } },
		  "choices belong" },
		{ { { "ab", 0, OPTION_TEXT, .help = "h", .arg = "X",
		      .choices = formats } },
		  "choices belong" },
		{ { { "ab", 0, OPTION_COUNT, .help = "h", .arg = "X", .min = 5,
		      .max = 4 } },
		  "min is above max" },
		{ { { "ab", 0, OPTION_DURATION, .help = "h", .arg = "X",
		      .preset = "5" } },
		  "its preset is wrong: \"5\" is a bare number" },
		{ { { "ab", 0, OPTION_CHOICE, .help = "h", .arg = "X",
		      .preset = "csv", .choices = formats } },
		  "its preset is wrong" },
	};
	struct buf why;

	(void)state;
	buf_init(&why, BUF_NO_LIMIT);
	if (!options_check(specs, &why))
		fail_msg("%s", buf_text(&why));
	assert_ptr_equal(options_find(specs, "timeout"), &specs[9]);
	assert_null(options_find(specs, "timeou"));
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_reset(&why);
		assert_false(options_check(rows[i].specs, &why));
		if (!strstr(buf_text(&why), rows[i].says))
			fail_msg("row %zu: %s", i, buf_text(&why));
	}
	buf_release(&why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),	 cmocka_unit_test(reads_more),
		cmocka_unit_test(refuses),	 cmocka_unit_test(helps),
		cmocka_unit_test(checks_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
