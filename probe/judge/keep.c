/* SPDX-License-Identifier: MIT */
#include "probe/judge/keep.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "probe/judge/scrape.h"
#include "probe/judge/subject.h"
#include "report/metrics/exposition.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"
#include "scenarios/json/pattern.h"
#include "scenarios/metrics/selector.h"

enum {
	LABEL_BYTES_MAX = 4096, /* of a label that is made of a path */
	TEXT_BYTES_MAX = 8192,	/* of a text before it is redacted */
};

/* What became of one keep. */
struct keeping {
	struct judging *j;
	const struct keep *keep;
	size_t n;	/* series that were kept */
	struct buf why; /* why there is none; "" */
};

/* ---- values --------------------------------------------------------------- */

static enum series_kind number_kind(const struct keep *k)
{
	return k->kind == KEEP_COUNTER ? SERIES_COUNTER : SERIES_GAUGE;
}

static void keep_number(struct keeping *t, const char *labels, double value)
{
	const struct kept kept = {
		.name = t->keep->name,
		.labels = labels,
		.kind = number_kind(t->keep),
		.value = t->keep->scale > 0 ? value * t->keep->scale : value,
	};

	if (judging_keep(t->j, &kept))
		t->n++;
	else if (!t->why.len)
		buf_puts(&t->why, "it cannot be kept");
}

static void keep_text(struct keeping *t, const char *labels, const char *text)
{
	const struct kept kept = {
		.name = t->keep->name,
		.labels = labels,
		.kind = SERIES_TEXT,
		.text = text,
	};

	if (judging_keep(t->j, &kept))
		t->n++;
	else if (!t->why.len)
		buf_puts(&t->why, "it cannot be kept");
}

/* Foreign text that is to be a number, or a text. */
static void keep_word(struct keeping *t, const char *text, size_t len)
{
	double number = 0;
	struct buf copy;

	while (len && strchr(" \t", *text)) {
		text++;
		len--;
	}
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (t->keep->kind != KEEP_TEXT) {
		if (unit_parse_number(text, len, &number, NULL))
			keep_number(t, "", number);
		else
			buf_puts(&t->why, "it is no number");
		return;
	}
	buf_init(&copy, TEXT_BYTES_MAX);
	buf_add(&copy, text, len);
	keep_text(t, "", buf_text(&copy));
	buf_release(&copy);
}

/* ---- JSON ----------------------------------------------------------------- */

static void keep_node(struct keeping *t, const cJSON *node, const char *labels)
{
	struct buf text;

	if (t->keep->kind == KEEP_TEXT ||
	    (t->keep->kind == KEEP_AUTO && cJSON_IsString(node))) {
		buf_init(&text, TEXT_BYTES_MAX);
		if (cJSON_IsString(node))
			buf_puts(&text, node->valuestring);
		else
			json_print(node, &text);
		keep_text(t, labels, buf_text(&text));
		buf_release(&text);
	} else if (cJSON_IsNumber(node)) {
		keep_number(t, labels, node->valuedouble);
	} else if (cJSON_IsBool(node)) {
		keep_number(t, labels, cJSON_IsTrue(node));
	} else if (cJSON_IsString(node)) {
		keep_word(t, node->valuestring, strlen(node->valuestring));
	} else {
		buf_reset(&t->why);
		buf_printf(&t->why, "it is %s, not a number",
			   cJSON_IsNull(node)	 ? "null"
			   : cJSON_IsArray(node) ? "a list"
						 : "a map");
	}
}

static void keep_nodes(struct keeping *t, const struct subject *s)
{
	for (size_t i = 0; i < s->n_nodes; i++) {
		struct buf path, labels;

		buf_init(&path, LABEL_BYTES_MAX);
		buf_init(&labels, LABEL_BYTES_MAX);
		if (s->is_list) {
			jsonpath_normalized(s->root, s->nodes[i], &path);
			buf_putc(&labels, '{');
			label_print("path", strlen("path"), buf_text(&path),
				    path.len, &labels);
			buf_putc(&labels, '}');
		}
		if (buf_ok(&path) && buf_ok(&labels))
			keep_node(t, s->nodes[i], buf_text(&labels));
		buf_release(&path);
		buf_release(&labels);
	}
}

