/* SPDX-License-Identifier: MIT */
/* What became of letters, written down before anything else happens to them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/deliver/pace/backoff.h"
#include "probe/deliver/book.h"
#include "probe/deliver/inside.h"
#include "probe/deliver/send/sending.h"
#include "probe/world.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

enum {
	LINE_MAX_BYTES = 800,
	COUNT_MAX = 40,
	WHAT_MAX = NOTICE_TITLE_MAX + 40,
};

/* ---- the log ------------------------------------------------------------ */

void deliver_say(struct deliverer *dl, enum log_level level, const char *fmt,
		 ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	if (!log_wants(dl->config.log, level))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_printf(dl->config.log, level, "assay.deliver", "%s", line);
}

void deliver_say_problem(struct deliverer *dl, const struct errs *es)
{
	for (size_t i = 0; i < es->n; i++)
		deliver_say(dl, LEVEL_ERROR, "the outbox: %s",
			    es->item[i].text);
}

static const char *wait_words(uint64_t from_ns, uint64_t until_ns,
			      struct buf *out)
{
	buf_init(out, LINE_MAX_BYTES);
	unit_human_duration(out, until_ns > from_ns ? until_ns - from_ns : 0);
	return buf_text(out);
}

/* "", "3 notices: " */
static const char *count_words(size_t n, char out[COUNT_MAX])
{
	*out = '\0';
	if (n > 1)
		snprintf(out, COUNT_MAX, "%zu notices: ", n);
	return out;
}

/* "", " (firing: down: home)", " (firing: down: home ...)" */
static const char *what_words(const struct notice *what, size_t n,
			      char out[WHAT_MAX])
{
	*out = '\0';
	if (what)
		snprintf(out, WHAT_MAX, " (%s: %.*s%s)",
			 notice_kind_name(what->kind), NOTICE_TITLE_MAX,
			 what->title, n > 1 ? " ..." : "");
	return out;
}

/* What became of n letters that were told together; what: the first of them,
 * or NULL. */
static void say_mark(struct deliverer *dl, const struct alert_channel *channel,
		     const struct notice *what, size_t n,
		     const struct mark *mark)
{
	static const struct {
		enum log_level level;
		const char *words;
	} says[LETTER_STATUS_N] = {
		[LETTER_SENT] = { LEVEL_INFO, "sent" },
		[LETTER_EXPIRED] = { LEVEL_ERROR, "dropped" },
		[LETTER_REFUSED] = { LEVEL_ERROR, "refused for good" },
	};
	char number[COUNT_MAX], named[WHAT_MAX];
	struct buf wait;

	if (!n)
		return;
	if (mark->status != LETTER_WAITING) {
		deliver_say(dl, says[mark->status].level,
			    "channel \"%s\": %s%s%s%s%s", channel->name,
			    count_words(n, number), says[mark->status].words,
			    *mark->detail ? ": " : "", mark->detail,
			    what_words(what, n, named));
		return;
	}
	deliver_say(dl, LEVEL_WARNING,
		    "channel \"%s\": %snot delivered, the next try is in %s: "
		    "%s%s",
		    channel->name, count_words(n, number),
		    wait_words(mark->at_ns, mark->not_before_at_ns, &wait),
		    mark->detail, what_words(what, n, named));
	buf_release(&wait);
}

/* ---- one letter --------------------------------------------------------- */

static void note_back(struct deliverer *dl, uint64_t id)
{
	for (size_t i = 0; i < dl->n_back; i++)
		if (dl->back[i] == id)
			return;
	if (dl->n_back < DELIVER_BACK_MAX)
		dl->back[dl->n_back++] = id;
}

void record_forget_back(struct deliverer *dl, uint64_t id)
{
	for (size_t i = 0; i < dl->n_back; i++)
		if (dl->back[i] == id)
			dl->back[i] = dl->back[--dl->n_back];
}

static void count(struct deliverer *dl, uint64_t id, enum letter_status status)
{
	if (status == LETTER_WAITING)
		note_back(dl, id);
	else
		record_forget_back(dl, id);
	if (status == LETTER_SENT)
		dl->counts.sent++;
	else if (status == LETTER_EXPIRED)
		dl->counts.expired++;
	else if (status == LETTER_REFUSED)
		dl->counts.failed++;
}

bool record_letter(struct deliverer *dl, const struct alert_channel *channel,
		   const struct letter *l, const struct notice *n,
		   const struct mark *mark)
{
	struct errs es = { 0 };
	const struct delivery d = {
		.letter = l->id,
		.at_ns = mark->at_ns,
		.took_ns = mark->took_ns,
		.status = mark->status,
		.not_before_at_ns = mark->not_before_at_ns,
		.code = mark->code,
		.detail = mark->detail ? mark->detail : "",
		.reference = mark->reference ? mark->reference : "",
	};

	if (!state_delivered(dl->config.state, &d, &es)) {
		deliver_say_problem(dl, &es);
		return false;
	}
	count(dl, l->id, mark->status);
	if (channel)
		say_mark(dl, channel, n, 1, mark);
	return true;
}

/* ---- a bundle, in one transaction --------------------------------------- */

struct pen {
	struct bundle *b;
	struct arena *a;
	struct book *book;
	struct errs es;
	bool is_ok;
};

