/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_EXCHANGE_H
#define PROBE_ENGINE_EXCHANGE_H

/*
 * exchange - one question to a target, and everything that was seen.
 *
 * A request is plain data with every value already expanded; it knows
 * nothing of scenarios.  An answer is what the engine saw: it judges nothing
 * but the transport.  An exchange is one hop: redirects are followed by the
 * step that asked, so that each hop is recorded and credentials go nowhere
 * by accident.
 *
 * Ownership     the caller owns the exchange and the strings of its request,
 *               which stay valid until on_done has returned.  The strings of
 *               the answer belong to the exchange: exchange_release() frees
 *               them, and so does starting it again.
 * Thread rule   that of the engine which carries it out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/outcome.h"
#include "report/result/phases.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

struct session; /* probe/engine/engine.h */

enum {
	EXCHANGE_BODY_MAX = 16 << 20,
	EXCHANGE_HEADER_MAX = 64 << 10,
};

enum request_kind {
	REQUEST_HTTP, /* one HTTP exchange */
	REQUEST_TLS,  /* connect and shake hands, nothing more */
	REQUEST_TCP,  /* connect, then the dialogue */
	REQUEST_MAIL, /* hand an e-mail to an SMTP server */
};

enum http_version {
	HTTP_ANY, /* HTTP/2 by ALPN over TLS, else 1.1 */
	HTTP_1_0,
	HTTP_1_1,
	HTTP_2,	      /* over TLS by ALPN */
	HTTP_2_PRIOR, /* without asking, also in clear */
};

enum ip_version { IP_ANY, IP_4, IP_6 };

enum auth_kind { AUTH_NONE, AUTH_BASIC, AUTH_DIGEST, AUTH_BEARER };

/* 0 means that the limit is not set. */
struct time_limits {
	uint64_t total_ns;
	uint64_t dns_ns;
	uint64_t connect_ns;
	uint64_t tls_ns;
	uint64_t first_byte_ns; /* from the end of the handshakes */
	uint64_t idle_ns;	/* between two bytes of the answer */
};

struct field {
	const char *name;
	const char *value;
};

/* One part of a multipart form. */
struct form_part {
	const char *name;
	const char *text; /* or NULL with a file */
	size_t len;
	const char *file;      /* path, or NULL */
	const char *file_name; /* as told to the target; NULL: of the path */
	const char *type;      /* content type; NULL: by the kind */
};

/* One step of a TCP dialogue: bytes to send, then wait until `until` says
 * that what came is enough (or the peer closes: that ends the last turn, if
 * anything came in it; otherwise the outcome is CLOSED). */
struct tcp_turn {
	const char *send; /* or NULL */
	size_t send_len;
	bool wants_answer;
	/* Called with all bytes of this turn so far.  True: the turn is over.
	 * NULL: the first bytes are enough. */
	bool (*until)(void *self, const char *bytes, size_t len);
	void *self;
};

struct request {
	enum request_kind kind;
	const char *url;    /* http(s)://...; tls and tcp: host:port; mail:
			     * smtp(s)://host:port */
	const char *method; /* "GET" */
	size_t n_headers;
	const struct field *headers;
	const char *body; /* or NULL */
	size_t body_len;
	size_t n_parts; /* multipart form instead of body */
	const struct form_part *parts;
	enum auth_kind auth;
	const char *user;     /* basic, digest; mail, where not "" */
	const char *password; /* basic, digest, mail; bearer: the token */
	enum http_version version;
	enum ip_version ip;
	bool wants_compressed; /* offer gzip and the like, and decode */
	bool wants_fresh;      /* new connection and new name resolution */
	struct time_limits limits;
	/* Ceilings of the answer; 0: EXCHANGE_BODY_MAX, EXCHANGE_HEADER_MAX */
	uint64_t body_max_bytes;   /* decoded; REQUEST_TCP: of each turn */
	uint64_t header_max_bytes; /* of all heads, interim ones too */

