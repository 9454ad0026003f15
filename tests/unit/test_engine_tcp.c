/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <stdio.h>
#include "tests/unit/engine_ask.h"

/* ---- dialogues -------------------------------------------------------- */

static bool until_line(void *self, const char *bytes, size_t len)
{
	(void)self;
	return len && bytes[len - 1] == '\n';
}

#define SAY(text) .send = (text), .send_len = sizeof(text) - 1
#define HEAR	  .wants_answer = true, .until = until_line

static const struct {
	size_t n;
	struct tcp_turn turns[3];
	uint64_t max;
	uint64_t first_byte_ns;
	const char *outcome;
	const char *last;
} talks[] = {
	{ 0, { { .send = NULL } }, 0, 0, "ok", "" },
	{ 1, { { HEAR } }, 0, 0, "ok", "220 here\r\n" },
	{ 2, { { HEAR }, { SAY("PING\r\n"), HEAR } }, 0, 0, "ok", "PONG\r\n" },
	{ 3,
	  { { HEAR }, { SAY("MUTE\r\n") }, { SAY("QUIT\r\n"), HEAR } },
	  0,
	  0,
	  "ok",
	  "221 bye\r\n" },
	{ 3,
	  { { HEAR }, { SAY("QUIT\r\n"), HEAR }, { HEAR } },
	  0,
	  0,
	  "closed",
	  "" },
	{ 2,
	  { { HEAR }, { SAY("MUTE\r\n"), HEAR } },
	  0,
	  60 * MS,
	  "timeout",
	  "" },
	{ 2,
	  { { HEAR },
	    { SAY("FLOOD\r\n"), .wants_answer = true, .until = NULL } },
	  0,
	  0,
	  "ok",
	  NULL },
	{ 1, { { HEAR } }, 5, 0, "too-large", "220 h" },
};

static void test_dialogue(void **state)
{
	struct server *lines = server_start(SERVER_LINES, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
		struct ask ask;
		ask_init(&ask, "");
		snprintf(ask.url, sizeof(ask.url), "127.0.0.1:%u",
			 server_port(lines));
		ask.ex.request.kind = REQUEST_TCP;
		ask.ex.request.n_turns = talks[i].n;
		ask.ex.request.turns = talks[i].turns;
		ask.ex.request.body_max_bytes = talks[i].max;
		ask.ex.request.limits.first_byte_ns = talks[i].first_byte_ns;
		ask_run(&ask);
		const struct answer *an = &ask.ex.answer;
		print_message("# talk %zu: %s (%s)\n", i,
			      outcome_name(an->outcome), an->detail);
		assert_outcome(&ask, talks[i].outcome);
		assert_int_equal(an->n_turns, talks[i].n);
		if (talks[i].n && talks[i].last)
			assert_string_equal(
				buf_text(&an->turn_bytes[an->n_turns - 1]),
				talks[i].last);
		exchange_release(&ask.ex);
	}
	server_stop(lines);
}

static void test_dialogue_refused(void **state)
{
	static const struct tcp_turn turn = { HEAR };
	struct ask ask;

	(void)state;
	ask_init(&ask, "");
	snprintf(ask.url, sizeof(ask.url), "127.0.0.1:%u", closed_port());
	ask.ex.request.kind = REQUEST_TCP;
	ask.ex.request.n_turns = 1;
	ask.ex.request.turns = &turn;
	ask_run(&ask);
	assert_outcome(&ask, "refused");
	ask.ex.request.url = "http://127.0.0.1:80/";
	ask_run(&ask);
	assert_outcome(&ask, "value");
	exchange_release(&ask.ex);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogue),
		cmocka_unit_test(test_dialogue_refused),
	};

	return cmocka_run_group_tests(tests, engine_set_up, engine_tear_down);
}
