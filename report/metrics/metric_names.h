/* SPDX-License-Identifier: MIT */
#ifndef REPORT_METRICS_METRIC_NAMES_H
#define REPORT_METRICS_METRIC_NAMES_H

/*
 * metric_names - what assay calls what it tells as metrics, one row each.
 *
 * The one table for all ways: what the watch serves and what a result is
 * written as (report/render/metrics/) have the same names.  A name is its group
 * and its field; InfluxDB has the group as measurement and the field as field,
 * OTLP puts a dot between them.
 *
 * Names         base units at the end (seconds, bytes, ratio), counters end in
 *               _total, what is always 1 and has its text as a label in _info.
 *               Where the meaning is that of blackbox_exporter, so is the name
 *               (probe_...).
 * Sources       prometheus.io/docs/practices/naming; OpenMetrics 1.0.
 * Thread rule   const.
 */

#include <stdbool.h>

#include "report/metrics/exposition.h"

/* Each row: enumerator, group, field, type, unit, whether only whole numbers,
 * help. */
#define METRIC_NAMES(X)               \
	METRIC_NAMES_OF_ALL(X)        \
	METRIC_NAMES_OF_CHECKS(X)     \
	METRIC_NAMES_OF_LOADS(X)      \
	METRIC_NAMES_OF_INSTRUMENT(X) \
	METRIC_NAMES_OF_STEPS(X)      \
	METRIC_NAMES_OF_GATES(X)      \
	METRIC_NAMES_OF_WATCH(X)

#define METRIC_NAMES_OF_ALL(X)                                                 \
	X(BUILD_INFO, "assay", "build_info", INFO, "", true,                   \
	  "Version of assay")                                                  \
	X(RUN_VERDICT, "assay_run", "verdict_info", INFO, "", true,            \
	  "Verdict of the run: ok, failed, inconclusive or invalid")           \
	X(RUN_EXIT_CODE, "assay_run", "exit_code", GAUGE, "", true,            \
	  "Exit code of the run")                                              \
	X(RUN_PARTIAL, "assay_run", "partial", GAUGE, "", true,                \
	  "Whether the run ended before it was through")                       \
	X(RUN_START, "assay_run", "start_timestamp_seconds", GAUGE, "seconds", \
	  false, "When the run began, since 1970")                             \
	X(RUN_DURATION, "assay_run", "duration_seconds", GAUGE, "seconds",     \
	  false, "How long the run took")                                      \
	X(RUN_CPU, "assay_run", "cpu_seconds_total", COUNTER, "seconds",       \
	  false, "CPU time of the run, user and system")                       \
	X(RUN_MEMORY, "assay_run", "peak_memory_bytes", GAUGE, "bytes", true,  \
	  "Most memory that the run had")

#define METRIC_NAMES_OF_CHECKS(X)                                              \
	X(PROBE_SUCCESS, "probe", "success", GAUGE, "", true,                  \
	  "Whether the last run of the check was ok, after its retries")       \
	X(PROBE_DURATION, "probe", "duration_seconds", GAUGE, "seconds",       \
	  false, "How long the attempt took that decided the last run")        \
	X(PROBE_DNS, "probe", "dns_lookup_time_seconds", GAUGE, "seconds",     \
	  false, "Time of name resolution in that attempt")                    \
	X(PROBE_STATUS, "probe", "http_status_code", GAUGE, "", true,          \
	  "Status of the last answer")                                         \
	X(PROBE_SSL, "probe", "http_ssl", GAUGE, "", true,                     \
	  "Whether TLS was used")                                              \
	X(PROBE_REDIRECTS, "probe", "http_redirects", GAUGE, "", true,         \
	  "Redirects that were followed")                                      \
	X(PROBE_VERSION, "probe", "http_version", GAUGE, "", false,            \
	  "Version of HTTP of the last answer")                                \
	X(PROBE_BODY, "probe", "http_uncompressed_body_length", GAUGE, "",     \
	  true, "Bytes of the last body, decoded")                             \
	X(PROBE_IP, "probe", "ip_protocol", GAUGE, "", true,                   \
	  "Version of IP, 4 or 6")                                             \
	X(PROBE_EXPIRY, "probe", "ssl_earliest_cert_expiry", GAUGE, "", true,  \
	  "When the first certificate of the chain expires, since 1970")       \
	X(CHECK_LAST_RUN, "assay_check", "last_run_timestamp_seconds", GAUGE,  \
	  "seconds", false,                                                    \
	  "When the last run of the check ended, since 1970")                  \
	X(CHECK_ATTEMPTS, "assay_check", "attempts", GAUGE, "", true,          \
	  "Attempts of the last run")                                          \
	X(CHECK_RUNS, "assay_check", "runs_total", COUNTER, "", true,          \
	  "Runs of the check")                                                 \
	X(CHECK_FAILED_RUNS, "assay_check", "failed_runs_total", COUNTER, "",  \
	  true, "Runs of the check that failed")                               \
	X(CHECK_MISSED, "assay_check", "missed_slots_total", COUNTER, "",      \
	  true, "Times at which the check was due and did not start")          \
	X(CHECK_INTERVAL, "assay_check", "interval_seconds", GAUGE, "seconds", \
	  false, "Interval of the check")                                      \
	X(CHECK_BACKOFF, "assay_check", "backoff_slots", GAUGE, "", true,      \
	  "Of how many due times one is used, as the target keeps timing out") \
	X(PROBE_PHASES, "probe", "http_duration_seconds", GAUGE, "seconds",    \
	  false, "Time of each phase of the requests of the last run")         \
	X(PROBE_TLS, "probe", "tls_version_info", INFO, "", true,              \
	  "Version of TLS that was used")                                      \
	X(CHECK_VERDICT, "assay_check", "verdict_info", INFO, "", true,        \
	  "Verdict of the last run")                                           \
	X(CHECK_STEP_SUCCESS, "assay_check_step", "success", GAUGE, "", true,  \
	  "Whether the step held, in the attempt that decided")                \
	X(CHECK_STEP_DURATION, "assay_check_step", "duration_seconds", GAUGE,  \
	  "seconds", false, "How long the step took in that attempt")

