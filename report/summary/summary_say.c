/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/page/page.h"
#include "report/result/stamp.h"
#include "report/summary/summary.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

static double days_of(const struct summary *s)
{
	return (double)s->since_ns / (double)UNIT_NS_PER_DAY;
}

/* ---- JSON --------------------------------------------------------------- */

void summary_json(const struct summary *s, struct buf *out)
{
	buf_puts(out, "{\n  \"period\": {\n    \"start\": \"");
	stamp_print_ns(out, s->from_at_ns, 0);
	buf_puts(out, "\",\n    \"end\": \"");
	stamp_print_ns(out, s->until_at_ns, 0);
	buf_puts(out, "\",\n    \"days\": ");
	unit_print_number(out, days_of(s));
	buf_puts(out, "\n  },\n  \"metrics\": {");
	for (size_t i = 0; i < SUMMARY_METRICS_N; i++) {
		buf_printf(out, "%s\n    \"%s\": ", i ? "," : "",
			   summary_metric_names[i]);
		if (isfinite(s->metrics[i]))
			unit_print_number(out, s->metrics[i]);
		else
			buf_puts(out, "null");
	}
	buf_puts(out, "\n  }\n}\n");
}

/* ---- text --------------------------------------------------------------- */

static void word(struct buf *out, const char *text)
{
	text_printable(out, text, strlen(text));
}

/* "99.93 %"; what is not all of it is never shown as all. */
static void share(struct buf *out, double part)
{
	double percent = part * 100;

	if (!isfinite(part))
		buf_puts(out, "unknown");
	else if (part < 1 && percent > 99.99)
		buf_puts(out, "99.99 %");
	else if (part > 0 && percent < 0.01)
		buf_puts(out, "0.01 %");
	else
		buf_printf(out, "%.2f %%", percent);
}

static void say_times(struct buf *out, const struct summary_times *t)
{
	const struct {
		const char *name;
		uint64_t ns;
	} rows[] = {
		{ "up", t->up_ns },
		{ "degraded", t->degraded_ns },
		{ "down", t->down_ns },
		{ "inconclusive", t->inconclusive_ns },
		{ "not observed", t->not_observed_ns },
	};
	double all = 0;
	bool is_next = false;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		all += (double)rows[i].ns;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!rows[i].ns)
			continue;
		buf_printf(out, "%s%s ", is_next ? ", " : "", rows[i].name);
		share(out, (double)rows[i].ns / all);
		is_next = true;
	}
}

static void say_check(struct buf *out, const struct summary_check *c,
		      bool is_of_files)
{
	buf_puts(out, "  ");
	word(out, c->name);
	buf_puts(out, ": ");
	if (c->n_checks && !is_of_files) {
		share(out, summary_availability(&c->times));
		buf_puts(out, " available; ");
	}
	say_times(out, &c->times);
	buf_printf(out, "%s%" PRIu64 " run%s, %" PRIu64 " failed\n",
		   is_of_files ? "" : "; ", c->n_checks,
		   c->n_checks == 1 ? "" : "s", c->n_failed);
}

static void say_slowest(const struct summary *s, struct buf *out)
{
	bool is_first = true;
	uint64_t below = UINT64_MAX;

	for (size_t told = 0; told < SUMMARY_SLOWEST;) {
		uint64_t next = 0;

		for (size_t i = 0; i < s->n_checks; i++)
			if (s->checks[i].p95_ns < below &&
			    s->checks[i].p95_ns > next)
				next = s->checks[i].p95_ns;
		if (!next)
			break;
		if (is_first)
			buf_puts(out, "\nslowest (p95 of the requests)\n");
		is_first = false;
		for (size_t i = 0; i < s->n_checks; i++) {
			const struct summary_check *c = &s->checks[i];

			if (c->p95_ns != next || told == SUMMARY_SLOWEST)
				continue;
			told++;
			buf_puts(out, "  ");
			word(out, c->name);
			buf_puts(out, ": ");
			unit_human_duration(out, c->p95_ns);
			buf_puts(out, "; median ");
			unit_human_duration(out, c->p50_ns);
			buf_puts(out, ", longest ");
			unit_human_duration(out, c->max_ns);
			buf_printf(out, "; %" PRIu64 " request%s\n",
				   c->n_requests,
				   c->n_requests == 1 ? "" : "s");
		}
		below = next;
	}
}

