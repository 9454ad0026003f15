/* SPDX-License-Identifier: MIT */
/* data: what a file of rows is, and what CSV and JSON Lines share. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/text.h"
#include "scenarios/loads/loads_parts.h"

/* ---- rows ----------------------------------------------------------- */

bool feeder_bad(struct feeder_rows *r, size_t col, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->problems++;
	return decode_problem(
		r->d, (struct place){ r->shown, r->line, (unsigned)col + 1 },
		"%s", text);
}

bool feeder_cell_add(struct feeder_rows *r, const char *text)
{
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : FILE_CELLS_FIRST;
		const char **more = reallocarray(r->cells, room, sizeof(*more));
		if (!more) {
			r->problems = FILE_PROBLEMS_MAX;
			return errs_nomem(r->d->es);
		}
		r->cells = more;
		r->room = room;
	}
	r->cells[r->n++] = text;
	return true;
}

bool feeder_row_end(struct feeder_rows *r, size_t got)
{
	if (got != r->n_columns)
		return feeder_bad(
			r, 0,
			"a row must have %zu values, as many as there "
			"are columns, got %zu",
			r->n_columns, got);
	if (r->n / r->n_columns <= FEEDER_ROWS_MAX)
		return true;
	r->problems = FILE_PROBLEMS_MAX;
	return feeder_bad(r, 0, "there must be at most %d rows",
			  FEEDER_ROWS_MAX);
}

static bool column_suits(struct feeder_rows *r, const char *const *names,
			 size_t i)
{
	size_t len = strlen(names[i]);

	if (!len)
		return feeder_bad(r, 0, "column %zu has no name", i + 1);
	if (strchr(" \t", names[i][0]) || strchr(" \t", names[i][len - 1]))
		return feeder_bad(r, 0,
				  "the name of column %zu begins or ends with "
				  "a blank",
				  i + 1);
	for (size_t k = 0; k < i; k++)
		if (!strcmp(names[k], names[i]))
			return feeder_bad(r, 0,
					  "columns %zu and %zu have the same "
					  "name",
					  k + 1, i + 1);
	return true;
}

bool feeder_columns(struct feeder_rows *r, const char *const *names, size_t n,
		    struct feeder *f)
{
	bool ok = true;

	if (!n || n > FEEDER_COLUMNS_MAX) {
		r->problems = FILE_PROBLEMS_MAX;
		return feeder_bad(r, 0,
				  "there must be 1 to %d columns, got %zu",
				  FEEDER_COLUMNS_MAX, n);
	}
	for (size_t i = 0; i < n; i++)
		ok &= column_suits(r, names, i);
	const char **columns = arena_alloc(r->d->arena, n, sizeof(*columns));
	bool *is_secret = arena_alloc(r->d->arena, n, sizeof(*is_secret));
	if (!columns || !is_secret)
		return errs_nomem(r->d->es);
	memcpy(columns, names, n * sizeof(*columns));
	f->columns = columns;
	f->is_secret = is_secret;
	f->n_columns = r->n_columns = n;
	return ok;
}

/* ---- the whole file ------------------------------------------------- */

static bool bad_byte(const struct feeder_rows *r, size_t offset,
		     const char *what)
{
	struct place at = place_at(r->src, offset);

	at.src = r->shown;
	return decode_problem(r->d, at, "%s", what);
}

static bool text_suits(const struct feeder_rows *r)
{
	const struct source *src = r->src;
	const char *nul = memchr(src->text, '\0', src->len);
	size_t bad_at = 0;

	if (!src->len)
		return decode_problem(r->d, (struct place){ .src = r->shown },
				      "is empty");
	if (nul)
		return bad_byte(r, (size_t)(nul - src->text),
				"a file of data must be text, but here is a "
				"NUL byte");
	if (!text_utf8_valid(src->text, src->len, &bad_at))
		return bad_byte(r, bad_at,
				"a file of data must be UTF-8 text, but here "
				"is another byte");
	return true;
}

/* Rows hold passwords: a place in them says where, and quotes nothing. */
static const struct source *without_text(struct decoder *d,
					 const struct source *src)
{
	struct source *shown = arena_alloc(d->arena, 1, sizeof(*shown));

	if (!shown) {
		errs_nomem(d->es);
		return NULL;
	}
	*shown = (struct source){ .name = src->name };
	return shown;
}

/* Moves the cells into the arena. */
static bool rows_take(struct feeder_rows *r, struct feeder *f)
{
	if (!r->n)
		return decode_problem(r->d, (struct place){ .src = r->shown },
				      "has no row of values");
	const char **cells = arena_alloc(r->d->arena, r->n, sizeof(*cells));
	if (!cells)
		return errs_nomem(r->d->es);
	memcpy(cells, r->cells, r->n * sizeof(*cells));
	f->cells = cells;
	f->n_rows = r->n / r->n_columns;
	return true;
}

bool feeder_read(struct decoder *d, const struct source *src,
		 bool (*read)(struct feeder_rows *r, struct feeder *f),
		 struct feeder *f)
{
	struct feeder_rows r = {
		.d = d, .src = src, .shown = without_text(d, src), .line = 1
	};
	bool ok = r.shown && text_suits(&r) && read(&r, f) && !r.problems &&
		  rows_take(&r, f);

	free(r.cells);
	return ok;
}

static bool ends_in(const char *path, const char *tail)
{
	size_t len = strlen(path);
	size_t n = strlen(tail);

	return len > n && text_same_nocase(path + len - n, n, tail, n);
}

static bool file_read(struct decoder *d, const char *path, struct place at,
		      struct feeder *f)
{
	bool is_csv = ends_in(path, ".csv");

