/* SPDX-License-Identifier: MIT */
#include "report/hist/hist_log.h"

#include <inttypes.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/result/stamp.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum { DECIMALS_MIN = 3, SECOND_DECIMALS = 9, MS_DECIMALS = 6 };

/* value / 10^decimals, with at least three decimals and no more than it
 * needs. */
static bool put_decimal(struct buf *out, uint64_t value, unsigned decimals)
{
	uint64_t one = 1;

	for (unsigned i = 0; i < decimals; i++)
		one *= 10;
	uint64_t whole = value / one, rest = value % one;
	for (; decimals > DECIMALS_MIN && rest % 10 == 0; decimals--)
		rest /= 10;
	return buf_printf(out, "%" PRIu64 ".%0*" PRIu64, whole, (int)decimals,
			  rest);
}

bool hist_log_comment(struct buf *out, const char *text)
{
	buf_putc(out, '#');
	text_printable(out, text, strlen(text));
	return buf_putc(out, '\n');
}

bool hist_log_begin(struct buf *out, uint64_t start_ns)
{
	hist_log_comment(out, "[Histogram log format version 1.3]");
	buf_puts(out, "#[StartTime: ");
	put_decimal(out, start_ns, SECOND_DECIMALS);
	buf_puts(out, " (seconds since epoch), ");
	stamp_print_ns(out, start_ns, DECIMALS_MIN);
	buf_puts(out, "]\n#[BaseTime: ");
	put_decimal(out, start_ns, SECOND_DECIMALS);
	return buf_puts(out, " (seconds since epoch)]\n"
			     "\"StartTimestamp\",\"Interval_Length\","
			     "\"Interval_Max\","
			     "\"Interval_Compressed_Histogram\"\n");
}

static void put_tag(struct buf *out, const char *tag, size_t len)
{
	buf_puts(out, "Tag=");
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)tag[i];

		if (byte <= ' ' || byte == 0x7f || byte == ',' || byte == '%')
			buf_printf(out, "%%%02X", byte);
		else
			buf_putc(out, tag[i]);
	}
	buf_putc(out, ',');
}

bool hist_log_line(struct buf *out, uint64_t begin_ns,
		   const struct hist_log_entry *entry)
{
	if (entry->tag && entry->tag_len > 0)
		put_tag(out, entry->tag, entry->tag_len);
	put_decimal(out, entry->start_ns - begin_ns, SECOND_DECIMALS);
	buf_putc(out, ',');
	put_decimal(out, entry->length_ns, SECOND_DECIMALS);
	buf_putc(out, ',');
	put_decimal(out, hist_max_ns(entry->hist), MS_DECIMALS);
	buf_putc(out, ',');
	return hist_encode(entry->hist, out) && buf_putc(out, '\n');
}
