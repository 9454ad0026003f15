/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/notice/channel.h"
#include "report/result/stamp.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

/* ---- words ------------------------------------------------------------ */

bool notice_is_over(const struct notice *n)
{
	return n->kind == NOTICE_RESOLVED ||
	       (n->kind == NOTICE_SETTLED && !n->is_firing);
}

const char *notice_state(const struct notice *n)
{
	switch (n->kind) {
	case NOTICE_EVENT:
		return "event";
	case NOTICE_ACKNOWLEDGED:
		return "acknowledged";
	case NOTICE_TEST:
		return "test";
	case NOTICE_DIGEST:
		return "digest";
	default:
		return notice_is_over(n) ? "resolved" : "firing";
	}
}

static const char *shout(enum severity severity)
{
	static const char *const words[SEVERITY_N] = {
		[SEVERITY_INFO] = "INFO",
		[SEVERITY_WARNING] = "WARNING",
		[SEVERITY_ERROR] = "ERROR",
		[SEVERITY_CRITICAL] = "CRITICAL",
	};

	return words[severity];
}

const char *notice_shout(const struct notice *n)
{
	switch (n->kind) {
	case NOTICE_ACKNOWLEDGED:
		return "ACKNOWLEDGED";
	case NOTICE_TEST:
		return "TEST";
	case NOTICE_DIGEST:
		return "DIGEST";
	default:
		return notice_is_over(n) ? "RESOLVED" : shout(n->severity);
	}
}

static bool is_blank(const char *text)
{
	return !text[strspn(text, " ")];
}

/* No service takes a message without a text. */
static const char *title_of(const struct notice *n)
{
	if (!is_blank(n->title))
		return n->title;
	return is_blank(n->rule) ? notice_kind_name(n->kind) : n->rule;
}

void say_headline(struct buf *out, const struct notice *n)
{
	static const char *const begins[NOTICE_KIND_N] = {
		[NOTICE_FIRING] = "",
		[NOTICE_TIER] = "",
		[NOTICE_REMINDER] = "Still firing: ",
		[NOTICE_ESCALATED] = "Not acknowledged: ",
		[NOTICE_RESOLVED] = "Resolved: ",
		[NOTICE_FLAPPING] = "Flapping: ",
		[NOTICE_SETTLED] = "Settled, ",
		[NOTICE_EVENT] = "",
		[NOTICE_ACKNOWLEDGED] = "Acknowledged: ",
		[NOTICE_TEST] = "Test: ",
		[NOTICE_DIGEST] = "",
	};

	if (n->kind == NOTICE_TIER)
		buf_printf(out, "Now %s: ", severity_name(n->severity));
	buf_puts(out, begins[n->kind]);
	if (n->kind == NOTICE_SETTLED)
		buf_puts(out, n->is_firing ? "still firing: " : "resolved: ");
	buf_puts(out, title_of(n));
}

void say_shouted(struct buf *out, const struct notice *n)
{
	struct notice plain = *n;

	if (n->kind == NOTICE_RESOLVED || n->kind == NOTICE_TEST ||
	    n->kind == NOTICE_ACKNOWLEDGED)
		plain.kind = NOTICE_EVENT;
	say_headline(out, &plain);
}

void say_and_more(struct buf *out, size_t more)
{
	buf_printf(out, "and %zu more", more);
}

void say_together(struct buf *out, const struct telling *t)
{
	size_t over = 0, firing[SEVERITY_N] = { 0 };
	const char *between = ": ";

	if (t->n == 1) {
		say_headline(out, &t->notices[0]);
		return;
	}
	for (size_t i = 0; i < t->n; i++) {
		if (notice_is_over(&t->notices[i]))
			over++;
		else
			firing[t->notices[i].severity]++;
	}
	buf_printf(out, "%zu alert%s", t->n, t->n == 1 ? "" : "s");
	for (size_t s = SEVERITY_N; s-- > 0;) {
		if (!firing[s])
			continue;
		buf_printf(out, "%s%zu %s", between, firing[s],
			   severity_name((enum severity)s));
		between = ", ";
	}
	if (over)
		buf_printf(out, "%s%zu resolved", between, over);
}

/* ---- facts ------------------------------------------------------------ */

struct facts {
	struct telling *t;
	struct notice_fact *row;
	size_t n;
};

static void add(struct facts *f, enum fact_weight weight, const char *name,
		const char *key, const char *value)
{
	if (*value)
		f->row[f->n++] =
			(struct notice_fact){ name, key, value, weight };
}

static const char *length(struct telling *t, uint64_t ns)
{
	struct buf text;

	buf_init(&text, NOTICE_NAME_MAX);
	unit_human_duration(&text, ns);
	return tell_keep(t, &text);
}

