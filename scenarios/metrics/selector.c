/* SPDX-License-Identifier: MIT */
#include "scenarios/metrics/selector.h"

#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/json/pattern.h"

#define NAME_LABEL "__name__"

struct parser {
	const char *text;
	size_t len, at;
	struct place from;
	struct arena *arena;
	struct errs *es;
	struct label_want *label;
	size_t n;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(const char *text, size_t len, bool takes_colon)
{
	if (!len || is_digit(text[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_letter(text[i]) && !is_digit(text[i]) &&
		    !(takes_colon && text[i] == ':'))
			return false;
	return true;
}

bool metric_is_name(const char *text, size_t len)
{
	return is_name(text, len, true);
}

bool label_is_name(const char *text, size_t len)
{
	return is_name(text, len, false);
}

void label_print(const char *name, size_t name_len, const char *value,
		 size_t len, struct buf *out)
{
	buf_add(out, name, name_len);
	buf_puts(out, "=\"");
	for (size_t i = 0; i < len; i++) {
		if (value[i] == '\n')
			buf_puts(out, "\\n");
		else if (value[i] == '"' || value[i] == '\\')
			buf_printf(out, "\\%c", value[i]);
		else
			buf_putc(out, value[i]);
	}
	buf_putc(out, '"');
}

/* ---- reading ------------------------------------------------------------ */

static bool problem(struct parser *p, size_t at, const char *what)
{
	return errs_add(p->es, ERR_INPUT, place_after(p->from, p->text, at),
			"%s", what);
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->len && strchr(" \t\n\r", p->text[p->at]) &&
	       p->text[p->at])
		p->at++;
}

static bool take(struct parser *p, char c)
{
	skip_blanks(p);
	if (p->at == p->len || p->text[p->at] != c)
		return false;
	p->at++;
	return true;
}

/* The bytes of a name, possibly none. */
static size_t take_name(struct parser *p, bool takes_colon)
{
	size_t from = p->at;

	while (p->at < p->len &&
	       (is_letter(p->text[p->at]) || is_digit(p->text[p->at]) ||
		(takes_colon && p->text[p->at] == ':')))
		p->at++;
	return p->at - from;
}

/* So many digits as one number. */
static bool take_digits(struct parser *p, unsigned n, unsigned base,
			uint32_t *code)
{
	for (unsigned i = 0; i < n; i++, p->at++) {
		int digit =
			p->at < p->len ? text_hex_digit(p->text[p->at]) : -1;

		if (digit < 0 || (unsigned)digit >= base)
			return false;
		*code = *code * base + (uint32_t)digit;
	}
	return true;
}

/* \x41, \101, \u00e9 and \U0001F600; p->at is behind c. */
static bool take_code(struct parser *p, size_t start, char c, struct buf *out)
{
	bool is_octal = c >= '0' && c <= '7';
	unsigned digits = is_octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : 8;
	uint32_t code = 0;

	p->at -= is_octal;
	if (!take_digits(p, digits, is_octal ? 8 : 16, &code))
		return problem(p, start,
			       is_octal ? "this escape needs three octal digits"
					: "this escape needs more hexadecimal "
					  "digits");
	if (code == 0 || code > 0x10ffff)
		return problem(p, start, "this escape is no character");
	if (digits >= 4)
		return text_utf8_put(out, code);
	return code < 256 ? buf_putc(out, (char)code)
			  : problem(p, start, "this escape is no byte");
}

/* \n and the like, or a code. */
static bool take_escape(struct parser *p, struct buf *out)
{
	static const char from[] = "abfnrtv\\\"'", to[] = "\a\b\f\n\r\t\v\\\"'";
	size_t start = p->at++; /* the backslash */
	char c = p->at < p->len ? p->text[p->at++] : '\0';
	const char *known = c ? strchr(from, c) : NULL;

	if (known)
		return buf_putc(out, to[known - from]);
	if (c && strchr("01234567xuU", c))
		return take_code(p, start, c, out);
	return problem(p, start, "unknown escape in a value");
}

static bool take_text(struct parser *p, struct buf *out)
{
	size_t start = p->at;
	char quote = p->at < p->len ? p->text[p->at] : '\0';

	if (quote != '"' && quote != '\'' && quote != '`')
		return problem(p, start,
			       "the value of a label is a text in quotes, as "
			       "in status=\"200\"");
	for (p->at++; p->at < p->len && p->text[p->at] != quote;) {
		if (p->text[p->at] == '\\' && quote != '`') {
			if (!take_escape(p, out))
				return false;
		} else if (!p->text[p->at]) {
			return problem(p, p->at, "a value holds no NUL");
		} else {
			buf_putc(out, p->text[p->at++]);
		}
	}
	if (p->at == p->len)
		return problem(p, start, "this quote is not closed");
	p->at++;
	return true;
}

static bool take_op(struct parser *p, enum label_op *op)
{
	static const struct {
		char text[3];
		enum label_op op;
	} rows[] = {
		{ "=~", LABEL_MATCHES },
		{ "!~", LABEL_MATCHES_NOT },
		{ "!=", LABEL_IS_NOT },
		{ "=", LABEL_IS },
	};

	skip_blanks(p);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = strlen(rows[i].text);
		if (p->len - p->at < n ||
		    memcmp(p->text + p->at, rows[i].text, n) != 0)
			continue;
		p->at += n;
		*op = rows[i].op;
		return true;
	}
	return problem(p, p->at,
		       "the name of a label is followed by =, !=, =~ or !~");
}

static bool take_value(struct parser *p, struct label_want *to)
{
	struct buf value;
	size_t start;

	skip_blanks(p);
	start = p->at;
	buf_init(&value, SELECTOR_BYTES_MAX);
	bool ok = take_text(p, &value);
	if (ok) {
		to->value =
			arena_strndup(p->arena, buf_text(&value), value.len);
		to->len = value.len;
		ok = to->value || errs_nomem(p->es);
	}
	if (ok && (to->op == LABEL_MATCHES || to->op == LABEL_MATCHES_NOT)) {
		/* in the text as written, when no escape moves it */
		to->pattern = pattern_compile(
			p->arena, to->value, to->len, PATTERN_WHOLE,
			place_after(p->from, p->text, start + 1), p->es);
		ok = to->pattern != NULL;
	}
	buf_release(&value);
	return ok;
}

static bool take_label(struct parser *p)
{
	struct label_want *to = &p->label[p->n];
	size_t start;

	skip_blanks(p);
	start = p->at;
	size_t len = take_name(p, false);
	if (!label_is_name(p->text + start, len))
		return problem(p, start,
			       "the name of a label is expected here, as in "
			       "{status=\"200\"}");
	if (p->n == SELECTOR_LABELS_MAX)
		return problem(p, start, "a selector has too many conditions");
	to->name = arena_strndup(p->arena, p->text + start, len);
	if (!to->name)
		return errs_nomem(p->es);
	if (!take_op(p, &to->op) || !take_value(p, to))
		return false;
	p->n++;
	return true;
}

static bool take_labels(struct parser *p)
{
	if (take(p, '}'))
		return true;
	for (;;) {
		if (!take_label(p))
			return false;
		if (take(p, '}'))
			return true;
		if (!take(p, ','))
			return problem(p, p->at,
				       "a comma or } is expected here");
		if (take(p, '}')) /* a comma may be the last */
			return true;
	}
}

/* A condition that the empty text fulfils says nothing of the name. */
static bool names_something(const struct parser *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct label_want *w = &p->label[i];

		if (strcmp(w->name, NAME_LABEL) != 0)
			continue;
		if (w->op == LABEL_IS)
			return w->len > 0;
		if (w->op == LABEL_MATCHES)
			return pattern_match(w->pattern, "", 0, NULL) ==
			       PATTERN_NO;
	}
	return false;
}

