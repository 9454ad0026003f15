/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/doctor/doctor.h"
#include "probe/doctor/drift.h"
#include "probe/engine/child.h"
#include "probe/engine/engine.h"
#include "report/file.h"
#include "report/result/stamp.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

#define HISTORY_BYTES_MAX ((size_t)256 << 20) /* of one check */
enum { WORDS_MAX = 200 };

/* ---- how it was kept ---------------------------------------------------- */

static void say_drift(struct doctor *d, const struct check *c,
		      const struct drift *is, enum drift_verdict verdict)
{
	static const char *const remedies[] = {
		[DRIFT_GAPS] = "whatever starts it leaves some out: rules "
			       "should look back far enough, or let assay "
			       "watch run it",
		[DRIFT_LATE] = "whatever starts it is slower than every says, "
			       "as scheduled workflows are: write the every "
			       "that is true, or let assay watch run it",
		[DRIFT_STOPS] = "see whether its timer, workflow or watch "
				"still runs",
	};
	struct buf text;

	buf_init(&text, WORDS_MAX);
	unit_print_duration(&text, c->every_ns);
	buf_puts(&text, ", really ");
	unit_human_duration(&text, is->median_ns);
	buf_puts(&text, " (median), ");
	unit_human_duration(&text, is->p95_ns);
	buf_puts(&text, " (p95), longest gap ");
	unit_human_duration(&text, is->longest_ns);
	buf_puts(&text, " until ");
	stamp_print_ns(&text, is->longest_at_ns, 0);
	if (verdict == DRIFT_STOPS) {
		buf_puts(&text, "; no run for ");
		unit_human_duration(&text, is->since_newest_ns);
	}
	doctor_say(d, FINDING_WARN, "schedule", remedies[verdict],
		   "check \"%s\": every %s; %zu run%s", c->name,
		   buf_text(&text), is->n + 1, is->n ? "s" : "");
	buf_release(&text);
}

/* The runs of the vantage that ran last: others have their own schedule. */
static bool measure(struct doctor *d, const struct history *h,
		    struct drift *out)
{
	uint64_t *at = arena_alloc(d->a, h->n_checks + 1, sizeof(*at));
	const char *vantage =
		h->n_checks ? h->checks[h->n_checks - 1].vantage : "";
	size_t n = 0;

	for (size_t i = 0; at && i < h->n_checks; i++)
		if (!strcmp(h->checks[i].vantage, vantage))
			at[n++] = h->checks[i].at_ns;
	return at && drift_measure(at, n, d->now_at_ns, out);
}

static enum drift_verdict look_at(struct doctor *d, const struct check *c)
{
	uint64_t raw = d->sc->state.raw_ns ? d->sc->state.raw_ns : STATE_RAW_NS;
	struct arena *a = arena_new(HISTORY_BYTES_MAX);
	enum drift_verdict verdict = DRIFT_FEW;
	struct history h = { 0 };
	struct drift is = { 0 };
	struct errs es = { 0 };

	if (a &&
	    state_history(d->state, d->sc->name, c->name,
			  d->now_at_ns > raw ? d->now_at_ns - raw : 0, a, &h,
			  &es) &&
	    measure(d, &h, &is))
		verdict = drift_judge(&is, c->every_ns);
	if (verdict > DRIFT_KEPT)
		say_drift(d, c, &is, verdict);
	doctor_say_problems(d, FINDING_FAIL, "schedule", "", &es);
	if (h.n_checks &&
	    h.checks[h.n_checks - 1].at_ns > d->now_at_ns + UNIT_NS_PER_MIN)
		doctor_say(d, FINDING_FAIL, "clock",
			   "set the clock; what was taken down in the future "
			   "is believed until then",
			   "check \"%s\" has results from the future", c->name);
	arena_free(a);
	return verdict;
}

void doctor_schedule(struct doctor *d)
{
	size_t count[DRIFT_STOPS + 1] = { 0 };
	size_t n = 0;

	if (!d->sc || !d->state)
		return;
	for (size_t i = 0; i < d->sc->n_checks; i++) {
		if (!d->sc->checks[i].every_ns)
			continue;
		count[look_at(d, &d->sc->checks[i])]++;
		n++;
	}
	if (count[DRIFT_KEPT])
		doctor_say(d, FINDING_OK, "schedule", "", "%zu of %zu check%s",
			   count[DRIFT_KEPT], n,
			   n == 1 ? " is run as often as it says"
				  : "s are run as often as they say");
	if (count[DRIFT_FEW])
		doctor_say(d, FINDING_OK, "schedule", "",
			   "%zu of %zu check%s too few runs to say how "
			   "%s schedule is kept",
			   count[DRIFT_FEW], n, n == 1 ? " has" : "s have",
			   n == 1 ? "its" : "their");
}

