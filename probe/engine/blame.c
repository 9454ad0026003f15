/* SPDX-License-Identifier: MIT */
/*
 * From libcurl's code, the error number of the system and the certificate to
 * one outcome.  The table gives the general rule; what follows it looks
 * closer where one code means several things.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/un.h>

#include "probe/engine/handshake.h"
#include "probe/engine/inside.h"
#include "scenarios/base/text.h"

static const struct {
	CURLcode code;
	enum outcome outcome;
} rules[] = {
	{ CURLE_OK, OUTCOME_OK },
	{ CURLE_URL_MALFORMAT, OUTCOME_VALUE },
	{ CURLE_UNSUPPORTED_PROTOCOL, OUTCOME_VALUE },
	{ CURLE_COULDNT_RESOLVE_PROXY, OUTCOME_PROXY_FAIL },
	{ CURLE_PROXY, OUTCOME_PROXY_FAIL },
	{ CURLE_COULDNT_RESOLVE_HOST, OUTCOME_DNS_FAIL },
	{ CURLE_COULDNT_CONNECT, OUTCOME_CONNECT_FAIL },
	{ CURLE_WEIRD_SERVER_REPLY, OUTCOME_PROTOCOL },
	{ CURLE_HTTP2, OUTCOME_PROTOCOL },
	{ CURLE_HTTP2_STREAM, OUTCOME_PROTOCOL },
	{ CURLE_BAD_CONTENT_ENCODING, OUTCOME_ENCODING },
	{ CURLE_WRITE_ERROR, OUTCOME_ENCODING }, /* bytes behind the end */
	{ CURLE_GOT_NOTHING, OUTCOME_CLOSED },
	{ CURLE_PARTIAL_FILE, OUTCOME_CLOSED },
	{ CURLE_SEND_ERROR, OUTCOME_CLOSED },
	{ CURLE_RECV_ERROR, OUTCOME_CLOSED },
	{ CURLE_FILESIZE_EXCEEDED, OUTCOME_TOO_LARGE },
	{ CURLE_OPERATION_TIMEDOUT, OUTCOME_TIMEOUT },
	{ CURLE_SSL_CONNECT_ERROR, OUTCOME_TLS_FAIL },
	{ CURLE_PEER_FAILED_VERIFICATION, OUTCOME_TLS_FAIL },
	{ CURLE_SSL_SHUTDOWN_FAILED, OUTCOME_TLS_FAIL },
	{ CURLE_SSL_INVALIDCERTSTATUS, OUTCOME_TLS_FAIL },
	{ CURLE_USE_SSL_FAILED, OUTCOME_TLS_FAIL },
};

static enum outcome rule(CURLcode code)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].code == code)
			return rules[i].outcome;
	return OUTCOME_LOCAL_FAIL;
}

static const struct {
	int error;
	enum outcome outcome;
} errors[] = {
	{ ECONNREFUSED, OUTCOME_REFUSED },
	{ ENETUNREACH, OUTCOME_UNREACHABLE },
	{ EHOSTUNREACH, OUTCOME_UNREACHABLE },
	{ ENETDOWN, OUTCOME_UNREACHABLE },
	{ EHOSTDOWN, OUTCOME_UNREACHABLE },
	{ ETIMEDOUT, OUTCOME_CONNECT_TIMEOUT },
	{ ECONNRESET, OUTCOME_RESET }, /* it stood for a moment */
	{ EMFILE, OUTCOME_LOCAL_FAIL },
	{ ENFILE, OUTCOME_LOCAL_FAIL },
	{ ENOBUFS, OUTCOME_LOCAL_FAIL },
	{ ENOMEM, OUTCOME_LOCAL_FAIL },
	{ EADDRNOTAVAIL, OUTCOME_LOCAL_FAIL },
	{ EADDRINUSE, OUTCOME_LOCAL_FAIL },
	{ EAFNOSUPPORT, OUTCOME_LOCAL_FAIL },
	{ EPERM, OUTCOME_LOCAL_FAIL },
	{ EACCES, OUTCOME_LOCAL_FAIL },
};

int transfer_error(const struct transfer *t)
{
	long error = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
	return t->socket_error ? t->socket_error : (int)error;
}

static enum outcome blame_connect(const struct transfer *t, int error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].error != error)
			continue;
		if (t->ex->request.proxy &&
		    errors[i].outcome != OUTCOME_LOCAL_FAIL)
			return OUTCOME_PROXY_FAIL;
		return errors[i].outcome;
	}
	return t->ex->request.proxy ? OUTCOME_PROXY_FAIL : OUTCOME_CONNECT_FAIL;
}

