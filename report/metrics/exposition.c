/* SPDX-License-Identifier: MIT */
#include "report/metrics/exposition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/metrics/exposition_parts.h"
#include "scenarios/base/text.h"

/* ---- samples ------------------------------------------------------------ */

static const struct label *find_label(const struct label_room *room,
				      const char *name)
{
	for (size_t i = 0; i < room->n; i++)
		if (text_is(room->label[i].name, room->label[i].name_len, name))
			return &room->label[i];
	return NULL;
}

/* le of a bucket and quantile of a summary are numbers. */
static bool take_bound(struct reader *r, struct metric_sample *s)
{
	bool is_bucket = s->part == PART_BUCKET;
	const struct label *l;

	if (!is_bucket && !(s->type == METRIC_SUMMARY && s->part == PART_VALUE))
		return true;
	l = find_label(&r->labels, is_bucket ? "le" : "quantile");
	if (!l)
		return reader_problem(r, r->line,
				      is_bucket ? "a bucket has a label le"
						: "a sample of a summary has a "
						  "label quantile");
	if (!exposition_number(l->value, l->len, &s->bound) || isnan(s->bound))
		return reader_problem_of(r, l->name, l->name_len,
					 "has a value that is no number");
	if (!is_bucket)
		s->part = PART_QUANTILE;
	return true;
}

static bool take_exemplar(struct reader *r, struct metric_exemplar *x)
{
	r->at += 2; /* "# " */
	if (!reader_take_char(r, '{'))
		return reader_problem(r, r->at,
				      "an exemplar begins with its labels");
	if (!reader_take_labels(r, &r->exemplar))
		return false;
	x->is_there = true;
	x->n = r->exemplar.n;
	x->label = r->exemplar.label;
	if (!reader_next_word(r))
		return reader_problem(r, r->at, "an exemplar has a value");
	if (!reader_take_number(r, "is no value", &x->value))
		return false;
	x->has_time = reader_next_word(r);
	return !x->has_time || reader_take_time(r, &x->time_s);
}

/* What comes behind the value. */
static bool take_rest(struct reader *r, struct metric_sample *s)
{
	if (reader_next_word(r) && *r->at != '#') {
		s->has_time = true;
		if (!reader_take_time(r, &s->time_s))
			return false;
		reader_next_word(r);
	}
	if (r->is_open && r->end - r->at > 2 && r->at[0] == '#' &&
	    r->at[1] == ' ') {
		bool may = s->part == PART_BUCKET ||
			   (s->type == METRIC_COUNTER && s->part == PART_VALUE);

		if (!may)
			return reader_problem(r, r->at,
					      "only counters and buckets have "
					      "exemplars");
		if (!take_exemplar(r, &s->exemplar))
			return false;
	}
	return r->at == r->end ||
	       reader_problem_of(r, r->at, (size_t)(r->end - r->at),
				 "is not expected at the end of a sample");
}

static bool enter_family(struct reader *r, struct metric_sample *s)
{
	struct family *f = families_of_sample(
		&r->families, s->name, s->name_len, r->is_open, &s->part);

	if (!f)
		return r->families.n >= EXPOSITION_FAMILIES_MAX
			       ? reader_problem(r, r->line,
						"there are too many names")
			       : errs_nomem(r->es);
	if (r->is_open && f != r->current) {
		if (f->has_samples || f->is_closed)
			return reader_problem_of(
				r, s->name, s->name_len,
				"stands apart from its family");
		if (r->current)
			r->current->is_closed = true;
		r->current = f;
	}
	if (r->is_open && f->type == METRIC_COUNTER && s->part == PART_VALUE &&
	    s->name_len == f->len)
		return reader_problem_of(
			r, s->name, s->name_len,
			"is a counter, whose samples end in _total");
	f->has_samples = true;
	s->family = f->name;
	s->family_len = f->len;
	s->type = f->type;
	return true;
}

