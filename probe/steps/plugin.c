/* SPDX-License-Identifier: MIT */
#include "probe/steps/plugin.h"

#include <stdlib.h>
#include <string.h>

#include "probe/engine/child.h"
#include "probe/judge/judge.h"
#include "report/metrics/perfdata.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/metrics/selector.h"

enum { LINE_BYTES_MAX = 8192, LABELS_BYTES_MAX = 2048 };

enum plugin_code { PLUGIN_OK, PLUGIN_WARNING, PLUGIN_CRITICAL, PLUGIN_UNKNOWN };

static const struct {
	const char *word;
	enum severity severity;
} states[] = {
	[PLUGIN_OK] = { "ok", SEVERITY_INFO },
	[PLUGIN_WARNING] = { "warning", SEVERITY_WARNING },
	[PLUGIN_CRITICAL] = { "critical", SEVERITY_CRITICAL },
	[PLUGIN_UNKNOWN] = { "unknown", SEVERITY_INFO },
};

/* ---- performance data ------------------------------------------------------ */

/* The unit that a number gets when it is kept; NULL: it is kept as it is. */
static const double *scale_of(const char *uom)
{
	static const struct {
		const char *uom;
		double scale;
	} rows[] = { { "s", 1 }, { "ms", 1e-3 }, { "us", 1e-6 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i].uom, uom))
			return &rows[i].scale;
	return NULL;
}

/* "/var" is "_var", and the label says what it was. */
static bool name_of(const char *label, struct buf *name)
{
	for (const char *p = label; *p; p++) {
		bool is_good =
			(*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			*p == '_' ||
			(p > label && ((*p >= '0' && *p <= '9') || *p == '-'));

		buf_putc(name, is_good ? *p : '_');
	}
	return !strcmp(buf_text(name), label);
}

static void add_label(const char *name, const char *value, struct buf *out)
{
	buf_putc(out, out->len ? ',' : '{');
	label_print(name, strlen(name), value, strlen(value), out);
}

static void on_datum(void *self, const struct perf_datum *d)
{
	struct judging *j = self;
	const double *scale = scale_of(d->uom);
	bool is_counter = !strcmp(d->uom, "c");
	struct kept kept = {
		.kind = is_counter ? SERIES_COUNTER : SERIES_GAUGE,
		.value = scale ? d->value * *scale : d->value,
	};
	struct buf name, labels;

	if (d->is_unknown)
		return;
	buf_init(&name, PERFDATA_LABEL_MAX);
	buf_init(&labels, LABELS_BYTES_MAX);
	if (!name_of(d->label, &name))
		add_label("label", d->label, &labels);
	if (!scale && !is_counter && *d->uom && strcmp(d->uom, "%") != 0)
		add_label("uom", d->uom, &labels);
	if (labels.len)
		buf_putc(&labels, '}');
	kept.name = arena_strdup(j->arena, buf_text(&name));
	kept.labels = buf_text(&labels);
	if (kept.name && buf_ok(&labels))
		judging_keep(j, &kept);
	buf_release(&name);
	buf_release(&labels);
}

static void take_perfdata(struct judging *j, const struct buf *output)
{
	const struct source src = { .name = "stdout",
				    .text = buf_text(output),
				    .len = output->len };
	struct errs *es = calloc(1, sizeof(*es));

	if (!es || perfdata_read(&src, on_datum, j, es)) {
		free(es);
		return;
	}
	const char *note = arena_printf(j->arena, "line %u, column %u: %s",
					es->item[0].at.line, es->item[0].at.col,
					es->item[0].text);
	const struct expectation row = {
		.subject = "performance data",
		.expected = "'label'=value[unit];warn;crit;min;max",
		.seen = "something else",
		.note = note,
		.ok = true, /* it says nothing of what was checked */
	};
	judging_add(j, &row, true);
	free(es);
}

/* ---- the state --------------------------------------------------------------- */

void plugin_judge(struct judging *j)
{
	const struct child_result *r = j->seen->child;
	int code = r->exit_code >= PLUGIN_OK && r->exit_code < PLUGIN_UNKNOWN
			   ? r->exit_code
			   : PLUGIN_UNKNOWN;
	struct buf line;

	buf_init(&line, LINE_BYTES_MAX);
	perfdata_line(buf_text(&r->out), r->out.len, &line);
	if (!line.len)
		perfdata_line(buf_text(&r->err), r->err.len, &line);
	if (r->exit_code > PLUGIN_UNKNOWN)
		buf_printf(&line, "%sexit code %d is none of a plugin",
			   line.len ? "; " : "", r->exit_code);
	const struct expectation row = {
		.subject = "plugin",
		.expected = states[PLUGIN_OK].word,
		.seen = states[code].word,
		.note = buf_text(&line),
		.ok = code == PLUGIN_OK,
		.is_part = code != PLUGIN_UNKNOWN,
		.severity = states[code].severity,
	};
	judging_add(j, &row, true);
	if (code == PLUGIN_UNKNOWN && j->outcome == OUTCOME_OK)
		j->outcome = OUTCOME_UNKNOWN;
	else if (code != PLUGIN_OK && j->outcome == OUTCOME_OK)
		j->outcome = OUTCOME_UNHEALTHY;
	take_perfdata(j, &r->out);
	buf_release(&line);
}
