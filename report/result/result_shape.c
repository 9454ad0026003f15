/* SPDX-License-Identifier: MIT */
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "report/result/result_shape.h"
#include "report/result/shape_rows.h"

/* ---- the enums -------------------------------------------------------- */

#define WORDS_OF(id, title, count, enumeration, fn)  \
	static const char *id##_word(unsigned value) \
	{                                            \
		return fn((enum enumeration)value);  \
	}                                            \
	const struct shape_words id##_words = { title, count, id##_word }

WORDS_OF(outcome, "outcome", OUTCOME_N, outcome, outcome_name);
WORDS_OF(verdict, "verdict", VERDICT_N, verdict, verdict_name);
WORDS_OF(run, "run-verdict", RUN_VERDICT_N, run_verdict, run_verdict_name);
WORDS_OF(series, "series-kind", SERIES_KIND_N, series_kind, series_kind_name);
WORDS_OF(severity, "severity", SEVERITY_N, severity, severity_name);

/* ---- the structs ------------------------------------------------------ */

#define OF spot
static const struct shape_field spot_fields[] = {
	TEXT("file", MAY, file, "scenario file"),
	COUNT("line", MAY, line, "line, from 1"),
	COUNT("col", MAY, col, "column in bytes, from 1"),
};
const struct shape spot_shape = {
	"spot",	     "a place in the scenario", sizeof(struct spot),
	spot_fields, COUNT_OF(spot_fields),
};
#undef OF

#define OF expectation
static const struct shape_field expectation_fields[] = {
	TEXT("subject", MUST, subject, "what was looked at"),
	BOOL("ok", MUST, ok, "whether it held"),
	TEXT("expected", MUST, expected, "what was expected"),
	TEXT("seen", MUST, seen, "what was seen"),
	TEXT("note", MAY, note, "why it did not hold"),
	BOOL("part", MAY, is_part, "a part of a health body"),
	ENUM("severity", MAY, severity, severity_words,
	     "how bad a failed part is; info when absent"),
	STRUCT("at", MAY, at, spot_shape, "where the scenario expects it"),
};
static const struct shape expectation_shape = {
	"expectation",
	"one thing that was expected, and what was seen",
	sizeof(struct expectation),
	expectation_fields,
	COUNT_OF(expectation_fields),
};
#undef OF

#define OF hop
static const struct shape_field hop_fields[] = {
	TEXT("method", MUST, method, "request method"),
	TEXT("url", MUST, url, "address asked"),
	NUMBER("status", MAY, status, "status; absent without an answer"),
	TEXT("protocol", MAY, protocol, "protocol of the answer"),
	TEXT("remote", MAY, remote, "address and port of the peer"),
	TEXT("transport", MAY, transport,
	     "what made the request: native or libcurl"),
	BOOL("reused", MAY, reused, "on a connection that was open already"),
	PHASES("phases_ns", phases, SHAPE_NO_TOTAL,
	       "where the time of this request went"),
};
static const struct shape hop_shape = {
	"hop",
	"one request of a step that was redirected",
	sizeof(struct hop),
	hop_fields,
	COUNT_OF(hop_fields),
};
#undef OF

#define OF cert
static const struct shape_field cert_fields[] = {
	TEXT("role", MUST, role, "leaf, intermediate, root or extra"),
	TEXT("subject", MUST, subject, "whom it is for"),
	TEXT("issuer", MUST, issuer, "who signed it"),
	TEXT("serial", MAY, serial, "serial number, hexadecimal"),
	TEXT("key", MAY, key, "kind and size of the key"),
	TEXT("signature", MAY, signature, "signature algorithm"),
	TEXT("sha256", MAY, sha256, "fingerprint, hexadecimal"),
	WORDS("names", MAY, names, "subject alternative names"),
	TIME_S("not_before", MUST, not_before_s, "valid from"),
	TIME_S("not_after", MUST, not_after_s, "valid until"),
	NUMBER("days", MUST, days, "whole days left; below 0 when expired"),
	BOOL("on_path", MAY, on_path, "part of the path that was verified"),
};
static const struct shape cert_shape = {
	"cert",
	"one certificate that the target sent",
	sizeof(struct cert),
	cert_fields,
	COUNT_OF(cert_fields),
};
#undef OF

#define OF tls_facts
static const struct shape_field tls_fields[] = {
	TEXT("protocol", MUST, protocol, "version of TLS"),
	TEXT("cipher", MUST, cipher, "cipher suite"),
	TEXT("sni", MAY, sni, "server name that was sent"),
	TEXT("name", MAY, name, "name that was verified"),
	BOOL("verified", MUST, verified, "false: the step asked not to verify"),
	BOOL("trusted", MUST, trusted, "the chain leads to a trusted root"),
	BOOL("name_ok", MUST, name_ok, "the leaf is for the name"),
	TEXT("why", MAY, why, "why the chain is not trusted"),
	NUMBER("days", MUST, days, "days left of the earliest on the path"),
	LIST("certs", MUST, certs, cert_shape, "in the order they were sent"),
};
static const struct shape tls_shape = {
	"tls",	    "what the handshake showed", sizeof(struct tls_facts),
	tls_fields, COUNT_OF(tls_fields),
};
#undef OF

