/* SPDX-License-Identifier: MIT */
#include "scenarios/json/json.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum { FEW_MEMBERS = 8 }; /* compared pairwise; more are sorted */

struct member {
	cJSON *node;
	size_t at; /* offset of the name */
};

struct reader {
	const struct source *src;
	size_t at; /* the next byte */
	enum json_kind kind;
	struct json_limits lim;
	size_t nodes;
	cJSON *root;
	cJSON *open[JSON_DEPTH_MAX];  /* containers, outermost first */
	size_t first[JSON_DEPTH_MAX]; /* of members, for an open object */
	unsigned depth;
	struct member *members; /* of all open objects, as a stack */
	size_t members_n;
	size_t members_room;
	char *name; /* of the member whose value comes next */
	size_t name_at;
	struct buf decoded;
	struct json_index *index;
	struct errs *es;
};

static bool fail(struct reader *r, size_t at, const char *text)
{
	return errs_add(r->es, ERR_INPUT, place_at(r->src, at), "%s", text);
}

/* "expected a value, got ..." at the next byte. */
static bool expected(struct reader *r, const char *what)
{
	struct place at = place_at(r->src, r->at);
	const char *text = r->src->text + r->at;
	uint32_t code = 0;
	size_t left = r->src->len - r->at;
	size_t n = left ? text_utf8_next(text, left, &code) : 0;

	if (left == 0)
		return errs_add(r->es, ERR_INPUT, at,
				"expected %s, got the end of the text", what);
	if (n == 0 || code < 0x20 || (code > 0x7e && code < 0xa0))
		return errs_add(r->es, ERR_INPUT, at,
				"expected %s, got the byte 0x%02x", what,
				(unsigned char)*text);
	return errs_add(r->es, ERR_INPUT, at, "expected %s, got \"%.*s\"", what,
			(int)n, text);
}

static int peek(const struct reader *r)
{
	return r->at < r->src->len ? (unsigned char)r->src->text[r->at] : -1;
}

static void skip_space(struct reader *r)
{
	int c;

	while ((c = peek(r)) == ' ' || c == '\n' || c == '\t' || c == '\r')
		r->at++;
}

static bool take(struct reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->at++;
	return true;
}

/* ---- strings ------------------------------------------------------------ */

