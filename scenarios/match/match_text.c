/* SPDX-License-Identifier: MIT */
#include "scenarios/match/match.h"
#include "scenarios/match/match_parts.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/template/template.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	FIRST_NAMES = 5,     /* of several names that are shown */
	OPERANDS_SHOWN = 20, /* of the values of one in: */
	QUOTED_MAX = 300,    /* bytes of one text inside a sentence */
	NODE_MAX = 120,	     /* bytes of a failing member in a note */
	/* bytes of JSON that is shown to the world: so much more than is
	 * told that nothing of what is told lies near its end */
	PRINTED_MAX = 256 * 1024,
};

/* What was said is cut where it met its ceiling, between code points. */
void words_hand_over(struct buf *from, struct buf *to)
{
	size_t len = from->len;

	if (from->truncated)
		text_utf8_valid(buf_text(from), from->len, &len);
	if (to) {
		buf_add(to, buf_text(from), len);
		buf_puts(to, from->truncated ? "\xe2\x80\xa6" : "");
	}
	buf_release(from);
}

/* ---- values ------------------------------------------------------------- */

/* What of a text may be seen, cut where it is too long. */
static void put_seen(const struct words *w, const char *text, size_t len,
		     size_t max)
{
	struct buf seen;

	buf_init(&seen, BUF_NO_LIMIT);
	if (w->world && w->world->show) {
		w->world->show(w->world->viewer, text, len, max, &seen);
		text = buf_text(&seen);
		len = seen.len;
	}
	size_t shown = text_cut_at(text, len, max);
	text_printable(w->out, text, shown);
	if (shown < len)
		buf_puts(w->out, "\xe2\x80\xa6");
	buf_release(&seen);
}

/* In double quotes, on one line. */
void words_quoted(const struct words *w, const char *text, size_t len,
		  size_t max)
{
	buf_putc(w->out, '"');
	put_seen(w, text, len, max);
	buf_putc(w->out, '"');
}

/* Compact JSON, as much of it as max bytes hold. */
void words_node(const struct words *w, const struct cJSON *node, size_t max)
{
	struct buf whole;

	if (cJSON_IsString(node)) {
		words_quoted(w, node->valuestring, strlen(node->valuestring),
			     max);
		return;
	}
	buf_init(&whole, PRINTED_MAX);
	json_print(node, &whole);
	put_seen(w, buf_text(&whole), whole.len, max);
	buf_release(&whole);
}

bool words_place(const struct words *w, const struct cJSON *node, size_t max)
{
	struct buf path;
	bool found;

	buf_init(&path, PRINTED_MAX);
	found = w->root && jsonpath_normalized(w->root, node, &path);
	if (found)
		put_seen(w, buf_text(&path), path.len, max);
	buf_release(&path);
	return found;
}

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static void put_more(struct buf *out, size_t n, size_t shown)
{
	if (n > shown)
		buf_printf(out, " and %zu more", n - shown);
}

static void put_nodes(const struct words *w, const struct subject *s)
{
	size_t max = s->is_list ? MATCH_SEEN_MAX / MATCH_NODES_SHOWN - 40
				: MATCH_SEEN_MAX - 20;
	size_t i;

	for (i = 0; i < s->n_nodes && i < MATCH_NODES_SHOWN; i++) {
		buf_puts(w->out, i ? ", " : "");
		words_node(w, s->nodes[i], max);
	}
	put_more(w->out, s->n_nodes, i);
	if (!s->n_nodes)
		buf_puts(w->out, "nothing");
}

static void put_names(const struct words *w, const struct subject *s)
{
	size_t i;

	for (i = 0; i < s->n_names && i < FIRST_NAMES; i++) {
		buf_puts(w->out, i ? ", " : "");
		words_quoted(w, s->names[i], strlen(s->names[i]), QUOTED_MAX);
	}
	put_more(w->out, s->n_names, i);
	if (!s->n_names)
		buf_puts(w->out, "nothing");
}

