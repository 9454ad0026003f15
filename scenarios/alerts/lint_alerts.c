/* SPDX-License-Identifier: MIT */
/* What is legal in alerts: and yet probably not meant: a rule that cannot be
 * true, or not in time, and what nobody is told of. */
#include <string.h>
#include <strings.h>

#include "scenarios/alerts/alerts_parts.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/load.h"
#include "scenarios/loads/loads.h"

struct lint {
	const struct scenario *sc;
	const struct alerts *a;
	struct errs *warnings;
};

#define warn(l, at, ...) errs_add((l)->warnings, ERR_INPUT, at, __VA_ARGS__)

static const char *duration_text(struct buf *to, uint64_t ns)
{
	buf_init(to, 64);
	unit_print_duration(to, ns);
	return buf_text(to);
}

/* ---- rules and the schedule of their checks ------------------------------ */

struct asks {
	uint64_t n;
	bool is_open; /* how many only a run knows */
};

static bool ask_count(void *self, const struct step *step)
{
	struct asks *t = self;

	t->n += step->type <= STEP_MINIO;
	t->is_open |= step->type == STEP_WAIT || step->type == STEP_REPEAT;
	return true;
}

/* Requests of a check in a time, at most; 0: nobody knows. */
static uint64_t requests_within(const struct check *check, uint64_t ns)
{
	struct asks t = { 0 };

	load_steps_each(&check->steps, ask_count, &t);
	load_steps_each(&check->always, ask_count, &t);
	if (t.is_open || !t.n)
		return 0;
	return t.n * check->retries.attempts * (ns / check->every_ns + 1);
}

static void lint_requests(struct lint *l, const struct alert_rule *r,
			  const struct condition *c, const struct check *check)
{
	uint64_t most = requests_within(check, c->window_ns);
	bool is_upper = c->op == RULE_GT || c->op == RULE_GE;
	double needed = c->value + (c->op == RULE_GT ? 1 : 0);
	struct buf window;

	duration_text(&window, c->window_ns);
	if (most && r->min_samples > most)
		warn(l, c->at,
		     "rule \"%s\" can never be judged: check \"%s\" makes at "
		     "most %llu requests in %s, \"min_samples\" wants %llu",
		     r->name, check->name, (unsigned long long)most,
		     buf_text(&window), (unsigned long long)r->min_samples);
	else if (most && c->kind == CONDITION_REQUESTS &&
		 c->rule.function == RULE_COUNT && is_upper &&
		 needed > (double)most)
		warn(l, c->at,
		     "rule \"%s\" can never be true: check \"%s\" makes at "
		     "most %llu requests in %s",
		     r->name, check->name, (unsigned long long)most,
		     buf_text(&window));
	buf_release(&window);
}

static void lint_window(struct lint *l, const struct alert_rule *r,
			const struct condition *c, const struct check *check)
{
	bool is_rise =
		c->kind == CONDITION_RATE || c->kind == CONDITION_INCREASE;
	uint64_t least = is_rise ? 2 * check->every_ns : check->every_ns;
	struct buf window, every, wanted;

	if (!c->window_ns || c->window_ns >= least)
		return;
	warn(l, c->at,
	     "rule \"%s\" looks back %s, and check \"%s\" runs every %s%s: "
	     "write at least %s",
	     r->name, duration_text(&window, c->window_ns), check->name,
	     duration_text(&every, check->every_ns),
	     is_rise ? ": what rises is seen between two samples" : "",
	     duration_text(&wanted, least));
	buf_release(&window);
	buf_release(&every);
	buf_release(&wanted);
}

/* Two failures so far apart are seen within a run only when its retries last
 * longer; else it takes the next run. */
static void lint_down_for(struct lint *l, const struct alert_rule *r,
			  const struct condition *c, const struct check *check)
{
	uint64_t span = (check->retries.attempts - 1) * check->retries.every_ns;
	uint64_t wanted = (uint64_t)c->value;
	struct buf value, every;

	if (check->every_ns <= wanted || span >= wanted)
		return;
	warn(l, c->at,
	     "rule \"%s\" is told only when check \"%s\" runs again, every "
	     "%s: let its \"retries\" last longer than %s, so that one run "
	     "sees it",
	     r->name, check->name, duration_text(&every, check->every_ns),
	     duration_text(&value, wanted));
	buf_release(&value);
	buf_release(&every);
}

/* ---- words that are also series -------------------------------------------- */

struct kept_word {
	const char *text;
	size_t len;
	bool is_kept;
};

