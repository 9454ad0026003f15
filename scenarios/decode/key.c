/* SPDX-License-Identifier: MIT */
#include "scenarios/decode/key.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/decode/decode.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

bool decode_problem(struct decoder *d, struct place at, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return errs_add(d->es, ERR_INPUT, at, "%s", text);
}

void *list_add(struct decoder *d, struct list *l, size_t size)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 4;
		void *item = arena_alloc(d->arena, room, size);
		if (!item) {
			errs_nomem(d->es);
			return NULL;
		}
		if (l->n)
			memcpy(item, l->item, l->n * size);
		l->item = item;
		l->room = room;
	}
	return (char *)l->item + l->n++ * size;
}

const struct template *decode_template(struct decoder *d, const struct node *t,
				       const char *what)
{
	if (t->kind != NODE_SCALAR || node_is_null(t)) {
		decode_problem(d, t->at, "\"%s\" must be a text, got %s", what,
			       node_kind_name(t));
		return NULL;
	}
	d->spot = t->at;
	return template_compile(d->arena, t->text, t->len, t->at, &d->scope,
				d->es);
}

const char *decode_static(struct decoder *d, const struct node *t,
			  const char *what, size_t *len)
{
	const struct template *text = decode_template(d, t, what);

	if (!text)
		return NULL;
	if (!template_is_static(text)) {
		decode_problem(d, t->at,
			       "\"%s\" must be known when the scenario is "
			       "loaded, but uses a value of the run",
			       what);
		return NULL;
	}
	return template_text(text, len);
}

const char *path_beside(struct decoder *d, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	const char *whole =
		path[0] == '/' || !slash
			? arena_strdup(d->arena, path)
			: arena_printf(d->arena, "%.*s/%s", (int)(slash - file),
				       file, path);

	if (!whole)
		errs_nomem(d->es);
	return whole;
}

const struct template *decode_path(struct decoder *d, const struct node *t,
				   const char *what)
{
	const struct template *path = decode_template(d, t, what);
	const char *text = path ? template_text(path, NULL) : NULL;
	/* A value of the run may begin with a slash: it stays as it is. */
	bool is_open =
		!text && path && (t->text[0] == '$' || t->text[0] == '/');

	if (!path || is_open || (text && !text[0]))
		return path;
	const char *whole = path_beside(d, t->at.src->name, text ? text : "");
	if (!whole)
		return NULL;
	const struct template *front =
		template_literal(d->arena, whole, strlen(whole));
	const struct template_piece piece[] = { { front, false },
						{ path, false } };
	const struct template *joined =
		!front || text ? front : template_join(d->arena, piece, 2);
	if (!joined)
		errs_nomem(d->es);
	return joined;
}

bool node_keep(struct decoder *d, const struct key *k, const struct node *t,
	       void *into)
{
	(void)d;
	(void)k;
	*(const struct node **)into = t;
	return true;
}

const struct key *keys_find(const struct key *keys, const char *name,
			    size_t *at)
{
	for (const struct key *k = keys; k && k->type != KEY_END; k++) {
		if (k->type == KEY_INCLUDE) {
			const struct key *in = keys_find(k->keys, name, at);
			if (in) {
				*at += k->at;
				return in;
			}
		} else if (!strcmp(k->name, name)) {
			*at = k->at;
			return k;
		}
	}
	return NULL;
}

enum { KEY_NAMES_MAX = 128 }; /* names of one table, for messages */

static size_t names_of(const struct key *keys, const char **names, size_t n)
{
	for (const struct key *k = keys; k && k->type != KEY_END; k++) {
		if (k->type == KEY_INCLUDE)
			n = names_of(k->keys, names, n);
		else if (n < KEY_NAMES_MAX)
			names[n++] = k->name;
	}
	return n;
}

