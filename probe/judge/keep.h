/* SPDX-License-Identifier: MIT */
#ifndef PROBE_JUDGE_KEEP_H
#define PROBE_JUDGE_KEEP_H

/*
 * keep - takes the series of a step out of its answer.
 *
 * Each value goes to judging_keep(); one that is not there is said in a row of
 * its own, which holds unless it is required.  Times are kept in seconds.
 *
 * Thread rule   that of the judging.
 */

struct judging;
struct keep_list;

/* A path that finds several nodes keeps each with its place as a label, like
 * {path="$['disk']['free']"}.  true and false are 1 and 0. */
void keep_take(struct judging *j, const struct keep_list *list);

#endif
