/* SPDX-License-Identifier: MIT */
/* folder: report */
#include "report/alerts/evaluate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/alerts/evaluate/parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define S	   UNIT_NS_PER_S
#define MS	   UNIT_NS_PER_MS
#define M	   UNIT_NS_PER_MIN
#define T0	   UINT64_C(1767225600000000000)

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new((size_t)64 << 20);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct finding ask(const char *says, const struct question *q)
{
	struct finding f;

	if (!condition_evaluate(q, arena, &f))
		fail_msg("%s: no memory", says);
	assert_non_null(f.evidence);
	return f;
}

static void same(const char *says, const struct finding *f, enum truth truth,
		 double value)
{
	if (f->truth != truth)
		fail_msg("%s: got truth %d, wanted %d: %s", says, f->truth,
			 truth, f->evidence);
	if (isnan(value) ? !isnan(f->value)
			 : fabs(f->value - value) > 1e-9 * (1 + fabs(value)))
		fail_msg("%s: got %.12g, wanted %.12g: %s", says, f->value,
			 value, f->evidence);
}

/* ---- results in a row ------------------------------------------------------- */

/* One letter a run, a minute apart: F failed, o ok, f flaky, n not observed,
 * s starting, k skipped.  The first attempt of a failed run was 10 s before. */
static struct history results(const char *letters, const char *vantages)
{
	size_t n = strlen(letters);
	struct seen_check *all = arena_alloc(arena, n, sizeof(*all));
	static const struct {
		char letter;
		enum verdict verdict;
	} verdicts[] = {
		{ 'F', VERDICT_FAILED },   { 'o', VERDICT_OK },
		{ 'f', VERDICT_FLAKY },	   { 'n', VERDICT_NOT_OBSERVED },
		{ 's', VERDICT_STARTING }, { 'k', VERDICT_SKIPPED },
	};

	for (size_t i = 0; i < n; i++) {
		all[i] = (struct seen_check){
			.at_ns = T0 + i * M,
			.cert_days = INT64_MAX,
			.message = "status 503",
			.vantage =
				vantages ? arena_strndup(arena, vantages + i, 1)
					 : "",
		};
		for (size_t k = 0; k < LEN(verdicts); k++) {
			if (letters[i] == verdicts[k].letter)
				all[i].verdict = verdicts[k].verdict;
		}
		if (letters[i] == 'F')
			all[i].failing_since_ns = all[i].at_ns - 10 * S;
	}
	return (struct history){
		.check = "api", .first_at_ns = T0, .n_checks = n, .checks = all
	};
}

struct row {
	const char *says;
	const char *letters, *vantages;
	enum condition_kind kind;
	enum rule_op op;
	double bound;
	uint64_t quorum;
	uint64_t late_ns; /* asked so long after the last result */
	enum truth truth;
	double value;
};

