/* SPDX-License-Identifier: MIT */
/* gate: how a load is used to compare two builds. */
#include <string.h>

#include "scenarios/base/units.h"
#include "scenarios/loads/loads_parts.h"

enum {
	QUANTILES_MAX = 8, /* that decide */
	READY_MAX = 2048,  /* bytes of a path */
};
#define SLOT_MIN_NS  MS(20)
#define TIME_MIN_NS  SECONDS(2)
#define QUANTILE_MIN 1.0 /* percent */
#define QUANTILE_MAX 99.99

/* ---- shares --------------------------------------------------------- */

/* "5%"; at least one part in 1e9, or it would mean "as usual". */
static bool share_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	uint64_t ppb = 0;
	struct buf why;
	size_t len = 0;
	const char *text = decode_static(d, t, k->name, &len);

	if (!text)
		return false;
	buf_init(&why, ERR_PART_MAX);
	bool ok = unit_parse_percent(text, len, &ppb, &why);
	if (!ok)
		decode_problem(d, t->at, "\"%s\" %s", k->name, buf_text(&why));
	buf_release(&why);
	if (!ok)
		return false;
	*(uint64_t *)into = ppb;
	if (ppb >= k->min && ppb <= k->max)
		return true;
	struct buf low, high;
	buf_init(&low, ERR_PART_MAX);
	buf_init(&high, ERR_PART_MAX);
	unit_print_percent(&low, k->min);
	unit_print_percent(&high, k->max);
	decode_problem(d, t->at, "\"%s\" must be from %s to %s, got %.40s",
		       k->name, buf_text(&low), buf_text(&high), text);
	buf_release(&low);
	buf_release(&high);
	return false;
}

static void share_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"string\",\"pattern\":\"%$\"");
}

/* ---- quantiles: [p50, p99] ------------------------------------------ */

/* "p99.9" */
static bool quantile_decode(struct decoder *d, const struct node *t,
			    const double *before, double *q)
{
	size_t len = 0;
	const char *text = decode_static(d, t, "quantiles", &len);
	double percent = 0;

	if (!text)
		return false;
	if (len < 2 || *text != 'p' ||
	    !unit_parse_number(text + 1, len - 1, &percent, NULL) ||
	    !(percent >= QUANTILE_MIN && percent <= QUANTILE_MAX))
		return decode_problem(d, t->at,
				      "\"quantiles\" are p%g to p%g, like p50 "
				      "or p99.9, got \"%.40s\"",
				      QUANTILE_MIN, QUANTILE_MAX, text);
	*q = percent / 100;
	if (!before || *q > *before)
		return true;
	return decode_problem(d, t->at,
			      "\"quantiles\" must rise, and \"%.40s\" does not",
			      text);
}

static bool quantiles_decode(struct decoder *d, const struct node *t,
			     struct load_gate *g)
{
	bool ok = true;

	if (t->kind != NODE_SEQ || !t->n || t->n > QUANTILES_MAX)
		return decode_problem(
			d, t->at,
			"\"quantiles\" must be a list of 1 to %d, "
			"like [p50, p99]",
			QUANTILES_MAX);
	double *q = arena_alloc(d->arena, t->n, sizeof(*q));
	if (!q)
		return errs_nomem(d->es);
	for (size_t i = 0; ok && i < t->n; i++)
		ok = quantile_decode(d, t->item[i], i ? &q[i - 1] : NULL,
				     &q[i]);
	g->quantiles = q;
	g->n_quantiles = t->n;
	return ok;
}

static void quantiles_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"type\":\"array\",\"minItems\":1,\"maxItems\":%d,"
		   "\"items\":{\"type\":\"string\",\"pattern\":\"^p[0-9.]+$\"}",
		   QUANTILES_MAX);
}

/* ---- the table ------------------------------------------------------ */

struct gate_draft {
	struct load_gate g;
	const struct node *quantiles;
};

static const char *const by_words[] = { "all", "step", NULL };
static const struct key_form share_form = { share_decode, share_schema };
static const struct key_form quantiles_form = { node_keep, quantiles_schema };

#define GATE(field) offsetof(struct gate_draft, g.field)
#define PERCENT(n)  ((uint64_t)((n)*10000000.0))

