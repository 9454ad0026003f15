/* SPDX-License-Identifier: MIT */
#include "probe/url_scenario.h"

#include <ctype.h>
#include <string.h>

#include "probe/ask/url.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/decode/decode.h"
#include "scenarios/decode/target.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/text.h"
#include "scenarios/template/template.h"
#include "scenarios/base/units.h"

enum {
	URL_ARENA_MAX = 4 << 20,
	STATUSES_MAX = 20,
	STATUS_LOW = 100,
	STATUS_HIGH = 599,
	METHOD_MAX = 32,
};

/* "2xx" or "204" */
static bool parse_status(const char *text, size_t len, struct operand *to)
{
	if (len != 3 || text[0] < '1' || text[0] > '5')
		return false;
	if (strncmp(text + 1, "xx", 2) == 0) {
		to->integer = (text[0] - '0') * 100;
		to->high = to->integer + 99;
		return true;
	}
	if (!isdigit((unsigned char)text[1]) ||
	    !isdigit((unsigned char)text[2]))
		return false;
	to->integer =
		(text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
	to->high = to->integer;
	return true;
}

static const struct matcher *match_statuses(struct arena *a, const char *text,
					    struct errs *es)
{
	struct operand *list = arena_alloc(a, STATUSES_MAX, sizeof(*list));
	struct match_term *term = arena_alloc(a, 1, sizeof(*term));
	struct matcher *m = arena_alloc(a, 1, sizeof(*m));
	size_t n = 0;

	if (!list || !term || !m)
		return errs_nomem(es), NULL;
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, ",");

		if (n >= STATUSES_MAX || !parse_status(at, len, &list[n])) {
			errs_add(es, ERR_INPUT, NOWHERE,
				 "\"--expect-status\" must be statuses or "
				 "classes like 200 or 2xx,404 (at most %d), "
				 "got \"%s\"",
				 STATUSES_MAX, text);
			return NULL;
		}
		list[n].kind = VALUE_STATUS;
		list[n++].written = arena_strndup(a, at, len);
		at += len;
		if (*at == ',')
			at++;
	}
	if (n == 0) {
		errs_add(es, ERR_INPUT, NOWHERE,
			 "\"--expect-status\" is empty");
		return NULL;
	}
	*term = (struct match_term){
		.op = n == 1 ? MATCH_EQ : MATCH_IN,
		.n_operands = n,
		.operands = list,
	};
	*m = (struct matcher){ .kind = VALUE_STATUS, .n = 1, .terms = term };
	return m;
}

static bool add_headers(struct arena *a, const struct args *from,
			struct http_ask *ask, struct errs *es)
{
	size_t n = from ? from->n : 0;
	struct pair *pair = arena_alloc(a, n, sizeof(*pair));

	if (!pair)
		return errs_nomem(es);
	for (size_t i = 0; i < n; i++) {
		const char *line = from->item[i];
		const char *colon = strchr(line, ':');
		size_t len = colon ? (size_t)(colon - line) : 0;

		if (!colon || !text_is_token(line, len) ||
		    strpbrk(line, "\r\n"))
			return errs_add(es, ERR_INPUT, NOWHERE,
					"a header must be \"Name: value\", "
					"header %zu is not",
					i + 1);
		const char *value = colon + 1 + strspn(colon + 1, " \t");
		pair[i].name = arena_strndup(a, line, len);
		pair[i].value = template_literal(a, value, strlen(value));
		if (!pair[i].name || !pair[i].value)
			return errs_nomem(es);
	}
	ask->headers = (struct pairs){ .n = n, .item = pair };
	return true;
}

static bool resolve_suits(const struct pair *pair, const char *address,
			  struct errs *es)
{
	struct buf why;

	buf_init(&why, ERR_TEXT_MAX);
	bool ok =
		target_check(pair->name, &why) && address_check(address, &why);
	if (!ok)
		errs_add(es, ERR_INPUT, NOWHERE, "\"--resolve\": %s",
			 buf_text(&why));
	buf_release(&why);
	return ok;
}

/* "host:port:address" is a pair of "host:port" and an address, which may hold
 * colons itself, or stand in brackets. */
static bool resolve_pair(struct arena *a, const char *text, struct pair *pair,
			 struct errs *es)
{
	const char *host_end = *text == '[' ? strchr(text, ']') : text;
	const char *end = host_end ? strchr(host_end, ':') : NULL;
	const char *address = end ? strchr(end + 1, ':') : NULL;

	if (!address || end == text || !address[1])
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"--resolve\" must be host:port:address, "
				"got \"%s\"",
				text);
	pair->name = arena_strndup(a, text, (size_t)(address - text));
	size_t len = strlen(++address);
	if (*address == '[' && len > 2 && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	address = arena_strndup(a, address, len);
	pair->value = address ? template_literal(a, address, len) : NULL;
	if (!pair->name || !pair->value)
		return errs_nomem(es);
	return resolve_suits(pair, address, es);
}

