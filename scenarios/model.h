/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_MODEL_H
#define SCENARIOS_MODEL_H

/*
 * model - a scenario, decoded: what to ask and what to expect.
 *
 * Plain const data in one arena, made by scenario_load() (scenarios/load.h)
 * from the key tables of scenarios/decode/ and scenarios/steps/.  Every text
 * that a run may still change is a compiled template; everything else is
 * final.  It knows nothing of how a step is carried out.
 *
 * Units         _ns nanoseconds, _bytes bytes.  0 means "not set" where a
 *               comment does not say otherwise.
 * Optional      pointers are NULL when the key was not written.
 * Thread rule   const after loading; shared by all threads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"
#include "scenarios/match/match.h"

struct alerts;
struct arena;
struct feeder;
struct jsonpath;
struct pattern;
struct selector; /* scenarios/metrics/selector.h */
struct template;
struct step_list;
struct log_settings;
struct watch_settings;
struct workload;

/* ---- how to reach a target ------------------------------------------- */

struct timeouts {
	uint64_t total_ns;
	uint64_t dns_ns;
	uint64_t connect_ns;
	uint64_t tls_ns;
	uint64_t first_byte_ns;
	uint64_t idle_ns;
};

enum net_ip { NET_IP_ANY, NET_IP_4, NET_IP_6 };

/* name: text, in the order written */
struct pair {
	const char *name;
	const struct template *value;
	struct place at;
};
struct pairs {
	size_t n;
	const struct pair *item;
};

struct net_options {
	struct timeouts timeout;
	unsigned ip; /* enum net_ip */
	const struct template *proxy;
	const struct template *unix_socket;
	struct pairs resolve;	 /* host:port -> address */
	struct pairs connect_to; /* host:port -> host:port */
	bool verify;		 /* certificates; true by default */
	const struct template *ca_file;
	const struct template *cert_file;
	const struct template *key_file;
	const struct template *key_password;
	const struct template *sni;
	const struct template *verify_name;
};

/* ---- HTTP ------------------------------------------------------------- */

enum http_choice {
	HTTP_CHOICE_ANY,
	HTTP_CHOICE_1_0,
	HTTP_CHOICE_1_1,
	HTTP_CHOICE_2,
	HTTP_CHOICE_2_PRIOR
};

enum body_kind {
	BODY_NONE,
	BODY_TEXT,
	BODY_JSON,
	BODY_FORM,
	BODY_FILE,
	BODY_MULTIPART
};

struct multipart_part {
	const char *name;
	const struct template *text; /* or file */
	const struct template *file;
	const struct template *file_name;
	const struct template *type;
	struct place at;
};

struct auth {
	enum {
		ASK_AUTH_NONE,
		ASK_AUTH_BASIC,
		ASK_AUTH_DIGEST,
		ASK_AUTH_BEARER
	} kind;
	const struct template *user;
	const struct template *password; /* bearer: the token */
};

/* One HTTP request; get, health and minio share it. */
struct http_ask {
	const struct template *url;
	const char *method; /* "GET" */
	struct pairs headers;
	struct pairs query; /* added to the URL, encoded */
	enum body_kind body_kind;
	const struct template *body; /* TEXT; JSON as its text; FILE path */
	struct pairs form;
	size_t n_parts;
	const struct multipart_part *parts;
	struct auth auth;
	struct net_options net;
	unsigned http;	    /* enum http_choice */
	uint64_t redirects; /* followed at most; 0: none */
	uint64_t max_body_bytes;
	bool compressed;		/* offer and decode; true by default */
	bool request_id;		/* send X-Request-ID; true by default */
	const char *server_time_header; /* seconds the server took */
	uint64_t server_time_unit_ns;	/* of its number; 1 s by default */
};

/* ---- expectations and captures ---------------------------------------- */

