/* SPDX-License-Identifier: MIT */
/* Times of arrival from a file: seconds since the start ("0.25") or a
 * duration ("250ms") on each line, never going back.  Empty lines and lines
 * that begin with # count for nothing. */
#include <string.h>

#include "scenarios/base/units.h"
#include "scenarios/loads/loads_parts.h"

enum { TIME_BYTES_MAX = 64 }; /* of one time */

struct reader {
	struct decoder *d;
	const struct source *src;
	unsigned line;
	size_t problems;
	size_t n;
	uint64_t *at_ns;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool bad_line(struct reader *r, size_t col, const char *why)
{
	r->problems++;
	return decode_problem(
		r->d, (struct place){ r->src, r->line, (unsigned)col + 1 },
		"a time of arrival must be seconds like 0.25 or a duration "
		"like 250ms: %s",
		why);
}

static bool time_read(struct reader *r, const char *text, size_t len,
		      size_t col)
{
	char copy[TIME_BYTES_MAX + 2];
	struct buf why;
	uint64_t ns = 0;

	if (len > TIME_BYTES_MAX)
		return bad_line(r, col, "this is too long for one");
	memcpy(copy, text, len);
	if (copy[len - 1] >= '0' && copy[len - 1] <= '9')
		copy[len++] = 's';
	buf_init(&why, ERR_PART_MAX);
	bool ok = unit_parse_duration(copy, len, &ns, &why) ||
		  bad_line(r, col, buf_text(&why));
	buf_release(&why);
	if (!ok)
		return false;
	if (ns > LOAD_TIME_MAX_NS)
		return bad_line(r, col, "it must be at most 7d");
	if (r->n && ns < r->at_ns[r->n - 1])
		return bad_line(r, col, "it is before the one above it");
	r->at_ns[r->n++] = ns;
	return true;
}

static bool line_read(struct reader *r, const char *line, size_t len)
{
	size_t from = 0;

	while (from < len && is_blank(line[from]))
		from++;
	while (len > from && is_blank(line[len - 1]))
		len--;
	if (from == len || line[from] == '#')
		return true;
	if (r->n == LOAD_REPLAY_MAX)
		return bad_line(r, from, "there are too many");
	return time_read(r, line + from, len - from, from);
}

static size_t lines_of(const struct source *src)
{
	size_t n = 1;

	for (size_t i = 0; i < src->len; i++)
		n += src->text[i] == '\n';
	return n < LOAD_REPLAY_MAX ? n : LOAD_REPLAY_MAX;
}

bool replay_read(struct decoder *d, const char *path, struct place at,
		 struct load_plan *plan)
{
	const struct source *src = loads_read(d, path, FEEDER_FILE_MAX, at);
	struct reader r = { .d = d, .src = src };

	if (!src)
		return false;
	r.at_ns = arena_alloc(d->arena, lines_of(src), sizeof(*r.at_ns));
	if (!r.at_ns)
		return errs_nomem(d->es);
	for (size_t i = 0; i < src->len && r.problems < FILE_PROBLEMS_MAX;) {
		const char *line = src->text + i;
		const char *end = memchr(line, '\n', src->len - i);
		size_t len = end ? (size_t)(end - line) : src->len - i;
		r.line++;
		line_read(&r, line, len);
		i += len + 1;
	}
	if (r.problems)
		return false;
	if (!r.n)
		return decode_problem(d, at, "\"%s\" holds no time of arrival",
				      src->name);
	plan->replay_ns = r.at_ns;
	plan->n_replay = r.n;
	plan->replay_file = src->name;
	return true;
}
