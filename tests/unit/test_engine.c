/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <stdio.h>
#include <stdlib.h>
#include "tests/unit/engine_ask.h"

/* ---- answers ---------------------------------------------------------- */

static void test_ok(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	ask_run(&ask);
	const struct answer *an = &ask.ex.answer;
	assert_outcome(&ask, "ok");
	assert_string_equal(an->detail, "");
	assert_int_equal(an->status, 200);
	assert_string_equal(an->protocol, "HTTP/1.1");
	assert_string_equal(body_of(&ask), "hello");
	assert_int_equal(an->received_bytes, 5);
	assert_false(an->reused);
	assert_null(an->tls);
	assert_int_equal(an->n_headers, 3);
	assert_string_equal(answer_header(an, "x-one"), "1");
	assert_string_equal(answer_header(an, "X-Two"), "");
	assert_null(answer_header(an, "X-Three"));
	assert_non_null(strstr(an->remote, "127.0.0.1:"));
	assert_int_equal(an->phases.ns[PHASE_TLS], 0);
	assert_true(an->phases.ns[PHASE_CONNECT] > 0);
	assert_true(an->phases.ns[PHASE_WAIT] > 0);
	/* the same exchange once more */
	ask_run(&ask);
	assert_string_equal(body_of(&ask), "hello");
	exchange_release(&ask.ex);
	exchange_release(&ask.ex);
}

static void test_planned(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	ask.ex.planned_ns = engine_now_ns() - 5000ull * MS;
	ask_run(&ask);
	assert_true(ask.ex.answer.phases.ns[PHASE_LATENESS] >= 5000ull * MS);
	exchange_release(&ask.ex);
}

static const struct {
	const char *path;
	const char *outcome;
	const char *detail;
	uint64_t body_max;
	uint64_t header_max;
	const char *body;
} endings[] = {
	{ "/interim", "ok", "", 0, 0, "hello" },
	{ "/folded", "ok", "", 0, 0, "" },
	{ "/bad-fields", "protocol", "", 0, 0, "" },
	{ "/nothing-here", "ok", "", 0, 0, "" },
	{ "/reset", "reset", "", 0, 0, "" },
	{ "/close", "closed", "", 0, 0, "" },
	{ "/short", "closed", "", 0, 0, "abc" },
	{ "/bad-chunk", "protocol", "", 0, 0, "" },
	{ "/garbage", "protocol", "", 0, 0, "" },
	{ "/bad-gzip", "encoding", "", 0, 0, "" },
	{ "/ok", "ok", "", 5, 0, "hello" },
	{ "/ok", "too-large", "larger than 4 bytes", 4, 0, "hell" },
	{ "/endless-body", "too-large", "", 100000, 0, NULL },
	{ "/endless-headers", "too-large", "headers are larger", 0, 0, "" },
	{ "/endless-interim", "too-large", "interim", 0, 0, "" },
	{ "/long-header", "too-large", "", 0, 0, "" },
	{ "/ok", "too-large", "headers are larger than 20 bytes", 0, 20, "" },
};

static void test_endings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct ask ask;
		ask_init(&ask, endings[i].path);
		ask.ex.request.body_max_bytes = endings[i].body_max;
		ask.ex.request.header_max_bytes = endings[i].header_max;
		ask.ex.request.wants_compressed = true;
		ask_run(&ask);
		const struct answer *an = &ask.ex.answer;
		print_message("# %s: %s (%s)\n", endings[i].path,
			      outcome_name(an->outcome), an->detail);
		assert_outcome(&ask, endings[i].outcome);
		assert_contains(an->detail, endings[i].detail);
		assert_int_equal(!*an->detail, an->outcome == OUTCOME_OK);
		if (endings[i].body)
			assert_string_equal(body_of(&ask), endings[i].body);
		exchange_release(&ask.ex);
	}
}

static void test_folded(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/folded");
	ask_run(&ask);
	assert_string_equal(answer_header(&ask.ex.answer, "Folded"), "a b");
	exchange_release(&ask.ex);
}

/* libcurl before 8.10 would join the line to a field of the answer before,
 * which is gone: no handle may know that one. */
