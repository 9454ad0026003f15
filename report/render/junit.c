/* SPDX-License-Identifier: MIT */
#include "report/render/render.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/render/against/against_say.h"
#include "report/render/facts.h"
#include "report/render/junit_parts.h"
#include "report/result/load_result.h"
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

/* Collects the lines of one check. */
struct body {
	struct facts facts; /* first, for on_fact() */
	struct buf text;
};

const char *const junit_elements[JUNIT_KIND_N] = {
	[JUNIT_FAILURE] = "failure",
	[JUNIT_ERROR] = "error",
	[JUNIT_SKIPPED] = "skipped",
};

static enum junit_kind check_kind(const struct check_result *check)
{
	switch (check->verdict) {
	case VERDICT_OK:
	case VERDICT_FLAKY:
		return JUNIT_PASSED;
	case VERDICT_FAILED:
		return JUNIT_FAILURE;
	default:
		return check_machine_failed(check) ? JUNIT_ERROR
						   : JUNIT_SKIPPED;
	}
}

static void tally_run(struct junit_tally *t, const struct run_result *run)
{
	for (size_t i = 0; i < run->n_checks; i++)
		t->n[check_kind(&run->checks[i])]++;
	t->total_ns += run->total_ns;
}

static uint64_t tally_all(const struct junit_tally *t)
{
	return t->n[JUNIT_PASSED] + t->n[JUNIT_FAILURE] + t->n[JUNIT_ERROR] +
	       t->n[JUNIT_SKIPPED];
}

void junit_attribute(struct buf *out, const char *name, const char *text)
{
	struct buf shown;

	buf_init(&shown, JUNIT_PIECE_MAX);
	say_text(&shown, text, FACT_MESSAGE_MAX);
	buf_printf(out, " %s=\"", name);
	text_xml_escape(out, buf_text(&shown), shown.len);
	buf_putc(out, '"');
	buf_release(&shown);
}

void junit_seconds(struct buf *out, uint64_t ns)
{
	buf_printf(out, " time=\"%" PRIu64 ".%06" PRIu64 "\"",
		   ns / UNIT_NS_PER_S, ns % UNIT_NS_PER_S / UNIT_NS_PER_US);
}

void junit_content(struct buf *out, const char *text)
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

	buf_init(&body.text, JUNIT_PIECE_MAX);
	facts_check(&body.facts, check);
	junit_content(out, buf_text(&body.text));
	buf_release(&body.text);
}

