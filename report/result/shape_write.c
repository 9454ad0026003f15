/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/result/phases.h"
#include "report/result/shape.h"
#include "report/result/stamp.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"

enum { STAMP_DIGITS = 9, INDENT = 2 };

struct writer {
	struct buf *out;
	bool compact;
	unsigned depth;
	bool first; /* in the innermost container */
};

static void write_struct(struct writer *w, const struct shape *sh,
			 const void *from, const struct shape_field *lifted);

static void open_in(struct writer *w, char c)
{
	buf_putc(w->out, c);
	w->depth++;
	w->first = true;
}

static void new_line(struct writer *w)
{
	if (w->compact)
		return;
	buf_putc(w->out, '\n');
	buf_fill(w->out, ' ', (size_t)w->depth * INDENT);
}

static void close_in(struct writer *w, char c)
{
	w->depth--;
	if (!w->first)
		new_line(w);
	buf_putc(w->out, c);
	w->first = false;
}

static void next(struct writer *w)
{
	if (!w->first)
		buf_putc(w->out, ',');
	w->first = false;
	new_line(w);
}

static void write_key(struct writer *w, const char *key)
{
	next(w);
	json_escape_str(w->out, key);
	buf_puts(w->out, w->compact ? ":" : ": ");
}

static uint64_t read_count(const void *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof value);
	return value;
}

static int64_t read_number(const void *at)
{
	int64_t value;

	memcpy(&value, at, sizeof value);
	return value;
}

static const char *read_text(const void *at)
{
	const char *text;

	memcpy(&text, at, sizeof text);
	return text ? text : "";
}

static void write_count(struct writer *w, uint64_t value)
{
	if (value > (uint64_t)SHAPE_NUMBER_MAX)
		value = (uint64_t)SHAPE_NUMBER_MAX;
	buf_printf(w->out, "%" PRIu64, value);
}

static void write_number(struct writer *w, int64_t value)
{
	if (value > SHAPE_NUMBER_MAX)
		value = SHAPE_NUMBER_MAX;
	if (value < -SHAPE_NUMBER_MAX)
		value = -SHAPE_NUMBER_MAX;
	buf_printf(w->out, "%" PRId64, value);
}

static double read_real(const void *at)
{
	double value;

	memcpy(&value, at, sizeof value);
	/* what is no number is none, and 0 has no sign */
	return value > 0 ? value : 0;
}

static void write_real(struct writer *w, double value)
{
	if (value > (double)SHAPE_NUMBER_MAX)
		value = (double)SHAPE_NUMBER_MAX;
	buf_printf(w->out, "%.*g", SHAPE_REAL_DIGITS, value);
}

static void write_float(struct writer *w, const void *at)
{
	double value;

	memcpy(&value, at, sizeof value);
	if (isfinite(value))
		json_print_number(w->out, value);
	else if (isnan(value))
		buf_puts(w->out, "\"NaN\"");
	else
		buf_puts(w->out, value < 0 ? "\"-Inf\"" : "\"+Inf\"");
}

static void write_words(struct writer *w, const char *text)
{
	open_in(w, '[');
	while (*text) {
		const char *end = strstr(text, ", ");
		size_t len = end ? (size_t)(end - text) : strlen(text);

		next(w);
		json_escape(w->out, text, len);
		text += len + (end ? 2 : 0);
	}
	close_in(w, ']');
}

/* On one line in any style: eight more would hide the rest of a step. */
static void write_phases(struct writer *w, const struct phases *ph)
{
	bool compact = w->compact;

	w->compact = true;
	open_in(w, '{');
	for (unsigned i = 0; i < PHASE_N; i++) {
		write_key(w, phase_name((enum phase)i));
		write_count(w, ph->ns[i]);
	}
	close_in(w, '}');
	w->compact = compact;
}

static void write_array(struct writer *w, const struct shape_field *f,
			const void *of, const struct shape_field *lifted)
{
	size_t n;
	const char *array = shape_array(f, of, &n);

	open_in(w, '[');
	for (size_t i = 0; i < n; i++) {
		next(w);
		write_struct(w, f->of, array + i * f->of->size,
			     i + 1 == n ? lifted : NULL);
	}
	close_in(w, ']');
}

static void write_lifted(struct writer *w, const struct shape_field *f,
			 const void *of)
{
	size_t n;
	const char *array = shape_array(f, of, &n);

	if (n == 0)
		buf_puts(w->out, "[]");
	else
		write_array(w, shape_lift_list(f),
			    array + (n - 1) * f->of->size, NULL);
}

