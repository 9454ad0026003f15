/* SPDX-License-Identifier: MIT */
/* How each flow of a load will be run, and what its steps are called. */
#include <string.h>
#include <strings.h>

#include "loadgen/run/inside.h"
#include "loadgen/transport/wire.h"
#include "probe/judge/capture.h"
#include "probe/run/record.h"
#include "probe/steps/executor.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/template/template.h"

const char *const load_transport_names[LOAD_TRANSPORT_N + 1] = {
	"auto", "native", "http2", "libcurl", "journey", NULL
};

/* ---- the steps of a flow -------------------------------------------- */

struct walk {
	const struct check *check;
	struct step_facts *fact; /* NULL: they are counted only */
	size_t n;
	struct arena *arena;
};

static const char *name_of(struct walk *w, const struct step *st)
{
	struct buf text;
	const char *name = NULL;

	buf_init(&text, ERR_PART_MAX);
	if (load_step_name(st, w->check->n_slots, &text))
		name = arena_strdup(w->arena, buf_text(&text));
	buf_release(&text);
	return name ? name : st->kind;
}

/* What stands before anything that varies. */
static const char *url_of(struct walk *w, const struct http_ask *ask)
{
	size_t len;
	const char *text = template_prefix(ask->url, &len);
	bool is_whole = template_is_static(ask->url);
	const char *url = arena_printf(w->arena, "%.*s%s", (int)len, text,
				       is_whole ? "" : "...");

	return url ? url : "";
}

/* Only what asks somebody counts. */
static bool add_fact(void *self, const struct step *st)
{
	struct walk *w = self;

	if (!executors[st->type].ask && st->type != STEP_TLS &&
	    st->type != STEP_TCP)
		return true;
	size_t i = w->n++;
	if (!w->fact)
		return true;
	const struct http_ask *ask =
		executors[st->type].ask ? executors[st->type].ask(st) : NULL;
	w->fact[i] = (struct step_facts){
		.name = name_of(w, st),
		.kind = st->kind,
		.method = ask ? ask->method : "",
		.url = ask ? url_of(w, ask) : "",
		.transport = "journey",
		.at = st->at,
	};
	return true;
}

static void walk_check(struct walk *w, const struct check *check)
{
	w->check = check;
	load_steps_each(&check->steps, add_fact, w);
	load_steps_each(&check->always, add_fact, w);
}

/* ---- what varies ---------------------------------------------------- */

static bool varies(const struct template *t, size_t n_secrets)
{
	return t && template_varies(t, n_secrets);
}

static bool pairs_vary(const struct pairs *p, size_t n_secrets)
{
	for (size_t i = 0; i < p->n; i++)
		if (varies(p->item[i].value, n_secrets))
			return true;
	return false;
}

static bool body_varies(const struct http_ask *ask, size_t n)
{
	for (size_t i = 0; i < ask->n_parts; i++) {
		const struct multipart_part *part = &ask->parts[i];
		if (varies(part->text, n) || varies(part->file, n))
			return true;
	}
	return varies(ask->body, n) || pairs_vary(&ask->form, n);
}

static bool url_varies(const struct http_ask *ask, size_t n)
{
	return varies(ask->url, n) || pairs_vary(&ask->query, n);
}

static bool ask_varies(const struct http_ask *ask, size_t n)
{
	return url_varies(ask, n) || pairs_vary(&ask->headers, n) ||
	       body_varies(ask, n) || varies(ask->auth.user, n) ||
	       varies(ask->auth.password, n);
}

/* Scheme, host and port stand before anything that varies. */
static bool is_one_host(const struct http_ask *ask, size_t n_secrets)
{
	size_t len;
	const char *text = template_prefix(ask->url, &len);
	const char *at = memmem(text, len, "://", 3);

	if (!varies(ask->url, n_secrets))
		return true;
	return at && memchr(at + 3, '/', len - (size_t)(at + 3 - text));
}

