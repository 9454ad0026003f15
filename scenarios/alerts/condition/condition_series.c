/* SPDX-License-Identifier: MIT */
/* Sentences about series that the steps of a check keep. */
#include <string.h>

#include "scenarios/alerts/condition/condition_parts.h"
#include "scenarios/base/text.h"

/* A word for the check's own requests is never a series as well: it would
 * mean two things. */
static bool series_name(struct sentence *s, const char **name)
{
	struct rule_span word = rule_word_peek(&s->c);

	if (word.len && rule_is_own_word(&word))
		return rule_fail(&s->c, word.at,
				 "\"%.*s\" are the check's own requests, not "
				 "a series: give the series another name, or "
				 "write it in quotes",
				 (int)word.len, word.text);
	return sentence_name(s, "a series", name);
}

/* ", TIME" */
static bool window_parse(struct sentence *s, bool is_needed, uint64_t *ns)
{
	if (!rule_take(&s->c, ',')) {
		rule_blank(&s->c);
		return !is_needed ||
		       rule_fail(&s->c, s->c.at,
				 "here must be the time to look back: "
				 "%.*s(%s, 5m)",
				 (int)s->word.len, s->word.text,
				 s->out->name ? s->out->name : "NAME");
	}
	if (rule_word_take(&s->c, "window") && !rule_take(&s->c, ':'))
		return rule_fail(&s->c, s->c.at,
				 "behind \"window\" comes a colon");
	struct rule_span v = rule_value_take(&s->c);
	return rule_duration(&s->c, &v, "window", RULE_WINDOW_MIN_NS,
			     ALERT_WINDOW_MAX_NS, ns);
}

/* FUNCTION(NAME[, TIME]) */
static bool series_head(struct sentence *s, bool is_windowed)
{
	return sentence_open(s, "NAME") && series_name(s, &s->out->name) &&
	       window_parse(s, is_windowed, &s->out->window_ns) &&
	       sentence_close(s);
}

bool sentence_value(struct sentence *s)
{
	struct condition *out = s->out;

	out->kind = CONDITION_VALUE;
	if (!sentence_open(s, "NAME") || !series_name(s, &out->name))
		return false;
	rule_blank(&s->c);
	if (rule_take(&s->c, ','))
		return rule_fail(&s->c, s->c.at - 1,
				 "the newest value has no window: mean, min "
				 "and max have");
	if (!sentence_close(s) || !sentence_op(s))
		return false;
	struct rule_span word = rule_word_peek(&s->c);
	if (!text_is(word.text, word.len, "value"))
		return value_of_series(s);
	return sentence_open(s, "NAME") && series_name(s, &out->other) &&
	       sentence_close(s);
}

bool sentence_aggregate(struct sentence *s)
{
	static const char *const names[] = { "", "mean", "min", "max" };

	s->out->kind = CONDITION_VALUE;
	for (unsigned i = AGGREGATE_MEAN; i <= AGGREGATE_MAX; i++)
		if (text_is(s->word.text, s->word.len, names[i]))
			s->out->aggregate = i;
	return series_head(s, true) && sentence_op(s) && value_of_series(s);
}

bool sentence_series_quantile(struct sentence *s)
{
	s->out->kind = CONDITION_QUANTILE;
	return rule_quantile(&s->c, &s->word, &s->out->quantile) &&
	       series_head(s, false) && sentence_op(s) && value_of_series(s);
}

/* rate(A, TIME) / rate(B, TIME): both look equally far back. */
static bool divisor_parse(struct sentence *s)
{
	uint64_t ns = 0;
	struct rule_span word = rule_word_peek(&s->c);

	if (!text_is(word.text, word.len, "rate"))
		return rule_fail(&s->c, word.at,
				 "a rate is divided by a rate: / rate(ALL, "
				 "5m)");
	struct rule_span first = s->inner;
	size_t at = word.at;
	if (!sentence_open(s, "NAME") || !series_name(s, &s->out->other) ||
	    !window_parse(s, true, &ns) || !sentence_close(s))
		return false;
	s->inner = first;
	return ns == s->out->window_ns ||
	       rule_fail(&s->c, at, "both rates must be of the same time");
}

bool sentence_series_rate(struct sentence *s)
{
	s->out->kind = CONDITION_RATE;
	if (!series_head(s, true))
		return false;
	if (rule_take(&s->c, '/'))
		return divisor_parse(s) && sentence_op(s) &&
		       value_of_quotient(s);
	return sentence_op(s) && value_of_series_rate(s);
}

bool sentence_increase(struct sentence *s)
{
	s->out->kind = CONDITION_INCREASE;
	return series_head(s, true) && sentence_op(s) && value_of_increase(s);
}
