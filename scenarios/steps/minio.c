/* SPDX-License-Identifier: MIT */
#include "scenarios/steps/steps.h"

#define MINIO(field) offsetof(struct step_minio, field)

static const char *const probe_choices[] = { "live", "ready", "cluster",
					     "cluster/read", NULL };

static const struct key main_key = { "minio", KEY_TEXT,
				     offsetof(struct http_ask, url),
				     "base URL of a MinIO server",
				     .example = "https://storage.example.org" };

static const struct key minio_keys[] = {
	{ "probe", KEY_CHOICE, MINIO(probe), .choices = probe_choices,
	  .doc = "which health endpoint to ask; live when not written" },
	{ "maintenance", KEY_BOOL, MINIO(maintenance),
	  .doc = "ask whether the cluster could lose this node" },
	{ "", KEY_INCLUDE, MINIO(ask), .keys = http_keys },
	{ 0 },
};

static bool minio_finish(struct decoder *d, const struct node *t, void *spec,
			 struct step_parts *parts)
{
	const struct step_minio *s = spec;

	(void)parts;
	if (s->maintenance && s->probe != MINIO_CLUSTER)
		return decode_problem(d, t->at,
				      "\"maintenance\" is asked of "
				      "probe: cluster");
	return url_finish(d, t, spec);
}

const struct step_kind minio_kinds[] = {
	{ "minio", STEP_MINIO, "asks a MinIO server how it is",
	  sizeof(struct step_minio), &main_key, minio_keys, EXPECT_TABLE_HTTP,
	  true, http_preset, minio_finish, NULL },
	{ 0 },
};
