/* SPDX-License-Identifier: MIT */
/*
 * What nghttp2 reports of the frames of a connection.  It has checked by then
 * that they are allowed, and that a body is as long as was said.
 *
 * A lane is told of the end of its answer here, before nghttp2 closes the
 * stream; from then on the stream has no lane, whatever still comes on it.
 */
#include <inttypes.h>
#include <string.h>

#include "loadgen/transport/http2_parts.h"
#include "probe/engine/engine.h"
#include "scenarios/base/text.h"

enum {
	/* Of the lines that an answer of HTTP/1 would have had; the ceiling of
	 * the head counts these. */
	STATUS_LINE_BYTES = sizeof("HTTP/2 200 \r\n") - 1,
	FIELD_LINE_BYTES = sizeof(": \r\n") - 1,
	END_LINE_BYTES = sizeof("\r\n") - 1,
	SEND_HEAD_MAX = 1 << 20, /* bytes of the header fields of a request */
};

/* The lane of a stream; NULL: its exchange is over. */
static struct h2_lane *find(struct h2_conn *c, int32_t id)
{
	if (c->at_id != id) {
		c->at = nghttp2_session_get_stream_user_data(c->session, id);
		c->at_id = id;
	}
	return c->at;
}

/* ---- head ----------------------------------------------------------- */

static void fail_memory(struct h2_lane *l)
{
	h2_lane_fail(l, OUTCOME_LOCAL_FAIL, "not enough memory");
}

/* False: the exchange is over. */
static bool count_head(struct h2_lane *l, size_t bytes)
{
	char words[H2_WORDS_MAX];

	l->head_bytes += bytes;
	if (l->head_bytes <= l->head_max)
		return true;
	snprintf(words, sizeof(words),
		 "the headers are larger than %" PRIu64 " bytes", l->head_max);
	h2_lane_fail(l, OUTCOME_TOO_LARGE, words);
	return false;
}

static int on_begin_headers(nghttp2_session *session,
			    const nghttp2_frame *frame, void *self)
{
	struct h2_conn *c = self;
	struct h2_lane *l = find(c, frame->hd.stream_id);

	(void)session;
	if (!l)
		return 0;
	l->status = 0;
	l->head.stage = LANE_RECEIVING;
	if (!l->head.sample.first_ns)
		l->head.sample.first_ns = c->hub->now_ns;
	return 0;
}

/* nghttp2 has seen that these are three digits. */
static void take_status(struct h2_lane *l, const uint8_t *value, size_t len)
{
	char line[STATUS_LINE_BYTES + 1];

	for (size_t i = 0; i < len && i < 3; i++)
		l->status = l->status * 10 + (unsigned)(value[i] - '0');
	if (!count_head(l, STATUS_LINE_BYTES) || !l->keep)
		return;
	snprintf(line, sizeof(line), "HTTP/2 %03u \r\n", l->status % 1000);
	if (!headers_add(&l->keep->head, line, strlen(line)))
		fail_memory(l);
}

static void keep_field(struct h2_lane *l, const uint8_t *name, size_t name_len,
		       const uint8_t *value, size_t value_len)
{
	struct headers *head = &l->keep->head;

	if (!headers_add(head, (const char *)name, name_len) ||
	    !headers_add(head, ": ", 2) ||
	    !headers_add(head, (const char *)value, value_len) ||
	    !headers_add(head, "\r\n", 2))
		fail_memory(l);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
		     const uint8_t *name, size_t name_len, const uint8_t *value,
		     size_t value_len, uint8_t flags, void *self)
{
	struct h2_lane *l = find(self, frame->hd.stream_id);

	(void)session;
	(void)flags;
	if (!l)
		return 0;
	if (*name == ':')
		take_status(l, value, value_len);
	else if (count_head(l, name_len + value_len + FIELD_LINE_BYTES) &&
		 l->keep)
		keep_field(l, name, name_len, value, value_len);
	return 0;
}

/* False: there were too many, and the exchange is over. */
static bool count_interim(struct h2_lane *l)
{
	char words[H2_WORDS_MAX];

	if (++l->n_interim <= HEADERS_INTERIM_MAX)
		return true;
	snprintf(words, sizeof(words), "more than %d interim answers",
		 HEADERS_INTERIM_MAX);
	h2_lane_fail(l, OUTCOME_TOO_LARGE, words);
	return false;
}

/* A header block is whole; the last one may be trailers, which join the
 * fields. */
static void end_head(struct h2_lane *l)
{
	bool is_interim = l->status < 200;

	if (l->has_head || !count_head(l, END_LINE_BYTES) ||
	    (is_interim && !count_interim(l)))
		return;
	if (l->keep && !headers_add(&l->keep->head, "\r\n", 2)) {
		fail_memory(l);
	} else if (!is_interim) {
		l->has_head = true;
		l->head.sample.status = l->status;
	}
}

/* ---- body ----------------------------------------------------------- */

static void blame_body(struct h2_lane *l)
{
	const struct answer_keep *k = l->keep;
	char words[H2_WORDS_MAX];

	if (k && (k->answer.body.failed || k->unpack_flaw == UNPACK_MEMORY)) {
		fail_memory(l);
	} else if (k && k->unpack_flaw && k->unpack_flaw != UNPACK_REFUSED) {
		h2_lane_fail(l, OUTCOME_ENCODING, unpack_say(k->unpack_flaw));
	} else {
		snprintf(words, sizeof(words),
			 "the body is larger than %" PRIu64 " bytes",
			 l->body_max);
		h2_lane_fail(l, OUTCOME_TOO_LARGE, words);
	}
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id,
		   const uint8_t *bytes, size_t len, void *self)
{
	struct h2_lane *l = find(self, id);
	bool is_taken;

	(void)session;
	(void)flags;
	if (!l)
		return 0;
	if (l->keep) {
		is_taken = keep_body(l->keep, (const char *)bytes, len);
		l->head.sample.received_bytes = l->keep->answer.received_bytes;
	} else {
		l->head.sample.received_bytes += len;
		is_taken = l->head.sample.received_bytes <= l->body_max;
	}
	if (!is_taken)
		blame_body(l);
	return 0;
}