#define OF captured
static const struct shape_field captured_fields[] = {
	TEXT("name", MUST, name, "name of the value"),
	TEXT("value", MUST, value, "the value, unless it is a secret"),
};
static const struct shape captured_shape = {
	"capture",
	"a value taken from an answer",
	sizeof(struct captured),
	captured_fields,
	COUNT_OF(captured_fields),
};
#undef OF

#define OF kept
static const struct shape_field kept_fields[] = {
	TEXT("name", MUST, name, "name of the series"),
	TEXT("labels", MAY, labels, "labels, sorted, like {status=\"500\"}"),
	ENUM("kind", MUST, kind, series_words, "what it is"),
	FLOAT("bound", MAY, bound, "le of a bucket, or quantile of a summary"),
	FLOAT("value", MUST, value, "its value; 0 of a text"),
	TEXT("text", MAY, text, "value of a text"),
};
static const struct shape kept_shape = {
	"kept",
	"a value that is kept over time",
	sizeof(struct kept),
	kept_fields,
	COUNT_OF(kept_fields),
};
#undef OF

#define OF header
static const struct shape_field header_fields[] = {
	TEXT("name", MUST, name, "name of the header"),
	TEXT("value", MUST, value, "its value, redacted"),
};
const struct shape header_shape = {
	"header",      "a header of the answer", sizeof(struct header),
	header_fields, COUNT_OF(header_fields),
};
#undef OF

#define OF step_result
static const struct shape_field step_fields[] = {
	TEXT("name", MUST, name, "as written, or made from what it does"),
	TEXT("kind", MUST, kind, "get, tls, health ..."),
	STRUCT("at", MAY, at, spot_shape, "where the scenario has it"),
	ENUM("outcome", MUST, outcome, outcome_words, "how it ended"),
	TEXT("message", MAY, message, "what was wrong, with the evidence"),
	TIME_NS("started_at", MUST, started_at_ns, "when it was taken up"),
	COUNT("total_ns", MUST, total_ns, "nanoseconds; the sum of its phases"),
	PHASES("phases_ns", phases, offsetof(struct OF, total_ns),
	       "where the time went"),
	COUNT("round", MAY, round, "round of repeat or wait, from 1"),
	TEXT("group", MAY, group, "names of the groups around it"),
	BOOL("always", MAY, always, "ran because of always"),
	BOOL("unverified", MAY, unverified, "certificates were not verified"),
	TEXT("method", MAY, method, "request method"),
	TEXT("url", MAY, url, "address asked"),
	TEXT("request_id", MAY, request_id, "request identifier that was sent"),
	NUMBER("status", MAY, status, "status of the answer"),
	TEXT("protocol", MAY, protocol, "protocol of the answer"),
	TEXT("remote", MAY, remote, "address and port of the peer"),
	COUNT("sent_bytes", MAY, sent_bytes, "body of the request"),
	COUNT("received_bytes", MAY, received_bytes, "body of the answer"),
	TEXT("excerpt", MAY, excerpt, "start of the body, redacted"),
	LIST("headers", MAY, headers, header_shape, "of the answer"),
	LIST("hops", MAY, hops, hop_shape, "requests, when redirected"),
	POINTER("tls", MAY, tls, tls_shape, "what the handshake showed"),
	LIST("expectations", MUST, expectations, expectation_shape,
	     "what was expected and seen"),
	LIST("captures", MAY, captures, captured_shape,
	     "values taken from the answer"),
	LIST("kept", MAY, kept, kept_shape, "values that are kept over time"),
};
static const struct shape step_shape = {
	"step",	     "one exchange with the target", sizeof(struct step_result),
	step_fields, COUNT_OF(step_fields),
};
#undef OF

#define OF attempt
static const struct shape_field attempt_fields[] = {
	COUNT("number", MUST, number, "from 1"),
	ENUM("verdict", MUST, verdict, verdict_words, "of this attempt"),
	ENUM("outcome", MUST, outcome, outcome_words,
	     "of the first step that failed, or ok"),
	TEXT("message", MAY, message, "of the first step that failed"),
	TIME_NS("started_at", MUST, started_at_ns, "when it began"),
	COUNT("total_ns", MUST, total_ns, "nanoseconds"),
	LIST("steps", MAY, steps, step_shape,
	     "in order; those of the last attempt are in the check"),
};
static const struct shape attempt_shape = {
	"attempt",	"one try of a check",	  sizeof(struct attempt),
	attempt_fields, COUNT_OF(attempt_fields),
};
#undef OF

