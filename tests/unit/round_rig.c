/* SPDX-License-Identifier: MIT */
#include "tests/unit/round_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/notice/notice.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/load.h"

enum { CHECKS_MAX = 32 };

static void must(struct round_rig *r, bool ok)
{
	struct buf text;

	if (ok && r->es->n == 0)
		return;
	buf_init(&text, BUF_NO_LIMIT);
	errs_format(r->es, "", "", &text);
	fail_msg("%s", buf_text(&text));
}

void round_rig_load(struct round_rig *r, const char *checks, const char *alerts)
{
	struct buf yaml;
	char *copy = strdup(checks), *save = NULL;
	struct load_options options = { 0 };

	buf_init(&yaml, BUF_NO_LIMIT);
	buf_puts(&yaml, "name: shop\nchecks:\n");
	for (char *word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		/* "web<db" depends on db */
		char *on = strchr(word, '<');

		if (on)
			*on++ = '\0';
		buf_printf(&yaml, "  %s:\n    every: 5m\n", word);
		if (on)
			buf_printf(&yaml, "    depends_on: [%s]\n", on);
		buf_puts(&yaml, "    steps:\n      - get: http://127.0.0.1/\n"
				"        expect: { status: 200 }\n");
		if (strcmp(word, "host") == 0)
			buf_puts(&yaml, "        series: { disk: $.disk }\n"
					"        capture: { version: { json: "
					"$.version } }\n");
	}
	buf_printf(&yaml, "alerts:\n%s", alerts);
	scenario_free(r->sc);
	r->sc = scenario_load_text("shop.yaml", buf_text(&yaml), yaml.len,
				   &options, r->es, NULL);
	must(r, r->sc != NULL);
	buf_release(&yaml);
	free(copy);
}

void round_rig_init(struct round_rig *r, void **state, const char *checks,
		    const char *alerts)
{
	*r = (struct round_rig){ .files = *state };
	r->es = r->files->es;
	buf_init(&r->text, BUF_NO_LIMIT);
	round_rig_load(r, checks, alerts);
	r->st = state_rig_open(r->files);
	r->arena = arena_new((size_t)512 << 20);
	assert_non_null(r->arena);
}

void round_rig_release(struct round_rig *r)
{
	state_close(r->st);
	arena_free(r->arena);
	scenario_free(r->sc);
	buf_release(&r->text);
}

void round_rig_reopen(struct round_rig *r)
{
	state_close(r->st);
	r->st = state_rig_open(r->files);
}

/* ---- runs ------------------------------------------------------------------------ */

struct made {
	struct run_result run;
	struct check_result checks[CHECKS_MAX];
	struct attempt attempts[CHECKS_MAX][2];
	struct step_result steps[CHECKS_MAX][2];
	struct tls_facts tls[CHECKS_MAX];
	struct cert certs[CHECKS_MAX];
	struct kept kept[CHECKS_MAX];
};

static struct step_result *fill_step(struct made *m, size_t i, size_t k)
{
	m->steps[i][k] = (struct step_result){
		.name = "get /",
		.kind = "get",
		.message = "",
		.method = "GET",
		.url = "http://127.0.0.1/",
		.outcome = OUTCOME_OK,
		.status = 200,
		.total_ns = 1000000,
		.group = "",
		.request_id = "req-1",
		.protocol = "HTTP/1.1",
		.remote = "",
		.excerpt = "",
	};
	return &m->steps[i][k];
}

static const char *number_in(const char *word, const char *what)
{
	size_t len = strlen(what);

	return strncmp(word, what, len) == 0 && word[len] ? word + len : NULL;
}

static void fill_value(struct made *m, size_t i, struct step_result *step,
		       const char *how)
{
	const char *number;

	m->kept[i] = (struct kept){ .labels = "", .text = "" };
	if ((number = number_in(how, "disk"))) {
		m->kept[i].name = "disk";
		m->kept[i].value = strtod(number, NULL);
	} else if ((number = number_in(how, "v"))) {
		m->kept[i].name = "version";
		m->kept[i].kind = SERIES_TEXT;
		m->kept[i].text = number;
	} else {
		return;
	}
	step->n_kept = 1;
	step->kept = &m->kept[i];
}

/* What the one attempt, or the last of two, was like. */
static void fill_last(struct made *m, size_t i, size_t k, const char *how)
{
	struct step_result *step = fill_step(m, i, k);
	const char *number;

	fill_value(m, i, step, how);
	if ((number = number_in(how, "cert"))) {
		m->certs[i] = (struct cert){ .role = "leaf",
					     .subject = "",
					     .issuer = "",
					     .serial = "",
					     .key = "",
					     .signature = "",
					     .sha256 = "",
					     .names = "" };
		m->tls[i] =
			(struct tls_facts){ .protocol = "TLSv1.3",
					    .cipher = "",
					    .sni = "",
					    .name = "",
					    .why = "",
					    .days = strtol(number, NULL, 10),
					    .n_certs = 1,
					    .certs = &m->certs[i] };
		step->tls = &m->tls[i];
	} else if ((number = number_in(how, "slow"))) {
		step->total_ns = strtoull(number, NULL, 10) * 1000000;
	} else if ((number = number_in(how, "status"))) {
		step->status = strtol(number, NULL, 10);
		step->outcome = OUTCOME_STATUS;
		step->message = "status 503, expected 200";
	} else if (strncmp(how, "down", 4) == 0) {
		step->status = 0;
		step->outcome = OUTCOME_REFUSED;
		step->message = "the port refused the connection";
	}
}

