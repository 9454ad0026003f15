/* SPDX-License-Identifier: MIT */
/* What a user sends when not all requests are the same, and what an answer is
 * worth when more than its status counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "loadgen/run/inside.h"
#include "loadgen/transport/wire.h"
#include "probe/ask/divert.h"
#include "probe/engine/engine.h"
#include "probe/judge/judge.h"
#include "probe/secrets.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum { JUDGE_ARENA_MAX = 16 << 20 }; /* of one judged answer */

/* ---- the values of a round ------------------------------------------ */

bool request_deal(struct user *u)
{
	const struct load_job *job = u->part->job;
	size_t n = job->config->scenario->n_feeders;

	for (size_t i = 0; i < n; i++)
		if (job->uses[i] &&
		    !deal_row(job, i, u->k, u->part->worker->index, &u->row[i]))
			return false;
	return true;
}

static void fill_slot(const struct load_job *job, const struct slot_name *name,
		      const size_t *rows, struct template_slot *to)
{
	const struct load_config *config = job->config;

	if (!strcmp(name->space, "data")) {
		const struct feeder *f =
			&config->scenario->feeders[name->feeder];
		to->text = feeder_cell(f, rows ? rows[name->feeder] : 0,
				       name->column);
		to->len = strlen(to->text);
		to->is_set = true;
	} else if (!strcmp(name->space, "secret") && config->secrets) {
		const struct secret_value *value =
			secrets_find(config->secrets, name->name);
		if (!value)
			return;
		to->text = value->text;
		to->len = value->len;
		to->is_set = true;
	}
}

static struct template_slot *fill_slots(const struct load_job *job,
					const struct check *check,
					const size_t *rows, struct arena *a)
{
	struct template_slot *slot =
		arena_alloc(a, check->n_slots, sizeof(*slot));

	for (size_t i = 0; slot && i < check->n_slots; i++)
		fill_slot(job, &check->slots[i], rows, &slot[i]);
	return slot;
}

/* Secret columns of these rows, before a text that may hold them is redacted:
 * what the redactor learns it forgets again. */
static void teach(const struct load_job *job, const struct check *check,
		  const size_t *rows, struct redactor *r)
{
	const struct scenario *sc = job->config->scenario;

	for (size_t i = 0; i < check->n_slots; i++) {
		const struct slot_name *is = &check->slots[i];
		if (!is->is_secret || strcmp(is->space, "data") != 0)
			continue;
		const char *text =
			feeder_cell(&sc->feeders[is->feeder],
				    rows ? rows[is->feeder] : 0, is->column);
		redactor_learn(r, text, strlen(text));
	}
}

bool leg_ask(const struct load_job *job, const struct leg *leg,
	     const size_t *rows, struct redactor *r, struct arena *a,
	     struct asked *out, struct buf *why)
{
	const struct check *check = leg->check;
	struct template_slot *slot = fill_slots(job, check, rows, a);

	if (!slot) {
		buf_puts(why, "not enough memory");
		return false;
	}
	const struct template_world world = world_now(slot, check->n_slots);
	bool ok = ask_http(leg->ask, &world, r, a, out, why) &&
		  divert_apply(job->divert, a, out, why);
	if (!ok)
		teach(job, check, rows, r);
	return ok;
}

static void forget_copy(struct user *u)
{
	free(u->fields);
	u->fields = NULL;
	u->copied = NULL;
	buf_reset(&u->bytes);
}

/* ---- a request of its own ------------------------------------------- */

/* The sentence may quote what it is about. */
static const struct wire *refuse(struct user *u, const struct buf *text,
				 const char **why)
{
	struct buf safe;

	buf_init(&safe, BUF_NO_LIMIT);
	redact_text(u->part->worker->redactor, buf_text(text), text->len,
		    &safe);
	snprintf(u->why, sizeof(u->why), "%s", buf_text(&safe));
	buf_release(&safe);
	*why = u->why;
	return NULL;
}

static bool is_native(const struct user *u)
{
	return u->part->job->flow[u->flow].transport == &load_native;
}

static bool render_into(struct user *u, const struct leg *leg)
{
	u->wire.request = &u->asked.request;
	u->wire.rules = leg->wire.rules;
	u->wire.version++;
	u->wire.is_head = u->asked.request.method &&
			  !strcmp(u->asked.request.method, "HEAD");
	if (!is_native(u))
		return true;
	buf_reset(&u->bytes);
	if (!wire_render(&u->asked.request, leg->route.is_fresh, &u->bytes,
			 &u->wire.head_len))
		return false;
	u->wire.bytes = buf_text(&u->bytes);
	u->wire.len = u->bytes.len;
	return true;
}

static const struct wire *render_anew(struct user *u, const struct leg *leg,
				      const char **why)
{
	struct worker *wk = u->part->worker;
	const struct wire *wire = NULL;
	struct buf text;

	buf_init(&text, ERR_TEXT_MAX);
	forget_copy(u); /* of another leg */
	arena_free(u->arena);
	u->arena = arena_new(ASK_ARENA_MAX);
	if (!u->arena)
		buf_puts(&text, "not enough memory");
	else if (!leg_ask(u->part->job, leg, u->row, wk->redactor, u->arena,
			  &u->asked, &text))
		;
	else if (!url_same_origin(&leg->asked.url, &u->asked.url))
		buf_puts(&text, "the address leads to another host than that "
				"of the first request");
	else if (!render_into(u, leg))
		buf_puts(&text, "the request cannot be written");
	else
		wire = &u->wire;
	if (!wire)
		refuse(u, &text, why);
	buf_release(&text);
	return wire;
}