/* ---- whether lanes can make it -------------------------------------- */

static bool has_phase_limits(const struct timeouts *t)
{
	return t->dns_ns || t->connect_ns || t->tls_ns || t->first_byte_ns ||
	       t->idle_ns;
}

/* NULL, or why only a journey can make this step. */
static const char *why_not_plain(const struct step *st, size_t n_secrets)
{
	if (st->type != STEP_HTTP)
		return "a step is more than one HTTP request";
	const struct http_ask *ask = executors[st->type].ask(st);
	if (st->captures.n > 0 || record_wants_cookies(st))
		return "a step takes values out of the answer";
	if (ask->redirects > 0)
		return "a step follows redirects";
	if (has_phase_limits(&ask->net.timeout))
		return "a step limits the time of a phase";
	return is_one_host(ask, n_secrets) ? NULL : "the host of a step varies";
}

/* The same for all of them: requests, and pauses between them. */
static const char *why_journey(const struct check *check, size_t n_secrets)
{
	const struct step_list *list = &check->steps;
	size_t n_requests = 0;

	if (check->always.n > 0)
		return "it has steps that always run";
	for (size_t i = 0; i < list->n; i++) {
		if (list->item[i].type == STEP_THINK)
			continue;
		const char *why = why_not_plain(&list->item[i], n_secrets);
		if (why)
			return why;
		n_requests++;
	}
	return n_requests ? NULL : "it asks nothing";
}

/* ---- expectations --------------------------------------------------- */

static bool wants_status_only(const struct expect_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->item[i].what != EXPECT_STATUS)
			return false;
	return true;
}

static const char *say_statuses(const struct expect_list *list, struct arena *a)
{
	struct buf text;

	buf_init(&text, ERR_PART_MAX);
	for (size_t i = 0; i < list->n; i++) {
		buf_puts(&text, i > 0 ? " and " : "");
		match_describe(list->item[i].matcher, NULL, &text);
	}
	const char *words = arena_strdup(a, buf_text(&text));
	buf_release(&text);
	return words ? words : "";
}

static void note_statuses(struct leg *leg, struct arena *a)
{
	const struct expect_list *list = &leg->step->expect;
	const struct template_world world = world_now(NULL, 0);

	leg->wanted = leg->judges ? "" : say_statuses(list, a);

	for (int status = 100; status < TALLY_STATUSES; status++) {
		const struct subject subject = {
			.kind = VALUE_STATUS,
			.integer = status,
		};
		leg->is_ok[status] = true;
		for (size_t i = 0; i < list->n; i++)
			leg->is_ok[status] &=
				match_judge(list->item[i].matcher, &subject,
					    &world, NULL, NULL);
	}
}

/* ---- one request ---------------------------------------------------- */

static const struct load_transport *choose(const struct route *rt,
					   unsigned wish, const char **why)
{
	static const struct load_transport *const all[] = {
		[LOAD_TRANSPORT_NATIVE] = &load_native,
		[LOAD_TRANSPORT_HTTP2] = &load_http2,
		[LOAD_TRANSPORT_LIBCURL] = &load_libcurl,
	};

	if (wish != LOAD_TRANSPORT_AUTO)
		return all[wish]->can(rt, why) ? all[wish] : NULL;
	for (size_t i = LOAD_TRANSPORT_NATIVE; i <= LOAD_TRANSPORT_LIBCURL; i++)
		if (all[i]->can(rt, why))
			return all[i];
	return NULL;
}

static bool render_wire(struct leg *leg, bool is_native, struct arena *a,
			struct errs *es)
{
	const struct request *rq = &leg->asked.request;
	struct buf text;