/* Where libcurl has one code for many things, its words tell them apart. */
static const struct {
	const char *words;
	enum outcome outcome;
} sayings[] = {
	{ "Too large", OUTCOME_TOO_LARGE }, { "chunk", OUTCOME_PROTOCOL },
	{ "HTTP/2", OUTCOME_PROTOCOL },	    { "header", OUTCOME_PROTOCOL },
	{ "reset by peer", OUTCOME_RESET }, { "Broken pipe", OUTCOME_RESET },
};

static enum outcome blame_words(const struct transfer *t)
{
	for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++)
		if (strstr(t->words, sayings[i].words))
			return sayings[i].outcome;
	return OUTCOME_CLOSED;
}

static bool was_asked(const struct transfer *t)
{
	curl_off_t us = 0;

	curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &us);
	return us > 0;
}

/* The tunnel was refused: libcurl calls that a receive error. */
static bool is_tunnel_refused(const struct transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 300 && !t->headers.status;
}

static enum outcome blame_io(const struct transfer *t, int error)
{
	const struct handshake *h = t->handshake;

	if (t->ex->request.proxy && is_tunnel_refused(t))
		return OUTCOME_PROXY_FAIL;
	/* TLS 1.3 tells a missing client certificate only afterwards. */
	if (h && h->alert)
		return OUTCOME_TLS_FAIL;
	enum outcome outcome = blame_words(t);
	bool is_reset = error == ECONNRESET || error == EPIPE;
	return outcome == OUTCOME_CLOSED && is_reset ? OUTCOME_RESET : outcome;
}

static enum outcome blame_more(const struct transfer *t, CURLcode code)
{
	int error = transfer_error(t);

	switch (code) {
	case CURLE_COULDNT_CONNECT:
		return blame_connect(t, error);
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return blame_io(t, error);
	case CURLE_UNSUPPORTED_PROTOCOL: /* an answer that is no HTTP/1 */
	case CURLE_URL_MALFORMAT:
		return was_asked(t) ? OUTCOME_PROTOCOL : OUTCOME_VALUE;
	case CURLE_OUT_OF_MEMORY: /* libcurl's ceiling of one header line */
		return was_asked(t) && !t->headers.is_whole
			       ? OUTCOME_TOO_LARGE
			       : OUTCOME_LOCAL_FAIL;
	case CURLE_BAD_FUNCTION_ARGUMENT:
		return was_asked(t) ? OUTCOME_PROTOCOL : OUTCOME_LOCAL_FAIL;
	default:
		return rule(code);
	}
}

/* ---- in words --------------------------------------------------------- */

static enum outcome flaw_outcome(enum transfer_flaw flaw)
{
	switch (flaw) {
	case FLAW_BODY:
	case FLAW_HEADERS:
	case FLAW_TURN:
		return OUTCOME_TOO_LARGE;
	case FLAW_UNVERIFIED:
		return OUTCOME_TLS_FAIL;
	default:
		return OUTCOME_LOCAL_FAIL;
	}
}

static void blame_flaw(const struct transfer *t, struct ending *end)
{
	struct arena *a = t->ex->arena;

	end->outcome = flaw_outcome(t->flaw);
	if (t->flaw == FLAW_BODY)
		end->detail = arena_printf(a,
					   "the body is larger than %zu "
					   "bytes",
					   t->ex->answer.body.max);
	else if (t->flaw == FLAW_TURN)
		end->detail = arena_printf(a,
					   "turn %zu of the dialogue "
					   "brought more than %zu bytes",
					   t->dialogue.turn + 1,
					   t->ex->answer.body.max);
	else if (t->flaw == FLAW_HEADERS &&
		 t->headers.interim > HEADERS_INTERIM_MAX)
		end->detail = arena_printf(a, "more than %d interim answers",
					   HEADERS_INTERIM_MAX);
	else if (t->flaw == FLAW_HEADERS)
		end->detail = arena_printf(a,
					   "the headers are larger than "
					   "%" PRIu64 " bytes",
					   t->headers.max_bytes);
	else if (t->flaw == FLAW_UNVERIFIED)
		end->detail = "the server showed no certificate";
	else
		end->detail = "not enough memory";
}

static void blame_chain(const struct transfer *t, struct ending *end)
{
	const struct handshake *h = t->handshake;
	struct buf words;

	buf_init(&words, TRANSFER_DETAIL_MAX);
	chain_say(&h->chain, h->name, (int64_t)(engine_wall_ns() / 1000000000u),
		  &words);
	end->outcome = chain_outcome(&h->chain);
	if (end->outcome == OUTCOME_OK) /* judged well, yet refused: memory */
		end->outcome = OUTCOME_LOCAL_FAIL;
	end->detail = arena_strdup(t->ex->arena, buf_text(&words));
	buf_release(&words);
}

