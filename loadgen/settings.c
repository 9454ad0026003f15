/* SPDX-License-Identifier: MIT */
#include "loadgen/settings.h"

#include "loadgen/gate/gate_run.h"
#include "loadgen/run/load_run.h"
#include "report/out.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

enum { DIGITS_MAX = 4 };

#define TIME_MIN_NS UINT64_C(1000000)

static const char *const http_names[] = { "any", "1.0",	    "1.1",
					  "2",	 "2-prior", NULL };

#define AT(field) OPTION_AT(struct settings, field)

const struct option_spec loadgen_options[] = {
	{ .help = "a scenario" },
	{ "env", 0, OPTION_TEXT, AT(environment), .arg = "NAME",
	  .help = "choose the block of that name under environments" },
	{ "var", 0, OPTION_LIST, AT(vars), .arg = "NAME=VALUE",
	  .help = "replace the value of a var" },
	{ "only", 0, OPTION_LIST, AT(only), .arg = "LOAD",
	  .help = "run the load of that name" },

	{ .help = "a URL: how much" },
	{ "connections", 'c', OPTION_COUNT, AT(users), .arg = "N", .min = 1,
	  .max = LOAD_USERS_MAX,
	  .help = "N users, each on a connection of its own; 10 when not "
		  "given. With --rate: at most N connections, otherwise as "
		  "many as are needed" },
	{ "duration", 'd', OPTION_DURATION, AT(for_ns), .arg = "TIME",
	  .min = TIME_MIN_NS, .max = LOAD_TIME_MAX_NS,
	  .help = "for so long; 10s when neither this nor -n is given" },
	{ "requests", 'n', OPTION_COUNT, AT(iterations), .arg = "N", .min = 1,
	  .help = "N requests in all" },
	{ "rate", 'r', OPTION_TEXT, AT(rate), .arg = "RATE",
	  .help = "RATE requests a second (2000, 2000/s, 90/m), whatever the "
		  "target does; without it each user waits for its answer" },
	{ "ramp", 0, OPTION_DURATION, AT(ramp_ns), .arg = "TIME",
	  .max = LOAD_TIME_MAX_NS,
	  .help = "come up from nothing during TIME, before the duration" },
	{ "poisson", 0, OPTION_FLAG, AT(is_poisson),
	  .help = "draw the gaps between requests, as independent users make "
		  "them; even gaps when not given" },
	{ "seed", 0, OPTION_TEXT, AT(seed_text), .arg = "N",
	  .help = "draw what an earlier run drew; the result tells its seed, "
		  "like 4711 or 0x7f3a" },
	{ "warm-up", 0, OPTION_DURATION, AT(warm_up_ns), .arg = "TIME",
	  .max = LOAD_TIME_MAX_NS,
	  .help = "measure the first TIME, but do not judge it" },
	{ "find-warm-up", 0, OPTION_FLAG, AT(finds_warm_up),
	  .help = "find out when the warm-up is over, and say so" },
	{ "grace", 0, OPTION_DURATION, AT(grace_ns), .arg = "TIME",
	  .min = TIME_MIN_NS, .max = LOAD_TIME_MAX_NS,
	  .help = "wait TIME for answers at the end; the timeout when not "
		  "given" },
	{ "limit", 0, OPTION_LIST, AT(limits), .arg = "RULES",
	  .help = "what has to hold, like 'p99(latency) < 200ms, "
		  "ratio(errors) < 0.1%'; ratio(errors) < 1% when not given" },

	{ .help = "a URL: the request" },
	{ "method", 'm', OPTION_TEXT, AT(method), .arg = "METHOD",
	  .help = "ask with METHOD instead of GET" },
	{ "header", 'H', OPTION_LIST, AT(headers), .arg = "LINE",
	  .help = "send this header, \"Name: value\"" },
	{ "body", 'b', OPTION_TEXT, AT(body), .arg = "TEXT",
	  .help = "send TEXT as the body" },
	{ "body-file", 0, OPTION_TEXT, AT(body_file), .arg = "FILE",
	  .help = "send what is in FILE as the body" },
	{ "timeout", 0, OPTION_DURATION, AT(timeout_ns), .arg = "TIME",
	  .min = TIME_MIN_NS, .max = LOAD_TIME_MAX_NS,
	  .help = "give a request up after TIME; 10s when not given" },
	{ "expect-status", 0, OPTION_TEXT, AT(statuses), .arg = "LIST",
	  .help = "statuses or classes that are well, like 200 or 2xx,404; "
		  "2xx,3xx when not given" },
	{ "http", 0, OPTION_CHOICE, AT(http), .arg = "VERSION", .preset = "any",
	  .choices = http_names, .help = "version of HTTP; any is 1.1" },
	{ "insecure", 'k', OPTION_FLAG, AT(insecure),
	  .help = "do not verify certificates; the result says so" },
	{ "ca-file", 0, OPTION_TEXT, AT(ca_file), .arg = "FILE",
	  .help = "trust the authorities in FILE (PEM) only" },

	{ .help = "a URL: its connections" },
	{ "fresh", 0, OPTION_FLAG, AT(is_fresh),
	  .help = "a new connection for each request" },
	{ "max-requests", 0, OPTION_COUNT, AT(max_requests), .arg = "N",
	  .min = 1, .help = "close a connection after N requests" },
	{ "streams", 0, OPTION_COUNT, AT(streams), .arg = "N", .min = 1,
	  .max = LOAD_STREAMS_MAX,
	  .help = "HTTP/2: at most N requests at once on a connection" },
	{ "no-resumption", 0, OPTION_FLAG, AT(no_resumption),
	  .help = "shake hands in full with every TLS connection" },
	{ "source", 0, OPTION_LIST, AT(sources), .arg = "ADDRESS",
	  .help = "connect from this address of this machine; several take "
		  "turns" },
	{ "resolve", 0, OPTION_LIST, AT(resolve), .arg = "HOST:PORT:ADDRESS",
	  .help = "connect to ADDRESS for that host and port" },
	{ "unix-socket", 0, OPTION_TEXT, AT(unix_socket), .arg = "PATH",
	  .help = "connect to that socket instead of the host" },

	{ .help = "two builds, instead of one target" },
	{ "baseline", 0, OPTION_TEXT, AT(baseline), .arg = "COMMAND|URL",
	  .help = "the build to compare with: a command that serves on "
		  "127.0.0.1:$PORT, or where it runs already" },
	{ "candidate", 0, OPTION_TEXT, AT(candidate), .arg = "COMMAND|URL",
	  .help = "the build that may be slower; the load is put on both by "
		  "turns, and the verdict says whether it is. With a scenario "
		  "--duration and --seed are of the gate" },
	{ "label-baseline", 0, OPTION_TEXT, AT(baseline_label), .arg = "TEXT",
	  .help = "what people call the baseline, like main@1a2b" },
	{ "label-candidate", 0, OPTION_TEXT, AT(candidate_label), .arg = "TEXT",
	  .help = "what people call the candidate" },
	{ "calibrate", 0, OPTION_FLAG, AT(calibrates),
	  .help = "compare the baseline with itself, and tell how much its "
		  "launches differ" },
	{ "strict", 0, OPTION_FLAG, AT(is_strict),
	  .help = "exit code 3 when the gate cannot tell" },
	{ "fail-fast", 0, OPTION_FLAG, AT(is_fail_fast),
	  .help = "look at the gate after about each quarter of its launches, "
		  "and end it when the candidate is surely worse" },
	{ "fixed-order", 0, OPTION_CHOICE, AT(fixed_order), .arg = "WHAT",
	  .preset = "nothing", .choices = gate_fixed_names,
	  .help = "to show what goes wrong without coins; never for a "
		  "verdict" },

	{ .help = "the run" },
	{ "threads", 't', OPTION_COUNT, AT(workers), .arg = "N", .min = 1,
	  .max = LOAD_WORKERS_MAX, .preset = "1",
	  .help = "make the load with N threads" },
	{ "find-max", 0, OPTION_TEXT, AT(find_max), .arg = "RULES",
	  .help = "find the highest rate at which RULES hold, like "
		  "'p99(latency) < 200ms'; --rate is where to begin" },
	{ "trial", 0, OPTION_DURATION, AT(trial_ns), .arg = "TIME",
	  .min = UNIT_NS_PER_S, .max = LOAD_TIME_MAX_NS,
	  .help = "how long --find-max tries each rate; 5s when not given" },
	{ "transport", 0, OPTION_CHOICE, AT(transport), .arg = "NAME",
	  .preset = "auto", .choices = load_transport_names,
	  .help = "what makes the requests; auto is the cheapest that can" },
	{ "digits", 0, OPTION_COUNT, AT(digits), .arg = "N", .min = 1,
	  .max = DIGITS_MAX,
	  .help = "significant digits of the histograms; 3 when not given" },
	{ "deadline", 0, OPTION_DURATION, AT(deadline_ns), .arg = "TIME",
	  .min = TIME_MIN_NS, .max = LOAD_TIME_MAX_NS,
	  .help = "end the run after TIME, whatever was reached" },
	{ "vantage", 0, OPTION_TEXT, AT(vantage), .arg = "TEXT",
	  .help = "say in the result where it was seen from" },

	{ .help = "after a deployment" },
	{ "watch", 0, OPTION_DURATION, AT(after.watch_ns), .arg = "TIME",
	  .min = AFTER_WATCH_MIN_NS, .max = AFTER_WATCH_MAX_NS,
	  .help = "send little (10 a second, fewer if the stored run had "
		  "fewer, or --rate) for at most TIME" },
	{ "against", 0, OPTION_TEXT, AT(after.against), .arg = "RESULT",
	  .help = "compare errors and p95 with that stored result, and end as "
		  "soon as it is decided; exit code 1 when it is worse, 3 "
		  "when it could not be decided" },
	{ "latency-margin", 0, OPTION_PERCENT, AT(after.latency_margin),
	  .arg = "PERCENT", .preset = "25%", .max = AFTER_MARGIN_MAX,
	  .help = "with --against: so much slower is not worse" },
	{ "error-margin", 0, OPTION_PERCENT, AT(after.error_margin),
	  .arg = "PERCENT", .preset = "1%", .max = AFTER_ERRORS_MAX,
	  .help = "with --against: so many more of all requests may fail" },
	{ "worse-level", 0, OPTION_PERCENT, AT(after.worse_level),
	  .arg = "PERCENT", .preset = "1%", .min = AFTER_LEVEL_MIN,
	  .max = AFTER_LEVEL_MAX,
	  .help = "with --against: most chance of calling worse what is not" },
	{ "same-level", 0, OPTION_PERCENT, AT(after.same_level),
	  .arg = "PERCENT", .preset = "5%", .min = AFTER_LEVEL_MIN,
	  .max = AFTER_LEVEL_MAX,
	  .help = "with --against: most chance of calling not worse what is "
		  "worse" },
	{ "on-fail-command", 0, OPTION_TEXT, AT(after.command),
	  .arg = "COMMAND",
	  .help = "when it is worse, give COMMAND to /bin/sh; ASSAY_VERDICT, "
		  "ASSAY_LOAD, ASSAY_METRIC, ASSAY_BEFORE, ASSAY_NOW, "
		  "ASSAY_BOUND, ASSAY_MESSAGE and ASSAY_RESULT tell it why" },
	{ "on-fail-webhook", 0, OPTION_TEXT, AT(after.webhook), .arg = "URL",
	  .help = "when it is worse, POST a notice as JSON to URL" },
	{ "hook-timeout", 0, OPTION_DURATION, AT(after.hook_ns), .arg = "TIME",
	  .preset = "60s", .min = AFTER_WATCH_MIN_NS, .max = AFTER_WATCH_MAX_NS,
	  .help = "how long each of these two may take, tries and all" },

	OUTPUTS_OPTIONS(struct settings, outputs)

		{ .help = "what is told" },
	{ "color", 0, OPTION_CHOICE, AT(colour), .arg = "WHEN",
	  .preset = "auto", .choices = out_colours,
	  .help = "when to use colour" },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet),
	  .help = "show no progress, and nothing when all is well" },
	{ "verbose", 'v', OPTION_FLAG, AT(verbose), .help = "tell everything" },
	{ 0 },
};
