/* SPDX-License-Identifier: MIT */
/* From claimed letters to parcels, lane by lane. */
#include <stdlib.h>
#include <string.h>

#include "probe/deliver/book.h"
#include "probe/deliver/inside.h"
#include "probe/deliver/send/parcel.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"

/* ---- their memory ------------------------------------------------------- */

static struct bundle *bundle_new(struct lane *lane, struct haul *haul,
				 uint64_t lease_until_at_ns)
{
	struct bundle *b = arena_alloc(haul->arena, 1, sizeof(*b));

	if (!b)
		return NULL;
	b->lane = lane;
	b->haul = haul;
	b->lease_until_at_ns = lease_until_at_ns;
	b->letters = arena_alloc(haul->arena, DELIVER_TOGETHER_MAX,
				 sizeof(*b->letters));
	b->notices = arena_alloc(haul->arena, DELIVER_TOGETHER_MAX,
				 sizeof(*b->notices));
	b->is_through = arena_alloc(haul->arena, DELIVER_TOGETHER_MAX,
				    sizeof(*b->is_through));
	if (!b->letters || !b->notices || !b->is_through)
		return NULL;
	haul->n_users++;
	list_init(&b->link);
	list_append(&lane->waiting, &b->link);
	return b;
}

static void haul_leave(struct haul *haul)
{
	if (--haul->n_users)
		return;
	arena_free(haul->arena);
	free(haul);
}

static void bundle_free(struct bundle *b)
{
	list_remove(&b->link);
	parcel_free(b->parcel);
	b->parcel = NULL;
	b->lane->dl->n_letters -= b->n;
	haul_leave(b->haul);
}

/* ---- sorting ------------------------------------------------------------ */

static struct lane *find_lane(struct deliverer *dl, const char *channel)
{
	for (size_t i = 0; i < dl->n_lanes; i++)
		if (!strcmp(dl->lanes[i].channel->name, channel))
			return &dl->lanes[i];
	return NULL;
}

/* An issue is told of one outage. */
static bool is_told_alone(const struct lane *lane, const struct letter *l)
{
	return !*l->group || lane->channel->kind == CHANNEL_GITHUB;
}

static struct bundle *find_bundle(struct lane *lane, const struct haul *haul,
				  const struct letter *l)
{
	if (is_told_alone(lane, l))
		return NULL;
	for (struct link *at = lane->waiting.next; at != &lane->waiting;
	     at = at->next) {
		struct bundle *b = container_of(at, struct bundle, link);
		if (b->haul == haul && b->n < DELIVER_TOGETHER_MAX &&
		    !strcmp(b->letters[0].group, l->group))
			return b;
	}
	return NULL;
}

/* What is over keeps nothing behind it waiting. */
static void let_go(struct deliverer *dl, const struct letter *l)
{
	struct state *st = dl->config.state;
	const char *scenario = dl->config.scenario->name;
	struct arena *a = arena_new(DELIVER_ARENA_MAX);
	struct book *book = calloc(1, sizeof(*book));
	struct errs es = { 0 };
	bool ok = a && book && state_begin(st, &es);

	ok = ok && book_read(st, scenario, l->channel, a, book, &es);
	if (ok) {
		book_let_go(book, l->id);
		ok = book_write(st, scenario, l->channel, book, &es) &&
		     state_commit(st, &es);
	}
	if (!ok)
		state_rollback(st);
	deliver_say_problem(dl, &es);
	free(book);
	arena_free(a);
}

/* Letters that are no matter of a channel's answer. */
static void settle(struct deliverer *dl, const struct letter *l,
		   const struct notice *n, enum letter_status status,
		   const char *detail)
{
	uint64_t now_at_ns = engine_wall_ns();
	const struct lane *lane = find_lane(dl, l->channel);
	const struct mark mark = {
		.status = status,
		.at_ns = now_at_ns,
		.not_before_at_ns =
			l->expires_at_ns < now_at_ns + DELIVER_BACKOFF_MAX_NS
				? l->expires_at_ns
				: now_at_ns + DELIVER_BACKOFF_MAX_NS,
		.detail = detail,
	};

	if (record_letter(dl, lane ? lane->channel : NULL, l, n, &mark) &&
	    lane && status != LETTER_WAITING)
		let_go(dl, l);
}

static bool read_notice(struct deliverer *dl, const struct letter *l,
			struct arena *a, struct notice *out)
{
	struct errs es = { 0 };

