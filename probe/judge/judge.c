/* SPDX-License-Identifier: MIT */
#include "probe/judge/judge.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "probe/judge/certs.h"
#include "probe/judge/scrape.h"
#include "probe/judge/subject.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	JUDGE_RAW_MAX = 8192, /* bytes of a text before it is redacted */
	JUDGE_ROWS_FIRST = 8,
};

#define NOT_JSON "the body is not JSON"

/* What match cuts passes here while it is whole.  More than a row holds is
 * never shown. */
static void show(void *viewer, const char *text, size_t len, size_t max,
		 struct buf *out)
{
	const struct judging *j = viewer;
	struct buf safe;

	max = max < JUDGE_TEXT_MAX ? max : JUDGE_TEXT_MAX;
	if (j->is_foreign) {
		redact_foreign(j->redactor, text, len, max, out);
		return;
	}
	buf_init(&safe, BUF_NO_LIMIT);
	redact_text(j->redactor, text, len, &safe);
	text_cut(out, buf_text(&safe), safe.len, max);
	buf_release(&safe);
}

void judging_init(struct judging *j, struct arena *a,
		  const struct template_world *world, const struct redactor *r,
		  const struct step *step, const struct seen *seen)
{
	*j = (struct judging){
		.arena = a,
		.world = &j->values,
		.redactor = r,
		.seen = seen,
		.step = step,
		.outcome = OUTCOME_OK,
		.values = *world,
	};
	j->values.show = show;
	j->values.viewer = j;
}

void judge_foreign(struct judging *j, bool is_foreign)
{
	j->is_foreign = is_foreign;
}

void judging_release(struct judging *j)
{
	free(j->rows);
	j->rows = NULL;
	cJSON_Delete(j->json);
	j->json = NULL;
	scrape_free(j->scrape);
	j->scrape = NULL;
	free(j->kept);
	j->kept = NULL;
}

struct spot judge_spot(struct place at)
{
	return (struct spot){
		.file = at.src && at.src->name ? at.src->name : "",
		.line = at.line,
		.col = at.col,
	};
}

/* ---- rows ------------------------------------------------------------------ */

/* A text as it may be shown: redacted first, cut afterwards. */
static const char *shown(struct judging *j, const char *text, bool is_foreign)
{
	struct buf safe, cut;
	const char *copy;

	if (!text || text[0] == '\0')
		return "";
	buf_init(&safe, BUF_NO_LIMIT);
	buf_init(&cut, JUDGE_TEXT_MAX);
	if (is_foreign) {
		redact_excerpt(j->redactor, text, strlen(text), JUDGE_TEXT_MAX,
			       &cut);
	} else {
		redact_text(j->redactor, text, strlen(text), &safe);
		text_cut(&cut, buf_text(&safe), safe.len, JUDGE_TEXT_MAX);
	}
	copy = arena_strndup(j->arena, buf_text(&cut), cut.len);
	buf_release(&safe);
	buf_release(&cut);
	return copy ? copy : "";
}

static struct expectation *new_row(struct judging *j)
{
	if (j->n_rows >= JUDGE_ROWS_MAX)
		return NULL;
	if (j->n_rows == j->room) {
		size_t room = j->room ? j->room * 2 : JUDGE_ROWS_FIRST;
		struct expectation *rows =
			realloc(j->rows, room * sizeof(*rows));

		if (!rows)
			return NULL;
		j->rows = rows;
		j->room = room;
	}
	return &j->rows[j->n_rows++];
}

void judging_add(struct judging *j, const struct expectation *row,
		 bool is_foreign)
{
	if (!row->ok)
		j->n_failed++;
	struct expectation *to = new_row(j);
	if (!to)
		return;
	*to = *row;
	to->subject = shown(j, row->subject, false);
	to->expected = shown(j, row->expected, false);
	to->seen = shown(j, row->seen, is_foreign);
	to->note = shown(j, row->note, is_foreign);
	if (!to->at.file)
		to->at = judge_spot(j->step->at);
}

/* ---- series --------------------------------------------------------------------- */

static struct kept *new_kept(struct judging *j)
{
	if (j->n_kept >= JUDGE_KEPT_MAX)
		return NULL;
	if (j->n_kept == j->kept_room) {
		size_t room =
			j->kept_room ? j->kept_room * 2 : JUDGE_ROWS_FIRST;
		struct kept *kept = realloc(j->kept, room * sizeof(*kept));

		if (!kept)
			return NULL;
		j->kept = kept;
		j->kept_room = room;
	}
	return &j->kept[j->n_kept++];
}

bool judging_keep(struct judging *j, const struct kept *kept)
{
	struct buf labels;
	bool ok = isfinite(kept->value);

	buf_init(&labels, JUDGE_LABELS_MAX);
	if (ok && kept->labels)
		redact_text(j->redactor, kept->labels, strlen(kept->labels),
			    &labels);
	/* labels that are cut would be those of another series */
	struct kept *to = ok && buf_ok(&labels) ? new_kept(j) : NULL;
	if (to) {
		*to = *kept;
		to->labels =
			arena_strndup(j->arena, buf_text(&labels), labels.len);
		to->text = shown(j, kept->text, false);
		if (!to->labels) {
			to = NULL;
			j->n_kept--;
		}
	}
	buf_release(&labels);
	return to != NULL;
}

