/* SPDX-License-Identifier: MIT */
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

#include "report/log.h"
#include "report/out.h"
#include "report/redact/redact.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/watch/watch.h"

#define AT_NS UINT64_C(1767323045123456789) /* 2026-01-02 03:04:05 UTC */

static struct errs problems;
static char *text;
static size_t text_len;
static FILE *stream;

static int enter(void **state)
{
	(void)state;
	problems = (struct errs){ 0 };
	unsetenv("LOG_LEVEL");
	unsetenv("ENVIRONMENT");
	stream = open_memstream(&text, &text_len);
	return stream ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	fclose(stream);
	free(text);
	return 0;
}

static struct logger *start(const char *level, const char *format)
{
	const struct log_config c = { .level = level,
				      .format = format,
				      .stream = stream,
				      .service = "shop",
				      .environment = "staging" };

	return log_open(&c, &problems);
}

static void json_lines(void **state)
{
	static const struct log_entry full = {
		LEVEL_WARNING, "assay.probe", "request is \"slow\"\n",
		"id-1",	       "GET",	      "/health?token=abc",
		200,	       1204500000,    AT_NS,
	};
	static const struct log_entry bare = { .level = LEVEL_ERROR,
					       .logger = "assay.engine",
					       .message = "no",
					       .duration_ns = -1,
					       .at_ns = AT_NS };
	struct logger *lg = start("info", "json");

	(void)state;
	log_write(lg, &full);
	assert_string_equal(
		text,
		"{\"timestamp\":\"2026-01-02T03:04:05.123Z\","
		"\"level\":\"WARNING\",\"logger\":\"assay.probe\","
		"\"message\":\"request is \\\"slow\\\"\\n\","
		"\"request_id\":\"id-1\",\"method\":\"GET\","
		"\"path\":\"/health?token=[redacted]\",\"status_code\":200,"
		"\"duration_ms\":1204.500,\"service\":\"shop\","
		"\"environment\":\"staging\"}\n");
	rewind(stream);
	log_write(lg, &bare);
	fputc('\0', stream);
	fflush(stream);
	assert_string_equal(text,
			    "{\"timestamp\":\"2026-01-02T03:04:05.123Z\","
			    "\"level\":\"ERROR\",\"logger\":\"assay.engine\","
			    "\"message\":\"no\",\"service\":\"shop\","
			    "\"environment\":\"staging\"}\n");
	log_close(lg);
}

static void text_lines(void **state)
{
	static const struct log_entry e = { .level = LEVEL_WARNING,
					    .logger = "assay.probe",
					    .message = "a\nb",
					    .path = "/x",
					    .duration_ns = 1204000000,
					    .at_ns = AT_NS };
	struct logger *lg = start(NULL, "text");

	(void)state;
	log_write(lg, &e);
	assert_string_equal(text, "03:04:05.123 WARNING  probe  a\\nb path=/x "
				  "duration_ms=1204\n");
	log_close(lg);
}

static void levels(void **state)
{
	static const struct {
		const char *word;
		enum log_level is;
	} row[] = {
		{ "DEBUG", LEVEL_DEBUG },     { "info", LEVEL_INFO },
		{ "Warning", LEVEL_WARNING }, { "warn", LEVEL_WARNING },
		{ "error", LEVEL_ERROR },     { "CRITICAL", LEVEL_CRITICAL },
	};
	struct logger *lg;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		lg = start(row[i].word, "json");
		assert_int_equal(log_threshold(lg), row[i].is);
		log_close(lg);
	}
	lg = start(NULL, NULL);
	assert_int_equal(log_threshold(lg), LEVEL_WARNING);
	assert_false(log_wants(lg, LEVEL_INFO));
	assert_true(log_wants(lg, LEVEL_WARNING));
	log_printf(lg, LEVEL_INFO, "assay", "not written %d", 1);
	fflush(stream);
	assert_int_equal(text_len, 0);
	log_close(lg);
	setenv("LOG_LEVEL", "error", 1);
	lg = start(NULL, NULL);
	assert_int_equal(log_threshold(lg), LEVEL_ERROR);
	log_close(lg);
	lg = start("loud", NULL);
	assert_null(lg);
	assert_null(start(NULL, "yaml"));
	assert_int_equal(problems.n, 2);
	assert_int_equal(errs_exit_code(&problems), 2);
	assert_false(log_wants(NULL, LEVEL_CRITICAL));
}