	if (!is_csv && !ends_in(path, ".jsonl") && !ends_in(path, ".ndjson"))
		return decode_problem(d, at,
				      "a file of data is told by its name: "
				      "\"%.100s\" must end in .csv, .jsonl or "
				      ".ndjson",
				      path);
	const struct source *src = loads_read(d, path, FEEDER_FILE_MAX, at);
	if (!src)
		return false;
	f->path = src->name;
	return feeder_read(d, src, is_csv ? feeder_read_csv : feeder_read_jsonl,
			   f);
}

const struct source *loads_read(struct decoder *d, const char *path,
				size_t max_bytes, struct place at)
{
	struct source *src = NULL;

	if (!d->reads_files) {
		decode_problem(d, at, "a text in memory cannot read files");
		return NULL;
	}
	const char *whole = path_beside(d, at.src->name, path);
	size_t before = d->es->n;
	if (whole && !doc_read_source(d->arena, whole, max_bytes, &src, d->es))
		problem_of_file(d->es, before, at);
	return src;
}

/* ---- the keys ------------------------------------------------------- */

static const char *const order_choices[] = {
	[FEEDER_SEQUENTIAL] = "sequential",
	[FEEDER_RANDOM] = "random",
	[FEEDER_SHUFFLE] = "shuffle",
	NULL,
};
static const char *const share_choices[] = { "all", "worker", NULL };
static const char *const end_choices[] = {
	[FEEDER_WRAP] = "wrap",
	[FEEDER_STOP] = "stop",
	NULL,
};

struct feeder_draft {
	struct feeder f;
	const char *file;
	unsigned share;
	const struct node *secret;
};

static void secret_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"type\":\"array\",\"maxItems\":%d,\"items\":{\"type\":"
		   "\"string\"}",
		   FEEDER_COLUMNS_MAX);
}

static const struct key_form secret_form = { node_keep, secret_schema };

#define FEEDER(field) offsetof(struct feeder_draft, field)

static const struct key feeder_keys[] = {
	{ "file", KEY_WORD, FEEDER(file), .flags = KEY_REQUIRED,
	  .doc = "CSV whose first row names the columns, or JSON Lines",
	  .example = "users.csv" },
	{ "order", KEY_CHOICE, FEEDER(f.order), .choices = order_choices,
	  .doc = "which row comes next; shuffle takes each once, random any" },
	{ "seed", KEY_COUNT, FEEDER(f.seed), .min = 1,
	  .doc = "the same seed draws the same rows; a new one each time when "
		 "not written" },
	{ "share", KEY_CHOICE, FEEDER(share), .choices = share_choices,
	  .doc = "whether the workers take from all rows or each from its "
		 "own" },
	{ "at_end", KEY_CHOICE, FEEDER(f.at_end), .choices = end_choices,
	  .doc = "after the last row: from the beginning again, or the load "
		 "starts nothing more" },
	{ "secret", KEY_CUSTOM, FEEDER(secret), .form = &secret_form,
	  .doc = "columns whose values are never shown",
	  .example = "[password]" },
	{ 0 },
};

static bool column_hide(struct decoder *d, const struct node *t,
			const struct feeder *f, bool *is_secret)
{
	const char *name = decode_static(d, t, "secret", NULL);

	if (!name)
		return false;
	for (size_t i = 0; i < f->n_columns; i++)
		if (!strcmp(f->columns[i], name)) {
			is_secret[i] = true;
			return true;
		}
	const char *near =
		text_nearest(name, strlen(name), f->columns, f->n_columns);
	return decode_problem(d, t->at, "\"%s\" has no column \"%.60s\"%s%s%s",
			      f->name, name, near ? "; did you mean \"" : "",
			      near ? near : "", near ? "\"?" : "");
}

/* The columns are known, as the file was read. */
static bool columns_hide(struct decoder *d, const struct node *t,
			 struct feeder *f)
{
	bool ok = true;

	if (!t)
		return true;
	if (t->kind != NODE_SEQ || t->n > FEEDER_COLUMNS_MAX)
		return decode_problem(d, t->at,
				      "\"secret\" must be a list of at most %d "
				      "columns",
				      FEEDER_COLUMNS_MAX);
	bool *is_secret =
		arena_alloc(d->arena, f->n_columns, sizeof(*is_secret));
	if (!is_secret)
		return errs_nomem(d->es);
	for (size_t i = 0; i < t->n; i++)
		ok &= column_hide(d, t->item[i], f, is_secret);
	f->is_secret = is_secret;
	return ok;
}

bool feeder_decode(struct decoder *d, const struct node_entry *e,
		   struct feeder *f)
{
	struct feeder_draft draft = { 0 };
	const struct node *t = e->value;
	const struct node *file =
		t->kind == NODE_MAP ? node_find(t, "file") : t;

	f->name = e->key;
	f->at = e->key_at;
	if (t->kind == NODE_MAP) {
		if (!keys_decode(d, feeder_keys, t, &draft, "a file of data"))
			return false;
	} else {
		draft.file = decode_static(d, t, e->key, NULL);
	}
	if (!draft.file)
		return false;
	*f = draft.f;
	f->name = e->key;
	f->at = e->key_at;
	f->is_by_worker = draft.share == 1;
	const struct node_entry *end = node_find_entry(t, "at_end");
	if (end && f->order == FEEDER_RANDOM)
		return decode_problem(d, end->key_at,
				      "rows drawn at random have no end: "
				      "\"at_end\" goes with sequential and "
				      "shuffle");
	return file_read(d, draft.file, file->at, f) &&
	       columns_hide(d, draft.secret, f);
}

void feeder_schema(struct buf *out)
{
	buf_puts(out, "\"anyOf\":[{\"type\":\"string\"},{");
	keys_schema_object(feeder_keys, NULL, out);
	buf_puts(out, "}]");
}
