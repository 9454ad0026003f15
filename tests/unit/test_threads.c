/* SPDX-License-Identifier: MIT */
/* Threads share a const scenario and nothing else; run under
 * ThreadSanitizer. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

#include "probe/engine/engine.h"
#include "probe/world.h"
#include "scenarios/base/buf.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/load.h"
#include "scenarios/template/template.h"

enum { WORKERS = 4, ROUNDS = 200 };

static const char text[] =
	"vars: { host: example.org }\n"
	"checks:\n"
	"  a:\n"
	"    steps:\n"
	"      - get: http://${host}/${uuid()}\n"
	"        expect:\n"
	"          json:\n"
	"            $.s.*: { each: { matches: '^o[k]$' } }\n"
	"            $.l[?@.n > 1].n: { length: 1 }\n";

struct worker {
	pthread_t thread;
	const struct scenario *sc;
	unsigned held;	      /* expectations that held */
	unsigned expanded;    /* templates that gave a text */
	enum outcome outcome; /* of an exchange with a closed port */
};

static void judge_once(struct worker *w, const cJSON *root,
		       const struct template_world *world)
{
	const struct step *step = &w->sc->checks[0].steps.item[0];
	const struct step_http *http = step->spec;
	struct buf seen, note, url;

	buf_init(&url, 1000);
	w->expanded += template_eval(http->ask.url, world, &url, NULL);
	buf_release(&url);
	for (size_t i = 0; i < step->expect.n; i++) {
		const struct expect_item *e = &step->expect.item[i];
		struct nodelist nodes;
		if (e->what != EXPECT_JSON)
			continue;
		nodelist_init(&nodes);
		jsonpath_eval(e->path, root, &nodes);
		const struct subject s = {
			.kind = VALUE_JSON,
			.nodes = (const struct cJSON *const *)nodes.item,
			.n_nodes = nodes.n,
			.is_list = true,
			.root = root,
		};
		buf_init(&seen, MATCH_SEEN_MAX);
		buf_init(&note, MATCH_SEEN_MAX);
		w->held += match_judge(e->matcher, &s, world, &seen, &note);
		buf_release(&seen);
		buf_release(&note);
		nodelist_release(&nodes);
	}
}

static void on_done(struct exchange *ex)
{
	struct engine *en = ex->owner;

	engine_stop(en);
}

/* Each worker has its own engine, and asks a port that nobody listens on. */
static void ask_once(struct worker *w)
{
	struct errs es = { 0 };
	struct engine *en = engine_new(&es);
	struct exchange ex;

	if (!en)
		return;
	struct session *se = session_new(en);
	exchange_init(&ex);
	ex.request = (struct request){
		.url = "http://127.0.0.1:1/",
		.method = "GET",
		.body_max_bytes = 1000,
		.header_max_bytes = 1000,
		.limits.total_ns = UINT64_C(5000000000),
	};
	ex.session = se;
	ex.on_done = on_done;
	ex.owner = en;
	engine_start(en, &ex);
	engine_run(en);
	w->outcome = ex.answer.outcome;
	exchange_release(&ex);
	session_free(se);
	engine_free(en);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct template_world world = world_now(NULL, 0);
	cJSON *root = cJSON_Parse("{\"s\":{\"a\":\"ok\",\"b\":\"ok\"},"
				  "\"l\":[{\"n\":1},{\"n\":2}]}");

	for (int i = 0; root && i < ROUNDS; i++)
		judge_once(w, root, &world);
	cJSON_Delete(root);
	ask_once(w);
	return NULL;
}

static void test_workers_share_the_scenario(void **state)
{
	struct worker workers[WORKERS] = { 0 };
	struct load_options options = { 0 };
	struct errs problems = { 0 };
	struct errs es = { 0 };

	(void)state;
	assert_true(engine_global_init(&es));
	struct scenario *sc = scenario_load_text("test", text, strlen(text),
						 &options, &problems, NULL);
	assert_non_null(sc);
	assert_int_equal(problems.n, 0);
	for (int i = 0; i < WORKERS; i++) {
		workers[i].sc = sc;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
						&workers[i]),
				 0);
	}
	for (int i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].held, 2 * ROUNDS);
		assert_int_equal(workers[i].expanded, ROUNDS);
		assert_int_equal(workers[i].outcome, OUTCOME_REFUSED);
	}
	scenario_free(sc);
	engine_global_release();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_workers_share_the_scenario),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
