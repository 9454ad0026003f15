/* SPDX-License-Identifier: MIT */
/* The part of a rule before its operator: FUNCTION(WHAT, ...). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/doc/doc.h"
#include "scenarios/rule/rule_parts.h"

enum {
	SHOWN_MAX = 40, /* bytes of a wrong word in a message */
	STATUS_LOW = 100,
	STATUS_HIGH = 999,
	STATUS_WRITTEN_MAX = 599,
};

/* ---- the cursor ----------------------------------------------------- */

bool rule_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void rule_blank(struct rule_cursor *c)
{
	while (c->at < c->len && rule_is_blank(c->text[c->at]))
		c->at++;
}

struct place rule_place(const struct rule_cursor *c, size_t at)
{
	return doc_place_inside(c->base, c->text, c->len, at);
}

bool rule_fail(struct rule_cursor *c, size_t at, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return errs_add(c->es, ERR_INPUT, rule_place(c, at), "%s", text);
}

bool rule_take(struct rule_cursor *c, char wanted)
{
	rule_blank(c);
	if (c->at == c->len || c->text[c->at] != wanted)
		return false;
	c->at++;
	return true;
}

static bool is_word_byte(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	       (ch >= '0' && ch <= '9') || ch == '_' || ch == '.' || ch == '-';
}

struct rule_span rule_word_peek(struct rule_cursor *c)
{
	rule_blank(c);
	struct rule_span s = { c->text + c->at, 0, c->at };
	while (c->at + s.len < c->len && is_word_byte(s.text[s.len]))
		s.len++;
	return s;
}

bool rule_word_take(struct rule_cursor *c, const char *wanted)
{
	struct rule_span s = rule_word_peek(c);

	if (!text_is(s.text, s.len, wanted))
		return false;
	c->at += s.len;
	return true;
}

bool rule_duration(struct rule_cursor *c, const struct rule_span *s,
		   const char *what, uint64_t low, uint64_t high, uint64_t *ns)
{
	struct buf why;
	bool ok = false;

	if (!s->len)
		return rule_fail(c, s->at, "\"%s\" needs a duration like 30s",
				 what);
	buf_init(&why, ERR_PART_MAX);
	if (!unit_parse_duration(s->text, s->len, ns, &why)) {
		rule_fail(c, s->at, "\"%s\" must be a duration: %s", what,
			  buf_text(&why));
	} else if (*ns < low || *ns > high) {
		unit_print_duration(&why, *ns < low ? low : high);
		rule_fail(c, s->at, "\"%s\" must be at %s %s, got %.*s", what,
			  *ns < low ? "least" : "most", buf_text(&why),
			  (int)(s->len < SHOWN_MAX ? s->len : SHOWN_MAX),
			  s->text);
	} else {
		ok = true;
	}
	buf_release(&why);
	return ok;
}

/* A word that is not known here, with what would be right. */
static bool unknown(struct rule_cursor *c, const struct rule_span *s,
		    const char *what, const char *const *known)
{
	struct buf list;
	struct text_nearest near;

	buf_init(&list, ERR_PART_MAX);
	text_nearest_init(&near, s->text, s->len);
	for (size_t i = 0; known[i]; i++) {
		text_nearest_add(&near, known[i]);
		buf_printf(&list, "%s%s", i ? ", " : "", known[i]);
	}
	int shown = (int)(s->len < SHOWN_MAX ? s->len : SHOWN_MAX);
	if (!s->len)
		rule_fail(c, s->at, "%s is missing: one of %s", what,
			  buf_text(&list));
	else if (near.best)
		rule_fail(c, s->at, "\"%.*s\" is not %s; did you mean \"%s\"?",
			  shown, s->text, what, near.best);
	else
		rule_fail(c, s->at, "\"%.*s\" is not %s: there are %s", shown,
			  s->text, what, buf_text(&list));
	buf_release(&list);
	return false;
}

/* ---- functions ------------------------------------------------------ */

