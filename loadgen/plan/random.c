/* SPDX-License-Identifier: MIT */
#include "loadgen/plan/random.h"

#include <stdbool.h>
#include <sys/random.h>
#include <time.h>

enum {
	UNIT_BITS = 53, /* that a double holds */
	WORD_BITS = 64,
};

/* The mixing of SplitMix64 without its step, so that 0 stays 0. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

void random_init(struct random *r, uint64_t seed, uint64_t stream)
{
	uint64_t x = seed ^ mix(stream);

	/* Four outputs of a bijection in a row: never all of them 0. */
	for (int i = 0; i < 4; i++)
		r->s[i] = mix(x += UINT64_C(0x9e3779b97f4a7c15));
}

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (WORD_BITS - bits);
}

uint64_t random_next(struct random *r)
{
	uint64_t *s = r->s;
	uint64_t out = rotate(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate(s[3], 45);
	return out;
}

static uint64_t unit_bits(struct random *r)
{
	return random_next(r) >> (WORD_BITS - UNIT_BITS);
}

double random_unit(struct random *r)
{
	return (double)unit_bits(r) * 0x1p-53;
}

uint64_t random_below(struct random *r, uint64_t n)
{
	for (;;) {
		unsigned __int128 wide = (unsigned __int128)random_next(r) * n;
		uint64_t low = (uint64_t)wide;

		/* The lowest 2^64 mod n products of each value are one too
		 * many; the division is seldom needed. */
		if (low >= n || low >= -n % n)
			return (uint64_t)(wide >> WORD_BITS);
	}
}

/* A falling run that begins at x has an odd length with probability exp(-x),
 * and each run that has not adds 1. */
double random_exponential(struct random *r)
{
	for (unsigned whole = 0;; whole++) {
		uint64_t first = unit_bits(r);
		uint64_t last = first, next;
		bool is_odd = true;

		while ((next = unit_bits(r)) < last) {
			last = next;
			is_odd = !is_odd;
		}
		if (is_odd)
			return whole + (double)first * 0x1p-53;
	}
}

uint64_t random_seed(void)
{
	const uint64_t most = (UINT64_C(1) << UNIT_BITS) - 1;
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
		struct timespec at;

		clock_gettime(CLOCK_REALTIME, &at);
		seed = mix((uint64_t)at.tv_sec * 1000000000u +
			   (uint64_t)at.tv_nsec);
	}
	return seed & most ? seed & most : 1;
}
