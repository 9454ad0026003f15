/* SPDX-License-Identifier: MIT */
#include "tests/unit/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void update(const char *path, const char *text, size_t len)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		fail_msg("\"%s\" cannot be written", path);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* The line in which two texts begin to differ. */
static size_t first_line(const char *a, const char *b, size_t len)
{
	size_t line = 1;

	for (size_t i = 0; i < len && a[i] == b[i]; i++)
		line += a[i] == '\n';
	return line;
}

void assert_golden(const char *path, const char *text, size_t len)
{
	const char *wish = getenv("UPDATE");
	FILE *file;
	char *want;
	size_t n;

	if (wish && !strcmp(wish, "1")) {
		update(path, text, len);
		return;
	}
	file = fopen(path, "rb");
	if (!file)
		fail_msg("\"%s\" cannot be read; UPDATE=1 writes it", path);
	want = malloc(len + 2);
	assert_non_null(want);
	/* one byte more than ours, to see a longer file */
	n = fread(want, 1, len + 1, file);
	fclose(file);
	if (n != len || memcmp(want, text, len) != 0) {
		size_t line = first_line(want, text, n < len ? n : len);

		free(want);
		fail_msg("\"%s\" differs in line %zu; UPDATE=1 accepts it",
			 path, line);
	}
	free(want);
}