/* Version 4, RFC 9562, but of numbers that the seed gives again. */
static void draw_id(struct user *u)
{
	static const char digits[] = "0123456789abcdef";
	struct random *draw = &u->part->random;
	uint64_t bits = 0;

	for (size_t i = 0; i < WORLD_UUID_ROOM - 1; i++) {
		if (i % 16 == 0)
			bits = random_next(draw);
		char c = digits[bits & 15];
		bits >>= 4;
		if (i == 8 || i == 13 || i == 18 || i == 23)
			c = '-';
		else if (i == 14)
			c = '4';
		else if (i == 19)
			c = digits[8 + (bits & 3)];
		u->request_id[i] = c;
	}
}

/* Whoever sends fields and not bytes. */
static bool copy_fields(struct user *u, const struct leg *leg)
{
	const struct request *from = &leg->asked.request;

	u->fields = malloc((from->n_headers + 1) * sizeof(*u->fields));
	if (!u->fields)
		return false;
	for (size_t i = 0; i < from->n_headers; i++) {
		u->fields[i] = from->headers[i];
		if (u->fields[i].value == leg->asked.request_id)
			u->fields[i].value = u->request_id;
	}
	u->request = *from;
	u->request.headers = u->fields;
	u->wire.request = &u->request;
	return true;
}

/* The request of all, with an X-Request-ID of its own. */
static bool copy_request(struct user *u, const struct leg *leg)
{
	uint64_t version = u->wire.version; /* never one that was */

	forget_copy(u); /* what another leg has rendered */
	u->wire = leg->wire;
	u->wire.version += version;
	if (leg->wire.bytes) {
		if (!buf_add(&u->bytes, leg->wire.bytes, leg->wire.len))
			return false;
		u->wire.bytes = buf_text(&u->bytes);
	} else if (!copy_fields(u, leg)) {
		return false;
	}
	u->copied = leg;
	return true;
}

static const struct wire *with_own_id(struct user *u, const struct leg *leg,
				      const char **why)
{
	draw_id(u);
	if (u->copied != leg && !copy_request(u, leg)) {
		*why = "not enough memory";
		return NULL;
	}
	u->wire.version++;
	if (leg->wire.bytes)
		memcpy(u->bytes.text + leg->id_at, u->request_id,
		       WORLD_UUID_ROOM - 1);
	return &u->wire;
}

const struct wire *request_of(struct user *u, const struct leg *leg,
			      const char **why)
{
	const struct wire *wire = &leg->wire;

	if (leg->varies)
		wire = render_anew(u, leg, why);
	else if (leg->id_at)
		wire = with_own_id(u, leg, why);
	return wire && u->cookies ? cookies_add(u, leg, wire, why) : wire;
}

/* ---- what an answer is worth ---------------------------------------- */

static void answer_phases(const struct sample *s, struct phases *ph)
{
	const struct phase_points at = {
		.planned_ns = s->sent_ns,
		.taken_ns = s->sent_ns,
		.started_ns = s->sent_ns,
		.sent_ns = s->written_ns,
		.first_ns = s->first_ns,
		.end_ns = s->end_ns,
		.under_way = PHASE_RECEIVE,
	};

	phases_build(ph, &at);
	ph->ns[PHASE_DNS] = s->dns_ns;
	ph->ns[PHASE_CONNECT] = s->connect_ns;
	ph->ns[PHASE_TLS] = s->tls_ns;
	uint64_t apart = s->dns_ns + s->connect_ns + s->tls_ns;
	uint64_t *send = &ph->ns[PHASE_SEND];
	*send = *send > apart ? *send - apart : 0;
}

enum outcome request_judge(struct user *u, const struct leg *leg,
			   const struct lane *la, struct buf *message)
{
	const struct check *check = leg->check;
	struct arena *a = arena_new(JUDGE_ARENA_MAX);
	enum outcome outcome = OUTCOME_LOCAL_FAIL;
	struct judging j;
	struct seen seen = {
		.answer = la->answer,
		.url = u->sent->request->url,
		.is_encrypted = leg->route.is_tls,
		.wall_ns = engine_wall_ns(),
		.server_time_header = leg->ask->server_time_header,
		.server_time_unit_ns = leg->ask->server_time_unit_ns,
	};

	if (!a || !la->answer)
		goto out;
	struct template_slot *slot = fill_slots(u->part->job, check, u->row, a);
	if (!slot)
		goto out;
	const struct template_world world = world_now(slot, check->n_slots);
	struct step_result r = { .outcome = OUTCOME_OK, .message = "" };
	teach(u->part->job, check, u->row, u->part->worker->redactor);
	if (leg->in_chain)
		cookies_teach(u, la->answer);
	answer_phases(&la->sample, &seen.phases);
	judging_init(&j, a, &world, u->part->worker->redactor, leg->step,
		     &seen);
	j.is_terse = true;
	judge_expect(&j, &leg->step->expect);
	judging_finish(&j, &r);
	outcome = r.outcome;
	buf_puts(message, r.message);
	judging_release(&j);
out:
	arena_free(a);
	return outcome;
}
