/* SPDX-License-Identifier: MIT */
/* What is legal in a scenario and yet probably not meant. */
#include <string.h>
#include <strings.h>

#include "scenarios/alerts/alerts_parts.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/load.h"
#include "scenarios/loads/loads.h"
#include "scenarios/template/template.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

struct lint {
	const struct check *check;
	struct errs *warnings;
	uint64_t longest_ns; /* of all steps one after the other */
	size_t judged;	     /* expectations that the user wrote */
	size_t asked;	     /* steps that ask a target over HTTP */
	bool whole;	     /* a step that judges by itself */
};

#define warn(lint, at, ...) \
	errs_add((lint)->warnings, ERR_INPUT, at, __VA_ARGS__)

/* ---- secrets in clear ------------------------------------------------------- */

static bool is_clear(const struct template *t)
{
	size_t len = 0;

	return t && template_is_static(t) && template_text(t, &len) && len;
}

bool lint_names_secret(const char *name, size_t len)
{
	static const char *const words[] = { "authorization",
					     "proxy-authorization",
					     "cookie",
					     "x-api-key",
					     "x-auth-token",
					     "password",
					     "passwd",
					     "token",
					     "access_token",
					     "refresh_token",
					     "secret",
					     "client_secret",
					     "api_key",
					     "apikey",
					     "sig",
					     "x-amz-signature",
					     "x-amz-security-token",
					     NULL };

	for (size_t i = 0; words[i]; i++)
		if (strlen(words[i]) == len &&
		    !strncasecmp(words[i], name, len))
			return true;
	return false;
}

static void warn_clear(struct lint *l, struct place at, const char *what,
		       size_t len)
{
	warn(l, at,
	     "\"%.*s\" stands here in clear: declare it under "
	     "\"secrets\" and write ${secret....}",
	     (int)len, what);
}

static void lint_pairs(struct lint *l, const struct pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const char *name = p->item[i].name;
		if (lint_names_secret(name, strlen(name)) &&
		    is_clear(p->item[i].value))
			warn_clear(l, p->item[i].at, name, strlen(name));
	}
}

/* what: the key that holds the URL, for the message */
static void lint_url(struct lint *l, const struct template *url,
		     const char *what, struct place at)
{
	const char *text = url ? template_text(url, NULL) : NULL;
	const char *host = text ? strstr(text, "://") : NULL;

	if (!host)
		return;
	host += 3;
	size_t len = strcspn(host, "/?#");
	const char *sign = memchr(host, '@', len);
	if (sign && memchr(host, ':', (size_t)(sign - host)))
		warn(l, at,
		     "the password of the %s stands here in clear: declare it "
		     "under \"secrets\" and write ${secret....}",
		     what);
	const char *name = host + strcspn(host, "?#");
	while (*name == '?' || *name == '&') {
		size_t n = strcspn(++name, "=&#");
		const char *value = name + n;
		if (*value == '=' && !strchr("&#", value[1]) &&
		    lint_names_secret(name, n))
			warn_clear(l, at, name, n);
		name += strcspn(name, "&#");
	}
}

static void lint_net(struct lint *l, const struct net_options *net,
		     struct place at)
{
	l->longest_ns += net->timeout.total_ns;
	lint_url(l, net->proxy, "proxy", at);
	if (is_clear(net->key_password))
		warn_clear(l, at, "key_password", strlen("key_password"));
}

static void lint_ask(struct lint *l, const struct http_ask *ask,
		     struct place at)
{
	l->asked++;
	lint_net(l, &ask->net, at);
	lint_pairs(l, &ask->headers);
	lint_pairs(l, &ask->query);
	lint_pairs(l, &ask->form);
	lint_url(l, ask->url, "URL", at);
	if (ask->auth.kind != ASK_AUTH_NONE && is_clear(ask->auth.password))
		warn(l, at,
		     "the %s stands here in clear: declare it under "
		     "\"secrets\" and write ${secret....}",
		     ask->auth.kind == ASK_AUTH_BEARER ? "token" : "password");
}

/* ---- steps --------------------------------------------------------------------- */

static void lint_steps(struct lint *l, const struct step_list *steps);

