/* SPDX-License-Identifier: MIT */
#include "scenarios/match/match.h"
#include "scenarios/match/match_parts.h"

#include <cjson/cJSON.h>

#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"
#include "scenarios/template/template.h"

static enum truth judge_matcher(struct judge *j, const struct matcher *m,
				const struct subject *s);

/* ---- terms -------------------------------------------------------------- */

/* Relations to the operand with which a term holds. */
static const unsigned wanted_relation[MATCH_OP_N] = {
	[MATCH_EQ] = RELATION_EQUAL,
	[MATCH_NE] = RELATION_LESS | RELATION_MORE | RELATION_NONE,
	[MATCH_LT] = RELATION_LESS,
	[MATCH_LE] = RELATION_LESS | RELATION_EQUAL,
	[MATCH_GT] = RELATION_MORE,
	[MATCH_GE] = RELATION_MORE | RELATION_EQUAL,
};

static enum truth judge_relation(struct judge *j, const struct subject *s,
				 const struct operand *o, enum match_op op)
{
	enum relation r = compare(j, s, o);

	if (r == RELATION_UNKNOWN)
		return TRUTH_UNKNOWN;
	return r & wanted_relation[op] ? TRUTH_YES : TRUTH_NO;
}

static enum truth judge_one(struct judge *j, const struct match_term *term,
			    const struct subject *s, struct tally *tally)
{
	(void)tally;
	return judge_relation(j, s, term->operands, term->op);
}

static enum truth judge_between(struct judge *j, const struct match_term *term,
				const struct subject *s, struct tally *tally)
{
	(void)tally;
	enum truth low = judge_relation(j, s, &term->operands[0], MATCH_GE);
	if (low != TRUTH_YES)
		return low;
	return judge_relation(j, s, &term->operands[1], MATCH_LE);
}

/* An operand that cannot be judged leaves open what the list says, unless
 * another one is equal. */
static enum truth judge_list(struct judge *j, const struct match_term *term,
			     const struct subject *s, struct tally *tally)
{
	enum truth is_in = TRUTH_NO;

	(void)tally;
	for (size_t i = 0; i < term->n_operands && is_in != TRUTH_YES; i++) {
		enum truth one =
			judge_relation(j, s, &term->operands[i], MATCH_EQ);
		if (one != TRUTH_NO)
			is_in = one;
	}
	if (term->op == MATCH_IN || is_in == TRUTH_UNKNOWN)
		return is_in;
	return is_in == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
}

static enum truth judge_text_term(struct judge *j,
				  const struct match_term *term,
				  const struct subject *s, struct tally *tally)
{
	(void)tally;
	return judge_texts(j, term, s);
}

/* Every finite double from 2^53 on is whole. */
static bool is_whole(double number)
{
	const double enough = 9007199254740992.0;

	return number >= enough || number <= -enough ||
	       (double)(int64_t)number == number;
}

static unsigned json_type_bits(const struct cJSON *node)
{
	static const struct {
		int cjson;
		enum json_type type;
	} types[] = {
		{ cJSON_String, JSON_TYPE_STRING },
		{ cJSON_Number, JSON_TYPE_NUMBER },
		{ cJSON_True, JSON_TYPE_BOOLEAN },
		{ cJSON_False, JSON_TYPE_BOOLEAN },
		{ cJSON_NULL, JSON_TYPE_NULL },
		{ cJSON_Object, JSON_TYPE_OBJECT },
		{ cJSON_Array, JSON_TYPE_ARRAY },
	};
	unsigned bits = 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if ((node->type & 0xff) == types[i].cjson)
			bits |= 1u << types[i].type;
	if (cJSON_IsNumber(node) && is_whole(node->valuedouble))
		bits |= 1u << JSON_TYPE_INTEGER;
	return bits;
}

static enum truth judge_type(struct judge *j, const struct match_term *term,
			     const struct subject *s, struct tally *tally)
{
	(void)j;
	(void)tally;
	return json_type_bits(subject_node(s)) & term->types ? TRUTH_YES
							     : TRUTH_NO;
}

static enum truth judge_length(struct judge *j, const struct match_term *term,
			       const struct subject *s, struct tally *tally)
{
	const char *text;
	size_t len;

	/* Counting a text reads it all. */
	if (subject_text(s, &text, &len) && !judge_charge(j, len))
		return TRUTH_UNKNOWN;
	if (!subject_length(s, &tally->length))
		return TRUTH_NO;
	struct subject length = { .kind = VALUE_NUMBER,
				  .number = (double)tally->length,
				  .root = s->root };
	return judge_matcher(j, term->sub, &length);
}

static void tally_add(struct tally *t, enum match_op op, const struct member *m,
		      enum truth truth)
{
	bool is_failing = truth == (op == MATCH_NONE ? TRUTH_YES : TRUTH_NO);

