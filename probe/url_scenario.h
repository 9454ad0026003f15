/* SPDX-License-Identifier: MIT */
#ifndef PROBE_URL_SCENARIO_H
#define PROBE_URL_SCENARIO_H

/*
 * url_scenario - a URL on the command line as a scenario of one check.
 *
 * The same model as from a file, made in code, so that nothing behind it
 * knows the difference.  Nothing in it is a template: ${ stands for itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct args;	 /* scenarios/base/options.h */
struct errs;	 /* scenarios/base/err.h */
struct scenario; /* scenarios/model.h */

struct url_check {
	const char *url;
	const char *method;	    /* NULL: GET */
	const struct args *headers; /* "Name: value" */
	const char *statuses;	    /* "200", "2xx,404"; NULL: 2xx */
	const char *ca_file;	    /* or NULL */
	uint64_t timeout_ns;	    /* 0: URL_CHECK_TIMEOUT_NS */
	uint64_t retries;	    /* tries in all; 0: one */
	uint64_t every_ns;	    /* pause before each; 0: one second */
	uint64_t redirects;
	bool insecure;
	/* what a load asks for besides */
	const char *body; /* or NULL */
	size_t body_len;
	const char *unix_socket;    /* path, or NULL */
	const struct args *resolve; /* "host:port:address"; or NULL */
	unsigned http;		    /* enum http_choice */
	bool is_bare; /* no X-Request-ID, and no coding is offered */
};

#define URL_CHECK_TIMEOUT_NS UINT64_C(10000000000)

/* NULL with problems; else freed with scenario_free(). */
struct scenario *scenario_from_url(const struct url_check *from,
				   struct errs *es);

#endif
