/* SPDX-License-Identifier: MIT */
#include "tests/origin/raw.h"

#include "tests/origin/origin.h"
#include "tests/origin/play.h"

#include <string.h>

enum { LINE_MAX_BYTES = 4096 };

static void drop(struct conn *c)
{
	c->used = c->in.len;
}

static void hold(struct conn *c)
{
	play_end(c, ACT_HOLD);
}

static void say_banner(struct conn *c)
{
	buf_puts(&c->out, c->from->arg);
	play_send(c);
}

static void say_and_close(struct conn *c)
{
	buf_puts(&c->out, c->from->arg);
	play_end(c, ACT_CLOSE);
}

static void say_and_reset(struct conn *c)
{
	play_end(c, ACT_RESET);
}

static void echo(struct conn *c)
{
	buf_add(&c->out, c->in.text + c->used, c->in.len - c->used);
	drop(c);
	play_send(c);
}

/* An endless line, for readers that look for its end. */
static void flood(struct conn *c)
{
	buf_fill(&c->out, 'x', LINE_MAX_BYTES);
	play_loop(c, 1, UINT64_MAX);
}

static void redis_line(struct conn *c, struct text line)
{
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	/* the framing of an array of strings says nothing to us */
	if (line.n == 0 || *line.p == '*' || *line.p == '$')
		return;
	bool is_ping = text_is_nocase(line, "PING");
	buf_puts(&c->out, is_ping ? "+PONG\r\n" : "-ERR unknown command\r\n");
}

static void redis(struct conn *c)
{
	struct text rest = { c->in.text + c->used, c->in.len - c->used };

	while (memchr(rest.p, '\n', rest.n)) {
		struct text line = text_cut(&rest, '\n');
		redis_line(c, line);
		c->used += line.n + 1;
		if (c->out.len > LINE_MAX_BYTES)
			break;
	}
	if (rest.n > LINE_MAX_BYTES && !memchr(rest.p, '\n', rest.n))
		play_end(c, ACT_CLOSE);
	else
		play_send(c);
}

static const struct raw_mode modes[] = {
	{ "silent", "accepts and never speaks", hold, drop, false },
	{ "banner:TEXT",
	  "says TEXT (\\r \\n \\0 \\\\ are understood), then listens",
	  say_banner, drop, false },
	{ "say:TEXT", "says TEXT, then FIN", say_and_close, drop, false },
	{ "echo", "says what it hears", NULL, echo, false },
	{ "closer", "accepts, then FIN", say_and_close, drop, false },
	{ "reset", "accepts, then RST", say_and_reset, drop, false },
	{ "flood", "an endless line, 4 KB a millisecond", flood, drop, false },
	{ "redis", "PING is answered +PONG, all else -ERR", NULL, redis,
	  false },
	{ "full", "swallows connections: SYN is never answered", NULL, drop,
	  true },
};

const struct raw_mode *raw_find(struct text name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct text known = text_of(modes[i].name);
		struct text word = text_cut(&known, ':');
		if (word.n == name.n && memcmp(word.p, name.p, name.n) == 0)
			return &modes[i];
	}
	return NULL;
}

void raw_help(struct buf *out)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		buf_printf(out, "  %-34s %s\n", modes[i].name, modes[i].help);
}
