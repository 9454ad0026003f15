/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RESULT_H
#define REPORT_RESULT_H

/*
 * result - what one run has seen, as a tree.
 *
 * The measurer fills the tree, result_judge() (report/result/verdict.h) computes the
 * verdicts from it, result_seal() (report/redact/redact.h) takes the secrets out,
 * and renderers read it.  The same tree is what a result file holds:
 * report/result/result_json.h writes and reads it, and the JSON Schema of the format
 * comes from the same tables (report/result/shape.h).
 *
 * Ownership     all of a tree lives in one arena; strings are never NULL
 *               where a comment does not say "or NULL".
 * Thread rule   one writer, then const.
 * Units         _ns nanoseconds; _at_ns nanoseconds since 1970 UTC.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/outcome.h"
#include "report/result/phases.h"

#define RESULT_FORMAT "assay-result"
enum { RESULT_VERSION = 1 };

enum verdict {
	VERDICT_OK,
	VERDICT_FLAKY,	  /* ok, but only after a retry */
	VERDICT_STARTING, /* failed inside its start period */
	VERDICT_SKIPPED,  /* by its own condition: judged as ok */
	VERDICT_NOT_OBSERVED,
	VERDICT_FAILED,
	VERDICT_N
};
const char *verdict_name(enum verdict v); /* "not-observed" */

/* The verdict of a whole run and its exit code, DESIGN.md. */
enum run_verdict {
	RUN_OK,
	RUN_FAILED,
	RUN_INCONCLUSIVE,
	RUN_INVALID,
	RUN_VERDICT_N
};
const char *run_verdict_name(enum run_verdict v);
int run_verdict_exit_code(enum run_verdict v); /* 0 1 3 4 */

enum severity {
	SEVERITY_INFO,
	SEVERITY_WARNING,
	SEVERITY_ERROR,
	SEVERITY_CRITICAL,
	SEVERITY_N
};
const char *severity_name(enum severity s); /* "critical" */

/* A spot in the scenario, for messages and annotations. */
struct spot {
	const char *file; /* "" when there was no file */
	uint64_t line;	  /* from 1; 0: none */
	uint64_t col;
};

/* One thing that was expected and what was seen instead or as well. */
struct expectation {
	const char *subject;  /* "status", "json $.a", "part database" */
	const char *expected; /* "200", "less than 2 s" */
	const char *seen;     /* bounded, "nothing" when absent */
	const char *note;     /* why, when it did not hold; "" */
	bool ok;
	bool is_part;		/* a part of a health body */
	enum severity severity; /* of a failed part */
	struct spot at;
};

/* One request of a step: more than one when redirects were followed. */
struct hop {
	const char *method;
	const char *url;
	int64_t status;	       /* 0: no answer */
	const char *protocol;  /* "HTTP/1.1"; "" */
	const char *remote;    /* "127.0.0.1:8080"; "" */
	const char *transport; /* "native", "libcurl"; "" */
	bool reused;	       /* on a connection that was open already */
	struct phases phases;
};

struct cert {
	const char *role; /* "leaf", "intermediate", "root", "extra" */
	const char *subject;
	const char *issuer;
	const char *serial;    /* hexadecimal */
	const char *key;       /* "rsa 2048", "ec P-256" */
	const char *signature; /* "ecdsa-with-SHA256" */
	const char *sha256;    /* fingerprint, hexadecimal */
	const char *names;     /* subject alternative names, ", " between */
	int64_t not_before_s;  /* seconds since 1970 UTC */
	int64_t not_after_s;
	int64_t days; /* whole days left, rounded down; < 0: expired */
	bool on_path; /* part of the path that was verified */
};

struct tls_facts {
	const char *protocol; /* "TLSv1.3" */
	const char *cipher;
	const char *sni;  /* name sent; "" */
	const char *name; /* name verified */
	bool verified;	  /* false: the step asked not to verify */
	bool trusted;
	bool name_ok;
	const char *why; /* why it is not trusted; "" */
	int64_t days;	 /* of the earliest certificate on the path */
	size_t n_certs;
	const struct cert *certs; /* in the order they were sent */
};

struct captured {
	const char *name;
	const char *value; /* "[redacted]" for a secret one */
};

struct header {
	const char *name;
	const char *value;
};

/* A number (or text) that a step keeps over time: series:, metrics:, version
 * captures, performance data of a plugin. */
