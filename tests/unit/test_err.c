/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

static const char text[] = "name: x\n"
			   "rate: 5000000\n"
			   "\tcaf\xc3\xa9: no\n"
			   "last";
static const struct source src = { "shop.yaml", text, sizeof(text) - 1 };

static struct place at(unsigned line, unsigned col)
{
	return (struct place){ &src, line, col };
}

static void check_format(const struct errs *es, const char *prefix,
			 const char *want)
{
	struct buf out;

	buf_init(&out, BUF_NO_LIMIT);
	errs_format(es, "assay: ", prefix, &out);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

static void shows_the_line(void **state)
{
	static struct errs es;

	(void)state;
	es = (struct errs){ 0 };
	assert_false(errs_add(&es, ERR_INPUT, at(2, 7),
			      "\"%s\" must be at most %d, got %d", "rate",
			      1000000, 5000000));
	check_format(&es, "",
		     "shop.yaml:2:7: \"rate\" must be at most 1000000, got "
		     "5000000\n"
		     "    rate: 5000000\n"
		     "          ^\n");
	/* The caret counts characters, tabs are shown as one space. */
	es = (struct errs){ 0 };
	errs_add(&es, ERR_INPUT, at(3, 9), "no");
	check_format(&es, "warning: ",
		     "shop.yaml:3:9: warning: no\n"
		     "     caf\xc3\xa9: no\n"
		     "           ^\n");
	/* The end of a line and of the text are places too. */
	es = (struct errs){ 0 };
	errs_add(&es, ERR_INPUT, at(4, 5), "more");
	check_format(&es, "", "shop.yaml:4:5: more\n    last\n        ^\n");
	/* Places that are not in the text are named and not shown. */
	es = (struct errs){ 0 };
	errs_add(&es, ERR_INPUT, at(9, 1), "far");
	errs_add(&es, ERR_INPUT, at(10, 99), "farther");
	errs_add(&es, ERR_INPUT, NOWHERE, "nowhere");
	check_format(&es, "",
		     "shop.yaml:9:1: far\nshop.yaml:10:99: farther\n"
		     "assay: nowhere\n");
	es = (struct errs){ 0 };
	errs_add(&es, ERR_INPUT, at(0, 0), "whole");
	check_format(&es, "", "shop.yaml: whole\n");
}

static void orders_by_place(void **state)
{
	static const struct source other = { "b.yaml", NULL, 0 };
	static struct errs es;

	(void)state;
	es = (struct errs){ 0 };
	errs_add(&es, ERR_INPUT, at(9, 2), "c");
	errs_add(&es, ERR_INPUT, at(9, 1), "b");
	errs_add(&es, ERR_INPUT, at(8, 5), "a");
	errs_add(&es, ERR_INPUT, (struct place){ &other, 1, 1 }, "other");
	check_format(&es, "",
		     "shop.yaml:8:5: a\nshop.yaml:9:1: b\nshop.yaml:9:2: c\n"
		     "b.yaml:1:1: other\n");
}

static void is_bounded(void **state)
{
	static struct errs es;
	char longer[2 * ERR_TEXT_MAX];
	struct buf out;

	(void)state;
	es = (struct errs){ 0 };
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	for (int i = 0; i < ERRS_MAX + 7; i++)
		assert_false(errs_add(&es, ERR_INPUT, NOWHERE, "%s", longer));
	assert_int_equal(es.n, ERRS_MAX);
	assert_int_equal(es.dropped, 7);
	assert_int_equal(strlen(es.item[0].text), ERR_TEXT_MAX - 1);
	assert_string_equal(es.item[0].text + ERR_TEXT_MAX - 4, "...");
	buf_init(&out, BUF_NO_LIMIT);
	errs_format(&es, "", "", &out);
	assert_non_null(strstr(buf_text(&out), "\nand 7 more\n"));
	buf_release(&out);
	/* One problem is one line. */
	es = (struct errs){ 0 };
	errs_add(&es, ERR_INPUT, NOWHERE, "a\nb\x1b[31m\x7f");
	assert_string_equal(es.item[0].text, "a?b?[31m?");
}

static void cuts_long_lines(void **state)
{
	static struct errs es;
	char line[1000];
	struct source wide = { "w", line, sizeof(line) };
	struct buf out;

	(void)state;
	es = (struct errs){ 0 };
	memset(line, 'a', sizeof(line));
	line[500] = 'X';
	errs_add(&es, ERR_INPUT, (struct place){ &wide, 1, 501 }, "here");
	buf_init(&out, BUF_NO_LIMIT);
	errs_format(&es, "", "", &out);
	assert_true(out.len < 400);
	/* The caret stands below the X. */
	const char *quote = strchr(buf_text(&out), '\n') + 1;
	const char *caret_line = strchr(quote, '\n') + 1;
	assert_int_equal(strchr(quote, 'X') - quote,
			 strchr(caret_line, '^') - caret_line);
	buf_release(&out);
}

static void exit_codes(void **state)
{
	static struct errs es;

	(void)state;
	es = (struct errs){ 0 };
	assert_int_equal(errs_exit_code(&es), 0);
	errs_add(&es, ERR_INPUT, NOWHERE, "x");
	assert_int_equal(errs_exit_code(&es), 2);
	errs_add(&es, ERR_SYSTEM, NOWHERE, "x");
	assert_int_equal(errs_exit_code(&es), 4);
	es = (struct errs){ 0 };
	assert_false(errs_nomem(&es));
	assert_int_equal(es.item[0].kind, ERR_MEMORY);
	assert_int_equal(errs_exit_code(&es), 4);
	/* Said once, however often. */
	assert_false(errs_nomem(&es));
	assert_int_equal(es.n, 1);
}

static void places(void **state)
{
	static const struct {
		size_t offset;
		unsigned line, col;
	} rows[] = {
		{ 0, 1, 1 },	{ 7, 1, 8 },  { 8, 2, 1 },
		{ 14, 2, 7 },	{ 22, 3, 1 }, { sizeof(text) - 1, 4, 5 },
		{ 9999, 4, 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct place got = place_at(&src, rows[i].offset);
		assert_ptr_equal(got.src, &src);
		assert_int_equal(got.line, rows[i].line);
		assert_int_equal(got.col, rows[i].col);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_line),
		cmocka_unit_test(orders_by_place),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(cuts_long_lines),
		cmocka_unit_test(exit_codes),
		cmocka_unit_test(places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