static bool take_all(struct parser *p, struct selector *s)
{
	skip_blanks(p);
	size_t start = p->at, len = take_name(p, true);

	if (len && !metric_is_name(p->text + start, len))
		return problem(p, start,
			       "the name of a metric does not begin with a "
			       "digit");
	if (len) {
		s->name = arena_strndup(p->arena, p->text + start, len);
		if (!s->name)
			return errs_nomem(p->es);
	}
	if (take(p, '{') && !take_labels(p))
		return false;
	skip_blanks(p);
	if (p->at < p->len)
		return problem(p, p->at,
			       "a selector is a name and labels, as in "
			       "requests_total{status=~\"5..\"}");
	if (!len && !names_something(p))
		return problem(p, start,
			       "a selector needs the name of a metric");
	return true;
}

const struct selector *selector_parse(struct arena *a, const char *text,
				      size_t len, struct place at,
				      struct errs *es)
{
	struct selector *s = arena_alloc(a, 1, sizeof(*s));
	struct parser p = {
		.text = text, .len = len, .from = at, .arena = a, .es = es
	};

	if (len > SELECTOR_BYTES_MAX) {
		errs_add(es, ERR_INPUT, at,
			 "a selector must have at most %d bytes, got %zu",
			 SELECTOR_BYTES_MAX, len);
		return NULL;
	}
	p.label = arena_alloc(a, SELECTOR_LABELS_MAX + 1, sizeof(*p.label));
	if (s)
		s->text = arena_strndup(a, text, len);
	if (!s || !p.label || !s->text) {
		errs_nomem(es);
		return NULL;
	}
	if (!take_all(&p, s))
		return NULL;
	s->label = p.label;
	s->n = p.n;
	return s;
}

