/* SPDX-License-Identifier: MIT */
#include "scenarios/doc/doc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/doc/doc_parts.h"
#include "scenarios/base/text.h"

/* ---- scalar types, YAML 1.2.2 section 10.3.2 --------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word_of(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(text, words[i]))
			return true;
	return false;
}

#define IS_WORD_OF(text, words) \
	is_word_of(text, words, sizeof(words) / sizeof((words)[0]))

static const char *skip_digits(const char *at)
{
	while (is_digit(*at))
		at++;
	return at;
}

static const char *skip_sign(const char *at)
{
	return *at == '-' || *at == '+' ? at + 1 : at;
}

static bool is_int(const char *text)
{
	if (text[0] == '0' && text[1] == 'o' && text[2])
		return !text[2 + strspn(text + 2, "01234567")];
	if (text[0] == '0' && text[1] == 'x' && text[2])
		return !text[2 + strspn(text + 2, "0123456789abcdefABCDEF")];
	text = skip_sign(text);
	return *text && !*skip_digits(text);
}

static bool is_float(const char *text)
{
	static const char *const infinite[] = { ".inf", ".Inf", ".INF" };
	static const char *const nan_words[] = { ".nan", ".NaN", ".NAN" };

	if (IS_WORD_OF(text, nan_words))
		return true;
	text = skip_sign(text);
	if (IS_WORD_OF(text, infinite))
		return true;
	if (!is_digit(*text) && !(*text == '.' && is_digit(text[1])))
		return false;
	text = skip_digits(text);
	if (*text == '.')
		text = skip_digits(text + 1);
	if (*text != 'e' && *text != 'E')
		return !*text;
	text = skip_sign(text + 1);
	return *text && !*skip_digits(text);
}

enum scalar_type doc_plain_type(const char *text, size_t len)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
	static const char *const bools[] = { "true",  "True",  "TRUE",
					     "false", "False", "FALSE" };

	if (memchr(text, '\0', len))
		return SCALAR_STRING;
	if (IS_WORD_OF(text, nulls))
		return SCALAR_NULL;
	if (IS_WORD_OF(text, bools))
		return SCALAR_BOOL;
	if (is_int(text))
		return SCALAR_INT;
	return is_float(text) ? SCALAR_FLOAT : SCALAR_STRING;
}

/* ---- looking ---------------------------------------------------------- */

const struct node_entry *node_find_entry(const struct node *map,
					 const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (!strcmp(map->entry[i].key, key))
			return &map->entry[i];
	return NULL;
}

const struct node *node_find(const struct node *map, const char *key)
{
	const struct node_entry *entry = node_find_entry(map, key);

	return entry ? entry->value : NULL;
}

enum scalar_type node_scalar_type(const struct node *scalar)
{
	return scalar->kind == NODE_SCALAR ? scalar->type : SCALAR_STRING;
}

bool node_is_null(const struct node *t)
{
	return t->kind == NODE_SCALAR && t->type == SCALAR_NULL;
}

const char *node_kind_name(const struct node *t)
{
	static const char *const scalars[] = {
		[SCALAR_STRING] = "a text",  [SCALAR_INT] = "a number",
		[SCALAR_FLOAT] = "a number", [SCALAR_BOOL] = "true or false",
		[SCALAR_NULL] = "nothing",
	};

	if (t->kind == NODE_SEQ)
		return "a list";
	return t->kind == NODE_MAP ? "a map" : scalars[t->type];
}

bool node_as_bool(const struct node *t, bool *value)
{
	if (t->kind != NODE_SCALAR || t->type != SCALAR_BOOL)
		return false;
	*value = t->text[0] == 't' || t->text[0] == 'T';
	return true;
}

bool node_as_int(const struct node *t, int64_t *value)
{
	if (t->kind != NODE_SCALAR || t->type != SCALAR_INT)
		return false;
	const char *text = t->text;
	bool is_negative = *text == '-';
	uint64_t base = 10, sum = 0;
	text = skip_sign(text);
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'o')) {
		base = text[1] == 'x' ? 16 : 8;
		text += 2;
	}
	for (; *text; text++) {
		uint64_t digit = (uint64_t)text_hex_digit(*text);
		if (__builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, digit, &sum))
			return false;
	}
	if (sum > (uint64_t)INT64_MAX + is_negative)
		return false;
	*value = is_negative ? (int64_t)(0 - sum) : (int64_t)sum;
	return true;
}

bool node_as_double(const struct node *t, double *value)
{
	int64_t integer;

	if (node_as_int(t, &integer)) {
		*value = (double)integer;
		return true;
	}
	if (t->kind != NODE_SCALAR ||
	    (t->type != SCALAR_INT && t->type != SCALAR_FLOAT) ||
	    strpbrk(t->text, "xonN"))
		return false;
	double number = strtod(t->text, NULL);
	if (!isfinite(number))
		return false;
	*value = number;
	return true;
}

const char *node_hint(const struct node *t)
{
	static const struct {
		const char *word;
		const char *hint;
	} rows[] = {
		{ "yes", "yes is a text here; write true" },
		{ "on", "on is a text here; write true" },
		{ "y", "y is a text here; write true" },
		{ "no", "no is a text here; write false" },
		{ "off", "off is a text here; write false" },
		{ "n", "n is a text here; write false" },
		{ "none", "none is a text here; write null" },
		{ "nil", "nil is a text here; write null" },
	};

	if (t->kind != NODE_SCALAR || t->is_quoted)
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (text_same_nocase(t->text, t->len, rows[i].word,
				     strlen(rows[i].word)))
			return rows[i].hint;
	return NULL;
}

/* ---- places in a scalar ----------------------------------------------- */

/* Start and length of line n (from 1), without its end. */
static const char *line_at(const struct source *src, unsigned n, size_t *len)
{
	const char *line = src->text;
	const char *end = src->text + src->len;

	for (; n > 1; n--) {
		line = memchr(line, '\n', (size_t)(end - line));
		if (!line)
			return NULL;
		line++;
	}
	const char *stop = memchr(line, '\n', (size_t)(end - line));
	*len = (size_t)((stop ? stop : end) - line);
	if (*len && line[*len - 1] == '\r')
		--*len;
	return line;
}

/* In a block after | every line of the text is the end of a line below. */
static struct place place_in_block(struct place at, const char *text,
				   size_t len, size_t offset)
{
	unsigned line = 0;
	size_t from = 0, have_len;

	for (size_t i = 0; i < offset; i++)
		if (text[i] == '\n') {
			line++;
			from = i + 1;
		}
	const char *stop = memchr(text + from, '\n', len - from);
	size_t want_len = (stop ? (size_t)(stop - text) : len) - from;
	const char *have = line_at(at.src, at.line + 1 + line, &have_len);
	if (!have || have_len < want_len ||
	    memcmp(have + have_len - want_len, text + from, want_len) != 0)
		return at;
	at.line += 1 + line;
	at.col = (unsigned)(have_len - want_len + offset - from + 1);
	return at;
}

struct place doc_place_inside(struct place at, const char *text, size_t len,
			      size_t offset)
{
	size_t line_len;

	if (!at.src || !at.src->text || !at.line || offset > len)
		return at;
	const char *line = line_at(at.src, at.line, &line_len);
	if (!line || at.col > line_len)
		return at;
	const char *from = line + at.col - 1;
	size_t room = line_len - (at.col - 1);
	if (*from == '|')
		return place_in_block(at, text, len, offset);
	size_t quote = *from == '"' || *from == '\'';
	if (offset > room - quote || memcmp(from + quote, text, offset) != 0)
		return at;
	at.col += (unsigned)(offset + quote);
	return at;
}
