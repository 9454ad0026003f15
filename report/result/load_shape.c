/* SPDX-License-Identifier: MIT */
#include "report/result/load_result.h"
#include "report/result/shape_rows.h"

#define OF accounting
static const struct shape_field accounting_fields[] = {
	COUNT("planned", MUST, planned, "sent + dropped + not_started"),
	COUNT("sent", MUST, sent, "ok + failed + timed_out + in_flight"),
	COUNT("dropped", MUST, dropped, "waited for a connection in vain"),
	COUNT("not_started", MUST, not_started, "the load ended before"),
	COUNT("ok", MUST, ok, "ended as expected"),
	COUNT("failed", MUST, failed, "ended otherwise"),
	COUNT("timed_out", MUST, timed_out, "did not end in time"),
	COUNT("in_flight", MUST, in_flight, "under way at the end"),
};
static const struct shape accounting_shape = {
	"accounting",
	"where everything that was planned has gone",
	sizeof(struct accounting),
	accounting_fields,
	COUNT_OF(accounting_fields),
};
#undef OF

#define OF quantile_result
static const struct shape_field quantile_fields[] = {
	REAL("q", MUST, q, "0.99: 99 of 100 took at most value_ns"),
	COUNT("value_ns", MUST, value_ns, "nanoseconds"),
	COUNT("low_ns", MUST, low_ns, "low end of its interval of 95 %"),
	COUNT("high_ns", MUST, high_ns, "high end of its interval of 95 %"),
	BOOL("enough", MUST, enough, "the sample is large enough for it"),
};
static const struct shape quantile_shape = {
	"quantile",
	"a quantile and its interval",
	sizeof(struct quantile_result),
	quantile_fields,
	COUNT_OF(quantile_fields),
};
#undef OF

#define OF times_result
static const struct shape_field times_fields[] = {
	COUNT("count", MUST, count, "how many times were recorded"),
	COUNT("min", MUST, min_ns, "the shortest, exact"),
	COUNT("mean", MUST, mean_ns, "sum by count"),
	COUNT("stddev", MUST, stddev_ns, "standard deviation"),
	COUNT("p50", MUST, p50_ns, "half of them took at most this"),
	COUNT("p90", MUST, p90_ns, "90 of 100 took at most this"),
	COUNT("p95", MUST, p95_ns, "95 of 100 took at most this"),
	COUNT("p99", MUST, p99_ns, "99 of 100 took at most this"),
	COUNT("p999", MUST, p999_ns, "999 of 1000 took at most this"),
	COUNT("max", MUST, max_ns, "the longest, exact"),
	COUNT("over", MAY, over, "longer than can be told apart"),
	LIST("quantiles", MUST, quantiles, quantile_shape,
	     "quantiles with their intervals, lowest first"),
	BASE64("hdr", MUST, hdr, "HdrHistogram V2, compressed"),
};
static const struct shape times_shape = {
	"times",
	"a distribution of times, in nanoseconds",
	sizeof(struct times_result),
	times_fields,
	COUNT_OF(times_fields),
};
#undef OF

#define OF named_count
static const struct shape_field named_count_fields[] = {
	TEXT("name", MUST, name, "of what"),
	COUNT("count", MUST, count, "how many"),
};
static const struct shape named_count_shape = {
	"named-count",
	"how many of one kind",
	sizeof(struct named_count),
	named_count_fields,
	COUNT_OF(named_count_fields),
};
#undef OF

