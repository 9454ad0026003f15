/* SPDX-License-Identifier: MIT */
#include "probe/judge/capture.h"

#include <cjson/cJSON.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "probe/judge/subject.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"
#include "scenarios/json/pattern.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

/* ---- slots ------------------------------------------------------------------ */

bool slots_init(struct slots *t, size_t n)
{
	t->n = 0;
	t->item = calloc(n ? n : 1, sizeof(*t->item));
	if (!t->item)
		return false;
	t->n = n;
	return true;
}

static void slot_clear(struct template_slot *slot)
{
	void *text = (void *)(uintptr_t)slot->text;

	if (text)
		OPENSSL_cleanse(text, slot->len);
	free(text);
	*slot = (struct template_slot){ 0 };
}

void slots_release(struct slots *t)
{
	for (size_t i = 0; i < t->n; i++)
		slot_clear(&t->item[i]);
	free(t->item);
	*t = (struct slots){ 0 };
}

bool slots_set(struct slots *t, size_t slot, const char *text, size_t len)
{
	if (slot >= t->n)
		return false;
	char *copy = malloc(len + 1);
	if (!copy)
		return false;
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	slot_clear(&t->item[slot]);
	t->item[slot] = (struct template_slot){ .text = copy,
						.len = len,
						.is_set = true };
	return true;
}

/* ---- values ------------------------------------------------------------------- */

static bool print_json(const struct subject *s, struct buf *out)
{
	const cJSON *node = s->n_nodes > 0 ? s->nodes[0] : NULL;

	if (!node)
		return false;
	if (cJSON_IsString(node))
		return buf_puts(out, node->valuestring);
	return json_print(node, out);
}

static bool print_names(const struct subject *s, struct buf *out)
{
	for (size_t i = 0; i < s->n_names; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", s->names[i]);
	return buf_ok(out);
}

static bool print_subject(const struct subject *s, struct buf *out)
{
	switch (s->kind) {
	case VALUE_JSON:
		return print_json(s, out);
	case VALUE_NAMES:
		return print_names(s, out);
	case VALUE_NUMBER:
		unit_print_number(out, s->number);
		return buf_ok(out);
	case VALUE_STATUS:
		return buf_printf(out, "%lld", (long long)s->integer);
	case VALUE_DURATION:
		if (s->integer < 0)
			buf_putc(out, '-');
		unit_print_duration(out, (uint64_t)llabs(s->integer));
		return buf_ok(out);
	default:
		return buf_add(out, s->text, s->len);
	}
}

static bool take_subject(struct judging *j, const struct subject_want *want,
			 struct buf *out)
{
	struct subject_room room;
	struct buf why;

	buf_init(&why, CAPTURE_MAX);
	bool found = subject_find(&room, j, want, &why) &&
		     !room.subject.is_absent &&
		     print_subject(&room.subject, out);
	subject_release(&room);
	buf_release(&why);
	return found;
}

/* What a TCP dialogue said last, else the body. */
static const struct buf *last_bytes(const struct seen *seen)
{
	return seen->n_turns > 0 ? &seen->turns[seen->n_turns - 1]
				 : &seen->answer->body;
}

static bool take_regex(struct judging *j, const struct capture *c,
		       struct buf *out)
{
	const struct buf *bytes = last_bytes(j->seen);
	const char *text = buf_text(bytes);
	struct pattern_found found = { 0 };

	if (pattern_match(c->pattern, text, bytes->len, &found) != PATTERN_YES)
		return false;
	const struct pattern_span *span = &found.group[0];
	if (pattern_group_count(c->pattern) > 1) {
		if (found.n < 2 || found.group[1].from == PATTERN_UNSET)
			return false;
		span = &found.group[1];
	}
	return buf_add(out, text + span->from, span->to - span->from);
}

static bool take_value(struct judging *j, const struct capture *c,
		       struct buf *out)
{
	static const enum expect_what what[CAPTURE_FROM_N] = {
		[CAPTURE_JSON] = EXPECT_JSON,
		[CAPTURE_HEADER] = EXPECT_HEADER,
		[CAPTURE_COOKIE] = EXPECT_COOKIE,
		[CAPTURE_CERT] = EXPECT_CERT,
		[CAPTURE_STATUS] = EXPECT_STATUS,
		[CAPTURE_BODY] = EXPECT_BODY,
		[CAPTURE_URL] = EXPECT_URL,
		[CAPTURE_STDERR] = EXPECT_STDERR,
		[CAPTURE_EXIT] = EXPECT_EXIT,
	};
	const struct subject_want want = {
		.what = what[c->from],
		.which = c->which,
		.name = c->key,
		.path = c->path,
	};
	const struct buf *bytes = last_bytes(j->seen);

	if (c->from == CAPTURE_REGEX)
		return take_regex(j, c, out);
	if (c->from == CAPTURE_ANSWER)
		return j->seen->n_turns > 0 &&
		       buf_add(out, buf_text(bytes), bytes->len);
	return take_subject(j, &want, out);
}

static const char *shown_value(struct judging *j, const struct capture *c,
			       const struct buf *value)
{
	struct buf safe, cut;

	if (c->secret)
		return REDACT_MARK;
	buf_init(&safe, BUF_NO_LIMIT);
	buf_init(&cut, JUDGE_TEXT_MAX);
	redact_text(j->redactor, buf_text(value), value->len, &safe);
	text_cut(&cut, buf_text(&safe), safe.len, JUDGE_TEXT_MAX);
	const char *copy = arena_strndup(j->arena, buf_text(&cut), cut.len);
	buf_release(&safe);
	buf_release(&cut);
	return copy ? copy : "";
}

static bool take_one(struct judging *j, const struct capture *c,
		     struct slots *slots, struct redactor *red,
		     struct captured *to)
{
	struct buf value, why;
	bool ok;

	buf_init(&value, CAPTURE_MAX);
	buf_init(&why, JUDGE_TEXT_MAX);
	ok = take_value(j, c, &value);
	if (!ok && c->fallback) {
		buf_reset(&value);
		ok = template_eval(c->fallback, j->world, &value, &why);
	}
	/* as one that was declared: what a server sends must not push it out,
	 * as long as there is room */
	if (ok && c->secret && !redactor_add(red, buf_text(&value), value.len))
		redactor_learn(red, buf_text(&value), value.len);
	if (ok)
		ok = slots_set(slots, c->slot, buf_text(&value), value.len);
	to->name = c->name;
	to->value = ok ? shown_value(j, c, &value) : "";
	if (value.text)
		OPENSSL_cleanse(value.text, value.room);
	buf_release(&value);
	buf_release(&why);
	return ok;
}

const struct capture *capture_take(struct judging *j,
				   const struct capture_list *list,
				   struct slots *slots, struct redactor *red,
				   struct step_result *r)
{
	const struct capture *missing = NULL;
	struct captured *taken = arena_alloc(j->arena, list->n, sizeof(*taken));

	if (!taken)
		return list->n > 0 ? &list->item[0] : NULL;
	r->captures = taken;
	for (size_t i = 0; i < list->n; i++) {
		const struct capture *c = &list->item[i];

		if (take_one(j, c, slots, red, &taken[r->n_captures]))
			r->n_captures++;
		else if (!missing)
			missing = c;
	}
	return missing;
}
