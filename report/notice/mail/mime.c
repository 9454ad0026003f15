/* SPDX-License-Identifier: MIT */
#include "report/notice/mail/mime.h"

#include <string.h>

#include "report/result/stamp.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum { NAME_ROOM = 1024 };

static const char encoded_begin[] = "=?UTF-8?B?";
static const char encoded_end[] = "?=";

/* ---- headers ---------------------------------------------------------- */

static bool is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	/* what looks like an encoded word would be decoded, and a space at an
	 * end is lost */
	return !strstr(text, "=?") &&
	       (!len || (text[0] != ' ' && text[len - 1] != ' '));
}

/* The bytes of whole characters that one encoded word takes. */
static size_t encoded_piece(const char *text, size_t len)
{
	size_t room = (MIME_ENCODED_MAX - (sizeof encoded_begin - 1) -
		       (sizeof encoded_end - 1)) /
		      4 * 3;

	return text_cut_at(text, len, room);
}

/* White space between encoded words is not shown. */
static void put_encoded(struct buf *out, const char *text, size_t len,
			const char *between)
{
	bool begun = false;

	while (len) {
		size_t n = encoded_piece(text, len);

		buf_printf(out, "%s%s", begun ? between : "", encoded_begin);
		text_base64_encode(out, TEXT_BASE64, text, n);
		buf_puts(out, encoded_end);
		begun = true;
		text += n;
		len -= n;
	}
}

void mime_header(struct buf *out, const char *name, const char *text)
{
	size_t len = strlen(text);

	if (is_plain(text, len) && strlen(name) + 2 + len <= MIME_HEADER_MAX) {
		buf_printf(out, "%s: %s\r\n", name, text);
		return;
	}
	/* the name takes of the first line, so it stands alone */
	buf_printf(out, "%s:\r\n ", name);
	put_encoded(out, text, len, "\r\n ");
	buf_puts(out, "\r\n");
}

void mime_header_raw(struct buf *out, const char *name, const char *value)
{
	size_t line = strlen(name) + 1;

	buf_printf(out, "%s:", name);
	while (*value) {
		size_t n = strcspn(value, " ");

		if (line + 1 + n > MIME_HEADER_MAX && line > strlen(name) + 1) {
			buf_puts(out, "\r\n");
			line = 0;
		}
		buf_putc(out, ' ');
		buf_add(out, value, n);
		line += 1 + n;
		value += n;
		value += strspn(value, " ");
	}
	buf_puts(out, "\r\n");
}

/* ---- bodies ----------------------------------------------------------- */

/* A printable one is itself, but for = and a space that ends a line. */
static bool is_itself(const char *at, const char *end)
{
	if (*at == ' ')
		return at + 1 < end && at[1] != '\n';
	return *at > ' ' && *at <= '~' && *at != '=';
}

void mime_quoted_printable(struct buf *out, const char *text, size_t len)
{
	const char *end = text + len;
	size_t line = 0;

	for (const char *at = text; at < end; at++) {
		size_t width = is_itself(at, end) ? 1 : 3;

		if (*at == '\n') {
			buf_puts(out, "\r\n");
			line = 0;
			continue;
		}
		/* a soft line end takes a byte itself; so does a dot that
		 * would begin a line */
		if (line + width > MIME_LINE_MAX - 1) {
			buf_puts(out, "=\r\n");
			line = 0;
		}
		if (width == 1 && !(*at == '.' && line == 0)) {
			buf_putc(out, *at);
			line++;
		} else {
			buf_printf(out, "=%02X", (unsigned char)*at);
			line += 3;
		}
	}
	if (line)
		buf_puts(out, "\r\n");
}

/* ---- addresses -------------------------------------------------------- */

static const char *wrong_mailbox(const char *text, size_t len)
{
	const char *at = NULL;

	if (len == 0)
		return "is empty";
	if (len > MIME_ADDRESS_MAX)
		return "is too long for a mail address";
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c <= ' ' || c > '~')
			return "has a space or a letter beyond ASCII in its "
			       "mail address";
		if (strchr("<>()[],;:\\\"", c))
			return "has a character that no plain mail address "
			       "has";
		if (c == '@') {
			if (at)
				return "has two @ in its mail address";
			at = text + i;
		}
	}
	if (!at || at == text || at + 1 == text + len)
		return "is no mail address: name@host is expected";
	return NULL;
}

const char *mime_address_parse(struct arena *a, const char *text,
			       struct mime_address *out)
{
	const char *open = strchr(text, '<');
	size_t len = strlen(text), name_len = 0;
	const char *mailbox = text, *why;

	while (len && text[len - 1] == ' ')
		len--;
	if (open) {
		if (text[len - 1] != '>')
			return "has no > at its end";
		name_len = (size_t)(open - text);
		mailbox = open + 1;
		len = len - name_len - 2;
	} else {
		while (*mailbox == ' ') {
			mailbox++;
			len--;
		}
	}
	while (name_len && text[name_len - 1] == ' ')
		name_len--;
	why = wrong_mailbox(mailbox, len);
	if (why)
		return why;
	if (name_len > NAME_ROOM)
		return "has a very long name";
	if (!text_utf8_valid(text, name_len, NULL))
		return "has a name that is no UTF-8";
	out->mailbox = arena_strndup(a, mailbox, len);
	out->name = arena_strndup(a, text, name_len);
	return NULL;
}

static bool is_phrase(const char *name)
{
	for (const char *c = name; *c; c++) {
		bool is_letter = (*c >= 'a' && *c <= 'z') ||
				 (*c >= 'A' && *c <= 'Z') ||
				 (*c >= '0' && *c <= '9');

		if (!is_letter && !strchr(" !#$%&'*+-/^_`{|}~", *c))
			return false;
	}
	return true;
}

void mime_address_put(struct buf *out, const struct mime_address *address)
{
	if (!*address->name) {
		buf_puts(out, address->mailbox);
		return;
	}
	if (is_phrase(address->name) && !strstr(address->name, "=?"))
		buf_puts(out, address->name);
	else
		put_encoded(out, address->name, strlen(address->name), " ");
	buf_printf(out, " <%s>", address->mailbox);
}

/* ---- dates ------------------------------------------------------------ */

void mime_date(struct buf *out, unsigned long long at_s)
{
	static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun",
					 "Mon", "Tue", "Wed" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr",
					    "May", "Jun", "Jul", "Aug",
					    "Sep", "Oct", "Nov", "Dec" };
	/* "2026-01-02T03:04:05Z" */
	enum { MONTH = 5, DAY = 8, CLOCK = 11, CLOCK_LEN = 8 };
	struct buf stamp;
	const char *text;
	unsigned month;

	buf_init(&stamp, NAME_ROOM);
	stamp_print_s(&stamp, (int64_t)at_s);
	text = buf_text(&stamp);
	if (stamp.len > CLOCK + CLOCK_LEN) {
		month = (unsigned)(text[MONTH] - '0') * 10 +
			(unsigned)(text[MONTH + 1] - '0');
		/* the first day of 1970 was a Thursday */
		buf_printf(out, "%s, %.2s %s %.4s %.*s +0000",
			   days[at_s / UNIT_S_PER_DAY % 7], text + DAY,
			   months[(month - 1) % 12], text, CLOCK_LEN,
			   text + CLOCK);
	}
	buf_release(&stamp);
}
