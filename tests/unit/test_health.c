/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include "scenarios/health/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"
#include "tests/unit/health_rows.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* 2026-01-30T12:00:00Z */
#define NOW_S  1769774400ull
#define NOW_NS (NOW_S * 1000000000ull)

static unsigned shape_named(const char *name)
{
	for (size_t i = 0; i < health_shapes_n; i++)
		if (!strcmp(health_shapes[i].name, name))
			return (unsigned)i;
	fail_msg("no shape %s", name);
	return 0;
}

/* A reading with all that it needs. */
struct reading {
	struct arena *arena;
	cJSON *json;
	struct health_report report;
};

static void reading_start(struct reading *r, const struct step_health *spec,
			  long status, const char *body)
{
	const struct source src = { "body", body, strlen(body) };
	static struct errs es;

	memset(&es, 0, sizeof(es));
	r->arena = arena_new(HEALTH_ARENA_MAX);
	assert_non_null(r->arena);
	r->json = json_parse(&src, JSON_FOREIGN, NULL, NULL, &es);
	const struct health_seen seen = {
		.status = status,
		.body = body,
		.len = strlen(body),
		.json = r->json,
		.json_why = es.n ? es.item[0].text : "",
		.now_ns = NOW_NS,
	};
	health_read(spec, &seen, r->arena, &r->report);
}

static void reading_release(struct reading *r)
{
	cJSON_Delete(r->json);
	arena_free(r->arena);
}

static const char *const severity_marks[] = { "info", "warning", "error",
					      "critical" };

/* "overall=ok disk=down/error" */
static void parts_line(const struct health_report *report, struct buf *out)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct health_part *p = &report->part[i];

		buf_printf(out, "%s%s=%s", i ? " " : "", p->name,
			   health_meaning_name(p->meaning));
		if (p->meaning != HEALTH_OK)
			buf_printf(out, "/%s", severity_marks[p->severity]);
	}
}

/* What a person reads of one part. */
static bool part_says(const struct health_report *report, const char *text)
{
	struct buf line;
	bool found = false;

	for (size_t i = 0; i < report->n && !found; i++) {
		const struct health_part *p = &report->part[i];

		buf_init(&line, BUF_NO_LIMIT);
		buf_printf(&line, "%s %s, expected %s: %s", p->name, p->seen,
			   p->expected, p->note);
		found = strstr(buf_text(&line), text) != NULL;
		buf_release(&line);
	}
	return found;
}

/* ---- rows ------------------------------------------------------------------------ */

static void check_row(const struct health_row *row)
{
	struct step_health spec = { .shape = shape_named(row->shape) };
	struct reading r;
	struct buf line;
	bool all_ok = strstr(row->parts, "/") == NULL;

	reading_start(&r, &spec, row->status, row->body);
	buf_init(&line, BUF_NO_LIMIT);
	parts_line(&r.report, &line);
	if (strcmp(buf_text(&line), row->parts) != 0)
		fail_msg("%s: got %s, want %s", row->id, buf_text(&line),
			 row->parts);
	if (r.report.ok != all_ok)
		fail_msg("%s: the verdict is wrong", row->id);
	if (row->says && !part_says(&r.report, row->says)) {
		for (size_t i = 0; i < r.report.n; i++)
			print_message("%s %s, expected %s: %s\n",
				      r.report.part[i].name,
				      r.report.part[i].seen,
				      r.report.part[i].expected,
				      r.report.part[i].note);
		fail_msg("%s: nothing says %s", row->id, row->says);
	}
	buf_release(&line);
	reading_release(&r);
}

static void every_shape_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < health_rows_n; i++)
		check_row(&health_rows[i]);
}

static void any_shape_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < health_any_rows_n; i++)
		check_row(&health_any_rows[i]);
}

/* Each shape that there is has a row that is good and one that is not. */
static void no_shape_is_without_a_test(void **state)
{
	(void)state;
	for (size_t s = 1; s < health_shapes_n; s++) {
		unsigned good = 0, bad = 0;

		for (size_t i = 0; i < health_rows_n; i++) {
			if (shape_named(health_rows[i].shape) != s)
				continue;
			if (strchr(health_rows[i].parts, '/'))
				bad++;
			else
				good++;
		}
		if (good == 0 || bad == 0)
			fail_msg("shape %s", health_shapes[s].name);
	}
}

