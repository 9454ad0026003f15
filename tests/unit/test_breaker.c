/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/deliver/pace/breaker.h"

#define S     UINT64_C(1000000000)
#define START (UINT64_C(1700000000) * S)

/* Plays a story: + went well, - failed, ? is a try allowed (y or n follows),
 * a digit n lets n minutes pass. */
static void play(struct breaker *b, uint64_t *now, const char *story)
{
	for (const char *p = story; *p; p++) {
		char text[BREAKER_TEXT_MAX];

		switch (*p) {
		case '+':
			breaker_went_well(b);
			break;
		case '-':
			(void)breaker_failed(b, *now);
			break;
		case '?':
			p++;
			if (breaker_allows(b, *now) != (*p == 'y'))
				fail_msg("\"%s\" at %d", story,
					 (int)(p - story));
			break;
		default:
			*now += (uint64_t)(*p - '0') * 60 * S;
			/* another process goes on with it */
			breaker_print(b, text);
			breaker_read(text, b);
		}
	}
}

static const char *const stories[] = {
	"?y+?y-?y-?y-?y-?y-?n",		      /* the fifth in a row opens it */
	"----+----?y",			      /* but only in a row */
	"-----?n1?y+?y----?y",		      /* one good try closes it */
	"-----?n1?y-?n1?n1?y",		      /* twice as long */
	"-----1?y-2?y-?n3?n1?y",	      /* and again */
	"-----1?y-2?y-4?y-8?y-9?n6?y-9?n6?y", /* up to 15 minutes */
	"-----1?y-2?y+-----?n1?y",	      /* then from the beginning */
	"-----9?y?y",			      /* asking costs nothing */
	"-0-0-0-0-0?n1?y",		      /* over one-shot runs as well */
};

static void test_stories(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(*stories); i++) {
		struct breaker b = { .phase = BREAKER_CLOSED };
		uint64_t now = START;

		play(&b, &now, stories[i]);
	}
}

static void test_clock_set_back(void **state)
{
	struct breaker b = { .phase = BREAKER_CLOSED };
	uint64_t now = START;

	(void)state;
	play(&b, &now, "-----?n");
	assert_true(breaker_allows(&b, START - 3600 * S));
}

static void test_opened_once(void **state)
{
	struct breaker b = { .phase = BREAKER_CLOSED };

	(void)state;
	for (int i = 1; i < BREAKER_FAILURES; i++)
		assert_false(breaker_failed(&b, START));
	assert_true(breaker_failed(&b, START));
}

static const struct {
	const char *text;
	enum breaker_phase phase;
	uint64_t failures;
} texts[] = {
	{ NULL, BREAKER_CLOSED, 0 },
	{ "", BREAKER_CLOSED, 0 },
	{ "closed 0", BREAKER_CLOSED, 0 },
	{ "closed 4", BREAKER_CLOSED, 4 },
	{ "closed 5", BREAKER_CLOSED, 0 },
	{ "closed 4 ", BREAKER_CLOSED, 0 },
	{ "closed -1", BREAKER_CLOSED, 0 },
	{ "open 5 60000000000 1700000000000000000", BREAKER_OPEN, 5 },
	{ "open 5 60000000000", BREAKER_CLOSED, 0 },
	{ "open 5 1 1700000000000000000", BREAKER_CLOSED, 0 },
	{ "open 5 99999999999999 1", BREAKER_CLOSED, 0 },
	{ "ajar", BREAKER_CLOSED, 0 },
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct breaker b;

		breaker_read(texts[i].text, &b);
		assert_int_equal(b.phase, texts[i].phase);
		assert_int_equal(b.failures, texts[i].failures);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),
		cmocka_unit_test(test_clock_set_back),
		cmocka_unit_test(test_opened_once),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
