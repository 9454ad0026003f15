/* SPDX-License-Identifier: MIT */
#include "tests/origin/tls.h"

#include "scenarios/base/err.h"
#include "tests/origin/origin.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

static bool version_of(const char *name, int otherwise, int *version)
{
	static const struct {
		const char *name;
		int version;
	} known[] = {
		{ "TLSv1", TLS1_VERSION },     { "TLSv1.0", TLS1_VERSION },
		{ "TLSv1.1", TLS1_1_VERSION }, { "TLSv1.2", TLS1_2_VERSION },
		{ "TLSv1.3", TLS1_3_VERSION },
	};

	*version = otherwise;
	if (!name || !*name)
		return true;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(known[i].name, name) == 0) {
			*version = known[i].version;
			return true;
		}
	}
	return false;
}

/* Chooses http/1.1, the only one spoken here. */
static int on_alpn(SSL *tls, const unsigned char **out, unsigned char *n,
		   const unsigned char *in, unsigned in_n, void *unused)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)tls;
	(void)unused;
	if (SSL_select_next_proto(&chosen, n, ours, sizeof(ours) - 1, in,
				  in_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static bool use_versions(SSL_CTX *context, const struct tls_setup *setup,
			 struct errs *es)
{
	int low, high;

	if (!version_of(setup->low, TLS1_2_VERSION, &low) ||
	    !version_of(setup->high, TLS1_3_VERSION, &high))
		return errs_add(es, ERR_INPUT, NOWHERE,
				"TLS versions go from TLSv1 to TLSv1.3, got "
				"\"%s\" and \"%s\"",
				setup->low ? setup->low : "",
				setup->high ? setup->high : "");
	SSL_CTX_set_min_proto_version(context, low);
	SSL_CTX_set_max_proto_version(context, high);
	return true;
}

static bool use_files(SSL_CTX *context, const struct tls_setup *setup,
		      struct errs *es)
{
	if (SSL_CTX_use_certificate_chain_file(context, setup->cert) != 1)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"cannot use the certificate \"%s\": %s",
				setup->cert,
				ERR_reason_error_string(ERR_peek_last_error()));
	if (SSL_CTX_use_PrivateKey_file(context, setup->key,
					SSL_FILETYPE_PEM) != 1)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"cannot use the key \"%s\": %s", setup->key,
				ERR_reason_error_string(ERR_peek_last_error()));
	if (!setup->client_ca)
		return true;
	if (SSL_CTX_load_verify_locations(context, setup->client_ca, NULL) != 1)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"cannot use the client CA \"%s\"",
				setup->client_ca);
	SSL_CTX_set_client_CA_list(context,
				   SSL_load_client_CA_file(setup->client_ca));
	SSL_CTX_set_verify(context,
			   SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   NULL);
	return true;
}

struct ssl_ctx_st *tls_context_new(const struct tls_setup *setup,
				   struct errs *es)
{
	static const unsigned char session_name[] = "origin";
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context) {
		errs_nomem(es);
		return NULL;
	}
	ERR_clear_error();
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
	/* a chain is served as the file has it, never completed */
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_RELEASE_BUFFERS |
					  SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION |
					     SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_id_context(context, session_name,
				       sizeof(session_name) - 1);
	SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
	if (!use_versions(context, setup, es) ||
	    !use_files(context, setup, es)) {
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

void tls_context_free(struct ssl_ctx_st *context)
{
	SSL_CTX_free(context);
}

bool tls_begin(struct conn *c, struct ssl_ctx_st *context)
{
	c->tls = SSL_new(context);
	if (!c->tls || SSL_set_fd(c->tls, c->fd) != 1)
		return false;
	SSL_set_accept_state(c->tls);
	return true;
}

void tls_end(struct conn *c)
{
	if (c->tls && !c->was_shaken)
		c->origin->counts.handshakes_failed++;
	SSL_free(c->tls);
	c->tls = NULL;
}

/* What a failed SSL call means; waits for writability when it wants that. */
static long tls_result(struct conn *c, int got)
{
	int why = SSL_get_error(c->tls, got);

	if (why == SSL_ERROR_WANT_WRITE) {
		ev_io_start(c->origin->loop, &c->wr);
		return TLS_AGAIN;
	}
	if (why == SSL_ERROR_WANT_READ)
		return TLS_AGAIN;
	return why == SSL_ERROR_ZERO_RETURN ? TLS_EOF : TLS_FAILED;
}

static void note_handshake(struct conn *c)
{
	if (c->was_shaken || !SSL_is_init_finished(c->tls))
		return;
	c->was_shaken = true;
	c->origin->counts.handshakes++;
	c->origin->counts.resumed += SSL_session_reused(c->tls) == 1;
}

static long plain_result(long n)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? TLS_AGAIN : TLS_FAILED;
}

long tls_read(struct conn *c, char *bytes, size_t n)
{
	if (!c->tls)
		return plain_result(recv(c->fd, bytes, n, 0));
	ERR_clear_error();
	int got = SSL_read(c->tls, bytes, (int)n);
	note_handshake(c);
	return got > 0 ? got : tls_result(c, got);
}

long tls_write(struct conn *c, const char *bytes, size_t n)
{
	enum { WRITE_MAX = 1 << 20 };

	if (!c->tls)
		return plain_result(send(c->fd, bytes, n, MSG_NOSIGNAL));
	ERR_clear_error();
	int got =
		SSL_write(c->tls, bytes, (int)(n < WRITE_MAX ? n : WRITE_MAX));
	return got > 0 ? got : tls_result(c, got);
}

bool tls_pending(const struct conn *c)
{
	return c->tls && SSL_pending(c->tls) > 0;
}

void tls_goodbye(struct conn *c)
{
	if (!c->tls || !c->was_shaken)
		return;
	ERR_clear_error();
	SSL_shutdown(c->tls);
}

void tls_print(const struct conn *c, struct buf *out)
{
	char subject[256] = "";

	if (!c->tls) {
		buf_puts(out, "null");
		return;
	}
	X509 *client = SSL_get1_peer_certificate(c->tls);
	if (client)
		X509_NAME_get_text_by_NID(X509_get_subject_name(client),
					  NID_commonName, subject,
					  sizeof(subject));
	X509_free(client);
	buf_puts(out, "{\"version\":");
	text_json(text_of(SSL_get_version(c->tls)), out);
	buf_puts(out, ",\"cipher\":");
	text_json(text_of(SSL_get_cipher_name(c->tls)), out);
	buf_puts(out, ",\"server_name\":");
	const char *asked =
		SSL_get_servername(c->tls, TLSEXT_NAMETYPE_host_name);
	text_json(text_of(asked ? asked : ""), out);
	buf_puts(out, ",\"client\":");
	text_json(text_of(subject), out);
	buf_printf(out, ",\"resumed\":%s}",
		   SSL_session_reused(c->tls) == 1 ? "true" : "false");
}