static const char *const function_names[] = {
	"p50", "p90",	"p95",	"p99",	 "p99.9",    "mean", "min",
	"max", "ratio", "rate", "count", "down_for", NULL
};

static const struct {
	const char *name;
	enum rule_function function;
} functions[] = {
	{ "mean", RULE_MEAN },	       { "min", RULE_MIN },
	{ "max", RULE_MAX },	       { "ratio", RULE_RATIO },
	{ "rate", RULE_RATE },	       { "count", RULE_COUNT },
	{ "down_for", RULE_DOWN_FOR },
};

/* Words that other tools use for it. */
static const char *const other_words[][2] = {
	{ "avg", "mean(latency)" },	   { "average", "mean(latency)" },
	{ "med", "p50(latency)" },	   { "median", "p50(latency)" },
	{ "latency", "p95(latency)" },	   { "errors", "ratio(errors)" },
	{ "error_rate", "ratio(errors)" }, { "rps", "rate(ok)" },
	{ "throughput", "rate(ok)" },
};

static const char *const metric_names[RULE_METRIC_N + 1] = {
	[RULE_LATENCY] = "latency",   [RULE_SERVICE] = "service",
	[RULE_LATENESS] = "lateness", [RULE_FIRST_BYTE] = "first_byte",
	[RULE_CONNECT] = "connect",   [RULE_ITERATION] = "iteration",
};

bool rule_is_quantile(const struct rule_span *s)
{
	if (s->len < 2 || s->text[0] != 'p')
		return false;
	for (size_t i = 1; i < s->len; i++)
		if (!strchr("0123456789.", s->text[i]))
			return false;
	return true;
}

/* By way of a percentage, so that p99.9 is the double nearest to 0.999. */
bool rule_quantile(struct rule_cursor *c, const struct rule_span *s,
		   double *quantile)
{
	char text[SHOWN_MAX];
	uint64_t ppb = 0;
	int len = snprintf(text, sizeof(text), "%.*s%%", (int)s->len - 1,
			   s->text + 1);

	if (len >= (int)sizeof(text) ||
	    !unit_parse_percent(text, (size_t)len, &ppb, NULL) || !ppb ||
	    ppb >= UNIT_PPB_WHOLE)
		return rule_fail(c, s->at,
				 "\"%.*s\" is not a quantile: write p50, p99 "
				 "or p99.9, between p0 and p100; \"min\" and "
				 "\"max\" are the ends",
				 (int)(s->len < SHOWN_MAX ? s->len : SHOWN_MAX),
				 s->text);
	*quantile = (double)ppb / (double)UNIT_PPB_WHOLE;
	return true;
}

