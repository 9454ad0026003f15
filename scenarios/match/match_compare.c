/* SPDX-License-Identifier: MIT */
#include "scenarios/match/match_parts.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/json/pattern.h"
#include "scenarios/template/template.h"
#include "scenarios/base/text.h"

/* ---- values ------------------------------------------------------------ */

const struct cJSON *subject_node(const struct subject *s)
{
	return s->is_absent || s->is_list || !s->n_nodes ? NULL : s->nodes[0];
}

bool subject_is_there(const struct subject *s)
{
	if (s->kind == VALUE_JSON)
		return s->is_list || subject_node(s);
	return !s->is_absent;
}

bool subject_text(const struct subject *s, const char **text, size_t *len)
{
	if (s->kind == VALUE_JSON) {
		*text = cJSON_GetStringValue(subject_node(s));
		*len = *text ? strlen(*text) : 0;
		return *text;
	}
	*text = s->text ? s->text : "";
	*len = s->text ? s->len : 0;
	return s->kind == VALUE_TEXT || s->kind == VALUE_TLS_VERSION;
}

static bool node_is_list(const struct cJSON *node)
{
	return cJSON_IsArray(node) || cJSON_IsObject(node);
}

bool subject_length(const struct subject *s, size_t *length)
{
	const struct cJSON *node = subject_node(s);
	const char *text;
	size_t len;

	if (s->kind == VALUE_NAMES)
		*length = s->n_names;
	else if (s->kind == VALUE_JSON && s->is_list)
		*length = s->n_nodes;
	else if (node_is_list(node))
		*length = (size_t)cJSON_GetArraySize(node);
	else if (subject_text(s, &text, &len))
		*length = text_utf8_count(text, len);
	else
		return false;
	return true;
}

bool members_init(struct members *t, const struct subject *s)
{
	const struct cJSON *node = subject_node(s);

	*t = (struct members){ .s = s, .next = node ? node->child : NULL };
	return s->kind == VALUE_NAMES || s->is_list || node_is_list(node);
}

bool members_take(struct members *t, struct member *out)
{
	const struct subject *s = t->s;

	*out = (struct member){ .index = t->index };
	if (s->kind == VALUE_NAMES) {
		if (t->index == s->n_names)
			return false;
		out->name = s->names[t->index];
	} else if (s->is_list) {
		if (t->index == s->n_nodes)
			return false;
		out->node = s->nodes[t->index];
	} else {
		if (!t->next)
			return false;
		out->node = t->next;
		t->next = t->next->next;
	}
	t->index++;
	return true;
}

struct subject member_subject(const struct member *m, const struct subject *of)
{
	if (m->name)
		return (struct subject){ .kind = VALUE_TEXT,
					 .text = m->name,
					 .len = strlen(m->name),
					 .root = of->root };
	return (struct subject){ .kind = VALUE_JSON,
				 .nodes = &m->node,
				 .n_nodes = 1,
				 .root = of->root };
}

/* ---- work and reasons --------------------------------------------------- */

enum truth judge_unknown(struct judge *j, const char *fmt, ...)
{
	va_list ap;

	if (j->reason->len)
		return TRUTH_UNKNOWN;
	va_start(ap, fmt);
	buf_vprintf(j->reason, fmt, ap);
	va_end(ap);
	return TRUTH_UNKNOWN;
}

bool judge_charge(struct judge *j, size_t bytes)
{
	enum { BYTES_PER_STEP = 64 };
	uint64_t price = 1 + bytes / BYTES_PER_STEP;

	if (j->steps >= price) {
		j->steps -= price;
		return true;
	}
	j->steps = 0;
	judge_unknown(j, "the comparison gave up (limit of work)");
	return false;
}

/* ---- operands ----------------------------------------------------------- */

bool operand_text(struct judge *j, const struct operand *o, const char **text,
		  size_t *len)
{
	static const struct template_world nothing = { 0 };
	struct buf why;

	*text = template_text(o->text, len);
	if (*text)
		return true;
	buf_reset(j->given);
	buf_init(&why, MATCH_WORDS_MAX / 8);
	bool is_done = template_eval(o->text, j->world ? j->world : &nothing,
				     j->given, &why);
	if (!is_done)
		judge_unknown(j, "%s", buf_text(&why));
	buf_release(&why);
	*text = buf_text(j->given);
	*len = j->given->len;
	return is_done && judge_charge(j, *len);
}

