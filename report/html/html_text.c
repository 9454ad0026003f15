/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/html/html.h"
#include "report/result/stamp.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum { DAY_CHARS = 10, MINUTE_CHARS = 16, STAMP_ROOM = 64 };

/* HTML, "The HTML syntax": neither controls nor noncharacters. */
static bool is_shown(uint32_t code)
{
	if (code < 0x20)
		return code == '\t' || code == '\n';
	return (code < 0x7f || code > 0x9f) && (code & 0xfffe) != 0xfffe &&
	       !(code >= 0xfdd0 && code <= 0xfdef) &&
	       /* directions that would turn what stands around */
	       !(code >= 0x202a && code <= 0x202e) &&
	       !(code >= 0x2066 && code <= 0x2069);
}

static void put(struct buf *out, uint32_t code)
{
	switch (code) {
	case '&':
		buf_puts(out, "&amp;");
		break;
	case '<':
		buf_puts(out, "&lt;");
		break;
	case '>':
		buf_puts(out, "&gt;");
		break;
	case '"':
		buf_puts(out, "&quot;");
		break;
	case '\'':
		buf_puts(out, "&#39;");
		break;
	default:
		text_utf8_put(out, is_shown(code) ? code : 0xfffd);
	}
}

void html_text(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t n = text_utf8_next(text + at, len - at, &code);

		put(out, n ? code : 0xfffd);
		at += n ? n : 1;
	}
}

/* The stamp up to so many characters, its T as a blank. */
static void stamp(struct buf *out, uint64_t at_ns, size_t chars)
{
	struct buf whole;

	buf_init(&whole, STAMP_ROOM);
	stamp_print_ns(&whole, at_ns, 0);
	buf_add(out, buf_text(&whole), DAY_CHARS);
	if (chars > DAY_CHARS) {
		buf_putc(out, ' ');
		buf_add(out, buf_text(&whole) + DAY_CHARS + 1,
			chars - DAY_CHARS - 1);
	}
	buf_release(&whole);
}

void html_day(struct buf *out, uint64_t at_ns)
{
	stamp(out, at_ns, DAY_CHARS);
}

void html_time(struct buf *out, uint64_t at_ns)
{
	buf_puts(out, "<time datetime=\"");
	stamp_print_ns(out, at_ns, 0);
	buf_puts(out, "\">");
	stamp(out, at_ns, MINUTE_CHARS);
	buf_puts(out, " UTC</time>");
}
