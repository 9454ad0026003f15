/* SPDX-License-Identifier: MIT */
#include "probe/judge/scrape.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "probe/judge/judge.h"
#include "report/metrics/exposition.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/metrics/selector.h"

#define TOO_MANY  "too many series match"
#define TOO_DEAR  "its pattern takes too long on so many series"
#define NO_MEMORY "out of memory"

struct taking {
	struct judging *j;
	struct scrape *sc;
	uint64_t steps; /* that patterns may still take */
};

/* ---- one series ----------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct label *const *x = a, *const *y = b;
	size_t len = (*x)->name_len < (*y)->name_len ? (*x)->name_len
						     : (*y)->name_len;
	int order = memcmp((*x)->name, (*y)->name, len);

	return order ? order
		     : ((*x)->name_len > (*y)->name_len) -
			       ((*x)->name_len < (*y)->name_len);
}

/* {a="1",b="2"}, sorted, without the label that is its bound. */
static const char *labels_of(struct scrape *sc, const struct metric_sample *s,
			     const char *without)
{
	const struct label *sorted[EXPOSITION_LABELS_MAX];
	const char *text = NULL;
	struct buf out;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (!without ||
		    !text_is(s->label[i].name, s->label[i].name_len, without))
			sorted[n++] = &s->label[i];
	qsort(sorted, n, sizeof(*sorted), by_name);
	buf_init(&out, SCRAPE_LABELS_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_putc(&out, i ? ',' : '{');
		label_print(sorted[i]->name, sorted[i]->name_len,
			    sorted[i]->value, sorted[i]->len, &out);
	}
	if (n)
		buf_putc(&out, '}');
	if (buf_ok(&out))
		text = arena_strndup(sc->arena, buf_text(&out), out.len);
	buf_release(&out);
	return text;
}

static bool ends_in(const struct metric_sample *s, const char *tail)
{
	size_t len = strlen(tail);

	return s->name_len > len &&
	       !memcmp(s->name + s->name_len - len, tail, len);
}

static enum series_kind kind_of(const struct metric_sample *s)
{
	switch (s->part) {
	case PART_BUCKET:
		/* that of a gauge histogram may fall */
		return s->type == METRIC_HISTOGRAM ? SERIES_BUCKET
						   : SERIES_GAUGE;
	case PART_QUANTILE:
		return SERIES_QUANTILE;
	case PART_SUM:
	case PART_COUNT:
		return s->type == METRIC_GAUGE_HISTOGRAM ? SERIES_GAUGE
							 : SERIES_COUNTER;
	case PART_CREATED:
		return SERIES_GAUGE;
	case PART_VALUE:
		break;
	}
	/* without a type the name is all there is to go by */
	if (s->type == METRIC_COUNTER ||
	    (s->type == METRIC_UNKNOWN && ends_in(s, "_total")))
		return SERIES_COUNTER;
	return SERIES_GAUGE;
}

static struct scrape_row *new_row(struct scrape *sc)
{
	if (sc->n == SCRAPE_ROWS_MAX) {
		sc->cut = TOO_MANY;
		return NULL;
	}
	if (sc->n == sc->room) {
		size_t room = sc->room ? sc->room * 2 : 16;
		struct scrape_row *rows =
			realloc(sc->rows, room * sizeof(*rows));

		if (!rows) {
			sc->cut = NO_MEMORY;
			return NULL;
		}
		sc->rows = rows;
		sc->room = room;
	}
	return &sc->rows[sc->n++];
}

static void take_row(struct scrape *sc, const struct metric_sample *s,
		     const struct selector *want)
{
	enum series_kind kind = kind_of(s);
	const char *labels = labels_of(sc, s,
				       kind == SERIES_BUCKET	 ? "le"
				       : kind == SERIES_QUANTILE ? "quantile"
								 : NULL);
	struct scrape_row *row = labels ? new_row(sc) : NULL;

	if (!labels)
		sc->cut = NO_MEMORY;
	if (!row)
		return;
	*row = (struct scrape_row){
		.selector = want,
		.labels = labels,
		.kind = kind,
		.value = s->value,
	};
	if (kind == SERIES_BUCKET || kind == SERIES_QUANTILE)
		row->bound = s->bound;
}

/* By its own name, or, for the buckets of a histogram and what OpenMetrics
 * gives a suffix, by that of its family. */
static enum selector_result wants(struct taking *t, const struct selector *want,
				  const struct metric_sample *s)
{
	enum selector_result got = selector_takes(want, s->name, s->name_len,
						  s->label, s->n, &t->steps);
	bool has_other =
		s->part == PART_BUCKET ||
		(s->part == PART_VALUE && s->name_len != s->family_len);

	if (got != SELECTOR_NO || !want->name || !has_other)
		return got;
	return selector_takes(want, s->family, s->family_len, s->label, s->n,
			      &t->steps);
}

