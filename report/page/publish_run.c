/* SPDX-License-Identifier: MIT */
#include "report/page/publish_run.h"

#include <stdlib.h>

#include "report/alerts/round.h"
#include "report/page/page.h"
#include "report/publish/publish.h"
#include "report/result/stamp.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

#ifdef ASSAY_VERSION
#define PUBLISH_VERSION ASSAY_VERSION
#else
#define PUBLISH_VERSION "0.1"
#endif

/* Of the last whole hours and the one that goes on. */
static uint64_t errors_of_a_day(const struct page_past *past)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < past->n_checks; i++) {
		const struct page_check *c = &past->checks[i];
		size_t n =
			c->n_hours < HOURS_COUNTED ? c->n_hours : HOURS_COUNTED;

		for (size_t k = c->n_hours - n; k < c->n_hours; k++)
			sum += c->hours[k].n_failed;
	}
	return sum;
}

bool publish_recall(struct state *st, const struct scenario *sc,
		    uint64_t now_at_ns, struct arena *a,
		    struct publish_memory *out, struct errs *es)
{
	*out = (struct publish_memory){ 0 };
	if (!page_gather(st, sc, now_at_ns, a, &out->past, es) ||
	    !alerts_standing(st, sc, now_at_ns, a, &out->alerts, &out->n_alerts,
			     es))
		return false;
	out->errors_24h = errors_of_a_day(&out->past);
	return true;
}

bool publish_run(const char *dir, const struct run_result *sealed,
		 const struct publish_memory *memory, struct errs *es)
{
	struct standing *rows = calloc(sealed->n_checks + 1, sizeof(*rows));
	const struct published p = {
		.name = sealed->name,
		.environment = sealed->environment,
		.version = PUBLISH_VERSION,
		.now_at_ns = stamp_now_ns(),
		.n = sealed->n_checks,
		.checks = rows,
		.has_errors_24h = memory != NULL,
		.errors_24h = memory ? memory->errors_24h : 0,
		.n_alerts = memory ? memory->n_alerts : 0,
		.alerts = memory ? memory->alerts : NULL,
	};
	struct buf page;

	if (!rows)
		return errs_nomem(es);
	for (size_t i = 0; i < sealed->n_checks; i++) {
		rows[i].name = sealed->checks[i].name;
		standing_take(&rows[i], &sealed->checks[i]);
		rows[i].n_runs = 1;
		rows[i].n_failed = rows[i].verdict == VERDICT_FAILED;
	}
	bool ok = publish_dir(dir, &p, es);
	buf_init(&page, PAGE_BYTES_MAX);
	page_render(&p, memory ? &memory->past : NULL, 0, &page);
	ok = publish_file(dir, "index.html", &page, es) && ok;
	buf_release(&page);
	free(rows);
	return ok;
}
