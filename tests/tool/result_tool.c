/* SPDX-License-Identifier: MIT */
/*
 * result_tool DIR N [SECONDS RATE STEPS]
 *
 * Writes N result files of a load that never was, as from N machines at the
 * same time: DIR/shard-0.json and so on.  By default 600 s of 5,000 requests
 * a second over 20 steps, with the spread that a service on a network has:
 * log-normal times, a slow tail, a bad minute, a few errors.  The collector
 * makes the result as in a run; only the clock is made up.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/file.h"
#include "report/load/collect.h"
#include "report/redact/redact.h"
#include "report/result/load_result.h"
#include "report/result/result_json.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

#define STARTED_AT_NS UINT64_C(1767225600000000000)
#define BEGIN_NS      (UINT64_C(100000) * UNIT_NS_PER_S)
#define SPREAD	      0.5 /* of the logarithm of a time */
#define TAIL_SHARE    0.01
#define TAIL_TIMES    6.0
#define BAD_SHARE     0.001

enum { USAGE = 2, BROKEN = 4, STEPS_MAX = 100, ROOM = 256 << 20 };

static const char limit_text[] =
	"p95(latency) < 1s, p99(latency, 30s) < 2s, ratio(errors) < 1%, "
	"rate(all) >= 95% of planned";

struct job {
	const char *dir;
	uint64_t n, seconds, rate, steps;
	uint64_t seed;
	struct arena *a;
	struct errs es;
	struct load_limit limit[8];
	struct workload load;
	struct step_facts step[STEPS_MAX];
	struct collector *c;
	struct tally *slice;
};

/* ---- drawing ----------------------------------------------------------------- */

static double uniform(struct job *t)
{
	t->seed ^= t->seed << 13;
	t->seed ^= t->seed >> 7;
	t->seed ^= t->seed << 17;
	return (double)((t->seed >> 11) + 1) / 9007199254740993.0;
}

static double normal(struct job *t)
{
	double radius = sqrt(-2 * log(uniform(t)));

	return radius * cos(6.283185307179586 * uniform(t));
}

static uint64_t draw_time(struct job *t, double median_ns)
{
	double ns = median_ns * exp(SPREAD * normal(t));

	return (uint64_t)(uniform(t) < TAIL_SHARE ? ns * TAIL_TIMES : ns);
}

static void draw_outcome(struct job *t, struct sample *s)
{
	double u = uniform(t);

	*s = (struct sample){ .outcome = OUTCOME_OK, .status = 200 };
	if (u < BAD_SHARE / 2) {
		s->outcome = OUTCOME_STATUS;
		s->status = u < BAD_SHARE / 4 ? 503 : 500;
	} else if (u < BAD_SHARE) {
		s->outcome = OUTCOME_TIMEOUT;
		s->status = 0;
	}
}

/* ---- the load ----------------------------------------------------------------- */

static void request(struct job *t, uint64_t second, uint64_t i)
{
	size_t step = (size_t)(i % t->steps);
	bool is_bad_minute = second >= 300 && second < 360;
	double median =
		(4.0 + 2.0 * (double)step) * 1e6 * (is_bad_minute ? 1.8 : 1.0);
	struct tally *to = t->slice;
	struct sample s;

	draw_outcome(t, &s);
	s.planned_ns =
		BEGIN_NS + second * UNIT_NS_PER_S + i * UNIT_NS_PER_S / t->rate;
	s.sent_ns = s.planned_ns + 5000 + (uint64_t)(uniform(t) * 60000);
	s.written_ns = s.sent_ns + 8000;
	s.first_ns = s.sent_ns + draw_time(t, median);
	s.end_ns = s.first_ns + draw_time(t, 150000);
	if (uniform(t) < 0.002) {
		s.made_connection = true;
		s.connect_ns = draw_time(t, 300000);
		s.tls_ns = draw_time(t, 1500000);
	}
	s.sent_bytes = 120;
	s.received_bytes = 2048;
	to->planned++;
	to->sent++;
	if (s.outcome == OUTCOME_OK)
		to->ok++;
	else if (outcome_is_timeout(s.outcome))
		to->timed_out++;
	else
		to->failed++;
	hist_record(to->lateness, s.sent_ns - s.planned_ns);
	hist_record(to->iteration, s.end_ns - s.planned_ns);
	tally_request(to, step, &s);
	if (s.outcome != OUTCOME_OK)
		tally_sample(to, step, "the status was 503, expected 200");
}

static void play(struct job *t)
{
	const char *why;

	for (uint64_t s = 0; s < t->seconds; s++) {
		struct tally *to = t->slice;

		to->from_ns = s * UNIT_NS_PER_S;
		to->to_ns = to->from_ns + UNIT_NS_PER_S;
		to->begin_ns = BEGIN_NS;
		for (uint64_t i = 0; i < t->rate; i++)
			request(t, s, i);
		for (int i = 0; i < 100; i++)
			hist_record(to->loop_lag,
				    (uint64_t)(uniform(t) * 200000));
		to->users = t->rate / 30;
		to->connections = 200;
		collector_take(t->c, to);
		tally_reset(to);
		(void)collector_look(t->c, (s + 1) * UNIT_NS_PER_S, &why);
	}
}

