/* SPDX-License-Identifier: MIT */
#include "probe/run/record.h"

#include <string.h>
#include <strings.h>

#include "probe/judge/certs.h"
#include "probe/judge/keep.h"
#include "probe/judge/subject.h"
#include "probe/ask/url.h"
#include "report/log.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

#define LOGGER "assay.probe"

/* ---- beginning ------------------------------------------------------ */

struct asking *record_begin(struct journey *jo, const struct step *st)
{
	struct asking *as = &jo->asking;

	journey_teach(jo);
	*as = (struct asking){ .step = st };
	as->arena = arena_new(ASK_ARENA_MAX);
	as->r = journey_new_result(jo, st);
	as->began_ns = engine_now_ns();
	as->planned_ns = as->began_ns;
	if (!jo->has_asked && jo->plan.due_ns &&
	    jo->plan.due_ns < as->began_ns) {
		/* the check stood in the queue of the run */
		as->planned_ns = jo->plan.due_ns;
		as->phases.ns[PHASE_QUEUE] = as->began_ns - jo->plan.due_ns;
	}
	if (as->arena)
		return as;
	as->step = NULL;
	journey_fail_step(jo, st, OUTCOME_LOCAL_FAIL, "out of memory");
	return NULL;
}

static void end_asking(struct journey *jo)
{
	struct asking *as = &jo->asking;

	journey_end_step(jo, &as->r);
	child_free(as->child);
	if (as->is_open)
		exchange_release(&as->ex);
	arena_free(as->arena);
	*as = (struct asking){ 0 };
	jo->has_asked = true;
}

const char *record_text(struct journey *jo, const char *text)
{
	struct buf safe;

	buf_init(&safe, BUF_NO_LIMIT);
	redact_text(jo->world.redactor, text, strlen(text), &safe);
	const char *copy =
		arena_strndup(journey_arena(jo), buf_text(&safe), safe.len);
	buf_release(&safe);
	return copy ? copy : "";
}

/* The address under way: the same one is named by the step, the hop and the
 * log line, and searching it is not cheap. */
const char *record_url(struct journey *jo, const char *url)
{
	struct asking *as = &jo->asking;

	if (as->shown_url_of != url) {
		as->shown_url = record_text(jo, url);
		as->shown_url_of = url;
	}
	return as->shown_url;
}

/* What this program made itself. */
static const char *own_text(struct journey *jo, const char *text)
{
	const char *copy = arena_strdup(journey_arena(jo), text);

	return copy ? copy : "";
}

void record_fail(struct journey *jo, enum outcome outcome, const char *why)
{
	struct asking *as = &jo->asking;

	as->r.outcome = *why ? outcome : OUTCOME_LOCAL_FAIL;
	as->r.message = journey_message(jo, *why ? why : "out of memory");
	as->r.phases = as->phases;
	end_asking(jo);
}

void record_target(struct journey *jo)
{
	struct asking *as = &jo->asking;

	as->r.url = record_url(jo, as->asked.request.url);
	as->r.unverified = as->asked.request.skip_verify &&
			   as->asked.request.kind == REQUEST_TLS;
	if (as->step->name)
		return;
	const char *name =
		arena_printf(journey_arena(jo), "%s %s", as->r.kind, as->r.url);
	if (name)
		as->r.name = name;
}

/* What the target took for the hops that are over. */
static uint64_t spent_ns(const struct journey *jo)
{
	return subject_target_ns(&jo->asking.phases);
}

/* The step has one time in all for its hops. */
static void limit_time(struct journey *jo, struct request *rq)
{
	uint64_t left = journey_left_ns(jo);
	uint64_t spent = spent_ns(jo);
	uint64_t total = rq->limits.total_ns;

	if (total > 0)
		total = total > spent ? total - spent : 0;
	else
		total = UINT64_MAX;
	if (left < total)
		total = left;
	if (total == UINT64_MAX)
		total = 0;
	else if (total < UNIT_NS_PER_MS)
		total = UNIT_NS_PER_MS;
	rq->limits.total_ns = total;
}

