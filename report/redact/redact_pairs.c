/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/redact/redact_parts.h"
#include "scenarios/base/text.h"

/* Names with a value behind them: queries and forms, JSON members, header
 * lines. */
enum {
	NAME_BACK = 64,	 /* bytes of a name that are looked at */
	BLANKS_MAX = 16, /* between a name, its sign and its value */
};

static bool is_white(char c)
{
	return form_is_blank(c) || c == '\r' || c == '\n';
}

/* ---- quotes, as they may be spelled ----------------------------------- */

static const char *const quotes[] = { "\\\"",  "\"",	 "\\'",
				      "'",     "&quot;", "&#34;",
				      "&#39;", "%22",	 "%5C%22" };
enum { QUOTES_N = sizeof quotes / sizeof quotes[0] };

static const char *quote_at(const struct form *f, size_t at)
{
	for (size_t i = 0; i < QUOTES_N; i++) {
		if (form_is(f, at, quotes[i]))
			return quotes[i];
	}
	return NULL;
}

static const char *quote_before(const struct form *f, size_t at)
{
	/* how each of them ends */
	if (at == 0 || strchr("\"';2", f->text[at - 1]) == NULL)
		return NULL;
	for (size_t i = 0; i < QUOTES_N; i++) {
		size_t n = strlen(quotes[i]);

		if (at >= n && form_is(f, at - n, quotes[i]))
			return quotes[i];
	}
	return NULL;
}

/* Where the text inside a quote ends: at the next one of the same spelling
 * that no further backslash stands before. */
static size_t quote_end(const struct form *f, size_t at, const char *quote)
{
	while (at < f->len && !form_is(f, at, quote)) {
		bool escaped = f->text[at] == '\\' && at + 1 < f->len;

		at += escaped ? 2 : 1;
		/* \\\" is a quote inside of \"...\" */
		if (escaped && quote[0] == '\\' && f->text[at - 1] == '\\' &&
		    form_byte(f, at) == '\\')
			at += 2;
	}
	return at < f->len ? at : f->len;
}

/* ---- name and value --------------------------------------------------- */

/* A name in front of a sign. */
struct name {
	size_t from, to;
	const char *quote; /* around it, or NULL */
	unsigned is;	   /* NAME_... */
};

/* %26token and \u0026token: the escape is not of the name. */
static size_t skip_escape(const struct form *f, size_t from, size_t to)
{
	if (from == 0 || to - from < 2)
		return from;
	if (f->text[from - 1] == '%' && text_hex_digit(f->text[from]) >= 0 &&
	    text_hex_digit(f->text[from + 1]) >= 0)
		return from + 2;
	if (f->text[from - 1] != '\\')
		return from;
	if (f->text[from] == 'u' && to - from > 5)
		return from + 5;
	return from + 1;
}

static bool name_before(const struct form *f, size_t at, struct name *name)
{
	size_t blanks = 0;

	while (at > 0 && form_is_blank(f->text[at - 1]) &&
	       blanks++ < BLANKS_MAX)
		at--;
	name->quote = quote_before(f, at);
	if (name->quote)
		at -= strlen(name->quote);
	else if (at > 0 && f->text[at - 1] == ']')
		at--; /* user[password]= */
	else if (at >= 3 && form_is(f, at - 3, "%5D"))
		at -= 3;
	name->to = at;
	while (at > 0 && redact_is_name(f->text[at - 1]) &&
	       name->to - at < NAME_BACK)
		at--;
	name->from = skip_escape(f, at, name->to);
	name->is = redact_name(f->text + name->from, name->to - name->from);
	return name->is != 0;
}

/* Whether a name begins a pair of a query or of a form. */
static bool in_query(const struct form *f, size_t from)
{
	return from == 0 || (from >= 1 && strchr("?&;#[", f->text[from - 1])) ||
	       (from >= 3 && f->text[from - 3] == '%') ||
	       (from >= 6 && f->text[from - 6] == '\\');
}

static bool is_any(const struct form *f, size_t at, const char *const *words)
{
	while (*words && !form_is(f, at, *words))
		words++;
	return *words != NULL;
}

static bool ends_pair(const struct form *f, size_t at, bool encoded)
{
	static const char *const escaped[] = { "\\\"", "\\'", "\\u0026",
					       "\\u003b", NULL };
	static const char *const percent[] = { "%26", "%3B", "%20",
					       "%22", "%23", NULL };
	char c = f->text[at];

	if ((unsigned char)c <= ' ' || strchr("&;\"'<>`,)}#|", c))
		return true;
	if (c == '\\')
		return is_any(f, at, escaped);
	return encoded && c == '%' && is_any(f, at, percent);
}

/* The value behind "name=". */
static size_t take_pair(const struct form *f, size_t at, bool encoded)
{
	const char *quote = quote_at(f, at);
	size_t from = at;

	if (quote) {
		from += strlen(quote);
		return form_take(f, from, quote_end(f, from, quote));
	}
	if (redact_mark_at(f->text, f->len, at))
		return at + REDACT_MARK_LEN;
	while (at < f->len && !ends_pair(f, at, encoded))
		at++;
	return form_take(f, from, at);
}

static size_t skip_white(const struct form *f, size_t at)
{
	size_t end = at + BLANKS_MAX;

	while (at < f->len && at < end && is_white(f->text[at]))
		at++;
	return at;
}

static size_t find_any(const struct form *f, size_t at, const char *bytes)
{
	while (at < f->len && strchr(bytes, f->text[at]) == NULL)
		at++;
	return at;
}

/* The value behind "name": in JSON and its like. */
static size_t take_member(const struct form *f, size_t at, unsigned is)
{
	const char *quote;
	size_t from = skip_white(f, at);

	if (redact_mark_at(f->text, f->len, from))
		return from + REDACT_MARK_LEN;
	quote = quote_at(f, from);
	if (quote) {
		from += strlen(quote);
		return form_take(f, from, quote_end(f, from, quote));
	}
	if (!(is & NAME_SCALAR) || form_is(f, from, "null") ||
	    form_is(f, from, "true") || form_is(f, from, "false") ||
	    form_byte(f, from) == '{')
		return at;
	if (form_byte(f, from) == '[')
		return form_take(f, from + 1, find_any(f, from + 1, "]"));
	return form_take(f, from, find_any(f, from, ",}]\r\n"));
}

/* The rest of a header line; of a quoted one up to its quote. */
static size_t take_line(const struct form *f, size_t at, const char *quote)
{
	size_t from = at;

	while (from < f->len && form_is_blank(f->text[from]))
		from++;
	at = from;
	while (at < f->len && f->text[at] != '\r' && f->text[at] != '\n' &&
	       !form_is(f, at, "\\r") && !form_is(f, at, "\\n") &&
	       !(quote && form_is(f, at, quote)))
		at++;
	return form_take(f, from, at);
}

size_t form_equals(const struct form *f, size_t at, size_t len)
{
	struct name name;

	if (!name_before(f, at, &name))
		return at;
	if ((name.is & NAME_ASSIGN) ||
	    ((name.is & NAME_QUERY) && in_query(f, name.from)))
		return take_pair(f, at + len, len > 1);
	return at;
}

size_t form_colon(const struct form *f, size_t at, size_t len)
{
	struct name name;

	if (!name_before(f, at, &name))
		return at;
	if (name.quote && (name.is & NAME_JSON))
		return take_member(f, at + len, name.is);
	if (!name.quote && (name.is & NAME_HEADER))
		return take_line(f, at + len, quote_before(f, name.from));
	return at;
}
