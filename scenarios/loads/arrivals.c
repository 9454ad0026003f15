/* SPDX-License-Identifier: MIT */
/* arrivals: and users:, the plans of open and of closed loads. */
#include <stdio.h>
#include <string.h>

#include "scenarios/base/units.h"
#include "scenarios/loads/loads_parts.h"
#include "scenarios/steps/steps.h"

#define WEEK	       HOURS(24 * 7)
#define ITERATIONS_MAX UINT64_C(1000000000000)
#define BURST_MAX      UINT64_C(1000000)

/* ---- levels: a rate, or a number of users --------------------------- */

static bool rate_in_range(struct decoder *d, const struct key *k,
			  const struct node *t, double rate)
{
	/* A stage may pause, a whole load may not. */
	bool low = rate < LOAD_RATE_MIN && (rate > 0 || k->min);

	if (!low && rate <= LOAD_RATE_MAX)
		return true;
	struct buf limit;
	buf_init(&limit, ERR_PART_MAX);
	unit_print_number(&limit, low ? LOAD_RATE_MIN : LOAD_RATE_MAX);
	decode_problem(d, t->at, "\"%s\" must be at %s %s/s, got %s", k->name,
		       low ? "least" : "most", buf_text(&limit), t->text);
	buf_release(&limit);
	return false;
}

static bool rate_decode(struct decoder *d, const struct key *k,
			const struct node *t, void *into)
{
	struct unit_rate rate;
	struct buf why;
	size_t len;

	if (t->kind != NODE_SCALAR || node_is_null(t))
		return decode_problem(d, t->at,
				      "\"%s\" must be a rate like 200/s, got "
				      "%s",
				      k->name, node_kind_name(t));
	const char *text = decode_static(d, t, k->name, &len);
	if (!text)
		return false;
	buf_init(&why, ERR_PART_MAX);
	bool ok =
		unit_parse_rate(text, len, &rate, &why) ||
		decode_problem(d, t->at, "\"%s\" must be a rate like 200/s: %s",
			       k->name, buf_text(&why));
	buf_release(&why);
	if (!ok || !rate_in_range(d, k, t, unit_rate_per_s(rate)))
		return false;
	*(double *)into = unit_rate_per_s(rate);
	return true;
}

static void rate_schema(const struct key *k, struct buf *out)
{
	(void)k;
	schema_pattern("[0-9]+([.][0-9]+)?/(s|m|min|h|d|([0-9]+([.][0-9]+)?"
		       "(ns|us|\xc2\xb5s|ms|s|m|h|d|w))+)",
		       out);
}

static const struct key_form rate_form = { rate_decode, rate_schema };

static struct key count_row(const struct key *k)
{
	struct key row = *k;

	row.type = KEY_COUNT;
	row.max = LOAD_USERS_MAX;
	return row;
}

static bool level_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	const struct key row = count_row(k);
	uint64_t count = 0;

	if (!key_decode(d, &row, t, &count))
		return false;
	*(double *)into = (double)count;
	return true;
}

static void level_schema(const struct key *k, struct buf *out)
{
	struct key row = count_row(k);

	row.doc = NULL;
	key_schema(&row, out);
}

static const struct key_form level_form = { level_decode, level_schema };

/* ---- stages --------------------------------------------------------- */

struct stage_row {
	double level, to;
	uint64_t for_ns;
};

#define STAGE(field) offsetof(struct stage_row, field)
#define STAGE_FOR                                                         \
	{                                                                 \
		"for", KEY_DURATION, STAGE(for_ns),                       \
			.min = MS(1), .max = WEEK, .flags = KEY_REQUIRED, \
			.doc = "how long the stage takes"                 \
	}

static const struct key rate_stage_keys[] = {
	{ "rate", KEY_CUSTOM, STAGE(level), .form = &rate_form,
	  .doc = "arrivals at its beginning; the end of the stage before when "
		 "not written",
	  .example = "50/s" },
	{ "to", KEY_CUSTOM, STAGE(to), .form = &rate_form,
	  .doc = "arrivals at its end, reached in a straight line",
	  .example = "200/s" },
	STAGE_FOR,
	{ 0 },
};

