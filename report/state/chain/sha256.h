/* SPDX-License-Identifier: MIT */
#ifndef REPORT_STATE_SHA256_H
#define REPORT_STATE_SHA256_H

/*
 * sha256 - SHA-256 of what is added piece by piece (FIPS 180-4, 6.2).
 *
 * For the chain of the state file: report/ lies below the folder that knows
 * OpenSSL, and links no other library that has it.
 *
 * Thread rule   pure.
 */

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_BLOCK = 64 };

struct sha256 {
	uint32_t h[8];
	uint64_t n_bytes; /* added so far */
	unsigned char block[SHA256_BLOCK];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t len);
void sha256_end(struct sha256 *s, unsigned char out[SHA256_BYTES]);

#endif