#define METRIC_NAMES_OF_LOADS(X)                                               \
	X(LOAD_VERDICT, "assay_load", "verdict_info", INFO, "", true,          \
	  "Verdict of the load: ok, failed, inconclusive or invalid")          \
	X(LOAD_DURATION, "assay_load", "duration_seconds", GAUGE, "seconds",   \
	  false, "How long the load ran")                                      \
	X(LOAD_ARRIVALS, "assay_load", "arrivals_total", COUNTER, "", true,    \
	  "What became of the arrivals that were planned; all outcomes "       \
	  "together are the plan")                                             \
	X(LOAD_REQUESTS, "assay_load", "requests_total", COUNTER, "", true,    \
	  "Requests that were sent, by what became of them")                   \
	X(LOAD_PLANNED_RATE, "assay_load", "planned_per_second", GAUGE, "",    \
	  false,                                                               \
	  "Arrivals a second that were planned; none in a closed model")       \
	X(LOAD_RATE, "assay_load", "requests_per_second", GAUGE, "", false,    \
	  "Requests that ended, a second")                                     \
	X(LOAD_OK_RATE, "assay_load", "ok_requests_per_second", GAUGE, "",     \
	  false, "Requests that ended well, a second")                         \
	X(LOAD_SUCCESS, "assay_load", "success_ratio", GAUGE, "ratio", false,  \
	  "Share of requests that ended well")                                 \
	X(LOAD_MAX_RATE, "assay_load", "found_max_per_second", GAUGE, "",      \
	  false, "Highest rate at which the limits held, of a search")         \
	X(LOAD_DOWN, "assay_load", "down_seconds", GAUGE, "seconds", false,    \
	  "Longest time without an answer that was well")                      \
	X(LOAD_LATENCY, "assay_load", "latency_seconds", HISTOGRAM, "seconds", \
	  false, "Latency of requests, from their planned time")               \
	X(LOAD_SERVICE, "assay_load", "service_seconds", HISTOGRAM, "seconds", \
	  false, "Time of requests from sending, connecting included")         \
	X(LOAD_ITERATION, "assay_load", "iteration_seconds", HISTOGRAM,        \
	  "seconds", false, "Time of whole rounds of the flow")                \
	X(LOAD_LIMIT_HELD, "assay_load_limit", "held", GAUGE, "", true,        \
	  "Whether a limit held; absent when it was not observed")             \
	X(LOAD_LIMIT_VERDICT, "assay_load_limit", "verdict_info", INFO, "",    \
	  true, "Verdict of a limit")                                          \
	X(LOAD_LIMIT_SAMPLES, "assay_load_limit", "samples", GAUGE, "", true,  \
	  "How many samples a limit was judged by")

