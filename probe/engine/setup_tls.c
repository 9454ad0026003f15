/* SPDX-License-Identifier: MIT */
/* TLS settings of a request. */
#include <string.h>

#include "probe/engine/handshake.h"
#include "probe/engine/inside.h"
#include "probe/engine/setup.h"
#include "probe/engine/trust.h"

static const struct {
	const char *name;
	long min;
	long max;
} versions[] = {
	{ "TLSv1.0", CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_MAX_TLSv1_0 },
	{ "TLSv1.1", CURL_SSLVERSION_TLSv1_1, CURL_SSLVERSION_MAX_TLSv1_1 },
	{ "TLSv1.2", CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_2 },
	{ "TLSv1.3", CURL_SSLVERSION_TLSv1_3, CURL_SSLVERSION_MAX_TLSv1_3 },
};

enum { VERSION_N = sizeof(versions) / sizeof(versions[0]) };

/* VERSION_N when there is no such name. */
static int version_find(const char *name)
{
	int i = 0;

	while (i < VERSION_N && strcmp(versions[i].name, name) != 0)
		i++;
	return i;
}

static bool set_versions(struct transfer *t, struct ending *end)
{
	const struct request *rq = &t->ex->request;
	int min = rq->tls_min ? version_find(rq->tls_min) : -1;
	int max = rq->tls_max ? version_find(rq->tls_max) : -1;

	if (min == VERSION_N || max == VERSION_N)
		return setup_refuse(end, OUTCOME_VALUE,
				    "there is no such TLS version");
	long wanted = (min >= 0 ? versions[min].min : CURL_SSLVERSION_DEFAULT) |
		      (max >= 0 ? versions[max].max : 0);
	if (wanted != CURL_SSLVERSION_DEFAULT)
		curl_easy_setopt(t->easy, CURLOPT_SSLVERSION, wanted);
	return true;
}

/* libcurl calls it for each connection; with a proxy that itself speaks TLS
 * first for that one, which libcurl checks in its own way. */
static CURLcode on_context(CURL *easy, void *context, void *self)
{
	struct transfer *t = self;

	(void)easy;
	if (t->is_proxy_next) {
		t->is_proxy_next = false;
		return CURLE_OK;
	}
	/* A second connection of the same transfer: new facts. */
	struct handshake *h = t->handshake;
	if (h->started_ns) {
		h = handshake_renew(h);
		if (!h)
			return CURLE_OUT_OF_MEMORY;
		handshake_unref(t->handshake);
		t->handshake = h;
	}
	return handshake_install(h, context) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

/* The connection stands, the request is not sent yet: the last moment to
 * see that it was checked, and to find the facts of one that was open. */
static int on_ready(void *self, char *remote, char *local, int remote_port,
		    int local_port)
{
	struct transfer *t = self;
	struct curl_tlssessioninfo *info = NULL;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	curl_easy_getinfo(t->easy, CURLINFO_TLS_SSL_PTR, &info);
	struct handshake *h = info ? handshake_find(info->internals) : NULL;
	if (h && h != t->handshake) {
		handshake_ref(h);
		handshake_unref(t->handshake);
		t->handshake = h;
	}
	if (t->handshake->skip_verify || handshake_is_accepted(t->handshake))
		return CURL_PREREQFUNC_OK;
	if (t->mail && !t->is_tls && !t->ex->request.needs_tls &&
	    !t->handshake->started_ns)
		return CURL_PREREQFUNC_OK; /* in clear, as it may be */
	/* The certificate was judged when the session began. */
	if (t->pool && repeats_resume(t->pool) && info &&
	    SSL_session_reused(info->internals))
		return CURL_PREREQFUNC_OK;
	t->flaw = FLAW_UNVERIFIED;
	return CURL_PREREQFUNC_ABORT;
}

static bool make_handshake(struct transfer *t)
{
	const struct request *rq = &t->ex->request;
	CURLU *url = curl_url();
	char *host = NULL;
	const char *text = rq->url;

	if (rq->kind == REQUEST_TLS)
		curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &text);
	if (url && text && !curl_url_set(url, CURLUPART_URL, text, 0) &&
	    !curl_url_get(url, CURLUPART_HOST, &host, 0))
		t->handshake = handshake_new(rq, host, t->en->trust);
	curl_free(host);
	curl_url_cleanup(url);
	return t->handshake;
}

static void set_client_cert(struct transfer *t)
{
	const struct request *rq = &t->ex->request;

	if (rq->cert_file)
		curl_easy_setopt(t->easy, CURLOPT_SSLCERT, rq->cert_file);
	if (rq->key_file)
		curl_easy_setopt(t->easy, CURLOPT_SSLKEY, rq->key_file);
	if (rq->key_password)
		curl_easy_setopt(t->easy, CURLOPT_KEYPASSWD, rq->key_password);
}

static const char *say_file(const struct transfer *t, const char *file,
			    const char *why)
{
	const char *whole =
		file ? arena_printf(t->ex->arena, "%s: \"%s\"", why, file)
		     : NULL;

	return whole ? whole : why;
}

bool setup_tls(struct transfer *t, struct ending *end)
{
	const struct request *rq = &t->ex->request;
	const char *why = "";
	CURL *easy = t->easy;

	if (!trust_find(t->en->trust, rq->ca_file, TRUST_QUICK, &why))
		return setup_refuse(end, OUTCOME_LOCAL_FAIL,
				    say_file(t, rq->ca_file, why));
	if (!make_handshake(t))
		return setup_refuse(end, OUTCOME_VALUE,
				    "the URL cannot be used");
	t->is_proxy_next = rq->proxy && !strncasecmp(rq->proxy, "https:", 6);
	/* We check, so libcurl need not read the authorities each time; that
	 * it believes to check keeps connections apart that differ in it. */
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER,
			 rq->skip_verify ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	/* A resumed session shows no certificate. */
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE,
			 t->pool && repeats_resume(t->pool) ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, t);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
	/* A server that speaks something else than HTTP knows no ALPN. */
	if (rq->kind != REQUEST_HTTP)
		curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	set_client_cert(t);
	return set_versions(t, end);
}
