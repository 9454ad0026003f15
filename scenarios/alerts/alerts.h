/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_ALERTS_H
#define SCENARIOS_ALERTS_H

/*
 * alerts - the alerts: of a scenario, decoded: when somebody is told, who, and
 * by which way.
 *
 * Plain const data as in scenarios/model.h.  It knows nothing of how a rule
 * is evaluated (report/alerts) or a notice delivered (probe/deliver).
 *
 *     alerts:
 *       channels:
 *         ops:  { telegram: { chat: '${env.TELEGRAM_CHAT_ID}' },
 *                 severities: [critical, error] }
 *         team: { email: { to: ops@example.org }, batch: 1h }
 *       rules:
 *         down: { when: consecutive(fail) >= 3, on: [ready],
 *                 severity: critical, cooldown: 5m }
 *         slow: { when: 'p95(latency, 5m) > 2s for 5m', severity: warning }
 *         disk:
 *           tiers:
 *             - { when: value(disk) > 85%, severity: warning, cooldown: 1h }
 *             - { when: value(disk) > 95%, severity: critical }
 *       heartbeats:
 *         backup: { every: 24h, grace: 1h }
 *       maintenance:
 *         - { cron: '0 2 * * sun', for: 2h, time_zone: Asia/Jakarta }
 *
 * Units         _ns nanoseconds, _at_ns nanoseconds since 1970 UTC.
 * Optional      pointers are NULL, times 0 where nothing was written.
 * Thread rule   const after loading.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"
#include "scenarios/rule/rule.h"

struct slot_name; /* scenarios/model.h */
struct template;
struct zone; /* scenarios/alerts/calendar/zone.h; NULL is UTC */

enum {
	ALERT_RULES_MAX = 1000,
	ALERT_TIERS_MAX = 5,
	ALERT_CHANNELS_MAX = 100,
	ALERT_WINDOWS_MAX = 200,
	ALERT_HEARTBEATS_MAX = 500,
	ALERT_QUORUM_MAX = 100,
};
#define ALERT_WINDOW_MAX_NS UINT64_C(7776000000000000) /* 90 days */

/* ---- conditions ------------------------------------------------------ */

/*
 * The sentence of a rule.  A rule is true of what is wrong.
 *
 *     consecutive(fail) >= 3            results in a row, also of an event:
 *     consecutive(fail, event: sync) >= 3
 *     down_for() > 60s                  since the first of the failures in a row
 *     p95(latency, 5m) > 2s for 5m      the requests of the check itself
 *     ratio(5xx, 5m) > 5% for 5m        share; rate(5xx, 5m) > 0.05/s: a second
 *     count(status >= 500, 5m) > 10
 *     value(memory) > 85% for 10m       newest value; mean, min, max(memory, 5m)
 *     value(checkedout) >= value(size)  two of one sample
 *     rate(failed, 5m) > 0.05/s         of counters; increase(failed, 5m) > 10
 *     rate(failed, 5m) / rate(served, 5m) > 5%
 *     p95(duration, 5m) > 2s            of a histogram; without a time: of a
 *                                       summary, its newest
 *     cert_days() < 14
 *     event(deploy) fails               each time, no cooldown unless written
 *     missing(backup)                   a heartbeat
 *     reset(uptime)                     a number that only rises has fallen
 *     changed(version)                  a captured text is another one
 *     p95(latency, 1h) worse than 7d    than its own past, by an interval
 *
 * Names         A series is a name that a step of the check keeps under
 *               series: or metrics: (NAME, or CHECK.NAME, which says the
 *               check too); several of one name (by labels) are added up.
 *               The words for requests and their times (latency, errors, 5xx,
 *               status ...) always mean the check's own requests; a name that
 *               is no plain word, or such a word, stands in quotes.
 * Units         A share has %, a rate /s, a time its unit: what could be both
 *               a share and a rate ("ratio(5xx, 5m) > 0.05", "rate(x, 5m) >
 *               5%") is refused with both readings spelled out.  A series has
 *               the unit of whoever made it: 85% is 85 of a series in percent,
 *               2s is 2 (Prometheus counts seconds), 512MiB are bytes.
 * for TIME      at the end: it must have been true so long.
 */
