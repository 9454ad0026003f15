/* SPDX-License-Identifier: MIT */
/* What a round reads and writes by key. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/alerts/round/parts.h"
#include "report/result/verdict.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

const char *target_key(struct round *rd, const struct alert_rule *r,
		       const struct check *c)
{
	const char *key =
		arena_printf(rd->a, "%s/%s", r->name, c ? c->name : "");

	if (!key)
		errs_nomem(rd->es);
	return key;
}

bool target_load(struct round *rd, const char *key, struct alert_state *out,
		 const char **damage)
{
	struct errs flaws = { 0 };
	const char *text;

	*damage = NULL;
	if (!state_alert_get(rd->st, rd->sc->name, key, rd->a, &text, rd->es))
		return false;
	if (text && alert_state_read(text, strlen(text), out, &flaws))
		return true;
	memset(out, 0, sizeof(*out));
	if (!text)
		return true;
	*damage = arena_strdup(rd->a, flaws.n ? flaws.item[0].text : "damaged");
	return *damage || errs_nomem(rd->es);
}

bool target_store(struct round *rd, const char *key,
		  const struct alert_state *t)
{
	struct buf text;
	bool ok;

	buf_init(&text, ALERT_TEXT_MAX);
	ok = alert_state_write(t, &text) || errs_nomem(rd->es);
	ok = ok && state_alert_put(rd->st, rd->sc->name, key, buf_text(&text),
				   rd->es);
	buf_release(&text);
	return ok;
}

static int64_t cert_days_of(const struct attempt *at)
{
	int64_t days = INT64_MAX;

	for (size_t i = 0; i < at->n_steps; i++) {
		const struct tls_facts *tls = at->steps[i].tls;

		if (tls && tls->n_certs > 0 && tls->days < days)
			days = tls->days;
	}
	return days;
}

struct seen_check seen_of_result(const struct check_result *result,
				 const char *vantage)
{
	const struct attempt *deciding = check_deciding(result);
	struct seen_check seen = {
		.at_ns = result->started_at_ns + result->total_ns,
		.verdict = result->verdict,
		.worst = result->worst,
		.outcome = result->outcome,
		.cert_days = deciding ? cert_days_of(deciding) : INT64_MAX,
		.message = result->message,
		.vantage = vantage,
	};

	for (size_t i = 0; i < result->n_attempts; i++) {
		if (result->verdict == VERDICT_FAILED &&
		    result->attempts[i].verdict == VERDICT_FAILED) {
			seen.failing_since_ns =
				result->attempts[i].started_at_ns;
			break;
		}
	}
	return seen;
}

uint64_t check_fresh_ns(const struct check *c)
{
	uint64_t two_ns;

	if (!c || c->every_ns == 0)
		return ROUND_FRESH_UNSCHEDULED_NS;
	/* one may be late or lost */
	two_ns = 2 * c->every_ns + UNIT_NS_PER_MIN;
	return two_ns > EVALUATE_FRESH_NS ? two_ns : EVALUATE_FRESH_NS;
}

/* ---- notes ------------------------------------------------------------------- */

static const char *note_name(struct round *rd, const char *name)
{
	const char *full =
		arena_printf(rd->a, "alerts.%s/%s", name, rd->sc->name);

	if (!full)
		errs_nomem(rd->es);
	return full;
}

bool round_note_get(struct round *rd, const char *name, uint64_t *numbers,
		    size_t n, bool *is_there)
{
	const char *full = note_name(rd, name), *text;

	*is_there = false;
	if (!full || !state_note_get(rd->st, full, rd->a, &text, rd->es))
		return false;
	if (!text)
		return true;
	for (size_t i = 0; i < n; i++) {
		char *end;

		errno = 0;
		numbers[i] = strtoull(text, &end, 10);
		/* what is not ours is as if it were not there */
		if (errno || end == text || *end != (i + 1 < n ? ' ' : '\0'))
			return true;
		text = end + 1;
	}
	*is_there = true;
	return true;
}

bool round_note_put(struct round *rd, const char *name, const uint64_t *numbers,
		    size_t n)
{
	const char *full = note_name(rd, name);
	struct buf text;
	bool ok;

	buf_init(&text, ROUND_TEXT_MAX);
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s%" PRIu64, i ? " " : "", numbers[i]);
	ok = full && state_note_put(rd->st, full, buf_text(&text), rd->es);
	buf_release(&text);
	return ok;
}
