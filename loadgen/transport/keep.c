/* SPDX-License-Identifier: MIT */
#include "loadgen/transport/keep.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIELDS_AT_FIRST = 16 };

struct answer_keep *keep_new(const char *transport)
{
	struct answer_keep *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	headers_init(&k->head, EXCHANGE_HEADER_MAX);
	buf_init(&k->answer.body, EXCHANGE_BODY_MAX);
	k->answer.transport = transport;
	return k;
}

void keep_free(struct answer_keep *k)
{
	if (!k)
		return;
	headers_release(&k->head);
	unpack_free(k->unpack);
	buf_release(&k->answer.body);
	free(k->field);
	free(k);
}

void keep_begin(struct answer_keep *k, const struct request *rq)
{
	struct answer *an = &k->answer;
	struct buf body = an->body;

	buf_reset(&body);
	body.max = request_body_max(rq);
	*an = (struct answer){ .transport = an->transport,
			       .detail = "",
			       .protocol = "",
			       .remote = "",
			       .body = body };
	headers_reset(&k->head);
	k->head.max_bytes = request_header_max(rq);
	unpack_free(k->unpack);
	k->unpack = NULL;
	k->unpack_flaw = UNPACK_FINE;
	k->unpacks = rq->wants_compressed;
	k->has_codings = false;
}

static void find_codings(struct answer_keep *k)
{
	const char *field = buf_text(&k->head.text);

	k->has_codings = true;
	if (!k->unpacks)
		return;
	for (size_t i = 0; i < k->head.n && !k->unpack_flaw; i++) {
		const char *value = field + strlen(field) + 1;

		if (!strcasecmp(field, "Content-Encoding"))
			k->unpack_flaw = unpack_add_list(&k->unpack, value);
		field = value + strlen(value) + 1;
	}
}

static bool take(void *self, const char *bytes, size_t len)
{
	struct answer *an = self;

	an->received_bytes += len;
	return buf_add(&an->body, bytes, len);
}

bool keep_body(struct answer_keep *k, const char *bytes, size_t len)
{
	if (!k->has_codings)
		find_codings(k);
	if (k->unpack_flaw)
		return false;
	if (!k->unpack)
		return take(&k->answer, bytes, len);
	k->unpack_flaw = unpack_write(k->unpack, bytes, len, take, &k->answer);
	return k->unpack_flaw == UNPACK_FINE;
}

static bool make_room(struct answer_keep *k)
{
	size_t room = k->field_room ? k->field_room : FIELDS_AT_FIRST;

	if (k->head.n <= k->field_room)
		return true;
	while (room < k->head.n)
		room *= 2;
	struct field *more = realloc(k->field, room * sizeof(*more));
	if (!more)
		return false;
	k->field = more;
	k->field_room = room;
	return true;
}

bool keep_fields(struct answer_keep *k)
{
	const char *text = buf_text(&k->head.text);

	if (!make_room(k))
		return false;
	for (size_t i = 0; i < k->head.n; i++) {
		k->field[i].name = text;
		text += strlen(text) + 1;
		k->field[i].value = text;
		text += strlen(text) + 1;
	}
	k->answer.headers = k->field;
	k->answer.n_headers = k->head.n;
	k->answer.status = k->head.status;
	return true;
}
