/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/engine_ask.h"

#include "probe/deliver/deliver.h"
#include "report/notice/notice.h"
#include "report/state/state.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/model.h"
#include "scenarios/template/template.h"

enum {
	CHANNELS = 3,
	ASKED = 30,
	ONE_TRY_MS = 9000, /* too short for another one */
};

#define DAY_NS UINT64_C(86400000000000)

/* A state in a file of its own, and a scenario with three channels: one that
 * takes all, one that never answers, one that is not there. */
static char folder[] = "/tmp/assay-deliver-XXXXXX";
static char path[100];
static struct arena *arena;
static struct state *st;
static struct alert_channel channels[CHANNELS];
static struct alerts alerts = { .n_channels = CHANNELS, .channels = channels };
static struct scenario scenario = { .name = "shop", .alerts = &alerts };

static void make_channel(size_t i, const char *name, const char *url)
{
	static const char *const names[] = { "url", "secret", "method" };
	const char *const values[] = { url, "", "POST" };
	struct channel_setting *s = arena_alloc(arena, 3, sizeof(*s));

	for (size_t k = 0; k < 3; k++)
		s[k] = (struct channel_setting){
			.name = names[k],
			.value = template_literal(arena, values[k],
						  strlen(values[k])),
		};
	channels[i] = (struct alert_channel){
		.name = name,
		.kind = CHANNEL_WEBHOOK,
		.n_settings = 3,
		.settings = s,
	};
}

static const char *url_of(unsigned port, const char *target)
{
	return arena_printf(arena, "http://127.0.0.1:%u%s", port, target);
}

static int set_up(void **state)
{
	if (engine_set_up(state) || (!*path && !mkdtemp(folder)))
		return -1;
	snprintf(path, sizeof(path), "%s/state.db", folder);
	arena = arena_new(1 << 24);
	make_channel(0, "good", url_of(server_port(server), "/echo"));
	make_channel(1, "hangs", url_of(server_port(server), "/silent"));
	make_channel(2, "gone", url_of(closed_port(), "/"));
	return 0;
}

static int tear_down(void **state)
{
	arena_free(arena);
	rmdir(folder);
	return engine_tear_down(state);
}

static void open_state(void)
{
	struct errs *es = calloc(1, sizeof(*es));

	st = state_open(path, NULL, es);
	assert_non_null(st);
	free(es);
}

static void close_state(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char file[120];

	state_close(st);
	for (size_t i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		unlink(file);
	}
}

static struct deliver_config config_of(void)
{
	return (struct deliver_config){
		.en = en,
		.state = st,
		.scenario = &scenario,
	};
}

static uint64_t put_letter(const char *channel, const char *episode,
			   const char *text, uint64_t expires_at_ns)
{
	static unsigned count;
	const struct notice n = {
		.kind = NOTICE_FIRING,
		.scenario = "shop",
		.environment = "",
		.rule = "down",
		.check = "ready",
		.severity = SEVERITY_CRITICAL,
		.is_firing = true,
		.title = "down",
		.message = "it is",
		.at_ns = engine_wall_ns(),
		.episode = episode,
		.url = "",
		.request_id = "",
		.vantage = "",
		.value = "",
		.threshold = "",
		.silenced = "",
	};
	struct errs *es = calloc(1, sizeof(*es));
	struct buf json;
	uint64_t at_ns = engine_wall_ns();

	buf_init(&json, 10000);
	assert_true(notice_write(&n, &json));
	const struct letter l = {
		.scenario = "shop",
		.channel = channel,
		.group = "",
		.dedup = arena_printf(arena, "%u", ++count),
		.text = text ? text : buf_text(&json),
		.made_at_ns = at_ns,
		.not_before_at_ns = at_ns,
		.expires_at_ns = expires_at_ns ? expires_at_ns : at_ns + DAY_NS,
	};
	assert_true(state_letter_put(st, &l, NULL, es));
	buf_release(&json);
	free(es);
	return at_ns;
}

/* What was taken down, in order: "sent 200 HTTP 200; ...". */
static const char *story(void)
{
	static const char *const words[LETTER_STATUS_N] = {
		"waiting", "sending", "sent", "expired", "refused"
	};
	static char text[4000];
	const struct delivery *d;
	const struct letter *l;
	struct errs *es = calloc(1, sizeof(*es));
	size_t n, used = 0;

	*text = '\0';
	assert_true(state_deliveries(st, 0, arena, &d, &l, &n, es));
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s %s: %s", i ? "; " : "",
					 l[i].channel, words[d[i].status],
					 d[i].detail);
	free(es);
	return text;
}

static struct delivered deliver(uint64_t for_ms)
{
	const struct deliver_config config = config_of();
	struct delivered out;
	struct errs *es = calloc(1, sizeof(*es));

	assert_true(
		deliver_now(&config, engine_now_ns() + for_ms * MS, &out, es));
	free(es);
	return out;
}

/* ---- tests ------------------------------------------------------------ */

static void test_sent(void **state)
{
	(void)state;
	open_state();
	put_letter("good", "e1", NULL, 0);
	struct delivered out = deliver(20000);
	assert_int_equal(out.sent, 1);
	assert_int_equal(out.waiting, 0);
	assert_string_equal(story(), "good sent: HTTP 200");
	out = deliver(20000);
	assert_int_equal(out.sent, 0); /* once */
	close_state();
}

static void test_not_to_be_sent(void **state)
{
	(void)state;
	open_state();
	put_letter("good", "e1", NULL, engine_wall_ns() - 1);
	put_letter("good", "e2", "no notice", 0);
	put_letter("renamed", "e3", NULL, 0);
	struct delivered out = deliver(20000);
	assert_int_equal(out.sent, 0);
	assert_int_equal(out.expired, 1);
	assert_int_equal(out.waiting, 1);
	assert_string_equal(
		story(),
		"good expired: it could not be delivered in time; "
		"good refused: the notice in the outbox is damaged; "
		"renamed waiting: the scenario has no such channel now");
	close_state();
}

