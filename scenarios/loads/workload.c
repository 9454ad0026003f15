/* SPDX-License-Identifier: MIT */
/* The keys of a load. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads_parts.h"

enum {
	DIGITS_MAX = 4,
	DIGITS_PRESET = 3,
	WHAT_MAX = 128,
};

void workload_preset(struct workload *w)
{
	*w = (struct workload){
		.name = "",
		.digits = DIGITS_PRESET,
		.connections = { .resumes = true },
	};
}

/* ---- lists of words ------------------------------------------------- */

/* A list of texts that are all right by `check`. */
static bool words_decode(struct decoder *d, const struct node *t,
			 const char *what, size_t max,
			 bool (*check)(const char *word, struct buf *why),
			 const char *const **words, size_t *n)
{
	struct list l = { 0 };
	struct buf why;
	bool ok = true;

	if (t->kind != NODE_SEQ || t->n > max)
		return decode_problem(d, t->at,
				      "\"%s\" must be a list of at most %zu "
				      "texts",
				      what, max);
	buf_init(&why, ERR_PART_MAX);
	for (size_t i = 0; i < t->n; i++) {
		const char *word = decode_static(d, t->item[i], what, NULL);
		const char **kept =
			word ? list_add(d, &l, sizeof(*kept)) : NULL;
		ok &= kept != NULL;
		if (!kept)
			continue;
		*kept = word;
		buf_reset(&why);
		if (!check(word, &why))
			ok = decode_problem(d, t->item[i]->at,
					    "\"%s\" cannot be \"%.60s\": %s",
					    what, word, buf_text(&why));
	}
	buf_release(&why);
	*words = l.item;
	*n = l.n;
	return ok;
}

static void hosts_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"type\":\"array\",\"maxItems\":%d,\"items\":{\"type\":"
		   "\"string\"}",
		   LOAD_HOSTS_MAX);
}

static void sources_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"type\":\"array\",\"maxItems\":%d,\"items\":{\"type\":"
		   "\"string\"}",
		   LOAD_SOURCES_MAX);
}

static bool source_check(const char *text, struct buf *why)
{
	unsigned char address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, text, address) == 1 ||
	    inet_pton(AF_INET6, text, address) == 1)
		return true;
	buf_puts(why, "it must be an address of this machine in numbers, like "
		      "127.0.0.2");
	return false;
}

/* ---- connections ---------------------------------------------------- */

struct connections_draft {
	struct load_connections c;
	bool reuse;
	const struct node *sources;
};

static const struct key_form sources_form = { node_keep, sources_schema };

#define WAYS(field) offsetof(struct connections_draft, field)

static const struct key connection_keys[] = {
	{ "max", KEY_COUNT, WAYS(c.max), .min = 1, .max = LOAD_CONNECTIONS_MAX,
	  .doc = "at once, of this load; as many as are needed when not "
		 "written" },
	{ "reuse", KEY_BOOL, WAYS(reuse),
	  .doc = "kept for the next request; false is a new one for each" },
	{ "per_user", KEY_BOOL, WAYS(c.keeps_user),
	  .doc = "each user keeps to its own connections" },
	{ "resume", KEY_BOOL, WAYS(c.resumes),
	  .doc = "TLS sessions are used again; true when not written" },
	{ "streams", KEY_COUNT, WAYS(c.streams), .min = 1,
	  .max = LOAD_STREAMS_MAX,
	  .doc = "requests at once on one HTTP/2 connection" },
	{ "max_requests", KEY_COUNT, WAYS(c.max_requests), .min = 1,
	  .max = UINT64_C(1000000000),
	  .doc = "requests on one connection before it is closed" },
	{ "sources", KEY_CUSTOM, WAYS(sources), .form = &sources_form,
	  .doc = "addresses of this machine to send from, in turn",
	  .example = "[127.0.0.2, 127.0.0.3]" },
	{ 0 },
};

static bool connections_decode(struct decoder *d, const struct node *t,
			       struct workload *w)
{
	struct connections_draft draft = { .c = w->connections, .reuse = true };

