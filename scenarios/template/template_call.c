/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "scenarios/template/template_parts.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

/* ---- constants -------------------------------------------------------- */

enum time_format {
	TIME_ISO,
	TIME_ISO_MS,
	TIME_DATE,
	TIME_HTTP,
	TIME_UNIX,
	TIME_UNIX_MS,
	TIME_UNIX_NS,
};

static const char *const time_formats[] = {
	[TIME_ISO] = "iso",	    [TIME_ISO_MS] = "iso_ms",
	[TIME_DATE] = "date",	    [TIME_HTTP] = "http",
	[TIME_UNIX] = "unix",	    [TIME_UNIX_MS] = "unix_ms",
	[TIME_UNIX_NS] = "unix_ns", NULL,
};

enum digest_encoding { DIGEST_HEX, DIGEST_BASE64, DIGEST_BASE64_URL };

static const char *const encodings[] = {
	[DIGEST_HEX] = "hex",
	[DIGEST_BASE64] = "base64",
	[DIGEST_BASE64_URL] = "base64url",
	NULL,
};

static bool read_choice(const char *text, size_t len,
			const char *const *choices, int64_t *value,
			struct buf *why)
{
	for (size_t i = 0; choices[i]; i++)
		if (text_is(text, len, choices[i])) {
			*value = (int64_t)i;
			return true;
		}
	buf_puts(why, "there is only");
	for (size_t i = 0; choices[i]; i++)
		buf_printf(why, " '%s'", choices[i]);
	return false;
}

/* "+1d" or "-30m". */
static bool read_offset(const char *text, size_t len, int64_t *value,
			struct buf *why)
{
	uint64_t ns;

	if (!len || (text[0] != '+' && text[0] != '-')) {
		buf_puts(why, "an offset begins with + or -, like '+1d'");
		return false;
	}
	if (!unit_parse_duration(text + 1, len - 1, &ns, why))
		return false;
	if (ns > INT64_MAX) {
		buf_puts(why, "the offset is too large");
		return false;
	}
	*value = text[0] == '-' ? -(int64_t)ns : (int64_t)ns;
	return true;
}

static bool read_constant(enum param_kind kind, const char *text, size_t len,
			  int64_t *value, struct buf *why)
{
	switch (kind) {
	case PARAM_INT:
		return unit_parse_integer(text, len, value, why);
	case PARAM_TIME_FORMAT:
		return read_choice(text, len, time_formats, value, why);
	case PARAM_TIME_OFFSET:
		return read_offset(text, len, value, why);
	default:
		return read_choice(text, len, encodings, value, why);
	}
}

/* ---- time ------------------------------------------------------------- */

static const char *const day_names[] = { "Sun", "Mon", "Tue", "Wed",
					 "Thu", "Fri", "Sat" };
static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr",
					   "May", "Jun", "Jul", "Aug",
					   "Sep", "Oct", "Nov", "Dec" };

static bool print_date(struct buf *out, enum time_format format, int64_t ns)
{
	time_t seconds = (time_t)(ns / (int64_t)UNIT_NS_PER_S);
	int64_t ms = ns % (int64_t)UNIT_NS_PER_S / (int64_t)UNIT_NS_PER_MS;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return false;
	/* IMF-fixdate of RFC 9110, section 5.6.7. */
	if (format == TIME_HTTP)
		return buf_printf(out, "%s, %02d %s %04d %02d:%02d:%02d GMT",
				  day_names[tm.tm_wday], tm.tm_mday,
				  month_names[tm.tm_mon], tm.tm_year + 1900,
				  tm.tm_hour, tm.tm_min, tm.tm_sec);
	buf_printf(out, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
		   tm.tm_mday);
	if (format != TIME_DATE)
		buf_printf(out, "T%02d:%02d:%02d", tm.tm_hour, tm.tm_min,
			   tm.tm_sec);
	if (format == TIME_ISO_MS)
		buf_printf(out, ".%03d", (int)ms);
	return format == TIME_DATE || buf_putc(out, 'Z');
}

static bool run_now(const struct call *call, struct buf *out, struct buf *why)
{
	enum time_format format = (enum time_format)call->part->constant[0];
	int64_t ns;

	if (call->world->wall_ns > INT64_MAX ||
	    __builtin_add_overflow((int64_t)call->world->wall_ns,
				   call->part->constant[1], &ns) ||
	    ns < 0) {
		buf_puts(why, "now() with this offset is before 1970 or too "
			      "far away");
		return false;
	}
	switch (format) {
	case TIME_UNIX:
		return buf_printf(out, "%" PRId64, ns / (int64_t)UNIT_NS_PER_S);
	case TIME_UNIX_MS:
		return buf_printf(out, "%" PRId64,
				  ns / (int64_t)UNIT_NS_PER_MS);
	case TIME_UNIX_NS:
		return buf_printf(out, "%" PRId64, ns);
	default:
		return print_date(out, format, ns);
	}
}

