/* SPDX-License-Identifier: MIT */
/* Hours of channels, windows of maintenance, the time of the digest. */
#include <string.h>

#include "scenarios/alerts/alerts_parts.h"
#include "scenarios/alerts/calendar/cron.h"
#include "scenarios/alerts/calendar/zone.h"
#include "scenarios/base/units.h"

enum {
	HOUR_MINUTES = 60,
	DAY_MINUTES = 1440,
	ALL_DAYS = 127,
	YEAR_MIN = 1970,
	YEAR_MAX = 2200,
};

/* ---- time zones -------------------------------------------------------- */

struct zone_place {
	const char *name;
	const struct zone *zone;
};

static bool zone_decode(struct decoder *d, const struct node *t,
			struct zone_place *out)
{
	const char *name = decode_static(d, t, "time_zone", NULL);
	struct buf why;

	if (!name)
		return false;
	buf_init(&why, ERR_PART_MAX);
	bool ok = zone_read(d->arena, name, &out->zone, &why) ||
		  decode_problem(d, t->at, "%s", buf_text(&why));
	buf_release(&why);
	out->name = name;
	return ok;
}

static void text_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"string\"");
}

static const struct key_form text_form = { node_keep, text_schema };

/* ---- times of the day: "08:00" ----------------------------------------- */

static bool two_digits(const char *text, unsigned max, unsigned *n)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*n = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
	return *n <= max;
}

static bool clock_parse(const char *text, size_t len, unsigned *minute)
{
	unsigned h = 0, m = 0;

	if (len != 5 || text[2] != ':' || !two_digits(text, 24, &h) ||
	    !two_digits(text + 3, HOUR_MINUTES - 1, &m))
		return false;
	*minute = h * HOUR_MINUTES + m;
	return *minute <= DAY_MINUTES;
}

static bool clock_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	size_t len = 0;
	const char *text = decode_static(d, t, k->name, &len);

	if (!text)
		return false;
	return clock_parse(text, len, into) ||
	       decode_problem(d, t->at,
			      "\"%s\" must be a time of the day like '08:00', "
			      "got \"%.40s\"",
			      k->name, text);
}

static void clock_schema(const struct key *k, struct buf *out)
{
	(void)k;
	schema_pattern("[0-2][0-9]:[0-5][0-9]", out);
}

static const struct key_form clock_form = { clock_decode, clock_schema };

/* ---- hours --------------------------------------------------------------- */

struct hours_draft {
	struct alert_hours hours;
	const struct node *days, *zone;
};

#define HOURS_AT(field) offsetof(struct hours_draft, field)

static const struct key hours_keys[] = {
	{ "from", KEY_CUSTOM, HOURS_AT(hours.from_minute), .form = &clock_form,
	  .flags = KEY_REQUIRED, .doc = "beginning, like '08:00'" },
	{ "until", KEY_CUSTOM, HOURS_AT(hours.until_minute),
	  .form = &clock_form, .flags = KEY_REQUIRED,
	  .doc = "end; earlier than the beginning: on the next day" },
	{ "days", KEY_CUSTOM, HOURS_AT(days), .form = &words_form,
	  .doc = "days of the week, like mon-fri or [sat, sun]; all when not "
		 "written" },
	{ "time_zone", KEY_CUSTOM, HOURS_AT(zone), .form = &text_form,
	  .doc = "as in the IANA database; UTC when not written",
	  .example = "Asia/Jakarta" },
	{ 0 },
};

static bool days_decode(struct decoder *d, const struct node *t, unsigned *days)
{
	struct words words;
	bool ok = words_decode(d, t, "days", &words);

	*days = 0;
	for (size_t i = 0; i < words.n; i++) {
		const struct word *w = &words.item[i];
		uint32_t bits = 0;
		struct buf why;
		buf_init(&why, ERR_PART_MAX);
		if (!cron_parse_weekdays(w->text, strlen(w->text), &bits, &why))
			ok = decode_problem(d, w->at, "%s", buf_text(&why));
		buf_release(&why);
		*days |= bits;
	}
	return ok;
}

static bool hours_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	struct hours_draft draft = {
		.hours = { .is_set = true, .days = ALL_DAYS, .time_zone = "" }
	};
	struct zone_place zone = { "", NULL };

	(void)k;
	bool ok = keys_decode(d, hours_keys, t, &draft, "\"hours\"");
	if (draft.days)
		ok &= days_decode(d, draft.days, &draft.hours.days);
	if (draft.zone)
		ok &= zone_decode(d, draft.zone, &zone);
	if (ok && draft.hours.from_minute == draft.hours.until_minute)
		ok = decode_problem(d, t->at,
				    "\"from\" and \"until\" are the same: for "
				    "all day write '00:00' until '24:00'");
	if (ok && draft.hours.from_minute == DAY_MINUTES)
		ok = decode_problem(d, t->at,
				    "a day begins at '00:00', not at '24:00'");
	draft.hours.time_zone = zone.name;
	draft.hours.zone = zone.zone;
	*(struct alert_hours *)into = draft.hours;
	return ok;
}