#define OF load_step_result
static const struct shape_field step_fields[] = {
	TEXT("name", MUST, name, "as written, or made from what it does"),
	TEXT("kind", MUST, kind, "get, tls, health ..."),
	STRUCT("at", MAY, at, spot_shape, "where the scenario has it"),
	TEXT("method", MAY, method, "request method"),
	TEXT("url", MAY, url, "address asked, as written"),
	TEXT("transport", MAY, transport, "what made the requests"),
	STRUCT("accounting", MUST, accounting, accounting_shape,
	       "of its requests"),
	COUNT("skipped", MAY, skipped, "an earlier step had failed"),
	COUNT("status_4xx", MUST, status_4xx, "answers with a status of 4xx"),
	COUNT("status_5xx", MUST, status_5xx, "answers with a status of 5xx"),
	LIST("statuses", MUST, statuses, named_count_shape,
	     "requests by status"),
	LIST("outcomes", MUST, outcomes, named_count_shape,
	     "requests by outcome"),
	TEXT("sample", MAY, sample, "what the first failure said"),
	COUNT("connections", MAY, connections, "made for it"),
	COUNT("resends", MAY, resends,
	      "requests that were sent again, as a kept connection was closed "
	      "under them; not in sent"),
	COUNT("sent_bytes", MAY, sent_bytes, "bodies of the requests"),
	COUNT("received_bytes", MAY, received_bytes, "bodies of the answers"),
	PHASES("mean_phases_ns", mean_phases, SHAPE_NO_TOTAL,
	       "where the time went; their sum is the mean latency"),
	STRUCT("latency_ns", MUST, latency, times_shape,
	       "from planned to the end"),
	STRUCT("service_ns", MUST, service, times_shape,
	       "from sent to the end"),
	STRUCT("first_byte_ns", MAY, first_byte, times_shape,
	       "from sent to the first byte of the answer"),
	STRUCT("connect_ns", MAY, connect, times_shape,
	       "making a connection: dns, connect and tls"),
};
static const struct shape load_step_shape = {
	"load-step",
	"all requests of one step",
	sizeof(struct load_step_result),
	step_fields,
	COUNT_OF(step_fields),
};
#undef OF

#define OF timeline_row
static const struct shape_field timeline_fields[] = {
	COUNT("at_ns", MUST, at_ns, "nanoseconds since the start of the run"),
	COUNT("for_ns", MUST, for_ns, "its length"),
	BOOL("warm_up", MAY, is_warm_up, "part of the warm-up"),
	COUNT("planned", MUST, planned, "arrivals planned"),
	COUNT("sent", MUST, sent, "arrivals sent"),
	COUNT("ok", MUST, ok, "ended ok"),
	COUNT("failed", MUST, failed, "failed"),
	COUNT("timed_out", MUST, timed_out, "timed out"),
	COUNT("dropped", MUST, dropped, "dropped"),
	COUNT("users", MUST, users, "arrivals or users under way at its end"),
	COUNT("connections", MUST, connections, "open at its end"),
	COUNT("p50_ns", MUST, p50_ns, "latency"),
	COUNT("p90_ns", MUST, p90_ns, "latency"),
	COUNT("p99_ns", MUST, p99_ns, "latency"),
	COUNT("max_ns", MUST, max_ns, "latency"),
	BASE64("hdr", MAY, hdr, "latency, HdrHistogram V2, compressed"),
};
static const struct shape timeline_shape = {
	"timeline-row",
	"what was seen between two moments",
	sizeof(struct timeline_row),
	timeline_fields,
	COUNT_OF(timeline_fields),
};
#undef OF

#define OF limit_result
static const struct shape_field limit_fields[] = {
	TEXT("text", MUST, text, "as written"),
	ENUM("verdict", MUST, verdict, verdict_words,
	     "ok, failed or not-observed"),
	TEXT("seen", MUST, seen, "what was seen, with its unit"),
	TEXT("interval", MAY, interval,
	     "where it lies with 95 %, for this run only"),
	REAL("low", MAY, low, "low end of it: nanoseconds, share, or a second"),
	REAL("high", MAY, high, "high end of it"),
	TEXT("note", MAY, note, "why, when more is to be said"),
	COUNT("samples", MUST, samples, "what it was computed from"),
	COUNT("crossed_at_ns", MAY, crossed_at_ns,
	      "nanoseconds since the start of the run"),
	COUNT("rated", MAY, rated, "of a rate: how many it counts"),
	COUNT("rated_ns", MAY, rated_ns, "of a rate: in which time"),
	COUNT("planned", MAY, planned, "of a rate: arrivals planned then"),
	BOOL("built_in", MAY, built_in, "nobody wrote it"),
	BOOL("aborted", MAY, aborted, "it ended the load"),
	STRUCT("at", MAY, at, spot_shape, "where the scenario has it"),
};
static const struct shape limit_shape = {
	"limit",
	"what had to hold, and what was seen",
	sizeof(struct limit_result),
	limit_fields,
	COUNT_OF(limit_fields),
};
#undef OF

