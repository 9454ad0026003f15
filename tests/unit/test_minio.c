/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include "probe/steps/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe/judge/judge.h"
#include "probe/world.h"
#include "scenarios/base/arena.h"
#include "scenarios/model.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { ARENA_MAX = 1 << 20, FIELDS_MAX = 3 };

static void paths_are_built(void **state)
{
	static const struct {
		enum minio_probe probe;
		bool maintenance;
		const char *path;
	} rows[] = {
		{ MINIO_LIVE, false, "/minio/health/live" },
		{ MINIO_READY, false, "/minio/health/ready" },
		{ MINIO_CLUSTER, false, "/minio/health/cluster" },
		{ MINIO_CLUSTER, true,
		  "/minio/health/cluster?maintenance=true" },
		{ MINIO_CLUSTER_READ, false, "/minio/health/cluster/read" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct step_minio m = { .probe = rows[i].probe,
					      .maintenance =
						      rows[i].maintenance };
		assert_string_equal(rows[i].path, minio_path(&m));
	}
}

#define SERVER	"X-Minio-Server-Status"
#define WRITE	"X-Minio-Write-Quorum"
#define READ	"X-Minio-Read-Quorum"
#define HEALING "X-Minio-Healing-Drives"

static const struct minio_row {
	const char *id;
	struct step_minio step;
	long status;
	struct field fields[FIELDS_MAX];
	enum outcome outcome;
	const char *message;
	unsigned rows;
	enum severity worst;
} minio_rows[] = {
	{ "CF32: alive",
	  { .probe = MINIO_LIVE },
	  200,
	  { { 0 } },
	  OUTCOME_OK,
	  "",
	  1,
	  SEVERITY_INFO },
	{ "CF32: alive and says so",
	  { .probe = MINIO_LIVE },
	  200,
	  { { SERVER, "online" } },
	  OUTCOME_OK,
	  "",
	  2,
	  SEVERITY_INFO },
	{ "CF32: 200 although it is offline",
	  { .probe = MINIO_LIVE },
	  200,
	  { { SERVER, "offline" } },
	  OUTCOME_UNHEALTHY,
	  "part server offline, expected online: answered 200 although the "
	  "storage is not there",
	  2,
	  SEVERITY_CRITICAL },
	{ "CF32: a word that nobody knows",
	  { .probe = MINIO_LIVE },
	  200,
	  { { SERVER, "Online?" } },
	  OUTCOME_UNHEALTHY,
	  "part server Online?, expected online: this is no word that is "
	  "known to mean online",
	  2,
	  SEVERITY_CRITICAL },
	{ "CF32: 503",
	  { .probe = MINIO_LIVE },
	  503,
	  { { 0 } },
	  OUTCOME_UNHEALTHY,
	  "part status 503, expected 200: the server is not ready",
	  1,
	  SEVERITY_CRITICAL },
	{ "CF32: no write quorum",
	  { .probe = MINIO_CLUSTER },
	  503,
	  { { SERVER, "online" }, { WRITE, "3" } },
	  OUTCOME_UNHEALTHY,
	  "part status 503, expected 200: there is no write quorum",
	  3,
	  SEVERITY_CRITICAL },
	{ "CF32: no read quorum",
	  { .probe = MINIO_CLUSTER_READ },
	  503,
	  { { READ, "2" } },
	  OUTCOME_UNHEALTHY,
	  "part status 503, expected 200: there is no read quorum",
	  2,
	  SEVERITY_CRITICAL },
	{ "CF32: this node is needed",
	  { .probe = MINIO_CLUSTER, .maintenance = true },
	  412,
	  { { 0 } },
	  OUTCOME_UNHEALTHY,
	  "part status 412, expected 200: taking this node down would lose "
	  "quorum",
	  1,
	  SEVERITY_ERROR },
	{ "CF32: a 412 that was not asked for",
	  { .probe = MINIO_CLUSTER },
	  412,
	  { { 0 } },
	  OUTCOME_UNHEALTHY,
	  "part status 412, expected 200",
	  1,
	  SEVERITY_CRITICAL },
	{ "CF32: busy",
	  { .probe = MINIO_READY },
	  429,
	  { { 0 } },
	  OUTCOME_UNHEALTHY,
	  "part status 429, expected 200: the server is busy: too many "
	  "requests are waiting",
	  1,
	  SEVERITY_WARNING },
	{ "CF32: another server",
	  { .probe = MINIO_LIVE },
	  404,
	  { { 0 } },
	  OUTCOME_UNHEALTHY,
	  "part status 404, expected 200: there is no such path: is this the "
	  "base URL of a MinIO server",
	  1,
	  SEVERITY_ERROR },
	{ "CF32: drives are healing",
	  { .probe = MINIO_CLUSTER },
	  200,
	  { { WRITE, "3" }, { HEALING, "2" } },
	  OUTCOME_UNHEALTHY,
	  "part healing drives 2, expected 0: drives are being healed",
	  3,
	  SEVERITY_WARNING },
	{ "CF32: nothing to heal",
	  { .probe = MINIO_CLUSTER },
	  200,
	  { { WRITE, "3" }, { HEALING, "0" } },
	  OUTCOME_OK,
	  "",
	  3,
	  SEVERITY_INFO },
	{ "CF32: healing is no number",
	  { .probe = MINIO_CLUSTER },
	  200,
	  { { HEALING, "some" } },
	  OUTCOME_UNHEALTHY,
	  "part healing drives some, expected 0",
	  2,
	  SEVERITY_WARNING },
	{ "CF32: starting",
	  { .probe = MINIO_CLUSTER },
	  503,
	  { { SERVER, "bucket-metadata-offline" } },
	  OUTCOME_STARTING,
	  "part server bucket-metadata-offline, expected online: the metadata "
	  "of the buckets is not loaded yet",
	  2,
	  SEVERITY_CRITICAL },
	{ "CF32: starting, without its users",
	  { .probe = MINIO_CLUSTER },
	  503,
	  { { SERVER, "iam-offline" } },
	  OUTCOME_STARTING,
	  "part server iam-offline, expected online: users and policies are "
	  "not loaded yet",
	  2,
	  SEVERITY_CRITICAL },
};

static void judge(const struct minio_row *row, struct arena *a,
		  struct step_result *r)
{
	const struct step step = { .type = STEP_MINIO, .kind = "minio" };
	struct answer an = { .status = row->status, .headers = row->fields };
	struct seen seen = { .answer = &an, .url = "http://127.0.0.1/" };
	struct template_world world = world_now(NULL, 0);
	struct judging j;

	while (an.n_headers < FIELDS_MAX && row->fields[an.n_headers].name)
		an.n_headers++;
	judging_init(&j, a, &world, NULL, &step, &seen);
	minio_judge(&j, &row->step);
	judging_finish(&j, r);
	judging_release(&j);
}

static void answers_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(minio_rows); i++) {
		const struct minio_row *row = &minio_rows[i];
		struct step_result r = { .message = "" };
		struct arena *a = arena_new(ARENA_MAX);
		enum severity worst = SEVERITY_INFO;

		judge(row, a, &r);
		for (size_t e = 0; e < r.n_expectations; e++) {
			const struct expectation *part = &r.expectations[e];
			assert_true(part->is_part);
			if (!part->ok && part->severity > worst)
				worst = part->severity;
		}
		if (r.outcome != row->outcome)
			fail_msg("%s: outcome %s", row->id,
				 outcome_name(r.outcome));
		if (strncmp(r.message, row->message, strlen(row->message)))
			fail_msg("%s: says %s", row->id, r.message);
		if (worst != row->worst || r.n_expectations != row->rows)
			fail_msg("%s: %zu rows, worst %s", row->id,
				 r.n_expectations, severity_name(worst));
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_built),
		cmocka_unit_test(answers_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
