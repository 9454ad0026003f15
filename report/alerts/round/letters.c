/* SPDX-License-Identifier: MIT */
/* What happened in words, and to whom it goes. */
#include <inttypes.h>
#include <string.h>

#include "report/alerts/round/parts.h"
#include "report/notice/notice.h"
#include "report/result/stamp.h"
#include "report/result/verdict.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/capped.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

enum {
	EPISODE_MAX = 120,	   /* bytes of a key that names an episode */
	HOURS_AHEAD = 8 * 24 * 60, /* minutes to look for open hours */
};

/* ---- words ------------------------------------------------------------------------ */

static const char *title_of(struct round *rd, const struct target *at)
{
	return at->c ? arena_printf(rd->a, "%s: %s", at->r->name, at->c->name)
		     : arena_strdup(rd->a, at->r->name);
}

static void put_span(struct buf *out, uint64_t ns)
{
	unit_human_duration(out, ns);
}

static const char *severity_of_tier(const struct target *at, unsigned tier,
				    const struct alert_context *context)
{
	return severity_name(alert_tier_severity(&at->r->tiers[tier],
						 context->check_severity));
}

/* What the kind of happening adds before the evidence. */
static void put_opening(const struct round *rd, const struct target *at,
			const struct happening *h,
			const struct alert_context *context, struct buf *out)
{
	switch (h->kind) {
	case HAPPENED_TIER:
		buf_printf(out, "now %s, was %s; ",
			   severity_of_tier(at, h->tier, context),
			   severity_of_tier(at, h->was_tier, context));
		break;
	case HAPPENED_RESOLVED:
		buf_puts(out, "it lasted ");
		put_span(out, h->lasted_ns);
		buf_puts(out, "; ");
		break;
	case HAPPENED_REMINDER:
		buf_puts(out, "since ");
		stamp_print_ns(out, h->since_at_ns, 0);
		buf_puts(out, "; ");
		break;
	case HAPPENED_ESCALATED:
		buf_puts(out, "nobody has acknowledged it for ");
		put_span(out, at->r->escalate_after_ns);
		buf_puts(out, "; ");
		break;
	case HAPPENED_FLAPPING:
		buf_printf(out, "changed %" PRIu64 " time%s within ",
			   rd->al->flap_changes,
			   rd->al->flap_changes == 1 ? "" : "s");
		put_span(out, rd->al->flap_within_ns);
		buf_puts(out, " and is held back until it settles; ");
		break;
	case HAPPENED_SETTLED:
		buf_printf(out, "it has settled and %s; ",
			   h->is_firing ? "fires" : "is over");
		break;
	case HAPPENED_HELD:
		if (h->why[0])
			buf_printf(out, "not told: %s; ", h->why);
		else
			buf_printf(out, "not told: %s; ", held_names[h->held]);
		break;
	default:
		break;
	}
}

static const char *message_of(struct round *rd, const struct target *at,
			      const struct happening *h,
			      const struct alert_context *context,
			      const char *evidence)
{
	struct buf text;
	const char *kept;

	buf_init(&text, ROUND_TEXT_MAX);
	put_opening(rd, at, h, context, &text);
	buf_puts(&text, evidence);
	if (at->r->description)
		buf_printf(&text, "%s%s", text.len > 0 ? "; " : "",
			   at->r->description);
	kept = arena_strdup(rd->a, buf_text(&text));
	buf_release(&text);
	return kept;
}

/* ---- the notice --------------------------------------------------------------------- */

static const enum notice_kind notice_kinds[HAPPENED_N] = {
	[HAPPENED_FIRING] = NOTICE_FIRING,
	[HAPPENED_TIER] = NOTICE_TIER,
	[HAPPENED_REMINDER] = NOTICE_REMINDER,
	[HAPPENED_RESOLVED] = NOTICE_RESOLVED,
	[HAPPENED_FLAPPING] = NOTICE_FLAPPING,
	[HAPPENED_SETTLED] = NOTICE_SETTLED,
	[HAPPENED_ESCALATED] = NOTICE_ESCALATED,
	[HAPPENED_EVENT] = NOTICE_EVENT,
	[HAPPENED_ACKNOWLEDGED] = NOTICE_ACKNOWLEDGED,
};

