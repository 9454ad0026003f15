/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/engine_ask.h"

static char folder[] = P_tmpdir "/assay-tls-XXXXXX";
static char ca_path[100];
static char client_path[100];

/* ---- certificates ----------------------------------------------------- */

enum made {
	ROOT,
	INTER,
	OLD_INTER,
	OTHER_ROOT,
	GOOD,
	EXPIRED,
	NOT_YET,
	ALONE,	  /* self-signed */
	BY_OLD,	  /* of the expired intermediate */
	BY_OTHER, /* of a root that nobody trusts */
	SMALL,	  /* RSA 1024 */
	BY_SHA1,
	CLIENT,
	MADE_N
};

#define LEAF .alt_names = "DNS:a.test,DNS:*.b.test,IP:127.0.0.1"
#define NOW  .from_days = -10, .to_days = 100

static const struct {
	struct cert_plan plan;
	int issuer; /* -1: itself */
} plans[] = {
	[ROOT] = { { .name = "Root", .is_ca = true, NOW }, -1 },
	[INTER] = { { .name = "Inter",
		      .is_ca = true,
		      .from_days = -10,
		      .to_days = 50 },
		    ROOT },
	[OLD_INTER] = { { .name = "Old Inter",
			  .is_ca = true,
			  .from_days = -10,
			  .to_days = -3 },
			ROOT },
	[OTHER_ROOT] = { { .name = "Other", .is_ca = true, NOW }, -1 },
	[GOOD] = { { .name = "good", LEAF, NOW }, INTER },
	[EXPIRED] = { { .name = "expired",
			LEAF,
			.from_days = -10,
			.to_days = -2 },
		      INTER },
	[NOT_YET] = { { .name = "not yet",
			LEAF,
			.from_days = 5,
			.to_days = 100 },
		      INTER },
	[ALONE] = { { .name = "alone", LEAF, NOW }, -1 },
	[BY_OLD] = { { .name = "by old", LEAF, NOW }, OLD_INTER },
	[BY_OTHER] = { { .name = "by other", LEAF, NOW }, OTHER_ROOT },
	[SMALL] = { { .name = "small", LEAF, NOW, .rsa_bits = 1024 }, INTER },
	[BY_SHA1] = { { .name = "sha1", LEAF, NOW, .sha1 = true }, INTER },
	[CLIENT] = { { .name = "client", NOW }, INTER },
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

/* ---- exchanges -------------------------------------------------------- */

static void ask_tls(struct ask *ask, const struct server *s,
		    enum request_kind kind)
{
	ask_port(ask, server_port(s), "/ok");
	snprintf(ask->url, sizeof(ask->url),
		 kind == REQUEST_TLS ? "127.0.0.1:%u"
				     : "https://127.0.0.1:%u/ok",
		 server_port(s));
	ask->ex.request.kind = kind;
	ask->ex.request.ca_file = ca_path;
}

/* ---- rows ------------------------------------------------------------- */

static const struct {
	int chain[SERVER_CHAIN_MAX]; /* of enum made, from 1 up; 0 ends */
	const char *name;
	const char *outcome;
	const char *detail;
	int64_t days;
	bool trusted;
	bool name_ok;
} rows[] = {
	{ { GOOD, INTER }, NULL, "ok", "", 50, true, true },
	{ { GOOD, INTER }, "a.test", "ok", "", 50, true, true },
	{ { GOOD, INTER }, "x.b.test", "ok", "", 50, true, true },
	{ { GOOD, INTER, OTHER_ROOT }, NULL, "ok", "", 50, true, true },
	{ { GOOD, OLD_INTER, INTER }, NULL, "ok", "", 50, true, true },
	{ { GOOD, INTER },
	  "c.test",
	  "tls-name",
	  "the certificate is for \"a.test, *.b.test, 127.0.0.1\", not for "
	  "\"c.test\"",
	  50,
	  true,
	  false },
	{ { EXPIRED, INTER },
	  NULL,
	  "tls-expired",
	  "the leaf certificate \"CN=expired\" expired 1 day ago, on ",
	  -2,
	  false,
	  true },
	{ { EXPIRED, INTER },
	  "c.test",
	  "tls-expired",
	  "; the certificate is "
	  "for",
	  -2,
	  false,
	  false },
	{ { NOT_YET, INTER },
	  NULL,
	  "tls-not-yet-valid",
	  "\"CN=not yet\" is valid only from ",
	  50,
	  false,
	  true },
	{ { ALONE },
	  NULL,
	  "tls-self-signed",
	  "the certificate is self-signed",
	  100,
	  false,
	  true },
	{ { GOOD },
	  NULL,
	  "tls-untrusted",
	  "the intermediate certificate was not sent",
	  100,
	  false,
	  true },
	{ { BY_OLD, OLD_INTER },
	  NULL,
	  "tls-expired",
	  "the intermediate certificate \"CN=Old Inter\" expired 2 days ago",
	  -3,
	  false,
	  true },
	{ { BY_OTHER, OTHER_ROOT },
	  NULL,
	  "tls-untrusted",
	  "the root certificate \"CN=Other\" was sent, but is not trusted",
	  100,
	  false,
	  true },
	{ { SMALL, INTER },
	  NULL,
	  "tls-weak",
	  "\"CN=small\" has a weak key: rsa 1024",
	  50,
	  false,
	  true },
	{ { BY_SHA1, INTER },
	  NULL,
	  "tls-weak",
	  "weak signature: ecdsa-with-SHA1",
	  50,
	  false,
	  true },
};

static struct server *serve(const int chain[SERVER_CHAIN_MAX],
			    const struct server_tls *more)
{
	struct server_tls tls = more ? *more : (struct server_tls){ 0 };

	tls.key = made[chain[0]].key;
	for (int i = 0; i < SERVER_CHAIN_MAX; i++)
		tls.chain[i] = chain[i] ? made[chain[i]].cert : NULL;
	return server_start(SERVER_HTTP, &tls);
}

static void check_facts(const struct ask *ask, size_t row, bool verified)
{
	const struct tls_facts *f = ask->ex.answer.tls;

	assert_non_null(f);
	assert_int_equal(f->verified, verified);
	assert_int_equal(f->trusted, rows[row].trusted);
	assert_int_equal(f->name_ok, rows[row].name_ok);
	assert_int_equal(f->days, rows[row].days);
	assert_string_equal(f->protocol, "TLSv1.3");
	assert_contains(f->cipher, "TLS_");
	assert_string_equal(f->name,
			    rows[row].name ? rows[row].name : "127.0.0.1");
	assert_contains(f->why, rows[row].detail);
	size_t n = 0;
	while (n < SERVER_CHAIN_MAX && rows[row].chain[n])
		n++;
	assert_int_equal(f->n_certs, n);
	assert_string_equal(f->certs[0].role, "leaf");
}

static void test_rows(void **state)
{
	static const enum request_kind kinds[] = { REQUEST_HTTP, REQUEST_TLS };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server *s = serve(rows[i].chain, NULL);
		for (int k = 0; k < 4; k++) {
			struct ask ask;
			ask_tls(&ask, s, kinds[k % 2]);
			ask.ex.request.verify_name = rows[i].name;
			ask.ex.request.skip_verify = k >= 2;
			ask.ex.request.wants_any_tls = k == 1;
			ask_run(&ask);
			if (!k)
				print_message(
					"# %s: %s\n",
					outcome_name(ask.ex.answer.outcome),
					ask.ex.answer.detail);
			assert_outcome(&ask, k < 2 ? rows[i].outcome : "ok");
			check_facts(&ask, i, k < 2);
			if (k < 2)
				assert_contains(ask.ex.answer.detail,
						rows[i].detail);
			exchange_release(&ask.ex);
		}
		server_stop(s);
	}
}

