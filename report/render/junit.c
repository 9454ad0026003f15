/* SPDX-License-Identifier: MIT */
#include "report/render/render.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/result/result.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

/*
 * The elements and attributes are those that the JUnit reader of Jenkins
 * takes (its schema has no properties inside a testcase, so what belongs to
 * one check is told in its system-out, in the [[PROPERTY|name=value]] form
 * that readers of such files know).
 */

#define PIECE_MAX ((size_t)1 << 20) /* bytes of what one check has to say */

enum kind { PASSED, FAILURE, ERROR, SKIPPED, KIND_N };

struct tally {
	uint64_t n[KIND_N];
	uint64_t total_ns;
};

/* Collects the lines of one check. */
struct body {
	struct facts facts; /* first, for on_fact() */
	struct buf text;
};

static enum kind check_kind(const struct check_result *check)
{
	switch (check->verdict) {
	case VERDICT_OK:
	case VERDICT_FLAKY:
		return PASSED;
	case VERDICT_FAILED:
		return FAILURE;
	default:
		return check_machine_failed(check) ? ERROR : SKIPPED;
	}
}

static void tally_run(struct tally *t, const struct run_result *run)
{
	for (size_t i = 0; i < run->n_checks; i++)
		t->n[check_kind(&run->checks[i])]++;
	t->total_ns += run->total_ns;
}

static uint64_t tally_all(const struct tally *t)
{
	return t->n[PASSED] + t->n[FAILURE] + t->n[ERROR] + t->n[SKIPPED];
}

static void put_attribute(struct buf *out, const char *name, const char *text)
{
	struct buf shown;

	buf_init(&shown, PIECE_MAX);
	say_text(&shown, text, FACT_MESSAGE_MAX);
	buf_printf(out, " %s=\"", name);
	text_xml_escape(out, buf_text(&shown), shown.len);
	buf_putc(out, '"');
	buf_release(&shown);
}

/* Seconds with microseconds, and no thousands separator. */
static void put_seconds(struct buf *out, uint64_t ns)
{
	buf_printf(out, " time=\"%" PRIu64 ".%06" PRIu64 "\"",
		   ns / UNIT_NS_PER_S, ns % UNIT_NS_PER_S / UNIT_NS_PER_US);
}

/* Our text as element content.  "[[" asks some readers to attach a file or
 * to set a property, so a target must not be able to say it. */
static void put_content(struct buf *out, const char *text)
{
	const char *hit;

	while ((hit = strstr(text, "[["))) {
		text_xml_escape(out, text, (size_t)(hit - text) + 1);
		buf_putc(out, ' ');
		text = hit + 1;
	}
	text_xml_escape(out, text, strlen(text));
}

static void on_fact(struct facts *facts, enum fact_kind kind, bool bad,
		    const char *text)
{
	struct body *body = (struct body *)facts; /* its first member */

	(void)bad;
	if (kind != FACT_STEP && kind != FACT_ATTEMPT)
		buf_puts(&body->text, "  ");
	buf_puts(&body->text, text);
	buf_putc(&body->text, '\n');
}

static void put_facts(struct buf *out, const struct check_result *check)
{
	struct body body = { .facts = { .on_fact = on_fact } };

	buf_init(&body.text, PIECE_MAX);
	facts_check(&body.facts, check);
	put_content(out, buf_text(&body.text));
	buf_release(&body.text);
}

static void put_outcome(struct buf *out, const struct check_result *check)
{
	static const char *const elements[KIND_N] = {
		[FAILURE] = "failure",
		[ERROR] = "error",
		[SKIPPED] = "skipped",
	};
	enum kind kind = check_kind(check);

	if (kind == PASSED)
		return;
	buf_printf(out, "      <%s", elements[kind]);
	put_attribute(out, "message",
		      check->verdict == VERDICT_SKIPPED
			      ? "its own condition did not ask for it"
			      : check_sentence(check));
	put_attribute(out, "type",
		      check->verdict == VERDICT_STARTING ||
				      check->verdict == VERDICT_SKIPPED
			      ? verdict_name(check->verdict)
			      : outcome_name(check->outcome));
	if (!check->n_attempts || check->verdict == VERDICT_SKIPPED) {
		buf_puts(out, "/>\n");
		return;
	}
	buf_puts(out, ">\n");
	put_facts(out, check);
	buf_printf(out, "      </%s>\n", elements[kind]);
}

