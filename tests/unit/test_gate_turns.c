/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
/* Whose turn it is, what is counted in it, where its requests go, and what is
 * left of a command. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "loadgen/gate/cells.h"
#include "loadgen/gate/side.h"
#include "loadgen/gate/turns.h"
#include "probe/ask/divert.h"
#include "report/hist/hist.h"
#include "report/load/tally.h"
#include "scenarios/base/arena.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define MS	   UINT64_C(1000000)

static struct arena *arena;

static const struct turn_plan plans[] = {
	/* slot, warm-up, cells, slots of one, seed, launch, fixed */
	{ 100 * MS, 1000 * MS, 15, 4, 7, 0, false },
	{ 100 * MS, 0, 1, 2, 7, 1, false },
	{ 330 * MS, 1000 * MS, 5, 2, 8, 3, false },
	{ 50 * MS, 1 * MS, 40, 6, 9, 9, false },
	{ 100 * MS, 500 * MS, 10, 2, 9, 9, true },
};

static void slots_are_shared(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(plans); i++) {
		const struct turn_plan *p = &plans[i];
		const struct turns *t = turns_new(p, arena);
		uint64_t cells_ns = p->n_cells * p->slots_per_cell * p->slot_ns;

		assert_non_null(t);
		assert_int_equal(t->for_ns, p->warm_up_ns + cells_ns);
		for (size_t s = 0; s < t->n_slots; s += 2) {
			assert_int_not_equal(t->owner[s], t->owner[s + 1]);
			if (p->is_fixed)
				assert_int_equal(t->owner[s], TURN_A);
		}
		/* each moment belongs to one side, and to one cell or none */
		for (uint64_t at = 0; at < t->for_ns; at += 7 * MS) {
			size_t cell = turns_cell(t, at);
			assert_int_equal(turns_is(t, TURN_A, at),
					 !turns_is(t, TURN_B, at));
			if (at < p->warm_up_ns)
				assert_int_equal(cell, TURN_NONE);
			else
				assert_int_equal(cell,
						 (at - p->warm_up_ns) /
							 (p->slots_per_cell *
							  p->slot_ns));
		}
		assert_int_equal(turns_cell_begin(t, 0), p->warm_up_ns);
		assert_int_equal(turns_slot(t, t->for_ns), TURN_NONE);
		assert_false(turns_is(t, TURN_A, t->for_ns));
		assert_false(turns_is(t, TURN_B, t->for_ns));
	}
}

static void the_next_turn(void **state)
{
	(void)state;
	const struct turns *t = turns_new(&plans[0], arena);

	for (int side = 0; side < TURN_SIDES; side++) {
		uint64_t at = 0, next;
		size_t n = turns_is(t, (enum turn_side)side, 0);

		while ((next = turns_next(t, (enum turn_side)side, at)) !=
		       UINT64_MAX) {
			assert_true(next > at);
			assert_true(turns_is(t, (enum turn_side)side, next));
			/* it begins there */
			assert_int_not_equal(turns_slot(t, next),
					     turns_slot(t, next - 1));
			at = next;
			n++;
		}
		assert_int_equal(n, t->n_slots / 2);
	}
}

/* The order hangs on seed and launch, not on how long anything is. */
static void a_seed_gives_its_order_again(void **state)
{
	(void)state;
	struct turn_plan p = { .slot_ns = 100 * MS,
			       .warm_up_ns = 1000 * MS,
			       .n_cells = 30,
			       .slots_per_cell = 4,
			       .seed = 0x7f3a,
			       .launch = 2 };
	const struct turns *one = turns_new(&p, arena);

	p.slot_ns = 250 * MS;
	p.warm_up_ns = 3000 * MS;
	p.n_cells = 60;
	p.slots_per_cell = 2;
	const struct turns *other = turns_new(&p, arena);
	assert_int_equal(one->n_slots - one->n_warm,
			 other->n_slots - other->n_warm);
	assert_memory_equal(one->owner + one->n_warm,
			    other->owner + other->n_warm,
			    one->n_slots - one->n_warm);
	p.launch = 3;
	const struct turns *later = turns_new(&p, arena);
	assert_memory_not_equal(later->owner + later->n_warm,
				other->owner + other->n_warm,
				other->n_slots - other->n_warm);
}

