/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <fcntl.h>
#include <limits.h>
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
#include <zlib.h>

#include "report/file.h"
#include "report/log/rotate.h"
#include "report/log/sink.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/watch/watch.h"

#define DAY    UNIT_NS_PER_DAY
#define NOW    (20000 * DAY + DAY / 2)
#define CLOSED UINT64_C(5000000000)

static char folder[] = P_tmpdir "/assay-rotate-XXXXXX";
static struct errs problems;

static const char *in(const char *name)
{
	static char path[4][PATH_MAX];
	static unsigned turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], PATH_MAX, "%s/%s", folder, name);
	return path[turn];
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
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

/* ---- decisions ----------------------------------------------------------- */

static void when_it_is_due(void **state)
{
	static const struct {
		const char *says;
		struct log_rotation r;
		uint64_t size, more, written;
		bool is_due;
	} rows[] = {
		{ "an empty file never is",
		  { .max_bytes = 10, .daily = true, .keep = 1 },
		  0,
		  100,
		  NOW - 3 * DAY,
		  false },
		{ "below the size",
		  { .max_bytes = 10, .keep = 1 },
		  4,
		  6,
		  NOW,
		  false },
		{ "one byte over it",
		  { .max_bytes = 10, .keep = 1 },
		  5,
		  6,
		  NOW,
		  true },
		{ "no size",
		  { .daily = true, .keep = 1 },
		  1 << 30,
		  6,
		  NOW,
		  false },
		{ "the same day",
		  { .daily = true, .keep = 1 },
		  1,
		  1,
		  NOW - DAY / 2,
		  false },
		{ "the day before",
		  { .daily = true, .keep = 1 },
		  1,
		  1,
		  NOW - DAY / 2 - 1,
		  true },
		{ "a day ahead: the clock was set back",
		  { .daily = true, .keep = 1 },
		  1,
		  1,
		  NOW + DAY,
		  false },
		{ "no rule about days",
		  { .max_bytes = 10, .keep = 1 },
		  1,
		  1,
		  NOW - 9 * DAY,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rotate_is_due(&rows[i].r, rows[i].size, rows[i].more,
				  rows[i].written, NOW) != rows[i].is_due)
			fail_msg("%s", rows[i].says);
}

/* DA15: 10 files, gzip after 30 days, gone after 90.  CF11: 30 files,
 * compressed but for the newest.  AT3, TX7, FH11: 5 or 3 files, plain. */
static void what_becomes_of_it(void **state)
{
	static const struct log_rotation da15 = { .keep = 10,
						  .compress = true,
						  .compress_after_ns = 30 * DAY,
						  .delete_after_ns = 90 * DAY };
	static const struct log_rotation cf11 = { .keep = 30,
						  .compress = true,
						  .delay_compress = true };
	static const struct log_rotation at3 = { .keep = 5 };
	static const struct log_rotation cf12 = { .keep = 100,
						  .delete_after_ns = 7 * DAY };
	static const struct {
		const struct log_rotation *r;
		uint64_t number;
		bool is_gz;
		uint64_t age;
		enum rotate_action want;
	} rows[] = {
		{ &da15, 1, false, DAY, ROTATE_STAYS },
		{ &da15, 9, false, 30 * DAY - 1, ROTATE_STAYS },
		{ &da15, 1, false, 30 * DAY, ROTATE_COMPRESS },
		{ &da15, 3, true, 31 * DAY, ROTATE_STAYS },
		{ &da15, 3, true, 90 * DAY, ROTATE_DELETE },
		{ &da15, 11, false, 0, ROTATE_DELETE },
		{ &cf11, 1, false, 9 * DAY, ROTATE_STAYS },
		{ &cf11, 2, false, 0, ROTATE_COMPRESS },
		{ &cf11, 30, true, 900 * DAY, ROTATE_STAYS },
		{ &cf11, 31, true, 0, ROTATE_DELETE },
		{ &at3, 5, false, 900 * DAY, ROTATE_STAYS },
		{ &at3, 6, false, 0, ROTATE_DELETE },
		{ &cf12, 1, false, 7 * DAY, ROTATE_DELETE },
		{ &cf12, 1, false, 7 * DAY - 1, ROTATE_STAYS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rotate_action(rows[i].r, rows[i].number, rows[i].is_gz,
				  NOW - rows[i].age, NOW) != rows[i].want)
			fail_msg("row %zu", i);
}

/* ---- files ----------------------------------------------------------------- */

static void put(const char *name, const char *text)
{
	assert_true(file_write(in(name), text, strlen(text), 0640, &problems));
}

static void must_hold(const char *name, const char *want)
{
	char got[4096] = "";
	gzFile f = gzopen(in(name), "rb"); /* reads plain files, too */

	if (!want) {
		assert_null(f);
		return;
	}
	assert_non_null(f);
	int n = gzread(f, got, sizeof(got) - 1);
	assert_true(n >= 0);
	gzclose(f);
	assert_string_equal(got, want);
}

static void files_move_up(void **state)
{
	const struct log_rotation r = { .keep = 3, .compress = true };
	struct buf why;

	(void)state;
	buf_init(&why, 512);
	put("log", "d");
	put("log.1", "c");
	put("log.2", "b");
	put("log.3", "a");
	assert_true(rotate_files(&r, in("log"), &why));
	must_hold("log", NULL);
	must_hold("log.1", "d");
	must_hold("log.2", "c");
	must_hold("log.3", "b");
	must_hold("log.4", NULL);
	assert_true(rotate_sweep(&r, in("log"), NOW, &why));
	must_hold("log.1", NULL);
	must_hold("log.1.gz", "d");
	must_hold("log.3.gz", "b");
	put("log", "e");
	assert_true(rotate_files(&r, in("log"), &why));
	must_hold("log.2.gz", "d");
	must_hold("log.3.gz", "c");
	assert_int_equal(why.len, 0);
	buf_release(&why);
}

/* What was compressed keeps its age and its mode. */
static void age_survives(void **state)
{
	const struct log_rotation r = { .keep = 3, .compress = true };
	const struct timespec at[2] = { { 1000000, 0 }, { 1000000, 0 } };
	struct stat st;
	struct buf why;

	(void)state;
	buf_init(&why, 512);
	put("log.1", "old");
	assert_int_equal(utimensat(AT_FDCWD, in("log.1"), at, 0), 0);
	assert_int_equal(chmod(in("log.1"), 0600), 0);
	assert_true(rotate_sweep(&r, in("log"), NOW, &why));
	assert_int_equal(stat(in("log.1.gz"), &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1000000);
	assert_int_equal(st.st_mode & 0777, 0600);
	buf_release(&why);
}

/* ---- the sink --------------------------------------------------------------- */

static void no_line_is_lost(void **state)
{
	enum { LINES = 1000 };
	const struct log_sink_config config = {
		.file = in("log"),
		.errors = in("errors"),
		.rotate = { .max_bytes = 4096, .keep = 1000 },
	};
	struct log_sink *s = log_sink_open(&config, &problems);
	struct stat st;
	char line[64];
	unsigned n = 0;

	(void)state;
	assert_non_null(s);
	for (unsigned i = 0; i < LINES; i++) {
		int len = snprintf(line, sizeof(line), "line %u\n", i);

		assert_true(log_sink_put(s, line, (size_t)len, i % 100 == 0));
	}
	log_sink_close(s, CLOSED);
	assert_int_equal(stat(in("log"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640 & ~022);
	for (unsigned k = 0; k < 10; k++) {
		FILE *f;

		snprintf(line, sizeof(line), k ? "log.%u" : "log", k);
		f = fopen(in(line), "r");
		if (!f)
			continue;
		assert_int_equal(fstat(fileno(f), &st), 0);
		assert_true(st.st_size <= 4096);
		while (fgets(line, sizeof(line), f))
			n++;
		fclose(f);
	}
	assert_int_equal(n, LINES);
	must_hold("errors", "line 0\nline 100\nline 200\nline 300\nline 400\n"
			    "line 500\nline 600\nline 700\nline 800\n"
			    "line 900\n");
}

/* A pipe that nobody reads: lines are dropped and counted, nobody waits, and
 * what did fit comes out whole. */
static void full_pipe_drops(void **state)
{
	enum { LINES = 5000, LINE = 100 };
	int ends[2];
	char line[LINE + 1];
	char got[LINE];
	uint64_t taken = 0;
	uint64_t whole = 0;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	const struct log_sink_config config = { .fd = ends[1],
						.max_bytes = 10000 };
	struct log_sink *s = log_sink_open(&config, &problems);
	assert_non_null(s);
	memset(line, 'x', LINE - 1);
	line[LINE - 1] = '\n';
	for (int i = 0; i < LINES; i++)
		taken += log_sink_put(s, line, LINE, false);
	struct log_sink_counts counts = log_sink_counts(s);
	assert_true(taken < LINES);
	assert_int_equal(counts.dropped, LINES - taken);
	assert_true(counts.waiting <= 10000);
	while (whole < taken && read(ends[0], got, LINE) == LINE) {
		assert_memory_equal(got, line, LINE);
		whole++;
	}
	assert_int_equal(whole, taken);
	log_sink_close(s, CLOSED);
	close(ends[0]);
	close(ends[1]);
}

static void reopened_after_a_move(void **state)
{
	const struct log_sink_config config = { .file = in("log") };
	struct log_sink *s = log_sink_open(&config, &problems);

	(void)state;
	assert_non_null(s);
	log_sink_put(s, "one\n", 4, false);
	while (log_sink_counts(s).lines < 1)
		usleep(1000);
	assert_int_equal(rename(in("log"), in("moved")), 0);
	log_sink_reopen(s);
	log_sink_put(s, "two\n", 4, false);
	log_sink_close(s, CLOSED);
	must_hold("moved", "one\n");
	must_hold("log", "two\n");
}

static void cannot_be_opened(void **state)
{
	const struct log_sink_config config = { .file = in("no/log") };

	(void)state;
	assert_null(log_sink_open(&config, &problems));
	assert_int_equal(problems.n, 1);
	assert_int_equal(problems.item[0].kind, ERR_SYSTEM);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(when_it_is_due),	     TEST(what_becomes_of_it),
		TEST(files_move_up),	     TEST(age_survives),
		TEST(no_line_is_lost),	     TEST(full_pipe_drops),
		TEST(reopened_after_a_move), TEST(cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
