/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DOCTOR_H
#define PROBE_DOCTOR_H

/*
 * doctor - looks whether this machine can do what a scenario asks, and adds
 * a finding for each thing that it looked at: ok, a warning, or a failure, with
 * what to do about it.
 *
 * Nothing is sent to anybody unless doctor_clock_online() or doctor_send() is
 * called, and nothing is changed.
 *
 * Ownership     texts of findings live in the arena, without secrets.
 * Thread rule   one thread; engine_global_init() was called.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/secrets.h"
#include "scenarios/base/err.h"

struct arena;
struct buf;
struct redactor;
struct scenario;
struct state;

enum finding_level { FINDING_OK, FINDING_WARN, FINDING_FAIL, FINDING_LEVEL_N };
extern const char *const finding_level_names[FINDING_LEVEL_N]; /* "ok" ... */

struct finding {
	enum finding_level level;
	const char *subject; /* "state", "channel" ...: a literal */
	const char *text;
	const char *remedy; /* "" */
};

enum { DOCTOR_FINDINGS_MAX = 2000 };

struct doctor {
	const struct scenario *sc; /* or NULL */
	const char *state_path;	   /* or NULL */
	struct state *state;	   /* for looking; or NULL */
	struct secret_values secrets;
	bool has_secrets; /* they could be read */
	struct redactor *redactor;
	struct arena *a;
	uint64_t now_at_ns;
	size_t n;
	struct finding finding[DOCTOR_FINDINGS_MAX];
};

/* Adds one; remedy may be "". */
void doctor_say(struct doctor *d, enum finding_level level, const char *subject,
		const char *remedy, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* One for each problem, with its place. */
void doctor_say_problems(struct doctor *d, enum finding_level level,
			 const char *subject, const char *remedy,
			 const struct errs *es);
enum finding_level doctor_worst(const struct doctor *d);

/* What was found, for people and for programs. */
void doctor_text(const struct doctor *d, struct buf *out);
void doctor_json(const struct doctor *d, struct buf *out);

/* doctor_files.c: the log, the certificates. */
void doctor_log(struct doctor *d);
void doctor_certificates(struct doctor *d);
/* doctor_state.c: the file itself, opened for the others; what waits in it. */
void doctor_state(struct doctor *d);
/* doctor_schedule.c: what the runs in the state say of the schedule; the
 * newest commit of the checkout that a scheduled workflow runs in. */
void doctor_schedule(struct doctor *d);
void doctor_checkout(struct doctor *d, const char *scenario_path);
/* doctor_channels.c */
void doctor_channels(struct doctor *d);
void doctor_send(struct doctor *d); /* a test notice to each */
/* doctor_clock.c: does a time service set the clock? */
void doctor_clock(struct doctor *d);
/* doctor_machine.c */
void doctor_files_limit(struct doctor *d);
void doctor_zones(struct doctor *d);
/* Asks the HTTP targets of the scenario for the time. */
void doctor_clock_online(struct doctor *d);

/* False with a finding: a folder that is not there or not writable. */
bool doctor_folder(struct doctor *d, const char *subject, const char *path);

#endif
