/* SPDX-License-Identifier: MIT */
/* From a request to the options of an easy handle. */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "probe/engine/handshake.h"
#include "probe/engine/inside.h"
#include "probe/engine/setup.h"

enum {
	TARGET_MAX = 512, /* bytes of host:port */
	/* Far beyond any limit of ours, so that ours decides. */
	CONNECT_TIMEOUT_MS = 24 * 60 * 60 * 1000,
};

bool setup_refuse(struct ending *end, enum outcome outcome, const char *why)
{
	*end = (struct ending){ .outcome = outcome, .detail = why };
	return false;
}

/* ---- callbacks of libcurl: they only note ----------------------------- */

static void note_byte(struct transfer *t)
{
	if (t->ex->request.limits.idle_ns)
		t->last_ns = engine_now_ns();
	if (t->to_upload && !t->first_ns)
		t->first_ns = engine_now_ns();
}

static size_t on_header(char *bytes, size_t size, size_t n, void *self)
{
	struct transfer *t = self;

	note_byte(t);
	if (headers_add(&t->headers, bytes, size * n))
		return size * n;
	t->flaw = t->headers.too_large ? FLAW_HEADERS : FLAW_MEMORY;
	return 0;
}

/* libcurl hands the body over as it came: it would not tell that a packed one
 * was cut off. */
static bool find_codings(struct transfer *t)
{
	const char *field = buf_text(&t->headers.text);

	t->has_codings = true;
	if (!t->ex->request.wants_compressed ||
	    (t->pool && !repeats_keep_answers(t->pool)))
		return true;
	for (size_t i = 0; i < t->headers.n && !t->unpack_flaw; i++) {
		const char *value = field + strlen(field) + 1;
		if (!strcasecmp(field, "Content-Encoding"))
			t->unpack_flaw = unpack_add_list(&t->unpack, value);
		field = value + strlen(value) + 1;
	}
	if (t->unpack_flaw == UNPACK_MEMORY)
		t->flaw = FLAW_MEMORY;
	return t->unpack_flaw == UNPACK_FINE;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *self)
{
	struct transfer *t = self;

	note_byte(t);
	if (!t->has_codings && !find_codings(t))
		return CURL_WRITEFUNC_ERROR;
	return transfer_take_coded(t, bytes, size * n) ? size * n
						       : CURL_WRITEFUNC_ERROR;
}

/* As libcurl would, but the reason is kept when there is no socket to be had,
 * and programs started meanwhile do not inherit it. */
static curl_socket_t on_open(void *self, curlsocktype purpose,
			     struct curl_sockaddr *at)
{
	struct transfer *t = self;

	(void)purpose;
	if (t->pool)
		return repeats_open(t, at);
	int fd = socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
	if (fd < 0)
		t->socket_error = errno;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

int setup_on_progress(void *self, curl_off_t to_receive, curl_off_t received,
		      curl_off_t to_send, curl_off_t sent)
{
	struct transfer *t = self;

	(void)to_receive;
	(void)received;
	if (to_send > 0)
		t->to_upload = (uint64_t)to_send;
	if (sent > 0 && (uint64_t)sent != t->uploaded) {
		t->uploaded = (uint64_t)sent;
		t->uploaded_ns = engine_now_ns();
	}
	return 0;
}

/* ---- options ---------------------------------------------------------- */

static bool has_url(const struct request *rq)
{
	return rq->kind == REQUEST_HTTP || rq->kind == REQUEST_MAIL;
}

static CURLcode set_url(struct transfer *t)
{
	const struct request *rq = &t->ex->request;
	char url[TARGET_MAX];

	if (has_url(rq))
		return curl_easy_setopt(t->easy, CURLOPT_URL, rq->url);
	/* host:port, and nothing that would make it more than that */
	int len = snprintf(url, sizeof(url), "%s://%s",
			   t->is_tls ? "https" : "http", rq->url);
	if (len < 0 || (size_t)len >= sizeof(url) ||
	    strpbrk(rq->url, "/?#@\\ \t\r\n"))
		return CURLE_URL_MALFORMAT;
	return curl_easy_setopt(t->easy, CURLOPT_URL, url);
}

static long http_version(const struct request *rq)
{
	switch (rq->version) {
	case HTTP_1_0:
		return CURL_HTTP_VERSION_1_0;
	case HTTP_1_1:
		return CURL_HTTP_VERSION_1_1;
	case HTTP_2:
		return CURL_HTTP_VERSION_2TLS;
	case HTTP_2_PRIOR:
		return CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
	default:
		return CURL_HTTP_VERSION_2TLS;
	}
}

static void set_basics(struct transfer *t)
{
	CURL *easy = t->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->words);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* An abandoned look-up ends by itself; waiting for it would hold up
	 * everything. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)CONNECT_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
}

/* The environment never decides how a target is reached. */
static CURLcode set_proxy(struct transfer *t)
{
	const struct request *rq = &t->ex->request;
	CURL *easy = t->easy;

	CURLcode rc = curl_easy_setopt(easy, CURLOPT_PROXY,
				       rq->proxy ? rq->proxy : "");
	if (rc || !rq->proxy)
		return rc;
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (rq->kind != REQUEST_HTTP)
		curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	return CURLE_OK;
}

