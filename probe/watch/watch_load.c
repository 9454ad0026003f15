/* SPDX-License-Identifier: MIT */
/* The scenario of the watch, and another one in its place. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "probe/watch/beside/board.h"
#include "probe/watch/config.h"
#include "probe/watch/beside/keeper.h"
#include "probe/watch/beside/service.h"
#include "probe/watch/watch_inside.h"
#include "report/log.h"
#include "report/log/audit.h"
#include "report/redact/redact.h"
#include "report/state/state.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"
#include "scenarios/watch/watch.h"

enum { TEXT_MAX = 1 << 16 };

/* What a reload is made of; nothing of the watch changes until all is there. */
struct change {
	struct watch_check **checks;
	bool *is_new;
	const struct standing **rows;
	size_t n;
};

static void change_release(struct change *ch)
{
	for (size_t i = 0; ch->is_new && i < ch->n; i++)
		if (ch->is_new[i])
			free(ch->checks[i]);
	free(ch->checks);
	free(ch->is_new);
	free(ch->rows);
}

static struct watch_check *find_check(const struct watch *w, const char *name)
{
	for (size_t i = 0; i < w->n_checks; i++)
		if (!strcmp(w->checks[i]->now.name, name))
			return w->checks[i];
	return NULL;
}

uint64_t watch_every_ns(const struct watch_config *config, uint64_t every_ns)
{
	const struct watch_settings *set = config->scenario->watch;

	if (every_ns > 0)
		return every_ns;
	return set && set->every_ns > 0 ? set->every_ns : WATCH_EVERY_NS;
}

static struct slot_plan plan_of(const struct watch_config *config,
				const struct check *check)
{
	return schedule_plan(check->name,
			     watch_every_ns(config, check->every_ns),
			     check->jitter_ns,
			     check->has_start_offset ? check->start_offset_ns
						     : SCHEDULE_NO_OFFSET);
}

static struct watch_check *new_check(struct watch *w)
{
	struct watch_check *wc = calloc(1, sizeof(*wc));

	if (!wc)
		return NULL;
	wc->watch = w;
	wc->epoch_ns = engine_now_ns();
	wc->backoff = wc->now.backoff = 1;
	list_init(&wc->link);
	list_init(&wc->gone);
	return wc;
}

/* The checks of the configuration: old ones by their names, and new ones. */
static bool prepare(struct watch *w, const struct watch_config *config,
		    struct change *ch)
{
	const struct scenario *sc = config->scenario;

	ch->checks = calloc(sc->n_checks + 1, sizeof(*ch->checks));
	ch->is_new = calloc(sc->n_checks + 1, sizeof(*ch->is_new));
	ch->rows = calloc(sc->n_checks + 1, sizeof(*ch->rows));
	if (!ch->checks || !ch->is_new || !ch->rows)
		return false;
	for (size_t i = 0; i < sc->n_checks; i++) {
		if (!config->chosen[i])
			continue;
		struct watch_check *wc = find_check(w, sc->checks[i].name);
		bool is_new = !wc;

		if (is_new)
			wc = new_check(w);
		if (!wc)
			return false;
		ch->is_new[ch->n] = is_new;
		ch->rows[ch->n] = &wc->now;
		ch->checks[ch->n++] = wc;
	}
	return true;
}

/* Same interval, same phase. */
static void adopt(struct watch_check *wc, const struct watch_config *config,
		  const struct check *check, size_t row, bool is_new)
{
	struct slot_plan plan = plan_of(config, check);
	uint64_t now = engine_now_ns() - wc->epoch_ns;

	if (is_new)
		wc->next_slot = 0;
	else if (memcmp(&plan, &wc->plan, sizeof(plan)) != 0)
		wc->next_slot = schedule_next(&plan, 0, now);
	wc->plan = plan;
	wc->check = check;
	wc->row = row;
	wc->now.name = check->name;
	wc->now.severity = (enum severity)check->severity;
	wc->now.every_ns = plan.every_ns;
}

/* Those that the new scenario has not go; under way they end first. */
static void drop_old(struct watch *w, const struct change *ch)
{
	for (size_t i = 0; i < w->n_checks; i++) {
		struct watch_check *wc = w->checks[i];
		bool stays = false;

		for (size_t k = 0; k < ch->n && !stays; k++)
			stays = ch->checks[k] == wc;
		if (stays)
			continue;
		wc->check = NULL;
		if (wc->is_busy && !wc->config)
			watch_check_stop(wc, "it is gone");
		if (wc->is_busy)
			list_append(&w->gone, &wc->gone);
		else
			watch_check_free(wc);
	}
}