#define OF doubt
static const struct shape_field doubt_fields[] = {
	TEXT("what", MUST, what, "what was seen of the generator itself"),
	TEXT("remedy", MAY, remedy, "what to change"),
	BOOL("fatal", MAY, is_fatal, "the load is invalid"),
};
static const struct shape doubt_shape = {
	"doubt",
	"a reason why the instrument may have been the limit",
	sizeof(struct doubt),
	doubt_fields,
	COUNT_OF(doubt_fields),
};
#undef OF

#define OF instrument
static const struct shape_field instrument_fields[] = {
	COUNT("workers", MUST, workers, "threads that made requests"),
	STRUCT("lateness_ns", MAY, lateness, times_shape,
	       "from planned to sent, of those that did not wait"),
	STRUCT("queue_ns", MAY, queue, times_shape,
	       "waiting for a free connection"),
	STRUCT("loop_lag_ns", MAY, loop_lag, times_shape,
	       "how late the loops of the workers were"),
	COUNT("busiest_cpu_permille", MAY, busiest_cpu_permille,
	      "CPU of the busiest worker"),
	COUNT("open_connections_max", MAY, open_connections_max,
	      "most connections at once"),
	COUNT("waited", MAY, waited, "arrivals that waited for a connection"),
	LIST("doubts", MUST, doubts, doubt_shape,
	     "reasons to distrust the load"),
};
static const struct shape instrument_shape = {
	"instrument",
	"what the generator saw of itself",
	sizeof(struct instrument),
	instrument_fields,
	COUNT_OF(instrument_fields),
};
#undef OF

#define OF load_cost
static const struct shape_field cost_fields[] = {
	REAL("cpu_s", MUST, cpu_s, "CPU seconds of the generator"),
	REAL("cpu_us_per_request", MUST, cpu_us_per_request,
	     "CPU microseconds of the generator for a request"),
	COUNT("peak_rss_bytes", MUST, peak_rss_bytes, "peak of its memory"),
	COUNT("rss_bytes_per_1000", MAY, rss_bytes_per_1000,
	      "memory grown for 1000 requests, after the first second"),
};
static const struct shape cost_shape = {
	"cost",
	"what the load cost this machine",
	sizeof(struct load_cost),
	cost_fields,
	COUNT_OF(cost_fields),
};
#undef OF

#define OF warm_up_result
static const struct shape_field warm_up_fields[] = {
	BOOL("was_asked", MAY, was_asked, "the scenario asks for one"),
	TEXT("how", MAY, how, "fixed, found or not found"),
	TEXT("why", MAY, why, "what it was found by, or why it was not"),
	COUNT("ended_ns", MAY, ended_ns,
	      "nanoseconds since the start of the run"),
	COUNT("requests", MAY, requests, "left out of the times"),
	COUNT("p50_ns", MAY, p50_ns, "their latency"),
	COUNT("p99_ns", MAY, p99_ns, "their latency"),
};
static const struct shape warm_up_shape = {
	"warm-up",
	"the first part of a load, which is not judged",
	sizeof(struct warm_up_result),
	warm_up_fields,
	COUNT_OF(warm_up_fields),
};
#undef OF

