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

/* ---- whether a flow is one plain request ---------------------------- */

static bool has_phase_limits(const struct timeouts *t)
{
	return t->dns_ns || t->connect_ns || t->tls_ns || t->first_byte_ns ||
	       t->idle_ns;
}

/* NULL, or why only a journey can make it. */
static const char *why_journey(const struct check *check)
{
	const struct step *st = check->steps.item;

	if (check->steps.n != 1 || check->always.n > 0)
		return "it has several steps";
	if (st->type != STEP_HTTP)
		return "its step is more than one HTTP request";
	const struct http_ask *ask = executors[st->type].ask(st);
	if (st->captures.n > 0 || record_wants_cookies(st))
		return "it takes values out of the answer";
	if (ask->redirects > 0)
		return "it follows redirects";
	if (has_phase_limits(&ask->net.timeout))
		return "it limits the time of a phase";
	return NULL;
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

static void note_statuses(struct flow *f, struct arena *a)
{
	const struct expect_list *list = &f->step->expect;
	const struct template_world world = world_now(NULL, 0);

	f->wanted = f->judges ? "" : say_statuses(list, a);

	for (int status = 100; status < TALLY_STATUSES; status++) {
		const struct subject subject = {
			.kind = VALUE_STATUS,
			.integer = status,
		};
		f->is_ok[status] = true;
		for (size_t i = 0; i < list->n; i++)
			f->is_ok[status] &=
				match_judge(list->item[i].matcher, &subject,
					    &world, NULL, NULL);
	}
}

/* ---- one flow ------------------------------------------------------- */

static const struct load_transport *choose(struct flow *f, unsigned wish,
					   const char **why)
{
	static const struct load_transport *const all[] = {
		[LOAD_TRANSPORT_NATIVE] = &load_native,
		[LOAD_TRANSPORT_HTTP2] = &load_http2,
		[LOAD_TRANSPORT_LIBCURL] = &load_libcurl,
	};

	if (wish == LOAD_TRANSPORT_JOURNEY)
		return NULL;
	if (wish != LOAD_TRANSPORT_AUTO)
		return all[wish]->can(&f->route, why) ? all[wish] : NULL;
	for (size_t i = LOAD_TRANSPORT_NATIVE; i <= LOAD_TRANSPORT_LIBCURL; i++)
		if (all[i]->can(&f->route, why))
			return all[i];
	return NULL;
}

static bool render_wire(struct flow *f, struct arena *a, struct errs *es)
{
	const struct request *rq = &f->asked.request;
	struct buf text;

	f->wire = (struct wire){
		.request = rq,
		.version = 1,
		.is_head = rq->method && !strcmp(rq->method, "HEAD"),
	};
	if (f->transport != &load_native) {
		f->id_at = f->asked.request_id[0] != '\0';
		return true;
	}
	buf_init(&text, REQUEST_BYTES_MAX);
	bool ok = wire_render(rq, f->route.is_fresh, &text, &f->wire.head_len);
	if (ok) {
		f->wire.len = text.len;
		f->wire.bytes = arena_strndup(a, buf_text(&text), text.len);
		ok = f->wire.bytes != NULL;
	}
	buf_release(&text);
	if (ok && f->asked.request_id[0]) {
		const char *at = memmem(f->wire.bytes, f->wire.head_len,
					f->asked.request_id,
					strlen(f->asked.request_id));
		f->id_at = at ? (size_t)(at - f->wire.bytes) : 0;
	}
	return ok || errs_nomem(es);
}

/* An X-Request-ID that the scenario itself says is the same in all. */
static void forget_own_id(struct flow *f)
{
	for (size_t i = 0; i < f->ask->headers.n; i++)
		if (!strcasecmp(f->ask->headers.item[i].name, "X-Request-ID"))
			f->asked.request_id = "";
	if (!f->ask->request_id)
		f->asked.request_id = "";
}

static bool by_journey(struct flow *f, const char *why)
{
	f->transport = NULL;
	f->why_journey = why;
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

static bool lane_compile(struct load_job *job, struct flow *f, struct arena *a,
			 struct errs *es)
{
	const struct load_config *config = job->config;
	size_t n_secrets = config->scenario->n_secrets;
	const char *why = "it was asked for";
	struct buf text;

	f->step = f->check->steps.item;
	f->ask = executors[f->step->type].ask(f->step);
	if (!is_one_host(f->ask, n_secrets))
		return by_journey(f, "its host varies") &&
		       journey_can(job->load, f, es);
	buf_init(&text, ERR_TEXT_MAX);
	bool ok = flow_ask(job, f, NULL, config->redactor, a, &f->asked, &text);
	if (!ok)
		errs_add(es, ERR_INPUT, f->step->at, "%s", buf_text(&text));
	buf_release(&text);
	if (!ok || !route_make(f, job->load, a, es))
		return false;
	forget_own_id(f);
	f->url_varies = url_varies(f->ask, n_secrets);
	f->varies = ask_varies(f->ask, n_secrets);
	f->judges = !wants_status_only(&f->step->expect);
	f->route.wants_answer = f->judges;
	f->timeout_ns = f->ask->net.timeout.total_ns;
	note_statuses(f, a);
	f->transport = choose(f, config->transport, &why);
	if (f->transport)
		return render_wire(f, a, es);
	if (config->transport != LOAD_TRANSPORT_AUTO &&
	    config->transport != LOAD_TRANSPORT_JOURNEY)
		return errs_add(es, ERR_INPUT, f->step->at,
				"--transport %s cannot make this request: %s",
				load_transport_names[config->transport], why);
	return by_journey(f, why) && journey_can(job->load, f, es);
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
	const char *why = why_journey(from->check);

	f->check = from->check;
	f->weight = from->weight;
	f->why_journey = "";
	if (!why)
		return lane_compile(job, f, a, es);
	if (job->config->transport != LOAD_TRANSPORT_AUTO &&
	    job->config->transport != LOAD_TRANSPORT_JOURNEY)
		return errs_add(es, ERR_INPUT, from->check->at,
				"--transport %s cannot make this flow: %s",
				load_transport_names[job->config->transport],
				why);
	load_steps_each(&from->check->steps, take_longest, &f->timeout_ns);
	load_steps_each(&from->check->always, take_longest, &f->timeout_ns);
	return by_journey(f, why) && journey_can(job->load, f, es);
}

/* ---- all of a load -------------------------------------------------- */

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
		if (f->transport)
			w.fact[f->first_step].transport = f->transport->name;
		if (f->transport && !f->url_varies)
			w.fact[f->first_step].url = f->asked.request.url;
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

bool flows_compile(struct load_job *job, struct arena *a, struct errs *es)
{
	const struct workload *load = job->load;
	bool ok = true;

	job->flow = arena_alloc(a, load->n_flows, sizeof(*job->flow));
	if (!job->flow)
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
