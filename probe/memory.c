/* SPDX-License-Identifier: MIT */
#include "probe/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/deliver/deliver.h"
#include "probe/engine/engine.h"
#include "probe/patience.h"
#include "report/alerts/round.h"
#include "report/log.h"
#include "report/out.h"
#include "report/result/result.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

/* After an interrupt, or a deadline, somebody waits for the end. */
#define HURRY_NS UINT64_C(5000000000)

/* When a one-shot run last cleaned the state, and how often one does. */
#define TIDY_NOTE     "probe.tidied_at"
#define TIDY_EVERY_NS UNIT_NS_PER_H
enum { TIDY_ARENA_MAX = 1 << 16 };

const char *memory_path(const char *option)
{
	const char *path = option ? option : getenv(MEMORY_VARIABLE);

	return path && *path ? path : NULL;
}

bool memory_open(struct memory *m, struct errs *es)
{
	if (m->deadline_ns)
		m->until_ns = engine_now_ns() + m->deadline_ns;
	if (!m->path)
		return true;
	switch (overlap_take(&m->overlap, m->path, m->scenario->name,
			     OVERLAP_WAIT_NS, es)) {
	case OVERLAP_OTHER:
		return false;
	case OVERLAP_BROKEN:
		return true;
	default:
		m->state = state_open(m->path, &m->found, es);
		if (m->state)
			(void)state_scenario_put(m->state, m->scenario, es);
		return true;
	}
}

void memory_tell(const struct memory *m, struct out *to)
{
	if (!m->state || m->found == STATE_RESUMED)
		return;
	if (m->found == STATE_OLDER)
		out_printf(to,
			   "assay: \"%s\" was written by an older assay and "
			   "was brought up to date\n",
			   m->path);
	else
		out_printf(to,
			   "assay: \"%s\" is new: nothing is remembered from "
			   "before this run\n",
			   m->path);
	(void)out_failed(to);
}

static struct deliver_config config_of(const struct memory *m)
{
	return (struct deliver_config){
		.state = m->state,
		.scenario = m->scenario,
		.secrets = m->secrets,
		.redactor = m->redactor,
		.log = m->log,
	};
}

/* Without alerts: only what was seen. */
static bool take_down(struct memory *m, const struct run_result *sealed,
		      struct errs *es)
{
	bool is_new;

	return state_take_run(m->state, sealed, &is_new, es);
}

static bool evaluate(struct memory *m, const struct run_result *sealed,
		     struct errs *es)
{
	const struct round_input in = {
		.scenario = m->scenario,
		.sealed = sealed,
		.now_at_ns = engine_wall_ns(),
	};
	struct round_seen seen = { 0 };

	if (!alerts_round(m->state, &in, &seen, es))
		return false;
	if (seen.n_afresh && log_wants(m->log, LEVEL_WARNING))
		log_printf(m->log, LEVEL_WARNING, "assay.alerts",
			   "what was stored of %zu alerts cannot be read: they "
			   "start afresh, and the log of alerts names them",
			   seen.n_afresh);
	if (log_wants(m->log, LEVEL_INFO))
		log_printf(m->log, LEVEL_INFO, "assay.alerts",
			   "alerts that fire: %zu, notices made: %zu",
			   seen.n_firing, seen.n_letters);
	return true;
}

/* How long deliveries may take. */
static uint64_t patience_until_ns(const struct memory *m, bool was_stopped)
{
	uint64_t now_ns = engine_now_ns();
	uint64_t least_ns = now_ns + HURRY_NS;
	uint64_t most_ns = now_ns + DELIVER_TIMEOUT_NS;

	if (was_stopped)
		return least_ns;
	if (!m->until_ns || m->until_ns > most_ns)
		return most_ns;
	return m->until_ns > least_ns ? m->until_ns : least_ns;
}

static void deliver(struct memory *m, bool was_stopped, struct errs *es)
{
	const struct deliver_config config = config_of(m);
	struct delivered done = { 0 };

	if (!deliver_now(&config, patience_until_ns(m, was_stopped), &done, es))
		return;
	if (done.waiting && log_wants(m->log, LEVEL_WARNING))
		log_printf(m->log, LEVEL_WARNING, "assay.deliver",
			   "%zu of the notices wait in \"%s\" for the next run",
			   done.waiting, m->path);
}