/* ---- the body as JSON --------------------------------------------------------- */

static void read_json(struct judging *j)
{
	const struct buf *body = &j->seen->answer->body;
	const struct source src = { .name = "body",
				    .text = buf_text(body),
				    .len = body->len };
	struct errs *es = calloc(1, sizeof(*es));

	j->json_tried = true;
	j->json_why = "out of memory";
	if (!es)
		return;
	j->json = json_parse(&src, JSON_FOREIGN, NULL, NULL, es);
	if (j->json || es->n == 0)
		j->json_why = "";
	else if (body->len == 0)
		j->json_why = "it is empty";
	else
		j->json_why = arena_printf(
			j->arena, "line %u, column %u: %s", es->item[0].at.line,
			es->item[0].at.col, es->item[0].text);
	if (!j->json_why)
		j->json_why = "";
	free(es);
}

const struct cJSON *judging_json(struct judging *j, const char **why)
{
	if (!j->json_tried)
		read_json(j);
	if (why)
		*why = j->json_why;
	return j->json;
}

/* ---- one expectation ------------------------------------------------------------ */

/* The texts of a row while it is made. */
struct row_texts {
	struct buf expected, seen, note;
};

void judge_say_time(const struct phases *ph, struct buf *out)
{
	struct phases target = *ph;

	target.ns[PHASE_LATENESS] = target.ns[PHASE_QUEUE] = 0;
	enum phase longest = phases_longest(&target);
	buf_printf(out, "%s took ", phase_name(longest));
	unit_human_duration(out, target.ns[longest]);
	buf_puts(out, " of ");
	unit_human_duration(out, phases_total(&target));
}

static void say_json_trouble(struct judging *j, struct row_texts *t)
{
	buf_puts(&t->seen, "no JSON");
	buf_reset(&t->note);
	buf_puts(&t->note, NOT_JSON);
	if (!j->json_told && j->json_why[0])
		buf_printf(&t->note, ": %s", j->json_why);
	j->json_told = true;
}

/* Adds to the note what a person would look up next. */
static void explain(struct judging *j, const struct expect_item *item,
		    const struct subject_room *room, bool ok,
		    struct row_texts *t)
{
	const struct tls_facts *tls = j->seen->answer->tls;

	if (room->cert) {
		buf_reset(&t->seen);
		certs_say_expiry(room->cert, j->seen->wall_ns, &t->seen);
		buf_reset(&t->note);
		if (!ok)
			buf_printf(&t->note, "it is the %s \"%s\"",
				   room->cert->role, room->cert->subject);
	}
	if (ok)
		return;
	if (item->what == EXPECT_TIME && !room->subject.is_absent &&
	    (item->which == TIME_TOTAL || item->which == TIME_FIRST_BYTE ||
	     item->which == TIME_NETWORK)) {
		buf_reset(&t->note);
		judge_say_time(&j->seen->phases, &t->note);
	}
	if (item->what != EXPECT_CERT || !tls)
		return;
	if (item->which == CERT_CHAIN && tls->why[0]) {
		buf_reset(&t->note);
		buf_puts(&t->note, tls->why);
	}
	if (item->which == CERT_NAME && certs_leaf(tls)) {
		buf_reset(&t->note);
		certs_say_outcome(OUTCOME_TLS_NAME, tls, j->seen->wall_ns,
				  &t->note);
	}
}

/* Whether what was seen is text that the target wrote for people.  Numbers
 * are left alone: a large one looks like a telephone number. */
static bool is_foreign(const struct expect_item *item, const struct subject *s)
{
	if (item->what == EXPECT_BODY || item->what == EXPECT_ANSWER ||
	    item->what == EXPECT_STDERR)
		return true;
	if (item->what != EXPECT_JSON || s->n_nodes == 0)
		return false;
	return s->n_nodes > 1 || !cJSON_IsNumber(s->nodes[0]);
}

static bool judge_value(struct judging *j, const struct expect_item *item,
			struct subject_room *room, struct row_texts *t)
{
	const struct subject_want want = {
		.what = item->what,
		.which = item->which,
		.name = item->name,
		.path = item->path,
		.selector = item->selector,
	};

	bool is_there = subject_find(room, j, &want, &t->note);
	judge_foreign(j, is_foreign(item, &room->subject));
	if (is_there)
		return match_judge(item->matcher, &room->subject, j->world,
				   &t->seen, &t->note);
	if (item->what == EXPECT_JSON && !j->json)
		say_json_trouble(j, t);
	else
		buf_puts(&t->seen, "nothing");
	return false;
}

/* What is never shown by its place, however short and whatever the value. */
static bool is_hidden(const struct expect_item *item)
{
	return item->what == EXPECT_COOKIE ||
	       (item->what == EXPECT_HEADER && redact_header_hides(item->name));
}