	leg->wire = (struct wire){
		.request = rq,
		.version = 1,
		.is_head = rq->method && !strcmp(rq->method, "HEAD"),
		.rules = leg->in_chain ? &leg->rules : NULL,
	};
	if (!is_native) {
		leg->id_at = leg->asked.request_id[0] != '\0';
		return true;
	}
	buf_init(&text, REQUEST_BYTES_MAX);
	bool ok = wire_render(rq, leg->route.is_fresh, &text,
			      &leg->wire.head_len);
	if (ok) {
		leg->wire.len = text.len;
		leg->wire.bytes = arena_strndup(a, buf_text(&text), text.len);
		ok = leg->wire.bytes != NULL;
	}
	buf_release(&text);
	if (ok && leg->asked.request_id[0]) {
		const char *at = memmem(leg->wire.bytes, leg->wire.head_len,
					leg->asked.request_id,
					strlen(leg->asked.request_id));
		leg->id_at = at ? (size_t)(at - leg->wire.bytes) : 0;
	}
	return ok || errs_nomem(es);
}

/* An X-Request-ID that the scenario itself says is the same in all. */
static void forget_own_id(struct leg *leg)
{
	const struct pairs *headers = &leg->ask->headers;

	for (size_t i = 0; i < headers->n; i++)
		if (!strcasecmp(headers->item[i].name, "X-Request-ID"))
			leg->asked.request_id = "";
	if (!leg->ask->request_id)
		leg->asked.request_id = "";
}

static bool leg_compile(struct load_job *job, struct leg *leg,
			const struct leg *first, struct arena *a,
			struct errs *es)
{
	const struct load_config *config = job->config;
	size_t n_secrets = config->scenario->n_secrets;
	struct buf text;

	leg->ask = executors[leg->step->type].ask(leg->step);
	buf_init(&text, ERR_TEXT_MAX);
	bool ok = leg_ask(job, leg, NULL, config->redactor, a, &leg->asked,
			  &text);
	if (!ok)
		errs_add(es, ERR_INPUT, leg->step->at, "%s", buf_text(&text));
	buf_release(&text);
	if (!ok || !route_make(leg, first, job->load, a, es))
		return false;
	forget_own_id(leg);
	leg->url_varies = url_varies(leg->ask, n_secrets);
	leg->varies = ask_varies(leg->ask, n_secrets);
	leg->judges = !wants_status_only(&leg->step->expect);
	leg->route.wants_answer = leg->judges;
	leg->timeout_ns = leg->ask->net.timeout.total_ns;
	note_statuses(leg, a);
	return true;
}

/* ---- one flow ------------------------------------------------------- */

/* All that it asks, as it is with the first row of data. */
static bool legs_compile(struct load_job *job, struct flow *f, struct arena *a,
			 struct errs *es)
{
	const struct step_list *list = &f->check->steps;
	bool ok = true;

	f->first_leg = job->n_legs;
	for (size_t i = 0; i < list->n; i++) {
		if (list->item[i].type == STEP_THINK)
			continue;
		struct leg *leg = &job->leg[job->n_legs++];
		leg->check = f->check;
		leg->step = &list->item[i];
		leg->in_chain = f->is_chain;
		ok &= leg_compile(job, leg, &job->leg[f->first_leg], a, es);
	}
	f->n_legs = job->n_legs - f->first_leg;
	return ok;
}

/* A user has one connection for all that can go over it. */
static size_t find_hub(struct load_job *job, const struct flow *f, size_t leg)
{
	const struct route *rt = &job->leg[f->first_leg + leg].route;

	for (size_t i = 0; i < leg; i++) {
		size_t hub = job->leg[f->first_leg + i].hub;
		if (route_same(&job->hub[hub].route, rt))
			return hub;
	}
	job->hub[job->n_hubs] =
		(struct hub_plan){ .transport = f->transport, .route = *rt };
	return job->n_hubs++;
}

static bool legs_render(struct load_job *job, struct flow *f, struct arena *a,
			struct errs *es)
{
	bool is_native = f->transport == &load_native;

