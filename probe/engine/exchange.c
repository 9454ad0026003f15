/* SPDX-License-Identifier: MIT */
#include "probe/engine/exchange.h"

#include <string.h>
#include <strings.h>

#include "probe/engine/inside.h"

static void answer_clear(struct answer *an)
{
	*an = (struct answer){
		.transport = "",
		.detail = "",
		.protocol = "",
		.remote = "",
	};
	buf_init(&an->body, 0);
}

void exchange_init(struct exchange *ex)
{
	*ex = (struct exchange){ .on_done = NULL };
	answer_clear(&ex->answer);
}

void exchange_forget_answer(struct exchange *ex)
{
	struct answer *an = &ex->answer;

	for (size_t i = 0; an->turn_bytes && i < an->n_turns; i++)
		buf_release(&an->turn_bytes[i]);
	buf_release(&an->body);
	arena_free(ex->arena);
	ex->arena = NULL;
	answer_clear(an);
}

void exchange_release(struct exchange *ex)
{
	if (ex->transfer)
		engine_cancel(ex->transfer->en, ex);
	exchange_forget_answer(ex);
}

const char *answer_header(const struct answer *an, const char *name)
{
	for (size_t i = 0; i < an->n_headers; i++)
		if (!strcasecmp(an->headers[i].name, name))
			return an->headers[i].value;
	return NULL;
}

bool request_is_idempotent(const struct request *rq)
{
	static const char *const methods[] = { "GET",	 "HEAD",    "PUT",
					       "DELETE", "OPTIONS", "TRACE" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!rq->method || !strcmp(rq->method, methods[i]))
			return true;
	return false;
}
