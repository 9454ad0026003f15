/* SPDX-License-Identifier: MIT */
#include "report/notice/payload.h"

#include "report/notice/channel.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"

enum { PAYLOAD_MAX = 2 << 20 }; /* bytes after which notices are left out */

bool payload_write(const struct telling *t, struct buf *out)
{
	size_t told = 0;
	struct buf one;

	buf_init(&one, TELL_BODY_MAX);
	buf_puts(out, "{\"version\":1,\"channel\":");
	json_escape_str(out, t->in->channel->name);
	buf_puts(out, ",\"notices\":[");
	for (; told < t->n; told++) {
		buf_reset(&one);
		if (!notice_write(&t->notices[told], &one) ||
		    (told && out->len + one.len > PAYLOAD_MAX))
			break;
		buf_puts(out, told ? "," : "");
		buf_add(out, buf_text(&one), one.len);
	}
	buf_putc(out, ']');
	if (told < t->n)
		buf_printf(out, ",\"left_out\":%zu", t->n - told);
	buf_release(&one);
	return buf_puts(out, "}\n") && buf_ok(out) && told;
}
