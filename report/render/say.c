/* SPDX-License-Identifier: MIT */
#include "report/render/facts.h"

#include <inttypes.h>
#include <string.h>

#include "report/against/against_result.h"
#include "report/render/gate/gate_say.h"
#include "report/result/load_result.h"
#include "report/result/stamp.h"
#include "report/result/verdict.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

bool say_text(struct buf *out, const char *text, size_t max_bytes)
{
	struct buf cut;
	bool ok;

	buf_init(&cut, max_bytes);
	text_cut(&cut, text, strlen(text), max_bytes);
	ok = !cut.failed && text_printable(out, buf_text(&cut), cut.len);
	buf_release(&cut);
	return ok;
}

bool say_count(struct buf *out, uint64_t n, const char *noun)
{
	return buf_printf(out, "%" PRIu64 " %s%s", n, noun, n == 1 ? "" : "s");
}

bool say_phases(struct buf *out, const struct phases *ph)
{
	const char *between = "";

	for (size_t p = 0; p < PHASE_N; p++) {
		if (!ph->ns[p])
			continue;
		buf_printf(out, "%s%s ", between, phase_name((enum phase)p));
		unit_human_duration(out, ph->ns[p]);
		between = " \xc2\xb7 ";
	}
	return buf_ok(out);
}

bool say_spot(struct buf *out, const struct spot *at)
{
	if (!*at->file)
		return true;
	say_text(out, at->file, FACT_URL_MAX);
	if (at->line)
		buf_printf(out, ":%" PRIu64 ":%" PRIu64, at->line, at->col);
	return buf_ok(out);
}

bool say_time(struct buf *out, uint64_t at_ns)
{
	stamp_print_s(out, (int64_t)(at_ns / UNIT_NS_PER_S));
	return buf_ok(out);
}

bool say_expires(struct buf *out, int64_t days)
{
	/* Days are rounded down: -1 is less than a day ago. */
	uint64_t whole = days < 0 ? (uint64_t)(-(days + 1)) : (uint64_t)days;

	if (!whole)
		return buf_puts(out,
				days < 0 ? "expired today" : "expires today");
	buf_puts(out, days < 0 ? "expired " : "expires in ");
	say_count(out, whole, "day");
	return buf_puts(out, days < 0 ? " ago" : "");
}

struct named {
	uint64_t count;
	const char *word;
};

/* "7 checks: 5 ok, 2 failed" */
static void say_kinds(struct buf *out, uint64_t n, const char *noun,
		      const struct named *rows, size_t n_rows)
{
	const char *between = ": ";

	say_count(out, n, noun);
	for (size_t i = 0; i < n_rows; i++) {
		if (!rows[i].count)
			continue;
		buf_printf(out, "%s%" PRIu64 " %s", between, rows[i].count,
			   rows[i].word);
		between = ", ";
	}
}

static void say_checks(struct buf *out, const struct counts *n)
{
	const struct named rows[] = {
		{ n->ok, "ok" },	   { n->flaky, "flaky" },
		{ n->failed, "failed" },   { n->starting, "starting" },
		{ n->skipped, "skipped" }, { n->not_observed, "not observed" },
	};

	say_kinds(out, n->checks, "check", rows, sizeof(rows) / sizeof(*rows));
}

uint64_t count_loads(const struct run_result *run, enum run_verdict verdict)
{
	uint64_t n = 0;

	for (size_t i = 0; i < run->n_loads; i++)
		n += run->loads[i].verdict == verdict;
	return n;
}

static void say_loads(struct buf *out, const struct run_result *run)
{
	struct named rows[RUN_VERDICT_N];

	for (size_t i = 0; i < RUN_VERDICT_N; i++)
		rows[i] =
			(struct named){ count_loads(run, (enum run_verdict)i),
					run_verdict_name((enum run_verdict)i) };
	say_kinds(out, run->n_loads, "load", rows, RUN_VERDICT_N);
}

bool say_counts(struct buf *out, const struct run_result *run)
{
	size_t len = out->len;

	if (run->n_checks || (!run->n_loads && !run->gate))
		say_checks(out, &run->counts);
	if (run->n_loads) {
		buf_puts(out, out->len > len ? "; " : "");
		say_loads(out, run);
	}
	if (run->gate)
		buf_printf(out, "%s1 gate: %s", out->len > len ? "; " : "",
			   gate_word(run->gate));
	if (run->total_ns) {
		buf_puts(out, " in ");
		unit_human_duration(out, run->total_ns);
	}
	return buf_ok(out);
}

