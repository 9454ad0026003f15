/* SPDX-License-Identifier: MIT */
/* Words in alerts:, and the things that they name. */
#include <string.h>

#include "scenarios/alerts/alerts_parts.h"
#include "scenarios/base/text.h"

static bool word_add(struct decoder *d, const struct node *t, const char *what,
		     struct list *words)
{
	const char *text = decode_static(d, t, what, NULL);
	const struct word *other = words->item;

	if (!text)
		return false;
	if (!*text)
		return decode_problem(d, t->at, "\"%s\" must not be empty",
				      what);
	for (size_t i = 0; i < words->n; i++)
		if (!strcmp(other[i].text, text))
			return decode_problem(d, t->at,
					      "\"%s\" stands here twice", text);
	struct word *kept = list_add(d, words, sizeof(*kept));
	if (kept)
		*kept = (struct word){ text, t->at };
	return kept != NULL;
}

bool words_decode(struct decoder *d, const struct node *t, const char *what,
		  struct words *out)
{
	struct list words = { 0 };
	bool ok = true;

	*out = (struct words){ 0 };
	if (t->kind == NODE_MAP ||
	    (t->kind == NODE_SCALAR && node_is_null(t)) ||
	    (t->kind == NODE_SEQ && (!t->n || t->n > ALERT_WORDS_MAX)))
		return decode_problem(d, t->at,
				      "\"%s\" must be a word or a list of 1 to "
				      "%d, got %s",
				      what, ALERT_WORDS_MAX, node_kind_name(t));
	if (t->kind == NODE_SCALAR)
		ok = word_add(d, t, what, &words);
	for (size_t i = 0; t->kind == NODE_SEQ && i < t->n; i++)
		ok &= word_add(d, t->item[i], what, &words);
	*out = (struct words){ words.n, words.item };
	return ok;
}

void words_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"anyOf\":[{\"type\":[\"string\",\"number\",\"boolean\"]},"
		   "{\"type\":\"array\",\"minItems\":1,\"maxItems\":%d,"
		   "\"items\":{\"type\":[\"string\",\"number\","
		   "\"boolean\"]}}]",
		   ALERT_WORDS_MAX);
}

const struct key_form words_form = { node_keep, words_schema };

/* ---- things ---------------------------------------------------------- */

const char *thing_name(const struct named_things *things, size_t i)
{
	const char *at = (const char *)things->item + i * things->size;

	return *(const char *const *)(const void *)at;
}

bool thing_find(struct decoder *d, const struct named_things *things,
		const struct word *word, size_t *index)
{
	struct text_nearest near;

	for (size_t i = 0; i < things->n; i++)
		if (!strcmp(thing_name(things, i), word->text)) {
			*index = i;
			return true;
		}
	text_nearest_init(&near, word->text, strlen(word->text));
	for (size_t i = 0; i < things->n; i++)
		text_nearest_add(&near, thing_name(things, i));
	return decode_problem(
		d, word->at, "there is no %s \"%s\"%s%s%s", things->what,
		word->text, near.best ? "; did you mean \"" : "",
		near.best ? near.best : "", near.best ? "\"?" : "");
}

bool things_decode(struct decoder *d, const struct node *t, const char *key,
		   const struct named_things *things, size_t *n,
		   const size_t **index)
{
	struct list found = { 0 };
	struct words words;
	bool ok = words_decode(d, t, key, &words);

	for (size_t i = 0; i < words.n; i++) {
		size_t at = 0;
		if (!thing_find(d, things, &words.item[i], &at)) {
			ok = false;
			continue;
		}
		size_t *kept = list_add(d, &found, sizeof(*kept));
		if (!kept)
			return false;
		*kept = at;
	}
	*n = found.n;
	*index = found.item;
	return ok;
}
