/* SPDX-License-Identifier: MIT */
#include "report/load/tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/capped.h"

/* ---- making --------------------------------------------------------- */

static struct hist **step_hists(struct tally_step *st, size_t i)
{
	struct hist **const all[] = { &st->latency, &st->service,
				      &st->first_byte, &st->connect };

	return i < sizeof all / sizeof all[0] ? all[i] : NULL;
}

static struct hist **own_hists(struct tally *t, size_t i)
{
	struct hist **const all[] = { &t->lateness, &t->queue, &t->iteration,
				      &t->missed, &t->loop_lag };

	return i < sizeof all / sizeof all[0] ? all[i] : NULL;
}

static bool make_hist(struct hist **h, unsigned digits)
{
	*h = hist_new(digits);
	return *h;
}

struct tally *tally_new(size_t n_steps, unsigned digits)
{
	struct tally *t;
	struct hist **h;
	bool done;

	if (digits < HIST_DIGITS_MIN || digits > HIST_DIGITS_MAX)
		return NULL;
	t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	t->step = calloc(n_steps ? n_steps : 1, sizeof *t->step);
	t->n_steps = t->step ? n_steps : 0;
	done = t->step;
	for (size_t i = 0; done && (h = own_hists(t, i)); i++)
		done = make_hist(h, digits);
	for (size_t k = 0; k < t->n_steps; k++) {
		for (size_t i = 0; done && (h = step_hists(&t->step[k], i));
		     i++)
			done = make_hist(h, digits);
	}
	if (!done) {
		tally_free(t);
		return NULL;
	}
	tally_reset(t);
	return t;
}

void tally_free(struct tally *t)
{
	struct hist **h;

	if (!t)
		return;
	for (size_t i = 0; (h = own_hists(t, i)); i++)
		hist_free(*h);
	for (size_t k = 0; k < t->n_steps; k++) {
		for (size_t i = 0; (h = step_hists(&t->step[k], i)); i++)
			hist_free(*h);
	}
	free(t->step);
	free(t);
}

static void reset_step(struct tally_step *st)
{
	struct hist **h;

	memset(st, 0, offsetof(struct tally_step, latency));
	st->sample[0] = '\0';
	for (size_t i = 0; (h = step_hists(st, i)); i++)
		hist_reset(*h);
}

void tally_reset(struct tally *t)
{
	struct hist **h;

	t->planned = t->sent = t->dropped = t->not_started = 0;
	t->ok = t->failed = t->timed_out = t->in_flight = t->waited = 0;
	t->users = t->connections = t->from_ns = t->to_ns = 0;
	t->begin_ns = t->first_ok_ns = t->last_ok_ns = 0;
	for (size_t i = 0; (h = own_hists(t, i)); i++)
		hist_reset(*h);
	for (size_t k = 0; k < t->n_steps; k++)
		reset_step(&t->step[k]);
}

/* ---- adding up ------------------------------------------------------ */

static void merge_step(struct tally_step *into, const struct tally_step *from)
{
	into->sent += from->sent;
	into->ok += from->ok;
	into->failed += from->failed;
	into->timed_out += from->timed_out;
	into->in_flight += from->in_flight;
	into->skipped += from->skipped;
	into->connections += from->connections;
	into->resends += from->resends;
	into->sent_bytes += from->sent_bytes;
	into->received_bytes += from->received_bytes;
	for (size_t i = 0; i < TALLY_STATUSES; i++)
		into->status[i] += from->status[i];
	for (size_t i = 0; i < OUTCOME_N; i++)
		into->outcome[i] += from->outcome[i];
	for (size_t i = 0; i < PHASE_N; i++)
		into->phase_ns[i] += from->phase_ns[i];
	hist_merge(into->latency, from->latency);
	hist_merge(into->service, from->service);
	hist_merge(into->first_byte, from->first_byte);
	hist_merge(into->connect, from->connect);
	if (into->sample[0] == '\0')
		memcpy(into->sample, from->sample, sizeof into->sample);
}

static inline void widen_ok(struct tally *t, uint64_t first_ns,
			    uint64_t last_ns)
{
	if (t->first_ok_ns == 0 || first_ns < t->first_ok_ns)
		t->first_ok_ns = first_ns;
	if (last_ns > t->last_ok_ns)
		t->last_ok_ns = last_ns;
}

static void merge_span(struct tally *into, const struct tally *from)
{
	bool is_first = into->to_ns == 0;

	into->begin_ns = from->begin_ns;
	if (from->first_ok_ns > 0)
		widen_ok(into, from->first_ok_ns, from->last_ok_ns);

	if (is_first || from->from_ns < into->from_ns)
		into->from_ns = from->from_ns;
	if (from->to_ns > into->to_ns)
		into->to_ns = from->to_ns;
}

void tally_merge(struct tally *into, const struct tally *from)
{
	assert(into->n_steps == from->n_steps);
	into->planned += from->planned;
	into->sent += from->sent;
	into->dropped += from->dropped;
	into->not_started += from->not_started;
	into->ok += from->ok;
	into->failed += from->failed;
	into->timed_out += from->timed_out;
	into->in_flight += from->in_flight;
	into->waited += from->waited;
	into->users += from->users;
	into->connections += from->connections;
	hist_merge(into->lateness, from->lateness);
	hist_merge(into->queue, from->queue);
	hist_merge(into->iteration, from->iteration);
	hist_merge(into->missed, from->missed);
	hist_merge(into->loop_lag, from->loop_lag);
	for (size_t i = 0; i < into->n_steps; i++)
		merge_step(&into->step[i], &from->step[i]);
	merge_span(into, from);
}

