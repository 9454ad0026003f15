/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
/* What becomes of the flows of a load before anything is sent. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loadgen/run/inside.h"
#include "loadgen/transport/wire.h"
#include "probe/secrets.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/load.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define HERE	   "http://127.0.0.1:1"
#define STEP(keys) "{ steps: [{ " keys " }] }"
#define GET(keys)  STEP("get: '" HERE "/x'" keys)

enum { ROOM = 1 << 24 };

static struct errs es;
static char dir[64], yaml_path[128], csv_path[128];

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), P_tmpdir "/assay-flow-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(yaml_path);
	unlink(csv_path);
	return rmdir(dir);
}

static void put(char path[128], const char *name, const char *text)
{
	snprintf(path, 128, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

struct made {
	struct scenario *sc;
	struct arena *arena;
	struct redactor *redactor;
	struct secret_value value;
	struct secret_values secrets;
	struct load_config config;
	struct load_job job;
	bool ok;
};

static const char head[] =
	"secrets: [KEY]\n"
	"data: { d: { file: d.csv, secret: [pw] } }\n"
	"checks: { a: { steps: [{ get: '" HERE "/1', expect: { status: 200 } "
	"}, { name: two, get: '" HERE "/2?x' }] }, b: { steps: [{ get: '" HERE
	"/1' }], always: [{ get: '" HERE "/2' }] } }\n"
	"loads:\n  l:\n";

/* A load with this flow and these keys; it is a scenario that can be read. */
static struct load_job *make(struct made *m, const char *flow, const char *keys,
			     unsigned transport)
{
	static const struct load_options options = { 0 };
	static char secret[] = "sesame-open";
	char yaml[4000];

	*m = (struct made){ .arena = arena_new(ROOM),
			    .redactor = redactor_new(),
			    .value = { "KEY", secret, sizeof(secret) - 1 } };
	snprintf(yaml, sizeof(yaml),
		 "%s    flow: %s\n    arrivals: { rate: 1/s, for: 1s, seed: 7 "
		 "}\n%s",
		 head, flow, keys);
	put(csv_path, "d.csv",
	    "id,pw,host\n1,hunter-one,127.0.0.1\n"
	    "2,hunter-two,127.0.0.1\n");
	put(yaml_path, "s.yaml", yaml);
	es.n = es.dropped = 0;
	m->sc = scenario_load(yaml_path, &options, &es, NULL);
	if (es.n)
		fail_msg("%s: %s", yaml, es.item[0].text);
	m->secrets = (struct secret_values){ 1, &m->value };
	m->config = (struct load_config){ .scenario = m->sc,
					  .transport = transport,
					  .redactor = m->redactor,
					  .secrets = &m->secrets };
	m->job = (struct load_job){ .load = m->sc->loads,
				    .config = &m->config,
				    .plan = m->sc->loads->plan,
				    .seed = 7,
				    .n_workers = 1,
				    .n_sharing = 1 };
	m->ok = flows_compile(&m->job, m->arena, &es);
	return &m->job;
}

static void unmake(struct made *m)
{
	arena_free(m->arena);
	redactor_free(m->redactor);
	scenario_free(m->sc);
}

static void must_be(struct made *m, const char *flow)
{
	if (!m->ok)
		fail_msg("%s: %s", flow, es.item[0].text);
	assert_int_equal(es.n, 0);
}

/* ---- by what ------------------------------------------------------------ */