static bool add_text(struct curl_slist **list, const char *text)
{
	struct curl_slist *longer = curl_slist_append(*list, text);

	if (!longer)
		return false;
	*list = longer;
	return true;
}

static bool set_lists(struct transfer *t)
{
	const struct request *rq = &t->ex->request;

	for (size_t i = 0; i < rq->n_resolve; i++)
		if (!add_text(&t->resolve, rq->resolve[i]))
			return false;
	const char *found = t->pool ? repeats_resolve(t->pool) : NULL;
	if (found && !rq->proxy && !add_text(&t->resolve, found))
		return false;
	for (size_t i = 0; i < rq->n_connect_to; i++)
		if (!add_text(&t->connect_to, rq->connect_to[i]))
			return false;
	if (t->resolve)
		curl_easy_setopt(t->easy, CURLOPT_RESOLVE, t->resolve);
	if (t->connect_to)
		curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, t->connect_to);
	return true;
}

static CURLcode set_way(struct transfer *t)
{
	const struct request *rq = &t->ex->request;
	CURL *easy = t->easy;
	CURLcode rc = set_proxy(t);

	if (rq->unix_socket && !rc)
		rc = curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
				      rq->unix_socket);
	if (rq->source && !rc)
		rc = curl_easy_setopt(easy, CURLOPT_INTERFACE, rq->source);
	if (rq->ip != IP_ANY)
		curl_easy_setopt(easy, CURLOPT_IPRESOLVE,
				 rq->ip == IP_4 ? (long)CURL_IPRESOLVE_V4
						: (long)CURL_IPRESOLVE_V6);
	if (!set_lists(t) && !rc)
		rc = CURLE_OUT_OF_MEMORY;
	return rc;
}

/* Of a load: its connections are those of the whole pool. */
static void set_pool(struct transfer *t)
{
	const struct request *rq = &t->ex->request;
	CURL *easy = t->easy;
	bool is_fresh = repeats_is_fresh(t->pool) || rq->wants_fresh;
	bool is_http2 = rq->version == HTTP_2 || rq->version == HTTP_2_PRIOR;

	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, repeats_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, t->pool);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, is_fresh ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, is_fresh ? 1L : 0L);
	if (rq->wants_fresh)
		curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	/* Otherwise all that begin at the same time make a connection each. */
	if (is_http2 && !is_fresh)
		curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
}

static void set_keeping(struct transfer *t)
{
	struct session *se = t->ex->session;
	CURL *easy = t->easy;
	bool is_broken = t->ex->request.version == HTTP_2_PRIOR && !t->is_tls &&
			 !libcurl_keeps_clear_http2();
	bool is_fresh = !se || t->ex->request.wants_fresh || is_broken;

	if (t->pool) {
		set_pool(t);
		return;
	}

	if (se) {
		curl_easy_setopt(easy, CURLOPT_SHARE, se->share);
		curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
	}
	/* One that is only connected is closed when it is let go; until then
	 * libcurl has to remember it. */
	if (!se && t->ex->request.kind == REQUEST_HTTP)
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	if (is_fresh) {
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	}
}

/* What only HTTP has. */
static bool set_http(struct transfer *t, struct ending *end)
{
	const struct request *rq = &t->ex->request;
	CURL *easy = t->easy;

	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, http_version(rq));
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "assay/" ASSAY_VERSION);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	if (rq->wants_compressed)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, UNPACK_OFFER);
	return setup_body(t, end) && setup_fields(t, end);
}

static bool is_encrypted(const struct request *rq)
{
	switch (rq->kind) {
	case REQUEST_TLS:
		return true;
	case REQUEST_HTTP:
		return !strncasecmp(rq->url, "https:", 6);
	case REQUEST_MAIL:
		return !strncasecmp(rq->url, "smtps:", 6);
	default:
		return false;
	}
}

bool transfer_setup(struct transfer *t, struct ending *end)
{
	const struct request *rq = &t->ex->request;

	if (!rq->url)
		return setup_refuse(end, OUTCOME_VALUE, "there is no URL");
	t->is_tls = is_encrypted(rq);
	set_basics(t);
	set_keeping(t);
	CURLcode rc = set_url(t);
	if (rc)
		return setup_refuse(end, OUTCOME_VALUE,
				    has_url(rq)
					    ? "the URL cannot be used"
					    : "the target is not host:port");
	rc = set_way(t);
	if (rc)
		return setup_refuse(end, OUTCOME_LOCAL_FAIL,
				    curl_easy_strerror(rc));
	/* a mail may come to need it on the way */
	bool may_need_tls = t->is_tls || rq->kind == REQUEST_MAIL;
	if (may_need_tls && !setup_tls(t, end))
		return false;
	if (rq->kind == REQUEST_HTTP)
		return set_http(t, end);
	if (rq->kind == REQUEST_MAIL)
		return setup_mail(t, end);
	curl_easy_setopt(t->easy, CURLOPT_CONNECT_ONLY, 1L);
	return true;
}

bool setup_again(struct transfer *t, struct ending *end)
{
	struct curl_slist *before = t->fields;

	if (!t->ex->request.url || set_url(t))
		return setup_refuse(end, OUTCOME_VALUE,
				    "the URL cannot be used");
	t->fields = NULL;
	t->to_upload = 0;
	bool done = setup_body(t, end) && setup_fields(t, end);
	if (!t->fields)
		curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(before);
	return done;
}
