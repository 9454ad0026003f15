/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"

static void allocates(void **state)
{
	static const size_t sizes[] = { 0,   1,	    7,	   8,	  17,
					100, 16384, 16385, 100000 };
	struct arena *a = arena_new(10 << 20);
	unsigned char *at[100];

	(void)state;
	assert_non_null(a);
	for (size_t i = 0; i < 100; i++) {
		size_t size = sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
		at[i] = arena_alloc(a, size, 1);
		assert_non_null(at[i]);
		assert_int_equal((uintptr_t)at[i] % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < size; k++)
			assert_int_equal(at[i][k], 0);
		memset(at[i], (int)i, size);
	}
	/* No piece was written over by another. */
	for (size_t i = 0; i < 100; i++) {
		size_t size = sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
		for (size_t k = 0; k < size; k++)
			assert_int_equal(at[i][k], i);
	}
	arena_free(a);
	arena_free(NULL);
}

static void copies(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	assert_string_equal(arena_strdup(a, "abc"), "abc");
	assert_string_equal(arena_strndup(a, "abcdef", 2), "ab");
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_memory_equal(arena_strndup(a, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
	assert_int_equal(strlen(arena_printf(a, "%05000d", 1)), 5000);
	arena_free(a);
}

static void keeps_its_ceiling(void **state)
{
	struct arena *a = arena_new(1000);

	(void)state;
	assert_non_null(arena_alloc(a, 900, 1));
	assert_null(arena_alloc(a, 200, 1));
	assert_null(arena_printf(a, "%0500d", 1));
	assert_non_null(arena_alloc(a, 50, 1));
	assert_true(arena_used(a) <= 1000);
	/* Sums that overflow are refused, not wrapped. */
	assert_null(arena_alloc(a, SIZE_MAX, 1));
	assert_null(arena_alloc(a, SIZE_MAX / 2, 4));
	assert_null(arena_alloc(a, SIZE_MAX / 8, 8));
	assert_null(arena_strndup(a, "", SIZE_MAX / 2));
	arena_free(a);
}

static int order[3];
static int closed;

static void close_it(void *p)
{
	order[closed++] = *(int *)p;
}

static void closes(void **state)
{
	static int numbers[] = { 1, 2, 3 };
	struct arena *a = arena_new(1 << 20);

	(void)state;
	closed = 0;
	assert_int_equal(arena_on_free(a, close_it, &numbers[0]), 1);
	assert_int_equal(arena_on_free(a, close_it, &numbers[1]), 1);
	assert_int_equal(closed, 0);
	arena_free(a);
	assert_int_equal(closed, 2);
	assert_int_equal(order[0], 2);
	assert_int_equal(order[1], 1);
	/* Without room it is called at once. */
	closed = 0;
	a = arena_new(1);
	assert_int_equal(arena_on_free(a, close_it, &numbers[2]), 0);
	assert_int_equal(closed, 1);
	arena_free(a);
	assert_int_equal(closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocates),
		cmocka_unit_test(copies),
		cmocka_unit_test(keeps_its_ceiling),
		cmocka_unit_test(closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
