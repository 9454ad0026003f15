/* SPDX-License-Identifier: MIT */
#include "report/result/gate_result.h"
#include "report/result/shape_rows.h"

const char *gate_verdict_name(enum gate_verdict v)
{
	static const char *const names[GATE_VERDICT_N] = {
		[GATE_NO_CHANGE] = "no change",
		[GATE_IMPROVEMENT] = "improvement",
		[GATE_INCONCLUSIVE] = "inconclusive",
		[GATE_REGRESSION] = "regression",
	};

	return (unsigned)v < GATE_VERDICT_N ? names[v] : "";
}

const char *gate_kind_name(enum gate_kind k)
{
	static const char *const names[GATE_KIND_N] = {
		[GATE_LATENCY] = "latency",
		[GATE_ERRORS] = "errors",
		[GATE_SLOW] = "slow",
		[GATE_THROUGHPUT] = "throughput",
	};

	return (unsigned)k < GATE_KIND_N ? names[k] : "";
}

static const char *verdict_word(unsigned v)
{
	return gate_verdict_name((enum gate_verdict)v);
}
static const char *kind_word(unsigned k)
{
	return gate_kind_name((enum gate_kind)k);
}
static const struct shape_words gate_verdict_words = { "gate-verdict",
						       GATE_VERDICT_N,
						       verdict_word };
static const struct shape_words gate_kind_words = { "gate-kind", GATE_KIND_N,
						    kind_word };

#define OF gate_quantile
static const struct shape_field gate_quantile_fields[] = {
	FLOAT("q", MUST, q, "0.99"),
	BOOL("gated", MUST, is_gated, "it counts; else it is only told"),
};
static const struct shape gate_quantile_shape = {
	"gate-quantile",
	"a quantile of latency that the gate looks at",
	sizeof(struct gate_quantile),
	gate_quantile_fields,
	COUNT_OF(gate_quantile_fields),
};
#undef OF

#define OF gate_settings
static const struct shape_field gate_settings_fields[] = {
	FLOAT("alpha", MUST, alpha,
	      "probability of a false alarm, of all metrics together"),
	FLOAT("min_effect", MUST, min_effect,
	      "the smallest change of latency that counts, as a share"),
	FLOAT("equivalence", MUST, equivalence,
	      "a change within it is none, as a share"),
	FLOAT("min_rate", MUST, min_rate,
	      "errors and slow requests: at least so much more, as a share"),
	FLOAT("min_ratio", MUST, min_ratio,
	      "errors and slow requests: at least so many times as many"),
	FLOAT("slow_factor", MUST, slow_factor,
	      "a request is slow above so many pooled medians"),
	FLOAT("assumed_tau", MUST, assumed_tau,
	      "standard deviation between launches where it is not measured"),
	FLOAT("least_tau", MUST, least_tau,
	      "no smaller one is believed where it is measured"),
	BOOL("tau_calibrated", MAY, tau_calibrated,
	     "assumed_tau was measured by a calibration"),
	BOOL("strict", MAY, is_strict, "inconclusive is a verdict of its own"),
	LIST("quantiles", MUST, quantiles, gate_quantile_shape, "lowest first"),
};
static const struct shape gate_settings_shape = {
	"gate-settings",
	"how a gate judges",
	sizeof(struct gate_settings),
	gate_settings_fields,
	COUNT_OF(gate_settings_fields),
};
#undef OF

#define OF gate_design
static const struct shape_field gate_design_fields[] = {
	COUNT("total_ns", MUST, total_ns, "slots of both sides"),
	COUNT("launches", MUST, launches, "of each side"),
	BOOL("can_launch", MUST, can_launch, "by a command, again and again"),
	COUNT("launch_ns", MUST, launch_ns, "slots between two launches"),
	COUNT("warm_up_ns", MUST, warm_up_ns,
	      "after each launch, not measured"),
	COUNT("slot_ns", MUST, slot_ns, "one side has all of the traffic"),
	COUNT("cell_ns", MUST, cell_ns, "a whole number of pairs of slots"),
	COUNT("cells", MUST, cells, "planned"),
	REAL("rate_per_s", MAY, rate_per_s,
	     "requests a second in a slot; absent in a closed model"),
	TEXT("seed", MUST, seed, "of the order of slots and starts"),
	BOOL("fixed_order", MAY, is_fixed_order,
	     "no coin was thrown: not fit for a verdict"),
	BOOL("fail_fast", MAY, is_fail_fast,
	     "it was looked at between launches, and alpha divided"),
	COUNT("ended_after", MAY, ended_after,
	      "so many launches, as the candidate was worse; absent: it was "
	      "measured to its end"),
	REAL("could_detect", MAY, could_detect,
	     "planned for the highest quantile, in percent"),
};
static const struct shape gate_design_shape = {
	"gate-design",
	"how a gate measured",
	sizeof(struct gate_design),
	gate_design_fields,
	COUNT_OF(gate_design_fields),
};
#undef OF