static void write_time(struct writer *w, const struct shape_field *f,
		       const void *at)
{
	buf_putc(w->out, '"');
	if (f->type == SHAPE_TIME_NS)
		stamp_print_ns(w->out, read_count(at), STAMP_DIGITS);
	else
		stamp_print_s(w->out, read_number(at));
	buf_putc(w->out, '"');
}

static void write_scalar(struct writer *w, const struct shape_field *f,
			 const void *at)
{
	unsigned word;

	switch (f->type) {
	case SHAPE_TEXT:
	case SHAPE_BASE64:
		json_escape_str(w->out, read_text(at));
		break;
	case SHAPE_WORDS:
		write_words(w, read_text(at));
		break;
	case SHAPE_COUNT:
		write_count(w, read_count(at));
		break;
	case SHAPE_NUMBER:
		write_number(w, read_number(at));
		break;
	case SHAPE_REAL:
		write_real(w, read_real(at));
		break;
	case SHAPE_FLOAT:
		write_float(w, at);
		break;
	case SHAPE_BOOL:
		buf_puts(w->out, *(const bool *)at ? "true" : "false");
		break;
	case SHAPE_ENUM:
		memcpy(&word, at, sizeof word);
		json_escape_str(w->out, f->words->word(word));
		break;
	case SHAPE_FIXED:
		buf_puts(w->out, f->fixed);
		break;
	default:
		write_time(w, f, at);
	}
}

static void write_value(struct writer *w, const struct shape *sh,
			const struct shape_field *f, const void *of)
{
	const void *at = shape_at(of, f->at);
	const void *inside;

	switch (f->type) {
	case SHAPE_PHASES:
		write_phases(w, at);
		break;
	case SHAPE_STRUCT:
		write_struct(w, f->of, at, NULL);
		break;
	case SHAPE_POINTER:
		memcpy(&inside, at, sizeof inside);
		write_struct(w, f->of, inside, NULL);
		break;
	case SHAPE_LIST:
		write_array(w, f, of, shape_lifted(sh, f));
		break;
	case SHAPE_LIFTED:
		write_lifted(w, f, of);
		break;
	default:
		write_scalar(w, f, at);
	}
}

static bool empty_struct(const struct shape *sh, const void *of);

static bool empty(const struct shape_field *f, const void *of)
{
	static const char zero[16] = { 0 };
	static const unsigned char size[SHAPE_TYPE_N] = {
		[SHAPE_COUNT] = sizeof(uint64_t),
		[SHAPE_NUMBER] = sizeof(int64_t),
		[SHAPE_FLOAT] = sizeof(double),
		[SHAPE_BOOL] = sizeof(bool),
		[SHAPE_ENUM] = sizeof(unsigned),
		[SHAPE_TIME_NS] = sizeof(uint64_t),
		[SHAPE_TIME_S] = sizeof(int64_t),
		[SHAPE_POINTER] = sizeof(void *),
	};
	const void *at = shape_at(of, f->at);
	size_t n;

	switch (f->type) {
	case SHAPE_TEXT:
	case SHAPE_WORDS:
	case SHAPE_BASE64:
		return read_text(at)[0] == '\0';
	case SHAPE_REAL:
		return read_real(at) == 0;
	case SHAPE_STRUCT:
		return empty_struct(f->of, at);
	case SHAPE_LIST:
		shape_array(f, of, &n);
		return n == 0;
	default:
		return size[f->type] && memcmp(at, zero, size[f->type]) == 0;
	}
}

static bool empty_struct(const struct shape *sh, const void *of)
{
	for (size_t i = 0; i < sh->n; i++) {
		if (!empty(&sh->field[i], of))
			return false;
	}
	return true;
}

static void write_struct(struct writer *w, const struct shape *sh,
			 const void *from, const struct shape_field *lifted)
{
	open_in(w, '{');
	for (size_t i = 0; i < sh->n; i++) {
		const struct shape_field *f = &sh->field[i];

		if (lifted && f == shape_lift_list(lifted))
			continue;
		if (!f->required && empty(f, from))
			continue;
		write_key(w, f->key);
		write_value(w, sh, f, from);
	}
	close_in(w, '}');
}

void shape_write(const struct shape *sh, const void *from, bool compact,
		 struct buf *out)
{
	struct writer w = { .out = out, .compact = compact };

	write_struct(&w, sh, from, NULL);
}
