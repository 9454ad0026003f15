/* SPDX-License-Identifier: MIT */
#include "probe/engine/http1.h"

#include <string.h>
#include <strings.h>

enum { CHUNK_DIGITS_MAX = 16 }; /* of the size of a chunk */

static const char prefix[] = "HTTP/";
enum { PREFIX_LEN = sizeof(prefix) - 1 };

void http1_init(struct http1 *p, struct headers *head,
		const struct http1_sink *sink, bool answers_head)
{
	*p = (struct http1){
		.head = head,
		.sink = *sink,
		.answers_head = answers_head,
		.length = -1,
	};
	buf_init(&p->line, head->max_bytes);
}

void http1_release(struct http1 *p)
{
	buf_release(&p->line);
}

void http1_reset(struct http1 *p, bool answers_head)
{
	struct buf line = p->line;

	buf_reset(&line);
	*p = (struct http1){
		.head = p->head,
		.sink = p->sink,
		.line = line,
		.answers_head = answers_head,
		.length = -1,
	};
}

static void fail(struct http1 *p, enum http1_flaw flaw)
{
	if (!p->flaw)
		p->flaw = flaw;
}

/* ---- lines of the head ------------------------------------------------ */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200": what follows belongs to nobody but people. */
static bool take_status(struct http1 *p, const char *line, size_t len)
{
	enum { VERSION_LEN = PREFIX_LEN + 4, STATUS_LEN = VERSION_LEN + 3 };
	const char *code = line + VERSION_LEN;

	if (len < VERSION_LEN || memcmp(line + PREFIX_LEN, "1.", 2) != 0 ||
	    (line[7] != '0' && line[7] != '1') || line[8] != ' ') {
		fail(p, HTTP1_BAD_VERSION);
		return false;
	}
	p->version = 10 + (line[7] - '0');
	/* the line feed stands behind at least */
	if (len <= STATUS_LEN || *code == '0' || !is_digit(code[0]) ||
	    !is_digit(code[1]) || !is_digit(code[2]) || is_digit(code[3])) {
		fail(p, HTTP1_BAD_STATUS);
		return false;
	}
	p->status =
		(code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
	p->is_chunked = p->ignores_length = p->has_field = false;
	p->length = -1;
	p->state = HTTP1_AT_FIELDS;
	return true;
}

static bool is_bodyless(const struct http1 *p)
{
	return p->status == 204 || p->status == 304;
}

/* The number in front; a length that does not fit is as good as none. */
static void take_length(struct http1 *p, const char *value, size_t len)
{
	uint64_t n = 0;
	size_t i = 0;

	for (; i < len && is_digit(value[i]); i++) {
		n = n * 10 + (uint64_t)(value[i] - '0');
		if (n > INT64_MAX)
			return;
	}
	if (!i)
		fail(p, HTTP1_BAD_LENGTH);
	else
		p->length = (int64_t)n;
}

static bool is_gap(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

static bool is_name(const char *text, size_t len, const char *name)
{
	return len == strlen(name) && !strncasecmp(text, name, len);
}

/* A list of codings, each told to the sink but chunks, which are ours. */
static void take_codings(struct http1 *p, const char *list, size_t len,
			 bool is_transfer)
{
	size_t i = 0;

	while (i < len && !p->flaw) {
		while (i < len && is_gap(list[i]))
			i++;
		const char *name = list + i;
		size_t n = 0;
		for (; i < len && list[i] != ','; i++)
			if (!is_gap(list[i]))
				n = (size_t)(list + i - name) + 1;
		if (is_transfer && is_name(name, n, "chunked"))
			p->is_chunked = true;
		else if (n &&
			 !p->sink.on_coding(p->sink.self, name, n, is_transfer))
			fail(p, HTTP1_SINK);
	}
	if (is_transfer && !p->is_chunked)
		p->ignores_length = true;
}

/* The body of a 101 may be coded, but ends with the connection. */
static bool has_say(const struct http1 *p, const char *name, size_t len)
{
	if (p->status == 101)
		return is_name(name, len, "Content-Encoding");
	return p->status >= 200 && !is_bodyless(p);
}

/* What of a field says how the body is to be read. */
static void note_field(struct http1 *p, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t name = colon ? (size_t)(colon - line) : 0;
	const char *value = line + name + 1;

	if (!colon || !has_say(p, line, name))
		return;
	len -= name + 1;
	while (len && (value[len - 1] == '\n' || value[len - 1] == '\r'))
		len--;
	while (len && (*value == ' ' || *value == '\t')) {
		value++;
		len--;
	}
	if (is_name(line, name, "Content-Length"))
		take_length(p, value, len);
	else if (is_name(line, name, "Transfer-Encoding"))
		take_codings(p, value, len, true);
	else if (is_name(line, name, "Content-Encoding"))
		take_codings(p, value, len, false);
}

/* A colon, and no line end in front of it. */
static bool has_name(const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);

	return colon && !memchr(line, '\r', (size_t)(colon - line));
}

static void take_field(struct http1 *p, const char *line, size_t len)
{
	bool is_fold = *line == ' ' || *line == '\t';
	bool is_first = !p->has_field;

	p->has_field = true;
	if (memchr(line, '\0', len))
		fail(p, HTTP1_NUL);
	else if ((is_first || !is_fold) && !has_name(line, len))
		fail(p, HTTP1_NO_COLON);
	else if (is_first && is_fold)
		fail(p, HTTP1_FOLD);
	else if (!is_fold)
		note_field(p, line, len);
}

static void end_head(struct http1 *p)
{
	if (p->status < 200 && p->status != 101) {
		p->state = HTTP1_AT_STATUS;
	} else if (p->answers_head || is_bodyless(p)) {
		p->state = HTTP1_AT_END;
	} else if (p->is_chunked) {
		p->state = HTTP1_AT_CHUNK_SIZE;
		p->left = p->n_digits = 0;
	} else if (p->ignores_length || p->length < 0) {
		p->state = HTTP1_AT_REST;
	} else {
		p->left = (uint64_t)p->length;
		p->state = p->left ? HTTP1_AT_LENGTH : HTTP1_AT_END;
	}
}

/* The lines behind the last chunk. */
static void take_trailer(struct http1 *p, const char *line, size_t len)
{
	size_t n = len - 1;

	if (n && line[n - 1] == '\r')
		n--;
	bool is_fold = *line == ' ' || *line == '\t';
	bool is_broken = memchr(line, '\r', n) || memchr(line, '\0', n) ||
			 (n && !is_fold && !has_name(line, n));
	if (is_broken)
		fail(p, HTTP1_TRAILER);
	else if (!n)
		p->state = HTTP1_AT_END;
	else if (!headers_add(p->head, line, len))
		fail(p, HTTP1_HEADERS);
}

/* One whole line with its line feed. */
static void take_line(struct http1 *p, const char *line, size_t len)
{
	bool is_end = *line == '\r' || *line == '\n';

	if (p->state == HTTP1_AT_TRAILER) {
		take_trailer(p, line, len);
		return;
	}
	if (p->state == HTTP1_AT_STATUS) {
		take_status(p, line, len);
		if (memchr(line, '\0', len))
			fail(p, HTTP1_NUL);
	} else if (is_end) {
		end_head(p);
	} else {
		take_field(p, line, len);
	}
	if (!p->flaw && !headers_add(p->head, line, len))
		fail(p, HTTP1_HEADERS);
}

/* Does the line begun still look like a status line? */
static bool is_http(const struct http1 *p, const char *bytes, size_t len)
{
	size_t at = p->line.len;

	for (size_t i = 0; i < len && at + i < PREFIX_LEN; i++)
		if (bytes[i] != prefix[at + i])
			return false;
	return true;
}

static size_t read_line(struct http1 *p, const char *bytes, size_t len)
{
	struct headers *h = p->head;
	const char *feed = memchr(bytes, '\n', len);
	size_t n = feed ? (size_t)(feed - bytes) + 1 : len;
	uint64_t room = h->max_bytes - h->seen_bytes - p->line.len;
	size_t fits = n < room ? n : (size_t)room;

	/* Only what fits is judged, however the bytes were cut. */
	if (p->state == HTTP1_AT_STATUS && !is_http(p, bytes, fits)) {
		fail(p, HTTP1_NO_HTTP);
	} else if (fits < n) {
		h->too_large = true;
		fail(p, HTTP1_HEADERS);
	} else if (feed && !p->line.len) {
		take_line(p, bytes, n);
	} else if (!buf_add(&p->line, bytes, n)) {
		fail(p, HTTP1_HEADERS);
	} else if (feed) {
		take_line(p, p->line.text, p->line.len);
		buf_reset(&p->line);
	}
	return n;
}

/* ---- the body --------------------------------------------------------- */

static void give(struct http1 *p, const char *bytes, size_t len)
{
	if (!p->sink.on_body(p->sink.self, bytes, len))
		fail(p, HTTP1_SINK);
}

static size_t read_rest(struct http1 *p, const char *bytes, size_t len)
{
	give(p, bytes, len);
	return len;
}

static size_t read_left(struct http1 *p, const char *bytes, size_t len)
{
	size_t n = len < p->left ? len : (size_t)p->left;

	give(p, bytes, n);
	p->left -= n;
	if (!p->left)
		p->state = p->state == HTTP1_AT_CHUNK ? HTTP1_AT_CHUNK_END
						      : HTTP1_AT_END;
	return n;
}

static int hex_of(char c)
{
	char low = c | 0x20;

	if (is_digit(c))
		return c - '0';
	return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static size_t read_chunk_size(struct http1 *p, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int digit = hex_of(bytes[i]);
		if (digit < 0) {
			p->state = HTTP1_AT_CHUNK_LINE;
			if (!p->n_digits)
				fail(p, HTTP1_CHUNK_SIZE);
			return i;
		}
		if (++p->n_digits > CHUNK_DIGITS_MAX ||
		    p->left > (uint64_t)INT64_MAX >> 4) {
			fail(p, HTTP1_CHUNK_SIZE);
			return len;
		}
		p->left = p->left << 4 | (unsigned)digit;
	}
	return len;
}

static size_t read_chunk_line(struct http1 *p, const char *bytes, size_t len)
{
	const char *feed = memchr(bytes, '\n', len);

	if (!feed)
		return len;
	p->state = p->left ? HTTP1_AT_CHUNK : HTTP1_AT_TRAILER;
	return (size_t)(feed - bytes) + 1;
}

static size_t read_chunk_end(struct http1 *p, const char *bytes, size_t len)
{
	(void)len;
	if (*bytes == '\n') {
		p->state = HTTP1_AT_CHUNK_SIZE;
		p->left = p->n_digits = 0;
	} else if (*bytes != '\r') {
		fail(p, HTTP1_CHUNK_END);
	}
	return 1;
}

/* ---- all of it -------------------------------------------------------- */

static size_t (*const readers[HTTP1_AT_END])(struct http1 *p, const char *bytes,
					     size_t len) = {
	[HTTP1_AT_STATUS] = read_line,
	[HTTP1_AT_FIELDS] = read_line,
	[HTTP1_AT_LENGTH] = read_left,
	[HTTP1_AT_REST] = read_rest,
	[HTTP1_AT_CHUNK_SIZE] = read_chunk_size,
	[HTTP1_AT_CHUNK_LINE] = read_chunk_line,
	[HTTP1_AT_CHUNK] = read_left,
	[HTTP1_AT_CHUNK_END] = read_chunk_end,
	[HTTP1_AT_TRAILER] = read_line,
};

bool http1_feed(struct http1 *p, const char *bytes, size_t len)
{
	while (len && !p->flaw && p->state != HTTP1_AT_END) {
		size_t n = readers[p->state](p, bytes, len);
		bytes += n;
		len -= n;
	}
	p->n_behind += len;
	return !p->flaw && p->state != HTTP1_AT_END;
}

bool http1_close(struct http1 *p)
{
	if (p->flaw)
		return false;
	switch (p->state) {
	case HTTP1_AT_REST:
		p->state = HTTP1_AT_END;
		return true;
	case HTTP1_AT_END:
		return true;
	case HTTP1_AT_STATUS:
	case HTTP1_AT_FIELDS:
		fail(p, p->head->seen_bytes || p->line.len ? HTTP1_CUT_HEAD
							   : HTTP1_EMPTY);
		return false;
	case HTTP1_AT_LENGTH:
		fail(p, HTTP1_CUT_BODY);
		return false;
	default:
		fail(p, HTTP1_CUT_CHUNKS);
		return false;
	}
}

const char *http1_say(enum http1_flaw flaw)
{
	static const char *const words[HTTP1_FLAW_N] = {
		[HTTP1_FINE] = "",
		[HTTP1_NO_HTTP] = "the answer does not begin as HTTP does",
		[HTTP1_BAD_VERSION] =
			"the answer is in a version of HTTP that nobody asked "
			"for",
		[HTTP1_BAD_STATUS] = "a status that is no number of 3 digits",
		[HTTP1_NUL] = "a NUL byte in a header",
		[HTTP1_NO_COLON] = "a header line without a colon",
		[HTTP1_FOLD] = "a folded line in front of all headers",
		[HTTP1_BAD_LENGTH] = "a length that is no number",
		[HTTP1_CHUNK_SIZE] = "the size of a chunk is no number that "
				     "can be",
		[HTTP1_CHUNK_END] = "a chunk is longer than it said",
		[HTTP1_TRAILER] = "a broken line behind the last chunk",
		[HTTP1_EMPTY] = "the connection was closed without an answer",
		[HTTP1_CUT_HEAD] = "the headers were cut off",
		[HTTP1_CUT_BODY] = "the body is shorter than it was said to be",
		[HTTP1_CUT_CHUNKS] = "the body ends before its last chunk",
		[HTTP1_HEADERS] = "the headers are too large",
		[HTTP1_SINK] = "the body could not be taken",
	};

	return words[flaw];
}