/* ---- the checkout -------------------------------------------------------- */

/* docs.github.com, "Events that trigger workflows": in a public repository
 * scheduled workflows are disabled when there was no activity for 60 days. */
enum {
	DISABLED_DAYS = 60,
	DISABLED_WARN_DAYS = 50,
	WORKFLOW_BYTES_MAX = 1 << 20
};
#define GIT_TIMEOUT_NS UINT64_C(10000000000)

/* The folder with .git, the path or one above it; false: there is none. */
static bool find_checkout(const char *scenario_path, char root[PATH_MAX])
{
	char path[PATH_MAX + 8];

	if (!realpath(scenario_path, root))
		return false;
	for (char *slash; *root; *slash = '\0') {
		(void)snprintf(path, sizeof(path), "%s/.git", root);
		if (access(path, F_OK) == 0)
			return true;
		slash = strrchr(root, '/');
	}
	return false;
}

static bool is_scheduled(const char *folder, const char *name)
{
	char path[PATH_MAX * 2];
	struct errs es = { 0 };
	struct buf text;

	const char *dot = strrchr(name, '.');
	if (!dot || (strcmp(dot, ".yml") != 0 && strcmp(dot, ".yaml") != 0))
		return false;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	buf_init(&text, WORKFLOW_BYTES_MAX);
	bool found = file_read(path, WORKFLOW_BYTES_MAX, &text, &es) &&
		     strstr(buf_text(&text), "schedule:") &&
		     strstr(buf_text(&text), "cron:");
	buf_release(&text);
	return found;
}

static bool has_scheduled(const char *root)
{
	char folder[PATH_MAX + 32];
	struct dirent *one;
	bool found = false;

	(void)snprintf(folder, sizeof(folder), "%s/.github/workflows", root);
	DIR *dir = opendir(folder);
	while (dir && !found && (one = readdir(dir)))
		found = is_scheduled(folder, one->d_name);
	if (dir)
		closedir(dir);
	return found;
}

static void on_git(struct child *ch)
{
	engine_stop(child_owner(ch));
}

/* When the newest commit was made, in seconds since 1970; 0 with *why. */
static uint64_t newest_commit_s(struct doctor *d, const char *root,
				struct buf *why)
{
	const char *const argv[] = { "git", "-C",	    root, "log",
				     "-1",  "--format=%ct", NULL };
	struct errs es = { 0 };
	struct engine *en = engine_new(&es);
	const struct child_plan plan = {
		.argv = argv,
		.env = child_env(d->a, NULL, 0),
		.in = CHILD_NULL,
		.timeout_ns = GIT_TIMEOUT_NS,
		.on_done = on_git,
		.owner = en,
	};
	uint64_t at_s = 0;

	struct child *ch = en && plan.env ? child_start(en, &plan, why) : NULL;
	if (ch) {
		engine_run(en);
		const struct child_result *r = child_result(ch);
		at_s = strtoull(buf_text(&r->out), NULL, 10);
		if (!at_s)
			child_say(r, why);
	}
	child_free(ch);
	engine_free(en);
	return at_s;
}

static void judge_commit(struct doctor *d, uint64_t at_s)
{
	uint64_t now_s = d->now_at_ns / UNIT_NS_PER_S;
	uint64_t days = now_s > at_s ? (now_s - at_s) / UNIT_S_PER_DAY : 0;
	enum finding_level level = days >= DISABLED_DAYS	? FINDING_FAIL
				   : days >= DISABLED_WARN_DAYS ? FINDING_WARN
								: FINDING_OK;

	doctor_say(d, level, "workflow",
		   "push a commit, or enable it again under Actions; GitHub "
		   "disables scheduled workflows of a public repository after "
		   "60 days without activity",
		   "the newest commit is %" PRIu64 " day%s old%s", days,
		   days == 1 ? "" : "s",
		   level == FINDING_OK ? ", scheduled workflows go on" : "");
}

void doctor_checkout(struct doctor *d, const char *scenario_path)
{
	char root[PATH_MAX];
	struct buf why;

	if (!find_checkout(scenario_path, root) || !has_scheduled(root))
		return;
	buf_init(&why, WORDS_MAX);
	uint64_t at_s = newest_commit_s(d, root, &why);
	if (at_s)
		judge_commit(d, at_s);
	else
		doctor_say(d, FINDING_WARN, "workflow",
			   "see what git log says there",
			   "the age of the newest commit is not known: %s",
			   buf_text(&why));
	buf_release(&why);
}
