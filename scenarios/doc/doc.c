/* SPDX-License-Identifier: MIT */
#include "scenarios/doc/doc.h"

#include <stdlib.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/doc/doc_parts.h"
#include "scenarios/base/text.h"

enum {
	DOC_ANCHORS_MAX = 1000, /* anchors of one text */
	DOC_QUOTE_MAX = 60,	/* bytes of a key or tag that are repeated */
};

/* A map or list that is not complete yet.  Its members are gathered in
 * items, in a map with the key before each. */
struct frame {
	struct node *node;
	struct buf members; /* struct node_entry or struct node * */
	struct node_entry key;
	bool has_key;
	bool is_anchored;
};

struct anchor {
	const char *name;
	const struct node *node;
	bool is_open; /* its end has not been seen */
};

struct builder {
	struct arena *arena;
	const struct source *src;
	struct errs *es;
	struct doc_cursor cursor;
	struct frame frame[DOC_DEPTH_MAX];
	unsigned depth;
	struct anchor anchor[DOC_ANCHORS_MAX];
	size_t anchors;
	const struct node *root;
	unsigned nodes; /* aliases written out */
	unsigned documents;
	bool has_problem;
};

/* Ends the reading. */
#define STOP(b, at, ...) errs_add((b)->es, ERR_INPUT, at, __VA_ARGS__)

/* A copy short enough for a message; "" without memory. */
static const char *quoted(struct builder *b, const char *text, size_t len)
{
	struct buf cut, out;

	buf_init(&cut, DOC_QUOTE_MAX);
	buf_init(&out, BUF_NO_LIMIT);
	text_cut(&cut, text, len, DOC_QUOTE_MAX);
	text_printable(&out, buf_text(&cut), cut.len);
	const char *copy = arena_strndup(b->arena, buf_text(&out), out.len);
	buf_release(&cut);
	buf_release(&out);
	return copy ? copy : "";
}

/* Where the value itself begins: an event begins at its anchor or tag. */
static struct place value_place(struct builder *b, const yaml_event_t *ev,
				bool has_properties)
{
	struct place at = doc_place_of(&b->cursor, ev->start_mark.index);

	if (!has_properties)
		return at;
	const char *text = b->src->text;
	size_t i = b->cursor.byte;
	size_t from = i;
	while (i < b->src->len && (text[i] == '&' || text[i] == '!')) {
		while (i < b->src->len && !strchr(" \t\r\n", text[i]))
			i++;
		while (i < b->src->len && (text[i] == ' ' || text[i] == '\t'))
			i++;
	}
	if (i < b->src->len && !strchr("\r\n#", text[i]))
		at.col += (unsigned)(i - from);
	return at;
}

/* ---- nodes ------------------------------------------------------------ */

static struct node *node_new(struct builder *b, enum node_kind kind,
			     struct place at)
{
	struct node *t = arena_alloc(b->arena, 1, sizeof(*t));

	if (!t) {
		errs_nomem(b->es);
		return NULL;
	}
	t->kind = kind;
	t->at = at;
	t->weight = 1;
	return t;
}

/* Counts t and what is in it, below the open maps and lists. */
static bool count_nodes(struct builder *b, const struct node *t,
			struct place at)
{
	if (t->weight > DOC_NODES_MAX - b->nodes)
		return STOP(b, at,
			    "too many values: the limit is %d, with every "
			    "alias written out",
			    DOC_NODES_MAX);
	b->nodes += t->weight;
	if (b->depth + t->height > DOC_DEPTH_MAX)
		return STOP(b, at, "too deep: the limit is %d levels",
			    DOC_DEPTH_MAX);
	return true;
}

/* Puts a node where it belongs: into the open map or list, or the root. */
static bool place_node(struct builder *b, const struct node *t)
{
	if (!b->depth) {
		b->root = t;
		return true;
	}
	struct frame *f = &b->frame[b->depth - 1];
	bool done;
	if (f->node->kind == NODE_SEQ) {
		done = buf_add(&f->members, &t, sizeof(t));
	} else {
		f->key.value = t;
		done = buf_add(&f->members, &f->key, sizeof(f->key));
		f->has_key = false;
	}
	f->node->n++;
	f->node->weight += t->weight;
	if (t->height >= f->node->height)
		f->node->height = t->height + 1;
	return done ? true : errs_nomem(b->es);
}