enum expect_what {
	EXPECT_STATUS,
	EXPECT_HEADER,
	EXPECT_COOKIE,
	EXPECT_BODY,
	EXPECT_SIZE,
	EXPECT_SHA256,
	EXPECT_JSON,
	EXPECT_URL,
	EXPECT_REDIRECTS,
	EXPECT_PROTOCOL,
	EXPECT_IP,
	EXPECT_TIME,
	EXPECT_CERT,
	EXPECT_ANSWER, /* bytes of a TCP turn */
	EXPECT_METRIC, /* series of an exposition */
	EXPECT_EXIT,   /* of a command */
	EXPECT_STDERR,
	EXPECT_WHAT_N
};

/* what of the series that EXPECT_METRIC selects */
enum expect_metric {
	SELECTED_SUM,  /* of their values */
	SELECTED_EACH, /* a map from their labels to their values */
};

/* which time of EXPECT_TIME */
enum expect_time {
	TIME_TOTAL,
	TIME_DNS,
	TIME_CONNECT,
	TIME_TLS,
	TIME_SEND,
	TIME_WAIT,
	TIME_RECEIVE,
	TIME_FIRST_BYTE, /* from the start to the first byte */
	TIME_SERVER,	 /* what the server says it took */
	TIME_NETWORK,	 /* total less server */
	TIME_N
};

/* which fact of EXPECT_CERT and of a certificate capture */
enum expect_cert {
	CERT_EXPIRES_IN,      /* earliest of the path: DURATION */
	CERT_LEAF_EXPIRES_IN, /* DURATION */
	CERT_CHAIN,	      /* TEXT: trusted, untrusted */
	CERT_NAME,	      /* TEXT: match, mismatch */
	CERT_VERSION,	      /* TLS_VERSION */
	CERT_CIPHER,
	CERT_ISSUER,
	CERT_SUBJECT,
	CERT_SERIAL,
	CERT_KEY,
	CERT_SIGNATURE,
	CERT_SHA256, /* TEXT, of the leaf */
	CERT_NAMES,  /* NAMES, of the leaf */
	CERT_FACT_N
};

struct expect_item {
	enum expect_what what;
	unsigned which;	  /* enum expect_time, expect_cert, expect_metric;
			 * turn index of EXPECT_ANSWER */
	const char *name; /* header, cookie */
	const struct jsonpath *path;	 /* JSON */
	const struct selector *selector; /* METRIC */
	const char *label;		 /* "json $.status", "header Via" */
	const struct matcher *matcher;
	bool is_default; /* not written by the user */
	struct place at;
};

struct expect_list {
	size_t n;
	const struct expect_item *item;
};

enum capture_from {
	CAPTURE_JSON,
	CAPTURE_HEADER,
	CAPTURE_COOKIE,
	CAPTURE_REGEX,
	CAPTURE_CERT,
	CAPTURE_STATUS,
	CAPTURE_BODY,
	CAPTURE_URL,
	CAPTURE_ANSWER,
	CAPTURE_STDERR,
	CAPTURE_EXIT,
	CAPTURE_FROM_N
};

struct capture {
	const char *name;
	size_t slot;
	enum capture_from from;
	unsigned which;	 /* enum expect_cert */
	const char *key; /* header, cookie */
	const struct jsonpath *path;
	const struct pattern *pattern; /* group 1, else the whole match */
	bool secret;
	const struct template *fallback; /* when it is not there */
	struct place at;
};

struct capture_list {
	size_t n;
	const struct capture *item;
};

/* ---- what is kept over time --------------------------------------------- */

enum keep_from {
	KEEP_JSON,
	KEEP_HEADER,
	KEEP_REGEX,  /* over the body: its first group, else all of it */
	KEEP_METRIC, /* by selector */
	KEEP_FROM_N
};

/* what it is; auto: a JSON text is a text, anything else a gauge */
enum keep_kind { KEEP_AUTO, KEEP_GAUGE, KEEP_COUNTER, KEEP_TEXT };

struct keep {
	const char *name; /* for rules: value(name) */
	enum keep_from from;
	unsigned kind;		     /* enum keep_kind; of METRIC by its TYPE */
	const struct jsonpath *path; /* JSON; may find several */
	const char *header;
	const struct pattern *pattern;
	const struct selector *selector;
	double scale;	  /* of the number, to seconds; 0: as it is */
	bool is_required; /* the step fails without it */
	struct place at;
};