#define OF trial
static const struct shape_field trial_fields[] = {
	REAL("rate_per_s", MUST, rate_per_s, "planned"),
	REAL("achieved_per_s", MUST, achieved_per_s, "ended ok"),
	COUNT("for_ns", MUST, for_ns, "its length"),
	BOOL("holds", MUST, holds, "all limits held"),
	BOOL("confirms", MAY, confirms, "repeats one that held"),
	COUNT("p50_ns", MUST, p50_ns, "latency"),
	COUNT("p99_ns", MUST, p99_ns, "latency"),
	COUNT("requests", MUST, requests, "sent"),
	COUNT("errors", MUST, errors, "that did not end ok"),
	TEXT("why", MAY, why, "the limit that was crossed"),
};
static const struct shape trial_shape = {
	"trial",
	"one try of the search for the highest rate",
	sizeof(struct trial),
	trial_fields,
	COUNT_OF(trial_fields),
};
#undef OF

#define OF load_result
static const struct shape_field load_fields[] = {
	TEXT("name", MUST, name, "as in the scenario"),
	STRUCT("at", MAY, at, spot_shape, "where the scenario has it"),
	ENUM("verdict", MUST, verdict, run_words, "of this load"),
	TEXT("message", MAY, message, "why, in one sentence"),
	TEXT("model", MUST, model, "open or closed"),
	TEXT("plan", MUST, plan, "what was to be done"),
	TEXT("process", MAY, process, "even or poisson"),
	COUNT("seed", MAY, seed, "of everything that was drawn"),
	TEXT("target", MAY, target, "what was asked"),
	TEXT("transport", MAY, transport, "what made the requests"),
	TIME_NS("started_at", MUST, started_at_ns, "when it began"),
	COUNT("start_ns", MAY, start_ns,
	      "nanoseconds since the start of the run"),
	COUNT("total_ns", MUST, total_ns, "nanoseconds of the load"),
	TEXT("ended", MUST, ended, "why it ended: plan, aborted ..."),
	STRUCT("warm_up", MAY, warm_up, warm_up_shape,
	       "the part that is not in the times"),
	STRUCT("accounting", MUST, accounting, accounting_shape,
	       "of all arrivals, those of the warm-up too"),
	COUNT("requests", MUST, requests, "sent"),
	COUNT("requests_ok", MUST, requests_ok, "that ended ok"),
	REAL("planned_per_s", MAY, planned_per_s,
	     "arrivals planned a second; absent in a closed model"),
	REAL("rate_per_s", MUST, rate_per_s, "requests that ended a second"),
	COUNT("rated_ns", MAY, rated_ns,
	      "nanoseconds of the plan, over which rates are counted"),
	REAL("ok_per_s", MUST, ok_per_s, "requests that ended ok a second"),
	REAL("success", MUST, success,
	     "share of the requests that ended ok, 0 to 1"),
	STRUCT("latency_ns", MUST, latency, times_shape,
	       "from planned to the end"),
	STRUCT("service_ns", MUST, service, times_shape,
	       "from sent to the end"),
	STRUCT("iteration_ns", MAY, iteration, times_shape,
	       "whole flows, from planned to the end"),
	COUNT("down_for_ns", MAY, down_for_ns,
	      "the longest time without an answer that was ok"),
	LIST("steps", MUST, steps, load_step_shape, "in order"),
	LIST("limits", MUST, limits, limit_shape, "what had to hold"),
	LIST("timeline", MUST, timeline, timeline_shape, "in order of time"),
	STRUCT("instrument", MUST, instrument, instrument_shape,
	       "what the generator saw of itself"),
	STRUCT("cost", MUST, cost, cost_shape, "what it cost this machine"),
	LIST("trials", MAY, trials, trial_shape,
	     "of the search for the highest rate"),
	REAL("max_rate_per_s", MAY, max_rate_per_s,
	     "the highest rate at which all limits held"),
	LIST("notes", MAY, notes, named_count_shape,
	     "what else is worth to know"),
};
const struct shape load_shape = {
	"load",	     "what one load has seen", sizeof(struct load_result),
	load_fields, COUNT_OF(load_fields),
};
#undef OF