/* Coins that are not fair would show: 2000 of them within five sigma. */
static void coins_are_fair(void **state)
{
	(void)state;
	struct turn_plan p = { .slot_ns = 100 * MS,
			       .n_cells = 100,
			       .slots_per_cell = 2 };
	size_t n = 0, first = 0;

	for (uint64_t i = 0; i < 20; i++) {
		p.seed = 1000 + i;
		const struct turns *t = turns_new(&p, arena);
		for (size_t s = 0; s < t->n_slots; s += 2)
			n += t->owner[s] == TURN_A;
	}
	assert_true(n > 1000 - 112 && n < 1000 + 112);
	for (uint64_t i = 0; i < 2000; i++)
		first += turns_first(i / 10 + 1, i % 10) == TURN_A;
	assert_true(first > 1000 - 112 && first < 1000 + 112);
}

/* ---- cells ---------------------------------------------------------------- */

static const struct {
	enum outcome outcome;
	bool in_flight;
	uint64_t attempts, errors, latencies;
} ends[] = {
	{ OUTCOME_OK, false, 1, 0, 1 },
	{ OUTCOME_STATUS, false, 1, 1, 0 },
	{ OUTCOME_REFUSED, false, 1, 1, 0 },
	{ OUTCOME_TIMEOUT, false, 1, 1, 1 },
	{ OUTCOME_CONNECT_TIMEOUT, false, 1, 1, 1 },
	{ OUTCOME_NOT_REACHED, true, 0, 0, 0 },
};

static void what_a_cell_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(ends); i++) {
		struct gate_cells *c = gate_cells_new(3, 3);
		const struct sample s = { .outcome = ends[i].outcome,
					  .was_in_flight = ends[i].in_flight,
					  .planned_ns = 5 * MS,
					  .sent_ns = 6 * MS,
					  .end_ns = 9 * MS };

		gate_cells_note(c, 1, 1, &s);
		gate_cells_note(c, TURN_NONE, 1, &s); /* of a warm-up */
		for (size_t g = 0; g < 3; g++) {
			const struct gate_half_cell *half =
				gate_cells_at(c, g, 1);
			bool is_its = g != 1;
			assert_int_equal(half->attempts,
					 is_its ? ends[i].attempts : 0);
			assert_int_equal(half->errors,
					 is_its ? ends[i].errors : 0);
			assert_int_equal(hist_count(half->latency),
					 is_its ? ends[i].latencies : 0);
			if (is_its && ends[i].latencies)
				assert_int_equal(hist_max_ns(half->latency),
						 4 * MS);
		}
		assert_int_equal(gate_cells_at(c, 0, 0)->attempts, 0);
		assert_int_equal(gate_cells_at(c, 0, 2)->attempts, 0);
		gate_cells_free(c);
	}
}

static void cells_of_workers(void **state)
{
	(void)state;
	struct gate_cells *one = gate_cells_new(2, 1);
	struct gate_cells *other = gate_cells_new(2, 1);
	const struct sample s = { .outcome = OUTCOME_OK, .end_ns = MS };

	gate_cells_note(one, 0, 0, &s);
	gate_cells_note(other, 0, 0, &s);
	gate_cells_note_missed(other, 1, 3 * MS);
	gate_cells_note_late(other, 1, 2 * MS);
	gate_cells_merge(one, other);
	assert_int_equal(gate_cells_at(one, 0, 0)->attempts, 2);
	assert_int_equal(gate_cells_at(one, 0, 1)->attempts, 1);
	assert_int_equal(gate_cells_at(one, 0, 1)->errors, 1);
	assert_int_equal(hist_max_ns(gate_cells_at(one, 0, 1)->latency),
			 3 * MS);
	assert_int_equal(hist_max_ns(one->lateness[1]), 2 * MS);
	gate_cells_free(one);
	gate_cells_free(other);
	gate_cells_free(NULL);
}

