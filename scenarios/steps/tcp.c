/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/steps/steps.h"
#include "scenarios/base/text.h"

enum {
	TURNS_MAX = 100,
	ANSWER_DEFAULT_BYTES = 64 << 10,
};

#define TCP(field) offsetof(struct step_tcp, field)

static const char *const protocol_choices[] = { "plain", "redis", "postgres",
						NULL };

static const struct key main_key = { "tcp", KEY_TEXT, TCP(target),
				     "host:port to connect to",
				     .example = "127.0.0.1:6379" };

/* ---- send: text, { hex: ... } or { base64: ... } ------------------------- */

struct encoded {
	const char *hex;
	const char *base64;
};

static const struct key encoded_keys[] = {
	{ "hex", KEY_WORD, offsetof(struct encoded, hex),
	  .doc = "bytes in hexadecimal" },
	{ "base64", KEY_WORD, offsetof(struct encoded, base64),
	  .doc = "bytes in base64" },
	{ 0 },
};

static bool bytes_decode(struct decoder *d, const struct node *t,
			 struct tcp_say *say)
{
	struct encoded e = { 0 };
	struct buf bytes;
	bool ok;

	if (!keys_decode(d, encoded_keys, t, &e, "\"send\""))
		return false;
	if (!e.hex == !e.base64)
		return decode_problem(d, t->at,
				      "\"send\" needs either "
				      "\"hex\" or \"base64\"");
	buf_init(&bytes, ANSWER_DEFAULT_BYTES);
	ok = e.hex ? text_hex_decode(&bytes, e.hex, strlen(e.hex))
		   : text_base64_decode(&bytes, TEXT_BASE64, e.base64,
					strlen(e.base64));
	if (!ok)
		decode_problem(d, t->at, "\"%s\" is no %s",
			       e.hex ? e.hex : e.base64,
			       e.hex ? "hexadecimal" : "base64");
	say->bytes = arena_strndup(d->arena, buf_text(&bytes), bytes.len);
	say->len = bytes.len;
	buf_release(&bytes);
	return ok && (say->bytes || errs_nomem(d->es));
}

static bool send_decode(struct decoder *d, const struct key *k,
			const struct node *t, void *into)
{
	struct tcp_say *say = into;

	if (t->kind == NODE_MAP)
		return bytes_decode(d, t, say);
	say->send = decode_template(d, t, k->name);
	return say->send != NULL;
}

static void send_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"anyOf\":[{\"type\":[\"string\",\"number\"]},{");
	keys_schema_object(encoded_keys, NULL, out);
	buf_puts(out, "}]");
}

static const struct key_form send_form = { send_decode, send_schema };

/* ---- dialogue ------------------------------------------------------------- */

struct turn {
	struct tcp_say say;
	const struct matcher *expect;
};

static bool answer_decode(struct decoder *d, const struct key *k,
			  const struct node *t, void *into)
{
	struct match_context mc = { d->arena, &d->scope, d->es };
	const struct matcher **m = into;

	*m = match_compile(&mc, t, VALUE_TEXT, false, k->name);
	return *m != NULL;
}

static void answer_schema(const struct key *k, struct buf *out)
{
	(void)k;
	match_schema(VALUE_TEXT, out);
}

static const struct key_form answer_form = { answer_decode, answer_schema };

static const struct key turn_keys[] = {
	{ "send", KEY_CUSTOM, offsetof(struct turn, say), .form = &send_form,
	  .doc = "bytes to send" },
	{ "expect", KEY_CUSTOM, offsetof(struct turn, expect),
	  .form = &answer_form, .doc = "what to wait for" },
	{ 0 },
};

static bool turn_add(struct decoder *d, const struct turn *turn,
		     struct place at, struct list *turns, struct list *items)
{
	struct tcp_say *say = list_add(d, turns, sizeof(*say));

	if (!say)
		return false;
	*say = turn->say;
	say->at = at;
	say->wants_answer = turn->expect != NULL;
	if (!turn->expect)
		return true;
	struct expect_item item = {
		.what = EXPECT_ANSWER,
		.which = (unsigned)turns->n - 1,
		.label = arena_printf(d->arena, "answer %zu", turns->n),
		.matcher = turn->expect,
		.at = at,
	};
	return item.label ? expect_add(d, items, &item) : errs_nomem(d->es);
}

/* The keys of the step that are not in struct step_tcp itself. */
struct tcp_spec {
	struct step_tcp step; /* first: this is the spec */
	struct tcp_say send;
	const struct node *dialogue;
};

