/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_INSIDE_H
#define PROBE_ENGINE_INSIDE_H

/*
 * inside - what the files of the engine share; nobody else includes it.
 *
 * A transfer is the working half of an exchange: its limit timer, what was
 * noted on the way, and what its transport keeps.  It goes
 *
 *     spare -> pending -> live -> done -> spare
 *
 * and is in exactly one of these lists of its engine.  engine_start() only
 * puts it on pending.  The prepare watcher moves pending to live, and calls
 * on_done for what is on done; the callbacks of sockets and timers move from
 * live to done.  So on_done never runs inside another callback, and may do
 * what it likes.
 */

#include <curl/curl.h>
#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/engine/engine.h"
#include "probe/engine/exchange.h"
#include "probe/engine/headers.h"
#include "probe/engine/http1.h"
#include "probe/engine/limits.h"
#include "probe/engine/mail.h"
#include "probe/engine/stalls.h"
#include "probe/engine/unpack.h"
#include "probe/patience.h"
#include "scenarios/base/link.h"

struct errs;
struct handshake; /* probe/engine/handshake.h */
struct trust;	  /* probe/engine/trust.h */

enum {
	ENGINE_SPARE_MAX = 256,	      /* transfers kept for later */
	ENGINE_STARTS_PER_TURN = 64,  /* before sockets are looked at again */
	ENGINE_ARENA_MAX = 16 << 20,  /* bytes of an answer but its body */
	ENGINE_IDLE_CONNECTIONS = 16, /* of one session */
	ENGINE_READ_BYTES = 32 << 10, /* of a socket at a time */
	TRANSFER_DETAIL_MAX = 400,    /* bytes of answer.detail */
	REMOTE_MAX = 128, /* bytes of answer.remote; of a socket path 107 */
};

/* ---- engine ----------------------------------------------------------- */

/* A socket of libcurl's, linked to it by curl_multi_assign(). */
struct watch {
	ev_io io;
	struct shard *shard;
	struct watch *next; /* in the list of spare ones */
	bool is_idle;	    /* libcurl does not ask now, but it may again */
};

struct shard {
	struct engine *en;
	CURLM *multi;
	ev_timer timer;
	uint64_t due_ns;      /* what libcurl asked for; LIMITS_NEVER */
	uint64_t armed_ns;    /* what the timer is set to */
	size_t n_bound;	      /* sessions, and transfers without one */
	struct repeats *pool; /* whose it is; NULL: the engine's */
	bool is_settling;
};

struct engine {
	struct ev_loop *loop;
	ev_prepare prepare;
	ev_idle idle; /* active: do not wait in the next turn */
	ev_check look;
	ev_timer pulse; /* active: something is under way */
	size_t n_timed; /* children with a time limit */
	bool takes_all_time;
	struct stalls stalls;
	ev_signal signals[PATIENCE_SIGNALS];
	void (*on_signal)(void *owner, int signo);
	void *signal_owner;
	struct shard **shards;
	size_t n_shards;
	struct link spare, pending, live, done;
	size_t n_spare;
	struct watch *spare_watches;
	struct watch **watch_of; /* by socket; NULL: its end is not told */
	size_t n_watch_of;
	struct trust *trust;
	enum transport_choice choice;
	char *in;	       /* of the native transport: ENGINE_READ_BYTES */
	struct buf out;	       /* likewise: a request on its way to a socket */
	CURL *clerk;	       /* for work that is no transfer; or NULL */
	unsigned n_clerk_sets; /* Set-Cookie that it has read */
	struct exchange *failed; /* without memory for a transfer */
	bool is_stopped;
};

struct session {
	struct engine *en;
	struct shard *shard;
	CURLSH *share;	    /* cookies, connections, names; or NULL */
	uint64_t signature; /* of the settings that connections depend on */
	size_t n_users;	    /* transfers under way */
	bool is_freed;	    /* by the caller; the last user frees it */
};

/* The shard with room for one more; NULL without memory. */
struct shard *engine_bind(struct engine *en);
void engine_unbind(struct shard *sh);

/* One that keeps so many connections; NULL without memory. */
struct shard *shard_new(struct engine *en, size_t n_connections);
void shard_free(struct shard *sh);

/* A socket of libcurl's was opened, whose closing shard_closes() will tell
 * before it happens. */
