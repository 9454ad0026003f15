/* SPDX-License-Identifier: MIT */
#include "probe/world.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/random.h>

#include "probe/engine/engine.h"

static bool take_random(void *self, void *bytes, size_t n)
{
	(void)self;
	return n <= INT_MAX && RAND_bytes(bytes, (int)n) == 1;
}

bool world_sha256(const void *bytes, size_t n,
		  unsigned char digest[TEMPLATE_DIGEST_BYTES])
{
	return EVP_Digest(bytes, n, digest, NULL, EVP_sha256(), NULL) == 1;
}

static bool take_sha256(void *self, const void *bytes, size_t n,
			unsigned char digest[TEMPLATE_DIGEST_BYTES])
{
	(void)self;
	return world_sha256(bytes, n, digest);
}

static bool take_hmac(void *self, const void *key, size_t key_len,
		      const void *bytes, size_t n,
		      unsigned char digest[TEMPLATE_DIGEST_BYTES])
{
	unsigned len = 0;

	(void)self;
	/* HMAC() takes a NULL key for "as before" */
	if (key_len == 0)
		key = "";
	return key_len <= INT_MAX && HMAC(EVP_sha256(), key, (int)key_len,
					  bytes, n, digest, &len) != NULL;
}

struct template_world world_now(const struct template_slot *slot,
				size_t slot_count)
{
	return (struct template_world){
		.slot = slot,
		.slot_count = slot_count,
		.wall_ns = engine_wall_ns(),
		.random = take_random,
		.sha256 = take_sha256,
		.hmac_sha256 = take_hmac,
	};
}

bool world_uuid(char out[WORLD_UUID_ROOM])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char b[16];
	char *p = out;

	/* straight from the kernel: there is one for each request */
	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return false;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(b); i++) {
		*p++ = digits[b[i] >> 4];
		*p++ = digits[b[i] & 15];
		if (i == 3 || i == 5 || i == 7 || i == 9)
			*p++ = '-';
	}
	*p = '\0';
	return true;
}

uint64_t world_between(uint64_t low, uint64_t high)
{
	uint64_t draw = 0;
	uint64_t span = high - low + 1;

	if (high <= low)
		return low;
	if (RAND_bytes((unsigned char *)&draw, sizeof(draw)) != 1)
		return low;
	/* spans are far below 2^64: what is uneven cannot be measured */
	return span ? low + draw % span : draw;
}
