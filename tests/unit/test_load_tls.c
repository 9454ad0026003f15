/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
/* TLS in loads: certificates are judged as the engine judges them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "loadgen/transport/conn.h"
#include "scenarios/base/err.h"
#include "tests/unit/load_lane.h"
#include "tests/unit/load_script.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static char folder[] = P_tmpdir "/assay-load-XXXXXX";
static char ca_path[100];
static char client_path[100];

enum made {
	ROOT,
	OTHER_ROOT,
	GOOD,
	EXPIRED,
	NOT_YET,
	ALONE, /* self-signed */
	BY_OTHER,
	SMALL,
	CLIENT,
	MADE_N
};

#define LEAF .alt_names = "DNS:a.test,IP:127.0.0.1"
#define NOW  .from_days = -10, .to_days = 100

static const struct {
	struct cert_plan plan;
	int issuer; /* -1: itself */
} plans[] = {
	[ROOT] = { { .name = "Root", .is_ca = true, NOW }, -1 },
	[OTHER_ROOT] = { { .name = "Other", .is_ca = true, NOW }, -1 },
	[GOOD] = { { .name = "good", LEAF, NOW }, ROOT },
	[EXPIRED] = { { .name = "expired",
			LEAF,
			.from_days = -10,
			.to_days = -2 },
		      ROOT },
	[NOT_YET] = { { .name = "not yet",
			LEAF,
			.from_days = 5,
			.to_days = 100 },
		      ROOT },
	[ALONE] = { { .name = "alone", LEAF, NOW }, -1 },
	[BY_OTHER] = { { .name = "by other", LEAF, NOW }, OTHER_ROOT },
	[SMALL] = { { .name = "small", LEAF, NOW, .rsa_bits = 1024 }, ROOT },
	[CLIENT] = { { .name = "client", NOW }, ROOT },
};

static struct made_cert made[MADE_N];

static int set_up(void **state)
{
	if (engine_set_up(state) || !mkdtemp(folder))
		return -1;
	for (int i = 0; i < MADE_N; i++)
		made[i] = cert_make(
			&plans[i].plan,
			plans[i].issuer < 0 ? NULL : &made[plans[i].issuer]);
	snprintf(ca_path, sizeof(ca_path), "%s/ca.pem", folder);
	snprintf(client_path, sizeof(client_path), "%s/client.pem", folder);
	cert_write(ca_path, made[ROOT].cert, NULL);
	cert_write(client_path, made[CLIENT].cert, made[CLIENT].key);
	return 0;
}

static int tear_down(void **state)
{
	for (int i = 0; i < MADE_N; i++)
		cert_unmake(&made[i]);
	unlink(ca_path);
	unlink(client_path);
	rmdir(folder);
	return engine_tear_down(state);
}

static struct server *serve(enum made leaf, const struct server_tls *more)
{
	struct server_tls tls = more ? *more : (struct server_tls){ 0 };

	tls.key = made[leaf].key;
	tls.chain[0] = made[leaf].cert;
	return server_start(SERVER_HTTP, &tls);
}

static void init(struct load *ld, unsigned port, const char *path)
{
	load_init(ld, port, path);
	snprintf(ld->url, sizeof(ld->url), "https://127.0.0.1:%u%s", port,
		 path);
	ld->route.is_tls = true;
	ld->route.wants_answer = true;
	ld->request.ca_file = ca_path;
}

/* By a load, twice, and by the engine: the same, and this. */
static void run_both(struct load *ld, const char *outcome)
{
	struct ask ask;

	ask_port(&ask, ld->route.port, "/");
	memcpy(ask.url, ld->url, sizeof(ask.url));
	ask.ex.request = ld->request;
	ask.ex.request.url = ask.url;
	ask.ex.request.version = HTTP_1_1;
	ask.ex.request.method = "GET";
	ask.ex.owner = &ask;
	ask_run(&ask);
	load_open(ld);
	for (int i = 0; i < 2; i++) {
		load_run(ld);
		load_assert_same(ld, &ask);
		assert_ended(ld, outcome);
	}
	if (strncmp(outcome, "tls", 3) == 0)
		assert_string_equal(ld->lane->detail, ask.ex.answer.detail);
	exchange_release(&ask.ex);
	load_close(ld);
}

