/* SPDX-License-Identifier: MIT */
#include "tests/unit/engine_ask.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scenarios/base/err.h"

struct engine *en;
struct server *server;

static void on_done(struct exchange *ex)
{
	struct ask *ask = ex->owner;

	ask->done++;
}

void ask_port(struct ask *ask, unsigned port, const char *path)
{
	*ask = (struct ask){ .done = 0 };
	exchange_init(&ask->ex);
	snprintf(ask->url, sizeof(ask->url), "http://127.0.0.1:%u%s", port,
		 path);
	ask->ex.request.url = ask->url;
	ask->ex.request.method = "GET";
	ask->ex.request.limits.total_ns = 20000ull * MS;
	ask->ex.owner = ask;
	ask->ex.on_done = on_done;
}

void ask_init(struct ask *ask, const char *path)
{
	ask_port(ask, server_port(server), path);
}

/* No phase lies outside of the time that asking took. */
static void check_time(const struct ask *ask, uint64_t took_ns)
{
	const struct answer *an = &ask->ex.answer;

	assert_true(phases_total(&an->phases) > 0);
	assert_true(phases_total(&an->phases) - an->phases.ns[PHASE_LATENESS] <=
		    took_ns);
	assert_true(an->started_at_ns > 1600000000ull * 1000 * MS);
}

void ask_run(struct ask *ask)
{
	unsigned before = ask->done;
	uint64_t began_ns = engine_now_ns();

	engine_start(en, &ask->ex);
	assert_int_equal(ask->done, before);
	engine_run(en);
	assert_int_equal(ask->done, before + 1);
	assert_null(ask->ex.transfer);
	check_time(ask, engine_now_ns() - began_ns);
}

const char *body_of(const struct ask *ask)
{
	return buf_text(&ask->ex.answer.body);
}

unsigned closed_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	close(fd);
	return ntohs(at.sin_port);
}

int engine_set_up(void **state)
{
	struct errs *es = calloc(1, sizeof(*es));

	(void)state;
	bool done = engine_global_init(es) && (en = engine_new(es));
	server = server_start(SERVER_HTTP, NULL);
	free(es);
	return done ? 0 : -1;
}

int engine_tear_down(void **state)
{
	(void)state;
	engine_free(en);
	server_stop(server);
	engine_global_release();
	return 0;
}
