/* SPDX-License-Identifier: MIT */
#include "report/log/audit.h"

#include <string.h>

#include "report/log/sink.h"
#include "report/redact/redact.h"
#include "report/result/stamp.h"
#include "report/state/state.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"

enum { LINE_MAX_BYTES = 16384, STAMP_DIGITS = 3 };

static void member(struct buf *line, const struct redactor *r, const char *name,
		   const char *value)
{
	struct buf safe;

	buf_init(&safe, LINE_MAX_BYTES);
	redact_text(r, value, strlen(value), &safe);
	buf_printf(line, ",\"%s\":", name);
	json_escape(line, buf_text(&safe), safe.len);
	buf_release(&safe);
}

void audit_write(struct log_sink *sink, const struct redactor *r,
		 const struct audit_record *record)
{
	struct buf line;

	if (!sink)
		return;
	buf_init(&line, LINE_MAX_BYTES);
	buf_puts(&line, "{\"timestamp\":\"");
	stamp_print_ns(&line, record->at_ns, STAMP_DIGITS);
	buf_putc(&line, '"');
	member(&line, r, "user", record->user);
	member(&line, r, "action", record->action);
	member(&line, r, "resource", record->resource);
	member(&line, r, "details", record->details);
	buf_printf(&line, ",\"success\":%s}\n",
		   record->success ? "true" : "false");
	if (buf_ok(&line))
		log_sink_put(sink, buf_text(&line), line.len, false);
	buf_release(&line);
}
