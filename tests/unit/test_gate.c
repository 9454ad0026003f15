/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <curl/curl.h>

#include "probe/engine/inside.h"
#include "scenarios/loads/loads.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { URL_ROOM = 400 };

static const char *const hosts[] = { "ok.example.org", "port.example.org:8080",
				     "*.wide.example.org", "2001:db8::1" };
static const struct workload load = { .n_hosts = LEN(hosts), .hosts = hosts };

static bool may_ask(const void *self, const struct request *rq,
		    const char *host, unsigned port, const char **why)
{
	const struct load_way way = {
		.host = host,
		.port = port,
		.proxy = rq->proxy,
		.n_resolve = rq->n_resolve,
		.resolve = rq->resolve,
		.n_connect_to = rq->n_connect_to,
		.connect_to = rq->connect_to,
	};
	struct load_detour detour;
	bool may = workload_allows_way(self, &way, &detour);

	*why = load_detour_say(&detour);
	return may;
}

static bool request_passes(const struct request *rq, const char **why)
{
	struct exchange ex = {
		.request = *rq,
		.gate = { .allows = may_ask, .self = &load },
	};
	struct ending end = { .outcome = OUTCOME_OK, .detail = "" };

	bool may = gate_passes(&ex, &end);
	*why = end.detail;
	assert_int_equal(end.outcome,
			 may ? OUTCOME_OK : OUTCOME_REDIRECT_REFUSED);
	assert_true(may || strstr(end.detail, "allow_hosts"));
	return may;
}

static bool passes(const char *url, const char *unix_socket)
{
	const struct request rq = { .url = url, .unix_socket = unix_socket };
	const char *why;

	return request_passes(&rq, &why);
}

static const struct {
	const char *url;
	bool may;
} rows[] = {
	{ "http://ok.example.org/", true },
	{ "http://ok.example.org", true },
	{ "https://ok.example.org:8443/x", true },
	{ "HTTP://OK.Example.ORG/", true },
	{ "http://ok.example.org./", true },
	{ "http://ok.example.org../", false },
	{ "http://ok.example.org?a=b", true },
	{ "http://ok.example.org#evil.test", true },
	{ "http://port.example.org:8080/", true },
	{ "http://port.example.org/", false },
	{ "https://port.example.org/", false },
	{ "http://port.example.org:80801/", false },
	{ "http://a.wide.example.org/", true },
	{ "http://wide.example.org/", false },
	{ "http://awide.example.org/", false },
	{ "http://[2001:db8::1]:80/", true },
	{ "http://[2001:db8::2]/", false },
	{ "http://[2001:db8::1/", false },
	{ "http://[2001:db8::1]evil.test/", false },
	/* this machine */
	{ "http://127.0.0.1/", true },
	{ "http://127.9.9.9:1/", true },
	{ "http://localhost:1/", true },
	{ "http://LOCALHOST./", true },
	{ "http://[::1]:1/", true },
	{ "http://[::ffff:127.0.0.1]/", true },
	{ "http://[::ffff:10.0.0.1]/", false },
	{ "http://[::1%25eth0]/", false },
	{ "127.0.0.1:443", true },
	{ "[::1]:443", true },
	{ "evil.test:443", false },
	/* what only looks like it */
	{ "http://127.0.0.1.evil.test/", false },
	{ "http://localhost.evil.test/", false },
	{ "http://ok.example.org.evil.test/", false },
	{ "http://evil.test/ok.example.org", false },
	{ "http://evil.test/http://ok.example.org/", false },
	{ "http://evil.test?http://ok.example.org/", false },
	{ "http://evil.test#http://ok.example.org/", false },
	{ "evil.test/?http://ok.example.org/", false },
	{ "evil.test?a=://127.0.0.1/", false },
	{ "http://ok.example.org@evil.test/", false },
	{ "http://127.0.0.1@evil.test/", false },
	{ "http://127.0.0.1:80@evil.test/", false },
	{ "http://a:b@ok.example.org/", false },
	{ "http://ok.example.org\\@evil.test/", false },
	{ "http://ok.example.org%40evil.test/", false },
	{ "http://ok.example.org%2eevil.test/", false },
	{ "http://ok.example.org evil.test/", false },
	{ "http://127.0.0.010/", false },
	{ "http://10.0.0.1/", false },
	{ "http://0.0.0.0/", false },
	{ "http:///evil.test/", false },
	{ "http:/evil.test/", false },
	{ "http://", false },
	{ "http://:80/", false },
	{ "http://[]/", false },
	{ "http://[/", false },
	{ "http://./", false },
	{ "", false },
	{ "://", false },
	{ "://127.0.0.1/", true }, /* no scheme: libcurl refuses it */
};

static void a_host_is_allowed_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		if (passes(rows[i].url, NULL) != rows[i].may)
			fail_msg("%s", rows[i].url);
	}
	assert_true(passes("http://evil.test/", "/run/socket"));
	assert_false(passes(NULL, NULL));
}

/* ---- diverted ------------------------------------------------------- */

