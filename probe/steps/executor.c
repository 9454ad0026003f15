/* SPDX-License-Identifier: MIT */
#include "probe/steps/executor.h"

#include "probe/run/journey_inside.h"
#include "probe/steps/health.h"
#include "probe/steps/metrics.h"

static const struct http_ask *http_of(const struct step *st)
{
	return &((const struct step_http *)st->spec)->ask;
}

static const struct http_ask *health_of(const struct step *st)
{
	return &((const struct step_health *)st->spec)->ask;
}

static const struct http_ask *metrics_of(const struct step *st)
{
	return &((const struct step_metrics *)st->spec)->ask;
}

static const struct http_ask *minio_of(const struct step *st)
{
	return &((const struct step_minio *)st->spec)->ask;
}

static void judge_health(struct judging *j, const struct step *st)
{
	health_judge(j, st->spec);
}

static void judge_metrics(struct judging *j, const struct step *st)
{
	(void)st;
	metrics_judge(j);
}

static void judge_minio(struct judging *j, const struct step *st)
{
	minio_judge(j, st->spec);
}

static void leave(struct journey *jo, struct frame *fr)
{
	(void)fr;
	journey_leave(jo);
}

const struct executor executors[STEP_TYPE_N] = {
	[STEP_HTTP] = { .start = http_start, .ask = http_of },
	[STEP_TLS] = { .start = tls_start },
	[STEP_TCP] = { .start = tcp_start },
	[STEP_HEALTH] = { .start = http_start,
			  .ask = health_of,
			  .judge = judge_health },
	[STEP_METRICS] = { .start = http_start,
			   .ask = metrics_of,
			   .judge = judge_metrics },
	[STEP_MINIO] = { .start = http_start,
			 .ask = minio_of,
			 .judge = judge_minio },
	[STEP_EXEC] = { .start = exec_start },
	[STEP_WAIT] = { .start = wait_start, .at_end = wait_at_end },
	[STEP_THINK] = { .start = think_start },
	[STEP_IF] = { .start = branch_start, .at_end = leave },
	[STEP_REPEAT] = { .start = rounds_start, .at_end = rounds_at_end },
	[STEP_GROUP] = { .start = group_start, .at_end = leave },
};