/* ---- where requests go ------------------------------------------------------ */

static const struct {
	const char *url, *want;
} diverted[] = {
	{ "http://shop.example/a?b=c", "http://127.0.0.1:4711/a?b=c" },
	{ "http://shop.example:80/", "http://127.0.0.1:4711/" },
	{ "http://SHOP.example", "http://127.0.0.1:4711/" },
	{ "http://shop.example:8080/a", "http://shop.example:8080/a" },
	{ "https://shop.example/a", "https://shop.example/a" },
	{ "http://pay.example/a", "http://pay.example/a" },
};

static void one_origin_is_another(void **state)
{
	(void)state;
	struct divert dv = { .origin = "http://127.0.0.1:4711" };

	assert_true(url_parse(arena, "http://shop.example/x", &dv.from, NULL));
	assert_true(url_parse(arena, dv.origin, &dv.to, NULL));
	for (size_t i = 0; i < LEN(diverted); i++) {
		struct asked asked = { 0 };

		assert_true(
			url_parse(arena, diverted[i].url, &asked.url, NULL));
		asked.request.url = asked.url.text;
		asked.request.unix_socket = "/run/x";
		assert_true(divert_apply(&dv, arena, &asked, NULL));
		assert_string_equal(asked.request.url, diverted[i].want);
		/* the way to the first one leads nowhere else */
		bool is_other = strstr(diverted[i].want, "4711") != NULL;
		assert_int_equal(asked.request.unix_socket == NULL, is_other);
		assert_true(divert_apply(NULL, arena, &asked, NULL));
	}
}

/* ---- what is left ----------------------------------------------------------- */

/* A process of its own group in the session of another one. */
static void sessions_are_found(void **state)
{
	(void)state;
	int ready[2];
	char c;

	assert_int_equal(pipe(ready), 0);
	pid_t leader = fork();
	if (!leader) {
		setsid();
		pid_t child = fork();
		if (!child) {
			setpgid(0, 0);
			if (write(ready[1], "x", 1) == 1)
				pause();
			_exit(0);
		}
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(session_signal(leader, 0), 2);
	/* the leader has the group of the session */
	assert_int_equal(session_signal_rest(leader, 0), 1);
	assert_int_equal(session_signal(leader, SIGKILL), 2);
	assert_int_equal(waitpid(leader, NULL, 0), leader);
	for (int i = 0; i < 1000 && session_signal(leader, 0); i++)
		usleep(1000);
	assert_int_equal(session_signal(leader, 0), 0);
	assert_int_equal(session_signal(0, SIGKILL), 0);
	assert_int_equal(session_signal(1, 0), 0);
	assert_int_equal(session_signal_rest(0, SIGKILL), 0);
	close(ready[0]);
	close(ready[1]);
}

static void ports_are_free(void **state)
{
	(void)state;
	unsigned port = port_choose(0);

	assert_true(port > 1023 && port < 65536);
	assert_true(port_is_free(port));
	assert_int_not_equal(port_choose(port), port);
}

static int begin(void **state)
{
	(void)state;
	arena = arena_new((size_t)64 << 20);
	return arena ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_shared),
		cmocka_unit_test(the_next_turn),
		cmocka_unit_test(a_seed_gives_its_order_again),
		cmocka_unit_test(coins_are_fair),
		cmocka_unit_test(what_a_cell_counts),
		cmocka_unit_test(cells_of_workers),
		cmocka_unit_test(one_origin_is_another),
		cmocka_unit_test(sessions_are_found),
		cmocka_unit_test(ports_are_free),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