static enum jsonpath_status find_one(const struct jsonpath *path,
				     const struct cJSON *root,
				     const struct cJSON **node)
{
	struct nodelist found;

	nodelist_init(&found);
	enum jsonpath_status status = jsonpath_eval(path, root, &found);
	*node = found.n ? found.item[0] : NULL;
	nodelist_release(&found);
	return status;
}

const struct cJSON *operand_node(const struct operand *o,
				 const struct cJSON *root)
{
	const struct cJSON *node = o->json;

	if (o->path && root)
		find_one(o->path, root, &node);
	return node;
}

/* The tree is the same throughout, and each may ask a million times. */
static struct path_found *path_find(struct judge *j, const struct operand *o)
{
	enum { PRICE_BYTES = JSONPATH_STEPS_MAX };
	size_t i = 0;

	while (i < j->n_found && j->found[i].path != o->path)
		i++;
	struct path_found *f = &j->found[i];
	if (i < j->n_found)
		return f;
	if (i == MATCH_PATHS_KEPT)
		f = &j->found[MATCH_PATHS_KEPT - 1];
	else
		j->n_found++;
	*f = (struct path_found){ .path = o->path };
	if (!judge_charge(j, PRICE_BYTES))
		return NULL;
	enum jsonpath_status status =
		j->root ? find_one(o->path, j->root, &f->node) : JSONPATH_OK;
	if (status != JSONPATH_OK)
		judge_unknown(j, "%s: %s", jsonpath_text(o->path),
			      jsonpath_status_text(status));
	return f;
}

/* The node to compare with; NULL with a reason. */
static const struct cJSON *given_node(struct judge *j, const struct operand *o)
{
	if (!o->path)
		return o->json;
	struct path_found *f = path_find(j, o);
	if (f && !f->node)
		judge_unknown(j, "there is no value at %s to compare with",
			      jsonpath_text(o->path));
	return f ? f->node : NULL;
}

static enum relation order(int sign)
{
	return sign < 0	  ? RELATION_LESS
	       : sign > 0 ? RELATION_MORE
			  : RELATION_EQUAL;
}

static enum relation order_texts(const char *a, size_t a_len, const char *b,
				 size_t b_len)
{
	int sign = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order(sign ? sign : (a_len > b_len) - (a_len < b_len));
}

static enum relation order_numbers(double a, double b)
{
	if (a != a || b != b)
		return RELATION_NONE;
	return order((a > b) - (a < b));
}

static enum relation order_nodes(struct judge *j, const struct cJSON *a,
				 const struct cJSON *b)
{
	if (cJSON_IsNumber(a) && cJSON_IsNumber(b))
		return order_numbers(a->valuedouble, b->valuedouble);
	if (cJSON_IsString(a) && cJSON_IsString(b)) {
		size_t len = strlen(a->valuestring);
		if (!judge_charge(j, len))
			return RELATION_UNKNOWN;
		return order_texts(a->valuestring, len, b->valuestring,
				   strnlen(b->valuestring, len + 1));
	}
	if (json_equal_within(a, b, &j->steps))
		return RELATION_EQUAL;
	return judge_charge(j, 0) ? RELATION_NONE : RELATION_UNKNOWN;
}

static enum relation compare_text(struct judge *j, const struct subject *s,
				  const struct operand *o)
{
	const char *seen, *given;
	size_t seen_len, given_len;

	if (!operand_text(j, o, &given, &given_len) ||
	    !judge_charge(j, given_len))
		return RELATION_UNKNOWN;
	if (s->kind == VALUE_JSON) {
		/* Not by its length: a long text may meet many operands. */
		seen = cJSON_GetStringValue(subject_node(s));
		return seen ? order_texts(seen, strnlen(seen, given_len + 1),
					  given, given_len)
			    : RELATION_NONE;
	}
	subject_text(s, &seen, &seen_len);
	return order_texts(seen, seen_len, given, given_len) == RELATION_EQUAL
		       ? RELATION_EQUAL
		       : RELATION_NONE;
}

static enum relation compare_json(struct judge *j, const struct subject *s,
				  const struct operand *o)
{
	if (o->text)
		return compare_text(j, s, o);
	const struct cJSON *node = given_node(j, o);
	if (!node || !judge_charge(j, 0))
		return RELATION_UNKNOWN;
	return order_nodes(j, subject_node(s), node);
}