static void say_incident(struct buf *out, const struct page_incident *in)
{
	buf_puts(out, "  ");
	stamp_print_ns(out, in->from_at_ns, 0);
	buf_puts(out, "  ");
	word(out, in->check[0] ? in->check : in->rule);
	buf_puts(out, " (");
	word(out, in->severity);
	buf_puts(out, "), ");
	if (in->until_at_ns)
		unit_human_duration(out, in->until_at_ns - in->from_at_ns);
	else
		buf_puts(out, "goes on");
	buf_puts(out, ": ");
	word(out, in->message);
	buf_putc(out, '\n');
}

static void say_incidents(const struct summary *s, struct buf *out)
{
	size_t n = s->n_incidents < SUMMARY_INCIDENTS ? s->n_incidents
						      : SUMMARY_INCIDENTS;

	if (!s->n_incidents) {
		buf_puts(out, "\nno incidents\n");
		return;
	}
	buf_printf(out, "\nincidents: %zu\n", s->n_incidents);
	for (size_t i = 0; i < n; i++)
		say_incident(out, &s->incidents[i]);
	if (n < s->n_incidents)
		buf_printf(out, "  and %zu older ones\n", s->n_incidents - n);
}

static void say_metrics(const struct summary *s, struct buf *out)
{
	buf_puts(out, "\nmetrics\n");
	for (size_t i = 0; i < SUMMARY_METRICS_N; i++) {
		if (!isfinite(s->metrics[i]))
			continue;
		buf_printf(out, "  %s: ", summary_metric_names[i]);
		if (i == SUMMARY_AVERAGE_RESPONSE_TIME)
			unit_human_duration(out,
					    (uint64_t)(s->metrics[i] *
						       (double)UNIT_NS_PER_S));
		else if (i == SUMMARY_ERROR_RATE || i == SUMMARY_CACHE_HIT_RATE)
			share(out, s->metrics[i]);
		else
			buf_printf(out, "%.15g", s->metrics[i]);
		buf_putc(out, '\n');
	}
}

static void say_availability(const struct summary *s, struct buf *out)
{
	buf_puts(out, "availability: ");
	share(out, summary_availability(&s->times));
	buf_puts(out, " of what was observed; ");
	say_times(out, &s->times);
	buf_putc(out, '\n');
}

static void say_files(const struct summary *s, struct buf *out)
{
	buf_printf(out, "%zu result%s", s->n_files, s->n_files == 1 ? "" : "s");
	if (s->n_outside)
		buf_printf(out, ", %zu more outside of this time",
			   s->n_outside);
	if (s->n_again)
		buf_printf(out, ", %zu more of %s that %s counted already",
			   s->n_again, s->n_again == 1 ? "a run" : "runs",
			   s->n_again == 1 ? "is" : "are");
	if (s->n_invalid)
		buf_printf(out,
			   ", %zu load%s left out, as the instrument was the "
			   "limit",
			   s->n_invalid, s->n_invalid == 1 ? "" : "s");
	buf_puts(out, "; they tell of moments, so that availability and "
		      "incidents need a state file\n");
}

void summary_text(const struct summary *s, struct buf *out)
{
	word(out, s->name);
	buf_puts(out, ", ");
	stamp_print_ns(out, s->from_at_ns, 0);
	buf_puts(out, " to ");
	stamp_print_ns(out, s->until_at_ns, 0);
	buf_puts(out, "\n\n");
	if (s->is_of_files)
		say_files(s, out);
	else
		say_availability(s, out);
	for (size_t i = 0; i < s->n_checks; i++)
		say_check(out, &s->checks[i], s->is_of_files);
	if (!s->is_of_files)
		say_incidents(s, out);
	say_slowest(s, out);
	say_metrics(s, out);
}