static const struct row streak_rows[] = {
	{ "CF16 two failures are not three", "ooFF", NULL,
	  CONDITION_CONSECUTIVE, RULE_GE, 3, 0, 0, TRUTH_FALSE, 2 },
	{ "CF16 three in a row", "oFFF", NULL, CONDITION_CONSECUTIVE, RULE_GE,
	  3, 0, 0, TRUTH_TRUE, 3 },
	{ "CF16 an ok between starts again", "FFoF", NULL,
	  CONDITION_CONSECUTIVE, RULE_GE, 3, 0, 0, TRUTH_FALSE, 1 },
	{ "CF18 the first failure", "oF", NULL, CONDITION_CONSECUTIVE, RULE_GE,
	  1, 0, 0, TRUTH_TRUE, 1 },
	{ "CF19 a flaky run is ok", "of", NULL, CONDITION_CONSECUTIVE, RULE_GE,
	  1, 0, 0, TRUTH_FALSE, 0 },
	{ "what was not observed, started or skipped is neither", "FnFskF",
	  NULL, CONDITION_CONSECUTIVE, RULE_GE, 3, 0, 0, TRUTH_TRUE, 3 },
	{ "nothing seen", "nn", NULL, CONDITION_CONSECUTIVE, RULE_GE, 3, 0, 0,
	  TRUTH_UNKNOWN, NAN },
	{ "no news for long", "FFF", NULL, CONDITION_CONSECUTIVE, RULE_GE, 3, 0,
	  6 * M, TRUTH_UNKNOWN, NAN },
	{ "AT9 AT10 10 s of retries are not a minute", "oF", NULL,
	  CONDITION_DOWN_FOR, RULE_GT, 60e9, 0, 0, TRUTH_FALSE, 10e9 },
	{ "AT10 down for 70 s", "oFF", NULL, CONDITION_DOWN_FOR, RULE_GT, 60e9,
	  0, 0, TRUTH_TRUE, 70e9 },
	{ "AT17 TX13 70 s are not two minutes", "oFF", NULL, CONDITION_DOWN_FOR,
	  RULE_GT, 120e9, 0, 0, TRUTH_FALSE, 70e9 },
	{ "AT17 TX13 130 s are", "oFFF", NULL, CONDITION_DOWN_FOR, RULE_GT,
	  120e9, 0, 0, TRUTH_TRUE, 130e9 },
	{ "an ok ends it", "FFFo", NULL, CONDITION_DOWN_FOR, RULE_GT, 120e9, 0,
	  0, TRUTH_FALSE, 0 },
	{ "any one vantage", "FoFoFo", "ababab", CONDITION_CONSECUTIVE, RULE_GE,
	  3, 0, 0, TRUTH_TRUE, 3 },
	{ "TX26 one of two that must", "FoFoFo", "ababab",
	  CONDITION_CONSECUTIVE, RULE_GE, 3, 2, 0, TRUTH_FALSE, 3 },
	{ "TX26 2 of 3 vantages", "FoFFoFFoF", "abcabcabc",
	  CONDITION_CONSECUTIVE, RULE_GE, 3, 2, 0, TRUTH_TRUE, 3 },
	{ "TX26 too few vantages to tell", "FFF", "aaa", CONDITION_CONSECUTIVE,
	  RULE_GE, 3, 2, 0, TRUTH_UNKNOWN, 3 },
	{ "TX26 one that is silent for long has no voice", "Fooooooo",
	  "abbbbbbb", CONDITION_CONSECUTIVE, RULE_GE, 1, 0, 0, TRUTH_FALSE, 0 },
};

static void results_in_a_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(streak_rows); i++) {
		const struct row *r = &streak_rows[i];
		struct history h = results(r->letters, r->vantages);
		struct condition c = { .kind = r->kind,
				       .op = r->op,
				       .value = r->bound };
		struct question q = {
			.condition = &c,
			.history = &h,
			.quorum = r->quorum,
			.now_at_ns =
				h.checks[h.n_checks - 1].at_ns + r->late_ns,
		};
		struct finding f = ask(r->says, &q);

		same(r->says, &f, r->truth, r->value);
	}
}

/* What a pause hides is not called down: at most the time for which a result
 * counts. */
static void a_pause_is_not_down(void **state)
{
	struct seen_check all[2] = {
		{ .at_ns = T0, .verdict = VERDICT_FAILED },
		{ .at_ns = T0 + 180 * M, .verdict = VERDICT_FAILED },
	};
	struct history h = { .n_checks = 2, .checks = all };
	struct condition c = { .kind = CONDITION_DOWN_FOR,
			       .op = RULE_GT,
			       .value = 120e9 };
	struct question q = { .condition = &c,
			      .history = &h,
			      .now_at_ns = T0 + 180 * M };
	struct finding f;

	(void)state;
	f = ask("pause", &q);
	same("pause", &f, TRUTH_TRUE, 300e9);
}

static void certificate_days(void **state)
{
	static const struct {
		const char *says;
		int64_t days;
		enum truth truth;
	} rows[] = {
		{ "CF25 20 days", 20, TRUTH_FALSE },
		{ "CF25 14 days are not less than 14", 14, TRUTH_FALSE },
		{ "CF25 13 days", 13, TRUTH_TRUE },
		{ "CF25 its last day", 0, TRUTH_TRUE },
		{ "CF25 expired", -3, TRUTH_TRUE },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct seen_check one = { .at_ns = T0,
					  .verdict = VERDICT_OK,
					  .cert_days = rows[i].days };
		struct history h = { .n_checks = 1, .checks = &one };
		struct condition c = { .kind = CONDITION_CERT_DAYS,
				       .op = RULE_LT,
				       .value = 14 };
		struct question q = { .condition = &c,
				      .history = &h,
				      .now_at_ns = T0 };
		struct finding f = ask(rows[i].says, &q);

		same(rows[i].says, &f, rows[i].truth, (double)rows[i].days);
	}
}