static bool take_sample(struct reader *r, const struct exposition_sink *sink,
			bool *goes_on)
{
	struct metric_sample s = { .name = r->at, .line = r->number };

	s.name_len = reader_take_name(r);
	if (!metric_is_name(s.name, s.name_len))
		return reader_problem_of(r, s.name, s.name_len,
					 "is no name of a metric");
	if (r->at < r->end && strchr("=},", *r->at))
		return reader_problem_of(r, s.name,
					 (size_t)(r->at - s.name) + 1,
					 "is no name of a metric");
	r->labels.n = 0;
	if (reader_take_char(r, '{') && !reader_take_labels(r, &r->labels))
		return false;
	s.n = r->labels.n;
	s.label = r->labels.label;
	if (!reader_next_word(r))
		return reader_problem(r, r->at, "a sample has a value");
	if (!reader_take_number(r, "is no value", &s.value) ||
	    !enter_family(r, &s) || !take_bound(r, &s) || !take_rest(r, &s))
		return false;
	if (++r->samples > EXPOSITION_SAMPLES_MAX)
		return reader_problem(r, r->line, "there are too many samples");
	*goes_on = !sink || sink->on_sample(sink->self, &s);
	return true;
}

/* ---- comments ----------------------------------------------------------- */

static const char *const type_names[METRIC_TYPE_N] = {
	[METRIC_UNKNOWN] = "unknown",
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_HISTOGRAM] = "histogram",
	[METRIC_SUMMARY] = "summary",
	[METRIC_GAUGE_HISTOGRAM] = "gaugehistogram",
	[METRIC_STATE_SET] = "stateset",
	[METRIC_INFO] = "info",
};

const char *metric_type_name(enum metric_type t, enum exposition_format f)
{
	if (f == EXPOSITION_TEXT && t == METRIC_UNKNOWN)
		return "untyped";
	return type_names[t];
}

/* name is that of the family on this line. */
static bool take_type(struct reader *r, struct family *f, const char *name)
{
	const char *from = r->at;
	size_t len = (size_t)(r->end - from);
	unsigned last = r->is_open ? METRIC_INFO : METRIC_SUMMARY;

	if (f->has_type)
		return reader_problem_of(r, name, f->len, "has a type already");
	if (f->has_samples)
		return reader_problem_of(r, name, f->len,
					 "gets its type after its samples");
	for (unsigned t = 0; t <= last; t++) {
		const char *type = metric_type_name(
			(enum metric_type)t,
			r->is_open ? EXPOSITION_OPENMETRICS : EXPOSITION_TEXT);

		if (r->is_open
			    ? !text_is(from, len, type)
			    : !text_same_nocase(from, len, type, strlen(type)))
			continue;
		f->type = (enum metric_type)t;
		f->has_type = true;
		r->at = r->end;
		return true;
	}
	return reader_problem_of(r, from, len, "is no type of a metric");
}

static bool take_help(struct reader *r, struct family *f, const char *name)
{
	struct buf out;
	bool ok = true;

	if (f->has_help)
		return reader_problem_of(r, name, f->len, "has a help already");
	f->has_help = true;
	buf_init(&out, EXPOSITION_LINE_MAX);
	while (ok && r->at < r->end) {
		if (*r->at++ == '\\')
			ok = reader_take_escape(r, r->is_open, &out);
	}
	buf_release(&out);
	return ok;
}

static bool take_unit(struct reader *r, struct family *f, const char *name)
{
	size_t len = (size_t)(r->end - r->at);

	if (f->has_unit)
		return reader_problem_of(r, name, f->len, "has a unit already");
	f->has_unit = true;
	if (len && (f->len <= len || f->name[f->len - len - 1] != '_' ||
		    memcmp(f->name + f->len - len, r->at, len) != 0))
		return reader_problem_of(
			r, r->at, len,
			"is a unit that its name does not end in");
	r->at = r->end;
	return true;
}

