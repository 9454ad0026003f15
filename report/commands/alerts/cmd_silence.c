/* SPDX-License-Identifier: MIT */
#include "report/commands/alerts/cmd_silence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/commands/alerts/who.h"
#include "report/commands/state/remembered.h"
#include "report/out.h"
#include "report/result/stamp.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"

enum { EXIT_OF_MACHINE = 4 };

/* Longer than that nobody remembers it: it is a rule to be changed. */
#define SILENCE_MAX_NS ALERT_WINDOW_MAX_NS

struct settings {
	struct remembered_options in;
	uint64_t for_ns;
	const char *until, *reason, *author;
	bool wants_list;
	uint64_t end_id;
};

#define AT(field) OPTION_AT(struct settings, field)

static const struct option_spec specs[] = {
	{ "for", 0, OPTION_DURATION, AT(for_ns), .arg = "TIME",
	  .min = UNIT_NS_PER_S, .max = SILENCE_MAX_NS,
	  .help = "how long, like 2h; 90d at most" },
	{ "until", 0, OPTION_TEXT, AT(until), .arg = "TIME",
	  .help = "or until when, in UTC: 2026-12-01T06:00:00Z" },
	{ "reason", 0, OPTION_TEXT, AT(reason), .arg = "TEXT",
	  .help = "why, for whoever finds it; needed, as is a time" },
	{ "author", 0, OPTION_TEXT, AT(author), .arg = "NAME",
	  .help = "who; by default who is logged in, or who started the "
		  "workflow" },
	{ "list", 0, OPTION_FLAG, AT(wants_list),
	  .help = "say what is silent now instead" },
	{ "end", 0, OPTION_COUNT, AT(end_id), .arg = "ID", .min = 1,
	  .help = "end the silence of that number instead" },
	REMEMBERED_OPTIONS(struct settings, in),
	{ 0 },
};

struct job {
	struct settings set;
	struct args operands;
	struct remembered r;
	struct target_globs globs;
	size_t n_about; /* alerts that the new one is about */
	size_t n;
	const struct silence *silences; /* what is told */
};

/* ---- what is asked ------------------------------------------------------ */

static bool check_usage(struct job *t)
{
	const struct settings *set = &t->set;
	struct errs *es = &t->r.problems;
	size_t wanted = set->wants_list || set->end_id ? 0 : 1;

	if (set->wants_list && set->end_id)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"--list and --end exclude each other");
	if (t->operands.n != wanted)
		return errs_add(es, ERR_INPUT, NOWHERE,
				wanted ? "say what to silence: RULE or "
					 "RULE/CHECK, got %zu names"
				       : "--list and --end take no names, got "
					 "%zu",
				t->operands.n);
	if (!wanted)
		return true;
	bool ok = target_globs_read(t->operands.item[0], t->r.arena, &t->globs,
				    es);
	if (!set->for_ns == !set->until)
		ok = errs_add(es, ERR_INPUT, NOWHERE,
			      "say for how long: either --for 2h or --until "
			      "2026-12-01T06:00:00Z");
	if (!set->reason || !*set->reason)
		ok = errs_add(es, ERR_INPUT, NOWHERE,
			      "say why, for whoever finds it: --reason TEXT");
	return ok;
}

static bool find_end(struct job *t, uint64_t *until_at_ns)
{
	const char *until = t->set.until;
	uint64_t now = t->r.now_at_ns;

	*until_at_ns = now + t->set.for_ns;
	if (!until)
		return true;
	if (!stamp_parse_ns(until, strlen(until), until_at_ns))
		return errs_add(&t->r.problems, ERR_INPUT, NOWHERE,
				"\"--until\" must be a time in UTC like "
				"2026-12-01T06:00:00Z, got \"%.60s\"",
				until);
	if (*until_at_ns <= now)
		return errs_add(&t->r.problems, ERR_INPUT, NOWHERE,
				"\"--until\" is over: %.60s", until);
	return *until_at_ns - now <= SILENCE_MAX_NS ||
	       errs_add(&t->r.problems, ERR_INPUT, NOWHERE,
			"\"--until\" is more than 90 days ahead: %.60s", until);
}

/* ---- doing it ----------------------------------------------------------- */

/* In the caller's transaction. */
static bool put_audit(struct job *t, const char *action, const char *resource,
		      const char *details)
{
	const struct audit_record record = {
		.at_ns = t->r.now_at_ns,
		.user = who_asks(t->set.author),
		.action = action,
		.resource = resource,
		.details = details,
		.success = true,
	};

	return (resource && details)
		       ? state_audit_add(t->r.state, &record, &t->r.problems)
		       : errs_nomem(&t->r.problems);
}

static bool commit(struct job *t, bool is_done)
{
	if (is_done)
		return state_commit(t->r.state, &t->r.problems);
	state_rollback(t->r.state);
	return false;
}

static const char *details_of(struct job *t, const struct silence *s)
{
	struct buf text;

	buf_init(&text, ERR_TEXT_MAX * 4);
	buf_puts(&text, "until ");
	stamp_print_ns(&text, s->until_at_ns, 0);
	buf_printf(&text, ": %s", s->reason);
	const char *kept = arena_strdup(t->r.arena, buf_text(&text));
	buf_release(&text);
	return kept;
}

static bool add(struct job *t)
{
	struct silence *s = arena_alloc(t->r.arena, 1, sizeof(*s));
	struct errs *es = &t->r.problems;

	if (!s)
		return errs_nomem(es);
	*s = (struct silence){
		.rule = t->globs.rule,
		.check = t->globs.check,
		.from_at_ns = t->r.now_at_ns,
		.author = who_asks(t->set.author),
		.reason = t->set.reason,
	};
	if (!find_end(t, &s->until_at_ns) ||
	    !target_globs_count(&t->globs, t->r.scenario, &t->n_about, es) ||
	    !state_begin(t->r.state, es))
		return false;
	t->n = 1;
	t->silences = s;
	return commit(t, state_silence_add(t->r.state, s, es) &&
				 put_audit(t, "silence.add",
					   arena_printf(t->r.arena, "%s/%s",
							s->rule, s->check),
					   details_of(t, s)));
}