static bool make_load(struct job *t)
{
	const struct rule *rules;
	struct collect_facts facts = {
		.load = &t->load,
		.n_steps = (size_t)t->steps,
		.step = t->step,
		.seed = 7,
		.target = "https://staging.example.org",
		.transport = "native",
		.plan = arena_printf(t->a, "%llu/s for %llu s",
				     (unsigned long long)t->rate,
				     (unsigned long long)t->seconds),
		.workers = 2,
		.planned_ns = t->seconds * UNIT_NS_PER_S,
		.timeout_ns = 10 * UNIT_NS_PER_S,
	};

	if (!facts.plan ||
	    !rules_parse(t->a, limit_text, strlen(limit_text), NOWHERE, &rules,
			 &t->load.n_limits, &t->es))
		return false;
	for (size_t i = 0; i < t->load.n_limits; i++)
		t->limit[i].rule = rules[i];
	t->load.name = "shop";
	t->load.digits = HIST_DIGITS;
	t->load.limits = t->limit;
	t->load.plan.model = LOAD_OPEN;
	for (size_t i = 0; i < t->steps; i++) {
		t->step[i] = (struct step_facts){
			.name = arena_printf(t->a, "get /api/v1/page-%zu", i),
			.kind = "get",
			.method = "GET",
			.url = arena_printf(
				t->a,
				"https://staging.example.org/api/v1/page-%zu",
				i),
			.transport = "native",
		};
		if (!t->step[i].name || !t->step[i].url)
			return false;
	}
	t->slice = tally_new((size_t)t->steps, HIST_DIGITS);
	t->c = collector_new(&facts, &t->es);
	return t->slice && t->c;
}

/* ---- the files ----------------------------------------------------------------- */

static bool write_shard(struct job *t, const struct load_result *of, uint64_t i,
			struct buf *text)
{
	struct load_result load = *of;
	struct run_result run = {
		.tool = "assay",
		.name = "Shop",
		.file = "shop.yaml",
		.environment = "",
		.vantage = "",
		.partial_why = "",
		.broken_why = "",
		.started_at_ns = STARTED_AT_NS,
		.total_ns = of->total_ns,
		.cpu_ns = 60 * UNIT_NS_PER_S,
		.peak_rss_bytes = 40 << 20,
		.n_loads = 1,
		.loads = &load,
	};
	const char *path = arena_printf(t->a, "%s/shard-%llu.json", t->dir,
					(unsigned long long)i);

	load.seed += i;
	run.host = arena_printf(t->a, "runner-%llu", (unsigned long long)i);
	if (!path || !run.host)
		return errs_nomem(&t->es);
	result_judge(&run);
	buf_reset(text);
	if (!result_seal(&run, NULL, t->a) || !result_write(&run, text))
		return errs_nomem(&t->es);
	return file_write(path, buf_text(text), text->len, FILE_MODE, &t->es);
}

static bool make_files(struct job *t)
{
	struct collect_ending end = {
		.started_at_ns = STARTED_AT_NS,
		.total_ns = t->seconds * UNIT_NS_PER_S,
		.ended = "plan",
		.why = "",
		.cpu_ns = 60 * UNIT_NS_PER_S,
		.peak_rss_bytes = 40 << 20,
		.first_rss_bytes = 40 << 20,
		.busiest_cpu_permille = 310,
		.open_connections_max = 220,
	};
	struct load_result load;
	struct buf text;
	bool is_done = true;

	if (!make_load(t))
		return false;
	play(t);
	if (!collector_finish(t->c, &end, t->a, &load))
		return errs_nomem(&t->es);
	buf_init(&text, BUF_NO_LIMIT);
	for (uint64_t i = 0; is_done && i < t->n; i++)
		is_done = write_shard(t, &load, i, &text);
	buf_release(&text);
	return is_done;
}

static bool read_count(const char *text, uint64_t most, uint64_t *n)
{
	return unit_parse_count(text, strlen(text), n, NULL) && *n > 0 &&
	       *n <= most;
}

int main(int argc, char **argv)
{
	static struct job t;
	bool is_done;

	t = (struct job){ .n = 1,
			  .seconds = 600,
			  .rate = 5000,
			  .steps = 20,
			  .seed = UINT64_C(0x9e3779b97f4a7c15) };
	if ((argc != 3 && argc != 6) || !read_count(argv[2], 1000, &t.n) ||
	    (argc == 6 && (!read_count(argv[3], 86400, &t.seconds) ||
			   !read_count(argv[4], 100000, &t.rate) ||
			   !read_count(argv[5], STEPS_MAX, &t.steps)))) {
		fprintf(stderr, "usage: result_tool DIR N [SECONDS RATE "
				"STEPS]\n");
		return USAGE;
	}
	t.dir = argv[1];
	t.a = arena_new(ROOM);
	is_done = t.a && make_files(&t);
	if (!is_done)
		fprintf(stderr, "result_tool: %s\n",
			t.es.n ? t.es.item[0].text : "no memory");
	collector_free(t.c);
	tally_free(t.slice);
	arena_free(t.a);
	return is_done ? 0 : BROKEN;
}