	if (notice_read(l->text, strlen(l->text), a, out, &es))
		return true;
	deliver_say(dl, LEVEL_ERROR,
		    "channel \"%s\": a letter cannot be read: %s", l->channel,
		    es.n ? es.item[0].text : "");
	settle(dl, l, NULL, LETTER_REFUSED,
	       "the notice in the outbox is damaged");
	return false;
}

static bool take_one(struct deliverer *dl, struct haul *haul,
		     const struct letter *l, uint64_t now_at_ns)
{
	struct lane *lane = find_lane(dl, l->channel);
	struct notice notice;

	if (!read_notice(dl, l, haul->arena, &notice))
		return true;
	if (l->expires_at_ns <= now_at_ns) {
		settle(dl, l, &notice, LETTER_EXPIRED,
		       "it could not be delivered in time");
		return true;
	}
	if (!lane) {
		deliver_say(dl, LEVEL_WARNING,
			    "channel \"%s\": the scenario has none of that "
			    "name now, and a notice waits for it",
			    l->channel);
		settle(dl, l, &notice, LETTER_WAITING,
		       "the scenario has no such channel now");
		return true;
	}
	struct bundle *b = find_bundle(lane, haul, l);
	if (!b)
		b = bundle_new(lane, haul, now_at_ns + DELIVER_LEASE_NS);
	if (!b)
		return false;
	b->letters[b->n] = *l;
	b->notices[b->n++] = notice;
	dl->n_letters++;
	record_forget_back(dl, l->id);
	return true;
}

void bundles_take(struct deliverer *dl, struct haul *haul,
		  struct letter *letters, size_t n, uint64_t now_at_ns)
{
	haul->n_users = 1;
	for (size_t i = 0; i < n; i++) {
		if (take_one(dl, haul, &letters[i], now_at_ns))
			continue;
		deliver_say(dl, LEVEL_ERROR, "not enough memory");
		break; /* the rest is claimed anew when the lease is over */
	}
	haul_leave(haul);
}

/* ---- starting ----------------------------------------------------------- */

static void put_off(struct bundle *b, uint64_t until_at_ns, const char *why)
{
	const struct mark mark = {
		.status = LETTER_WAITING,
		.at_ns = engine_wall_ns(),
		.not_before_at_ns = until_at_ns,
		.detail = why,
	};

	record_bundle(b, &mark);
	bundle_free(b);
}

static bool has_letter(const struct bundle *b, uint64_t id)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->letters[i].id == id)
			return true;
	return false;
}

/* What letter i has to wait for: an earlier one of the same outage, which is
 * not told together with it.  One that nobody has touched for a lease longer
 * than promised is no more. */
static const struct book_hold *find_hold(const struct bundle *b, size_t i,
					 const struct book *book,
					 uint64_t now_at_ns)
{
	const char *episode = b->notices[i].episode;

	for (size_t k = 0; *episode && k < book->n_holds; k++) {
		const struct book_hold *h = &book->holds[k];
		if (h->letter < b->letters[i].id &&
		    h->until_at_ns + DELIVER_LEASE_NS >= now_at_ns &&
		    !strcmp(h->episode, episode) && !has_letter(b, h->letter))
			return h;
	}
	return NULL;
}

static void put_off_held(struct bundle *b, const struct book *book,
			 uint64_t now_at_ns)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct book_hold *h = find_hold(b, i, book, now_at_ns);
		if (!h)
			continue;
		const struct mark mark = {
			.status = LETTER_WAITING,
			.at_ns = now_at_ns,
			.not_before_at_ns =
				h->until_at_ns > now_at_ns
					? h->until_at_ns + DELIVER_PAUSE_NS
					: now_at_ns + DELIVER_BACKOFF_MIN_NS,
			.detail = "an earlier notice of the same outage has "
				  "not been delivered yet",
		};
		record_letter(b->lane->dl, b->lane->channel, &b->letters[i],
			      &b->notices[i], &mark);
		b->is_through[i] = true;
	}
}

/* Leaves only what is to be told. */
static void tighten(struct bundle *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (b->is_through[i])
			continue;
		b->letters[kept] = b->letters[i];
		b->notices[kept] = b->notices[i];
		b->is_through[kept++] = false;
	}
	b->lane->dl->n_letters -= b->n - kept;
	b->n = kept;
}