static const struct {
	const char *flow, *keys;
	unsigned wish;
	const char *by, *why; /* part of why it is a journey */
} ways[] = {
	{ GET(""), "", 0, "native", "" },
	{ GET(", expect: { status: 200, json: { $.a: 1 } }"), "", 0, "native",
	  "" },
	{ GET(", auth: { basic: { user: a, password: b } }"), "", 0, "native",
	  "" },
	{ GET(", headers: { X: '${uuid()}' }"), "", 0, "native", "" },
	{ STEP("get: 'http://localhost:1/${data.id}'"), "", 0, "native", "" },
	{ STEP("get: 'https://127.0.0.1:1/'"), "", 0, "native", "" },
	{ STEP("post: '" HERE "/', json: { a: 1 }"), "", 0, "native", "" },
	{ GET(", timeout: 3s"), "", 0, "native", "" },
	{ GET(", unix_socket: /run/x"), "", 0, "native", "" },
	/* HTTP/2 */
	{ GET(", http: 2-prior"), "", 0, "http2", "" },
	{ STEP("get: 'https://127.0.0.1:1/', http: 2"), "", 0, "http2", "" },
	{ GET(", http: 2"), "", 0, "libcurl", "" },
	/* one request, and more than the two can */
	{ GET(", http: 1.0"), "", 0, "libcurl", "" },
	{ GET(", proxy: 'http://127.0.0.1:2'"), "", 0, "libcurl", "" },
	{ GET(", auth: { digest: { user: a, password: b } }"), "", 0, "libcurl",
	  "" },
	{ GET(", connect_to: { '127.0.0.1:1': '127.0.0.1:2' }"), "", 0,
	  "libcurl", "" },
	{ STEP("post: '" HERE "/', multipart: { a: x }"), "", 0, "libcurl",
	  "" },
	{ STEP("get: 'http://nowhere.invalid/'"),
	  "    allow_hosts: [nowhere.invalid]\n", 0, "libcurl", "" },
	/* several of them, one after the other */
	{ "a", "", 0, "native", "" },
	{ STEP("get: '" HERE "/' }, { think: 1ms"), "", 0, "native", "" },
	{ STEP("think: 1ms }, { get: '" HERE "/${data.id}'"), "", 0, "native",
	  "" },
	{ "{ steps: [{ get: '" HERE "/' }, { post: 'https://127.0.0.1:1/', "
	  "json: { a: '${uuid()}' }, expect: { json: { $.a: 1 } } }] }",
	  "", 0, "native", "" },
	{ "a", "    connections: { max_requests: 5 }\n", 0, "native", "" },
	/* more than requests */
	{ "{ steps: [{ tcp: '127.0.0.1:1' }, { get: '" HERE "/' }] }", "", 0,
	  "journey", "more than one" },
	{ "{ steps: [{ get: '" HERE "/', capture: { v: { json: $.a } } }, { "
	  "get: '" HERE "/${v}' }] }",
	  "", 0, "journey", "out of the answer" },
	{ "{ steps: [{ get: '" HERE "/' }, { get: '" HERE "/', expect: { "
	  "cookies: { a: b } } }] }",
	  "", 0, "journey", "out of the answer" },
	{ "{ steps: [{ get: '" HERE "/' }, { get: '" HERE "/', redirects: 1 "
	  "}] }",
	  "", 0, "journey", "follows redirects" },
	{ "{ steps: [{ get: '" HERE "/' }, { get: 'http://${data.host}/' }] }",
	  "", 0, "journey", "the host of a step varies" },
	{ "{ steps: [{ get: '" HERE "/' }, { get: '" HERE "/', http: 2-prior "
	  "}] }",
	  "", 0, "journey",
	  "not for the native transport: another version of HTTP" },
	{ "{ steps: [{ get: '" HERE "/' }, { get: '" HERE "/', auth: { "
	  "digest: { user: a, password: b } } }] }",
	  "", 0, "journey", "the kind of credentials" },
	{ "b", "", 0, "journey", "always run" },
	{ GET(", capture: { v: { json: $.a } }"), "", 0, "journey",
	  "out of the answer" },
	{ GET(", expect: { cookies: { a: b } }"), "", 0, "journey",
	  "out of the answer" },
	{ GET(", redirects: 1"), "", 0, "journey", "follows redirects" },
	{ GET(", timeout: { connect: 1s }"), "", 0, "journey", "of a phase" },
	{ GET(", timeout: { total: 2s, first_byte: 1s }"), "", 0, "journey",
	  "of a phase" },
	{ STEP("health: '" HERE "/'"), "", 0, "journey", "more than one" },
	{ STEP("tcp: '127.0.0.1:1'"), "", 0, "journey", "more than one" },
	{ STEP("group: g, steps: [{ get: '" HERE "/' }]"), "", 0, "journey",
	  "more than one" },
	{ STEP("get: 'http://${data.host}/x'"), "", 0, "journey",
	  "the host of a step varies" },
	{ STEP("get: 'http://127.0.0.1:${data.id}/x'"), "", 0, "journey",
	  "the host of a step varies" },
	{ STEP("get: 'http://127.0.0.1${data.id}'"), "", 0, "journey",
	  "the host of a step varies" },
	{ STEP("get: 'http://127.0.0.1?${data.id}'"), "", 0, "journey",
	  "the host of a step varies" },
	/* as was asked for */
	{ GET(""), "", LOAD_TRANSPORT_LIBCURL, "libcurl", "" },
	{ GET(""), "", LOAD_TRANSPORT_JOURNEY, "journey", "asked for" },
	{ "a", "", LOAD_TRANSPORT_JOURNEY, "journey", "asked for" },
	{ "a", "", LOAD_TRANSPORT_NATIVE, "native", "" },
	{ GET(", http: 2-prior"), "", LOAD_TRANSPORT_HTTP2, "http2", "" },
};

