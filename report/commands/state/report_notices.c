/* SPDX-License-Identifier: MIT */
#include "report/commands/state/report_notices.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/commands/state/remembered.h"
#include "report/notice/notice.h"
#include "report/out.h"
#include "report/result/stamp.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"

enum { EXIT_OF_MACHINE = 4, TITLE_MAX = 100 };

#define NOTICES_ARENA_MAX ((size_t)256 << 20)

struct notices_options {
	const char *state;
	uint64_t since_ns;
	const char *json;
};

static const struct option_spec specs[] = {
	{ "state", 's', OPTION_TEXT, OPTION_AT(struct notices_options, state),
	  .arg = "FILE",
	  .help = "the state file that runs were given; " STATE_VARIABLE
		  " of the environment when not given" },
	{ "since", 0, OPTION_DURATION,
	  OPTION_AT(struct notices_options, since_ns), .arg = "TIME",
	  .preset = "24h", .help = "how far to look back for tries" },
	{ "json", 0, OPTION_TEXT, OPTION_AT(struct notices_options, json),
	  .arg = "FILE",
	  .help = "write it as JSON (- is standard output, instead of the "
		  "text)" },
	{ 0 },
};

struct job {
	struct notices_options set;
	uint64_t now_at_ns;
	struct arena *arena;
	const struct letter *waiting;
	size_t n_waiting;
	const struct delivery *tries;
	const struct letter *letters; /* of each try */
	size_t n_tries;
	struct errs problems;
};

static const char *const status_words[LETTER_STATUS_N] = {
	[LETTER_WAITING] = "failed",  [LETTER_SENDING] = "sending",
	[LETTER_SENT] = "sent",	      [LETTER_EXPIRED] = "expired",
	[LETTER_REFUSED] = "refused",
};

static bool read_all(struct job *t)
{
	bool ok;

	t->set.state = state_named(t->set.state);
	if (!t->set.state)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"say which file to look at: --state FILE");
	t->now_at_ns = stamp_now_ns();
	t->arena = arena_new(NOTICES_ARENA_MAX);
	if (!t->arena)
		return errs_nomem(&t->problems);
	struct state *st = state_open_readonly(t->set.state, &t->problems);
	ok = st &&
	     state_letters_waiting(st, t->arena, &t->waiting, &t->n_waiting,
				   &t->problems) &&
	     state_deliveries(st,
			      t->now_at_ns > t->set.since_ns
				      ? t->now_at_ns - t->set.since_ns
				      : 0,
			      t->arena, &t->tries, &t->letters, &t->n_tries,
			      &t->problems);
	state_close(st);
	return ok;
}

/* What the letter says; one that is damaged has no kind and title. */
static void read_letter(const struct job *t, const struct letter *l,
			const char **kind, const char **title)
{
	struct errs flaws = { 0 };
	struct notice notice;

	*kind = *title = "?";
	if (!notice_read(l->text, strlen(l->text), t->arena, &notice, &flaws))
		return;
	*kind = notice_kind_name(notice.kind);
	*title = notice.title;
}

/* ---- as text ------------------------------------------------------------ */

static void say_word(struct buf *out, const char *word)
{
	struct buf cut;

	buf_init(&cut, TITLE_MAX);
	text_cut(&cut, word, strlen(word), TITLE_MAX);
	text_printable(out, buf_text(&cut), cut.len);
	buf_release(&cut);
}

static void say_letter(const struct job *t, const struct letter *l,
		       struct buf *out)
{
	const char *kind, *title;

	read_letter(t, l, &kind, &title);
	say_word(out, l->scenario);
	buf_puts(out, "  ");
	say_word(out, l->channel);
	buf_printf(out, "  %s  ", kind);
	say_word(out, title);
}

static void say_until(const struct job *t, uint64_t at_ns, struct buf *out)
{
	if (at_ns <= t->now_at_ns) {
		buf_puts(out, "now");
		return;
	}
	buf_puts(out, "in ");
	unit_human_duration(out, at_ns - t->now_at_ns);
}

static void say_waiting(const struct job *t, struct buf *out)
{
	for (size_t i = 0; i < t->n_waiting; i++) {
		const struct letter *l = &t->waiting[i];

		buf_puts(out, "  ");
		stamp_print_ns(out, l->made_at_ns, 0);
		buf_puts(out, "  ");
		say_letter(t, l, out);
		buf_printf(out, "  tries so far: %" PRIu64 ", ", l->attempts);
		if (l->status == LETTER_SENDING) {
			buf_puts(out, "under way now\n");
			continue;
		}
		buf_puts(out, "due ");
		say_until(t, l->not_before_at_ns, out);
		buf_puts(out, ", given up ");
		say_until(t, l->expires_at_ns, out);
		buf_putc(out, '\n');
	}
}