void tally_latency(const struct tally *t, struct hist *into)
{
	for (size_t i = 0; i < t->n_steps; i++)
		hist_merge(into, t->step[i].latency);
	hist_merge(into, t->missed);
}

/* ---- one request ---------------------------------------------------- */

/* What was going on when a request ended without a first byte. */
static enum phase phase_under_way(enum outcome o)
{
	switch (outcome_layer(o)) {
	case LAYER_NAME:
		return PHASE_DNS;
	case LAYER_TCP:
		return PHASE_CONNECT;
	case LAYER_TLS:
		return PHASE_TLS;
	default:
		return PHASE_WAIT;
	}
}

/* A phase goes from where the one before ended until `until`, within end. */
static inline uint64_t phase_to(struct tally_step *st, enum phase phase,
				uint64_t now, uint64_t until, uint64_t end)
{
	if (until > end)
		until = end;
	if (until <= now)
		return now;
	st->phase_ns[phase] += until - now;
	return until;
}

/* Lengths come from a transport, and may be anything. */
static void add_phases(struct tally_step *st, const struct sample *s,
		       uint64_t planned, uint64_t sent, uint64_t end)
{
	enum phase rest = PHASE_RECEIVE;
	uint64_t now;

	now = phase_to(st, s->waited ? PHASE_QUEUE : PHASE_LATENESS, planned,
		       sent, end);
	if (s->dns_ns | s->connect_ns | s->tls_ns) {
		now = phase_to(st, PHASE_DNS, now, capped_sum(now, s->dns_ns),
			       end);
		now = phase_to(st, PHASE_CONNECT, now,
			       capped_sum(now, s->connect_ns), end);
		now = phase_to(st, PHASE_TLS, now, capped_sum(now, s->tls_ns),
			       end);
	}
	now = phase_to(st, PHASE_SEND, now, s->written_ns, end);
	now = phase_to(st, PHASE_WAIT, now, s->first_ns, end);
	if (s->first_ns == 0)
		rest = phase_under_way(s->outcome);
	phase_to(st, rest, now, end, end);
}

static void count_outcome(struct tally_step *st, const struct sample *s)
{
	enum outcome o = s->was_in_flight ? OUTCOME_NOT_REACHED : s->outcome;

	st->sent++;
	st->outcome[o]++;
	st->status[s->status < TALLY_STATUSES ? s->status
					      : TALLY_STATUSES - 1]++;
	if (s->was_in_flight)
		st->in_flight++;
	else if (o == OUTCOME_OK)
		st->ok++;
	else if (outcome_is_timeout(o))
		st->timed_out++;
	else
		st->failed++;
}

void tally_request(struct tally *t, size_t step, const struct sample *s)
{
	struct tally_step *st = &t->step[step];
	uint64_t planned = s->planned_ns, sent = s->sent_ns, end = s->end_ns;

	if (end < planned)
		end = planned;
	if (sent == 0 || sent > end)
		sent = end; /* it never came so far */
	if (sent < planned)
		sent = planned;
	count_outcome(st, s);
	if (s->outcome == OUTCOME_OK && !s->was_in_flight)
		widen_ok(t, end, end);
	hist_record(st->latency, end - planned);
	hist_record(st->service, end - sent);
	if (s->first_ns > sent)
		hist_record(st->first_byte,
			    (s->first_ns < end ? s->first_ns : end) - sent);
	if (s->made_connection) {
		st->connections++;
		hist_record(st->connect,
			    capped_sum(capped_sum(s->dns_ns, s->connect_ns),
				       s->tls_ns));
	}
	st->resends += s->resends;
	st->sent_bytes += s->sent_bytes;
	st->received_bytes += s->received_bytes;
	add_phases(st, s, planned, sent, end);
}

void tally_sample(struct tally *t, size_t step, const char *text)
{
	char *to = t->step[step].sample;
	size_t len;

	if (to[0] != '\0')
		return;
	len = strnlen(text, TALLY_SAMPLE_MAX - 1);
	memcpy(to, text, len);
	to[len] = '\0';
}

/* ---- the books ------------------------------------------------------ */

static const char *step_imbalance(const struct tally_step *st)
{
	uint64_t n_outcomes = 0, n_statuses = 0;

	if (st->sent != st->ok + st->failed + st->timed_out + st->in_flight)
		return "requests sent = ok + failed + timed out + in flight";
	for (size_t i = 0; i < OUTCOME_N; i++)
		n_outcomes += st->outcome[i];
	for (size_t i = 0; i < TALLY_STATUSES; i++)
		n_statuses += st->status[i];
	if (st->sent != n_outcomes || st->sent != n_statuses)
		return "requests sent = sum of outcomes = sum of statuses";
	if (st->sent != hist_count(st->latency) ||
	    st->sent != hist_count(st->service))
		return "requests sent = times recorded";
	return NULL;
}

const char *tally_imbalance(const struct tally *t)
{
	const char *line = NULL;

	if (t->planned != t->sent + t->dropped + t->not_started)
		return "planned = sent + dropped + not started";
	if (t->sent != t->ok + t->failed + t->timed_out + t->in_flight)
		return "sent = ok + failed + timed out + in flight";
	if (hist_count(t->missed) != t->dropped + t->not_started)
		return "dropped + not started = ages recorded";
	for (size_t i = 0; !line && i < t->n_steps; i++)
		line = step_imbalance(&t->step[i]);
	return line;
}
