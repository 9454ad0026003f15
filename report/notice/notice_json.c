/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/notice/channel.h"
#include "report/notice/notice.h"
#include "report/result/shape_rows.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/json/json.h"

enum { DEPTH_MAX = 4 };

static const char *const kind_names[NOTICE_KIND_N] = {
	[NOTICE_FIRING] = "firing",
	[NOTICE_TIER] = "tier",
	[NOTICE_REMINDER] = "reminder",
	[NOTICE_ESCALATED] = "escalated",
	[NOTICE_RESOLVED] = "resolved",
	[NOTICE_FLAPPING] = "flapping",
	[NOTICE_SETTLED] = "settled",
	[NOTICE_EVENT] = "event",
	[NOTICE_ACKNOWLEDGED] = "acknowledged",
	[NOTICE_TEST] = "test",
	[NOTICE_DIGEST] = "digest",
};

const char *notice_kind_name(enum notice_kind kind)
{
	return kind_names[kind];
}

static const char *kind_word(unsigned value)
{
	return kind_names[value];
}

static const struct shape_words kind_words = { "notice-kind", NOTICE_KIND_N,
					       kind_word };

#define OF notice_line
static const struct shape_field line_fields[] = {
	TIME_NS("at", MUST, at_ns, "when it happened"),
	ENUM("kind", MUST, kind, kind_words, "what happened"),
	ENUM("severity", MUST, severity, severity_words, "how bad"),
	TEXT("title", MUST, title, "of the alert"),
	TEXT("message", MAY, message, "the evidence"),
	COUNT("lasted_ns", MAY, lasted_ns, "for how long; absent: no end yet"),
};
static const struct shape line_shape = {
	"notice-line", "one thing in a digest", sizeof(struct notice_line),
	line_fields,   COUNT_OF(line_fields),
};
#undef OF

/* The tags are a list in a notice, and words of one text in a shape. */
struct kept_notice {
	struct notice n;
	const char *tags;
};

#define OF kept_notice
static const struct shape_field notice_fields[] = {
	FIXED("version", "1", "of this form"),
	ENUM("kind", MUST, n.kind, kind_words, "why it is told"),
	ENUM("severity", MUST, n.severity, severity_words, "how bad"),
	BOOL("is_firing", MUST, n.is_firing, "false when it is over"),
	TEXT("scenario", MUST, n.scenario, "name of the scenario"),
	TEXT("environment", MAY, n.environment, "environment of the run"),
	TEXT("rule", MAY, n.rule, "name of the rule"),
	TEXT("check", MAY, n.check, "name of the check"),
	TEXT("title", MUST, n.title, "what it is, in a few words"),
	TEXT("message", MAY, n.message, "sentences with the evidence"),
	TIME_NS("at", MUST, n.at_ns, "when it was found"),
	TIME_NS("since_at", MAY, n.since_at_ns, "since when it fires"),
	COUNT("lasted_ns", MAY, n.lasted_ns, "length of the outage"),
	TEXT("episode", MUST, n.episode, "the same for all of one outage"),
	TEXT("url", MAY, n.url, "address of the target"),
	TEXT("request_id", MAY, n.request_id, "of the deciding request"),
	TEXT("vantage", MAY, n.vantage, "where it was seen from"),
	TEXT("value", MAY, n.value, "what was seen"),
	TEXT("threshold", MAY, n.threshold, "what it was held against"),
	TEXT("silenced", MAY, n.silenced, "what it silences"),
	WORDS("tags", MAY, tags, "tags of the check"),
	{ .key = "lines",
	  .type = SHAPE_LIST,
	  .required = MAY,
	  .at = offsetof(struct kept_notice, n.lines),
	  .n_at = offsetof(struct kept_notice, n.n_lines),
	  .of = &line_shape,
	  .doc = "what a digest tells" },
};
static const struct shape notice_shape = {
	"notice",
	"what is told about an alert",
	sizeof(struct kept_notice),
	notice_fields,
	COUNT_OF(notice_fields),
};
#undef OF

