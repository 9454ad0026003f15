/* SPDX-License-Identifier: MIT */
/* The daily digest: all warnings and errors since the one before. */
#include <inttypes.h>
#include <string.h>

#include "report/alerts/round/parts.h"
#include "report/notice/notice.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"
#include "scenarios/model.h"

#define NOTE "digest" /* when the last one was due */

enum {
	DIGEST_BYTES_MAX = NOTICE_JSON_MAX / 4 * 3, /* of the lines, as JSON */
	DIGEST_LINE_REST = 256, /* bytes of a line besides its texts */
};

struct digest {
	size_t n;
	struct notice_line *lines;
	size_t n_warnings, n_errors, n_left_off;
	size_t n_bytes;
};

/* What a line says happened; NOTICE_KIND_N: nothing of interest. */
static enum notice_kind kind_of(const struct state_entry *e)
{
	static const struct {
		enum happened happened;
		enum notice_kind kind;
	} kinds[] = {
		{ HAPPENED_FIRING, NOTICE_FIRING },
		{ HAPPENED_TIER, NOTICE_TIER },
		{ HAPPENED_RESOLVED, NOTICE_RESOLVED },
		{ HAPPENED_FLAPPING, NOTICE_FLAPPING },
		{ HAPPENED_EVENT, NOTICE_EVENT },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(e->kind, happened_names[kinds[i].happened]) == 0)
			return kinds[i].kind;
	}
	return NOTICE_KIND_N;
}

static size_t bytes_of(const struct notice_line *line)
{
	struct buf json;
	size_t n;

	buf_init(&json, NOTICE_JSON_MAX);
	json_escape_str(&json, line->title);
	json_escape_str(&json, line->message);
	n = json.failed ? NOTICE_JSON_MAX : json.len + DIGEST_LINE_REST;
	buf_release(&json);
	return n;
}

static bool add_line(struct round *rd, struct digest *g,
		     const struct state_entry *e, enum notice_kind kind,
		     const struct logged *one)
{
	struct notice_line line = {
		.at_ns = e->at_ns,
		.kind = kind,
		.severity = one->severity,
		.title = round_cut(rd, one->title, NOTICE_TITLE_MAX),
		.message = round_cut(rd, one->message, NOTICE_LINE_MAX),
		.lasted_ns = one->lasted_ns,
	};

	if (!line.title || !line.message)
		return errs_nomem(rd->es);
	if (kind == NOTICE_FIRING || kind == NOTICE_EVENT) {
		g->n_warnings += one->severity == SEVERITY_WARNING;
		g->n_errors += one->severity > SEVERITY_WARNING;
	}
	g->n_bytes += bytes_of(&line);
	/* a notice that is too long could never be written */
	if (g->n == NOTICE_LINES_MAX || g->n_bytes > DIGEST_BYTES_MAX)
		g->n_left_off++;
	else
		g->lines[g->n++] = line;
	return true;
}

/* Entries after one digest up to and with the moment of the other. */
static bool gather(struct round *rd, uint64_t after_ns, uint64_t until_ns,
		   struct digest *g)
{
	const struct state_entry *all;
	size_t n;

	*g = (struct digest){ 0 };
	g->lines = arena_alloc(rd->a, NOTICE_LINES_MAX, sizeof(*g->lines));
	if (!g->lines)
		return errs_nomem(rd->es);
	if (!state_entries(rd->st, rd->sc->name, after_ns, rd->a, &all, &n,
			   rd->es))
		return false;
	for (size_t i = 0; i < n; i++) {
		enum notice_kind kind = kind_of(&all[i]);
		struct logged one;

		if (all[i].at_ns <= after_ns || all[i].at_ns > until_ns ||
		    kind == NOTICE_KIND_N ||
		    !logged_read(&all[i], rd->a, &one) ||
		    one.severity < SEVERITY_WARNING)
			continue;
		if (!add_line(rd, g, &all[i], kind, &one))
			return false;
	}
	return true;
}