/* ---- using -------------------------------------------------------------- */

static enum selector_result fulfils(const struct label_want *w,
				    const char *value, size_t len,
				    uint64_t *steps)
{
	bool wants = w->op == LABEL_IS || w->op == LABEL_MATCHES;
	bool is_so;

	if (!w->pattern) {
		is_so = w->len == len && !memcmp(w->value, value, len);
	} else {
		enum pattern_result got =
			pattern_test_within(w->pattern, value, len, steps);

		if (got == PATTERN_LIMIT)
			return SELECTOR_LIMIT;
		is_so = got == PATTERN_YES;
	}
	return is_so == wants ? SELECTOR_YES : SELECTOR_NO;
}

enum selector_result selector_takes(const struct selector *s, const char *name,
				    size_t name_len, const struct label *label,
				    size_t n, uint64_t *steps)
{
	if (s->name && !text_is(name, name_len, s->name))
		return SELECTOR_NO;
	for (size_t i = 0; i < s->n; i++) {
		const struct label_want *w = &s->label[i];
		const char *value = "";
		size_t len = 0;

		if (!strcmp(w->name, NAME_LABEL)) {
			value = name;
			len = name_len;
		}
		for (size_t k = 0; k < n; k++) {
			if (!text_is(label[k].name, label[k].name_len, w->name))
				continue;
			value = label[k].value;
			len = label[k].len;
		}
		enum selector_result got = fulfils(w, value, len, steps);
		if (got != SELECTOR_YES)
			return got;
	}
	return SELECTOR_YES;
}

void selector_print(const struct selector *s, struct buf *out)
{
	static const char *const ops[] = { "=", "!=", "=~", "!~" };

	if (s->name)
		buf_puts(out, s->name);
	if (!s->n)
		return;
	for (size_t i = 0; i < s->n; i++) {
		const struct label_want *w = &s->label[i];

		/* label_print() writes the = of what it prints */
		buf_printf(out, "%s%s%s", i ? "," : "{", w->name, ops[w->op]);
		struct buf value;
		buf_init(&value, BUF_NO_LIMIT);
		label_print("", 0, w->value, w->len, &value);
		buf_puts(out, buf_text(&value) + 1);
		buf_release(&value);
	}
	buf_putc(out, '}');
}
