/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/redact/redact_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

/* What is secret by its look, and the scan over a text. */
enum {
	BLANKS_MAX = 16, /* between a scheme and its credentials */
	JWT_PART_MIN = 5,
	BEARER_MIN = 4,
	BASIC_MAX = 4096,
};

bool form_is_whole(const struct form *f, size_t at, const char *word)
{
	size_t n = strlen(word);

	return at <= f->len && f->len - at >= n &&
	       text_same_nocase(f->text + at, n, word, n);
}

size_t form_take(const struct form *f, size_t from, size_t to)
{
	if (redact_mark_at(f->text, f->len, from))
		return from + REDACT_MARK_LEN;
	spans_add(f->sp, from, to);
	return to;
}

/* ---- addresses -------------------------------------------------------- */

/* "://" and its spellings; 0 when there is none. */
static size_t slashes_at(const struct form *f, size_t at)
{
	static const char *const forms[] = { "://", ":\\/\\/", "%3A%2F%2F",
					     ":%2F%2F" };

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (form_is(f, at, forms[i]))
			return strlen(forms[i]);
	}
	return 0;
}

static bool ends_address(const struct form *f, size_t at)
{
	static const bool is_end[256] = {
		['"'] = true, ['\''] = true, ['<'] = true,
		['>'] = true, ['`'] = true,  ['\\'] = true,
	};
	unsigned char c = (unsigned char)f->text[at];

	return c <= ' ' || is_end[c] || slashes_at(f, at) > 0;
}

/* host:port has digits behind the colon; user:pass/word has not. */
static bool is_port(const struct form *f, size_t from, size_t end)
{
	const char *colon = memchr(f->text + from, ':', end - from);

	if (colon == NULL)
		return true;
	for (const char *p = colon + 1; p < f->text + end; p++) {
		if (*p < '0' || *p > '9')
			return false;
	}
	return true;
}

static size_t address_end(const struct form *f, size_t at)
{
	while (at < f->len && !ends_address(f, at))
		at++;
	return at;
}

static size_t authority_end(const struct form *f, size_t at, size_t end,
			    bool encoded)
{
	while (at < end && strchr("/?#", f->text[at]) == NULL &&
	       !(encoded && (f->text[at] == '&' || form_is(f, at, "%2F"))))
		at++;
	return at;
}

/* The last at sign in a part, or `end`. */
static size_t last_at_sign(const struct form *f, size_t from, size_t end,
			   bool encoded)
{
	for (size_t at = end; at > from; at--) {
		if (f->text[at - 1] == '@' ||
		    (encoded && form_is(f, at - 1, "%40")))
			return at - 1;
	}
	return end;
}

/* One that was cut inside of user:password has no at sign: what stands behind
 * the colon, and is no port, is the start of a password.  (That of a template
 * is none.) */
static bool is_cut_userinfo(const struct form *f, size_t from, size_t end,
			    bool encoded)
{
	size_t at = from;

	if (form_byte(f, from) == '[')
		return false;
	while (at < end && f->text[at] != ':' &&
	       !(encoded && form_is(f, at, "%3A")))
		at++;
	at += form_byte(f, at) == '%' ? 3 : 1;
	if (at >= end || form_byte(f, at) == '$')
		return false;
	while (at < end && f->text[at] >= '0' && f->text[at] <= '9')
		at++;
	/* a port at the end of a part of a sentence */
	while (at < end && strchr(".,;:!)]}", f->text[at]))
		at++;
	return at < end;
}

static size_t take_userinfo(const struct form *f, size_t from, bool encoded)
{
	size_t all = address_end(f, from);
	size_t end = authority_end(f, from, all, encoded);
	size_t at = last_at_sign(f, from, end, encoded);

	/* a password in which a slash was not encoded */
	if (at == end && !is_port(f, from, end)) {
		at = last_at_sign(f, end, all, encoded);
		end = all;
	}
	if (at == end && end == all && is_cut_userinfo(f, from, end, encoded))
		return form_take(f, from, end);
	return at < end && at > from ? form_take(f, from, at) : from;
}

/* ---- things known by their look --------------------------------------- */

static bool is_token(char c)
{
	return redact_is_name(c) || c == '~' || c == '+' || c == '/';
}

static size_t token_end(const struct form *f, size_t at)
{
	while (is_token(form_byte(f, at)))
		at++;
	while (form_byte(f, at) == '=')
		at++;
	return at;
}

static bool starts_word(const struct form *f, size_t at)
{
	return at == 0 ||
	       !(redact_is_alnum(f->text[at - 1]) || f->text[at - 1] == '_');
}

static size_t blanks_end(const struct form *f, size_t at)
{
	size_t end = at + BLANKS_MAX;

	while (at < end && (form_is_blank(form_byte(f, at)) ||
			    form_is(f, at, "%20") || form_byte(f, at) == '+'))
		at += form_byte(f, at) == '%' ? 3 : 1;
	return at;
}

/* "bearer token" and the like are prose. */
static bool is_prose(const struct form *f, size_t from, size_t to)
{
	static const char *const words[] = {
		"token",	  "tokens",	   "auth",   "realm=",
		"authentication", "authorization", "error=", "scope=",
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (text_same_nocase(f->text + from, to - from, words[i],
				     strlen(words[i])))
			return true;
	}
	return false;
}