static void pen_take(struct pen *p, struct bundle *b)
{
	struct deliverer *dl = b->lane->dl;
	struct state *st = dl->config.state;

	*p = (struct pen){ .b = b };
	p->a = arena_new(DELIVER_ARENA_MAX);
	p->book = calloc(1, sizeof(*p->book));
	if (!p->a || !p->book) {
		errs_nomem(&p->es);
		return;
	}
	if (!state_begin(st, &p->es))
		return;
	p->is_ok = book_read(st, dl->config.scenario->name,
			     b->lane->channel->name, p->a, p->book, &p->es);
	if (!p->is_ok)
		state_rollback(st);
}

/* What could not be written stays claimed, and is told once more when the
 * claim is over: rather twice than never. */
static void pen_drop(struct pen *p)
{
	struct deliverer *dl = p->b->lane->dl;
	struct state *st = dl->config.state;

	if (p->is_ok)
		p->is_ok = book_write(st, dl->config.scenario->name,
				      p->b->lane->channel->name, p->book,
				      &p->es) &&
			   state_commit(st, &p->es);
	if (!p->is_ok)
		state_rollback(st);
	deliver_say_problem(dl, &p->es);
	free(p->book);
	arena_free(p->a);
}

static void write_letter(struct pen *p, size_t i, const struct mark *mark)
{
	struct bundle *b = p->b;
	const struct letter *l = &b->letters[i];
	const char *episode = b->notices[i].episode;

	b->is_through[i] = true;
	if (!p->is_ok)
		return;
	p->is_ok = record_letter(b->lane->dl, NULL, l, NULL, mark);
	if (mark->status == LETTER_WAITING)
		book_hold(p->book, episode, l->id, mark->not_before_at_ns);
	else
		book_let_go(p->book, l->id);
	book_refer(p->book, episode, mark->reference ? mark->reference : "");
}

void record_bundle(struct bundle *b, const struct mark *mark)
{
	const struct notice *first = NULL;
	size_t n = 0;
	struct pen p;

	pen_take(&p, b);
	for (size_t i = 0; i < b->n; i++) {
		if (b->is_through[i])
			continue;
		write_letter(&p, i, mark);
		if (n++ == 0)
			first = &b->notices[i];
	}
	say_mark(b->lane->dl, b->lane->channel, first, n, mark);
	pen_drop(&p);
}

static enum letter_status status_of(const struct sent *sent)
{
	switch (sent->meaning) {
	case ANSWER_TAKEN:
		return LETTER_SENT;
	case ANSWER_NEVER:
		return LETTER_REFUSED;
	default:
		return LETTER_WAITING;
	}
}

static struct mark mark_of(const struct sent *sent, const struct letter *l)
{
	uint64_t now_at_ns = engine_wall_ns();
	uint64_t next_at_ns = backoff_next_at_ns(
		now_at_ns, l->attempts + 1, sent->asked_ns,
		(uint32_t)world_between(0, BACKOFF_DRAW_WHOLE));

	/* so that its end is not told later than it comes */
	if (next_at_ns > l->expires_at_ns && l->expires_at_ns > now_at_ns)
		next_at_ns = l->expires_at_ns;
	return (struct mark){
		.status = status_of(sent),
		.at_ns = now_at_ns,
		.took_ns = sent->took_ns,
		.not_before_at_ns =
			status_of(sent) == LETTER_WAITING ? next_at_ns : 0,
		.code = sent->code,
		.detail = sent->detail,
		.reference = sent->reference,
	};
}

static void judge_channel(struct pen *p, const struct sent *sent)
{
	struct deliverer *dl = p->b->lane->dl;

	uint64_t now_at_ns = engine_wall_ns();

	if (!p->is_ok || !sent->is_asked)
		return;
	/* a try of an open one is that of a half open one */
	(void)breaker_allows(&p->book->breaker, now_at_ns);
	if (sent->meaning != ANSWER_LATER)
		breaker_went_well(&p->book->breaker);
	else if (breaker_failed(&p->book->breaker, now_at_ns))
		deliver_say(dl, LEVEL_WARNING,
			    "channel \"%s\" failed %d times in a row or more "
			    "and is left alone for a while",
			    p->b->lane->channel->name, BREAKER_FAILURES);
}

void record_sent(struct bundle *b, const struct sent *sent)
{
	struct mark mark = { .detail = "" };
	const struct notice *first = NULL;
	size_t n = 0;
	struct pen p;

	pen_take(&p, b);
	judge_channel(&p, sent);
	for (size_t i = 0; i < b->n; i++) {
		if (b->is_through[i])
			continue;
		mark = mark_of(sent, &b->letters[i]);
		write_letter(&p, i, &mark);
		if (n++ == 0)
			first = &b->notices[i];
	}
	if (mark.status == LETTER_WAITING)
		b->lane->dl->counts.failed += n;
	say_mark(b->lane->dl, b->lane->channel, first, n, &mark);
	pen_drop(&p);
}

void record_taken(struct bundle *b, size_t i, const struct sent *sent)
{
	const struct mark mark = mark_of(sent, &b->letters[i]);
	struct pen p;

	pen_take(&p, b);
	write_letter(&p, i, &mark);
	say_mark(b->lane->dl, b->lane->channel, &b->notices[i], 1, &mark);
	pen_drop(&p);
}
