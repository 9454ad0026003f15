/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "scenarios/template/template.h"
#include "scenarios/watch/listen.h"
#include "scenarios/watch/watch_parts.h"

enum { CONCURRENCY_MAX = 10000 };

static const char *const log_levels[] = { "debug", "info",     "warning",
					  "error", "critical", NULL };
static const char *const log_formats[] = { "auto", "json", "text", NULL };

/* ---- watch: ------------------------------------------------------------ */

#define WATCH(field) offsetof(struct watch_settings, field)

static const struct key watch_keys[] = {
	{ "listen", KEY_TEXT, WATCH(listen),
	  .doc = "address and port of the pages; loopback only, but with a "
		 "token",
	  .example = "127.0.0.1:9115" },
	{ "token", KEY_TEXT, WATCH(token),
	  .doc = "what readers of the pages send as Authorization: Bearer",
	  .example = "'${secret.WATCH_TOKEN}'" },
	{ "concurrency", KEY_COUNT, WATCH(concurrency), .min = 1,
	  .max = CONCURRENCY_MAX,
	  .doc = "checks under way at a time; 1000 by default" },
	{ "every", KEY_DURATION, WATCH(every_ns), .min = SECONDS(1),
	  .max = HOURS(24 * 366),
	  .doc = "interval of checks that have no \"every\"; 5m by default" },
	{ "stale_after", KEY_DURATION, WATCH(stale_after_ns), .min = SECONDS(1),
	  .max = HOURS(24 * 366),
	  .doc = "/healthz is 503 when no check has ended for so long" },
	{ 0 },
};

/* As soon as it can be known: what is only known later is said by the watch. */
static bool check_listen(struct decoder *d, const struct node *t,
			 const struct watch_settings *w)
{
	const char *text = w->listen ? template_text(w->listen, NULL) : NULL;
	union listen_address to;

	return !text || !strcmp(text, LISTEN_NOT) ||
	       listen_read(text, w->token != NULL, &node_find(t, "listen")->at,
			   &to, d->es);
}

bool watch_decode(struct decoder *d, const struct node *t,
		  const struct watch_settings **out)
{
	struct watch_settings *w;

	if (!t)
		return true;
	w = arena_alloc(d->arena, 1, sizeof(*w));
	if (!w)
		return errs_nomem(d->es);
	*out = w;
	return keys_decode(d, watch_keys, t, w, "\"watch\"") &&
	       check_listen(d, t, w);
}

void watch_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(watch_keys, NULL, out);
}

/* ---- log: --------------------------------------------------------------- */

struct rotation_draft {
	struct log_rotation rotate;
	const struct node *compress_after;
};

static const struct key compress_row = { "compress_after", KEY_DURATION, 0,
					 .max = HOURS(24 * 3660) };

static void compress_schema(const struct key *k, struct buf *out)
{
	struct key row = compress_row;

	(void)k;
	row.doc = NULL;
	key_schema(&row, out);
}
static const struct key_form compress_form = { node_keep, compress_schema };

#define ROTATE(field) offsetof(struct rotation_draft, rotate.field)

static const struct key rotate_keys[] = {
	{ "size", KEY_SIZE, ROTATE(max_bytes), .min = 1024,
	  .doc = "a new file before this one gets larger", .example = "10MB" },
	{ "daily", KEY_BOOL, ROTATE(daily), .doc = "a new file each day, UTC" },
	{ "keep", KEY_COUNT, ROTATE(keep), .min = 1, .max = LOG_KEEP_MAX,
	  .doc = "how many older files stay; 10 by default" },
	{ "compress_after", KEY_CUSTOM,
	  offsetof(struct rotation_draft, compress_after),
	  .form = &compress_form,
	  .doc = "older files are compressed (gzip) at this age; 0s: at once",
	  .example = "30d" },
	{ "delay_compress", KEY_BOOL, ROTATE(delay_compress),
	  .doc = "the newest of the older files is never compressed" },
	{ "delete_after", KEY_DURATION, ROTATE(delete_after_ns),
	  .min = SECONDS(1), .max = HOURS(24 * 3660),
	  .doc = "older files are deleted at this age", .example = "90d" },
	{ 0 },
};

enum { KEEP_DEFAULT = 10 };

static bool rotate_decode(struct decoder *d, const struct key *k,
			  const struct node *t, void *into)
{
	struct log_rotation *to = into;
	struct rotation_draft draft = { .rotate.keep = KEEP_DEFAULT };
	bool ok = keys_decode(d, rotate_keys, t, &draft, "\"rotate\"");

	(void)k;
	if (draft.compress_after) {
		ok &= key_decode(d, &compress_row, draft.compress_after,
				 &draft.rotate.compress_after_ns);
		draft.rotate.compress = true;
	}
	*to = draft.rotate;
	if (ok && !to->max_bytes && !to->daily)
		return decode_problem(d, t->at,
				      "\"rotate\" must say when: write "
				      "\"size\" or \"daily: true\"");
	if (ok && to->delay_compress && !to->compress)
		return decode_problem(d, t->at,
				      "\"delay_compress\" needs "
				      "\"compress_after\"");
	return ok;
}