struct keep_list {
	size_t n;
	const struct keep *item;
};

/* ---- steps ------------------------------------------------------------ */

enum step_type {
	STEP_HTTP,
	STEP_TLS,
	STEP_TCP,
	STEP_HEALTH,
	STEP_METRICS,
	STEP_MINIO, /* the last that asks over the network */
	STEP_EXEC,
	STEP_WAIT,
	STEP_THINK,
	STEP_IF,
	STEP_REPEAT,
	STEP_GROUP,
	STEP_TYPE_N
};

struct step {
	enum step_type type;
	const char *kind;	     /* the key: "get", "tls", "wait" */
	const struct template *name; /* or NULL */
	struct place at;
	const void *spec; /* struct step_http, ... by type */
	struct expect_list expect;
	struct capture_list captures;
	struct keep_list keeps;
};

struct step_list {
	size_t n;
	const struct step *item;
};

struct step_http {
	struct http_ask ask;
};

struct step_tls {
	const struct template *target; /* host:port */
	struct net_options net;
	/* its defaults are in step.expect as is_default items */
};

enum tcp_protocol { TCP_PLAIN, TCP_REDIS, TCP_POSTGRES };

struct tcp_say {
	const struct template *send; /* text; or NULL */
	const char *bytes;	     /* hex or base64, decoded; or NULL */
	size_t len;
	bool wants_answer;
	struct place at; /* its matchers: EXPECT_ANSWER */
};

struct step_tcp {
	const struct template *target; /* host:port */
	struct net_options net;
	unsigned protocol;	     /* enum tcp_protocol */
	const struct template *user; /* POSTGRES */
	const struct template *database;
	size_t n_turns;
	const struct tcp_say *turns;
	uint64_t max_answer_bytes;
};

/* Reads an exposition; what it keeps is in step.keeps. */
struct step_metrics {
	struct http_ask ask;
};

/* Runs a command of this machine, without a shell. */
struct step_exec {
	size_t n_args;
	const struct template *const *args;
	struct pairs env; /* beside PATH, LANG and HOME */
	const struct template *folder;
	const struct template *input; /* NULL: none */
	uint64_t timeout_ns;
	uint64_t grace_ns; /* from SIGTERM to SIGKILL */
	uint64_t max_output_bytes;
	bool is_plugin; /* of Nagios: its exit code is a state */
};

/* Judges a health body part by part. */
struct health_bound {
	const char *label; /* "part disk.free_gb" */
	const struct jsonpath *path;
	const struct matcher *matcher;
	struct place at;
};

struct step_health {
	struct http_ask ask;
	unsigned shape;	 /* index in health_shapes */
	size_t n_bounds; /* bounds: { $.disk.gb: { gt: 1 } } */
	const struct health_bound *bounds;
	struct pairs severities; /* part -> severity name, final */
	size_t n_words;		 /* further words and what they mean */
	const struct health_word *words;
	uint64_t max_age_ns;	       /* of a timestamp; 0: not judged */
	const struct matcher *version; /* or NULL */
};

enum health_meaning {
	HEALTH_OK,
	HEALTH_STARTING,
	HEALTH_UNKNOWN,
	HEALTH_DEGRADED,
	HEALTH_DOWN,
	HEALTH_MEANING_N
};

struct health_word {
	const char *word; /* compared without case */
	enum health_meaning meaning;
};

/* A rule of a shape about one member of the body, where it is there.  Paths
 * are JSONPaths of names only: $.checks.disk.free_gb. */
struct health_limit {
	const char *path; /* NULL ends a table */
	enum health_op {
		HEALTH_LESS,
		HEALTH_MORE,
		HEALTH_AT_LEAST,
		HEALTH_SEMVER, /* a version, semver.org 2.0.0 */
		HEALTH_LIST,   /* not empty */
	} op;
	double number;
	const char *than; /* path of the number instead; or NULL */
	const char *why;  /* said when it does not hold; or NULL */
};

