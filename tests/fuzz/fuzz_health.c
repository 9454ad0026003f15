/* SPDX-License-Identifier: MIT */
/* Any body with any status as each shape: byte 0 chooses the shape, byte 1
 * the status, byte 2 an age limit; the rest is the body.  Properties: the
 * number of parts has its ceiling, every part is complete, ok means that
 * every part is and that the status was accepted, starting is not ok, and
 * the same body gives the same parts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/health/health.h"
#include "scenarios/json/json.h"

#define REQUIRE(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

enum { HEAD_BYTES = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const long statuses[] = { 200, 503, 204, 301, 404, 429, 500,
				 502, 0,   -1,	99,  412, 999 };

static void check_part(const struct health_part *p)
{
	REQUIRE(p->name && p->expected && p->seen && p->note && p->word);
	REQUIRE(p->expected[0] != '\0');
	REQUIRE((unsigned)p->meaning < HEALTH_MEANING_N);
	REQUIRE(p->severity <= CHECK_CRITICAL);
}

static void check_report(const struct health_report *r, long status)
{
	bool all_ok = r->n > 0, some_worse = false;

	REQUIRE(r->n > 0 && r->n <= HEALTH_PARTS_MAX);
	for (size_t i = 0; i < r->n; i++) {
		const struct health_part *p = &r->part[i];

		check_part(p);
		all_ok &= p->meaning == HEALTH_OK;
		some_worse |= p->meaning != HEALTH_OK &&
			      p->meaning != HEALTH_STARTING;
	}
	REQUIRE(r->ok == all_ok);
	REQUIRE(r->is_starting == (!all_ok && !some_worse));
	REQUIRE(!r->ok || (status >= 200 && status < 300));
}

static void check_same(const struct health_report *a,
		       const struct health_report *b)
{
	REQUIRE(a->n == b->n && a->ok == b->ok);
	for (size_t i = 0; i < a->n; i++) {
		REQUIRE(a->part[i].meaning == b->part[i].meaning);
		REQUIRE(a->part[i].severity == b->part[i].severity);
		REQUIRE(strcmp(a->part[i].name, b->part[i].name) == 0);
		REQUIRE(strcmp(a->part[i].seen, b->part[i].seen) == 0);
		REQUIRE(strcmp(a->part[i].note, b->part[i].note) == 0);
	}
}

static void read_twice(const struct step_health *spec,
		       const struct health_seen *seen)
{
	struct arena *one = arena_new(HEALTH_ARENA_MAX);
	struct arena *two = arena_new(HEALTH_ARENA_MAX);
	struct health_report first, second;

	REQUIRE(one && two);
	health_read(spec, seen, one, &first);
	health_read(spec, seen, two, &second);
	check_report(&first, seen->status);
	check_same(&first, &second);
	arena_free(one);
	arena_free(two);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct errs es;

	if (size < HEAD_BYTES)
		return 0;
	const struct step_health spec = {
		.shape = bytes[0] % (unsigned)health_shapes_n,
		.max_age_ns = bytes[2] ? (uint64_t)bytes[2] << 32 : 0,
	};
	size_t len = size - HEAD_BYTES;
	char *body = calloc(1, len + 1);
	REQUIRE(body);
	memcpy(body, bytes + HEAD_BYTES, len);
	memset(&es, 0, sizeof(es));
	const struct source src = { "body", body, len };
	cJSON *json = json_parse(&src, JSON_FOREIGN, NULL, NULL, &es);
	const struct health_seen seen = {
		.status = statuses[bytes[1] %
				   (sizeof(statuses) / sizeof(*statuses))],
		.body = body,
		.len = len,
		.json = json,
		.json_why = es.n ? es.item[0].text : "",
		.now_ns = 1769774400000000000u,
	};
	read_twice(&spec, &seen);
	cJSON_Delete(json);
	free(body);
	return 0;
}
