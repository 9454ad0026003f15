/* SPDX-License-Identifier: MIT */
/*
 * A fault is put into a transfer that never was, and judged like any other.
 */
#include "probe/engine/blamer.h"

#include <stdlib.h>
#include <string.h>

#include "probe/engine/inside.h"

enum { ARENA_FULL = 64 << 10 }; /* bytes of words, then it is renewed */

struct blamer {
	struct transfer transfer;
	struct exchange exchange;
};

struct blamer *blamer_new(void)
{
	struct blamer *bl = calloc(1, sizeof(*bl));

	if (!bl)
		return NULL;
	bl->transfer.ex = &bl->exchange;
	bl->exchange.arena = arena_new(2 * ARENA_FULL);
	if (bl->exchange.arena)
		return bl;
	free(bl);
	return NULL;
}

void blamer_free(struct blamer *bl)
{
	if (!bl)
		return;
	arena_free(bl->exchange.arena);
	free(bl);
}

static bool renew_arena(struct blamer *bl)
{
	struct exchange *ex = &bl->exchange;

	if (ex->arena && arena_used(ex->arena) < ARENA_FULL)
		return true;
	arena_free(ex->arena);
	ex->arena = arena_new(2 * ARENA_FULL);
	return ex->arena;
}

static void see(struct blamer *bl, const struct evidence *seen)
{
	struct transfer *t = &bl->transfer;
	struct exchange *ex = &bl->exchange;

	ex->request = *seen->request;
	ex->answer.body.max = request_body_max(seen->request);
	t->headers = seen->headers ? *seen->headers : (struct headers){ 0 };
	/* only looked at */
	t->unpack = (struct unpack *)(uintptr_t)seen->unpack;
	t->handshake = (struct handshake *)(uintptr_t)seen->handshake;
	t->unpack_flaw = seen->unpack_flaw;
	t->received = seen->received;
	t->flaw = FLAW_NONE;
	t->socket_error = 0;
}

static void end_by_io(struct transfer *t, CURLcode code, const char *what,
		      const struct fault *f, struct ending *end)
{
	if (*f->words)
		native_over(t, code, f->words, end);
	else
		native_over_by_system(t, code, what, f->error, end);
}

static void end_by_flaw(struct transfer *t, enum transfer_flaw flaw,
			struct ending *end)
{
	t->flaw = flaw;
	native_over(t, CURLE_WRITE_ERROR, "", end);
}

static void judge(struct transfer *t, const struct fault *f,
		  const struct evidence *seen, struct ending *end)
{
	struct endpoint to = { .host = seen->host, .port = seen->port };

	switch (f->kind) {
	case FAULT_NONE:
		native_over(t, CURLE_OK, "", end);
		break;
	case FAULT_CONNECT:
		to.host_len = strlen(to.host);
		native_not_connected(t, &to, seen->took_ns, f->error, end);
		break;
	case FAULT_TLS:
		native_over(t, CURLE_SSL_CONNECT_ERROR, f->words, end);
		break;
	case FAULT_SEND:
		end_by_io(t, CURLE_SEND_ERROR, "Send failure", f, end);
		break;
	case FAULT_RECEIVE:
		end_by_io(t, CURLE_RECV_ERROR, "Recv failure", f, end);
		break;
	case FAULT_ANSWER:
		native_answered(t, f->flaw, end);
		break;
	case FAULT_BODY:
		end_by_flaw(t, FLAW_BODY, end);
		break;
	case FAULT_UNVERIFIED:
		end_by_flaw(t, FLAW_UNVERIFIED, end);
		break;
	default:
		end_by_flaw(t, FLAW_MEMORY, end);
	}
}

enum outcome blamer_judge(struct blamer *bl, const struct fault *f,
			  const struct evidence *seen, struct buf *detail)
{
	struct ending end = { .outcome = OUTCOME_LOCAL_FAIL,
			      .detail = "not enough memory" };

	buf_reset(detail);
	if (renew_arena(bl)) {
		see(bl, seen);
		judge(&bl->transfer, f, seen, &end);
	}
	buf_puts(detail, end.detail);
	return end.outcome;
}