/* ---- events and heartbeats ---------------------------------------------------- */

static void events(void **state)
{
	struct seen_event all[] = {
		{ .at_ns = T0, .exit_code = 1, .name = "sync" },
		{ .at_ns = T0 + 1, .exit_code = 0, .name = "deploy" },
		{ .at_ns = T0 + 2, .exit_code = 2, .name = "sync" },
		{ .at_ns = T0 + 3,
		  .exit_code = 7,
		  .name = "backup",
		  .message = "disk full" },
		{ .at_ns = T0 + 4, .exit_code = 1, .name = "sync" },
	};
	struct history h = { .n_events = LEN(all), .events = all };
	struct condition c = { .kind = CONDITION_EVENT, .name = "backup" };
	struct question q = { .condition = &c,
			      .history = &h,
			      .now_at_ns = T0 + 4 };
	struct finding f = ask("CF23 DA13", &q);

	(void)state;
	same("CF23 DA13", &f, TRUTH_TRUE, 7);
	assert_string_equal(f.evidence,
			    "backup ended with exit code 7: disk full");
	assert_int_equal(f.newest_at_ns, T0 + 3);
	c.name = "deploy";
	f = ask("CF20", &q);
	same("CF20", &f, TRUTH_FALSE, 0);
	c = (struct condition){ .kind = CONDITION_CONSECUTIVE,
				.name = "sync",
				.op = RULE_GE,
				.value = 3 };
	f = ask("CF24 three syncs", &q);
	same("CF24 three syncs", &f, TRUTH_TRUE, 3);
	q.now_at_ns = T0 + 3;
	f = ask("CF24 two syncs", &q);
	same("CF24 two syncs", &f, TRUTH_FALSE, 2);
	/* events come when they come */
	q.now_at_ns = T0 + 3000 * M;
	f = ask("CF24 long ago", &q);
	same("CF24 long ago", &f, TRUTH_TRUE, 3);
}

static void heartbeats(void **state)
{
	struct seen_event one = { .at_ns = T0, .name = "backup" };
	struct alert_heartbeat beat = { .name = "backup",
					.every_ns = 24 * 60 * M,
					.grace_ns = 60 * M };
	struct history h = { .n_events = 1, .events = &one };
	struct condition c = { .kind = CONDITION_MISSING, .name = "backup" };
	struct question q = { .condition = &c,
			      .history = &h,
			      .heartbeat = &beat,
			      .now_at_ns = T0 + 25 * 60 * M };
	struct finding f = ask("DA13 just in time", &q);

	(void)state;
	same("DA13 just in time", &f, TRUTH_FALSE, 25.0 * 60 * (double)M);
	q.now_at_ns++;
	f = ask("DA13 missing", &q);
	assert_int_equal(f.truth, TRUTH_TRUE);
	assert_int_equal(f.since_at_ns, T0 + 25 * 60 * M);
	h.n_events = 0;
	f = ask("never heard of", &q);
	assert_int_equal(f.truth, TRUTH_UNKNOWN);
	q.watched_since_at_ns = T0;
	f = ask("never heard of since it is watched", &q);
	assert_int_equal(f.truth, TRUTH_TRUE);
	q.now_at_ns = T0 + M;
	f = ask("not due yet", &q);
	assert_int_equal(f.truth, TRUTH_FALSE);
}

/* ---- requests --------------------------------------------------------------- */

/* n requests 1 s apart that end now, of which the first `bad` have that
 * status and latency. */
