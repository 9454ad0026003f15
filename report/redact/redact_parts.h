/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REDACT_PARTS_H
#define REPORT_REDACT_PARTS_H

/*
 * redact_parts - what the files redact_*.c share.
 *
 * Finders look at a text and add the spans that must not be shown;
 * redact.c joins them and writes the rest.
 */

#include <stdbool.h>
#include <stddef.h>

struct redactor;

enum { REDACT_MARK_LEN = sizeof "[redacted]" - 1 };

struct span {
	size_t from, to; /* bytes [from, to) */
};

struct spans {
	struct span *item;
	size_t n, room;
	bool failed; /* no memory: nothing of the text may be shown */
};

void spans_add(struct spans *sp, size_t from, size_t to);

/* One byte or code point as it may be spelled at a place of a text. */
struct unit {
	unsigned char byte[4];
	unsigned char n; /* bytes it stands for */
	size_t len;	 /* bytes of text that spell it */
};

enum { UNITS_MAX = 8 };

/* Every reading of text[at]: percent-encoded (up to three times), a character
 * reference of XML, a JSON escape (up to twice), a space as plus sign; as it
 * stands comes last.  Returns their number, 0 at the end. */
unsigned units_at(const char *text, size_t len, size_t at,
		  struct unit u[UNITS_MAX]);

/* Finds the values of r.  One that cannot be searched for within the work
 * allowed hides the rest of the text. */
void redact_find_values(const struct redactor *r, const char *text, size_t len,
			struct spans *sp);

/* The bytes at the end of a text in which a value may be cut. */
size_t redact_longest(const struct redactor *r);

/* False when a value was lost for want of memory: then nothing is shown. */
bool redact_sees(const struct redactor *r);

/* Finds what is secret by its place or look. */
void redact_find_forms(const char *text, size_t len, struct spans *sp);

/* True when the mark stands at that place. */
bool redact_mark_at(const char *text, size_t len, size_t at);

/* What a name says of the value behind it. */
enum {
	NAME_QUERY = 1,	 /* secret in a query or form */
	NAME_ASSIGN = 2, /* secret behind any "name=" */
	NAME_JSON = 4,	 /* secret as a member, when it is a string */
	NAME_SCALAR = 8, /* secret as a member, a number too */
	NAME_HEADER = 16 /* secret as a header */
};
unsigned redact_name(const char *name, size_t len);

/* A text that redact_find_forms() goes through. */
struct form {
	const char *text;
	size_t len;
	struct spans *sp;
};

static inline char form_byte(const struct form *f, size_t at)
{
	return at < f->len ? f->text[at] : '\0';
}

bool form_is_whole(const struct form *f, size_t at, const char *word);

/* Whether that word stands there, in any case.  Nearly always the first byte
 * says no. */
static inline bool form_is(const struct form *f, size_t at, const char *word)
{
	return ((form_byte(f, at) ^ *word) & ~0x20) == 0 &&
	       form_is_whole(f, at, word);
}

/* Hides [from, to), unless a mark begins it, and says where to go on. */
size_t form_take(const struct form *f, size_t from, size_t to);

/* An equals sign or colon of len bytes at `at`: hides the value behind it when
 * the name before it says so.  Returns `at` when it does not. */
size_t form_equals(const struct form *f, size_t at, size_t len);
size_t form_colon(const struct form *f, size_t at, size_t len);

static inline bool form_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool redact_is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

static inline bool redact_is_name(char c)
{
	return redact_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

#endif
