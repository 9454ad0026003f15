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

/* What must hold after every call. */
static void check(const struct buf *b, const char *text)
{
	assert_string_equal(buf_text(b), text);
	assert_int_equal(b->len, strlen(text));
	assert_true(b->len <= b->max);
	if (b->text)
		assert_true(b->room > b->len);
}

static void appends(void **state)
{
	struct buf b;
	char number[8];

	(void)state;
	buf_init(&b, BUF_NO_LIMIT);
	check(&b, "");
	assert_true(buf_add(&b, NULL, 0));
	assert_true(buf_puts(&b, "ab"));
	assert_true(buf_putc(&b, 'c'));
	assert_true(buf_printf(&b, "%d", 42));
	assert_true(buf_fill(&b, '-', 3));
	check(&b, "abc42---");
	buf_reset(&b);
	check(&b, "");
	assert_true(buf_printf(&b, "%0300d", 7));
	assert_int_equal(b.len, 300);
	buf_reset(&b);
	assert_true(buf_add(&b, "a\0b", 3));
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.text, "a\0b", 4);
	buf_reset(&b);
	for (int i = 0; i < 5000; i++)
		assert_true(buf_printf(&b, "%04d", i));
	memcpy(number, b.text + 4 * 4321, 4);
	number[4] = '\0';
	assert_string_equal(number, "4321");
	assert_true(buf_ok(&b));
	buf_release(&b);
	check(&b, "");
	buf_release(&b);
}

static void keeps_its_ceiling(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_true(buf_puts(&b, "12345"));
	assert_true(buf_ok(&b));
	assert_true(buf_add(&b, "", 0));
	assert_false(buf_putc(&b, '6'));
	assert_true(b.truncated);
	assert_false(buf_ok(&b));
	check(&b, "12345");
	assert_false(buf_puts(&b, "7"));
	buf_reset(&b);
	assert_true(buf_ok(&b));
	assert_false(buf_puts(&b, "abcdefgh"));
	check(&b, "abcde");
	buf_reset(&b);
	assert_false(buf_printf(&b, "%0300d", 7));
	check(&b, "00000");
	buf_reset(&b);
	assert_false(buf_fill(&b, 'x', 6));
	check(&b, "xxxxx");
	buf_release(&b);

	buf_init(&b, 0);
	assert_true(buf_puts(&b, ""));
	assert_false(buf_puts(&b, "a"));
	check(&b, "");
	buf_release(&b);
}

static void takes(void **state)
{
	struct buf b;
	size_t len = 99;

	(void)state;
	buf_init(&b, 10);
	buf_puts(&b, "mine");
	char *text = buf_take(&b, &len);
	assert_string_equal(text, "mine");
	assert_int_equal(len, 4);
	free(text);
	check(&b, "");
	assert_int_equal(b.max, 10);
	text = buf_take(&b, NULL);
	assert_string_equal(text, "");
	free(text);
	/* What could not be allocated is not handed out in part. */
	buf_puts(&b, "part");
	b.failed = true;
	assert_null(buf_take(&b, &len));
	assert_int_equal(len, 0);
	assert_true(buf_ok(&b));
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends),
		cmocka_unit_test(keeps_its_ceiling),
		cmocka_unit_test(takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
