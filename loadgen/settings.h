/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_SETTINGS_H
#define LOADGEN_SETTINGS_H

/*
 * settings - what may be said on the command line of assay loadgen.
 *
 * Zero or NULL is what was not given.
 *
 * Thread rule   const after the command line was read.
 * Ownership     texts borrow argv; options_release() frees the lists.
 */

#include <stdbool.h>
#include <stdint.h>

#include "loadgen/after/after.h"
#include "report/render/outputs.h"
#include "scenarios/base/options.h"

struct settings {
	/* of a file */
	const char *environment;
	struct args vars;
	struct args only;
	/* of a URL: the request */
	const char *method, *body, *body_file, *statuses, *ca_file;
	const char *unix_socket;
	struct args headers, resolve;
	uint64_t timeout_ns;
	unsigned http;
	bool insecure;
	/* of a URL: the load */
	uint64_t users, iterations, for_ns, ramp_ns, warm_up_ns, grace_ns;
	uint64_t seed, digits, streams, max_requests;
	const char *rate;
	bool is_poisson, finds_warm_up, is_fresh, no_resumption;
	struct args limits, sources;
	/* of the run */
	uint64_t workers, deadline_ns, trial_ns;
	unsigned transport;
	const char *find_max, *vantage;
	struct after_settings after;
	/* of the gate */
	const char *baseline, *candidate, *baseline_label, *candidate_label;
	const char *seed_text;
	bool calibrates, is_strict, is_fail_fast;
	unsigned fixed_order; /* enum gate_fixed */
	/* of what is told */
	struct outputs outputs;
	unsigned colour; /* enum out_colour */
	bool quiet, verbose;
};

extern const struct option_spec loadgen_options[]; /* of struct settings */

#endif
