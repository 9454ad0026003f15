/* SPDX-License-Identifier: MIT */
#include "tests/unit/engine_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 20, CONNS_MAX = 4096, SLOW_US = 20000 };

struct peer {
	struct server *server;
	pthread_t thread;
	SSL *ssl;
	int fd;
	char *text; /* the request */
	size_t len;
};

struct server {
	enum server_kind kind;
	SSL_CTX *ctx;
	int fd;
	unsigned port;
	pthread_t thread;
	atomic_bool stop;
	atomic_size_t count;
	atomic_size_t open;
	struct peer *peers[CONNS_MAX];
};

/* ---- bytes ------------------------------------------------------------ */

static bool wait_for(struct peer *p)
{
	while (!p->server->stop) {
		struct pollfd at = { .fd = p->fd, .events = POLLIN };
		if (p->ssl && SSL_pending(p->ssl))
			return true;
		if (poll(&at, 1, 10) > 0)
			return true;
	}
	return false;
}

static ssize_t take(struct peer *p, char *to, size_t n)
{
	if (!wait_for(p))
		return 0;
	return p->ssl ? SSL_read(p->ssl, to, (int)n) : recv(p->fd, to, n, 0);
}

static bool give(struct peer *p, const char *text, size_t len)
{
	while (len) {
		ssize_t n = p->ssl ? SSL_write(p->ssl, text, (int)len)
				   : send(p->fd, text, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static bool say(struct peer *p, const char *text)
{
	return give(p, text, strlen(text));
}

static void hold(struct peer *p)
{
	char more[256];

	while (take(p, more, sizeof(more)) > 0)
		;
}

static void answer(struct peer *p, const char *fields, const char *body,
		   size_t len)
{
	char head[512];

	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n", len,
		 fields);
	say(p, head);
	give(p, body, len);
}

/* ---- answers; false: the connection ends ------------------------------ */

static bool do_ok(struct peer *p)
{
	answer(p, "X-One:  1 \r\nX-Two:\r\n", "hello", 5);
	return true;
}

static bool do_echo(struct peer *p)
{
	answer(p, "", p->text, p->len);
	return true;
}

static bool do_slow(struct peer *p)
{
	usleep(SLOW_US);
	return do_ok(p);
}

static bool do_broken(struct peer *p)
{
	return say(p, "HTTP/1.1 500 Internal Server Error\r\n"
		      "Content-Length: 0\r\n\r\n");
}

static bool do_cookie(struct peer *p)
{
	answer(p, "Set-Cookie: color=blue; Path=/; HttpOnly\r\n", "set", 3);
	return true;
}

static bool do_silent(struct peer *p)
{
	hold(p);
	return false;
}

static bool do_reset(struct peer *p)
{
	struct linger hard = { 1, 0 };

	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	return false;
}

static bool do_short(struct peer *p)
{
	say(p, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
	return false;
}

static bool do_interim(struct peer *p)
{
	say(p, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	       "HTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\n");
	return do_ok(p);
}

static bool do_endless_interim(struct peer *p)
{
	while (say(p, "HTTP/1.1 102 Processing\r\n\r\n"))
		;
	return false;
}

static bool do_endless_headers(struct peer *p)
{
	say(p, "HTTP/1.1 200 OK\r\n");
	while (say(p, "X-More: and more and more and more\r\n"))
		;
	return false;
}

static bool do_long_header(struct peer *p)
{
	say(p, "HTTP/1.1 200 OK\r\nX-Long: ");
	while (say(p, "and more and more and more and more and more"))
		;
	return false;
}

static bool do_endless_body(struct peer *p)
{
	say(p, "HTTP/1.1 200 OK\r\n\r\n");
	while (say(p, "and more and more and more and more and more"))
		;
	return false;
}

static bool do_bad_chunk(struct peer *p)
{
	say(p, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	       "zz\r\nabc\r\n");
	return false;
}

static bool do_garbage(struct peer *p)
{
	say(p, "SSH-2.0-OpenSSH_9.2\r\nmore of it\r\n");
	return false;
}

static bool do_bad_gzip(struct peer *p)
{
	answer(p, "Content-Encoding: gzip\r\n", "this is no gzip at all", 22);
	return false;
}

static bool do_drip(struct peer *p)
{
	say(p, "H");
	hold(p);
	return false;
}

static bool do_stall(struct peer *p)
{
	say(p, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
	hold(p);
	return false;
}

static bool do_bad_fields(struct peer *p)
{
	say(p, "HTTP/1.1 200 OK\r\nNo-Colon\r\nContent-Length: 0\r\n\r\n");
	return true;
}

static bool do_folded(struct peer *p)
{
	say(p, "HTTP/1.1 200 OK\r\nFolded: a\r\n  b\r\n"
	       "Content-Length: 0\r\n\r\n");
	return true;
}

/* There is no field that it could go on. */
static bool do_fold_first(struct peer *p)
{
	say(p, "HTTP/1.1 200 OK\r\n  of: nothing\r\n"
	       "Content-Length: 0\r\n\r\n");
	return true;
}

static const struct {
	const char *path;
	bool (*act)(struct peer *p);
} acts[] = {
	{ "/ok", do_ok },
	{ "/echo", do_echo },
	{ "/slow", do_slow },
	{ "/broken", do_broken },
	{ "/cookie", do_cookie },
	{ "/silent", do_silent },
	{ "/reset", do_reset },
	{ "/close", NULL },
	{ "/short", do_short },
	{ "/interim", do_interim },
	{ "/endless-interim", do_endless_interim },
	{ "/endless-headers", do_endless_headers },
	{ "/long-header", do_long_header },
	{ "/endless-body", do_endless_body },
	{ "/bad-chunk", do_bad_chunk },
	{ "/garbage", do_garbage },
	{ "/bad-gzip", do_bad_gzip },
	{ "/drip", do_drip },
	{ "/stall", do_stall },
	{ "/bad-fields", do_bad_fields },
	{ "/folded", do_folded },
	{ "/fold-first", do_fold_first },
};

/* ---- connections ------------------------------------------------------ */

static size_t body_length(const char *head)
{
	const char *field = strcasestr(head, "\r\ncontent-length:");

	return field ? strtoul(field + 17, NULL, 10) : 0;
}

static bool read_request(struct peer *p)
{
	p->len = 0;
	p->text[0] = '\0';
	for (;;) {
		char *end = strstr(p->text, "\r\n\r\n");
		if (end && p->len >= (size_t)(end - p->text) + 4 +
					     body_length(p->text))
			return true;
		ssize_t n = take(p, p->text + p->len, REQUEST_MAX - 1 - p->len);
		if (n <= 0)
			return false;
		p->len += (size_t)n;
		p->text[p->len] = '\0';
	}
}

static bool serve_one(struct peer *p)
{
	const char *path = strchr(p->text, ' ');

	for (size_t i = 0; path && i < sizeof(acts) / sizeof(acts[0]); i++) {
		size_t n = strlen(acts[i].path);
		if (!strncmp(path + 1, acts[i].path, n) &&
		    strchr(" ?", path[1 + n]))
			return acts[i].act && acts[i].act(p);
	}
	say(p, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	return true;
}

static bool read_line(struct peer *p, char *line, size_t room)
{
	size_t n = 0;

	while (n + 1 < room && take(p, line + n, 1) == 1)
		if (line[n++] == '\n')
			break;
	line[n] = '\0';
	return n > 0;
}

static void serve_lines(struct peer *p)
{
	char line[256];

	say(p, "220 here\r\n");
	while (read_line(p, line, sizeof(line))) {
		if (!strncmp(line, "QUIT", 4)) {
			say(p, "221 bye\r\n");
			return;
		}
		if (!strncmp(line, "FLOOD", 5))
			while (say(p, "and more and more and more\r\n"))
				;
		if (!strncmp(line, "PING", 4)) {
			say(p, "PO"); /* in two pieces */
			usleep(20000);
			say(p, "NG\r\n");
		}
	}
}

static void *peer_main(void *self)
{
	struct peer *p = self;
	struct server *s = p->server;
	bool on = true;

	if (s->kind == SERVER_SILENT) {
		hold(p);
		on = false;
	}
	if (on && s->ctx) {
		p->ssl = SSL_new(s->ctx);
		SSL_set_fd(p->ssl, p->fd);
		on = SSL_accept(p->ssl) == 1;
	}
	if (on && s->kind == SERVER_LINES)
		serve_lines(p);
	else if (on)
		while (read_request(p) && serve_one(p))
			;
	if (p->ssl)
		SSL_free(p->ssl);
	ERR_clear_error();
	close(p->fd);
	s->open--;
	return NULL;
}

static void *accept_main(void *self)
{
	struct server *s = self;

	while (!s->stop) {
		struct pollfd at = { .fd = s->fd, .events = POLLIN };
		if (poll(&at, 1, 10) <= 0)
			continue;
		int fd = accept(s->fd, NULL, NULL);
		if (fd < 0 || s->count == CONNS_MAX)
			continue;
		struct peer *p = calloc(1, sizeof(*p));
		p->server = s;
		p->fd = fd;
		p->text = malloc(REQUEST_MAX);
		s->peers[s->count++] = p;
		s->open++;
		pthread_create(&p->thread, NULL, peer_main, p);
	}
	return NULL;
}

static SSL_CTX *context_of(const struct server_tls *tls)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_use_certificate(ctx, tls->chain[0]);
	SSL_CTX_use_PrivateKey(ctx, tls->key);
	for (int i = 1; i < SERVER_CHAIN_MAX && tls->chain[i]; i++)
		SSL_CTX_add1_chain_cert(ctx, tls->chain[i]);
	if (tls->wants_client_cert)
		SSL_CTX_set_verify(
			ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			NULL);
	if (tls->only_tls12)
		SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_mode(ctx, SSL_MODE_AUTO_RETRY);
	return ctx;
}

struct server *server_start(enum server_kind kind, const struct server_tls *tls)
{
	struct server *s = calloc(1, sizeof(*s));
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	s->kind = kind;
	s->ctx = tls ? context_of(tls) : NULL;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(s->fd, (struct sockaddr *)&at, len) || listen(s->fd, 512))
		abort();
	getsockname(s->fd, (struct sockaddr *)&at, &len);
	s->port = ntohs(at.sin_port);
	pthread_create(&s->thread, NULL, accept_main, s);
	return s;
}

void server_stop(struct server *s)
{
	s->stop = true;
	pthread_join(s->thread, NULL);
	for (size_t i = 0; i < s->count; i++) {
		pthread_join(s->peers[i]->thread, NULL);
		free(s->peers[i]->text);
		free(s->peers[i]);
	}
	close(s->fd);
	SSL_CTX_free(s->ctx);
	free(s);
}

unsigned server_port(const struct server *s)
{
	return s->port;
}

size_t server_connections(const struct server *s)
{
	return s->count;
}

size_t server_open(const struct server *s)
{
	return s->open;
}

/* ---- certificates ----------------------------------------------------- */

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

struct made_cert cert_make(const struct cert_plan *plan,
			   const struct made_cert *issuer)
{
	static long serial = 1000;
	struct made_cert made = {
		.key = plan->rsa_bits ? EVP_RSA_gen((unsigned)plan->rsa_bits)
				      : EVP_EC_gen("P-256"),
		.cert = X509_new(),
	};
	X509 *x = made.cert;
	const struct made_cert *by = issuer ? issuer : &made;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
	X509_time_adj_ex(X509_getm_notBefore(x), (int)plan->from_days, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(x), (int)plan->to_days, 60, NULL);
	X509_set_pubkey(x, made.key);
	X509_NAME_add_entry_by_txt(
		X509_get_subject_name(x), "CN", MBSTRING_UTF8,
		(const unsigned char *)plan->name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(by->cert));
	add_extension(x, by->cert, NID_basic_constraints,
		      plan->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
	add_extension(x, by->cert, NID_subject_key_identifier, "hash");
	if (plan->alt_names)
		add_extension(x, by->cert, NID_subject_alt_name,
			      plan->alt_names);
	X509_sign(x, by->key, plan->sha1 ? EVP_sha1() : EVP_sha256());
	return made;
}

void cert_unmake(struct made_cert *made)
{
	EVP_PKEY_free(made->key);
	X509_free(made->cert);
	*made = (struct made_cert){ NULL, NULL };
}

void cert_write(const char *path, X509 *cert, EVP_PKEY *key)
{
	FILE *f = fopen(path, "w");

	if (!f)
		abort();
	PEM_write_X509(f, cert);
	if (key)
		PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
}
