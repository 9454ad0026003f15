/* SPDX-License-Identifier: MIT */
/* How an exchange ends that libcurl did not make, in libcurl's codes. */
#include <inttypes.h>
#include <string.h>

#include "probe/engine/inside.h"
#include "scenarios/base/units.h"

bool native_over(struct transfer *t, CURLcode code, const char *words,
		 struct ending *end)
{
	snprintf(t->words, sizeof(t->words), "%s", words);
	transfer_blame(t, code, end);
	return false;
}

bool native_over_by_system(struct transfer *t, CURLcode code, const char *what,
			   int error, struct ending *end)
{
	char words[CURL_ERROR_SIZE];

	t->socket_error = error;
	snprintf(words, sizeof(words), "%s: %s", what, strerror(error));
	return native_over(t, code, words, end);
}

bool native_not_connected(struct transfer *t, const struct endpoint *to,
			  uint64_t took_ns, int error, struct ending *end)
{
	char words[CURL_ERROR_SIZE];

	t->socket_error = error;
	snprintf(words, sizeof(words),
		 "Failed to connect to %.*s port %u after %" PRIu64 " ms",
		 (int)to->host_len, to->host, to->port,
		 took_ns / UNIT_NS_PER_MS);
	return native_over(t, CURLE_COULDNT_CONNECT, words, end);
}

bool native_answered(struct transfer *t, enum http1_flaw flaw,
		     struct ending *end)
{
	switch (flaw) {
	case HTTP1_CUT_HEAD:
		/* whatever a line in it that looks like a status made of it */
		t->headers.is_whole = false;
		return native_over(t, CURLE_OK, "", end);
	case HTTP1_FINE:
		return native_over(t, CURLE_OK, "", end);
	case HTTP1_EMPTY:
		return native_over(t, CURLE_GOT_NOTHING, http1_say(flaw), end);
	case HTTP1_CUT_BODY:
	case HTTP1_CUT_CHUNKS:
		return native_over(t, CURLE_PARTIAL_FILE, http1_say(flaw), end);
	case HTTP1_HEADERS:
		t->flaw = t->headers.too_large ? FLAW_HEADERS : FLAW_MEMORY;
		return native_over(t, CURLE_WRITE_ERROR, "", end);
	case HTTP1_SINK:
		return native_over(t, CURLE_BAD_CONTENT_ENCODING, "", end);
	default:
		return native_over(t, CURLE_WEIRD_SERVER_REPLY, http1_say(flaw),
				   end);
	}
}
