/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "report/render/facts.h"
#include "report/render/junit_parts.h"
#include "report/render/load/load_lines.h"
#include "report/render/load/load_say.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

static const struct {
	enum junit_kind kind;
	const char *type; /* of the failure */
} points[POINT_KIND_N] = {
	[POINT_OK] = { JUNIT_PASSED, "" },
	[POINT_FAILED] = { JUNIT_FAILURE, "limit" },
	[POINT_UNSEEN] = { JUNIT_SKIPPED, "not-observed" },
	[POINT_INVALID] = { JUNIT_ERROR, "invalid" },
};

void junit_tally_load(struct junit_tally *t, const struct load_result *load)
{
	for (size_t i = 0; i < load_points(load); i++)
		t->n[points[load_point_get(load, i).kind].kind]++;
}

static void put_pair(struct buf *out, const char *key, const char *text)
{
	struct buf shown;

	if (!*text)
		return;
	buf_init(&shown, JUNIT_PIECE_MAX);
	buf_printf(&shown, "%s: ", key);
	say_text(&shown, text, FACT_MESSAGE_MAX);
	buf_putc(&shown, '\n');
	junit_content(out, buf_text(&shown));
	buf_release(&shown);
}

static void put_evidence(struct buf *out, const struct load_result *load,
			 const struct limit_result *limit)
{
	put_pair(out, "limit", limit->text);
	put_pair(out, "seen", *limit->seen ? limit->seen : "nothing");
	put_pair(out, "interval", limit->interval);
	put_pair(out, "verdict", limit_word(limit));
	buf_printf(out, "samples: %" PRIu64 "\n", limit->samples);
	if (limit_is_of_end(load, limit)) {
		buf_puts(out, "judged at the end\n");
	} else if (limit->crossed_at_ns) {
		buf_puts(out, "crossed at: ");
		unit_human_duration(out, limit->crossed_at_ns);
		buf_putc(out, '\n');
	}
	put_pair(out, "note", limit->note);
	if (limit->built_in)
		buf_puts(out, "built in\n");
	if (limit->aborted)
		buf_puts(out, "ended the load\n");
}

static void put_doubts(struct buf *out, const struct load_result *load)
{
	for (size_t i = 0; i < load->instrument.n_doubts && i < FACT_ROWS_MAX;
	     i++) {
		put_pair(out, "doubt", load->instrument.doubts[i].what);
		put_pair(out, "remedy", load->instrument.doubts[i].remedy);
	}
}

static void put_outcome(struct buf *out, const struct load_result *load,
			const struct load_point *p)
{
	const char *element = junit_elements[points[p->kind].kind];
	struct buf said;

	if (!element)
		return;
	buf_init(&said, JUNIT_PIECE_MAX);
	say_point(&said, load, p);
	buf_printf(out, "      <%s", element);
	junit_attribute(out, "message", buf_text(&said));
	junit_attribute(out, "type", points[p->kind].type);
	buf_puts(out, ">\n");
	buf_release(&said);
	if (p->limit)
		put_evidence(out, load, p->limit);
	else
		put_doubts(out, load);
	buf_printf(out, "      </%s>\n", element);
}

/* All that was seen stands with the measurement. */
static void put_system_out(struct buf *out, const struct load_result *load)
{
	struct junit_lines body = junit_lines(out, 0);

	buf_puts(out, "      <system-out>\n");
	junit_property(out, "verdict", run_verdict_name(load->verdict));
	load_lines(&body.lines, load);
	buf_puts(out, "      </system-out>\n");
}

static void put_case(struct buf *out, const struct load_result *load,
		     const struct load_point *p)
{
	struct buf name;

	buf_init(&name, JUNIT_PIECE_MAX);
	say_point_name(&name, p);
	buf_puts(out, "    <testcase");
	/* neither may be empty */
	junit_attribute(out, "classname", *load->name ? load->name : "load");
	junit_attribute(out, "name", name.len ? buf_text(&name) : "limit");
	junit_seconds(out, p->limit ? 0 : load->total_ns);
	buf_puts(out, ">\n");
	buf_release(&name);
	put_outcome(out, load, p);
	if (!p->limit)
		put_system_out(out, load);
	buf_puts(out, "    </testcase>\n");
}

static void put_properties(struct buf *out, const struct load_result *load)
{
	struct buf plan;

	buf_init(&plan, JUNIT_PIECE_MAX);
	say_plan(&plan, load);
	buf_puts(out, "    <properties>\n");
	junit_row(out, "verdict", run_verdict_name(load->verdict));
	junit_row(out, "plan", buf_text(&plan));
	junit_row(out, "target", load->target);
	junit_row(out, "ended", load->ended);
	buf_puts(out, "    </properties>\n");
	buf_release(&plan);
}

void junit_load(struct buf *out, const struct run_result *run,
		const struct load_result *load, size_t id)
{
	struct junit_tally t = { .total_ns = load->total_ns };
	struct buf name;

	junit_tally_load(&t, load);
	buf_init(&name, JUNIT_PIECE_MAX);
	say_text(&name, *run->name ? run->name : "assay", FACT_NAME_MAX);
	buf_puts(&name, ", load ");
	say_text(&name, load->name, FACT_NAME_MAX);
	junit_suite_begin(out, buf_text(&name), &t, load->started_at_ns, run,
			  id);
	buf_release(&name);
	put_properties(out, load);
	for (size_t i = 0; i < load_points(load); i++) {
		struct load_point p = load_point_get(load, i);

		put_case(out, load, &p);
	}
	buf_puts(out, "  </testsuite>\n");
}
