/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/hist/hist.h"
#include "report/hist/hist_log.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

#define S     UINT64_C(1000000000)
#define BEGIN (1700000000 * S + 250000000)
/* looks like a histogram; the mistake before it is met first */
#define ONE "HISTFAAAACR42pNpmSzMwMDAzAABTFCaEUoz2X+AsQA/awKA"

struct fixture {
	struct errs es;
	struct buf text, told;
	struct hist *h;
	size_t stop_after, n;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	buf_init(&f->text, BUF_NO_LIMIT);
	buf_init(&f->told, BUF_NO_LIMIT);
	f->h = hist_new(2);
	hist_record(f->h, 1000000);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	buf_release(&f->text);
	buf_release(&f->told);
	hist_free(f->h);
	free(f);
	return 0;
}

static void tell_start(void *self, uint64_t start_ns)
{
	struct fixture *f = self;

	buf_printf(&f->told, "start %llu\n", (unsigned long long)start_ns);
}

static bool tell_entry(void *self, const struct hist_log_entry *e)
{
	struct fixture *f = self;

	buf_printf(&f->told, "%llu %llu %.*s %llu\n",
		   (unsigned long long)e->start_ns,
		   (unsigned long long)e->length_ns,
		   e->tag ? (int)e->tag_len : 1, e->tag ? e->tag : "-",
		   (unsigned long long)hist_count(e->hist));
	return ++f->n != f->stop_after;
}

static const struct hist_log_sink sink = { tell_start, tell_entry };

static bool read_text(struct fixture *f, const char *text, size_t len)
{
	struct source log = { "log", text, len };

	memset(&f->es, 0, sizeof(f->es));
	buf_reset(&f->told);
	f->n = 0;
	return hist_log_read(&log, &sink, f, &f->es);
}

/* The encoded text of the histogram at hand. */
static char *encoded(struct fixture *f)
{
	struct buf out;

	buf_init(&out, BUF_NO_LIMIT);
	assert_true(hist_encode(f->h, &out));
	return buf_take(&out, NULL);
}

static void what_is_written(void **state)
{
	struct fixture *f = *state;
	struct hist_log_entry e = { .start_ns = BEGIN + S,
				    .length_ns = S / 2,
				    .hist = f->h };
	char *hdr = encoded(f);
	struct buf want;

	hist_log_comment(&f->text, "made by\na test");
	hist_log_begin(&f->text, BEGIN);
	assert_true(hist_log_line(&f->text, BEGIN, &e));
	e.tag = "step one, 100%";
	e.tag_len = strlen(e.tag);
	e.start_ns = BEGIN + 1;
	assert_true(hist_log_line(&f->text, BEGIN, &e));
	e.tag_len = 0;
	e.start_ns = BEGIN + 12345 * S + 678900000;
	assert_true(hist_log_line(&f->text, BEGIN, &e));
	buf_init(&want, BUF_NO_LIMIT);
	buf_printf(&want,
		   "#made by\\na test\n"
		   "#[Histogram log format version 1.3]\n"
		   "#[StartTime: 1700000000.250 (seconds since epoch), "
		   "2023-11-14T22:13:20.250Z]\n"
		   "#[BaseTime: 1700000000.250 (seconds since epoch)]\n"
		   "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
		   "\"Interval_Compressed_Histogram\"\n"
		   "1.000,0.500,1.000,%s\n"
		   "Tag=step%%20one%%2C%%20100%%25,0.000000001,0.500,1.000,%s\n"
		   "12345.6789,0.500,1.000,%s\n",
		   hdr, hdr, hdr);
	assert_string_equal(buf_text(&f->text), buf_text(&want));
	assert_true(read_text(f, f->text.text, f->text.len));
	assert_string_equal(
		buf_text(&f->told),
		"start 1700000000250000000\n"
		"1700000001250000000 500000000 - 1\n"
		"1700000000250000001 500000000 step%20one%2C%20100%25 1\n"
		"1700012345928900000 500000000 - 1\n");
	buf_release(&want);
	free(hdr);
}

static void a_full_buffer_is_told(void **state)
{
	struct fixture *f = *state;
	struct hist_log_entry e = { .start_ns = S, .hist = f->h };
	struct buf small;

	buf_init(&small, 30);
	assert_false(hist_log_line(&small, 0, &e));
	assert_false(hist_log_begin(&small, 0));
	assert_false(hist_encode(f->h, &small));
	buf_release(&small);
}

/* %s is the encoded histogram. */
static const struct {
	const char *text, *told;
} good[] = {
	{ "", "" },
	{ "\n\r\n   \n# nothing\n", "" },
	{ "\"Timestamp\"\n1,2,3,%s", "1000000000 2000000000 - 1\n" },
	{ "1 , 2, 3 %s\r\n", "1000000000 2000000000 - 1\n" },
	{ "Tag=a=b,1.5,0,1e3,%s\n", "1500000000 0 a=b 1\n" },
	{ "Tag=,1.5,0,-1,%s\n", "1500000000 0  1\n" },
	/* more digits than nanoseconds are cut off */
	{ "0.1234567899,0,0,%s\n", "123456789 0 - 1\n" },
	/* absolute, though there is a start time */
	{ "#[StartTime: 1700000000.5 (s), x]\n1700000001,1,0,%s\n",
	  "start 1700000000500000000\n1700000001000000000 1000000000 - 1\n" },
	/* too far before the start: told from it on */
	{ "#[StartTime: 1700000000.5 (s), x]\n1.25,1,0,%s\n",
	  "start 1700000000500000000\n1700000001750000000 1000000000 - 1\n" },
	{ "#[BaseTime: 100]\n1,1,0,%s\n", "" },
	{ "#[BaseTime: 100 (s)]\n1,1,0,%s\n", "101000000000 1000000000 - 1\n" },
};