/* ---- keeping it small -------------------------------------------------- */

static bool is_tidy(struct memory *m, uint64_t now_at_ns, struct errs *es)
{
	struct arena *a = arena_new(TIDY_ARENA_MAX);
	const char *text = NULL;
	uint64_t last_ns = 0;

	if (a && state_note_get(m->state, TIDY_NOTE, a, &text, es) && text)
		last_ns = strtoull(text, NULL, 10);
	arena_free(a);
	/* a clock that was set back is no reason to wait */
	return last_ns <= now_at_ns && now_at_ns - last_ns < TIDY_EVERY_NS;
}

static bool clean(struct memory *m, uint64_t now_at_ns, struct errs *es)
{
	static const struct state_keep as_written = { 0 };
	struct state_cleaned done = { 0 };
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, now_at_ns);
	/* the note first: what cannot be cleaned is not tried each time */
	if (!state_note_put(m->state, TIDY_NOTE, text, es) ||
	    !state_clean(m->state, &as_written, now_at_ns, &done, es))
		return false;
	if (log_wants(m->log, LEVEL_INFO))
		log_printf(m->log, LEVEL_INFO, "assay.state",
			   "cleaned \"%s\": %" PRIu64 " rows removed, %" PRIu64
			   " bytes",
			   m->path, done.removed, done.bytes_after);
	if (!done.has_room && log_wants(m->log, LEVEL_WARNING))
		log_printf(m->log, LEVEL_WARNING, "assay.state",
			   "\"%s\" has %" PRIu64 " bytes, more than max_size: "
			   "what is left is needed to go on, or waits to be "
			   "told",
			   m->path, done.bytes_after);
	return true;
}

void memory_tidy(struct memory *m)
{
	uint64_t now_at_ns = engine_wall_ns();
	struct errs es = { 0 };

	if (!is_tidy(m, now_at_ns, &es))
		(void)clean(m, now_at_ns, &es);
	if (es.n > 0 && log_wants(m->log, LEVEL_WARNING))
		log_printf(m->log, LEVEL_WARNING, "assay.state",
			   "the state could not be cleaned: %s",
			   es.item[0].text);
}

void memory_take(struct memory *m, const struct run_result *sealed,
		 struct errs *es)
{
	const struct deliver_config config = config_of(m);
	bool is_well = true;

	if (m->state && !m->has_alerts) {
		is_well = take_down(m, sealed, es);
	} else if (m->state) {
		is_well = evaluate(m, sealed, es);
		/* what is in the outbox is told, whatever became of this */
		deliver(m, sealed->partial, es);
		patience_begin();
	}
	/* whoever watches over assay is not to be told that all is well when
	 * it cannot do its work */
	if (m->has_alerts && is_well && (!m->path || m->state))
		(void)ping_now(&config, es);
	if (m->state && is_well && !sealed->partial)
		memory_tidy(m);
}

void memory_close(struct memory *m)
{
	state_close(m->state);
	m->state = NULL;
	overlap_drop(&m->overlap);
}

/* ---- test notices ------------------------------------------------------- */

int memory_test_alerts(const struct memory *m, struct arena *a, struct out *to,
		       struct errs *es)
{
	const struct deliver_config config = config_of(m);
	struct channel_tried *rows = NULL;
	size_t n = 0, n_failed = 0;
	int width = 0;

	if (!m->scenario->alerts || !m->scenario->alerts->n_channels) {
		errs_add(es, ERR_INPUT, NOWHERE,
			 "the scenario has no channels: write them under "
			 "\"alerts\"");
		return errs_exit_code(es);
	}
	if (!deliver_test(&config, a, &rows, &n, es))
		return errs_exit_code(es);
	for (size_t i = 0; i < n; i++)
		if ((int)strlen(rows[i].channel) > width)
			width = (int)strlen(rows[i].channel);
	for (size_t i = 0; i < n; i++) {
		out_printf(to, "%-6s  %-*s  %s\n", rows[i].ok ? "ok" : "failed",
			   width, rows[i].channel, rows[i].detail);
		n_failed += !rows[i].ok;
	}
	return n_failed ? 1 : 0;
}
