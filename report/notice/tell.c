/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/notice/channel.h"
#include "report/result/stamp.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"

/* ---- settings --------------------------------------------------------- */

const char *tell_setting_at(const struct telling *t, const char *name, size_t i)
{
	for (size_t k = 0; k < t->in->n_settings; k++) {
		const struct notice_setting *s = &t->in->settings[k];

		if (strcmp(s->name, name) != 0 || !s->value || !*s->value)
			continue;
		if (!i--)
			return s->value;
	}
	return NULL;
}

const char *tell_setting(const struct telling *t, const char *name)
{
	const char *value = tell_setting_at(t, name, 0);

	return value ? value : "";
}

bool tell_wrong(struct telling *t, const char *name, const char *what)
{
	const struct alert_channel *c = t->in->channel;

	return errs_add(t->es, ERR_INPUT, c->at,
			"\"%s\" of channel \"%s\" (%s) %s", name, c->name,
			channel_find(c->kind)->name, what);
}

/* ---- messages --------------------------------------------------------- */

static bool grow(struct telling *t)
{
	enum { FIRST = 4 };
	size_t room = t->room ? t->room * 2 : FIRST;
	struct message *more = arena_alloc(t->a, room, sizeof *more);

	if (!more)
		return false;
	if (t->n_messages)
		memcpy(more, t->messages, t->n_messages * sizeof *more);
	t->messages = more;
	t->room = room;
	return true;
}

struct message *tell_message(struct telling *t, enum message_kind kind)
{
	struct message *m;

	if (t->n_messages == t->room && !grow(t)) {
		t->has_failed = true;
		return NULL;
	}
	m = &t->messages[t->n_messages];
	*m = (struct message){
		.kind = kind,
		.method = "",
		.url = "",
		.body = "",
		.server = "",
		.user = "",
		.password = "",
		.from = "",
		.reference_path = "",
		.headers =
			arena_alloc(t->a, TELL_HEADERS_MAX, sizeof *m->headers),
		.env = arena_alloc(t->a, TELL_ENV_MAX, sizeof *m->env),
	};
	if (!m->headers || !m->env) {
		t->has_failed = true;
		return NULL;
	}
	t->n_messages++;
	return m;
}

struct message *tell_post(struct telling *t, const char *url,
			  const char *content_type)
{
	struct message *m = tell_message(t, MESSAGE_HTTP);

	if (!m)
		return NULL;
	m->method = "POST";
	m->url = url;
	tell_header(t, m, "Content-Type", content_type);
	return m;
}

void tell_header(struct telling *t, struct message *m, const char *name,
		 const char *value)
{
	/* made in tell_message(), const only for the readers */
	struct message_header *h =
		(struct message_header *)(uintptr_t)m->headers;

	if (!name || !value || m->n_headers == TELL_HEADERS_MAX) {
		t->has_failed = true;
		return;
	}
	h[m->n_headers++] = (struct message_header){ name, value };
}

bool tell_headers(struct telling *t, struct message *m, const char *setting)
{
	const char *text;

	for (size_t i = 0; (text = tell_setting_at(t, setting, i)); i++) {
		const char *colon = strchr(text, ':');
		size_t n = colon ? (size_t)(colon - text) : 0;

		if (!text_is_token(text, n))
			return tell_wrong(t, setting,
					  "must be names of headers with their "
					  "values");
		if (m->n_headers == TELL_HEADERS_MAX)
			return tell_wrong(t, setting, "has too many headers");
		tell_header(t, m, arena_strndup(t->a, text, n),
			    colon + 1 + strspn(colon + 1, " "));
	}
	return true;
}

const char *tell_join(struct telling *t, const char *base, const char *path)
{
	size_t len = strlen(base);
	struct buf url;

	while (len && base[len - 1] == '/')
		len--;
	buf_init(&url, (size_t)TELL_SETTING_MAX * 4);
	buf_add(&url, base, len);
	buf_puts(&url, path);
	return tell_keep(t, &url);
}