static bool function_parse(struct rule_cursor *c, struct rule *r)
{
	struct rule_span s = rule_word_peek(c);

	if (rule_is_quantile(&s)) {
		c->at += s.len;
		r->function = RULE_QUANTILE;
		return rule_quantile(c, &s, &r->quantile);
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (text_is(s.text, s.len, functions[i].name)) {
			r->function = functions[i].function;
			c->at += s.len;
			return true;
		}
	for (size_t i = 0; i < sizeof(other_words) / sizeof(other_words[0]);
	     i++)
		if (text_is(s.text, s.len, other_words[i][0]))
			return rule_fail(c, s.at, "write %s here, not \"%s\"",
					 other_words[i][1], other_words[i][0]);
	return unknown(c, &s, "a function of a rule", function_names);
}

/* ---- what ----------------------------------------------------------- */

static const char *const select_names[] = { "all",	"ok",	   "errors",
					    "timeouts", "dropped", "4xx",
					    "5xx",	"status",  NULL };

static bool wants_metric(enum rule_function f)
{
	return f == RULE_QUANTILE || f == RULE_MEAN || f == RULE_MIN ||
	       f == RULE_MAX;
}

static bool is_in(const struct rule_span *s, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (text_is(s->text, s->len, names[i]))
			return true;
	return false;
}

static bool metric_parse(struct rule_cursor *c, struct rule *r)
{
	struct rule_span s = rule_word_peek(c);

	for (unsigned i = 0; i < RULE_METRIC_N; i++)
		if (text_is(s.text, s.len, metric_names[i])) {
			r->metric = (enum rule_metric)i;
			c->at += s.len;
			return true;
		}
	if (is_in(&s, select_names))
		return rule_fail(c, s.at,
				 "\"%.*s\" has no time: ratio, rate and count "
				 "are about it",
				 (int)s.len, s.text);
	return unknown(c, &s, "a time that is measured", metric_names);
}

static bool class_parse(const struct rule_span *s, struct rule_select *to)
{
	if (s->len != 3 || s->text[0] < '1' || s->text[0] > '5' ||
	    s->text[1] != 'x' || s->text[2] != 'x')
		return false;
	unsigned hundreds = (unsigned)(s->text[0] - '0') * 100;
	*to = (struct rule_select){ .kind = RULE_STATUS,
				    .status_low = hundreds,
				    .status_high = hundreds + 99 };
	return true;
}

/* status OP NUMBER */
static bool status_parse(struct rule_cursor *c, struct rule_select *to)
{
	enum rule_op op = RULE_EQ;
	uint64_t number = 0;

	if (!rule_op_take(c, &op))
		return false;
	struct rule_span s = rule_word_peek(c);
	if (!unit_parse_count(s.text, s.len, &number, NULL) ||
	    number < STATUS_LOW || number > STATUS_WRITTEN_MAX)
		return rule_fail(c, s.at, "a status is a number from %d to %d",
				 STATUS_LOW, STATUS_WRITTEN_MAX);
	c->at += s.len;
	unsigned n = (unsigned)number;
	*to = (struct rule_select){ .kind = RULE_STATUS,
				    .status_low = STATUS_LOW,
				    .status_high = STATUS_HIGH };
	switch (op) {
	case RULE_LT:
		to->status_high = n - 1;
		break;
	case RULE_LE:
		to->status_high = n;
		break;
	case RULE_GT:
		to->status_low = n + 1;
		break;
	case RULE_GE:
		to->status_low = n;
		break;
	case RULE_EQ:
	case RULE_NE:
		to->status_low = to->status_high = n;
		to->is_other = op == RULE_NE;
		break;
	}
	return to->status_low <= to->status_high ||
	       rule_fail(c, s.at, "no status is less than %u", n);
}

bool rule_is_own_word(const struct rule_span *s)
{
	struct rule_select unused;

	return is_in(s, metric_names) || is_in(s, select_names) ||
	       class_parse(s, &unused);
}

static bool select_parse(struct rule_cursor *c, struct rule_select *to)
{
	static const struct {
		const char *name;
		enum rule_select_kind kind;
	} rows[] = {
		{ "all", RULE_ALL },	     { "ok", RULE_OK },
		{ "errors", RULE_ERRORS },   { "timeouts", RULE_TIMEOUTS },
		{ "dropped", RULE_DROPPED },
	};
	struct rule_span s = rule_word_peek(c);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (text_is(s.text, s.len, rows[i].name)) {
			to->kind = rows[i].kind;
			c->at += s.len;
			return true;
		}
	if (class_parse(&s, to)) {
		c->at += s.len;
		return true;
	}
	if (rule_word_take(c, "status"))
		return status_parse(c, to);
	if (is_in(&s, metric_names))
		return rule_fail(c, s.at,
				 "\"%.*s\" is a time: p50 to p99.9, mean, min "
				 "and max are about it",
				 (int)s.len, s.text);
	return unknown(c, &s, "a kind of request", select_names);
}

/* ---- step and window ------------------------------------------------ */

static bool window_parse(struct rule_cursor *c, struct rule *r)
{
	struct rule_span s = rule_word_peek(c);
	uint64_t ns = 0;

	if (r->window_ns)
		return rule_fail(c, s.at, "the window was said already");
	if (!rule_duration(c, &s, "window", RULE_WINDOW_MIN_NS,
			   c->window_max_ns ? c->window_max_ns
					    : RULE_WINDOW_MAX_NS,
			   &ns))
		return false;
	c->at += s.len;
	r->window_ns = ns;
	return true;
}

bool rule_quoted(struct rule_cursor *c, char quote, struct rule_span *s)
{
	const char *end = memchr(s->text, quote, c->len - c->at);

	if (!end)
		return rule_fail(c, s->at - 1, "the quote is never closed");
	s->len = (size_t)(end - s->text);
	c->at += s->len + 1;
	return true;
}

/* A name without blanks, or in quotes. */
static bool step_parse(struct rule_cursor *c, struct rule *r)
{
	rule_blank(c);
	char first = c->at < c->len ? c->text[c->at] : '\0';
	bool is_quoted = first == '"' || first == '\'';
	c->at += is_quoted;
	struct rule_span s = { c->text + c->at, 0, c->at };

	if (r->step)
		return rule_fail(c, s.at, "the step was said already");
	if (is_quoted) {
		if (!rule_quoted(c, first, &s))
			return false;
	} else {
		while (c->at < c->len && !rule_is_blank(c->text[c->at]) &&
		       !strchr(",()\"'", c->text[c->at]))
			c->at++;
		s.len = c->at - s.at;
	}
	if (!s.len || memchr(s.text, '\0', s.len))
		return rule_fail(c, s.at, "here must be the name of a step");
	r->step = arena_strndup(c->arena, s.text, s.len);
	if (!r->step)
		return errs_nomem(c->es);
	rule_blank(c);
	if (c->at == c->len || strchr(",)", c->text[c->at]))
		return true;
	return rule_fail(c, s.at,
			 "the name of a step with blanks needs quotes: step: "
			 "\"sign in\"");
}

static bool argument_parse(struct rule_cursor *c, struct rule *r)
{
	static const char *const names[] = { "step", "window", NULL };
	struct rule_span s = rule_word_peek(c);

	if (s.len && s.text[0] >= '0' && s.text[0] <= '9')
		return window_parse(c, r);
	if (!is_in(&s, names))
		return unknown(c, &s, "a part of a rule", names);
	c->at += s.len;
	if (!rule_take(c, ':'))
		return rule_fail(c, c->at, "behind \"%.*s\" comes a colon",
				 (int)s.len, s.text);
	return s.text[0] == 's' ? step_parse(c, r) : window_parse(c, r);
}

static bool head_suits(struct rule_cursor *c, const struct rule *r)
{
	if (r->metric == RULE_ITERATION && r->step)
		return rule_fail(c, c->at - 1,
				 "an iteration is a whole flow, not one step "
				 "of it");
	return true;
}

bool rule_head_parse(struct rule_cursor *c, struct rule *r)
{
	bool has_first = false;

	if (!function_parse(c, r))
		return false;
	if (!rule_take(c, '('))
		return rule_fail(c, c->at, "here must be \"(\": %s",
				 wants_metric(r->function) ? "p95(latency)"
				 : r->function == RULE_DOWN_FOR
					 ? "down_for()"
					 : "ratio(errors)");
	if (r->function == RULE_DOWN_FOR) {
		if (rule_take(c, ')'))
			return true;
	} else {
		has_first = true;
		if (wants_metric(r->function) ? !metric_parse(c, r)
					      : !select_parse(c, &r->select))
			return false;
	}
	while (!has_first || rule_take(c, ',')) {
		has_first = true;
		if (!argument_parse(c, r))
			return false;
	}
	if (rule_take(c, ')'))
		return head_suits(c, r);
	if (c->at == c->len)
		return rule_fail(
			c, c->at,
			"\")\" is missing; in brackets or braces a rule "
			"with a comma needs quotes");
	return rule_fail(c, c->at, "here must be \",\" or \")\"");
}