static bool wants_key(const struct builder *b)
{
	if (!b->depth)
		return false;
	const struct frame *f = &b->frame[b->depth - 1];
	return f->node->kind == NODE_MAP && !f->has_key;
}

/* ---- anchors ---------------------------------------------------------- */

static bool add_anchor(struct builder *b, const yaml_char_t *name,
		       const struct node *t, bool is_open)
{
	if (!name)
		return true;
	if (b->anchors == DOC_ANCHORS_MAX)
		return STOP(b, t->at, "too many anchors: the limit is %d",
			    DOC_ANCHORS_MAX);
	const char *copy = arena_strdup(b->arena, (const char *)name);
	if (!copy)
		return errs_nomem(b->es);
	b->anchor[b->anchors++] = (struct anchor){ copy, t, is_open };
	return true;
}

/* The latest of that name: YAML lets a later anchor hide an earlier one. */
static const struct anchor *find_anchor(const struct builder *b,
					const char *name)
{
	for (size_t i = b->anchors; i--;)
		if (!strcmp(b->anchor[i].name, name))
			return &b->anchor[i];
	return NULL;
}

static bool on_alias(struct builder *b, const yaml_event_t *ev)
{
	const char *name = (const char *)ev->data.alias.anchor;
	struct place at = doc_place_of(&b->cursor, ev->start_mark.index);
	const struct anchor *found = find_anchor(b, name);

	if (wants_key(b))
		return STOP(b, at, "a key must be written out, not an alias");
	if (!found)
		return STOP(b, at,
			    "\"*%s\" names no anchor \"&%s\" above; a text "
			    "that begins with * needs quotes",
			    quoted(b, name, strlen(name)),
			    quoted(b, name, strlen(name)));
	if (found->is_open)
		return STOP(b, at, "\"*%s\" stands inside its own anchor",
			    quoted(b, name, strlen(name)));
	return count_nodes(b, found->node, at) && place_node(b, found->node);
}

/* ---- tags ------------------------------------------------------------- */

static const char core_tag[] = "tag:yaml.org,2002:";

/* Tags that a scalar may carry, and the type that they state. */
static const struct {
	const char *name;
	enum scalar_type type;
} scalar_tags[] = {
	{ "str", SCALAR_STRING },  { "int", SCALAR_INT },
	{ "float", SCALAR_FLOAT }, { "bool", SCALAR_BOOL },
	{ "null", SCALAR_NULL },
};

static bool refuse_tag(struct builder *b, const char *tag, struct place at)
{
	b->has_problem = true;
	return STOP(b, at,
		    "the tag \"%s\" is not known; a text that begins with ! "
		    "needs quotes",
		    quoted(b, tag, strlen(tag)));
}

/* What is wrong with a tag is a problem, but reading goes on. */
static void apply_scalar_tag(struct builder *b, struct node *t,
			     const yaml_char_t *tag, struct place at)
{
	const char *name = (const char *)tag;
	size_t prefix = sizeof(core_tag) - 1;

	if (!name)
		return;
	if (!strcmp(name, "!"))
		name = "tag:yaml.org,2002:str";
	if (strncmp(name, core_tag, prefix) != 0) {
		refuse_tag(b, name, at);
		return;
	}
	for (size_t i = 0; i < sizeof(scalar_tags) / sizeof(scalar_tags[0]);
	     i++) {
		if (strcmp(name + prefix, scalar_tags[i].name) != 0)
			continue;
		enum scalar_type stated = scalar_tags[i].type;
		if (stated == SCALAR_STRING) {
			t->type = SCALAR_STRING;
			t->is_quoted = true;
			return;
		}
		t->type = doc_plain_type(t->text, t->len);
		if (stated == SCALAR_FLOAT && t->type == SCALAR_INT)
			t->type = SCALAR_FLOAT;
		if (t->type == stated)
			return;
		b->has_problem = true;
		STOP(b, at, "\"%s\" is not what its tag \"!!%s\" says",
		     quoted(b, t->text, t->len), name + prefix);
		return;
	}
	refuse_tag(b, name, at);
}

