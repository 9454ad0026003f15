/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A text, what it means, and how it is printed; why: part of the refusal. */
struct row {
	const char *text;
	uint64_t value;
	const char *printed;
	const char *why;
};

typedef bool parse_fn(const char *text, size_t len, uint64_t *value,
		      struct buf *why);
typedef void print_fn(struct buf *out, uint64_t value);

static void check_rows(const struct row *rows, size_t n, parse_fn *parse,
		       print_fn *print)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		struct buf why, out;
		uint64_t value = 77;

		buf_init(&why, BUF_NO_LIMIT);
		buf_init(&out, BUF_NO_LIMIT);
		bool done = parse(r->text, strlen(r->text), &value, &why);
		if (done != !r->why ||
		    (r->why && !strstr(buf_text(&why), r->why)))
			fail_msg("\"%s\": %s", r->text, buf_text(&why));
		if (done) {
			assert_int_equal(why.len, 0);
			if (value != r->value)
				fail_msg("\"%s\" gave %lu", r->text,
					 (unsigned long)value);
			print(&out, value);
			assert_string_equal(buf_text(&out), r->printed);
			assert_true(parse(out.text, out.len, &value, NULL));
			assert_true(value == r->value);
		} else {
			assert_true(why.len > 0);
			assert_true(value == 77);
			assert_false(
				parse(r->text, strlen(r->text), &value, NULL));
		}
		buf_release(&why);
		buf_release(&out);
	}
}

#define S  UNIT_NS_PER_S
#define MS UNIT_NS_PER_MS

static void durations(void **state)
{
	static const struct row rows[] = {
		{ "10s", 10 * S, "10s", NULL },
		{ "0s", 0, "0s", NULL },
		{ "1.5s", 1500 * MS, "1.5s", NULL },
		{ "1.50s", 1500 * MS, "1.5s", NULL },
		{ "1500ms", 1500 * MS, "1.5s", NULL },
		{ "250ms", 250 * MS, "250ms", NULL },
		{ "0.25s", 250 * MS, "250ms", NULL },
		{ "1m30s", 90 * S, "90s", NULL },
		{ "2m1s", 121 * S, "2m1s", NULL },
		{ "1h30m", 5400 * S, "90m", NULL },
		{ "2h30m", 9000 * S, "2h30m", NULL },
		{ "2h0.5s", 7200 * S + 500 * MS, "2h0.5s", NULL },
		{ "1.5h", 5400 * S, "90m", NULL },
		{ "1d", 86400 * S, "1d", NULL },
		{ "36h", 36 * 3600 * S, "36h", NULL },
		{ "2d", 2 * 86400 * S, "2d", NULL },
		{ "2d1h", 49 * 3600 * S, "2d1h", NULL },
		{ "2w", 14 * 86400 * S, "14d", NULL },
		{ "0.5w", 84 * 3600 * S, "3d12h", NULL },
		{ "15ns", 15, "15ns", NULL },
		{ "1.5us", 1500, "1.5us", NULL },
		{ "3\xc2\xb5s", 3000, "3us", NULL },
		{ "3\xce\xbcs", 3000, "3us", NULL },
		{ "1s1ms1us1ns", 1001001001, "1.001001001s", NULL },
		{ "18446744073709551615ns", UINT64_MAX,
		  "213503d23h34m33.709551615s", NULL },
		{ "10", 0, NULL, "write 10s or 10ms" },
		{ "0", 0, NULL, "without a unit" },
		{ "", 0, NULL, "is empty" },
		{ "s", 0, NULL, "is not a duration" },
		{ "-1s", 0, NULL, "negative" },
		{ "10 s", 0, NULL, "white space" },
		{ "10sec", 0, NULL, "write \"s\"" },
		{ "5min", 0, NULL, "write \"m\"" },
		{ "5MIN", 0, NULL, "write \"m\"" },
		{ "5M", 0, NULL, "\"m\" is minutes" },
		{ "5y", 0, NULL, "there are ns us ms" },
		{ "30m1h", 0, NULL, "from large units to small" },
		{ "1s1s", 0, NULL, "each once" },
		{ "1.5h30m", 0, NULL, "fraction only in its last" },
		{ "1.5ns", 0, NULL, "finer than a nanosecond" },
		{ "1.0000000000000000001s", 0, NULL, "finer" },
		{ "1.s", 0, NULL, "is not a duration" },
		{ "PT10S", 0, NULL, "write it like 10s" },
		{ "18446744073709551616ns", 0, NULL, "larger" },
		{ "999999999999d", 0, NULL, "larger" },
		{ "213503d24h", 0, NULL, "larger" },
		{ "10s\x01", 0, NULL, "\\x01" },
		{ "1m30", 0, NULL, "without a unit" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), unit_parse_duration, unit_print_duration);
}

