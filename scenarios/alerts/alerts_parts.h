/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_ALERTS_PARTS_H
#define SCENARIOS_ALERTS_PARTS_H

/*
 * alerts_parts - what the files of alerts and the loader share.  Internal to
 * scenarios/.
 */

#include "scenarios/alerts/alerts.h"
#include "scenarios/decode/decode.h"

/* The alerts of all files while they are decoded. */
struct alerts_draft {
	struct decoder *d;
	const struct check *checks; /* of all files */
	size_t n_checks;
	struct alerts a;
	struct list channels;	/* struct alert_channel */
	struct list rules;	/* struct rule_draft */
	struct list windows;	/* struct alert_window */
	struct list heartbeats; /* struct alert_heartbeat */
};

/* ---- names.c: words, and the things they name ------------------------ */

enum { ALERT_WORDS_MAX = 1000 };

struct word {
	const char *text;
	struct place at;
};
struct words {
	size_t n;
	const struct word *item;
};
/* One word, or a list of them. */
bool words_decode(struct decoder *d, const struct node *t, const char *what,
		  struct words *out);
void words_schema(const struct key *k, struct buf *out);
extern const struct key_form words_form; /* keeps the node */

/* Things whose first field is their name. */
struct named_things {
	const char *what; /* "check" */
	const void *item;
	size_t size, n;
};
const char *thing_name(const struct named_things *things, size_t i);
bool thing_find(struct decoder *d, const struct named_things *things,
		const struct word *word, size_t *index);
/* All that the node names, each once. */
bool things_decode(struct decoder *d, const struct node *t, const char *key,
		   const struct named_things *things, size_t *n,
		   const size_t **index);
/* ---- depends.c -------------------------------------------------------- */

/* What things wait for; a circle of them is a problem at one of them. */
struct depends {
	struct named_things things;
	const size_t *(*of)(const void *thing, size_t *n);
	struct place (*at)(const void *thing);
};
bool depends_check(struct decoder *d, const struct depends *dep);

/* ---- channels.c, channel_kinds.c -------------------------------------- */

enum { SETTINGS_MAX = 12 }; /* of one kind */

enum setting_type {
	SETTING_TEXT,
	SETTING_LIST,  /* one or several */
	SETTING_PAIRS, /* joined by pair_join */
	SETTING_DURATION,
	SETTING_CHOICE,
};

struct setting_row {
	const char *name;
	enum setting_type type;
	const char *doc;
	bool is_required;
	bool is_secret;	      /* by default the secret of that variable */
	const char *fallback; /* a template, or the name of the variable */
	const char *const *choices;
	const char *pair_join; /* ": ", "=" */
	/* What a value that is known must look like; NULL: anything. */
	bool (*looks)(const char *text);
	const char *like; /* "a URL with http:// or https://" */
	const char *example;
};

struct channel_kind_row {
	const char *doc;
	const char *main; /* the setting of a bare text; or NULL */
	const struct setting_row *settings;
};
extern const struct channel_kind_row channel_kinds[CHANNEL_KIND_N];

/* Words that are tags of checks. */
bool tags_decode_known(struct alerts_draft *t, const struct node *node,
		       size_t *n, const char *const **tags);
bool channel_decode(struct alerts_draft *t, const struct node_entry *e);
void channels_schema(const struct key *k, struct buf *out);

/* ---- times.c ----------------------------------------------------------- */

extern const struct key_form hours_form;  /* struct alert_hours */
extern const struct key_form digest_form; /* struct alert_digest */
bool window_decode(struct alerts_draft *t, const struct node *node);
void windows_schema(const struct key *k, struct buf *out);

/* ---- rules.c, rule_about.c ----------------------------------------------- */

struct rule_draft {
	struct alert_rule rule; /* its name first */
	const struct node *when, *tiers, *on, *tags, *channels, *depends_on;
	const struct node *escalate;
	unsigned severity;
	uint64_t cooldown_ns;
	struct list tier; /* struct alert_tier */
};

bool rule_decode(struct alerts_draft *t, const struct node_entry *e);
void rules_schema(const struct key *k, struct buf *out);
/* What needs all rules; and the rule of those who wrote none. */
bool rules_finish(struct alerts_draft *t);

/* Finds the checks that a rule is about; names in its conditions must be
 * there. */
bool rule_about(struct alerts_draft *t, struct rule_draft *r);

/* ---- alerts.c ------------------------------------------------------------ */

struct load; /* scenarios/decode/load_parts.h */

/* Declares the secrets that channels take from the environment when nothing
 * is written; before any ${...} is compiled. */
bool alerts_secrets(struct load *l);
bool alerts_load(struct load *l);
void alerts_schema(const struct key *k, struct buf *out);

/* lint_alerts.c */
void alerts_lint(const struct scenario *sc, struct errs *warnings);

#endif
