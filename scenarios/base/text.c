/* SPDX-License-Identifier: MIT */
#include "scenarios/base/text.h"

#include <string.h>

#include "scenarios/base/buf.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
static const char ellipsis[] = "\xe2\x80\xa6";	  /* U+2026 */
static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";

/* ---- UTF-8 ------------------------------------------------------------ */

/* Bytes of the sequence that lead begins, 0 when none does. */
static size_t sequence_bytes(unsigned char lead)
{
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}

static bool is_code_point(uint32_t value)
{
	return value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

size_t text_utf8_next(const char *text, size_t len, uint32_t *code)
{
	/* The smallest code point of each length: less is overlong. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (!len)
		return 0;
	unsigned char lead = (unsigned char)text[0];
	if (lead < 0x80) {
		*code = lead;
		return 1;
	}
	size_t n = sequence_bytes(lead);
	if (!n || n > len)
		return 0;
	uint32_t value = lead & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (c & 0x3f);
	}
	if (value < least[n] || !is_code_point(value))
		return 0;
	*code = value;
	return n;
}

bool text_utf8_put(struct buf *out, uint32_t code)
{
	char c[4];

	if (!is_code_point(code))
		return buf_puts(out, replacement);
	if (code < 0x80)
		return buf_putc(out, (char)code);
	size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = n; --i; code >>= 6)
		c[i] = (char)(0x80 | (code & 0x3f));
	c[0] = (char)((0xf00U >> n) | code);
	return buf_add(out, c, n);
}

bool text_utf8_valid(const char *text, size_t len, size_t *bad_at)
{
	uint32_t code;

	for (size_t i = 0; i < len;) {
		size_t n = text_utf8_next(text + i, len - i, &code);
		if (!n) {
			if (bad_at)
				*bad_at = i;
			return false;
		}
		i += n;
	}
	return true;
}

size_t text_utf8_count(const char *text, size_t len)
{
	size_t count = 0;
	uint32_t code;

	for (size_t i = 0; i < len; count++) {
		size_t n = text_utf8_next(text + i, len - i, &code);
		i += n ? n : 1;
	}
	return count;
}

size_t text_cut_at(const char *text, size_t len, size_t max)
{
	enum { LONGEST = 4 };
	uint32_t code;

	if (max >= len)
		return len;
	/* Step back only when a valid code point stands across the cut. */
	for (size_t back = 1; back < LONGEST && back <= max; back++) {
		size_t from = max - back;
		if (text_utf8_next(text + from, len - from, &code) > back)
			return from;
	}
	return max;
}

bool text_cut(struct buf *out, const char *text, size_t len, size_t max_bytes)
{
	if (len <= max_bytes)
		return buf_add(out, text, len);
	if (max_bytes < sizeof(ellipsis) - 1)
		return true;
	size_t n = text_cut_at(text, len, max_bytes - (sizeof(ellipsis) - 1));
	return buf_add(out, text, n) && buf_puts(out, ellipsis);
}

/* ---- comparing -------------------------------------------------------- */

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool text_same_nocase(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool text_is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(text, word, len);
}

static bool is_token_char(unsigned char c)
{
	unsigned char low = c | 0x20;

	if ((c >= '0' && c <= '9') || (low >= 'a' && low <= 'z'))
		return true;
	return c && strchr("!#$%&'*+-.^_`|~", c);
}

bool text_is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_token_char((unsigned char)text[i]))
			return false;
	return len > 0;
}

static unsigned least_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

size_t text_distance(const char *a, size_t a_len, const char *b, size_t b_len,
		     size_t max)
{
	unsigned row[3][TEXT_DISTANCE_MAX + 1];
	unsigned *before = row[0], *last = row[1], *now = row[2];

	if (a_len > TEXT_DISTANCE_MAX || b_len > TEXT_DISTANCE_MAX)
		return max + 1;
	for (unsigned k = 0; k <= b_len; k++)
		last[k] = k;
	for (size_t i = 1; i <= a_len; i++) {
		now[0] = (unsigned)i;
		for (size_t k = 1; k <= b_len; k++) {
			unsigned cost = last[k - 1] + (a[i - 1] != b[k - 1]);
			cost = least_of(cost,
					least_of(last[k], now[k - 1]) + 1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1])
				cost = least_of(cost, before[k - 2] + 1);
			now[k] = cost;
		}
		unsigned *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b_len] > max ? max + 1 : last[b_len];
}

