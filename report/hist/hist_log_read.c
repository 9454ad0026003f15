/* SPDX-License-Identifier: MIT */
#include "report/hist/hist_log.h"

#include <inttypes.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/hist/hist_parts.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	FIELDS = 4, /* start, length, maximum, histogram */
	SHOWN_MAX = 60,
};

#define YEAR_NS (365 * 24 * 3600 * UNIT_NS_PER_S)
#define START	"#[StartTime:"
#define BASE	"#[BaseTime:"
#define TAG	"Tag="

struct reader {
	const struct source *log;
	const struct hist_log_sink *sink;
	void *self;
	struct errs *es;
	unsigned line;
	const char *line_text;
	uint64_t start_ns, base_ns;
	bool has_start, has_base;
	bool is_stopped;
};

struct field {
	const char *text;
	size_t len;
};

static struct place place_of(const struct reader *r, const char *text)
{
	return (struct place){ r->log, r->line,
			       (unsigned)(text - r->line_text) + 1 };
}

/* ---- fields ----------------------------------------------------------- */

static bool is_gap(char c)
{
	return c == ' ' || c == ',';
}

/* The field at *at, and moves behind it; an empty one at the end. */
static struct field take_field(const char **at, const char *end)
{
	struct field f;

	while (*at < end && is_gap(**at))
		(*at)++;
	f.text = *at;
	while (*at < end && !is_gap(**at))
		(*at)++;
	f.len = (size_t)(*at - f.text);
	return f;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "12.345" as units of which 10^9 are one; further decimals are cut off.
 * False for anything else, and from HIST_LOG_TIME_MAX_NS on. */
static bool parse_decimal(struct field f, uint64_t *value)
{
	uint64_t unit = UNIT_NS_PER_S;
	size_t i = 0;

	*value = 0;
	for (; i < f.len && is_digit(f.text[i]); i++) {
		*value = *value * 10 + (uint64_t)(f.text[i] - '0');
		if (*value >= HIST_LOG_TIME_MAX_NS / UNIT_NS_PER_S)
			return false;
	}
	*value *= UNIT_NS_PER_S;
	if (i == 0 || i == f.len)
		return i > 0;
	if (f.text[i] != '.' || i + 1 == f.len)
		return false;
	for (i++; i < f.len && is_digit(f.text[i]); i++) {
		unit /= 10;
		*value += unit * (uint64_t)(f.text[i] - '0');
	}
	return i == f.len;
}

static bool read_seconds(struct reader *r, struct field f, const char *what,
			 uint64_t *ns)
{
	if (parse_decimal(f, ns))
		return true;
	return errs_add(r->es, ERR_INPUT, place_of(r, f.text),
			"%s must be seconds from 0 to %" PRIu64
			", like 12.345, got \"%.*s\"",
			what,
			(uint64_t)(HIST_LOG_TIME_MAX_NS / UNIT_NS_PER_S - 1),
			(int)(f.len < SHOWN_MAX ? f.len : SHOWN_MAX), f.text);
}

/* The maximum is only looked at: its unit is the writer's choice. */
static bool check_maximum(struct reader *r, struct field f)
{
	bool has_digit = false;

	for (size_t i = 0; i < f.len; i++) {
		has_digit |= is_digit(f.text[i]);
		if (is_digit(f.text[i]) || memchr("+-.eE", f.text[i], 5))
			continue;
		has_digit = false;
		break;
	}
	if (has_digit)
		return true;
	return errs_add(r->es, ERR_INPUT, place_of(r, f.text),
			"the maximum must be a number, got \"%.*s\"",
			(int)(f.len < SHOWN_MAX ? f.len : SHOWN_MAX), f.text);
}

/* ---- lines ------------------------------------------------------------ */

static bool starts_with(const char *at, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - at) >= len && memcmp(at, word, len) == 0;
}

static bool read_comment(struct reader *r, const char *at, const char *end)
{
	if (starts_with(at, end, START)) {
		at += strlen(START);
		if (!read_seconds(r, take_field(&at, end), "the start time",
				  &r->start_ns))
			return false;
		r->has_start = true;
		if (r->sink->on_start)
			r->sink->on_start(r->self, r->start_ns);
	} else if (starts_with(at, end, BASE)) {
		at += strlen(BASE);
		if (!read_seconds(r, take_field(&at, end), "the base time",
				  &r->base_ns))
			return false;
		r->has_base = true;
	}
	return true;
}

static bool read_tag(struct reader *r, const char **at, const char *end,
		     struct hist_log_entry *entry)
{
	if (!starts_with(*at, end, TAG))
		return true;
	struct field f = take_field(at, end);
	entry->tag = f.text + strlen(TAG);
	entry->tag_len = f.len - strlen(TAG);
	if (entry->tag_len <= HIST_LOG_TAG_MAX)
		return true;
	return errs_add(r->es, ERR_INPUT, place_of(r, f.text),
			"the tag has %zu bytes, at most %d are read",
			entry->tag_len, HIST_LOG_TAG_MAX);
}

/* Once told or guessed, the base holds for all lines. */
static void settle_base(struct reader *r, uint64_t first_ns)
{
	if (r->has_base)
		return;
	r->has_base = true;
	r->base_ns = 0;
	if (r->has_start && r->start_ns > YEAR_NS &&
	    first_ns < r->start_ns - YEAR_NS)
		r->base_ns = r->start_ns;
}

static bool give(struct reader *r, struct hist_log_entry *entry,
		 struct field text)
{
	struct hist *h = hist_decode_at(text.text, text.len,
					place_of(r, text.text), r->es);

	if (!h)
		return false;
	settle_base(r, entry->start_ns);
	entry->start_ns += r->base_ns;
	entry->hist = h;
	if (r->sink->on_entry)
		r->is_stopped = !r->sink->on_entry(r->self, entry);
	hist_free(h);
	return true;
}

static bool read_interval(struct reader *r, const char *at, const char *end)
{
	struct hist_log_entry entry = { 0 };
	struct field field[FIELDS];
	size_t n = 0;

	if (!read_tag(r, &at, end, &entry))
		return false;
	for (; n < FIELDS; n++) {
		field[n] = take_field(&at, end);
		if (field[n].len == 0)
			break;
	}
	struct field more = take_field(&at, end);
	if (n < FIELDS || more.len > 0)
		return errs_add(r->es, ERR_INPUT,
				place_of(r, n < FIELDS ? end : more.text),
				"a line of a histogram log has %d fields "
				"besides its tag, got %s",
				FIELDS, n < FIELDS ? "fewer" : "more");
	return read_seconds(r, field[0], "the start", &entry.start_ns) &&
	       read_seconds(r, field[1], "the length", &entry.length_ns) &&
	       check_maximum(r, field[2]) && give(r, &entry, field[3]);
}

static bool read_line(struct reader *r, const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	if (at == end || *at == '"')
		return true;
	if (*at == '#')
		return read_comment(r, at, end);
	return read_interval(r, at, end);
}

bool hist_log_read(const struct source *log, const struct hist_log_sink *sink,
		   void *self, struct errs *es)
{
	struct reader r = { .log = log, .sink = sink, .self = self, .es = es };
	const char *at = log->text, *end = log->text + log->len;
	bool is_good = true;

	while (at < end && !r.is_stopped) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = feed ? feed : end;

		r.line++;
		r.line_text = at;
		at = feed ? feed + 1 : end;
		if (line_end > r.line_text && line_end[-1] == '\r')
			line_end--;
		is_good &= read_line(&r, r.line_text, line_end);
	}
	return is_good;
}
