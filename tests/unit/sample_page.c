/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_page.h"

#include <stdio.h>
#include <string.h>

#include "report/alerts/round.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

enum { CHECKS = 3, INCIDENTS = 3, ARENA_MAX = 16 << 20 };
#define NOW UINT64_C(1767312000000000000) /* 2026-01-02T00:00:00Z */

static void fill_day(struct state_bucket *b, size_t i, size_t check)
{
	uint64_t day = UNIT_NS_PER_DAY;

	*b = (struct state_bucket){
		.from_at_ns = NOW - (PAGE_DAYS - 1 - i) * day,
		.length_ns = day,
	};
	if (i < 20) {
		b->not_observed_ns = day;
	} else if (i == 40 && check == 0) {
		b->down_ns = 30 * UNIT_NS_PER_MIN;
		b->degraded_ns = 4 * UNIT_NS_PER_H;
		b->inconclusive_ns = UNIT_NS_PER_H;
		b->not_observed_ns = UNIT_NS_PER_H;
	} else if (i == 60) {
		b->down_ns = UNIT_NS_PER_S; /* can be seen all the same */
	}
	b->up_ns = day - b->down_ns - b->degraded_ns - b->inconclusive_ns -
		   b->not_observed_ns;
}

static void fill_hour(struct state_bucket *b, size_t i)
{
	*b = (struct state_bucket){
		.from_at_ns = NOW - (PAGE_HOURS - 1 - i) * UNIT_NS_PER_H,
		.length_ns = UNIT_NS_PER_H,
		.up_ns = UNIT_NS_PER_H,
	};
	if (i > 10 && i < 15)
		return;
	b->p50_ns = (15 + i % 7 * 3) * UNIT_NS_PER_MS;
	b->p95_ns = b->p50_ns + 9 * UNIT_NS_PER_MS;
	b->n_requests = 20;
	b->n_errors = i % 5 == 0;
}

static const char *said(const char *hostile, const char *text)
{
	return hostile ? hostile : text;
}

static void fill_checks(struct standing *s, const char *hostile)
{
	static const char *const names[CHECKS] = { "ready", "website",
						   "certificate" };

	for (size_t i = 0; i < CHECKS; i++) {
		s[i] = (struct standing){
			.name = said(hostile, names[i]),
			.is_known = true,
			.verdict = i == 0 ? VERDICT_FAILED : VERDICT_OK,
			.severity = SEVERITY_CRITICAL,
			.since_at_ns = NOW - 2 * UNIT_NS_PER_H,
			.ended_at_ns = NOW - UNIT_NS_PER_MIN,
			.total_ns = 42 * UNIT_NS_PER_MS,
		};
		snprintf(s[i].target, sizeof(s[i].target), "%s",
			 said(hostile, "https://api.example.org"));
		if (i == 0)
			snprintf(s[i].message, sizeof(s[i].message), "%s",
				 said(hostile, "status 503, expected 200"));
	}
	s[2].cert_expires_s = (int64_t)(NOW / UNIT_NS_PER_S) + 86400 * 13;
}

static void fill_incidents(struct page_incident *in, const char *hostile)
{
	for (size_t i = 0; i < INCIDENTS; i++)
		in[i] = (struct page_incident){
			.rule = said(hostile, "down"),
			.check = said(hostile, i == 1 ? "" : "ready"),
			.severity = said(hostile, "critical"),
			.message = said(hostile, "3 failures in a row"),
			.from_at_ns = NOW - (i * 50 + 2) * UNIT_NS_PER_H,
			.until_at_ns =
				i ? NOW - (i * 50 + 1) * UNIT_NS_PER_H : 0,
		};
}

static bool fill_past(struct sample_page *sp, const char *hostile)
{
	struct page_check *c = arena_alloc(sp->arena, CHECKS, sizeof(*c));
	struct page_incident *in =
		arena_alloc(sp->arena, INCIDENTS, sizeof(*in));

	if (!c || !in)
		return false;
	for (size_t i = 0; i < CHECKS; i++) {
		struct state_bucket *days =
			arena_alloc(sp->arena, PAGE_DAYS, sizeof(*days));
		struct state_bucket *hours =
			arena_alloc(sp->arena, PAGE_HOURS, sizeof(*hours));
		if (!days || !hours)
			return false;
		for (size_t k = 0; k < PAGE_DAYS; k++)
			fill_day(&days[k], k, i);
		for (size_t k = 0; k < PAGE_HOURS; k++)
			fill_hour(&hours[k], k);
		c[i] = (struct page_check){
			.name = sp->published.checks[i].name,
			.n_days = PAGE_DAYS,
			.days = days,
			.n_hours = PAGE_HOURS,
			.hours = hours,
		};
	}
	fill_incidents(in, hostile);
	sp->past = (struct page_past){
		.n_checks = CHECKS,
		.checks = c,
		.n_incidents = INCIDENTS,
		.incidents = in,
		.has_more = true,
	};
	return true;
}

bool sample_page_make(struct sample_page *sp, const char *hostile)
{
	*sp = (struct sample_page){ .arena = arena_new(ARENA_MAX) };
	struct standing *s =
		sp->arena ? arena_alloc(sp->arena, CHECKS, sizeof(*s)) : NULL;
	struct alert_standing *al =
		sp->arena ? arena_alloc(sp->arena, 1, sizeof(*al)) : NULL;

	if (!s || !al)
		return false;
	fill_checks(s, hostile);
	*al = (struct alert_standing){
		.rule = said(hostile, "down"),
		.check = said(hostile, "ready"),
		.phase = ALERT_FIRING,
		.severity = SEVERITY_CRITICAL,
		.since_at_ns = NOW - 2 * UNIT_NS_PER_H,
		.message = said(hostile, "3 failures in a row"),
		.silenced_by = said(hostile, ""),
		.acknowledged_by = said(hostile, "ana"),
	};
	sp->published = (struct published){
		.name = said(hostile, "Clicky"),
		.environment = said(hostile, "production"),
		.version = said(hostile, "assay 0.1.0"),
		.now_at_ns = NOW,
		.n = CHECKS,
		.checks = s,
		.n_alerts = 1,
		.alerts = al,
	};
	return fill_past(sp, hostile);
}

void sample_page_release(struct sample_page *sp)
{
	arena_free(sp->arena);
	*sp = (struct sample_page){ 0 };
}