#define OF gate_side
static const struct shape_field gate_side_fields[] = {
	TEXT("name", MUST, name, "baseline or candidate"),
	TEXT("label", MAY, label, "what people call it"),
	TEXT("source", MUST, source, "the command or the URL"),
	TEXT("target", MUST, target, "where its requests went"),
	COUNT("starts_ns", MAY, starts_ns, "from launch to ready, on average"),
};
static const struct shape gate_side_shape = {
	"gate-side",	  "one of the two builds",    sizeof(struct gate_side),
	gate_side_fields, COUNT_OF(gate_side_fields),
};
#undef OF

#define OF gate_half
static const struct shape_field gate_half_fields[] = {
	COUNT("attempts", MUST, attempts, "requests planned in its slots"),
	COUNT("errors", MUST, errors, "that did not end ok"),
	BASE64("hdr", MUST, hdr,
	       "latency of what ended ok or timed out: HdrHistogram V2, "
	       "compressed, two digits"),
};
static const struct shape gate_half_shape = {
	"gate-half",
	"what one side did in one cell",
	sizeof(struct gate_half),
	gate_half_fields,
	COUNT_OF(gate_half_fields),
};
#undef OF

#define OF gate_cell
static const struct shape_field gate_cell_fields[] = {
	COUNT("group", MUST, group, "index in groups"),
	COUNT("launch", MUST, launch, "from 0"),
	COUNT("at_ns", MUST, at_ns, "since the first slot"),
	STRUCT("a", MUST, a, gate_half_shape, "the baseline"),
	STRUCT("b", MUST, b, gate_half_shape, "the candidate"),
};
static const struct shape gate_cell_shape = {
	"gate-cell",
	"both sides in a few slots side by side",
	sizeof(struct gate_cell),
	gate_cell_fields,
	COUNT_OF(gate_cell_fields),
};
#undef OF

#define OF gate_group
static const struct shape_field gate_group_fields[] = {
	TEXT("name", MUST, name, "empty: all requests; else of a step"),
};
static const struct shape gate_group_shape = {
	"gate-group",
	"requests that are judged together",
	sizeof(struct gate_group),
	gate_group_fields,
	COUNT_OF(gate_group_fields),
};
#undef OF

#define OF gate_launch
static const struct shape_field gate_launch_fields[] = {
	COUNT("launch", MUST, launch, "from 0"),
	FLOAT("change", MUST, change, "in percent"),
};
static const struct shape gate_launch_shape = {
	"gate-launch",
	"the change in one launch",
	sizeof(struct gate_launch),
	gate_launch_fields,
	COUNT_OF(gate_launch_fields),
};
#undef OF

