/* SPDX-License-Identifier: MIT */
/* Values, bounds and windows in words. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "report/alerts/evaluate/parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

uint64_t question_fresh_ns(const struct question *q)
{
	return q->fresh_ns > 0 ? q->fresh_ns : EVALUATE_FRESH_NS;
}

uint64_t before_ns(uint64_t at_ns, uint64_t by_ns)
{
	return at_ns > by_ns ? at_ns - by_ns : 0;
}

bool condition_holds(const struct condition *c, double value)
{
	struct rule bound = { .op = c->op, .value = c->value };

	return rule_holds(&bound, value);
}

bool op_is_upper(enum rule_op op)
{
	return op == RULE_LT || op == RULE_LE;
}

/* As the bound was written. */
static enum unit series_unit(const struct condition *c)
{
	switch (c->unit) {
	case CONDITION_PERCENT:
		return UNIT_PERCENT;
	case CONDITION_SECONDS:
		return UNIT_SECONDS;
	case CONDITION_BYTES:
		return UNIT_BYTES;
	default:
		return UNIT_NUMBER;
	}
}

enum unit condition_unit(const struct condition *c)
{
	switch (c->kind) {
	case CONDITION_REQUESTS:
	case CONDITION_WORSE:
		if (c->rule.function == RULE_RATIO)
			return UNIT_SHARE;
		if (c->rule.function == RULE_RATE)
			return UNIT_PER_S;
		return c->rule.function == RULE_COUNT ? UNIT_NUMBER : UNIT_TIME;
	case CONDITION_DOWN_FOR:
	case CONDITION_MISSING:
		return UNIT_TIME;
	case CONDITION_CONSECUTIVE:
		return UNIT_RESULTS;
	case CONDITION_CERT_DAYS:
		return UNIT_DAYS;
	case CONDITION_RATE:
		return c->other ? UNIT_SHARE : UNIT_PER_S;
	default:
		return series_unit(c);
	}
}

/* What can be told as a duration or a size at all. */
static bool is_amount(double value)
{
	return value >= 0 && value < 1e9;
}

static void print_number(struct buf *out, double value)
{
	if (fabs(value) < 1e15 && value == floor(value))
		buf_printf(out, "%.0f", value);
	else
		buf_printf(out, "%.4g", value);
}

void print_value(struct buf *out, enum unit unit, double value)
{
	switch (unit) {
	case UNIT_TIME:
		if (value < 0)
			buf_putc(out, '-');
		if (fabs(value) < 1.8e19)
			unit_human_duration(out, (uint64_t)fabs(value));
		else
			buf_puts(out, "ever");
		break;
	case UNIT_SHARE:
		buf_printf(out, "%.3g %%", value * 100);
		break;
	case UNIT_PERCENT:
		buf_printf(out, "%.4g %%", value);
		break;
	case UNIT_SECONDS:
		if (is_amount(value))
			unit_human_duration(out,
					    (uint64_t)(value * UNIT_NS_PER_S));
		else
			buf_printf(out, "%.4g s", value);
		break;
	case UNIT_BYTES:
		if (is_amount(value / 1e9))
			unit_human_size(out, (uint64_t)value);
		else
			buf_printf(out, "%.4g B", value);
		break;
	case UNIT_PER_S:
		buf_printf(out, "%.3g/s", value);
		break;
	case UNIT_DAYS:
		print_number(out, value);
		buf_puts(out, fabs(value) == 1 ? " day" : " days");
		break;
	default:
		print_number(out, value);
		break;
	}
}

/* A bound is told as it is, not rounded: "2 s", "1 h". */
static void print_bound(struct buf *out, enum unit unit, double value)
{
	double ns = unit == UNIT_SECONDS ? value * UNIT_NS_PER_S : value;
	struct buf exact;

	if (unit == UNIT_BYTES && is_amount(value / 1e9)) {
		unit_print_size(out, (uint64_t)value);
		return;
	}
	if ((unit != UNIT_TIME && unit != UNIT_SECONDS) ||
	    !(ns >= 0 && ns < UNIT_NS_PER_MIN)) {
		print_value(out, unit, value);
		return;
	}
	buf_init(&exact, EVIDENCE_MAX);
	unit_print_duration(&exact, (uint64_t)(ns + 0.5));
	size_t digits = strspn(buf_text(&exact), "0123456789.");
	buf_printf(out, "%.*s %s", (int)digits, buf_text(&exact),
		   buf_text(&exact) + digits);
	buf_release(&exact);
}

const char *op_sign(enum rule_op op)
{
	static const char *const signs[] = { "<", "<=", ">", ">=", "==", "!=" };

	return signs[op];
}

const char *op_words(enum rule_op op, bool holds)
{
	switch (op) {
	case RULE_LT:
		return holds ? "under" : "not under";
	case RULE_LE:
		return holds ? "not over" : "over";
	case RULE_GT:
		return holds ? "over" : "not over";
	case RULE_GE:
		return holds ? "at least" : "under";
	case RULE_EQ:
		return holds ? "exactly" : "not";
	default:
		return holds ? "not" : "exactly";
	}
}

const char *window_words(struct arena *a, uint64_t window_ns)
{
	struct buf text;
	const char *kept;

	if (window_ns == 0)
		return "";
	buf_init(&text, EVIDENCE_MAX);
	buf_puts(&text, " in ");
	unit_human_duration(&text, window_ns);
	kept = arena_strdup(a, buf_text(&text));
	buf_release(&text);
	return kept ? kept : "";
}

static const char *kept_text(struct arena *a, struct buf *text)
{
	const char *kept =
		text->failed ? NULL : arena_strdup(a, buf_text(text));

	buf_release(text);
	return kept;
}

bool say(struct arena *a, struct finding *out, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, EVIDENCE_MAX);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	out->evidence = kept_text(a, &text);
	return out->evidence != NULL;
}

bool say_value(const struct question *q, struct arena *a, struct finding *out,
	       const char *short_what, const char *fmt, ...)
{
	const struct condition *c = q->condition;
	enum unit unit = condition_unit(c);
	struct buf text, seen, bound;
	va_list ap;

	buf_init(&text, EVIDENCE_MAX);
	buf_init(&seen, EVIDENCE_MAX);
	buf_init(&bound, EVIDENCE_MAX);
	print_bound(&bound, unit, c->value);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	buf_puts(&text, " is ");
	print_value(&text, unit, out->value);
	buf_printf(&text, ", %s %s",
		   op_words(c->op, condition_holds(c, out->value)),
		   buf_text(&bound));
	buf_printf(&seen, "%s ", short_what);
	print_value(&seen, unit, out->value);
	out->evidence = kept_text(a, &text);
	out->seen = kept_text(a, &seen);
	out->threshold =
		arena_printf(a, "%s %s", op_sign(c->op), buf_text(&bound));
	buf_release(&bound);
	return out->evidence && out->seen && out->threshold;
}