void watch_heap_fill(struct watch *w)
{
	w->heap.n = 0;
	for (size_t i = 0; i < w->n_checks; i++) {
		const struct watch_check *wc = w->checks[i];

		due_heap_add(
			&w->heap,
			(struct due){ wc->epoch_ns +
					      schedule_due_ns(&wc->plan,
							      wc->next_slot),
				      i });
	}
}

static void set_concurrency(struct watch *w, const struct watch_config *config)
{
	const struct watch_settings *set = config->scenario->watch;

	w->concurrency = WATCH_CONCURRENCY;
	if (set && set->concurrency > 0)
		w->concurrency = set->concurrency;
	if (w->opt->concurrency > 0)
		w->concurrency = w->opt->concurrency;
}

static void put_in_place(struct watch *w, struct watch_config *config,
			 struct change *ch, struct due_heap *heap)
{
	const struct scenario *sc = config->scenario;
	size_t row = 0;

	drop_old(w, ch);
	for (size_t i = 0; i < sc->n_checks; i++) {
		if (!config->chosen[i])
			continue;
		adopt(ch->checks[row], config, &sc->checks[i], row,
		      ch->is_new[row]);
		ch->is_new[row] = false;
		row++;
	}
	free(w->checks);
	w->checks = ch->checks;
	w->n_checks = ch->n;
	ch->checks = NULL;
	due_heap_release(&w->heap);
	w->heap = *heap;
	watch_heap_fill(w);
	set_concurrency(w, config);
	watch_config_hold(config);
	watch_config_drop(w->config);
	w->config = config;
	log_set_redactor(w->log, config->redactor);
}

bool watch_take_config(struct watch *w, struct watch_config *config,
		       struct errs *es)
{
	struct change ch = { 0 };
	struct due_heap heap;
	bool ok = prepare(w, config, &ch);

	if (ok && !due_heap_init(&heap, ch.n))
		ok = false;
	if (!ok) {
		change_release(&ch);
		return errs_nomem(es);
	}
	put_in_place(w, config, &ch, &heap);
	if (!board_fill(w->opt->board, config, ch.rows, ch.n))
		log_printf(w->log, LEVEL_ERROR, "assay.watch",
			   "out of memory: the pages stay as they were");
	change_release(&ch);
	return true;
}

/* ---- SIGHUP ------------------------------------------------------------------ */

static void log_problems(struct watch *w, enum log_level level,
			 const struct errs *es)
{
	for (size_t i = 0; i < es->n; i++) {
		const struct err *e = &es->item[i];

		if (e->at.src && e->at.line)
			log_printf(w->log, level, "assay.watch", "%s:%u:%u: %s",
				   e->at.src->name, e->at.line, e->at.col,
				   e->text);
		else
			log_printf(w->log, level, "assay.watch", "%s", e->text);
	}
}

/* What was done, in the state file and in the audit log. */
static void audit(struct watch *w, bool success, const char *details)
{
	const struct audit_record r = {
		.at_ns = engine_wall_ns(),
		.user = "SIGHUP",
		.action = "config_reload",
		.resource = w->opt->source->file,
		.details = details,
		.success = success,
	};

	if (w->opt->keeper)
		keeper_audit(w->opt->keeper, &r);
	audit_write(w->opt->audit, w->config->redactor, &r);
}

static void refuse(struct watch *w, const struct errs *problems)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	buf_printf(&text, "refused, the scenario before stays: %zu problem%s",
		   problems->n + problems->dropped,
		   problems->n == 1 ? "" : "s");
	log_printf(w->log, LEVEL_ERROR, "assay.watch", "reload %s",
		   buf_text(&text));
	log_problems(w, LEVEL_ERROR, problems);
	w->self.reload_ok = false;
	audit(w, false, buf_text(&text));
	buf_release(&text);
}

static void accept(struct watch *w, const struct errs *warnings)
{
	log_printf(w->log, LEVEL_WARNING, "assay.watch",
		   "reloaded: %zu check%s", w->n_checks,
		   w->n_checks == 1 ? "" : "s");
	log_problems(w, LEVEL_WARNING, warnings);
	w->self.reload_ok = true;
	w->self.reload_at_ns = engine_wall_ns();
	w->self.reloads++;
	audit(w, true, "");
	if (w->opt->keeper)
		keeper_reload(w->opt->keeper, w->config);
}

void watch_reload(struct watch *w)
{
	struct watch_config *broken = NULL;
	struct errs problems = { 0 };
	struct errs warnings = { 0 };

	service_reloading(w->opt->service, engine_now_ns());
	struct watch_config *config = watch_config_load(w->opt->source, &broken,
							&problems, &warnings);
	if (config && watch_take_config(w, config, &problems))
		accept(w, &warnings);
	else
		refuse(w, &problems);
	watch_config_drop(config);
	watch_config_drop(broken);
	service_tell(w->opt->service, "READY=1");
}