static void sizes(void **state)
{
	static const struct row rows[] = {
		{ "0B", 0, "0B", NULL },
		{ "512B", 512, "512B", NULL },
		{ "1kB", 1000, "1kB", NULL },
		{ "1KB", 1000, "1kB", NULL },
		{ "1KiB", 1024, "1KiB", NULL },
		{ "64KiB", 65536, "64KiB", NULL },
		{ "1.5MB", 1500000, "1500kB", NULL },
		{ "0.5KiB", 512, "512B", NULL },
		{ "1024KiB", 1048576, "1MiB", NULL },
		{ "2GB", 2000000000, "2GB", NULL },
		{ "2GiB", UINT64_C(2) << 30, "2GiB", NULL },
		{ "3TB", UINT64_C(3000000000000), "3TB", NULL },
		{ "3TiB", UINT64_C(3) << 40, "3TiB", NULL },
		{ "10k", 0, NULL, "10kB (1000 bytes each) or 10KiB (1024" },
		{ "10K", 0, NULL, "10kB (1000 bytes each) or 10KiB (1024" },
		{ "4M", 0, NULL, "4MB (1000000 bytes each) or 4MiB (1048576" },
		{ "4mb", 0, NULL, "4MB" },
		{ "4Gi", 0, NULL, "4GiB" },
		{ "4t", 0, NULL, "4TiB" },
		{ "4b", 0, NULL, "write 4B" },
		{ "4X", 0, NULL, "not a unit of size" },
		{ "4", 0, NULL, "without a unit" },
		{ "", 0, NULL, "is empty" },
		{ "-4B", 0, NULL, "negative" },
		{ "1.5B", 0, NULL, "finer than a byte" },
		{ "99999999TiB", 0, NULL, "larger" },
		{ "1 MB", 0, NULL, "white space" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), unit_parse_size, unit_print_size);
}

static void percentages(void **state)
{
	static const struct row rows[] = {
		{ "5%", 50000000, "5%", NULL },
		{ "0%", 0, "0%", NULL },
		{ "0.1%", 1000000, "0.1%", NULL },
		{ "99.95%", 999500000, "99.95%", NULL },
		{ "100%", UNIT_PPB_WHOLE, "100%", NULL },
		{ "150%", 1500000000, "150%", NULL },
		{ "0.0000001%", 1, "0.0000001%", NULL },
		{ "0.00000001%", 0, NULL, "finer" },
		{ "0.05", 0, NULL, "could be 5% or 0.05%" },
		{ "0.005", 0, NULL, "could be 0.5% or 0.005%" },
		{ "5", 0, NULL, "write a percentage like 5%" },
		{ "5 %", 0, NULL, "white space" },
		{ "5%%", 0, NULL, "is not a percentage" },
		{ "5pc", 0, NULL, "is not a percentage" },
		{ "-5%", 0, NULL, "negative" },
		{ "", 0, NULL, "is empty" },
		{ "99999999999999%", 0, NULL, "larger" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), unit_parse_percent, unit_print_percent);
}

