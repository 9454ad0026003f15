/* SPDX-License-Identifier: MIT */
#ifndef REPORT_OUTCOME_H
#define REPORT_OUTCOME_H

/*
 * outcome - how one exchange with a target ended.
 *
 * Every exchange, step and attempt ends in exactly one outcome of this one
 * table.  The short name is the contract with scripts (result files, JUnit
 * types, log lines); the sentence is for people.  The layer says how far the
 * exchange came; the class says whose matter it is.
 */

#include <stdbool.h>

enum layer {
	LAYER_NONE,  /* nothing failed, or nothing was tried */
	LAYER_LOCAL, /* this machine or this run */
	LAYER_NAME,  /* name resolution */
	LAYER_TCP,
	LAYER_TLS,
	LAYER_HTTP,   /* the protocol on top, HTTP or not */
	LAYER_EXPECT, /* understood, but not what was expected */
};

enum outcome_class {
	CLASS_OK,     /* observed, and it holds */
	CLASS_TARGET, /* observed, and the target failed */
	CLASS_LOCAL,  /* our machine failed: says nothing of it */
	CLASS_UNSEEN, /* not observed */
};

#define OUTCOMES(X)                                                            \
	X(OK, NONE, OK, "ok", "answered as expected")                          \
	X(DNS_FAIL, NAME, TARGET, "dns-fail",                                  \
	  "the name could not be resolved")                                    \
	X(DNS_TIMEOUT, NAME, TARGET, "dns-timeout",                            \
	  "the name was not resolved in time")                                 \
	X(REFUSED, TCP, TARGET, "refused", "the port refused the connection")  \
	X(UNREACHABLE, TCP, TARGET, "unreachable",                             \
	  "there is no route to the address")                                  \
	X(CONNECT_TIMEOUT, TCP, TARGET, "connect-timeout",                     \
	  "the connection was not accepted in time")                           \
	X(CONNECT_FAIL, TCP, TARGET, "connect-fail",                           \
	  "the connection could not be made")                                  \
	X(PROXY_FAIL, TCP, TARGET, "proxy-fail",                               \
	  "the proxy did not make the connection")                             \
	X(TLS_EXPIRED, TLS, TARGET, "tls-expired",                             \
	  "a certificate of the chain has expired")                            \
	X(TLS_NOT_YET, TLS, TARGET, "tls-not-yet-valid",                       \
	  "a certificate of the chain is not valid yet")                       \
	X(TLS_SELF_SIGNED, TLS, TARGET, "tls-self-signed",                     \
	  "the certificate is self-signed and not trusted")                    \
	X(TLS_UNTRUSTED, TLS, TARGET, "tls-untrusted",                         \
	  "the chain does not lead to a trusted authority")                    \
	X(TLS_NAME, TLS, TARGET, "tls-name",                                   \
	  "the certificate is for another name")                               \
	X(TLS_WEAK, TLS, TARGET, "tls-weak",                                   \
	  "a key or signature of the chain is too weak")                       \
	X(TLS_FAIL, TLS, TARGET, "tls-fail", "the TLS handshake failed")       \
	X(TLS_TIMEOUT, TLS, TARGET, "tls-timeout",                             \
	  "the TLS handshake did not end in time")                             \
	X(RESET, HTTP, TARGET, "reset", "the connection was reset")            \
	X(CLOSED, HTTP, TARGET, "closed",                                      \
	  "the connection was closed before the answer was complete")          \
	X(PROTOCOL, HTTP, TARGET, "protocol", "the answer broke the protocol") \
	X(ENCODING, HTTP, TARGET, "encoding", "the body could not be decoded") \
	X(TOO_LARGE, HTTP, TARGET, "too-large",                                \
	  "the answer was larger than allowed")                                \
	X(REDIRECTS, HTTP, TARGET, "redirects",                                \
	  "there were too many redirects")                                     \
	X(REDIRECT_REFUSED, HTTP, TARGET, "redirect-refused",                  \
	  "it led where this run may not go")                                  \
	X(TIMEOUT, HTTP, TARGET, "timeout", "there was no answer in time")     \
	X(STATUS, EXPECT, TARGET, "status",                                    \
	  "the status was not an expected one")                                \
	X(EXPECT, EXPECT, TARGET, "expect", "an expectation did not hold")     \
	X(EXIT, EXPECT, TARGET, "exit",                                        \
	  "the exit code was not an expected one")                             \
	X(KILLED, EXPECT, TARGET, "killed", "a signal ended the command")      \
	X(CAPTURE, EXPECT, TARGET, "capture",                                  \
	  "a value to capture was not in the answer")                          \
	X(UNHEALTHY, EXPECT, TARGET, "unhealthy",                              \
	  "a part of the service is not healthy")                              \
	X(STARTING, EXPECT, TARGET, "starting",                                \
	  "the service says that it is still starting")                        \
	X(VALUE, LOCAL, LOCAL, "value",                                        \
	  "a value that the step needs was not there")                         \
	X(LOCAL_FAIL, LOCAL, LOCAL, "local-fail",                              \
	  "this machine could not make the exchange")                          \
	X(UNKNOWN, LOCAL, UNSEEN, "unknown", "the command could not find out") \
	X(NOT_REACHED, LOCAL, UNSEEN, "not-reached",                           \
	  "the run ended before this was observed")                            \
	X(SKIPPED, LOCAL, UNSEEN, "skipped", "an earlier step had failed")

enum outcome {
#define X(name, layer, class, text, sentence) OUTCOME_##name,
	OUTCOMES(X)
#undef X
		OUTCOME_N
};

const char *outcome_name(enum outcome o); /* "tls-expired" */
const char *outcome_sentence(enum outcome o);
enum layer outcome_layer(enum outcome o);
const char *layer_name(enum layer l); /* "tls" */
enum outcome_class outcome_class(enum outcome o);
bool outcome_is_timeout(enum outcome o); /* of any phase, or of all */

/* False for a name that is in no row; *o is untouched then. */
bool outcome_find(const char *name, enum outcome *o);

#endif
