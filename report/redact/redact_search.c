/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/redact/redact_parts.h"
#include "report/redact/redact_set.h"

enum {
	PREFIX_MIN = 8, /* of a value that is hidden when it is cut */
	PREFIX_MAX = 16,
	DOTS_MIN = 4,  /* the same, before an ellipsis */
	END_MIN = 6,   /* and at the end of a text */
	END_TEXT = 64, /* that is long enough to have been cut */
	UNIT_LEN_MAX = 12,
	FORKS_MAX = 16, /* places in one comparison with two readings */
	WORK_BASE = 1 << 16,
	WORK_PER_BYTE = 64,
};

struct search {
	const struct redactor *r;
	const char *text;
	size_t len;
	size_t work; /* comparisons left */
};

static bool dots_at(const struct search *s, size_t at)
{
	const char *p = s->text + at;

	return s->len - at >= 3 &&
	       (memcmp(p, "...", 3) == 0 || memcmp(p, "\xE2\x80\xA6", 3) == 0);
}

static bool is_escape(char c)
{
	return c == '%' || c == '&' || c == '\\';
}

/* True when the text was cut at `at`, or inside an escape that begins
 * there. */
static bool cut_at(const struct search *s, size_t at, bool *by_dots)
{
	size_t end = at;

	if (at < s->len && is_escape(s->text[at])) {
		while (end < s->len && end < at + UNIT_LEN_MAX &&
		       !dots_at(s, end))
			end++;
	}
	*by_dots = end < s->len && dots_at(s, end);
	return *by_dots || (end == s->len && s->len >= END_TEXT);
}

/* k characters of p were found up to `at`, and then no more: the end of what
 * must be hidden, or 0. */
static size_t cut_value(const struct search *s, const struct redact_pattern *p,
			size_t k, size_t at)
{
	size_t need = p->len / 4;
	size_t unit = p->spelling == PLAIN ? 1 : 2;
	bool by_dots;

	if (k < p->open + DOTS_MIN)
		return 0;
	k -= p->open;
	need = need < PREFIX_MIN ? PREFIX_MIN : need;
	need = need > PREFIX_MAX ? PREFIX_MAX : need;
	if (k >= need * unit)
		return at;
	if (k < DOTS_MIN * unit || !cut_at(s, at, &by_dots))
		return 0;
	return by_dots || k >= END_MIN * unit ? at : 0;
}

static bool same(const struct redact_pattern *p, size_t k, unsigned char c)
{
	unsigned char is = p->byte[k];

	if (is == c)
		return true;
	if (p->spelling == BASE64)
		return (is == '+' && c == '-') || (is == '/' && c == '_');
	return p->spelling == HEX && is >= 'a' && c == is - 'a' + 'A';
}

/* Whether u continues p at k: the characters it takes, or -1. */
static int takes(const struct redact_pattern *p, size_t k, const struct unit *u)
{
	if (p->spelling == BASE64 && k > 0 && u->n == 1 &&
	    (u->byte[0] == '\r' || u->byte[0] == '\n' || u->byte[0] == ' '))
		return 0; /* lines, as in mail and PEM, also folded ones */
	if (k + u->n > p->len)
		return -1;
	for (size_t i = 0; i < u->n; i++) {
		if (!same(p, k + i, u->byte[i]))
			return -1;
	}
	return u->n;
}

static bool is_simple(char c)
{
	return !is_escape(c) && c != '+' && c != '\r' && c != '\n';
}

/* With one reading, that takes one byte. */
static bool is_plain(const struct redact_pattern *p, char c)
{
	return is_simple(c) && !(c == ' ' && p->spelling == BASE64);
}

/* The readings of text[at] that continue p at k. */
static unsigned ways_at(const struct search *s, const struct redact_pattern *p,
			size_t k, size_t at, struct unit u[UNITS_MAX],
			int took[UNITS_MAX])
{
	unsigned n = units_at(s->text, s->len, at, u);
	unsigned ways = 0;

	for (unsigned i = 0; i < n; i++) {
		took[ways] = takes(p, k, &u[i]);
		if (took[ways] >= 0)
			u[ways++] = u[i];
	}
	return ways;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Where p ends at most when its character k stands at `at`; 0 when it does
 * not. */
static size_t match(struct search *s, const struct redact_pattern *p, size_t k,
		    size_t at, unsigned forks)
{
	struct unit u[UNITS_MAX];
	int took[UNITS_MAX];
	size_t best = 0;

	while (k < p->len) {
		unsigned ways;

		if (s->work == 0)
			return best;
		s->work--;
		if (at < s->len && is_plain(p, s->text[at])) {
			if (!same(p, k, (unsigned char)s->text[at]))
				return larger(best, cut_value(s, p, k, at));
			k++;
			at++;
			continue;
		}
		ways = ways_at(s, p, k, at, u, took);
		if (ways == 0)
			return larger(best, cut_value(s, p, k, at));
		for (unsigned i = 1; i < ways && forks < FORKS_MAX; i++)
			best = larger(best, match(s, p, k + (size_t)took[i],
						  at + u[i].len, forks + 1));
		k += (size_t)took[0];
		at += u[0].len;
	}
	return larger(best, at);
}

static bool is_base64(char c)
{
	return redact_is_alnum(c) || c == '+' || c == '/' || c == '-' ||
	       c == '_';
}

static void found(const struct search *s, const struct redact_pattern *p,
		  size_t from, size_t to, struct spans *sp)
{
	if (p->left && from > 0 && is_base64(s->text[from - 1]))
		from--;
	if (p->right && to < s->len && is_base64(s->text[to]))
		to++;
	spans_add(sp, from, to);
}

static void search_at(struct search *s, size_t at, struct spans *sp)
{
	struct unit u[UNITS_MAX];
	unsigned n = units_at(s->text, s->len, at, u);

	for (unsigned i = 0; i < n; i++) {
		unsigned next = s->r->head[u[i].byte[0]];

		while (next) {
			const struct redact_link *node = &s->r->node[next - 1];
			size_t end = match(s, node->pattern, 0, at, 0);

			if (end)
				found(s, node->pattern, at, end, sp);
			next = node->next;
		}
	}
}

void redact_find_values(const struct redactor *r, const char *text, size_t len,
			struct spans *sp)
{
	struct search s = { r, text, len, WORK_BASE + len * WORK_PER_BYTE };

	if (r == NULL || r->n_nodes == 0)
		return;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned char d = i + 1 < len ? (unsigned char)text[i + 1] : 0;
		unsigned bit = (unsigned)c << 8 | d;

		if (!is_escape((char)c) && is_simple((char)d) &&
		    !(r->pair[bit / 64] >> bit % 64 & 1))
			continue;
		search_at(&s, i, sp);
		if (s.work == 0) {
			spans_add(sp, i, len);
			return;
		}
	}
}