/* ---- random ----------------------------------------------------------- */

static bool draw(const struct call *call, void *bytes, size_t n,
		 struct buf *why)
{
	const struct template_world *world = call->world;

	if (world->random && world->random(world->self, bytes, n))
		return true;
	buf_puts(why, "there are no random bytes");
	return false;
}

static bool run_uuid(const struct call *call, struct buf *out, struct buf *why)
{
	unsigned char b[UUID_BYTES];

	if (!draw(call, b, sizeof(b), why))
		return false;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	bool done = true;
	for (size_t i = 0; i < sizeof(b); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_putc(out, '-');
		done = text_hex_encode(out, &b[i], 1);
	}
	return done;
}

/* A number below n without bias; n 0 stands for 2^64. */
static bool draw_below(const struct call *call, uint64_t n, uint64_t *value,
		       struct buf *why)
{
	/* Draws at or above the largest multiple of n are thrown away. */
	uint64_t rest = n ? (UINT64_MAX % n + 1) % n : 0;

	for (int tries = 0; tries < RANDOM_TRIES; tries++) {
		if (!draw(call, value, sizeof(*value), why))
			return false;
		if (*value <= UINT64_MAX - rest)
			break;
	}
	if (n)
		*value %= n;
	return true;
}

static bool run_random(const struct call *call, struct buf *out,
		       struct buf *why)
{
	int64_t low = call->part->constant[0];
	int64_t high = call->part->constant[1];
	uint64_t value;

	if (!draw_below(call, (uint64_t)high - (uint64_t)low + 1, &value, why))
		return false;
	return buf_printf(out, "%" PRId64, (int64_t)((uint64_t)low + value));
}

static bool run_random_string(const struct call *call, struct buf *out,
			      struct buf *why)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789";
	enum { LETTERS = sizeof(letters) - 1, PER_DRAW = 10 };
	uint64_t value = 0;
	uint64_t range = 1; /* LETTERS to the power of PER_DRAW < 2^60 */

	for (int i = 0; i < PER_DRAW; i++)
		range *= LETTERS;
	for (int64_t i = 0; i < call->part->constant[0]; i++) {
		if (i % PER_DRAW == 0 && !draw_below(call, range, &value, why))
			return false;
		if (!buf_putc(out, letters[value % LETTERS]))
			return false;
		value /= LETTERS;
	}
	return true;
}

/* ---- encodings and digests -------------------------------------------- */

static bool run_base64(const struct call *call, struct buf *out,
		       struct buf *why)
{
	(void)why;
	return text_base64_encode(out, TEXT_BASE64, buf_text(&call->arg[0]),
				  call->arg[0].len);
}

static bool run_base64url(const struct call *call, struct buf *out,
			  struct buf *why)
{
	(void)why;
	return text_base64_encode(out, TEXT_BASE64_URL, buf_text(&call->arg[0]),
				  call->arg[0].len);
}

static bool run_urlencode(const struct call *call, struct buf *out,
			  struct buf *why)
{
	(void)why;
	return text_percent_encode(out, buf_text(&call->arg[0]),
				   call->arg[0].len);
}

static bool change_case(const struct call *call, struct buf *out, char first,
			char last)
{
	const char *text = buf_text(&call->arg[0]);
	bool done = true;

	for (size_t i = 0; i < call->arg[0].len && done; i++) {
		bool changes = text[i] >= first && text[i] <= last;
		done = buf_putc(out, (char)(text[i] ^ (changes ? 0x20 : 0)));
	}
	return done;
}

static bool run_lower(const struct call *call, struct buf *out, struct buf *why)
{
	(void)why;
	return change_case(call, out, 'A', 'Z');
}

static bool run_upper(const struct call *call, struct buf *out, struct buf *why)
{
	(void)why;
	return change_case(call, out, 'a', 'z');
}

static bool run_concat(const struct call *call, struct buf *out,
		       struct buf *why)
{
	bool done = true;

	(void)why;
	for (size_t i = 0; i < call->part->args && done; i++)
		done = buf_add(out, buf_text(&call->arg[i]), call->arg[i].len);
	return done;
}

static bool print_digest(const struct call *call, struct buf *out,
			 size_t encoding_arg, const unsigned char *digest)
{
	/* The only constant of a digest is its last argument. */
	int64_t encoding = call->part->args > encoding_arg
				   ? call->part->constant[0]
				   : DIGEST_HEX;

	if (encoding == DIGEST_HEX)
		return text_hex_encode(out, digest, TEMPLATE_DIGEST_BYTES);
	return text_base64_encode(
		out, encoding == DIGEST_BASE64 ? TEXT_BASE64 : TEXT_BASE64_URL,
		digest, TEMPLATE_DIGEST_BYTES);
}

