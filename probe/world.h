/* SPDX-License-Identifier: MIT */
#ifndef PROBE_WORLD_H
#define PROBE_WORLD_H

/*
 * world - what templates reach outside: random bytes and digests.
 *
 * OpenSSL's, because scenarios/ has neither.  The slots and the clock are
 * filled in by who evaluates.
 *
 * Source        SHA-256: FIPS 180-4.  HMAC: RFC 2104.
 * Thread rule   no shared state.
 */

#include "scenarios/template/template.h"

/* The functions and the wall clock; no slots. */
struct template_world world_now(const struct template_slot *slot,
				size_t slot_count);

/* 36 characters and a NUL: a random UUID, version 4 (RFC 9562). */
enum { WORLD_UUID_ROOM = 37 };
bool world_uuid(char out[WORLD_UUID_ROOM]);

/* Evenly in low..high, both included; low when there is no randomness. */
uint64_t world_between(uint64_t low, uint64_t high);

bool world_sha256(const void *bytes, size_t n,
		  unsigned char digest[TEMPLATE_DIGEST_BYTES]);

#endif