static struct history requests(size_t n, size_t bad, unsigned status,
			       uint64_t slow_ns)
{
	struct seen_request *all = arena_alloc(arena, n, sizeof(*all));
	struct seen_check *run = arena_alloc(arena, 1, sizeof(*run));

	for (size_t i = 0; i < n; i++) {
		bool is_bad = i < bad;

		all[i] = (struct seen_request){
			.at_ns = T0 + 3600 * S - (n - 1 - i) * S,
			.latency_ns = is_bad ? slow_ns : 100 * MS,
			.service_ns = is_bad ? slow_ns : 100 * MS,
			.status = is_bad ? status : 200,
			.outcome = is_bad && status >= 400 ? OUTCOME_STATUS
							   : OUTCOME_OK,
			.step = "home",
		};
	}
	*run = (struct seen_check){ .at_ns = T0 + 3600 * S };
	return (struct history){ .check = "api",
				 .first_at_ns = T0,
				 .n_checks = 1,
				 .checks = run,
				 .n_requests = n,
				 .requests = all };
}

#define SERVER_ERRORS                                                      \
	{                                                                  \
		.kind = RULE_STATUS, .status_low = 500, .status_high = 599 \
	}
#define COUNT_5XX                                               \
	{                                                       \
		.function = RULE_COUNT, .select = SERVER_ERRORS \
	}
#define RATIO_5XX                                               \
	{                                                       \
		.function = RULE_RATIO, .select = SERVER_ERRORS \
	}
#define RATE_5XX                                               \
	{                                                      \
		.function = RULE_RATE, .select = SERVER_ERRORS \
	}
#define P95                                                 \
	{                                                   \
		.function = RULE_QUANTILE, .quantile = 0.95 \
	}

static const struct {
	const char *says;
	size_t n, bad;
	unsigned status;
	uint64_t slow_ns;
	struct rule rule;
	double bound;
	uint64_t min_samples;
	enum truth truth;
	double value;
} request_rows[] = {
	{ "CF17 10 are not more than 10", 100, 10, 503, MS, COUNT_5XX, 10, 1,
	  TRUTH_FALSE, 10 },
	{ "CF17 11 are", 100, 11, 503, MS, COUNT_5XX, 10, 1, TRUTH_TRUE, 11 },
	{ "CF17 404 is none", 100, 20, 404, MS, COUNT_5XX, 10, 1, TRUTH_FALSE,
	  0 },
	{ "AT11 DA9 5% are not more than 5%", 100, 5, 500, MS, RATIO_5XX, 0.05,
	  20, TRUTH_FALSE, 0.05 },
	{ "AT11 DA9 6% are", 100, 6, 500, MS, RATIO_5XX, 0.05, 20, TRUTH_TRUE,
	  0.06 },
	{ "AT11 one of four says nothing with 20 needed", 4, 1, 500, MS,
	  RATIO_5XX, 0.05, 20, TRUTH_UNKNOWN, 0.25 },
	{ "AT16 TX10 31 in 300 s are over 0.1/s", 200, 31, 500, MS, RATE_5XX,
	  0.1, 1, TRUTH_TRUE, 31.0 / 300 },
	{ "AT16 TX10 30 are not", 200, 30, 500, MS, RATE_5XX, 0.1, 1,
	  TRUTH_FALSE, 0.1 },
	{ "CF21 AT12 TX11 p95 fast", 200, 10, 200, 3 * S, P95, 2e9, 1,
	  TRUTH_FALSE, 1e8 },
	{ "CF21 AT12 TX11 DA10 p95 slow", 200, 11, 200, 3 * S, P95, 2e9, 1,
	  TRUTH_TRUE, 3e9 },
	{ "3 slow of 20 cannot bear a p95", 20, 3, 200, 3 * S, P95, 2e9, 1,
	  TRUTH_UNKNOWN, 3e9 },
	{ "4 of 20 can", 20, 4, 200, 3 * S, P95, 2e9, 1, TRUTH_TRUE, 3e9 },
	{ "a slow answer has a chance of 5% when the p95 is fast", 1, 1, 200,
	  3 * S, P95, 2e9, 1, TRUTH_TRUE, 3e9 },
	{ "which is not enough for a median",
	  1,
	  1,
	  200,
	  3 * S,
	  { .function = RULE_QUANTILE, .quantile = 0.5 },
	  2e9,
	  1,
	  TRUTH_UNKNOWN,
	  3e9 },
	{ "nor when more is asked for", 1, 1, 200, 3 * S, P95, 2e9, 2,
	  TRUTH_UNKNOWN, 3e9 },
	{ "two of two are beyond doubt", 2, 2, 200, 3 * S, P95, 2e9, 1,
	  TRUTH_TRUE, 3e9 },
	{ "ten of ten unless more are asked for", 10, 10, 200, 3 * S, P95, 2e9,
	  20, TRUTH_UNKNOWN, 3e9 },
	{ "fast ones need no proof", 3, 0, 200, 0, P95, 2e9, 1, TRUTH_FALSE,
	  1e8 },
	{ "mean",
	  10,
	  5,
	  200,
	  300 * MS,
	  { .function = RULE_MEAN },
	  1.5e8,
	  1,
	  TRUTH_TRUE,
	  2e8 },
	{ "max",
	  10,
	  1,
	  200,
	  300 * MS,
	  { .function = RULE_MAX },
	  1.5e8,
	  1,
	  TRUTH_TRUE,
	  3e8 },
	{ "min",
	  10,
	  1,
	  200,
	  300 * MS,
	  { .function = RULE_MIN },
	  1.5e8,
	  1,
	  TRUTH_FALSE,
	  1e8 },
	{ "nothing was asked", 0, 0, 200, 0, P95, 2e9, 1, TRUTH_UNKNOWN, NAN },
	{ "no share of nothing", 0, 0, 200, 0, RATIO_5XX, 0.05, 1,
	  TRUTH_UNKNOWN, NAN },
	{ "a run without requests has no errors", 0, 0, 200, 0, COUNT_5XX, 10,
	  1, TRUTH_FALSE, 0 },
};

