/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "report/redact/redact_parts.h"
#include "report/redact/redact_set.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum {
	PIECE_MAX = 4096,    /* longer values are searched for in pieces */
	VALUE_MAX = 1 << 20, /* bytes of one value */
};

/* ---- patterns --------------------------------------------------------- */

/* Both spellings of a character of a pattern. */
static unsigned alike(const struct redact_pattern *p, size_t k,
		      unsigned char c[2])
{
	unsigned char is = p->byte[k];

	c[0] = c[1] = is;
	if (p->spelling == BASE64 && (is == '+' || is == '/'))
		c[1] = is == '+' ? '-' : '_';
	else if (p->spelling == HEX && is >= 'a')
		c[1] = (unsigned char)(is - 'a' + 'A');
	else if (p->spelling == PLAIN && is == ' ')
		c[1] = '+';
	return c[0] == c[1] ? 1 : 2;
}

static bool make_plain(struct redact_pattern *p, const char *text, size_t len)
{
	p->byte = malloc(len);
	if (p->byte == NULL)
		return false;
	memcpy(p->byte, text, len);
	p->len = len;
	p->spelling = PLAIN;
	return true;
}

static bool make_hex(struct redact_pattern *p, const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	p->byte = malloc(len * 2);
	if (p->byte == NULL)
		return false;
	for (size_t i = 0; i < len; i++) {
		p->byte[2 * i] =
			(unsigned char)digits[(unsigned char)text[i] >> 4];
		p->byte[2 * i + 1] =
			(unsigned char)digits[(unsigned char)text[i] & 15];
	}
	p->len = len * 2;
	p->spelling = HEX;
	return true;
}

/* The characters that hold nothing but bits of the value when `before` bytes
 * of others stand in front of it in its group. */
static bool make_base64(struct redact_pattern *p, const char *text, size_t len,
			size_t before)
{
	size_t first = (8 * before + 5) / 6;
	size_t end = 8 * (before + len) / 6;
	char head[2] = { 0 };
	struct buf bytes, coded;
	bool ok = false;

	buf_init(&bytes, BUF_NO_LIMIT);
	buf_init(&coded, BUF_NO_LIMIT);
	if (!buf_add(&bytes, head, before) || !buf_add(&bytes, text, len) ||
	    !text_base64_encode(&coded, TEXT_BASE64, bytes.text, bytes.len))
		goto out;
	p->byte = malloc(end - first);
	if (p->byte == NULL)
		goto out;
	memcpy(p->byte, coded.text + first, end - first);
	p->len = end - first;
	p->spelling = BASE64;
	p->left = 8 * before % 6 != 0;
	p->right = 8 * (before + len) % 6 != 0;
	ok = true;
out:
	if (bytes.text)
		explicit_bzero(bytes.text, bytes.len);
	if (coded.text)
		explicit_bzero(coded.text, coded.len);
	buf_release(&bytes);
	buf_release(&coded);
	return ok;
}

static void wipe(void *bytes, size_t len)
{
	if (bytes)
		explicit_bzero(bytes, len);
	free(bytes);
}

static void value_release(struct redact_value *v)
{
	wipe(v->text, v->len);
	for (size_t i = 0; i < SPELLINGS; i++)
		wipe(v->pattern[i].byte, v->pattern[i].len);
	*v = (struct redact_value){ 0 };
}

/* Scheme and host of an address are no secret, so that a host by itself is
 * not taken for an address that was cut. */
static size_t open_part(const char *text, size_t len)
{
	const char *p = memmem(text, len, "://", 3);
	size_t at;

	if (p == NULL)
		return 0;
	at = (size_t)(p - text) + 3;
	for (size_t i = at; i < len; i++) {
		if (text[i] == '@')
			return at;
		if (text[i] == '/')
			return i + 1;
	}
	return at;
}

static bool value_init(struct redact_value *v, const char *text, size_t len)
{
	bool ok;

	v->text = malloc(len);
	v->len = len;
	ok = v->text && make_plain(&v->pattern[0], text, len) &&
	     make_hex(&v->pattern[1], text, len) &&
	     make_base64(&v->pattern[2], text, len, 0) &&
	     make_base64(&v->pattern[3], text, len, 1) &&
	     make_base64(&v->pattern[4], text, len, 2);
	if (!ok) {
		value_release(v);
		return false;
	}
	memcpy(v->text, text, len);
	v->pattern[0].open = open_part(text, len);
	return true;
}

/* ---- the set ---------------------------------------------------------- */

struct redactor *redactor_new(void)
{
	return calloc(1, sizeof(struct redactor));
}

void redactor_free(struct redactor *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n_declared; i++)
		value_release(&r->declared[i]);
	for (size_t i = 0; i < r->n_learned; i++)
		value_release(&r->learned[i]);
	free(r);
}

