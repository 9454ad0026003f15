/* SPDX-License-Identifier: MIT */
#include "probe/steps/metrics.h"

#include "probe/judge/judge.h"
#include "probe/judge/scrape.h"
#include "scenarios/base/buf.h"

enum { WORDS_MAX = 100 };

/* An answer with the wrong status has a page of its own, of which it says
 * nothing that it is no exposition. */
void metrics_judge(struct judging *j)
{
	const struct scrape *sc = judging_scrape(j);
	struct buf seen;

	if (j->status_failed)
		return;
	buf_init(&seen, WORDS_MAX);
	if (sc && sc->is_read)
		buf_printf(&seen, "%zu sample%s", sc->n_samples,
			   sc->n_samples == 1 ? "" : "s");
	else
		buf_puts(&seen, "something else");
	const struct expectation row = {
		.subject = "exposition",
		.expected = "Prometheus text or OpenMetrics",
		.seen = buf_text(&seen),
		.note = !sc	      ? "out of memory"
			: sc->is_read ? ""
				      : sc->why,
		.ok = sc && sc->is_read,
	};
	judging_add(j, &row, true);
	if (!row.ok && sc)
		j->message = sc->why;
	buf_release(&seen);
}
