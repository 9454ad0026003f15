/* SPDX-License-Identifier: MIT */
#include "loadgen/gate/turns.h"

#include <assert.h>

#include "loadgen/plan/random.h"
#include "scenarios/base/arena.h"

static void draw_pair(struct random *r, bool is_fixed, uint8_t pair[2])
{
	bool is_b_first = !is_fixed && (random_next(r) >> 63);

	pair[0] = is_b_first ? TURN_B : TURN_A;
	pair[1] = is_b_first ? TURN_A : TURN_B;
}

/* Those that are measured are drawn first, so that they do not hang on the
 * length of the warm-up. */
static void draw(const struct turn_plan *plan, struct turns *t, uint8_t *owner)
{
	struct random r;
	uint8_t pair[2];

	random_init(&r, plan->seed, plan->launch + 1);
	draw_pair(&r, false, pair); /* of turns_first() */
	for (size_t i = t->n_warm; i < t->n_slots; i += 2)
		draw_pair(&r, plan->is_fixed, &owner[i]);
	for (size_t i = 0; i < t->n_warm; i += 2)
		draw_pair(&r, plan->is_fixed, &owner[i]);
}

enum turn_side turns_first(uint64_t seed, uint64_t launch)
{
	struct random r;
	uint8_t pair[2];

	random_init(&r, seed, launch + 1);
	draw_pair(&r, false, pair);
	return (enum turn_side)pair[0];
}

struct turns *turns_new(const struct turn_plan *plan, struct arena *a)
{
	struct turns *t = arena_alloc(a, 1, sizeof(*t));
	uint64_t pair_ns = 2 * plan->slot_ns;
	/* whole pairs, so that both sides have their share */
	size_t n_warm =
		2 * (size_t)((plan->warm_up_ns + pair_ns - 1) / pair_ns);
	size_t n_slots = n_warm + plan->n_cells * plan->slots_per_cell;
	uint8_t *owner = arena_alloc(a, n_slots, sizeof(*owner));

	if (!t || !owner)
		return NULL;
	assert(plan->slots_per_cell % 2 == 0);
	*t = (struct turns){
		.slot_ns = plan->slot_ns,
		.before_ns = n_warm * plan->slot_ns - plan->warm_up_ns,
		.n_warm = n_warm,
		.n_slots = n_slots,
		.slots_per_cell = plan->slots_per_cell,
		.n_cells = plan->n_cells,
		.owner = owner,
	};
	t->for_ns = n_slots * t->slot_ns - t->before_ns;
	draw(plan, t, owner);
	return t;
}

size_t turns_slot(const struct turns *t, uint64_t at_ns)
{
	return at_ns < t->for_ns ? (size_t)((at_ns + t->before_ns) / t->slot_ns)
				 : TURN_NONE;
}

size_t turns_cell(const struct turns *t, uint64_t at_ns)
{
	size_t slot = turns_slot(t, at_ns);

	if (slot == TURN_NONE || slot < t->n_warm)
		return TURN_NONE;
	return (slot - t->n_warm) / t->slots_per_cell;
}

bool turns_is(const struct turns *t, enum turn_side side, uint64_t at_ns)
{
	size_t slot = turns_slot(t, at_ns);

	return slot != TURN_NONE && t->owner[slot] == side;
}

uint64_t turns_next(const struct turns *t, enum turn_side side, uint64_t at_ns)
{
	size_t slot = turns_slot(t, at_ns);

	if (slot == TURN_NONE)
		return UINT64_MAX;
	for (slot++; slot < t->n_slots; slot++)
		if (t->owner[slot] == side)
			return slot * t->slot_ns - t->before_ns;
	return UINT64_MAX;
}

uint64_t turns_cell_begin(const struct turns *t, size_t cell)
{
	return (t->n_warm + cell * t->slots_per_cell) * t->slot_ns -
	       t->before_ns;
}
