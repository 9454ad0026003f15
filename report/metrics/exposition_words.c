/* SPDX-License-Identifier: MIT */
/* Words, numbers and labels of a line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/metrics/exposition_parts.h"
#include "scenarios/base/text.h"

enum { SHOWN_MAX = 40 }; /* bytes of a token in a message */

/* The largest number of milliseconds that a double holds exactly. */
#define TIME_MS_MAX 9007199254740991.0

/* ---- problems ----------------------------------------------------------- */

bool reader_problem(struct reader *r, const char *at, const char *what)
{
	const struct place place = { r->src, r->number,
				     (unsigned)(at - r->line) + 1 };

	return errs_add(r->es, ERR_INPUT, place, "%s", what);
}

/* The same about the word that begins there. */
bool reader_problem_of(struct reader *r, const char *at, size_t len,
		       const char *what)
{
	const struct place place = { r->src, r->number,
				     (unsigned)(at - r->line) + 1 };
	struct buf cut, word;

	buf_init(&cut, SHOWN_MAX);
	buf_init(&word, BUF_NO_LIMIT);
	text_cut(&cut, at, len, SHOWN_MAX);
	text_printable(&word, buf_text(&cut), cut.len);
	errs_add(r->es, ERR_INPUT, place, "\"%s\" %s", buf_text(&word), what);
	buf_release(&cut);
	buf_release(&word);
	return false;
}

/* ---- words of a line ---------------------------------------------------- */

bool reader_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void reader_skip_blanks(struct reader *r)
{
	while (r->at < r->end && reader_is_blank(*r->at))
		r->at++;
}

/* Up to the next blank. */
size_t reader_take_word(struct reader *r)
{
	const char *from = r->at;

	while (r->at < r->end && !reader_is_blank(*r->at))
		r->at++;
	return (size_t)(r->at - from);
}

/* As long as it can be a name; whether it is one is another question. */
size_t reader_take_name(struct reader *r)
{
	const char *from = r->at;

	while (r->at < r->end && !reader_is_blank(*r->at) && *r->at != '{' &&
	       *r->at != '=' && *r->at != '}' && *r->at != ',')
		r->at++;
	return (size_t)(r->at - from);
}

bool reader_take_char(struct reader *r, char c)
{
	if (!r->is_open)
		reader_skip_blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* The one space that OpenMetrics puts between words; any number of blanks in
 * the text format.  False when there is no other word. */
bool reader_next_word(struct reader *r)
{
	if (!r->is_open) {
		reader_skip_blanks(r);
		return r->at < r->end;
	}
	if (r->end - r->at < 2 || r->at[0] != ' ' || reader_is_blank(r->at[1]))
		return false;
	r->at++;
	return true;
}

/* ---- numbers ------------------------------------------------------------ */

static bool is_word_number(const char *text, size_t len, double *value)
{
	bool minus = len && text[0] == '-';

	if (len && (text[0] == '-' || text[0] == '+')) {
		text++;
		len--;
	}
	if (text_same_nocase(text, len, "inf", 3) ||
	    text_same_nocase(text, len, "infinity", 8))
		*value = minus ? -INFINITY : INFINITY;
	else if (text_same_nocase(text, len, "nan", 3))
		*value = NAN;
	else
		return false;
	return true;
}

bool exposition_number(const char *text, size_t len, double *value)
{
	char copy[EXPOSITION_NUMBER_MAX + 1], *end = NULL;

	if (is_word_number(text, len, value))
		return true;
	if (!len || len > EXPOSITION_NUMBER_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!strchr("0123456789+-.eE", text[i]) || !text[i])
			return false;
		copy[i] = text[i];
	}
	copy[len] = '\0';
	double number = strtod(copy, &end);
	/* 1e999 is no number of these formats: they write +Inf */
	if (*end || end == copy || isinf(number))
		return false;
	*value = number;
	return true;
}

bool reader_take_number(struct reader *r, const char *what, double *value)
{
	const char *from = r->at;
	size_t len = reader_take_word(r);

	return exposition_number(from, len, value) ||
	       reader_problem_of(r, from, len, what);
}

