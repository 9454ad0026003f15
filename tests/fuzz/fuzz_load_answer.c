/* SPDX-License-Identifier: MIT */
/*
 * An answer of a load, read the lean way and by http1 alone.  The first byte
 * says whether HEAD was asked, codings were offered and cookies are minded, the second how the
 * bytes are cut, the third sets the ceilings.  Both find the same: how it
 * ends, the status, how much of it is body, where it ends, whether the
 * connection lasts, what is wrong, and whether it sets a cookie that somebody
 * minds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/transport/native_reply.h"
#include "probe/engine/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { N_FIRST = 3, UNIT = 64 };

struct found {
	enum reply_step step;
	unsigned status;
	bool can_last;
	bool sets_cookie; /* and there is a head to look at */
	uint64_t received;
	size_t end; /* of the answer, among the bytes */
	enum outcome outcome;
	struct buf detail;
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void judge(struct found *fo, const struct reply *r,
		  const struct request *rq)
{
	struct evidence seen = { .request = rq, .host = "" };
	struct blamer *bl = blamer_new();
	struct fault f;

	must(bl);
	fo->outcome = OUTCOME_OK;
	if (reply_fault(r, &f, &seen) &&
	    (fo->step == REPLY_FAILED || r->way == REPLY_BY_HTTP1))
		fo->outcome = blamer_judge(bl, &f, &seen, &fo->detail);
	blamer_free(bl);
}

/* From memory of its own, so that a look beside it is seen. */
static enum reply_step feed(struct reply *r, const struct reply_rules *ru,
			    const char *bytes, size_t len)
{
	char *copy = malloc(len);

	must(copy);
	memcpy(copy, bytes, len);
	enum reply_step step = reply_feed(r, ru, copy, len);
	free(copy);
	return step;
}

static void read_all(struct found *fo, const uint8_t *data, size_t size,
		     size_t step, struct head_memo *memo, bool is_odd)
{
	struct request rq = {
		.wants_compressed = data[0] & 2,
		.header_max_bytes = (uint64_t)data[2] * UNIT + 1,
		.body_max_bytes = (uint64_t)data[2] * UNIT + 1,
	};
	const char *bytes = (const char *)data + N_FIRST;
	struct reply r = { 0 };
	struct reply_rules ru;
	size_t at = 0;

	*fo = (struct found){ .step = REPLY_MORE };
	buf_init(&fo->detail, UNIT * UNIT);
	size -= N_FIRST;
	reply_rules_init(&ru, &rq, false);
	if (data[0] & 4)
		ru.minds |= LEAN_MINDS_COOKIES;
	ru.memo = memo;
	reply_begin(&r, &ru, data[0] & 1);
	r.is_odd = is_odd;
	while (at < size && fo->step == REPLY_MORE) {
		size_t n = step < size - at ? step : size - at;
		fo->step = feed(&r, &ru, bytes + at, n);
		at += n;
	}
	if (fo->step == REPLY_MORE)
		fo->step = reply_close(&r, &ru);
	must(fo->step != REPLY_MORE);
	fo->status = r.status;
	fo->can_last = r.can_last;
	fo->sets_cookie = r.way == REPLY_BY_HTTP1 &&
			  headers_has(&r.reading->keep->head, "Set-Cookie");
	fo->received = r.received;
	fo->end = at - r.n_behind;
	judge(fo, &r, &rq);
	reply_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct found lean, again, cut, plain;
	struct head_memo memo = { .len = 0 };

	if (size <= N_FIRST)
		return 0;
	read_all(&lean, data, size, size, &memo, false);
	read_all(&again, data, size, size, &memo, false);
	read_all(&cut, data, size, data[1] + 1u, &memo, false);
	read_all(&plain, data, size, size, NULL, true);
	const struct found *const all[] = { &lean, &again, &cut };
	for (int i = 0; i < 3; i++) {
		const struct found *a = all[i];
		must(a->step == plain.step && a->outcome == plain.outcome);
		must(a->status == plain.status);
		must(a->can_last == plain.can_last);
		must(strcmp(buf_text(&a->detail), buf_text(&plain.detail)) ==
		     0);
		if (a->step != REPLY_DONE)
			continue;
		must(a->received == plain.received && a->end == plain.end);
		must(!(data[0] & 4) || a->sets_cookie == plain.sets_cookie);
	}
	buf_release(&lean.detail);
	buf_release(&again.detail);
	buf_release(&cut.detail);
	buf_release(&plain.detail);
	return 0;
}