/* ---- words --------------------------------------------------------------------------- */

static void words_have_meanings(void **state)
{
	static const struct {
		const char *word;
		enum health_meaning meaning;
	} rows[] = {
		{ "ok", HEALTH_OK },
		{ "OK", HEALTH_OK },
		{ "  Healthy\n", HEALTH_OK },
		{ "operational", HEALTH_OK },
		{ "not ready", HEALTH_STARTING },
		{ "NOT_READY", HEALTH_STARTING },
		{ "pending", HEALTH_STARTING },
		{ "yellow", HEALTH_DEGRADED },
		{ "unhealthy", HEALTH_DOWN },
		{ "disconnected", HEALTH_DOWN },
		{ "unknown", HEALTH_UNKNOWN },
		{ "okay", HEALTH_UNKNOWN },
		{ "not ok", HEALTH_UNKNOWN },
		{ "ok ok", HEALTH_UNKNOWN },
		{ "", HEALTH_UNKNOWN },
		{ "200", HEALTH_UNKNOWN },
	};
	const struct step_health spec = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		if (health_meaning_of(&spec, rows[i].word,
				      strlen(rows[i].word)) != rows[i].meaning)
			fail_msg("%s", rows[i].word);
}

static void own_words_come_first(void **state)
{
	static const struct health_word own[] = {
		{ "running", HEALTH_DEGRADED },
		{ "passing", HEALTH_OK },
		{ "1", HEALTH_OK },
	};
	const struct step_health spec = { .shape = shape_named("services"),
					  .words = own,
					  .n_words = LEN(own) };
	struct reading r;
	struct buf line;

	(void)state;
	reading_start(&r, &spec, 200,
		      "{\"status\":\"passing\",\"services\":{\"a\":\"Running\","
		      "\"b\":1,\"c\":\"ok\"}}");
	buf_init(&line, BUF_NO_LIMIT);
	parts_line(&r.report, &line);
	assert_string_equal(buf_text(&line),
			    "overall=ok a=degraded/warning b=ok c=ok");
	buf_release(&line);
	reading_release(&r);
}

static void severities_follow_names(void **state)
{
	static const struct {
		const char *name;
		enum health_meaning meaning;
		unsigned severity;
	} rows[] = {
		{ "overall", HEALTH_DOWN, CHECK_CRITICAL },
		{ "database", HEALTH_DOWN, CHECK_CRITICAL },
		{ "primary-db", HEALTH_DOWN, CHECK_CRITICAL },
		{ "PostgreSQL:connect", HEALTH_DOWN, CHECK_CRITICAL },
		{ "db.replica", HEALTH_DOWN, CHECK_ERROR },
		{ "dbus", HEALTH_DOWN, CHECK_ERROR },
		{ "redis", HEALTH_DOWN, CHECK_ERROR },
		{ "", HEALTH_DOWN, CHECK_ERROR },
		{ "database", HEALTH_DEGRADED, CHECK_WARNING },
		{ "redis", HEALTH_STARTING, CHECK_WARNING },
		{ "redis", HEALTH_UNKNOWN, CHECK_WARNING },
	};
	const struct step_health spec = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		if (health_severity(&spec, rows[i].name, rows[i].meaning) !=
		    rows[i].severity)
			fail_msg("%s", rows[i].name);
}

static void starting_is_told_apart(void **state)
{
	static const struct {
		const char *body;
		bool is_starting;
	} rows[] = {
		{ "{\"status\":\"not_ready\"}", true },
		{ "{\"status\":\"ok\",\"checks\":{\"a\":\"loading\"}}", true },
		{ "{\"status\":\"starting\",\"checks\":{\"a\":\"down\"}}",
		  false },
		{ "{\"status\":\"ok\"}", false },
		{ "{\"status\":\"starting\",\"checks\":{\"a\":\"odd\"}}",
		  false },
	};
	const struct step_health spec = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct reading r;

		reading_start(&r, &spec, 200, rows[i].body);
		if (r.report.is_starting != rows[i].is_starting)
			fail_msg("%s", rows[i].body);
		reading_release(&r);
	}
}