static bool take_about(struct reader *r, const char *word, size_t word_len)
{
	const char *from = r->at;
	size_t len = reader_take_word(r);
	struct family *f;

	if (!metric_is_name(from, len))
		return reader_problem_of(r, from, len,
					 "is no name of a metric");
	bool has_more = reader_next_word(r);
	/* the text format lets a comment end early */
	if (!has_more && !r->is_open)
		return true;
	f = families_add(&r->families, from, len);
	if (!f)
		return r->families.n >= EXPOSITION_FAMILIES_MAX
			       ? reader_problem(r, r->line,
						"there are too many names")
			       : errs_nomem(r->es);
	if (r->is_open && f != r->current) {
		if (f->is_closed || f->has_samples)
			return reader_problem_of(
				r, from, len, "stands apart from its family");
		if (r->current)
			r->current->is_closed = true;
		r->current = f;
	} else if (r->is_open && f->has_samples) {
		return reader_problem_of(
			r, word, word_len,
			"comes after the samples of its family");
	}
	if (text_is(word, word_len, "TYPE"))
		return take_type(r, f, from);
	if (text_is(word, word_len, "UNIT"))
		return take_unit(r, f, from);
	return take_help(r, f, from);
}

/* r->at is at the #. */
static bool take_comment(struct reader *r)
{
	const char *word;
	size_t len;

	if (r->is_open && text_is(r->at, (size_t)(r->end - r->at), "# EOF")) {
		r->is_over = true;
		return true;
	}
	r->at++;
	if (r->is_open && !reader_next_word(r))
		return reader_problem(r, r->line,
				      "OpenMetrics has no comments but # TYPE, "
				      "# HELP, # UNIT and # EOF");
	reader_skip_blanks(r);
	word = r->at;
	len = reader_take_word(r);
	if (text_is(word, len, "HELP") || text_is(word, len, "TYPE") ||
	    (r->is_open && text_is(word, len, "UNIT")))
		return reader_next_word(r) ? take_about(r, word, len)
		       : r->is_open
			       ? reader_problem(r, r->at, "a name is missing")
			       : true;
	return !r->is_open ||
	       reader_problem_of(
		       r, word, len,
		       "is no word of OpenMetrics: TYPE, HELP, UNIT, EOF");
}

/* ---- lines -------------------------------------------------------------- */

static bool take_line(struct reader *r, const struct exposition_sink *sink,
		      bool *goes_on)
{
	if (r->is_over)
		return reader_problem(r, r->line, "there is more behind # EOF");
	if (!r->is_open)
		reader_skip_blanks(r);
	if (r->at == r->end)
		return !r->is_open ||
		       reader_problem(r, r->line,
				      "OpenMetrics has no empty lines");
	if (*r->at == '#')
		return take_comment(r);
	return take_sample(r, sink, goes_on);
}

static bool take_lines(struct reader *r, const struct exposition_sink *sink)
{
	const char *next = r->src->text, *stop = next + r->src->len;
	bool goes_on = true;

	while (goes_on && next < stop) {
		const char *feed = memchr(next, '\n', (size_t)(stop - next));

		r->line = r->at = next;
		r->number++;
		r->end = feed ? feed : stop;
		if (r->end - r->line > EXPOSITION_LINE_MAX)
			return reader_problem(r, r->line,
					      "this line is too long");
		if (!feed && !r->is_over && !(r->is_open && stop - next == 5))
			return reader_problem(
				r, r->end,
				"the last line does not end: the body "
				"may have been cut");
		if (!take_line(r, sink, &goes_on))
			return false;
		next = r->end + (feed != NULL);
	}
	if (goes_on && r->is_open && !r->is_over)
		return errs_add(r->es, ERR_INPUT, place_at(r->src, r->src->len),
				"there is no # EOF at the end: the body may "
				"have been cut");
	return true;
}

bool exposition_read(const struct source *src, enum exposition_format format,
		     const struct exposition_sink *sink, size_t *samples,
		     struct errs *es)
{
	struct reader *r = calloc(1, sizeof(*r));
	bool ok;

	if (samples)
		*samples = 0;
	if (!r)
		return errs_nomem(es);
	r->src = src;
	r->is_open = format == EXPOSITION_OPENMETRICS;
	r->es = es;
	buf_init(&r->labels.values, EXPOSITION_LINE_MAX);
	buf_init(&r->exemplar.values, EXPOSITION_LINE_MAX);
	ok = take_lines(r, sink);
	if (samples)
		*samples = r->samples;
	families_release(&r->families);
	buf_release(&r->labels.values);
	buf_release(&r->exemplar.values);
	free(r);
	return ok;
}
