/* SPDX-License-Identifier: MIT */
#include "probe/watch/beside/board.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "probe/watch/config.h"

struct board {
	pthread_mutex_t lock;
	struct board_copy now;
};

struct board *board_new(void)
{
	struct board *b = calloc(1, sizeof(*b));

	if (b)
		pthread_mutex_init(&b->lock, NULL);
	return b;
}

void board_free(struct board *b)
{
	if (!b)
		return;
	board_copy_release(&b->now);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

bool board_fill(struct board *b, struct watch_config *config,
		const struct standing *const *rows, size_t n)
{
	struct standing *copy = calloc(n ? n : 1, sizeof(*copy));

	if (!copy)
		return false;
	for (size_t i = 0; i < n; i++)
		copy[i] = *rows[i];
	watch_config_hold(config);
	pthread_mutex_lock(&b->lock);
	struct board_copy old = b->now;
	b->now.config = config;
	b->now.rows = copy;
	b->now.n = n;
	pthread_mutex_unlock(&b->lock);
	board_copy_release(&old);
	return true;
}

void board_put(struct board *b, size_t i, const struct standing *row)
{
	pthread_mutex_lock(&b->lock);
	if (i < b->now.n)
		b->now.rows[i] = *row;
	pthread_mutex_unlock(&b->lock);
}

void board_tick(struct board *b, const struct self_facts *self,
		uint64_t errors_24h, uint64_t alive_ns)
{
	pthread_mutex_lock(&b->lock);
	b->now.self = *self;
	b->now.errors_24h = errors_24h;
	b->now.alive_ns = alive_ns;
	pthread_mutex_unlock(&b->lock);
}

bool board_copy(struct board *b, struct board_copy *out)
{
	pthread_mutex_lock(&b->lock);
	*out = b->now;
	out->rows = malloc((out->n ? out->n : 1) * sizeof(*out->rows));
	bool ok = out->rows && out->config;
	if (ok) {
		memcpy(out->rows, b->now.rows, out->n * sizeof(*out->rows));
		watch_config_hold(out->config);
	}
	pthread_mutex_unlock(&b->lock);
	if (!ok) {
		free(out->rows);
		*out = (struct board_copy){ 0 };
	}
	return ok;
}

void board_copy_release(struct board_copy *c)
{
	watch_config_drop(c->config);
	free(c->rows);
	*c = (struct board_copy){ 0 };
}