static void hours_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(hours_keys, NULL, out);
}

const struct key_form hours_form = { hours_decode, hours_schema };

/* ---- digest ---------------------------------------------------------------- */

struct digest_draft {
	struct alert_digest digest;
	const struct node *zone;
};

#define DIGEST(field) offsetof(struct digest_draft, field)

static const struct key digest_keys[] = {
	{ "at", KEY_CUSTOM, DIGEST(digest.minute), .form = &clock_form,
	  .flags = KEY_REQUIRED, .doc = "time of the day, like '08:00'" },
	{ "window", KEY_DURATION, DIGEST(digest.window_ns), .min = HOURS(1),
	  .max = HOURS(24 * 31), .doc = "how far it looks back; 24h" },
	{ "time_zone", KEY_CUSTOM, DIGEST(zone), .form = &text_form,
	  .doc = "as in the IANA database; UTC when not written" },
	{ 0 },
};

static bool digest_decode(struct decoder *d, const struct key *k,
			  const struct node *t, void *into)
{
	struct digest_draft draft = { .digest = { .is_set = true,
						  .window_ns = HOURS(24) } };
	struct zone_place zone = { "", NULL };

	(void)k;
	bool ok = keys_decode(d, digest_keys, t, &draft, "\"digest\"");
	if (draft.zone)
		ok &= zone_decode(d, draft.zone, &zone);
	if (ok && draft.digest.minute == DAY_MINUTES)
		ok = decode_problem(d, t->at, "write '00:00', not '24:00'");
	draft.digest.time_zone = zone.name;
	draft.digest.zone = zone.zone;
	*(struct alert_digest *)into = draft.digest;
	return ok;
}

static void digest_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(digest_keys, NULL, out);
}

const struct key_form digest_form = { digest_decode, digest_schema };

/* ---- one-off moments: 2026-12-24T22:00, with Z or +07:00 or local ----------- */

static bool digits(const char **text, unsigned n, int64_t *value)
{
	*value = 0;
	for (; n; n--, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + (**text - '0');
	}
	return true;
}

static bool next_is(const char **text, const char *any)
{
	if (!**text || !strchr(any, **text))
		return false;
	++*text;
	return true;
}

/* What is left behind the time: Z, an offset, or nothing. */
static bool offset_parse(const char *text, bool *is_local, int64_t *offset_s)
{
	int64_t h = 0, m = 0;

	*offset_s = 0;
	*is_local = !*text;
	if (*is_local || !strcmp(text, "Z"))
		return true;
	int64_t sign = *text == '-' ? -1 : 1;
	if (!next_is(&text, "+-") || !digits(&text, 2, &h) ||
	    !next_is(&text, ":") || !digits(&text, 2, &m) || *text || h > 23 ||
	    m > 59)
		return false;
	*offset_s = sign * (h * 3600 + m * 60);
	return true;
}

/* What stands in a date and a time; the seconds may be missing, and a blank
 * may stand for the T. */
struct written {
	int64_t year, month, day, hour, minute, second;
};

static bool date_parse(const char **text, struct written *w)
{
	return digits(text, 4, &w->year) && next_is(text, "-") &&
	       digits(text, 2, &w->month) && next_is(text, "-") &&
	       digits(text, 2, &w->day) && w->year >= YEAR_MIN &&
	       w->year <= YEAR_MAX && w->month >= 1 && w->month <= 12 &&
	       w->day >= 1;
}

static bool time_parse(const char **text, struct written *w)
{
	if (!digits(text, 2, &w->hour) || !next_is(text, ":") ||
	    !digits(text, 2, &w->minute))
		return false;
	if (next_is(text, ":") && !digits(text, 2, &w->second))
		return false;
	return w->hour <= 23 && w->minute <= 59 && w->second <= 59;
}

/* RFC 3339, but without a zone it is local. */
static bool moment_parse(const char *text, const struct zone *zone,
			 int64_t *at_s)
{
	struct written w = { 0 };
	int64_t offset_s, last;
	bool is_local;

	if (!date_parse(&text, &w) || !next_is(&text, "Tt ") ||
	    !time_parse(&text, &w) || !offset_parse(text, &is_local, &offset_s))
		return false;
	int64_t days = zone_days_of(w.year, (unsigned)w.month, (unsigned)w.day);
	struct zone_day real = zone_day_of(days);
	if (real.month != (unsigned)w.month || real.day != (unsigned)w.day)
		return false; /* the 30th of February */
	int64_t local_s = days * UNIT_S_PER_DAY + w.hour * 3600 +
			  w.minute * 60 + w.second;
	if (is_local)
		zone_moments(zone, local_s, at_s, &last);
	else
		*at_s = local_s - offset_s;
	return *at_s >= 0;
}

