/* SPDX-License-Identifier: MIT */
#include "probe/steps/health.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "probe/judge/judge.h"
#include "probe/judge/subject.h"
#include "scenarios/base/arena.h"
#include "scenarios/health/health.h"
#include "scenarios/json/json.h"
#include "scenarios/jsonpath/jsonpath.h"

enum {
	ROW_TEXT_MAX = 8192, /* bytes of a text before it is redacted */
	NUMBER_TEXT_MAX = 40,
};

/* ---- parts ---------------------------------------------------------------------- */

static void add_part(struct judging *j, const struct health_part *p)
{
	struct buf subject;

	buf_init(&subject, BUF_NO_LIMIT);
	buf_printf(&subject, "part %s", p->name);
	const struct expectation row = {
		.subject = buf_text(&subject),
		.expected = p->expected,
		.seen = p->seen,
		.note = p->note,
		.ok = p->meaning == HEALTH_OK,
		.is_part = true,
		.severity = (enum severity)p->severity,
	};
	judging_add(j, &row, !p->is_number);
	buf_release(&subject);
}

/* True when the parts that are not ok are starting. */
static bool judge_parts(struct judging *j, const struct step_health *h)
{
	const struct answer *an = j->seen->answer;
	struct arena *a = arena_new(HEALTH_ARENA_MAX);
	struct health_report report;
	struct health_seen seen = {
		.status = an->status,
		.body = buf_text(&an->body),
		.len = an->body.len,
		.now_ns = j->seen->wall_ns,
	};

	seen.json = judging_json(j, &seen.json_why);
	health_read(h, &seen, a, &report);
	for (size_t i = 0; i < report.n; i++)
		add_part(j, &report.part[i]);
	arena_free(a);
	return report.is_starting;
}

/* ---- bounds and the version ------------------------------------------------------ */

/* The severity may be written for the path or for its name. */
static unsigned bound_severity(const struct step_health *h,
			       const struct health_bound *b)
{
	const char *text = jsonpath_text(b->path);
	unsigned severity = 0;

	if (health_severity_written(h, text, &severity))
		return severity;
	if (strncmp(text, "$.", 2) == 0)
		text += 2;
	return health_severity(h, text, HEALTH_DOWN);
}

static void judge_bound(struct judging *j, const struct step_health *h,
			const struct health_bound *b)
{
	const struct subject_want want = { .what = EXPECT_JSON,
					   .path = b->path };
	struct buf expected, seen, note;
	struct subject_room room;

	buf_init(&expected, ROW_TEXT_MAX);
	buf_init(&seen, ROW_TEXT_MAX);
	buf_init(&note, ROW_TEXT_MAX);
	judge_foreign(j, false);
	match_describe(b->matcher, j->world, &expected);
	bool is_there = subject_find(&room, j, &want, &note);
	bool is_number = is_there && room.subject.n_nodes == 1 &&
			 cJSON_IsNumber(room.subject.nodes[0]);
	judge_foreign(j, !is_number);
	bool ok = is_there && match_judge(b->matcher, &room.subject, j->world,
					  &seen, &note);
	const struct expectation row = {
		.subject = b->label,
		.expected = buf_text(&expected),
		.seen = is_there ? buf_text(&seen) : "nothing",
		.note = ok ? "" : buf_text(&note),
		.ok = ok,
		.is_part = true,
		.severity = (enum severity)bound_severity(h, b),
		.at = judge_spot(b->at.src ? b->at : j->step->at),
	};
	judging_add(j, &row, !is_number);
	subject_release(&room);
	buf_release(&expected);
	buf_release(&seen);
	buf_release(&note);
}

static void version_text(const cJSON *version, struct buf *out)
{
	if (cJSON_IsNumber(version))
		json_print_number(out, version->valuedouble);
	else if (version)
		buf_puts(out, version->valuestring);
}

/* Recorded where there is one; judged where one is expected. */
static void judge_version(struct judging *j, const struct step_health *h)
{
	const cJSON *root = judging_json(j, NULL);
	const cJSON *version = root ? health_version(root) : NULL;
	struct buf expected, text, seen, note;

	if (!version && !h->version)
		return;
	buf_init(&expected, ROW_TEXT_MAX);
	buf_init(&text, BUF_NO_LIMIT);
	buf_init(&seen, ROW_TEXT_MAX);
	buf_init(&note, ROW_TEXT_MAX);
	version_text(version, &text);
	const struct subject s = { .kind = VALUE_TEXT,
				   .is_absent = !version,
				   .text = buf_text(&text),
				   .len = text.len };
	bool ok = true;
	judge_foreign(j, false);
	if (h->version) {
		match_describe(h->version, j->world, &expected);
		ok = match_judge(h->version, &s, j->world, &seen, &note);
	}
	const struct expectation row = {
		.subject = "version",
		.expected = buf_text(&expected),
		.seen = h->version ? buf_text(&seen) : buf_text(&text),
		.note = ok ? "" : buf_text(&note),
		.ok = ok,
	};
	judging_add(j, &row, false);
	buf_release(&expected);
	buf_release(&text);
	buf_release(&seen);
	buf_release(&note);
}

void health_judge(struct judging *j, const struct step_health *h)
{
	size_t before = j->n_failed;
	bool is_starting = judge_parts(j, h);
	size_t parts_failed = j->n_failed - before;

	for (size_t i = 0; i < h->n_bounds; i++)
		judge_bound(j, h, &h->bounds[i]);
	size_t all_failed = j->n_failed - before;
	judge_version(j, h);
	if (j->outcome != OUTCOME_OK || all_failed == 0)
		return;
	/* only a service of which nothing else is wrong is just starting */
	if (!is_starting || all_failed > parts_failed)
		j->outcome = OUTCOME_UNHEALTHY;
	else if (j->n_failed == parts_failed)
		j->outcome = OUTCOME_STARTING;
}
