/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

/*
 * golden - compares text with a file that a person has read.
 *
 * UPDATE=1 in the environment writes the files instead.  Paths count from
 * the root of the repository, where tests are run.
 */

#include <stddef.h>

/* Fails the test of cmocka that runs when the file differs. */
void assert_golden(const char *path, const char *text, size_t len);

#endif
