/* SPDX-License-Identifier: MIT */
/* Timers and signals of the engine. */
#include "probe/engine/inside.h"

static void on_timer(struct ev_loop *loop, ev_timer *w, int got)
{
	struct engine_timer *t = container_of(w, struct engine_timer, watcher);

	(void)loop;
	(void)got;
	/* with the pulse it is known already */
	if (!ev_is_active(&t->en->pulse))
		stalls_late(&t->en->stalls, t->due_ns, engine_now_ns());
	t->on_fire(t);
}

void engine_timer_init(struct engine_timer *t, struct engine *en,
		       void (*on_fire)(struct engine_timer *t), void *owner)
{
	*t = (struct engine_timer){
		.en = en,
		.on_fire = on_fire,
		.owner = owner,
	};
	ev_init(&t->watcher, on_timer);
}

void engine_timer_start(struct engine_timer *t, uint64_t after_ns)
{
	struct ev_loop *loop = t->en->loop;
	uint64_t now = engine_now_ns();

	ev_timer_stop(loop, &t->watcher);
	/* A timer counts from the time that the loop remembers. */
	ev_now_update(loop);
	t->due_ns = after_ns < UINT64_MAX - now ? now + after_ns : UINT64_MAX;
	ev_timer_set(&t->watcher, (double)after_ns / 1e9, 0.0);
	ev_timer_start(loop, &t->watcher);
}

void engine_timer_stop(struct engine_timer *t)
{
	if (t->en)
		ev_timer_stop(t->en->loop, &t->watcher);
}

void engine_timer_release(struct engine_timer *t)
{
	engine_timer_stop(t);
	t->en = NULL;
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int got)
{
	struct engine *en = w->data;

	(void)loop;
	(void)got;
	if (en->on_signal)
		en->on_signal(en->signal_owner, w->signum);
}

void engine_on_signal(struct engine *en, void (*fn)(void *owner, int signo),
		      void *owner)
{
	en->on_signal = fn;
	en->signal_owner = owner;
	for (int i = 0; i < PATIENCE_SIGNALS; i++) {
		ev_signal *w = &en->signals[i];
		int signo = patience_signals[i];
		if (ev_is_active(w) || patience_ignores(signo))
			continue;
		ev_signal_init(w, on_signal, signo);
		w->data = en;
		ev_signal_start(en->loop, w);
		ev_unref(en->loop); /* it is no reason to go on */
	}
}
