/* SPDX-License-Identifier: MIT */
#include <curl/curl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "probe/doctor/doctor.h"
#include "probe/engine/engine.h"
#include "probe/engine/exchange.h"
#include "probe/steps/executor.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/alerts/calendar/zone.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"
#include "scenarios/model.h"
#include "scenarios/template/template.h"
#include "scenarios/watch/watch.h"

/* ---- files -------------------------------------------------------------- */

enum {
	FILES_OF_OURS = 64,   /* state, log, pages, libraries */
	FILES_PER_CHECK = 3,  /* a connection, a name, a file that is sent */
	CHECKS_AT_ONCE = 1000 /* of the watch, when nothing is written */
};

void doctor_files_limit(struct doctor *d)
{
	struct rlimit may;
	uint64_t at_once = d->sc ? d->sc->n_checks : 1;
	uint64_t most = d->sc && d->sc->watch && d->sc->watch->concurrency
				? d->sc->watch->concurrency
				: CHECKS_AT_ONCE;

	if (getrlimit(RLIMIT_NOFILE, &may) != 0)
		return;
	if (at_once > most)
		at_once = most;
	uint64_t need = FILES_OF_OURS + FILES_PER_CHECK * at_once;
	doctor_say(d, may.rlim_cur < need ? FINDING_FAIL : FINDING_OK, "files",
		   "ulimit -n 65536, or LimitNOFILE=65536 in the systemd unit",
		   "%" PRIu64 " files may be open, %" PRIu64 " check%s at once "
		   "need%s up to %" PRIu64,
		   (uint64_t)may.rlim_cur, at_once, at_once == 1 ? "" : "s",
		   at_once == 1 ? "s" : "", need);
}

/* ---- time ---------------------------------------------------------------- */

static bool uses_zones(const struct alerts *a)
{
	for (size_t i = 0; i < a->n_windows; i++)
		if (*a->windows[i].time_zone)
			return true;
	for (size_t i = 0; i < a->n_channels; i++)
		if (a->channels[i].hours.is_set &&
		    *a->channels[i].hours.time_zone)
			return true;
	return a->digest.is_set && *a->digest.time_zone;
}

/* Whether each is known was found out when the scenario was loaded. */
void doctor_zones(struct doctor *d)
{
	if (access(ZONE_FOLDER, R_OK | X_OK) != 0)
		doctor_say(d, d->sc ? FINDING_OK : FINDING_WARN, "time zone",
			   "install the package tzdata",
			   "this machine knows no time zones (" ZONE_FOLDER
			   "); the scenario needs none");
	else if (d->sc && d->sc->alerts && uses_zones(d->sc->alerts))
		doctor_say(d, FINDING_OK, "time zone", "",
			   "the time zones of the scenario are known");
}

/* ---- against the targets --------------------------------------------------- */

enum { ASKED_MAX = 10 };
#define ASK_TIMEOUT_NS UINT64_C(10000000000)
#define ASK_BODY_MAX   65536
#define SKEW_WARN_NS   (2 * UNIT_NS_PER_S)
#define SKEW_FAIL_NS   (60 * UNIT_NS_PER_S)

struct asking {
	struct doctor *d;
	struct engine *en;
	size_t n, n_left;
	struct asked {
		const char *url;
		struct asking *all;
		struct exchange ex;
	} item[ASKED_MAX];
};

/* Dates have whole seconds and were written at some time in between. */
static int64_t skew_ns(uint64_t from_at_ns, uint64_t until_at_ns, time_t date)
{
	int64_t low = (int64_t)date * (int64_t)UNIT_NS_PER_S;
	int64_t high = low + (int64_t)UNIT_NS_PER_S;

	if (high < (int64_t)from_at_ns)
		return (int64_t)from_at_ns - high; /* ours is ahead */
	if (low > (int64_t)until_at_ns)
		return (int64_t)until_at_ns - low;
	return 0;
}