enum condition_kind {
	CONDITION_REQUESTS,    /* rule: quantile, mean, min, max, ratio, rate,
				* count of own requests */
	CONDITION_CONSECUTIVE, /* value: results (of the check or the event) */
	CONDITION_DOWN_FOR,    /* value: ns */
	CONDITION_VALUE,       /* of series, by aggregate; other: compared */
	CONDITION_INCREASE,    /* of a counter in window_ns */
	CONDITION_RATE,	       /* per second; other: divided by its rate */
	CONDITION_QUANTILE,    /* of a histogram or summary series */
	CONDITION_CERT_DAYS,
	CONDITION_EVENT,   /* name: happened with exit != 0 */
	CONDITION_MISSING, /* name: of a heartbeat */
	CONDITION_RESET,
	CONDITION_CHANGED,
	CONDITION_WORSE, /* rule's quantile or mean against past_ns */
	CONDITION_KIND_N
};

enum condition_aggregate {
	AGGREGATE_LAST,
	AGGREGATE_MEAN,
	AGGREGATE_MIN,
	AGGREGATE_MAX,
};

/* How the bound of a series was written: so its values are told too. */
enum condition_unit {
	CONDITION_PLAIN,
	CONDITION_PERCENT, /* 85%: value is 85 */
	CONDITION_SECONDS, /* 2s: value is 2 */
	CONDITION_BYTES,
};

struct condition {
	enum condition_kind kind;
	const char *text;   /* as written */
	struct rule rule;   /* REQUESTS, WORSE */
	const char *name;   /* series, event, heartbeat, capture; or NULL */
	const char *other;  /* second series; or NULL */
	unsigned aggregate; /* enum condition_aggregate */
	double quantile;
	enum rule_op op;
	/* Of requests as in rule (time ns, ratio 0 to 1, rate per s, count);
	 * of series in its own unit, a rate per s, a quotient 1 for 100%;
	 * DOWN_FOR ns; CONSECUTIVE results; CERT_DAYS days. */
	double value;
	unsigned unit;	    /* enum condition_unit; of series */
	uint64_t window_ns; /* 0: the newest only; REQUESTS: rule's */
	uint64_t past_ns;   /* WORSE */
	uint64_t for_ns;    /* it must have been true so long */
	struct place at;
};

struct arena; /* scenarios/base/arena.h */

/* at: where the text begins.  False with problems at their places.  The text
 * that out keeps gives the same condition again.  Whether the names in it
 * exist is not its business. */
bool condition_parse(struct arena *a, const char *text, size_t len,
		     struct place at, struct condition *out, struct errs *es);

/* The longest time into the past that evaluating it looks at. */
uint64_t condition_reach_ns(const struct condition *c);

/* ---- rules ------------------------------------------------------------ */

struct alert_tier {
	struct condition when;
	unsigned severity;    /* enum check_severity */
	uint64_t cooldown_ns; /* between two notices of one alert */
	/* No severity was written: each check's own counts (struct check),
	 * and severity is the worst of them.  Of an event or a heartbeat
	 * it is error then. */
	bool is_severity_of_check;
};

struct alert_rule {
	const char *name;
	const char *description; /* or NULL */
	struct place at;
	/* Checks by index in scenario.checks, those of on: and tags:; all
	 * when neither is written.  Empty with is_global. */
	size_t n_checks;
	const size_t *checks;
	bool is_global;	 /* about an event or a heartbeat */
	bool is_builtin; /* not written: see struct alerts */
	size_t n_tiers;	 /* mildest first, at least 1; a higher one wins */
	const struct alert_tier *tiers;
	bool has_cooldown;    /* written; else that of its kind stands there */
	uint64_t min_samples; /* of own requests; fewer: unknown; 1 */
	uint64_t recover;     /* good results in a row until resolved; 1 */
	uint64_t remind_ns;   /* told again while it fires; 0: never */
	bool tells_resolved;  /* true by default */
	uint64_t quorum;      /* vantages that must say so; 0: any one */
	size_t n_depends_on;  /* rules whose firing silences this one */
	const size_t *depends_on;
	size_t n_channels; /* by index; 0: by the channels' own routing */
	const size_t *channels;
	uint64_t escalate_after_ns; /* without acknowledgement; 0: never */
	size_t n_escalate_to;
	const size_t *escalate_to;
};

/* ---- channels --------------------------------------------------------- */

enum channel_kind {
	CHANNEL_TELEGRAM,
	CHANNEL_EMAIL,
	CHANNEL_SLACK,
	CHANNEL_PAGERDUTY,
	CHANNEL_SMS,
	CHANNEL_TEAMS,
	CHANNEL_DISCORD,
	CHANNEL_WEBHOOK,
	CHANNEL_ALERTMANAGER,
	CHANNEL_GITHUB,
	CHANNEL_EXEC,
	CHANNEL_KIND_N
};

