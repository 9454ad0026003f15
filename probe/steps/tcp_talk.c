/* SPDX-License-Identifier: MIT */
#include "probe/steps/tcp_talk.h"

#include <string.h>

#include "probe/judge/judge.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/model.h"

enum {
	PG_PROTOCOL = 196608,	/* 3.0 */
	PG_HEAD = 5,		/* type and length of a message */
	PG_NAME_MAX = 63,	/* bytes of a user or database */
	PG_MESSAGE_MAX = 30000, /* longer is no answer to a startup */
};

static void add_row(struct judging *j, const char *subject,
		    const char *expected, const char *seen, const char *note,
		    bool ok)
{
	const struct expectation row = {
		.subject = subject,
		.expected = expected,
		.seen = seen,
		.note = note,
		.ok = ok,
	};

	judging_add(j, &row, true);
}

static const struct buf *first_turn(const struct judging *j)
{
	return j->seen->n_turns > 0 ? &j->seen->turns[0] : NULL;
}

/* ---- redis ------------------------------------------------------------------------ */

static bool has_line(void *self, const char *bytes, size_t len)
{
	(void)self;
	return memchr(bytes, '\n', len) != NULL;
}

bool tcp_redis_turns(struct arena *a, struct request *rq, struct buf *why)
{
	static const char ping[] = "PING\r\n";
	struct tcp_turn *turn = arena_alloc(a, 1, sizeof(*turn));

	if (!turn)
		return buf_puts(why, "out of memory"), false;
	*turn = (struct tcp_turn){ .send = ping,
				   .send_len = sizeof(ping) - 1,
				   .wants_answer = true,
				   .until = has_line };
	rq->turns = turn;
	rq->n_turns = 1;
	return true;
}

static const struct redis_reply {
	const char *start;
	const char *note;
	enum outcome outcome;
} redis_replies[] = {
	{ "+PONG", "", OUTCOME_OK },
	{ "-NOAUTH", "it is up and wants a login", OUTCOME_OK },
	{ "-NOPERM", "it is up and denies the command", OUTCOME_OK },
	{ "-DENIED", "it is up, in protected mode", OUTCOME_OK },
	{ "-LOADING", "it is loading its data", OUTCOME_STARTING },
	{ "-MASTERDOWN", "its master is down", OUTCOME_EXPECT },
	{ "-BUSY", "a script blocks it", OUTCOME_EXPECT },
	{ "", "this is not what redis answers to PING", OUTCOME_EXPECT },
};

void tcp_redis_judge(struct judging *j)
{
	const struct buf *bytes = first_turn(j);
	const char *text = bytes ? buf_text(bytes) : "";
	const struct redis_reply *reply = redis_replies;

	while (strncmp(text, reply->start, strlen(reply->start)) != 0)
		reply++;
	struct buf line;

	buf_init(&line, BUF_NO_LIMIT);
	buf_add(&line, text, strcspn(text, "\r\n"));
	bool ok = reply->outcome == OUTCOME_OK;
	add_row(j, "redis", "+PONG", line.len > 0 ? buf_text(&line) : "nothing",
		reply->note, ok);
	buf_release(&line);
	if (!ok && j->outcome == OUTCOME_OK)
		j->outcome = reply->outcome;
}

/* ---- postgres ---------------------------------------------------------------------- */

static void put_u32(unsigned char *to, unsigned long value)
{
	for (int i = 3; i >= 0; i--) {
		to[i] = (unsigned char)(value & 0xff);
		value >>= 8;
	}
}

static unsigned long get_u32(const char *from)
{
	unsigned long value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 8 | (unsigned char)from[i];
	return value;
}

/* One whole message, of a length that a startup may be answered with. */
static bool has_message(void *self, const char *bytes, size_t len)
{
	(void)self;
	if (len == 0)
		return false;
	if (bytes[0] != 'R' && bytes[0] != 'E')
		return true;
	if (len < PG_HEAD)
		return false;
	unsigned long body = get_u32(bytes + 1);
	return body > PG_MESSAGE_MAX || len >= 1 + body;
}

/* length, protocol, user, database: each text with its NUL, and one more */
static bool startup(struct arena *a, const char *user, const char *database,
		    struct tcp_turn *turn)
{
	struct buf text;
	unsigned char head[8] = { 0 };

	buf_init(&text, 4 * (PG_NAME_MAX + 16));
	buf_add(&text, head, sizeof(head));
	buf_add(&text, "user", 5);
	buf_add(&text, user, strlen(user) + 1);
	buf_add(&text, "database", 9);
	buf_add(&text, database, strlen(database) + 1);
	buf_putc(&text, '\0');
	char *copy =
		buf_ok(&text) ? arena_strndup(a, text.text, text.len) : NULL;
	if (copy) {
		put_u32((unsigned char *)copy, text.len);
		put_u32((unsigned char *)copy + 4, PG_PROTOCOL);
		turn->send = copy;
		turn->send_len = text.len;
	}
	buf_release(&text);
	return copy != NULL;
}