/* head: of the log, so that it stands in another place too; or NULL */
static const char *message_of(struct round *rd, const struct digest *g,
			      uint64_t after_ns, uint64_t until_ns,
			      const char *head)
{
	struct buf text;
	const char *kept;

	buf_init(&text, ROUND_TEXT_MAX);
	if (g->n == 0)
		buf_puts(&text, "no warnings and no errors");
	else
		buf_printf(&text, "%zu error%s and %zu warning%s", g->n_errors,
			   g->n_errors == 1 ? "" : "s", g->n_warnings,
			   g->n_warnings == 1 ? "" : "s");
	buf_puts(&text, " in ");
	unit_human_duration(&text, until_ns - after_ns);
	if (g->n_left_off > 0)
		buf_printf(&text, "; %zu line%s left off", g->n_left_off,
			   g->n_left_off == 1 ? " is" : "s are");
	buf_printf(&text, "; %" PRId64 " alert%s now", rd->n_firing,
		   rd->n_firing == 1 ? " fires" : "s fire");
	if (head)
		buf_printf(&text, "; the log of alerts is at %s", head);
	kept = arena_strdup(rd->a, buf_text(&text));
	buf_release(&text);
	return kept;
}

static enum severity worst_of(const struct digest *g)
{
	enum severity worst = SEVERITY_INFO;

	for (size_t i = 0; i < g->n; i++) {
		if (g->lines[i].severity > worst)
			worst = g->lines[i].severity;
	}
	return worst;
}

static bool make(struct round *rd, uint64_t after_ns, uint64_t due_ns,
		 struct notice *out)
{
	struct digest g;
	const char *head;
	struct notice n = {
		.kind = NOTICE_DIGEST,
		.scenario = rd->sc->name,
		.environment = rd->sc->environment ? rd->sc->environment : "",
		.rule = "",
		.check = "",
		.is_firing = rd->n_firing > 0,
		.at_ns = due_ns,
		.since_at_ns = after_ns,
		.url = "",
		.request_id = "",
		.vantage = "",
		.value = "",
		.threshold = "",
		.silenced = "",
	};

	if (!gather(rd, after_ns, due_ns, &g) ||
	    !state_chain_head(rd->st, rd->sc->name, rd->a, &head, rd->es))
		return false;
	n.n_lines = g.n;
	n.lines = g.lines;
	n.severity = worst_of(&g);
	n.title = arena_printf(rd->a, "Daily summary: %s", rd->sc->name);
	n.message = message_of(rd, &g, after_ns, due_ns, head);
	n.episode =
		arena_printf(rd->a, "digest@%" PRIu64, due_ns / UNIT_NS_PER_MS);
	*out = n;
	return (n.title && n.message && n.episode) || errs_nomem(rd->es);
}

static bool send(struct round *rd, uint64_t after_ns, uint64_t due_ns)
{
	struct notice n;

	if (!make(rd, after_ns, due_ns, &n))
		return false;
	for (size_t i = 0; i < rd->al->n_channels; i++) {
		const struct alert_channel *c = &rd->al->channels[i];

		if (c->gets_digest &&
		    !round_post(rd, c, &n, "digest", n.episode, rd->now_at_ns))
			return false;
	}
	return true;
}

/* A day that no run saw is in the digest of the next: each is told once, and
 * nothing falls between two. */
bool round_digest(struct round *rd)
{
	const struct alert_digest *g = &rd->al->digest;
	uint64_t last_ns = 0, due_ns, next_ns, after_ns;
	bool is_there;

	if (!g->is_set)
		return true;
	if (!round_note_get(rd, NOTE, &last_ns, 1, &is_there))
		return false;
	due_ns = alert_digest_before(g, rd->now_at_ns);
	next_ns = alert_digest_after(g, rd->now_at_ns);
	if (next_ns < rd->next_at_ns)
		rd->next_at_ns = next_ns;
	if (is_there && due_ns <= last_ns)
		return true;
	/* the first one is due after the first day */
	after_ns = due_ns > g->window_ns ? due_ns - g->window_ns : 0;
	if (is_there && last_ns < after_ns)
		after_ns = last_ns;
	if (is_there && !send(rd, after_ns, due_ns))
		return false;
	return round_note_put(rd, NOTE, &due_ns, 1);
}

bool alerts_digest(struct state *st, const struct scenario *sc,
		   uint64_t after_ns, uint64_t now_at_ns, struct arena *a,
		   struct notice *out, struct errs *es)
{
	struct round rd = {
		.st = st,
		.sc = sc,
		.al = sc->alerts,
		.a = a,
		.es = es,
		.now_at_ns = now_at_ns,
	};
	const struct alert_standing *all = NULL;
	size_t n = 0;

	if (!alerts_standing(st, sc, now_at_ns, a, &all, &n, es))
		return false;
	for (size_t i = 0; i < n; i++)
		rd.n_firing += all[i].phase == ALERT_FIRING ||
			       all[i].phase == ALERT_FLAPPING;
	return make(&rd, after_ns, now_at_ns, out);
}
