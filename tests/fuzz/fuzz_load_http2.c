/* SPDX-License-Identifier: MIT */
/*
 * What a server may say over HTTP/2.  The first byte says how many exchanges
 * are under way and whether the answer is kept, the second how the bytes are
 * cut, and whether a lane is cancelled in between.  Every exchange that was
 * not cancelled ends once, at the latest when the server closes, and nothing
 * stays open.
 */
#include <errno.h>
#include <ev.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadgen/transport/transport.h"
#include "probe/engine/engine.h"
#include "scenarios/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	LANES_MAX = 4,
	TURNS_MAX = 1000,
	BODY_MAX = 4096,
};

struct show {
	struct engine *en;
	struct ev_loop *loop;
	int listener;
	struct address address;
	struct lane *lane[LANES_MAX];
	bool is_busy[LANES_MAX];
	size_t n_lanes, n_busy;
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void on_done(struct lane *la)
{
	struct show *s = la->owner;
	size_t i = 0;

	while (s->lane[i] != la)
		i++;
	must(s->is_busy[i]);
	s->is_busy[i] = false;
	s->n_busy--;
	must(la->sample.outcome == OUTCOME_OK || *la->detail);
	must(la->sample.end_ns >= la->sample.sent_ns);
	must(la->sample.received_bytes <= BODY_MAX + 16384);
}

static void set_up(struct show *s)
{
	static struct errs es;

	must(engine_global_init(&es));
	s->en = engine_new(&es);
	must(s->en != NULL);
	s->loop = engine_loop(s->en);
	s->listener =
		socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* an abstract name, which leaves no file */
	s->address.at.un.sun_family = AF_UNIX;
	snprintf(s->address.at.un.sun_path + 1,
		 sizeof(s->address.at.un.sun_path) - 1, "fuzz-h2-%d", getpid());
	s->address.len = sizeof(s->address.at.un);
	must(!bind(s->listener, &s->address.at.any, s->address.len) &&
	     !listen(s->listener, 16));
}

/* What the client says is of no interest. */
static void drain(int fd)
{
	char bytes[4096];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

static void say(struct show *s, int fd, const uint8_t *bytes, size_t len,
		size_t step)
{
	for (size_t at = 0; at < len; at += step) {
		size_t n = step < len - at ? step : len - at;

		if (send(fd, bytes + at, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			return;
		ev_run(s->loop, EVRUN_NOWAIT);
		drain(fd);
	}
}

/* Whoever comes again is turned away. */
static void end_all(struct show *s)
{
	for (int i = 0; s->n_busy; i++) {
		int fd = accept(s->listener, NULL, NULL);

		if (fd >= 0)
			close(fd);
		ev_run(s->loop, EVRUN_NOWAIT);
		must(i < TURNS_MAX);
	}
}

static void start_all(struct show *s, struct hub *hub, const struct wire *wire)
{
	for (size_t i = 0; i < s->n_lanes; i++) {
		s->lane[i] = load_http2.open(hub);
		must(s->lane[i] != NULL);
		s->lane[i]->owner = s;
		s->is_busy[i] = true;
		s->n_busy++;
		load_http2.start(s->lane[i], wire, engine_now_ns());
	}
	ev_run(s->loop, EVRUN_NOWAIT);
}

static void play(struct show *s, struct hub *hub, const uint8_t *data,
		 size_t size)
{
	const struct wire wire = { .request = hub->config.route->request,
				   .version = 1 };
	size_t step = (data[1] & 63) * 4 + 1;
	size_t half = data[1] & 64 ? (size - 2) / 2 : 0;

	s->n_lanes = (data[0] & 3) + 1;
	start_all(s, hub, &wire);
	int fd = accept(s->listener, NULL, NULL);
	must(fd >= 0);
	say(s, fd, data + 2, half, step);
	if (half && s->is_busy[0]) {
		load_http2.cancel(s->lane[0], engine_now_ns());
		s->is_busy[0] = false;
		s->n_busy--;
	}
	say(s, fd, data + 2 + half, size - 2 - half, step);
	close(fd);
	end_all(s);
	for (size_t i = 0; i < s->n_lanes; i++)
		load_http2.close(s->lane[i]);
	ev_run(s->loop, EVRUN_NOWAIT);
	must(!hub->n_open);
	while ((fd = accept(s->listener, NULL, NULL)) >= 0)
		close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct show s;
	static struct errs es;

	if (size < 2)
		return 0;
	if (!s.en)
		set_up(&s);
	struct request rq = {
		.kind = REQUEST_HTTP,
		.url = "http://localhost/",
		.method = data[0] & 8 ? "POST" : "GET",
		.version = HTTP_2_PRIOR,
		.body = data[0] & 8 ? "a body" : NULL,
		.body_len = data[0] & 8 ? 6 : 0,
		.wants_compressed = data[0] & 16,
		.body_max_bytes = BODY_MAX,
	};
	const struct route rt = {
		.request = &rq,
		.host = "localhost",
		.port = 80,
		.n_addresses = 1,
		.address = &s.address,
		.streams = data[0] & 32 ? 1 : LANES_MAX,
		.wants_answer = data[0] & 4,
	};
	const struct hub_config config = {
		.route = &rt,
		.en = s.en,
		.loop = s.loop,
		.on_done = on_done,
	};
	struct hub *hub = load_http2.hub_new(&config, &es);
	must(hub != NULL);
	play(&s, hub, data, size);
	load_http2.hub_free(hub);
	return 0;
}