static void offer(struct taking *t, const struct selector *want,
		  const struct metric_sample *s)
{
	switch (wants(t, want, s)) {
	case SELECTOR_NO:
		return;
	case SELECTOR_LIMIT:
		t->sc->cut = TOO_DEAR;
		return;
	case SELECTOR_YES:
		take_row(t->sc, s, want);
	}
}

static bool on_sample(void *self, const struct metric_sample *s)
{
	struct taking *t = self;
	const struct step *st = t->j->step;
	const struct selector *last = NULL;

	for (size_t i = 0; i < st->expect.n; i++) {
		const struct selector *want = st->expect.item[i].selector;

		/* of the sum and of each there is one selector */
		if (want && want != last)
			offer(t, want, s);
		last = want;
	}
	for (size_t i = 0; i < st->keeps.n; i++)
		if (st->keeps.item[i].selector)
			offer(t, st->keeps.item[i].selector, s);
	return true;
}

/* ---- the body ------------------------------------------------------------- */

static const char *say_problem(struct judging *j, const struct errs *es)
{
	const char *text = arena_printf(
		j->arena,
		"the body is no exposition text: line %u, column %u: %s",
		es->item[0].at.line, es->item[0].at.col, es->item[0].text);

	return text ? text : "the body is no exposition text";
}

static void read_body(struct judging *j, struct scrape *sc)
{
	const struct answer *an = j->seen->answer;
	const struct source src = { .name = "body",
				    .text = buf_text(&an->body),
				    .len = an->body.len };
	struct taking t = { .j = j, .sc = sc, .steps = SELECTOR_STEPS_MAX };
	const struct exposition_sink sink = { on_sample, &t };
	struct errs *es = calloc(1, sizeof(*es));
	enum exposition_format format =
		exposition_format_of(answer_header(an, "Content-Type"));

	sc->why = exposition_misfit(src.text, src.len);
	if (!sc->why && es) {
		sc->is_read = exposition_read(&src, format, &sink,
					      &sc->n_samples, es);
		if (!sc->is_read)
			sc->why = say_problem(j, es);
	}
	if (!es)
		sc->why = NO_MEMORY;
	free(es);
}

const struct scrape *judging_scrape(struct judging *j)
{
	struct scrape *sc = j->scrape;

	if (sc)
		return sc;
	sc = calloc(1, sizeof(*sc));
	if (!sc)
		return NULL;
	sc->arena = arena_new(SCRAPE_ARENA_MAX);
	if (!sc->arena) {
		free(sc);
		return NULL;
	}
	j->scrape = sc;
	read_body(j, sc);
	return sc;
}

void scrape_free(struct scrape *sc)
{
	if (!sc)
		return;
	arena_free(sc->arena);
	free(sc->rows);
	free(sc);
}

/* ---- judging -------------------------------------------------------------- */

static bool asks_for(const struct selector *want, const char *label)
{
	for (size_t i = 0; i < want->n; i++)
		if (!strcmp(want->label[i].name, label))
			return true;
	return false;
}

/* Buckets and quantiles are no values that can be added up. */
static bool has_sum(const struct scrape_row *row, struct buf *why)
{
	if (row->kind == SERIES_BUCKET && !asks_for(row->selector, "le")) {
		buf_puts(why, "a histogram has no one value: judge its _count "
			      "or _sum, or a bucket by its label le");
		return false;
	}
	if (row->kind == SERIES_QUANTILE &&
	    !asks_for(row->selector, "quantile")) {
		buf_puts(why, "a summary has no one value: choose one by its "
			      "label quantile");
		return false;
	}
	return true;
}

static bool is_complete(const struct scrape *sc, struct buf *why)
{
	if (sc->cut)
		buf_puts(why, sc->cut);
	return !sc->cut;
}

struct cJSON *scrape_sum(const struct scrape *sc, const struct selector *want,
			 size_t *n, struct buf *why)
{
	double sum = 0;

	*n = 0;
	for (size_t i = 0; i < sc->n; i++) {
		if (sc->rows[i].selector != want)
			continue;
		if (!has_sum(&sc->rows[i], why))
			return NULL;
		sum += sc->rows[i].value;
		++*n;
	}
	if (!is_complete(sc, why) || !*n)
		return NULL;
	if (!isfinite(sum)) {
		buf_puts(why, "its value is ");
		exposition_print_number(sum, why);
		return NULL;
	}
	return cJSON_CreateNumber(sum);
}

struct cJSON *scrape_each(const struct scrape *sc, const struct selector *want,
			  size_t *n, struct buf *why)
{
	cJSON *map = is_complete(sc, why) ? cJSON_CreateObject() : NULL;

	*n = 0;
	for (size_t i = 0; map && i < sc->n; i++) {
		if (sc->rows[i].selector != want)
			continue;
		if (!cJSON_AddNumberToObject(map, sc->rows[i].labels,
					     sc->rows[i].value)) {
			cJSON_Delete(map);
			return NULL;
		}
		++*n;
	}
	return map;
}
