/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "scenarios/alerts/alerts_parts.h"
#include "scenarios/decode/decode.h"

enum {
	ATTEMPTS_MAX = 100,
	TAGS_MAX = 50,
};

const char *const severity_choices[] = { "info", "warning", "error", "critical",
					 NULL };

/* ---- retries: 3, or { attempts: 3, every: 10s } ---------------------------- */

#define RETRIES(field) offsetof(struct retries, field)

static const struct key retries_keys[] = {
	{ "attempts", KEY_COUNT, RETRIES(attempts), .min = 1,
	  .max = ATTEMPTS_MAX,
	  .doc = "tries in all before it counts as "
		 "failed" },
	{ "every", KEY_DURATION, RETRIES(every_ns), .max = HOURS(1),
	  .doc = "pause before the next try; 1s by default" },
	{ 0 },
};

static bool retries_decode(struct decoder *d, const struct key *k,
			   const struct node *t, void *into)
{
	struct retries *r = into;

	(void)k;
	if (t->kind == NODE_SCALAR) {
		struct key row = retries_keys[0];
		row.name = "retries";
		return key_decode(d, &row, t, &r->attempts);
	}
	return keys_decode(d, retries_keys, t, r, "\"retries\"");
}

static void retries_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"anyOf\":[{");
	key_schema(&retries_keys[0], out);
	buf_puts(out, "},{");
	keys_schema_object(retries_keys, NULL, out);
	buf_puts(out, "}]");
}

static const struct key_form retries_form = { retries_decode, retries_schema };

/* ---- tags --------------------------------------------------------------------- */

static bool tags_decode(struct decoder *d, const struct key *k,
			const struct node *t, void *into)
{
	struct check *c = into;
	struct list l = { 0 };

	if (t->kind != NODE_SEQ || t->n > TAGS_MAX)
		return decode_problem(d, t->at,
				      "\"%s\" must be a list of at "
				      "most %d words",
				      k->name, TAGS_MAX);
	for (size_t i = 0; i < t->n; i++) {
		const char *tag = decode_static(d, t->item[i], k->name, NULL);
		const char **kept = tag ? list_add(d, &l, sizeof(*kept)) : NULL;
		if (!kept)
			return false;
		*kept = tag;
	}
	c->tags = l.item;
	c->n_tags = l.n;
	return true;
}

static void tags_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"type\":\"array\",\"maxItems\":%d,\"items\":{"
		   "\"type\":[\"string\",\"number\",\"boolean\"]}",
		   TAGS_MAX);
}

static const struct key_form tags_form = { tags_decode, tags_schema };

/* ---- start_offset: 0s is not the same as nothing ---------------------------- */

static const struct key offset_row = { "start_offset", KEY_DURATION, 0,
				       .max = HOURS(24 * 366) };

static bool offset_decode(struct decoder *d, const struct key *k,
			  const struct node *t, void *into)
{
	struct check *c = into;

	(void)k;
	c->has_start_offset = true;
	return key_decode(d, &offset_row, t, &c->start_offset_ns);
}

static void offset_schema(const struct key *k, struct buf *out)
{
	(void)k;
	key_schema(&offset_row, out);
}

static const struct key_form offset_form = { offset_decode, offset_schema };

/* ---- depends_on ------------------------------------------------------------------ */

/* Names of checks that come later: looked at when all are there. */
static bool depends_later(struct decoder *d, const struct key *k,
			  const struct node *t, void *into)
{
	(void)d;
	(void)k;
	(void)t;
	(void)into;
	return true;
}

static const struct key_form depends_form = { depends_later, words_schema };

/* ---- the tables ----------------------------------------------------------------- */

#define BASE(field)  offsetof(struct inherited, field)
#define CHECK(field) offsetof(struct check, field)

/* What a check says for all its steps; taken before the steps are decoded. */
static const struct key inherit_keys[] = {
	{ "severity", KEY_CHOICE, BASE(severity), .choices = severity_choices,
	  .flags = KEY_FIRST,
	  .doc = "how bad a failure is; error when not "
		 "written" },
	{ "retries", KEY_CUSTOM, BASE(retries), .form = &retries_form,
	  .flags = KEY_FIRST,
	  .doc = "tries that confirm a failure, and the pause between them",
	  .example = "{ attempts: 3, every: 10s }" },
	{ "timeout", KEY_DURATION, BASE(ask.net.timeout.total_ns),
	  .flags = KEY_FIRST, .min = MS(1), .max = HOURS(24),
	  .doc = "longest time of each step", .example = "10s" },
	{ 0 },
};

