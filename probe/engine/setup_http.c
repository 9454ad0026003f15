/* SPDX-License-Identifier: MIT */
/* Method, body and header fields of a request. */
#include <string.h>
#include <strings.h>

#include "probe/engine/inside.h"
#include "probe/engine/setup.h"
#include "scenarios/base/text.h"

enum {
	/* Up to here libcurl sends the body together with the head. */
	BODY_AT_ONCE_MAX = 32 << 10,
	FIELD_MAX = 64 << 10, /* bytes of one request header */
};

/* ---- body ------------------------------------------------------------- */

static bool add_part(curl_mime *mime, const struct form_part *part)
{
	curl_mimepart *p = curl_mime_addpart(mime);

	if (!p || curl_mime_name(p, part->name))
		return false;
	if (part->file ? curl_mime_filedata(p, part->file)
		       : curl_mime_data(p, part->text, part->len))
		return false;
	if (part->file_name && curl_mime_filename(p, part->file_name))
		return false;
	return !part->type || !curl_mime_type(p, part->type);
}

static bool set_form(struct transfer *t, struct ending *end)
{
	const struct request *rq = &t->ex->request;

	t->mime = curl_mime_init(t->easy);
	if (!t->mime)
		return setup_refuse(end, OUTCOME_LOCAL_FAIL,
				    "not enough memory for the form");
	for (size_t i = 0; i < rq->n_parts; i++)
		if (!add_part(t->mime, &rq->parts[i]))
			return setup_refuse(end, OUTCOME_LOCAL_FAIL,
					    "a file of the form cannot be "
					    "read");
	curl_easy_setopt(t->easy, CURLOPT_MIMEPOST, t->mime);
	return true;
}

static void watch_upload(struct transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, setup_on_progress);
	curl_easy_setopt(t->easy, CURLOPT_XFERINFODATA, t);
	curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 0L);
}

static void set_bytes(struct transfer *t)
{
	const struct request *rq = &t->ex->request;

	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, rq->body ? rq->body : "");
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)rq->body_len);
}

bool setup_implies_body(const char *method)
{
	return !strcmp(method, "POST") || !strcmp(method, "PUT") ||
	       !strcmp(method, "PATCH");
}

static bool is_method(const char *method)
{
	return text_is_token(method, strlen(method)) &&
	       strcmp(method, "CONNECT") != 0;
}

static bool set_head(struct transfer *t, bool has_body, struct ending *end)
{
	if (has_body)
		return setup_refuse(end, OUTCOME_VALUE,
				    "HEAD cannot have a body");
	curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
	return true;
}

static void set_upload(struct transfer *t)
{
	const struct request *rq = &t->ex->request;

	if (!rq->n_parts && rq->body_len <= BODY_AT_ONCE_MAX)
		return;
	watch_upload(t);
	/* libcurl tells the length of a form when it begins */
	t->to_upload = rq->n_parts ? 1 : rq->body_len;
}

bool setup_body(struct transfer *t, struct ending *end)
{
	const struct request *rq = &t->ex->request;
	const char *method = rq->method ? rq->method : "GET";
	bool has_body = rq->n_parts || rq->body;

	if (!is_method(method))
		return setup_refuse(end, OUTCOME_VALUE,
				    "the method is not one that can be sent");
	if (!strcmp(method, "HEAD"))
		return set_head(t, has_body, end);
	set_upload(t);
	if (rq->n_parts && !set_form(t, end))
		return false;
	if (!rq->n_parts && (has_body || setup_implies_body(method)))
		set_bytes(t);
	if (strcmp(method, "GET") != 0 || has_body)
		curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, method);
	return true;
}

/* ---- header fields ---------------------------------------------------- */

static bool add_line(struct transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->fields, line);

	if (!longer)
		return false;
	t->fields = longer;
	return true;
}

/* libcurl writes a field without a value as "Name;". */
static bool add_field(struct transfer *t, const char *name, const char *value)
{
	struct buf line;

	buf_init(&line, FIELD_MAX);
	buf_puts(&line, name);
	if (*value) {
		buf_puts(&line, ": ");
		buf_puts(&line, value);
	} else {
		buf_puts(&line, ";");
	}
	bool done = buf_ok(&line) && add_line(t, buf_text(&line));
	buf_release(&line);
	return done;
}

static bool has_field(const struct request *rq, const char *name)
{
	for (size_t i = 0; i < rq->n_headers; i++)
		if (!strcasecmp(rq->headers[i].name, name))
			return true;
	return false;
}

static bool is_field(const struct field *f)
{
	return text_is_token(f->name, strlen(f->name)) &&
	       !strpbrk(f->value, "\r\n");
}

/* A value of blanks only would make libcurl drop the field. */
static const char *without_lead(const char *value)
{
	return value + strspn(value, " \t");
}

static bool set_auth(struct transfer *t, struct ending *end)
{
	const struct request *rq = &t->ex->request;
	const char *secret = rq->password ? rq->password : "";

	switch (rq->auth) {
	case AUTH_NONE:
		return true;
	case AUTH_BEARER:
		if (strpbrk(secret, "\r\n"))
			return setup_refuse(end, OUTCOME_VALUE,
					    "the token has a line break");
		curl_easy_setopt(t->easy, CURLOPT_HTTPAUTH,
				 (long)CURLAUTH_BEARER);
		curl_easy_setopt(t->easy, CURLOPT_XOAUTH2_BEARER, secret);
		return true;
	default:
		curl_easy_setopt(t->easy, CURLOPT_HTTPAUTH,
				 rq->auth == AUTH_BASIC
					 ? (long)CURLAUTH_BASIC
					 : (long)CURLAUTH_DIGEST);
		curl_easy_setopt(t->easy, CURLOPT_USERNAME,
				 rq->user ? rq->user : "");
		curl_easy_setopt(t->easy, CURLOPT_PASSWORD, secret);
		return true;
	}
}

/* What libcurl would add to a body by itself. */
static bool hush(struct transfer *t)
{
	const struct request *rq = &t->ex->request;
	bool has_body = rq->n_parts || rq->body;
	bool is_post =
		has_body || setup_implies_body(rq->method ? rq->method : "GET");

	if (is_post && !has_field(rq, "Expect") && !add_line(t, "Expect:"))
		return false;
	if (is_post && !rq->n_parts && !has_field(rq, "Content-Type"))
		return add_line(t, "Content-Type:");
	return true;
}

bool setup_fields(struct transfer *t, struct ending *end)
{
	const struct request *rq = &t->ex->request;

	if (!set_auth(t, end))
		return false;
	for (size_t i = 0; i < rq->n_headers; i++) {
		const struct field *f = &rq->headers[i];
		if (!is_field(f))
			return setup_refuse(end, OUTCOME_VALUE,
					    "a header has a line break or a "
					    "name that cannot be sent");
		if (!add_field(t, f->name, without_lead(f->value)))
			return setup_refuse(end, OUTCOME_LOCAL_FAIL,
					    "a header is too long");
	}
	if (!hush(t))
		return setup_refuse(end, OUTCOME_LOCAL_FAIL,
				    "not enough memory");
	if (t->fields)
		curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->fields);
	return true;
}
