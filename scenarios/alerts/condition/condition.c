/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/alerts/condition/condition_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/text.h"

enum {
	SHOWN_MAX = 40,		/* bytes of a wrong word in a message */
	CONSECUTIVE_MAX = 1000, /* results in a row */
	CERT_DAYS_MAX = 3650,
};

/* ---- pieces --------------------------------------------------------- */

bool sentence_open(struct sentence *s, const char *like)
{
	struct rule_span word = rule_word_peek(&s->c);

	s->c.at += word.len;
	s->inner = (struct rule_span){ 0 };
	if (!rule_take(&s->c, '('))
		return rule_fail(&s->c, s->c.at, "here must be \"(\": %.*s(%s)",
				 (int)word.len, word.text, like);
	s->inner.text = s->c.text + s->c.at;
	s->inner.at = s->c.at;
	return true;
}

bool sentence_close(struct sentence *s)
{
	rule_blank(&s->c);
	size_t at = s->c.at;

	if (rule_take(&s->c, ')')) {
		s->inner.len = at - s->inner.at;
		return true;
	}
	if (at == s->c.len)
		return rule_fail(&s->c, at,
				 "\")\" is missing; in a map in braces a rule "
				 "with a comma needs quotes");
	return rule_fail(&s->c, at, "here must be \")\"");
}

bool sentence_name(struct sentence *s, const char *what, const char **name)
{
	rule_blank(&s->c);
	char first = s->c.at < s->c.len ? s->c.text[s->c.at] : '\0';
	bool is_quoted = first == '"' || first == '\'';
	struct rule_span word = rule_word_peek(&s->c);

	if (is_quoted) {
		s->c.at++;
		word = (struct rule_span){ s->c.text + s->c.at, 0, s->c.at };
		if (!rule_quoted(&s->c, first, &word))
			return false;
	} else {
		s->c.at += word.len;
	}
	if (!word.len || memchr(word.text, '\0', word.len))
		return rule_fail(&s->c, word.at, "here must be the name of %s",
				 what);
	*name = arena_strndup(s->c.arena, word.text, word.len);
	return *name || errs_nomem(s->c.es);
}

bool sentence_op(struct sentence *s)
{
	rule_blank(&s->c);
	size_t at = s->c.at;

	if (!rule_op_take(&s->c, &s->out->op))
		return false;
	s->op = (struct rule_span){ s->c.text + at, s->c.at - at, at };
	return true;
}

static bool op_is(struct sentence *s, enum rule_op a, enum rule_op b,
		  const char *why)
{
	if (!sentence_op(s))
		return false;
	return s->out->op == a || s->out->op == b ||
	       rule_fail(&s->c, s->op.at, "%s", why);
}

/* ---- the check's own requests --------------------------------------- */

/* What a load knows and a check does not. */
static bool head_suits(struct sentence *s, size_t from)
{
	const struct rule *r = &s->out->rule;
	bool is_timed = r->function <= RULE_MAX;

	if (is_timed &&
	    (r->metric == RULE_LATENESS || r->metric == RULE_ITERATION))
		return rule_fail(&s->c, from,
				 "a check has no plan: it knows latency, "
				 "service, first_byte and connect");
	if (!is_timed && r->select.kind == RULE_DROPPED)
		return rule_fail(&s->c, from,
				 "a check drops no requests: write errors or "
				 "timeouts");
	return r->window_ns ||
	       rule_fail(&s->c, s->c.at - 1,
			 "here must be the time to look back: %.*s(%.*s, 5m)",
			 (int)s->word.len, s->word.text, (int)s->inner.len,
			 s->inner.text);
}

/* worse than TIME */
static bool past_parse(struct sentence *s, size_t at)
{
	struct condition *out = s->out;

	if (!rule_word_take(&s->c, "than")) {
		rule_blank(&s->c);
		return rule_fail(&s->c, s->c.at,
				 "behind \"worse\" comes \"than\" and the time "
				 "to compare with: worse than 7d");
	}
	struct rule_span v = rule_value_take(&s->c);
	if (!rule_duration(&s->c, &v, "than", RULE_WINDOW_MIN_NS,
			   ALERT_WINDOW_MAX_NS, &out->past_ns))
		return false;
	if (out->rule.function != RULE_QUANTILE &&
	    out->rule.function != RULE_MEAN)
		return rule_fail(&s->c, at,
				 "only a quantile or a mean can be worse than "
				 "its own past");
	if (out->past_ns < 2 * out->window_ns)
		return rule_fail(&s->c, v.at,
				 "the past must be at least twice as long as "
				 "the time that is judged");
	out->kind = CONDITION_WORSE;
	return true;
}

