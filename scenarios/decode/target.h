/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_TARGET_H
#define SCENARIOS_TARGET_H

/*
 * target - the form of "host:port", as steps write it that ask no URL.
 *
 * It knows nothing of names and addresses: whether there is such a host is
 * for the resolver to say.
 */

#include <stdbool.h>

struct buf; /* scenarios/base/buf.h */

/* "host:port", "[::1]:443"; both parts must be there.  False appends one
 * sentence to *why. */
bool target_check(const char *text, struct buf *why);

/* An IPv4 or IPv6 address in numbers, without brackets. */
bool address_check(const char *text, struct buf *why);

#endif