static void test_facts(void **state)
{
	static const int chain[SERVER_CHAIN_MAX] = { GOOD, INTER, OTHER_ROOT };
	struct server *s = serve(chain, NULL);
	struct ask ask;

	(void)state;
	ask_tls(&ask, s, REQUEST_TLS);
	ask.ex.request.sni = "x.b.test";
	ask.ex.request.verify_name = "127.0.0.1";
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	const struct tls_facts *f = ask.ex.answer.tls;
	assert_string_equal(f->sni, "x.b.test");
	assert_string_equal(f->name, "127.0.0.1");
	assert_int_equal(f->n_certs, 3);
	const struct cert *c = f->certs;
	assert_string_equal(c[0].subject, "CN=good");
	assert_string_equal(c[0].issuer, "CN=Inter");
	assert_string_equal(c[0].key, "ec P-256");
	assert_string_equal(c[0].signature, "ecdsa-with-SHA256");
	assert_string_equal(c[0].names, "a.test, *.b.test, 127.0.0.1");
	assert_int_equal(strlen(c[0].sha256), 64);
	assert_true(*c[0].serial);
	assert_int_equal(c[0].days, 100);
	assert_int_equal(c[0].not_after_s - c[0].not_before_s,
			 110 * 86400 + 60);
	assert_true(c[0].on_path && c[1].on_path && !c[2].on_path);
	assert_string_equal(c[1].role, "intermediate");
	assert_string_equal(c[2].role, "extra");
	assert_true(ask.ex.answer.phases.ns[PHASE_TLS] > 0);
	assert_int_equal(ask.ex.answer.phases.ns[PHASE_WAIT], 0);
	assert_true(ask.ex.answer.phases.ns[PHASE_CONNECT] <
		    ask.ex.answer.phases.ns[PHASE_TLS]);
	exchange_release(&ask.ex);
	server_stop(s);
}

