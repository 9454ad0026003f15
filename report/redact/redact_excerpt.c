/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/redact/redact.h"
#include "report/redact/redact_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

/*
 * A body is redacted first and cut afterwards, so nothing is cut in half.
 * Where only the start of a large body is redacted, so much of its end is
 * dropped again that a value cut there cannot be seen.
 */
enum {
	WINDOW_BASE = 32 * 1024,
	WINDOW_TIMES = 16, /* as white space may shrink what is kept */
	GUARD_MIN = 4096,
	SPELLED_MAX = 12, /* bytes that spell one byte of a value */
	DIGITS_MAX = 32,
	CARD_MIN = 13,
	CARD_MAX = 19,
	PHONE_MIN = 8,
	PHONE_MAX = 15,
	PHONE_LOCAL_MIN = 9,
	LABEL_MIN = 2, /* of a top-level domain */
};

/* ---- digits: cards and telephones -------------------------------------- */

/* A run of digits with single separators between. */
struct digits {
	char digit[DIGITS_MAX];
	size_t n;
	size_t end;    /* behind the last digit */
	bool plus;     /* begins with + */
	bool brackets; /* has ( or ) */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return redact_is_alnum(c) || (unsigned char)c >= 0x80 || c == '_';
}

static bool is_gap(const char *text, size_t len, size_t at)
{
	return at + 1 < len && strchr(" -()", text[at]) && text[at] != '\0';
}

static void read_digits(const char *text, size_t len, size_t at,
			struct digits *d)
{
	size_t gap = 0;

	*d = (struct digits){ .plus = text[at] == '+' };
	if (d->plus)
		at++;
	for (; at < len && d->n < DIGITS_MAX && gap <= 2; at++) {
		if (is_digit(text[at])) {
			d->digit[d->n++] = text[at];
			d->end = at + 1;
			gap = 0;
		} else if (is_gap(text, len, at)) {
			d->brackets |= text[at] == '(';
			gap++;
		} else {
			break;
		}
	}
}

/* The check digit of ISO/IEC 7812. */
static bool luhn(const struct digits *d)
{
	unsigned sum = 0;

	for (size_t i = 0; i < d->n; i++) {
		unsigned digit = (unsigned)(d->digit[d->n - 1 - i] - '0');

		if (i % 2 == 1)
			digit = digit * 2 - (digit > 4 ? 9 : 0);
		sum += digit;
	}
	return sum % 10 == 0;
}

/* Numbers of payment cards begin with 2 to 6; so counts of seconds, which
 * begin with 1, are none. */
static bool is_card(const struct digits *d)
{
	return !d->plus && d->n >= CARD_MIN && d->n <= CARD_MAX &&
	       d->digit[0] >= '2' && d->digit[0] <= '6' && luhn(d);
}

/* International with a plus, national with a leading zero, or with the area
 * in brackets. */
static bool is_phone(const struct digits *d)
{
	if (d->plus || d->brackets)
		return d->n >= PHONE_MIN && d->n <= PHONE_MAX;
	return d->digit[0] == '0' && d->digit[1] != '0' &&
	       d->n >= PHONE_LOCAL_MIN && d->n <= PHONE_MAX;
}

/* What stands for such digits, NULL for digits that may be shown. */
static const char *mask_of(const struct digits *d)
{
	return is_card(d) ? "[card]" : is_phone(d) ? "[phone]" : NULL;
}

/* Bytes of a number at `at` that is masked, 0 for none.  Of numbers that
 * follow each other it is the first one: groups go from the end until the
 * rest is one. */
static size_t number_at(const char *text, size_t len, size_t at,
			const char **as)
{
	struct digits d;
	char before = at > 0 ? text[at - 1] : ' ';

	if (is_word(before) || strchr(".:-+/%", before))
		return 0;
	for (size_t stop = len; stop > at;) {
		read_digits(text, stop, at, &d);
		if (d.n == 0)
			return 0;
		bool is_whole = d.end == len || !is_word(text[d.end]);
		*as = is_whole ? mask_of(&d) : NULL;
		if (*as)
			return d.end - at;
		for (stop = d.end; stop > at && is_digit(text[stop - 1]);)
			stop--;
	}
	return 0;
}

/* ---- e-mail ------------------------------------------------------------ */

static bool is_local(char c)
{
	return redact_is_name(c) || (c != '\0' && strchr("+%'*~!$&=^", c));
}

static size_t local_start(const char *text, size_t least, size_t at)
{
	while (at > least && is_local(text[at - 1]))
		at--;
	return at;
}

