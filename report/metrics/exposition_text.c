/* SPDX-License-Identifier: MIT */
/* What is said of an exposition, and how a sample is written. */
#include <math.h>
#include <string.h>

#include "report/metrics/exposition.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"

#define OPENMETRICS_TYPE "application/openmetrics-text"

enum exposition_format exposition_format_of(const char *content_type)
{
	size_t len = content_type ? strcspn(content_type, "; \t,") : 0;

	return text_same_nocase(content_type ? content_type : "", len,
				OPENMETRICS_TYPE, strlen(OPENMETRICS_TYPE))
		       ? EXPOSITION_OPENMETRICS
		       : EXPOSITION_TEXT;
}

/* ---- what else is served under that name -------------------------------- */

static bool is_exposition(const char *text)
{
	const struct source src = { .text = text, .len = strlen(text) };
	size_t samples = 0;
	struct errs es = { 0 };

	return exposition_read(&src, EXPOSITION_TEXT, NULL, &samples, &es) &&
	       samples > 0;
}

static const char *say_json(const char *body, size_t len)
{
	const struct source src = { .text = body, .len = len };
	struct errs es = { 0 };
	cJSON *json = json_parse(&src, JSON_FOREIGN, NULL, NULL, &es);
	const char *say = NULL;

	if (json && cJSON_IsString(json) && is_exposition(json->valuestring))
		say = "the body is a JSON string that holds exposition text: "
		      "the handler returns the text through a JSON encoder "
		      "instead of as it is";
	else if (json && cJSON_IsString(json))
		say = "the body is a JSON string and holds no exposition text";
	else if (json)
		say = "the body is JSON, not exposition text: a get step keeps "
		      "its numbers with \"series\"";
	cJSON_Delete(json);
	return say;
}

const char *exposition_misfit(const char *body, size_t len)
{
	size_t at = 0;

	while (at < len && strchr(" \t\r\n", body[at]) && body[at])
		at++;
	if (at == len)
		return "the body is empty";
	if (body[at] == '<')
		return "the body is HTML or XML, not exposition text";
	if (!strchr("\"[{", body[at]))
		return NULL;
	return say_json(body, len);
}

/* ---- writing ------------------------------------------------------------ */

void exposition_print_number(double value, struct buf *out)
{
	if (isnan(value))
		buf_puts(out, "NaN");
	else if (isinf(value))
		buf_puts(out, value < 0 ? "-Inf" : "+Inf");
	else
		unit_print_number(out, value);
}

static void print_labels(const struct label *label, size_t n, bool always,
			 struct buf *out)
{
	if (!n && !always)
		return;
	buf_putc(out, '{');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(out, ',');
		label_print(label[i].name, label[i].name_len, label[i].value,
			    label[i].len, out);
	}
	buf_putc(out, '}');
}

static void print_time(double time_s, enum exposition_format f, struct buf *out)
{
	buf_putc(out, ' ');
	if (f == EXPOSITION_TEXT)
		buf_printf(out, "%.0f", time_s * 1000);
	else
		unit_print_number(out, time_s);
}

void exposition_print(const struct metric_sample *s, enum exposition_format f,
		      struct buf *out)
{
	buf_add(out, s->name, s->name_len);
	print_labels(s->label, s->n, false, out);
	buf_putc(out, ' ');
	exposition_print_number(s->value, out);
	if (s->has_time)
		print_time(s->time_s, f, out);
	if (s->exemplar.is_there) {
		buf_puts(out, " # ");
		print_labels(s->exemplar.label, s->exemplar.n, true, out);
		buf_putc(out, ' ');
		exposition_print_number(s->exemplar.value, out);
		if (s->exemplar.has_time)
			print_time(s->exemplar.time_s, f, out);
	}
	buf_putc(out, '\n');
}