ssize_t h2_stream_read(nghttp2_session *session, int32_t id, uint8_t *out,
		       size_t room, uint32_t *flags,
		       nghttp2_data_source *source, void *self)
{
	struct h2_lane *l = nghttp2_session_get_stream_user_data(session, id);

	(void)self;
	(void)source;
	if (!l)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	size_t left = l->body_len - l->body_at;
	if (room > left)
		room = left;
	memcpy(out, l->body + l->body_at, room);
	l->body_at += room;
	l->head.sample.sent_bytes = l->body_at;
	if (room < left)
		return (ssize_t)room;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	l->is_uploading = false;
	if (l->head.stage == LANE_SENDING) {
		l->head.stage = LANE_WAITING;
		l->head.sample.written_ns = engine_now_ns();
	}
	return (ssize_t)room;
}

/* ---- ends ----------------------------------------------------------- */

static void finish(struct h2_conn *c, struct h2_lane *l)
{
	c->was_used = true;
	/* It has heard enough to answer. */
	if (l->is_uploading)
		h2_conn_reset(l, NGHTTP2_NO_ERROR);
	if (l->keep && !unpack_is_whole(l->keep->unpack))
		h2_lane_end(l, OUTCOME_ENCODING, unpack_say(UNPACK_CUT));
	else
		h2_lane_end(l, OUTCOME_OK, "");
}

static void take_settings(struct h2_conn *c)
{
	c->hub->peer_streams = nghttp2_session_get_remote_settings(
		c->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
	h2_conn_limit(c, c->hub->peer_streams);
}

static void end_block(struct h2_conn *c, const nghttp2_frame *frame)
{
	struct h2_lane *l = find(c, frame->hd.stream_id);

	if (l && frame->hd.type == NGHTTP2_HEADERS) {
		end_head(l);
		l = find(c, frame->hd.stream_id);
	}
	if (l && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		finish(c, l);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame,
		    void *self)
{
	struct h2_conn *c = self;
	struct h2_lane *l;

	(void)session;
	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		end_block(c, frame);
		break;
	case NGHTTP2_RST_STREAM:
		l = find(c, frame->hd.stream_id);
		if (l)
			l->was_reset = true;
		break;
	case NGHTTP2_SETTINGS:
		if (!(frame->hd.flags & NGHTTP2_FLAG_ACK))
			take_settings(c);
		break;
	case NGHTTP2_GOAWAY:
		h2_conn_retire(c);
		break;
	default:
		break;
	}
	return 0;
}

/* As libcurl judges a stream that ended before its answer did. */
static void blame_stream(struct h2_conn *c, struct h2_lane *l, uint32_t code)
{
	char words[H2_WORDS_MAX];

	if (code == NGHTTP2_REFUSED_STREAM) {
		h2_lane_again(l, "the server refused the stream");
		return;
	}
	if (code == NGHTTP2_NO_ERROR) {
		h2_lane_end(l, l->has_head ? OUTCOME_CLOSED : OUTCOME_PROTOCOL,
			    "the stream was closed before the answer was "
			    "complete");
		return;
	}
	if (l->was_reset || !*c->words)
		snprintf(words, sizeof(words), "%s: %s",
			 l->was_reset ? "the server reset the stream"
				      : "the stream broke the protocol",
			 nghttp2_http2_strerror(code));
	else
		snprintf(words, sizeof(words), "%s", c->words);
	h2_lane_end(l, OUTCOME_PROTOCOL, words);
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code,
		    void *self)
{
	struct h2_conn *c = self;
	struct h2_lane *l = find(c, id);

	(void)session;
	if (!l)
		return 0;
	c->hub->now_ns = engine_now_ns(); /* it may be we who are sending */
	blame_stream(c, l, code);
	return 0;
}

/* What nghttp2 found wrong, maybe in the words of the server. */
static int on_error(nghttp2_session *session, int code, const char *text,
		    size_t len, void *self)
{
	struct h2_conn *c = self;
	struct buf words;

	(void)session;
	(void)code;
	buf_init(&words, sizeof(c->words) - 1);
	text_printable(&words, text, len);
	snprintf(c->words, sizeof(c->words), "%s", buf_text(&words));
	buf_release(&words);
	return 0;
}

bool h2_stream_setup(struct h2_hub *hub)
{
	nghttp2_session_callbacks *cb;
	nghttp2_option *option;

	if (nghttp2_session_callbacks_new(&cb))
		return false;
	hub->callbacks = cb;
	nghttp2_session_callbacks_set_on_begin_headers_callback(
		cb, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_close);
	nghttp2_session_callbacks_set_error_callback2(cb, on_error);
	if (nghttp2_option_new(&option))
		return false;
	hub->option = option;
	nghttp2_option_set_peer_max_concurrent_streams(option,
						       (uint32_t)hub->streams);
	nghttp2_option_set_max_send_header_block_length(option, SEND_HEAD_MAX);
	nghttp2_option_set_max_settings(option, H2_SETTINGS_MAX);
	nghttp2_option_set_max_outbound_ack(option, H2_OUTBOUND_ACK_MAX);
	return true;
}