static void each_flow_has_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(ways); i++) {
		struct made m;
		const struct load_job *job =
			make(&m, ways[i].flow, ways[i].keys, ways[i].wish);

		must_be(&m, ways[i].flow);
		const struct flow *f = &job->flow[0];
		const char *by = f->transport ? f->transport->name : "journey";
		if (strcmp(by, ways[i].by) ||
		    !strstr(f->why_journey, ways[i].why))
			fail_msg("%s: by %s, %s", ways[i].flow, by,
				 f->why_journey);
		assert_string_equal(job->step[0].transport, by);
		unmake(&m);
	}
}

static const struct {
	const char *flow, *keys;
	unsigned wish;
	const char *part;
} refused[] = {
	{ "a", "", LOAD_TRANSPORT_LIBCURL,
	  "--transport libcurl cannot make this flow: it has several steps" },
	{ "a", "", LOAD_TRANSPORT_HTTP2,
	  "--transport http2 cannot make this flow: it has several steps" },
	{ "b", "", LOAD_TRANSPORT_NATIVE,
	  "--transport native cannot make this flow: it has steps that "
	  "always" },
	{ "{ steps: [{ get: '" HERE "/' }, { get: '" HERE "/', redirects: 1 "
	  "}] }",
	  "", LOAD_TRANSPORT_NATIVE,
	  "--transport native cannot make this flow: a step follows "
	  "redirects" },
	{ "{ steps: [{ get: '" HERE "/' }, { get: '" HERE "/', http: 1.0 }] }",
	  "", LOAD_TRANSPORT_NATIVE,
	  "--transport native cannot make this request: another version" },
	{ STEP("get: 'http://${data.host}/'"), "", LOAD_TRANSPORT_NATIVE,
	  "--transport native cannot make this flow: the host of a step "
	  "varies" },
	{ GET(", redirects: 1"), "", LOAD_TRANSPORT_LIBCURL,
	  "--transport libcurl cannot make this flow" },
	{ GET(", http: 2-prior"), "", LOAD_TRANSPORT_NATIVE,
	  "--transport native cannot make this request" },
	{ GET(""), "", LOAD_TRANSPORT_HTTP2, "HTTP/2 was not asked for" },
	{ "a", "    connections: { max_requests: 5 }\n", LOAD_TRANSPORT_JOURNEY,
	  "cannot keep to \"max_requests\"" },
	{ "b", "    connections: { max_requests: 5 }\n", 0,
	  "because it has steps that always run" },
	{ GET(""), "    connections: { max_requests: 5 }\n",
	  LOAD_TRANSPORT_JOURNEY, "cannot keep to \"max_requests\"" },
	{ STEP("get: 'http://${data.host}/'"),
	  "    connections: { max_requests: 5 }\n", 0,
	  "because the host of a step varies" },
	/* known now that secrets are */
	{ STEP("get: 'http://${secret.KEY}/x'"), "", 0,
	  "the host is not in \"allow_hosts\"" },
	{ STEP("get: 'http://127.0.0.1@${secret.KEY}/x'"), "", 0,
	  "the host is not in \"allow_hosts\"" },
	{ GET(", connect_to: { '127.0.0.1:1': '${secret.KEY}:1' }"), "", 0,
	  "where \"connect_to\" leads is not in \"allow_hosts\"" },
	{ STEP("get: 'http://localhost:1/', resolve: { 'localhost:1': "
	       "'${secret.KEY}' }"),
	  "", 0, "where \"resolve\" leads is not in \"allow_hosts\"" },
	{ GET(", proxy: 'http://${secret.KEY}:1'"), "", 0,
	  "the proxy is not in \"allow_hosts\"" },
	{ GET(", headers: { X: \"a\\nb\" }"), "", 0, "X" },
};