static size_t take_bearer(const struct form *f, size_t at)
{
	size_t from = blanks_end(f, at);
	size_t end = token_end(f, from);

	if (from == at || end - from < BEARER_MIN || is_prose(f, from, end))
		return at;
	return form_take(f, from, end);
}

/* Only what decodes to "user:password" is one, whole or cut. */
static size_t take_basic(const struct form *f, size_t at)
{
	size_t from = blanks_end(f, at);
	size_t end = token_end(f, from);
	size_t whole = (end - from) / 4 * 4; /* of its groups of four */
	struct buf plain;
	bool is;

	if (from == at || end - from < BEARER_MIN)
		return at;
	buf_init(&plain, BASIC_MAX);
	is = end - from > BASIC_MAX ||
	     ((text_base64_decode(&plain, TEXT_BASE64, f->text + from, whole) ||
	       text_base64_decode(&plain, TEXT_BASE64_URL, f->text + from,
				  whole)) &&
	      memchr(plain.text, ':', plain.len));
	buf_release(&plain);
	return is ? form_take(f, from, end) : at;
}

static size_t jwt_part(const struct form *f, size_t at)
{
	while (redact_is_alnum(form_byte(f, at)) || form_byte(f, at) == '-' ||
	       form_byte(f, at) == '_')
		at++;
	return at;
}

static size_t take_jwt(const struct form *f, size_t at)
{
	size_t dot = jwt_part(f, at), end;

	if (at > 0 &&
	    (redact_is_name(f->text[at - 1]) && f->text[at - 1] != '.'))
		return at;
	if (dot - at < JWT_PART_MIN || form_byte(f, dot) != '.')
		return at;
	end = jwt_part(f, dot + 1);
	if (end - dot - 1 < JWT_PART_MIN)
		return at;
	if (form_byte(f, end) == '.')
		end = jwt_part(f, end + 1);
	return form_take(f, at, end);
}

/* A private key, to its last line or to the end of the text. */
static size_t take_key(const struct form *f, size_t at)
{
	static const char begin[] = "-----BEGIN ", kind[] = "PRIVATE KEY",
			  end[] = "-----END ", rule[] = "-----";
	enum { KIND_MAX = 64 };
	size_t room = f->len - at < KIND_MAX ? f->len - at : KIND_MAX;
	const char *p = f->text + at;
	const char *last;

	if (!form_is(f, at, begin) || !memmem(p, room, kind, sizeof kind - 1))
		return at;
	p = memmem(p, f->len - at, end, sizeof end - 1);
	last = p ? p + sizeof end - 1 : NULL;
	last = last ? memmem(last, f->len - (size_t)(last - f->text), rule,
			     sizeof rule - 1)
		    : NULL;
	if (last == NULL)
		return form_take(f, at, f->len);
	return form_take(f, at, (size_t)(last - f->text) + sizeof rule - 1);
}

/* ---- the scan --------------------------------------------------------- */

/* '=' and ':' as they may be spelled. */
static char sign_at(const struct form *f, size_t at, size_t *len)
{
	static const struct {
		const char *text;
		char is;
	} forms[] = { { "=", '=' },	{ ":", ':' },	{ "%3D", '=' },
		      { "%253D", '=' }, { "%3A", ':' }, { "\\u003d", '=' },
		      { "&#61;", '=' } };

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (form_is(f, at, forms[i].text)) {
			*len = strlen(forms[i].text);
			return forms[i].is;
		}
	}
	return '\0';
}

static size_t at_sign(const struct form *f, size_t at)
{
	size_t len = slashes_at(f, at);
	char sign;

	if (len > 0)
		return take_userinfo(f, at + len,
				     form_byte(f, at + 1) != '/' &&
					     form_byte(f, at + 1) != '\\');
	sign = sign_at(f, at, &len);
	if (sign == '=')
		return form_equals(f, at, len);
	return sign == ':' ? form_colon(f, at, len) : at;
}

static size_t at_word(const struct form *f, size_t at)
{
	if (!starts_word(f, at))
		return at;
	if (form_is(f, at, "bearer"))
		return take_bearer(f, at + 6);
	if (form_is(f, at, "basic"))
		return take_basic(f, at + 5);
	return at;
}

static size_t look(const struct form *f, size_t at)
{
	switch (f->text[at]) {
	case '=':
	case ':':
	case '%':
	case '\\':
	case '&':
		return at_sign(f, at);
	case 'B':
	case 'b':
		return at_word(f, at);
	case 'e':
		return memcmp(f->text + at, "eyJ",
			      f->len - at < 3 ? f->len - at : 3) == 0
			       ? take_jwt(f, at)
			       : at;
	case '-':
		return take_key(f, at);
	default:
		return at;
	}
}

void redact_find_forms(const char *text, size_t len, struct spans *sp)
{
	static const bool is_lead[256] = {
		['='] = true,  [':'] = true, ['%'] = true,
		['\\'] = true, ['&'] = true, ['B'] = true,
		['b'] = true,  ['e'] = true, ['-'] = true,
	};
	const struct form f = { text, len, sp };
	size_t at = 0;

	while (at < len) {
		size_t next =
			is_lead[(unsigned char)text[at]] ? look(&f, at) : at;

		/* what was taken is not looked at again: one pass in all */
		at = next > at ? next : at + 1;
	}
}
