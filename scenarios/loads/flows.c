/* SPDX-License-Identifier: MIT */
/* flow: what a load does at each arrival, and where that would send. */
#include <stdio.h>
#include <string.h>

#include "scenarios/base/text.h"
#include "scenarios/loads/loads_parts.h"
#include "scenarios/steps/steps.h"

enum { WEIGHT_MAX = 1000000 };

/* ---- one flow ------------------------------------------------------- */

struct flow_draft {
	const struct node *run, *steps, *always;
	uint64_t weight;
};

static void run_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"string\"");
}

static void own_schema(const struct key *k, struct buf *out)
{
	steps_form.schema(k, out);
}

static const struct key_form run_form = { node_keep, run_schema };
static const struct key_form own_form = { node_keep, own_schema };

#define FLOW(field) offsetof(struct flow_draft, field)

static const struct key flow_keys[] = {
	{ "run", KEY_CUSTOM, FLOW(run), .form = &run_form,
	  .doc = "name of a check whose steps it does", .example = "sign-in" },
	{ "steps", KEY_CUSTOM, FLOW(steps), .form = &own_form,
	  .doc = "steps of its own instead" },
	{ "always", KEY_CUSTOM, FLOW(always), .form = &own_form,
	  .doc = "what to do after its own steps, also after a failure" },
	{ "weight", KEY_COUNT, FLOW(weight), .min = 1, .max = WEIGHT_MAX,
	  .doc = "how often it is taken, beside the others; 1 by default" },
	{ 0 },
};

/* What all flows of a load need. */
struct flows {
	struct decoder *d;
	const struct workload *w;
	const struct check *checks;
	size_t n_checks;
	struct list list; /* struct load_flow */
	bool is_list;
};

static bool flow_add(struct flows *f, const struct check *check,
		     uint64_t weight, bool is_own)
{
	struct load_flow *kept = list_add(f->d, &f->list, sizeof(*kept));

	if (kept)
		*kept = (struct load_flow){ weight, check, is_own };
	return kept != NULL;
}

static bool run_add(struct flows *f, const struct node *t, uint64_t weight)
{
	const char *name = decode_static(f->d, t, "run", NULL);
	struct text_nearest near;

	if (!name)
		return false;
	text_nearest_init(&near, name, strlen(name));
	for (size_t i = 0; i < f->n_checks; i++) {
		if (!strcmp(f->checks[i].name, name))
			return flow_add(f, &f->checks[i], weight, false);
		text_nearest_add(&near, f->checks[i].name);
	}
	return decode_problem(f->d, t->at, "there is no check \"%s\"%s%s%s",
			      name, near.best ? "; did you mean \"" : "",
			      near.best ? near.best : "",
			      near.best ? "\"?" : "");
}

static bool own_add(struct flows *f, const struct flow_draft *draft)
{
	struct check *check = arena_alloc(f->d->arena, 1, sizeof(*check));

	if (!check)
		return errs_nomem(f->d->es);
	check->name = f->w->name;
	if (f->is_list)
		check->name = arena_printf(f->d->arena, "%s.%zu", f->w->name,
					   f->list.n + 1);
	if (!check->name)
		return errs_nomem(f->d->es);
	check->at = draft->steps->at;
	bool ok = check_of_steps(f->d, draft->steps, draft->always, check);
	return flow_add(f, check, draft->weight, true) && ok;
}

/* A step where a flow is meant. */
static bool is_step(const struct node *t)
{
	for (size_t i = 0; t->kind == NODE_MAP && i < t->n; i++)
		if (step_kind_find(t->entry[i].key))
			return true;
	return false;
}

static bool flow_decode(struct flows *f, const struct node *t)
{
	struct flow_draft draft = { .weight = 1 };

	if (t->kind == NODE_SCALAR)
		return run_add(f, t, 1);
	if (is_step(t))
		return decode_problem(f->d, t->at,
				      "this is a step: write \"flow: { steps: "
				      "[...] }\" around them");
	if (!keys_decode(f->d, flow_keys, t, &draft, "a flow"))
		return false;
	if (!draft.run == !draft.steps)
		return decode_problem(f->d, t->at,
				      "a flow needs either \"run\" or "
				      "\"steps\"");
	if (draft.run && draft.always)
		return decode_problem(f->d, draft.always->at,
				      "\"always\" goes with \"steps\": a check "
				      "brings its own");
	return draft.run ? run_add(f, draft.run, draft.weight)
			 : own_add(f, &draft);
}

bool flows_decode(struct decoder *d, const struct node *t,
		  const struct check *checks, size_t n_checks,
		  struct workload *w)
{
	struct flows f = { .d = d,
			   .w = w,
			   .checks = checks,
			   .n_checks = n_checks,
			   .is_list = t->kind == NODE_SEQ };
	bool ok = true;

	if (f.is_list && (!t->n || t->n > LOAD_FLOWS_MAX))
		return decode_problem(d, t->at,
				      "\"flow\" must have 1 to %d flows, got "
				      "%zu",
				      LOAD_FLOWS_MAX, t->n);
	if (!f.is_list)
		ok = flow_decode(&f, t);
	for (size_t i = 0; f.is_list && i < t->n; i++)
		ok &= flow_decode(&f, t->item[i]);
	w->flows = f.list.item;
	w->n_flows = f.list.n;
	return ok;
}

