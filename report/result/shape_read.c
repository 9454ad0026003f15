/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/result/phases.h"
#include "report/result/shape.h"
#include "report/result/stamp.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/json/json.h"

enum { PATH_MAX_BYTES = 200, SEEN_MAX = 60 };

/* Where the reader is, as a chain of callers. */
struct step {
	const struct step *up;
	const char *key; /* NULL: an element */
	size_t index;
};

struct reader {
	const struct json_index *places;
	struct arena *a;
	struct errs *es;
};

static bool read_struct(struct reader *r, const struct step *path,
			const struct shape *sh, const cJSON *from, void *into);

static void put_path(struct buf *out, const struct step *at)
{
	if (at == NULL)
		return;
	put_path(out, at->up);
	if (at->key == NULL)
		buf_printf(out, "[%zu]", at->index);
	else
		buf_printf(out, "%s%s", at->up ? "." : "", at->key);
}

static bool bad(struct reader *r, const struct step *path, const cJSON *at,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static bool bad(struct reader *r, const struct step *path, const cJSON *at,
		const char *fmt, ...)
{
	struct buf where, what;
	va_list ap;

	buf_init(&where, PATH_MAX_BYTES);
	buf_init(&what, ERR_TEXT_MAX);
	put_path(&where, path);
	va_start(ap, fmt);
	buf_vprintf(&what, fmt, ap);
	va_end(ap);
	errs_add(r->es, ERR_INPUT, json_place(r->places, at), "\"%s\" %s",
		 path ? buf_text(&where) : "the result", buf_text(&what));
	buf_release(&where);
	buf_release(&what);
	return false;
}

static bool wrong_type(struct reader *r, const struct step *path,
		       const cJSON *at, const char *want)
{
	return bad(r, path, at, "must be %s, got %s", want, json_type(at));
}

static bool read_text(struct reader *r, const struct step *path,
		      const cJSON *from, const char **text)
{
	if (!cJSON_IsString(from))
		return wrong_type(r, path, from, "a string");
	*text = arena_strdup(r->a, from->valuestring);
	return *text != NULL || errs_nomem(r->es);
}

static bool read_words(struct reader *r, const struct step *path,
		       const cJSON *from, const char **text)
{
	struct buf all;
	const cJSON *el;
	bool ok = true;

	if (!cJSON_IsArray(from))
		return wrong_type(r, path, from, "an array of strings");
	buf_init(&all, BUF_NO_LIMIT);
	cJSON_ArrayForEach(el, from)
	{
		if (!cJSON_IsString(el)) {
			ok = wrong_type(r, path, el, "an array of strings");
			break;
		}
		if (el != from->child)
			buf_puts(&all, ", ");
		buf_puts(&all, el->valuestring);
	}
	*text = arena_strndup(r->a, buf_text(&all), all.len);
	if (ok && (!buf_ok(&all) || *text == NULL))
		ok = errs_nomem(r->es);
	buf_release(&all);
	return ok;
}

static bool read_whole(struct reader *r, const struct step *path,
		       const cJSON *from, int64_t min, int64_t *value)
{
	double d;

	if (!cJSON_IsNumber(from))
		return wrong_type(r, path, from, "a number");
	d = from->valuedouble;
	if (!(d >= (double)min && d <= (double)SHAPE_NUMBER_MAX) ||
	    floor(d) != d)
		return bad(
			r, path, from,
			"must be a whole number from %lld to %lld, got %.17g",
			(long long)min, (long long)SHAPE_NUMBER_MAX, d);
	*value = (int64_t)d;
	return true;
}

static bool read_count(struct reader *r, const struct step *path,
		       const cJSON *from, uint64_t *value)
{
	int64_t whole = 0;
	bool ok = read_whole(r, path, from, 0, &whole);

	*value = (uint64_t)whole;
	return ok;
}

static bool read_real(struct reader *r, const struct step *path,
		      const cJSON *from, double *value)
{
	double d;

	if (!cJSON_IsNumber(from))
		return wrong_type(r, path, from, "a number");
	d = from->valuedouble;
	if (!(d >= 0 && d <= (double)SHAPE_NUMBER_MAX))
		return bad(r, path, from,
			   "must be a number from 0 to %lld, got %.17g",
			   (long long)SHAPE_NUMBER_MAX, d);
	*value = d;
	return true;
}

static bool read_float(struct reader *r, const struct step *path,
		       const cJSON *from, double *value)
{
	static const struct {
		const char *text;
		double value;
	} rows[] = { { "NaN", NAN },
		     { "+Inf", INFINITY },
		     { "-Inf", -INFINITY } };

	if (cJSON_IsNumber(from)) {
		*value = from->valuedouble;
		return true;
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!cJSON_IsString(from) ||
		    strcmp(from->valuestring, rows[i].text) != 0)
			continue;
		*value = rows[i].value;
		return true;
	}
	return wrong_type(r, path, from,
			  "a number, \"NaN\", \"+Inf\" or \"-Inf\"");
}