void text_nearest_init(struct text_nearest *t, const char *word, size_t len)
{
	*t = (struct text_nearest){ .word = word, .len = len };
}

void text_nearest_add(struct text_nearest *t, const char *candidate)
{
	size_t len = strlen(candidate);
	size_t longer = len > t->len ? len : t->len;
	size_t max = longer / 3 ? longer / 3 : 1;

	/* Nothing in common is nothing near: "a" is not "b". */
	if (max >= longer)
		max = longer ? longer - 1 : 0;
	size_t distance = text_distance(t->word, t->len, candidate, len, max);
	if (distance > max || (t->best && distance >= t->best_distance))
		return;
	t->best = candidate;
	t->best_distance = distance;
}

const char *text_nearest(const char *word, size_t len,
			 const char *const *candidates, size_t n)
{
	struct text_nearest near;

	text_nearest_init(&near, word, len);
	for (size_t i = 0; i < n; i++)
		text_nearest_add(&near, candidates[i]);
	return near.best;
}

/* ---- encodings -------------------------------------------------------- */

static const char base64_digits[2][65] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

bool text_base64_encode(struct buf *out, enum text_base64 kind,
			const void *bytes, size_t n)
{
	const unsigned char *in = bytes;
	const char *digits = base64_digits[kind];
	bool done = true;

	for (size_t i = 0; i < n && done; i += 3) {
		size_t got = n - i < 3 ? n - i : 3;
		uint32_t bits = (uint32_t)in[i] << 16;
		if (got > 1)
			bits |= (uint32_t)in[i + 1] << 8;
		if (got > 2)
			bits |= in[i + 2];
		char quad[4] = { digits[bits >> 18 & 63],
				 digits[bits >> 12 & 63], '=', '=' };
		if (got > 1)
			quad[2] = digits[bits >> 6 & 63];
		if (got > 2)
			quad[3] = digits[bits & 63];
		done = buf_add(out, quad, kind == TEXT_BASE64 ? 4 : got + 1);
	}
	return done;
}

/* Takes out bytes appended since len was start, when something failed. */
static bool undo_to(struct buf *out, size_t start)
{
	if (out->text) {
		out->len = start;
		out->text[start] = '\0';
	}
	return false;
}

/* The bytes of padding; false when the length can be no base64. */
static bool base64_padding(enum text_base64 kind, const char *text, size_t len,
			   size_t *pad)
{
	*pad = 0;
	while (*pad < 2 && *pad < len && text[len - 1 - *pad] == '=')
		++*pad;
	bool is_padded = kind == TEXT_BASE64 || *pad;
	return !(is_padded && len % 4) && (len - *pad) % 4 != 1;
}

enum {
	NO_DIGIT = 0xff,
	QUADS_AT_ONCE = 256, /* decoded before they are appended */
};

static void base64_values(enum text_base64 kind, unsigned char value[256])
{
	memset(value, NO_DIGIT, 256);
	for (unsigned i = 0; i < 64; i++)
		value[(unsigned char)base64_digits[kind][i]] = (unsigned char)i;
}

/* Whole quads, at most QUADS_AT_ONCE; false when one has another character. */
static bool base64_quads(const unsigned char value[256], const char *text,
			 size_t n, char *out)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++, text += 4, out += 3) {
		unsigned a = value[(unsigned char)text[0]];
		unsigned b = value[(unsigned char)text[1]];
		unsigned c = value[(unsigned char)text[2]];
		unsigned d = value[(unsigned char)text[3]];

		wrong |= a | b | c | d;
		out[0] = (char)(a << 2 | b >> 4);
		out[1] = (char)(b << 4 | c >> 2);
		out[2] = (char)(c << 6 | d);
	}
	return wrong < 64;
}

/* The two or three characters behind the last quad. */
static bool base64_rest(const unsigned char value[256], const char *text,
			size_t n, char *out)
{
	unsigned a = value[(unsigned char)text[0]];
	unsigned b = value[(unsigned char)text[1]];
	unsigned c = n == 3 ? value[(unsigned char)text[2]] : 0;
	unsigned unused = n == 3 ? c & 0x3 : b & 0xf;

	out[0] = (char)(a << 2 | b >> 4);
	out[1] = (char)(b << 4 | c >> 2);
	return (a | b | c) < 64 && unused == 0;
}