static void what_cannot_be_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(refused); i++) {
		struct made m;

		make(&m, refused[i].flow, refused[i].keys, refused[i].wish);
		if (m.ok || !es.n || !strstr(es.item[0].text, refused[i].part))
			fail_msg("%s: %s", refused[i].flow,
				 es.n ? es.item[0].text : "taken");
		assert_int_equal(es.item[0].kind, ERR_INPUT);
		assert_true(es.item[0].at.line > 2);
		unmake(&m);
	}
}

/* ---- where to ------------------------------------------------------- */

static void a_row_of_resolve_is_taken(void **state)
{
	static const struct {
		const char *flow;
		const char *to;
	} rows[] = {
		{ STEP("get: 'http://localhost:1/', resolve: { 'localhost:1': "
		       "127.0.0.9 }"),
		  "127.0.0.9" },
		{ STEP("get: 'http://[::1]:1/', resolve: { '[::1]:1': "
		       "127.0.0.9 }"),
		  "127.0.0.9" },
		{ STEP("get: 'http://127.0.0.1:1/', resolve: { '127.0.0.1:2': "
		       "127.0.0.9 }"),
		  "127.0.0.1" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct made m;
		const struct load_job *job = make(&m, rows[i].flow, "", 0);
		const struct route *rt = &job->leg[0].route;
		char text[INET_ADDRSTRLEN];

		must_be(&m, rows[i].flow);
		assert_int_equal(rt->n_addresses, 1);
		assert_int_equal(rt->address[0].at.any.sa_family, AF_INET);
		inet_ntop(AF_INET, &rt->address[0].at.in.sin_addr, text,
			  sizeof(text));
		assert_string_equal(text, rows[i].to);
		unmake(&m);
	}
}

/* ---- what varies ---------------------------------------------------------- */

static const struct {
	const char *flow;
	bool varies;
	const char *url; /* as the result shows it */
} varying[] = {
	{ GET(""), false, HERE "/x" },
	{ GET(", headers: { X: '${secret.KEY}' }"), false, HERE "/x" },
	{ GET(", headers: { X: '${data.id}' }"), true, HERE "/x" },
	{ GET(", headers: { X: '${uuid()}' }"), true, HERE "/x" },
	{ GET(", headers: { X: '${now()}' }"), true, HERE "/x" },
	{ GET(", query: { q: '${data.pw}' }"), true, HERE "/x" },
	{ GET(", query: { q: a }"), false, HERE "/x?q=a" },
	{ STEP("get: '" HERE "/a/${data.pw}/b'"), true, HERE "/a/..." },
	{ STEP("get: '" HERE "/a/${random(1, 9)}'"), true, HERE "/a/..." },
	/* functions of the run, whatever they are given */
	{ STEP("get: '" HERE "/a/${sha256(\"x\")}'"), true, HERE "/a/..." },
	{ STEP("post: '" HERE "/x', body: '${data.id}'"), true, HERE "/x" },
	{ STEP("post: '" HERE "/x', json: { a: ['${data.id}'] }"), true,
	  HERE "/x" },
	{ STEP("post: '" HERE "/x', form: { a: '${data.id}' }"), true,
	  HERE "/x" },
	{ STEP("post: '" HERE "/x', form: { a: b }"), false, HERE "/x" },
	{ STEP("post: '" HERE "/x', multipart: { a: '${data.id}' }"), true,
	  HERE "/x" },
	{ GET(", auth: { basic: { user: '${data.id}', password: b } }"), true,
	  HERE "/x" },
	{ GET(", auth: { bearer: '${data.pw}' }"), true, HERE "/x" },
	{ GET(", auth: { bearer: '${secret.KEY}' }"), false, HERE "/x" },
	{ GET(", expect: { body: { contains: '${data.id}' } }"), false,
	  HERE "/x" },
};

static void what_varies_is_made_anew(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(varying); i++) {
		struct made m;
		const struct load_job *job =
			make(&m, varying[i].flow, "", LOAD_TRANSPORT_AUTO);

		must_be(&m, varying[i].flow);
		if (job->leg[0].varies != varying[i].varies)
			fail_msg("%s", varying[i].flow);
		assert_string_equal(job->step[0].url, varying[i].url);
		unmake(&m);
	}
}