/* The one that ends, as it was; NULL: it is not in force. */
static const struct silence *find(struct job *t, uint64_t id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->silences[i].id == id)
			return &t->silences[i];
	return NULL;
}

static bool list(struct job *t)
{
	return state_silences(t->r.state, t->r.now_at_ns, t->r.arena,
			      &t->silences, &t->n, &t->r.problems);
}

static bool end(struct job *t)
{
	struct errs *es = &t->r.problems;

	if (!list(t))
		return false;
	const struct silence *old = find(t, t->set.end_id);
	struct silence *s = arena_alloc(t->r.arena, 1, sizeof(*s));
	if (!old)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"there is no silence %" PRIu64
				" now: --list says which there are",
				t->set.end_id);
	if (!s)
		return errs_nomem(es);
	*s = *old;
	s->until_at_ns = t->r.now_at_ns;
	t->n = 1;
	t->silences = s;
	if (!state_begin(t->r.state, es))
		return false;
	return commit(
		t,
		state_silence_end(t->r.state, s->id, t->r.now_at_ns, es) &&
			put_audit(t, "silence.end",
				  arena_printf(t->r.arena, "%s/%s", s->rule,
					       s->check),
				  arena_printf(t->r.arena,
					       "silence %" PRIu64 " of "
					       "%s: %s",
					       s->id, s->author, s->reason)));
}

/* ---- telling it ---------------------------------------------------------- */

static void say_word(struct buf *out, const char *word)
{
	text_printable(out, word, strlen(word));
}

static void say_silence(const struct silence *s, struct buf *out)
{
	buf_printf(out, "%" PRIu64 "  ", s->id);
	say_word(out, s->rule);
	buf_putc(out, '/');
	say_word(out, s->check);
	buf_puts(out, "  until ");
	stamp_print_ns(out, s->until_at_ns, 0);
	buf_puts(out, "  ");
	say_word(out, s->author);
	buf_puts(out, ": ");
	say_word(out, s->reason);
	buf_putc(out, '\n');
}

static void say_text(const void *self, struct buf *out)
{
	const struct job *t = self;

	if (t->set.end_id)
		buf_puts(out, "ended: ");
	for (size_t i = 0; i < t->n; i++)
		say_silence(&t->silences[i], out);
	if (t->set.wants_list && !t->n)
		buf_puts(out, "nothing is silent now\n");
	if (t->n_about)
		buf_printf(out,
			   "it is about %zu alert%s; what fires meanwhile is "
			   "told when it is over, if it still does\n",
			   t->n_about, t->n_about == 1 ? "" : "s");
}

static void member(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ",\"%s\":", name);
	json_escape_str(out, text);
}

static void member_at(struct buf *out, const char *name, uint64_t at_ns)
{
	buf_printf(out, ",\"%s\":\"", name);
	stamp_print_ns(out, at_ns, 0);
	buf_putc(out, '"');
}

static void say_json(const void *self, struct buf *out)
{
	const struct job *t = self;

	if (t->set.wants_list)
		buf_putc(out, '[');
	for (size_t i = 0; i < t->n; i++) {
		const struct silence *s = &t->silences[i];

		buf_printf(out, "%s{\"id\":%" PRIu64, i ? ",\n" : "", s->id);
		member(out, "rule", s->rule);
		member(out, "check", s->check);
		member_at(out, "from", s->from_at_ns);
		member_at(out, "until", s->until_at_ns);
		member(out, "author", s->author);
		member(out, "reason", s->reason);
		buf_putc(out, '}');
	}
	buf_puts(out, t->set.wants_list ? "]\n" : "\n");
}

static bool silence(struct job *t, int argc, char **argv)
{
	struct out to;

	if (!options_parse(specs, &t->set, argc, argv, &t->operands,
			   &t->r.problems))
		return false;
	bool is_new = !t->set.wants_list && !t->set.end_id;
	if (!remembered_open(&t->r, &t->set.in,
			     t->set.wants_list ? REMEMBERED_TO_READ
					       : REMEMBERED_TO_CHANGE,
			     is_new))
		return false;
	out_init(&to, stdout, NULL, OUT_NEVER);
	return check_usage(t) &&
	       (is_new		? add(t)
		: t->set.end_id ? end(t)
				: list(t)) &&
	       remembered_tell(&t->r, &to, say_text, say_json, t);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	(void)silence(t, argc, argv);
	int code = remembered_close(&t->r);
	args_release(&t->operands);
	options_release(specs, &t->set);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay silence down/home --for 2h --reason deploy --state state.db "
	"--scenario shop.yaml",
	"assay silence '*/shop-*' --until 2026-12-01T06:00:00Z --reason "
	"'new rack' --state state.db --scenario shop.yaml",
	"assay silence --list --state state.db",
	"assay silence --end 3 --state state.db",
	NULL,
};

const struct command cmd_silence = {
	.name = "silence",
	.operands = "RULE[/CHECK]",
	.summary = "tell nobody of an alert for a while",
	.options = specs,
	.details = "RULE and CHECK may be patterns with *, ? and [...]. What "
		   "fires meanwhile is remembered, and told at the end when "
		   "it still does; what had been told before is told when it "
		   "is well again. Who did it is in assay report audit.",
	.examples = examples,
	.run = run,
};