bool text_base64_decode(struct buf *out, enum text_base64 kind,
			const char *text, size_t len)
{
	unsigned char value[256];
	char bytes[3 * QUADS_AT_ONCE];
	size_t start = out->len;
	size_t pad;

	if (!base64_padding(kind, text, len, &pad))
		return false;
	len -= pad;
	base64_values(kind, value);
	while (len >= 4) {
		size_t n = len / 4 < QUADS_AT_ONCE ? len / 4 : QUADS_AT_ONCE;

		if (!base64_quads(value, text, n, bytes) ||
		    !buf_add(out, bytes, 3 * n))
			return undo_to(out, start);
		text += 4 * n;
		len -= 4 * n;
	}
	if (len == 0)
		return true;
	return (base64_rest(value, text, len, bytes) &&
		buf_add(out, bytes, len - 1)) ||
	       undo_to(out, start);
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

bool text_percent_encode(struct buf *out, const char *text, size_t len)
{
	bool done = true;

	for (size_t i = 0; i < len && done; i++) {
		unsigned char c = (unsigned char)text[i];
		char escape[3] = { '%', hex_upper[c >> 4], hex_upper[c & 15] };
		done = is_unreserved(text[i]) ? buf_putc(out, text[i])
					      : buf_add(out, escape, 3);
	}
	return done;
}

bool text_hex_encode(struct buf *out, const void *bytes, size_t n)
{
	const unsigned char *in = bytes;
	bool done = true;

	for (size_t i = 0; i < n && done; i++) {
		char pair[2] = { hex_lower[in[i] >> 4], hex_lower[in[i] & 15] };
		done = buf_add(out, pair, 2);
	}
	return done;
}

int text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool text_hex_decode(struct buf *out, const char *text, size_t len)
{
	size_t start = out->len;

	if (len % 2)
		return false;
	for (size_t i = 0; i < len; i += 2) {
		int high = text_hex_digit(text[i]);
		int low = text_hex_digit(text[i + 1]);
		if (high < 0 || low < 0 ||
		    !buf_putc(out, (char)(high << 4 | low)))
			return undo_to(out, start);
	}
	return true;
}

/* ---- escapes ---------------------------------------------------------- */

/* Char of XML 1.0; the ASCII ones are the caller's. */
static bool is_xml_char(uint32_t code)
{
	if (code < 0x20)
		return code == '\t' || code == '\n' || code == '\r';
	return code != 0xfffe && code != 0xffff;
}

static const char *xml_entity(uint32_t code)
{
	switch (code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\r': /* a parser would turn a bare one into a line feed */
		return "&#13;";
	default:
		return NULL;
	}
}

bool text_xml_escape(struct buf *out, const char *text, size_t len)
{
	bool done = true;

	for (size_t i = 0; i < len && done;) {
		uint32_t code = 0;
		size_t n = text_utf8_next(text + i, len - i, &code);
		const char *entity = n ? xml_entity(code) : replacement;
		if (n && !is_xml_char(code))
			entity = replacement;
		done = entity ? buf_puts(out, entity)
			      : buf_add(out, text + i, n);
		i += n ? n : 1;
	}
	return done;
}

/* What could move the cursor, hide text or turn its direction. */
static bool is_unsafe_to_show(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
	       code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

static bool show_code(struct buf *out, uint32_t code)
{
	switch (code) {
	case '\n':
		return buf_puts(out, "\\n");
	case '\r':
		return buf_puts(out, "\\r");
	case '\t':
		return buf_puts(out, "\\t");
	default:
		return code < 0x80 ? buf_printf(out, "\\x%02x", code)
				   : buf_printf(out, "\\u{%04x}", code);
	}
}

/* Bytes of printable ASCII from here on. */
static size_t plain_run(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] >= ' ' && text[n] <= '~')
		n++;
	return n;
}

bool text_printable(struct buf *out, const char *text, size_t len)
{
	bool done = true;

	for (size_t i = 0; i < len && done;) {
		uint32_t code = 0;
		size_t plain = plain_run(text + i, len - i);
		if (plain) {
			done = buf_add(out, text + i, plain);
			i += plain;
			continue;
		}
		size_t n = text_utf8_next(text + i, len - i, &code);
		if (!n)
			done = buf_printf(out, "\\x%02x",
					  (unsigned char)text[i]);
		else if (is_unsafe_to_show(code))
			done = show_code(out, code);
		else
			done = buf_add(out, text + i, n);
		i += n ? n : 1;
	}
	return done;
}