static void put_tls(const struct words *w, const struct subject *s)
{
	size_t len = s->text ? s->len : 0;
	int age = match_tls_age(s->text ? s->text : "", len);

	if (age >= 0)
		buf_puts(w->out, match_tls_versions[age]);
	else
		words_quoted(w, s->text ? s->text : "", len, QUOTED_MAX);
}

void words_subject(const struct words *w, const struct subject *s)
{
	struct buf *out = w->out;

	if (!subject_is_there(s)) {
		buf_puts(out, "nothing");
		return;
	}
	switch (s->kind) {
	case VALUE_JSON:
		put_nodes(w, s);
		break;
	case VALUE_NAMES:
		put_names(w, s);
		break;
	case VALUE_NUMBER:
		unit_print_number(out, s->number);
		break;
	case VALUE_DURATION:
		buf_puts(out, s->integer < 0 ? "-" : "");
		unit_human_duration(out, magnitude(s->integer));
		break;
	case VALUE_SIZE:
		unit_human_size(out, magnitude(s->integer));
		break;
	case VALUE_BOOL:
		buf_puts(out, s->integer ? "true" : "false");
		break;
	case VALUE_STATUS:
		buf_printf(out, "%" PRId64, s->integer);
		break;
	case VALUE_TLS_VERSION:
		put_tls(w, s);
		break;
	default:
		words_quoted(w, s->text ? s->text : "", s->text ? s->len : 0,
			     MATCH_SEEN_MAX / 2);
	}
}

/* ---- operands ------------------------------------------------------------ */

/* "1h30m" as "1 h 30 min": exact, unlike the rounded human form. */
static void put_spaced(struct buf *out, const char *exact)
{
	bool was_digit = true;

	for (const char *at = exact; *at; at++) {
		bool is_digit = strchr("0123456789.", *at) != NULL;
		if (is_digit != was_digit)
			buf_putc(out, ' ');
		buf_putc(out, *at);
		if (*at == 'm' && (!at[1] || strchr("0123456789", at[1])))
			buf_puts(out, "in");
		was_digit = is_digit;
	}
}

static void put_duration(struct buf *out, int64_t ns)
{
	struct buf exact;

	buf_init(&exact, QUOTED_MAX);
	unit_print_duration(&exact, magnitude(ns));
	buf_puts(out, ns < 0 ? "-" : "");
	put_spaced(out, buf_text(&exact));
	buf_release(&exact);
}

static void put_size(struct buf *out, int64_t bytes)
{
	struct buf exact;

	buf_init(&exact, QUOTED_MAX);
	unit_print_size(&exact, magnitude(bytes));
	put_spaced(out, buf_text(&exact));
	buf_release(&exact);
}

static void put_status(struct buf *out, const struct operand *o)
{
	if (o->high == o->integer)
		buf_printf(out, "%" PRId64, o->integer);
	else if (o->integer % 100 == 0 && o->high == o->integer + 99)
		buf_printf(out, "%" PRId64 "xx", o->integer / 100);
	else
		buf_printf(out, "%" PRId64 " to %" PRId64, o->integer, o->high);
}

/* A secret is never evaluated here: what is cut escapes redaction. */
static void put_template(const struct words *w, const struct operand *o)
{
	bool is_secret = template_uses_secret(o->text);
	size_t len = 0;
	const char *text = is_secret ? NULL : template_text(o->text, &len);
	struct buf given;

	buf_init(&given, TEMPLATE_OUT_MAX);
	if (!text && !is_secret && w->world &&
	    template_eval(o->text, w->world, &given, NULL)) {
		text = buf_text(&given);
		len = given.len;
	}
	if (!text) {
		text = o->written ? o->written : "";
		len = strlen(text);
	}
	words_quoted(w, text, len, QUOTED_MAX);
	buf_release(&given);
}

static void put_path(const struct words *w, const struct operand *o)
{
	const struct cJSON *node = operand_node(o, w->root);

	buf_puts(w->out, o->written);
	if (!node)
		return;
	buf_puts(w->out, " (");
	words_node(w, node, NODE_MAX);
	buf_putc(w->out, ')');
}

