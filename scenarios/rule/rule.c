/* SPDX-License-Identifier: MIT */
#include "scenarios/rule/rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/rule/rule_parts.h"

/* ---- value OP ------------------------------------------------------- */

static const struct {
	const char *text;
	enum rule_op op;
} ops[] = {
	{ "<=", RULE_LE }, { ">=", RULE_GE }, { "==", RULE_EQ },
	{ "!=", RULE_NE }, { "<", RULE_LT },  { ">", RULE_GT },
};

bool rule_op_take(struct rule_cursor *c, enum rule_op *op)
{
	rule_blank(c);
	size_t left = c->len - c->at;
	const char *from = c->text + c->at;

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		size_t n = strlen(ops[i].text);
		if (left < n || memcmp(from, ops[i].text, n) != 0)
			continue;
		*op = ops[i].op;
		c->at += n;
		/* => and =< are no operators, and neither is <> */
		if (c->at < c->len && c->text[c->at] &&
		    strchr("<>=!", c->text[c->at]))
			break;
		return true;
	}
	c->at = (size_t)(from - c->text);
	return rule_fail(c, c->at, "here must be one of < <= > >= == !=%s",
			 left && *from == '=' ? "; did you mean \"==\"?" : "");
}

struct rule_span rule_value_take(struct rule_cursor *c)
{
	struct rule_span s;

	rule_blank(c);
	s.at = c->at;
	while (c->at < c->len && !rule_is_blank(c->text[c->at]) &&
	       c->text[c->at] != ',' && c->text[c->at] != ')')
		c->at++;
	s.text = c->text + s.at;
	s.len = c->at - s.at;
	return s;
}

typedef bool value_parser(const struct rule_span *s, double *value,
			  struct buf *why);

static bool duration_value(const struct rule_span *s, double *value,
			   struct buf *why)
{
	uint64_t ns;

	if (!unit_parse_duration(s->text, s->len, &ns, why))
		return false;
	if (ns > RULE_TIME_MAX_NS) {
		buf_puts(why, "it must be at most 7d");
		return false;
	}
	*value = (double)ns;
	return true;
}

static bool is_percent(const struct rule_span *s)
{
	return s->len && s->text[s->len - 1] == '%';
}

static bool ratio_value(const struct rule_span *s, double *value,
			struct buf *why)
{
	uint64_t ppb;
	double number;

	if (is_percent(s)) {
		if (!unit_parse_percent(s->text, s->len, &ppb, why))
			return false;
		number = (double)ppb / (double)UNIT_PPB_WHOLE;
	} else if (!unit_parse_number(s->text, s->len, &number, why)) {
		return false;
	}
	if (number < 0 || number > 1) {
		buf_puts(why, "a ratio goes from 0 to 1, or 0% to 100%");
		return false;
	}
	*value = number;
	return true;
}

static bool rate_value(const struct rule_span *s, double *value,
		       struct buf *why)
{
	struct unit_rate rate;

	if (!unit_parse_rate(s->text, s->len, &rate, why))
		return false;
	*value = unit_rate_per_s(rate);
	return true;
}

static bool count_value(const struct rule_span *s, double *value,
			struct buf *why)
{
	uint64_t count;

	if (!unit_parse_count(s->text, s->len, &count, why))
		return false;
	if (count > RULE_COUNT_MAX) {
		buf_puts(why, "it is larger than anything that is counted");
		return false;
	}
	*value = (double)count;
	return true;
}

static const struct value_row {
	value_parser *parse;
	const char *like;
} value_rows[RULE_FUNCTION_N] = {
	[RULE_QUANTILE] = { duration_value, "a duration like 300ms" },
	[RULE_MEAN] = { duration_value, "a duration like 300ms" },
	[RULE_MIN] = { duration_value, "a duration like 300ms" },
	[RULE_MAX] = { duration_value, "a duration like 300ms" },
	[RULE_RATIO] = { ratio_value, "a share like 1% or 0.01" },
	[RULE_RATE] = { rate_value, "a rate like 180/s, or 95% of planned" },
	[RULE_COUNT] = { count_value, "a whole number like 10" },
	[RULE_DOWN_FOR] = { duration_value, "a duration like 60s" },
};

/* "95% of planned" */
static bool planned_value(struct rule_cursor *c, const struct rule_span *s,
			  struct rule *r)
{
	struct buf why;
	uint64_t ppb = 0;

	buf_init(&why, ERR_PART_MAX);
	bool ok = unit_parse_percent(s->text, s->len, &ppb, &why);
	if (!ok)
		rule_fail(c, s->at, "%s", buf_text(&why));
	buf_release(&why);
	if (!ok)
		return false;
	if (ppb > RULE_PLANNED_MAX * UNIT_PPB_WHOLE)
		return rule_fail(c, s->at,
				 "a share of what was planned must be at most "
				 "%d%%",
				 RULE_PLANNED_MAX * 100);
	if (!rule_word_take(c, "of") || !rule_word_take(c, "planned"))
		return rule_fail(c, c->at,
				 "behind the share of a rate comes \"of "
				 "planned\"");
	r->value = (double)ppb / (double)UNIT_PPB_WHOLE;
	r->is_of_planned = true;
	return true;
}

