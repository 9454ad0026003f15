/* SPDX-License-Identifier: MIT */
#include "report/render/against/against_say.h"
#include "report/render/facts.h"
#include "report/render/junit_parts.h"
#include "scenarios/base/buf.h"

static const struct {
	enum junit_kind kind;
	const char *type;
} kinds[AGAINST_VERDICT_N] = {
	[AGAINST_NOT_WORSE] = { JUNIT_PASSED, "" },
	[AGAINST_UNDECIDED] = { JUNIT_SKIPPED, "not-decided" },
	[AGAINST_WORSE] = { JUNIT_FAILURE, "worse" },
	[AGAINST_INVALID] = { JUNIT_ERROR, "invalid" },
};

/* When the instrument was the limit, no metric says anything. */
static enum against_verdict verdict_of(const struct against_result *ag,
				       const struct against_metric *m)
{
	return ag->verdict == AGAINST_INVALID ? AGAINST_INVALID : m->verdict;
}

void junit_tally_against(struct junit_tally *t, const struct run_result *run)
{
	const struct against_result *ag = run->against;

	for (size_t i = 0; ag && i < ag->n_metrics; i++)
		t->n[kinds[verdict_of(ag, &ag->metrics[i])].kind]++;
}

static void put_notes(struct buf *out, const struct against_result *ag)
{
	struct buf shown;

	buf_init(&shown, JUNIT_PIECE_MAX);
	for (size_t i = 0; i < ag->n_notes && i < FACT_ROWS_MAX; i++) {
		buf_reset(&shown);
		say_text(&shown, ag->notes[i].text, FACT_MESSAGE_MAX);
		buf_putc(&shown, '\n');
		junit_content(out, buf_text(&shown));
	}
	buf_release(&shown);
}

static void put_case(struct buf *out, const struct against_result *ag,
		     const struct against_metric *m)
{
	enum against_verdict v = verdict_of(ag, m);
	const char *element = junit_elements[kinds[v].kind];

	buf_puts(out, "    <testcase");
	junit_attribute(out, "classname", *m->load ? m->load : "load");
	junit_attribute(out, "name", *m->name ? m->name : "metric");
	junit_seconds(out, 0);
	buf_puts(out, ">\n");
	if (element) {
		buf_printf(out, "      <%s", element);
		junit_attribute(out, "message", m->message);
		junit_attribute(out, "type", kinds[v].type);
		buf_puts(out, "/>\n");
	}
	buf_puts(out, "      <system-out>\n");
	for (size_t k = 0; k < AGAINST_CELLS; k++) {
		struct buf said;

		buf_init(&said, JUNIT_PIECE_MAX);
		buf_printf(&said, "%s: ", against_heads[k]);
		say_against_cell(&said, m, k);
		buf_putc(&said, '\n');
		junit_content(out, buf_text(&said));
		buf_release(&said);
	}
	put_notes(out, ag);
	buf_puts(out, "      </system-out>\n    </testcase>\n");
}

void junit_against(struct buf *out, const struct run_result *run, size_t id)
{
	const struct against_result *ag = run->against;
	struct junit_tally t = { .total_ns = 0 };
	struct buf name;

	if (!ag)
		return;
	junit_tally_against(&t, run);
	buf_init(&name, JUNIT_PIECE_MAX);
	say_text(&name, *run->name ? run->name : "assay", FACT_NAME_MAX);
	buf_puts(&name, ", against a stored run");
	junit_suite_begin(out, buf_text(&name), &t, run->started_at_ns, run,
			  id);
	buf_release(&name);
	buf_puts(out, "    <properties>\n");
	junit_row(out, "verdict", against_verdict_name(ag->verdict));
	junit_row(out, "against", ag->file);
	junit_row(out, "message", ag->message);
	buf_puts(out, "    </properties>\n");
	for (size_t i = 0; i < ag->n_metrics; i++)
		put_case(out, ag, &ag->metrics[i]);
	buf_puts(out, "  </testsuite>\n");
}
