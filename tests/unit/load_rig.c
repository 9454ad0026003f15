/* SPDX-License-Identifier: MIT */
#include "tests/unit/load_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"

/* A clock that has run for long before. */
#define RIG_BEGIN_NS (100000 * S)

static void rig_limits(struct rig *r, const char *text)
{
	const struct rule *rules;
	size_t n;

	if (!*text)
		return;
	if (!rules_parse(r->a, text, strlen(text), NOWHERE, &rules, &n, &r->es))
		fail_msg("%s: %s", text, r->es.item[0].text);
	assert_true(n <= RIG_LIMITS);
	for (size_t i = 0; i < n; i++)
		r->limit[i].rule = rules[i];
	r->load.limits = r->limit;
	r->load.n_limits = n;
}

void rig_make(struct rig *r, const char *limits, uint64_t plan_s)
{
	*r = (struct rig){ .a = arena_new((size_t)64 << 20) };
	r->load = (struct workload){ .name = "booking", .digits = 3 };
	r->load.plan.model = LOAD_OPEN;
	r->load.plan.for_ns = plan_s * S;
	r->step[0] = (struct step_facts){ .name = "login", .kind = "post" };
	r->step[1] = (struct step_facts){ .name = "me", .kind = "get" };
	r->facts = (struct collect_facts){
		.load = &r->load,
		.n_steps = RIG_STEPS,
		.step = r->step,
		.workers = 1,
		.connections_max = 64,
		.planned_ns = plan_s * S,
	};
	r->end = (struct collect_ending){ .ended = "plan", .why = "" };
	rig_limits(r, limits);
	r->slice = tally_new(RIG_STEPS, 3);
}

void rig_start(struct rig *r)
{
	r->c = collector_new(&r->facts, &r->es);
	assert_non_null(r->c);
}

void rig_free(struct rig *r)
{
	collector_free(r->c);
	tally_free(r->slice);
	arena_free(r->a);
}

void rig_request(struct rig *r, uint64_t end_ns, enum outcome o,
		 unsigned status, uint64_t latency_ns)
{
	struct tally *t = r->slice;
	uint64_t end = end_ns + RIG_BEGIN_NS;

	t->planned++;
	t->sent++;
	hist_record(t->lateness, 20000);
	hist_record(t->iteration, latency_ns);
	if (o == OUTCOME_OK)
		t->ok++;
	else if (outcome_is_timeout(o))
		t->timed_out++;
	else
		t->failed++;
	tally_request(t, 0,
		      &(struct sample){ .outcome = o,
					.status = status,
					.planned_ns = end - latency_ns,
					.sent_ns = end - latency_ns,
					.end_ns = end });
}

static void ask_first(struct rig *r, uint64_t end_ns, uint64_t n)
{
	uint64_t end = end_ns + RIG_BEGIN_NS;

	for (uint64_t i = 0; i < n; i++)
		tally_request(r->slice, 1,
			      &(struct sample){ .status = 200,
						.planned_ns = end - MS,
						.sent_ns = end - MS,
						.end_ns = end });
}

void rig_take(struct rig *r, uint64_t second, const struct part *p)
{
	struct tally *t = r->slice;
	uint64_t at = second * S;

	if (p->is_silent)
		return;
	t->from_ns = at;
	t->to_ns = at + S;
	t->begin_ns = RIG_BEGIN_NS;
	for (uint64_t i = 0; i < p->ok; i++)
		rig_request(r, at, OUTCOME_OK, 200, p->latency_ns);
	for (uint64_t i = 0; i < p->failed; i++)
		rig_request(r, at, p->status ? OUTCOME_STATUS : OUTCOME_REFUSED,
			    p->status, p->latency_ns);
	for (uint64_t i = 0; i < p->timed_out; i++)
		rig_request(r, at, OUTCOME_TIMEOUT, 0, p->latency_ns);
	if (p->asks_twice)
		ask_first(r, at, p->ok + p->failed + p->timed_out);
	t->planned += p->dropped;
	t->dropped += p->dropped;
	for (uint64_t i = 0; i < p->dropped; i++)
		hist_record(t->missed, S);
	t->users = p->under_way;
	t->connections = 5;
	collector_take(r->c, t);
	tally_reset(t);
}

void rig_finish(struct rig *r, uint64_t total_ns)
{
	r->end.total_ns = total_ns;
	assert_true(collector_finish(r->c, &r->end, r->a, &r->out));
}

/* All of it, looking every second; it ends when a limit aborts it. */
uint64_t rig_run(struct rig *r, uint64_t total_s,
		 void (*series)(uint64_t second, struct part *p))
{
	const char *why = NULL;

	rig_start(r);
	for (uint64_t s = 0; s < total_s; s++) {
		struct part p = { 0 };

		series(s, &p);
		rig_take(r, s, &p);
		if (!collector_look(r->c, (s + 1) * S, &why)) {
			assert_non_null(why);
			r->end.ended = "aborted";
			r->end.why = why;
			total_s = s + 1;
		}
	}
	rig_finish(r, total_s * S);
	return total_s;
}

void rig_good(uint64_t s, struct part *p)
{
	(void)s;
	*p = (struct part){ .ok = 100, .latency_ns = 5 * MS, .under_way = 1 };
}

void rig_nothing(uint64_t s, struct part *p)
{
	(void)s;
	*p = (struct part){ 0 };
}

void rig_bad(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 10 && s < 13)
		p->failed = 100;
}
