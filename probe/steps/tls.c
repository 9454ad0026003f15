/* SPDX-License-Identifier: MIT */
#include "probe/run/record.h"
#include "probe/steps/executor.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

static void on_done(struct exchange *ex)
{
	const struct record_extra extra = { .is_encrypted = true };
	struct journey *jo = ex->owner;

	journey_wake(jo);
	record_hop(jo);
	record_finish(jo, &extra);
	journey_go_on(jo);
}

void tls_start(struct journey *jo, const struct step *st)
{
	const struct step_tls *tls = st->spec;
	struct asking *as = record_begin(jo, st);
	struct buf why;

	if (!as)
		return;
	const struct template_world world = journey_values(jo);
	buf_init(&why, JUDGE_WHY_MAX);
	if (ask_target(REQUEST_TLS, tls->target, &tls->net, &world, as->arena,
		       &as->asked, &why)) {
		as->asked.request.wants_any_tls = true;
		record_target(jo);
		record_ask(jo, on_done);
	} else {
		record_fail(jo, OUTCOME_VALUE, buf_text(&why));
	}
	buf_release(&why);
}