/* A connection that was open already has its facts, and is not used by one
 * that asks for more. */
static void test_reuse(void **state)
{
	static const int chain[SERVER_CHAIN_MAX] = { ALONE };
	struct server *s = serve(chain, NULL);
	struct session *se = session_new(en);
	struct ask ask;

	(void)state;
	ask_tls(&ask, s, REQUEST_HTTP);
	ask.ex.session = se;
	ask.ex.request.skip_verify = true;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	assert_false(ask.ex.answer.reused);
	ask_run(&ask);
	assert_true(ask.ex.answer.reused);
	assert_non_null(ask.ex.answer.tls);
	assert_string_equal(ask.ex.answer.tls->certs[0].subject, "CN=alone");
	assert_false(ask.ex.answer.tls->trusted);
	assert_int_equal(ask.ex.answer.phases.ns[PHASE_TLS], 0);
	ask.ex.request.skip_verify = false;
	ask_run(&ask);
	assert_outcome(&ask, "tls-self-signed");
	exchange_release(&ask.ex);
	session_free(se);
	server_stop(s);
}

static void test_client_cert(void **state)
{
	static const int chain[SERVER_CHAIN_MAX] = { GOOD, INTER };
	struct server_tls tls = { .wants_client_cert = true };
	struct ask ask;

	(void)state;
	for (int i = 0; i < 2; i++) {
		tls.only_tls12 = i;
		struct server *s = serve(chain, &tls);
		ask_tls(&ask, s, REQUEST_HTTP);
		ask_run(&ask);
		assert_outcome(&ask, "tls-fail");
		assert_string_equal(ask.ex.answer.detail,
				    "the server wants a client certificate");
		assert_non_null(ask.ex.answer.tls);
		ask.ex.request.cert_file = client_path;
		ask_run(&ask);
		assert_outcome(&ask, "tls-fail"); /* the server knows no CA */
		ask.ex.request.cert_file = "/no/such/file";
		ask_run(&ask);
		assert_outcome(&ask, "local-fail");
		exchange_release(&ask.ex);
		server_stop(s);
	}
}

static void test_versions(void **state)
{
	static const int chain[SERVER_CHAIN_MAX] = { GOOD, INTER };
	struct server_tls tls = { .only_tls12 = true };
	struct server *s = serve(chain, &tls);
	struct ask ask;

	(void)state;
	ask_tls(&ask, s, REQUEST_TLS);
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	assert_string_equal(ask.ex.answer.tls->protocol, "TLSv1.2");
	ask.ex.request.tls_min = "TLSv1.3";
	ask_run(&ask);
	assert_outcome(&ask, "tls-fail");
	assert_contains(ask.ex.answer.detail, "TLS versions");
	ask.ex.request.tls_min = NULL;
	ask.ex.request.wants_any_tls = true;
	ask.ex.request.tls_max = "TLSv1.1";
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	assert_string_equal(ask.ex.answer.tls->protocol, "TLSv1.1");
	ask.ex.request.tls_max = "SSLv3";
	ask_run(&ask);
	assert_outcome(&ask, "value");
	exchange_release(&ask.ex);
	server_stop(s);
}

static void test_no_tls(void **state)
{
	struct server *s = server_start(SERVER_LINES, NULL);
	struct ask ask;

	(void)state;
	ask_tls(&ask, s, REQUEST_TLS);
	ask_run(&ask);
	assert_outcome(&ask, "tls-fail");
	assert_contains(ask.ex.answer.detail, "does not speak TLS");
	assert_null(ask.ex.answer.tls);
	exchange_release(&ask.ex);
	server_stop(s);
}

static void test_authorities(void **state)
{
	static const int chain[SERVER_CHAIN_MAX] = { GOOD, INTER };
	struct server *s = serve(chain, NULL);
	struct ask ask;

	(void)state;
	ask_tls(&ask, s, REQUEST_HTTP);
	ask.ex.request.ca_file = NULL; /* the system's: knows no such root */
	ask_run(&ask);
	assert_outcome(&ask, "tls-untrusted");
	assert_contains(ask.ex.answer.detail, "the authority is not trusted");
	ask.ex.request.ca_file = "/no/such/file";
	ask_run(&ask);
	assert_outcome(&ask, "local-fail");
	assert_contains(ask.ex.answer.detail, "does not exist");
	/* a file that changes is read again */
	cert_write(client_path, made[OTHER_ROOT].cert, NULL);
	ask.ex.request.ca_file = client_path;
	ask_run(&ask);
	assert_outcome(&ask, "tls-untrusted");
	unlink(client_path);
	cert_write(client_path, made[ROOT].cert, NULL);
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	exchange_release(&ask.ex);
	server_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_client_cert),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_no_tls),
		cmocka_unit_test(test_authorities),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