/* Four hexadecimal digits after a \u; -1 when there are not four. */
static long hex4(const struct reader *r, size_t at)
{
	long code = 0;

	if (r->src->len - at < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int digit = text_hex_digit(r->src->text[at + i]);
		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

/* The second half of a surrogate pair, when it comes next; else 0. */
static long low_half(struct reader *r)
{
	const char *text = r->src->text + r->at;
	long code;

	if (r->src->len - r->at < 6 || text[0] != '\\' || text[1] != 'u')
		return 0;
	code = hex4(r, r->at + 2);
	if (code < 0xdc00 || code > 0xdfff)
		return 0;
	r->at += 6;
	return code;
}

/* A \u escape; r->at is behind the u. */
static bool unicode_escape(struct reader *r)
{
	size_t start = r->at - 2;
	long code = hex4(r, r->at);
	long low = 0;

	if (code < 0)
		return fail(r, start,
			    "expected four hexadecimal digits after \"\\u\"");
	r->at += 4;
	if ((code & ~0x3ffL) == 0xd800)
		low = low_half(r);
	if (low)
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	bool lone = (code & ~0x7ffL) == 0xd800;
	if (r->kind == JSON_OWN && (lone || code == 0))
		return fail(r, start,
			    lone ? "half of a surrogate pair is no character"
				 : "a string cannot hold \"\\u0000\" here");
	/* text_utf8_put() turns a surrogate into U+FFFD. */
	text_utf8_put(&r->decoded, code ? (uint32_t)code : 0xfffd);
	return true;
}

static bool escape(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = peek(r);
	const char *hit = c > 0 ? strchr(from, c) : NULL;

	if (c == 'u') {
		r->at++;
		return unicode_escape(r);
	}
	if (!hit)
		return expected(r, "one of \" \\ / b f n r t u after a "
				   "backslash");
	r->at++;
	return buf_putc(&r->decoded, to[hit - from]) || errs_nomem(r->es);
}

/* Plain characters up to the next quote, backslash or problem. */
static bool plain(struct reader *r)
{
	size_t start = r->at;
	uint32_t code;
	int c;

	while ((c = peek(r)) >= 0x20 && c != '"' && c != '\\') {
		size_t n = c < 0x80
				   ? 1
				   : text_utf8_next(r->src->text + r->at,
						    r->src->len - r->at, &code);
		if (n == 0)
			return fail(r, r->at, "a byte that is not UTF-8");
		r->at += n;
	}
	buf_add(&r->decoded, r->src->text + start, r->at - start);
	if (c < 0)
		return expected(r, "a closing quote");
	if (c < 0x20)
		return fail(r, r->at,
			    "a control character inside a string must be "
			    "escaped");
	return true;
}

/* The string whose opening quote is next, for cJSON_free(); NULL: failed. */
static char *string_take(struct reader *r)
{
	buf_reset(&r->decoded);
	r->at++;
	while (!take(r, '"')) {
		if (take(r, '\\') ? !escape(r) : !plain(r))
			return NULL;
	}
	char *text =
		buf_ok(&r->decoded) ? cJSON_malloc(r->decoded.len + 1) : NULL;
	if (!text) {
		errs_nomem(r->es);
		return NULL;
	}
	memcpy(text, buf_text(&r->decoded), r->decoded.len + 1);
	return text;
}

/* ---- values ------------------------------------------------------------- */

static bool member_add(struct reader *r, cJSON *node)
{
	if (r->members_n == r->members_room) {
		size_t room = r->members_room ? 2 * r->members_room : 64;
		struct member *more = realloc(r->members, room * sizeof(*more));
		if (!more)
			return errs_nomem(r->es);
		r->members = more;
		r->members_room = room;
	}
	r->members[r->members_n++] = (struct member){ node, r->name_at };
	return true;
}

/* Puts a new node where the next value belongs; on failure it is still in the
 * tree, or freed. */
static bool attach(struct reader *r, cJSON *node, size_t at)
{
	cJSON *parent = r->depth ? r->open[r->depth - 1] : NULL;

	node->string = r->name;
	r->name = NULL;
	if (!parent)
		r->root = node;
	else
		cJSON_AddItemToArray(parent, node);
	if (++r->nodes > r->lim.max_nodes)
		return errs_add(r->es, ERR_INPUT, place_at(r->src, at),
				"more than %zu values", r->lim.max_nodes);
	if (node->string && !member_add(r, node))
		return false;
	return !r->index || json_index_add(r->index, node, at, r->es);
}

static size_t digits(struct reader *r)
{
	size_t start = r->at;

	while (peek(r) >= '0' && peek(r) <= '9')
		r->at++;
	return r->at - start;
}

/* The grammar of a number; r->at ends behind it. */
static bool number_scan(struct reader *r)
{
	take(r, '-');
	size_t start = r->at;
	size_t n = digits(r);

	if (n == 0)
		return expected(r, "a digit");
	if (n > 1 && r->src->text[start] == '0')
		return fail(r, start, "a number has no leading zero");
	if (take(r, '.') && digits(r) == 0)
		return expected(r, "a digit after the decimal point");
	if (take(r, 'e') || take(r, 'E')) {
		if (!take(r, '+'))
			take(r, '-');
		if (digits(r) == 0)
			return expected(r, "a digit in the exponent");
	}
	return true;
}

static cJSON *number_take(struct reader *r)
{
	char text[JSON_NUMBER_MAX + 1];
	size_t start = r->at;

	if (!number_scan(r))
		return NULL;
	if (r->at - start > JSON_NUMBER_MAX) {
		errs_add(r->es, ERR_INPUT, place_at(r->src, start),
			 "a number of more than %d characters",
			 JSON_NUMBER_MAX);
		return NULL;
	}
	memcpy(text, r->src->text + start, r->at - start);
	text[r->at - start] = '\0';
	double value = strtod(text, NULL);
	if (!isfinite(value)) {
		errs_add(r->es, ERR_INPUT, place_at(r->src, start),
			 "the number %.40s is too large", text);
		return NULL;
	}
	cJSON *node = cJSON_CreateNumber(value);
	if (!node)
		errs_nomem(r->es);
	return node;
}

static cJSON *word_take(struct reader *r)
{
	static const struct {
		const char *text;
		int type;
	} words[] = {
		{ "null", cJSON_NULL },
		{ "true", cJSON_True },
		{ "false", cJSON_False },
	};
	size_t left = r->src->len - r->at;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i].text);
		if (left < n ||
		    memcmp(r->src->text + r->at, words[i].text, n) != 0)
			continue;
		cJSON *node = cJSON_CreateNull();
		if (!node) {
			errs_nomem(r->es);
			return NULL;
		}
		node->type = words[i].type;
		r->at += n;
		return node;
	}
	expected(r, "a value");
	return NULL;
}