static bool read_base64(struct reader *r, const struct step *path,
			const cJSON *from, const char **text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	size_t n;

	if (!read_text(r, path, from, text))
		return false;
	n = strspn(*text, digits);
	return (*text)[n + strspn(*text + n, "=")] == '\0' ||
	       bad(r, path, from, "must be base64, byte %zu is not", n + 1);
}

static bool read_bool(struct reader *r, const struct step *path,
		      const cJSON *from, bool *value)
{
	if (!cJSON_IsBool(from))
		return wrong_type(r, path, from, "true or false");
	*value = cJSON_IsTrue(from);
	return true;
}

static bool read_word(struct reader *r, const struct step *path,
		      const cJSON *from, const struct shape_words *words,
		      void *at)
{
	if (!cJSON_IsString(from))
		return wrong_type(r, path, from, "a string");
	for (unsigned i = 0; i < words->n; i++) {
		if (strcmp(words->word(i), from->valuestring) == 0) {
			memcpy(at, &i, sizeof i);
			return true;
		}
	}
	return bad(r, path, from, "is no known %s: \"%.*s\"", words->name,
		   SEEN_MAX, from->valuestring);
}

static bool read_time(struct reader *r, const struct step *path,
		      const cJSON *from, const struct shape_field *f, void *at)
{
	const char *text;
	int64_t s;
	uint64_t at_ns;
	uint32_t rest;

	if (!cJSON_IsString(from))
		return wrong_type(r, path, from, "a time");
	text = from->valuestring;
	if (f->type == SHAPE_TIME_NS &&
	    stamp_parse_ns(text, strlen(text), &at_ns)) {
		memcpy(at, &at_ns, sizeof at_ns);
		return true;
	}
	if (f->type == SHAPE_TIME_S &&
	    stamp_parse(text, strlen(text), &s, &rest)) {
		memcpy(at, &s, sizeof s);
		return true;
	}
	return bad(r, path, from,
		   "must be a time such as 2026-01-02T03:04:05Z, got \"%.*s\"",
		   SEEN_MAX, text);
}

static bool read_phases(struct reader *r, const struct step *path,
			const cJSON *from, const struct shape_field *f,
			void *of)
{
	struct phases ph = { 0 };
	uint64_t total, sum;
	bool ok = true;

	if (!cJSON_IsObject(from))
		return wrong_type(r, path, from, "an object");
	for (unsigned i = 0; i < PHASE_N; i++) {
		struct step key = { path, phase_name((enum phase)i), 0 };
		const cJSON *el =
			cJSON_GetObjectItemCaseSensitive(from, key.key);

		ok &= el ? read_count(r, &key, el, &ph.ns[i])
			 : bad(r, &key, from, "is missing");
	}
	memcpy((char *)of + f->at, &ph, sizeof ph);
	if (!ok || f->n_at == SHAPE_NO_TOTAL)
		return ok;
	memcpy(&total, shape_at(of, f->n_at), sizeof total);
	sum = phases_total(&ph);
	return total == sum ||
	       bad(r, path, from,
		   "must add up to total_ns %llu, but the sum is %llu",
		   (unsigned long long)total, (unsigned long long)sum);
}

/* Reads an array of f->of and sets count and pointer in *of. */
static bool read_array(struct reader *r, const struct step *path,
		       const cJSON *from, const struct shape_field *f, void *of)
{
	struct step el = { path, NULL, 0 };
	const cJSON *item;
	size_t n;
	char *array;
	bool ok = true;

	if (!cJSON_IsArray(from))
		return wrong_type(r, path, from, "an array");
	n = (size_t)cJSON_GetArraySize(from);
	if (n > SHAPE_LIST_MAX)
		return bad(r, path, from, "has %zu elements, at most %d", n,
			   SHAPE_LIST_MAX);
	array = arena_alloc(r->a, n, f->of->size);
	if (array == NULL)
		return errs_nomem(r->es);
	cJSON_ArrayForEach(item, from)
	{
		ok &= read_struct(r, &el, f->of, item,
				  array + el.index * f->of->size);
		el.index++;
	}
	memcpy((char *)of + f->at, &array, sizeof array);
	memcpy((char *)of + f->n_at, &n, sizeof n);
	return ok;
}