static void fill_attempt(struct made *m, size_t i, size_t k, uint64_t at_ns)
{
	struct step_result *step = &m->steps[i][k];
	bool ok = step->outcome == OUTCOME_OK;

	step->phases.ns[PHASE_WAIT] = step->total_ns;
	step->started_at_ns = at_ns;
	m->attempts[i][k] = (struct attempt){
		.number = k + 1,
		.verdict = ok ? VERDICT_OK : VERDICT_FAILED,
		.outcome = step->outcome,
		.message = step->message,
		.started_at_ns = at_ns,
		.total_ns = step->total_ns,
		.n_steps = 1,
		.steps = step,
	};
}

static void fill_check(struct made *m, size_t i, uint64_t at_ns,
		       const char *name, const char *how)
{
	struct check_result *c = &m->checks[i];
	const char *seconds = number_in(how, "down");
	bool is_flaky = strcmp(how, "flaky") == 0;
	size_t last = seconds || is_flaky;
	uint64_t took_ns = seconds    ? strtoull(seconds, NULL, 10) * RIG_SECOND
			   : is_flaky ? 30 * RIG_SECOND
				      : 1000000;

	*c = (struct check_result){
		.name = name,
		.tags = "",
		.severity = SEVERITY_CRITICAL,
		.worst = SEVERITY_CRITICAL,
		.message = "",
	};
	if (strcmp(how, "unseen") == 0) {
		c->verdict = VERDICT_NOT_OBSERVED;
		c->outcome = OUTCOME_NOT_REACHED;
		c->started_at_ns = at_ns;
		return;
	}
	fill_last(m, i, 0, last ? "down" : how);
	fill_last(m, i, last, is_flaky ? "ok" : how);
	if (number_in(how, "slow"))
		took_ns = m->steps[i][last].total_ns;
	c->started_at_ns = at_ns - took_ns;
	c->total_ns = took_ns;
	fill_attempt(m, i, 0, c->started_at_ns);
	if (last)
		fill_attempt(m, i, 1, at_ns - 1000000);
	c->n_attempts = last + 1;
	c->attempts = m->attempts[i];
	c->verdict = m->attempts[i][last].verdict;
	if (is_flaky)
		c->verdict = VERDICT_FLAKY;
	c->outcome = m->attempts[i][last].outcome;
	c->message = m->attempts[i][last].message;
}

static void go(struct round_rig *r, struct round_input *in)
{
	in->scenario = r->sc;
	in->is_alone = !r->is_daemon;
	must(r, alerts_round(r->st, in, &r->seen, r->es));
}

void round_rig_run(struct round_rig *r, uint64_t at_ns, const char *vantage,
		   const char *words)
{
	static struct made m;
	char *copy = strdup(words), *save = NULL;
	struct round_input in = { .now_at_ns = at_ns, .sealed = &m.run };
	size_t n = 0;

	for (char *word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		char *how = strchr(word, ':');

		assert_true(how && n < CHECKS_MAX);
		*how++ = '\0';
		fill_check(&m, n++, at_ns, word, how);
	}
	m.run = (struct run_result){
		.tool = "assay",
		.name = "shop",
		.file = "",
		.environment = "",
		.vantage = vantage ? vantage : "",
		.host = "",
		.started_at_ns = at_ns,
		.partial_why = "",
		.broken_why = "",
		.n_checks = n,
		.checks = m.checks,
	};
	go(r, &in);
	free(copy);
}

void round_rig_event(struct round_rig *r, uint64_t at_ns, const char *name,
		     int64_t code)
{
	struct round_input in = { .now_at_ns = at_ns,
				  .event = name,
				  .event_exit = code,
				  .event_message = "" };

	go(r, &in);
}

void round_rig_time(struct round_rig *r, uint64_t at_ns)
{
	struct round_input in = { .now_at_ns = at_ns };

	go(r, &in);
}

/* ---- what came of it ------------------------------------------------------------------ */

/* The value of a member of flat JSON, without its quotes. */
static void print_member(struct buf *out, const char *json, const char *name,
			 const char *before, const char *after)
{
	char key[40];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":\"", name);
	at = strstr(json, key);
	if (!at)
		return;
	at += strlen(key);
	buf_printf(out, "%s%.*s%s", before, (int)strcspn(at, "\""), at, after);
}

const char *round_rig_log(struct round_rig *r, uint64_t since_at_ns)
{
	const struct state_entry *all;
	size_t n;

	buf_reset(&r->text);
	must(r, state_entries(r->st, "shop", since_at_ns, r->arena, &all, &n,
			      r->es));
	for (size_t i = 0; i < n; i++) {
		buf_printf(&r->text, "%s%s %s%s", i ? "; " : "", all[i].kind,
			   all[i].key,
			   strstr(all[i].text, "\"told\":true") ? "!" : "");
		print_member(&r->text, all[i].text, "held", " (", ")");
	}
	return buf_text(&r->text);
}

const char *round_rig_letters(struct round_rig *r, uint64_t due_at_ns)
{
	struct letter *all;
	size_t n;

	buf_reset(&r->text);
	must(r, state_letters_claim(r->st, "shop", due_at_ns, "test",
				    RIG_DAY * 365, 10000, r->arena, &all, &n,
				    r->es));
	for (size_t i = 0; i < n; i++) {
		struct notice notice;

		must(r, notice_read(all[i].text, strlen(all[i].text), r->arena,
				    &notice, r->es));
		buf_printf(&r->text, "%s%s %s %s %s/%s", i ? "; " : "",
			   all[i].channel, notice_kind_name(notice.kind),
			   severity_name(notice.severity), notice.rule,
			   notice.check);
	}
	return buf_text(&r->text);
}