static bool moment_decode(struct decoder *d, const struct node *t,
			  const char *what, const struct zone *zone,
			  uint64_t *at_ns)
{
	const char *text = decode_static(d, t, what, NULL);
	int64_t at_s = 0;

	if (!text)
		return false;
	if (!moment_parse(text, zone, &at_s))
		return decode_problem(d, t->at,
				      "\"%s\" must be a time like "
				      "2026-12-24T22:00 (of the time_zone) or "
				      "2026-12-24T15:00:00Z, got \"%.40s\"",
				      what, text);
	*at_ns = (uint64_t)at_s * UNIT_NS_PER_S;
	return true;
}

/* ---- maintenance -------------------------------------------------------------- */

struct window_draft {
	struct alert_window w;
	const struct node *cron, *from, *until, *zone, *checks;
};

#define WINDOW(field) offsetof(struct window_draft, field)

static const struct key window_keys[] = {
	{ "name", KEY_WORD, WINDOW(w.name), .doc = "what it is for" },
	{ "cron", KEY_CUSTOM, WINDOW(cron), .form = &text_form,
	  .doc = "when each begins: minute hour day month weekday",
	  .example = "'0 2 * * sun'" },
	{ "for", KEY_DURATION, WINDOW(w.for_ns), .min = SECONDS(60),
	  .max = HOURS(24 * 90), .doc = "how long each lasts" },
	{ "from", KEY_CUSTOM, WINDOW(from), .form = &text_form,
	  .doc = "beginning of one that happens once",
	  .example = "2026-12-24T22:00" },
	{ "until", KEY_CUSTOM, WINDOW(until), .form = &text_form,
	  .doc = "its end" },
	{ "time_zone", KEY_CUSTOM, WINDOW(zone), .form = &text_form,
	  .doc = "as in the IANA database; UTC when not written",
	  .example = "Asia/Jakarta" },
	{ "checks", KEY_CUSTOM, WINDOW(checks), .form = &words_form,
	  .doc = "only these checks; all when not written" },
	{ 0 },
};

static bool cron_decode(struct decoder *d, struct window_draft *draft)
{
	size_t len = 0;
	const char *text = decode_static(d, draft->cron, "cron", &len);
	struct cron unused;
	struct buf why;

	if (!text)
		return false;
	buf_init(&why, ERR_PART_MAX);
	bool ok = cron_parse(text, len, &unused, &why) ||
		  decode_problem(d, draft->cron->at, "\"cron\": %s",
				 buf_text(&why));
	buf_release(&why);
	draft->w.cron = text;
	if (ok && !draft->w.for_ns)
		ok = decode_problem(d, draft->w.at,
				    "a window with \"cron\" needs \"for\": how "
				    "long it lasts");
	if (draft->from || draft->until)
		ok = decode_problem(d, draft->w.at,
				    "a window has \"cron\" and \"for\", or "
				    "\"from\" and \"until\", not both");
	return ok;
}

static bool once_decode(struct decoder *d, struct window_draft *draft)
{
	struct alert_window *w = &draft->w;

	if (!draft->from || (!draft->until && !w->for_ns))
		return decode_problem(d, w->at,
				      "a window needs \"cron\" and \"for\", or "
				      "\"from\" and \"until\"");
	if (draft->until && w->for_ns)
		return decode_problem(d, w->at,
				      "a window has \"until\" or \"for\", not "
				      "both");
	if (!moment_decode(d, draft->from, "from", w->zone, &w->from_at_ns))
		return false;
	w->until_at_ns = w->from_at_ns + w->for_ns;
	w->for_ns = 0;
	if (draft->until &&
	    !moment_decode(d, draft->until, "until", w->zone, &w->until_at_ns))
		return false;
	return w->until_at_ns > w->from_at_ns ||
	       decode_problem(d, w->at, "the window ends before it begins");
}

bool window_decode(struct alerts_draft *t, const struct node *node)
{
	const struct named_things checks = { "check", t->checks,
					     sizeof(*t->checks), t->n_checks };
	struct window_draft draft = { .w = { .at = node->at,
					     .time_zone = "" } };
	struct zone_place zone = { "", NULL };
	struct decoder *d = t->d;

	if (!keys_decode(d, window_keys, node, &draft, "a maintenance window"))
		return false;
	bool ok = !draft.zone || zone_decode(d, draft.zone, &zone);
	draft.w.time_zone = zone.name;
	draft.w.zone = zone.zone;
	ok &= draft.cron ? cron_decode(d, &draft) : once_decode(d, &draft);
	if (draft.checks)
		ok &= things_decode(d, draft.checks, "checks", &checks,
				    &draft.w.n_checks, &draft.w.checks);
	struct alert_window *kept = list_add(d, &t->windows, sizeof(*kept));
	if (kept)
		*kept = draft.w;
	return kept && ok;
}

void windows_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out, "\"type\":\"array\",\"maxItems\":%d,\"items\":{",
		   ALERT_WINDOWS_MAX);
	keys_schema_object(window_keys, NULL, out);
	buf_puts(out, "}");
}