static void index_pattern(struct redactor *r, const struct redact_pattern *p)
{
	unsigned char first[2], second[2];
	unsigned n_first = alike(p, 0, first);
	unsigned n_second = alike(p, 1, second);

	for (unsigned i = 0; i < n_first; i++) {
		struct redact_link *node = &r->node[r->n_nodes++];

		node->pattern = p;
		node->next = r->head[first[i]];
		r->head[first[i]] = (unsigned)r->n_nodes;
		for (unsigned k = 0; k < n_second; k++) {
			unsigned bit = (unsigned)first[i] << 8 | second[k];

			r->pair[bit / 64] |= UINT64_C(1) << bit % 64;
		}
	}
	if (p->len > r->longest)
		r->longest = p->len;
}

static void index_value(struct redactor *r, const struct redact_value *v)
{
	for (size_t k = 0; k < SPELLINGS; k++)
		index_pattern(r, &v->pattern[k]);
}

static void index_all(struct redactor *r)
{
	memset(r->head, 0, sizeof r->head);
	memset(r->pair, 0, sizeof r->pair);
	r->n_nodes = 0;
	r->longest = 0;
	for (size_t i = 0; i < r->n_declared; i++)
		index_value(r, &r->declared[i]);
	for (size_t i = 0; i < r->n_learned; i++)
		index_value(r, &r->learned[i]);
}

static bool known(const struct redact_value *v, size_t n, const char *text,
		  size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].len == len && memcmp(v[i].text, text, len) == 0)
			return true;
	}
	return false;
}

static bool keep_declared(struct redactor *r, const char *text, size_t len)
{
	if (known(r->declared, r->n_declared, text, len))
		return true;
	if (r->n_declared == REDACT_DECLARED_MAX ||
	    !value_init(&r->declared[r->n_declared], text, len))
		return false;
	index_value(r, &r->declared[r->n_declared++]);
	return true;
}

static bool keep_learned(struct redactor *r, const char *text, size_t len)
{
	struct redact_value *old = &r->learned[r->next_learned];
	struct redact_value v = { 0 };

	if (known(r->declared, r->n_declared, text, len) ||
	    known(r->learned, r->n_learned, text, len))
		return true;
	if (!value_init(&v, text, len)) {
		r->blind = true;
		return false;
	}
	r->next_learned = (r->next_learned + 1) % REDACT_LEARNED_MAX;
	if (r->n_learned == REDACT_LEARNED_MAX) {
		value_release(old);
		*old = v;
		index_all(r);
		return true;
	}
	*old = v;
	r->n_learned++;
	index_value(r, old);
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void trim(const char **text, size_t *len)
{
	while (*len > 0 && is_space((*text)[*len - 1]))
		--*len;
	while (*len > 0 && is_space(**text)) {
		++*text;
		--*len;
	}
}

/* Keeps a value in pieces; a last piece that is too short is joined to its
 * neighbour by beginning earlier. */
static bool keep(struct redactor *r, const char *text, size_t len,
		 bool (*one)(struct redactor *, const char *, size_t))
{
	for (size_t at = 0; at < len; at += PIECE_MAX) {
		size_t n = len - at < PIECE_MAX ? len - at : PIECE_MAX;
		size_t from = n < REDACT_MIN ? len - REDACT_MIN : at;

		if (!one(r, text + from, at + n - from))
			return false;
	}
	return true;
}

/* The password of an address that is a secret as a whole is shown by itself,
 * too: by a driver's message, for one. */
static bool keep_password(struct redactor *r, const char *text, size_t len,
			  bool (*one)(struct redactor *, const char *, size_t))
{
	const char *p = memmem(text, len, "://", 3);
	const char *end = memrchr(text, '@', len);
	const char *colon;

	if (p == NULL || end == NULL || end < p + 3)
		return true;
	p += 3;
	colon = memchr(p, ':', (size_t)(end - p));
	if (colon == NULL || end - colon - 1 < REDACT_MIN)
		return true;
	return keep(r, colon + 1, (size_t)(end - colon - 1), one);
}

bool redactor_add(struct redactor *r, const char *value, size_t len)
{
	trim(&value, &len);
	if (len < REDACT_MIN || len > VALUE_MAX)
		return false;
	return keep(r, value, len, keep_declared) &&
	       keep_password(r, value, len, keep_declared);
}

void redactor_learn(struct redactor *r, const char *value, size_t len)
{
	trim(&value, &len);
	if (len < REDACT_MIN)
		return;
	if (len > VALUE_MAX)
		len = VALUE_MAX;
	if (keep(r, value, len, keep_learned))
		keep_password(r, value, len, keep_learned);
}

size_t redact_longest(const struct redactor *r)
{
	return r ? r->longest : 0;
}

bool redact_sees(const struct redactor *r)
{
	return r == NULL || !r->blind;
}
