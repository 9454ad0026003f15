/* SPDX-License-Identifier: MIT */
#include "report/against/against_result.h"
#include "report/result/shape_rows.h"

static const char *verdict_word(unsigned value)
{
	return against_verdict_name((enum against_verdict)value);
}
static const struct shape_words verdict_words_of_against = { "against-verdict",
							     AGAINST_VERDICT_N,
							     verdict_word };

#define OF against_metric
static const struct shape_field metric_fields[] = {
	TEXT("load", MUST, load, "of which load"),
	TEXT("name", MUST, name, "p95 or errors"),
	TEXT("unit", MUST, unit, "s or share"),
	ENUM("verdict", MUST, verdict, verdict_words_of_against, "of this one"),
	REAL("before", MUST, before, "in the stored run"),
	REAL("before_high", MUST, before_high, "high end of its interval"),
	REAL("bound", MUST, bound, "that end with the margin"),
	REAL("now", MUST, now, "in this run"),
	COUNT("requests", MUST, requests, "judged"),
	COUNT("hits", MUST, hits, "failed, or slower than the bound"),
	COUNT("seconds", MUST, seconds, "that had any"),
	REAL("share", MUST, share, "hits by requests"),
	REAL("low", MUST, low, "low end of its interval"),
	REAL("high", MUST, high, "high end of its interval"),
	REAL("share_bound", MUST, share_bound,
	     "what the share would be at most, as before"),
	REAL("worse_evidence", MUST, worse_evidence,
	     "against the share being at most the bound"),
	REAL("same_evidence", MUST, same_evidence,
	     "against the share being at least the bound"),
	TEXT("message", MAY, message, "the same in one sentence"),
};
static const struct shape metric_shape = {
	"against-metric",
	"one number of a load, compared with the stored run",
	sizeof(struct against_metric),
	metric_fields,
	COUNT_OF(metric_fields),
};
#undef OF

#define OF against_note
static const struct shape_field note_fields[] = {
	TEXT("text", MUST, text, "one sentence"),
};
static const struct shape note_shape = {
	"against-note",
	"what the reader should know of the comparison",
	sizeof(struct against_note),
	note_fields,
	COUNT_OF(note_fields),
};
#undef OF

#define OF against_result
static const struct shape_field against_fields[] = {
	ENUM("verdict", MUST, verdict, verdict_words_of_against, "of all"),
	TEXT("message", MAY, message, "the same in one sentence"),
	TEXT("file", MUST, file, "of the stored run"),
	TEXT("name", MAY, name, "of its scenario"),
	TEXT("host", MAY, host, "machine that it ran on"),
	TIME_NS("started_at", MUST, started_at_ns, "when it began"),
	REAL("latency_margin", MUST, latency_margin,
	     "0.25: 25 % slower is well"),
	REAL("error_margin", MUST, error_margin,
	     "0.01: one error more in a hundred is well"),
	REAL("worse_level", MUST, worse_level,
	     "most chance of a false alarm, of all metrics together"),
	REAL("same_level", MUST, same_level,
	     "most chance that what is worse is called not worse"),
	COUNT("decided_ns", MAY, decided_ns, "since the start of the run"),
	LIST("metrics", MUST, metrics, metric_shape, "two of each load"),
	LIST("notes", MAY, notes, note_shape, "about the comparison"),
};
const struct shape against_shape = {
	"against",
	"the run compared with one that is stored",
	sizeof(struct against_result),
	against_fields,
	COUNT_OF(against_fields),
};
#undef OF
