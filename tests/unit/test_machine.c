/* SPDX-License-Identifier: MIT */
/* folder: report */
#include "report/alerts/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define S	   UNIT_NS_PER_S
#define M	   UNIT_NS_PER_MIN
#define T0	   UINT64_C(1767225600000000000)

/* ---- scripts ----------------------------------------------------------------- */

/*
 * One letter a step, every_s apart:  . false  1 true  2 the second tier too
 * ? unknown   = nothing evaluated: the time alone
 * A capital before it changes the surroundings: H held by a silence, R
 * released, A acknowledged.
 *
 * What is told is written down with the step: "2:firing 5:resolved".
 */
struct script {
	const char *says;
	const char *letters;
	uint64_t every_s;
	struct alert_rule rule;
	uint64_t cooldown_s, for_s; /* of all tiers */
	uint64_t flaps, flap_within_s;
	const char *told;
};

struct player {
	struct alert_tier tiers[2];
	struct alert_rule rule;
	struct alert_state state;
	struct alert_context context;
	struct buf told, logged;
	uint64_t open_at_ns; /* the episode that receivers have open; 0 */
	size_t step;
	bool rewrites; /* the state is written and read at each step */
};

static void player_init(struct player *p, const struct script *s)
{
	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < 2; i++)
		p->tiers[i] = (struct alert_tier){
			.when = { .kind = CONDITION_VALUE,
				  .for_ns = s->for_s * S },
			.severity = i ? CHECK_CRITICAL : CHECK_WARNING,
			.cooldown_ns = s->cooldown_s * S,
		};
	p->rule = s->rule;
	p->rule.tiers = p->tiers;
	if (p->rule.n_tiers == 0)
		p->rule.n_tiers = 1;
	p->context.flap_changes = s->flaps;
	p->context.flap_within_ns = s->flap_within_s * S;
	p->context.held_why = "";
	buf_init(&p->told, BUF_NO_LIMIT);
	buf_init(&p->logged, BUF_NO_LIMIT);
}

static void player_release(struct player *p)
{
	buf_release(&p->told);
	buf_release(&p->logged);
}

/* Whoever keeps an incident by its episode sees one at a time, and its end. */
static void follow(struct player *p, const struct happening *h)
{
	uint64_t at_ns = h->episode_at_ns ? h->episode_at_ns : h->since_at_ns;
	bool is_over = h->kind == HAPPENED_RESOLVED ||
		       (h->kind == HAPPENED_SETTLED && !h->is_firing);

	if (!p->rule.tells_resolved)
		return;
	if (p->open_at_ns != at_ns && (p->open_at_ns || is_over))
		fail_msg("step %zu: \"%s\" is of another episode than what "
			 "is open (%s)",
			 p->step, happened_names[h->kind], buf_text(&p->told));
	p->open_at_ns = is_over ? 0 : at_ns;
}

static void write_down(struct player *p, const struct happenings *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct happening *h = &all->item[i];

		if (h->is_logged)
			buf_printf(&p->logged, "%zu:%s%s%s ", p->step,
				   happened_names[h->kind], h->held ? "-" : "",
				   held_names[h->held]);
		if (h->is_told)
			follow(p, h);
		if (h->is_told)
			buf_printf(&p->told, "%s%zu:%s%s",
				   p->told.len ? " " : "", p->step,
				   happened_names[h->kind],
				   h->kind == HAPPENED_SETTLED
					   ? h->is_firing ? "-firing" : "-quiet"
					   : "");
	}
}

static void rewrite(struct player *p)
{
	struct buf text, again;
	static struct alert_state was;
	struct errs es = { 0 };

	was = p->state;
	buf_init(&text, ALERT_TEXT_MAX);
	buf_init(&again, ALERT_TEXT_MAX);
	assert_true(alert_state_write(&was, &text));
	memset(&p->state, 0xff, sizeof(p->state));
	if (!alert_state_read(buf_text(&text), text.len, &p->state, &es))
		fail_msg("%s: %s", es.item[0].text, buf_text(&text));
	assert_true(alert_state_write(&p->state, &again));
	assert_string_equal(buf_text(&text), buf_text(&again));
	buf_release(&text);
	buf_release(&again);
}

