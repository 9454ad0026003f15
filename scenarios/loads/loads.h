/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_LOADS_H
#define SCENARIOS_LOADS_H

/*
 * loads - the loads: and data: of a scenario, decoded.
 *
 * Plain const data as in scenarios/model.h.  An open load has a plan of
 * arrivals that does not ask how the target is doing; a closed one has users
 * who ask again when they were answered.
 *
 *     loads:
 *       booking:
 *         allow_hosts: [staging.example.org]
 *         flow: { run: sign-in }      # a check; { steps: [...] }; or a list
 *                                     # of these, each with a weight
 *         arrivals: { rate: 200/s, ramp: 10s, for: 60s, process: poisson,
 *                     seed: 7 }
 *         limits:
 *           - p95(latency) < 2s
 *           - { limit: ratio(errors) < 5%, abort: true, hold: 5s }
 *
 * Units         _ns nanoseconds, rates per second.
 * Thread rule   const after loading; shared by all threads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"
#include "scenarios/rule/rule.h"

struct buf;   /* scenarios/base/buf.h */
struct check; /* scenarios/model.h */
struct scenario;
struct step;
struct step_list;

enum {
	LOADS_MAX = 100,
	LOAD_FLOWS_MAX = 100,
	LOAD_STAGES_MAX = 1000,
	LOAD_HOSTS_MAX = 1000,
	LOAD_SOURCES_MAX = 256,
	LOAD_USERS_MAX = 1000000,
	LOAD_CONNECTIONS_MAX = 1000000,
	LOAD_STREAMS_MAX = 1000,
	LOAD_REPLAY_MAX = 10000000, /* arrivals in a file */
	FEEDERS_MAX = 50,
	FEEDER_COLUMNS_MAX = 200,
	FEEDER_ROWS_MAX = 10000000,
	FEEDER_FILE_MAX = 256 << 20, /* bytes */
};
#define LOAD_RATE_MAX	 10000000.0 /* arrivals a second */
#define LOAD_RATE_MIN	 0.001
#define LOAD_TIME_MAX_NS UINT64_C(604800000000000) /* a week */

/* ---- data: rows of values ------------------------------------------- */

enum feeder_order {
	FEEDER_SEQUENTIAL,
	FEEDER_RANDOM,	/* any row each time, by the seed */
	FEEDER_SHUFFLE, /* each row once, in an order drawn by the seed */
};

/* What happens when all rows were used (not RANDOM). */
enum feeder_end {
	FEEDER_WRAP, /* from the beginning again */
	FEEDER_STOP, /* the load starts nothing more, and says so */
};

struct feeder {
	const char *name;
	const char *path; /* as meant from here */
	struct place at;
	unsigned order;	   /* enum feeder_order */
	unsigned at_end;   /* enum feeder_end */
	bool is_by_worker; /* each worker goes through rows of its own: row i
			    * belongs to worker i mod workers; false: rows are
			    * dealt by the number of the arrival */
	uint64_t seed;
	size_t n_columns;
	const char *const *columns;
	const bool *is_secret;	  /* for each column */
	size_t n_rows;		  /* at least 1 */
	const char *const *cells; /* n_rows x n_columns, never NULL */
};

static inline const char *feeder_cell(const struct feeder *f, size_t row,
				      size_t column)
{
	return f->cells[row * f->n_columns + column];
}

/* ---- arrivals ------------------------------------------------------- */

enum load_model {
	LOAD_OPEN,
	LOAD_CLOSED,
};

enum load_process {
	PROCESS_EVEN,	 /* the gaps are the inverse of the rate */
	PROCESS_POISSON, /* exponential gaps, by the seed */
};

/* For a time the level goes from one value to another in a straight line:
 * arrivals a second of an open load, users of a closed one.  for_ns 0, of the
 * last stage only: until the iterations are done. */
struct load_stage {
	double from, to;
	uint64_t for_ns;
};

struct load_plan {
	enum load_model model;
	/* open: stages, or bursts, or a file */
	size_t n_stages;
	const struct load_stage *stages;
	unsigned process; /* enum load_process */
	uint64_t seed;	  /* kept in the result; 0: the run draws one */
	uint64_t burst_size;
	uint64_t burst_every_ns; /* 0: no bursts */
	uint64_t for_ns;	 /* all in all; 0: until iterations are done,
				    * or the file is over */
	size_t n_replay;	 /* times of arrival since the start, sorted */
	const uint64_t *replay_ns; /* NULL: no file */
	const char *replay_file;
	/* both; 0: no limit */
	uint64_t iterations; /* in all, shared */
	/* closed */
	uint64_t iterations_each; /* of each user */
	uint64_t think_low_ns;	  /* between two iterations */
	uint64_t think_high_ns;
};

/* ---- connections ---------------------------------------------------- */

struct load_connections {
	uint64_t max;	 /* at once, of one load; 0: as many as are needed */
	bool is_fresh;	 /* a new one for each request; false: kept alive */
	bool keeps_user; /* a closed user keeps to its own connection */
	bool resumes;	 /* TLS sessions are used again; true by default */
	uint64_t
		streams; /* HTTP/2: at once on one connection; 0: the default */
	uint64_t max_requests; /* on one connection; 0: no limit */
	size_t n_sources;
	const char *const *sources; /* numeric addresses of this machine */
};

/* ---- loads ---------------------------------------------------------- */