static bool value_parse(struct rule_cursor *c, struct rule *r)
{
	const struct value_row *row = &value_rows[r->function];
	struct rule_span s = rule_value_take(c);
	struct buf why;

	if (!s.len)
		return rule_fail(c, s.at, "the value is missing: %s",
				 row->like);
	if (r->function == RULE_RATE && is_percent(&s))
		return planned_value(c, &s, r);
	buf_init(&why, ERR_PART_MAX);
	bool ok = row->parse(&s, &r->value, &why) ||
		  rule_fail(c, s.at, "the value must be %s: %s", row->like,
			    buf_text(&why));
	buf_release(&why);
	if (ok && rule_word_take(c, "of"))
		return rule_fail(c, s.at,
				 "only a rate can be a share of what was "
				 "planned: rate(ok) >= 95%% of planned");
	return ok;
}

bool rule_for_parse(struct rule_cursor *c, uint64_t *for_ns)
{
	if (!rule_word_take(c, "for"))
		return true;
	struct rule_span s = rule_value_take(c);
	return rule_duration(c, &s, "for", 1, RULE_TIME_MAX_NS, for_ns);
}

/* ---- the whole ------------------------------------------------------ */

static bool end_parse(struct rule_cursor *c)
{
	rule_blank(c);
	if (c->at == c->len || c->text[c->at] == ',')
		return true;
	size_t from = c->at;
	if (rule_word_take(c, "and") || c->text[from] == '&')
		return rule_fail(c, from,
				 "rules are joined by a comma: all of them "
				 "must hold");
	if (rule_word_take(c, "or") || c->text[from] == '|')
		return rule_fail(c, from, "a rule has no \"or\"");
	return rule_fail(c, from,
			 "the rule is over here: only \"for TIME\" may come "
			 "behind its value");
}

static bool one_parse(struct rule_cursor *c, struct rule *r)
{
	rule_blank(c);
	size_t from = c->at;

	*r = (struct rule){ .at = rule_place(c, from) };
	if (!rule_head_parse(c, r) || !rule_op_take(c, &r->op) ||
	    !value_parse(c, r) || !rule_for_parse(c, &r->for_ns) ||
	    !end_parse(c))
		return false;
	size_t end = c->at;
	while (end > from && rule_is_blank(c->text[end - 1]))
		end--;
	r->text = arena_strndup(c->arena, c->text + from, end - from);
	if (!r->text)
		return errs_nomem(c->es);
	if (end - from <= RULE_TEXT_MAX)
		return true;
	return rule_fail(c, from, "a rule must be at most %d bytes, got %zu",
			 RULE_TEXT_MAX, end - from);
}

bool rule_parse(struct arena *a, const char *text, size_t len, struct place at,
		struct rule *out, struct errs *es)
{
	struct rule_cursor c = { text, len, 0, at, a, es, 0 };

	if (!one_parse(&c, out))
		return false;
	return c.at == len ||
	       rule_fail(&c, c.at, "here stands one rule, not several");
}

/* Room for one more; old copies stay until the arena goes. */
static struct rule *rules_grow(struct rule_cursor *c, struct rule *rules,
			       size_t n, size_t *room)
{
	if (n < *room)
		return rules;
	*room = *room ? 2 * *room : 4;
	struct rule *more = arena_alloc(c->arena, *room, sizeof(*more));
	if (!more)
		errs_nomem(c->es);
	else if (n)
		memcpy(more, rules, n * sizeof(*more));
	return more;
}

bool rules_parse(struct arena *a, const char *text, size_t len, struct place at,
		 const struct rule **out, size_t *n, struct errs *es)
{
	struct rule_cursor c = { text, len, 0, at, a, es, 0 };
	struct rule *rules = NULL;
	size_t count = 0;
	size_t room = 0;

	for (;;) {
		if (count == RULES_MAX)
			return rule_fail(&c, c.at,
					 "there must be at most %d rules",
					 RULES_MAX);
		rules = rules_grow(&c, rules, count, &room);
		if (!rules || !one_parse(&c, &rules[count]))
			return false;
		count++;
		if (c.at == len)
			break;
		c.at++; /* the comma */
	}
	*out = rules;
	*n = count;
	return true;
}

/* ---- judging -------------------------------------------------------- */

bool rule_holds(const struct rule *r, double value)
{
	switch (r->op) {
	case RULE_LT:
		return value < r->value;
	case RULE_LE:
		return value <= r->value;
	case RULE_GT:
		return value > r->value;
	case RULE_GE:
		return value >= r->value;
	case RULE_EQ:
		return value >= r->value && value <= r->value;
	case RULE_NE:
		return value < r->value || value > r->value;
	}
	return false;
}