static bool sentence_requests(struct sentence *s)
{
	struct condition *out = s->out;
	size_t from = s->c.at;

	out->kind = CONDITION_REQUESTS;
	if (!rule_head_parse(&s->c, &out->rule))
		return false;
	const char *open = memchr(s->c.text + from, '(', s->c.at - from);
	s->inner.text = open + 1;
	s->inner.at = (size_t)(open + 1 - s->c.text);
	s->inner.len = s->c.at - 1 - s->inner.at;
	if (!head_suits(s, s->inner.at))
		return false;
	out->window_ns = out->rule.window_ns;
	out->quantile = out->rule.quantile;
	rule_blank(&s->c);
	size_t at = s->c.at;
	if (rule_word_take(&s->c, "worse"))
		return past_parse(s, at);
	if (!sentence_op(s) || !value_of_requests(s))
		return false;
	out->rule.op = out->op;
	out->rule.value = out->value;
	return true;
}

/* The word in front of the comma or the bracket says what it is about. */
static bool is_about_requests(const struct sentence *s)
{
	struct rule_cursor c = s->c;

	c.at += s->word.len;
	if (!rule_take(&c, '('))
		return true; /* whose message is the better one */
	struct rule_span what = rule_word_peek(&c);
	rule_blank(&c);
	bool is_quoted = c.at < c.len && strchr("\"'", c.text[c.at]);
	return !is_quoted && (!what.len || rule_is_own_word(&what));
}

static bool sentence_rate(struct sentence *s)
{
	return is_about_requests(s) ? sentence_requests(s)
				    : sentence_series_rate(s);
}

static bool sentence_statistic(struct sentence *s)
{
	if (is_about_requests(s))
		return sentence_requests(s);
	return rule_is_quantile(&s->word) ? sentence_series_quantile(s)
					  : sentence_aggregate(s);
}

/* ---- results -------------------------------------------------------- */

static bool sentence_consecutive(struct sentence *s)
{
	struct condition *out = s->out;

	out->kind = CONDITION_CONSECUTIVE;
	if (!sentence_open(s, "fail"))
		return false;
	rule_blank(&s->c);
	if (!rule_word_take(&s->c, "fail"))
		return rule_fail(&s->c, s->c.at,
				 "only failures are counted: consecutive(fail) "
				 ">= 3");
	if (rule_take(&s->c, ',')) {
		rule_blank(&s->c);
		if (!rule_word_take(&s->c, "event") || !rule_take(&s->c, ':'))
			return rule_fail(&s->c, s->c.at,
					 "here may be an event: "
					 "consecutive(fail, event: NAME)");
		if (!sentence_name(s, "an event", &out->name))
			return false;
	}
	return sentence_close(s) &&
	       op_is(s, RULE_GE, RULE_GE,
		     "write >=: so many failures in a row, or more") &&
	       value_whole(s, 1, CONSECUTIVE_MAX, "a whole number like 3");
}

static bool sentence_down_for(struct sentence *s)
{
	s->out->kind = CONDITION_DOWN_FOR;
	return sentence_open(s, "") && sentence_close(s) &&
	       op_is(s, RULE_GT, RULE_GE,
		     "write > or >=: down for longer than that") &&
	       value_duration(s, 1, RULE_TIME_MAX_NS);
}

static bool sentence_cert_days(struct sentence *s)
{
	s->out->kind = CONDITION_CERT_DAYS;
	return sentence_open(s, "") && sentence_close(s) &&
	       op_is(s, RULE_LT, RULE_LE,
		     "write < or <=: fewer days than that are left") &&
	       value_whole(s, 1, CERT_DAYS_MAX, "a whole number of days");
}

/* ---- what is named -------------------------------------------------- */

static bool named(struct sentence *s, enum condition_kind kind,
		  const char *what)
{
	s->out->kind = kind;
	return sentence_open(s, "NAME") &&
	       sentence_name(s, what, &s->out->name) && sentence_close(s);
}

static bool sentence_event(struct sentence *s)
{
	if (!named(s, CONDITION_EVENT, "an event"))
		return false;
	rule_blank(&s->c);
	return rule_word_take(&s->c, "fails") ||
	       rule_fail(&s->c, s->c.at, "an event \"fails\": event(%s) fails",
			 s->out->name);
}

static bool sentence_missing(struct sentence *s)
{
	return named(s, CONDITION_MISSING, "a heartbeat");
}

static bool sentence_reset(struct sentence *s)
{
	return named(s, CONDITION_RESET, "a series");
}

static bool sentence_changed(struct sentence *s)
{
	return named(s, CONDITION_CHANGED, "a captured value");
}

/* ---- the whole ------------------------------------------------------ */

