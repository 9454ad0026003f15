/* SPDX-License-Identifier: MIT */
#include "report/metrics/perfdata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

enum { NUMBER_MAX = 64 }; /* bytes of one number */

struct perf_reader {
	const struct source *src;
	const char *at, *end; /* of the part that is read */
	void (*on_datum)(void *self, const struct perf_datum *d);
	void *self;
	size_t n;
	struct errs *es;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool problem(struct perf_reader *r, const char *at, const char *what)
{
	size_t offset = (size_t)(at - r->src->text);

	return errs_add(r->es, ERR_INPUT, place_at(r->src, offset), "%s", what);
}

/* ---- parts of a datum --------------------------------------------------- */

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

/* Digits with a fraction; the guidelines know no exponent, but plugins print
 * one. */
static size_t number_len(const char *from, const char *end)
{
	const char *at = skip_digits(from, end);
	size_t digits = (size_t)(at - from);

	if (at < end && *at == '.') {
		const char *fraction = at + 1;

		at = skip_digits(fraction, end);
		digits += (size_t)(at - fraction);
	}
	if (!digits)
		return 0;
	if (end - at > 1 && (*at == 'e' || *at == 'E')) {
		const char *sign = at + 1 + (at[1] == '-' || at[1] == '+');
		const char *behind = skip_digits(sign, end);

		if (behind > sign)
			at = behind;
	}
	return (size_t)(at - from);
}

static bool take_number(struct perf_reader *r, double *value)
{
	const char *from = r->at, *digits = from;
	char copy[NUMBER_MAX + 1], *end = NULL;

	if (digits < r->end && (*digits == '-' || *digits == '+'))
		digits++;
	size_t len = number_len(digits, r->end);
	if (!len || len + 1 > NUMBER_MAX)
		return false;
	len += (size_t)(digits - from);
	memcpy(copy, from, len);
	copy[len] = '\0';
	*value = strtod(copy, &end);
	if (*end || !isfinite(*value))
		return false;
	r->at += len;
	return true;
}

/* The next byte of a label; false when it has ended.  '' is one quote. */
static bool label_byte(struct perf_reader *r, bool is_quoted, char *byte)
{
	if (r->at == r->end)
		return false;
	*byte = *r->at;
	if (!is_quoted && (*byte == '=' || is_blank(*byte)))
		return false;
	if (is_quoted && *byte == '\'') {
		if (r->end - r->at < 2 || r->at[1] != '\'')
			return false;
		r->at++;
	}
	r->at++;
	return true;
}

static bool take_label(struct perf_reader *r, char *label)
{
	const char *from = r->at;
	bool is_quoted = *r->at == '\'';
	size_t len = 0;
	char byte;

	r->at += is_quoted;
	while (label_byte(r, is_quoted, &byte)) {
		if (len == PERFDATA_LABEL_MAX || !byte)
			return problem(r, from, "this label is too long");
		label[len++] = byte;
	}
	label[len] = '\0';
	if (is_quoted && r->at == r->end)
		return problem(r, from, "this quote is not closed");
	r->at += is_quoted;
	if (r->at == r->end || *r->at != '=')
		return problem(r, from, "a label is followed by =");
	if (!len)
		return problem(r, from, "a label is missing");
	r->at++;
	return true;
}

static bool take_value(struct perf_reader *r, struct perf_datum *d, char *uom)
{
	const char *from = r->at;
	size_t len = 0;

	uom[0] = '\0';
	if (r->at < r->end && *r->at == 'U') {
		r->at++;
		d->is_unknown = true;
	} else if (!take_number(r, &d->value)) {
		return problem(r, from, "a number is expected behind =");
	}
	while (r->at < r->end && *r->at != ';' && !is_blank(*r->at)) {
		if (len == PERFDATA_UOM_MAX ||
		    strchr("'\"=0123456789.+-", *r->at))
			return problem(r, r->at, "this is no unit");
		uom[len++] = *r->at++;
	}
	uom[len] = '\0';
	return !d->is_unknown || !len || problem(r, from, "U has no unit");
}

/* Behind a semicolon: up to the next one. */
static bool take_part(struct perf_reader *r, struct perf_text *part)
{
	*part = (struct perf_text){ 0 };
	if (r->at == r->end || *r->at != ';')
		return false;
	part->text = ++r->at;
	while (r->at < r->end && *r->at != ';' && !is_blank(*r->at))
		r->at++;
	part->len = (size_t)(r->at - part->text);
	return true;
}

static bool take_limit(struct perf_reader *r, struct perf_number *n)
{
	struct perf_text part;

	if (!take_part(r, &part) || !part.len)
		return true;
	const char *end = r->end, *at = r->at;
	r->at = part.text;
	r->end = part.text + part.len;
	n->is_there = take_number(r, &n->value) && r->at == r->end;
	r->at = at;
	r->end = end;
	return n->is_there || problem(r, part.text, "this is no number");
}

/* "10", "10:", "~:10", "@10:20" */
static bool is_range(const struct perf_text *part)
{
	for (size_t i = 0; i < part->len; i++)
		if (!strchr("0123456789.+-eE:~@", part->text[i]) ||
		    !part->text[i])
			return false;
	return true;
}

static bool take_datum(struct perf_reader *r)
{
	char label[PERFDATA_LABEL_MAX + 1], uom[PERFDATA_UOM_MAX + 1];
	struct perf_datum d = { .label = label, .uom = uom };

	if (!take_label(r, label) || !take_value(r, &d, uom))
		return false;
	take_part(r, &d.warn);
	take_part(r, &d.crit);
	if (!is_range(&d.warn) || !is_range(&d.crit))
		return problem(r, is_range(&d.warn) ? d.crit.text : d.warn.text,
			       "this is no range");
	if (!take_limit(r, &d.min) || !take_limit(r, &d.max))
		return false;
	if (r->at < r->end && !is_blank(*r->at))
		return problem(r, r->at, "a blank is expected here");
	if (r->n++ < PERFDATA_MAX)
		r->on_datum(r->self, &d);
	return true;
}

/* ---- all of it ---------------------------------------------------------- */

static bool read_part(struct perf_reader *r, const char *from, const char *to)
{
	bool ok = true;

	r->at = from;
	r->end = to;
	for (;;) {
		while (r->at < r->end && is_blank(*r->at))
			r->at++;
		if (r->at == r->end)
			return ok;
		if (take_datum(r))
			continue;
		ok = false;
		while (r->at < r->end && !is_blank(*r->at))
			r->at++;
	}
}

bool perfdata_read(const struct source *output,
		   void (*on_datum)(void *self, const struct perf_datum *d),
		   void *self, struct errs *es)
{
	struct perf_reader r = {
		.src = output, .on_datum = on_datum, .self = self, .es = es
	};
	const char *text = output->text, *end = text + output->len;
	const char *feed = output->len ? memchr(text, '\n', output->len) : NULL;
	const char *bar;
	bool ok = true;

	if (!output->len)
		return true;
	if (!feed)
		feed = end;
	bar = memchr(text, '|', (size_t)(feed - text));
	if (bar)
		ok = read_part(&r, bar + 1, feed);
	bar = feed < end ? memchr(feed, '|', (size_t)(end - feed)) : NULL;
	if (bar)
		ok &= read_part(&r, bar + 1, end);
	if (r.n > PERFDATA_MAX)
		ok = problem(&r, text, "there is too much performance data");
	return ok;
}

void perfdata_line(const char *output, size_t len, struct buf *out)
{
	size_t n = 0;

	while (len && is_blank(*output)) {
		output++;
		len--;
	}
	while (n < len && output[n] != '\n' && output[n] != '|')
		n++;
	while (n && is_blank(output[n - 1]))
		n--;
	buf_add(out, output, n);
}

static void print_limit(const struct perf_number *n, struct buf *out)
{
	buf_putc(out, ';');
	if (n->is_there)
		unit_print_number(out, n->value);
}

void perfdata_print(const struct perf_datum *d, struct buf *out)
{
	buf_putc(out, '\'');
	for (const char *p = d->label; *p; p++) {
		buf_putc(out, *p);
		if (*p == '\'')
			buf_putc(out, '\'');
	}
	buf_puts(out, "'=");
	if (d->is_unknown)
		buf_putc(out, 'U');
	else
		unit_print_number(out, d->value);
	buf_printf(out, "%s;%.*s;%.*s", d->uom, (int)d->warn.len,
		   d->warn.len ? d->warn.text : "", (int)d->crit.len,
		   d->crit.len ? d->crit.text : "");
	print_limit(&d->min, out);
	print_limit(&d->max, out);
}