const char *tell_basic(struct telling *t, const char *user,
		       const char *password)
{
	struct buf pair, out;

	buf_init(&pair, (size_t)TELL_SETTING_MAX * 3);
	buf_init(&out, (size_t)TELL_SETTING_MAX * 5);
	buf_printf(&pair, "%s:%s", user, password);
	buf_puts(&out, "Basic ");
	text_base64_encode(&out, TEXT_BASE64, buf_text(&pair), pair.len);
	buf_release(&pair);
	return tell_keep(t, &out);
}

const char *tell_keep(struct telling *t, struct buf *text)
{
	const char *kept =
		buf_ok(text) ? arena_strndup(t->a, buf_text(text), text->len)
			     : NULL;

	buf_release(text);
	if (!kept)
		t->has_failed = true;
	return kept ? kept : "";
}

bool tell_body(struct telling *t, struct message *m, struct buf *text)
{
	m->body_len = text->len;
	m->body = tell_keep(t, text);
	return !t->has_failed;
}

void tell_told(struct telling *t, size_t n)
{
	if (t->n_messages)
		t->messages[t->n_messages - 1].n_told = n;
}

bool tell_json(struct telling *t, struct message *m, cJSON *root)
{
	struct buf text;

	buf_init(&text, TELL_BODY_MAX);
	if (!root || !m || !json_print(root, &text))
		t->has_failed = true;
	cJSON_Delete(root);
	if (t->has_failed) {
		buf_release(&text);
		return false;
	}
	return tell_body(t, m, &text);
}

const char *tell_time(struct telling *t, uint64_t at_ns)
{
	struct buf text;

	buf_init(&text, NOTICE_NAME_MAX);
	stamp_print_s(&text, (int64_t)(at_ns / UNIT_NS_PER_S));
	return tell_keep(t, &text);
}

uint64_t tell_reference(const struct telling *t)
{
	const char *text = t->in->reference ? t->in->reference : "";
	size_t len = strlen(text);
	uint64_t number;

	if (len > TELL_REFERENCE_DIGITS ||
	    !unit_parse_count(text, len, &number, NULL))
		return 0;
	return number;
}

bool tell_is_referred(const struct telling *t, const struct notice *n)
{
	return tell_reference(t) && !strcmp(n->episode, t->notices[0].episode);
}

/* ---- trees ------------------------------------------------------------ */

static void note(struct telling *t, const void *made)
{
	if (!made)
		t->has_failed = true;
}

void tell_put_text(struct telling *t, cJSON *to, const char *key,
		   const char *text)
{
	note(t, cJSON_AddStringToObject(to, key, text));
}

void tell_put_some(struct telling *t, cJSON *to, const char *key,
		   const char *text)
{
	if (*text)
		tell_put_text(t, to, key, text);
}

void tell_put_number(struct telling *t, cJSON *to, const char *key,
		     double value)
{
	note(t, cJSON_AddNumberToObject(to, key, value));
}

void tell_put_bool(struct telling *t, cJSON *to, const char *key, bool value)
{
	note(t, cJSON_AddBoolToObject(to, key, value));
}

cJSON *tell_put_object(struct telling *t, cJSON *to, const char *key)
{
	cJSON *made = cJSON_AddObjectToObject(to, key);

	note(t, made);
	return made;
}

cJSON *tell_put_array(struct telling *t, cJSON *to, const char *key)
{
	cJSON *made = cJSON_AddArrayToObject(to, key);

	note(t, made);
	return made;
}

cJSON *tell_add_object(struct telling *t, cJSON *array)
{
	cJSON *made = cJSON_CreateObject();

	note(t, made);
	if (made && !cJSON_AddItemToArray(array, made)) {
		cJSON_Delete(made);
		made = NULL;
		t->has_failed = true;
	}
	return made;
}

void tell_add_text(struct telling *t, cJSON *array, const char *text)
{
	cJSON *made = cJSON_CreateString(text);

	if (!made || !cJSON_AddItemToArray(array, made)) {
		cJSON_Delete(made);
		t->has_failed = true;
	}
}