#define METRIC_NAMES_OF_INSTRUMENT(X)                                        \
	X(LOAD_LATENESS, "assay_load", "lateness_seconds", HISTOGRAM,        \
	  "seconds", false,                                                  \
	  "How late requests were taken up, by fault of the generator")      \
	X(LOAD_QUEUE, "assay_load", "queue_seconds", HISTOGRAM, "seconds",   \
	  false, "How long arrivals waited for a free connection")           \
	X(LOAD_LOOP_LAG, "assay_load", "loop_lag_seconds", HISTOGRAM,        \
	  "seconds", false,                                                  \
	  "How long the event loops were kept from their work")              \
	X(LOAD_DOUBTS, "assay_load", "doubts", GAUGE, "", true,              \
	  "Reasons why the generator may have been the limit; one that is "  \
	  "fatal makes the load invalid")                                    \
	X(LOAD_WORKERS, "assay_load", "workers", GAUGE, "", true,            \
	  "Threads that made the load")                                      \
	X(LOAD_WORKER_CPU, "assay_load", "busiest_worker_cpu_ratio", GAUGE,  \
	  "ratio", false, "CPU used by the busiest thread")                  \
	X(LOAD_CONNECTIONS, "assay_load", "open_connections_max", GAUGE, "", \
	  true, "Most connections that were open at a time")                 \
	X(LOAD_WAITED, "assay_load", "waited_total", COUNTER, "", true,      \
	  "Arrivals that waited for a connection")                           \
	X(LOAD_CPU, "assay_load", "cpu_seconds_total", COUNTER, "seconds",   \
	  false, "CPU time that the load cost here")                         \
	X(LOAD_MEMORY, "assay_load", "peak_memory_bytes", GAUGE, "bytes",    \
	  true, "Most memory that the generator had")

#define METRIC_NAMES_OF_STEPS(X)                                               \
	X(STEP_INFO, "assay_load_step", "info", INFO, "", true,                \
	  "What a step of a load asks, and by what transport")                 \
	X(STEP_REQUESTS, "assay_load_step", "requests_total", COUNTER, "",     \
	  true, "Requests of a step, by their outcome")                        \
	X(STEP_ANSWERS, "assay_load_step", "answers_total", COUNTER, "", true, \
	  "Requests of a step, by the status of the answer; none: no answer")  \
	X(STEP_CLASSES, "assay_load_step", "error_answers_total", COUNTER, "", \
	  true, "Answers to a step with a status of 4xx or 5xx")               \
	X(STEP_SKIPPED, "assay_load_step", "skipped_total", COUNTER, "", true, \
	  "Rounds that did not come to the step, as an earlier one failed")    \
	X(STEP_CONNECTIONS, "assay_load_step", "connections_total", COUNTER,   \
	  "", true, "Connections made for a step")                             \
	X(STEP_RESENDS, "assay_load_step", "resends_total", COUNTER, "", true, \
	  "Requests sent again, as a kept connection was closed under them")   \
	X(STEP_SENT, "assay_load_step", "sent_bytes_total", COUNTER, "bytes",  \
	  true, "Bytes of requests of a step")                                 \
	X(STEP_RECEIVED, "assay_load_step", "received_bytes_total", COUNTER,   \
	  "bytes", true, "Bytes of answers to a step")                         \
	X(STEP_PHASES, "assay_load_step", "phase_mean_seconds", GAUGE,         \
	  "seconds", false,                                                    \
	  "Mean time of each phase; together the mean latency of the step")    \
	X(STEP_LATENCY, "assay_load_step", "latency_seconds", HISTOGRAM,       \
	  "seconds", false,                                                    \
	  "Latency of requests of a step, from their planned time")            \
	X(STEP_SERVICE, "assay_load_step", "service_seconds", HISTOGRAM,       \
	  "seconds", false,                                                    \
	  "Time of requests of a step from sending, connecting included")      \
	X(STEP_FIRST_BYTE, "assay_load_step", "first_byte_seconds", HISTOGRAM, \
	  "seconds", false,                                                    \
	  "Time from sending to the first byte of the answer")                 \
	X(STEP_CONNECT, "assay_load_step", "connect_seconds", HISTOGRAM,       \
	  "seconds", false, "Time to make a connection, TLS included")

