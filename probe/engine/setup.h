/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_SETUP_H
#define PROBE_ENGINE_SETUP_H

/*
 * setup - from a request to the options of an easy handle.
 *
 * Each part fails with an ending that says what of the request cannot be
 * done; then nothing was sent.  Only files of the engine include it.
 */

#include <curl/curl.h>
#include <stdbool.h>

#include "report/result/outcome.h"

#ifndef ASSAY_VERSION
#define ASSAY_VERSION "0.1"
#endif

struct ending;
struct transfer;

bool setup_body(struct transfer *t, struct ending *end);   /* and method */
bool setup_fields(struct transfer *t, struct ending *end); /* and auth */
/* Methods whose requests say that they have a body, be it an empty one. */
bool setup_implies_body(const char *method);
bool setup_tls(struct transfer *t, struct ending *end);

/* Of a handle that was set up: another request to the same place, which has
 * the same method and kind of authentication, and a body (no form) or none as
 * the one before. */
bool setup_again(struct transfer *t, struct ending *end);

/* Always false, for: return setup_refuse(...).  why lasts. */
bool setup_refuse(struct ending *end, enum outcome outcome, const char *why);

/* CURLOPT_XFERINFOFUNCTION of a transfer whose upload takes a while. */
int setup_on_progress(void *self, curl_off_t to_receive, curl_off_t received,
		      curl_off_t to_send, curl_off_t sent);

#endif