/* An opening bracket; the container becomes the innermost one. */
static cJSON *container_take(struct reader *r, int c)
{
	cJSON *node = c == '{' ? cJSON_CreateObject() : cJSON_CreateArray();

	if (!node)
		errs_nomem(r->es);
	else
		r->at++;
	return node;
}

static cJSON *string_node(struct reader *r)
{
	cJSON *node = cJSON_CreateNull();

	if (!node) {
		errs_nomem(r->es);
		return NULL;
	}
	node->type = cJSON_String;
	node->valuestring = string_take(r);
	if (!node->valuestring) {
		cJSON_Delete(node);
		return NULL;
	}
	return node;
}

/* The value that comes next, attached; a container stays open. */
static bool value(struct reader *r)
{
	size_t start = r->at;
	int c = peek(r);
	bool opens = c == '{' || c == '[';
	cJSON *node;

	if (opens && r->depth == r->lim.max_depth)
		return errs_add(r->es, ERR_INPUT, place_at(r->src, start),
				"more than %u levels inside each other",
				r->lim.max_depth);
	if (opens)
		node = container_take(r, c);
	else if (c == '"')
		node = string_node(r);
	else if (c == '-' || (c >= '0' && c <= '9'))
		node = number_take(r);
	else
		node = word_take(r);
	if (!node || !attach(r, node, start))
		return false;
	if (opens) {
		r->first[r->depth] = r->members_n;
		r->open[r->depth++] = node;
	}
	return true;
}

/* ---- objects ------------------------------------------------------------ */

static bool name(struct reader *r)
{
	skip_space(r);
	if (peek(r) != '"')
		return expected(r, "a name in double quotes");
	r->name_at = r->at;
	r->name = string_take(r);
	if (!r->name)
		return false;
	skip_space(r);
	return take(r, ':') || expected(r, "\":\" after a name");
}

static int by_name(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->node->string, y->node->string);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Of members with the same name, sorted by place, keeps the last. */
static bool same_names(struct reader *r, cJSON *object, struct member *run,
		       size_t n)
{
	if (r->kind == JSON_OWN)
		return errs_add(r->es, ERR_INPUT, place_at(r->src, run[1].at),
				"\"%.80s\" is already a name of this object",
				run[1].node->string);
	for (size_t i = 1; i + 1 < n; i++) {
		cJSON_DetachItemViaPointer(object, run[i].node);
		cJSON_Delete(run[i].node);
	}
	/* Nodes are linked both ways: the last takes the place of the first. */
	cJSON_DetachItemViaPointer(object, run[n - 1].node);
	cJSON_ReplaceItemViaPointer(object, run[0].node, run[n - 1].node);
	return true;
}

static bool has_same_names(const struct member *members, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(members[i].node->string,
				   members[j].node->string) == 0)
				return true;
	return false;
}

