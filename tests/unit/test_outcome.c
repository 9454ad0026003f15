/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/result/outcome.h"

static void every_row_is_complete(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OUTCOME_N; i++) {
		enum outcome o = (enum outcome)i, found = OUTCOME_N;
		const char *name = outcome_name(o);
		const char *sentence = outcome_sentence(o);

		assert_non_null(name);
		assert_true(strlen(name) > 1 && strlen(sentence) > 5);
		assert_true(outcome_find(name, &found));
		assert_int_equal(found, o); /* no name twice */
		for (const char *p = name; *p; p++)
			assert_true(islower((unsigned char)*p) || *p == '-');
		assert_true(sentence[strlen(sentence) - 1] != '.');
		assert_non_null(layer_name(outcome_layer(o)));
		assert_int_equal(outcome_class(o) == CLASS_OK, o == OUTCOME_OK);
		/* what failed on this machine says nothing of the target */
		assert_int_equal(outcome_layer(o) == LAYER_LOCAL,
				 outcome_class(o) == CLASS_LOCAL ||
					 outcome_class(o) == CLASS_UNSEEN);
	}
}

static void rows(void **state)
{
	static const struct {
		const char *name;
		enum outcome o;
		const char *layer;
		enum outcome_class class;
	} want[] = {
		{ "ok", OUTCOME_OK, "none", CLASS_OK },
		{ "dns-fail", OUTCOME_DNS_FAIL, "name", CLASS_TARGET },
		{ "refused", OUTCOME_REFUSED, "tcp", CLASS_TARGET },
		{ "tls-expired", OUTCOME_TLS_EXPIRED, "tls", CLASS_TARGET },
		{ "timeout", OUTCOME_TIMEOUT, "http", CLASS_TARGET },
		{ "status", OUTCOME_STATUS, "expect", CLASS_TARGET },
		{ "local-fail", OUTCOME_LOCAL_FAIL, "local", CLASS_LOCAL },
		{ "skipped", OUTCOME_SKIPPED, "local", CLASS_UNSEEN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		assert_string_equal(outcome_name(want[i].o), want[i].name);
		assert_string_equal(layer_name(outcome_layer(want[i].o)),
				    want[i].layer);
		assert_int_equal(outcome_class(want[i].o), want[i].class);
	}
}

static void unknown_names_are_not_found(void **state)
{
	static const char *const names[] = { "", "OK", "okay", "tls" };
	enum outcome o = OUTCOME_CAPTURE;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_false(outcome_find(names[i], &o));
	assert_int_equal(o, OUTCOME_CAPTURE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(rows),
		cmocka_unit_test(unknown_names_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