static const struct key user_stage_keys[] = {
	{ "users", KEY_CUSTOM, STAGE(level), .form = &level_form,
	  .doc = "users at its beginning; the end of the stage before when "
		 "not written",
	  .example = "10" },
	{ "to", KEY_CUSTOM, STAGE(to), .form = &level_form,
	  .doc = "users at its end, reached in a straight line",
	  .example = "50" },
	STAGE_FOR,
	{ 0 },
};

static bool stage_add(struct decoder *d, struct list *stages, double from,
		      double to, uint64_t for_ns)
{
	struct load_stage *kept = list_add(d, stages, sizeof(*kept));

	if (kept)
		*kept = (struct load_stage){ from, to, for_ns };
	return kept != NULL;
}

static bool stage_decode(struct decoder *d, const struct key *keys,
			 const struct node *t, double *level,
			 struct list *stages)
{
	struct stage_row row = { 0 };
	const char *name = keys[0].name;

	if (!keys_decode(d, keys, t, &row, "a stage"))
		return false;
	bool has_level = node_find(t, name);
	bool has_to = node_find(t, "to");
	if (!has_level && !has_to)
		return decode_problem(d, t->at,
				      "a stage needs \"%s\" or \"to\"", name);
	if (!has_level)
		row.level = *level;
	if (!has_to)
		row.to = row.level;
	*level = row.to;
	return stage_add(d, stages, row.level, row.to, row.for_ns);
}

static bool stages_decode(struct decoder *d, const struct key *keys,
			  const struct node *t, struct list *stages)
{
	double level = 0;
	bool ok = true;

	if (t->kind != NODE_SEQ || !t->n || t->n > LOAD_STAGES_MAX)
		return decode_problem(d, t->at,
				      "\"stages\" must be a list of 1 to %d "
				      "stages",
				      LOAD_STAGES_MAX);
	for (size_t i = 0; i < t->n; i++)
		ok &= stage_decode(d, keys, t->item[i], &level, stages);
	return ok;
}

static void stages_schema(const struct key *k, struct buf *out)
{
	buf_printf(out,
		   "\"type\":\"array\",\"minItems\":1,\"maxItems\":%d,"
		   "\"items\":{",
		   LOAD_STAGES_MAX);
	keys_schema_object(k->keys, NULL, out);
	buf_puts(out, "}");
}

static const struct key_form stages_form = { node_keep, stages_schema };

/* A number of arrivals or users that goes up, stays, or follows stages. */
struct course {
	double level;
	uint64_t ramp_ns, for_ns;
	const struct node *stages;
};

/* Whether the plan ends, how long it takes, and that it does something. */
static bool plan_close(struct decoder *d, const struct node *t,
		       const struct list *stages, struct load_plan *plan)
{
	bool is_busy = false;
	uint64_t total = 0;

	plan->stages = stages->item;
	plan->n_stages = stages->n;
	for (size_t i = 0; i < plan->n_stages; i++) {
		const struct load_stage *s = &plan->stages[i];
		is_busy |= s->from > 0 || s->to > 0;
		total += s->for_ns;
		if (total > LOAD_TIME_MAX_NS)
			return decode_problem(d, t->at,
					      "a load must take at most 7d");
	}
	bool ends =
		plan->n_stages && plan->stages[plan->n_stages - 1].for_ns > 0;
	if (ends)
		plan->for_ns = total;
	if (!is_busy)
		return decode_problem(d, t->at,
				      "the stages ask for nothing at all");
	return true;
}

static bool course_decode(struct decoder *d, const struct key *stage_keys,
			  const struct node *t, const struct course *c,
			  struct load_plan *plan)
{
	struct list stages = { 0 };
	bool ok = true;

	if (c->stages)
		ok = stages_decode(d, stage_keys, c->stages, &stages);
	if (!c->stages && c->ramp_ns)
		ok &= stage_add(d, &stages, 0, c->level, c->ramp_ns);
	if (!c->stages)
		ok &= stage_add(d, &stages, c->level, c->level, c->for_ns);
	return ok && plan_close(d, t, &stages, plan);
}

/* ---- which keys go together ----------------------------------------- */

/* What a plan is made of, and the keys that mean something then. */
struct shape {
	const char *key;
	const char *goes_with; /* words with a blank around each */
};