/* Looks for members of the same name before an object is closed. */
static bool members_check(struct reader *r, cJSON *object)
{
	size_t n = r->members_n - r->first[r->depth - 1];
	struct member *members =
		n > 0 ? r->members + r->first[r->depth - 1] : NULL;
	bool done = true;

	r->members_n -= n;
	if (n < 2 || (n <= FEW_MEMBERS && !has_same_names(members, n)))
		return true;
	qsort(members, n, sizeof(*members), by_name);
	for (size_t i = 0, run; done && i < n; i += run) {
		const char *same = members[i].node->string;
		for (run = 1; i + run < n; run++)
			if (strcmp(members[i + run].node->string, same) != 0)
				break;
		if (run > 1)
			done = same_names(r, object, members + i, run);
	}
	return done;
}

/* ---- the text ----------------------------------------------------------- */

enum step { STEP_FAILED, STEP_VALUE, STEP_DONE };

static bool closes(struct reader *r)
{
	const cJSON *inner = r->open[r->depth - 1];

	return take(r, cJSON_IsObject(inner) ? '}' : ']');
}

/* What stands between two values; r->at is behind a value or behind an
 * opening bracket (just_opened). */
static enum step between(struct reader *r, bool just_opened)
{
	while (r->depth > 0) {
		cJSON *inner = r->open[r->depth - 1];
		bool object = cJSON_IsObject(inner);

		skip_space(r);
		if (closes(r)) {
			if (object && !members_check(r, inner))
				return STEP_FAILED;
			r->depth--;
			just_opened = false;
			continue;
		}
		if (!just_opened && !take(r, ',')) {
			expected(r,
				 object ? "\",\" or \"}\"" : "\",\" or \"]\"");
			return STEP_FAILED;
		}
		return !object || name(r) ? STEP_VALUE : STEP_FAILED;
	}
	return STEP_DONE;
}

static bool read_text(struct reader *r)
{
	enum step step = STEP_VALUE;

	while (step == STEP_VALUE) {
		unsigned depth = r->depth;

		skip_space(r);
		if (!value(r))
			return false;
		step = between(r, r->depth > depth);
	}
	if (step == STEP_FAILED)
		return false;
	skip_space(r);
	return r->at == r->src->len || expected(r, "nothing after the value");
}

static void reader_init(struct reader *r, const struct source *src,
			const struct json_limits *lim)
{
	static const struct json_limits none;

	r->src = src;
	r->lim = lim ? *lim : none;
	if (!r->lim.max_bytes)
		r->lim.max_bytes = JSON_BYTES_DEFAULT;
	if (!r->lim.max_nodes)
		r->lim.max_nodes = JSON_NODES_DEFAULT;
	if (!r->lim.max_depth)
		r->lim.max_depth = JSON_DEPTH_DEFAULT;
	if (r->lim.max_depth > JSON_DEPTH_MAX)
		r->lim.max_depth = JSON_DEPTH_MAX;
	buf_init(&r->decoded, r->lim.max_bytes);
}

static bool read_all(struct reader *r)
{
	if (r->src->len > r->lim.max_bytes)
		return errs_add(r->es, ERR_INPUT,
				(struct place){ .src = r->src },
				"longer than %zu bytes", r->lim.max_bytes);
	if (r->src->len >= 3 && memcmp(r->src->text, "\xef\xbb\xbf", 3) == 0)
		r->at = 3;
	return read_text(r);
}

cJSON *json_parse(const struct source *src, enum json_kind kind,
		  const struct json_limits *lim, struct json_index *index,
		  struct errs *es)
{
	struct reader r = { .kind = kind, .index = index, .es = es };

	assert(!index || kind == JSON_OWN);
	if (index)
		*index = (struct json_index){ .src = src };
	reader_init(&r, src, lim);
	if (!read_all(&r)) {
		cJSON_Delete(r.root);
		cJSON_free(r.name);
		r.root = NULL;
		if (index)
			json_index_release(index);
	} else if (index) {
		json_index_sort(index);
	}
	free(r.members);
	buf_release(&r.decoded);
	return r.root;
}