void shard_opened(struct shard *sh, int fd);
void shard_closes(struct engine *en, int fd);
void watches_free(struct engine *en);

/* Takes what libcurl reported and sets the timer.  After every call that can
 * make progress. */
void shard_settle(struct shard *sh);
/* Likewise, but the pool's on_done is not called. */
void shard_collect(struct shard *sh);

/* NULL without memory. */
CURL *engine_clerk(struct engine *en);

/* ---- sessions --------------------------------------------------------- */

/* Readies the session for this request: connections made under other
 * settings are closed.  False without memory. */
bool session_suit(struct session *se, const struct request *rq);
void session_use(struct session *se);
void session_unuse(struct session *se);

/* ---- cookies ---------------------------------------------------------- */

/* Of a line as libcurl lists them, in the Netscape cookie file format. */
enum cookie_column {
	COOKIE_DOMAIN,
	COOKIE_TAIL_MATCH, /* "TRUE": hosts below the domain get it, too */
	COOKIE_PATH,
	COOKIE_SECURE,
	COOKIE_EXPIRES,
	COOKIE_NAME,
	COOKIE_VALUE,
	COOKIE_COLUMNS
};
#define COOKIE_HTTP_ONLY "#HttpOnly_" /* may stand before the domain */

/* The cookies of a share, freed by the caller; NULL: none, or no memory. */
struct curl_slist *cookies_list(struct engine *en, CURLSH *share);
/* Cuts a line of the list into its columns in place. */
bool cookie_cut(char *line, char *column[COOKIE_COLUMNS]);

/* ---- transfers -------------------------------------------------------- */

enum transfer_flaw {
	FLAW_NONE,
	FLAW_BODY,    /* longer than allowed */
	FLAW_HEADERS, /* longer than allowed */
	FLAW_TURN,    /* of a dialogue: longer than allowed */
	FLAW_MEMORY,
	FLAW_UNVERIFIED, /* a handshake passed by our check */
};

struct dialogue {
	ev_io io;
	size_t turn;	  /* of request.turns */
	size_t sent;	  /* bytes of this turn */
	uint64_t sent_ns; /* when the first turn was sent */
	uint64_t first_ns;
	uint64_t asked_ns; /* when this turn began to wait */
	bool is_on;
	bool is_answered; /* this turn has a byte */
};

/* Of the native transport. */
struct native {
	ev_io io;
	int fd;
	bool is_open;
	bool is_connected;
	size_t sent; /* bytes of head and body */
	size_t head_len;
	uint64_t connected_ns;
	uint64_t sent_ns;
	uint64_t first_ns;
	struct http1 answer;
};

/* What was reached when; 0: not yet. */
struct points {
	uint64_t resolved_ns, connected_ns, secured_ns, ready_ns, sent_ns,
		first_ns;
	bool is_reused;
};

struct ending;

/* One way of making an exchange. */
struct transport {
	const char *name;
	/* Begins.  False: it is over, and *end says how. */
	bool (*start)(struct transfer *t, struct ending *end);
	/* Lets go of all it holds; does nothing the second time. */
	void (*stop)(struct transfer *t);
	void (*points)(const struct transfer *t, struct points *at);
	/* What only it knows of the answer: protocol, remote, bytes sent. */
	void (*facts)(struct transfer *t);
};

extern const struct transport transport_libcurl;
extern const struct transport transport_native;

struct transfer {
	struct link link;
	struct engine *en;
	struct repeats *pool; /* of which it is a repeat; or NULL */
	struct exchange *ex;
	const struct transport *transport; /* NULL: not begun */
	struct native native;
	struct shard *shard; /* of libcurl, as the rest up to limit */
	CURL *easy;	     /* or NULL; kept for later */
	ev_timer limit;
	bool is_live; /* the easy handle is in the multi */
	bool is_tls;
	bool is_bound; /* to the shard, having no session */
	bool has_session;
	bool is_proxy_next; /* the next handshake is the proxy's */
	enum transfer_flaw flaw;
	int socket_error;  /* why there was no socket; 0 */
	uint64_t taken_ns; /* handed to engine_start() */
	uint64_t started_ns;
	uint64_t first_ns;    /* its first byte, noted while uploading */
	uint64_t last_ns;     /* the last byte of the answer */
	uint64_t uploaded_ns; /* the last byte of the request */
	uint64_t uploaded;
	uint64_t to_upload; /* 0: as good as sent at once */
	uint64_t received;  /* bytes of the body, decoded */
	struct headers headers;
	struct unpack *unpack; /* codings of the body; NULL: none */
	enum unpack_flaw unpack_flaw;
	bool has_codings;	     /* the headers were asked for them */
	struct handshake *handshake; /* or NULL */
	struct dialogue dialogue;
	struct mail *mail; /* of REQUEST_MAIL, once it is set up */
	/* lives until the transfer is over */
	struct curl_slist *fields;
	struct curl_slist *resolve;
	struct curl_slist *connect_to;
	curl_mime *mime;
	char words[CURL_ERROR_SIZE];
};