/* FNV-1a, 64 bits (draft-eastlake-fnv). */
uint64_t round_fingerprint(const char *text, uint64_t so_far)
{
	uint64_t hash = so_far ? so_far : UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

/* The same for all notices of one outage, and no other's. */
const char *round_episode(struct round *rd, const char *key, uint64_t began_ns)
{
	if (strlen(key) <= EPISODE_MAX)
		return arena_printf(rd->a, "%s@%" PRIu64, key,
				    began_ns / UNIT_NS_PER_MS);
	return arena_printf(rd->a, "%016" PRIx64 "@%" PRIu64,
			    round_fingerprint(key, 0),
			    began_ns / UNIT_NS_PER_MS);
}

/* The step that decided, for its URL and request id. */
static const struct step_result *deciding_step(const struct check_result *c)
{
	const struct attempt *last = c ? check_deciding(c) : NULL;
	size_t i;

	if (!last || last->n_steps == 0)
		return NULL;
	i = attempt_first_failed(last);
	return &last->steps[i < last->n_steps ? i : last->n_steps - 1];
}

const char *round_cut(struct round *rd, const char *text, size_t max_bytes)
{
	size_t len = strlen(text);

	return len <= max_bytes
		       ? text
		       : arena_strndup(rd->a, text,
				       text_cut_at(text, len, max_bytes));
}

/* A result that was read from a file has texts of any length. */
static const char *cut(struct round *rd, const char *text, size_t max_bytes)
{
	const char *kept = round_cut(rd, text, max_bytes);

	return kept ? kept : "";
}

static void add_target(struct round *rd, const struct target *at,
		       struct notice *n)
{
	const struct step_result *step = deciding_step(at->result);

	if (step) {
		n->url = cut(rd, step->url, NOTICE_URL_MAX);
		n->request_id = cut(rd, step->request_id, NOTICE_NAME_MAX);
	}
	if (at->c) {
		n->check = at->c->name;
		n->n_tags = at->c->n_tags;
		n->tags = at->c->tags;
	}
}

static struct notice notice_of(struct round *rd, const struct target *at,
			       const struct happening *h,
			       const struct finding *f)
{
	const struct run_result *run = rd->in->sealed;
	const char *environment = run && run->environment[0]
					  ? run->environment
					  : rd->sc->environment;
	struct notice n = {
		.kind = notice_kinds[h->kind],
		.scenario = rd->sc->name,
		.environment = environment
				       ? cut(rd, environment, NOTICE_NAME_MAX)
				       : "",
		.rule = at->r->name,
		.check = "",
		.is_firing = h->is_firing,
		.at_ns = rd->now_at_ns,
		.since_at_ns = h->since_at_ns,
		.lasted_ns = h->lasted_ns,
		.url = "",
		.request_id = "",
		.vantage = f->vantage,
		.value = f->seen,
		.threshold = f->threshold,
		.silenced = "",
	};

	add_target(rd, at, &n);
	if (!n.vantage[0] && run)
		n.vantage = cut(rd, run->vantage, NOTICE_NAME_MAX);
	if (h->is_firing)
		n.silenced = dependants_of(rd, at->check);
	return n;
}

/* ---- routes -------------------------------------------------------------------------- */

static bool takes_check(const struct alert_channel *c, size_t check)
{
	for (size_t i = 0; i < c->n_checks; i++) {
		if (c->checks[i] == check)
			return true;
	}
	return c->n_checks == 0;
}

static bool takes_tag(const struct alert_channel *c, const struct check *check)
{
	for (size_t i = 0; check && i < c->n_tags; i++) {
		for (size_t k = 0; k < check->n_tags; k++) {
			if (strcmp(c->tags[i], check->tags[k]) == 0)
				return true;
		}
	}
	return c->n_tags == 0;
}

static bool is_in(const size_t *list, size_t n, size_t index)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i] == index)
			return true;
	}
	return false;
}

static bool is_routed(const struct round *rd, const struct target *at,
		      const struct happening *h, size_t index)
{
	const struct alert_channel *c = &rd->al->channels[index];
	const struct alert_rule *r = at->r;

	if ((h->kind == HAPPENED_ESCALATED || h->was_escalated) &&
	    is_in(r->escalate_to, r->n_escalate_to, index))
		return true;
	if (h->kind == HAPPENED_ESCALATED && r->n_escalate_to > 0)
		return false;
	if (r->n_channels > 0)
		return is_in(r->channels, r->n_channels, index);
	return (c->severities == 0 || (c->severities & h->severities)) &&
	       takes_check(c, at->check) && takes_tag(c, at->c);
}