static void advance(struct player *p, char letter, uint64_t now_ns)
{
	struct finding findings[2];
	struct happenings all;

	for (int i = 0; i < 2; i++)
		findings[i] = (struct finding){
			.truth = letter == '?'	    ? TRUTH_UNKNOWN
				 : letter - '0' > i ? TRUTH_TRUE
						    : TRUTH_FALSE,
			.value = NAN,
			.valid_until_ns = now_ns + 5 * M,
			.evidence = "",
		};
	p->context.now_at_ns = now_ns;
	p->context.observed_at_ns = letter == '?' ? 0 : now_ns;
	alert_advance(&p->rule, &p->state, findings, &p->context, &all);
	write_down(p, &all);
	if (p->rewrites)
		rewrite(p);
}

static void play(struct player *p, const char *letters, uint64_t every_ns)
{
	struct happenings all;

	for (const char *at = letters; *at; at++) {
		uint64_t now_ns = T0 + p->step * every_ns;

		if (*at == 'H')
			p->context.held = HELD_SILENCE;
		else if (*at == 'R')
			p->context.held = HELD_NOT;
		else if (*at == 'A') {
			p->context.now_at_ns = now_ns;
			alert_acknowledge(&p->rule, &p->state, "ana",
					  &p->context, &all);
			write_down(p, &all);
		} else {
			if (*at != '=')
				advance(p, *at, now_ns);
			p->step++;
		}
	}
}

#define TELLS .tells_resolved = true

static const struct script scripts[] = {
	{ "fires and resolves",
	  "..11..",
	  60,
	  { TELLS },
	  0,
	  0,
	  0,
	  0,
	  "2:firing 4:resolved" },
	{ "unknown is neither",
	  ".1?.?",
	  60,
	  { TELLS },
	  0,
	  0,
	  0,
	  0,
	  "1:firing 3:resolved" },
	{ "CF21 held for 5 minutes",
	  "111111.",
	  60,
	  { TELLS },
	  0,
	  300,
	  0,
	  0,
	  "5:firing 6:resolved" },
	{ "CF21 a dip starts again",
	  "111.111111.",
	  60,
	  { TELLS },
	  0,
	  300,
	  0,
	  0,
	  "9:firing 10:resolved" },
	{ "AT12 what was not observed is not held",
	  "1???????1=1",
	  60,
	  { TELLS },
	  0,
	  600,
	  0,
	  0,
	  "" },
	{ "unknown does not advance past its validity",
	  "1????????1",
	  60,
	  { TELLS },
	  0,
	  301,
	  0,
	  0,
	  "" },
	{ "nor does it take away what was seen",
	  "11?1.",
	  60,
	  { TELLS },
	  0,
	  180,
	  0,
	  0,
	  "3:firing 4:resolved" },
	{ "nor does it resolve",
	  "1?????????",
	  60,
	  { TELLS },
	  0,
	  0,
	  0,
	  0,
	  "0:firing" },
	{ "CF26 not again within the cooldown",
	  "1.1.1.",
	  60,
	  { TELLS },
	  300,
	  0,
	  0,
	  0,
	  "0:firing 1:resolved" },
	{ "CF26 the standing state is told after it",
	  "1.1111.",
	  60,
	  { TELLS },
	  300,
	  0,
	  0,
	  0,
	  "0:firing 1:resolved 5:firing 6:resolved" },
	{ "CF27 the recovery during a cooldown is told",
	  "1.",
	  60,
	  { TELLS },
	  3600,
	  0,
	  0,
	  0,
	  "0:firing 1:resolved" },
	{ "no word of recovery where it is not wanted",
	  "1.1",
	  300,
	  { .tells_resolved = false },
	  300,
	  0,
	  0,
	  0,
	  "0:firing 2:firing" },
	{ "CF22 a worse tier is told at once",
	  ".122",
	  60,
	  { TELLS, .n_tiers = 2 },
	  3600,
	  0,
	  0,
	  0,
	  "1:firing 2:tier" },
	{ "CF22 and a milder one",
	  ".121.",
	  60,
	  { TELLS, .n_tiers = 2 },
	  3600,
	  0,
	  0,
	  0,
	  "1:firing 2:tier 3:tier 4:resolved" },
	{ "CF22 a worse one breaks the cooldown of the last outage",
	  "1.2.",
	  60,
	  { TELLS, .n_tiers = 2 },
	  3600,
	  0,
	  0,
	  0,
	  "0:firing 1:resolved 2:firing 3:resolved" },
	{ "recovered after three good results",
	  "1..1...1",
	  60,
	  { TELLS, .recover = 3 },
	  0,
	  0,
	  0,
	  0,
	  "0:firing 6:resolved 7:firing" },
	{ "reminded",
	  "1111111.",
	  60,
	  { TELLS, .remind_ns = 3 * M },
	  0,
	  0,
	  0,
	  0,
	  "0:firing 3:reminder 6:reminder 7:resolved" },
	{ "a reminder keeps to the cooldown",
	  "1111111.",
	  60,
	  { TELLS, .remind_ns = 1 * M },
	  300,
	  0,
	  0,
	  0,
	  "0:firing 5:reminder 7:resolved" },
	{ "acknowledged: no reminder, no escalation",
	  "1A11111.1",
	  60,
	  { TELLS, .remind_ns = 2 * M, .escalate_after_ns = 3 * M },
	  0,
	  0,
	  0,
	  0,
	  "0:firing 1:acknowledged 6:resolved 7:firing" },
	{ "AT15 escalated once",
	  "1111111.",
	  60,
	  { TELLS, .escalate_after_ns = 3 * M },
	  0,
	  0,
	  0,
	  0,
	  "0:firing 3:escalated 7:resolved" },
	{ "silenced", "H11.", 60, { TELLS }, 0, 0, 0, 0, "" },
	{ "what still stands after a silence is told",
	  "H11R1.",
	  60,
	  { TELLS },
	  0,
	  0,
	  0,
	  0,
	  "2:firing 3:resolved" },
	{ "what was opened is closed in a silence too",
	  "1H.",
	  60,
	  { TELLS },
	  0,
	  0,
	  0,
	  0,
	  "0:firing 1:resolved" },
	{ "flapping is told once, and where it settles",
	  "1.1.1.1.111111111",
	  60,
	  { TELLS },
	  0,
	  0,
	  4,
	  600,
	  "0:firing 1:resolved 2:firing 3:flapping 16:settled-firing" },
	{ "settled in peace",
	  "1.1.1............",
	  60,
	  { TELLS },
	  0,
	  0,
	  3,
	  600,
	  "0:firing 1:resolved 2:flapping 14:settled-quiet" },
};