static bool read_lifted(struct reader *r, const struct step *path,
			const cJSON *from, const struct shape_field *f,
			void *of)
{
	size_t n;
	const char *array = shape_array(f, of, &n);

	if (n > 0)
		return read_array(r, path, from, shape_lift_list(f),
				  (char *)(uintptr_t)array +
					  (n - 1) * f->of->size);
	if (!cJSON_IsArray(from))
		return wrong_type(r, path, from, "an array");
	return from->child == NULL ||
	       bad(r, path, from, "belongs to no attempt");
}

static bool read_pointer(struct reader *r, const struct step *path,
			 const cJSON *from, const struct shape_field *f,
			 void *at)
{
	void *inside = arena_alloc(r->a, 1, f->of->size);

	if (inside == NULL)
		return errs_nomem(r->es);
	memcpy(at, &inside, sizeof inside);
	return read_struct(r, path, f->of, from, inside);
}

static bool read_scalar(struct reader *r, const struct step *path,
			const cJSON *from, const struct shape_field *f,
			void *at)
{
	switch (f->type) {
	case SHAPE_TEXT:
		return read_text(r, path, from, at);
	case SHAPE_WORDS:
		return read_words(r, path, from, at);
	case SHAPE_COUNT:
		return read_count(r, path, from, at);
	case SHAPE_NUMBER:
		return read_whole(r, path, from, -SHAPE_NUMBER_MAX, at);
	case SHAPE_REAL:
		return read_real(r, path, from, at);
	case SHAPE_FLOAT:
		return read_float(r, path, from, at);
	case SHAPE_BASE64:
		return read_base64(r, path, from, at);
	case SHAPE_BOOL:
		return read_bool(r, path, from, at);
	case SHAPE_ENUM:
		return read_word(r, path, from, f->words, at);
	case SHAPE_FIXED:
		return true;
	default:
		return read_time(r, path, from, f, at);
	}
}

static bool read_value(struct reader *r, const struct step *path,
		       const cJSON *from, const struct shape_field *f, void *of)
{
	void *at = (char *)of + f->at;

	switch (f->type) {
	case SHAPE_PHASES:
		return read_phases(r, path, from, f, of);
	case SHAPE_STRUCT:
		return read_struct(r, path, f->of, from, at);
	case SHAPE_POINTER:
		return read_pointer(r, path, from, f, at);
	case SHAPE_LIST:
		return read_array(r, path, from, f, of);
	case SHAPE_LIFTED:
		return read_lifted(r, path, from, f, of);
	default:
		return read_scalar(r, path, from, f, at);
	}
}

/* What an absent field reads as: no text pointer may stay NULL. */
static void empty_texts(const struct shape *sh, void *into)
{
	static const char *const none = "";

	for (size_t i = 0; i < sh->n; i++) {
		const struct shape_field *f = &sh->field[i];
		char *at = (char *)into + f->at;

		if (f->type == SHAPE_TEXT || f->type == SHAPE_WORDS ||
		    f->type == SHAPE_BASE64)
			memcpy(at, &none, sizeof none);
		if (f->type == SHAPE_STRUCT)
			empty_texts(f->of, at);
	}
}

static bool read_struct(struct reader *r, const struct step *path,
			const struct shape *sh, const cJSON *from, void *into)
{
	bool ok = true;

	empty_texts(sh, into);
	if (!cJSON_IsObject(from))
		return wrong_type(r, path, from, "an object");
	for (size_t i = 0; i < sh->n; i++) {
		const struct shape_field *f = &sh->field[i];
		struct step key = { path, f->key, 0 };
		const cJSON *el =
			cJSON_GetObjectItemCaseSensitive(from, f->key);

		if (el)
			ok &= read_value(r, &key, el, f, into);
		else if (f->required)
			ok &= bad(r, &key, from, "is missing");
	}
	return ok;
}

bool shape_read(const struct shape *sh, const cJSON *from,
		const struct json_index *places, struct arena *a, void *into,
		struct errs *es)
{
	struct reader r = { places, a, es };

	return read_struct(&r, NULL, sh, from, into);
}