/* ---- limits of our own ----------------------------------------------------------------- */

static void too_many_parts_are_no_success(void **state)
{
	const struct step_health spec = { 0 };
	struct reading r;
	struct buf body;

	(void)state;
	buf_init(&body, BUF_NO_LIMIT);
	buf_puts(&body, "{\"status\":\"ok\",\"checks\":{");
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&body, "%s\"p%u\":\"ok\"", i ? "," : "", i);
	buf_puts(&body, "}}");
	reading_start(&r, &spec, 200, buf_text(&body));
	assert_int_equal(HEALTH_PARTS_MAX, r.report.n);
	assert_false(r.report.ok);
	assert_false(r.report.is_starting);
	assert_true(part_says(&r.report, "there are more than 199 parts"));
	reading_release(&r);
	buf_release(&body);
}

static void no_memory_is_no_success(void **state)
{
	const char *body = "{\"status\":\"fail\",\"checks\":{\"a\":\"ok\"}}";
	const struct source src = { "body", body, strlen(body) };
	const struct step_health spec = { 0 };
	static struct errs es;
	cJSON *json = json_parse(&src, JSON_FOREIGN, NULL, NULL, &es);
	const struct health_seen seen = { .status = 200,
					  .body = body,
					  .len = strlen(body),
					  .json = json,
					  .now_ns = NOW_NS };

	(void)state;
	for (size_t room = 0; room < 40000; room += 500) {
		struct arena *a = room ? arena_new(room) : NULL;
		struct health_report report;

		health_read(&spec, &seen, a, &report);
		assert_true(report.n > 0);
		assert_false(report.ok);
		arena_free(a);
	}
	cJSON_Delete(json);
}

static void the_version_is_found(void **state)
{
	static const char *const rows[][2] = {
		{ "{\"version\":\"1.4.2\"}", "1.4.2" },
		{ "{\"info\":{\"version\":\"2\"}}", "2" },
		{ "{\"system\":{\"version\":\"3\"}}", "3" },
		{ "{\"version\":null,\"info\":{\"version\":\"2\"}}", "2" },
		{ "{\"versions\":\"1\"}", NULL },
		{ "[]", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		cJSON *json = cJSON_Parse(rows[i][0]);
		const char *got = cJSON_GetStringValue(health_version(json));

		if (!got != !rows[i][1] || (got && strcmp(got, rows[i][1])))
			fail_msg("%s: %s", rows[i][0], got ? got : "nothing");
		cJSON_Delete(json);
	}
}

static void versions_are_semver(void **state)
{
	static const struct {
		const char *version;
		bool ok;
	} rows[] = {
		{ "1.0.0", true },	{ "0.0.0", true },
		{ "10.20.30", true },	{ "1.0.0-rc.1", true },
		{ "1.0.0+5f2a", true }, { "1.0.0-a-b.1+x.y-z", true },
		{ "1.0", false },	{ "v1.0.0", false },
		{ "1.0.0.0", false },	{ "01.0.0", false },
		{ "1.0.0-", false },	{ "1.0.0-a..b", false },
		{ "1.0.0 ", false },	{ "", false },
		{ "unknown", false },	{ "1.0.0+", false },
	};
	const struct step_health spec = { .shape = shape_named("liveness") };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct reading r;
		struct buf body;

		buf_init(&body, BUF_NO_LIMIT);
		buf_printf(&body, "{\"status\":\"ok\",\"version\":\"%s\"}",
			   rows[i].version);
		reading_start(&r, &spec, 200, buf_text(&body));
		if (r.report.ok != rows[i].ok)
			fail_msg("%s", rows[i].version);
		reading_release(&r);
		buf_release(&body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape_is_read),
		cmocka_unit_test(any_shape_is_read),
		cmocka_unit_test(no_shape_is_without_a_test),
		cmocka_unit_test(words_have_meanings),
		cmocka_unit_test(own_words_come_first),
		cmocka_unit_test(severities_follow_names),
		cmocka_unit_test(starting_is_told_apart),
		cmocka_unit_test(too_many_parts_are_no_success),
		cmocka_unit_test(no_memory_is_no_success),
		cmocka_unit_test(the_version_is_found),
		cmocka_unit_test(versions_are_semver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