/* A secret is the same each time; the first row is not what all send. */
static void constant_secrets_are_on_the_wire(void **state)
{
	struct made m;
	const struct load_job *job =
		make(&m, GET(", headers: { X: '${secret.KEY}' }"), "", 0);
	const struct wire *wire = &job->leg[0].wire;

	(void)state;
	must_be(&m, "");
	assert_non_null(
		memmem(wire->bytes, wire->len, "X: sesame-open\r\n", 16));
	unmake(&m);
}

static void each_row_has_its_request(void **state)
{
	struct made m;
	const struct load_job *job =
		make(&m,
		     GET(", query: { q: '${data.pw}' }, headers: { X: "
			 "'${data.id}' }"),
		     "", 0);

	(void)state;
	must_be(&m, "");
	assert_true(job->uses[0]);
	for (size_t row = 0; row < 2; row++) {
		struct asked asked;
		struct buf why;
		char url[100];

		buf_init(&why, ERR_TEXT_MAX);
		assert_true(leg_ask(job, &job->leg[0], &row, m.redactor,
				    m.arena, &asked, &why));
		snprintf(url, sizeof(url), HERE "/x?q=hunter-%s",
			 row ? "two" : "one");
		assert_string_equal(asked.request.url, url);
		buf_release(&why);
	}
	unmake(&m);
}

/* ---- X-Request-ID ---------------------------------------------------------- */

static void own_ids_are_found_on_the_wire(void **state)
{
	static const struct {
		const char *flow;
		bool has_id;
	} rows[] = {
		{ GET(""), true },
		{ GET(", headers: { A: b, X: y }"), true },
		{ STEP("post: '" HERE "/x', body: abc"), true },
		{ GET(", request_id: false"), false },
		{ GET(", headers: { x-request-id: mine }"), false },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct made m;
		const struct load_job *job = make(&m, rows[i].flow, "", 0);
		const struct leg *f = &job->leg[0];
		static const char name[] = "X-Request-ID: ";
		const char *at = f->wire.bytes + f->id_at;

		must_be(&m, rows[i].flow);
		assert_int_equal(f->id_at != 0, rows[i].has_id);
		if (rows[i].has_id) {
			assert_memory_equal(at - strlen(name), name,
					    strlen(name));
			assert_memory_equal(at + WORLD_UUID_ROOM - 1, "\r\n",
					    2);
			assert_true(f->id_at + WORLD_UUID_ROOM <
				    f->wire.head_len);
		}
		unmake(&m);
	}
}

/* What a user sends: its own number each time, everything else as it was. */
static void each_request_has_its_own_id(void **state)
{
	struct made m;
	const struct load_job *job =
		make(&m, GET(", headers: { A: b }"), "", 0);
	const struct leg *f = &job->leg[0];
	struct worker wk = { .redactor = m.redactor };
	struct part p = { .worker = &wk, .job = job };
	struct user u = { .number = 0 };
	char before[WORLD_UUID_ROOM] = "";
	const char *why = "";

	(void)state;
	must_be(&m, "");
	random_init(&p.random, 7, 1);
	assert_true(user_init(&u, &p));
	for (uint64_t i = 1; i < 50; i++) {
		const struct wire *wire = request_of(&u, f, &why);
		char id[WORLD_UUID_ROOM] = "";

		assert_non_null(wire);
		assert_int_equal(wire->len, f->wire.len);
		assert_int_equal(wire->version, f->wire.version + i);
		memcpy(id, wire->bytes + f->id_at, sizeof(id) - 1);
		assert_string_not_equal(id, before);
		assert_int_equal(strspn(id, "0123456789abcdef-"),
				 sizeof(id) - 1);
		assert_true(id[14] == '4' && strchr("89ab", id[19]));
		assert_true(id[8] == '-' && id[13] == '-' && id[18] == '-' &&
			    id[23] == '-');
		assert_memory_equal(wire->bytes, f->wire.bytes, f->id_at);
		assert_memory_equal(wire->bytes + f->id_at + sizeof(id) - 1,
				    f->wire.bytes + f->id_at + sizeof(id) - 1,
				    f->wire.len - f->id_at - sizeof(id) + 1);
		memcpy(before, id, sizeof(id));
	}
	/* the one that all share was not written to */
	assert_null(memmem(f->wire.bytes, f->wire.len, before, 36));
	user_release(&u);
	unmake(&m);
}