	/* how to get there */
	const char *proxy; /* URL, or NULL: none (never the environment) */
	const char *unix_socket; /* path, or NULL */
	const char *source;	 /* numeric address to connect from; or NULL */
	size_t n_resolve;	 /* "host:port:address" */
	const char *const *resolve;
	size_t n_connect_to; /* "host:port:connect-host:connect-port" */
	const char *const *connect_to;

	/* TLS */
	bool skip_verify;
	const char *ca_file;   /* PEM, or NULL: the system's */
	const char *cert_file; /* PEM of the client, or NULL */
	const char *key_file;
	const char *key_password; /* or NULL */
	const char *sni;	  /* name to send; NULL: the host of the URL */
	const char *verify_name;  /* NULL: as sni */
	const char *tls_min;	  /* "TLSv1.2"; NULL: the library's */
	const char *tls_max;
	bool wants_any_tls; /* accept the weakest, so as to report it */

	size_t n_turns; /* REQUEST_TCP */
	const struct tcp_turn *turns;

	/* REQUEST_MAIL: the body is the whole text with its header fields, in
	 * lines that end in CRLF (RFC 5322).  The answer's status and body are
	 * the server's deciding reply. */
	bool needs_tls;	  /* not a word without it, be it by STARTTLS */
	const char *from; /* bare addresses */
	size_t n_to;
	const char *const *to;
};

/* The ceilings that hold. */
static inline uint64_t request_body_max(const struct request *rq)
{
	uint64_t max = rq->body_max_bytes;

	return max && max < BUF_NO_LIMIT ? max : EXCHANGE_BODY_MAX;
}

static inline uint64_t request_header_max(const struct request *rq)
{
	uint64_t max = rq->header_max_bytes;

	return max && max < BUF_NO_LIMIT ? max : EXCHANGE_HEADER_MAX;
}

/* Whether it may be sent again after a kept connection was closed under it:
 * RFC 9110 section 9.2.2. */
bool request_is_idempotent(const struct request *rq);

struct answer {
	enum outcome outcome;
	const char *transport;	/* "native", "libcurl"; "" */
	const char *detail;	/* the transport's own words; "" */
	uint64_t started_at_ns; /* wall clock, since 1970 */
	struct phases phases;
	uint64_t limit_ns;    /* of the phase, that struck; 0: none */
	long status;	      /* 0: none */
	const char *protocol; /* "HTTP/1.1"; "" */
	const char *remote;   /* "127.0.0.1:8080", "[::1]:80"; "" */
	bool reused;
	size_t n_headers; /* of the final answer, interim ones left out */
	const struct field *headers; /* in order, as received, trimmed */
	struct buf body;	     /* decoded; bounded by body_max_bytes */
	uint64_t sent_bytes;	     /* body bytes sent */
	uint64_t received_bytes;     /* of the body, decoded; all turns */
	const struct tls_facts *tls; /* or NULL */
	size_t n_turns;		     /* REQUEST_TCP */
	struct buf *turn_bytes;	     /* what each turn received */
};

/* Which hosts may be asked at all; with another one an exchange ends as
 * redirect-refused. */
struct gate {
	/* host and port of the URL, without brackets; what else leads
	 * anywhere is in rq.  False: *why in words that last. */
	bool (*allows)(const void *self, const struct request *rq,
		       const char *host, unsigned port, const char **why);
	const void *self;
};

struct exchange {
	struct request request;
	struct gate gate; /* allows NULL: all */
	struct session *session;
	uint64_t planned_ns; /* monotonic; 0: when it is started */
	/* Called once from engine_run(), never from inside a call of the
	 * caller's.  May start, cancel or release any exchange, this too. */
	void (*on_done)(struct exchange *ex);
	void *owner; /* the caller's */
	struct answer answer;
	struct arena *arena;	   /* of the answer */
	struct transfer *transfer; /* the engine's, while under way */
	struct exchange *next;	   /* the engine's */
};

void exchange_init(struct exchange *ex);
/* Cancels it first if it is under way. */
void exchange_release(struct exchange *ex);

/* The first header of that name (any case), or NULL. */
const char *answer_header(const struct answer *an, const char *name);

#endif