static bool gate_is(const struct run_result *run, enum gate_verdict v)
{
	return run->gate && !*run->gate->invalid_why && run->gate->verdict == v;
}

static bool is_against(const struct run_result *run, enum against_verdict v)
{
	return run->against && run->against->verdict == v;
}

static const char *why_inconclusive(const struct run_result *run)
{
	if (is_against(run, AGAINST_UNDECIDED))
		return "whether it is worse was not decided";
	if (!run->counts.checks && !run->n_loads && !run->gate)
		return "nothing was asked";
	if (run->counts.not_observed || count_loads(run, RUN_INCONCLUSIVE))
		return "not everything was observed";
	if (run->counts.starting)
		return "a service is still starting";
	return gate_is(run, GATE_INCONCLUSIVE)
		       ? "whether the candidate is worse could not be told"
		       : "nothing was asked";
}

static const char *why_failed(const struct run_result *run)
{
	if (gate_is(run, GATE_REGRESSION))
		return run->counts.failed || count_loads(run, RUN_FAILED)
			       ? "the candidate is worse than the baseline, "
				 "and not all else holds"
			       : "the candidate is worse than the baseline";
	if (is_against(run, AGAINST_WORSE))
		return "it is worse than in the stored run";
	if (!count_loads(run, RUN_FAILED))
		return "a check failed";
	return run->counts.failed ? "a check and a load failed"
				  : "a load failed";
}

static const char *why_invalid(const struct run_result *run)
{
	if (run->broken)
		return "this machine failed, so this says nothing of the "
		       "target";
	if (run->gate && *run->gate->invalid_why)
		return "the measurement failed, so this says nothing of the "
		       "builds";
	return "the instrument was the limit, so this says nothing of the "
	       "target";
}

bool say_verdict(struct buf *out, const struct run_result *run)
{
	const char *why = "everything asked was observed and holds";

	if (run->verdict == RUN_FAILED)
		why = why_failed(run);
	else if (run->verdict == RUN_INCONCLUSIVE)
		why = why_inconclusive(run);
	else if (run->verdict == RUN_INVALID)
		why = why_invalid(run);
	else if (gate_is(run, GATE_INCONCLUSIVE))
		why = "no regression was shown, but the gate is INCONCLUSIVE: "
		      "one could have been missed";
	return buf_printf(out, "%s: %s (exit code %" PRId64 ")",
			  run_verdict_name(run->verdict), why, run->exit_code);
}

bool say_title(struct buf *out, const struct run_result *run)
{
	say_text(out, *run->name ? run->name : "assay", FACT_NAME_MAX);
	if (*run->environment) {
		buf_puts(out, ", environment ");
		say_text(out, run->environment, FACT_NAME_MAX);
	}
	if (*run->vantage) {
		buf_puts(out, ", seen from ");
		say_text(out, run->vantage, FACT_NAME_MAX);
	}
	return buf_ok(out);
}

bool say_begun(struct buf *out, const struct run_result *run,
	       uint64_t now_at_ns)
{
	buf_puts(out, "begun ");
	say_time(out, run->started_at_ns);
	if (now_at_ns > run->started_at_ns) {
		buf_puts(out, ", ");
		unit_human_duration(out, now_at_ns - run->started_at_ns);
		buf_puts(out, " ago");
	}
	return buf_ok(out);
}

const char *check_sentence(const struct check_result *check)
{
	return *check->message ? check->message
			       : outcome_sentence(check->outcome);
}

bool check_needs_look(const struct check_result *check)
{
	return check->verdict != VERDICT_OK &&
	       check->verdict != VERDICT_SKIPPED;
}

bool check_machine_failed(const struct check_result *check)
{
	return check->verdict == VERDICT_NOT_OBSERVED &&
	       outcome_class(check->outcome) == CLASS_LOCAL;
}

const struct step_result *check_failed_step(const struct check_result *check)
{
	const struct attempt *at = check_deciding(check);
	size_t i = at ? attempt_first_failed(at) : 0;

	return at && i < at->n_steps ? &at->steps[i] : NULL;
}