/* What belongs to the same outage does not overtake. */
static void test_order(void **state)
{
	(void)state;
	open_state();
	put_letter("gone", "e1", NULL, 0);
	put_letter("gone", "e1", NULL, 0);
	put_letter("gone", "e2", NULL, 0);
	struct delivered out = deliver(ONE_TRY_MS);
	assert_int_equal(out.sent, 0);
	assert_int_equal(out.waiting, 3);
	assert_int_equal(out.failed, 2); /* one of them was only put off */
	const char *second = strstr(story(), "; gone waiting: ");
	assert_non_null(second);
	assert_contains(second, "gone waiting: an earlier notice of the same "
				"outage has not been delivered yet; gone "
				"waiting: refused: ");
	close_state();
}

/* What expires holds up nothing behind it. */
static void test_order_after_expiry(void **state)
{
	struct errs *es = calloc(1, sizeof(*es));
	struct letter *taken;
	size_t n;

	(void)state;
	open_state();
	put_letter("gone", "e1", NULL, engine_wall_ns() + 500 * MS);
	assert_int_equal(deliver(100).sent, 0);
	/* the outage is over, and the channel answers again */
	make_channel(2, "gone", url_of(server_port(server), "/echo"));
	put_letter("gone", "e1", NULL, 0);
	struct delivered out = deliver(20000);
	make_channel(2, "gone", url_of(closed_port(), "/"));
	assert_int_equal(out.expired, 1);
	assert_int_equal(out.sent, 1);
	assert_true(state_letters_claim(st, "shop", engine_wall_ns() + DAY_NS,
					"nobody", 0, 10, arena, &taken, &n,
					es));
	assert_int_equal(n, 0);
	close_state();
	free(es);
}

static unsigned n_asked;

static void on_asked(struct exchange *ex)
{
	assert_string_equal(outcome_name(ex->answer.outcome), "ok");
	if (++n_asked < ASKED)
		engine_start(en, ex);
	else
		engine_stop(en);
}

/* A channel that does not answer delays nothing else on the loop; what it was
 * told is given back at the end. */
static void test_hangs(void **state)
{
	const struct deliver_config config = config_of();
	struct errs *es = calloc(1, sizeof(*es));
	struct ask ask;

	(void)state;
	open_state();
	put_letter("hangs", "e1", NULL, 0);
	put_letter("good", "e2", NULL, 0);
	struct deliver_config mine = config;
	mine.state = st;
	struct deliverer *dl = deliverer_new(&mine, es);
	assert_non_null(dl);
	deliverer_wake(dl);
	assert_false(deliverer_is_done(dl, engine_wall_ns()));
	ask_init(&ask, "/ok");
	n_asked = 0;
	ask.ex.on_done = on_asked;
	engine_start(en, &ask.ex);
	engine_run(en);
	assert_int_equal(n_asked, ASKED);
	assert_int_equal(deliverer_counts(dl).sent, 1);
	assert_int_equal(deliverer_counts(dl).waiting, 1);
	exchange_release(&ask.ex);
	deliverer_free(dl);
	assert_string_equal(
		story(),
		"good sent: HTTP 200; hangs waiting: there was no answer "
		"before assay ended");
	close_state();
	free(es);
}

/* What a process had claimed that died is told by the next one. */
static void test_lease(void **state)
{
	struct errs *es = calloc(1, sizeof(*es));
	struct letter *taken;
	size_t n;

	(void)state;
	open_state();
	uint64_t at_ns = put_letter("good", "e1", NULL, 0);
	assert_true(state_letters_claim(st, "shop", at_ns, "somebody", DAY_NS,
					10, arena, &taken, &n, es));
	assert_int_equal(n, 1);
	assert_int_equal(deliver(100).sent, 0);
	assert_true(state_letters_claim(st, "shop", at_ns + 2 * DAY_NS,
					"somebody", 0, 10, arena, &taken, &n,
					es));
	close_state();
	open_state();
	at_ns = put_letter("good", "e1", NULL, 0);
	assert_true(state_letters_claim(st, "shop", at_ns, "somebody", 1, 10,
					arena, &taken, &n, es));
	assert_int_equal(n, 1);
	assert_int_equal(deliver(20000).sent, 1);
	close_state();
	free(es);
}

static void test_tried(void **state)
{
	struct deliver_config config = config_of();
	struct errs *es = calloc(1, sizeof(*es));
	struct channel_tried *rows;
	size_t n;

	(void)state;
	config.state = NULL;
	alerts.n_channels = 1;
	assert_true(deliver_test(&config, arena, &rows, &n, es));
	alerts.n_channels = CHANNELS;
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].channel, "good");
	assert_true(rows[0].ok);
	assert_int_equal(rows[0].code, 200);
	free(es);
}

static void what_waits_is_said(void **state)
{
	const struct delivered none = { .sent = 2, .failed = 1 };
	const struct delivered some = { .sent = 2, .waiting = 3 };
	struct errs warnings = { 0 };

	(void)state;
	deliver_say_waiting(&none, "s.db", &warnings);
	assert_int_equal(warnings.n, 0);
	deliver_say_waiting(&some, "s.db", &warnings);
	assert_int_equal(warnings.n, 1);
	assert_string_equal(warnings.item[0].text,
			    "notices that could not be sent yet: 3; they wait "
			    "in \"s.db\" for the next run");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sent),
		cmocka_unit_test(test_not_to_be_sent),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_order_after_expiry),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_lease),
		cmocka_unit_test(test_tried),
		cmocka_unit_test(what_waits_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