/* CF8: no DEBUG in production, and it says so. */
static void production_refuses_debug(void **state)
{
	struct log_config c = { .level = "debug",
				.format = "json",
				.stream = stream,
				.environment = "production" };
	struct logger *lg = log_open(&c, &problems);

	(void)state;
	assert_int_equal(log_threshold(lg), LEVEL_INFO);
	assert_non_null(strstr(text, "\"level\":\"INFO\""));
	assert_non_null(strstr(text, "level DEBUG is not written"));
	log_close(lg);
	setenv("ENVIRONMENT", "Production", 1);
	c.environment = NULL;
	lg = log_open(&c, &problems);
	assert_int_equal(log_threshold(lg), LEVEL_INFO);
	log_close(lg);
	setenv("ENVIRONMENT", "staging", 1);
	lg = log_open(&c, &problems);
	assert_int_equal(log_threshold(lg), LEVEL_DEBUG);
	log_close(lg);
}

/* TX7: at DEBUG each line says where it comes from. */
static void debug_says_where(void **state)
{
	struct logger *lg = start("debug", "json");

	(void)state;
	log_printf(lg, LEVEL_INFO, "assay.tux", "here");
	assert_non_null(strstr(text, "\"module\":\"tests/unit/test_log.c\","
				     "\"function\":\"debug_says_where\","
				     "\"line\":"));
	log_close(lg);
}

/* TX7, FH12: levels of parts; the longest name that fits counts. */
static void levels_of_parts(void **state)
{
	static const struct log_level_of parts[] = {
		{ "assay.db", "warning" },
		{ "assay.db.slow", "debug" },
	};
	static const struct {
		const char *logger;
		enum log_level level;
		bool is_written;
	} rows[] = {
		{ "assay.web", LEVEL_INFO, true },
		{ "assay.web", LEVEL_DEBUG, false },
		{ "assay.db", LEVEL_INFO, false },
		{ "assay.db", LEVEL_WARNING, true },
		{ "assay.db.pool", LEVEL_INFO, false },
		{ "assay.dbx", LEVEL_INFO, true },
		{ "assay.db.slow", LEVEL_DEBUG, true },
	};
	struct log_config c = { .level = "info",
				.format = "json",
				.stream = stream,
				.environment = "staging",
				.n_levels = 2,
				.levels = parts };
	struct logger *lg = log_open(&c, &problems);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		fflush(stream);
		size_t before = text_len;

		log_printf(lg, rows[i].level, rows[i].logger, "row");
		fflush(stream);
		if ((text_len > before) != rows[i].is_written)
			fail_msg("row %zu", i);
	}
	log_close(lg);
	c.environment = "production";
	lg = log_open(&c, &problems);
	assert_false(log_wants(lg, LEVEL_DEBUG));
	log_close(lg);
}

/* TX6: a request that took longer than a second is a warning. */
static void slow_requests_are_warnings(void **state)
{
	struct log_entry e = { .logger = "assay.probe",
			       .duration_ns = 999999999,
			       .at_ns = AT_NS };
	struct logger *lg = start("warning", "json");

	(void)state;
	log_request(lg, &e);
	fflush(stream);
	assert_int_equal(text_len, 0);
	e.duration_ns = 1000000001;
	log_request(lg, &e);
	assert_non_null(strstr(text, "\"level\":\"WARNING\""));
	assert_non_null(strstr(text, "request is slow"));
	log_close(lg);
	log_request(NULL, &e);
}

static void secrets_stay_out(void **state)
{
	struct redactor *r = redactor_new();
	const struct log_config c = { .format = "json",
				      .stream = stream,
				      .redactor = r,
				      .service = "svc-hunter22" };
	struct logger *lg = log_open(&c, &problems);

	(void)state;
	assert_true(redactor_add(r, "hunter22", 8));
	log_printf(lg, LEVEL_ERROR, "assay", "x hunter22 %s", "aHVudGVyMjI=");
	assert_null(strstr(text, "hunter22"));
	assert_null(strstr(text, "aHVudGVy"));
	log_close(lg);
	redactor_free(r);
}

static void a_file_is_appended_to(void **state)
{
	char path[] = P_tmpdir "/assay-log-XXXXXX";
	struct log_config c = { .file = path };
	char line[512];
	struct logger *lg;
	struct stat st;
	FILE *f;
	int n = 0;

	(void)state;
	close(mkstemp(path));
	unlink(path);
	umask(0);
	for (int i = 0; i < 2; i++) {
		lg = log_open(&c, &problems);
		assert_non_null(lg);
		log_printf(lg, LEVEL_ERROR, "assay", "line");
		assert_int_equal(log_lost(lg), 0);
		log_close(lg);
	}
	f = fopen(path, "r");
	while (fgets(line, sizeof line, f))
		n += line[0] == '{'; /* a file gets JSON */
	fclose(f);
	assert_int_equal(n, 2);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, LOG_FILE_MODE);
	unlink(path);
	c.file = "/no/such/folder/log";
	assert_null(log_open(&c, &problems));
	assert_int_equal(errs_exit_code(&problems), 4);
}

