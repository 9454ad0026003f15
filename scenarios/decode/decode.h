/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_DECODE_H
#define SCENARIOS_DECODE_H

/*
 * decode - what the rooms of the decoder share.
 *
 * Internal to scenarios/.  A decoder carries the arena, the problems, the
 * names that ${...} may use at this spot, and the defaults that hold here.
 * One thread loads one scenario; nothing of a decoder outlives the loading.
 */

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/doc/doc.h"
#include "scenarios/base/err.h"
#include "scenarios/decode/key.h"
#include "scenarios/match/match.h"
#include "scenarios/model.h"
#include "scenarios/template/template.h"

enum {
	SLOTS_MAX = 512,    /* secrets, columns and captures of one check */
	STEPS_MAX = 2000,   /* steps in one list */
	STEP_DEPTH_MAX = 8, /* lists of steps inside each other */
	CHECKS_MAX = 20000,
	SECRETS_MAX = 256,
	ITEMS_MAX = 1000, /* expectations, captures, headers of a step */
	KEEPS_MAX = 200,  /* series of a step, by name */
};

/* What defaults: and a check hand down to its steps. */
struct inherited {
	struct http_ask ask; /* ask.net for steps that are not HTTP */
	struct retries retries;
	unsigned severity;
};

struct decoder {
	struct arena *arena;
	struct errs *es;
	struct names scope; /* of this decoder: vars, env, secrets, slots */
	struct inherited base;
	unsigned depth;	   /* lists of steps around here */
	struct place spot; /* of the template being compiled */

	const char *(*getenv)(void *self, const char *name);
	void *getenv_self;
	struct template_var *vars;
	size_t n_vars;
	struct secret *secrets;
	size_t n_secrets;
	const struct feeder *feeders; /* scenarios/loads/loads.h */
	size_t n_feeders;
	bool has_broken_data; /* whose columns nobody knows */
	bool reads_files;     /* false: of a text in memory */
	struct slot_name slots[SLOTS_MAX];
	size_t n_slots;
};

/* A vector that grows in the arena: old copies stay until the arena goes. */
struct list {
	void *item;
	size_t n;
	size_t room;
};
/* A zeroed new element, or NULL with a problem added. */
void *list_add(struct decoder *d, struct list *l, size_t size);

bool decode_problem(struct decoder *d, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A scalar as a template; for a null or a list or a map a problem about
 * what.  NULL when problems were added. */
const struct template *decode_template(struct decoder *d, const struct node *t,
				       const char *what);
/* The same, and its value must be known when loaded.  *len may be NULL. */
const char *decode_static(struct decoder *d, const struct node *t,
			  const char *what, size_t *len);

/* A path as it is meant from here: relative to the folder of the file that
 * says it.  NULL without memory, with a problem added. */
const char *path_beside(struct decoder *d, const char *file, const char *path);
/* The same for a template: by its beginning, when its value is not known. */
const struct template *decode_path(struct decoder *d, const struct node *t,
				   const char *what);

/* net.c, http.c: tables that steps include.  Offsets are in
 * struct net_options and struct http_ask. */
extern const struct key net_keys[];
extern const struct key net_tls_keys[];	    /* net_keys less what is HTTP's */
extern const struct key http_option_keys[]; /* what defaults: may say */
extern const struct key http_keys[];
void http_ask_preset(struct http_ask *ask);
bool pairs_decode(struct decoder *d, const struct node *t, struct pairs *p,
		  bool merge, const char *what);

/* expect.c */
enum expect_table {
	EXPECT_TABLE_NONE,
	EXPECT_TABLE_HTTP,
	EXPECT_TABLE_TLS,
	EXPECT_TABLE_TCP,
	EXPECT_TABLE_METRICS,
	EXPECT_TABLE_EXEC,
	EXPECT_TABLE_N
};
bool expect_decode(struct decoder *d, enum expect_table table,
		   const struct node *t, struct list *items);
bool expect_add(struct decoder *d, struct list *items,
		const struct expect_item *item);
bool expect_has(const struct list *items, enum expect_what what,
		unsigned which);
void expect_schema(enum expect_table table, struct buf *out);
extern const char *const expect_cert_names[CERT_FACT_N + 1];
const struct jsonpath *decode_jsonpath(struct decoder *d, const char *text,
				       size_t len, struct place at);

/* capture.c: a map of captures; names become slots. */
bool capture_decode(struct decoder *d, const struct node *t,
		    struct list *items);
void capture_schema(struct buf *out);
/* Letters, digits, _ and -, a letter first. */
bool slot_is_name(const char *text);
/* A new name of the check for ${name}. */
bool slot_add(struct decoder *d, const char *name, struct place at,
	      bool is_secret, size_t *slot);

/* series.c: a map of what is kept over time, and its adding. */
bool series_decode(struct decoder *d, const struct node *t, struct list *keeps);
bool keep_add(struct decoder *d, struct list *keeps, const struct keep *keep);
void series_schema(struct buf *out);

/* body.c: json: any value, texts in it are templates. */
const struct template *json_body_decode(struct decoder *d,
					const struct node *t);

/* scenarios/steps/table.c */
bool steps_decode(struct decoder *d, const struct node *t,
		  struct step_list *steps);
extern const struct key_form steps_form;
void steps_schema_defs(struct buf *out);

/* load_files.c: a file that is not there is a mistake where it is named.  The
 * problem behind the first `before` ones moves there. */
void problem_of_file(struct errs *es, size_t before, struct place from);

/* load_files.c: the keys of a scenario file */
extern const struct key scenario_keys[];

/* check.c */
extern const struct key defaults_keys[]; /* offsets in inherited */
bool check_decode(struct decoder *d, const struct node_entry *e,
		  struct check *check);
void check_schema(struct buf *out);
/* A check out of bare steps; always may be NULL.  Its name and place are the
 * caller's. */
bool check_of_steps(struct decoder *d, const struct node *steps,
		    const struct node *always, struct check *check);
extern const char *const severity_choices[];

/* Writes a JSON member separator unless it is the first. */
void schema_comma(bool *first, struct buf *out);
/* "doc" as a JSON string behind "description": */
void schema_doc(const char *doc, struct buf *out);
/* A text that may be, or contain, ${...}: pattern of its final form. */
void schema_pattern(const char *pattern, struct buf *out);

#endif
