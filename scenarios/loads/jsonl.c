/* SPDX-License-Identifier: MIT */
/* JSON Lines: an object on each line, all with the keys of the first.  Empty
 * lines count for nothing.  Texts are taken as they are, numbers as they are
 * written, everything else as its JSON. */
#include <string.h>

#include "scenarios/base/text.h"
#include "scenarios/json/json.h"
#include "scenarios/loads/loads_parts.h"

enum { LINE_NODES_MAX = 100000 }; /* values in one line */

/* One line as a text of its own. */
struct line {
	struct feeder_rows *r;
	struct source src;
	struct json_index index;
};

/* A number keeps its digits, more than a double has. */
static char *number_text(const struct line *l, const cJSON *value)
{
	struct place at = json_place(&l->index, value);
	const char *from = l->src.text + at.col - 1;
	size_t len = 0;

	while (from + len < l->src.text + l->src.len &&
	       strchr("+-.0123456789eE", from[len]))
		len++;
	return arena_strndup(l->r->d->arena, from, len);
}

static bool value_add(struct line *l, const cJSON *value)
{
	struct arena *a = l->r->d->arena;
	const char *text;

	if (cJSON_IsString(value)) {
		text = arena_strdup(a, value->valuestring);
	} else if (cJSON_IsNumber(value)) {
		text = number_text(l, value);
	} else {
		struct buf json;
		buf_init(&json, BUF_NO_LIMIT);
		bool ok = json_print(value, &json);
		text = ok ? arena_strndup(a, json.text, json.len) : NULL;
		buf_release(&json);
	}
	if (!text) {
		l->r->problems = FILE_PROBLEMS_MAX;
		return errs_nomem(l->r->d->es);
	}
	return feeder_cell_add(l->r, text);
}

static size_t value_col(const struct line *l, const cJSON *value)
{
	struct place at = json_place(&l->index, value);

	return at.col ? at.col - 1 : 0;
}

static bool columns_take(struct line *l, const cJSON *row, struct feeder *f)
{
	const char *names[FEEDER_COLUMNS_MAX];
	const cJSON *value;
	size_t n = 0;

	cJSON_ArrayForEach(value, row)
	{
		if (n < FEEDER_COLUMNS_MAX)
			names[n] = arena_strdup(l->r->d->arena, value->string);
		if (n < FEEDER_COLUMNS_MAX && !names[n])
			return errs_nomem(l->r->d->es);
		n++;
	}
	return feeder_columns(l->r, names, n, f);
}

static bool key_is_new(struct line *l, const cJSON *row, const struct feeder *f)
{
	const cJSON *value;

	cJSON_ArrayForEach(value, row)
	{
		size_t i = 0;
		while (i < f->n_columns &&
		       strcmp(f->columns[i], value->string) != 0)
			i++;
		if (i < f->n_columns)
			continue;
		const char *near =
			text_nearest(value->string, strlen(value->string),
				     f->columns, f->n_columns);
		return !feeder_bad(l->r, value_col(l, value),
				   "the first row has no \"%.60s\"%s%.60s%s",
				   value->string,
				   near ? "; did you mean \"" : "",
				   near ? near : "", near ? "\"?" : "");
	}
	return false;
}

static bool row_add(struct line *l, const cJSON *row, const struct feeder *f)
{
	const cJSON *value = row->child;

	for (size_t i = 0; i < f->n_columns; i++) {
		const cJSON *is = value;
		if (!value || strcmp(value->string, f->columns[i]) != 0)
			is = cJSON_GetObjectItemCaseSensitive(row,
							      f->columns[i]);
		if (!is)
			return feeder_bad(l->r, 0, "this row has no \"%.60s\"",
					  f->columns[i]);
		if (!value_add(l, is))
			return false;
		value = value ? value->next : NULL;
	}
	return !key_is_new(l, row, f) &&
	       feeder_row_end(l->r, (size_t)cJSON_GetArraySize(row));
}

static bool object_read(struct line *l, const cJSON *row, struct feeder *f)
{
	size_t before = l->r->n;

	if (!cJSON_IsObject(row))
		return feeder_bad(l->r, 0,
				  "each line must be an object in braces, got "
				  "%s",
				  json_type(row));
	if (!f->n_columns && !columns_take(l, row, f)) {
		l->r->problems = FILE_PROBLEMS_MAX;
		return false;
	}
	bool ok = row_add(l, row, f);
	if (!ok)
		l->r->n = before;
	return ok;
}

static void line_read(struct line *l, struct feeder *f)
{
	static const struct json_limits limits = { .max_nodes =
							   LINE_NODES_MAX };
	struct errs *es = l->r->d->es;
	size_t before = es->n;
	cJSON *row = json_parse(&l->src, JSON_OWN, &limits, &l->index, es);

	if (row) {
		object_read(l, row, f);
	} else {
		/* its place is in the line: it is one in the file */
		bool is_kept = es->n > before;
		const struct err was = es->item[is_kept ? before : 0];
		es->n = before;
		feeder_bad(l->r, is_kept && was.at.col ? was.at.col - 1 : 0,
			   "not JSON: %s", is_kept ? was.text : "");
	}
	cJSON_Delete(row);
	json_index_release(&l->index);
}

bool feeder_read_jsonl(struct feeder_rows *r, struct feeder *f)
{
	const struct source *src = r->src;

	for (size_t i = 0; i < src->len && r->problems < FILE_PROBLEMS_MAX;) {
		const char *text = src->text + i;
		const char *end = memchr(text, '\n', src->len - i);
		size_t len = end ? (size_t)(end - text) : src->len - i;
		struct line l = { .r = r, .src = { src->name, text, len } };
		i += len + 1;
		while (len && strchr(" \t\r", text[len - 1]))
			len--;
		if (len)
			line_read(&l, f);
		r->line++;
	}
	return !r->problems;
}