static bool dialogue_decode(struct decoder *d, const struct key *k,
			    const struct node *t, void *into)
{
	(void)k;
	if (t->kind != NODE_SEQ || !t->n || t->n > TURNS_MAX)
		return decode_problem(d, t->at,
				      "\"dialogue\" must be a list "
				      "of 1 to %d turns",
				      TURNS_MAX);
	*(const struct node **)into = t;
	return true;
}

static void dialogue_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"type\":\"array\",\"minItems\":1,\"maxItems\":%d,"
		   "\"items\":{",
		   TURNS_MAX);
	keys_schema_object(turn_keys, NULL, out);
	buf_puts(out, "}");
}

static const struct key_form dialogue_form = { dialogue_decode,
					       dialogue_schema };

static const struct key tcp_keys[] = {
	{ "send", KEY_CUSTOM, offsetof(struct tcp_spec, send),
	  .form = &send_form,
	  .doc = "bytes to send; expect: { answer: ... } "
		 "judges what comes back",
	  .example = "\"PING\\r\\n\"" },
	{ "dialogue", KEY_CUSTOM, offsetof(struct tcp_spec, dialogue),
	  .form = &dialogue_form, .doc = "several turns of send and expect" },
	{ "protocol", KEY_CHOICE, TCP(protocol), .choices = protocol_choices,
	  .doc = "speak redis (PING) or postgres (start-up) by itself" },
	{ "user", KEY_TEXT, TCP(user), .doc = "user to name to postgres" },
	{ "database", KEY_TEXT, TCP(database),
	  .doc = "database to name to postgres" },
	{ "max_answer", KEY_SIZE, TCP(max_answer_bytes), .min = 1,
	  .max = 16 << 20, .doc = "most bytes of one answer" },
	{ "", KEY_INCLUDE, TCP(net), .keys = net_tls_keys },
	{ 0 },
};

static void tcp_preset(const struct decoder *d, const struct step_kind *kind,
		       void *spec)
{
	struct step_tcp *s = spec;

	(void)kind;
	s->net = d->base.ask.net;
	s->max_answer_bytes = ANSWER_DEFAULT_BYTES;
}

static bool turns_add(struct decoder *d, const struct node *t,
		      struct list *turns, struct list *items)
{
	bool ok = true;

	for (size_t i = 0; i < t->n; i++) {
		struct turn turn = { 0 };
		ok &= keys_decode(d, turn_keys, t->item[i], &turn,
				  "a turn of \"dialogue\"") &&
		      turn_add(d, &turn, t->item[i]->at, turns, items);
	}
	return ok;
}

/* What cannot stand together. */
static bool tcp_agrees(struct decoder *d, const struct node *t,
		       const struct tcp_spec *s, bool talks)
{
	unsigned protocol = s->step.protocol;

	if (s->dialogue && talks)
		return decode_problem(d, s->dialogue->at,
				      "\"dialogue\" stands instead of "
				      "\"send\" and \"answer\"");
	if (protocol != TCP_PLAIN && (s->dialogue || talks))
		return decode_problem(d, t->at,
				      "\"protocol\" speaks by itself: leave "
				      "out \"send\", \"answer\" and "
				      "\"dialogue\"");
	if (protocol != TCP_POSTGRES && (s->step.user || s->step.database))
		return decode_problem(d, t->at,
				      "\"user\" and \"database\" are for "
				      "protocol: postgres");
	return true;
}

static bool tcp_finish(struct decoder *d, const struct node *t, void *spec,
		       struct step_parts *parts)
{
	struct list *items = &parts->expect;
	struct tcp_spec *s = spec;
	struct list turns = { 0 };
	bool has_answer = expect_has(items, EXPECT_ANSWER, 0);
	bool talks = s->send.send || s->send.bytes || has_answer;
	bool ok = true;

	if (!tcp_agrees(d, t, s, talks) || !target_finish(d, t, s->step.target))
		return false;
	if (s->dialogue) {
		ok = turns_add(d, s->dialogue, &turns, items);
	} else if (talks) {
		struct tcp_say *say = list_add(d, &turns, sizeof(*say));
		if (!say)
			return false;
		*say = s->send;
		say->wants_answer = has_answer;
		say->at = t->at;
	}
	s->step.turns = turns.item;
	s->step.n_turns = turns.n;
	return ok;
}

const struct step_kind tcp_kinds[] = {
	{ "tcp", STEP_TCP, "connects to a port, and talks when asked to",
	  sizeof(struct tcp_spec), &main_key, tcp_keys, EXPECT_TABLE_TCP, true,
	  tcp_preset, tcp_finish, NULL },
	{ 0 },
};