static const char *alert_words(const struct handshake *h)
{
	bool wants_cert =
		h->alert == SSL_AD_CERTIFICATE_REQUIRED || h->asked_for_cert;

	if (wants_cert && !h->has_client_cert)
		return "the server wants a client certificate";
	if (wants_cert)
		return "the server did not accept the client certificate";
	if (h->alert == SSL_AD_PROTOCOL_VERSION)
		return "the server speaks none of the TLS versions allowed";
	return NULL;
}

/* Who is to be connected to; libcurl names the host of the URL, which a unix
 * socket has nothing to do with. */
static const char *socket_words(const struct transfer *t)
{
	int error = transfer_error(t);

	return arena_printf(t->ex->arena,
			    "Failed to connect to the unix socket "
			    "\"%.*s\"%s%s",
			    (int)sizeof(((struct sockaddr_un *)0)->sun_path),
			    t->ex->request.unix_socket, error ? ": " : "",
			    error ? strerror(error) : "");
}

/* libcurl's words on one line, up to where it only repeats the code. */
static const char *own_words(const struct transfer *t, CURLcode code)
{
	const char *words = *t->words ? t->words : curl_easy_strerror(code);
	int error = code == CURLE_COULDNT_CONNECT ? transfer_error(t) : 0;
	const char *tail = error ? strstr(words, ": Couldn't connect") : NULL;
	struct buf line;

	if (code == CURLE_COULDNT_CONNECT && t->ex->request.unix_socket)
		return socket_words(t);
	if (strstr(words, "wrong version number"))
		return "what answers there does not speak TLS";
	buf_init(&line, TRANSFER_DETAIL_MAX);
	text_printable(&line, words,
		       tail ? (size_t)(tail - words) : strlen(words));
	if (error)
		buf_printf(&line, ": %s", strerror(error));
	const char *kept = arena_strdup(t->ex->arena, buf_text(&line));
	buf_release(&line);
	return kept;
}

/* A body that only the end of the connection ends, which over TLS has to be
 * said: RFC 9112 section 8. */
static bool is_cut(const struct transfer *t)
{
	const struct headers *h = &t->headers;
	long version = 0;

	if (!t->handshake || t->handshake->said_goodbye || !t->received)
		return false;
	curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
	return version <= CURL_HTTP_VERSION_1_1 &&
	       !headers_has(h, "Content-Length") &&
	       !headers_has(h, "Transfer-Encoding");
}

static bool say(struct ending *end, enum outcome outcome, const char *detail)
{
	end->outcome = outcome;
	end->detail = detail;
	return true;
}

/* What libcurl takes for a whole answer and is none; of two lengths it takes
 * the second one. */
static bool blame_answer(const struct transfer *t, CURLcode code,
			 struct ending *end)
{
	bool is_judged = code == CURLE_OK || code == CURLE_PARTIAL_FILE;

	if (t->unpack_flaw && t->unpack_flaw != UNPACK_REFUSED)
		return say(end, OUTCOME_ENCODING, unpack_say(t->unpack_flaw));
	if (t->ex->request.kind != REQUEST_HTTP || !is_judged)
		return false;
	if (!t->headers.is_whole)
		return say(end, OUTCOME_CLOSED, "the headers were cut off");
	if (is_cut(t))
		return say(end, OUTCOME_CLOSED,
			   "the end of the body was not announced, as TLS "
			   "demands");
	if (code == CURLE_OK && !unpack_is_whole(t->unpack))
		return say(end, OUTCOME_ENCODING, unpack_say(UNPACK_CUT));
	const char *flaw = headers_length_flaw(&t->headers);
	return flaw && say(end, OUTCOME_PROTOCOL, flaw);
}

void transfer_blame(const struct transfer *t, CURLcode code, struct ending *end)
{
	const struct handshake *h = t->handshake;

	*end = (struct ending){ .outcome = OUTCOME_OK,
				.code = code,
				.detail = "" };
	if (t->flaw) {
		blame_flaw(t, end);
	} else if (h && h->is_refused) {
		blame_chain(t, end);
	} else if (blame_answer(t, code, end) || mail_blame(t, code, end)) {
		return;
	} else if (code) {
		end->outcome = blame_more(t, code);
		end->detail = h && h->alert ? alert_words(h) : NULL;
		if (end->outcome == OUTCOME_TOO_LARGE)
			end->detail = "a header line is too long";
		if (!end->detail)
			end->detail = own_words(t, code);
	}
	if (!end->detail)
		end->detail = "";
}
