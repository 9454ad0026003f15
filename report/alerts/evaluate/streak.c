/* SPDX-License-Identifier: MIT */
#include "report/alerts/streak.h"

#include <string.h>

#include "scenarios/base/text.h"

void streak_copy_name(char *into, size_t room, const char *name)
{
	size_t len = strlen(name);
	size_t keep = text_cut_at(name, len, room - 1);

	memcpy(into, name, keep);
	into[keep] = '\0';
	for (size_t i = 0; i < keep;) {
		uint32_t code;
		size_t n = text_utf8_next(into + i, keep - i, &code);

		if (n == 0)
			into[i] = '?';
		i += n > 0 ? n : 1;
	}
}

void streaks_reset(struct streaks *all)
{
	all->n = 0;
}

static struct streak *oldest_of(struct streaks *all)
{
	struct streak *oldest = &all->item[0];

	for (size_t i = 1; i < all->n; i++) {
		if (all->item[i].last_at_ns < oldest->last_at_ns)
			oldest = &all->item[i];
	}
	return oldest;
}

static struct streak *streak_of(struct streaks *all, const char *vantage)
{
	struct streak *one;
	char name[STREAK_VANTAGE_MAX] = "";

	streak_copy_name(name, sizeof(name), vantage ? vantage : "");
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->item[i].vantage, name) == 0)
			return &all->item[i];
	}
	one = all->n < STREAKS_MAX ? &all->item[all->n++] : oldest_of(all);
	memset(one, 0, sizeof(*one));
	memcpy(one->vantage, name, sizeof(name));
	one->cert_days = INT64_MAX;
	return one;
}

static void add_fail(struct streak *s, uint64_t at_ns, uint64_t since_ns,
		     uint64_t fresh_ns)
{
	if (since_ns == 0 || since_ns > at_ns)
		since_ns = at_ns;
	if (s->fails == 0) {
		s->oks = 0;
		s->began_at_ns = since_ns;
		s->down_ns = at_ns - since_ns;
	} else {
		uint64_t pause_ns = at_ns - s->last_at_ns;
		uint64_t own_ns = at_ns - since_ns;
		uint64_t most_ns = own_ns > fresh_ns ? own_ns : fresh_ns;

		s->down_ns += pause_ns < most_ns ? pause_ns : most_ns;
	}
	s->fails++;
}

static void add_ok(struct streak *s, uint64_t at_ns)
{
	if (s->oks == 0) {
		s->fails = 0;
		s->down_ns = 0;
		s->began_at_ns = at_ns;
	}
	s->oks++;
}

bool streaks_add(struct streaks *all, const struct seen_check *seen,
		 uint64_t fresh_ns)
{
	struct streak *s;

	if (seen->verdict == VERDICT_NOT_OBSERVED ||
	    seen->verdict == VERDICT_SKIPPED ||
	    seen->verdict == VERDICT_STARTING)
		return false;
	s = streak_of(all, seen->vantage);
	if (s->last_at_ns >= seen->at_ns)
		return false;
	if (seen->verdict == VERDICT_FAILED)
		add_fail(s, seen->at_ns, seen->failing_since_ns, fresh_ns);
	else
		add_ok(s, seen->at_ns);
	s->last_at_ns = seen->at_ns;
	if (seen->cert_days != INT64_MAX) {
		s->cert_days = seen->cert_days;
		s->cert_at_ns = seen->at_ns;
	}
	return true;
}

/* Two events may be told within the same clock tick, and the one that had to
 * wait for the other may be the earlier: both count. */
void streaks_add_event(struct streaks *all, const struct seen_event *ev,
		       uint64_t fresh_ns)
{
	struct streak *s = streak_of(all, "");
	uint64_t at_ns = ev->at_ns > s->last_at_ns ? ev->at_ns : s->last_at_ns;

	if (ev->exit_code != 0)
		add_fail(s, at_ns, at_ns, fresh_ns);
	else
		add_ok(s, at_ns);
	s->last_at_ns = at_ns;
}

uint64_t streaks_newest(const struct streaks *all)
{
	uint64_t newest_ns = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (all->item[i].last_at_ns > newest_ns)
			newest_ns = all->item[i].last_at_ns;
	}
	return newest_ns;
}