	for (size_t i = 0; i < f->n_legs; i++) {
		struct leg *leg = &job->leg[f->first_leg + i];

		leg->hub = find_hub(job, f, i);
		struct hub_plan *hub = &job->hub[leg->hub];
		hub->route.wants_answer |= leg->judges;
		hub->n_legs++;
		reply_rules_init(&leg->rules, &leg->asked.request, leg->judges);
		if (i + 1 < f->n_legs) /* for those behind it */
			leg->rules.minds |= LEAN_MINDS_COOKIES;
		if (!render_wire(leg, is_native, a, es))
			return false;
	}
	return true;
}

static bool by_journey(struct load_job *job, struct flow *f, const char *why)
{
	f->transport = NULL;
	f->why_journey = why;
	if (f->is_chain) { /* its legs were the last */
		job->n_legs -= f->n_legs;
		f->n_legs = 0;
	}
	return true;
}

/* A journey has the connections of the engine, whose number of requests nobody
 * counts. */
static bool journey_can(const struct workload *load, const struct flow *f,
			struct errs *es)
{
	if (!load->connections.max_requests)
		return true;
	return errs_add(es, ERR_INPUT, load->at,
			"load \"%s\" cannot keep to \"max_requests\": its "
			"flow is run as a journey, because %s",
			load->name, f->why_journey);
}

/* By what all its requests are made.  NULL: *whose cannot be, with *why. */
static const struct load_transport *choose_all(struct load_job *job,
					       const struct flow *f,
					       const struct leg **whose,
					       const char **why)
{
	const struct load_transport *by = NULL;
	unsigned wish = job->config->transport;

	/* only native finds the answers that set a cookie at no cost */
	if (f->is_chain)
		wish = LOAD_TRANSPORT_NATIVE;
	for (size_t i = 0; i < f->n_legs; i++) {
		*whose = &job->leg[f->first_leg + i];
		by = choose(&(*whose)->route, wish, why);
		if (!by)
			return NULL;
	}
	return by;
}

static bool is_lane_wish(unsigned wish)
{
	return wish != LOAD_TRANSPORT_AUTO && wish != LOAD_TRANSPORT_JOURNEY;
}

static bool refuse_flow(const struct load_job *job, const struct flow *f,
			const char *why, struct errs *es)
{
	return errs_add(es, ERR_INPUT, f->check->at,
			"--transport %s cannot make this flow: %s",
			load_transport_names[job->config->transport], why);
}

/* Journeys go where their steps lead; that of one plain request is looked at
 * like that of a lane. */
static bool lanes_compile(struct load_job *job, struct flow *f, struct arena *a,
			  struct errs *es)
{
	unsigned wish = job->config->transport;
	const struct leg *whose = NULL;
	const char *why = "it was asked for";

	if (!legs_compile(job, f, a, es))
		return false;
	if (wish != LOAD_TRANSPORT_JOURNEY)
		f->transport = choose_all(job, f, &whose, &why);
	if (f->transport)
		return legs_render(job, f, a, es);
	if (is_lane_wish(wish))
		return errs_add(es, ERR_INPUT, whose->step->at,
				"--transport %s cannot make this request: %s",
				load_transport_names[wish], why);
	if (f->is_chain && whose)
		why = arena_printf(
			a, "a step is not for the native transport: %s", why);
	return (why || errs_nomem(es)) && by_journey(job, f, why) &&
	       journey_can(job->load, f, es);
}

static bool take_longest(void *self, const struct step *st)
{
	uint64_t *longest = self;

	if (!executors[st->type].ask)
		return true;
	uint64_t ns = executors[st->type].ask(st)->net.timeout.total_ns;
	*longest = ns > *longest ? ns : *longest;
	return true;
}

static bool flow_compile(struct load_job *job, struct flow *f,
			 const struct load_flow *from, struct arena *a,
			 struct errs *es)
{
	unsigned wish = job->config->transport;
	const char *why =
		why_journey(from->check, job->config->scenario->n_secrets);