/* The shapes of health bodies that systems have, by name. */
struct health_shape {
	const char *name; /* "checks" */
	const char *doc;
	const char *statuses;		   /* accepted, "200,503" */
	const char *overall;		   /* path of the overall word or "" */
	const char *parts;		   /* path of the map of parts or "" */
	const struct health_limit *limits; /* or NULL */
	const char *const *required;	   /* paths that must be there when
					    * no overall word says otherwise;
					    * ends in NULL; or NULL */
	const char *text;    /* exact body of a text shape or ""; with overall:
			   * what a proxy says when nothing is behind it */
	uint64_t max_age_ns; /* of $.timestamp; 0: none */
};
extern const struct health_shape health_shapes[];
extern const size_t health_shapes_n;

enum minio_probe { MINIO_LIVE, MINIO_READY, MINIO_CLUSTER, MINIO_CLUSTER_READ };

struct step_minio {
	struct http_ask ask; /* the URL is the base */
	unsigned probe;	     /* enum minio_probe */
	bool maintenance;
};

struct step_wait {
	struct step_list steps;
	uint64_t for_ns;
	uint64_t every_ns;
};

struct step_think {
	uint64_t low_ns;
	uint64_t high_ns; /* drawn evenly between */
};

struct step_if {
	const struct template *value;
	const struct matcher *matcher;
	struct step_list then;
	struct step_list otherwise;
};

struct step_repeat {
	uint64_t times;
	uint64_t every_ns; /* pause between two rounds */
	struct step_list steps;
	size_t slot; /* of the counter "as" */
	bool has_slot;
};

struct step_group {
	const char *title;
	struct step_list steps;
};

/* ---- checks ------------------------------------------------------------ */

struct retries {
	uint64_t attempts; /* tries in all, at least 1 */
	uint64_t every_ns; /* pause before the next */
};

/* A name that gets its value while running. */
struct slot_name {
	const char *space; /* "", "secret" or "data" */
	const char *name;
	bool is_secret;
	size_t feeder; /* of data: index in scenario.feeders */
	size_t column;
};

struct check {
	const char *name;
	const char *description; /* or NULL */
	struct place at;
	unsigned severity; /* enum check_severity */
	size_t n_tags;
	const char *const *tags;
	uint64_t every_ns;	  /* schedule; 0: none */
	uint64_t jitter_ns;	  /* each start is late by up to this */
	uint64_t start_offset_ns; /* of the first start */
	bool has_start_offset;	  /* else by its name */
	uint64_t start_period_ns;
	struct retries retries;
	struct step_list steps;
	struct step_list always; /* after the steps, whatever happened */
	size_t n_slots;		 /* secrets first, then data and captures */
	const struct slot_name *slots;
	/* checks, by index: while one of them is down, nobody is told of this
	 * one */
	size_t n_depends_on;
	const size_t *depends_on;
};

/* the order of report/result/result.h's enum severity */
enum check_severity { CHECK_INFO, CHECK_WARNING, CHECK_ERROR, CHECK_CRITICAL };

struct secret {
	const char *name;
	const char *env; /* variable; NULL with a file */
	const char *file;
	bool is_optional; /* unset it is an empty text: see channels */
	struct place at;
};

/* How long what was seen is kept between runs; 0: the default of
 * report/state/state.h. */
struct state_settings {
	uint64_t raw_ns, minute_ns, hour_ns, day_ns;
	uint64_t max_bytes;
};

struct scenario {
	struct arena *arena; /* owns everything */
	const char *name;
	const char *file;	 /* as given; "" for one built */
	const char *environment; /* --env; "" */
	const char *service;	 /* for the log; NULL: name */
	size_t n_secrets;
	const struct secret *secrets;
	size_t n_checks;
	const struct check *checks;
	size_t n_feeders;
	const struct feeder *feeders; /* scenarios/loads/loads.h */
	size_t n_loads;
	const struct workload *loads;
	const struct alerts *alerts; /* scenarios/alerts/alerts.h; or NULL */
	/* scenarios/watch/watch.h; NULL where nothing was written */
	const struct watch_settings *watch;
	const struct log_settings *log;
	struct state_settings state;
};

#endif