void record_ask(struct journey *jo, void (*on_done)(struct exchange *ex))
{
	struct asking *as = &jo->asking;

	exchange_init(&as->ex);
	as->is_open = true;
	as->ex.request = as->asked.request;
	as->ex.request.wants_fresh =
		!jo->has_asked && as->n_hops == 0 && !jo->plan.session;
	limit_time(jo, &as->ex.request);
	as->ex.session = jo->session;
	as->ex.request.source = jo->world.source;
	as->ex.gate = jo->world.gate;
	as->ex.on_done = on_done;
	as->ex.owner = jo;
	jo->is_waiting = true;
	engine_start(jo->world.en, &as->ex);
}

/* ---- one hop -------------------------------------------------------- */

static void learn_headers(struct journey *jo, const struct answer *an)
{
	for (size_t i = 0; i < an->n_headers; i++)
		redactor_learn_header(jo->world.redactor, an->headers[i].name,
				      an->headers[i].value);
}

static void log_hop(struct journey *jo, const struct answer *an)
{
	const struct asking *as = &jo->asking;
	const struct request *rq = &as->ex.request;

	if (!log_wants(jo->world.log, LEVEL_WARNING))
		return;
	/* a part of an address can be the rest of a secret */
	const char *url = record_url(jo, rq->url);
	const struct log_entry entry = {
		.logger = LOGGER,
		.message = an->outcome == OUTCOME_OK
				   ? NULL
				   : outcome_sentence(an->outcome),
		.request_id =
			as->asked.request_id[0] ? as->asked.request_id : NULL,
		.method = rq->kind == REQUEST_HTTP ? rq->method : as->r.kind,
		.path = url_path(url),
		.status_code = an->status,
		.duration_ns = (int64_t)phases_total(&an->phases),
		.at_ns = 0,
	};

	log_request(jo->world.log, &entry);
}

void record_hop(struct journey *jo)
{
	struct asking *as = &jo->asking;
	const struct answer *an = &as->ex.answer;
	struct arena *a = journey_arena(jo);
	struct hop *hops = arena_alloc(a, as->n_hops + 1, sizeof(*hops));

	journey_teach(jo);
	learn_headers(jo, an);
	log_hop(jo, an);
	phases_add(&as->phases, &an->phases);
	if (!hops)
		return;
	if (as->n_hops > 0)
		memcpy(hops, as->hops, as->n_hops * sizeof(*hops));
	hops[as->n_hops++] = (struct hop){
		.method = record_text(
			jo, as->ex.request.method ? as->ex.request.method : ""),
		.url = record_url(jo, as->ex.request.url),
		.status = an->status,
		.protocol = own_text(jo, an->protocol),
		.remote = own_text(jo, an->remote),
		.transport = own_text(jo, an->transport),
		.reused = an->reused,
		.phases = an->phases,
	};
	as->hops = hops;
}

/* ---- the facts of the answer ---------------------------------------- */

static void take_headers(struct journey *jo, const struct answer *an)
{
	struct step_result *r = &jo->asking.r;
	struct arena *a = journey_arena(jo);
	size_t n = an->n_headers < RECORD_HEADERS_MAX ? an->n_headers
						      : RECORD_HEADERS_MAX;
	struct header *headers = arena_alloc(a, n, sizeof(*headers));
	struct buf safe, cut;

	if (!headers)
		return;
	buf_init(&safe, BUF_NO_LIMIT);
	buf_init(&cut, RECORD_HEADER_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct field *from = &an->headers[i];

		buf_reset(&safe);
		buf_reset(&cut);
		redact_header_value(jo->world.redactor, from->name, from->value,
				    &safe);
		text_cut(&cut, buf_text(&safe), safe.len, RECORD_HEADER_MAX);
		headers[i].name = record_text(jo, from->name);
		headers[i].value = arena_strndup(a, buf_text(&cut), cut.len);
		if (!headers[i].value)
			headers[i].value = "";
	}
	buf_release(&safe);
	buf_release(&cut);
	r->headers = headers;
	r->n_headers = n;
}

/* Where an answer was not to end, a secret may be cut: the ellipsis tells so
 * the reader, and the redactor. */
