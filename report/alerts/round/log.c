/* SPDX-License-Identifier: MIT */
/* The log of what happened to alerts: one entry a happening, its facts as
 * JSON. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/alerts/round/parts.h"
#include "report/result/result.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/json/json.h"
#include "scenarios/model.h"

static void put_text(struct buf *out, const char *name, const char *text)
{
	if (!text[0])
		return;
	buf_printf(out, ",\"%s\":", name);
	json_escape_str(out, text);
}

static void put_ns(struct buf *out, const char *name, uint64_t ns)
{
	if (ns > 0)
		buf_printf(out, ",\"%s\":\"%" PRIu64 "\"", name, ns);
}

bool round_log(struct round *rd, const struct target *at,
	       const struct happening *h, const char *title,
	       const char *message, unsigned severity)
{
	struct state_entry entry = {
		.at_ns = rd->now_at_ns,
		.scenario = rd->sc->name,
		.key = at->key,
		/* what was held back is told later than it happened */
		.kind = h->is_logged ? happened_names[h->kind] : "told",
	};
	struct buf text;
	bool ok;

	buf_init(&text, BUF_NO_LIMIT);
	buf_puts(&text, "{\"severity\":");
	json_escape_str(&text, severity_name(severity));
	put_text(&text, "rule", at->r->name);
	put_text(&text, "check", at->c ? at->c->name : "");
	if (!h->is_logged)
		put_text(&text, "what", happened_names[h->kind]);
	put_text(&text, "title", title);
	put_text(&text, "message", message);
	put_text(&text, "held", held_names[h->held]);
	put_text(&text, "why", h->why);
	buf_puts(&text, h->is_told ? ",\"told\":true" : "");
	put_ns(&text, "since", h->since_at_ns);
	put_ns(&text, "lasted", h->lasted_ns);
	put_ns(&text, "episode", h->episode_at_ns);
	buf_putc(&text, '}');
	entry.text = buf_text(&text);
	ok = buf_ok(&text) ? state_entry_add(rd->st, &entry, rd->es)
			   : errs_nomem(rd->es);
	buf_release(&text);
	return ok;
}

bool round_log_afresh(struct round *rd, const struct target *at,
		      const char *damage)
{
	struct state_entry entry = { .at_ns = rd->now_at_ns,
				     .scenario = rd->sc->name,
				     .key = at->key,
				     .kind = "afresh" };
	const char *message = arena_printf(
		rd->a,
		"what was stored of alert \"%s\" cannot be read (%s): it "
		"starts "
		"afresh; if it was told as firing, close that at its channels",
		at->key, damage);
	struct buf text;
	bool ok;

	rd->n_afresh++;
	buf_init(&text, BUF_NO_LIMIT);
	buf_puts(&text, "{\"severity\":");
	json_escape_str(&text, severity_name(SEVERITY_WARNING));
	put_text(&text, "rule", at->r->name);
	put_text(&text, "check", at->c ? at->c->name : "");
	put_text(&text, "title", at->key);
	put_text(&text, "message", message ? message : "");
	buf_putc(&text, '}');
	entry.text = buf_text(&text);
	ok = message && buf_ok(&text) ? state_entry_add(rd->st, &entry, rd->es)
				      : errs_nomem(rd->es);
	buf_release(&text);
	return ok;
}

/* ---- read back ------------------------------------------------------------------ */

static const char *text_in(const cJSON *root, const char *name, struct arena *a)
{
	const cJSON *node = cJSON_GetObjectItemCaseSensitive(root, name);

	return cJSON_IsString(node) ? arena_strdup(a, node->valuestring) : "";
}

static unsigned severity_of(const char *name)
{
	for (unsigned i = 0; i < SEVERITY_N; i++) {
		if (strcmp(severity_name(i), name) == 0)
			return i;
	}
	return SEVERITY_INFO;
}

bool logged_read(const struct state_entry *entry, struct arena *a,
		 struct logged *out)
{
	struct source src = { "alert log", entry->text, strlen(entry->text) };
	struct errs es = { 0 };
	cJSON *root = json_parse(&src, JSON_OWN, NULL, NULL, &es);
	const char *severity, *lasted;

	if (!root)
		return false;
	*out = (struct logged){
		.rule = text_in(root, "rule", a),
		.check = text_in(root, "check", a),
		.title = text_in(root, "title", a),
		.message = text_in(root, "message", a),
		.was_told = cJSON_IsTrue(
			cJSON_GetObjectItemCaseSensitive(root, "told")),
	};
	severity = text_in(root, "severity", a);
	lasted = text_in(root, "lasted", a);
	out->severity = severity ? severity_of(severity) : SEVERITY_INFO;
	out->lasted_ns = lasted ? strtoull(lasted, NULL, 10) : 0;
	cJSON_Delete(root);
	return out->rule && out->check && out->title && out->message;
}