static void put_property(struct buf *out, const char *name, const char *text)
{
	struct buf shown;

	if (!*text)
		return;
	buf_init(&shown, PIECE_MAX);
	say_text(&shown, text, FACT_NAME_MAX);
	/* the value must not end its own bracket */
	for (size_t i = 0; i + 1 < shown.len; i++)
		if (shown.text[i] == ']' && shown.text[i + 1] == ']')
			shown.text[i] = ')';
	buf_printf(out, "[[PROPERTY|%s=", name);
	put_content(out, buf_text(&shown));
	buf_puts(out, "]]\n");
	buf_release(&shown);
}

static void put_system_out(struct buf *out, const struct check_result *check)
{
	buf_puts(out, "      <system-out>\n");
	put_property(out, "verdict", verdict_name(check->verdict));
	put_property(out, "severity", severity_name(check->severity));
	put_property(out, "tags", check->tags);
	if (check->verdict == VERDICT_FLAKY) {
		buf_puts(out, "ok, but only after a retry:\n");
		put_facts(out, check);
	}
	buf_puts(out, "      </system-out>\n");
}

static void put_case(struct buf *out, const struct run_result *run,
		     const struct check_result *check)
{
	buf_puts(out, "    <testcase");
	put_attribute(out, "classname", *run->name ? run->name : "assay");
	put_attribute(out, "name", check->name);
	put_seconds(out, check->total_ns);
	buf_puts(out, ">\n");
	put_outcome(out, check);
	put_system_out(out, check);
	buf_puts(out, "    </testcase>\n");
}

static void put_row(struct buf *out, const char *name, const char *value)
{
	if (!*value)
		return;
	buf_puts(out, "      <property");
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	buf_puts(out, "/>\n");
}

static void put_properties(struct buf *out, const struct run_result *run)
{
	char code[24];

	snprintf(code, sizeof(code), "%" PRId64, run->exit_code);
	buf_puts(out, "    <properties>\n");
	put_row(out, "tool", run->tool);
	put_row(out, "scenario", run->file);
	put_row(out, "environment", run->environment);
	put_row(out, "vantage", run->vantage);
	put_row(out, "verdict", run_verdict_name(run->verdict));
	put_row(out, "exit_code", code);
	if (run->partial)
		put_row(out, "partial",
			*run->partial_why ? run->partial_why : "true");
	if (run->broken)
		put_row(out, "broken",
			*run->broken_why ? run->broken_why : "true");
	for (size_t i = 0; i < run->n_checks; i++)
		if (run->checks[i].verdict == VERDICT_FLAKY)
			put_row(out, "flaky", run->checks[i].name);
	buf_puts(out, "    </properties>\n");
}

static void put_tally(struct buf *out, const struct tally *t)
{
	buf_printf(out,
		   " tests=\"%" PRIu64 "\" failures=\"%" PRIu64
		   "\" errors=\"%" PRIu64 "\"",
		   tally_all(t), t->n[FAILURE], t->n[ERROR]);
}

static void put_suite(struct buf *out, const struct run_result *run, size_t id)
{
	struct tally t = { 0 };
	struct buf time;

	tally_run(&t, run);
	buf_puts(out, "  <testsuite");
	put_attribute(out, "name", *run->name ? run->name : "assay");
	put_tally(out, &t);
	buf_printf(out, " skipped=\"%" PRIu64 "\"", t.n[SKIPPED]);
	put_seconds(out, run->total_ns);
	buf_init(&time, PIECE_MAX);
	say_time(&time, run->started_at_ns);
	/* the schemas want no zone; it is UTC */
	if (time.len)
		time.text[time.len - 1] = '\0';
	put_attribute(out, "timestamp", buf_text(&time));
	buf_release(&time);
	put_attribute(out, "hostname", *run->host ? run->host : "localhost");
	buf_printf(out, " id=\"%zu\"", id);
	if (*run->file)
		put_attribute(out, "file", run->file);
	buf_puts(out, ">\n");
	put_properties(out, run);
	for (size_t i = 0; i < run->n_checks; i++)
		put_case(out, run, &run->checks[i]);
	buf_puts(out, "  </testsuite>\n");
}

bool render_junit(const struct run_result *const *runs, size_t n,
		  const struct render_options *opt, struct buf *out)
{
	struct tally t = { 0 };

	(void)opt;
	for (size_t i = 0; i < n; i++)
		tally_run(&t, runs[i]);
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<testsuites name=\"assay\"");
	put_tally(out, &t);
	put_seconds(out, t.total_ns);
	buf_puts(out, ">\n");
	for (size_t i = 0; i < n; i++)
		put_suite(out, runs[i], i);
	buf_puts(out, "</testsuites>\n");
	return buf_ok(out);
}