#define HERE  "http://127.0.0.1:80/"
#define NAMED "http://ok.example.org/"

static const struct {
	const char *url, *connect_to, *resolve, *proxy;
	const char *by; /* what is refused; NULL: it may go */
} detours[] = {
	/* another address, or host, for this machine */
	{ HERE, "127.0.0.1:80:evil.test:80", NULL, NULL, "connect_to" },
	{ HERE, "127.0.0.1:80:10.0.0.1:80", NULL, NULL, "connect_to" },
	{ HERE, "::evil.test:80", NULL, NULL, "connect_to" },
	{ HERE, "127.0.0.1::evil.test:", NULL, NULL, "connect_to" },
	{ HERE, "127.0.0.1:80:[2001:db8::2]:80", NULL, NULL, "connect_to" },
	{ HERE, "127.0.0.1:80:port.example.org:80", NULL, NULL, "connect_to" },
	{ HERE, "127.0.0.1:80:evil.test", NULL, NULL, "connect_to" },
	{ HERE, "127.0.0.1", NULL, NULL, "connect_to" },
	{ "http://[::1]/", "[::1]:80:evil.test:80", NULL, NULL, "connect_to" },
	{ "http://[0:0::1]/", "[::1]:80:evil.test:80", NULL, NULL,
	  "connect_to" },
	{ "http://LOCALHOST./", "localhost:80:evil.test:80", NULL, NULL,
	  "connect_to" },
	{ "https://localhost/", "localhost:443:evil.test:443", NULL, NULL,
	  "connect_to" },
	{ "127.0.0.1:443", "127.0.0.1:443:evil.test:443", NULL, NULL,
	  "connect_to" },
	{ "http://localhost/", NULL, "localhost:80:10.0.0.1", NULL, "resolve" },
	{ "http://localhost/", NULL, "+localhost:80:10.0.0.1", NULL,
	  "resolve" },
	{ "http://localhost/", NULL, "*:80:10.0.0.1", NULL, "resolve" },
	{ "http://localhost/", NULL, "localhost:80:127.0.0.1,10.0.0.1", NULL,
	  "resolve" },
	{ "http://localhost/", NULL, "localhost:80:2001:db8::2", NULL,
	  "resolve" },
	{ "http://localhost/", NULL, "localhost:80:", NULL, "resolve" },
	{ "http://localhost/", NULL, "localhost", NULL, "resolve" },
	{ HERE, "127.0.0.1:80:localhost:81", "localhost:81:10.0.0.1", NULL,
	  "resolve" },
	/* to what may be asked, and not at all */
	{ HERE, "127.0.0.1:80:127.0.0.2:81", NULL, NULL, NULL },
	{ HERE, "127.0.0.1:80::81", NULL, NULL, NULL },
	{ HERE, "127.0.0.1:80:ok.example.org:1", NULL, NULL, NULL },
	{ HERE, "127.0.0.1:80:port.example.org:8080", NULL, NULL, NULL },
	{ HERE, "127.0.0.1:80:[2001:db8::1]:80", NULL, NULL, NULL },
	{ HERE, "127.0.0.1:81:evil.test:80", NULL, NULL, NULL },
	{ HERE, "127.0.0.2:80:evil.test:80", NULL, NULL, NULL },
	{ "http://localhost/", NULL, "localhost:80:127.0.0.9", NULL, NULL },
	{ "http://localhost/", NULL, "localhost:80:2001:db8::1", NULL, NULL },
	{ "http://localhost/", NULL, "localhost:80:[::1]", NULL, NULL },
	{ "http://localhost/", NULL, "localhost:81:10.0.0.1", NULL, NULL },
	/* who names a host may divert it */
	{ NAMED, "ok.example.org:80:evil.test:80", NULL, NULL, NULL },
	{ NAMED, NULL, "ok.example.org:80:10.0.0.1", NULL, NULL },
	{ HERE, "127.0.0.1:80:ok.example.org:80", "ok.example.org:80:10.0.0.1",
	  NULL, NULL },
	{ "http://evil.test/", "evil.test:80:127.0.0.1:80",
	  "evil.test:80:127.0.0.1", NULL, "host" },
	/* proxies */
	{ HERE, NULL, NULL, "http://evil.test:3128", "proxy" },
	{ NAMED, NULL, NULL, "http://evil.test:3128", "proxy" },
	{ NAMED, NULL, NULL, "evil.test", "proxy" },
	{ NAMED, NULL, NULL, "socks5h://evil.test:1080/", "proxy" },
	{ NAMED, NULL, NULL, "http://127.0.0.1@evil.test:80", "proxy" },
	{ NAMED, NULL, NULL, "http://a@127.0.0.1@evil.test:80", "proxy" },
	{ NAMED, NULL, NULL, "http://evil.test@127.0.0.1@b:80", "proxy" },
	{ NAMED, NULL, NULL, "http://127.0.0.1:80:80", "proxy" },
	{ NAMED, NULL, NULL, "http://port.example.org", "proxy" },
	{ NAMED, NULL, NULL, "http://[::1", "proxy" },
	{ NAMED, NULL, NULL, "", "proxy" },
	{ NAMED, NULL, NULL, "http://", "proxy" },
	{ NAMED, NULL, "localhost:3128:10.0.0.1", "localhost:3128", "resolve" },
	{ "http://evil.test/", NULL, NULL, "http://127.0.0.1:3128", "host" },
	{ NAMED, NULL, NULL, "http://127.0.0.1:3128", NULL },
	{ NAMED, NULL, NULL, "http://u:p@[::1]:3128/", NULL },
	{ HERE, NULL, NULL, "port.example.org:8080", NULL },
};