static void scripted(void **state)
{
	(void)state;
	for (int rewrites = 0; rewrites < 2; rewrites++) {
		for (size_t i = 0; i < LEN(scripts); i++) {
			static struct player p;

			player_init(&p, &scripts[i]);
			p.rewrites = rewrites;
			play(&p, scripts[i].letters, scripts[i].every_s * S);
			if (strcmp(buf_text(&p.told), scripts[i].told) != 0)
				fail_msg("%s: told \"%s\", wanted \"%s\" (%s)",
					 scripts[i].says, buf_text(&p.told),
					 scripts[i].told, buf_text(&p.logged));
			player_release(&p);
		}
	}
}

/* ---- events, certificates ------------------------------------------------------- */

static void events_are_each_told(void **state)
{
	struct alert_tier tier = { .when = { .kind = CONDITION_EVENT },
				   .severity = CHECK_ERROR,
				   .cooldown_ns = 3600 * S };
	struct alert_rule rule = { .n_tiers = 1, .tiers = &tier };
	static struct alert_state t;
	size_t n_told = 0;

	(void)state;
	for (int written = 0; written < 2; written++) {
		memset(&t, 0, sizeof(t));
		rule.has_cooldown = written;
		n_told = 0;
		for (uint64_t i = 0; i < 10; i++) {
			struct finding f = { .truth = TRUTH_TRUE,
					     .newest_at_ns = T0 + i };
			struct alert_context c = { .now_at_ns = T0 + i };
			struct happenings all;

			alert_advance(&rule, &t, &f, &c, &all);
			assert_int_equal(all.n, 1);
			assert_int_equal(all.item[0].kind, HAPPENED_EVENT);
			n_told += all.item[0].is_told;
			/* the same one again is no other */
			alert_advance(&rule, &t, &f, &c, &all);
			assert_int_equal(all.n, 0);
		}
		assert_int_equal(n_told, written ? 1 : 10);
	}
}

static void the_last_days_of_a_certificate(void **state)
{
	struct alert_tier tier = { .when = { .kind = CONDITION_CERT_DAYS },
				   .cooldown_ns = 30 * UNIT_NS_PER_DAY };
	struct alert_rule rule = { .n_tiers = 1, .tiers = &tier, TELLS };
	static struct alert_state t;
	struct buf told;

	(void)state;
	memset(&t, 0, sizeof(t));
	buf_init(&told, BUF_NO_LIMIT);
	for (int days = 15; days > -4; days--) {
		struct finding f = { .truth = days < 14 ? TRUTH_TRUE
							: TRUTH_FALSE,
				     .value = days };
		struct alert_context c = {
			.now_at_ns =
				T0 + (uint64_t)(20 - days) * UNIT_NS_PER_DAY,
		};
		struct happenings all;

		alert_advance(&rule, &t, &f, &c, &all);
		for (size_t i = 0; i < all.n; i++) {
			if (all.item[i].is_told)
				buf_printf(&told, "%d:%s ", days,
					   happened_names[all.item[i].kind]);
		}
	}
	assert_string_equal(buf_text(&told),
			    "13:firing 0:reminder -1:reminder ");
	buf_release(&told);
}