	if (!keys_decode(d, connection_keys, t, &draft, "\"connections\""))
		return false;
	draft.c.is_fresh = !draft.reuse;
	w->connections = draft.c;
	const struct node_entry *user = node_find_entry(t, "per_user");
	if (draft.c.keeps_user && w->plan.model == LOAD_OPEN)
		return decode_problem(d, user->key_at,
				      "\"per_user\" goes with \"users\", not "
				      "with \"arrivals\"");
	for (size_t i = 0; draft.c.is_fresh && i < t->n; i++)
		if (!strcmp(t->entry[i].key, "max_requests") ||
		    !strcmp(t->entry[i].key, "streams") || draft.c.keeps_user)
			return decode_problem(d, t->entry[i].key_at,
					      "\"%s\" does not go with "
					      "\"reuse: false\"",
					      draft.c.keeps_user
						      ? "per_user"
						      : t->entry[i].key);
	return !draft.sources ||
	       words_decode(d, draft.sources, "sources", LOAD_SOURCES_MAX,
			    source_check, &w->connections.sources,
			    &w->connections.n_sources);
}

static void connections_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(connection_keys, NULL, out);
}

/* ---- warm_up: 10s, or auto ------------------------------------------ */

static const struct key warm_up_key = { "warm_up", KEY_DURATION, 0,
					.min = MS(1), .max = HOURS(24) };

static bool warm_up_decode(struct decoder *d, const struct node *t,
			   struct workload *w)
{
	if (t->kind == NODE_SCALAR && !strcmp(t->text, "auto")) {
		w->finds_warm_up = true;
		return true;
	}
	if (!key_decode(d, &warm_up_key, t, &w->warm_up_ns))
		return false;
	if (w->warm_up_ns % UNIT_NS_PER_S)
		return decode_problem(d, t->at,
				      "\"warm_up\" must be whole seconds");
	if (!w->plan.for_ns || w->warm_up_ns < w->plan.for_ns)
		return true;
	return decode_problem(d, t->at,
			      "\"warm_up\" is as long as the load: nothing is "
			      "left to judge");
}

static void warm_up_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"anyOf\":[{\"const\":\"auto\"},{");
	key_schema(&warm_up_key, out);
	buf_puts(out, "}]");
}

/* ---- the table ------------------------------------------------------ */

static void after_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"string\"");
}

static const struct key_form hosts_form = { node_keep, hosts_schema };
static const struct key_form flows_form = { node_keep, flows_schema };
static const struct key_form arrivals_form = { node_keep, arrivals_schema };
static const struct key_form users_form = { node_keep, users_schema };
static const struct key_form after_form = { node_keep, after_schema };
static const struct key_form warm_up_form = { node_keep, warm_up_schema };
static const struct key_form limits_form = { node_keep, limits_schema };
static const struct key_form gate_form = { node_keep, load_gate_schema };
static const struct key_form connections_form = { node_keep,
						  connections_schema };

#define LOAD(field)  offsetof(struct workload_draft, w.field)
#define DRAFT(field) offsetof(struct workload_draft, field)

static const struct key load_keys[] = {
	{ "description", KEY_WORD, LOAD(description),
	  .doc = "what it is for, for people" },
	{ "allow_hosts", KEY_CUSTOM, DRAFT(hosts), .form = &hosts_form,
	  .doc = "it sends to these and to this machine, never anywhere else",
	  .example = "[staging.example.org, '*.test.example.org']" },
	{ "flow", KEY_CUSTOM, DRAFT(flow), .form = &flows_form,
	  .flags = KEY_REQUIRED,
	  .doc = "what is done at each arrival: a check, steps of its own, or "
		 "several with weights",
	  .example = "{ run: sign-in }" },
	{ "arrivals", KEY_CUSTOM, DRAFT(arrivals), .form = &arrivals_form,
	  .doc = "a plan that does not wait for answers",
	  .example = "{ rate: 200/s, for: 60s }" },
	{ "users", KEY_CUSTOM, DRAFT(users), .form = &users_form,
	  .doc = "users who wait for answers, instead of arrivals",
	  .example = "{ count: 50, for: 60s }" },
	{ "start", KEY_DURATION, LOAD(start_ns), .max = HOURS(24 * 7),
	  .doc = "begins this long after the others, or after \"after\"",
	  .example = "30s" },
	{ "after", KEY_CUSTOM, DRAFT(after), .form = &after_form,
	  .doc = "name of a load that must be over first" },
	{ "warm_up", KEY_CUSTOM, DRAFT(warm_up), .form = &warm_up_form,
	  .doc = "measured but not judged: a time, or auto to find its end",
	  .example = "10s" },
	{ "grace", KEY_DURATION, LOAD(grace_ns), .max = HOURS(24),
	  .doc = "how long what is under way at the end may take; the timeout "
		 "of its steps when not written" },
	{ "digits", KEY_COUNT, LOAD(digits), .min = 1, .max = DIGITS_MAX,
	  .doc = "digits that are kept of every time; 3 by default" },
	{ "connections", KEY_CUSTOM, DRAFT(connections),
	  .form = &connections_form, .doc = "how it connects" },
	{ "limits", KEY_CUSTOM, DRAFT(limits), .form = &limits_form,
	  .doc = "rules that its numbers must keep",
	  .example = "[p95(latency) < 2s, ratio(errors) < 1%]" },
	{ "gate", KEY_CUSTOM, DRAFT(gate), .form = &gate_form,
	  .doc = "how it compares two builds: assay loadgen --baseline "
		 "--candidate",
	  .example = "{ ready: /health, quantiles: [p50, p99] }" },
	{ 0 },
};

