/* SPDX-License-Identifier: MIT */
#ifndef PROBE_REDIRECT_H
#define PROBE_REDIRECT_H

/*
 * redirect - where a 3xx leads, and what may go along.
 *
 * The methods follow RFC 9110, 15.4: after 303 everything but HEAD becomes
 * GET, after 301 and 302 POST does, 307 and 308 keep method and body.  What
 * proves who asks (Authorization, Cookie and API key headers of the scenario,
 * headers made of secrets, basic and digest, the client certificate) goes to
 * the same scheme, host and port only.  From https to http nothing goes, nor
 * to another scheme, nor does a body made of secrets go to another host.
 * Cookies of the session have rules of their own and are not touched.
 *
 * Pure: how many redirects are too many is the caller's.
 */

#include "probe/ask/ask.h"

struct arena;

enum redirect_is {
	REDIRECT_NONE,	 /* the answer is final */
	REDIRECT_FOLLOW, /* *asked is the next request */
	REDIRECT_REFUSE, /* *why says why not */
};

/* Looks at the answer to *asked.  On REDIRECT_FOLLOW *asked has become the
 * request for the next hop; on REDIRECT_REFUSE *why is one sentence. */
enum redirect_is redirect_next(struct arena *a, struct asked *asked,
			       long status, const char *location,
			       const char **why);

#endif