static void what_others_write(void **state)
{
	struct fixture *f = *state;
	char *hdr = encoded(f), text[1024];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const char *at = strstr(good[i].text, "%s");
		int before = at ? (int)(at - good[i].text)
				: (int)strlen(good[i].text);

		snprintf(text, sizeof text, "%.*s%s%s", before, good[i].text,
			 at ? hdr : "", at ? at + 2 : "");
		bool is_good = read_text(f, text, strlen(text));
		/* a base time glued to its bracket is no number */
		assert_int_equal(is_good, !strstr(text, "100]"));
		if (is_good)
			assert_string_equal(buf_text(&f->told), good[i].told);
	}
	free(hdr);
}

static const struct {
	const char *line;
	unsigned col;
	const char *want;
} bad[] = {
	{ "#[StartTime: soon]", 14,
	  "the start time must be seconds from 0 to 4611686017, like 12.345, "
	  "got \"soon]\"" },
	{ "#[BaseTime:", 12, "the base time must be seconds" },
	{ "1,2,3", 6, "has 4 fields besides its tag, got fewer" },
	{ "Tag=a", 6, "got fewer" },
	{ "1,2,3," ONE ",5", 56, "got more" },
	{ "-1,2,3," ONE, 1, "the start must be seconds" },
	{ "1.,2,3," ONE, 1, "got \"1.\"" },
	{ "1e3,2,3," ONE, 1, "got \"1e3\"" },
	{ ".5,2,3," ONE, 1, "got \".5\"" },
	{ "4611686018,2,3," ONE, 1, "got \"4611686018\"" },
	{ "99999999999999999999,2,3," ONE, 1, "the start must be" },
	{ "1,nan,3," ONE, 3, "the length must be seconds" },
	{ "1,2,max," ONE, 5, "the maximum must be a number, got \"max\"" },
	{ "1,2,e," ONE, 5, "the maximum must be a number" },
	{ "1,2,3,HIST", 7, "histogram is cut" },
	{ "1,2,3,H?ST", 7, "histogram is no base64: byte 1 is 0x3f" },
};

static void what_is_wrong_is_told_by_place(void **state)
{
	struct fixture *f = *state;
	char *hdr = encoded(f), text[1024];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "1,1,1,%s\n%s\n2,1,1,%s", hdr,
			 bad[i].line, hdr);
		assert_false(read_text(f, text, strlen(text)));
		if (f->es.n != 1 || f->es.item[0].at.col != bad[i].col ||
		    !strstr(f->es.item[0].text, bad[i].want))
			print_message("%s: %u: %s\n", bad[i].line,
				      f->es.item[0].at.col, f->es.item[0].text);
		assert_int_equal(f->es.n, 1);
		assert_int_equal(f->es.item[0].at.line, 2);
		assert_int_equal(f->es.item[0].at.col, bad[i].col);
		assert_non_null(strstr(f->es.item[0].text, bad[i].want));
		/* the lines around it are read */
		assert_int_equal(f->n, 2);
	}
	free(hdr);
}

static void a_nul_is_no_number(void **state)
{
	struct fixture *f = *state;
	static const char text[] = "1,1,1\0,HIST\n1\0,1,1,HIST\n";

	assert_false(read_text(f, text, sizeof text - 1));
	assert_int_equal(f->es.n, 2);
	assert_int_equal(f->es.item[0].at.col, 5);
	assert_int_equal(f->es.item[1].at.line, 2);
	assert_int_equal(f->es.item[1].at.col, 1);
}

static void a_long_tag_is_refused(void **state)
{
	struct fixture *f = *state;
	char *hdr = encoded(f);

	for (size_t len = HIST_LOG_TAG_MAX; len <= HIST_LOG_TAG_MAX + 1;
	     len++) {
		buf_reset(&f->text);
		buf_puts(&f->text, "Tag=");
		buf_fill(&f->text, 'x', len);
		buf_printf(&f->text, ",1,1,1,%s", hdr);
		assert_int_equal(read_text(f, f->text.text, f->text.len),
				 len == HIST_LOG_TAG_MAX);
	}
	assert_non_null(strstr(f->es.item[0].text, "257 bytes, at most 256"));
	free(hdr);
}

static void a_reader_may_stop(void **state)
{
	struct fixture *f = *state;
	char *hdr = encoded(f), text[1024];
	static const struct hist_log_sink deaf = { 0 };

	snprintf(text, sizeof text, "1,1,1,%s\n2,1,1,%s\nrubbish\n", hdr, hdr);
	f->stop_after = 2;
	assert_true(read_text(f, text, strlen(text)));
	assert_int_equal(f->n, 2);
	struct source log = { "log", text, strlen(text) };
	assert_false(hist_log_read(&log, &deaf, NULL, &f->es));
	assert_int_equal(f->es.n, 1);
	free(hdr);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written),	  TEST(a_full_buffer_is_told),
		TEST(what_others_write),  TEST(what_is_wrong_is_told_by_place),
		TEST(a_nul_is_no_number), TEST(a_long_tag_is_refused),
		TEST(a_reader_may_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