bool notice_write(const struct notice *n, struct buf *out)
{
	struct kept_notice kept = { .n = *n };
	struct buf tags;
	bool ok;

	buf_init(&tags, NOTICE_JSON_MAX);
	for (size_t i = 0; i < n->n_tags; i++) {
		if (i)
			buf_puts(&tags, ", ");
		buf_puts(&tags, n->tags[i]);
	}
	kept.tags = buf_text(&tags);
	ok = buf_ok(&tags);
	shape_write(&notice_shape, &kept, true, out);
	buf_release(&tags);
	return ok && buf_ok(out);
}

static bool read_tags(struct kept_notice *kept, struct arena *a,
		      struct errs *es)
{
	const char *text = kept->tags;
	const char **tags = arena_alloc(a, NOTICE_TAGS_MAX, sizeof *tags);
	size_t n = 0;

	if (!tags)
		return errs_nomem(es);
	while (*text) {
		const char *end = strstr(text, ", ");
		size_t len = end ? (size_t)(end - text) : strlen(text);

		if (n == NOTICE_TAGS_MAX)
			return errs_add(es, ERR_INPUT, NOWHERE,
					"there are more than %d tags",
					NOTICE_TAGS_MAX);
		tags[n] = arena_strndup(a, text, len);
		if (!tags[n])
			return errs_nomem(es);
		n += len > 0;
		text += len + (end ? 2 : 0);
	}
	kept->n.n_tags = n;
	kept->n.tags = tags;
	return true;
}

static bool is_bounded(const struct notice *n, struct errs *es)
{
	if (strlen(n->episode) > NOTICE_EPISODE_MAX)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"episode\" has %zu bytes, at most %d",
				strlen(n->episode), NOTICE_EPISODE_MAX);
	if (n->n_lines > NOTICE_LINES_MAX)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"lines\" has %zu elements, at most %d",
				n->n_lines, NOTICE_LINES_MAX);
	return true;
}

static bool is_right_version(const cJSON *root, struct errs *es)
{
	const cJSON *version;

	if (!cJSON_IsObject(root))
		return errs_add(es, ERR_INPUT, NOWHERE,
				"must be an object, got %s", json_type(root));
	version = cJSON_GetObjectItemCaseSensitive(root, "version");
	if (!cJSON_IsNumber(version) || version->valuedouble != 1)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"version\" must be 1");
	return true;
}

static bool read_kept(const struct source *src, struct arena *a, bool *is_json,
		      struct kept_notice *kept, struct errs *es)
{
	static const struct json_limits limits = { NOTICE_JSON_MAX,
						   NOTICE_NODES_MAX,
						   DEPTH_MAX };
	struct json_index places = { 0 };
	cJSON *root = json_parse(src, JSON_OWN, &limits, &places, es);
	bool ok;

	*is_json = root != NULL;
	if (!root)
		return false;
	ok = is_right_version(root, es) &&
	     shape_read(&notice_shape, root, &places, a, kept, es) &&
	     is_bounded(&kept->n, es) && read_tags(kept, a, es);
	json_index_release(&places);
	cJSON_Delete(root);
	return ok;
}

bool notice_read(const char *json, size_t len, struct arena *a,
		 struct notice *out, struct errs *es)
{
	const struct source src = { "notice", json, len };
	struct kept_notice kept = { .tags = "" };
	struct errs found = { 0 };
	bool is_json;

	if (read_kept(&src, a, &is_json, &kept, &found)) {
		*out = kept.n;
		return true;
	}
	/* A place borrows its source, and this one ends here. */
	for (size_t i = 0; i < found.n; i++)
		errs_add(es, found.item[i].kind, NOWHERE, "notice: %s%s",
			 is_json ? "" : "not JSON: ", found.item[i].text);
	return false;
}