static void check_tag(struct builder *b, const yaml_char_t *tag,
		      const char *only, struct place at)
{
	const char *name = (const char *)tag;
	size_t prefix = sizeof(core_tag) - 1;

	if (name && (strncmp(name, core_tag, prefix) != 0 ||
		     strcmp(name + prefix, only) != 0))
		refuse_tag(b, name, at);
}

/* ---- scalars and keys ------------------------------------------------- */

static bool on_key(struct builder *b, const yaml_event_t *ev, const char *text,
		   size_t len)
{
	bool is_plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct place at = value_place(
		b, ev, ev->data.scalar.anchor || ev->data.scalar.tag);

	if (is_plain && !len)
		return STOP(b, at, "a key is missing before the \":\"");
	if (len > DOC_KEY_MAX)
		return STOP(b, at, "a key of %zu bytes: the limit is %d", len,
			    DOC_KEY_MAX);
	if (memchr(text, '\0', len))
		return STOP(b, at, "a key cannot hold a NUL");
	if (is_plain && text_is(text, len, "<<"))
		return STOP(b, at,
			    "the merge key \"<<\" is not supported: write the "
			    "keys out, or use an alias for the whole value");
	if (ev->data.scalar.anchor || ev->data.scalar.tag)
		return STOP(b, at, "a key takes no anchor and no tag");
	char *key = arena_strndup(b->arena, text, len);
	if (!key)
		return errs_nomem(b->es);
	struct frame *f = &b->frame[b->depth - 1];
	f->key =
		(struct node_entry){ .key = key, .key_len = len, .key_at = at };
	f->has_key = true;
	return true;
}

static bool on_scalar(struct builder *b, const yaml_event_t *ev)
{
	const char *text = (const char *)ev->data.scalar.value;
	size_t len = ev->data.scalar.length;
	const yaml_char_t *tag = ev->data.scalar.tag;

	if (wants_key(b))
		return on_key(b, ev, text, len);
	struct place at = value_place(b, ev, tag || ev->data.scalar.anchor);
	if (len > DOC_SCALAR_MAX)
		return STOP(b, at, "a value of %zu bytes: the limit is %d", len,
			    DOC_SCALAR_MAX);
	struct node *t = node_new(b, NODE_SCALAR, at);
	if (!t)
		return false;
	t->text = arena_strndup(b->arena, text, len);
	if (!t->text)
		return errs_nomem(b->es);
	t->len = len;
	t->is_quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	t->type = t->is_quoted ? SCALAR_STRING : doc_plain_type(t->text, len);
	apply_scalar_tag(b, t, tag, at);
	return count_nodes(b, t, at) &&
	       add_anchor(b, ev->data.scalar.anchor, t, false) &&
	       place_node(b, t);
}

/* ---- maps and lists --------------------------------------------------- */

static bool on_start(struct builder *b, const yaml_event_t *ev,
		     enum node_kind kind)
{
	bool is_map = kind == NODE_MAP;
	const yaml_char_t *tag = is_map ? ev->data.mapping_start.tag
					: ev->data.sequence_start.tag;
	const yaml_char_t *name = is_map ? ev->data.mapping_start.anchor
					 : ev->data.sequence_start.anchor;
	struct place at = value_place(b, ev, tag || name);

	if (wants_key(b))
		return STOP(b, at,
			    "a key must be a text; a value that begins with "
			    "{ or [ needs quotes when it is a text");
	if (b->depth == DOC_DEPTH_MAX)
		return STOP(b, at, "too deep: the limit is %d levels",
			    DOC_DEPTH_MAX);
	struct node *t = node_new(b, kind, at);
	if (!t)
		return false;
	check_tag(b, tag, is_map ? "map" : "seq", at);
	if (!count_nodes(b, t, at) || !add_anchor(b, name, t, true))
		return false;
	struct frame *f = &b->frame[b->depth++];
	*f = (struct frame){ .node = t, .is_anchored = name };
	buf_init(&f->members, BUF_NO_LIMIT);
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	const struct node_entry *left = *(const struct node_entry *const *)a;
	const struct node_entry *right = *(const struct node_entry *const *)b;
	int order = strcmp(left->key, right->key);

	if (order)
		return order;
	return left < right ? -1 : left > right;
}

/* Equal keys become neighbours in an index sorted by key; the entries
 * themselves keep their order. */
