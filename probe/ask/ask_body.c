/* SPDX-License-Identifier: MIT */
#include "probe/ask/ask_body.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/file.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/template/template.h"
#include "scenarios/base/text.h"

const char *ask_bytes(const struct template *t,
		      const struct template_world *world, struct arena *a,
		      size_t *len, bool *ok, struct buf *why)
{
	struct buf text;
	const char *copy = NULL;

	*len = 0;
	if (!t)
		return NULL;
	const char *fixed = template_text(t, len);
	if (fixed)
		return fixed;
	buf_init(&text, TEMPLATE_OUT_MAX);
	if (template_eval(t, world, &text, why)) {
		*len = text.len;
		copy = arena_strndup(a, buf_text(&text), text.len);
		if (!copy)
			buf_puts(why, "out of memory");
	}
	buf_release(&text);
	if (!copy)
		*ok = false;
	return copy;
}

const char *ask_body_type(const struct http_ask *ask)
{
	static const char *const types[] = {
		[BODY_TEXT] = "text/plain; charset=utf-8",
		[BODY_JSON] = "application/json",
		[BODY_FORM] = "application/x-www-form-urlencoded",
		[BODY_FILE] = "application/octet-stream",
		[BODY_MULTIPART] = NULL,
	};

	return types[ask->body_kind];
}

static void take_buf(struct arena *a, const struct buf *from,
		     struct request *rq)
{
	rq->body = arena_strndup(a, buf_text(from), from->len);
	rq->body_len = from->len;
}

/* name=value&..., as the WHATWG URL standard has it but with %20. */
static bool build_form(const struct http_ask *ask,
		       const struct template_world *world, struct arena *a,
		       struct asked *out, struct buf *why)
{
	struct buf text;
	bool ok = true;

	buf_init(&text, ASK_FILE_MAX);
	for (size_t i = 0; ok && i < ask->form.n; i++) {
		const struct pair *pair = &ask->form.item[i];
		size_t len = 0;
		const char *value =
			ask_bytes(pair->value, world, a, &len, &ok, why);

		if (i > 0)
			buf_putc(&text, '&');
		text_percent_encode(&text, pair->name, strlen(pair->name));
		buf_putc(&text, '=');
		if (value)
			text_percent_encode(&text, value, len);
		out->body_is_private |= template_uses_secret(pair->value);
	}
	if (ok)
		take_buf(a, &text, &out->request);
	buf_release(&text);
	return ok;
}

static bool read_body_file(const char *path, struct arena *a,
			   struct request *rq, struct buf *why)
{
	struct errs *es = arena_alloc(a, 1, sizeof(*es));
	struct buf text;

	if (!es || !path)
		return buf_puts(why, "out of memory"), false;
	buf_init(&text, ASK_FILE_MAX);
	bool ok = file_read(path, ASK_FILE_MAX, &text, es);
	if (ok)
		take_buf(a, &text, rq);
	else
		buf_puts(why, es->item[0].text);
	buf_release(&text);
	return ok;
}

/* Said here, where the name is known; libcurl would send a folder as if it
 * were empty. */
static bool is_file(const char *path, struct buf *why)
{
	struct stat at;
	int error = stat(path, &at) != 0 || access(path, R_OK) != 0 ? errno : 0;

	if (!error && S_ISDIR(at.st_mode))
		error = EISDIR;
	if (error)
		buf_printf(why, "cannot read \"%s\": %s", path,
			   strerror(error));
	return !error;
}

static bool build_parts(const struct http_ask *ask,
			const struct template_world *world, struct arena *a,
			struct asked *out, struct buf *why)
{
	struct form_part *part = arena_alloc(a, ask->n_parts, sizeof(*part));
	bool ok = part != NULL;

	for (size_t i = 0; ok && i < ask->n_parts; i++) {
		const struct multipart_part *from = &ask->parts[i];

		part[i].name = from->name;
		part[i].text =
			ask_bytes(from->text, world, a, &part[i].len, &ok, why);
		if (ok)
			part[i].file = ask_text(from->file, world, a, &ok, why);
		if (ok && part[i].file && !is_file(part[i].file, why)) {
			out->lacks_file = true;
			ok = false;
		}
		if (ok)
			part[i].file_name =
				ask_text(from->file_name, world, a, &ok, why);
		if (ok)
			part[i].type = ask_text(from->type, world, a, &ok, why);
		if (from->text)
			out->body_is_private |=
				template_uses_secret(from->text);
	}
	out->request.parts = part;
	out->request.n_parts = ask->n_parts;
	return ok;
}

bool ask_body(const struct http_ask *ask, const struct template_world *world,
	      struct arena *a, struct asked *out, struct buf *why)
{
	struct request *rq = &out->request;
	bool ok = true;

	switch (ask->body_kind) {
	case BODY_NONE:
		return true;
	case BODY_TEXT:
	case BODY_JSON:
		rq->body =
			ask_bytes(ask->body, world, a, &rq->body_len, &ok, why);
		out->body_is_private =
			ask->body && template_uses_secret(ask->body);
		break;
	case BODY_FORM:
		ok = build_form(ask, world, a, out, why);
		break;
	case BODY_FILE: {
		const char *path = ask_text(ask->body, world, a, &ok, why);

		out->lacks_file = ok && !read_body_file(path, a, rq, why);
		return ok && !out->lacks_file;
	}
	case BODY_MULTIPART:
		return build_parts(ask, world, a, out, why);
	}
	if (ok && !rq->body) {
		buf_puts(why, "the body could not be made");
		ok = false;
	}
	return ok;
}
