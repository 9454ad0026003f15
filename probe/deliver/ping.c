/* SPDX-License-Identifier: MIT */
/* Tells somebody else's watch that assay itself runs. */
#include <stdlib.h>
#include <string.h>

#include "probe/deliver/deliver.h"
#include "probe/deliver/send/settings.h"
#include "probe/engine/engine.h"
#include "report/log.h"
#include "report/redact/redact.h"
#include "report/result/outcome.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"

enum { WHY_MAX = 400, STATUS_GOOD = 200, STATUS_NOT_GOOD = 300 };
#define PINGER_ARENA_MAX  ((size_t)4 << 20)
#define PINGER_ANSWER_MAX 65536 /* bytes */

struct pinger {
	struct deliver_config config;
	struct arena *a; /* of the one under way */
	struct exchange ex;
	bool is_on;
	bool stops; /* the engine, behind it */
};

static void say(struct pinger *p, const char *why)
{
	struct buf safe;

	buf_init(&safe, WHY_MAX);
	redact_text(p->config.redactor, why, strlen(why), &safe);
	if (log_wants(p->config.log, LEVEL_WARNING))
		log_printf(p->config.log, LEVEL_WARNING, "assay.deliver",
			   "heartbeat_url: %s", buf_text(&safe));
	buf_release(&safe);
}

static void finish(struct pinger *p)
{
	arena_free(p->a);
	p->a = NULL;
	p->is_on = false;
	if (p->stops)
		engine_stop(p->config.en);
}

static void judge(struct pinger *p, const struct answer *an)
{
	struct buf why;

	if (an->outcome == OUTCOME_OK && an->status >= STATUS_GOOD &&
	    an->status < STATUS_NOT_GOOD)
		return;
	buf_init(&why, WHY_MAX);
	if (an->status)
		buf_printf(&why, "HTTP %ld", an->status);
	else
		buf_printf(&why, "%s: %s", outcome_name(an->outcome),
			   *an->detail ? an->detail
				       : outcome_sentence(an->outcome));
	say(p, buf_text(&why));
	buf_release(&why);
}

static void on_done(struct exchange *ex)
{
	struct pinger *p = ex->owner;

	judge(p, &ex->answer);
	exchange_release(ex);
	finish(p);
}

struct pinger *pinger_new(const struct deliver_config *config, struct errs *es)
{
	struct pinger *p = calloc(1, sizeof(*p));

	if (!p) {
		errs_nomem(es);
		return NULL;
	}
	p->config = *config;
	exchange_init(&p->ex);
	return p;
}

void pinger_free(struct pinger *p)
{
	if (!p)
		return;
	exchange_release(&p->ex);
	arena_free(p->a);
	free(p);
}

static const char *find_url(struct pinger *p, const struct template *text)
{
	struct template_world world;
	struct buf why;

	buf_init(&why, WHY_MAX);
	const char *url = NULL;
	if (settings_world(p->config.scenario, p->config.secrets, p->a, &world))
		url = settings_text(text, &world, p->a, &why);
	if (!url)
		say(p, buf_text(&why));
	buf_release(&why);
	return url;
}

void pinger_ping(struct pinger *p)
{
	const struct alerts *alerts = p->config.scenario->alerts;

	if (p->is_on || !alerts || !alerts->heartbeat_url)
		return;
	p->a = arena_new(PINGER_ARENA_MAX);
	const char *url = p->a ? find_url(p, alerts->heartbeat_url) : NULL;
	if (!url || !*url) {
		arena_free(p->a);
		p->a = NULL;
		return;
	}
	exchange_init(&p->ex);
	p->ex.request = (struct request){
		.kind = REQUEST_HTTP,
		.method = "GET",
		.url = url,
		.limits = { .total_ns = PINGER_TIMEOUT_NS },
		.body_max_bytes = PINGER_ANSWER_MAX,
	};
	p->ex.on_done = on_done;
	p->ex.owner = p;
	p->is_on = true;
	engine_start(p->config.en, &p->ex);
}

bool ping_now(const struct deliver_config *config, struct errs *es)
{
	const struct alerts *alerts = config->scenario->alerts;
	struct deliver_config mine = *config;

	if (!alerts || !alerts->heartbeat_url)
		return true;
	if (!mine.en)
		mine.en = engine_new(es);
	if (!mine.en)
		return false;
	struct pinger *p = pinger_new(&mine, es);
	if (p) {
		p->stops = true;
		pinger_ping(p);
		while (p->is_on)
			engine_run(mine.en);
	}
	bool done = p != NULL;
	pinger_free(p);
	if (mine.en != config->en)
		engine_free(mine.en);
	return done;
}
