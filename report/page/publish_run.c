/* SPDX-License-Identifier: MIT */
#include "report/page/publish_run.h"

#include <stdlib.h>

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

bool publish_run(const char *dir, const struct run_result *sealed,
		 const struct page_past *past, struct errs *es)
{
	struct standing *rows = calloc(sealed->n_checks + 1, sizeof(*rows));
	const struct published p = {
		.name = sealed->name,
		.environment = sealed->environment,
		.version = PUBLISH_VERSION,
		.now_at_ns = stamp_now_ns(),
		.n = sealed->n_checks,
		.checks = rows,
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
	page_render(&p, past, 0, &page);
	ok = publish_file(dir, "index.html", &page, es) && ok;
	buf_release(&page);
	free(rows);
	return ok;
}