static void the_whole_way_is_allowed_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(detours); i++) {
		const struct request rq = {
			.url = detours[i].url,
			.proxy = detours[i].proxy,
			.n_resolve = detours[i].resolve != NULL,
			.resolve = &detours[i].resolve,
			.n_connect_to = detours[i].connect_to != NULL,
			.connect_to = &detours[i].connect_to,
		};
		const char *why;
		bool may = request_passes(&rq, &why);

		if (may != !detours[i].by ||
		    (!may && !strstr(why, detours[i].by)))
			fail_msg("row %zu, %s: %s", i, rq.url, why);
	}
}

static void without_a_gate_all_pass(void **state)
{
	struct exchange ex = { .request = { .url = "http://evil.test/" } };
	struct ending end = { .outcome = OUTCOME_OK };

	(void)state;
	assert_true(gate_passes(&ex, &end));
}

static void a_name_may_be_long(void **state)
{
	char url[2 * URL_ROOM];

	(void)state;
	for (size_t n = 1; n < URL_ROOM; n++) {
		snprintf(url, sizeof(url), "http://%0*d.wide.example.org/",
			 (int)n, 0);
		bool may = passes(url, NULL);
		assert_true(n < 200 ? may : n < 300 || !may);
	}
}

/* Where libcurl would send; false: it would not. */
static bool curl_target(const char *url, char host[URL_ROOM], unsigned *port)
{
	CURLU *u = curl_url();
	char *name = NULL, *number = NULL;
	bool ok = u &&
		  !curl_url_set(u, CURLUPART_URL, url,
				CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME);

	ok = ok && !curl_url_get(u, CURLUPART_HOST, &name, 0);
	if (ok && !curl_url_get(u, CURLUPART_PORT, &number, CURLU_DEFAULT_PORT))
		*port = (unsigned)strtoul(number, NULL, 10);
	else
		*port = 80;
	if (ok)
		snprintf(host, URL_ROOM, "%s", name);
	curl_free(name);
	curl_free(number);
	curl_url_cleanup(u);
	return ok && *host;
}

static unsigned n_passed;

static void agrees(const char *url)
{
	char host[URL_ROOM];
	unsigned port;

	if (!passes(url, NULL))
		return;
	if (curl_target(url, host, &port) &&
	    !workload_allows(&load, host, port))
		fail_msg("\"%s\" passes, and goes to %s:%u", url, host, port);
	n_passed++;
}

/* Two hosts with something between them, in all ways: what passes is never
 * sent to a host that is not allowed. */
static void what_passes_goes_where_it_may(void **state)
{
	static const char *const begin[] = {
		"http://",     "https://", "HTTPS://",
		"httpsx://",   "ftp://",   "",
		"http:",       "http:/",   "http:///",
		"://",	       "//",	   "http://a@",
		"http://a:b@", " http://", "x.test/?http://",
	};
	static const char *const name[] = {
		"",	      "ok.example.org", "127.0.0.1",
		"localhost",  "[::1]",		"a.wide.example.org",
		"evil.test",  "10.0.0.1",	"[2001:db8::2]",
		"2130706433", "0x7f.1",		"port.example.org",
	};
	static const char *const between[] = {
		"",  "@",   ":",   "::",  ".",	 "/",	"//", "\\",   "\\@",
		"?", "#",   "#@",  "?@",  "/@",	 ";",	",",  " ",    "\t",
		"%", "%40", "%2f", "%2e", "%23", "%3f", "[",  "]",    "]:",
		"|", "&",   "=",   "\n",  "*",	 "$",	"!",  ":80@", ":8080",
	};
	static const char *const end[] = {
		"", "/", ":80/", ":8080/", "?x", "./"
	};
	char url[URL_ROOM];

	(void)state;
	for (size_t b = 0; b < LEN(begin); b++)
		for (size_t i = 0; i < LEN(name); i++)
			for (size_t s = 0; s < LEN(between); s++)
				for (size_t k = 0; k < LEN(name); k++)
					for (size_t e = 0; e < LEN(end); e++) {
						snprintf(url, sizeof(url),
							 "%s%s%s%s%s", begin[b],
							 name[i], between[s],
							 name[k], end[e]);
						agrees(url);
					}
	assert_true(n_passed > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_allowed_or_not),
		cmocka_unit_test(the_whole_way_is_allowed_or_not),
		cmocka_unit_test(without_a_gate_all_pass),
		cmocka_unit_test(a_name_may_be_long),
		cmocka_unit_test(what_passes_goes_where_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
