/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_ZONE_PARTS_H
#define SCENARIOS_ZONE_PARTS_H

/* zone_parts - what the files of zone share; nobody else includes it. */

#include "scenarios/alerts/calendar/zone.h"

/* One end of the summer of a POSIX TZ rule. */
struct zone_change {
	enum { CHANGE_MONTH, CHANGE_JULIAN, CHANGE_DAY } kind;
	unsigned month, week, weekday; /* Mm.w.d */
	unsigned day;		       /* Jn from 1, n from 0 */
	int32_t time_s;		       /* of the local day */
};

/* What holds behind the last transition. */
struct zone_rule {
	bool is_set;
	bool has_summer;
	int32_t winter_s, summer_s; /* east of UTC */
	struct zone_change begin, end;
};

struct zone {
	size_t n;
	const int64_t *at_s;	 /* rising */
	const int32_t *offset_s; /* from at_s[i] on */
	int32_t first_s;	 /* before all */
	struct zone_rule rule;
};

/* The text of a footer; "" sets nothing. */
bool zone_rule_parse(const char *text, size_t len, struct zone_rule *out);
int32_t zone_rule_offset_s(const struct zone_rule *r, int64_t at_s);

#endif
