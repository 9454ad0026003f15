/* SPDX-License-Identifier: MIT */
/* The values of conditions, each with the unit that it must carry. */
#include <string.h>

#include "scenarios/alerts/condition/condition_parts.h"
#include "scenarios/base/units.h"

enum { SHOWN_MAX = 40 }; /* bytes of a wrong word in a message */

#define COUNT_MAX (UINT64_C(1) << 53) /* exact as a double */
#define PPB_WHOLE ((double)UNIT_PPB_WHOLE)

static int shown(const struct rule_span *v)
{
	return (int)(v->len < SHOWN_MAX ? v->len : SHOWN_MAX);
}

static bool is_percent(const struct rule_span *v)
{
	return v->len && v->text[v->len - 1] == '%';
}

typedef bool value_reader(const struct rule_span *v, double *value,
			  struct buf *why);

static bool percent_read(const struct rule_span *v, double *value,
			 struct buf *why)
{
	uint64_t ppb;

	if (!unit_parse_percent(v->text, v->len, &ppb, why))
		return false;
	*value = (double)ppb / PPB_WHOLE;
	return true;
}

static bool rate_read(const struct rule_span *v, double *value, struct buf *why)
{
	struct unit_rate rate;

	if (!unit_parse_rate(v->text, v->len, &rate, why))
		return false;
	*value = unit_rate_per_s(rate);
	return true;
}

static bool duration_read(const struct rule_span *v, double *value,
			  struct buf *why)
{
	uint64_t ns;

	if (!unit_parse_duration(v->text, v->len, &ns, why))
		return false;
	if (ns > RULE_TIME_MAX_NS) {
		buf_puts(why, "it must be at most 7d");
		return false;
	}
	*value = (double)ns;
	return true;
}

static bool count_read(const struct rule_span *v, double *value,
		       struct buf *why)
{
	uint64_t count;

	if (!unit_parse_count(v->text, v->len, &count, why))
		return false;
	if (count > COUNT_MAX) {
		buf_puts(why, "it is larger than anything that is counted");
		return false;
	}
	*value = (double)count;
	return true;
}

/* A series has the unit of whoever made it: 85% is 85 of a series in percent,
 * 2s is 2 (Prometheus counts seconds), 512MiB are bytes. */
static bool series_read(const struct rule_span *v, double *value,
			struct buf *why)
{
	uint64_t whole;

	if (is_percent(v)) {
		if (!percent_read(v, value, why))
			return false;
		*value *= 100;
		return true;
	}
	if (unit_parse_number(v->text, v->len, value, NULL))
		return true;
	if (unit_parse_duration(v->text, v->len, &whole, NULL)) {
		*value = (double)whole / (double)UNIT_NS_PER_S;
		return true;
	}
	if (unit_parse_size(v->text, v->len, &whole, NULL)) {
		*value = (double)whole;
		return true;
	}
	buf_puts(why, "it has no unit that is known here");
	return false;
}

static bool value_read(struct sentence *s, value_reader *read, const char *like)
{
	struct rule_span v = rule_value_take(&s->c);
	struct buf why;

	if (!v.len)
		return rule_fail(&s->c, v.at, "the value is missing: %s", like);
	buf_init(&why, ERR_PART_MAX);
	bool ok = read(&v, &s->out->value, &why) ||
		  rule_fail(&s->c, v.at,
			    "the value must be %s, got \"%.*s\": "
			    "%s",
			    like, shown(&v), v.text, buf_text(&why));
	buf_release(&why);
	return ok;
}

bool value_whole(struct sentence *s, uint64_t low, uint64_t high,
		 const char *like)
{
	rule_blank(&s->c);
	size_t at = s->c.at;

	if (!value_read(s, count_read, like))
		return false;
	if (s->out->value >= (double)low && s->out->value <= (double)high)
		return true;
	return rule_fail(&s->c, at, "the value must be from %llu to %llu",
			 (unsigned long long)low, (unsigned long long)high);
}

bool value_duration(struct sentence *s, uint64_t low, uint64_t high)
{
	struct rule_span v = rule_value_take(&s->c);
	uint64_t ns;

	if (!v.len)
		return rule_fail(&s->c, v.at,
				 "the value is missing: a duration like 60s");
	if (!rule_duration(&s->c, &v, "value", low, high, &ns))
		return false;
	s->out->value = (double)ns;
	return true;
}