/* ---- when -------------------------------------------------------------------------------- */

/* The end of the slice of time that a moment lies in: whatever falls into it is
 * told together. */
static uint64_t slice_end(uint64_t at_ns, uint64_t slice_ns)
{
	return (at_ns / slice_ns + 1) * slice_ns;
}

static uint64_t within_hours(const struct alert_channel *c, uint64_t at_ns)
{
	uint64_t minute_ns = at_ns;

	for (int i = 0; i < HOURS_AHEAD; i++) {
		if (alert_hours_cover(&c->hours, minute_ns))
			return minute_ns;
		minute_ns = slice_end(minute_ns, UNIT_NS_PER_MIN);
	}
	return at_ns; /* never open: then it is better told than lost */
}

static uint64_t due_at(const struct round *rd, const struct alert_channel *c,
		       const struct happening *h)
{
	uint64_t at_ns = rd->now_at_ns;

	if (c->batch_ns > 0)
		at_ns = slice_end(at_ns, c->batch_ns);
	else if (rd->al->group_ns > 0 && !rd->in->is_alone && !h->is_urgent)
		at_ns = slice_end(at_ns, rd->al->group_ns);
	return c->hours.is_set ? within_hours(c, at_ns) : at_ns;
}

bool round_post(struct round *rd, const struct alert_channel *channel,
		const struct notice *n, const char *group, const char *dedup,
		uint64_t not_before_at_ns)
{
	struct letter letter = {
		.scenario = rd->sc->name,
		.channel = channel->name,
		.group = group,
		.dedup = dedup,
		.made_at_ns = rd->now_at_ns,
		.not_before_at_ns = not_before_at_ns,
	};
	struct buf text;
	bool is_new, ok;

	/* however long it had to wait, it has its time to be delivered */
	letter.expires_at_ns =
		channel->expires_ns > 0
			? capped_sum(not_before_at_ns, channel->expires_ns)
			: UINT64_MAX;
	buf_init(&text, NOTICE_JSON_MAX);
	ok = notice_write(n, &text) || errs_nomem(rd->es);
	letter.text = buf_text(&text);
	ok = ok && state_letter_put(rd->st, &letter, &is_new, rd->es);
	if (ok)
		rd->n_letters += is_new;
	buf_release(&text);
	return ok;
}

/* ---- all of it ------------------------------------------------------------------------- */

static bool post_all(struct round *rd, const struct target *at,
		     const struct happening *h, struct notice *n)
{
	const char *dedup;

	n->episode = round_episode(rd, at->key,
				   h->episode_at_ns ? h->episode_at_ns
						    : h->since_at_ns);
	dedup = n->episode ? arena_printf(rd->a, "%s#%" PRIu64, n->episode,
					  h->notice)
			   : NULL;
	if (!dedup)
		return errs_nomem(rd->es);
	for (size_t i = 0; i < rd->al->n_channels; i++) {
		const struct alert_channel *c = &rd->al->channels[i];

		if (is_routed(rd, at, h, i) &&
		    !round_post(rd, c, n,
				c->batch_ns > 0 ? "batch" : "together", dedup,
				due_at(rd, c, h)))
			return false;
	}
	return true;
}

static bool tell_one(struct round *rd, const struct target *at,
		     const struct happening *h, const struct finding *f,
		     const struct alert_context *context)
{
	unsigned severity = alert_tier_severity(&at->r->tiers[h->tier],
						context->check_severity);
	const char *title = title_of(rd, at);
	const char *message = message_of(rd, at, h, context, f->evidence);
	struct notice n;

	if (!title || !message)
		return errs_nomem(rd->es);
	if ((h->is_logged || h->is_told) &&
	    !round_log(rd, at, h, title, message, severity))
		return false;
	if (!h->is_told)
		return true;
	n = notice_of(rd, at, h, f);
	n.title = title;
	n.message = message;
	n.severity = severity;
	return post_all(rd, at, h, &n);
}

bool round_tell(struct round *rd, const struct target *at,
		const struct finding *findings, const struct happenings *all,
		const struct alert_context *context)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct happening *h = &all->item[i];

		if (!tell_one(rd, at, h, &findings[h->finding], context))
			return false;
	}
	return true;
}