enum series_kind {
	SERIES_GAUGE,
	SERIES_COUNTER,	 /* only rises, until it is reset */
	SERIES_BUCKET,	 /* of a histogram: counter of what is <= bound */
	SERIES_QUANTILE, /* of a summary: the quantile called bound */
	SERIES_TEXT,
	SERIES_KIND_N
};
const char *series_kind_name(enum series_kind k); /* "gauge" */

struct kept {
	const char *name;   /* "errors" */
	const char *labels; /* {method="GET",status="500"}, sorted, without le
			     * and quantile; "" */
	enum series_kind kind;
	double bound;	  /* le of BUCKET, quantile of QUANTILE; else 0 */
	double value;	  /* finite; times in seconds */
	const char *text; /* of TEXT; else "" */
};

struct step_result {
	const char *name; /* as written, or made: "get /health" */
	const char *kind; /* "get", "tls", "health" ... */
	struct spot at;
	enum outcome outcome;
	const char *message; /* one sentence with the evidence; "" if ok */
	uint64_t started_at_ns;
	uint64_t total_ns; /* the sum of phases, always */
	struct phases phases;
	uint64_t round;	   /* of repeat or wait, from 1; 0: neither */
	const char *group; /* names of the groups around it; "" */
	bool always;	   /* ran because of always: */
	bool unverified;   /* certificates were not verified */
	/* what follows is empty where it does not apply */
	const char *method;
	const char *url;
	const char *request_id;
	int64_t status; /* 0: none */
	const char *protocol;
	const char *remote;
	uint64_t sent_bytes;	 /* body of the request */
	uint64_t received_bytes; /* body of the answer, decoded */
	const char *excerpt;	 /* start of the body, redacted, bounded; "" */
	size_t n_headers;
	const struct header *headers; /* of the answer, bounded, redacted */
	size_t n_hops;
	const struct hop *hops;
	const struct tls_facts *tls; /* or NULL */
	size_t n_expectations;
	const struct expectation *expectations;
	size_t n_captures;
	const struct captured *captures;
	size_t n_kept;
	const struct kept *kept;
};

struct attempt {
	uint64_t number; /* from 1 */
	enum verdict verdict;
	enum outcome outcome; /* of the first step that failed, or ok */
	const char *message;
	uint64_t started_at_ns;
	uint64_t total_ns;
	size_t n_steps;
	const struct step_result *steps;
};

struct check_result {
	const char *name;
	struct spot at;
	enum severity severity; /* as declared */
	const char *tags;	/* ", " between; "" */
	enum verdict verdict;
	enum severity worst;  /* of the worst failed part */
	enum outcome outcome; /* of the deciding attempt */
	const char *message;
	uint64_t started_at_ns;
	uint64_t total_ns; /* first attempt to last, pauses too */
	size_t n_attempts;
	struct attempt *attempts; /* the last one decides */
};

struct load_result;
struct against_result;
struct gate_result;

/* One of the results that were merged into this one (report/merge/merge.h). */
struct part_result {
	const char *host;
	const char *vantage; /* "" */
	uint64_t started_at_ns;
	uint64_t total_ns;
	uint64_t seed; /* of its first load; 0: nothing was drawn */
	enum run_verdict verdict;
};

struct counts {
	uint64_t checks, ok, flaky, failed, starting, skipped, not_observed;
	uint64_t expectations, expectations_failed;
};

struct run_result {
	const char *tool;	 /* "assay 0.1.0" */
	const char *name;	 /* of the scenario */
	const char *file;	 /* "" when there was none */
	const char *environment; /* --env; "" */
	const char *vantage;	 /* where it was seen from; "" */
	const char *host;	 /* of this machine */
	uint64_t started_at_ns;
	uint64_t total_ns;
	bool partial; /* interrupted or out of time */
	const char *partial_why;
	bool broken; /* the machine failed us: verdict invalid */
	const char *broken_why;
	uint64_t cpu_ns; /* of this process, user and system */
	uint64_t peak_rss_bytes;
	/* computed by result_judge() */
	enum run_verdict verdict;
	int64_t exit_code;
	struct counts counts;
	size_t n_checks;
	struct check_result *checks;
	size_t n_loads;
	struct load_result *loads; /* report/result/load_result.h */
	struct gate_result *gate;  /* report/result/gate_result.h; or NULL */
	size_t n_parts;		   /* 0: it was not merged */
	const struct part_result *parts;
	/* a stored run, report/against/against_result.h; or NULL */
	struct against_result *against;
};

#endif
