/* SPDX-License-Identifier: MIT */
/*
 * What a journey keeps lies in a share object of libcurl that only its own
 * transfers use.  It is no sharing between threads: it keeps the cookies,
 * the connections and the resolved names of one journey apart from those of
 * all others in the same multi handle, and gives them back at its end.
 */
#include "probe/engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "probe/engine/inside.h"

static CURLSH *share_new(void)
{
	CURLSH *share = curl_share_init();

	if (!share)
		return NULL;
	static const curl_lock_data kept[] = { CURL_LOCK_DATA_COOKIE,
					       CURL_LOCK_DATA_CONNECT,
					       CURL_LOCK_DATA_DNS };
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		if (curl_share_setopt(share, CURLSHOPT_SHARE, kept[i])) {
			curl_share_cleanup(share);
			return NULL;
		}
	}
	return share;
}

struct session *session_new(struct engine *en)
{
	struct session *se = calloc(1, sizeof(*se));

	if (!se)
		return NULL;
	se->en = en;
	se->shard = engine_bind(en);
	if (!se->shard) {
		free(se);
		return NULL;
	}
	return se;
}

static void session_end(struct session *se)
{
	curl_share_cleanup(se->share);
	engine_unbind(se->shard);
	free(se);
}

void session_free(struct session *se)
{
	if (!se)
		return;
	se->is_freed = true;
	if (!se->n_users)
		session_end(se);
}

void session_use(struct session *se)
{
	se->n_users++;
}

void session_unuse(struct session *se)
{
	if (!--se->n_users && se->is_freed)
		session_end(se);
}

/* ---- the settings that a connection depends on ------------------------ */

static void mix(uint64_t *hash, const void *bytes, size_t n)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < n; i++)
		*hash = (*hash ^ byte[i]) * 0x100000001b3u; /* FNV-1a */
}

static void mix_text(uint64_t *hash, const char *text)
{
	mix(hash, text ? "+" : "-", 1);
	if (text)
		mix(hash, text, strlen(text) + 1);
}

static uint64_t signature_of(const struct request *rq)
{
	uint64_t hash = 0xcbf29ce484222325u;
	const char *const texts[] = {
		rq->ca_file, rq->cert_file,   rq->key_file, rq->key_password,
		rq->sni,     rq->verify_name, rq->tls_min,  rq->tls_max,
		rq->proxy,   rq->unix_socket, rq->source,
	};
	const unsigned char flags[] = { rq->skip_verify, rq->wants_any_tls,
					(unsigned char)rq->ip,
					(unsigned char)rq->version };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		mix_text(&hash, texts[i]);
	mix(&hash, flags, sizeof(flags));
	for (size_t i = 0; i < rq->n_resolve; i++)
		mix_text(&hash, rq->resolve[i]);
	mix_text(&hash, NULL);
	for (size_t i = 0; i < rq->n_connect_to; i++)
		mix_text(&hash, rq->connect_to[i]);
	return hash;
}

/* ---- cookies ---------------------------------------------------------- */

struct curl_slist *cookies_list(struct engine *en, CURLSH *share)
{
	CURL *clerk = engine_clerk(en);
	struct curl_slist *list = NULL;

	if (!clerk || curl_easy_setopt(clerk, CURLOPT_SHARE, share))
		return NULL;
	curl_easy_getinfo(clerk, CURLINFO_COOKIELIST, &list);
	curl_easy_setopt(clerk, CURLOPT_SHARE, NULL);
	return list;
}

static void cookies_move(struct engine *en, CURLSH *from, CURLSH *to)
{
	struct curl_slist *list = cookies_list(en, from);

	if (list && !curl_easy_setopt(en->clerk, CURLOPT_SHARE, to)) {
		for (struct curl_slist *l = list; l; l = l->next)
			curl_easy_setopt(en->clerk, CURLOPT_COOKIELIST,
					 l->data);
		curl_easy_setopt(en->clerk, CURLOPT_SHARE, NULL);
	}
	curl_slist_free_all(list);
}

void session_forget(struct session *se)
{
	CURL *clerk = se->share ? engine_clerk(se->en) : NULL;

	if (!clerk || curl_easy_setopt(clerk, CURLOPT_SHARE, se->share))
		return;
	curl_easy_setopt(clerk, CURLOPT_COOKIELIST, "ALL");
	curl_easy_setopt(clerk, CURLOPT_SHARE, NULL);
}

bool cookie_cut(char *line, char *column[COOKIE_COLUMNS])
{
	for (int i = 0; i < COOKIE_COLUMNS; i++) {
		column[i] = line;
		char *tab = line ? strchr(line, '\t') : NULL;
		if (!tab && i < COOKIE_COLUMNS - 1)
			return false;
		if (tab && i < COOKIE_COLUMNS - 1)
			*tab = '\0';
		line = tab ? tab + 1 : NULL;
	}
	return true;
}

void session_cookies(struct session *se,
		     void (*fn)(void *self, const char *name, const char *value,
				const char *domain),
		     void *self)
{
	static const char http_only[] = COOKIE_HTTP_ONLY;
	struct curl_slist *list =
		se->share ? cookies_list(se->en, se->share) : NULL;

	for (struct curl_slist *l = list; l; l = l->next) {
		char *column[COOKIE_COLUMNS];
		if (!cookie_cut(l->data, column))
			continue;
		char *domain = column[COOKIE_DOMAIN];
		if (!strncmp(domain, http_only, strlen(http_only)))
			domain += strlen(http_only);
		fn(self, column[COOKIE_NAME], column[COOKIE_VALUE], domain);
	}
	curl_slist_free_all(list);
}

bool session_suit(struct session *se, const struct request *rq)
{
	uint64_t signature = signature_of(rq);

	if (se->share && se->signature == signature)
		return true;
	/* libcurl would use an open connection again without regard to how
	 * its certificate was judged or its address was found. */
	CURLSH *share = share_new();
	if (!share)
		return false;
	if (se->share) {
		cookies_move(se->en, se->share, share);
		curl_share_cleanup(se->share);
	}
	se->share = share;
	se->signature = signature;
	return true;
}
