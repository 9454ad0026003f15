/* SPDX-License-Identifier: MIT */
/*
 * What targets say in Set-Cookie.  The first line is who says it, as a URL, the
 * others what it says.  Whatever that is: a host that has nothing to do with
 * the sender gets nothing, one below it only by a domain, and what is sent is
 * one line of a bounded length.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "probe/engine/engine.h"
#include "probe/engine/jar.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GIVEN_MAX = 8190, ROOM = 1 << 20 };

static struct engine *en;

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void set_up(void)
{
	static struct errs es;

	if (en)
		return;
	must(engine_global_init(&es));
	en = engine_new(&es);
	must(en);
}

/* How many bytes go there. */
static size_t gives(struct jar *jar, const struct jar_place *to)
{
	struct buf text;

	buf_init(&text, ROOM);
	must(jar_give(jar, to, &text));
	must(text.len < GIVEN_MAX);
	must(!memchr(buf_text(&text), '\n', text.len) &&
	     !memchr(buf_text(&text), '\r', text.len) &&
	     strlen(buf_text(&text)) == text.len);
	size_t len = text.len;
	buf_release(&text);
	return len;
}

/* "host/path": a line of the input, cut in place. */
static struct jar_place place(char *line, bool is_encrypted)
{
	char *path = strchr(line, '/');
	struct jar_place at = { .host = line,
				.path = strdup(path ? path : "/"),
				.is_encrypted = is_encrypted };

	must(at.path);
	if (path)
		*path = '\0';
	return at;
}

static bool says(const char *text, const char *word)
{
	return strcasestr(text, word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jar_place other = { .host = "other.invalid", .path = "/x/y" };
	bool has_domain = false;

	if (size < 2)
		return 0;
	set_up();
	char *text = strndup((const char *)data + 1, size - 1), *rest = text;
	must(text);
	struct jar_place from = place(strsep(&rest, "\n"), data[0] & 1);
	struct jar *jar = jar_new(en);
	must(jar);
	for (char *line; rest && (line = strsep(&rest, "\n"));) {
		has_domain |= says(line, "domain");
		jar_take(jar, &from, line);
	}
	if (!says(from.host, "invalid"))
		must(!gives(jar, &other));
	gives(jar, &from);
	char below[400];
	if (snprintf(below, sizeof(below), "x.%s", from.host) <
	    (int)sizeof(below)) {
		struct jar_place to = from;
		to.host = below;
		must(!gives(jar, &to) || has_domain);
	}
	jar_forget(jar);
	must(!gives(jar, &from));
	jar_free(jar);
	free((char *)(uintptr_t)from.path);
	free(text);
	return 0;
}