static void own_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(request_rows); i++) {
		struct history h = requests(
			request_rows[i].n, request_rows[i].bad,
			request_rows[i].status, request_rows[i].slow_ns);
		struct condition c = { .kind = CONDITION_REQUESTS,
				       .rule = request_rows[i].rule,
				       .op = RULE_GT,
				       .value = request_rows[i].bound,
				       .window_ns = 5 * M };
		struct question q = { .condition = &c,
				      .history = &h,
				      .min_samples =
					      request_rows[i].min_samples,
				      .now_at_ns = T0 + 3600 * S };
		struct finding f = ask(request_rows[i].says, &q);

		same(request_rows[i].says, &f, request_rows[i].truth,
		     request_rows[i].value);
	}
}

static void what_is_a_request(void **state)
{
	struct seen_request all[] = {
		/* 1 ns too old for a window that is closed at both ends */
		{ .at_ns = T0 - 1, .outcome = OUTCOME_REFUSED },
		{ .at_ns = T0, .outcome = OUTCOME_REFUSED, .step = "a" },
		{ .at_ns = T0 + 1, .outcome = OUTCOME_TIMEOUT, .step = "a" },
		{ .at_ns = T0 + 2,
		  .outcome = OUTCOME_OK,
		  .status = 200,
		  .step = "b" },
		/* our own machine, or not reached: says nothing */
		{ .at_ns = T0 + 3, .outcome = OUTCOME_LOCAL_FAIL },
		{ .at_ns = T0 + 4, .outcome = OUTCOME_NOT_REACHED },
	};
	static const struct {
		struct rule_select select;
		const char *step;
		double count;
	} rows[] = {
		{ { .kind = RULE_ALL }, NULL, 3 },
		{ { .kind = RULE_ERRORS }, NULL, 2 },
		{ { .kind = RULE_TIMEOUTS }, NULL, 1 },
		{ { .kind = RULE_OK }, NULL, 1 },
		{ { .kind = RULE_DROPPED }, NULL, 0 },
		{ { .kind = RULE_ALL }, "a", 2 },
		{ { .kind = RULE_STATUS,
		    .status_low = 200,
		    .status_high = 200,
		    .is_other = true },
		  NULL,
		  2 },
	};
	struct history h = { .first_at_ns = 1,
			     .n_requests = LEN(all),
			     .requests = all };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct condition c = {
			.kind = CONDITION_REQUESTS,
			.rule = { .function = RULE_COUNT,
				  .select = rows[i].select,
				  .step = rows[i].step },
			.op = RULE_GE,
			.window_ns = M,
		};
		struct question q = { .condition = &c,
				      .history = &h,
				      .now_at_ns = T0 + M };
		struct finding f = ask("select", &q);

		same("select", &f, TRUTH_TRUE, rows[i].count);
	}
}

