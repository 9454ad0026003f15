/* SPDX-License-Identifier: MIT */
/*
 * The ordinary answer, which is nearly every one: it pays to know it well.
 * What is not certainly the same for http1 is left to that.
 */
#include <string.h>
#include <strings.h>

#include "loadgen/transport/native_reply.h"

enum {
	STATUS_AT = 9, /* behind "HTTP/1.1 " */
	STATUS_END = STATUS_AT + 3,
	LENGTH_DIGITS_MAX = 18,
	CHUNK_DIGITS_MAX = 12,
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_text(const char *text, size_t len, const char *wanted,
		    size_t wanted_len)
{
	return len == wanted_len && !strncasecmp(text, wanted, wanted_len);
}

#define IS(text, len, wanted) is_text(text, len, wanted, sizeof(wanted) - 1)

/* A final status; interim ones are odd. */
static bool scan_status(struct lean *ln, const char *line, size_t len)
{
	const char *code = line + STATUS_AT;

	if (len < STATUS_END + 2 || memcmp(line, "HTTP/1.1 ", STATUS_AT) != 0 ||
	    code[0] < '2' || !is_digit(code[0]) || !is_digit(code[1]) ||
	    !is_digit(code[2]) || (code[3] != ' ' && code[3] != '\r'))
		return false;
	ln->status = (unsigned)((code[0] - '0') * 100 + (code[1] - '0') * 10 +
				(code[2] - '0'));
	return true;
}

static bool scan_length(struct lean *ln, const char *value, size_t len)
{
	uint64_t n = 0;

	if (ln->has_length || !len || len > LENGTH_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(value[i]))
			return false;
		n = n * 10 + (uint64_t)(value[i] - '0');
	}
	ln->length = n;
	ln->has_length = true;
	return true;
}

static bool scan_connection(struct lean *ln, const char *value, size_t len)
{
	if (ln->has_connection)
		return false;
	ln->has_connection = true;
	ln->closes = IS(value, len, "close");
	return ln->closes || IS(value, len, "keep-alive");
}

static bool scan_transfer(struct lean *ln, const char *value, size_t len)
{
	if (ln->is_chunked)
		return false;
	ln->is_chunked = IS(value, len, "chunked");
	return ln->is_chunked;
}

/* Fields that say how the rest is to be read. */
static bool scan_field(struct lean *ln, const char *name, size_t name_len,
		       const char *value, size_t len, unsigned minds)
{
	while (len && *value == ' ') {
		value++;
		len--;
	}
	switch (*name | 0x20) {
	case 'c':
		if (IS(name, name_len, "Content-Length"))
			return scan_length(ln, value, len);
		if (IS(name, name_len, "Connection"))
			return scan_connection(ln, value, len);
		return !(minds & LEAN_MINDS_CODING) ||
		       !IS(name, name_len, "Content-Encoding");
	case 's':
		return !(minds & LEAN_MINDS_COOKIES) ||
		       !IS(name, name_len, "Set-Cookie");
	case 't':
		return !IS(name, name_len, "Transfer-Encoding") ||
		       scan_transfer(ln, value, len);
	case 'h': /* looks like another status line */
		return name_len < 5 || memcmp(name, "HTTP/", 5) != 0;
	default:
		return *name != ' ' && *name != '\t';
	}
}

bool lean_scan(struct lean *ln, const char *bytes, size_t len, unsigned minds)
{
	const char *end = bytes + len;
	const char *feed = memchr(bytes, '\n', len);

	*ln = (struct lean){ 0 };
	if (!feed || feed == bytes || feed[-1] != '\r' ||
	    !scan_status(ln, bytes, (size_t)(feed - bytes) + 1))
		return false;
	for (const char *line = feed + 1;; line = feed + 1) {
		feed = memchr(line, '\n', (size_t)(end - line));
		if (!feed || feed == line || feed[-1] != '\r')
			return false;
		if (feed == line + 1)
			break;
		const char *colon = memchr(line, ':', (size_t)(feed - line));
		if (!colon || memchr(line, '\r', (size_t)(colon - line)) ||
		    !scan_field(ln, line, (size_t)(colon - line), colon + 1,
				(size_t)(feed - colon) - 2, minds))
			return false;
	}
	ln->head_len = (size_t)(feed - bytes) + 1;
	return !memchr(bytes, '\0', ln->head_len) &&
	       !(ln->has_length && ln->is_chunked);
}

/* ---- chunks --------------------------------------------------------- */

/* "1a" CR LF.  0 when it is not so. */
static size_t scan_size(const char *bytes, size_t len, uint64_t *size)
{
	size_t i = 0;

	*size = 0;
	for (; i < len && i <= CHUNK_DIGITS_MAX; i++) {
		char low = bytes[i] | 0x20;
		if (is_digit(bytes[i]))
			*size = *size << 4 | (unsigned)(bytes[i] - '0');
		else if (low >= 'a' && low <= 'f')
			*size = *size << 4 | (unsigned)(low - 'a' + 10);
		else
			break;
	}
	if (!i || i > CHUNK_DIGITS_MAX || len - i < 2 || bytes[i] != '\r' ||
	    bytes[i + 1] != '\n')
		return 0;
	return i + 2;
}

bool lean_chunks(const char *bytes, size_t len, size_t *used, uint64_t *body)
{
	size_t at = 0;

	*body = 0;
	for (;;) {
		uint64_t size;
		size_t n = scan_size(bytes + at, len - at, &size);
		if (!n || size > len - at - n || len - at - n - size < 2)
			return false;
		at += n + size + 2;
		if (bytes[at - 2] != '\r' || bytes[at - 1] != '\n')
			return false; /* or trailers follow */
		*body += size;
		if (!size)
			break;
	}
	*used = at;
	return true;
}
