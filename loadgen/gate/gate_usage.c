/* SPDX-License-Identifier: MIT */
#include "loadgen/gate/gate_usage.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "loadgen/gate/gate_run.h"
#include "loadgen/settings.h"
#include "probe/tell.h"
#include "scenarios/base/err.h"

#define SEED_MAX ((UINT64_C(1) << 53) - 1) /* exact in JSON */

bool gate_is_asked(const struct settings *set)
{
	return set->baseline || set->candidate || set->calibrates;
}

struct clash {
	bool is_wrong;
	const char *why;
};

static bool refuse(const struct clash *clash, size_t n, struct errs *es)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		if (clash[i].is_wrong)
			ok = errs_add(es, ERR_INPUT, NOWHERE, "%s",
				      clash[i].why);
	return ok;
}

static bool check_sides(const struct settings *set, struct errs *es)
{
	bool has_a = set->baseline, has_b = set->candidate;
	const struct clash clash[] = {
		{ has_b && !has_a && !set->calibrates,
		  "--candidate needs a --baseline to be compared with" },
		{ has_a && !has_b && !set->calibrates,
		  "--baseline needs a --candidate, or --calibrate" },
		{ set->calibrates && (has_b || !has_a),
		  "--calibrate is for a --baseline alone" },
		{ set->is_fail_fast && set->calibrates,
		  "--fail-fast is for a --baseline and a --candidate" },
		{ set->is_fail_fast &&
			  ((has_a && operand_is_url(set->baseline)) ||
			   (has_b && operand_is_url(set->candidate))),
		  "--fail-fast needs commands: it looks between launches, and "
		  "what runs at a URL is not launched" },
		{ set->calibrates && has_a && operand_is_url(set->baseline),
		  "--calibrate needs a command as --baseline: what runs at a "
		  "URL is not launched, so that launches cannot differ" },
	};

	return refuse(clash, sizeof(clash) / sizeof(*clash), es);
}

static bool check_others(const struct settings *set, struct errs *es)
{
	const struct clash clash[] = {
		{ set->find_max != NULL,
		  "--find-max and --baseline exclude each other" },
		{ set->after.watch_ns > 0,
		  "--watch and --baseline exclude each other" },
		{ set->iterations > 0,
		  "--requests does not go with --baseline: two builds are "
		  "compared for a --duration" },
		{ set->ramp_ns > 0,
		  "--ramp does not go with --baseline: two builds are compared "
		  "at one level" },
		{ set->warm_up_ns || set->finds_warm_up,
		  "--warm-up and --find-warm-up do not go with --baseline: "
		  "each "
		  "launch has a warm-up of its own" },
	};

	return refuse(clash, sizeof(clash) / sizeof(*clash), es);
}

static bool check_none(const struct settings *set, struct errs *es)
{
	const struct clash clash[] = {
		{ set->is_strict,
		  "--strict is for a --baseline and a --candidate" },
		{ set->is_fail_fast,
		  "--fail-fast is for a --baseline and a --candidate" },
		{ set->fixed_order != GATE_FIXED_NOTHING,
		  "--fixed-order is for a --baseline and a --candidate" },
		{ set->baseline_label || set->candidate_label,
		  "--label-baseline and --label-candidate are for a --baseline "
		  "and a --candidate" },
	};

	return refuse(clash, sizeof(clash) / sizeof(*clash), es);
}

static bool read_seed(struct settings *set, struct errs *es)
{
	const char *text = set->seed_text;
	bool is_hex =
		text && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = is_hex ? text + 2 : text;
	char *end;

	if (!text)
		return true;
	errno = 0;
	set->seed = strtoull(digits, &end, is_hex ? 16 : 10);
	if (isxdigit((unsigned char)*digits) && !*end && !errno &&
	    set->seed > 0 && set->seed <= SEED_MAX)
		return true;
	return errs_add(es, ERR_INPUT, NOWHERE,
			"\"--seed\" must be a whole number from 1 to %" PRIu64
			", or the same in hexadecimal with 0x in front, got "
			"\"%s\"",
			SEED_MAX, text);
}

bool gate_usage(struct settings *set, struct errs *es)
{
	bool ok = read_seed(set, es);

	if (!gate_is_asked(set))
		return check_none(set, es) && ok;
	ok &= check_sides(set, es);
	return check_others(set, es) && ok;
}

void gate_usage_take(const struct settings *set, struct gate_config *out)
{
	*out = (struct gate_config){
		.source = { set->baseline, set->candidate },
		.label = { set->baseline_label, set->candidate_label },
		.is_calibration = set->calibrates,
		.is_strict = set->is_strict,
		.is_fail_fast = set->is_fail_fast,
		.fixed = set->fixed_order,
		.for_ns = set->for_ns,
		.seed = set->seed,
	};
}