/* How a transfer ended. */
struct ending {
	enum outcome outcome;
	CURLcode code;
	const char *detail;
};

/* Where a connection leads, as people say it. */
struct endpoint {
	const char *host;
	size_t host_len;
	unsigned port;
};

/* Sets all options.  False: *end says why. */
bool transfer_setup(struct transfer *t, struct ending *end);

struct transfer *transfer_take(struct engine *en); /* NULL without memory */
void transfer_free(struct transfer *t);
/* From pending: starts it, or ends it at once. */
void transfer_begin(struct transfer *t);
/* Bytes of the body as they came.  False when they cannot be taken: a flaw is
 * set. */
bool transfer_take_coded(struct transfer *t, const char *bytes, size_t len);
/* Bytes of the decoded body.  False when there are too many: flaw is set. */
bool transfer_take_body(struct transfer *t, const char *bytes, size_t len);
/* libcurl has reported its end. */
void transfer_completed(struct transfer *t, CURLcode code);
/* Fills the answer and moves it to done. */
void transfer_end(struct transfer *t, const struct ending *end);
/* Takes it out of whatever it is in, without a word. */
void transfer_drop(struct transfer *t);
/* Gives it back. */
void transfer_recycle(struct transfer *t);

/* Where it is now. */
void transfer_view(const struct transfer *t, struct limits_view *v);
void transfer_arm(struct transfer *t);

/* What the handshakes and libcurl say happened.  Its codes are the words in
 * which all transports tell. */
void transfer_blame(const struct transfer *t, CURLcode code,
		    struct ending *end);

/* Endings that libcurl has no part in; always false. */
bool native_over(struct transfer *t, CURLcode code, const char *words,
		 struct ending *end);
bool native_over_by_system(struct transfer *t, CURLcode code, const char *what,
			   int error, struct ending *end);
bool native_not_connected(struct transfer *t, const struct endpoint *to,
			  uint64_t took_ns, int error, struct ending *end);
bool native_answered(struct transfer *t, enum http1_flaw flaw,
		     struct ending *end);

/* answer.c: all but outcome and detail. */
void answer_fill(struct transfer *t, uint64_t end_ns);

/* gate.c: false when the host may not be asked; *end says so. */
bool gate_passes(const struct exchange *ex, struct ending *end);

/* What was going on then; the one of an exchange that is over, too. */
enum phase transfer_phase(const struct transfer *t, const struct points *at);
/* Why the system failed it; 0. */
int transfer_error(const struct transfer *t);

/* libcurl.c: takes the options and lists of a request off the handle. */
void libcurl_forget(struct transfer *t);
/* 7.88 greets the peer anew on a connection that is used again. */
bool libcurl_keeps_clear_http2(void);
const char *libcurl_protocol(const struct transfer *t); /* "HTTP/1.1" */
/* "127.0.0.1:80", "[::1]:80"; "" */
void libcurl_remote(const struct transfer *t, char *out, size_t room);

/* repeat.c */
void repeat_completed(struct transfer *t, CURLcode code);
void repeats_deliver(struct repeats *pool);
/* Whether its connections are closed behind each exchange. */
bool repeats_is_fresh(const struct repeats *pool);
bool repeats_resume(const struct repeats *pool);
bool repeats_keep_answers(const struct repeats *pool);
const char *repeats_resolve(const struct repeats *pool); /* or NULL */
curl_socket_t repeats_open(struct transfer *t, struct curl_sockaddr *at);
int repeats_close(void *self, curl_socket_t fd);

void dialogue_start(struct transfer *t);
void dialogue_stop(struct transfer *t);

void exchange_forget_answer(struct exchange *ex);

#endif
