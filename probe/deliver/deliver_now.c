/* SPDX-License-Identifier: MIT */
/* Deliveries that somebody waits for, within a bound. */
#include "probe/deliver/deliver.h"

#include "probe/deliver/inside.h"
#include "probe/deliver/send/parcel.h"
#include "probe/patience.h"
#include "report/redact/redact.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"

/* ---- what is due -------------------------------------------------------- */

struct rush {
	struct engine *en;
	struct deliverer *dl;
	struct engine_timer deadline;
	uint64_t by_at_ns; /* a try that is due then is waited for */
	bool is_over;
};

static void look(void *owner)
{
	struct rush *r = owner;
	/* what has not been tried waits for its own time */
	uint64_t by_at_ns = r->dl->n_back ? r->by_at_ns : engine_wall_ns();

	if (!deliverer_is_done(r->dl, by_at_ns))
		return;
	r->is_over = true;
	engine_stop(r->en);
}

static void on_deadline(struct engine_timer *t)
{
	struct rush *r = t->owner;

	r->is_over = true;
	engine_stop(r->en);
}

/* Who ends the program does not want to wait for a channel. */
static void on_signal(void *owner, int signo)
{
	struct rush *r = owner;

	(void)signo;
	r->is_over = true;
	engine_stop(r->en);
}

static void run(struct rush *r, uint64_t until_ns)
{
	uint64_t now_ns = engine_now_ns();
	uint64_t left = until_ns > now_ns ? until_ns - now_ns : 0;
	uint64_t wall = engine_wall_ns();

	r->by_at_ns =
		left > DELIVER_LAST_NS ? wall + left - DELIVER_LAST_NS : wall;
	r->dl->on_change = look;
	r->dl->on_change_owner = r;
	engine_timer_init(&r->deadline, r->en, on_deadline, r);
	engine_timer_start(&r->deadline, left);
	deliverer_wake(r->dl);
	while (!r->is_over)
		engine_run(r->en);
	engine_timer_release(&r->deadline);
	r->dl->on_change = NULL;
}

bool deliver_now(const struct deliver_config *config, uint64_t until_ns,
		 struct delivered *out, struct errs *es)
{
	struct deliver_config mine = *config;
	struct rush r = { .en = config->en };

	*out = (struct delivered){ 0 };
	if (!r.en)
		r.en = engine_new(es);
	if (!r.en)
		return false;
	mine.en = r.en;
	if (r.en != config->en)
		engine_on_signal(r.en, on_signal, &r);
	r.dl = deliverer_new(&mine, es);
	if (r.dl) {
		run(&r,
		    until_ns ? until_ns : engine_now_ns() + DELIVER_TIMEOUT_NS);
		*out = deliverer_counts(r.dl);
	}
	deliverer_free(r.dl);
	if (r.en != config->en) {
		patience_hold();
		engine_free(r.en);
	}
	return r.dl != NULL;
}

void deliver_say_waiting(const struct delivered *done, const char *state,
			 struct errs *warnings)
{
	if (done->waiting)
		errs_add(warnings, ERR_SYSTEM, NOWHERE,
			 "notices that could not be sent yet: %zu; they wait "
			 "in \"%s\" for the next run",
			 done->waiting, state);
}

/* ---- test notices ------------------------------------------------------- */

struct trial {
	struct trials *all;
	struct parcel *parcel;
	struct channel_tried *row;
};

struct trials {
	struct engine *en;
	struct arena *a;
	struct notice notice;
	size_t n, n_left;
	struct trial *trial;
	bool is_over;
};

static void on_tried(struct parcel *p)
{
	struct trial *t = parcel_owner(p);
	const struct sent *sent = parcel_sent(p);

	t->row->ok = sent->meaning == ANSWER_TAKEN;
	t->row->code = sent->code;
	t->row->detail = arena_strdup(t->all->a, sent->detail);
	if (!t->row->detail)
		t->row->detail = "";
	if (--t->all->n_left == 0) {
		t->all->is_over = true;
		engine_stop(t->all->en);
	}
}

static void on_patience(struct engine_timer *t)
{
	struct trials *all = t->owner;

	all->is_over = true;
	engine_stop(all->en);
}

static void write_notice(struct trials *t, const struct scenario *sc)
{
	const char *episode = arena_printf(
		t->a, "test-%llu", (unsigned long long)engine_wall_ns());

	t->notice = notice_test(sc->name, sc->environment,
				episode ? episode : "test", engine_wall_ns());
}

static bool begin_all(struct trials *t, const struct deliver_config *config,
		      struct channel_tried *rows, struct errs *es)
{
	const struct alerts *alerts = config->scenario->alerts;

	for (size_t i = 0; i < t->n; i++) {
		struct trial *one = &t->trial[i];
		const struct parcel_plan plan = {
			.config = config,
			.en = t->en,
			.channel = &alerts->channels[i],
			.n = 1,
			.notices = &t->notice,
			.reference = "",
			.on_done = on_tried,
			.owner = one,
		};
		rows[i] = (struct channel_tried){
			.channel = alerts->channels[i].name,
			.detail = "there was no answer in time",
		};
		one->all = t;
		one->row = &rows[i];
		one->parcel = parcel_new(&plan);
		if (!one->parcel)
			return errs_nomem(es);
		t->n_left++;
	}
	return true;
}

static bool try_all(struct trials *t, const struct deliver_config *config,
		    struct channel_tried *rows, struct errs *es)
{
	struct engine_timer patience;
	bool done = begin_all(t, config, rows, es);

	engine_timer_init(&patience, t->en, on_patience, t);
	engine_timer_start(&patience, PARCEL_TIMEOUT_NS);
	while (done && t->n_left && !t->is_over)
		engine_run(t->en);
	engine_timer_release(&patience);
	for (size_t i = 0; i < t->n; i++)
		parcel_free(t->trial[i].parcel);
	return done;
}

bool deliver_test(const struct deliver_config *config, struct arena *a,
		  struct channel_tried **out, size_t *n, struct errs *es)
{
	const struct alerts *alerts = config->scenario->alerts;
	struct trials t = { .en = config->en, .a = a };
	struct deliver_config mine = *config;

	t.n = alerts ? alerts->n_channels : 0;
	t.trial = arena_alloc(a, t.n, sizeof(*t.trial));
	*out = arena_alloc(a, t.n, sizeof(**out));
	*n = t.n;
	if (!t.trial || !*out)
		return errs_nomem(es);
	if (!t.en)
		t.en = engine_new(es);
	if (!t.en)
		return false;
	mine.en = t.en;
	write_notice(&t, config->scenario);
	bool done = try_all(&t, &mine, *out, es);
	if (t.en != config->en)
		engine_free(t.en);
	return done;
}
