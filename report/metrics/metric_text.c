/* SPDX-License-Identifier: MIT */
#include "report/metrics/metric_text.h"

#include <math.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

const struct metric_name metric_names[METRIC_NAMES_N] = {
#define X(id, group, field, type, unit, whole, help) \
	{ group "_" field, group, field, METRIC_##type, unit, whole, help },
	METRIC_NAMES(X)
#undef X
};

static const struct {
	const char *name, *help;
} mores[MORE_N] = {
	[MORE_NONE] = { "", "" },
	[MORE_QUANTILE] = { "quantile", "quantiles that the sample can bear" },
	[MORE_QUANTILE_LOW] = { "quantile_low",
				"low ends of the intervals of 95 % around "
				"the quantiles" },
	[MORE_QUANTILE_HIGH] = { "quantile_high",
				 "high ends of the intervals of 95 % around "
				 "the quantiles" },
	[MORE_MIN] = { "min", "the shortest" },
	[MORE_MAX] = { "max", "the longest" },
};

/* Behind the name of the family, in the names of its samples. */
static const char *type_suffix(enum metric_type type)
{
	if (type == METRIC_COUNTER)
		return "_total";
	return type == METRIC_INFO ? "_info" : "";
}

static size_t without(const char *name, size_t len, const char *suffix)
{
	size_t tail = strlen(suffix);

	if (tail && len > tail && !memcmp(name + len - tail, suffix, tail))
		return len - tail;
	return len;
}

/* The name as it stands in OpenMetrics before its samples; what is between
 * comes before the unit. */
static void put_family(struct buf *out, const struct metric_name *m,
		       enum metric_more more)
{
	size_t len = without(m->name, strlen(m->name), type_suffix(m->type));

	if (more == MORE_NONE) {
		buf_add(out, m->name, len);
		return;
	}
	len = without(m->name, len, m->unit);
	buf_add(out, m->name, len); /* with the _ before the unit */
	buf_printf(out, "%s_%s", mores[more].name, m->unit);
}

static void put_name(struct buf *out, const struct metric_name *m,
		     enum metric_more more, const char *suffix)
{
	put_family(out, m, more);
	if (suffix)
		buf_puts(out, suffix);
	else if (more == MORE_NONE)
		buf_puts(out, type_suffix(m->type));
}

static const char *type_of(const struct metric_name *m, enum metric_more more,
			   enum exposition_format f)
{
	enum metric_type type = more == MORE_NONE ? m->type : METRIC_GAUGE;

	if (type == METRIC_INFO && f == EXPOSITION_TEXT)
		type = METRIC_GAUGE;
	return metric_type_name(type, f);
}

void metric_text_head(struct buf *out, enum metric_id id, enum metric_more more,
		      enum exposition_format f)
{
	const struct metric_name *m = &metric_names[id];
	struct buf name;

	buf_init(&name, EXPOSITION_LINE_MAX);
	if (f == EXPOSITION_OPENMETRICS)
		put_family(&name, m, more);
	else
		put_name(&name, m, more, NULL);
	buf_printf(out, "# HELP %s %s", buf_text(&name), m->help);
	if (more != MORE_NONE)
		buf_printf(out, ": %s", mores[more].help);
	buf_printf(out, "\n# TYPE %s %s\n", buf_text(&name),
		   type_of(m, more, f));
	if (f == EXPOSITION_OPENMETRICS && *m->unit)
		buf_printf(out, "# UNIT %s %s\n", buf_text(&name), m->unit);
	if (!buf_ok(&name))
		out->failed = true;
	buf_release(&name);
}

static void put_escaped(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = text_utf8_next(text + i, len - i, &code);

		if (n == 0)
			text_utf8_put(out, UINT32_MAX); /* U+FFFD */
		else if (code == '\n')
			buf_puts(out, "\\n");
		else if (code == '"' || code == '\\')
			buf_printf(out, "\\%c", (char)code);
		else
			buf_add(out, text + i, n);
		i += n ? n : 1;
	}
}

static char put_labels(struct buf *out, char before, size_t n,
		       const struct metric_label *label)
{
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%c%s=\"", before, label[i].name);
		put_escaped(out, label[i].value);
		buf_putc(out, '"');
		before = ',';
	}
	return before;
}

void metric_text_line(struct buf *out, const struct metric_line *line)
{
	char before;

	put_name(out, &metric_names[line->id], line->more, line->suffix);
	before = put_labels(out, '{', line->n_scope, line->scope);
	before = put_labels(out, before, line->n_own, line->own);
	if (before == ',')
		buf_putc(out, '}');
	buf_putc(out, ' ');
	exposition_print_number(line->value, out);
	buf_putc(out, '\n');
}

void metric_text_bound(struct buf *out, double bound, enum exposition_format f)
{
	exposition_print_number(bound, out);
	if (f == EXPOSITION_OPENMETRICS && isfinite(bound) &&
	    bound == trunc(bound) && !memchr(buf_text(out), 'e', out->len))
		buf_puts(out, ".0");
}

void metric_text_end(struct buf *out, enum exposition_format f)
{
	if (f == EXPOSITION_OPENMETRICS)
		buf_puts(out, "# EOF\n");
}
