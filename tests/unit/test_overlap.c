/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "probe/overlap.h"
#include "scenarios/base/err.h"

static void test_one_at_a_time(void **state)
{
	char folder[] = "/tmp/assay-overlap-XXXXXX";
	char path[100], lock[110];
	struct overlap first = { 0 }, second = { 0 }, other = { 0 };
	struct errs es = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state.db", folder);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	assert_int_equal(overlap_take(&first, path, "shop", 0, &es),
			 OVERLAP_NONE);
	assert_int_equal(overlap_take(&second, path, "shop", 0, &es),
			 OVERLAP_OTHER);
	/* another scenario is not in the way */
	assert_int_equal(overlap_take(&other, path, "bank", 0, &es),
			 OVERLAP_NONE);
	overlap_drop(&first);
	assert_int_equal(overlap_take(&second, path, "shop", 0, &es),
			 OVERLAP_NONE);
	overlap_drop(&second);
	overlap_drop(&second);
	overlap_drop(&other);
	assert_int_equal(es.n, 0);
	/* the state itself is not touched */
	assert_int_not_equal(access(path, F_OK), 0);
	unlink(lock);
	rmdir(folder);
}

static void test_no_folder(void **state)
{
	struct overlap ov;
	struct errs es = { 0 };

	(void)state;
	assert_int_equal(
		overlap_take(&ov, "/no/such/folder/state.db", "shop", 0, &es),
		OVERLAP_BROKEN);
	assert_int_equal(es.n, 1);
	assert_int_equal(es.item[0].kind, ERR_SYSTEM);
	assert_non_null(strstr(es.item[0].text, "/no/such/folder"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