/* CF25: one notice a day until it is renewed, without asking for it. */
static void a_certificate_is_told_again(void **state)
{
	struct script s = { .rule = { TELLS }, .cooldown_s = 180 };
	static struct player p;

	(void)state;
	player_init(&p, &s);
	p.tiers[0].when.kind = CONDITION_CERT_DAYS;
	play(&p, "1111111.", M);
	assert_string_equal(buf_text(&p.told),
			    "0:firing 3:reminder 6:reminder 7:resolved");
	player_release(&p);
}

/* ---- the length of an outage -------------------------------------------------------- */

static void an_outage_has_its_length(void **state)
{
	struct alert_tier tier = { .when = { .kind = CONDITION_DOWN_FOR } };
	struct alert_rule rule = { .n_tiers = 1, .tiers = &tier, TELLS };
	static struct alert_state t;
	struct finding f = { .truth = TRUTH_TRUE, .since_at_ns = T0 - 61 * S };
	struct alert_context c = { .now_at_ns = T0 };
	struct happenings all;

	(void)state;
	memset(&t, 0, sizeof(t));
	alert_advance(&rule, &t, &f, &c, &all);
	assert_int_equal(all.item[0].kind, HAPPENED_FIRING);
	assert_int_equal(all.item[0].since_at_ns, T0 - 61 * S);
	f.truth = TRUTH_FALSE;
	c.now_at_ns = T0 + 239 * S;
	alert_advance(&rule, &t, &f, &c, &all);
	assert_int_equal(all.n, 1);
	assert_int_equal(all.item[0].kind, HAPPENED_RESOLVED);
	assert_int_equal(all.item[0].lasted_ns, 300 * S);
	assert_true(all.item[0].is_told);
}

/* ---- when to look again ----------------------------------------------------------------- */

static void looks_again_in_time(void **state)
{
	struct script s = { .rule = { TELLS, .remind_ns = 10 * M,
				      .escalate_after_ns = 7 * M },
			    .for_s = 120 };
	static struct player p;

	(void)state;
	player_init(&p, &s);
	assert_int_equal(alert_next_at_ns(&p.rule, &p.state, &p.context),
			 UINT64_MAX);
	play(&p, "1", M);
	assert_int_equal(alert_next_at_ns(&p.rule, &p.state, &p.context),
			 T0 + 2 * M);
	play(&p, "11", M);
	assert_int_equal(alert_next_at_ns(&p.rule, &p.state, &p.context),
			 T0 + 9 * M);
	play(&p, "1111111", M);
	assert_int_equal(alert_next_at_ns(&p.rule, &p.state, &p.context),
			 T0 + 12 * M);
	play(&p, ".", M);
	assert_int_equal(alert_next_at_ns(&p.rule, &p.state, &p.context),
			 UINT64_MAX);
	assert_string_equal(buf_text(&p.told),
			    "2:firing 9:escalated 10:resolved");
	player_release(&p);
}

/* ---- any history at all -------------------------------------------------------------------- */

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static void random_script(struct script *s)
{
	static char letters[402];
	static const char kinds[] = "..........1111111112222==HRA????";
	size_t n = 50 + draw(350);

	/* a mood of its own: calm ones stay as they are for a while */
	char last = '.';
	uint64_t calm = draw(10);

	for (size_t i = 0; i < n; i++) {
		if (draw(10) >= calm)
			last = kinds[draw(sizeof(kinds) - 1)];
		letters[i] = last;
	}
	letters[n] = '\0';
	*s = (struct script){
		.letters = letters,
		.every_s = 1 + draw(120),
		.rule = { .tells_resolved = true,
			  .n_tiers = 1 + draw(2),
			  .recover = draw(4),
			  .remind_ns = draw(3) * 5 * M,
			  .escalate_after_ns = draw(3) * 7 * M },
		.cooldown_s = draw(4) * 150,
		.for_s = draw(4) * 60,
		.flaps = draw(3) * 3,
		.flap_within_s = 600,
	};
}