#define METRIC_NAMES_OF_GATES(X)                                               \
	X(GATE_VERDICT, "assay_gate", "verdict_info", INFO, "", true,          \
	  "Verdict of the regression gate")                                    \
	X(GATE_REGRESSED, "assay_gate", "regressed", GAUGE, "", true,          \
	  "Whether the gate says that the candidate is worse")                 \
	X(GATE_METRIC_VERDICT, "assay_gate_metric", "verdict_info", INFO, "",  \
	  true, "Verdict of one metric of the gate, and whether it counts")    \
	X(GATE_CHANGE, "assay_gate_metric", "change_ratio", GAUGE, "ratio",    \
	  false,                                                               \
	  "Candidate against baseline: relative change, 0.1 is a tenth more; " \
	  "of errors and slow the difference of the shares")                   \
	X(GATE_CHANGE_LOW, "assay_gate_metric", "change_low_ratio", GAUGE,     \
	  "ratio", false, "Low end of the interval of the change")             \
	X(GATE_CHANGE_HIGH, "assay_gate_metric", "change_high_ratio", GAUGE,   \
	  "ratio", false, "High end of the interval of the change")            \
	X(GATE_LEVEL, "assay_gate_metric", "confidence_ratio", GAUGE, "ratio", \
	  false, "Confidence of that interval")                                \
	X(GATE_DETECTABLE, "assay_gate_metric", "detectable_change_ratio",     \
	  GAUGE, "ratio", false,                                               \
	  "The smallest change that would have been seen")                     \
	X(GATE_LATENCY, "assay_gate_metric", "latency_seconds", GAUGE,         \
	  "seconds", false, "Quantile of the latency of each side")            \
	X(GATE_SHARE, "assay_gate_metric", "share_ratio", GAUGE, "ratio",      \
	  false, "Share of errors or of slow answers of each side")            \
	X(GATE_RATE, "assay_gate_metric", "answers_per_second", GAUGE, "",     \
	  false, "Answers a second of each side")                              \
	X(GATE_CELLS, "assay_gate_metric", "cells", GAUGE, "", true,           \
	  "Pairs of measurements that were compared")

#define METRIC_NAMES_OF_WATCH(X)                                               \
	X(LOOP_LAG, "assay", "loop_lag_seconds", GAUGE, "seconds", false,      \
	  "Longest time for which the event loop was kept from its work")      \
	X(LATE_STARTS, "assay", "late_starts_total", COUNTER, "", true,        \
	  "Checks that started 50 ms late or later")                           \
	X(LATE_START_MAX, "assay", "late_start_max_seconds", GAUGE, "seconds", \
	  false, "The latest start so far")                                    \
	X(MISSED_SLOTS, "assay", "missed_slots_total", COUNTER, "", true,      \
	  "Due times of checks that went by unused")                           \
	X(CHECKS_ACTIVE, "assay", "checks_active", GAUGE, "", true,            \
	  "Checks under way")                                                  \
	X(CHECKS_WAITING, "assay", "checks_waiting", GAUGE, "", true,          \
	  "Checks that wait for a place")                                      \
	X(QUEUE_DEPTH, "assay", "queue_depth", GAUGE, "", true,                \
	  "Results on their way to the state file")                            \
	X(DROPPED, "assay", "dropped_total", COUNTER, "", true,                \
	  "What was dropped because its queue was full")                       \
	X(STORAGE_FAILURES, "assay", "storage_failures_total", COUNTER, "",    \
	  true, "Failed calls of the state file")                              \
	X(ALERTS_FIRING, "assay", "alerts_firing", GAUGE, "", true,            \
	  "Alerts that fire")                                                  \
	X(OUTBOX_WAITING, "assay", "outbox_waiting", GAUGE, "", true,          \
	  "Notices that wait to be delivered")                                 \
	X(NOTICES_SENT, "assay", "notices_sent_total", COUNTER, "", true,      \
	  "Notices that were delivered")                                       \
	X(NOTICE_FAILURES, "assay", "notice_failures_total", COUNTER, "",      \
	  true, "Attempts to deliver a notice that failed")                    \
	X(STATE_BYTES, "assay", "state_bytes", GAUGE, "bytes", true,           \
	  "Bytes of the state file and its log on the disk")                   \
	X(LOG_BYTES, "assay", "log_bytes_total", COUNTER, "bytes", true,       \
	  "Bytes written to the log")                                          \
	X(RELOAD_OK, "assay", "config_last_reload_successful", GAUGE, "",      \
	  true, "Whether the newest reload of the scenario was taken")         \
	X(RELOAD_AT, "assay", "config_last_reload_success_timestamp_seconds",  \
	  GAUGE, "seconds", false,                                             \
	  "When the scenario in use was loaded, since 1970")                   \
	X(PROCESS_START, "process", "start_time_seconds", GAUGE, "seconds",    \
	  false, "When the process started, since 1970")                       \
	X(PROCESS_CPU, "process", "cpu_seconds_total", COUNTER, "seconds",     \
	  false, "CPU time, user and system")                                  \
	X(PROCESS_MEMORY, "process", "resident_memory_bytes", GAUGE, "bytes",  \
	  true, "Resident memory")

enum metric_id {
#define X(id, group, field, type, unit, whole, help) NAME_##id,
	METRIC_NAMES(X)
#undef X
		METRIC_NAMES_N
};

struct metric_name {
	const char *name; /* "assay_load_cpu_seconds_total" */
	const char *group, *field;
	enum metric_type type;
	const char *unit; /* "seconds", "bytes", "ratio"; "" */
	bool is_whole;
	const char *help; /* one line, without quotes and backslashes */
};

extern const struct metric_name metric_names[METRIC_NAMES_N];

#endif