/* ---- shares and rates: two readings that look alike -------------------- */

/* 0.05 or 5% may be a share or so many a second, and the two differ by
 * whatever the traffic is: both are spelled out, one must be chosen. */
static bool two_readings(struct sentence *s, const struct rule_span *v,
			 double number, bool is_own)
{
	int inner = (int)s->inner.len;
	int op = (int)s->op.len;
	/* beyond 1 it is no share: then like the others */
	double share = number <= 1 ? number * 100 : 5;

	if (is_own)
		return rule_fail(&s->c, v->at,
				 "\"%.*s\" is ambiguous here: write "
				 "ratio(%.*s) %.*s %.6g%% for a share of all "
				 "requests, or rate(%.*s) %.*s %.6g/s for "
				 "requests a second",
				 shown(v), v->text, inner, s->inner.text, op,
				 s->op.text, share, inner, s->inner.text, op,
				 s->op.text, number);
	return rule_fail(&s->c, v->at,
			 "\"%.*s\" is ambiguous here: write rate(%.*s) %.*s "
			 "%.6g/s for so many a second, or rate(%.*s) / "
			 "rate(ALL, TIME) %.*s %.6g%% for a share of another "
			 "counter",
			 shown(v), v->text, inner, s->inner.text, op,
			 s->op.text, number, inner, s->inner.text, op,
			 s->op.text, share);
}

/* False with *told when the value is a number that could be either. */
static bool is_clear(struct sentence *s, bool wants_share, bool is_own,
		     bool *told)
{
	size_t at = s->c.at;
	struct rule_span v = rule_value_take(&s->c);
	double number = 0;
	bool is_share = percent_read(&v, &number, NULL);
	bool is_rate = !is_share && rate_read(&v, &number, NULL);
	bool is_bare = !is_share && !is_rate &&
		       unit_parse_number(v.text, v.len, &number, NULL);

	*told = is_bare || (wants_share ? is_rate : is_share);
	if (*told)
		return two_readings(s, &v, number, is_own);
	s->c.at = at;
	return true;
}

static bool share_read(const struct rule_span *v, double *value,
		       struct buf *why)
{
	if (!percent_read(v, value, why))
		return false;
	if (*value <= 1)
		return true;
	buf_puts(why, "a share is at most 100%");
	return false;
}

static bool value_of_share(struct sentence *s, bool is_own)
{
	bool told;

	return is_clear(s, true, is_own, &told) &&
	       value_read(s, share_read, "a share like 5%");
}

static bool value_of_rate(struct sentence *s, bool is_own)
{
	bool told;

	return is_clear(s, false, is_own, &told) &&
	       value_read(s, rate_read, "a rate like 0.05/s");
}

bool value_of_requests(struct sentence *s)
{
	switch (s->out->rule.function) {
	case RULE_RATIO:
		return value_of_share(s, true);
	case RULE_RATE:
		return value_of_rate(s, true);
	case RULE_COUNT:
		return value_read(s, count_read, "a whole number like 10");
	default:
		return value_read(s, duration_read, "a duration like 2s");
	}
}

/* What follows, not taken. */
static enum condition_unit unit_ahead(struct rule_cursor c)
{
	struct rule_span v = rule_value_take(&c);
	uint64_t unused;
	double number;

	if (is_percent(&v))
		return CONDITION_PERCENT;
	if (unit_parse_number(v.text, v.len, &number, NULL))
		return CONDITION_PLAIN;
	return unit_parse_duration(v.text, v.len, &unused, NULL)
		       ? CONDITION_SECONDS
		       : CONDITION_BYTES;
}

bool value_of_series(struct sentence *s)
{
	s->out->unit = unit_ahead(s->c);
	return value_read(s, series_read,
			  "a number like 0.5, or 85%, 2s, 512MiB");
}

bool value_of_series_rate(struct sentence *s)
{
	return value_of_rate(s, false);
}

bool value_of_increase(struct sentence *s)
{
	s->out->unit = unit_ahead(s->c);
	return value_read(s, series_read, "a number like 10");
}

/* One counter's rate in another's; it may be more than the whole. */
bool value_of_quotient(struct sentence *s)
{
	return value_read(s, percent_read, "a share like 5%");
}