/* Too few needs a window that was seen as a whole. */
static void too_few_needs_a_full_window(void **state)
{
	struct history h = requests(3, 0, 200, 0);
	struct condition c = { .kind = CONDITION_REQUESTS,
			       .rule = { .function = RULE_COUNT,
					 .select = { .kind = RULE_OK } },
			       .op = RULE_LT,
			       .value = 5,
			       .window_ns = 5 * M };
	struct question q = { .condition = &c,
			      .history = &h,
			      .now_at_ns = T0 + 3600 * S };
	struct finding f = ask("full", &q);

	(void)state;
	same("full", &f, TRUTH_TRUE, 3);
	h.first_at_ns = T0 + 3500 * S;
	f = ask("not full", &q);
	same("not full", &f, TRUTH_UNKNOWN, 3);
}

static void words(void **state)
{
	struct history h = requests(200, 11, 200, 2310 * MS);
	struct condition c = { .kind = CONDITION_REQUESTS,
			       .rule = P95,
			       .op = RULE_GT,
			       .value = 2e9,
			       .window_ns = 5 * M };
	struct question q = { .condition = &c,
			      .history = &h,
			      .now_at_ns = T0 + 3600 * S };
	struct finding f = ask("words", &q);

	(void)state;
	assert_string_equal(f.evidence, "p95 of 200 requests in 5 min is 2.31 "
					"s, over 2 s");
	assert_string_equal(f.seen, "p95 2.31 s");
	assert_string_equal(f.threshold, "> 2 s");
}

/* ---- worse than its own past ---------------------------------------------------- */

static void worse_than_its_past(void **state)
{
	/* 20 hours of a p50 that moves by some percent */
	struct past_value past[20];
	struct history h = requests(60, 0, 200, 0);
	struct seen_request *all = (struct seen_request *)h.requests;
	struct condition c = { .kind = CONDITION_WORSE,
			       .rule = { .function = RULE_QUANTILE,
					 .quantile = 0.5 },
			       .window_ns = 60 * M,
			       .past_ns = 7 * UNIT_NS_PER_DAY };
	struct question q = { .condition = &c,
			      .history = &h,
			      .past = past,
			      .n_past = LEN(past),
			      .now_at_ns = T0 + 3600 * S };
	static const struct {
		const char *says;
		uint64_t now_ms;
		size_t n_past;
		enum truth truth;
	} rows[] = {
		{ "as always", 101, 20, TRUTH_FALSE },
		{ "inside of the interval", 106, 20, TRUTH_FALSE },
		{ "beyond it", 115, 20, TRUTH_TRUE },
		{ "better is not worse", 50, 20, TRUTH_FALSE },
		{ "too short a past", 500, 7, TRUTH_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < LEN(past); i++)
		past[i] = (struct past_value){
			60, 1e8 * (1 + 0.02 * ((double)(i % 5) - 2))
		};
	for (size_t k = 0; k < LEN(rows); k++) {
		struct finding f;

		for (size_t i = 0; i < h.n_requests; i++)
			all[i].latency_ns = rows[k].now_ms * MS;
		q.n_past = rows[k].n_past;
		f = ask(rows[k].says, &q);
		if (f.truth != rows[k].truth)
			fail_msg("%s: %s", rows[k].says, f.evidence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_in_a_row),
		cmocka_unit_test(a_pause_is_not_down),
		cmocka_unit_test(certificate_days),
		cmocka_unit_test(events),
		cmocka_unit_test(heartbeats),
		cmocka_unit_test(own_requests),
		cmocka_unit_test(what_is_a_request),
		cmocka_unit_test(too_few_needs_a_full_window),
		cmocka_unit_test(words),
		cmocka_unit_test(worse_than_its_past),
	};

	return cmocka_run_group_tests_name("evaluate", tests, set_up,
					   tear_down);
}