static const struct key gate_keys[] = {
	{ "ready", KEY_WORD, GATE(ready),
	  .doc = "path that is answered with 2xx or 3xx when a side is ready; "
		 "that of the first request when not written",
	  .example = "/health/ready" },
	{ "for", KEY_DURATION, GATE(for_ns), .min = TIME_MIN_NS,
	  .max = HOURS(24), .doc = "of both sides together; 60s by default",
	  .example = "2m" },
	{ "launch_every", KEY_DURATION, GATE(launch_every_ns),
	  .min = SECONDS(1), .max = HOURS(24),
	  .doc = "both sides are launched anew that often; 6s by default" },
	{ "warm_up", KEY_DURATION, GATE(warm_up_ns), .max = HOURS(1),
	  .doc = "after each launch, not compared; whole seconds, 1s by "
		 "default" },
	{ "slot", KEY_DURATION, GATE(slot_ns), .min = SLOT_MIN_NS,
	  .max = SECONDS(10),
	  .doc = "one side has the traffic so long; ten times the p99, and at "
		 "least 100ms, by default" },
	{ "alpha", KEY_CUSTOM, GATE(alpha_ppb), .form = &share_form,
	  .min = LOAD_GATE_ALPHA_MIN_PPB, .max = LOAD_GATE_ALPHA_MAX_PPB,
	  .doc = "chance of a false alarm; 1% by default", .example = "1%" },
	{ "min_effect", KEY_CUSTOM, GATE(min_effect_ppb), .form = &share_form,
	  .min = PERCENT(0.1), .max = PERCENT(1000),
	  .doc = "the smallest slowdown that fails; 5% by default",
	  .example = "5%" },
	{ "equivalence", KEY_CUSTOM, GATE(equivalence_ppb), .form = &share_form,
	  .min = PERCENT(0.1), .max = PERCENT(1000),
	  .doc = "a change within it is none; 10% by default",
	  .example = "10%" },
	{ "quantiles", KEY_CUSTOM, offsetof(struct gate_draft, quantiles),
	  .form = &quantiles_form,
	  .doc = "of latency, which decide; p50 and p99 by default",
	  .example = "[p50, p99]" },
	{ "by", KEY_CHOICE, GATE(by), .choices = by_words,
	  .doc = "step: each step has a verdict of its own, too" },
	{ "tau", KEY_CUSTOM, GATE(tau_ppb), .form = &share_form,
	  .min = PERCENT(0.01), .max = PERCENT(100),
	  .doc = "how much two launches of one build differ, where it cannot "
		 "be "
		 "measured; --calibrate finds it out; 1% by default",
	  .example = "1.3%" },
	{ "start_timeout", KEY_DURATION, GATE(start_timeout_ns), .min = MS(100),
	  .max = HOURS(1),
	  .doc = "a side is ready within this time; 30s by default" },
	{ "stop_timeout", KEY_DURATION, GATE(stop_timeout_ns), .min = MS(10),
	  .max = HOURS(1), .doc = "from SIGTERM to SIGKILL; 5s by default" },
	{ 0 },
};

static bool check_ready(struct decoder *d, const struct node *t,
			const char *path)
{
	if (!path)
		return true;
	if (*path == '/' && strlen(path) <= READY_MAX &&
	    !path[strcspn(path, " \t\r\n#")])
		return true;
	return decode_problem(d, node_find(t, "ready")->at,
			      "\"ready\" is a path of the side, like "
			      "/health/ready, got \"%.60s\"",
			      path);
}

static bool check_warm_up(struct decoder *d, const struct node *t,
			  struct load_gate *g)
{
	const struct node *warm_up = node_find(t, "warm_up");

	g->has_warm_up = warm_up != NULL;
	if (g->warm_up_ns % UNIT_NS_PER_S == 0)
		return true;
	return decode_problem(d, warm_up->at,
			      "\"warm_up\" must be whole seconds");
}

/* What lies between them could never be decided: too small to fail, and too
 * large for none.  That one of them is not written changes nothing of it. */
static bool check_shares(struct decoder *d, const struct node *t,
			 const struct load_gate *g)
{
	uint64_t least = g->min_effect_ppb, same = g->equivalence_ppb;
	const char *other = "";

	if (!same)
		other = "; not written, it is 10%";
	else if (!least)
		other = ", which is 5% when not written";
	least = least ? least : LOAD_GATE_MIN_EFFECT_PPB;
	same = same ? same : LOAD_GATE_EQUIVALENCE_PPB;
	if (least <= same)
		return true;
	return decode_problem(
		d,
		node_find(t, g->equivalence_ppb ? "equivalence" : "min_effect")
			->at,
		"\"equivalence\" must not be less than \"min_effect\"%s: a "
		"change between them would be neither a failure nor none",
		other);
}

bool load_gate_decode(struct decoder *d, const struct node *t,
		      struct load_gate *g)
{
	struct gate_draft draft = { .g = { .at = t->at } };

	if (!keys_decode(d, gate_keys, t, &draft, "\"gate\""))
		return false;
	*g = draft.g;
	bool ok = check_ready(d, t, g->ready);
	ok &= check_warm_up(d, t, g);
	ok &= check_shares(d, t, g);
	return (!draft.quantiles || quantiles_decode(d, draft.quantiles, g)) &&
	       ok;
}

void load_gate_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(gate_keys, NULL, out);
}