bool keys_unknown(struct decoder *d, const struct key *keys,
		  const struct key *more, struct place at, const char *name,
		  const char *what)
{
	const char *names[KEY_NAMES_MAX];
	size_t n = names_of(more, names, names_of(keys, names, 0));
	const char *near = text_nearest(name, strlen(name), names, n);
	struct buf allowed;

	if (near)
		return decode_problem(d, at,
				      "unknown key \"%s\" in %s; did you mean "
				      "\"%s\"?",
				      name, what, near);
	buf_init(&allowed, ERR_PART_MAX);
	for (size_t i = 0; i < n; i++)
		buf_printf(&allowed, "%s%s", i ? ", " : "", names[i]);
	decode_problem(d, at, "unknown key \"%s\" in %s; allowed: %s%s", name,
		       what, buf_text(&allowed),
		       allowed.truncated ? "..." : "");
	buf_release(&allowed);
	return false;
}

static bool require(struct decoder *d, const struct key *keys,
		    const struct node *t, const char *what)
{
	bool ok = true;

	for (const struct key *k = keys; k && k->type != KEY_END; k++) {
		if (k->type == KEY_INCLUDE)
			ok &= require(d, k->keys, t, what);
		else if ((k->flags & KEY_REQUIRED) && !node_find(t, k->name))
			ok = decode_problem(d, t->at, "%s needs \"%s\": %s",
					    what, k->name, k->doc);
	}
	return ok;
}

static bool entry_decode(struct decoder *d, const struct key *keys, void *into,
			 const struct key *more, void *into_more,
			 const struct node_entry *e, bool first,
			 const char *what)
{
	size_t at = 0;
	char *base = into;
	const struct key *k = keys_find(keys, e->key, &at);

	if (!k) {
		k = keys_find(more, e->key, &at);
		base = into_more;
	}
	if (!k)
		return !first ||
		       keys_unknown(d, keys, more, e->key_at, e->key, what);
	if (!!(k->flags & KEY_FIRST) != first)
		return true;
	return key_decode(d, k, e->value, base + at);
}

bool keys_decode2(struct decoder *d, const struct key *keys, void *into,
		  const struct key *more, void *into_more, const struct node *t,
		  const char *what)
{
	bool ok = true;

	if (t->kind != NODE_MAP)
		return decode_problem(d, t->at, "%s must be a map, got %s",
				      what, node_kind_name(t));
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < t->n; i++)
			ok &= entry_decode(d, keys, into, more, into_more,
					   &t->entry[i], pass == 0, what);
	ok &= require(d, keys, t, what);
	return require(d, more, t, what) && ok;
}

bool keys_decode(struct decoder *d, const struct key *keys,
		 const struct node *t, void *into, const char *what)
{
	return keys_decode2(d, keys, into, NULL, NULL, t, what);
}

/* ---- values ------------------------------------------------------------ */

static bool is_templated(const struct node *t)
{
	return t->kind == NODE_SCALAR && strstr(t->text, "${");
}

static bool decode_bool(struct decoder *d, const struct key *k,
			const struct node *t, void *into)
{
	bool *value = into;
	const char *hint = node_hint(t);

	if (is_templated(t)) {
		const char *text = decode_static(d, t, k->name, NULL);
		if (!text)
			return false;
		if (!strcmp(text, "true") || !strcmp(text, "false")) {
			*value = text[0] == 't';
			return true;
		}
	} else if (node_as_bool(t, value)) {
		return true;
	}
	return decode_problem(
		d, t->at, "\"%s\" must be true or false, got %s%s%s", k->name,
		node_kind_name(t), hint ? "; " : "", hint ? hint : "");
}

typedef bool unit_parser(const char *text, size_t len, uint64_t *value,
			 struct buf *why);
typedef void unit_printer(struct buf *out, uint64_t value);

static void print_count(struct buf *out, uint64_t n)
{
	buf_printf(out, "%llu", (unsigned long long)n);
}

struct unit {
	unit_parser *parse;
	unit_printer *print;
	const char *what;
};
static const struct unit units[] = {
	[KEY_COUNT] = { unit_parse_count, print_count, "a whole number" },
	[KEY_DURATION] = { unit_parse_duration, unit_print_duration,
			   "a duration like 10s or 500ms" },
	[KEY_SIZE] = { unit_parse_size, unit_print_size,
		       "a size like 64KiB or 10MB" },
};