/* The words of one log in order: what may follow what. */
static void check_order(const char *logged)
{
	bool is_firing = false, is_pending = false;

	for (const char *at = logged; *at; at = strchr(at, ' ') + 1) {
		const char *word = strchr(at, ':') + 1;

		if (strncmp(word, "firing", 6) == 0) {
			assert_false(is_firing);
			is_firing = true;
			is_pending = false;
		} else if (strncmp(word, "resolved", 8) == 0) {
			assert_true(is_firing);
			is_firing = false;
		} else if (strncmp(word, "pending", 7) == 0) {
			assert_false(is_firing || is_pending);
			is_pending = true;
		} else if (strncmp(word, "cleared", 7) == 0) {
			assert_true(is_pending);
			is_pending = false;
		} else if (strncmp(word, "tier", 4) == 0 ||
			   strncmp(word, "reminder", 8) == 0 ||
			   strncmp(word, "escalated", 9) == 0 ||
			   strncmp(word, "acknowledged", 12) == 0) {
			assert_true(is_firing);
		}
	}
}

/* No two words that it is over without one that it began. */
static void check_told(const char *told, bool *says_firing)
{
	char *copy = strdup(told), *at = copy, *save = NULL, *word;

	*says_firing = false;
	while ((word = strtok_r(at, " ", &save))) {
		at = NULL;
		word = strchr(word, ':') + 1;
		if (strcmp(word, "firing") == 0 ||
		    strcmp(word, "settled-firing") == 0)
			*says_firing = true;
		if (strcmp(word, "resolved") == 0) {
			assert_true(*says_firing);
			*says_firing = false;
		}
		if (strcmp(word, "settled-quiet") == 0)
			*says_firing = false;
	}
	free(copy);
}

static size_t count(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

static void any_history(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 1500; i++) {
		static struct player one, two;
		struct script s;
		bool says_firing;

		seed = i * UINT64_C(0x9e3779b97f4a7c15);
		random_script(&s);
		player_init(&one, &s);
		player_init(&two, &s);
		two.rewrites = true;
		/* at last all calms down, and nothing holds back */
		for (int k = 0; k < 2; k++) {
			struct player *p = k ? &two : &one;

			play(p, s.letters, s.every_s * S);
			play(p, "R", s.every_s * S);
		}
		assert_string_equal(buf_text(&one.logged),
				    buf_text(&two.logged));
		assert_string_equal(buf_text(&one.told), buf_text(&two.told));
		check_order(buf_text(&one.logged));
		/* the last word is what stands, whichever it is */
		char last = draw(2) ? '.' : '1';
		for (int k = 0; k < 700; k++)
			play(&one, last == '.' ? "." : "1", s.every_s * S);
		check_told(buf_text(&one.told), &says_firing);
		if (says_firing != (last == '1'))
			fail_msg("history %llu ends in %c, last told: %s",
				 (unsigned long long)i, last,
				 buf_text(&one.told));
		/* one notice a change at most, reminders apart */
		assert_true(count(buf_text(&one.told), ':') <=
			    2 * count(buf_text(&one.logged), ':') + 2);
		player_release(&one);
		player_release(&two);
	}
}

/* ---- foreign texts -------------------------------------------------------------------------- */

static void what_is_no_state(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"[]",
		"{\"v\":2}",
		"{\"v\":1}",
		"{\"v\":1,\"tiers\":[{},{},{},{},{},{}]}",
		"{\"v\":1,\"tiers\":[],\"phase\":9}",
		"{\"v\":1,\"tiers\":[],\"phase\":0.5}",
		"{\"v\":1,\"tiers\":[],\"now\":5}",
		"{\"v\":1,\"tiers\":[],\"now\":\"-5\"}",
		"{\"v\":1,\"tiers\":[],\"now\":\"99999999999999999999\"}",
		"{\"v\":1,\"tiers\":[],\"streaks\":[{\"last\":\"1\"}]}",
	};
	static struct alert_state t;

	(void)state;
	for (size_t i = 0; i < LEN(texts); i++) {
		struct errs es = { 0 };

		if (alert_state_read(texts[i], strlen(texts[i]), &t, &es))
			fail_msg("%s was taken", texts[i]);
		assert_true(es.n > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripted),
		cmocka_unit_test(events_are_each_told),
		cmocka_unit_test(the_last_days_of_a_certificate),
		cmocka_unit_test(a_certificate_is_told_again),
		cmocka_unit_test(an_outage_has_its_length),
		cmocka_unit_test(looks_again_in_time),
		cmocka_unit_test(any_history),
		cmocka_unit_test(what_is_no_state),
	};

	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
