/* SPDX-License-Identifier: MIT */
/*
 * The first byte chooses two matchers that are each other's negation; the
 * rest is what they judge: JSON (whole, or its members as the nodes of a
 * path) or a text.
 */
#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/doc/doc.h"
#include "scenarios/json/json.h"
#include "scenarios/match/match.h"
#include "scenarios/base/text.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { NODES_MAX = 1000 };

static const struct row {
	enum value_kind kind;
	bool is_list;
	const char *yaml;
	const char *opposite; /* or NULL */
} rows[] = {
	{ VALUE_JSON, false, "{eq: ok}", "{ne: ok}" },
	{ VALUE_JSON, false, "{eq: 3}", "{ne: 3}" },
	{ VALUE_JSON, false, "{eq: null}", "{ne: null}" },
	{ VALUE_JSON, false, "{eq: {a: [1, {b: x}]}}",
	  "{ne: {a: [1, {b: x}]}}" },
	{ VALUE_JSON, false, "{eq: {path: $.a}}", "{ne: {path: $.a}}" },
	{ VALUE_JSON, false, "{in: [1, a, [], {path: '$[0]'}]}",
	  "{not_in: [1, a, [], {path: '$[0]'}]}" },
	{ VALUE_JSON, false, "{type: [number, string], length: {ge: 1}}",
	  NULL },
	{ VALUE_JSON, false, "{contains: {path: '$[0]'}}", NULL },
	{ VALUE_JSON, false, "{between: [a, c]}", NULL },
	{ VALUE_JSON, false, "{ge: 1, lt: {path: $.max}}", NULL },
	{ VALUE_JSON, true, "{any: {gt: 3}}", "{none: {gt: 3}}" },
	{ VALUE_JSON, true, "{any: {matches: '^(a|b+)+$'}}",
	  "{none: {matches: '^(a|b+)+$'}}" },
	{ VALUE_JSON, true, "{any: {eq: {path: $.a}}}",
	  "{none: {eq: {path: $.a}}}" },
	{ VALUE_JSON, true, "{any: {each: {type: integer}}}",
	  "{none: {each: {type: integer}}}" },
	{ VALUE_JSON, true, "{each: {length: {gt: 1}, starts_with: a}}", NULL },
	{ VALUE_JSON, true, "{exists: true}", "{exists: false}" },
	{ VALUE_TEXT, false, "{eq: ok}", "{ne: ok}" },
	{ VALUE_TEXT, false, "{in: [a, b, '']}", "{not_in: [a, b, '']}" },
	{ VALUE_TEXT, false, "{matches: '(\\w+\\s?)*x', length: {lt: 9}}",
	  NULL },
	{ VALUE_TEXT, false, "{contains: a, ends_with: b}", NULL },
	{ VALUE_TLS_VERSION, false, "{eq: TLSv1.2}", "{ne: TLSv1.2}" },
	{ VALUE_TLS_VERSION, false, "{lt: TLSv1.2}", "{ge: TLSv1.2}" },
};

static const struct matcher *compile(struct arena *a, const char *yaml,
				     const struct row *row)
{
	struct errs es = { 0 };
	struct match_context mc = { a, NULL, &es };
	const struct node *root;
	const struct source *src =
		doc_source(a, "m.yaml", yaml, strlen(yaml), &es);

	if (!src || !doc_parse(a, src, &root, &es))
		abort();
	const struct matcher *m =
		match_compile(&mc, root, row->kind, row->is_list, "it");
	if (!m || es.n)
		abort();
	return m;
}

/* One line for a terminal, within its ceiling. */
static void check_words(const struct buf *words)
{
	size_t at = 0;
	uint32_t code;

	if (words->len > MATCH_SEEN_MAX)
		abort();
	while (at < words->len) {
		size_t n = text_utf8_next(words->text + at, words->len - at,
					  &code);
		if (!n || code < 0x20 || (code >= 0x7f && code < 0xa0))
			abort();
		at += n;
	}
}

/* Judges twice; *note is to be released. */
static bool judge(const struct matcher *m, const struct subject *s,
		  struct buf *note)
{
	struct buf seen[2], again;

	buf_init(&seen[0], BUF_NO_LIMIT);
	buf_init(&seen[1], BUF_NO_LIMIT);
	buf_init(note, BUF_NO_LIMIT);
	buf_init(&again, BUF_NO_LIMIT);
	bool holds = match_judge(m, s, NULL, &seen[0], note);
	if (holds != match_judge(m, s, NULL, &seen[1], &again) ||
	    strcmp(buf_text(&seen[0]), buf_text(&seen[1])) != 0 ||
	    strcmp(buf_text(note), buf_text(&again)) != 0)
		abort();
	if (holds != !note->len || !seen[0].len)
		abort();
	check_words(&seen[0]);
	check_words(note);
	buf_release(&seen[0]);
	buf_release(&seen[1]);
	buf_release(&again);
	return holds;
}

/* Exactly one of the two holds, unless neither could be judged: then both
 * say why, in the same words. */
static void check(const struct matcher *m, const struct matcher *opposite,
		  const struct subject *s)
{
	struct buf note, other;
	bool holds = judge(m, s, &note);

	if (opposite) {
		bool other_holds = judge(opposite, s, &other);
		if (holds == other_holds &&
		    (holds || strcmp(buf_text(&note), buf_text(&other)) != 0))
			abort();
		buf_release(&other);
	}
	buf_release(&note);
}

static void check_json(const struct row *row, const struct matcher *m,
		       const struct matcher *opposite, const char *text,
		       size_t len)
{
	struct errs es = { 0 };
	struct source src = { "body", text, len };
	cJSON *root = json_parse(&src, JSON_FOREIGN, NULL, NULL, &es);
	const cJSON *nodes[NODES_MAX] = { root };
	struct subject s = { .kind = VALUE_JSON,
			     .nodes = nodes,
			     .n_nodes = 1,
			     .is_list = row->is_list,
			     .root = root };

	if (!root)
		return;
	if (row->is_list) {
		s.n_nodes = 0;
		for (const cJSON *c = root->child; c && s.n_nodes < NODES_MAX;
		     c = c->next)
			nodes[s.n_nodes++] = c;
	}
	/* any and none are no opposites over nothing. */
	check(m,
	      row->is_list && !s.n_nodes && !strstr(row->yaml, "exists")
		      ? NULL
		      : opposite,
	      &s);
	cJSON_Delete(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (!n)
		return 0;
	const struct row *row = &rows[bytes[0] % LEN(rows)];
	struct arena *a = arena_new(1 << 20);
	char *text = malloc(n);
	if (!a || !text)
		abort();
	memcpy(text, bytes + 1, n - 1);
	text[n - 1] = '\0';
	const struct matcher *m = compile(a, row->yaml, row);
	const struct matcher *opposite =
		row->opposite ? compile(a, row->opposite, row) : NULL;

	if (row->kind == VALUE_JSON) {
		check_json(row, m, opposite, text, n - 1);
	} else {
		struct subject s = { .kind = row->kind,
				     .text = text,
				     .len = n - 1 };
		check(m, opposite, &s);
	}
	free(text);
	arena_free(a);
	return 0;
}