static bool in_range(struct decoder *d, const struct key *k,
		     const struct node *t, uint64_t value)
{
	bool low = value < k->min;

	if (!low && (!k->max || value <= k->max))
		return true;
	struct buf limit, got;
	buf_init(&limit, 64);
	buf_init(&got, 64);
	units[k->type].print(&limit, low ? k->min : k->max);
	units[k->type].print(&got, value);
	decode_problem(d, t->at, "\"%s\" must be at %s %s, got %s", k->name,
		       low ? "least" : "most", buf_text(&limit),
		       buf_text(&got));
	buf_release(&limit);
	buf_release(&got);
	return false;
}

static bool decode_unit(struct decoder *d, const struct key *k,
			const struct node *t, void *into)
{
	const struct unit *u = &units[k->type];
	struct buf why;
	uint64_t value;
	size_t len;

	if (t->kind != NODE_SCALAR || node_is_null(t))
		return decode_problem(d, t->at, "\"%s\" must be %s, got %s",
				      k->name, u->what, node_kind_name(t));
	const char *text = decode_static(d, t, k->name, &len);
	if (!text)
		return false;
	if (k->type == KEY_COUNT && t->is_quoted && !is_templated(t))
		return decode_problem(d, t->at,
				      "\"%s\" must be a whole number, got a "
				      "quoted text",
				      k->name);
	buf_init(&why, ERR_PART_MAX);
	bool ok = u->parse(text, len, &value, &why);
	if (!ok)
		decode_problem(d, t->at, "\"%s\" must be %s: %s", k->name,
			       u->what, buf_text(&why));
	buf_release(&why);
	if (!ok || !in_range(d, k, t, value))
		return false;
	*(uint64_t *)into = value;
	return true;
}

static bool decode_choice(struct decoder *d, const struct key *k,
			  const struct node *t, void *into)
{
	struct buf allowed;
	size_t n = 0;

	if (t->kind != NODE_SCALAR)
		return decode_problem(d, t->at, "\"%s\" must be a word, got %s",
				      k->name, node_kind_name(t));
	const char *text = decode_static(d, t, k->name, NULL);
	if (!text)
		return false;
	for (; k->choices[n]; n++)
		if (!strcmp(k->choices[n], text)) {
			*(unsigned *)into = (unsigned)n;
			return true;
		}
	const char *near = text_nearest(text, strlen(text), k->choices, n);
	buf_init(&allowed, ERR_PART_MAX);
	for (size_t i = 0; i < n; i++)
		buf_printf(&allowed, "%s%s", i ? ", " : "", k->choices[i]);
	decode_problem(d, t->at, "\"%s\" must be one of %s, got \"%s\"%s%s%s",
		       k->name, buf_text(&allowed), text,
		       near ? "; did you mean \"" : "", near ? near : "",
		       near ? "\"?" : "");
	buf_release(&allowed);
	return false;
}

bool key_decode(struct decoder *d, const struct key *k, const struct node *t,
		void *into)
{
	switch (k->type) {
	case KEY_BOOL:
		return decode_bool(d, k, t, into);
	case KEY_COUNT:
	case KEY_DURATION:
	case KEY_SIZE:
		return decode_unit(d, k, t, into);
	case KEY_CHOICE:
		return decode_choice(d, k, t, into);
	case KEY_WORD: {
		const char *text = decode_static(d, t, k->name, NULL);
		if (text && !*text && (k->flags & KEY_REQUIRED))
			return decode_problem(
				d, t->at, "\"%s\" must not be empty", k->name);
		*(const char **)into = text;
		return text != NULL;
	}
	case KEY_TEXT: {
		const struct template *text = decode_template(d, t, k->name);
		*(const struct template **)into = text;
		return text != NULL;
	}
	case KEY_PATH: {
		const struct template *path = decode_path(d, t, k->name);
		*(const struct template **)into = path;
		return path != NULL;
	}
	case KEY_PAIRS:
		return pairs_decode(d, t, into, !(k->flags & KEY_NAMES_FREE),
				    k->name);
	case KEY_MAP: {
		char what[64];
		snprintf(what, sizeof(what), "\"%s\"", k->name);
		return keys_decode(d, k->keys, t, into, what);
	}
	case KEY_CUSTOM:
		return k->form->decode(d, k, t, into);
	case KEY_INCLUDE:
	case KEY_END:
		break;
	}
	return decode_problem(d, t->at, "\"%s\" has no form", k->name);
}
