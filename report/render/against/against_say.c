/* SPDX-License-Identifier: MIT */
#include "report/render/against/against_say.h"

#include <inttypes.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/render/load/load_say.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

#define SECONDS_MAX 1e9

enum cell {
	CELL_LOAD,
	CELL_METRIC,
	CELL_BEFORE,
	CELL_NOW,
	CELL_BOUND,
	CELL_HITS,
	CELL_RANGE,
	CELL_MOST,
};

const char *const against_heads[AGAINST_CELLS] = {
	[CELL_LOAD] = "load",
	[CELL_METRIC] = "metric",
	[CELL_BEFORE] = "then",
	[CELL_NOW] = "now",
	[CELL_BOUND] = "worse beyond",
	[CELL_HITS] = "failed or beyond",
	[CELL_RANGE] = "in the long run",
	[CELL_MOST] = "as before",
};

static void say_value(struct buf *out, const struct against_metric *m,
		      double value)
{
	if (strcmp(m->unit, "s") != 0) {
		say_share(out, value);
		return;
	}
	/* a file may say anything */
	value = value < SECONDS_MAX ? value : SECONDS_MAX;
	unit_human_duration(out, (uint64_t)(value * (double)UNIT_NS_PER_S));
}

void say_against_cell(struct buf *out, const struct against_metric *m,
		      size_t cell)
{
	switch ((enum cell)cell) {
	case CELL_LOAD:
		say_text(out, m->load, FACT_NAME_MAX);
		break;
	case CELL_METRIC:
		say_text(out, m->name, FACT_NAME_MAX);
		break;
	case CELL_BEFORE:
		say_value(out, m, m->before);
		break;
	case CELL_NOW:
		say_value(out, m, m->now);
		break;
	case CELL_BOUND:
		say_value(out, m, m->bound);
		break;
	case CELL_HITS:
		buf_printf(out, "%" PRIu64 " of %" PRIu64, m->hits,
			   m->requests);
		break;
	case CELL_RANGE:
		say_share(out, m->low);
		buf_puts(out, " to ");
		say_share(out, m->high);
		break;
	case CELL_MOST:
		buf_puts(out, "at most ");
		say_share(out, m->share_bound);
		break;
	}
}

void say_against(struct buf *out, const struct against_result *ag)
{
	buf_puts(out, against_verdict_name(ag->verdict));
	if (ag->decided_ns) {
		buf_puts(out, ", known after ");
		unit_human_duration(out, ag->decided_ns);
	}
	if (*ag->message) {
		buf_puts(out, ": ");
		say_text(out, ag->message, FACT_MESSAGE_MAX);
	}
}
