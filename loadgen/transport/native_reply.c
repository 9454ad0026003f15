/* SPDX-License-Identifier: MIT */
#include "loadgen/transport/native_reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "probe/engine/exchange.h"

void reply_rules_init(struct reply_rules *ru, const struct request *rq,
		      bool keeps_answer)
{
	*ru = (struct reply_rules){
		.request = rq,
		.head_max_bytes = request_header_max(rq),
		.body_max_bytes = request_body_max(rq),
		.minds = rq->wants_compressed ? LEAN_MINDS_CODING : 0,
		.keeps_answer = keeps_answer,
	};
}

/* ---- what http1 reads ----------------------------------------------- */

static bool take(void *self, const char *bytes, size_t len)
{
	struct reading *rd = self;

	rd->received += len;
	if (rd->received > rd->max_bytes) {
		rd->is_too_long = true;
		return false;
	}
	return !rd->keeps_body || buf_add(&rd->keep->answer.body, bytes, len);
}

static bool on_body(void *self, const char *bytes, size_t len)
{
	struct reading *rd = self;
	struct answer_keep *k = rd->keep;

	if (!k->unpack)
		return take(rd, bytes, len);
	k->unpack_flaw = unpack_write(k->unpack, bytes, len, take, rd);
	return k->unpack_flaw == UNPACK_FINE;
}

static bool on_coding(void *self, const char *name, size_t len,
		      bool is_transfer)
{
	struct answer_keep *k = ((struct reading *)self)->keep;

	if (!is_transfer && !k->unpacks)
		return true;
	k->unpack_flaw = unpack_add(&k->unpack, name, len);
	return k->unpack_flaw == UNPACK_FINE;
}

bool reply_make_room(struct reply *r)
{
	struct reading *rd = r->reading;

	if (rd)
		return true;
	rd = calloc(1, sizeof(*rd));
	if (!rd)
		return false;
	rd->keep = keep_new("native");
	if (!rd->keep) {
		free(rd);
		return false;
	}
	const struct http1_sink sink = { on_body, on_coding, rd };
	http1_init(&rd->http1, &rd->keep->head, &sink, false);
	r->reading = rd;
	return true;
}

void reply_release(struct reply *r)
{
	if (r->reading) {
		http1_release(&r->reading->http1);
		keep_free(r->reading->keep);
		free(r->reading);
	}
	*r = (struct reply){ 0 };
}

static bool begin_reading(struct reply *r, const struct reply_rules *ru)
{
	if (!reply_make_room(r))
		return false;
	struct reading *rd = r->reading;
	keep_begin(rd->keep, ru->request);
	http1_reset(&rd->http1, r->answers_head);
	rd->http1.line.max = rd->keep->head.max_bytes;
	rd->received = 0;
	rd->max_bytes = ru->body_max_bytes;
	rd->keeps_body = ru->keeps_answer;
	rd->is_too_long = false;
	r->way = REPLY_BY_HTTP1;
	return true;
}

/* ---- does the connection last? -------------------------------------- */

static bool has_token(const char *list, const char *token)
{
	size_t len = strlen(token);

	while (*list) {
		list += strspn(list, ", \t");
		size_t n = strcspn(list, ", \t");
		if (n == len && !strncasecmp(list, token, n))
			return true;
		list += n;
	}
	return false;
}

/* Some field Connection has it. */
static bool connection_says(const struct headers *h, const char *token)
{
	const char *field = buf_text(&h->text);

	for (size_t i = 0; i < h->n; i++) {
		const char *value = field + strlen(field) + 1;
		if (!strcasecmp(field, "Connection") && has_token(value, token))
			return true;
		field = value + strlen(value) + 1;
	}
	return false;
}

static bool lasts(const struct reading *rd)
{
	const struct headers *h = &rd->keep->head;
	const struct http1 *p = &rd->http1;

	if (p->status == 101 || connection_says(h, "close"))
		return false;
	return p->version == 11 || connection_says(h, "keep-alive");
}

/* ---- feeding -------------------------------------------------------- */

void reply_begin(struct reply *r, const struct reply_rules *ru,
		 bool answers_head)
{
	r->way = REPLY_AT_START;
	r->status = 0;
	r->answers_head = answers_head;
	r->is_odd = ru->keeps_answer;
	r->can_last = false;
	r->left = r->received = r->n_behind = 0;
	if (ru->keeps_answer) /* also of an exchange without an answer */
		begin_reading(r, ru);
}

