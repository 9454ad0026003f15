/* SPDX-License-Identifier: MIT */
#include "probe/watch/schedule.h"

#include <stdlib.h>

/* FNV-1a, 64 bits: draft-eastlake-fnv. */
#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

static uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * FNV_PRIME;
}

/* So that names which differ in their last letter lie far apart. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

static uint64_t hash_name(const char *name)
{
	uint64_t hash = FNV_BASIS;

	for (const char *c = name; *c; c++)
		hash = hash_byte(hash, (unsigned char)*c);
	return mix(hash);
}

struct slot_plan schedule_plan(const char *name, uint64_t every_ns,
			       uint64_t jitter_ns, uint64_t offset_ns)
{
	uint64_t spread = every_ns < SCHEDULE_SPREAD_MAX_NS
				  ? every_ns
				  : SCHEDULE_SPREAD_MAX_NS;
	struct slot_plan p = {
		.every_ns = every_ns,
		.jitter_ns = jitter_ns < every_ns ? jitter_ns : every_ns,
		.offset_ns = offset_ns,
		.seed = hash_name(name),
	};

	if (offset_ns == SCHEDULE_NO_OFFSET)
		p.offset_ns = p.seed % spread;
	return p;
}

uint64_t schedule_due_ns(const struct slot_plan *p, uint64_t slot)
{
	uint64_t due = p->offset_ns + slot * p->every_ns;

	if (p->jitter_ns > 0)
		due += mix(p->seed + slot * FNV_PRIME) % p->jitter_ns;
	return due;
}

/* A slot that is not yet due, and close to the first of these. */
static uint64_t after(const struct slot_plan *p, uint64_t from, uint64_t now_ns)
{
	uint64_t slot = now_ns > p->offset_ns
				? (now_ns - p->offset_ns) / p->every_ns + 1
				: 0;

	return slot > from ? slot : from;
}

uint64_t schedule_next(const struct slot_plan *p, uint64_t from,
		       uint64_t now_ns)
{
	uint64_t slot = after(p, from, now_ns);

	/* its jitter may have put the one before behind now */
	while (slot > from && schedule_due_ns(p, slot - 1) > now_ns)
		slot--;
	while (schedule_due_ns(p, slot) <= now_ns)
		slot++;
	return slot;
}

struct slots_gone schedule_catch_up(const struct slot_plan *p, uint64_t from,
				    uint64_t now_ns)
{
	uint64_t next = schedule_next(p, from, now_ns);
	uint64_t slot = next > from ? next - 1 : from;

	return (struct slots_gone){ .slot = slot, .n_missed = slot - from };
}

uint64_t schedule_backoff(uint64_t n_timeouts, uint64_t every_ns)
{
	uint64_t slots = 1;

	if (n_timeouts < BACKOFF_AFTER)
		return 1;
	for (uint64_t n = BACKOFF_AFTER;
	     n <= n_timeouts && slots < BACKOFF_SLOTS_MAX; n += BACKOFF_STEP)
		slots *= 2;
	while (slots > 1 && slots * every_ns > BACKOFF_MAX_NS)
		slots /= 2;
	return slots;
}

/* ---- a heap of due times ---------------------------------------------- */

bool due_heap_init(struct due_heap *h, size_t room)
{
	*h = (struct due_heap){ .room = room };
	h->item = calloc(room ? room : 1, sizeof(*h->item));
	return h->item != NULL;
}

void due_heap_release(struct due_heap *h)
{
	free(h->item);
	*h = (struct due_heap){ 0 };
}

static bool is_before(const struct due *a, const struct due *b)
{
	return a->due_ns < b->due_ns ||
	       (a->due_ns == b->due_ns && a->what < b->what);
}

static void swap(struct due *a, struct due *b)
{
	struct due kept = *a;

	*a = *b;
	*b = kept;
}

void due_heap_add(struct due_heap *h, struct due due)
{
	size_t i = h->n;

	if (h->n == h->room)
		return;
	h->item[h->n++] = due;
	for (; i > 0 && is_before(&h->item[i], &h->item[(i - 1) / 2]);
	     i = (i - 1) / 2)
		swap(&h->item[i], &h->item[(i - 1) / 2]);
}

struct due due_heap_take(struct due_heap *h)
{
	struct due first = h->item[0];
	size_t i = 0;

	h->item[0] = h->item[--h->n];
	for (;;) {
		size_t least = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < h->n; k++)
			if (is_before(&h->item[k], &h->item[least]))
				least = k;
		if (least == i)
			return first;
		swap(&h->item[i], &h->item[least]);
		i = least;
	}
}
