/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "probe/doctor/doctor.h"
#include "report/state/state.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

enum { NEARLY_FULL_PART = 5, WORDS_MAX = 64 };
#define FREE_BYTES_MIN ((uint64_t)100 << 20)
#define WAITS_LONG_NS  UNIT_NS_PER_H

static const char *size_words(struct buf *to, uint64_t bytes)
{
	buf_init(to, WORDS_MAX);
	unit_human_size(to, bytes);
	return buf_text(to);
}

static void look_at_size(struct doctor *d, uint64_t bytes)
{
	uint64_t max = d->sc ? d->sc->state.max_bytes : 0;
	struct buf is, may;

	size_words(&is, bytes);
	size_words(&may, max);
	if (max && bytes > max - max / NEARLY_FULL_PART)
		doctor_say(d, FINDING_WARN, "state",
			   "assay report clean removes the oldest; or keep "
			   "less (state: raw, minute, hour), or allow more",
			   "\"%s\" has %s of the %s that it may have",
			   d->state_path, buf_text(&is), buf_text(&may));
	else
		doctor_say(d, FINDING_OK, "state", "",
			   "\"%s\" is intact, %s%s%s", d->state_path,
			   buf_text(&is), max ? " of " : "",
			   max ? buf_text(&may) : "");
	buf_release(&is);
	buf_release(&may);
}

static void look_at_disk(struct doctor *d)
{
	struct statvfs fs;
	struct buf words;

	if (statvfs(d->state_path, &fs) != 0)
		return;
	uint64_t left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (left >= FREE_BYTES_MIN)
		return;
	doctor_say(d, FINDING_WARN, "state",
		   "make room: what is seen cannot be taken down on a full "
		   "disk",
		   "the disk of \"%s\" has %s left", d->state_path,
		   size_words(&words, left));
	buf_release(&words);
}

/* Notices that nobody delivers. */
static void look_at_outbox(struct doctor *d)
{
	const struct letter *all = NULL;
	struct errs es = { 0 };
	struct buf words;
	size_t n = 0, n_old = 0;

	if (!state_letters_waiting(d->state, d->a, &all, &n, &es))
		return;
	for (size_t i = 0; i < n; i++)
		n_old += all[i].not_before_at_ns + WAITS_LONG_NS < d->now_at_ns;
	if (!n_old) {
		doctor_say(d, FINDING_OK, "outbox", "",
			   "no notice waits for longer than it should");
		return;
	}
	buf_init(&words, WORDS_MAX);
	unit_human_duration(&words, d->now_at_ns - all[0].made_at_ns);
	doctor_say(d, FINDING_FAIL, "outbox",
		   "assay report notices says what each try met; the next run "
		   "tries again",
		   "%zu notice%s overdue by more than an hour, the oldest was "
		   "made %s ago",
		   n_old, n_old == 1 ? " is" : "s are", buf_text(&words));
	buf_release(&words);
}

static void look_inside(struct doctor *d)
{
	struct errs es = { 0 };
	struct stat st;

	d->state = state_open_readonly(d->state_path, &es);
	if (!d->state) {
		doctor_say_problems(d, FINDING_FAIL, "state",
				    "name the right file, restore a copy, or "
				    "move it away; runs leave it as it is",
				    &es);
		return;
	}
	look_at_size(d,
		     stat(d->state_path, &st) == 0 ? (uint64_t)st.st_size : 0);
	look_at_outbox(d);
}

void doctor_state(struct doctor *d)
{
	bool has_alerts = d->sc && d->sc->alerts;

	if (!d->state_path) {
		if (has_alerts)
			doctor_say(d, FINDING_WARN, "state",
				   "name it here and in every run: --state "
				   "FILE, or " STATE_VARIABLE,
				   "no state file was named: without one "
				   "nothing is remembered and nobody is told");
		return;
	}
	/* its journal lies beside it */
	if (!doctor_folder(d, "state", d->state_path))
		return;
	if (access(d->state_path, F_OK) != 0) {
		doctor_say(d, FINDING_OK, "state", "",
			   "\"%s\" is not there yet: the first run makes it",
			   d->state_path);
		return;
	}
	if (access(d->state_path, R_OK | W_OK) != 0) {
		doctor_say(d, FINDING_FAIL, "state",
			   "let the user that runs assay read and write it",
			   "\"%s\" cannot be written: %s", d->state_path,
			   strerror(errno));
		return;
	}
	look_inside(d);
	look_at_disk(d);
}
