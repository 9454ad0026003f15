/* SPDX-License-Identifier: MIT */
/* Any text as each quantity.  Property: what parses prints as something that
 * parses to the same value; what does not says why and changes nothing. */
#include <stdint.h>
#include <stdlib.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

#define REQUIRE(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void print_count(struct buf *out, uint64_t count)
{
	buf_printf(out, "%llu", (unsigned long long)count);
}

static const struct {
	bool (*parse)(const char *text, size_t len, uint64_t *value,
		      struct buf *why);
	void (*print)(struct buf *out, uint64_t value);
} quantities[] = {
	{ unit_parse_duration, unit_print_duration },
	{ unit_parse_size, unit_print_size },
	{ unit_parse_percent, unit_print_percent },
	{ unit_parse_count, print_count },
};

static void check_whole(const char *text, size_t len)
{
	struct buf why, out;

	for (size_t i = 0; i < sizeof(quantities) / sizeof(quantities[0]);
	     i++) {
		uint64_t value = 12345, back = 0;
		buf_init(&why, BUF_NO_LIMIT);
		buf_init(&out, BUF_NO_LIMIT);
		if (quantities[i].parse(text, len, &value, &why)) {
			REQUIRE(!why.len);
			quantities[i].print(&out, value);
			REQUIRE(quantities[i].parse(out.text, out.len, &back,
						    NULL));
			REQUIRE(back == value);
			unit_human_duration(&out, value);
			unit_human_size(&out, value);
		} else {
			REQUIRE(why.len && why.len < 400 && value == 12345);
		}
		buf_release(&why);
		buf_release(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* A copy of its own, so that reading past the end is seen. */
	char *text = malloc(size ? size : 1);
	struct unit_rate rate, rate_back;
	double number, number_back;
	int64_t integer;
	struct buf out;

	REQUIRE(text);
	for (size_t i = 0; i < size; i++)
		text[i] = (char)bytes[i];
	check_whole(text, size);
	buf_init(&out, BUF_NO_LIMIT);
	if (unit_parse_rate(text, size, &rate, NULL)) {
		unit_print_rate(&out, rate);
		REQUIRE(unit_parse_rate(out.text, out.len, &rate_back, NULL));
		REQUIRE(rate_back.micro_count == rate.micro_count &&
			rate_back.per_ns == rate.per_ns);
	}
	buf_reset(&out);
	if (unit_parse_number(text, size, &number, NULL)) {
		unit_print_number(&out, number);
		REQUIRE(unit_parse_number(out.text, out.len, &number_back,
					  NULL));
		REQUIRE(number == number_back);
	}
	if (unit_parse_integer(text, size, &integer, NULL) && integer >= 0) {
		uint64_t count;
		REQUIRE(text[0] == '-' ||
			unit_parse_count(text, size, &count, NULL));
	}
	buf_release(&out);
	free(text);
	return 0;
}