static void judge_skew(struct doctor *d, const char *url, int64_t skew)
{
	uint64_t by = (uint64_t)(skew < 0 ? -skew : skew);
	struct buf words;

	buf_init(&words, 64);
	unit_human_duration(&words, by);
	if (by == 0)
		doctor_say(d, FINDING_OK, "clock", "", "%s has the same time",
			   url);
	else
		doctor_say(d,
			   by > SKEW_FAIL_NS   ? FINDING_FAIL
			   : by > SKEW_WARN_NS ? FINDING_WARN
					       : FINDING_OK,
			   "clock",
			   "let a time service set the clock here, or there",
			   "the clock here is %s %s that of %s",
			   buf_text(&words), skew > 0 ? "ahead of" : "behind",
			   url);
	buf_release(&words);
}

static void on_done(struct exchange *ex)
{
	struct asked *one = ex->owner;
	struct doctor *d = one->all->d;
	const char *date = answer_header(&ex->answer, "Date");
	time_t at = date ? curl_getdate(date, NULL) : -1;

	if (ex->answer.outcome != OUTCOME_OK)
		doctor_say(d, FINDING_WARN, "clock", "see assay probe",
			   "%s did not tell the time: %s", one->url,
			   *ex->answer.detail
				   ? ex->answer.detail
				   : outcome_sentence(ex->answer.outcome));
	else if (at < 0)
		doctor_say(d, FINDING_OK, "clock", "",
			   "%s does not tell the time", one->url);
	else
		judge_skew(d, one->url,
			   skew_ns(ex->answer.started_at_ns, engine_wall_ns(),
				   at));
	if (--one->all->n_left == 0)
		engine_stop(one->all->en);
}

/* "https://host:port/" of a URL. */
static const char *origin_of(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://");

	if (!host)
		return NULL;
	const char *at = host + 3;
	size_t len = strcspn(at, "/?#");
	/* whoever is named before the host is nobody's business here */
	for (size_t i = 0; i < len; i++)
		if (at[i] == '@')
			return NULL;
	return arena_printf(a, "%.*s/", (int)((size_t)(at - url) + len), url);
}

static bool note_origin(void *self, const struct step *step)
{
	struct asking *t = self;
	const struct http_ask *ask = executors[step->type].ask
					     ? executors[step->type].ask(step)
					     : NULL;
	const char *text = ask && !ask->net.unix_socket && !ask->net.proxy
				   ? template_text(ask->url, NULL)
				   : NULL;
	const char *url = text ? origin_of(t->d->a, text) : NULL;

	if (!url || t->n == ASKED_MAX)
		return true;
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->item[i].url, url))
			return true;
	t->item[t->n++].url = url;
	return true;
}

/* A clock that is wrong makes certificates wrong, so they are not looked at;
 * nothing but the question is sent. */
static void ask_all(struct asking *t)
{
	t->n_left = t->n;
	for (size_t i = 0; i < t->n; i++) {
		struct asked *one = &t->item[i];

		one->all = t;
		exchange_init(&one->ex);
		one->ex.request = (struct request){
			.kind = REQUEST_HTTP,
			.method = "HEAD",
			.url = one->url,
			.limits = { .total_ns = ASK_TIMEOUT_NS },
			.body_max_bytes = ASK_BODY_MAX,
			.skip_verify = true,
		};
		one->ex.on_done = on_done;
		one->ex.owner = one;
		engine_start(t->en, &one->ex);
	}
	while (t->n_left)
		engine_run(t->en);
	for (size_t i = 0; i < t->n; i++)
		exchange_release(&t->item[i].ex);
}

void doctor_clock_online(struct doctor *d)
{
	struct asking *t = d->sc ? arena_alloc(d->a, 1, sizeof(*t)) : NULL;
	struct errs es = { 0 };

	if (!t)
		return;
	t->d = d;
	for (size_t i = 0; i < d->sc->n_checks; i++)
		load_steps_each(&d->sc->checks[i].steps, note_origin, t);
	t->en = t->n ? engine_new(&es) : NULL;
	if (t->en)
		ask_all(t);
	engine_free(t->en);
	doctor_say_problems(d, FINDING_FAIL, "clock", "", &es);
	if (!t->n)
		doctor_say(d, FINDING_OK, "clock", "",
			   "the scenario asks nobody over HTTP for the time");
}