static void test_fold_first(void **state)
{
	struct session *se = session_new(en);
	struct ask ask;

	(void)state;
	engine_set_transport(en, TRANSPORT_LIBCURL);
	for (int i = 0; i < 4; i++) {
		ask_init(&ask, i % 2 ? "/fold-first" : "/ok");
		ask.ex.session = i < 2 ? NULL : se;
		ask_run(&ask);
		if (i % 2 == 0)
			assert_outcome(&ask, "ok");
		exchange_release(&ask.ex);
	}
	session_free(se);
	engine_set_transport(en, TRANSPORT_AUTO);
}

static void test_refused(void **state)
{
	struct ask ask;

	(void)state;
	ask_port(&ask, closed_port(), "/");
	ask_run(&ask);
	assert_outcome(&ask, "refused");
	assert_true(*ask.ex.answer.detail);
	assert_true(ask.ex.answer.phases.ns[PHASE_CONNECT] > 0);
	assert_int_equal(ask.ex.answer.phases.ns[PHASE_WAIT], 0);
	exchange_release(&ask.ex);
}

static void test_no_such_name(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	ask.ex.request.url = "http://no-such-name.invalid/";
	ask_run(&ask);
	assert_int_equal(outcome_layer(ask.ex.answer.outcome), LAYER_NAME);
	exchange_release(&ask.ex);
}

static void test_refusals(void **state)
{
	static const struct field breaks[] = { { "A", "1\r\nB: 2" } };
	static const struct field blank[] = { { "A b", "1" } };
	static const char *const urls[] = {
		"",	   "ftp://127.0.0.1/", "file:///etc/passwd",
		"http://", "http://[::1",      NULL
	};
	static const char *const methods[] = { "G T", "", "CONNECT",
					       "GET\r\nA: 1" };
	struct ask ask;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		ask_init(&ask, "/ok");
		ask.ex.request.n_headers = 1;
		ask.ex.request.headers = i ? blank : breaks;
		ask_run(&ask);
		assert_outcome(&ask, "value");
		exchange_release(&ask.ex);
	}
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		ask_init(&ask, "/ok");
		ask.ex.request.url = urls[i];
		ask_run(&ask);
		assert_outcome(&ask, "value");
		exchange_release(&ask.ex);
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		ask_init(&ask, "/ok");
		ask.ex.request.method = methods[i];
		ask_run(&ask);
		assert_outcome(&ask, "value");
		exchange_release(&ask.ex);
	}
}

/* ---- requests --------------------------------------------------------- */

static void test_request(void **state)
{
	static const struct field fields[] = { { "X-One", "1" },
					       { "X-Empty", "" } };
	struct ask ask;

	(void)state;
	ask_init(&ask, "/echo?a=/../b");
	ask.ex.request.method = "PATCH";
	ask.ex.request.headers = fields;
	ask.ex.request.n_headers = 2;
	ask.ex.request.body = "{\"a\":1}";
	ask.ex.request.body_len = 7;
	ask.ex.request.auth = AUTH_BASIC;
	ask.ex.request.user = "u";
	ask.ex.request.password = "p";
	ask_run(&ask);
	const char *seen = body_of(&ask);
	assert_contains(seen, "PATCH /echo?a=/../b HTTP/1.1\r\n");
	assert_contains(seen, "\r\nX-One: 1\r\n");
	assert_contains(seen, "\r\nX-Empty:\r\n");
	assert_contains(seen, "\r\nUser-Agent: assay/");
	assert_contains(seen, "\r\nAuthorization: Basic dTpw\r\n");
	assert_contains(seen, "\r\n\r\n{\"a\":1}");
	assert_null(strstr(seen, "Expect"));
	assert_null(strstr(seen, "Content-Type"));
	assert_int_equal(ask.ex.answer.sent_bytes, 7);
	exchange_release(&ask.ex);
}