static void put_outcome(struct buf *out, const struct check_result *check)
{
	enum junit_kind kind = check_kind(check);

	if (kind == JUNIT_PASSED)
		return;
	buf_printf(out, "      <%s", junit_elements[kind]);
	junit_attribute(out, "message",
			check->verdict == VERDICT_SKIPPED
				? "its own condition did not ask for it"
				: check_sentence(check));
	junit_attribute(out, "type",
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
	buf_printf(out, "      </%s>\n", junit_elements[kind]);
}

void junit_property(struct buf *out, const char *name, const char *text)
{
	struct buf shown;

	if (!*text)
		return;
	buf_init(&shown, JUNIT_PIECE_MAX);
	say_text(&shown, text, FACT_NAME_MAX);
	/* the value must not end its own bracket */
	for (size_t i = 0; i + 1 < shown.len; i++)
		if (shown.text[i] == ']' && shown.text[i + 1] == ']')
			shown.text[i] = ')';
	buf_printf(out, "[[PROPERTY|%s=", name);
	junit_content(out, buf_text(&shown));
	buf_puts(out, "]]\n");
	buf_release(&shown);
}

static void put_system_out(struct buf *out, const struct check_result *check)
{
	buf_puts(out, "      <system-out>\n");
	junit_property(out, "verdict", verdict_name(check->verdict));
	junit_property(out, "severity", severity_name(check->severity));
	junit_property(out, "tags", check->tags);
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
	junit_attribute(out, "classname", *run->name ? run->name : "assay");
	junit_attribute(out, "name", *check->name ? check->name : "check");
	junit_seconds(out, check->total_ns);
	buf_puts(out, ">\n");
	put_outcome(out, check);
	put_system_out(out, check);
	buf_puts(out, "    </testcase>\n");
}

static void on_line(struct load_lines *lines, enum line_look look,
		    const char *text)
{
	struct buf *out = ((struct junit_lines *)lines)->out;

	(void)look;
	junit_content(out, text);
	buf_putc(out, '\n');
}

struct junit_lines junit_lines(struct buf *out, int verbose)
{
	return (struct junit_lines){
		.lines = { .verbose = verbose,
			   .utf8 = true,
			   .on_line = on_line },
		.out = out,
	};
}

void junit_row(struct buf *out, const char *name, const char *value)
{
	if (!*value)
		return;
	buf_puts(out, "      <property");
	junit_attribute(out, "name", name);
	junit_attribute(out, "value", value);
	buf_puts(out, "/>\n");
}

static void put_properties(struct buf *out, const struct run_result *run)
{
	char code[24];

	snprintf(code, sizeof(code), "%" PRId64, run->exit_code);
	buf_puts(out, "    <properties>\n");
	junit_row(out, "tool", run->tool);
	junit_row(out, "scenario", run->file);
	junit_row(out, "environment", run->environment);
	junit_row(out, "vantage", run->vantage);
	junit_row(out, "verdict", run_verdict_name(run->verdict));
	junit_row(out, "exit_code", code);
	if (run->partial)
		junit_row(out, "partial",
			  *run->partial_why ? run->partial_why : "true");
	if (run->broken)
		junit_row(out, "broken",
			  *run->broken_why ? run->broken_why : "true");
	for (size_t i = 0; i < run->n_checks; i++)
		if (run->checks[i].verdict == VERDICT_FLAKY)
			junit_row(out, "flaky", run->checks[i].name);
	buf_puts(out, "    </properties>\n");
}

static void put_tally(struct buf *out, const struct junit_tally *t)
{
	buf_printf(out,
		   " tests=\"%" PRIu64 "\" failures=\"%" PRIu64
		   "\" errors=\"%" PRIu64 "\"",
		   tally_all(t), t->n[JUNIT_FAILURE], t->n[JUNIT_ERROR]);
}

void junit_suite_begin(struct buf *out, const char *name,
		       const struct junit_tally *t, uint64_t started_at_ns,
		       const struct run_result *run, size_t id)
{
	struct buf text;

	buf_puts(out, "  <testsuite");
	junit_attribute(out, "name", name);
	put_tally(out, t);
	buf_printf(out, " skipped=\"%" PRIu64 "\"", t->n[JUNIT_SKIPPED]);
	junit_seconds(out, t->total_ns);
	buf_init(&text, JUNIT_PIECE_MAX);
	say_time(&text, started_at_ns);
	/* the schemas want no zone; it is UTC */
	if (text.len)
		text.text[text.len - 1] = '\0';
	junit_attribute(out, "timestamp", buf_text(&text));
	buf_release(&text);
	junit_attribute(out, "hostname", *run->host ? run->host : "localhost");
	buf_printf(out, " id=\"%zu\"", id);
	if (*run->file)
		junit_attribute(out, "file", run->file);
	buf_puts(out, ">\n");
}

static void put_suite(struct buf *out, const struct run_result *run, size_t id)
{
	struct junit_tally t = { 0 };

	tally_run(&t, run);
	junit_suite_begin(out, *run->name ? run->name : "assay", &t,
			  run->started_at_ns, run, id);
	put_properties(out, run);
	for (size_t i = 0; i < run->n_checks; i++)
		put_case(out, run, &run->checks[i]);
	buf_puts(out, "  </testsuite>\n");
}

bool render_junit(const struct run_result *const *runs, size_t n,
		  const struct render_options *opt, struct buf *out)
{
	struct junit_tally t = { 0 };
	size_t id = 0;

	(void)opt;
	for (size_t i = 0; i < n; i++) {
		tally_run(&t, runs[i]);
		for (size_t k = 0; k < runs[i]->n_loads; k++)
			junit_tally_load(&t, &runs[i]->loads[k]);
		if (runs[i]->gate)
			junit_tally_gate(&t, runs[i]->gate);
		junit_tally_against(&t, runs[i]);
	}
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<testsuites name=\"assay\"");
	put_tally(out, &t);
	junit_seconds(out, t.total_ns);
	buf_puts(out, ">\n");
	for (size_t i = 0; i < n; i++) {
		put_suite(out, runs[i], id++);
		for (size_t k = 0; k < runs[i]->n_loads; k++)
			junit_load(out, runs[i], &runs[i]->loads[k], id++);
		if (runs[i]->gate)
			junit_gate(out, runs[i], id++);
		if (runs[i]->against)
			junit_against(out, runs[i], id++);
	}
	buf_puts(out, "</testsuites>\n");
	return buf_ok(out);
}