static void lint_flow(struct lint *l, const struct step *step)
{
	switch (step->type) {
	case STEP_WAIT: {
		const struct step_wait *s = step->spec;
		uint64_t before = l->longest_ns;
		lint_steps(l, &s->steps);
		l->longest_ns = before + s->for_ns;
		l->whole = true;
		break;
	}
	case STEP_THINK:
		l->longest_ns +=
			((const struct step_think *)step->spec)->high_ns;
		break;
	case STEP_IF: {
		const struct step_if *s = step->spec;
		lint_steps(l, &s->then);
		lint_steps(l, &s->otherwise);
		break;
	}
	case STEP_REPEAT:
		lint_steps(l, &((const struct step_repeat *)step->spec)->steps);
		break;
	case STEP_GROUP:
		lint_steps(l, &((const struct step_group *)step->spec)->steps);
		break;
	default:
		break;
	}
}

static void lint_paths(struct lint *l, const struct step *step)
{
	const struct step_health *health =
		step->type == STEP_HEALTH ? step->spec : NULL;

	for (size_t i = 0; health && i < health->n_bounds; i++)
		jsonpath_warn(health->bounds[i].path, l->warnings);
	for (size_t i = 0; i < step->expect.n; i++)
		if (step->expect.item[i].path)
			jsonpath_warn(step->expect.item[i].path, l->warnings);
	for (size_t i = 0; i < step->keeps.n; i++)
		if (step->keeps.item[i].path)
			jsonpath_warn(step->keeps.item[i].path, l->warnings);
}

static void lint_step(struct lint *l, const struct step *step)
{
	switch (step->type) {
	case STEP_HTTP:
		lint_ask(l, &((const struct step_http *)step->spec)->ask,
			 step->at);
		break;
	case STEP_HEALTH:
		lint_ask(l, &((const struct step_health *)step->spec)->ask,
			 step->at);
		l->whole = true;
		break;
	case STEP_METRICS:
		lint_ask(l, &((const struct step_metrics *)step->spec)->ask,
			 step->at);
		l->whole = true;
		break;
	case STEP_MINIO:
		lint_ask(l, &((const struct step_minio *)step->spec)->ask,
			 step->at);
		l->whole = true;
		break;
	case STEP_TLS:
		lint_net(l, &((const struct step_tls *)step->spec)->net,
			 step->at);
		l->whole = true;
		break;
	case STEP_TCP:
		lint_net(l, &((const struct step_tcp *)step->spec)->net,
			 step->at);
		l->whole = true;
		break;
	case STEP_EXEC:
		l->longest_ns +=
			((const struct step_exec *)step->spec)->timeout_ns;
		lint_pairs(l, &((const struct step_exec *)step->spec)->env);
		l->whole = true;
		break;
	default:
		lint_flow(l, step);
	}
	lint_paths(l, step);
	l->judged += step->keeps.n;
	for (size_t i = 0; i < step->expect.n; i++)
		l->judged += !step->expect.item[i].is_default;
}

static void lint_steps(struct lint *l, const struct step_list *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		lint_step(l, &steps->item[i]);
}

/* what: "check", or "load" of steps of its own */
static void lint_check(const struct check *check, const char *what,
		       struct errs *warnings)
{
	struct lint l = { .check = check, .warnings = warnings };

	lint_steps(&l, &check->steps);
	if (l.asked && !l.judged && !l.whole)
		warn(&l, check->at,
		     "%s \"%s\" expects nothing but a 2xx "
		     "status: write \"expect\"",
		     what, check->name);
	if (!check->every_ns || l.longest_ns <= check->every_ns)
		return;
	struct buf text;
	buf_init(&text, ERR_PART_MAX);
	unit_print_duration(&text, l.longest_ns);
	buf_puts(&text, " in all, longer than \"every\": ");
	unit_print_duration(&text, check->every_ns);
	errs_add(warnings, ERR_INPUT, check->at,
		 "the timeouts of check "
		 "\"%s\" are %s",
		 check->name, buf_text(&text));
	buf_release(&text);
}

void scenario_lint(const struct scenario *sc, struct errs *warnings)
{
	for (size_t i = 0; i < sc->n_checks; i++)
		lint_check(&sc->checks[i], "check", warnings);
	for (size_t i = 0; i < sc->n_loads; i++) {
		const struct workload *w = &sc->loads[i];
		for (size_t k = 0; k < w->n_flows; k++)
			if (w->flows[k].is_own)
				lint_check(w->flows[k].check, "load", warnings);
	}
	loads_lint(sc, warnings);
	alerts_lint(sc, warnings);
}
