/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ORIGIN_BEHAVE_H
#define TESTS_ORIGIN_BEHAVE_H

/*
 * behave - which path is answered how.
 *
 * Each behaviour is one table entry: a path, a line of help, and a function
 * that fills a reply (reply.h) or, for what is broken on purpose, writes the
 * connection's script itself (play.h).  A path that ends in "/" takes all
 * below it and gets the part behind as `rest`.
 */

#include "tests/origin/text.h"

struct conn;
struct reply;
struct request;

enum behave_flag {
	BEHAVE_EARLY = 1,  /* answered before the request's body is read */
	BEHAVE_SCRIPT = 2, /* the function writes the script itself */
	BEHAVE_PLAIN = 4,  /* the query does not bend the reply, but the
			      X-Reply header does */
};

struct behaviour {
	const char *path;
	const char *keys; /* for the help */
	const char *help;
	unsigned flags;
	void (*serve)(struct conn *c, const struct request *r, struct text rest,
		      struct reply *rep);
};

/* Never NULL: an unknown path is answered 404. */
const struct behaviour *behave_find(struct text path);

/* Puts the answer on c's script. */
void behave_serve(struct conn *c, const struct behaviour *b,
		  const struct request *r);

/* Puts an answer to a request that could not be read, and the end. */
void behave_refuse(struct conn *c, int status);

void behave_help(struct buf *out);

/* One per room; each ends with an entry whose path is NULL. */
extern const struct behaviour behave_state[];
extern const struct behaviour behave_auth[];
extern const struct behaviour behave_redirect[];

/* /fault/REST */
void fault_serve(struct conn *c, const struct request *r, struct text rest,
		 struct reply *rep);
void fault_help(struct buf *out);

#endif
