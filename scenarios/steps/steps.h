/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_STEPS_STEPS_H
#define SCENARIOS_STEPS_STEPS_H

/*
 * steps - the kinds of steps that a check is made of.
 *
 * One file a kind, each exporting rows of this table.  A step is a map with
 * exactly one key that names its kind (get, tls, wait ...), keys of that
 * kind, and the keys that all of them take.  Adding a kind: its file here,
 * its row in table.c, its executor in probe/steps/, one example, one
 * bad-input case.
 */

#include "scenarios/decode/decode.h"

/* What a step has beside its spec, while it is decoded. */
struct step_parts {
	struct list expect;   /* struct expect_item */
	struct list captures; /* struct capture */
	struct list keeps;    /* struct keep */
};

struct step_kind {
	const char *name; /* the key */
	enum step_type type;
	const char *doc;
	size_t spec_size;
	const struct key *main; /* decodes the value of the key */
	const struct key *keys; /* further keys; or NULL */
	enum expect_table expect;
	bool captures; /* takes capture: */
	/* Fills in what is inherited, before decoding; or NULL. */
	void (*preset)(const struct decoder *d, const struct step_kind *kind,
		       void *spec);
	/* What needs all keys at once, after decoding; or NULL.  Defaults may
	 * be added to the parts. */
	bool (*finish)(struct decoder *d, const struct node *t, void *spec,
		       struct step_parts *parts);
	const char *example;
};

extern const struct step_kind http_kinds[]; /* get ... request */
extern const struct step_kind tls_kinds[];
extern const struct step_kind tcp_kinds[];
extern const struct step_kind health_kinds[];
extern const struct step_kind metrics_kinds[];
extern const struct step_kind minio_kinds[];
extern const struct step_kind exec_kinds[];
extern const struct step_kind flow_kinds[]; /* wait think if repeat group */

/* A pause, into a struct step_think. */
extern const struct key_form think_form;

/* The row of that name, or NULL; and all rows in order, by index. */
const struct step_kind *step_kind_find(const char *name);
const struct step_kind *step_kind_at(size_t i);

/* http.c, for the kinds that ask over HTTP.  The spec begins with its
 * struct http_ask. */
void http_preset(const struct decoder *d, const struct step_kind *kind,
		 void *spec);
/* A URL without its scheme is a mistake that needs no run to be found. */
bool url_finish(struct decoder *d, const struct node *t,
		const struct http_ask *ask);
/* The same of a target that is no host:port. */
bool target_finish(struct decoder *d, const struct node *t,
		   const struct template *target);
/* Adds the expectation of a status from low to high, unless one is written. */
bool status_default(struct decoder *d, struct place at, struct list *items,
		    int low, int high);

#endif
