/* SPDX-License-Identifier: MIT */
#include "report/publish/standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/result/verdict.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

const char *const published_status_names[] = { "ok", "degraded", "down" };

/* ---- hours ---------------------------------------------------------------- */

static void move_on(struct hour_counts *h, uint64_t hour)
{
	if (hour >= h->hour + HOURS_COUNTED)
		memset(h->count, 0, sizeof(h->count));
	else
		for (uint64_t i = h->hour + 1; i <= hour; i++)
			h->count[i % HOURS_COUNTED] = 0;
	if (hour > h->hour)
		h->hour = hour;
}

void hour_counts_add(struct hour_counts *h, uint64_t at_ns, uint64_t n)
{
	uint64_t hour = at_ns / UNIT_NS_PER_H;

	move_on(h, hour);
	if (hour + HOURS_COUNTED > h->hour)
		h->count[hour % HOURS_COUNTED] += n;
}

void hour_counts_merge(struct hour_counts *into, const struct hour_counts *h)
{
	uint64_t newest = into->hour > h->hour ? into->hour : h->hour;

	move_on(into, newest);
	for (uint64_t i = 0; i < HOURS_COUNTED && i <= h->hour; i++)
		hour_counts_add(into, (h->hour - i) * UNIT_NS_PER_H,
				h->count[(h->hour - i) % HOURS_COUNTED]);
}

uint64_t hour_counts_sum(const struct hour_counts *h, uint64_t now_at_ns)
{
	struct hour_counts now = *h;
	uint64_t sum = 0;

	move_on(&now, now_at_ns / UNIT_NS_PER_H);
	for (size_t i = 0; i < HOURS_COUNTED; i++)
		sum += now.count[i];
	return sum;
}

/* ---- one run of a check --------------------------------------------------- */

static void cut(char *to, size_t room, const char *text)
{
	size_t len = text_cut_at(text, strlen(text), room - 1);

	memcpy(to, text, len);
	to[len] = '\0';
}

/* "https://host:port" of an address, "host:port" of a bare target. */
static void take_target(struct standing *s, const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *host = scheme ? scheme + 3 : url;
	size_t len = (size_t)(host - url) + strcspn(host, "/?#");

	if (len >= sizeof(s->target))
		len = text_cut_at(url, strlen(url), sizeof(s->target) - 1);
	memcpy(s->target, url, len);
	s->target[len] = '\0';
}

static void take_tls(struct standing *s, const struct tls_facts *tls)
{
	s->is_encrypted = true;
	cut(s->tls, sizeof(s->tls), tls->protocol);
	for (size_t i = 0; i < tls->n_certs; i++) {
		int64_t end = tls->certs[i].not_after_s;

		if (end && (!s->cert_expires_s || end < s->cert_expires_s))
			s->cert_expires_s = end;
	}
}

static void take_http(struct standing *s, const struct step_result *step)
{
	s->is_http = true;
	s->status = step->status;
	s->redirects = step->n_hops > 1 ? step->n_hops - 1 : 0;
	s->body_bytes = step->received_bytes;
	s->http_version = 0;
	if (!strncmp(step->protocol, "HTTP/", 5))
		s->http_version = strtod(step->protocol + 5, NULL);
}

static void take_step(struct standing *s, const struct step_result *step)
{
	phases_add(&s->phases, &step->phases);
	if (step->url[0])
		take_target(s, step->url);
	if (step->method[0])
		take_http(s, step);
	if (step->tls)
		take_tls(s, step->tls);
	if (step->remote[0])
		s->ip = step->remote[0] == '[' ? 6 : 4;
}

void standing_take(struct standing *s, const struct check_result *check)
{
	const struct attempt *last = check_deciding(check);

	if (!s->is_known || s->verdict != check->verdict)
		s->since_at_ns = check->started_at_ns;
	s->is_known = true;
	s->severity = check->severity;
	s->verdict = check->verdict;
	s->outcome = check->outcome;
	cut(s->message, sizeof(s->message), check->message);
	s->started_at_ns = check->started_at_ns;
	s->ended_at_ns = check->started_at_ns + check->total_ns;
	s->total_ns = last ? last->total_ns : 0;
	s->attempts = check->n_attempts;
	s->phases = (struct phases){ 0 };
	s->status = 0;
	s->is_http = s->is_encrypted = false;
	s->http_version = 0;
	s->redirects = s->body_bytes = 0;
	s->ip = 0;
	s->tls[0] = '\0';
	s->cert_expires_s = 0;
	for (size_t i = 0; last && i < last->n_steps; i++)
		take_step(s, &last->steps[i]);
}

/* ---- all of them ------------------------------------------------------------ */

enum published_status standing_status(const struct standing *s)
{
	if (!s->is_known)
		return PUBLISHED_DEGRADED;
	switch (s->verdict) {
	case VERDICT_OK:
	case VERDICT_SKIPPED:
		return PUBLISHED_OK;
	case VERDICT_FAILED:
		return s->severity >= SEVERITY_ERROR ? PUBLISHED_DOWN
						     : PUBLISHED_DEGRADED;
	default:
		return PUBLISHED_DEGRADED;
	}
}

enum published_status published_status(const struct published *p)
{
	enum published_status worst = PUBLISHED_OK;

	for (size_t i = 0; i < p->n; i++) {
		enum published_status one = standing_status(&p->checks[i]);

		if (one > worst)
			worst = one;
	}
	return worst;
}

uint64_t published_last_run(const struct published *p)
{
	uint64_t newest = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->checks[i].ended_at_ns > newest)
			newest = p->checks[i].ended_at_ns;
	return newest;
}