struct load_flow {
	uint64_t weight; /* at least 1 */
	const struct check *check;
	bool is_own; /* steps of the load itself, not a check of the file */
};

struct load_limit {
	struct rule rule;
	bool aborts;	  /* ends the load as soon as it is crossed */
	uint64_t hold_ns; /* it was crossed all this time before it aborts */
	bool is_trial;	  /* of a search, which tries again: decided without
			   * looking at its interval */
};

/* How the load is used to compare two builds (loadgen/gate); what is 0 or
 * NULL is as usual. */
struct load_gate {
	struct place at;   /* of the section; nowhere: there is none */
	const char *ready; /* path that is answered when a side is ready */
	uint64_t for_ns, launch_every_ns, slot_ns;
	uint64_t warm_up_ns;
	bool has_warm_up;
	uint64_t alpha_ppb, min_effect_ppb, equivalence_ppb, tau_ppb;
	size_t n_quantiles;
	const double *quantiles; /* that decide, rising */
	unsigned by;		 /* enum load_gate_by */
	uint64_t start_timeout_ns, stop_timeout_ns;
};

/* What is usual, and what may be written: a gate that is judged again
 * (report/gate) keeps to the same. */
#define LOAD_GATE_MIN_EFFECT_PPB  UINT64_C(50000000)  /* 5 % */
#define LOAD_GATE_EQUIVALENCE_PPB UINT64_C(100000000) /* 10 % */
#define LOAD_GATE_ALPHA_MIN_PPB	  UINT64_C(1000)      /* 0.0001 % */
#define LOAD_GATE_ALPHA_MAX_PPB	  UINT64_C(250000000) /* 25 % */

enum load_gate_by {
	LOAD_GATE_ALL,
	LOAD_GATE_STEP, /* each step has a verdict of its own, too */
};

struct workload {
	const char *name;
	const char *description; /* or NULL */
	struct place at;
	size_t n_hosts;
	const char *const *hosts; /* allowed besides loopback */
	size_t n_flows;		  /* at least 1 */
	const struct load_flow *flows;
	struct load_plan plan;
	uint64_t start_ns; /* after the start of the run, or of what it waits
			    * for */
	const struct workload *after; /* or NULL */
	uint64_t warm_up_ns;
	bool finds_warm_up; /* warm_up: auto */
	uint64_t grace_ns;  /* for what is under way at the end */
	bool has_grace;	    /* else: the time-out of its steps */
	uint64_t digits;    /* of histograms, 1 to 4 */
	struct load_connections connections;
	size_t n_limits;
	const struct load_limit *limits;
	struct load_gate gate;
};

/* What a load is when nothing else is said. */
void workload_preset(struct workload *w);

/* True when the load may send there: to this machine (localhost and names
 * below it, 127.0.0.0/8, ::1), and to what its allow_hosts name.  A host of
 * them without a port allows all ports, *.example.org every name below it.
 * host: as in a URL, an IPv6 address with or without brackets. */
bool workload_allows(const struct workload *w, const char *host, unsigned port);

/* True when its allow_hosts name the host, be it this machine or not. */
bool workload_names(const struct workload *w, const char *host, unsigned port);

/* How a request is to get to its host, in libcurl's forms. */
struct load_way {
	const char *host; /* of its URL; NULL: not known yet */
	unsigned port;
	const char *proxy; /* URL, or NULL */
	size_t n_resolve;
	const char *const *resolve; /* "host:port:address"; NULL: not known */
	size_t n_connect_to;
	const char *const *connect_to; /* "host:port:host:port"; likewise */
};

enum load_detour_kind {
	DETOUR_NONE, /* the host of the URL itself */
	DETOUR_RESOLVE,
	DETOUR_CONNECT_TO,
	DETOUR_PROXY,
};

/* What leads where a load may not go. */
struct load_detour {
	enum load_detour_kind kind;
	size_t row;	/* of resolve or connect_to */
	char host[256]; /* where it leads, perhaps with a port; "" */
};

/* workload_allows() for all of the way.  Where the host is allowed only as
 * this machine is, that which connect_to and resolve divert it to must be
 * allowed as well; a host that allow_hosts name may be sent anywhere, as the
 * same person wrote both.  A proxy must be allowed itself.  False: *detour
 * tells. */
bool workload_allows_way(const struct workload *w, const struct load_way *way,
			 struct load_detour *detour);
const char *load_detour_say(const struct load_detour *detour);

/* Whether its flows have the step that a limit names, and whether a share of what
 * is planned can count what it asks for; a problem if not. */
bool workload_knows(const struct workload *w, const struct rule *r,
		    struct errs *es);

/* Sorts one entry of allow_hosts out: false with a sentence in *why. */
bool load_host_check(const char *entry, struct buf *why);

/* What a step of a flow is called in limits and results: its name, else its
 * kind and path: "get /health/ready", with * for a value of the run.  n_slots:
 * of its check.  False when it is known at each run only. */
bool load_step_name(const struct step *step, size_t n_slots, struct buf *out);

/* Calls fn for every step of the list and inside them, in order; ends early
 * when it says false. */
bool load_steps_each(const struct step_list *steps,
		     bool (*fn)(void *self, const struct step *step),
		     void *self);

/* What is legal in data: and loads: and yet probably not meant. */
void loads_lint(const struct scenario *sc, struct errs *warnings);

#endif