static enum relation compare_tls(struct judge *j, const struct subject *s,
				 const struct operand *o)
{
	int age = match_tls_age(s->text ? s->text : "", s->text ? s->len : 0);

	if (age >= 0)
		return order_numbers(age, (double)o->integer);
	judge_unknown(j, "this is no known version of TLS");
	return RELATION_UNKNOWN;
}

enum relation compare(struct judge *j, const struct subject *s,
		      const struct operand *o)
{
	switch (s->kind) {
	case VALUE_TEXT:
	case VALUE_NAMES:
		return compare_text(j, s, o);
	case VALUE_JSON:
		return compare_json(j, s, o);
	case VALUE_NUMBER:
		return order_numbers(s->number, o->number);
	case VALUE_STATUS:
		return order((s->integer > o->high) -
			     (s->integer < o->integer));
	case VALUE_TLS_VERSION:
		return compare_tls(j, s, o);
	default:
		return order((s->integer > o->integer) -
			     (s->integer < o->integer));
	}
}

/* ---- texts -------------------------------------------------------------- */

static enum truth as_truth(bool holds)
{
	return holds ? TRUTH_YES : TRUTH_NO;
}

static enum truth judge_pattern(struct judge *j, const struct match_term *term,
				const char *text, size_t len)
{
	switch (pattern_test_within(term->pattern, text, len, &j->steps)) {
	case PATTERN_YES:
		return TRUTH_YES;
	case PATTERN_NO:
		return TRUTH_NO;
	default:
		return judge_unknown(j, "the pattern gave up (match limit)");
	}
}

static enum truth judge_text(struct judge *j, const struct match_term *term,
			     const char *text, size_t len)
{
	const char *given;
	size_t n;

	if (term->op == MATCH_MATCHES)
		return judge_pattern(j, term, text, len);
	if (!operand_text(j, term->operands, &given, &n) ||
	    !judge_charge(j, len))
		return TRUTH_UNKNOWN;
	if (n > len)
		return TRUTH_NO;
	if (term->op == MATCH_STARTS_WITH)
		return as_truth(!memcmp(text, given, n));
	if (term->op == MATCH_ENDS_WITH)
		return as_truth(!memcmp(text + (len - n), given, n));
	return as_truth(!n || memmem(text, len, given, n));
}

/* contains, of a list in JSON. */
static enum truth judge_elements(struct judge *j, const struct operand *o,
				 const struct subject *s)
{
	struct members all;
	struct member m;

	members_init(&all, s);
	while (members_take(&all, &m)) {
		struct subject one = member_subject(&m, s);
		enum relation r = compare(j, &one, o);
		if (r == RELATION_EQUAL)
			return TRUTH_YES;
		if (r == RELATION_UNKNOWN)
			return TRUTH_UNKNOWN;
	}
	return TRUTH_NO;
}

static enum truth judge_names(struct judge *j, const struct match_term *term,
			      const struct subject *s)
{
	enum truth found = TRUTH_NO;

	for (size_t i = 0; i < s->n_names && found == TRUTH_NO; i++) {
		struct member m = { .name = s->names[i] };
		struct subject one = member_subject(&m, s);
		if (term->op != MATCH_CONTAINS) {
			found = judge_text(j, term, one.text, one.len);
			continue;
		}
		enum relation r = compare(j, &one, term->operands);
		found = r == RELATION_UNKNOWN ? TRUTH_UNKNOWN
					      : as_truth(r == RELATION_EQUAL);
	}
	return found;
}

/* What path or literal an operand of contains stands for, as a text. */
static enum truth judge_holds_node(struct judge *j, const struct operand *o,
				   const char *text)
{
	const struct cJSON *node = given_node(j, o);

	if (!node || !judge_charge(j, strlen(text)))
		return TRUTH_UNKNOWN;
	return as_truth(cJSON_IsString(node) &&
			strstr(text, node->valuestring));
}

enum truth judge_texts(struct judge *j, const struct match_term *term,
		       const struct subject *s)
{
	const char *text;
	size_t len;

	if (s->kind == VALUE_NAMES)
		return judge_names(j, term, s);
	if (term->op == MATCH_CONTAINS && cJSON_IsArray(subject_node(s)))
		return judge_elements(j, term->operands, s);
	if (!subject_text(s, &text, &len))
		return TRUTH_NO;
	if (!term->pattern && !term->operands->text)
		return judge_holds_node(j, term->operands, text);
	return judge_text(j, term, text, len);
}
