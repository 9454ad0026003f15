/* SPDX-License-Identifier: MIT */
#include "probe/engine/headers.h"

#include <string.h>
#include <strings.h>

#include "probe/engine/exchange.h"
#include "scenarios/base/text.h"

enum { LENGTH_DIGITS_MAX = 18 }; /* of a length that 63 bits hold */

void headers_init(struct headers *h, uint64_t max_bytes)
{
	size_t max = max_bytes < BUF_NO_LIMIT ? max_bytes : BUF_NO_LIMIT;

	*h = (struct headers){ .max_bytes = max };
	buf_init(&h->line, max);
	buf_init(&h->text, max);
}

void headers_release(struct headers *h)
{
	buf_release(&h->line);
	buf_release(&h->text);
}

void headers_reset(struct headers *h)
{
	struct buf line = h->line, text = h->text;

	buf_reset(&line);
	buf_reset(&text);
	*h = (struct headers){
		.max_bytes = h->max_bytes,
		.line = line,
		.text = text,
	};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *len)
{
	while (*len && is_blank(**text)) {
		++*text;
		--*len;
	}
	while (*len && is_blank((*text)[*len - 1]))
		--*len;
}

/* The three digits behind the first space, 0 when they are not there. */
static long status_of(const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);
	long status = 0;

	if (!space || (size_t)(line + len - space) < 4)
		return 0;
	for (int i = 1; i <= 3; i++) {
		if (space[i] < '0' || space[i] > '9')
			return 0;
		status = status * 10 + (space[i] - '0');
	}
	return status;
}

static void forget_fields(struct headers *h)
{
	buf_reset(&h->text);
	h->n = 0;
	h->can_fold = false;
}

static void take_status(struct headers *h, const char *line, size_t len)
{
	forget_fields(h);
	h->is_whole = false;
	h->status = status_of(line, len);
	h->is_interim = h->status >= 100 && h->status < 200 && h->status != 101;
}

static void take_end(struct headers *h)
{
	h->can_fold = false;
	if (!h->is_interim) {
		h->is_whole = true;
		return;
	}
	forget_fields(h);
	h->is_interim = false;
	h->status = 0;
	if (++h->interim > HEADERS_INTERIM_MAX)
		h->too_large = true;
}

static void take_fold(struct headers *h, const char *line, size_t len)
{
	trim(&line, &len);
	if (!h->can_fold) {
		h->bad++;
		return;
	}
	if (!len)
		return;
	h->text.len--; /* the NUL behind the value */
	buf_putc(&h->text, ' ');
	buf_add(&h->text, line, len);
	buf_putc(&h->text, '\0');
}

static void take_field(struct headers *h, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t name_len = colon ? (size_t)(colon - line) : 0;

	h->can_fold = text_is_token(line, name_len);
	if (!h->can_fold) {
		h->bad++;
		return;
	}
	const char *value = colon + 1;
	size_t value_len = len - name_len - 1;
	trim(&value, &value_len);
	buf_add(&h->text, line, name_len);
	buf_putc(&h->text, '\0');
	buf_add(&h->text, value, value_len);
	buf_putc(&h->text, '\0');
	h->n++;
}

/* A whole line of a field that says nothing of how the body is sent.  Others
 * that look like those that do are kept and do no harm. */
static bool is_dull(const struct headers *h, const char *line, size_t len)
{
	enum { NAME_MIN = 14, NAME_MAX = 17 }; /* Content-Length ... */

	if (!h->only_framing || h->line.len || len <= NAME_MIN ||
	    line[len - 1] != '\n')
		return false;
	switch (*line) {
	case 'C':
	case 'c':
	case 'T':
	case 't':
		return line[NAME_MIN] != ':' &&
		       !memchr(line + NAME_MIN, ':',
			       len <= NAME_MAX ? len - NAME_MIN
					       : NAME_MAX + 1 - NAME_MIN);
	default:
		return *line != 'H' && !is_blank(*line);
	}
}

/* One whole line with its line feed. */
static void take_line(struct headers *h, const char *line, size_t len)
{
	len--;
	if (len && line[len - 1] == '\r')
		len--;
	if (!len) {
		take_end(h);
	} else if (memchr(line, '\0', len)) {
		h->can_fold = false;
		h->bad++;
	} else if (len >= 5 && !memcmp(line, "HTTP/", 5)) {
		take_status(h, line, len);
	} else if (is_blank(*line)) {
		take_fold(h, line, len);
	} else {
		take_field(h, line, len);
	}
}

bool headers_add(struct headers *h, const char *bytes, size_t len)
{
	bool fits = len <= h->max_bytes - h->seen_bytes;

	if (fits && is_dull(h, bytes, len)) {
		h->can_fold = false;
		h->seen_bytes += len;
		return !h->too_large;
	}
	if (!fits)
		len = h->max_bytes - h->seen_bytes;
	while (len && !h->too_large) {
		const char *feed = memchr(bytes, '\n', len);
		size_t n = feed ? (size_t)(feed - bytes) + 1 : len;
		if (feed && !h->line.len) {
			take_line(h, bytes, n);
		} else {
			buf_add(&h->line, bytes, n);
			if (feed) {
				take_line(h, h->line.text, h->line.len);
				buf_reset(&h->line);
			}
		}
		h->seen_bytes += n;
		bytes += n;
		len -= n;
	}
	h->too_large |= !fits;
	return !h->too_large && !h->line.failed && !h->text.failed;
}

const struct field *headers_fields(const struct headers *h, struct arena *a)
{
	struct field *fields = arena_alloc(a, h->n, sizeof(*fields));
	char *text = arena_strndup(a, buf_text(&h->text), h->text.len);

	if (!fields || !text)
		return NULL;
	for (size_t i = 0; i < h->n; i++) {
		fields[i].name = text;
		text += strlen(text) + 1;
		fields[i].value = text;
		text += strlen(text) + 1;
	}
	return fields;
}

/* One length, or the same one over and over: "3, 3". */
static const char *list_flaw(const char *list, const char **first,
			     size_t *first_len)
{
	while (*list) {
		size_t len = strspn(list, "0123456789");

		if (!len || len > LENGTH_DIGITS_MAX)
			return "a length that is no number";
		if (!*first) {
			*first = list;
			*first_len = len;
		}
		if (len != *first_len || memcmp(list, *first, len) != 0)
			return "two lengths that differ";
		list += len;
		size_t gap = strspn(list, ", \t");
		if (*list && !gap)
			return "a length that is no number";
		list += gap;
	}
	return NULL;
}

/* The value of the next field of that name; *i and *at say where to go on,
 * 0 and NULL at first. */
static const char *next_value(const struct headers *h, const char *name,
			      size_t *i, const char **at)
{
	if (!*at)
		*at = buf_text(&h->text);
	for (; *i < h->n; ++*i) {
		const char *field = *at;
		const char *value = field + strlen(field) + 1;

		*at = value + strlen(value) + 1;
		if (strcasecmp(field, name) == 0) {
			++*i;
			return value;
		}
	}
	return NULL;
}

bool headers_has(const struct headers *h, const char *name)
{
	const char *at = NULL;
	size_t i = 0;

	return next_value(h, name, &i, &at);
}

const char *headers_length_flaw(const struct headers *h)
{
	const char *at = NULL, *value, *first = NULL, *flaw = NULL;
	size_t i = 0, first_len = 0;

	while (!flaw && (value = next_value(h, "Content-Length", &i, &at)))
		flaw = list_flaw(value, &first, &first_len);
	return flaw;
}
