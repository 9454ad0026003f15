/* SPDX-License-Identifier: MIT */
#include "probe/engine/handshake.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "probe/engine/engine.h"
#include "probe/engine/exchange.h"
#include "probe/engine/trust.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

/* Where OpenSSL keeps our pointer in its contexts and connections.  Set once,
 * before any thread. */
static int context_slot = -1;
static int connection_slot = -1;

static void on_owner_free(void *parent, void *p, CRYPTO_EX_DATA *all, int slot,
			  long num, void *more)
{
	(void)parent;
	(void)all;
	(void)slot;
	(void)num;
	(void)more;
	handshake_unref(p);
}

bool handshake_global_init(struct errs *es)
{
	if (context_slot < 0)
		context_slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL,
							on_owner_free);
	if (connection_slot < 0)
		connection_slot = SSL_get_ex_new_index(0, NULL, NULL, NULL,
						       on_owner_free);
	return (context_slot >= 0 && connection_slot >= 0) || errs_nomem(es);
}

/* Without the brackets of an IPv6 address and the dot of the root. */
static char *plain_host(const char *host)
{
	size_t len = strlen(host);

	if (len >= 2 && host[0] == '[' && host[len - 1] == ']')
		return strndup(host + 1, len - 2);
	if (len > 1 && host[len - 1] == '.')
		len--;
	return strndup(host, len);
}

static bool copy(char **to, const char *text)
{
	*to = text ? strdup(text) : NULL;
	return *to || !text;
}

struct handshake *handshake_new(const struct request *rq, const char *host,
				struct trust *trust)
{
	struct handshake *h = calloc(1, sizeof(*h));
	const char *name = rq->verify_name ? rq->verify_name : rq->sni;

	if (!h)
		return NULL;
	h->refs = 1;
	h->trust = trust;
	h->skip_verify = rq->skip_verify;
	h->wants_any_tls = rq->wants_any_tls;
	h->has_client_cert = rq->cert_file;
	h->protocol = h->cipher = "";
	h->name = plain_host(name ? name : host);
	if (h->name && copy(&h->sni, rq->sni) && copy(&h->ca_file, rq->ca_file))
		return h;
	handshake_unref(h);
	return NULL;
}

struct handshake *handshake_renew(const struct handshake *h)
{
	const struct request rq = {
		.skip_verify = h->skip_verify,
		.wants_any_tls = h->wants_any_tls,
		.cert_file = h->has_client_cert ? "" : NULL,
		.ca_file = h->ca_file,
		.sni = h->sni,
		.verify_name = h->name,
	};

	return handshake_new(&rq, h->name, h->trust);
}

struct handshake *handshake_ref(struct handshake *h)
{
	h->refs++;
	return h;
}

void handshake_unref(struct handshake *h)
{
	if (!h || --h->refs)
		return;
	chain_release(&h->chain);
	free(h->ca_file);
	free(h->name);
	free(h->sni);
	free(h->sent_sni);
	free(h);
}

struct handshake *handshake_find(const SSL *ssl)
{
	SSL_CTX *ctx = ssl ? SSL_get_SSL_CTX(ssl) : NULL;
	struct handshake *own =
		ssl ? SSL_get_ex_data(ssl, connection_slot) : NULL;

	if (own)
		return own;
	return ctx ? SSL_CTX_get_ex_data(ctx, context_slot) : NULL;
}

/* ---- callbacks of OpenSSL --------------------------------------------- */

static void note_connection(struct handshake *h, const SSL *ssl)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	if (!cipher)
		cipher = SSL_get_pending_cipher(ssl);
	h->protocol = SSL_get_version(ssl);
	if (cipher)
		h->cipher = SSL_CIPHER_get_name(cipher);
	if (sni && !h->sent_sni)
		copy(&h->sent_sni, sni);
}

static void on_start(struct handshake *h, SSL *ssl)
{
	if (h->started_ns)
		return;
	h->started_ns = engine_now_ns();
	/* The greeting has not been written yet: this is the moment to put
	 * another name into it. */
	if (h->sni)
		SSL_set_tlsext_host_name(
			ssl, chain_is_address(h->sni) ? NULL : h->sni);
}