static void rotate_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(rotate_keys, NULL, out);
}
static const struct key_form rotate_form = { rotate_decode, rotate_schema };

static bool find_level(const char *word)
{
	for (size_t i = 0; log_levels[i]; i++)
		if (!strcasecmp(log_levels[i], word))
			return true;
	return false;
}

/* Any case, as in the environment and on the command line. */
static bool level_is(struct decoder *d, const char *name, const char *word,
		     struct place at)
{
	if (find_level(word))
		return true;
	return decode_problem(d, at,
			      "\"%.60s\" must be one of debug, info, warning, "
			      "error and critical, got \"%.40s\"",
			      name, word);
}

static bool level_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	const char *word = decode_static(d, t, k->name, NULL);

	*(const char **)into = word;
	return word && level_is(d, k->name, word, t->at);
}

static void level_schema(const struct key *k, struct buf *out)
{
	(void)k;
	schema_pattern("[Dd][Ee][Bb][Uu][Gg]|[Ii][Nn][Ff][Oo]|"
		       "[Ww][Aa][Rr][Nn][Ii][Nn][Gg]|[Ee][Rr][Rr][Oo][Rr]|"
		       "[Cc][Rr][Ii][Tt][Ii][Cc][Aa][Ll]",
		       out);
}
static const struct key_form level_form = { level_decode, level_schema };

static bool levels_decode(struct decoder *d, const struct key *k,
			  const struct node *t, void *into)
{
	struct log_settings *to = into;
	struct list l = { 0 };
	bool ok = true;

	if (t->kind != NODE_MAP || t->n > LOG_LEVELS_MAX)
		return decode_problem(d, t->at,
				      "\"%s\" must be a map of at most %d "
				      "loggers and their levels, like "
				      "{ assay.probe: WARNING }",
				      k->name, LOG_LEVELS_MAX);
	for (size_t i = 0; i < t->n; i++) {
		const struct node_entry *e = &t->entry[i];
		const char *level = decode_static(d, e->value, e->key, NULL);
		struct log_level_of *kept =
			level ? list_add(d, &l, sizeof(*kept)) : NULL;

		if (!kept)
			return false;
		*kept = (struct log_level_of){ e->key, level };
		ok &= level_is(d, e->key, level, e->value->at);
	}
	to->levels = l.item;
	to->n_levels = l.n;
	return ok;
}

static void levels_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"type\":\"object\",\"maxProperties\":%d,"
		   "\"additionalProperties\":{",
		   LOG_LEVELS_MAX);
	level_schema(k, out);
	buf_putc(out, '}');
}
static const struct key_form levels_form = { levels_decode, levels_schema };

#define LOG(field) offsetof(struct log_draft, field)

struct log_draft {
	struct log_settings log;
	unsigned format;
};

static const struct key log_keys[] = {
	{ "file", KEY_PATH, LOG(log.file),
	  .doc = "where lines are appended; standard error by default" },
	{ "errors", KEY_PATH, LOG(log.errors),
	  .doc = "a second file, of ERROR and above only" },
	{ "audit", KEY_PATH, LOG(log.audit),
	  .doc = "a file of what was changed, by whom" },
	{ "level", KEY_CUSTOM, LOG(log.level), .form = &level_form,
	  .doc = "lines of this level and above; by default LOG_LEVEL of the "
		 "environment, then info without a line for each request" },
	{ "levels", KEY_CUSTOM, LOG(log), .form = &levels_form,
	  .doc = "levels of parts of the log, by logger",
	  .example = "{ assay.probe: WARNING }" },
	{ "format", KEY_CHOICE, LOG(format), .choices = log_formats,
	  .doc = "json or text; text on a terminal by default" },
	{ "rotate", KEY_CUSTOM, LOG(log.rotate), .form = &rotate_form,
	  .doc = "when a new file is begun, and what becomes of the older "
		 "ones" },
	{ 0 },
};

/* A log is opened before anything runs. */
static bool is_known(struct decoder *d, const struct node *map,
		     const char *name, const struct template *path)
{
	if (!path || template_is_static(path))
		return true;
	return decode_problem(d, node_find(map, name)->at,
			      "\"%s\" must be known when the scenario is "
			      "loaded, but uses a value of the run",
			      name);
}

bool log_decode(struct decoder *d, const struct node *t,
		const struct log_settings **out)
{
	struct log_draft draft = { .format = UINT32_MAX };
	struct log_settings *to;

	if (!t)
		return true;
	to = arena_alloc(d->arena, 1, sizeof(*to));
	if (!to)
		return errs_nomem(d->es);
	bool ok = keys_decode(d, log_keys, t, &draft, "\"log\"");
	*to = draft.log;
	if (draft.format != UINT32_MAX)
		to->format = log_formats[draft.format];
	*out = to;
	if (!ok)
		return false;
	ok = is_known(d, t, "file", to->file);
	ok &= is_known(d, t, "errors", to->errors);
	ok &= is_known(d, t, "audit", to->audit);
	if (to->rotate.keep && !to->file)
		ok = decode_problem(d, node_find(t, "rotate")->at,
				    "\"rotate\" needs a \"file\"");
	return ok;
}

void log_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(log_keys, NULL, out);
}