static void rates(void **state)
{
	static const struct {
		const char *text;
		struct unit_rate rate;
		const char *printed;
		const char *why;
	} rows[] = {
		{ "200/s", { 200000000, S }, "200/s", NULL },
		{ "12/min", { 12000000, 60 * S }, "12/min", NULL },
		{ "12/m", { 12000000, 60 * S }, "12/min", NULL },
		{ "5/h", { 5000000, 3600 * S }, "5/h", NULL },
		{ "5/d", { 5000000, 86400 * S }, "5/d", NULL },
		{ "0.5/s", { 500000, S }, "0.5/s", NULL },
		{ "5/10s", { 5000000, 10 * S }, "5/10s", NULL },
		{ "1/1m30s", { 1000000, 90 * S }, "1/90s", NULL },
		{ "0/s", { 0, S }, "0/s", NULL },
		{ "200", { 0, 0 }, NULL, "write 200/s or 200/min" },
		{ "200/", { 0, 0 }, NULL, "behind the /" },
		{ "200/sec", { 0, 0 }, NULL, "behind the /" },
		{ "200/0s", { 0, 0 }, NULL, "no time at all" },
		{ "200rps", { 0, 0 }, NULL, "write it like 200/s" },
		{ "/s", { 0, 0 }, NULL, "is not a rate" },
		{ "-1/s", { 0, 0 }, NULL, "negative" },
		{ "0.0000001/s", { 0, 0 }, NULL, "finer" },
		{ "99999999999999/s", { 0, 0 }, NULL, "larger" },
		{ "200 / s", { 0, 0 }, NULL, "white space" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unit_rate rate = { 0, 0 };
		struct buf b;

		buf_init(&b, BUF_NO_LIMIT);
		bool done = unit_parse_rate(rows[i].text, strlen(rows[i].text),
					    &rate, &b);
		if (done != !rows[i].why ||
		    (!done && !strstr(buf_text(&b), rows[i].why)))
			fail_msg("\"%s\": %s", rows[i].text, buf_text(&b));
		assert_true(rate.micro_count == rows[i].rate.micro_count);
		assert_true(rate.per_ns == rows[i].rate.per_ns);
		if (done) {
			unit_print_rate(&b, rate);
			assert_string_equal(buf_text(&b), rows[i].printed);
		}
		buf_release(&b);
	}
	assert_true(unit_rate_per_s((struct unit_rate){ 12000000, 60 * S }) ==
		    0.2);
}

static void human(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0 ns" },
		{ 999, "999 ns" },
		{ 1000, "1.00 \xc2\xb5s" },
		{ 12345, "12.3 \xc2\xb5s" },
		{ 999499, "999 \xc2\xb5s" },
		{ 999500, "1.00 ms" },
		{ 812 * MS, "812 ms" },
		{ 999600000, "1.00 s" },
		{ 4823 * MS, "4.82 s" },
		{ 9996 * MS, "10.0 s" },
		{ 99960 * MS, "100 s" },
		{ 119 * S, "119 s" },
		{ 120 * S, "2 min" },
		{ 200 * S, "3 min 20 s" },
		{ 7500 * S, "2 h 5 min" },
		{ 7199 * S + 600 * MS, "120 min" },
		{ 49 * 3600 * S, "2 d 1 h" },
		{ 14 * 86400 * S, "14 d" },
		{ 14 * 86400 * S + 13 * 3600 * S, "15 d" },
	};
	static const struct {
		uint64_t bytes;
		const char *text;
	} size_rows[] = {
		{ 0, "0 B" },
		{ 812, "812 B" },
		{ 1000, "1.00 kB" },
		{ 1500000, "1.50 MB" },
		{ 999999, "1.00 MB" },
		{ 12345678, "12.3 MB" },
		{ UINT64_MAX, "18.4 EB" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_reset(&b);
		unit_human_duration(&b, rows[i].ns);
		assert_string_equal(buf_text(&b), rows[i].text);
	}
	for (size_t i = 0; i < COUNT(size_rows); i++) {
		buf_reset(&b);
		unit_human_size(&b, size_rows[i].bytes);
		assert_string_equal(buf_text(&b), size_rows[i].text);
	}
	buf_release(&b);
}

static void counts_and_integers(void **state)
{
	static const struct {
		const char *text;
		bool is_count, is_integer;
		int64_t value;
	} rows[] = {
		{ "0", true, true, 0 },
		{ "42", true, true, 42 },
		{ "-42", false, true, -42 },
		{ "9223372036854775807", true, true, INT64_MAX },
		{ "-9223372036854775808", false, true, INT64_MIN },
		{ "-9223372036854775809", false, false, 0 },
		{ "18446744073709551615", true, false, -1 },
		{ "18446744073709551616", false, false, 0 },
		{ "007", false, false, 0 },
		{ "-0", false, true, 0 },
		{ "--1", false, false, 0 },
		{ "-", false, false, 0 },
		{ "", false, false, 0 },
		{ "+1", false, false, 0 },
		{ "1.0", false, false, 0 },
		{ "1e3", false, false, 0 },
		{ "1_000", false, false, 0 },
		{ "0x10", false, false, 0 },
		{ " 1", false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i].text);
		uint64_t count = 0;
		int64_t integer = 0;
		struct buf why;

		buf_init(&why, BUF_NO_LIMIT);
		if (unit_parse_count(rows[i].text, len, &count, &why) !=
			    rows[i].is_count ||
		    unit_parse_integer(rows[i].text, len, &integer, &why) !=
			    rows[i].is_integer)
			fail_msg("\"%s\": %s", rows[i].text, buf_text(&why));
		if (rows[i].is_count)
			assert_true(count == (uint64_t)rows[i].value);
		if (rows[i].is_integer)
			assert_true(integer == rows[i].value);
		buf_release(&why);
	}
}