static bool check_duplicates(struct builder *b, const struct node *map)
{
	const struct node_entry **index = calloc(map->n, sizeof(*index));

	if (!index)
		return errs_nomem(b->es);
	for (size_t i = 0; i < map->n; i++)
		index[i] = &map->entry[i];
	qsort(index, map->n, sizeof(*index), compare_entries);
	for (size_t i = 1, first = 0; i < map->n; i++) {
		if (strcmp(index[first]->key, index[i]->key) != 0) {
			first = i;
			continue;
		}
		b->has_problem = true;
		STOP(b, index[i]->key_at,
		     "the key \"%s\" stands here twice; first at line %u",
		     quoted(b, index[i]->key, index[i]->key_len),
		     index[first]->key_at.line);
	}
	free(index);
	return true;
}

static bool on_end(struct builder *b)
{
	struct frame *f = &b->frame[--b->depth];
	struct node *t = f->node;
	char *members = arena_alloc(b->arena, f->members.len, 1);

	if (members && f->members.len)
		memcpy(members, f->members.text, f->members.len);
	buf_release(&f->members);
	if (!members)
		return errs_nomem(b->es);
	for (size_t i = f->is_anchored ? b->anchors : 0; i--;)
		if (b->anchor[i].node == t)
			b->anchor[i].is_open = false;
	if (t->kind == NODE_SEQ) {
		t->item = (const struct node *const *)(void *)members;
	} else {
		t->entry = (const struct node_entry *)(void *)members;
		if (t->n > 1 && !check_duplicates(b, t))
			return false;
	}
	return place_node(b, t);
}

/* ---- the stream ------------------------------------------------------- */

static bool on_document(struct builder *b, const yaml_event_t *ev)
{
	struct place at = doc_place_of(&b->cursor, ev->start_mark.index);

	if (b->documents++)
		return STOP(b, at,
			    "a second document begins here; a file holds one");
	return true;
}

static bool on_event(struct builder *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		return on_document(b, ev);
	case YAML_ALIAS_EVENT:
		return on_alias(b, ev);
	case YAML_SCALAR_EVENT:
		return on_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(b, ev, NODE_SEQ);
	case YAML_MAPPING_START_EVENT:
		return on_start(b, ev, NODE_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(b);
	default:
		return true;
	}
}

/* Reads events until the stream ends or something stops it. */
static bool read_events(struct builder *b, yaml_parser_t *parser)
{
	bool goes_on = true;
	bool is_end = false;

	while (goes_on && !is_end) {
		yaml_event_t ev;
		if (!yaml_parser_parse(parser, &ev))
			return doc_syntax_problem(parser, &b->cursor, b->es);
		is_end = ev.type == YAML_STREAM_END_EVENT;
		goes_on = on_event(b, &ev);
		yaml_event_delete(&ev);
	}
	return goes_on;
}

static bool refuse_empty(const struct source *src, struct errs *es)
{
	struct place whole = { .src = src };
	bool has_comment = src->len && memchr(src->text, '#', src->len);

	return errs_add(es, ERR_INPUT, whole, "%s",
			has_comment ? "holds nothing but comments"
				    : "is empty");
}

bool doc_parse(struct arena *a, const struct source *src,
	       const struct node **root, struct errs *es)
{
	yaml_parser_t parser;
	char *joined = NULL;
	bool done = false;

	*root = NULL;
	if (!doc_check_bytes(src, es))
		return false;
	if (!doc_join_pairs(src, &joined))
		return errs_nomem(es);
	struct builder *b = calloc(1, sizeof(*b));
	if (!b || !yaml_parser_initialize(&parser)) {
		free(b);
		free(joined);
		return errs_nomem(es);
	}
	b->arena = a;
	b->src = src;
	b->es = es;
	b->cursor = (struct doc_cursor){ .src = src, .line = 1 };
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&parser, (const unsigned char *)(joined ? joined : src->text),
		src->len);
	if (!read_events(b, &parser))
		goto out;
	if (!b->root ||
	    (node_is_null(b->root) && !b->root->len && !b->root->is_quoted)) {
		refuse_empty(src, es);
		goto out;
	}
	*root = b->root;
	done = !b->has_problem;
out:
	while (b->depth)
		buf_release(&b->frame[--b->depth].members);
	yaml_parser_delete(&parser);
	free(joined);
	free(b);
	return done;
}
