/* SPDX-License-Identifier: MIT */
#include "probe/memory.h"

#include <inttypes.h>
#include <stdio.h>
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

/* A run that has just ended is known already, or too old, only when the state
 * was written by a clock that was ahead. */
static bool check_taken(const struct memory *m, const struct run_result *run,
			bool is_new, struct errs *es)
{
	bool is_ahead = false;

	if (!is_new)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"state file \"%s\": " STATE_NOT_NEW, m->path);
	if (!state_is_ahead(m->state, run, engine_wall_ns(), &is_ahead, es))
		return false;
	return !is_ahead ||
	       errs_add(es, ERR_SYSTEM, NOWHERE,
			"state file \"%s\" has results from the future, and "
			"what is seen now does not count until then: set the "
			"clock, or move the file away to begin anew",
			m->path);
}

/* Without alerts: only what was seen. */
static bool take_down(struct memory *m, const struct run_result *sealed,
		      struct errs *es)
{
	bool is_new;

	return state_take_run(m->state, sealed, &is_new, es) &&
	       check_taken(m, sealed, is_new, es);
}

static bool evaluate(struct memory *m, const struct run_result *sealed,
		     struct errs *es)
{
	const struct round_input in = {
		.scenario = m->scenario,
		.sealed = sealed,
		.now_at_ns = engine_wall_ns(),
		.is_alone = true,
	};
	struct round_seen seen = { 0 };

	if (!alerts_round(m->state, &in, &seen, es))
		return false;
	if (!seen.was_new)
		return check_taken(m, sealed, false, es);
	if (seen.n_afresh && log_wants(m->log, LEVEL_WARNING))
		log_printf(m->log, LEVEL_WARNING, "assay.alerts",
			   "what was stored of %zu alert%s cannot be read: %s "
			   "afresh, and the log of alerts names %s",
			   seen.n_afresh, seen.n_afresh == 1 ? "" : "s",
			   seen.n_afresh == 1 ? "it starts" : "they start",
			   seen.n_afresh == 1 ? "it" : "them");
	if (log_wants(m->log, LEVEL_INFO))
		log_printf(m->log, LEVEL_INFO, "assay.alerts",
			   "alerts that fire: %zu, notices made: %zu",
			   seen.n_firing, seen.n_letters);
	return check_taken(m, sealed, seen.was_new, es);
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
			   "%zu notice%s in \"%s\" for the next run",
			   done.waiting,
			   done.waiting == 1 ? " waits" : "s wait", m->path);
}

/* ---- keeping it small -------------------------------------------------- */

static void say_tidied(const struct memory *m, const struct state_cleaned *done)
{
	log_printf(m->log, LEVEL_INFO, "assay.state",
		   "cleaned \"%s\": %" PRIu64 " rows removed, %" PRIu64
		   " bytes",
		   m->path, done->removed, done->bytes_after);
	if (!done->has_room)
		log_printf(m->log, LEVEL_WARNING, "assay.state",
			   "\"%s\" has %" PRIu64 " bytes, more than max_size: "
			   "what is left is needed to go on, or waits to be "
			   "told",
			   m->path, done->bytes_after);
}

/* One-shot runs are all that look after a file that only they use.  That it
 * failed changes nothing of what was seen and told. */
void memory_tidy(struct memory *m)
{
	struct state_cleaned done = { 0 };
	struct errs es = { 0 };
	bool was_due;

	if (!state_tidy(m->state, engine_wall_ns(), &was_due, &done, &es)) {
		if (es.n > 0)
			log_printf(m->log, LEVEL_WARNING, "assay.state",
				   "\"%s\" could not be cleaned: %s", m->path,
				   es.item[0].text);
	} else if (was_due) {
		say_tidied(m, &done);
	}
}

/* What that means for whoever waits for a notice. */
static void say_forgotten(const struct memory *m, struct errs *es)
{
	bool tells = m->has_alerts && m->scenario->alerts;

	errs_add(es, ERR_SYSTEM, NOWHERE, "%s",
		 tells ? "nobody was told of this run"
		       : "this run is not remembered");
}

static bool remember(struct memory *m, const struct run_result *sealed,
		     struct errs *es)
{
	/* now, not before: a file that is locked delays no check */
	bool ok = state_scenario_put(m->state, m->scenario, es);

	if (!m->has_alerts)
		return ok && take_down(m, sealed, es);
	ok = ok && evaluate(m, sealed, es);
	/* what is in the outbox is told, whatever became of this */
	deliver(m, sealed->partial, es);
	patience_begin();
	return ok;
}

void memory_take(struct memory *m, const struct run_result *sealed,
		 struct errs *es)
{
	const struct deliver_config config = config_of(m);
	bool is_well = m->state ? remember(m, sealed, es) : !m->path;

	if (!is_well)
		say_forgotten(m, es);
	/* whoever watches over assay is not to be told that all is well when
	 * it cannot do its work */
	if (m->has_alerts && is_well)
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
