/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_RANDOM_H
#define LOADGEN_RANDOM_H

/*
 * random - numbers that the same seed gives again.
 *
 * Not for secrets.  Source: xoshiro256** 1.0 and SplitMix64, D. Blackman and
 * S. Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021.  Range
 * without bias: D. Lemire, 2019.  Exponential: J. von Neumann, 1951; it only
 * compares, so that no library's logarithm makes one machine differ from
 * another.
 *
 * Thread rule   one source belongs to one thread.
 */

#include <stdint.h>

struct random {
	uint64_t s[4];
};

/* stream: another one gives another sequence of the same seed. */
void random_init(struct random *r, uint64_t seed, uint64_t stream);
uint64_t random_next(struct random *r);
/* In [0, 1), 53 bits. */
double random_unit(struct random *r);
/* Evenly in [0, n), n > 0. */
uint64_t random_below(struct random *r, uint64_t n);
/* Exponential with mean 1. */
double random_exponential(struct random *r);
/* A seed nobody chose, never 0, below 2^53 so that JSON can hold it. */
uint64_t random_seed(void);

#endif