/* ---- flows of several requests --------------------------------------------- */

/* Legs are the requests in order, and those that can share a connection do. */
static void legs_share_what_they_can(void **state)
{
	static const struct {
		const char *flow;
		size_t hubs[4]; /* of each leg, counted from 1 */
		bool wants[4];	/* of each hub: answers are kept */
	} rows[] = {
		{ "a", { 1, 1 }, { false } },
		{ "{ steps: [{ think: 1ms }, { get: '" HERE
		  "/x' }, { think: 1ms }, { head: '" HERE "/y' }] }",
		  { 1, 1 },
		  { false } },
		{ "{ steps: [{ get: '" HERE "/x' }, { get: '" HERE
		  "/y', expect: { body: a } }, { post: '" HERE "/z' }] }",
		  { 1, 1, 1 },
		  { true } },
		{ "{ steps: [{ get: '" HERE "/' }, { get: "
		  "'http://127.0.0.1:2/', expect: { body: a } }, { get: '" HERE
		  "/' }] }",
		  { 1, 2, 1 },
		  { false, true } },
		{ "{ steps: [{ get: 'https://127.0.0.1:1/' }, { get: "
		  "'https://127.0.0.1:1/x', verify: false }, { get: '" HERE
		  "/' }, { get: 'https://127.0.0.1:1/' }] }",
		  { 1, 2, 3, 1 },
		  { false } },
		{ "{ steps: [{ get: '" HERE "/' }, { get: '" HERE
		  "/', unix_socket: /run/x }, { get: 'http://localhost:1/' }] "
		  "}",
		  { 1, 2, 3 },
		  { false } },
		{ "[{ run: a }, { steps: [{ get: '" HERE "/' }, { get: '" HERE
		  "/' }] }]",
		  { 1, 1, 2, 2 },
		  { false } },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct made m;
		const struct load_job *job = make(&m, rows[i].flow, "", 0);

		must_be(&m, rows[i].flow);
		for (size_t k = 0; k < job->n_legs; k++) {
			const struct leg *leg = &job->leg[k];
			if (leg->hub + 1 != rows[i].hubs[k])
				fail_msg("%s: %zu", rows[i].flow, k);
			assert_int_equal(leg->at_step, k);
			assert_true(leg->in_chain);
			assert_ptr_equal(leg->wire.rules, &leg->rules);
			assert_string_equal(job->step[k].transport, "native");
		}
		assert_true(job->n_legs == 4 || !rows[i].hubs[job->n_legs]);
		for (size_t k = 0; k < job->n_hubs; k++)
			assert_int_equal(job->hub[k].route.wants_answer,
					 rows[i].wants[k]);
		unmake(&m);
	}
}

/* Nobody is behind the last one to carry its cookies. */
static void all_but_the_last_mind_cookies(void **state)
{
	struct made m;
	const struct load_job *job = make(&m, "a", "", 0);

	(void)state;
	must_be(&m, "a");
	assert_int_equal(job->n_legs, 2);
	assert_true(job->leg[0].rules.minds & LEAN_MINDS_COOKIES);
	assert_false(job->leg[1].rules.minds & LEAN_MINDS_COOKIES);
	unmake(&m);
	job = make(&m, GET(""), "", 0);
	assert_int_equal(job->n_legs, 1);
	assert_null(job->leg[0].wire.rules);
	unmake(&m);
}

/* ---- names, statuses, weights ------------------------------------------------ */

