/* SPDX-License-Identifier: MIT */
#include "scenarios/match/match_parts.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/template/template.h"

enum {
	SHOWN_MAX = 120, /* bytes of a value inside a note */
	PLACE_MAX = 300, /* and of its path */
};

/* ---- types -------------------------------------------------------------- */

/* "the text "3"", "the number 3", "null", "a list". */
static void put_typed(const struct words *w, const struct cJSON *node)
{
	if (cJSON_IsArray(node) || cJSON_IsObject(node)) {
		buf_puts(w->out, cJSON_IsArray(node) ? "a list" : "a map");
		return;
	}
	buf_puts(w->out, cJSON_IsString(node)	? "the text "
			 : cJSON_IsNumber(node) ? "the number "
						: "");
	words_node(w, node, SHOWN_MAX);
}

static void put_typed_operand(const struct words *w, const struct operand *o)
{
	if (o->path) {
		buf_printf(w->out, "%s, ", o->written);
		put_typed(w, operand_node(o, w->root));
	} else if (o->text) {
		buf_puts(w->out, "the text ");
		words_operand(w, o);
	} else {
		put_typed(w, o->json);
	}
}

static int type_of(const struct cJSON *node)
{
	int type = node->type & 0xff;

	return type == cJSON_False ? cJSON_True : type;
}

static bool types_differ(const struct words *w, const struct operand *o,
			 const struct cJSON *seen)
{
	const struct cJSON *given = operand_node(o, w->root);

	return o->text ? !cJSON_IsString(seen)
		       : given && type_of(given) != type_of(seen);
}

static bool has_order(const struct cJSON *node)
{
	return cJSON_IsNumber(node) || cJSON_IsString(node);
}

/* A comparison of values that cannot be compared, or hardly. */
static bool put_mismatch(const struct words *w, const struct match_term *term,
			 const struct subject *s)
{
	const struct cJSON *seen = subject_node(s);
	bool is_equal = term->op == MATCH_EQ;
	bool is_ordered = term->op >= MATCH_LT && term->op <= MATCH_GE;

	if (s->kind != VALUE_JSON ||
	    !(is_equal || is_ordered || term->op == MATCH_BETWEEN))
		return false;
	for (size_t i = 0; i < term->n_operands; i++) {
		const struct operand *o = &term->operands[i];
		if (!types_differ(w, o, seen) && (is_equal || has_order(seen)))
			continue;
		put_typed(w, seen);
		buf_puts(w->out,
			 is_equal ? " is not " : " cannot be compared with ");
		put_typed_operand(w, o);
		return true;
	}
	return false;
}

/* ---- members ------------------------------------------------------------ */

static void put_place(const struct words *w, const struct subject *s,
		      const struct member *m)
{
	if (words_place(w, m->node, PLACE_MAX))
		return;
	if (!s->is_list && m->node->string) {
		buf_puts(w->out, "member ");
		words_quoted(w, m->node->string, strlen(m->node->string),
			     SHOWN_MAX);
	} else {
		buf_printf(w->out, "number %zu", m->index + 1);
	}
}

static void put_failing(const struct words *w, const struct subject *s,
			const struct tally *tally)
{
	size_t i;

	for (i = 0; i < tally->n_failing && i < MATCH_FAILING_SHOWN; i++) {
		const struct member *m = &tally->failing[i];
		buf_puts(w->out, i ? ", " : "; ");
		if (m->name) {
			words_quoted(w, m->name, strlen(m->name), SHOWN_MAX);
			continue;
		}
		put_place(w, s, m);
		buf_puts(w->out, " is ");
		words_node(w, m->node, SHOWN_MAX);
	}
	if (i < tally->n_failing)
		buf_printf(w->out, " and %zu more", tally->n_failing - i);
}

static void put_members(const struct words *w, const struct match_term *term,
			const struct subject *s, const struct tally *tally)
{
	struct members all;

	if (!members_init(&all, s)) {
		put_typed(w, subject_node(s));
		buf_puts(w->out, " has no members");
	} else if (!tally->n) {
		buf_puts(w->out, "there was nothing to judge");
	} else if (term->op == MATCH_ANY) {
		buf_printf(w->out, "none of %zu holds", tally->n);
	} else {
		buf_printf(w->out, "%zu of %zu hold%s", tally->n_held, tally->n,
			   tally->n_held == 1 ? "s" : "");
		put_failing(w, s, tally);
	}
}

/* ---- terms -------------------------------------------------------------- */

static void put_length(const struct words *w, const struct match_term *term,
		       const struct subject *s, const struct tally *tally)
{
	size_t length;

	if (!subject_length(s, &length)) {
		put_typed(w, subject_node(s));
		buf_puts(w->out, " has no length");
		return;
	}
	buf_printf(w->out, "the length %zu is not ", tally->length);
	words_matcher(w, term->sub);
}

static void put_type(const struct words *w, const struct match_term *term,
		     const struct subject *s)
{
	put_typed(w, subject_node(s));
	buf_puts(w->out, " is not ");
	words_term(w, term, match_ops[MATCH_TYPE].phrase);
}

/* Of one of several names, where match_ops has the phrase for a text. */
static const char *const name_phrases[MATCH_OP_N] = {
	[MATCH_MATCHES] = "matches",
	[MATCH_CONTAINS] = "equals",
	[MATCH_STARTS_WITH] = "starts with",
	[MATCH_ENDS_WITH] = "ends with",
};

static void put_comparison(const struct words *w, const struct match_term *term,
			   const struct subject *s)
{
	bool is_text = term->op >= MATCH_MATCHES && term->op <= MATCH_ENDS_WITH;
	const char *fails = match_ops[term->op].fails;
	const struct cJSON *node = subject_node(s);

	if (is_text && s->kind == VALUE_JSON && !cJSON_IsString(node) &&
	    !(term->op == MATCH_CONTAINS && cJSON_IsArray(node))) {
		put_typed(w, node);
		buf_puts(w->out, " is no text");
	} else if (s->kind == VALUE_NAMES) {
		buf_printf(w->out, "none of %zu names ", s->n_names);
		words_term(w, term, name_phrases[term->op]);
	} else if (!put_mismatch(w, term, s)) {
		words_term(w, term, fails);
	}
}

void words_failure(const struct words *w, const struct match_term *term,
		   const struct subject *s, const struct tally *tally)
{
	if (term->op == MATCH_EXISTS && !term->wanted) {
		buf_puts(w->out, "there is such a value");
		return;
	}
	if (term->op == MATCH_EXISTS || !subject_is_there(s)) {
		buf_puts(w->out, "there is no such value");
		return;
	}
	switch (term->op) {
	case MATCH_EACH:
	case MATCH_ANY:
	case MATCH_NONE:
		put_members(w, term, s, tally);
		break;
	case MATCH_LENGTH:
		put_length(w, term, s, tally);
		break;
	case MATCH_TYPE:
		put_type(w, term, s);
		break;
	default:
		put_comparison(w, term, s);
	}
}