/* A note that only turns the one expectation round: "is not 2xx". */
static bool is_echo(const struct expect_item *item, const struct buf *note)
{
	return item->matcher->n == 1 &&
	       (strncmp(buf_text(note), "is not ", 7) == 0 ||
		strncmp(buf_text(note), "is nothing", 10) == 0);
}

static void add_item(struct judging *j, const struct expect_item *item,
		     const struct subject_room *room, bool ok,
		     struct row_texts *t)
{
	bool is_foreign = j->is_foreign;

	judge_foreign(j, false);
	match_describe(item->matcher, j->world, &t->expected);
	judge_foreign(j, is_foreign);
	explain(j, item, room, ok, t);
	bool hides = is_hidden(item) && !room->subject.is_absent;
	const struct expectation row = {
		.subject = item->label,
		.expected = buf_text(&t->expected),
		.seen = hides ? REDACT_MARK : buf_text(&t->seen),
		.note = ok || is_echo(item, &t->note) ? "" : buf_text(&t->note),
		.ok = ok,
		.at = judge_spot(item->at.src ? item->at : j->step->at),
	};
	judging_add(j, &row, j->is_foreign);
}

static void judge_item(struct judging *j, const struct expect_item *item)
{
	struct subject_room room;
	struct row_texts t;

	buf_init(&t.expected, JUDGE_RAW_MAX);
	buf_init(&t.seen, JUDGE_RAW_MAX);
	buf_init(&t.note, JUDGE_RAW_MAX);
	judge_foreign(j, false);
	bool ok = judge_value(j, item, &room, &t);
	if (!ok && item->what == EXPECT_STATUS)
		j->status_failed = true;
	if (!ok && item->what == EXPECT_EXIT)
		j->exit_failed = true;
	if (!ok || !j->is_terse)
		add_item(j, item, &room, ok, &t);
	subject_release(&room);
	buf_release(&t.expected);
	buf_release(&t.seen);
	buf_release(&t.note);
}

void judge_expect(struct judging *j, const struct expect_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		judge_item(j, &list->item[i]);
}

void judge_certificate(struct judging *j, const struct expect_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->item[i].what == EXPECT_CERT)
			judge_item(j, &list->item[i]);
	}
}

/* ---- the step ---------------------------------------------------------------------- */

/* The row that tells most: a status first, then the worst part, then the
 * first one. */
static const struct expectation *telling_row(const struct judging *j)
{
	const struct expectation *found = NULL;

	for (size_t i = 0; i < j->n_rows; i++) {
		const struct expectation *row = &j->rows[i];

		if (row->ok)
			continue;
		if (j->outcome == OUTCOME_STATUS &&
		    strcmp(row->subject, "status") == 0)
			return row;
		if (!found || (row->is_part && found->is_part &&
			       row->severity > found->severity))
			found = row;
	}
	return found;
}

static const char *say_failure(struct judging *j)
{
	const struct expectation *row = telling_row(j);
	struct buf text, cut;

	if (!row)
		return outcome_sentence(j->outcome);
	buf_init(&text, JUDGE_RAW_MAX);
	buf_init(&cut, JUDGE_MESSAGE_MAX);
	buf_puts(&text, row->subject);
	if (row->seen[0])
		buf_printf(&text, " %s", row->seen);
	if (row->expected[0])
		buf_printf(&text, ", expected %s", row->expected);
	if (row->note[0])
		buf_printf(&text, ": %s", row->note);
	if (j->n_failed > 1)
		buf_printf(&text, "; and %zu more", j->n_failed - 1);
	text_cut(&cut, buf_text(&text), text.len, JUDGE_MESSAGE_MAX);
	const char *copy = arena_strndup(j->arena, buf_text(&cut), cut.len);
	buf_release(&text);
	buf_release(&cut);
	return copy ? copy : outcome_sentence(j->outcome);
}

void judging_finish(struct judging *j, struct step_result *r)
{
	struct expectation *rows =
		arena_alloc(j->arena, j->n_rows, sizeof(*rows));

	if (rows && j->n_rows > 0)
		memcpy(rows, j->rows, j->n_rows * sizeof(*rows));
	r->expectations = rows;
	r->n_expectations = rows ? j->n_rows : 0;
	struct kept *kept = arena_alloc(j->arena, j->n_kept, sizeof(*kept));
	if (kept && j->n_kept > 0)
		memcpy(kept, j->kept, j->n_kept * sizeof(*kept));
	r->kept = kept;
	r->n_kept = kept ? j->n_kept : 0;
	if (r->outcome != OUTCOME_OK)
		return;
	if (j->outcome == OUTCOME_OK && j->n_failed > 0)
		j->outcome = j->status_failed ? OUTCOME_STATUS
			     : j->exit_failed ? OUTCOME_EXIT
					      : OUTCOME_EXPECT;
	r->outcome = j->outcome;
	if (r->outcome == OUTCOME_OK)
		return;
	const char *own = j->message;
	r->message = own && own[0] ? shown(j, own, false) : say_failure(j);
}
