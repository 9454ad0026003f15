/* SPDX-License-Identifier: MIT */
#include "tests/origin/origin.h"

#include "scenarios/base/err.h"
#include "tests/origin/listen.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t origin_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void origin_freeze(uint64_t ms)
{
	struct timespec left = { .tv_sec = (time_t)(ms / 1000),
				 .tv_nsec = (long)(ms % 1000) * 1000000 };

	/* signals are only noted, so sleep on until it is over */
	while (nanosleep(&left, &left) != 0)
		;
}

/* SplitMix64: Steele, Lea, Flood, OOPSLA 2014 */
uint64_t origin_random(struct origin *o, uint64_t n)
{
	uint64_t z = o->random += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (z ^ z >> 31) % n;
}

unsigned origin_port(const struct origin *o, const char *name)
{
	for (unsigned i = 0; i < o->listener_count; i++)
		if (strcmp(o->listener[i].name, name) == 0)
			return o->listener[i].port;
	return 0;
}

static void bury(struct origin *o)
{
	while (o->dead) {
		struct conn *c = o->dead;
		o->dead = c->next;
		free(c);
	}
}

static void on_round(struct ev_loop *loop, ev_prepare *w, int got)
{
	(void)loop;
	(void)got;
	bury(w->data);
}

static void on_thaw(struct ev_loop *loop, ev_timer *w, int got)
{
	struct origin *o = w->data;

	(void)loop;
	(void)got;
	origin_freeze(o->thaw_ms);
}

struct origin *origin_new(struct errs *es)
{
	struct origin *o = calloc(1, sizeof(*o));
	unsigned char random[16] = { 0 };
	struct buf hex;

	if (!o) {
		errs_nomem(es);
		return NULL;
	}
	o->loop = ev_loop_new(EVFLAG_AUTO);
	if (!o->loop) {
		errs_add(es, ERR_SYSTEM, NOWHERE, "cannot make an event loop");
		free(o);
		return NULL;
	}
	o->start_ns = origin_now_ns();
	RAND_bytes(random, sizeof(random));
	buf_init(&hex, sizeof(o->nonce) - 1);
	text_hex(random, sizeof(random), &hex);
	memcpy(o->nonce, buf_text(&hex), hex.len + 1);
	buf_release(&hex);
	reply_init(&o->reply);
	buf_init(&o->word, HTTP_HEAD_MAX);
	ev_prepare_init(&o->reap, on_round);
	o->reap.data = o;
	ev_prepare_start(o->loop, &o->reap);
	ev_init(&o->thaw, on_thaw);
	o->thaw.data = o;
	return o;
}

void origin_free(struct origin *o)
{
	if (!o)
		return;
	while (o->open)
		conn_close(o->open);
	bury(o);
	listen_end(o);
	ev_prepare_stop(o->loop, &o->reap);
	ev_timer_stop(o->loop, &o->thaw);
	reply_release(&o->reply);
	buf_release(&o->word);
	ev_loop_destroy(o->loop);
	free(o);
}
