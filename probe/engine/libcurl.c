/* SPDX-License-Identifier: MIT */
/*
 * The transport that does everything: libcurl.
 *
 * Its points in time come from libcurl, which counts microseconds from its
 * start of the transfer; that start is ours, as the transfer is run at once.
 * A short request goes out in one piece together with its body, so it counts
 * as sent when libcurl begins the transfer; the end of a longer one is noted
 * from libcurl's progress calls.
 */
#include <string.h>

#include "probe/engine/handshake.h"
#include "probe/engine/inside.h"

/* ---- points in time --------------------------------------------------- */

static uint64_t point(const struct transfer *t, CURLINFO what)
{
	curl_off_t us = 0;

	curl_easy_getinfo(t->easy, what, &us);
	return us > 0 ? t->started_ns + (uint64_t)us * 1000 : 0;
}

static bool is_reused(const struct transfer *t, const struct points *at)
{
	long made = 0;

	curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &made);
	return at->ready_ns && !made;
}

/* While TLS is under way libcurl 7.88 does not tell yet that TCP is connected,
 * and a proxy's CONNECT belongs to the connecting: the handshake knows. */
static void refine_connected(const struct transfer *t, struct points *at)
{
	const struct handshake *h = t->handshake;

	if (!h || !h->started_ns || at->is_reused)
		return;
	if (!at->connected_ns || t->ex->request.proxy)
		at->connected_ns = h->started_ns;
}

static bool is_sending(const struct transfer *t)
{
	if (t->ex->request.kind == REQUEST_TCP)
		return !t->dialogue.sent_ns;
	return t->uploaded < t->to_upload;
}

static uint64_t sent_at(const struct transfer *t, const struct points *at)
{
	if (t->ex->request.kind == REQUEST_TCP)
		return t->dialogue.sent_ns;
	if (t->mail)
		return t->mail->sent_ns;
	if (!at->ready_ns || t->ex->request.kind != REQUEST_HTTP)
		return 0;
	if (!t->to_upload)
		return at->ready_ns;
	return is_sending(t) ? 0 : t->uploaded_ns;
}

static void libcurl_points(const struct transfer *t, struct points *at)
{
	bool is_http = t->ex->request.kind == REQUEST_HTTP;

	*at = (struct points){
		.resolved_ns = point(t, CURLINFO_NAMELOOKUP_TIME_T),
		.connected_ns = point(t, CURLINFO_CONNECT_TIME_T),
		.first_ns = t->dialogue.first_ns,
	};
	if (t->is_tls)
		at->secured_ns = point(t, CURLINFO_APPCONNECT_TIME_T);
	if (is_http) {
		at->ready_ns = point(t, CURLINFO_PRETRANSFER_TIME_T);
		at->first_ns = point(t, CURLINFO_STARTTRANSFER_TIME_T);
		/* libcurl's is the first byte either way */
		if (t->to_upload)
			at->first_ns = t->first_ns;
		at->is_reused = is_reused(t, at);
	} else {
		at->ready_ns = t->is_tls ? at->secured_ns : at->connected_ns;
	}
	refine_connected(t, at);
	at->sent_ns = sent_at(t, at);
}

bool libcurl_keeps_clear_http2(void)
{
	enum { BROKEN = 0x075800, REPAIRED = 0x080000 };
	unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;

	return version < BROKEN || version >= REPAIRED;
}

/* ---- facts ------------------------------------------------------------ */

const char *libcurl_protocol(const struct transfer *t)
{
	long version = 0;

	curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
	switch (version) {
	case CURL_HTTP_VERSION_1_0:
		return "HTTP/1.0";
	case CURL_HTTP_VERSION_1_1:
		return "HTTP/1.1";
	case CURL_HTTP_VERSION_2_0:
		return "HTTP/2";
	case CURL_HTTP_VERSION_3:
		return "HTTP/3";
	default:
		return "";
	}
}

void libcurl_remote(const struct transfer *t, char *out, size_t room)
{
	const char *address = NULL;
	long port = 0;

	*out = '\0';
	if (t->ex->request.unix_socket) {
		snprintf(out, room, "%s", t->ex->request.unix_socket);
		return;
	}
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &address);
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_PORT, &port);
	if (address && *address)
		snprintf(out, room,
			 strchr(address, ':') ? "[%s]:%ld" : "%s:%ld", address,
			 port);
}

static void libcurl_facts(struct transfer *t)
{
	struct answer *an = &t->ex->answer;
	curl_off_t sent = 0;
	char remote[REMOTE_MAX];

	an->protocol = libcurl_protocol(t);
	libcurl_remote(t, remote, sizeof(remote));
	an->remote = arena_strdup(t->ex->arena, remote);
	curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	an->sent_bytes += sent > 0 ? (uint64_t)sent : 0;
}

/* ---- start and stop --------------------------------------------------- */

static bool find_shard(struct transfer *t)
{
	struct session *se = t->ex->session;

	if (se) {
		t->shard = se->shard;
		return session_suit(se, &t->ex->request);
	}
	t->shard = engine_bind(t->en);
	t->is_bound = t->shard;
	return t->is_bound;
}

static bool libcurl_start(struct transfer *t, struct ending *end)
{
	int running;

	if (!t->easy)
		t->easy = curl_easy_init();
	if (!t->easy || !find_shard(t) || !transfer_setup(t, end))
		return false;
	t->started_ns = engine_now_ns();
	if (curl_multi_add_handle(t->shard->multi, t->easy))
		return false;
	t->is_live = true;
	/* At once, so that libcurl's own start of the clock is ours too. */
	curl_multi_socket_action(t->shard->multi, CURL_SOCKET_TIMEOUT, 0,
				 &running);
	shard_settle(t->shard);
	if (t->is_live)
		transfer_arm(t);
	return true;
}

void libcurl_forget(struct transfer *t)
{
	if (t->easy) {
		curl_easy_setopt(t->easy, CURLOPT_SHARE, NULL);
		/* libcurl 7.88 forgets this list at a reset without freeing
		 * it */
		curl_easy_setopt(t->easy, CURLOPT_COOKIEFILE, NULL);
		curl_easy_reset(t->easy);
	}
	curl_mime_free(t->mime);
	curl_slist_free_all(t->fields);
	curl_slist_free_all(t->resolve);
	curl_slist_free_all(t->connect_to);
	t->mime = NULL;
	t->fields = t->resolve = t->connect_to = NULL;
}

static void libcurl_stop(struct transfer *t)
{
	bool was_live = t->is_live;

	dialogue_stop(t);
	mail_stop(t);
	if (was_live)
		curl_multi_remove_handle(t->shard->multi, t->easy);
	t->is_live = false;
	libcurl_forget(t);
	handshake_unref(t->handshake);
	t->handshake = NULL;
	if (was_live)
		shard_settle(t->shard);
	if (t->is_bound)
		engine_unbind(t->shard);
	t->is_bound = false;
}

const struct transport transport_libcurl = {
	.name = "libcurl",
	.start = libcurl_start,
	.stop = libcurl_stop,
	.points = libcurl_points,
	.facts = libcurl_facts,
};
