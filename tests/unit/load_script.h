/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_LOAD_SCRIPT_H
#define TESTS_UNIT_LOAD_SCRIPT_H

/*
 * load_script - a server that says what it was told to, turn by turn.
 *
 * One thread serves one connection after the other with blocking calls, on
 * loopback or a unix socket.
 */

#include <stdbool.h>
#include <stddef.h>

enum script_then {
	THEN_KEEP,
	THEN_CLOSE,
	THEN_RESET,
	THEN_WAIT_CLOSE, /* for the client to close */
	THEN_MORE,	 /* the next turn goes on with the same request */
};

struct turn {
	const char *say; /* NULL: nothing */
	enum script_then then;
	bool is_cut;	/* one byte at a time */
	bool asks_head; /* answers as soon as the head of a request is there */
	bool asks_none; /* does not wait for any request */
};

struct script;

/* Turns end with one whose say is NULL and which is otherwise zero.  path
 * NULL: a port of 127.0.0.1. */
struct script *script_start(const struct turn *turns, const char *path);
/* Waits until all was said. */
void script_stop(struct script *s);
unsigned script_port(const struct script *s);
/* Behind script_stop() they are gone. */
size_t script_connections(const struct script *s);
size_t script_received(const struct script *s); /* bytes of requests */

#endif