#define OF gate_metric
static const struct shape_field gate_metric_fields[] = {
	TEXT("name", MUST, name, "p99, errors, slow, throughput"),
	TEXT("group", MAY, group, "absent: all requests; else a step"),
	ENUM("kind", MUST, kind, gate_kind_words, "what it is of"),
	REAL("q", MAY, q, "of latency: the quantile"),
	BOOL("gated", MUST, is_gated, "it counts; else it is only told"),
	ENUM("verdict", MUST, verdict, gate_verdict_words, "of this metric"),
	TEXT("note", MAY, note, "why, or what else is to be known"),
	FLOAT("a", MUST, a, "baseline: nanoseconds, share, or a second"),
	FLOAT("b", MUST, b, "candidate: nanoseconds, share, or a second"),
	FLOAT("estimate", MUST, estimate,
	      "change in percent, of shares in percentage points"),
	FLOAT("low", MUST, low, "low end of its interval"),
	FLOAT("high", MUST, high, "high end of its interval"),
	REAL("level", MUST, level, "confidence of the interval, two-sided"),
	FLOAT("low90", MUST, low90, "low end of the interval of 90 %"),
	FLOAT("high90", MUST, high90, "high end of the interval of 90 %"),
	FLOAT("could_detect", MUST, could_detect,
	      "the smallest change that would have been seen"),
	FLOAT("log_estimate", MUST, log_estimate,
	      "of latency: the change as a natural logarithm"),
	FLOAT("se", MUST, se, "its standard error"),
	FLOAT("df", MUST, df, "degrees of freedom; 0: normal"),
	FLOAT("within_se", MUST, within_se, "what the cells alone tell of se"),
	FLOAT("launch_sd", MUST, launch_sd,
	      "standard deviation between launches of one side, in percent"),
	BOOL("launch_measured", MUST, launch_is_measured,
	     "it was measured; else it is assumed"),
	FLOAT("p", MUST, p, "of shares: rank test, one-sided"),
	FLOAT("design_effect", MUST, design_effect,
	      "of shares: clustered by independent variance"),
	COUNT("cells", MUST, cells, "that were used"),
	COUNT("cells_dropped", MUST, cells_dropped,
	      "with too few answers on a side"),
	LIST("launches", MAY, launches, gate_launch_shape, "each one alone"),
};
static const struct shape gate_metric_shape = {
	"gate-metric",
	"one comparison of the two builds",
	sizeof(struct gate_metric),
	gate_metric_fields,
	COUNT_OF(gate_metric_fields),
};
#undef OF

#define OF gate_tail
static const struct shape_field gate_tail_fields[] = {
	TEXT("group", MAY, group, "absent: all requests; else a step"),
	TEXT("name", MUST, name, "p99.9, max"),
	FLOAT("a", MUST, a, "baseline, in nanoseconds"),
	FLOAT("b", MUST, b, "candidate, in nanoseconds"),
};
static const struct shape gate_tail_shape = {
	"gate-tail",
	"the far end of both sides, told and not judged",
	sizeof(struct gate_tail),
	gate_tail_fields,
	COUNT_OF(gate_tail_fields),
};
#undef OF

#define OF gate_warning
static const struct shape_field gate_warning_fields[] = {
	TEXT("text", MUST, text, "one sentence"),
};
static const struct shape gate_warning_shape = {
	"gate-warning",
	"what makes the verdict weaker",
	sizeof(struct gate_warning),
	gate_warning_fields,
	COUNT_OF(gate_warning_fields),
};
#undef OF

#define OF gate_result
static const struct shape_field gate_fields[] = {
	TEXT("load", MUST, load, "name of the load that was used"),
	ENUM("verdict", MUST, verdict, gate_verdict_words, "of the gate"),
	TEXT("message", MUST, message, "one sentence"),
	STRUCT("settings", MUST, settings, gate_settings_shape,
	       "how it is judged"),
	STRUCT("design", MUST, design, gate_design_shape,
	       "how it was measured"),
	STRUCT("baseline", MUST, baseline, gate_side_shape, "side A"),
	STRUCT("candidate", MUST, candidate, gate_side_shape, "side B"),
	COUNT("lateness_p99_ns", MUST, lateness_p99_ns,
	      "of the generator's sends"),
	FLOAT("steal", MUST, steal,
	      "share of CPU taken by others, 0 to 1; less: unknown"),
	TEXT("invalid_why", MAY, invalid_why, "why the measurement failed"),
	LIST("metrics", MUST, metrics, gate_metric_shape,
	     "of all requests, then of each group"),
	LIST("tails", MAY, tails, gate_tail_shape,
	     "of all cells together: not judged by"),
	LIST("warnings", MAY, warnings, gate_warning_shape,
	     "what makes the verdict weaker"),
	LIST("groups", MUST, groups, gate_group_shape,
	     "what is judged together"),
	LIST("cells", MUST, cells, gate_cell_shape,
	     "by group, then in order of time"),
};
const struct shape gate_shape = {
	"gate",
	"a comparison of two builds in one run",
	sizeof(struct gate_result),
	gate_fields,
	COUNT_OF(gate_fields),
};
#undef OF
