/* SPDX-License-Identifier: MIT */
#include "report/notice/clean.h"

#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum { GROWTH = 8 }; /* a byte shown as \u{NNNNNN} */

/* Line ends of any kind are one, and a tab is a space. */
static void put_readable(struct buf *out, const char *text, bool is_one_line)
{
	while (*text) {
		size_t n = strcspn(text, "\n\r\t");

		text_printable(out, text, n);
		text += n;
		if (!*text)
			break;
		if (text[0] == '\r' && text[1] == '\n')
			text++;
		buf_putc(out, *text == '\t' || is_one_line ? ' ' : '\n');
		text++;
	}
}

const char *clean_text(struct arena *a, const char *text, size_t max_bytes,
		       bool is_one_line)
{
	struct buf cut, shown, kept;
	const char *out = NULL;

	if (!text)
		return "";
	buf_init(&cut, max_bytes);
	buf_init(&shown, max_bytes * GROWTH);
	buf_init(&kept, max_bytes);
	text_cut(&cut, text, strlen(text), max_bytes);
	put_readable(&shown, buf_text(&cut), is_one_line);
	text_cut(&kept, buf_text(&shown), shown.len, max_bytes);
	if (!cut.failed && !shown.failed && !kept.failed)
		out = arena_strndup(a, buf_text(&kept), kept.len);
	buf_release(&cut);
	buf_release(&shown);
	buf_release(&kept);
	return out;
}

#define NAME(member) \
	(to->member = clean_text(a, from->member, NOTICE_NAME_MAX, true))
#define CLEAN(member, max, one_line) \
	(to->member = clean_text(a, from->member, max, one_line))

static bool clean_tags(struct arena *a, const struct notice *from,
		       struct notice *to)
{
	size_t n =
		from->n_tags < NOTICE_TAGS_MAX ? from->n_tags : NOTICE_TAGS_MAX;
	const char **tags = arena_alloc(a, n, sizeof *tags);

	for (size_t i = 0; tags && i < n; i++) {
		tags[i] = clean_text(a, from->tags[i], NOTICE_NAME_MAX, true);
		if (!tags[i])
			return false;
	}
	to->tags = tags;
	to->n_tags = n;
	return tags != NULL;
}

static bool clean_lines(struct arena *a, const struct notice *of,
			struct notice *into)
{
	size_t n =
		of->n_lines < NOTICE_LINES_MAX ? of->n_lines : NOTICE_LINES_MAX;
	struct notice_line *lines = arena_alloc(a, n, sizeof *lines);

	for (size_t i = 0; lines && i < n; i++) {
		const struct notice_line *from = &of->lines[i];
		struct notice_line *to = &lines[i];

		*to = *from;
		if (!CLEAN(title, NOTICE_TITLE_MAX, true) ||
		    !CLEAN(message, NOTICE_LINE_MAX, true))
			return false;
	}
	into->lines = lines;
	into->n_lines = n;
	return lines != NULL;
}

bool clean_notice(struct arena *a, const struct notice *from, struct notice *to)
{
	*to = *from;
	return NAME(scenario) && NAME(environment) && NAME(rule) &&
	       NAME(check) && NAME(request_id) && NAME(vantage) &&
	       NAME(value) && NAME(threshold) && NAME(silenced) &&
	       CLEAN(title, NOTICE_TITLE_MAX, true) &&
	       CLEAN(message, NOTICE_MESSAGE_MAX, false) &&
	       CLEAN(episode, NOTICE_EPISODE_MAX, true) &&
	       CLEAN(url, NOTICE_URL_MAX, true) && clean_tags(a, from, to) &&
	       clean_lines(a, from, to);
}
