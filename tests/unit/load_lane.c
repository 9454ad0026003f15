/* SPDX-License-Identifier: MIT */
#include "tests/unit/load_lane.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "loadgen/transport/wire.h"
#include "scenarios/base/err.h"

#define PATIENCE_S 20.0

static struct load *of(struct lane *la)
{
	return la->owner;
}

static void on_done(struct lane *la)
{
	struct load *ld = of(la);

	ld->n_done++;
	assert_int_equal(la->stage, LANE_IDLE);
	assert_true(la->sample.end_ns >= la->sample.sent_ns);
	assert_true(!la->sample.first_ns ||
		    (la->sample.first_ns >= la->sample.sent_ns &&
		     la->sample.first_ns <= la->sample.end_ns));
	assert_true(!la->sample.outcome == !*la->detail);
	if (ld->closes) {
		load_native.close(la);
		ld->lane = NULL;
	} else if (ld->to_start) {
		ld->to_start--;
		load_native.start(la, &ld->wire, engine_now_ns());
		return;
	}
	ev_break(ld->loop, EVBREAK_ONE);
}

static void on_impatience(struct ev_loop *loop, ev_timer *w, int got)
{
	(void)loop;
	(void)w;
	(void)got;
	fail_msg("it hangs");
}

void load_address(struct address *a, unsigned port)
{
	a->at.in.sin_family = AF_INET;
	a->at.in.sin_port = htons((uint16_t)port);
	a->at.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->len = sizeof(a->at.in);
}

void load_init(struct load *ld, unsigned port, const char *path)
{
	*ld = (struct load){ .loop = engine_loop(en) };
	snprintf(ld->url, sizeof(ld->url), "http://127.0.0.1:%u%s", port, path);
	ld->request.url = ld->url;
	load_address(&ld->address[0], port);
	ld->route = (struct route){
		.request = &ld->request,
		.host = "127.0.0.1",
		.port = port,
		.n_addresses = 1,
		.address = ld->address,
	};
	buf_init(&ld->bytes, 16 << 20);
}

static void load_render(struct load *ld)
{
	const struct request *rq = &ld->request;
	size_t head_len = 0;

	buf_reset(&ld->bytes);
	assert_true(wire_render(rq, ld->route.is_fresh, &ld->bytes, &head_len));
	ld->wire = (struct wire){
		.request = rq,
		.version = ld->wire.version + 1,
		.bytes = ld->bytes.text,
		.len = ld->bytes.len,
		.head_len = head_len,
		.is_head = rq->method && !strcmp(rq->method, "HEAD"),
	};
}

void load_open(struct load *ld)
{
	struct errs *es = calloc(1, sizeof(*es));
	struct hub_config config = {
		.route = &ld->route,
		.en = en,
		.loop = ld->loop,
		.on_done = on_done,
	};
	const char *why;

	if (!load_native.can(&ld->route, &why))
		fail_msg("%s", why);
	load_render(ld);
	ld->hub = load_native.hub_new(&config, es);
	if (!ld->hub)
		fail_msg("%s", es->item[0].text);
	free(es);
	ld->lane = load_native.open(ld->hub);
	assert_non_null(ld->lane);
	ld->lane->owner = ld;
}

void load_close(struct load *ld)
{
	if (ld->lane)
		load_native.close(ld->lane);
	assert_int_equal(ld->hub->n_open, 0);
	load_native.hub_free(ld->hub);
	buf_release(&ld->bytes);
}

void load_wait(struct load *ld)
{
	ev_timer_init(&ld->patience, on_impatience, PATIENCE_S, 0.0);
	ev_now_update(ld->loop);
	ev_timer_start(ld->loop, &ld->patience);
	ev_run(ld->loop, 0);
	ev_timer_stop(ld->loop, &ld->patience);
}

void load_start(struct load *ld)
{
	unsigned before = ld->n_done;

	load_native.start(ld->lane, &ld->wire, engine_now_ns());
	assert_int_equal(ld->n_done, before);
}

void load_run(struct load *ld)
{
	unsigned before = ld->n_done;

	load_start(ld);
	load_wait(ld);
	assert_int_equal(ld->n_done, before + 1);
}

static void on_rest(struct ev_loop *loop, ev_timer *w, int got)
{
	(void)w;
	(void)got;
	ev_break(loop, EVBREAK_ONE);
}

void load_rest(struct load *ld, double seconds)
{
	ev_timer rest;

	ev_timer_init(&rest, on_rest, seconds, 0.0);
	ev_now_update(ld->loop);
	ev_timer_start(ld->loop, &rest);
	ev_run(ld->loop, 0);
	ev_timer_stop(ld->loop, &rest);
}

void load_assert_same(const struct load *ld, const struct ask *ask)
{
	const struct answer *a = ld->lane->answer;
	const struct answer *b = &ask->ex.answer;

	print_message("# %s: %s (%s | %s)\n", ask->url,
		      outcome_name(b->outcome), ld->lane->detail, b->detail);
	assert_string_equal(outcome_name(ld->lane->sample.outcome),
			    outcome_name(b->outcome));
	assert_int_equal(!*ld->lane->detail, !*b->detail);
	assert_int_equal(ld->lane->sample.status, b->status);
	if (!a || a->outcome)
		return;
	assert_string_equal(a->protocol, b->protocol);
	assert_string_equal(a->remote, b->remote);
	assert_int_equal(a->n_headers, b->n_headers);
	for (size_t i = 0; i < a->n_headers; i++) {
		assert_string_equal(a->headers[i].name, b->headers[i].name);
		assert_string_equal(a->headers[i].value, b->headers[i].value);
	}
	assert_int_equal(ld->lane->sample.received_bytes, b->received_bytes);
	assert_int_equal(a->body.len, b->body.len);
	assert_string_equal(buf_text(&a->body), buf_text(&b->body));
}
