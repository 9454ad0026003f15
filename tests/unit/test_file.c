/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/file.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

static struct errs problems;
static char folder[] = P_tmpdir "/assay-file-XXXXXX";

static const char *in(const char *name)
{
	static char path[2][PATH_MAX];
	static unsigned turn;

	turn = !turn;
	snprintf(path[turn], PATH_MAX, "%s/%s", folder, name);
	return path[turn];
}

static unsigned entries(void)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void must_hold(const char *name, const char *want)
{
	struct buf got;

	buf_init(&got, BUF_NO_LIMIT);
	assert_true(file_read(in(name), 1 << 20, &got, &problems));
	assert_string_equal(buf_text(&got), want);
	buf_release(&got);
}

static int enter(void **state)
{
	(void)state;
	problems = (struct errs){ 0 };
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int leave(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static void new_and_old_files(void **state)
{
	struct stat st;

	(void)state;
	umask(022);
	assert_true(file_write(in("a"), "one", 3, FILE_MODE, &problems));
	must_hold("a", "one");
	assert_int_equal(stat(in("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(chmod(in("a"), 0600), 0);
	assert_true(file_write(in("a"), "two!", 4, FILE_MODE, &problems));
	must_hold("a", "two!");
	assert_int_equal(stat(in("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(file_write(in("b"), "", 0, FILE_PRIVATE, &problems));
	assert_int_equal(stat(in("b"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(entries(), 2); /* nothing left behind */
	assert_int_equal(problems.n, 0);
}

static void links_are_followed(void **state)
{
	struct stat st;

	(void)state;
	assert_true(file_write(in("a"), "one", 3, FILE_MODE, &problems));
	assert_int_equal(symlink("a", in("link")), 0);
	assert_true(file_write(in("link"), "two", 3, FILE_MODE, &problems));
	must_hold("a", "two");
	assert_int_equal(lstat(in("link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(symlink("nowhere", in("dangling")), 0);
	assert_false(file_write(in("dangling"), "x", 1, FILE_MODE, &problems));
	assert_int_equal(problems.item[0].kind, ERR_SYSTEM);
}

static void what_is_no_file(void **state)
{
	char got[8] = { 0 };
	int fd;

	(void)state;
	assert_false(file_write(folder, "x", 1, FILE_MODE, &problems));
	assert_false(file_write(in("no/such/a"), "x", 1, FILE_MODE, &problems));
	assert_int_equal(mkfifo(in("pipe"), 0600), 0);
	assert_false(file_write(in("pipe"), "x", 1, FILE_MODE, &problems));
	assert_int_equal(problems.n, 3);
	for (size_t i = 0; i < problems.n; i++)
		assert_int_equal(problems.item[i].kind, ERR_SYSTEM);
	assert_non_null(strstr(problems.item[0].text, "Is a directory"));
	assert_non_null(strstr(problems.item[1].text, "/no/such/a"));
	assert_true(file_write("/dev/null", "x", 1, FILE_MODE, &problems));
	fd = open(in("pipe"), O_RDONLY | O_NONBLOCK);
	assert_true(file_write(in("pipe"), "hello", 5, FILE_MODE, &problems));
	assert_int_equal(read(fd, got, sizeof got), 5);
	assert_string_equal(got, "hello");
	close(fd);
	assert_int_equal(entries(), 1);
}

/* The old file is whole, and no temporary one is left. */
static void a_full_disk(void **state)
{
	const struct rlimit tight = { 4096, 4096 };
	struct rlimit old, limit;
	char *much = calloc(1, 100000);

	(void)state;
	assert_true(file_write(in("a"), "old", 3, FILE_MODE, &problems));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = tight;
	limit.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_false(file_write(in("a"), much, 100000, FILE_MODE, &problems));
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(problems.item[0].kind, ERR_SYSTEM);
	assert_non_null(strstr(problems.item[0].text, "File too large"));
	must_hold("a", "old");
	assert_int_equal(entries(), 1);
	assert_false(file_write("/dev/full", "x", 1, FILE_MODE, &problems));
	assert_non_null(strstr(problems.item[1].text, "No space left"));
	free(much);
}

static void reading_is_bounded(void **state)
{
	struct buf got;

	(void)state;
	buf_init(&got, BUF_NO_LIMIT);
	assert_true(file_write(in("a"), "12345", 5, FILE_MODE, &problems));
	assert_true(file_read(in("a"), 5, &got, &problems));
	assert_int_equal(got.len, 5);
	assert_false(file_read(in("a"), 4, &got, &problems));
	assert_false(file_read(in("b"), 4, &got, &problems));
	assert_false(file_read(folder, 4, &got, &problems));
	assert_false(file_read("/dev/zero", 100000, &got, &problems));
	assert_int_equal(problems.n, 4);
	assert_int_equal(problems.item[0].kind, ERR_INPUT);
	assert_int_equal(problems.item[1].kind, ERR_SYSTEM);
	assert_int_equal(problems.item[3].kind, ERR_INPUT);
	buf_release(&got);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(new_and_old_files),  CASE(links_are_followed),
		CASE(what_is_no_file),	  CASE(a_full_disk),
		CASE(reading_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