bool tcp_postgres_turns(struct arena *a, const char *user, const char *database,
			struct request *rq, struct buf *why)
{
	struct tcp_turn *turn = arena_alloc(a, 1, sizeof(*turn));

	if (!user || !user[0])
		user = "postgres";
	if (!database || !database[0])
		database = user;
	if (strlen(user) > PG_NAME_MAX || strlen(database) > PG_NAME_MAX) {
		buf_printf(why, "a name of PostgreSQL has at most %d bytes",
			   PG_NAME_MAX);
		return false;
	}
	if (!turn || !startup(a, user, database, turn))
		return buf_puts(why, "out of memory"), false;
	turn[0].wants_answer = true;
	turn[0].until = has_message;
	/* No Terminate: while a login is under way the server would log it as
	 * an error, each time; a close is logged by nobody. */
	rq->turns = turn;
	rq->n_turns = 1;
	return true;
}

/* A field of an ErrorResponse: a letter, a text, a NUL; NULL when absent. */
static const char *error_field(const char *body, size_t len, char wanted)
{
	while (len > 1 && body[0] != '\0') {
		const char *end = memchr(body + 1, '\0', len - 1);

		if (!end)
			return NULL;
		if (body[0] == wanted)
			return body + 1;
		len -= (size_t)(end + 1 - body);
		body = end + 1;
	}
	return NULL;
}

/* By the first letters of the SQLSTATE. */
static const struct pg_state {
	const char *start;
	const char *note;
	enum outcome outcome;
} pg_states[] = {
	{ "57P03", "the database system does not take connections yet",
	  OUTCOME_STARTING },
	{ "28", "it is up and refuses this user", OUTCOME_OK },
	{ "3D000", "it is up and has no such database", OUTCOME_OK },
	{ "53300", "it has no connection left", OUTCOME_EXPECT },
	{ "", "it refuses connections", OUTCOME_EXPECT },
};

static void judge_error(struct judging *j, const char *body, size_t len)
{
	const char *state = error_field(body, len, 'C');
	const char *message = error_field(body, len, 'M');
	const struct pg_state *row = pg_states;
	struct buf text;

	if (!state)
		state = "no SQLSTATE";
	while (strncmp(state, row->start, strlen(row->start)) != 0)
		row++;
	buf_init(&text, BUF_NO_LIMIT);
	buf_printf(&text, "%s: %s", state, message ? message : "");
	add_row(j, "postgres", "accepts connections", buf_text(&text),
		row->note, row->outcome == OUTCOME_OK);
	buf_release(&text);
	if (row->outcome != OUTCOME_OK && j->outcome == OUTCOME_OK)
		j->outcome = row->outcome;
}

void tcp_postgres_judge(struct judging *j)
{
	const struct buf *bytes = first_turn(j);
	const char *text = bytes ? buf_text(bytes) : "";
	size_t len = bytes ? bytes->len : 0;

	if (len >= PG_HEAD + 4 && text[0] == 'R')
		add_row(j, "postgres", "accepts connections",
			get_u32(text + PG_HEAD) == 0 ? "lets in"
						     : "asks for a login",
			"", true);
	else if (len >= PG_HEAD && text[0] == 'E')
		judge_error(j, text + PG_HEAD, len - PG_HEAD);
	else
		add_row(j, "postgres", "accepts connections",
			len > 0 ? "something else" : "nothing",
			"this is not what PostgreSQL answers to a startup",
			false);
}

/* ---- early ends --------------------------------------------------------------------- */

static bool expects_turn(const struct step *st, size_t turn)
{
	for (size_t i = 0; i < st->expect.n; i++) {
		if (st->expect.item[i].what == EXPECT_ANSWER &&
		    st->expect.item[i].which == turn)
			return true;
	}
	return ((const struct step_tcp *)st->spec)->protocol != TCP_PLAIN;
}

void tcp_forgive(struct exchange *ex, const struct step *st)
{
	struct answer *an = &ex->answer;

	if (an->outcome != OUTCOME_CLOSED && an->outcome != OUTCOME_TIMEOUT &&
	    an->outcome != OUTCOME_RESET)
		return;
	bool any = false;
	for (size_t i = 0; an->turn_bytes && i < ex->request.n_turns; i++) {
		if (!ex->request.turns[i].wants_answer || !expects_turn(st, i))
			continue;
		if (an->turn_bytes[i].len == 0)
			return;
		any = true;
	}
	if (any)
		an->outcome = OUTCOME_OK;
}