/* Behind the domain that begins at `at`, or `at` when there is none. */
static size_t domain_end(const char *text, size_t len, size_t at)
{
	size_t end = at, dot = 0;

	while (end < len && (redact_is_alnum(text[end]) || text[end] == '-' ||
			     text[end] == '.')) {
		if (text[end] == '.')
			dot = end;
		end++;
	}
	while (end > at && !redact_is_alnum(text[end - 1]))
		end--;
	if (dot >= end) {
		const char *p = memrchr(text + at, '.', end - at);

		dot = p ? (size_t)(p - text) : 0;
	}
	return dot > at && end - dot > LABEL_MIN ? end : at;
}

/* ---- the pass ---------------------------------------------------------- */

static void add_plain(struct buf *out, const char *text, size_t from, size_t to)
{
	if (to > from)
		buf_add(out, text + from, to - from);
}

static void mask(const char *text, size_t len, struct buf *out)
{
	size_t done = 0;

	for (size_t at = 0; at < len; at++) {
		const char *as = NULL;
		size_t from = at, end = at;

		if (text[at] == '@') {
			from = local_start(text, done, at);
			end = from < at ? domain_end(text, len, at + 1) : at;
			end = end > at + 1 ? end : at;
			as = "[email]";
		} else if (is_digit(text[at]) || text[at] == '+' ||
			   text[at] == '(') {
			end = at + number_at(text, len, at, &as);
		}
		if (end == at)
			continue;
		add_plain(out, text, done, from);
		buf_puts(out, as);
		done = end;
		at = end - 1;
	}
	add_plain(out, text, done, len);
}

static bool is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void collapse(const char *text, size_t len, struct buf *out)
{
	bool gap = false;

	for (size_t i = 0; i < len; i++) {
		if (is_white(text[i])) {
			gap = out->len > 0;
			continue;
		}
		if (gap)
			buf_putc(out, ' ');
		gap = false;
		buf_putc(out, text[i]);
	}
}

/* How much of a body is redacted, and how much of its end dropped again. */
static size_t window(const struct redactor *r, size_t len, size_t max_bytes,
		     size_t *guard)
{
	size_t want;

	*guard = redact_longest(r) * SPELLED_MAX;
	if (*guard < GUARD_MIN)
		*guard = GUARD_MIN;
	if (max_bytes > len)
		max_bytes = len;
	want = WINDOW_BASE + max_bytes * WINDOW_TIMES + *guard;
	if (want < len)
		return want;
	*guard = 0;
	return len;
}

/* The start of a foreign text without secrets and personal data.  False when
 * there was more of it. */
static bool veil(const struct redactor *r, const char *text, size_t len,
		 size_t max_bytes, struct buf *out)
{
	struct buf hidden;
	size_t guard;
	size_t n = window(r, len, max_bytes, &guard);

	buf_init(&hidden, BUF_NO_LIMIT);
	redact_text(r, text, n, &hidden);
	n = hidden.len > guard ? hidden.len - guard : 0;
	mask(buf_text(&hidden), n, out);
	if (!buf_ok(&hidden))
		out->failed = true;
	buf_release(&hidden);
	return guard == 0;
}

static void hand_over(struct buf *shown, bool is_all, size_t max_bytes,
		      struct buf *out)
{
	if (!is_all)
		buf_puts(shown, "\xE2\x80\xA6");
	if (!buf_ok(shown)) {
		buf_reset(shown);
		buf_puts(shown, REDACT_MARK);
	}
	text_cut(out, buf_text(shown), shown->len, max_bytes);
	buf_release(shown);
}

void redact_foreign(const struct redactor *r, const char *text, size_t len,
		    size_t max_bytes, struct buf *out)
{
	struct buf shown;

	buf_init(&shown, BUF_NO_LIMIT);
	bool is_all = veil(r, text, len, max_bytes, &shown);
	hand_over(&shown, is_all, max_bytes, out);
}

void redact_excerpt(const struct redactor *r, const char *body, size_t len,
		    size_t max_bytes, struct buf *out)
{
	struct buf masked, flat, plain, shown;

	buf_init(&masked, BUF_NO_LIMIT);
	buf_init(&flat, BUF_NO_LIMIT);
	buf_init(&plain, BUF_NO_LIMIT);
	buf_init(&shown, BUF_NO_LIMIT);
	bool is_all = veil(r, body, len, max_bytes, &masked);
	collapse(buf_text(&masked), masked.len, &flat);
	text_printable(&plain, buf_text(&flat), flat.len);
	/* What the escapes spell together with their neighbours. */
	redact_text(r, buf_text(&plain), plain.len, &shown);
	if (!buf_ok(&masked) || !buf_ok(&flat) || !buf_ok(&plain))
		shown.failed = true;
	hand_over(&shown, is_all, max_bytes, out);
	buf_release(&masked);
	buf_release(&flat);
	buf_release(&plain);
}
