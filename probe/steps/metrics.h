/* SPDX-License-Identifier: MIT */
#ifndef PROBE_STEPS_METRICS_H
#define PROBE_STEPS_METRICS_H

/*
 * metrics - says whether an answer was an exposition at all.
 *
 * Thread rule   that of the judging.
 */

struct judging;

/* Adds the row "exposition". */
void metrics_judge(struct judging *j);

#endif