	t->n++;
	t->n_held += truth == TRUTH_YES;
	t->n_unknown += truth == TRUTH_UNKNOWN;
	if (!is_failing)
		return;
	if (t->n_failing < MATCH_FAILING_SHOWN)
		t->failing[t->n_failing] = *m;
	t->n_failing++;
}

static enum truth judge_members(struct judge *j, const struct match_term *term,
				const struct subject *s, struct tally *tally)
{
	struct members all;
	struct member m;

	if (!members_init(&all, s))
		return TRUTH_NO;
	while (members_take(&all, &m)) {
		struct subject one = member_subject(&m, s);
		enum truth truth = judge_charge(j, 0)
					   ? judge_matcher(j, term->sub, &one)
					   : TRUTH_UNKNOWN;
		tally_add(tally, term->op, &m, truth);
	}
	if (term->op == MATCH_ANY && tally->n_held)
		return TRUTH_YES;
	if (term->op != MATCH_ANY && tally->n_failing)
		return TRUTH_NO;
	if (tally->n_unknown)
		return TRUTH_UNKNOWN;
	if (term->op == MATCH_NONE)
		return TRUTH_YES;
	return term->op == MATCH_EACH && tally->n ? TRUTH_YES : TRUTH_NO;
}

static enum truth (*const judges[MATCH_OP_N])(struct judge *j,
					      const struct match_term *term,
					      const struct subject *s,
					      struct tally *tally) = {
	[MATCH_EQ] = judge_one,
	[MATCH_NE] = judge_one,
	[MATCH_LT] = judge_one,
	[MATCH_LE] = judge_one,
	[MATCH_GT] = judge_one,
	[MATCH_GE] = judge_one,
	[MATCH_IN] = judge_list,
	[MATCH_NOT_IN] = judge_list,
	[MATCH_BETWEEN] = judge_between,
	[MATCH_MATCHES] = judge_text_term,
	[MATCH_CONTAINS] = judge_text_term,
	[MATCH_STARTS_WITH] = judge_text_term,
	[MATCH_ENDS_WITH] = judge_text_term,
	[MATCH_TYPE] = judge_type,
	[MATCH_LENGTH] = judge_length,
	[MATCH_EACH] = judge_members,
	[MATCH_ANY] = judge_members,
	[MATCH_NONE] = judge_members,
};

static enum truth judge_term(struct judge *j, const struct match_term *term,
			     const struct subject *s, struct tally *tally)
{
	bool is_found = s->is_list ? s->n_nodes > 0 : subject_is_there(s);

	*tally = (struct tally){ 0 };
	if (term->op == MATCH_EXISTS)
		return is_found == term->wanted ? TRUTH_YES : TRUTH_NO;
	if (!subject_is_there(s))
		return TRUTH_NO;
	return judges[term->op](j, term, s, tally);
}

static enum truth judge_matcher(struct judge *j, const struct matcher *m,
				const struct subject *s)
{
	struct tally tally;
	enum truth truth = TRUTH_YES;

	for (size_t i = 0; i < m->n && truth == TRUTH_YES; i++)
		truth = judge_term(j, &m->terms[i], s, &tally);
	return truth;
}

/* ---- the whole ---------------------------------------------------------- */

static void say_why(struct judge *j, const struct match_term *term,
		    const struct subject *s, enum truth truth,
		    const struct tally *tally, struct buf *note)
{
	struct words w = { j->world, j->root, note };

	if (truth == TRUTH_UNKNOWN)
		buf_add(note, buf_text(j->reason), j->reason->len);
	else
		words_failure(&w, term, s, tally);
}

bool match_judge(const struct matcher *m, const struct subject *s,
		 const struct template_world *world, struct buf *seen,
		 struct buf *note)
{
	struct buf reason, given, shown, said;
	struct judge j = { .world = world,
			   .root = s->root,
			   .steps = MATCH_STEPS_MAX,
			   .reason = &reason,
			   .given = &given };
	struct tally tally;
	enum truth truth = TRUTH_YES;

	buf_init(&reason, MATCH_WORDS_MAX / 2);
	buf_init(&given, TEMPLATE_OUT_MAX);
	buf_init(&shown, WORDS_ROOM(MATCH_SEEN_MAX));
	buf_init(&said, WORDS_ROOM(MATCH_SEEN_MAX));
	words_subject(&(struct words){ world, s->root, &shown }, s);
	for (size_t i = 0; i < m->n && truth == TRUTH_YES; i++) {
		truth = judge_term(&j, &m->terms[i], s, &tally);
		if (truth != TRUTH_YES)
			say_why(&j, &m->terms[i], s, truth, &tally, &said);
	}
	words_hand_over(&shown, seen);
	words_hand_over(&said, note);
	buf_release(&reason);
	buf_release(&given);
	return truth == TRUTH_YES;
}
