/* SPDX-License-Identifier: MIT */
#include "probe/deliver/book.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/json/json.h"

/* Numbers are texts: they do not fit into a double. */
enum { NUMBER_MAX = 24 };

/* ---- as text ------------------------------------------------------------ */

static const char *note_name(struct arena *a, const char *scenario,
			     const char *channel)
{
	return arena_printf(a, "deliver/%s/%s", scenario, channel);
}

static const char *text_at(const cJSON *list, int i)
{
	const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(list, i));

	return text ? text : "";
}

static uint64_t number_at(const cJSON *list, int i)
{
	return strtoull(text_at(list, i), NULL, 10);
}

static bool fill(const cJSON *tree, struct arena *a, struct book *out)
{
	const cJSON *row;

	breaker_read(cJSON_GetStringValue(
			     cJSON_GetObjectItemCaseSensitive(tree, "breaker")),
		     &out->breaker);
	cJSON_ArrayForEach(row,
			   cJSON_GetObjectItemCaseSensitive(tree, "references"))
	{
		const char *episode = arena_strdup(a, text_at(row, 0));
		const char *id = arena_strdup(a, text_at(row, 1));
		if (!episode || !id)
			return false;
		book_refer(out, episode, id);
	}
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(tree, "holds"))
	{
		const char *episode = arena_strdup(a, text_at(row, 0));
		if (!episode)
			return false;
		book_hold(out, episode, number_at(row, 1), number_at(row, 2));
	}
	return true;
}

bool book_read(struct state *st, const char *scenario, const char *channel,
	       struct arena *a, struct book *out, struct errs *es)
{
	const char *name = note_name(a, scenario, channel);
	const char *text = NULL;
	struct errs flaws = { 0 };

	memset(out, 0, sizeof(*out));
	if (!name)
		return errs_nomem(es);
	if (!state_note_get(st, name, a, &text, es))
		return false;
	if (!text)
		return true;
	const struct source src = { .name = name,
				    .text = text,
				    .len = strlen(text) };
	cJSON *tree = json_parse(&src, JSON_FOREIGN, NULL, NULL, &flaws);
	if (!tree)
		return true;
	bool done = fill(tree, a, out);
	cJSON_Delete(tree);
	return done || errs_nomem(es);
}

static cJSON *add_row(cJSON *list, const char *a, const char *b)
{
	const char *pair[] = { a, b };
	cJSON *row = cJSON_CreateStringArray(pair, 2);

	cJSON_AddItemToArray(list, row);
	return row;
}

static cJSON *tree_of(const struct book *b)
{
	cJSON *tree = cJSON_CreateObject();
	char words[BREAKER_TEXT_MAX];
	char number[2][NUMBER_MAX];

	breaker_print(&b->breaker, words);
	cJSON_AddStringToObject(tree, "breaker", words);
	cJSON *list = cJSON_AddArrayToObject(tree, "references");
	for (size_t i = 0; i < b->n_references; i++)
		add_row(list, b->references[i].episode, b->references[i].id);
	list = cJSON_AddArrayToObject(tree, "holds");
	for (size_t i = 0; i < b->n_holds; i++) {
		const struct book_hold *h = &b->holds[i];
		snprintf(number[0], NUMBER_MAX, "%" PRIu64, h->letter);
		snprintf(number[1], NUMBER_MAX, "%" PRIu64, h->until_at_ns);
		cJSON *row = add_row(list, h->episode, number[0]);
		cJSON_AddItemToArray(row, cJSON_CreateString(number[1]));
	}
	return tree;
}

bool book_write(struct state *st, const char *scenario, const char *channel,
		const struct book *b, struct errs *es)
{
	struct arena *a = arena_new(BOOK_TEXT_MAX);
	const char *name = a ? note_name(a, scenario, channel) : NULL;
	cJSON *tree = tree_of(b);
	char *text = tree ? cJSON_PrintUnformatted(tree) : NULL;
	bool done = name && text;

	if (done)
		done = state_note_put(st, name, text, es);
	else
		errs_nomem(es);
	cJSON_free(text);
	cJSON_Delete(tree);
	arena_free(a);
	return done;
}

/* ---- references --------------------------------------------------------- */

static struct book_reference *find(struct book *b, const char *episode)
{
	for (size_t i = 0; i < b->n_references; i++)
		if (!strcmp(b->references[i].episode, episode))
			return &b->references[i];
	return NULL;
}

const char *book_find_reference(const struct book *b, const char *episode)
{
	for (size_t i = 0; i < b->n_references; i++)
		if (!strcmp(b->references[i].episode, episode))
			return b->references[i].id;
	return "";
}

void book_refer(struct book *b, const char *episode, const char *id)
{
	if (!*id || !*episode)
		return;
	struct book_reference *r = find(b, episode);
	if (!r && b->n_references == BOOK_REFERENCES_MAX) {
		memmove(b->references, b->references + 1,
			(BOOK_REFERENCES_MAX - 1) * sizeof(*b->references));
		b->n_references--;
	}
	if (!r)
		r = &b->references[b->n_references++];
	*r = (struct book_reference){ .episode = episode, .id = id };
}

/* ---- holds -------------------------------------------------------------- */

void book_let_go(struct book *b, uint64_t letter)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n_holds; i++)
		if (b->holds[i].letter != letter)
			b->holds[kept++] = b->holds[i];
	b->n_holds = kept;
}

void book_hold(struct book *b, const char *episode, uint64_t letter,
	       uint64_t until_at_ns)
{
	if (!*episode)
		return;
	book_let_go(b, letter);
	if (b->n_holds == BOOK_HOLDS_MAX) {
		memmove(b->holds, b->holds + 1,
			(BOOK_HOLDS_MAX - 1) * sizeof(*b->holds));
		b->n_holds--;
	}
	b->holds[b->n_holds++] = (struct book_hold){
		.episode = episode,
		.letter = letter,
		.until_at_ns = until_at_ns,
	};
}