void words_operand(const struct words *w, const struct operand *o)
{
	if (o->text) {
		put_template(w, o);
		return;
	}
	switch (o->kind) {
	case VALUE_JSON:
		if (o->path)
			put_path(w, o);
		else
			words_node(w, o->json, QUOTED_MAX);
		break;
	case VALUE_NUMBER:
		unit_print_number(w->out, o->number);
		break;
	case VALUE_DURATION:
		put_duration(w->out, o->integer);
		break;
	case VALUE_SIZE:
		put_size(w->out, o->integer);
		break;
	case VALUE_STATUS:
		put_status(w->out, o);
		break;
	case VALUE_TLS_VERSION:
		buf_puts(w->out, match_tls_versions[o->integer]);
		break;
	default:
		buf_puts(w->out, o->integer ? "true" : "false");
	}
}

/* ---- terms --------------------------------------------------------------- */

static void put_operands(const struct words *w, const struct match_term *term)
{
	const char *between = term->op == MATCH_BETWEEN ? " and " : ", ";
	size_t i;

	for (i = 0; i < term->n_operands && i < OPERANDS_SHOWN; i++) {
		buf_puts(w->out, i ? between : "");
		words_operand(w, &term->operands[i]);
	}
	put_more(w->out, term->n_operands, i);
}

static void put_types(const struct words *w, unsigned types)
{
	const char *between = "";

	for (unsigned i = 0; i < JSON_TYPE_N; i++)
		if (types >> i & 1) {
			buf_printf(w->out, "%s%s", between, json_type_names[i]);
			between = " or ";
		}
}

/* Statuses read better as "200 or 404" than as "one of 200, 404". */
static bool put_statuses(const struct words *w, const struct match_term *term,
			 const char *phrase)
{
	if (term->op != MATCH_IN || term->operands->kind != VALUE_STATUS ||
	    phrase != match_ops[MATCH_IN].phrase ||
	    term->n_operands > OPERANDS_SHOWN)
		return false;
	for (size_t i = 0; i < term->n_operands; i++) {
		buf_puts(w->out, !i			    ? ""
				 : i + 1 < term->n_operands ? ", "
							    : " or ");
		words_operand(w, &term->operands[i]);
	}
	return true;
}

void words_term(const struct words *w, const struct match_term *term,
		const char *phrase)
{
	if (put_statuses(w, term, phrase))
		return;
	buf_puts(w->out,
		 term->op == MATCH_EXISTS && !term->wanted ? "not " : "");
	buf_printf(w->out, "%s%s", phrase,
		   *phrase && term->op != MATCH_EXISTS ? " " : "");
	if (term->op == MATCH_TYPE)
		put_types(w, term->types);
	else if (term->op == MATCH_MATCHES)
		text_printable(w->out, term->operands->written,
			       strlen(term->operands->written));
	else if (term->sub)
		words_matcher(w, term->sub);
	else
		put_operands(w, term);
}

/* Several terms behind "each" or "length" stand in parentheses where more
 * could follow. */
void words_matcher(const struct words *w, const struct matcher *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct match_term *term = &m->terms[i];
		bool is_group = m->n > 1 && term->sub && term->sub->n > 1;
		buf_puts(w->out, i ? " and " : "");
		if (!is_group) {
			words_term(w, term, match_ops[term->op].phrase);
			continue;
		}
		buf_printf(w->out, "%s (", match_ops[term->op].phrase);
		words_matcher(w, term->sub);
		buf_putc(w->out, ')');
	}
}

void match_describe_in(const struct matcher *m, const struct cJSON *root,
		       const struct template_world *world, struct buf *out)
{
	struct buf words;
	struct words w = { world, root, &words };

	buf_init(&words, WORDS_ROOM(MATCH_WORDS_MAX));
	words_matcher(&w, m);
	words_hand_over(&words, out);
}

void match_describe(const struct matcher *m, const struct template_world *world,
		    struct buf *out)
{
	match_describe_in(m, NULL, world, out);
}