static const char *all_tags(struct telling *t, const struct notice *n)
{
	struct buf text;

	buf_init(&text, NOTICE_TAGS_MAX * (NOTICE_NAME_MAX + 2));
	for (size_t i = 0; i < n->n_tags; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", n->tags[i]);
	return tell_keep(t, &text);
}

static void add_times(struct facts *f, const struct notice *n)
{
	/* what is bad is down; what is not good yet only lasted */
	const char *name =
		n->severity >= SEVERITY_ERROR ? "Down for" : "Lasted";

	if (n->since_at_ns && n->since_at_ns != n->at_ns)
		add(f, FACT_BRIEF, "Since", "since",
		    tell_time(f->t, n->since_at_ns));
	if (n->lasted_ns)
		add(f, FACT_ALWAYS, name, "lasted", length(f->t, n->lasted_ns));
	else if (!notice_is_over(n) && n->since_at_ns &&
		 n->at_ns > n->since_at_ns)
		add(f, FACT_ALWAYS, "For", "for",
		    length(f->t, n->at_ns - n->since_at_ns));
}

/* Of a digest, only what it is about. */
static void add_scope(struct facts *f, const struct notice *n)
{
	add(f, FACT_BRIEF, "From", "since", tell_time(f->t, n->since_at_ns));
	add(f, FACT_BRIEF, "Environment", "environment", n->environment);
	add(f, FACT_FULL, "Scenario", "scenario", n->scenario);
}

size_t notice_facts(struct telling *t, const struct notice *n,
		    struct notice_fact facts[TELL_FACTS_MAX])
{
	struct facts f = { t, facts, 0 };

	if (n->kind == NOTICE_DIGEST) {
		add_scope(&f, n);
		return f.n;
	}
	add(&f, FACT_ALWAYS, "Value", "value", n->value);
	add(&f, FACT_ALWAYS, "Threshold", "threshold", n->threshold);
	add_times(&f, n);
	add(&f, FACT_BRIEF, "Environment", "environment", n->environment);
	add(&f, FACT_BRIEF, "Seen from", "vantage", n->vantage);
	add(&f, FACT_BRIEF, "Target", "url", n->url);
	add(&f, FACT_BRIEF, "Request id", "request_id", n->request_id);
	add(&f, FACT_BRIEF, "Silences", "silenced", n->silenced);
	add(&f, FACT_FULL, "Severity", "severity", severity_name(n->severity));
	add(&f, FACT_FULL, "Check", "check", n->check);
	add(&f, FACT_FULL, "Rule", "rule", n->rule);
	add(&f, FACT_FULL, "Tags", "tags", all_tags(t, n));
	add(&f, FACT_FULL, "Scenario", "scenario", n->scenario);
	return f.n;
}

void say_line(struct buf *out, const struct notice_line *line)
{
	stamp_print_s(out, (int64_t)(line->at_ns / UNIT_NS_PER_S));
	buf_printf(out, " %s %s",
		   line->kind == NOTICE_RESOLVED
			   ? "resolved"
			   : severity_name(line->severity),
		   line->title);
	if (*line->message)
		buf_printf(out, ": %s", line->message);
	if (line->lasted_ns) {
		buf_puts(out, " (");
		unit_human_duration(out, line->lasted_ns);
		buf_putc(out, ')');
	}
}

void say_body(struct buf *out, struct telling *t, const struct notice *n,
	      size_t max, enum fact_weight most)
{
	struct notice_fact facts[TELL_FACTS_MAX];
	size_t n_facts = notice_facts(t, n, facts);
	size_t begin = out->len;
	const char *between;

	text_cut(out, n->message, strlen(n->message), max);
	for (size_t i = 0; i < n->n_lines; i++) {
		buf_puts(out, out->len > begin ? "\n" : "");
		say_line(out, &n->lines[i]);
	}
	/* an empty line would look like the end of one among many */
	between = out->len == begin ? "" : most == FACT_ALWAYS ? "\n" : "\n\n";
	for (size_t i = 0; i < n_facts; i++) {
		if (facts[i].weight > most)
			continue;
		buf_printf(out, "%s%s: %s", between, facts[i].name,
			   facts[i].value);
		between = "\n";
	}
}

/* ---- lengths ---------------------------------------------------------- */

enum { BEYOND_ONE_UNIT = 0x10000 };

size_t utf16_units(const char *text, size_t len)
{
	size_t units = 0;
	uint32_t code;

	for (size_t i = 0; i < len;) {
		size_t n = text_utf8_next(text + i, len - i, &code);

		units += n && code >= BEYOND_ONE_UNIT ? 2 : 1;
		i += n ? n : 1;
	}
	return units;
}

size_t utf16_units_at(const char *text, size_t len, size_t max_units)
{
	size_t at = 0;
	uint32_t code;

	while (at < len) {
		size_t n = text_utf8_next(text + at, len - at, &code);
		size_t units = n && code >= BEYOND_ONE_UNIT ? 2 : 1;

		if (units > max_units)
			break;
		max_units -= units;
		at += n ? n : 1;
	}
	return at;
}

void say_units(struct buf *out, const char *text, size_t max_units)
{
	size_t len = strlen(text);

	if (utf16_units(text, len) <= max_units) {
		buf_puts(out, text);
	} else if (max_units) {
		buf_add(out, text, utf16_units_at(text, len, max_units - 1));
		buf_puts(out, "\xe2\x80\xa6");
	}
}