static bool no_digest(struct buf *why)
{
	buf_puts(why, "the digest could not be computed");
	return false;
}

static bool run_sha256(const struct call *call, struct buf *out,
		       struct buf *why)
{
	const struct template_world *w = call->world;
	unsigned char digest[TEMPLATE_DIGEST_BYTES];

	if (!w->sha256 || !w->sha256(w->self, buf_text(&call->arg[0]),
				     call->arg[0].len, digest))
		return no_digest(why);
	return print_digest(call, out, 1, digest);
}

static bool run_hmac(const struct call *call, struct buf *out, struct buf *why)
{
	const struct template_world *w = call->world;
	unsigned char digest[TEMPLATE_DIGEST_BYTES];

	if (!w->hmac_sha256 ||
	    !w->hmac_sha256(w->self, buf_text(&call->arg[0]), call->arg[0].len,
			    buf_text(&call->arg[1]), call->arg[1].len, digest))
		return no_digest(why);
	return print_digest(call, out, 2, digest);
}

/* ---- the table -------------------------------------------------------- */

static const struct template_fn functions[] = {
	{ "uuid", 0, 0, { PARAM_TEXT }, false, run_uuid },
	{ "now",
	  0,
	  2,
	  { PARAM_TIME_FORMAT, PARAM_TIME_OFFSET },
	  false,
	  run_now },
	{ "random", 2, 2, { PARAM_INT, PARAM_INT }, false, run_random },
	{ "random_string", 1, 1, { PARAM_INT }, false, run_random_string },
	{ "base64", 1, 1, { PARAM_TEXT }, true, run_base64 },
	{ "base64url", 1, 1, { PARAM_TEXT }, true, run_base64url },
	{ "urlencode", 1, 1, { PARAM_TEXT }, true, run_urlencode },
	{ "lower", 1, 1, { PARAM_TEXT }, true, run_lower },
	{ "upper", 1, 1, { PARAM_TEXT }, true, run_upper },
	{ "concat", 1, TEMPLATE_ARGS_MAX, { PARAM_TEXT }, true, run_concat },
	{ "sha256", 1, 2, { PARAM_TEXT, PARAM_ENCODING }, false, run_sha256 },
	{ "hmac_sha256",
	  2,
	  3,
	  { PARAM_TEXT, PARAM_TEXT, PARAM_ENCODING },
	  false,
	  run_hmac },
};

enum { FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

const struct template_fn *template_fn_find(const char *name)
{
	for (size_t i = 0; i < FUNCTIONS; i++)
		if (!strcmp(functions[i].name, name))
			return &functions[i];
	return NULL;
}

const char *template_fn_nearest(const char *name)
{
	struct text_nearest near;

	text_nearest_init(&near, name, strlen(name));
	for (size_t i = 0; i < FUNCTIONS; i++)
		text_nearest_add(&near, functions[i].name);
	return near.best;
}

enum param_kind template_fn_param(const struct template_fn *fn, size_t index)
{
	enum { LAST = 2 };

	/* Only concat() has more, all of them texts. */
	return index <= LAST ? fn->param[index] : PARAM_TEXT;
}

/* What the arguments must be together. */
static bool check_ranges(const struct template_part *part, size_t *index,
			 struct buf *why)
{
	if (part->fn->run == run_random &&
	    part->constant[0] > part->constant[1]) {
		*index = 0;
		buf_printf(why, "%" PRId64 " is above %" PRId64,
			   part->constant[0], part->constant[1]);
		return false;
	}
	if (part->fn->run == run_random_string &&
	    (part->constant[0] < 1 ||
	     part->constant[0] > TEMPLATE_RANDOM_STRING)) {
		*index = 0;
		buf_printf(why, "the length must be 1 to %d, got %" PRId64,
			   TEMPLATE_RANDOM_STRING, part->constant[0]);
		return false;
	}
	return true;
}

bool template_fn_constants(struct template_part *part, size_t *index,
			   struct buf *why)
{
	size_t found = 0;

	for (size_t i = 0; i < part->args; i++) {
		enum param_kind kind = template_fn_param(part->fn, i);
		size_t len;
		if (kind == PARAM_TEXT)
			continue;
		*index = i;
		const char *text = template_text(part->arg[i], &len);
		if (!text) {
			buf_puts(why, "this argument must be known when the "
				      "file is loaded");
			return false;
		}
		if (!read_constant(kind, text, len, &part->constant[found++],
				   why))
			return false;
	}
	return check_ranges(part, index, why);
}