#define OF check_result
static const struct shape_field check_fields[] = {
	TEXT("name", MUST, name, "as in the scenario"),
	ENUM("verdict", MUST, verdict, verdict_words,
	     "of the last attempt; flaky when an earlier one failed"),
	ENUM("severity", MUST, severity, severity_words, "as declared"),
	ENUM("worst", MUST, worst, severity_words, "of the worst failed part"),
	ENUM("outcome", MUST, outcome, outcome_words, "of the last attempt"),
	TEXT("message", MAY, message, "of the last attempt"),
	WORDS("tags", MAY, tags, "as declared"),
	STRUCT("at", MAY, at, spot_shape, "where the scenario has it"),
	TIME_NS("started_at", MUST, started_at_ns, "when it began"),
	COUNT("total_ns", MUST, total_ns,
	      "nanoseconds from first attempt to last, pauses too"),
	LIST("attempts", MUST, attempts, attempt_shape, "in order"),
	LIFTED("steps", attempts, attempt_shape, "steps of the last attempt"),
};
static const struct shape check_shape = {
	"check",
	"one check",
	sizeof(struct check_result),
	check_fields,
	COUNT_OF(check_fields),
};
#undef OF

#define OF counts
static const struct shape_field counts_fields[] = {
	COUNT("checks", MUST, checks, "all of them"),
	COUNT("ok", MUST, ok, "at the first attempt"),
	COUNT("flaky", MUST, flaky, "ok after a retry"),
	COUNT("failed", MUST, failed, "failed"),
	COUNT("starting", MUST, starting, "still starting"),
	COUNT("skipped", MUST, skipped, "by their own condition"),
	COUNT("not_observed", MUST, not_observed, "not observed"),
	COUNT("expectations", MUST, expectations, "of the last attempts"),
	COUNT("expectations_failed", MUST, expectations_failed,
	      "those that did not hold"),
};
static const struct shape counts_shape = {
	"counts",
	"how many",
	sizeof(struct counts),
	counts_fields,
	COUNT_OF(counts_fields),
};
#undef OF

#define OF part_result
static const struct shape_field part_fields[] = {
	TEXT("host", MAY, host, "machine that ran it"),
	TEXT("vantage", MAY, vantage, "where it was seen from"),
	TIME_NS("started_at", MUST, started_at_ns, "when it began"),
	COUNT("total_ns", MUST, total_ns, "nanoseconds of it"),
	COUNT("seed", MAY, seed, "of its first load"),
	ENUM("verdict", MUST, verdict, run_words, "what it had"),
};
static const struct shape part_shape = {
	"part",
	"one of the results that were merged into this one",
	sizeof(struct part_result),
	part_fields,
	COUNT_OF(part_fields),
};
#undef OF

#define OF run_result
_Static_assert(RESULT_VERSION == 1, "the version stands here as a text");
static const struct shape_field run_fields[] = {
	FIXED("format", "\"" RESULT_FORMAT "\"", "what this file is"),
	FIXED("version", "1", "of the format"),
	TEXT("tool", MUST, tool, "program and version that wrote it"),
	ENUM("verdict", MUST, verdict, run_words, "of the whole run"),
	NUMBER("exit_code", MUST, exit_code, "0, 1, 3 or 4, by the verdict"),
	TEXT("name", MUST, name, "of the scenario"),
	TEXT("file", MAY, file, "scenario file"),
	TEXT("environment", MAY, environment, "as given with --env"),
	TEXT("vantage", MAY, vantage, "where it was seen from"),
	TEXT("host", MAY, host, "machine that ran it"),
	TIME_NS("started_at", MUST, started_at_ns, "when the run began"),
	COUNT("total_ns", MUST, total_ns, "nanoseconds of the run"),
	BOOL("partial", MAY, partial, "interrupted, or out of time"),
	TEXT("partial_why", MAY, partial_why, "why it is partial"),
	BOOL("broken", MAY, broken, "the machine that ran it failed"),
	TEXT("broken_why", MAY, broken_why, "how it failed"),
	COUNT("cpu_ns", MAY, cpu_ns, "CPU time of the run"),
	COUNT("peak_rss_bytes", MAY, peak_rss_bytes, "peak memory of the run"),
	STRUCT("counts", MUST, counts, counts_shape, "checks by verdict"),
	LIST("checks", MUST, checks, check_shape, "in the scenario's order"),
	LIST("loads", MAY, loads, load_shape, "in the scenario's order"),
	POINTER("against", MAY, against, against_shape,
		"compared with a stored run"),
	POINTER("gate", MAY, gate, gate_shape,
		"two builds compared; absent when that was not asked"),
	LIST("parts", MAY, parts, part_shape,
	     "what it was merged from, in order of time"),
};
const struct shape run_shape = {
	"run",
	"what one run of assay has seen",
	sizeof(struct run_result),
	run_fields,
	COUNT_OF(run_fields),
};
#undef OF
