/* SPDX-License-Identifier: MIT */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "scenarios/json/pattern.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/pattern_iregexp.h"

enum {
	BYTES_PER_STEP = 16, /* of text walked over */
	PRICE_OF_CALL = 16,  /* steps that even the shortest match costs */
	MESSAGE_MAX = 200,   /* bytes of a text of PCRE2 */
};

struct pattern {
	pcre2_code *code;
	uint32_t groups;
};

void pattern_free(const struct pattern *p)
{
	struct pattern *own = (struct pattern *)p;

	if (!own)
		return;
	pcre2_code_free(own->code);
	free(own);
}

static void free_in_arena(void *p)
{
	pattern_free(p);
}

static bool refuse(struct place at, const char *text, size_t offset,
		   const char *message, struct errs *es)
{
	return errs_add(es, ERR_INPUT, place_after(at, text, offset),
			"not a pattern: %s", message);
}

static bool compile_code(struct pattern *p, const char *text, size_t len,
			 unsigned flags, struct place at, struct errs *es)
{
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
			   PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_POSSESS |
			   PCRE2_AUTO_CALLOUT;
	PCRE2_UCHAR message[MESSAGE_MAX];
	PCRE2_SIZE offset = 0;
	int code;

	if (flags & PATTERN_WHOLE)
		options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	if (flags & PATTERN_IREGEXP)
		options |= PCRE2_DOLLAR_ENDONLY;
	if (flags & PATTERN_NOCASE)
		options |= PCRE2_CASELESS;
	p->code = pcre2_compile((PCRE2_SPTR)text, len, options, &code, &offset,
				NULL);
	if (p->code) {
		pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT,
				   &p->groups);
		p->groups++;
		return true;
	}
	if (code == PCRE2_ERROR_HEAP_FAILED)
		return errs_nomem(es);
	pcre2_get_error_message(code, message, sizeof(message));
	/* The offset in a mapped pattern is not one in what was written. */
	return refuse(at, text, flags & PATTERN_IREGEXP ? 0 : offset,
		      (const char *)message, es);
}

static bool compile_iregexp(struct pattern *p, const char *text, size_t len,
			    unsigned flags, struct place at, struct errs *es)
{
	const char *expected = NULL;
	size_t bad_at = 0;
	struct buf out;
	bool done = false;

	buf_init(&out, BUF_NO_LIMIT);
	if (!iregexp_translate(text, len, &out, &bad_at, &expected))
		errs_add(es, ERR_INPUT, place_after(at, text, bad_at),
			 "not an I-Regexp (RFC 9485): expected %s", expected);
	else if (!buf_ok(&out))
		errs_nomem(es);
	else
		done = compile_code(p, buf_text(&out), out.len, flags, at, es);
	buf_release(&out);
	return done;
}

static bool fill(struct pattern *p, const char *text, size_t len,
		 unsigned flags, struct place at, struct errs *es)
{
	if (len > PATTERN_BYTES_MAX)
		return errs_add(es, ERR_INPUT, at,
				"a pattern has at most %d bytes, got %zu",
				PATTERN_BYTES_MAX, len);
	if (flags & PATTERN_IREGEXP)
		return compile_iregexp(p, text, len, flags, at, es);
	return compile_code(p, text, len, flags, at, es);
}

const struct pattern *pattern_compile(struct arena *a, const char *text,
				      size_t len, unsigned flags,
				      struct place at, struct errs *es)
{
	struct pattern *p = calloc(1, sizeof(*p));

	if (!p) {
		errs_nomem(es);
		return NULL;
	}
	if (!fill(p, text, len, flags, at, es)) {
		pattern_free(p);
		return NULL;
	}
	if (a && !arena_on_free(a, free_in_arena, p)) {
		errs_nomem(es);
		return NULL;
	}
	return p;
}

static void report(struct pattern_found *found, pcre2_match_data *match)
{
	const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match);

	found->n = pcre2_get_ovector_count(match);
	for (unsigned i = 0; i < found->n; i++) {
		found->group[i].from = span[2 * i];
		found->group[i].to = span[2 * i + 1];
	}
}

/* What a match may still cost. */
struct meter {
	uint64_t steps;
	size_t at; /* where the last step was */
};

/* PCRE2's own match limit begins anew at every start position, so a search
 * could cost the limit times the text.  It calls this before every item of
 * the pattern that it tries, which adds all up. */
static int on_item(pcre2_callout_block *item, void *given)
{
	struct meter *meter = given;
	size_t at = item->current_position;
	size_t walked = at > meter->at ? at - meter->at : 0;
	uint64_t price = 1 + walked / BYTES_PER_STEP;

	meter->at = at;
	if (meter->steps <= price) {
		meter->steps = 0;
		return PCRE2_ERROR_CALLOUT;
	}
	meter->steps -= price;
	return 0;
}

static enum pattern_result run(const struct pattern *p, const char *text,
			       size_t len, struct meter *meter,
			       struct pattern_found *found)
{
	uint32_t groups =
		p->groups < PATTERN_GROUPS_MAX ? p->groups : PATTERN_GROUPS_MAX;
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	pcre2_match_data *match =
		pcre2_match_data_create(found ? groups : 1, NULL);
	int rc = PCRE2_ERROR_NOMEMORY;

	if (limits && match) {
		pcre2_set_match_limit(limits, PATTERN_STEPS_MAX);
		pcre2_set_depth_limit(limits, PATTERN_DEPTH_MAX);
		pcre2_set_heap_limit(limits, PATTERN_HEAP_MAX_KIB);
		pcre2_set_callout(limits, on_item, meter);
		rc = pcre2_match(p->code, (PCRE2_SPTR)(text ? text : ""), len,
				 0, 0, match, limits);
	}
	if (rc >= 0 && found)
		report(found, match);
	pcre2_match_data_free(match);
	pcre2_match_context_free(limits);
	if (rc >= 0)
		return PATTERN_YES;
	return rc == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_LIMIT;
}

enum pattern_result pattern_match(const struct pattern *p, const char *text,
				  size_t len, struct pattern_found *found)
{
	struct meter meter = { .steps = PATTERN_STEPS_MAX };

	return run(p, text, len, &meter, found);
}

enum pattern_result pattern_test_within(const struct pattern *p,
					const char *text, size_t len,
					uint64_t *steps)
{
	uint64_t price = PRICE_OF_CALL + len / BYTES_PER_STEP;
	struct meter meter = { .steps = PATTERN_STEPS_MAX };

	if (*steps <= price) {
		*steps = 0;
		return PATTERN_LIMIT;
	}
	*steps -= price;
	if (meter.steps > *steps)
		meter.steps = *steps;
	*steps -= meter.steps;
	enum pattern_result result = run(p, text, len, &meter, NULL);
	*steps += meter.steps;
	return result;
}

unsigned pattern_group_count(const struct pattern *p)
{
	return p->groups;
}

unsigned pattern_group_find(const struct pattern *p, const char *name)
{
	int n = pcre2_substring_number_from_name(p->code, (PCRE2_SPTR)name);

	return n > 0 ? (unsigned)n : 0;
}