static void on_info(const SSL *ssl, int where, int ret)
{
	struct handshake *h = handshake_find(ssl);

	if (!h)
		return;
	if (where & SSL_CB_HANDSHAKE_START)
		on_start(h, (SSL *)(uintptr_t)ssl);
	if (where & SSL_CB_HANDSHAKE_DONE && !h->is_done) {
		h->is_done = true;
		note_connection(h, ssl);
	}
	if (!(where & SSL_CB_ALERT && where & SSL_CB_READ))
		return;
	if (ret >> 8 == SSL3_AL_FATAL)
		h->alert = ret & 0xff;
	h->said_goodbye |= (ret & 0xff) == SSL_AD_CLOSE_NOTIFY;
}

static int on_cert_request(SSL *ssl, void *self)
{
	struct handshake *h = handshake_find(ssl);

	(void)self;
	if (h)
		h->asked_for_cert = true;
	return 1;
}

static bool judge(struct handshake *h, X509_STORE_CTX *sc,
		  enum trust_depth depth)
{
	const char *why;
	X509_STORE *store = trust_find(h->trust, h->ca_file, depth, &why);

	return store &&
	       chain_verify(&h->chain, store, X509_STORE_CTX_get0_cert(sc),
			    X509_STORE_CTX_get0_untrusted(sc), h->name);
}

/* Instead of OpenSSL's own: 1 lets the handshake go on. */
static int on_certificate(X509_STORE_CTX *sc, void *self)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
		sc, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct handshake *h = handshake_find(ssl);
	bool done = h && judge(h, sc, TRUST_QUICK);

	(void)self;
	if (!h)
		return 0;
	if (done && !h->ca_file && chain_is_lost(&h->chain))
		done = judge(h, sc, TRUST_WHOLE);
	note_connection(h, ssl);
	bool accepted = done && handshake_is_accepted(h);
	h->is_refused = !accepted;
	X509_STORE_CTX_set_error(sc, accepted ? X509_V_OK
					      : X509_V_ERR_CERT_REJECTED);
	return accepted;
}

/* ---- installing ------------------------------------------------------- */

/* Old protocols are refused by the default level, not only by the minimum;
 * ciphers without a certificate stay excluded. */
static bool accept_anything(SSL_CTX *ctx)
{
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) &&
	       SSL_CTX_set_cipher_list(ctx, "ALL:!aNULL:!eNULL:@SECLEVEL=0");
}

void handshake_prepare(SSL_CTX *ctx)
{
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_certificate, NULL);
	SSL_CTX_set_cert_cb(ctx, on_cert_request, NULL);
	SSL_CTX_set_info_callback(ctx, on_info);
}

bool handshake_attach(struct handshake *h, SSL *ssl)
{
	return SSL_set_ex_data(ssl, connection_slot, h) && handshake_ref(h);
}

bool handshake_install(struct handshake *h, SSL_CTX *ctx)
{
	if (h->wants_any_tls && !accept_anything(ctx))
		return false;
	if (!SSL_CTX_set_ex_data(ctx, context_slot, h))
		return false;
	handshake_ref(h);
	handshake_prepare(ctx);
	return true;
}

/* ---- what was seen ---------------------------------------------------- */

bool handshake_is_accepted(const struct handshake *h)
{
	if (!h->chain.was_seen)
		return false;
	return h->skip_verify || chain_is_good(&h->chain);
}

const struct tls_facts *handshake_facts(const struct handshake *h,
					int64_t now_s, struct arena *a)
{
	struct buf why;

	if (!h->chain.was_seen && !h->is_done)
		return NULL;
	struct tls_facts *facts = arena_alloc(a, 1, sizeof(*facts));
	if (!facts || !chain_describe(&h->chain, now_s, a, facts))
		return NULL;
	buf_init(&why, CHAIN_NAMES_MAX);
	chain_say(&h->chain, h->name, now_s, &why);
	facts->protocol = h->protocol;
	facts->cipher = h->cipher;
	facts->sni = arena_strdup(a, h->sent_sni ? h->sent_sni : "");
	facts->name = arena_strdup(a, h->name);
	facts->verified = !h->skip_verify;
	facts->trusted = chain_is_trusted(&h->chain);
	facts->name_ok = h->chain.was_seen && !h->chain.flaw[CHAIN_NAME].is_set;
	facts->why = arena_strdup(a, buf_text(&why));
	buf_release(&why);
	return facts->sni && facts->name && facts->why ? facts : NULL;
}