static const struct key check_keys[] = {
	{ "description", KEY_WORD, CHECK(description),
	  .doc = "what it is for, for people" },
	{ "tags", KEY_CUSTOM, 0, .form = &tags_form,
	  .doc = "words to choose checks by" },
	{ "every", KEY_DURATION, CHECK(every_ns), .min = SECONDS(1),
	  .max = HOURS(24 * 366), .doc = "how often it runs when watched",
	  .example = "5m" },
	{ "jitter", KEY_DURATION, CHECK(jitter_ns), .max = HOURS(24),
	  .doc = "each start when watched is late by up to this, evenly",
	  .example = "10s" },
	{ "start_offset", KEY_CUSTOM, 0, .form = &offset_form,
	  .doc = "first start when watched; by the check's name when not "
		 "written, so that checks are spread",
	  .example = "0s" },
	{ "start_period", KEY_DURATION, CHECK(start_period_ns),
	  .max = HOURS(24),
	  .doc = "failures this long after the first try do not count",
	  .example = "30s" },
	{ "depends_on", KEY_CUSTOM, 0, .form = &depends_form,
	  .doc = "checks; while one of them is down nobody is told of this "
		 "one" },
	{ "steps", KEY_CUSTOM, CHECK(steps), .form = &steps_form,
	  .flags = KEY_REQUIRED, .doc = "what to do, in order" },
	{ "always", KEY_CUSTOM, CHECK(always), .form = &steps_form,
	  .doc = "what to do afterwards, also after a failure" },
	{ 0 },
};

const struct key defaults_keys[] = {
	{ "severity", KEY_CHOICE, BASE(severity), .choices = severity_choices,
	  .doc = "severity of checks that name none" },
	{ "retries", KEY_CUSTOM, BASE(retries), .form = &retries_form,
	  .doc = "tries of checks that name none" },
	{ "", KEY_INCLUDE, BASE(ask), .keys = http_option_keys },
	{ 0 },
};

/* "always" uses names that the steps capture, so it comes second. */
static bool always_is_last(const struct node *t)
{
	const struct node_entry *steps = node_find_entry(t, "steps");
	const struct node_entry *always = node_find_entry(t, "always");

	return !steps || !always || steps < always;
}

/* The names that the check may use stay with it.  Steps with mistakes do not:
 * who runs it in a load shall not look at them. */
static bool check_close(struct decoder *d, struct check *check,
			size_t outer_slots, bool ok)
{
	struct slot_name *slots =
		arena_alloc(d->arena, d->n_slots, sizeof(*slots));

	if (slots && d->n_slots)
		memcpy(slots, d->slots, d->n_slots * sizeof(*slots));
	check->slots = slots;
	check->n_slots = d->n_slots;
	d->n_slots = outer_slots;
	if (!ok)
		check->steps.n = check->always.n = 0;
	return (slots || errs_nomem(d->es)) && ok;
}

bool check_of_steps(struct decoder *d, const struct node *steps,
		    const struct node *always, struct check *check)
{
	size_t outer_slots = d->n_slots;
	bool ok = steps_decode(d, steps, &check->steps);

	if (always)
		ok &= steps_decode(d, always, &check->always);
	check->severity = d->base.severity;
	check->retries = d->base.retries;
	return check_close(d, check, outer_slots, ok);
}

bool check_decode(struct decoder *d, const struct node_entry *e,
		  struct check *check)
{
	struct inherited outer = d->base;
	size_t outer_slots = d->n_slots;
	char what[128];
	bool ok = true;

	snprintf(what, sizeof(what), "check \"%.80s\"", e->key);
	check->name = e->key;
	check->at = e->key_at;
	if (e->value->kind == NODE_MAP && !always_is_last(e->value))
		ok = decode_problem(d, e->key_at,
				    "write \"always\" of %s "
				    "behind its \"steps\"",
				    what);
	else
		ok = keys_decode2(d, check_keys, check, inherit_keys, &d->base,
				  e->value, what);
	if (check->every_ns && check->jitter_ns >= check->every_ns)
		ok = decode_problem(d, node_find(e->value, "jitter")->at,
				    "\"jitter\" must be less than "
				    "\"every\"");
	check->severity = d->base.severity;
	check->retries = d->base.retries;
	d->base = outer;
	return check_close(d, check, outer_slots, ok);
}

void check_schema(struct buf *out)
{
	keys_schema_object(check_keys, inherit_keys, out);
}