static const struct function_row {
	const char *name;
	bool (*parse)(struct sentence *s);
} functions[] = {
	{ "consecutive", sentence_consecutive },
	{ "down_for", sentence_down_for },
	{ "ratio", sentence_requests },
	{ "count", sentence_requests },
	{ "rate", sentence_rate },
	{ "mean", sentence_statistic },
	{ "min", sentence_statistic },
	{ "max", sentence_statistic },
	{ "p95", sentence_statistic },
	{ "p99", sentence_statistic },
	{ "value", sentence_value },
	{ "increase", sentence_increase },
	{ "cert_days", sentence_cert_days },
	{ "event", sentence_event },
	{ "missing", sentence_missing },
	{ "reset", sentence_reset },
	{ "changed", sentence_changed },
};

static bool unknown(struct sentence *s)
{
	struct text_nearest near;
	struct buf list;
	int len = (int)(s->word.len < SHOWN_MAX ? s->word.len : SHOWN_MAX);

	buf_init(&list, ERR_PART_MAX);
	text_nearest_init(&near, s->word.text, s->word.len);
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		text_nearest_add(&near, functions[i].name);
		buf_printf(&list, "%s%s", i ? ", " : "", functions[i].name);
	}
	if (!s->word.len)
		rule_fail(&s->c, s->word.at,
			  "here must be a function of a rule: %s",
			  buf_text(&list));
	else if (near.best)
		rule_fail(&s->c, s->word.at,
			  "\"%.*s\" is not a function of a rule; did you mean "
			  "\"%s\"?",
			  len, s->word.text, near.best);
	else
		rule_fail(&s->c, s->word.at,
			  "\"%.*s\" is not a function of a rule: there are %s",
			  len, s->word.text, buf_text(&list));
	buf_release(&list);
	return false;
}

static bool body_parse(struct sentence *s)
{
	s->word = rule_word_peek(&s->c);
	if (rule_is_quantile(&s->word))
		return sentence_statistic(s);
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (text_is(s->word.text, s->word.len, functions[i].name))
			return functions[i].parse(s);
	return unknown(s);
}

/* Those that happen at a moment, or have a time of their own. */
static const char *no_hold(enum condition_kind kind)
{
	switch (kind) {
	case CONDITION_CONSECUTIVE:
		return "results in a row have no \"for\": ask for more of them";
	case CONDITION_DOWN_FOR:
		return "down_for() has its time already: write it behind the "
		       "operator";
	case CONDITION_EVENT:
	case CONDITION_RESET:
	case CONDITION_CHANGED:
		return "this happens at a moment: it has no \"for\"";
	case CONDITION_MISSING:
		return "a heartbeat has its grace: write it there";
	default:
		return NULL;
	}
}

static bool hold_parse(struct sentence *s)
{
	struct rule_span word = rule_word_peek(&s->c);
	const char *why = no_hold(s->out->kind);

	if (text_is(word.text, word.len, "for") && why)
		return rule_fail(&s->c, word.at, "%s", why);
	return rule_for_parse(&s->c, &s->out->for_ns);
}

static bool end_parse(struct sentence *s)
{
	rule_blank(&s->c);
	size_t at = s->c.at;

	if (at == s->c.len)
		return true;
	if (rule_word_take(&s->c, "and") || s->c.text[at] == '&' ||
	    rule_word_take(&s->c, "or") || s->c.text[at] == '|')
		return rule_fail(&s->c, at,
				 "a rule says one thing: write two rules, and "
				 "\"depends_on\" where one hides the other");
	return rule_fail(
		&s->c, at, "the rule is over here%s",
		no_hold(s->out->kind) ? "" : ": only \"for TIME\" may follow");
}

bool condition_parse(struct arena *a, const char *text, size_t len,
		     struct place at, struct condition *out, struct errs *es)
{
	struct sentence s = {
		.c = { text, len, 0, at, a, es, ALERT_WINDOW_MAX_NS },
		.out = out,
	};

	rule_blank(&s.c);
	size_t from = s.c.at;
	*out = (struct condition){ .at = rule_place(&s.c, from) };
	out->rule.at = out->at;
	if (!body_parse(&s) || !hold_parse(&s) || !end_parse(&s))
		return false;
	while (len > from && rule_is_blank(text[len - 1]))
		len--;
	if (len - from > RULE_TEXT_MAX)
		return rule_fail(&s.c, from,
				 "a rule must be at most %d bytes, got %zu",
				 RULE_TEXT_MAX, len - from);
	out->text = arena_strndup(a, text + from, len - from);
	out->rule.text = out->text;
	out->rule.for_ns = out->for_ns;
	return out->text || errs_nomem(es);
}

uint64_t condition_reach_ns(const struct condition *c)
{
	uint64_t reach = c->window_ns + c->past_ns;

	if (c->kind == CONDITION_DOWN_FOR && (uint64_t)c->value > reach)
		reach = (uint64_t)c->value;
	return reach;
}
