/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ORIGIN_LISTEN_H
#define TESTS_ORIGIN_LISTEN_H

/*
 * listen - ports of the origin, on loopback only.
 *
 * Everything returns false with a problem in *es.
 */

#include <stdbool.h>

struct errs;
struct origin;
struct tls_setup;

/* tls NULL: plain HTTP.  port 0: a free one.  with_ipv6: [::1] too, at the
 * same number, where the machine has it. */
bool listen_http(struct origin *o, const char *name, unsigned port,
		 const struct tls_setup *tls, bool with_ipv6, struct errs *es);

/* spec is [NAME=]MODE[:TEXT], see raw.h. */
bool listen_raw(struct origin *o, const char *spec, struct errs *es);

bool listen_unix(struct origin *o, const char *path, struct errs *es);

/* Closes all ports. */
void listen_end(struct origin *o);

#endif