static void keep_json(struct keeping *t)
{
	const struct subject_want want = { .what = EXPECT_JSON,
					   .path = t->keep->path };
	struct subject_room room;

	if (!judging_json(t->j, NULL))
		buf_puts(&t->why, "the body is not JSON");
	else if (subject_find(&room, t->j, &want, &t->why))
		keep_nodes(t, &room.subject);
	if (judging_json(t->j, NULL))
		subject_release(&room);
}

/* ---- the other sources ------------------------------------------------------ */

static void keep_header(struct keeping *t)
{
	const char *text = answer_header(t->j->seen->answer, t->keep->header);

	if (text)
		keep_word(t, text, strlen(text));
}

static void keep_regex(struct keeping *t)
{
	const struct buf *body = &t->j->seen->answer->body;
	const struct pattern *p = t->keep->pattern;
	struct pattern_found found = { 0 };

	if (pattern_match(p, buf_text(body), body->len, &found) != PATTERN_YES)
		return;
	const struct pattern_span *span = &found.group[0];
	if (found.n > 1 && found.group[1].from != PATTERN_UNSET)
		span = &found.group[1];
	keep_word(t, buf_text(body) + span->from, span->to - span->from);
}

static void keep_metric(struct keeping *t)
{
	const struct scrape *sc = judging_scrape(t->j);

	for (size_t i = 0; sc && i < sc->n; i++) {
		const struct scrape_row *row = &sc->rows[i];
		const struct kept kept = {
			.name = t->keep->name,
			.labels = row->labels,
			.kind = row->kind,
			.bound = row->bound,
			.value = row->value,
		};

		if (row->selector != t->keep->selector)
			continue;
		if (judging_keep(t->j, &kept)) {
			t->n++;
			continue;
		}
		buf_reset(&t->why);
		buf_puts(&t->why, "its value is ");
		exposition_print_number(row->value, &t->why);
	}
	if (sc && sc->cut) {
		buf_reset(&t->why);
		buf_puts(&t->why, sc->cut);
	}
}

/* ---- all of them ------------------------------------------------------------- */

static const char *source_text(const struct keep *k)
{
	switch (k->from) {
	case KEEP_JSON:
		return jsonpath_text(k->path);
	case KEEP_HEADER:
		return k->header;
	case KEEP_METRIC:
		return k->selector->text;
	default:
		return "its pattern";
	}
}

static void say_missing(struct keeping *t)
{
	struct judging *j = t->j;
	const struct keep *k = t->keep;
	struct buf subject, note;

	buf_init(&subject, TEXT_BYTES_MAX);
	buf_init(&note, TEXT_BYTES_MAX);
	buf_printf(&subject, "series %s", k->name);
	buf_printf(&note, "%s: %s", source_text(k),
		   t->why.len ? buf_text(&t->why) : "it is not there");
	const struct expectation row = {
		.subject = buf_text(&subject),
		.expected = k->kind == KEEP_TEXT ? "a text" : "a number",
		.seen = "nothing",
		.note = buf_text(&note),
		.ok = !k->is_required,
		.at = judge_spot(k->at.src ? k->at : j->step->at),
	};
	judging_add(j, &row, false);
	buf_release(&subject);
	buf_release(&note);
}

void keep_take(struct judging *j, const struct keep_list *list)
{
	static void (*const takers[KEEP_FROM_N])(struct keeping * t) = {
		[KEEP_JSON] = keep_json,
		[KEEP_HEADER] = keep_header,
		[KEEP_REGEX] = keep_regex,
		[KEEP_METRIC] = keep_metric,
	};

	for (size_t i = 0; i < list->n; i++) {
		struct keeping t = { .j = j, .keep = &list->item[i] };

		buf_init(&t.why, TEXT_BYTES_MAX);
		takers[t.keep->from](&t);
		if (!t.n)
			say_missing(&t);
		buf_release(&t.why);
	}
}
