/* SPDX-License-Identifier: MIT */
#include "loadgen/transport/http2_ask.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "loadgen/transport/transport.h"
#include "loadgen/transport/wire.h"
#include "scenarios/base/text.h"

enum {
	ASK_TEXT_MAX = 1 << 20, /* bytes, besides the body */
	ASK_FIELDS_AT_FIRST = 16,
	ASK_FIELDS_MAX = 4096,
	AT_AUTHORITY = 2, /* among the fields */
};

struct span {
	const char *text;
	size_t len;
};

void h2_ask_release(struct h2_ask *a)
{
	buf_release(&a->text);
	free(a->field);
	*a = (struct h2_ask){ 0 };
}

static bool add(struct h2_ask *a, struct span name, struct span value)
{
	if (a->n == a->room) {
		size_t room = a->room ? a->room * 2 : ASK_FIELDS_AT_FIRST;
		nghttp2_nv *more =
			room > ASK_FIELDS_MAX
				? NULL
				: realloc(a->field, room * sizeof(*more));
		if (!more)
			return false;
		a->field = more;
		a->room = room;
	}
	a->field[a->n++] = (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name.text,
		.value = (uint8_t *)(uintptr_t)value.text,
		.namelen = name.len,
		.valuelen = value.len,
	};
	return true;
}

static struct span word(const char *text)
{
	return (struct span){ text, strlen(text) };
}

/* Cuts off what stands before the mark, and the mark. */
static bool cut(struct span *rest, char mark, struct span *before)
{
	const char *at = memchr(rest->text, mark, rest->len);

	if (!at)
		return false;
	*before = (struct span){ rest->text, (size_t)(at - rest->text) };
	rest->text = at + 1;
	rest->len -= before->len + 1;
	return true;
}

/* RFC 9113 section 8.2.2 */
static bool is_of_connection(struct span name, struct span value)
{
	static const char *const names[] = {
		"connection",	     "host",
		"keep-alive",	     "proxy-connection",
		"transfer-encoding", "upgrade",
		"http2-settings",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_is(name.text, name.len, names[i]))
			return true;
	return text_is(name.text, name.len, "te") &&
	       !(value.len == 8 && !strncasecmp(value.text, "trailers", 8));
}

static void lower(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] += 'a' - 'A';
}

/* One line without its end.  The name stands in our own copy. */
static bool take_line(struct h2_ask *a, struct span line)
{
	struct span name;

	if (!cut(&line, ':', &name) || !name.len)
		return false;
	while (line.len && (*line.text == ' ' || *line.text == '\t')) {
		line.text++;
		line.len--;
	}
	while (line.len && (line.text[line.len - 1] == ' ' ||
			    line.text[line.len - 1] == '\t'))
		line.len--;
	lower(a->text.text + (name.text - a->text.text), name.len);
	if (text_is(name.text, name.len, "host")) {
		a->field[AT_AUTHORITY].value = (uint8_t *)(uintptr_t)line.text;
		a->field[AT_AUTHORITY].valuelen = line.len;
	}
	return is_of_connection(name, line) || add(a, name, line);
}

/* The first line becomes fields of its own, in front of all others. */
static bool take_first(struct h2_ask *a, struct span line, bool is_tls)
{
	struct span method, path;

	return cut(&line, ' ', &method) && cut(&line, ' ', &path) &&
	       add(a, word(":method"), method) &&
	       add(a, word(":scheme"), word(is_tls ? "https" : "http")) &&
	       add(a, word(":authority"), word("")) &&
	       add(a, word(":path"), path);
}

static bool take_head(struct h2_ask *a, bool is_tls)
{
	struct span rest = { a->text.text, a->text.len }, line;

	a->n = 0;
	if (!cut(&rest, '\n', &line) || !take_first(a, line, is_tls))
		return false;
	while (cut(&rest, '\n', &line)) {
		if (line.len && line.text[line.len - 1] == '\r')
			line.len--;
		if (!line.len)
			return true;
		if (!take_line(a, line))
			return false;
	}
	return false;
}

static bool copy_head(struct h2_ask *a, const struct wire *wire)
{
	size_t head_len = wire->head_len;

	buf_reset(&a->text);
	a->text.max = ASK_TEXT_MAX + wire->request->body_len;
	if (wire->bytes)
		return buf_add(&a->text, wire->bytes, head_len);
	return wire_render(wire->request, false, &a->text, &head_len);
}

bool h2_ask_make(struct h2_ask *a, const struct wire *wire, bool is_tls)
{
	if (a->wire == wire && a->version == wire->version)
		return true;
	a->wire = NULL;
	if (!copy_head(a, wire) || !take_head(a, is_tls))
		return false;
	a->wire = wire;
	a->version = wire->version;
	return true;
}
