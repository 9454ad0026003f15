/* SPDX-License-Identifier: MIT */
/* Any text as the state of an alert, and steps after it: the text up to a NUL,
 * then a byte a step.  Property: what is refused says why; what is taken is
 * written as a text that gives it again; and from any state, two notices that
 * it is over have one that it fires between them. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/alerts/machine.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

#define REQUIRE(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void write_again(const struct alert_state *t)
{
	static struct alert_state back;
	struct errs es = { 0 };
	struct buf one, two;

	buf_init(&one, ALERT_TEXT_MAX);
	buf_init(&two, ALERT_TEXT_MAX);
	REQUIRE(alert_state_write(t, &one));
	REQUIRE(alert_state_read(buf_text(&one), one.len, &back, &es));
	REQUIRE(alert_state_write(&back, &two));
	REQUIRE(strcmp(buf_text(&one), buf_text(&two)) == 0);
	buf_release(&one);
	buf_release(&two);
}

static void check_told(const struct happenings *all, bool *may_resolve)
{
	REQUIRE(all->n <= ALERT_HAPPENINGS_MAX);
	for (size_t i = 0; i < all->n; i++) {
		const struct happening *h = &all->item[i];

		REQUIRE(h->is_logged || h->is_told);
		if (!h->is_told)
			continue;
		if (h->kind == HAPPENED_RESOLVED) {
			REQUIRE(*may_resolve);
			*may_resolve = false;
		} else if (h->kind == HAPPENED_FIRING || h->is_firing) {
			*may_resolve = true;
		}
	}
}

static void go_on(struct alert_state *t, const uint8_t *steps, size_t n)
{
	static const struct alert_tier tiers[2] = {
		{ .when = { .kind = CONDITION_CERT_DAYS },
		  .severity = 1,
		  .cooldown_ns = 100 },
		{ .when = { .kind = CONDITION_VALUE, .for_ns = 50 },
		  .severity = 3 },
	};
	static const struct alert_rule rule = { .n_tiers = 2,
						.tiers = tiers,
						.tells_resolved = true,
						.recover = 2,
						.remind_ns = 300,
						.escalate_after_ns = 500 };
	bool may_resolve = t->told_firing;

	for (size_t i = 0; i < n; i++) {
		struct alert_context context = {
			.now_at_ns = t->now_at_ns + steps[i] / 16,
			.observed_at_ns = t->now_at_ns + steps[i] / 16,
			.flap_changes = 5,
			.flap_within_ns = 200,
			.held = steps[i] % 16 > 12 ? HELD_SILENCE : HELD_NOT,
			.held_why = "",
		};
		struct finding findings[2] = {
			{ .truth = steps[i] % 3,
			  .value = (double)steps[i] - 20,
			  .valid_until_ns = context.now_at_ns + 100 },
			{ .truth = steps[i] / 3 % 3,
			  .value = NAN,
			  .valid_until_ns = context.now_at_ns + 100 },
		};
		struct happenings all;

		alert_advance(&rule, t, findings, &context, &all);
		check_told(&all, &may_resolve);
		alert_next_at_ns(&rule, t, &context);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct alert_state t;
	struct errs es = { 0 };
	const uint8_t *end = memchr(bytes, 0, size);
	size_t len = end ? (size_t)(end - bytes) : size;
	bool ok = alert_state_read((const char *)bytes, len, &t, &es);

	REQUIRE(ok == (es.n == 0));
	if (!ok)
		return 0;
	write_again(&t);
	go_on(&t, bytes + len, size - len);
	write_again(&t);
	return 0;
}
