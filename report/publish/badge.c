/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/publish/publish.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/json/json.h"

enum {
	LABEL_MAX = 60,	   /* bytes of a label */
	GLYPH_TENTHS = 66, /* mean width of a glyph at 11 px, in tenths */
	SIDE = 10,	   /* px around a text */
};

static const struct {
	const char *message, *colour, *shields;
} looks[] = {
	[PUBLISHED_OK] = { "up", "#2e7d32", "brightgreen" },
	[PUBLISHED_DEGRADED] = { "degraded", "#9a6700", "yellow" },
	[PUBLISHED_DOWN] = { "down", "#c62828", "red" },
};
static const char unknown_word[] = "unknown";
static const char unknown_colour[] = "#616161";

static enum published_status status_of(const struct published *p,
				       const struct standing *s)
{
	return s ? standing_status(s) : published_status(p);
}

static bool is_unknown(const struct published *p, const struct standing *s)
{
	return s ? !s->is_known : published_last_run(p) == 0;
}

static unsigned width_of(size_t len)
{
	return (unsigned)(len * GLYPH_TENTHS / 10) + SIDE;
}

bool publish_badge_svg(const struct published *p, const struct standing *s,
		       struct buf *out)
{
	const char *label = s ? s->name : p->name;
	size_t len = text_cut_at(label, strlen(label), LABEL_MAX);
	bool unknown = is_unknown(p, s);
	const char *message =
		unknown ? unknown_word : looks[status_of(p, s)].message;
	const char *colour =
		unknown ? unknown_colour : looks[status_of(p, s)].colour;
	unsigned left = width_of(len);
	unsigned right = width_of(strlen(message));

	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
		   "height=\"20\" role=\"img\" aria-label=\"",
		   left + right);
	text_xml_escape(out, label, len);
	buf_printf(out, ": %s\"><title>", message);
	text_xml_escape(out, label, len);
	buf_printf(out,
		   ": %s</title><rect width=\"%u\" height=\"20\" rx=\"3\" "
		   "fill=\"#424242\"/><path d=\"M%u 0h%ua3 3 0 0 1 3 3v14a3 3 "
		   "0 0 1-3 3h-%uz\" fill=\"%s\"/><g fill=\"#fff\" "
		   "font-family=\"Verdana,DejaVu Sans,sans-serif\" "
		   "font-size=\"11\" text-anchor=\"middle\"><text x=\"%u\" "
		   "y=\"14\">",
		   message, left + right, left, right - 3, right - 3, colour,
		   left / 2);
	text_xml_escape(out, label, len);
	buf_printf(out, "</text><text x=\"%u\" y=\"14\">%s</text></g></svg>\n",
		   left + right / 2, message);
	return buf_ok(out);
}

bool publish_badge_json(const struct published *p, const struct standing *s,
			struct buf *out)
{
	bool unknown = is_unknown(p, s);

	buf_puts(out, "{\"schemaVersion\":1,\"label\":");
	json_escape_str(out, s ? s->name : p->name);
	buf_printf(out, ",\"message\":\"%s\",\"color\":\"%s\"}\n",
		   unknown ? unknown_word : looks[status_of(p, s)].message,
		   unknown ? "lightgrey" : looks[status_of(p, s)].shields);
	return buf_ok(out);
}
