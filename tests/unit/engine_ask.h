/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_ENGINE_ASK_H
#define TESTS_UNIT_ENGINE_ASK_H

/*
 * engine_ask - one exchange of a unit test, and what it runs on.
 *
 * A test program has one engine and one HTTP server (engine_server.h), made
 * by engine_set_up() and given back by engine_tear_down().
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "probe/engine/engine.h"
#include "tests/unit/engine_server.h"

enum { MS = 1000000 };

extern struct engine *en;
extern struct server *server;

int engine_set_up(void **state);
int engine_tear_down(void **state);

struct ask {
	struct exchange ex;
	char url[200];
	unsigned done; /* times that on_done was called */
};

/* A GET of http://127.0.0.1:port/path, with a limit of 20 s. */
void ask_port(struct ask *ask, unsigned port, const char *path);
void ask_init(struct ask *ask, const char *path); /* of the server */

/* Runs it to its end and checks what holds for every answer. */
void ask_run(struct ask *ask);

const char *body_of(const struct ask *ask);

unsigned closed_port(void);

#define assert_outcome(ask, name) \
	assert_string_equal(outcome_name((ask)->ex.answer.outcome), name)

#define assert_contains(text, part)                                      \
	do {                                                             \
		if (!strstr(text, part))                                 \
			fail_msg("\"%s\" does not contain \"%s\"", text, \
				 part);                                  \
	} while (0)

#endif