static void take_excerpt(struct journey *jo, const struct buf *bytes)
{
	bool is_whole = jo->asking.ex.answer.outcome == OUTCOME_OK;
	struct buf text, whole;

	if (bytes->len == 0)
		return;
	buf_init(&text, RECORD_EXCERPT_MAX);
	buf_init(&whole, BUF_NO_LIMIT);
	buf_add(&whole, buf_text(bytes), bytes->len);
	buf_puts(&whole, is_whole ? "" : "\xe2\x80\xa6");
	redact_excerpt(jo->world.redactor, buf_text(&whole), whole.len,
		       RECORD_EXCERPT_MAX, &text);
	const char *copy =
		arena_strndup(journey_arena(jo), buf_text(&text), text.len);
	if (copy && buf_ok(&whole))
		jo->asking.r.excerpt = copy;
	buf_release(&text);
	buf_release(&whole);
}

static void take_facts(struct journey *jo)
{
	struct asking *as = &jo->asking;
	const struct answer *an = &as->ex.answer;
	struct step_result *r = &as->r;

	/* an outcome of the step's own (too many redirects) came later */
	if (r->outcome == OUTCOME_OK)
		r->outcome = an->outcome;
	if (an->started_at_ns && as->n_hops <= 1)
		r->started_at_ns = an->started_at_ns;
	r->phases = as->phases;
	r->status = an->status;
	r->protocol = own_text(jo, an->protocol);
	r->remote = own_text(jo, an->remote);
	r->sent_bytes = an->sent_bytes;
	r->received_bytes = an->received_bytes;
	r->unverified |= as->ex.request.skip_verify && an->tls;
	r->hops = as->hops;
	r->n_hops = as->n_hops;
	r->tls = certs_copy(journey_arena(jo), an->tls);
	if (!jo->world.is_terse)
		take_headers(jo, an);
}

/* ---- in words ------------------------------------------------------- */

/* The limit that ended the step; not that of a wait around it, which says so
 * itself. */
static void say_limit(const struct journey *jo, struct buf *out)
{
	const struct asking *as = &jo->asking;
	uint64_t limit = as->ex.answer.limit_ns;

	if (!limit)
		limit = as->asked.request.limits.total_ns;
	if (!limit || spent_ns(jo) < limit)
		return;
	buf_puts(out, ", the limit is ");
	unit_human_duration(out, limit);
}

static void say_transport(struct journey *jo, uint64_t wall_ns)
{
	struct step_result *r = &jo->asking.r;
	const struct answer *an = &jo->asking.ex.answer;
	struct buf text;

	if (r->message[0])
		return;
	buf_init(&text, JUDGE_WHY_MAX);
	if (certs_say_outcome(r->outcome, an->tls, wall_ns, &text)) {
		r->message = journey_message(jo, buf_text(&text));
		goto out;
	}
	if (r->outcome != OUTCOME_VALUE || !an->detail[0])
		buf_puts(&text, outcome_sentence(r->outcome));
	if (outcome_is_timeout(r->outcome)) {
		buf_puts(&text, ": ");
		judge_say_time(&r->phases, &text);
		say_limit(jo, &text);
	} else if (an->detail[0]) {
		buf_printf(&text, "%s%s", text.len ? ": " : "", an->detail);
	}
	r->message = journey_message(jo, buf_text(&text));
out:
	buf_release(&text);
}

/* ---- judging -------------------------------------------------------- */

struct cookie_list {
	struct arena *arena;
	struct field *item;
	size_t n;
};

static void on_cookie(void *self, const char *name, const char *value,
		      const char *domain)
{
	struct cookie_list *list = self;

	(void)domain;
	if (list->n >= RECORD_COOKIES_MAX)
		return;
	struct field *to = &list->item[list->n];
	to->name = arena_strdup(list->arena, name);
	to->value = arena_strdup(list->arena, value);
	if (to->name && to->value)
		list->n++;
}

bool record_wants_cookies(const struct step *st)
{
	for (size_t i = 0; i < st->expect.n; i++) {
		if (st->expect.item[i].what == EXPECT_COOKIE)
			return true;
	}
	for (size_t i = 0; i < st->captures.n; i++) {
		if (st->captures.item[i].from == CAPTURE_COOKIE)
			return true;
	}
	return false;
}