static bool model_decode(struct decoder *d, const struct node *t,
			 struct workload_draft *draft)
{
	if (draft->arrivals && draft->users)
		return decode_problem(
			d, node_find_entry(t, "users")->key_at,
			"a load has either \"arrivals\" or \"users\"");
	if (draft->arrivals)
		return arrivals_decode(d, draft->arrivals, &draft->w.plan);
	if (draft->users)
		return users_decode(d, draft->users, &draft->w.plan);
	return decode_problem(d, draft->w.at,
			      "load \"%s\" needs \"arrivals\" or \"users\"",
			      draft->w.name);
}

bool workload_decode(struct decoder *d, const struct node_entry *e,
		     const struct check *checks, size_t n_checks,
		     struct workload_draft *draft)
{
	struct workload *w = &draft->w;
	char what[WHAT_MAX];

	*draft = (struct workload_draft){ 0 };
	workload_preset(w);
	w->name = e->key;
	w->at = e->key_at;
	snprintf(what, sizeof(what), "load \"%.80s\"", e->key);
	if (!keys_decode(d, load_keys, e->value, draft, what))
		return false;
	w->has_grace = node_find(e->value, "grace") != NULL;
	bool ok = !draft->hosts ||
		  words_decode(d, draft->hosts, "allow_hosts", LOAD_HOSTS_MAX,
			       load_host_check, &w->hosts, &w->n_hosts);
	bool planned = model_decode(d, e->value, draft);
	bool flows = flows_decode(d, draft->flow, checks, n_checks, w);
	if (planned && draft->warm_up)
		ok &= warm_up_decode(d, draft->warm_up, w);
	if (planned && draft->connections)
		ok &= connections_decode(d, draft->connections, w);
	if (ok && flows)
		ok &= flows_check_hosts(d, w);
	if (flows && draft->limits)
		ok &= limits_decode(d, draft->limits, w);
	if (draft->gate)
		ok &= load_gate_decode(d, draft->gate, &w->gate);
	return ok && planned && flows;
}

void workload_schema(struct buf *out)
{
	keys_schema_object(load_keys, NULL, out);
}

/* ---- after ---------------------------------------------------------- */

static const struct workload *after_find(struct decoder *d,
					 const struct workload_draft *draft,
					 const struct workload *w, size_t n)
{
	const char *name = decode_static(d, draft->after, "after", NULL);
	struct text_nearest near;

	if (!name)
		return NULL;
	text_nearest_init(&near, name, strlen(name));
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(w[i].name, name))
			return &w[i];
		text_nearest_add(&near, w[i].name);
	}
	decode_problem(d, draft->after->at, "there is no load \"%s\"%s%s%s",
		       name, near.best ? "; did you mean \"" : "",
		       near.best ? near.best : "", near.best ? "\"?" : "");
	return NULL;
}

/* By way of others too: such a load never begins. */
static bool waits_for_itself(const struct workload *w, size_t n)
{
	const struct workload *at = w->after;

	for (size_t i = 0; at && at != w && i < n; i++)
		at = at->after;
	return at == w;
}

bool workloads_finish(struct decoder *d, const struct workload_draft *draft,
		      size_t n, const struct workload **out)
{
	struct workload *w = arena_alloc(d->arena, n, sizeof(*w));
	bool ok = true;

	if (!w)
		return errs_nomem(d->es);
	for (size_t i = 0; i < n; i++)
		w[i] = draft[i].w;
	for (size_t i = 0; i < n; i++) {
		if (!draft[i].after)
			continue;
		w[i].after = after_find(d, &draft[i], w, n);
		ok &= w[i].after != NULL;
	}
	for (size_t i = 0; i < n; i++)
		if (waits_for_itself(&w[i], n))
			return decode_problem(d, draft[i].after->at,
					      "load \"%s\" waits for itself",
					      w[i].name);
	*out = w;
	return ok;
}