static void on_taken(struct parcel *p, size_t i, const struct sent *sent)
{
	record_taken(parcel_owner(p), i, sent);
}

static void on_done(struct parcel *p)
{
	struct bundle *b = parcel_owner(p);
	struct lane *lane = b->lane;
	struct deliverer *dl = lane->dl;

	record_sent(b, parcel_sent(p));
	lane->current = NULL;
	dl->n_busy--;
	bundle_free(b);
	for (size_t i = 0; i < dl->n_lanes; i++)
		lane_go_on(&dl->lanes[i]);
	deliver_arm(dl);
	if (dl->on_change)
		dl->on_change(dl->on_change_owner);
}

static void start(struct bundle *b, const char *reference)
{
	struct lane *lane = b->lane;
	struct deliverer *dl = lane->dl;
	const struct parcel_plan plan = {
		.config = &dl->config,
		.en = dl->config.en,
		.channel = lane->channel,
		.n = b->n,
		.notices = b->notices,
		.reference = arena_strdup(b->haul->arena, reference),
		.on_taken = on_taken,
		.on_done = on_done,
		.owner = b,
	};

	list_remove(&b->link);
	b->parcel = parcel_new(&plan);
	if (!b->parcel) {
		put_off(b, engine_wall_ns() + DELIVER_BACKOFF_MIN_NS,
			"not enough memory");
		return;
	}
	lane->current = b;
	dl->n_busy++;
}

/* The book as it is now, with the letters of this bundle as those that others
 * have to wait for. */
static bool open_book(struct bundle *b, struct book *book, struct arena *a)
{
	struct deliverer *dl = b->lane->dl;
	struct state *st = dl->config.state;
	const char *scenario = dl->config.scenario->name;
	const char *channel = b->lane->channel->name;
	uint64_t now_at_ns = engine_wall_ns();
	struct errs es = { 0 };

	if (!state_begin(st, &es)) {
		deliver_say_problem(dl, &es);
		return false;
	}
	bool ok = book_read(st, scenario, channel, a, book, &es);
	bool may = ok && breaker_allows(&book->breaker, now_at_ns);
	if (may) {
		put_off_held(b, book, now_at_ns);
		tighten(b);
		for (size_t i = 0; i < b->n; i++)
			book_hold(book, b->notices[i].episode, b->letters[i].id,
				  b->lease_until_at_ns);
		ok = book_write(st, scenario, channel, book, &es);
	}
	ok = ok && state_commit(st, &es);
	if (!ok)
		state_rollback(st);
	deliver_say_problem(dl, &es);
	return ok;
}

static void begin(struct bundle *b)
{
	uint64_t now_at_ns = engine_wall_ns();
	struct arena *a = arena_new(DELIVER_ARENA_MAX);
	struct book *book = calloc(1, sizeof(*book));

	if (!a || !book || !open_book(b, book, a))
		bundle_free(b); /* it stays claimed until the lease is over */
	else if (book->breaker.phase == BREAKER_OPEN)
		put_off(b, book->breaker.until_at_ns,
			"the channel has failed often and is left alone");
	else if (!b->n)
		bundle_free(b);
	else if (now_at_ns + PARCEL_TIMEOUT_NS > b->lease_until_at_ns)
		put_off(b, now_at_ns, "its turn did not come in time");
	else
		start(b, book_find_reference(book, b->notices[0].episode));
	free(book);
	arena_free(a);
}

void lane_go_on(struct lane *lane)
{
	struct deliverer *dl = lane->dl;

	while (!dl->is_closing && !lane->current &&
	       dl->n_busy < DELIVER_AT_ONCE && !list_is_empty(&lane->waiting))
		begin(container_of(lane->waiting.next, struct bundle, link));
}

void lane_close(struct lane *lane)
{
	uint64_t now_at_ns = engine_wall_ns();
	struct bundle *b = lane->current;

	if (b) {
		const struct sent sent = {
			.meaning = ANSWER_LATER,
			.is_asked = true,
			.detail = "there was no answer before assay ended",
			.reference = "",
		};
		lane->current = NULL;
		lane->dl->n_busy--;
		parcel_free(b->parcel);
		b->parcel = NULL;
		record_sent(b, &sent);
		bundle_free(b);
	}
	while (!list_is_empty(&lane->waiting))
		put_off(container_of(lane->waiting.next, struct bundle, link),
			now_at_ns, "its turn did not come before assay ended");
}