static void take_cookies(struct journey *jo, struct seen *seen)
{
	struct cookie_list list = { .arena = jo->asking.arena };

	if (!record_wants_cookies(jo->asking.step))
		return;
	list.item =
		arena_alloc(list.arena, RECORD_COOKIES_MAX, sizeof(*list.item));
	if (list.item)
		session_cookies(jo->session, on_cookie, &list);
	seen->cookies = list.item;
	seen->n_cookies = list.n;
}

/* A handshake that was to be refused, and is expected to be: then what was
 * seen of the certificates decides alone. */
static bool is_expected(const struct judging *j, const struct step *st,
			enum outcome o)
{
	const struct tls_facts *tls = j->seen->answer->tls;
	bool chain = false, name = false;

	if (st->type != STEP_TLS || !tls || j->n_failed > 0)
		return false;
	if (o < OUTCOME_TLS_EXPIRED || o > OUTCOME_TLS_WEAK)
		return false;
	for (size_t i = 0; i < st->expect.n; i++) {
		const struct expect_item *item = &st->expect.item[i];

		if (item->what != EXPECT_CERT || item->is_default)
			continue;
		chain |= item->which == CERT_CHAIN;
		name |= item->which == CERT_NAME;
	}
	return (tls->trusted || chain) && (tls->name_ok || name);
}

static void judge_answer(struct journey *jo, struct judging *j,
			 const struct record_extra *extra)
{
	struct asking *as = &jo->asking;
	const struct step *st = as->step;
	const struct capture *missing = NULL;

	if (as->r.outcome == OUTCOME_OK) {
		missing = capture_take(j, &st->captures, &jo->slots,
				       jo->world.redactor, &as->r);
		judge_expect(j, &st->expect);
		keep_take(j, &st->keeps);
		if (extra->judge)
			extra->judge(j, st, extra->own);
	} else if (as->ex.answer.tls) {
		judge_certificate(j, &st->expect);
		if (is_expected(j, st, as->r.outcome)) {
			as->r.outcome = OUTCOME_OK;
			missing = capture_take(j, &st->captures, &jo->slots,
					       jo->world.redactor, &as->r);
		}
	}
	if (as->r.outcome != OUTCOME_OK)
		say_transport(jo, j->seen->wall_ns);
	judging_finish(j, &as->r);
	if (as->r.outcome != OUTCOME_OK || !missing)
		return;
	as->r.outcome = OUTCOME_CAPTURE;
	const char *message = arena_printf(
		journey_arena(jo), "\"%s\" could not be captured: %s",
		missing->name, outcome_sentence(OUTCOME_CAPTURE));
	as->r.message = message ? message : outcome_sentence(OUTCOME_CAPTURE);
}

/* What was said last, of which the start is shown. */
static const struct buf *telling_bytes(const struct answer *an,
				       const struct record_extra *extra)
{
	if (extra->n_turns > 0)
		return &extra->turns[extra->n_turns - 1];
	if (extra->child && an->body.len == 0)
		return &extra->child->err;
	return &an->body;
}

void record_finish(struct journey *jo, const struct record_extra *extra)
{
	struct asking *as = &jo->asking;
	const struct template_world world = journey_values(jo);
	struct judging j;
	struct seen seen = {
		.answer = &as->ex.answer,
		.url = as->ex.request.url,
		.is_encrypted = extra->is_encrypted,
		.redirects = as->redirects,
		.phases = as->phases,
		.wall_ns = world.wall_ns,
		.server_time_header = extra->server_time_header,
		.server_time_unit_ns = extra->server_time_unit_ns,
		.n_turns = extra->n_turns,
		.turns = extra->turns,
		.child = extra->child,
	};

	take_cookies(jo, &seen);
	judging_init(&j, journey_arena(jo), &world, jo->world.redactor,
		     as->step, &seen);
	j.is_terse = jo->world.is_terse;
	take_facts(jo);
	judge_answer(jo, &j, extra);
	if (as->r.outcome != OUTCOME_OK)
		take_excerpt(jo, telling_bytes(&as->ex.answer, extra));
	judging_release(&j);
	end_asking(jo);
}
