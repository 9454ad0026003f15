/* SPDX-License-Identifier: MIT */
#ifndef PROBE_STEPS_HEALTH_H
#define PROBE_STEPS_HEALTH_H

/*
 * health - what the kinds "health" and "minio" judge beside expectations.
 *
 * Both ask over HTTP like any other step and then read the answer by what
 * such services say of themselves.  They add rows with judging_add() and may
 * set outcome and message of the judging (probe/judge/judge.h).  They are called
 * when there was an answer, whatever its status.
 *
 * Thread rule   no state of their own.
 */

struct judging;	    /* probe/judge/judge.h */
struct step_health; /* scenarios/model.h */
struct step_minio;

void health_judge(struct judging *j, const struct step_health *h);
void minio_judge(struct judging *j, const struct step_minio *m);

/* What is put behind the base URL: "/minio/health/live". */
const char *minio_path(const struct step_minio *m);

#endif