	f->check = from->check;
	f->weight = from->weight;
	f->why_journey = "";
	f->is_chain = from->check->steps.n > 1;
	load_steps_each(&from->check->steps, take_longest, &f->timeout_ns);
	load_steps_each(&from->check->always, take_longest, &f->timeout_ns);
	if (!why && f->is_chain && wish == LOAD_TRANSPORT_JOURNEY)
		why = "it was asked for";
	else if (!why && f->is_chain && is_lane_wish(wish) &&
		 wish != LOAD_TRANSPORT_NATIVE)
		why = "it has several steps";
	if (!why)
		return lanes_compile(job, f, a, es);
	if (is_lane_wish(wish))
		return refuse_flow(job, f, why, es);
	return by_journey(job, f, why) && journey_can(job->load, f, es);
}

/* ---- all of a load -------------------------------------------------- */

/* Its legs are its steps but for the pauses, which are not counted. */
static void note_leg(struct load_job *job, struct walk *w, const struct flow *f,
		     size_t k)
{
	struct leg *leg = &job->leg[f->first_leg + k];
	struct step_facts *fact = &w->fact[f->first_step + k];

	leg->at_step = f->first_step + k;
	fact->transport = f->transport->name;
	if (!leg->url_varies)
		fact->url = leg->asked.request.url;
}

static bool steps_compile(struct load_job *job, struct arena *a)
{
	struct walk count = { 0 };

	for (size_t i = 0; i < job->n_flows; i++)
		walk_check(&count, job->flow[i].check);
	struct walk w = {
		.fact = arena_alloc(a, count.n, sizeof(*w.fact)),
		.arena = a,
	};
	if (!w.fact)
		return false;
	for (size_t i = 0; i < job->n_flows; i++) {
		struct flow *f = &job->flow[i];
		f->first_step = w.n;
		walk_check(&w, f->check);
		f->n_steps = w.n - f->first_step;
		for (size_t k = 0; f->transport && k < f->n_legs; k++)
			note_leg(job, &w, f, k);
	}
	job->step = w.fact;
	job->n_steps = w.n;
	return true;
}

static bool find_uses(struct load_job *job, struct arena *a)
{
	bool *uses =
		arena_alloc(a, job->config->scenario->n_feeders, sizeof(*uses));

	for (size_t i = 0; uses && i < job->n_flows; i++) {
		const struct check *check = job->flow[i].check;
		for (size_t k = 0; k < check->n_slots; k++)
			if (!strcmp(check->slots[k].space, "data"))
				uses[check->slots[k].feeder] = true;
	}
	job->uses = uses;
	return uses != NULL;
}

static bool make_room_for_legs(struct load_job *job, struct arena *a)
{
	size_t n = 0;

	for (size_t i = 0; i < job->load->n_flows; i++)
		n += job->load->flows[i].check->steps.n;
	job->leg = arena_alloc(a, n, sizeof(*job->leg));
	job->hub = arena_alloc(a, n, sizeof(*job->hub));
	return job->leg && job->hub;
}

bool flows_compile(struct load_job *job, struct arena *a, struct errs *es)
{
	const struct workload *load = job->load;
	bool ok = true;

	job->flow = arena_alloc(a, load->n_flows, sizeof(*job->flow));
	if (!job->flow || !make_room_for_legs(job, a))
		return errs_nomem(es);
	job->n_flows = load->n_flows;
	for (size_t i = 0; i < load->n_flows; i++) {
		struct flow *f = &job->flow[i];
		ok &= flow_compile(job, f, &load->flows[i], a, es);
		job->weights += f->weight;
		if (f->timeout_ns > job->timeout_ns)
			job->timeout_ns = f->timeout_ns;
	}
	if (!ok)
		return false;
	return (steps_compile(job, a) && find_uses(job, a) &&
		deal_init(job, a)) ||
	       errs_nomem(es);
}