/*
 * A setting of a channel.  Its value is a template whose slots are the secrets
 * of the scenario: slot i is the value of scenario.secrets[i], and there are no
 * others, so a deliverer fills a struct template_slot for each secret and
 * calls template_eval().  A secret that is unset and optional gives "".
 * A list is one setting each of the same name, in order ("to", "command",
 * "labels"); a map too, as "Name: value" ("headers") or "NAME=value" ("env").
 */
struct channel_setting {
	const char *name; /* "chat", "to", "url" */
	const struct template *value;
	struct place at;
};

/* Hours of a day, on days of the week, in a time zone. */
struct alert_hours {
	bool is_set;
	unsigned from_minute, until_minute; /* of the day; from > until: over
					     * midnight */
	unsigned days;			    /* bit 0: Sunday; 127: all */
	const char *time_zone;		    /* "Asia/Jakarta"; "" is UTC */
	const struct zone *zone;	    /* of that name */
};

struct alert_channel {
	const char *name;
	enum channel_kind kind;
	struct place at;
	size_t n_settings; /* of its kind, defaults filled in */
	const struct channel_setting *settings;
	/* routing: empty lists take everything */
	unsigned severities; /* bit of each enum check_severity; 0: all */
	size_t n_checks;
	const size_t *checks; /* indices */
	size_t n_tags;
	const char *const *tags;
	struct alert_hours hours; /* outside of them it waits */
	uint64_t batch_ns;   /* what comes within this is told together; 0 */
	uint64_t expires_ns; /* undelivered after so long it is dropped, with
			      * a record; 24 h by default */
	bool gets_digest;
};

/* The setting of that name, or NULL. */
const struct channel_setting *channel_setting(const struct alert_channel *c,
					      const char *name);
extern const char *const channel_kind_names[CHANNEL_KIND_N + 1];

/* ---- times when nobody is told --------------------------------------- */

struct alert_window {	  /* maintenance */
	const char *name; /* or NULL */
	struct place at;
	const char *cron; /* five fields, crontab(5); or NULL: one-off */
	uint64_t from_at_ns, until_at_ns; /* one-off */
	uint64_t for_ns;		  /* of each by cron */
	const char *time_zone;		  /* IANA; "" is UTC */
	size_t n_checks;		  /* 0: all */
	const size_t *checks;
	const struct zone *zone; /* of that name */
};

/* True inside of it.  Pure: the zone's rules were read when loading.  A
 * beginning at a local time that clocks leave out is at their jump; one that
 * they show twice is the first, but what is due every hour is due in both. */
bool alert_window_covers(const struct alert_window *w, uint64_t at_ns);

/* True where hours are not set.  Over midnight, the day is that of the
 * beginning. */
bool alert_hours_cover(const struct alert_hours *h, uint64_t at_ns);

/* The local day and minute of a moment, and back (the first, where clocks show
 * it twice). */
struct alert_clock {
	int64_t days;	  /* since 1970-01-01 */
	unsigned weekday; /* 0: Sunday */
	unsigned minute;  /* of the day */
};
struct alert_clock alert_clock_at(const struct zone *zone, uint64_t at_ns);
uint64_t alert_clock_ns(const struct zone *zone, int64_t days, unsigned minute);

struct alert_heartbeat {
	const char *name;
	uint64_t every_ns;
	uint64_t grace_ns;
	struct place at;
};

struct alert_digest {
	bool is_set;
	unsigned minute;	 /* of the day */
	const char *time_zone;	 /* "" is UTC */
	uint64_t window_ns;	 /* 24 h by default */
	const struct zone *zone; /* of that name */
};

/* When it was due last, at or before that moment; and due next. */
uint64_t alert_digest_before(const struct alert_digest *g, uint64_t at_ns);
uint64_t alert_digest_after(const struct alert_digest *g, uint64_t at_ns);

/* ---- all of it -------------------------------------------------------- */

/* With channels and no rule written, there is one: "down", consecutive(fail) >=
 * 1 of every check, with the check's own severity. */
struct alerts {
	struct place at;
	size_t n_channels;
	const struct alert_channel *channels;
	size_t n_rules;
	const struct alert_rule *rules;
	size_t n_windows;
	const struct alert_window *windows;
	size_t n_heartbeats;
	const struct alert_heartbeat *heartbeats;
	struct alert_digest digest;
	uint64_t group_ns;	 /* what fires within this is told together */
	uint64_t flap_changes;	 /* so many changes ... */
	uint64_t flap_within_ns; /* ... in this time are flapping; 0: never */
	uint64_t reach_ns;	 /* the longest of all conditions */
	const struct template *heartbeat_url; /* told that assay itself runs */
	/* What templates in here may use: the secrets of the scenario, by
	 * index, and nothing else. */
	size_t n_slots;
	const struct slot_name *slots;
};

#endif