static void steps_have_names(void **state)
{
	static const struct {
		const char *flow;
		const char *names[4];
	} rows[] = {
		{ "a", { "get /1", "two" } },
		{ GET(""), { "get /x" } },
		{ STEP("get: '" HERE "/p/${data.pw}/q?r=s'"),
		  { "get /p/*/q" } },
		{ STEP("get: '" HERE "'"), { "get /" } },
		{ GET(", name: 'is ${data.pw}'"), { "get" } },
		{ STEP("group: g, steps: [{ get: '" HERE "/i' }, { think: 1s "
		       "}, { tcp: '127.0.0.1:1' }]"),
		  { "get /i", "tcp" } },
		{ "[{ run: a, weight: 3 }, " GET("") "]",
		  { "get /1", "two", "get /x" } },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct made m;
		const struct load_job *job = make(&m, rows[i].flow, "", 0);
		size_t n = 0;

		must_be(&m, rows[i].flow);
		while (rows[i].names[n])
			n++;
		assert_int_equal(job->n_steps, n);
		for (size_t k = 0; k < n; k++)
			assert_string_equal(job->step[k].name,
					    rows[i].names[k]);
		unmake(&m);
	}
}

static void flows_have_weights(void **state)
{
	struct made m;
	const struct load_job *job =
		make(&m, "[{ run: a, weight: 3 }, " GET(", timeout: 99s") "]",
		     "", 0);

	(void)state;
	must_be(&m, "");
	assert_int_equal(job->n_flows, 2);
	assert_int_equal(job->weights, 4);
	assert_int_equal(job->flow[0].first_step, 0);
	assert_int_equal(job->flow[0].n_steps, 2);
	assert_int_equal(job->flow[1].first_step, 2);
	assert_int_equal(job->timeout_ns, UINT64_C(99000000000));
	assert_false(job->uses[0]);
	unmake(&m);
}

static void statuses_that_are_expected(void **state)
{
	static const struct {
		const char *expect;
		unsigned low, high; /* ok from, to */
		bool is_other;	    /* all but these are */
		bool judges;
	} rows[] = {
		{ "", 200, 299, false, false },
		{ ", expect: { status: 404 }", 404, 404, false, false },
		{ ", expect: { status: 3xx }", 300, 399, false, false },
		{ ", expect: { status: [200, 201, 202] }", 200, 202, false,
		  false },
		{ ", expect: { status: { not_in: [5xx] } }", 500, 599, true,
		  false },
		{ ", expect: { status: { ne: 204 } }", 204, 204, true, false },
		{ ", expect: { status: 2xx, body: { contains: x } }", 200, 299,
		  false, true },
		{ ", expect: { time: { total: { lt: 1s } } }", 200, 299, false,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		char flow[300];
		struct made m;

		snprintf(flow, sizeof(flow), GET("%s"), rows[i].expect);
		const struct leg *f = &make(&m, flow, "", 0)->leg[0];
		must_be(&m, flow);
		for (unsigned k = 100; k < 600 && !f->judges; k++) {
			bool in = k >= rows[i].low && k <= rows[i].high;
			if (f->is_ok[k] != (in != rows[i].is_other))
				fail_msg("%s: %u", flow, k);
		}
		assert_false(f->is_ok[0]);
		assert_int_equal(f->judges, rows[i].judges);
		assert_int_equal(f->route.wants_answer, rows[i].judges);
		unmake(&m);
	}
}

/* What is said of a first row that cannot be asked hides what is secret. */
static void the_first_row_is_known_to_the_redactor(void **state)
{
	struct made m;
	struct buf safe;

	(void)state;
	make(&m, GET(", headers: { X: \"${data.pw}\\n\" }"), "", 0);
	assert_false(m.ok);
	buf_init(&safe, ERR_TEXT_MAX);
	redact_text(m.redactor, "it is hunter-one.", 17, &safe);
	assert_null(strstr(buf_text(&safe), "hunter-one"));
	buf_release(&safe);
	unmake(&m);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_flow_has_its_way),
		TEST(what_cannot_be_is_said),
		TEST(a_row_of_resolve_is_taken),
		TEST(what_varies_is_made_anew),
		TEST(constant_secrets_are_on_the_wire),
		TEST(each_row_has_its_request),
		TEST(own_ids_are_found_on_the_wire),
		TEST(each_request_has_its_own_id),
		TEST(legs_share_what_they_can),
		TEST(all_but_the_last_mind_cookies),
		TEST(steps_have_names),
		TEST(flows_have_weights),
		TEST(statuses_that_are_expected),
		TEST(the_first_row_is_known_to_the_redactor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