static void long_lines_are_cut_inside(void **state)
{
	struct logger *lg = start(NULL, "json");
	struct log_entry e = { .level = LEVEL_ERROR,
			       .duration_ns = -1,
			       .at_ns = AT_NS };
	char *much = malloc(300001);

	(void)state;
	memset(much, 1, 300000);
	much[300000] = '\0';
	e.message = e.path = e.method = e.request_id = much;
	log_write(lg, &e);
	assert_int_equal(log_lost(lg), 0);
	assert_true(text_len < LOG_LINE_MAX);
	assert_string_equal(text + text_len - 2, "}\n");
	free(much);
	log_close(lg);
}

static const struct {
	enum out_colour mode;
	struct out_env env;
	bool colour, utf8;
	unsigned width;
} out_row[] = {
	{ OUT_AUTO, { .is_terminal = true, .term = "xterm" }, true, false, 80 },
	{ OUT_AUTO,
	  { .is_terminal = true, .term = "xterm", .no_color = "1" },
	  false,
	  false,
	  80 },
	{ OUT_AUTO,
	  { .is_terminal = true, .term = "xterm", .no_color = "" },
	  true,
	  false,
	  80 },
	{ OUT_AUTO, { .is_terminal = true, .term = "dumb" }, false, false, 80 },
	{ OUT_AUTO, { .is_terminal = true }, false, false, 80 },
	{ OUT_AUTO, { .term = "xterm" }, false, true, 80 },
	{ OUT_AUTO, { .clicolor_force = "1" }, true, true, 80 },
	{ OUT_AUTO, { .clicolor_force = "0" }, false, true, 80 },
	{ OUT_AUTO,
	  { .clicolor_force = "1", .no_color = "1" },
	  false,
	  true,
	  80 },
	{ OUT_ALWAYS, { .no_color = "1" }, true, true, 80 },
	{ OUT_NEVER,
	  { .is_terminal = true, .term = "x", .columns = 120 },
	  false,
	  false,
	  120 },
	{ OUT_AUTO,
	  { .is_terminal = true, .columns = 120, .columns_var = "99" },
	  false,
	  false,
	  99 },
	{ OUT_AUTO,
	  { .columns = 5, .columns_var = "x" },
	  false,
	  true,
	  OUT_WIDTH_MIN },
	{ OUT_AUTO,
	  { .columns_var = "99999999999999999999999" },
	  false,
	  true,
	  OUT_WIDTH_MAX },
	{ OUT_AUTO,
	  { .is_terminal = true, .lang = "en_GB.UTF-8" },
	  false,
	  true,
	  80 },
	{ OUT_AUTO,
	  { .is_terminal = true, .lang = "C.utf8", .lc_all = "C" },
	  false,
	  false,
	  80 },
};

static void colour_and_width(void **state)
{

	(void)state;
	for (size_t i = 0; i < sizeof out_row / sizeof out_row[0]; i++) {
		struct out o = { 0 };

		out_decide(&o, out_row[i].mode, &out_row[i].env);
		assert_int_equal(o.colour, out_row[i].colour);
		assert_int_equal(o.utf8, out_row[i].utf8);
		assert_int_equal(o.width, out_row[i].width);
	}
}

static void text_goes_out_redacted(void **state)
{
	static const struct source src = { "a.yaml", "url: http://u:pw@h/",
					   19 };
	struct redactor *r = redactor_new();
	struct out o;
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_true(redactor_add(r, "hunter22", 8));
	out_init(&o, stream, r, OUT_AUTO);
	assert_false(o.colour);
	out_printf(&o, "a %s b\n", "hunter22");
	out_raw(&o, "raw\n", 4);
	errs_add(&problems, ERR_INPUT, (struct place){ &src, 1, 6 },
		 "\"url\" is %s", "hunter22");
	out_problems(&o, &problems, "");
	assert_false(out_failed(&o));
	assert_non_null(strstr(text, "a [redacted] b\nraw\n"));
	assert_non_null(strstr(text, "\"url\" is [redacted]"));
	assert_non_null(strstr(text, "http://[redacted]@h/"));
	out_init(&o, full, NULL, OUT_ALWAYS);
	out_printf(&o, "x");
	assert_true(out_failed(&o));
	fclose(full);
	redactor_free(r);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(json_lines),
		CASE(text_lines),
		CASE(levels),
		CASE(production_refuses_debug),
		CASE(debug_says_where),
		CASE(levels_of_parts),
		CASE(slow_requests_are_warnings),
		CASE(secrets_stay_out),
		CASE(a_file_is_appended_to),
		CASE(long_lines_are_cut_inside),
		CASE(colour_and_width),
		CASE(text_goes_out_redacted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
