/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/steps/steps.h"

enum {
	EXEC_ARGS_MAX = 200,
	EXEC_OUTPUT_DEFAULT_BYTES = 1 << 20,
	EXEC_OUTPUT_MAX_BYTES = 16 << 20,
};
#define EXEC_GRACE_DEFAULT SECONDS(2)

#define EXEC(field) offsetof(struct step_exec, field)

/* ---- the command -------------------------------------------------------------- */

/* What stands on a command line is seen by everybody on the machine. */
static bool arg_add(struct decoder *d, const struct node *t, struct list *l)
{
	const struct template *text = decode_template(d, t, "exec");
	const struct template **to;

	if (!text)
		return false;
	if (template_uses_secret(text))
		return decode_problem(d, t->at,
				      "a secret on a command line is seen by "
				      "everybody on the machine: hand it over "
				      "in \"env\" or \"stdin\"");
	to = list_add(d, l, sizeof(*to));
	if (to)
		*to = text;
	return to != NULL;
}

static bool has_blanks(const struct node *t)
{
	return t->kind == NODE_SCALAR && strpbrk(t->text, " \t\n") != NULL;
}

static bool command_decode(struct decoder *d, const struct key *k,
			   const struct node *t, void *into)
{
	struct step_exec *s = into;
	struct list l = { 0 };
	bool ok = true;

	(void)k;
	/* one text would look as if a shell took it apart */
	if (t->kind == NODE_SCALAR && !node_is_null(t) && has_blanks(t))
		return decode_problem(d, t->at,
				      "there is no shell: write the command "
				      "as a list, like [df, -P, /]");
	if (t->kind == NODE_SCALAR && !node_is_null(t)) {
		ok = arg_add(d, t, &l);
	} else if (t->kind != NODE_SEQ || !t->n || t->n > EXEC_ARGS_MAX) {
		return decode_problem(d, t->at,
				      "\"exec\" must be a list of 1 to %d "
				      "texts, like [df, -P, /]",
				      EXEC_ARGS_MAX);
	}
	for (size_t i = 0; t->kind == NODE_SEQ && i < t->n; i++)
		ok &= arg_add(d, t->item[i], &l);
	s->args = l.item;
	s->n_args = l.n;
	return ok;
}

static void command_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"anyOf\":[{\"type\":\"string\",\"pattern\":"
		   "\"^\\\\S+$\"},{\"type\":\"array\",\"minItems\":1,"
		   "\"maxItems\":%d,\"items\":{\"type\":"
		   "[\"string\",\"number\",\"boolean\"]}}]",
		   EXEC_ARGS_MAX);
}

static const struct key_form command_form = { command_decode, command_schema };

static const struct key main_key = { "exec",
				     KEY_CUSTOM,
				     0,
				     "command and its arguments, as a list; "
				     "there is no shell",
				     .form = &command_form,
				     .example =
					     "[check_disk, -w, 20%, -p, /]" };

/* ---- the other keys ------------------------------------------------------------- */

static bool env_decode(struct decoder *d, const struct key *k,
		       const struct node *t, void *into)
{
	struct pairs *p = into;
	bool ok = pairs_decode(d, t, p, false, k->name);

	for (size_t i = 0; ok && i < t->n; i++)
		if (!t->entry[i].key_len || strchr(t->entry[i].key, '='))
			ok = decode_problem(d, t->entry[i].key_at,
					    "\"%s\" cannot be the name of a "
					    "variable",
					    t->entry[i].key);
	return ok;
}

static void env_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"object\",\"additionalProperties\":{\"type\":"
		      "[\"string\",\"number\",\"boolean\"]}");
}

static const struct key_form env_form = { env_decode, env_schema };

static const struct key exec_keys[] = {
	{ "plugin", KEY_BOOL, EXEC(is_plugin),
	  .doc = "true: a plugin of Nagios, whose exit code says ok (0), "
		 "warning (1), critical (2) or unknown (3), and whose "
		 "performance data is kept" },
	{ "env", KEY_CUSTOM, EXEC(env), .form = &env_form,
	  .doc = "its environment, beside PATH, LANG and HOME",
	  .example = "{ PGPASSWORD: '${secret.PGPASSWORD}' }" },
	{ "folder", KEY_PATH, EXEC(folder), .doc = "where it works" },
	{ "stdin", KEY_TEXT, EXEC(input), .doc = "text that it gets to read" },
	{ "timeout", KEY_DURATION, EXEC(timeout_ns), .min = MS(1),
	  .max = HOURS(24), .doc = "it and all it started are ended after this",
	  .example = "10s" },
	{ "grace", KEY_DURATION, EXEC(grace_ns), .min = MS(1),
	  .max = SECONDS(60),
	  .doc = "time from SIGTERM to SIGKILL; 2s when not written" },
	{ "max_output", KEY_SIZE, EXEC(max_output_bytes), .min = 1,
	  .max = EXEC_OUTPUT_MAX_BYTES,
	  .doc = "most that it may write; 1MiB when not written" },
	{ 0 },
};

static void exec_preset(const struct decoder *d, const struct step_kind *kind,
			void *spec)
{
	struct step_exec *s = spec;

	(void)kind;
	s->timeout_ns = d->base.ask.net.timeout.total_ns;
	s->grace_ns = EXEC_GRACE_DEFAULT;
	s->max_output_bytes = EXEC_OUTPUT_DEFAULT_BYTES;
}

static bool exec_finish(struct decoder *d, const struct node *t, void *spec,
			struct step_parts *parts)
{
	struct list *items = &parts->expect;
	const struct step_exec *s = spec;
	struct expect_item item = {
		.what = EXPECT_EXIT,
		.label = "exit",
		.is_default = true,
		.at = t->at,
	};

	if (expect_has(items, EXPECT_EXIT, 0))
		return !s->is_plugin ||
		       decode_problem(d, t->at,
				      "with \"plugin\" the exit code is judged "
				      "already: leave out \"exit\"");
	if (s->is_plugin)
		return true;
	item.matcher = match_make_integer(d->arena, VALUE_NUMBER, MATCH_EQ, 0);
	return item.matcher ? expect_add(d, items, &item) : errs_nomem(d->es);
}

const struct step_kind exec_kinds[] = {
	{ "exec", STEP_EXEC, "runs a command of this machine, without a shell",
	  sizeof(struct step_exec), &main_key, exec_keys, EXPECT_TABLE_EXEC,
	  true, exec_preset, exec_finish, NULL },
	{ 0 },
};