static enum reply_step take_http1(struct reply *r, const char *bytes,
				  size_t len)
{
	struct reading *rd = r->reading;
	bool wants_more = http1_feed(&rd->http1, bytes, len);

	r->status = (unsigned)rd->keep->head.status;
	r->received = rd->received;
	r->n_behind = rd->http1.n_behind;
	if (wants_more)
		return REPLY_MORE;
	r->can_last = !rd->http1.flaw && lasts(rd);
	return rd->http1.flaw ? REPLY_FAILED : REPLY_DONE;
}

enum reply_step reply_skip(struct reply *r, size_t len)
{
	size_t n = len < r->left ? len : (size_t)r->left;

	r->left -= n;
	r->received += n;
	r->n_behind += len - n;
	return r->left ? REPLY_MORE : REPLY_DONE;
}

/* What a head says depends on nothing but its bytes. */
static bool read_head(const struct reply_rules *ru, struct lean *ln,
		      const char *bytes, size_t len)
{
	struct head_memo *memo = ru->memo;

	if (memo && memo->len && len >= memo->len &&
	    !memcmp(bytes, memo->bytes, memo->len)) {
		*ln = memo->lean;
		return true;
	}
	if (!lean_scan(ln, bytes, len, ru->minds))
		return false;
	if (memo && ln->head_len <= sizeof(memo->bytes)) {
		memcpy(memo->bytes, bytes, ln->head_len);
		memo->len = ln->head_len;
		memo->lean = *ln;
	}
	return true;
}

/* False: the bytes are no ordinary answer. */
static bool take_lean(struct reply *r, const struct reply_rules *ru,
		      const char *bytes, size_t len, enum reply_step *step)
{
	struct lean ln;
	size_t used;

	if (!read_head(ru, &ln, bytes, len) ||
	    ln.head_len > ru->head_max_bytes || ln.length > ru->body_max_bytes)
		return false;
	bytes += ln.head_len;
	len -= ln.head_len;
	*step = REPLY_DONE;
	if (r->answers_head || ln.status == 204 || ln.status == 304) {
		r->n_behind = len;
	} else if (ln.is_chunked) {
		if (!lean_chunks(bytes, len, &used, &r->received) ||
		    r->received > ru->body_max_bytes)
			return false;
		r->n_behind = len - used;
	} else if (ln.has_length) {
		r->way = REPLY_BY_LENGTH;
		r->left = ln.length;
		*step = reply_skip(r, len);
	} else {
		return false;
	}
	r->status = ln.status;
	r->can_last = !ln.closes;
	return true;
}

enum reply_step reply_feed(struct reply *r, const struct reply_rules *ru,
			   const char *bytes, size_t len)
{
	enum reply_step step;

	if (r->way == REPLY_BY_LENGTH)
		return reply_skip(r, len);
	if (r->way == REPLY_AT_START) {
		if (!r->is_odd && take_lean(r, ru, bytes, len, &step))
			return step;
		r->received = 0;
		if (!begin_reading(r, ru))
			return REPLY_FAILED;
	}
	return take_http1(r, bytes, len);
}

enum reply_step reply_close(struct reply *r, const struct reply_rules *ru)
{
	/* One of two cuts, which http1 has the words for. */
	if (r->way == REPLY_AT_START && !begin_reading(r, ru))
		return REPLY_FAILED;
	r->can_last = false;
	if (r->way == REPLY_BY_HTTP1 && http1_close(&r->reading->http1))
		return REPLY_DONE;
	return REPLY_FAILED;
}

static void fault_of_reading(const struct reading *rd, struct fault *f)
{
	const struct buf *body = &rd->keep->answer.body;

	f->flaw = rd->http1.flaw;
	if (rd->is_too_long)
		f->kind = FAULT_BODY;
	else if (body->failed || rd->keep->unpack_flaw == UNPACK_MEMORY)
		f->kind = FAULT_MEMORY;
	else
		f->kind = FAULT_ANSWER;
}

bool reply_fault(const struct reply *r, struct fault *f, struct evidence *seen)
{
	static const struct headers whole = { .is_whole = true };

	*f = (struct fault){ .kind = FAULT_MEMORY };
	seen->received = r->received;
	if (r->way == REPLY_BY_LENGTH && !r->left)
		return false;
	if (r->way == REPLY_BY_LENGTH) {
		f->kind = FAULT_ANSWER;
		f->flaw = HTTP1_CUT_BODY;
		seen->headers = &whole;
		seen->handshake = NULL; /* has no say when a length is known */
	} else if (r->way == REPLY_BY_HTTP1) {
		const struct answer_keep *k = r->reading->keep;
		fault_of_reading(r->reading, f);
		seen->headers = &k->head;
		seen->unpack = k->unpack;
		seen->unpack_flaw = k->unpack_flaw;
	}
	return true;
}