static bool add_resolve(struct arena *a, const struct args *from,
			struct net_options *net, struct errs *es)
{
	size_t n = from ? from->n : 0;
	struct pair *pair = arena_alloc(a, n, sizeof(*pair));

	if (!pair)
		return errs_nomem(es);
	for (size_t i = 0; i < n; i++)
		if (!resolve_pair(a, from->item[i], &pair[i], es))
			return false;
	net->resolve = (struct pairs){ .n = n, .item = pair };
	return true;
}

/* What only a load asks for. */
static bool fill_load(struct arena *a, const struct url_check *from,
		      struct http_ask *ask, struct errs *es)
{
	ask->http = from->http;
	if (from->is_bare) {
		ask->compressed = false;
		ask->request_id = false;
	}
	if (from->body) {
		ask->body_kind = BODY_TEXT;
		ask->body = template_literal(a, from->body, from->body_len);
		if (!ask->body)
			return errs_nomem(es);
	}
	if (from->unix_socket) {
		ask->net.unix_socket = template_literal(
			a, from->unix_socket, strlen(from->unix_socket));
		if (!ask->net.unix_socket)
			return errs_nomem(es);
	}
	return add_resolve(a, from->resolve, &ask->net, es);
}

static bool fill_ask(struct arena *a, const struct url_check *from,
		     struct http_ask *ask, struct errs *es)
{
	struct url url;
	struct buf why;

	http_ask_preset(ask);
	buf_init(&why, ERR_TEXT_MAX);
	bool ok = url_parse(a, from->url, &url, &why);
	if (!ok)
		errs_add(es, ERR_INPUT, NOWHERE, "%s", buf_text(&why));
	buf_release(&why);
	if (from->method) {
		if (!text_is_token(from->method, strlen(from->method)) ||
		    strlen(from->method) > METHOD_MAX ||
		    !strcmp(from->method, "CONNECT"))
			ok = errs_add(es, ERR_INPUT, NOWHERE,
				      "it must be a method like GET, got "
				      "\"%s\"",
				      from->method);
		ask->method = from->method;
	}
	ask->url = template_literal(a, from->url, strlen(from->url));
	ask->redirects = from->redirects;
	ask->net.timeout.total_ns =
		from->timeout_ns ? from->timeout_ns : URL_CHECK_TIMEOUT_NS;
	ask->net.verify = !from->insecure;
	if (from->ca_file)
		ask->net.ca_file = template_literal(a, from->ca_file,
						    strlen(from->ca_file));
	ok &= fill_load(a, from, ask, es);
	return add_headers(a, from->headers, ask, es) && ok;
}

static const char *lower_method(struct arena *a, const char *method)
{
	char *kind = arena_strdup(a, method);

	for (char *c = kind; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return kind;
}

/* What is read of it all: one check, one step, one expectation. */
struct parts {
	struct scenario scenario;
	struct check check;
	struct step step;
	struct step_http http;
	struct expect_item expect;
};

static void join(struct arena *a, const struct url_check *from, struct parts *p)
{
	p->expect.what = EXPECT_STATUS;
	p->expect.label = "status";
	p->expect.is_default = !from->statuses;
	p->step.type = STEP_HTTP;
	p->step.kind = lower_method(a, p->http.ask.method);
	p->step.spec = &p->http;
	p->step.expect = (struct expect_list){ 1, &p->expect };
	p->check.name = from->url;
	p->check.severity = CHECK_ERROR;
	p->check.retries.attempts = from->retries ? from->retries : 1;
	p->check.retries.every_ns =
		from->every_ns ? from->every_ns : UNIT_NS_PER_S;
	p->check.steps = (struct step_list){ 1, &p->step };
	p->scenario.arena = a;
	p->scenario.name = from->url;
	p->scenario.file = "";
	p->scenario.environment = "";
	p->scenario.n_checks = 1;
	p->scenario.checks = &p->check;
}

struct scenario *scenario_from_url(const struct url_check *from,
				   struct errs *es)
{
	struct arena *a = arena_new(URL_ARENA_MAX);
	struct parts *p = a ? arena_alloc(a, 1, sizeof(*p)) : NULL;

	if (!p) {
		errs_nomem(es);
		arena_free(a);
		return NULL;
	}
	bool ok = fill_ask(a, from, &p->http.ask, es);
	p->expect.matcher =
		match_statuses(a, from->statuses ? from->statuses : "2xx", es);
	join(a, from, p);
	if (ok && p->expect.matcher && p->step.kind)
		return &p->scenario;
	arena_free(a);
	return NULL;
}
