/* SPDX-License-Identifier: MIT */
#include "scenarios/steps/steps.h"

enum { REPEAT_MAX = 10000 };

/* ---- wait ----------------------------------------------------------------- */

#define WAIT(field) offsetof(struct step_wait, field)

static const struct key wait_main = { "wait", KEY_CUSTOM, WAIT(steps),
				      "steps to repeat until all are ok",
				      .form = &steps_form };

static const struct key wait_keys[] = {
	{ "for", KEY_DURATION, WAIT(for_ns), .flags = KEY_REQUIRED,
	  .min = MS(1), .max = HOURS(24), .doc = "give up after this time",
	  .example = "60s" },
	{ "every", KEY_DURATION, WAIT(every_ns), .min = MS(10), .max = HOURS(1),
	  .doc = "pause between two rounds; 1s by default" },
	{ 0 },
};

static void wait_preset(const struct decoder *d, const struct step_kind *kind,
			void *spec)
{
	(void)d;
	(void)kind;
	((struct step_wait *)spec)->every_ns = SECONDS(1);
}

/* ---- think ---------------------------------------------------------------- */

static const struct key pause_key = { "think", KEY_DURATION, 0, "how long",
				      .max = HOURS(1) };

static bool think_between(struct decoder *d, const struct node *t,
			  struct step_think *s)
{
	const struct node *pair = node_find(t, "between");

	if (t->n != 1 || !pair || pair->kind != NODE_SEQ || pair->n != 2)
		return decode_problem(d, t->at,
				      "\"think\" must be a duration "
				      "or { between: [1s, 3s] }");
	if (!key_decode(d, &pause_key, pair->item[0], &s->low_ns) ||
	    !key_decode(d, &pause_key, pair->item[1], &s->high_ns))
		return false;
	if (s->low_ns > s->high_ns)
		return decode_problem(d, pair->at,
				      "impossible range: the "
				      "first of \"between\" is greater than "
				      "the second");
	return true;
}

static bool think_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	struct step_think *s = into;

	(void)k;
	if (t->kind == NODE_MAP)
		return think_between(d, t, s);
	if (!key_decode(d, &pause_key, t, &s->low_ns))
		return false;
	s->high_ns = s->low_ns;
	return true;
}

static void think_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"anyOf\":[{");
	key_schema(&pause_key, out);
	buf_puts(out, "},{\"type\":\"object\",\"properties\":{\"between\":{"
		      "\"type\":\"array\",\"minItems\":2,\"maxItems\":2,"
		      "\"items\":{");
	key_schema(&pause_key, out);
	buf_puts(out, "}}},\"required\":[\"between\"],"
		      "\"additionalProperties\":false}]");
}

const struct key_form think_form = { think_decode, think_schema };

static const struct key think_main = {
	"think",
	KEY_CUSTOM,
	0,
	"pause, fixed or drawn evenly between two",
	.form = &think_form,
	.example = "2s"
};

/* ---- if ------------------------------------------------------------------- */

#define IF(field) offsetof(struct step_if, field)

static bool is_decode(struct decoder *d, const struct key *k,
		      const struct node *t, void *into)
{
	struct match_context mc = { d->arena, &d->scope, d->es };
	const struct matcher **m = into;

	*m = match_compile(&mc, t, VALUE_TEXT, false, k->name);
	return *m != NULL;
}

static void is_schema(const struct key *k, struct buf *out)
{
	(void)k;
	match_schema(VALUE_TEXT, out);
}

static const struct key_form is_form = { is_decode, is_schema };

static const struct key if_main = { "if", KEY_TEXT, IF(value),
				    "value to look at",
				    .example = "'${token}'" };

static const struct key if_keys[] = {
	{ "is", KEY_CUSTOM, IF(matcher), .form = &is_form,
	  .doc = "what it must be; { ne: '' } when not written" },
	{ "then", KEY_CUSTOM, IF(then), .form = &steps_form,
	  .flags = KEY_REQUIRED, .doc = "steps when it is so" },
	{ "else", KEY_CUSTOM, IF(otherwise), .form = &steps_form,
	  .doc = "steps when it is not" },
	{ 0 },
};

static bool if_finish(struct decoder *d, const struct node *t, void *spec,
		      struct step_parts *parts)
{
	struct step_if *s = spec;

	(void)t;
	(void)parts;
	if (!s->matcher)
		s->matcher =
			match_make_text(d->arena, VALUE_TEXT, MATCH_NE, "");
	return s->matcher || errs_nomem(d->es);
}

/* ---- repeat --------------------------------------------------------------- */

#define REPEAT(field) offsetof(struct step_repeat, field)

static const struct key repeat_main = { "repeat",      KEY_COUNT,
					REPEAT(times), "how many times",
					.min = 1,      .max = REPEAT_MAX };

static bool as_decode(struct decoder *d, const struct key *k,
		      const struct node *t, void *into)
{
	struct step_repeat *s = into;
	const char *name = decode_static(d, t, k->name, NULL);

	s->has_slot = name && slot_add(d, name, t->at, false, &s->slot);
	return s->has_slot;
}

static void as_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"string\"");
}

static const struct key_form as_form = { as_decode, as_schema };

static const struct key repeat_keys[] = {
	{ "as", KEY_CUSTOM, 0, .form = &as_form, .flags = KEY_FIRST,
	  .doc = "name of the counter, from 1" },
	{ "every", KEY_DURATION, REPEAT(every_ns), .max = HOURS(1),
	  .doc = "pause between two rounds" },
	{ "steps", KEY_CUSTOM, REPEAT(steps), .form = &steps_form,
	  .flags = KEY_REQUIRED, .doc = "what to repeat" },
	{ 0 },
};

/* ---- group ---------------------------------------------------------------- */

#define GROUP(field) offsetof(struct step_group, field)

static const struct key group_main = { "group", KEY_WORD, GROUP(title),
				       .doc = "name of the group" };

static const struct key group_keys[] = {
	{ "steps", KEY_CUSTOM, GROUP(steps), .form = &steps_form,
	  .flags = KEY_REQUIRED, .doc = "its steps" },
	{ 0 },
};

const struct step_kind flow_kinds[] = {
	{ "wait", STEP_WAIT, "repeats steps until all are ok",
	  sizeof(struct step_wait), &wait_main, wait_keys, EXPECT_TABLE_NONE,
	  false, wait_preset, NULL, NULL },
	{ "think", STEP_THINK, "pauses", sizeof(struct step_think), &think_main,
	  NULL, EXPECT_TABLE_NONE, false, NULL, NULL, NULL },
	{ "if", STEP_IF, "takes one of two ways", sizeof(struct step_if),
	  &if_main, if_keys, EXPECT_TABLE_NONE, false, NULL, if_finish, NULL },
	{ "repeat", STEP_REPEAT, "repeats steps", sizeof(struct step_repeat),
	  &repeat_main, repeat_keys, EXPECT_TABLE_NONE, false, NULL, NULL,
	  NULL },
	{ "group", STEP_GROUP, "names a part of the journey",
	  sizeof(struct step_group), &group_main, group_keys, EXPECT_TABLE_NONE,
	  false, NULL, NULL, NULL },
	{ 0 },
};