bool reader_take_time(struct reader *r, double *time_s)
{
	const char *from = r->at;
	size_t len = reader_take_word(r);
	double time = 0;
	bool ok = exposition_number(from, len, &time) && isfinite(time);

	if (!r->is_open) {
		for (size_t i = 0; ok && i < len; i++)
			ok = strchr("+-0123456789", from[i]) != NULL;
		ok = ok && fabs(time) <= TIME_MS_MAX;
		time /= 1000;
	}
	*time_s = time;
	return ok ||
	       reader_problem_of(r, from, len,
				 r->is_open ? "is no time in seconds"
					    : "is no time in milliseconds");
}

/* ---- labels ------------------------------------------------------------- */

/* r->at is behind the backslash. */
bool reader_take_escape(struct reader *r, bool has_quotes, struct buf *out)
{
	char c = r->at < r->end ? *r->at : '\0';

	if (c == 'n' || c == '\\' || (c == '"' && has_quotes)) {
		r->at++;
		return buf_putc(out, c == 'n' ? '\n' : c);
	}
	/* OpenMetrics: it stands for itself */
	if (r->is_open && r->at < r->end)
		return buf_putc(out, '\\');
	return reader_problem(
		r, r->at - 1,
		has_quotes ? "unknown escape, allowed are \\\\, \\\" and \\n"
			   : "unknown escape, allowed are \\\\ and \\n");
}

static bool take_value(struct reader *r, struct label_room *to)
{
	const char *from = r->at;
	size_t start = to->values.len, bad = 0;

	if (!reader_take_char(r, '"'))
		return reader_problem(r, r->at, "a label has a value in \"\"");
	for (;;) {
		const char *plain = r->at;

		while (r->at < r->end && *r->at != '"' && *r->at != '\\')
			r->at++;
		buf_add(&to->values, plain, (size_t)(r->at - plain));
		if (r->at == r->end)
			return reader_problem(r, from,
					      "this value is not closed");
		if (*r->at++ == '"')
			break;
		if (!reader_take_escape(r, true, &to->values))
			return false;
	}
	to->from[to->n] = start;
	to->label[to->n].len = to->values.len - start;
	if (to->values.len > start &&
	    !text_utf8_valid(to->values.text + start, to->label[to->n].len,
			     &bad))
		return reader_problem(r, from, "this value is no UTF-8");
	return true;
}

static bool take_label(struct reader *r, struct label_room *to)
{
	const char *from;

	if (!r->is_open)
		reader_skip_blanks(r);
	from = r->at;
	size_t len = reader_take_name(r);
	if (!label_is_name(from, len))
		return reader_problem_of(r, from, len, "is no name of a label");
	for (size_t i = 0; i < to->n; i++)
		if (to->label[i].name_len == len &&
		    !memcmp(to->label[i].name, from, len))
			return reader_problem_of(r, from, len,
						 "is there a second time");
	if (to->n == EXPOSITION_LABELS_MAX)
		return reader_problem(r, from, "there are too many labels");
	to->label[to->n].name = from;
	to->label[to->n].name_len = len;
	if (!reader_take_char(r, '='))
		return reader_problem(r, r->at,
				      "the name of a label is followed by =");
	if (!take_value(r, to))
		return false;
	to->n++;
	return true;
}

/* From behind { to behind }. */
bool reader_take_labels(struct reader *r, struct label_room *to)
{
	to->n = 0;
	buf_reset(&to->values);
	while (!reader_take_char(r, '}')) {
		if (to->n && !reader_take_char(r, ','))
			return reader_problem(r, r->at,
					      "a comma or } is expected here");
		/* the text format lets a comma be the last */
		if (to->n && !r->is_open && reader_take_char(r, '}'))
			break;
		if (!take_label(r, to))
			return false;
	}
	if (!buf_ok(&to->values))
		return errs_nomem(r->es);
	for (size_t i = 0; i < to->n; i++)
		to->label[i].value = buf_text(&to->values) + to->from[i];
	return true;
}
