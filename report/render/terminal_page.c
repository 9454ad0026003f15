/* SPDX-License-Identifier: MIT */
#include "report/render/terminal_parts.h"

#include <inttypes.h>
#include <string.h>

#include "report/render/render.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

static const char *const codes[] = {
	[PLAIN] = "",	       [GREEN] = "\x1b[32m", [RED] = "\x1b[31m",
	[YELLOW] = "\x1b[33m", [DIM] = "\x1b[2m",    [BOLD] = "\x1b[1m",
};

/* Punctuation of our own that ASCII can stand in for. */
static const char *ascii_for(uint32_t code)
{
	switch (code) {
	case 0xb7:
		return "|";
	case 0xb1:
		return "+-";
	case 0xb5:
		return "u";
	case 0x2013:
		return "-";
	case 0x2026:
		return "...";
	default:
		return NULL;
	}
}

/* Text in what the terminal can show. */
static void encode(const struct page *pg, struct buf *to, const char *text,
		   size_t len)
{
	if (pg->opt->utf8) {
		buf_add(to, text, len);
		return;
	}
	while (len) {
		uint32_t code = 0;
		size_t n = text_utf8_next(text, len, &code);
		const char *word = ascii_for(code);

		if (!n)
			n = 1;
		if (n == 1)
			buf_putc(to, *text & 0x80 ? '?' : *text);
		else if (word)
			buf_puts(to, word);
		else
			buf_printf(to, "\\u{%" PRIX32 "}", code);
		text += n;
		len -= n;
	}
}

/* A CI runner that reads this as its log takes a line that begins with "::",
 * and "##[" anywhere in a line, for a command: neither may come from a
 * target. */
void page_show(const struct page *pg, struct buf *to, const char *text)
{
	const char *hit;

	if (!strncmp(text, "::", 2)) {
		buf_puts(to, ": ");
		text++;
	}
	while ((hit = strstr(text, "##["))) {
		encode(pg, to, text, (size_t)(hit - text) + 2);
		buf_putc(to, ' ');
		text = hit + 2;
	}
	encode(pg, to, text, strlen(text));
}

void page_paint(const struct page *pg, enum page_colour colour,
		const char *text)
{
	bool on = pg->opt->colour && colour != PLAIN;

	if (on)
		buf_puts(pg->out, codes[colour]);
	page_show(pg, pg->out, text);
	if (on)
		buf_puts(pg->out, "\x1b[0m");
}

/* A text with blanks behind it, or before it when columns < 0. */
void page_cell(const struct page *pg, enum page_colour colour, const char *text,
	       int columns)
{
	size_t room = (size_t)(columns < 0 ? -columns : columns);
	struct buf shown;
	size_t width;

	buf_init(&shown, PAGE_CELL_MAX);
	page_show(pg, &shown, text);
	width = text_width(buf_text(&shown), shown.len);
	buf_release(&shown);
	if (columns < 0 && width < room)
		buf_fill(pg->out, ' ', room - width);
	page_paint(pg, colour, text);
	if (columns > 0 && width < room)
		buf_fill(pg->out, ' ', room - width);
}

void page_line(struct page *pg, enum page_colour colour, struct buf *line)
{
	page_paint(pg, colour, buf_text(line));
	buf_putc(pg->out, '\n');
	buf_reset(line);
}

/* ---- lines ------------------------------------------------------------ */

void page_on_line(struct load_lines *lines, enum line_look look,
		  const char *text)
{
	static const enum page_colour colours[LOOK_N] = {
		[LOOK_PLAIN] = PLAIN, [LOOK_HEAD] = BOLD, [LOOK_DIM] = DIM,
		[LOOK_WARN] = YELLOW, [LOOK_BAD] = RED,
	};
	struct page *pg = ((struct page_lines *)lines)->pg;

	page_paint(pg, colours[look], text);
	buf_putc(pg->out, '\n');
}

struct page_lines page_lines(struct page *pg)
{
	return (struct page_lines){
		.lines = { .verbose = pg->opt->verbose,
			   .utf8 = pg->opt->utf8,
			   .on_line = page_on_line },
		.pg = pg,
	};
}
