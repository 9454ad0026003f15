/* SPDX-License-Identifier: MIT */
#include "probe/steps/health.h"

#include <stdio.h>
#include <string.h>

#include "probe/judge/judge.h"
#include "scenarios/base/units.h"

/*
 * A liveness probe answers 200 even when the server has no storage; the
 * header x-minio-server-status says so (minio/minio, cmd/healthcheck-
 * handler.go).  Header names: internal/http/headers.go there.
 */
#define SERVER_STATUS  "x-minio-server-status"
#define HEALING_DRIVES "x-minio-healing-drives"

enum { STATUS_TEXT_MAX = 24 };

static const char *const paths[] = {
	[MINIO_LIVE] = "/minio/health/live",
	[MINIO_READY] = "/minio/health/ready",
	[MINIO_CLUSTER] = "/minio/health/cluster",
	[MINIO_CLUSTER_READ] = "/minio/health/cluster/read",
};

const char *minio_path(const struct step_minio *m)
{
	if (m->maintenance)
		return "/minio/health/cluster?maintenance=true";
	return paths[m->probe];
}

/* ---- rows ---------------------------------------------------------------------- */

static void add_part(struct judging *j, const struct expectation *row)
{
	struct expectation part = *row;

	part.is_part = true;
	judging_add(j, &part, false);
}

/* What a status means here; 0 ends the table. */
static const struct {
	long status;
	bool is_maintenance;
	unsigned probe; /* MINIO_ANY: each */
	const char *note;
	enum severity severity;
} statuses[] = {
#define MINIO_ANY 99
	{ 503, false, MINIO_LIVE, "the server is not ready",
	  SEVERITY_CRITICAL },
	{ 503, false, MINIO_READY, "the server is not ready",
	  SEVERITY_CRITICAL },
	{ 503, false, MINIO_CLUSTER, "there is no write quorum",
	  SEVERITY_CRITICAL },
	{ 503, false, MINIO_CLUSTER_READ, "there is no read quorum",
	  SEVERITY_CRITICAL },
	{ 412, true, MINIO_CLUSTER, "taking this node down would lose quorum",
	  SEVERITY_ERROR },
	{ 429, false, MINIO_ANY,
	  "the server is busy: too many requests are waiting",
	  SEVERITY_WARNING },
	{ 404, false, MINIO_ANY,
	  "there is no such path: is this the base URL of a MinIO server",
	  SEVERITY_ERROR },
	{ 0, false, MINIO_ANY, "", SEVERITY_CRITICAL },
};

/* What the server says of itself. */
static const struct {
	const char *word;
	const char *note;
	bool is_starting;
} servers[] = {
	{ "offline", "the storage is not there", false },
	{ "bucket-metadata-offline",
	  "the metadata of the buckets is not loaded yet", true },
	{ "iam-offline", "users and policies are not loaded yet", true },
	{ NULL, "this is no word that is known to mean online", false },
};

static size_t server_row(const char *word)
{
	size_t i = 0;

	while (servers[i].word && strcmp(servers[i].word, word) != 0)
		i++;
	return i;
}

static size_t status_row(const struct step_minio *m, long status)
{
	size_t i = 0;

	while (statuses[i].status != 0 &&
	       (statuses[i].status != status ||
		(statuses[i].is_maintenance && !m->maintenance) ||
		(statuses[i].probe != MINIO_ANY &&
		 statuses[i].probe != m->probe)))
		i++;
	return i;
}

/* word: what the server says of itself when that explains the status; or
 * NULL */
static void judge_status(struct judging *j, const struct step_minio *m,
			 const char *word)
{
	long status = j->seen->answer->status;
	size_t i = status_row(m, status);
	char text[STATUS_TEXT_MAX];
	bool ok = status == 200;

	snprintf(text, sizeof(text), "%ld", status);
	add_part(j, &(struct expectation){
			    .subject = "part status",
			    .expected = "200",
			    .seen = text,
			    .note = ok	   ? ""
				    : word ? servers[server_row(word)].note
					   : statuses[i].note,
			    .ok = ok,
			    .severity = statuses[i].severity,
		    });
}

static void judge_server(struct judging *j, const char *word, bool ok)
{
	bool is_lie = !ok && j->seen->answer->status == 200;
	size_t i = server_row(word);
	const struct expectation row = {
		.subject = "part server",
		.expected = "online",
		.seen = word,
		.note = ok ? "" : servers[i].note,
		.ok = ok,
		.severity = SEVERITY_CRITICAL,
	};
	struct expectation said = row;

	if (is_lie && servers[i].word && !servers[i].is_starting)
		said.note = "answered 200 although the storage is not there";
	said.is_part = true;
	judging_add(j, &said, true);
}

static void record_quorum(struct judging *j, const char *header,
			  const char *subject)
{
	const char *value = answer_header(j->seen->answer, header);

	if (value)
		add_part(j, &(struct expectation){ .subject = subject,
						   .seen = value,
						   .ok = true });
}

/* True when there is nothing to heal. */
static bool judge_healing(struct judging *j)
{
	const char *value = answer_header(j->seen->answer, HEALING_DRIVES);
	double drives = 0;
	bool ok;

	if (!value)
		return true;
	ok = unit_parse_number(value, strlen(value), &drives, NULL) &&
	     drives == 0;
	add_part(j, &(struct expectation){
			    .subject = "part healing drives",
			    .expected = "0",
			    .seen = value,
			    .note = ok ? "" : "drives are being healed",
			    .ok = ok,
			    .severity = SEVERITY_WARNING,
		    });
	return ok;
}

void minio_judge(struct judging *j, const struct step_minio *m)
{
	const char *word = answer_header(j->seen->answer, SERVER_STATUS);
	bool is_online = !word || strcmp(word, "online") == 0;
	bool is_starting = !is_online && servers[server_row(word)].is_starting;
	bool others_failed = j->n_failed > 0;
	size_t before = j->n_failed;

	/* why comes before what */
	if (word)
		judge_server(j, word, is_online);
	judge_status(j, m, is_online ? NULL : word);
	record_quorum(j, "x-minio-write-quorum", "part write quorum");
	record_quorum(j, "x-minio-read-quorum", "part read quorum");
	is_starting &= judge_healing(j);
	if (j->outcome != OUTCOME_OK || j->n_failed == before)
		return;
	if (!is_starting)
		j->outcome = OUTCOME_UNHEALTHY;
	else if (!others_failed)
		j->outcome = OUTCOME_STARTING;
}
