/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_TEXT_H
#define SCENARIOS_TEXT_H

/*
 * text - small pure functions on bytes and UTF-8.
 *
 * Encodings, escapes, widths and spelling help that every folder needs.  It
 * keeps no state and knows nothing of scenarios.  Texts have a length and
 * may hold NULs unless a function takes only a pointer.
 *
 * Sources       UTF-8: RFC 3629.  Base64: RFC 4648 sections 4 and 5.
 *               Percent-encoding: RFC 3986 section 2.  Width: Unicode 14
 *               EastAsianWidth (W and F count 2) and general categories
 *               Mn, Me, Cf (count 0), ambiguous counts 1.  XML: 1.0, section
 *               2.2.  Distance: optimal string alignment (Damerau 1964).
 * Thread rule   everything here may be called from any thread.
 * Errors        appending functions return what buf_add() returns.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf; /* scenarios/base/buf.h */

/* ---- UTF-8 ------------------------------------------------------------ */

/* Decodes the code point at text[0].  Returns its bytes, or 0 when len is 0
 * or no valid code point starts here (overlong, surrogate, cut, too large). */
size_t text_utf8_next(const char *text, size_t len, uint32_t *code);

/* Appends a code point; one that is none becomes U+FFFD. */
bool text_utf8_put(struct buf *out, uint32_t code);

/* True when all is valid; else *bad_at (may be NULL) is the first byte that
 * is not. */
bool text_utf8_valid(const char *text, size_t len, size_t *bad_at);

/* Code points; every invalid byte counts as one. */
size_t text_utf8_count(const char *text, size_t len);

/* Columns on a terminal: 0, 1 or 2.  Control characters take none. */
unsigned text_code_width(uint32_t code);

/* Columns of a text; an invalid byte counts as one. */
size_t text_width(const char *text, size_t len);

/* The largest n <= max where text can be cut without splitting a code
 * point. */
size_t text_cut_at(const char *text, size_t len, size_t max);

/* Appends text in at most max_bytes; what is longer is cut at a code point
 * and ends in an ellipsis (U+2026, 3 bytes, inside max_bytes).  With a
 * max_bytes below 3 a longer text gives nothing. */
bool text_cut(struct buf *out, const char *text, size_t len, size_t max_bytes);

/* ---- comparing -------------------------------------------------------- */

/* ASCII letters without case, all other bytes exactly. */
bool text_same_nocase(const char *a, size_t a_len, const char *b, size_t b_len);

/* True when text (len bytes) is exactly the NUL-terminated word. */
bool text_is(const char *text, size_t len, const char *word);

/* True for a token of RFC 9110 5.6.2: a method, the name of a field. */
bool text_is_token(const char *text, size_t len);

enum {
	TEXT_DISTANCE_MAX = 64, /* bytes of a word that is compared at all */
};

/* Insertions, deletions, replacements and swaps of neighbours that turn a
 * into b; max + 1 when there are more than max, or a word is longer than
 * TEXT_DISTANCE_MAX. */
size_t text_distance(const char *a, size_t a_len, const char *b, size_t b_len,
		     size_t max);

/* "did you mean": offer every candidate, then look at best.  A candidate is
 * near when at most a third of its bytes differ (at least one may). */
struct text_nearest {
	const char *word;
	size_t len;
	const char *best;     /* NULL: nothing near; borrowed */
	size_t best_distance; /* of best */
};

void text_nearest_init(struct text_nearest *t, const char *word, size_t len);
void text_nearest_add(struct text_nearest *t, const char *candidate);

/* The same over an array.  NULL when nothing is near. */
const char *text_nearest(const char *word, size_t len,
			 const char *const *candidates, size_t n);

/* ---- encodings -------------------------------------------------------- */

enum text_base64 {
	TEXT_BASE64,	 /* + and /, padded with = */
	TEXT_BASE64_URL, /* - and _, not padded */
};

bool text_base64_encode(struct buf *out, enum text_base64 kind,
			const void *bytes, size_t n);

/* Strict: only that alphabet, no white space, bits left over must be zero.
 * Padding must be right in TEXT_BASE64 and may be absent in
 * TEXT_BASE64_URL.  False for anything else; then *out is unchanged. */
bool text_base64_decode(struct buf *out, enum text_base64 kind,
			const char *text, size_t len);

/* All but the unreserved characters of RFC 3986 become %XX. */
bool text_percent_encode(struct buf *out, const char *text, size_t len);

bool text_hex_encode(struct buf *out, const void *bytes, size_t n); /* a-f */

/* Either case.  False for an odd length or another character; then *out is
 * unchanged. */
bool text_hex_decode(struct buf *out, const char *text, size_t len);

/* The value of one hexadecimal digit, -1 for another character. */
int text_hex_digit(char c);

/* ---- escapes ---------------------------------------------------------- */

/* For XML and HTML, in content and in quoted attributes: & < > " ' become
 * entities; what XML 1.0 does not allow and invalid UTF-8 becomes U+FFFD. */
bool text_xml_escape(struct buf *out, const char *text, size_t len);

/* Safe for a terminal and for one line: control characters (C0, DEL, C1),
 * direction overrides and invalid UTF-8 are shown as \n, \t, \r, \xNN or
 * \u{NNNN}.  A backslash stays as it is: this is for reading, not for
 * decoding. */
bool text_printable(struct buf *out, const char *text, size_t len);

#endif