static void say_tries(const struct job *t, struct buf *out)
{
	for (size_t i = 0; i < t->n_tries; i++) {
		const struct delivery *d = &t->tries[i];

		buf_puts(out, "  ");
		stamp_print_ns(out, d->at_ns, 0);
		buf_printf(out, "  %-7s  ", status_words[d->status]);
		say_letter(t, &t->letters[i], out);
		if (*d->detail) {
			buf_puts(out, ": ");
			text_printable(out, d->detail, strlen(d->detail));
		}
		if (*d->reference) {
			buf_puts(out, " #");
			say_word(out, d->reference);
		}
		buf_putc(out, '\n');
	}
}

static void say_text(const void *self, struct buf *out)
{
	const struct job *t = self;

	if (t->n_waiting) {
		buf_printf(out, "%zu waiting\n", t->n_waiting);
		say_waiting(t, out);
	} else {
		buf_puts(out, "nothing waits to be delivered\n");
	}
	if (t->n_tries)
		buf_printf(out, "%zu %s in the last ", t->n_tries,
			   t->n_tries > 1 ? "tries" : "try");
	else
		buf_puts(out, "nothing was tried in the last ");
	unit_print_duration(out, t->set.since_ns);
	buf_putc(out, '\n');
	say_tries(t, out);
}

/* ---- as JSON ------------------------------------------------------------ */

static void put_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ",\"%s\":", name);
	json_escape_str(out, text);
}

static void put_time(struct buf *out, const char *name, uint64_t at_ns)
{
	buf_printf(out, ",\"%s\":\"", name);
	stamp_print_ns(out, at_ns, 3);
	buf_putc(out, '"');
}

static void put_letter(const struct job *t, const struct letter *l,
		       struct buf *out)
{
	const char *kind, *title;

	read_letter(t, l, &kind, &title);
	put_text(out, "scenario", l->scenario);
	put_text(out, "channel", l->channel);
	put_text(out, "kind", kind);
	put_text(out, "title", title);
}

static void put_waiting(const struct job *t, const struct letter *l,
			struct buf *out)
{
	buf_printf(out, "{\"id\":%" PRIu64, l->id);
	put_letter(t, l, out);
	put_time(out, "made", l->made_at_ns);
	put_time(out, "not_before", l->not_before_at_ns);
	put_time(out, "expires", l->expires_at_ns);
	buf_printf(out, ",\"attempts\":%" PRIu64 ",\"is_under_way\":%s}",
		   l->attempts, l->status == LETTER_SENDING ? "true" : "false");
}

static void put_try(const struct job *t, const struct delivery *d,
		    const struct letter *l, struct buf *out)
{
	buf_printf(out, "{\"letter\":%" PRIu64, d->letter);
	put_time(out, "timestamp", d->at_ns);
	put_letter(t, l, out);
	put_text(out, "status", status_words[d->status]);
	buf_printf(out, ",\"code\":%" PRId64 ",\"took_ns\":%" PRIu64, d->code,
		   d->took_ns);
	put_text(out, "detail", d->detail);
	put_text(out, "reference", d->reference);
	if (d->status == LETTER_WAITING)
		put_time(out, "not_before", d->not_before_at_ns);
	buf_putc(out, '}');
}

static void say_json(const void *self, struct buf *out)
{
	const struct job *t = self;

	buf_puts(out, "{\"waiting\":[");
	for (size_t i = 0; i < t->n_waiting; i++) {
		buf_puts(out, i ? ",\n" : "");
		put_waiting(t, &t->waiting[i], out);
	}
	buf_puts(out, "],\n\"tries\":[");
	for (size_t i = 0; i < t->n_tries; i++) {
		buf_puts(out, i ? ",\n" : "");
		put_try(t, &t->tries[i], &t->letters[i], out);
	}
	buf_puts(out, "]}\n");
}

/* ---- the command -------------------------------------------------------- */

static bool tell(struct job *t, struct out *to)
{
	return remembered_write(t->set.json, to, say_text, say_json, t,
				&t->problems);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));
	struct out to, say;

	if (!t)
		return EXIT_OF_MACHINE;
	out_init(&to, stdout, NULL, OUT_NEVER);
	out_init(&say, stderr, NULL, OUT_NEVER);
	if (options_parse(specs, &t->set, argc, argv, NULL, &t->problems) &&
	    read_all(t) && tell(t, &to))
		(void)out_lost(&to, &t->problems);
	out_problems(&say, &t->problems, "");
	(void)out_failed(&say);
	int code = errs_exit_code(&t->problems);
	arena_free(t->arena);
	options_release(specs, &t->set);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report notices --state state.db",
	"assay report notices --state state.db --since 7d --json -",
	NULL,
};

const struct command cmd_report_notices = {
	.name = "report notices",
	.operands = "",
	.summary = "what waits to be delivered, and how each try went",
	.options = specs,
	.details = "Shows the outbox and the delivery log of a state file: "
		   "which notice went to which channel when, what the service "
		   "answered, and when it is tried again.",
	.examples = examples,
	.run = run,
};