void flows_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"anyOf\":[{\"type\":\"string\"},{");
	keys_schema_object(flow_keys, NULL, out);
	buf_printf(out,
		   "},{\"type\":\"array\",\"minItems\":1,\"maxItems\":%d,"
		   "\"items\":{\"anyOf\":[{\"type\":\"string\"},{",
		   LOAD_FLOWS_MAX);
	keys_schema_object(flow_keys, NULL, out);
	buf_puts(out, "}]}}]");
}

/* ---- over all steps ------------------------------------------------- */

struct walk {
	struct decoder *d;
	const struct workload *w;
	const struct check *check;
	/* names */
	const char *wanted;
	struct text_nearest near;
	char best[TEXT_DISTANCE_MAX + 1];
	bool is_found;
	bool is_open; /* a name is made at each run */
	size_t n_asking;
	bool ok;
};

static void walk_all(struct walk *walk,
		     bool (*fn)(void *self, const struct step *step))
{
	for (size_t i = 0; i < walk->w->n_flows; i++) {
		walk->check = walk->w->flows[i].check;
		if (!walk->check->steps.n) /* its mistakes were told */
			walk->is_open = true;
		if (!load_steps_each(&walk->check->steps, fn, walk) ||
		    !load_steps_each(&walk->check->always, fn, walk))
			return;
	}
}

static struct place place_of(const struct step *step,
			     const struct net_options *net,
			     const struct load_detour *detour)
{
	switch (detour->kind) {
	case DETOUR_RESOLVE:
		return net->resolve.item[detour->row].at;
	case DETOUR_CONNECT_TO:
		return net->connect_to.item[detour->row].at;
	default:
		return step->at;
	}
}

static bool check_host(void *self, const struct step *step)
{
	static const char *const by[] = {
		[DETOUR_NONE] = "",
		[DETOUR_RESOLVE] = ", where \"resolve\" leads",
		[DETOUR_CONNECT_TO] = ", where \"connect_to\" leads",
		[DETOUR_PROXY] = ", its proxy",
	};
	struct walk *walk = self;
	const struct workload *w = walk->w;
	const struct net_options *net;
	struct load_detour detour;
	struct load_way way;

	if (step->type == STEP_EXEC)
		return walk->ok = decode_problem(
			       walk->d, step->at,
			       "load \"%s\" cannot run commands: an \"exec\" "
			       "step is for checks",
			       w->name);
	if (!load_step_way(walk->d->arena, step, walk->check->n_slots, &way,
			   &net))
		return walk->ok = errs_nomem(walk->d->es);
	if (workload_allows_way(w, &way, &detour))
		return true;
	walk->ok = decode_problem(
		walk->d, place_of(step, net, &detour),
		"load \"%s\" may not send to %.100s%s: name it in its "
		"\"allow_hosts\" when it is yours to load",
		w->name, detour.host, by[detour.kind]);
	return true;
}

bool flows_check_hosts(struct decoder *d, const struct workload *w)
{
	struct walk walk = { .d = d, .w = w, .ok = true };

	walk_all(&walk, check_host);
	return walk.ok;
}

/* What asks somebody; the others have no times of their own. */
static bool asks(const struct step *step)
{
	return step->type <= STEP_MINIO;
}

static bool check_name(void *self, const struct step *step)
{
	struct walk *walk = self;
	struct buf name;

	if (!asks(step))
		return true;
	buf_init(&name, ERR_PART_MAX);
	if (!load_step_name(step, walk->check->n_slots, &name)) {
		walk->is_open = true;
	} else {
		walk->is_found |= !strcmp(buf_text(&name), walk->wanted);
		const char *was = walk->near.best;
		text_nearest_add(&walk->near, buf_text(&name));
		if (walk->near.best != was) {
			snprintf(walk->best, sizeof(walk->best), "%s",
				 walk->near.best);
			walk->near.best = walk->best;
		}
	}
	buf_release(&name);
	return !walk->is_found && !walk->is_open;
}

static bool count_asking(void *self, const struct step *step)
{
	struct walk *walk = self;

	walk->n_asking += asks(step);
	return true;
}

/* Requests that have a status, of arrivals that may be several of them. */
static bool counts_one_thing(const struct workload *w, const struct rule *r,
			     struct errs *es)
{
	struct walk walk = { .w = w };

	if (!r->is_of_planned || r->step || r->select.kind != RULE_STATUS)
		return true;
	walk_all(&walk, count_asking);
	if (walk.n_asking < 2)
		return true;
	return errs_add(es, ERR_INPUT, r->at,
			"arrivals are planned, and one of load \"%s\" is "
			"several requests with a status each: name a step, "
			"like rate(2xx, step: NAME) >= 95%% of planned, or "
			"count what is ok",
			w->name);
}

bool flows_check_step(struct decoder *d, const struct workload *w,
		      const struct rule *r)
{
	return d->has_broken_data || workload_knows(w, r, d->es);
}

bool workload_knows(const struct workload *w, const struct rule *r,
		    struct errs *es)
{
	struct walk walk = { .w = w, .wanted = r->step };

	if (!r->step)
		return counts_one_thing(w, r, es);
	text_nearest_init(&walk.near, r->step, strlen(r->step));
	walk_all(&walk, check_name);
	if (walk.is_found || walk.is_open)
		return true;
	return errs_add(
		es, ERR_INPUT, r->at,
		"the flow of load \"%s\" has no step \"%.60s\"%s%s%s", w->name,
		r->step, walk.near.best ? "; did you mean \"" : "",
		walk.near.best ? walk.best : "", walk.near.best ? "\"?" : "");
}