static bool word_look(void *self, const struct step *step)
{
	struct kept_word *w = self;

	for (size_t i = 0; i < step->keeps.n; i++)
		w->is_kept |=
			text_is(w->text, w->len, step->keeps.item[i].name);
	return !w->is_kept;
}

/* rate(errors, 5m) is of requests, whatever series there are. */
static void lint_word(struct lint *l, const struct condition *c,
		      const struct check *check)
{
	const char *open = strchr(c->text, '(');
	struct kept_word w = { 0 };

	if (!open ||
	    (c->kind != CONDITION_REQUESTS && c->kind != CONDITION_WORSE))
		return;
	w.text = open + 1 + strspn(open + 1, " \t");
	w.len = strcspn(w.text, " \t,)<>=!");
	load_steps_each(&check->steps, word_look, &w);
	load_steps_each(&check->always, word_look, &w);
	if (w.is_kept)
		warn(l, c->at,
		     "this is about the requests of check \"%s\", which also "
		     "keeps a series \"%.*s\": the series is meant by quotes "
		     "around its name",
		     check->name, (int)w.len, w.text);
}

static void lint_schedule(struct lint *l, const struct alert_rule *r,
			  const struct condition *c, const struct check *check)
{
	lint_word(l, c, check);
	if (!check->every_ns)
		return;
	if (c->kind == CONDITION_DOWN_FOR)
		lint_down_for(l, r, c, check);
	if (c->kind == CONDITION_REQUESTS || c->kind == CONDITION_WORSE)
		lint_requests(l, r, c, check);
	lint_window(l, r, c, check);
}

/* ---- who is told ------------------------------------------------------------ */

static bool lists(const size_t *index, size_t n, size_t wanted)
{
	for (size_t i = 0; i < n; i++)
		if (index[i] == wanted)
			return true;
	return false;
}

static bool has_tag_of(const struct check *check, const struct alert_channel *c)
{
	for (size_t i = 0; i < check->n_tags; i++)
		for (size_t k = 0; k < c->n_tags; k++)
			if (!strcmp(check->tags[i], c->tags[k]))
				return true;
	return false;
}

/* What a channel's routing lets through: severity and check (NULL: none). */
static bool routes(const struct lint *l, const struct alert_channel *c,
		   unsigned severity, const struct check *check)
{
	if (c->severities && !(c->severities >> severity & 1))
		return false;
	if (!check)
		return true; /* events are of no check and go to all */
	if (c->n_checks &&
	    !lists(c->checks, c->n_checks, (size_t)(check - l->sc->checks)))
		return false;
	return !c->n_tags || has_tag_of(check, c);
}

static bool is_told(const struct lint *l, const struct alert_rule *r,
		    size_t channel, unsigned severity,
		    const struct check *check)
{
	if (r->n_channels)
		return lists(r->channels, r->n_channels, channel);
	return routes(l, &l->a->channels[channel], severity, check);
}

/* Marks the channels that hear of it; false: nobody does. */
static bool mark(const struct lint *l, const struct alert_rule *r,
		 unsigned severity, const struct check *check, bool *heard)
{
	bool any = false;

	for (size_t i = 0; i < l->a->n_channels; i++) {
		if (!is_told(l, r, i, severity, check))
			continue;
		heard[i] = true;
		any = true;
	}
	return any;
}

static void lint_tier(struct lint *l, const struct alert_rule *r,
		      const struct alert_tier *tier, bool *heard)
{
	size_t n = r->is_global ? 1 : r->n_checks;

	for (size_t i = 0; i < n; i++) {
		const struct check *check =
			r->is_global ? NULL : &l->sc->checks[r->checks[i]];
		unsigned severity = tier->is_severity_of_check ? check->severity
							       : tier->severity;
		if (check)
			lint_schedule(l, r, &tier->when, check);
		if (mark(l, r, severity, check, heard) || !l->a->n_channels)
			continue;
		warn(l, r->at,
		     "nobody is told of rule \"%s\"%s%s%s: no channel takes "
		     "severity %s",
		     r->name, check ? " on check \"" : "",
		     check ? check->name : "", check ? "\"" : "",
		     severity_choices[severity]);
	}
}

