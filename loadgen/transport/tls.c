/* SPDX-License-Identifier: MIT */
#include "loadgen/transport/tls.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/transport/transport.h"
#include "probe/engine/handshake.h"
#include "probe/engine/trust.h"
#include "scenarios/base/err.h"

enum { ALPN_MAX = 16 };

struct tls {
	SSL_CTX *ctx;
	struct trust *trust;
	const struct request *request;
	const char *host;
	SSL_SESSION *session; /* the last one, or NULL */
	bool resumes;
};

/* ---- settings ------------------------------------------------------- */

static int version_of(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = {
		{ "TLSv1.0", TLS1_VERSION },
		{ "TLSv1.1", TLS1_1_VERSION },
		{ "TLSv1.2", TLS1_2_VERSION },
		{ "TLSv1.3", TLS1_3_VERSION },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].number;
	return -1;
}

static bool set_versions(SSL_CTX *ctx, const struct request *rq,
			 struct errs *es)
{
	int min = rq->tls_min ? version_of(rq->tls_min) : 0;
	int max = rq->tls_max ? version_of(rq->tls_max) : 0;

	if (min < 0 || max < 0)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"there is no TLS version \"%s\"",
				min < 0 ? rq->tls_min : rq->tls_max);
	if ((!min || SSL_CTX_set_min_proto_version(ctx, min)) &&
	    (!max || SSL_CTX_set_max_proto_version(ctx, max)))
		return true;
	return errs_add(es, ERR_INPUT, NOWHERE,
			"this OpenSSL does not do the TLS versions asked for");
}

static int give_password(char *room, int size, int is_writing, void *password)
{
	size_t len = password ? strlen(password) : 0;

	(void)is_writing;
	if (len >= (size_t)size)
		return 0;
	memcpy(room, password ? password : "", len + 1);
	return (int)len;
}

static bool set_client_cert(SSL_CTX *ctx, const struct request *rq,
			    struct errs *es)
{
	const char *key = rq->key_file ? rq->key_file : rq->cert_file;

	if (!rq->cert_file)
		return true;
	SSL_CTX_set_default_passwd_cb(ctx, give_password);
	SSL_CTX_set_default_passwd_cb_userdata(
		ctx, (void *)(uintptr_t)rq->key_password);
	if (SSL_CTX_use_certificate_chain_file(ctx, rq->cert_file) != 1)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"the client certificate \"%s\" cannot be used",
				rq->cert_file);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"the key \"%s\" of the client certificate "
				"cannot be used",
				key);
	return true;
}

static bool set_authorities(struct tls *t, const struct request *rq,
			    struct errs *es)
{
	const char *why = "";

	if (trust_find(t->trust, rq->ca_file, TRUST_QUICK, &why))
		return true;
	if (!rq->ca_file)
		return errs_nomem(es);
	return errs_add(es, ERR_SYSTEM, NOWHERE, "%s: \"%s\"", why,
			rq->ca_file);
}

static bool set_alpn(SSL_CTX *ctx, const char *alpn)
{
	unsigned char wire[ALPN_MAX];
	size_t len = strlen(alpn);

	if (len >= sizeof(wire))
		return false;
	wire[0] = (unsigned char)len;
	memcpy(wire + 1, alpn, len);
	return !SSL_CTX_set_alpn_protos(ctx, wire, (unsigned)len + 1);
}

/* ---- sessions ------------------------------------------------------- */

static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	SSL_SESSION_free(t->session);
	t->session = session;
	return 1; /* it is ours now */
}

static void set_sessions(struct tls *t)
{
	if (!t->resumes) {
		SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
		SSL_CTX_set_options(t->ctx, SSL_OP_NO_TICKET);
		return;
	}
	SSL_CTX_set_app_data(t->ctx, t);
	SSL_CTX_set_session_cache_mode(
		t->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->ctx, on_session);
}

static bool set_up(struct tls *t, const struct request *rq, const char *alpn,
		   struct errs *es)
{
	SSL_CTX *ctx = t->ctx;

	/* An end without a goodbye is an end; who needed it looks closer. */
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF |
					 SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(ctx, 1);
	handshake_prepare(ctx);
	set_sessions(t);
	if (!set_alpn(ctx, alpn))
		return errs_nomem(es);
	return set_versions(ctx, rq, es) && set_client_cert(ctx, rq, es) &&
	       set_authorities(t, rq, es);
}

struct tls *tls_new(const struct route *rt, const char *alpn, struct errs *es)
{
	struct tls *t = calloc(1, sizeof(*t));
	bool done = false;

	if (!t) {
		errs_nomem(es);
		return NULL;
	}
	t->request = rt->request;
	t->host = rt->host;
	t->resumes = rt->resumes;
	t->trust = trust_new();
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (t->trust && t->ctx)
		done = set_up(t, rt->request, alpn, es);
	else
		errs_nomem(es);
	ERR_clear_error();
	if (done)
		return t;
	tls_free(t);
	return NULL;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_SESSION_free(t->session);
	SSL_CTX_free(t->ctx);
	trust_free(t->trust);
	free(t);
}

/* ---- one connection ------------------------------------------------- */

static bool ready(struct tls *t, SSL *ssl, int fd)
{
	struct handshake *h = handshake_new(t->request, t->host, t->trust);
	bool done = h && handshake_attach(h, ssl);

	handshake_unref(h);
	if (!done || SSL_set_fd(ssl, fd) != 1)
		return false;
	SSL_set_connect_state(ssl);
	/* Another name, if one was asked for, is put there by the handshake. */
	if (!chain_is_address(t->host) &&
	    !SSL_set_tlsext_host_name(ssl, t->host))
		return false;
	return !t->session || SSL_set_session(ssl, t->session);
}

SSL *tls_open(struct tls *t, int fd)
{
	SSL *ssl = SSL_new(t->ctx);

	if (ssl && ready(t, ssl, fd))
		return ssl;
	SSL_free(ssl);
	return NULL;
}

struct handshake *tls_handshake(const SSL *ssl)
{
	return handshake_find(ssl);
}

bool tls_accept(struct tls *t, SSL *ssl)
{
	struct handshake *h = handshake_find(ssl);
	bool is_good = t->request->skip_verify || SSL_session_reused(ssl) ||
		       handshake_is_accepted(h);

	if (is_good)
		chain_release(&h->chain);
	return is_good;
}

bool tls_speaks(const SSL *ssl, const char *alpn)
{
	const unsigned char *name = NULL;
	unsigned len = 0;

	SSL_get0_alpn_selected(ssl, &name, &len);
	return name && len == strlen(alpn) && !memcmp(name, alpn, len);
}