static const struct shape *shape_of(struct decoder *d, const struct node *t,
				    const struct shape *shapes,
				    const char *what)
{
	const struct shape *found = NULL;
	struct buf known;

	for (const struct shape *s = shapes; s->key; s++) {
		const struct node_entry *e = node_find_entry(t, s->key);
		if (e && found) {
			decode_problem(d, e->key_at,
				       "\"%s\" has \"%s\" already: \"%s\" is "
				       "another plan",
				       what, found->key, s->key);
			return NULL;
		}
		if (e)
			found = s;
	}
	if (found)
		return found;
	buf_init(&known, ERR_PART_MAX);
	for (const struct shape *s = shapes; s->key; s++)
		buf_printf(&known, "%s\"%s\"", s == shapes ? "" : ", ", s->key);
	decode_problem(d, t->at, "\"%s\" needs one of %s", what,
		       buf_text(&known));
	buf_release(&known);
	return NULL;
}

static bool shape_holds(struct decoder *d, const struct node *t,
			const struct shape *shape)
{
	char word[32];
	bool ok = true;

	for (size_t i = 0; i < t->n; i++) {
		const struct node_entry *e = &t->entry[i];
		if (!strcmp(e->key, shape->key))
			continue;
		snprintf(word, sizeof(word), " %s ", e->key);
		if (!strstr(shape->goes_with, word))
			ok = decode_problem(d, e->key_at,
					    "\"%s\" does not go with \"%s\"",
					    e->key, shape->key);
	}
	return ok;
}

/* Without a time or a number of rounds it would go on for ever. */
static bool must_end(struct decoder *d, const struct node *t, const char *what,
		     const struct load_plan *plan)
{
	if (plan->for_ns || plan->iterations || plan->iterations_each ||
	    plan->replay_ns)
		return true;
	return decode_problem(d, t->at,
			      "\"%s\" would never end: write \"for\" or "
			      "\"iterations\"",
			      what);
}

/* ---- arrivals ------------------------------------------------------- */

struct burst {
	uint64_t size, every_ns;
};

struct arrivals {
	struct course course;
	struct burst burst;
	unsigned process;
	uint64_t seed, iterations;
	const char *file;
};

static const char *const process_choices[] = {
	[PROCESS_EVEN] = "even",
	[PROCESS_POISSON] = "poisson",
	NULL,
};

static const struct key burst_keys[] = {
	{ "size", KEY_COUNT, offsetof(struct burst, size),
	  .flags = KEY_REQUIRED, .min = 1, .max = BURST_MAX,
	  .doc = "arrivals at the same moment", .example = "100" },
	{ "every", KEY_DURATION, offsetof(struct burst, every_ns),
	  .flags = KEY_REQUIRED, .min = MS(1), .max = HOURS(24),
	  .doc = "time from one burst to the next", .example = "10s" },
	{ 0 },
};

#define AT(field)     offsetof(struct arrivals, field)
#define COURSE_RAMP   "time to go up in a straight line, before \"for\""
#define COURSE_STAGES "the level over time, one stage after the other"
#define ITERATIONS    "ends after this many rounds of the flow"

static const struct key arrivals_keys[] = {
	{ "rate", KEY_CUSTOM, AT(course.level), .form = &rate_form, .min = 1,
	  .doc = "arrivals per time, whatever the answers do",
	  .example = "200/s" },
	{ "ramp", KEY_DURATION, AT(course.ramp_ns), .max = WEEK,
	  .doc = COURSE_RAMP, .example = "10s" },
	{ "for", KEY_DURATION, AT(course.for_ns), .min = MS(1), .max = WEEK,
	  .doc = "how long it stays", .example = "60s" },
	{ "process", KEY_CHOICE, AT(process), .choices = process_choices,
	  .doc = "even gaps, or gaps as of people who know nothing of each "
		 "other" },
	{ "seed", KEY_COUNT, AT(seed), .min = 1,
	  .doc = "the same seed draws the same plan; a new one each time when "
		 "not written" },
	{ "stages", KEY_CUSTOM, AT(course.stages), .form = &stages_form,
	  .keys = rate_stage_keys, .doc = COURSE_STAGES },
	{ "burst", KEY_MAP, AT(burst), .keys = burst_keys,
	  .doc = "many at the same moment, again and again",
	  .example = "{ size: 100, every: 10s }" },
	{ "file", KEY_WORD, AT(file),
	  .doc = "file of the times of arrival since the start, one a line",
	  .example = "times.csv" },
	{ "iterations", KEY_COUNT, AT(iterations), .min = 1,
	  .max = ITERATIONS_MAX, .doc = ITERATIONS },
	{ 0 },
};