static void lint_rules(struct lint *l)
{
	bool heard[ALERT_CHANNELS_MAX] = { false };

	for (size_t i = 0; i < l->a->n_rules; i++) {
		const struct alert_rule *r = &l->a->rules[i];
		for (size_t k = 0; k < r->n_escalate_to; k++)
			heard[r->escalate_to[k]] = true;
		for (size_t k = 0; k < r->n_tiers; k++)
			lint_tier(l, r, &r->tiers[k], heard);
	}
	for (size_t i = 0; i < l->a->n_channels; i++) {
		const struct alert_channel *c = &l->a->channels[i];
		if (!heard[i] && !c->gets_digest)
			warn(l, c->at, "no rule reaches channel \"%s\"",
			     c->name);
	}
	if (l->a->n_rules && !l->a->n_channels)
		warn(l, l->a->at,
		     "there are rules and no \"channels\": nobody "
		     "is told");
}

/* ---- the rest ------------------------------------------------------------------ */

static bool is_missed(const struct alerts *a, const char *heartbeat)
{
	for (size_t i = 0; i < a->n_rules; i++)
		for (size_t k = 0; k < a->rules[i].n_tiers; k++) {
			const struct condition *c = &a->rules[i].tiers[k].when;
			if (c->kind == CONDITION_MISSING &&
			    !strcmp(c->name, heartbeat))
				return true;
		}
	return false;
}

static void lint_digest(struct lint *l)
{
	const struct alerts *a = l->a;
	bool any = false;

	for (size_t i = 0; i < a->n_channels; i++) {
		any |= a->channels[i].gets_digest;
		if (a->channels[i].gets_digest && !a->digest.is_set)
			warn(l, a->channels[i].at,
			     "channel \"%s\" wants the digest, and there is "
			     "none: write \"digest: { at: '08:00' }\" under "
			     "\"alerts\"",
			     a->channels[i].name);
	}
	if (a->digest.is_set && !any)
		warn(l, a->at,
		     "no channel gets the digest: write \"digest: "
		     "true\" in one");
}

/* An http:// URL to another machine, whose host is put there. */
static bool goes_in_clear(const char *url, struct buf *host)
{
	static const struct workload nowhere = { 0 };
	static const char scheme[] = "http://";
	const char *from = url + sizeof(scheme) - 1, *at;
	size_t len;

	if (strncasecmp(url, scheme, sizeof(scheme) - 1) != 0)
		return false;
	len = strcspn(from, "/?#");
	at = memrchr(from, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - from);
		from = at + 1;
	}
	at = from[0] == '[' ? memchr(from, ']', len) : NULL;
	buf_reset(host);
	buf_add(host, from,
		at ? (size_t)(at + 1 - from) : strcspn(from, ":/?#"));
	return host->len > 0 && !workload_allows(&nowhere, buf_text(host), 0);
}

/* TX18: whoever is on the way could read notices, and change them. */
static void lint_transit(struct lint *l, const struct alert_channel *c)
{
	struct buf host;

	buf_init(&host, BUF_NO_LIMIT);
	for (size_t i = 0; i < c->n_settings; i++) {
		const struct channel_setting *s = &c->settings[i];
		const char *text = template_text(s->value, NULL);

		if (text && goes_in_clear(text, &host))
			warn(l, s->at,
			     "notices to channel \"%s\" go to %s in clear: "
			     "write https://, or keep it on this machine",
			     c->name, buf_text(&host));
	}
	buf_release(&host);
}

static void lint_settings(struct lint *l, const struct alert_channel *c)
{
	const struct setting_row *row = channel_kinds[c->kind].settings;

	for (; row->name; row++) {
		const struct channel_setting *s = channel_setting(c, row->name);
		bool is_hidden =
			row->is_secret ||
			lint_names_secret(row->name, strlen(row->name));
		const char *text =
			s && is_hidden ? template_text(s->value, NULL) : NULL;
		if (text && *text)
			warn(l, s->at,
			     "\"%s\" stands here in clear: declare it under "
			     "\"secrets\" and write ${secret....}",
			     row->name);
	}
}

void alerts_lint(const struct scenario *sc, struct errs *warnings)
{
	struct lint l = { sc, sc->alerts, warnings };

	if (!l.a)
		return;
	for (size_t i = 0; i < l.a->n_channels; i++) {
		lint_settings(&l, &l.a->channels[i]);
		lint_transit(&l, &l.a->channels[i]);
	}
	lint_rules(&l);
	lint_digest(&l);
	for (size_t i = 0; i < l.a->n_heartbeats; i++)
		if (!is_missed(l.a, l.a->heartbeats[i].name))
			warn(&l, l.a->heartbeats[i].at,
			     "nobody is told when heartbeat \"%s\" is missing: "
			     "write a rule \"when: missing(%s)\"",
			     l.a->heartbeats[i].name, l.a->heartbeats[i].name);
}
