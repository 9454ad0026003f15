/* SPDX-License-Identifier: MIT */
#include "scenarios/decode/load_parts.h"

/* ---- state: how long to remember --------------------------------------------- */

enum { DAYS_MAX = 3660 };
#define SIZE_MIN UINT64_C(262144) /* less is not worth a file */

#define KEEP(field) KEY_DURATION, offsetof(struct state_settings, field)

static const struct key keep_keys[] = {
	{ "raw", KEEP(raw_ns), .min = HOURS(1), .max = HOURS(24) * DAYS_MAX,
	  .doc = "each observation and its requests; 2d by default, and at "
		 "least as long as an alert looks back" },
	{ "minute", KEEP(minute_ns), .min = HOURS(1),
	  .max = HOURS(24) * DAYS_MAX,
	  .doc = "availability and latency by the minute; 14d by default" },
	{ "hour", KEEP(hour_ns), .min = HOURS(24), .max = HOURS(24) * DAYS_MAX,
	  .doc = "by the hour, and the log of deliveries; 90d by default" },
	{ "day", KEEP(day_ns), .min = HOURS(24), .max = HOURS(24) * DAYS_MAX,
	  .doc = "by the day, and the log of alerts; 730d by default" },
	{ 0 },
};

const struct key state_keys[] = {
	{ "keep", KEY_MAP, 0, .keys = keep_keys,
	  .doc = "ages at which what was seen is removed, a longer one for a "
		 "coarser picture",
	  .example = "{ raw: 2d, minute: 14d, hour: 90d, day: 730d }" },
	{ "max_size", KEY_SIZE, offsetof(struct state_settings, max_bytes),
	  .min = SIZE_MIN,
	  .doc = "of the state file; the oldest is removed earlier to stay "
		 "below",
	  .example = "50MB" },
	{ 0 },
};

/* A coarser picture of what is still there in detail would be missing. */
static bool ages_rise(struct decoder *d, const struct state_settings *s,
		      struct place at)
{
	const struct {
		const char *name;
		uint64_t ns;
	} ages[] = { { "raw", s->raw_ns },
		     { "minute", s->minute_ns },
		     { "hour", s->hour_ns },
		     { "day", s->day_ns } };
	size_t last = 0;

	for (size_t i = 1; i < sizeof(ages) / sizeof(*ages); i++) {
		if (!ages[i].ns)
			continue;
		if (ages[i].ns < ages[last].ns)
			return decode_problem(d, at,
					      "\"%s\" must be kept at least as "
					      "long as \"%s\"",
					      ages[i].name, ages[last].name);
		last = i;
	}
	return true;
}

static bool state_decode(struct load *l, const struct node *t)
{
	struct decoder *d = &l->d;
	const struct node *keep;

	if (!keys_decode(d, state_keys, t, &l->sc->state, "\"state\""))
		return false;
	keep = node_find(t, "keep");
	return ages_rise(d, &l->sc->state, keep ? keep->at : t->at);
}

bool state_load(struct load *l)
{
	const struct node *first = NULL;
	bool ok = true;

	for (size_t i = 0; i < l->n_parts; i++) {
		const struct node *t = l->parts[i].state;

		if (t && first)
			ok &= decode_problem(&l->d, t->at,
					     "\"state\" is written in another "
					     "file already");
		else if (t)
			ok &= state_decode(l, t);
		if (t)
			first = t;
	}
	return ok;
}
