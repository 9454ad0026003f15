/* SPDX-License-Identifier: MIT */
#include "scenarios/health/health.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/health/health_inside.h"
#include "scenarios/base/text.h"

enum { SHAPE_TEXT_MAX = 200 };

static const struct health_part no_memory = {
	.name = "overall",
	.expected = "ok",
	.seen = "nothing",
	.note = "there was no memory to judge the body",
	.word = "unknown",
	.meaning = HEALTH_UNKNOWN,
	.severity = CHECK_ERROR,
};

/* ---- parts ---------------------------------------------------------------------- */

const char *health_text(struct health_work *w, const char *fallback,
			const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *text = n < 0 ? NULL : arena_alloc(w->arena, (size_t)n + 1, 1);
	if (!text)
		return fallback;
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

/* The last place is kept for saying that there were more. */
static struct health_part *new_part(struct health_work *w)
{
	if (w->n < HEALTH_PARTS_MAX - 1)
		return &w->part[w->n++];
	if (w->is_full)
		return NULL;
	w->is_full = true;
	w->part[w->n++] = (struct health_part){
		.name = "further parts",
		.expected = "ok",
		.seen = "not judged",
		.note = health_text(w, "", "there are more than %d parts",
				    HEALTH_PARTS_MAX - 1),
		.word = "unknown",
		.meaning = HEALTH_UNKNOWN,
		.severity = CHECK_WARNING,
	};
	return NULL;
}

struct health_part *health_add(struct health_work *w, const char *name,
			       enum health_meaning m, const char *seen,
			       const char *note)
{
	struct health_part *p = new_part(w);

	if (p)
		*p = (struct health_part){
			.name = name,
			.expected = "ok",
			.seen = seen,
			.note = note,
			.word = seen,
			.meaning = m,
			.severity = health_severity(w->spec, name, m),
		};
	return p;
}

static bool is_detail(const cJSON *member, const cJSON *status)
{
	if (member == status || health_is_error_name(member->string) ||
	    strlen(member->string) > HEALTH_DETAIL_BYTES_MAX)
		return false;
	if (cJSON_IsString(member))
		return strlen(member->valuestring) <= HEALTH_DETAIL_BYTES_MAX;
	return cJSON_IsNumber(member) || cJSON_IsBool(member);
}

/* "unhealthy (free_gb 0.4, workers 0)" */
static const char *with_details(struct health_work *w, const char *word,
				const cJSON *around, const cJSON *status)
{
	const char *details = NULL;
	const cJSON *member;
	unsigned n = 0;

	cJSON_ArrayForEach(member, around)
	{
		if (n == HEALTH_DETAILS_MAX)
			break;
		if (!is_detail(member, status))
			continue;
		details = health_text(w, "", "%s%s%s %s", n ? details : "",
				      n ? ", " : "", member->string,
				      health_word_of(w, member));
		n++;
	}
	return n ? health_text(w, word, "%s (%s)", word, details) : word;
}

static enum health_meaning meaning_of_value(const struct health_work *w,
					    const cJSON *value,
					    const char *word)
{
	bool is_word = cJSON_IsString(value) || cJSON_IsBool(value) ||
		       cJSON_IsNumber(value);

	return is_word ? health_meaning_of(w->spec, word, strlen(word))
		       : HEALTH_UNKNOWN;
}

/* Why a part is not ok, in its own words if it has any. */
static const char *why_not_ok(enum health_meaning m, const char *word,
			      const cJSON *around)
{
	const char *error = around ? health_error_of(around) : NULL;

	if (m == HEALTH_OK)
		return "";
	if (error)
		return error;
	return m == HEALTH_UNKNOWN && strcmp(word, "unknown") != 0
		       ? "this is no word that is known to mean ok"
		       : "";
}

struct health_part *health_add_word(struct health_work *w, const char *name,
				    const cJSON *value, const cJSON *around)
{
	const char *word = health_word_of(w, value);
	enum health_meaning m = meaning_of_value(w, value, word);
	/* the members around the overall word are judged by themselves */
	bool has_details = around && around != w->seen->json;
	const char *seen =
		has_details ? with_details(w, word, around, value) : word;
	struct health_part *p =
		health_add(w, name, m, seen, why_not_ok(m, word, around));

	if (p)
		p->word = word;
	return p;
}

/* ---- bodies ----------------------------------------------------------------------- */

static struct health_part *add_overall(struct health_work *w,
				       enum health_meaning m, const char *note)
{
	const char *body = w->seen->len ? w->seen->body : "nothing";

	w->overall = health_add(w, "overall", m, body, note);
	/* a body that cannot be read is worse than a part nobody knows of */
	if (w->overall && m == HEALTH_UNKNOWN &&
	    w->overall->severity < CHECK_ERROR)
		w->overall->severity = CHECK_ERROR;
	return w->overall;
}

static bool body_is(const struct health_seen *seen, const char *text)
{
	return seen->len == strlen(text) &&
	       memcmp(seen->body, text, seen->len) == 0;
}

static enum health_meaning body_meaning(const struct health_work *w)
{
	return health_meaning_of(w->spec, w->seen->body, w->seen->len);
}

/* With its line feed to be seen. */
static const char *text_of_shape(struct health_work *w)
{
	struct buf text;

	buf_init(&text, SHAPE_TEXT_MAX);
	text_printable(&text, w->shape->text, strlen(w->shape->text));
	const char *copy =
		health_text(w, "that text", "exactly \"%s\"", buf_text(&text));
	buf_release(&text);
	return copy;
}

static void read_text(struct health_work *w)
{
	bool is_exact = body_is(w->seen, w->shape->text);
	enum health_meaning m = is_exact ? HEALTH_OK : body_meaning(w);

	if (!is_exact && m == HEALTH_OK)
		m = HEALTH_UNKNOWN;
	struct health_part *p = add_overall(
		w, m, is_exact ? "" : "the body is not exactly that text");
	if (p)
		p->expected = text_of_shape(w);
}

/* Text where a word may stand: one that is unknown is no status. */
static void read_plain(struct health_work *w)
{
	enum health_meaning m = body_meaning(w);

	add_overall(w, m,
		    w->seen->len == 0 ? "the body is empty"
		    : m == HEALTH_UNKNOWN
			    ? "the body is neither JSON nor a known word"
			    : "");
}

static void read_no_json(struct health_work *w)
{
	const char *why = w->seen->json_why;

	add_overall(w, HEALTH_UNKNOWN,
		    w->seen->json ? "the body is no JSON object"
		    : why && why[0]
			    ? health_text(w, "the body is not JSON",
					  "the body is not JSON: %s", why)
			    : "the body is not JSON");
}

static void read_parts(struct health_work *w)
{
	const cJSON *map = health_at(w->seen->json, w->shape->parts);
	size_t before = w->n;

	if (!map)
		return;
	health_walk_map(w, "", map, false, 1);
	if (w->n == before)
		health_add(w, health_path_name(NULL, w->shape->parts),
			   HEALTH_UNKNOWN, "no parts",
			   "there is not one part in it");
}

static void read_members(struct health_work *w)
{
	const cJSON *root = w->seen->json;
	const cJSON *word = health_at(root, w->shape->overall);

	if (word)
		w->overall = health_add_word(w, "overall", word, root);
	if (w->shape->parts[0])
		read_parts(w);
	health_judge_required(w);
	health_judge_limits(w);
}

static bool has_proxy(const struct health_shape *s)
{
	return s->overall[0] && s->text[0];
}

/* True when the proxy answered for a backend that it could not reach. */
static bool read_proxy(struct health_work *w)
{
	const struct health_seen *seen = w->seen;
	size_t len = seen->len;

	if (seen->json) {
		health_add(w, "backend", HEALTH_OK, "answers", "");
		return false;
	}
	while (len > 0 && strchr("\r\n ", seen->body[len - 1]))
		len--;
	if (!text_is(seen->body, len, w->shape->text))
		return false;
	health_add(w, "backend", HEALTH_DOWN, seen->body,
		   "the proxy answers, but the backend behind it cannot be "
		   "reached");
	return true;
}

static void read_body(struct health_work *w)
{
	bool is_any = w->shape == &health_shapes[0];

	if (has_proxy(w->shape) && read_proxy(w))
		return;
	if (w->shape->text[0] && !has_proxy(w->shape))
		read_text(w);
	else if (is_any && w->seen->json)
		health_walk_any(w);
	else if (is_any)
		read_plain(w);
	else if (cJSON_IsObject(w->seen->json))
		read_members(w);
	else
		read_no_json(w);
}

/* ---- what the parts say together ---------------------------------------------------- */

/* The worst part that is not ok; the overall word counts as none. */
static struct health_part *worst_part(const struct health_work *w)
{
	struct health_part *worst = NULL;

	for (size_t i = 0; i < w->n; i++) {
		struct health_part *p = &w->part[i];
		if (p->meaning != HEALTH_OK && p != w->overall &&
		    (!worst || p->severity > worst->severity))
			worst = p;
	}
	return worst;
}

static void remark(struct health_work *w, struct health_part *p,
		   const char *text)
{
	p->note = p->note[0] ? health_text(w, p->note, "%s; %s", p->note, text)
			     : text;
}

/* The services that say ok while a part of them is broken: say it where a
 * reader looks first. */
static void tell_lie(struct health_work *w, struct health_part *worst)
{
	remark(w, w->overall,
	       health_text(w, "the overall word says otherwise",
			   "the overall word says \"%s\" although %s is %s",
			   w->overall->word, worst->name, worst->word));
	remark(w, worst,
	       health_text(w, "the overall word says otherwise",
			   "the overall word says \"%s\" all the same",
			   w->overall->word));
}

static void compare_bad_overall(struct health_work *w,
				const struct health_part *worst)
{
	struct health_part *all = w->overall;
	unsigned written = 0;

	if (!worst && w->n > 1 && all->meaning != HEALTH_UNKNOWN)
		remark(w, all, "every part by itself says ok");
	if (worst && worst->severity < all->severity &&
	    !health_severity_written(w->spec, "overall", &written))
		all->severity = worst->severity;
}

static void compare_overall(struct health_work *w)
{
	struct health_part *all = w->overall, *worst = worst_part(w);

	if (worst && all && all->meaning == HEALTH_OK)
		tell_lie(w, worst);
	else if (worst && has_proxy(w->shape) && w->seen->json)
		remark(w, worst, "the backend answers, but is not healthy");
	if (all && all->meaning != HEALTH_OK)
		compare_bad_overall(w, worst);
}

static void sum_up(const struct health_work *w, struct health_report *out)
{
	out->part = w->part;
	out->n = w->n;
	out->ok = w->n > 0;
	out->is_starting = w->n > 0;
	for (size_t i = 0; i < w->n; i++) {
		enum health_meaning m = w->part[i].meaning;
		out->ok &= m == HEALTH_OK;
		out->is_starting &= m == HEALTH_OK || m == HEALTH_STARTING;
	}
	out->is_starting &= !out->ok;
}

void health_read(const struct step_health *spec, const struct health_seen *seen,
		 struct arena *a, struct health_report *out)
{
	struct health_work w = {
		.arena = a,
		.spec = spec,
		.shape = &health_shapes[spec->shape < health_shapes_n
						? spec->shape
						: 0],
		.seen = seen,
		.part = a ? arena_alloc(a, HEALTH_PARTS_MAX, sizeof(*w.part))
			  : NULL,
	};

	*out = (struct health_report){ .n = 1, .part = &no_memory };
	if (!w.part)
		return;
	read_body(&w);
	if (seen->json)
		health_judge_timestamp(&w);
	health_judge_status(&w);
	compare_overall(&w);
	sum_up(&w, out);
}