static const struct shape arrival_shapes[] = {
	{ "rate", " ramp for process seed iterations " },
	{ "stages", " process seed iterations " },
	{ "burst", " for iterations seed " },
	{ "file", " iterations seed " },
	{ 0 },
};

static bool burst_decode(struct decoder *d, const struct node *t,
			 const struct arrivals *a, struct load_plan *plan)
{
	plan->burst_size = a->burst.size;
	plan->burst_every_ns = a->burst.every_ns;
	plan->for_ns = a->course.for_ns;
	double rate = (double)a->burst.size * (double)UNIT_NS_PER_S /
		      (double)a->burst.every_ns;
	if (rate <= LOAD_RATE_MAX)
		return true;
	return decode_problem(d, node_find(t, "burst")->at,
			      "\"burst\" must be at most %.0f/s on average, "
			      "got %.0f/s",
			      LOAD_RATE_MAX, rate);
}

bool arrivals_decode(struct decoder *d, const struct node *t,
		     struct load_plan *plan)
{
	struct arrivals a = { 0 };

	plan->model = LOAD_OPEN;
	if (!keys_decode(d, arrivals_keys, t, &a, "\"arrivals\""))
		return false;
	const struct shape *shape = shape_of(d, t, arrival_shapes, "arrivals");
	if (!shape || !shape_holds(d, t, shape))
		return false;
	plan->process = a.process;
	plan->seed = a.seed;
	plan->iterations = a.iterations;
	bool ok =
		a.file ? replay_read(d, a.file, node_find(t, "file")->at, plan)
		: a.burst.size
			? burst_decode(d, t, &a, plan)
			: course_decode(d, rate_stage_keys, t, &a.course, plan);
	return ok && must_end(d, t, "arrivals", plan);
}

void arrivals_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(arrivals_keys, NULL, out);
}

/* ---- users ---------------------------------------------------------- */

struct users {
	struct course course;
	uint64_t iterations, each;
	struct step_think think;
};

#define USERS(field) offsetof(struct users, field)

static const struct key users_keys[] = {
	{ "count", KEY_CUSTOM, USERS(course.level), .form = &level_form,
	  .min = 1, .doc = "users who ask again when they were answered",
	  .example = "50" },
	{ "ramp", KEY_DURATION, USERS(course.ramp_ns), .max = WEEK,
	  .doc = COURSE_RAMP, .example = "10s" },
	{ "for", KEY_DURATION, USERS(course.for_ns), .min = MS(1), .max = WEEK,
	  .doc = "how long they stay", .example = "60s" },
	{ "stages", KEY_CUSTOM, USERS(course.stages), .form = &stages_form,
	  .keys = user_stage_keys, .doc = COURSE_STAGES },
	{ "iterations", KEY_COUNT, USERS(iterations), .min = 1,
	  .max = ITERATIONS_MAX, .doc = ITERATIONS ", of all users together" },
	{ "iterations_each", KEY_COUNT, USERS(each), .min = 1,
	  .max = ITERATIONS_MAX, .doc = "each user ends after this many" },
	{ "think", KEY_CUSTOM, USERS(think), .form = &think_form,
	  .doc = "pause of a user between two rounds, fixed or drawn evenly "
		 "between two",
	  .example = "{ between: [1s, 3s] }" },
	{ 0 },
};

static const struct shape user_shapes[] = {
	{ "count", " ramp for iterations iterations_each think " },
	{ "stages", " iterations iterations_each think " },
	{ 0 },
};

bool users_decode(struct decoder *d, const struct node *t,
		  struct load_plan *plan)
{
	struct users u = { 0 };

	plan->model = LOAD_CLOSED;
	if (!keys_decode(d, users_keys, t, &u, "\"users\""))
		return false;
	const struct shape *shape = shape_of(d, t, user_shapes, "users");
	if (!shape || !shape_holds(d, t, shape))
		return false;
	plan->iterations = u.iterations;
	plan->iterations_each = u.each;
	plan->think_low_ns = u.think.low_ns;
	plan->think_high_ns = u.think.high_ns;
	return course_decode(d, user_stage_keys, t, &u.course, plan) &&
	       must_end(d, t, "users", plan);
}

void users_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(users_keys, NULL, out);
}