static void test_methods(void **state)
{
	static const struct {
		const char *method, *part;
	} want[] = {
		{ "GET", "GET /echo HTTP/1.1\r\n" },
		{ "DELETE", "DELETE /echo HTTP/1.1\r\n" },
		{ "OPTIONS", "OPTIONS /echo HTTP/1.1\r\n" },
		{ "POST", "Content-Length: 0\r\n" },
		{ "PUT", "Content-Length: 0\r\n" },
		{ "PURGE", "PURGE /echo HTTP/1.1\r\n" },
	};
	struct ask ask;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ask_init(&ask, "/echo");
		ask.ex.request.method = want[i].method;
		ask_run(&ask);
		assert_outcome(&ask, "ok");
		assert_contains(body_of(&ask), want[i].part);
		exchange_release(&ask.ex);
	}
	ask_init(&ask, "/ok");
	ask.ex.request.method = "HEAD";
	ask.ex.request.version = HTTP_1_0;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	assert_string_equal(body_of(&ask), "");
	exchange_release(&ask.ex);
}

static void test_bearer(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/echo");
	ask.ex.request.auth = AUTH_BEARER;
	ask.ex.request.password = "t0ken";
	ask_run(&ask);
	assert_contains(body_of(&ask), "\r\nAuthorization: Bearer t0ken\r\n");
	exchange_release(&ask.ex);
}

static void test_large_upload(void **state)
{
	size_t len = 900000;
	char *body = malloc(len);
	struct ask ask;

	(void)state;
	memset(body, 'x', len);
	ask_init(&ask, "/ok");
	ask.ex.request.method = "PUT";
	ask.ex.request.body = body;
	ask.ex.request.body_len = len;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	assert_int_equal(ask.ex.answer.sent_bytes, len);
	assert_true(ask.ex.answer.phases.ns[PHASE_SEND] > 0);
	exchange_release(&ask.ex);
	free(body);
}

static void test_form(void **state)
{
	static const struct form_part parts[] = {
		{ .name = "a", .text = "1", .len = 1 },
		{ .name = "f",
		  .text = "x,y",
		  .len = 3,
		  .file_name = "t.csv",
		  .type = "text/csv" },
	};
	static const struct form_part missing[] = {
		{ .name = "f", .file = "/no/such/file" },
	};
	struct ask ask;

	(void)state;
	ask_init(&ask, "/echo");
	ask.ex.request.method = "POST";
	ask.ex.request.parts = parts;
	ask.ex.request.n_parts = 2;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	assert_contains(body_of(&ask), "multipart/form-data; boundary=");
	assert_contains(body_of(&ask), "name=\"f\"; filename=\"t.csv\"");
	assert_contains(body_of(&ask), "Content-Type: text/csv");
	ask.ex.request.parts = missing;
	ask.ex.request.n_parts = 1;
	ask_run(&ask);
	assert_outcome(&ask, "local-fail");
	exchange_release(&ask.ex);
}

static void test_environment_is_ignored(void **state)
{
	struct ask ask;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	ask_init(&ask, "/ok");
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	unsetenv("http_proxy");
	exchange_release(&ask.ex);
}

static void test_ways(void **state)
{
	char entry[100];
	const char *list[] = { entry };
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	snprintf(ask.url, sizeof(ask.url), "http://a.test:81/ok");
	snprintf(entry, sizeof(entry), "a.test:81:127.0.0.1:%u",
		 server_port(server));
	ask.ex.request.connect_to = list;
	ask.ex.request.n_connect_to = 1;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	exchange_release(&ask.ex);
	ask_init(&ask, "/ok");
	snprintf(ask.url, sizeof(ask.url), "http://a.test:%u/ok",
		 server_port(server));
	snprintf(entry, sizeof(entry), "a.test:%u:127.0.0.1",
		 server_port(server));
	ask.ex.request.resolve = list;
	ask.ex.request.n_resolve = 1;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	exchange_release(&ask.ex);
	ask_port(&ask, closed_port(), "/ok");
	ask.ex.request.proxy = ask.url;
	ask_run(&ask);
	assert_outcome(&ask, "proxy-fail");
	exchange_release(&ask.ex);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ok),
		cmocka_unit_test(test_planned),
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_folded),
		cmocka_unit_test(test_fold_first),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_such_name),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_bearer),
		cmocka_unit_test(test_large_upload),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_environment_is_ignored),
		cmocka_unit_test(test_ways),
	};

	return cmocka_run_group_tests(tests, engine_set_up, engine_tear_down);
}