static void test_certificates(void **state)
{
	static const struct {
		enum made leaf;
		const char *name, *sni;
		bool skip_verify;
		const char *outcome;
	} rows[] = {
		{ GOOD, NULL, NULL, false, "ok" },
		{ GOOD, "a.test", NULL, false, "ok" },
		{ GOOD, NULL, "a.test", false, "ok" },
		{ GOOD, "b.test", NULL, false, "tls-name" },
		{ GOOD, NULL, "b.test", false, "tls-name" },
		{ GOOD, "b.test", NULL, true, "ok" },
		{ EXPIRED, NULL, NULL, false, "tls-expired" },
		{ EXPIRED, NULL, NULL, true, "ok" },
		{ NOT_YET, NULL, NULL, false, "tls-not-yet-valid" },
		{ ALONE, NULL, NULL, false, "tls-self-signed" },
		{ BY_OTHER, NULL, NULL, false, "tls-untrusted" },
		{ BY_OTHER, NULL, NULL, true, "ok" },
		{ SMALL, NULL, NULL, false, "tls-weak" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct server *s = serve(rows[i].leaf, NULL);
		struct load ld;
		init(&ld, server_port(s), "/ok");
		ld.request.verify_name = rows[i].name;
		ld.request.sni = rows[i].sni;
		ld.request.skip_verify = rows[i].skip_verify;
		run_both(&ld, rows[i].outcome);
		server_stop(s);
	}
}

static void test_faults(void **state)
{
	static const struct {
		const char *path;
		const char *outcome;
	} rows[] = {
		{ "/interim", "ok" },
		{ "/reset", NULL },
		{ "/close", "closed" },
		{ "/short", "closed" },
		{ "/bad-chunk", "protocol" },
		{ "/garbage", "protocol" },
		{ "/endless-headers", "too-large" },
		{ "/endless-body", "too-large" },
	};
	struct server *s = serve(GOOD, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct load ld;
		init(&ld, server_port(s), rows[i].path);
		ld.request.body_max_bytes = 100000;
		if (rows[i].outcome) {
			run_both(&ld, rows[i].outcome);
			continue;
		}
		load_open(&ld);
		load_run(&ld);
		assert_true(ld.lane->sample.outcome == OUTCOME_RESET ||
			    ld.lane->sample.outcome == OUTCOME_CLOSED);
		load_close(&ld);
	}
	server_stop(s);
}

/* ---- settings --------------------------------------------------------- */

static void test_client_cert(void **state)
{
	static const struct server_tls wants[] = {
		{ .wants_client_cert = true },
		{ .wants_client_cert = true, .only_tls12 = true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wants); i++) {
		struct server *s = serve(GOOD, &wants[i]);
		struct load ld;
		init(&ld, server_port(s), "/ok");
		run_both(&ld, "tls-fail");
		/* this server trusts nobody, but it has been shown one */
		init(&ld, server_port(s), "/ok");
		ld.request.cert_file = client_path;
		run_both(&ld, "tls-fail");
		server_stop(s);
	}
}

static void test_versions(void **state)
{
	static const struct server_tls old = { .only_tls12 = true };
	struct server *s = serve(GOOD, &old);
	struct load ld;

	(void)state;
	init(&ld, server_port(s), "/ok");
	run_both(&ld, "ok");
	init(&ld, server_port(s), "/ok");
	ld.request.tls_max = "TLSv1.2";
	run_both(&ld, "ok");
	init(&ld, server_port(s), "/ok");
	ld.request.tls_min = "TLSv1.3";
	run_both(&ld, "tls-fail");
	server_stop(s);
}

static void test_refusals(void **state)
{
	static const struct {
		struct request rq;
		const char *why;
	} rows[] = {
		{ { .ca_file = "/nowhere/ca.pem" }, "does not exist" },
		{ { .cert_file = "/nowhere/c.pem" }, "client certificate" },
		{ { .tls_min = "TLSv9" }, "TLSv9" },
	};
	struct errs *es = calloc(1, sizeof(*es));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct route rt = { .request = &rows[i].rq, .host = "a" };
		es->n = 0;
		assert_null(tls_new(&rt, "http/1.1", es));
		assert_int_equal(es->n, 1);
		assert_contains(es->item[0].text, rows[i].why);
	}
	free(es);
}

static void test_no_tls(void **state)
{
	static const struct turn turns[] = {
		{ .say = "hello, this is no TLS\r\n",
		  .then = THEN_WAIT_CLOSE,
		  .asks_none = true },
		{ .say = "hello, this is no TLS\r\n",
		  .then = THEN_WAIT_CLOSE,
		  .asks_none = true },
		{ .say = "hello, this is no TLS\r\n",
		  .then = THEN_WAIT_CLOSE,
		  .asks_none = true },
		{ .say = NULL, .then = THEN_CLOSE, .asks_none = true },
		{ .say = NULL },
	};
	struct script *s = script_start(turns, NULL);
	struct load ld;

	(void)state;
	init(&ld, script_port(s), "/");
	run_both(&ld, "tls-fail");
	script_stop(s);
	init(&ld, closed_port(), "/");
	run_both(&ld, "refused");
}

/* ---- sessions --------------------------------------------------------- */

static void test_sessions(void **state)
{
	static const struct server_tls kinds[] = { { .only_tls12 = false },
						   { .only_tls12 = true } };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct server *s = serve(GOOD, &kinds[i % 2]);
		struct load ld;
		init(&ld, server_port(s), "/ok");
		ld.route.resumes = i < 2;
		ld.route.is_fresh = true;
		load_open(&ld);
		for (int n = 0; n < 3; n++) {
			load_run(&ld);
			assert_ended(&ld, "ok");
			assert_true(ld.lane->sample.tls_ns > 0);
		}
		assert_int_equal(ld.hub->n_made, 3);
		load_close(&ld);
		server_stop(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_client_cert),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_tls),
		cmocka_unit_test(test_sessions),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