static void numbers(void **state)
{
	static const char *const good[] = { "0",   "-0",   "1.5",  "-2.5",
					    "1e6", "1E-3", "2e+2", "0.1" };
	static const char *const bad[] = {
		"",    "-",   ".5",  "1.",    "+1",  "01", "1e", "1e+",
		"0x1", "nan", "inf", "1e999", "1,5", "1 ", "-01"
	};
	static const double print[] = {
		0.1, 1e6, 1.0 / 3, 5e-324, -2.5, 1e300, 123456789012345680.0
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		double x;
		assert_true(
			unit_parse_number(good[i], strlen(good[i]), &x, NULL));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		double x = 7;
		if (unit_parse_number(bad[i], strlen(bad[i]), &x, NULL))
			fail_msg("\"%s\" was accepted", bad[i]);
		assert_true(x == 7);
	}
	for (size_t i = 0; i < COUNT(print); i++) {
		struct buf b;
		double x = 0;
		buf_init(&b, BUF_NO_LIMIT);
		unit_print_number(&b, print[i]);
		assert_true(unit_parse_number(b.text, b.len, &x, NULL));
		assert_true(x == print[i]);
		buf_release(&b);
	}
}

/* Print and parse over many magnitudes. */
static void printing_is_exact(void **state)
{
	struct buf b;
	uint64_t x = 1;

	(void)state;
	buf_init(&b, BUF_NO_LIMIT);
	for (int i = 0; i < 20000; i++) {
		uint64_t back = 0;
		x = x * UINT64_C(6364136223846793005) + 1442695040888963407U;
		uint64_t value = x >> (i % 64);
		buf_reset(&b);
		unit_print_duration(&b, value);
		assert_true(unit_parse_duration(b.text, b.len, &back, NULL));
		assert_true(back == value);
		buf_reset(&b);
		unit_print_size(&b, value);
		assert_true(unit_parse_size(b.text, b.len, &back, NULL));
		assert_true(back == value);
	}
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(sizes),
		cmocka_unit_test(percentages),
		cmocka_unit_test(rates),
		cmocka_unit_test(human),
		cmocka_unit_test(counts_and_integers),
		cmocka_unit_test(numbers),
		cmocka_unit_test(printing_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
