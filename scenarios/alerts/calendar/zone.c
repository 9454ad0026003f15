/* SPDX-License-Identifier: MIT */
#include "scenarios/alerts/calendar/zone.h"

#include <string.h>

#include "scenarios/alerts/calendar/zone_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/doc/doc.h"

enum {
	HEADER_BYTES = 44,
	TYPE_BYTES = 6,	  /* of a local time type record */
	TIMES_MAX = 2000, /* RFC 9636 leaves it open; tzcode takes as many */
	TYPES_MAX = 256,
};

struct header {
	char version;
	uint32_t n_is_ut, n_is_std, n_leap, n_times, n_types, n_chars;
};

struct bytes {
	const unsigned char *at;
	size_t left;
};

static int64_t big_endian(const unsigned char *at, unsigned n)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < n; i++)
		value = value << 8 | at[i];
	if (n < 8 && value >> (8 * n - 1))
		value |= ~UINT64_C(0) << (8 * n);
	return (int64_t)value;
}

static bool header_read(struct bytes *b, struct header *out)
{
	const unsigned char *p = b->at;
	uint32_t *const count[] = {
		&out->n_is_ut, &out->n_is_std, &out->n_leap,
		&out->n_times, &out->n_types,  &out->n_chars
	};

	if (b->left < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
		return false;
	out->version = (char)p[4];
	for (size_t i = 0; i < sizeof(count) / sizeof(*count); i++)
		*count[i] = (uint32_t)big_endian(p + 20 + 4 * i, 4);
	b->at += HEADER_BYTES;
	b->left -= HEADER_BYTES;
	return out->n_times <= TIMES_MAX && out->n_types >= 1 &&
	       out->n_types <= TYPES_MAX && !out->n_leap &&
	       out->n_chars <= TYPES_MAX && out->n_is_std <= out->n_types &&
	       out->n_is_ut <= out->n_types;
}

static size_t block_bytes(const struct header *h, unsigned time_bytes)
{
	return (size_t)h->n_times * (time_bytes + 1) +
	       (size_t)h->n_types * TYPE_BYTES + h->n_chars + h->n_is_std +
	       h->n_is_ut;
}

/* Times, the type of each, the types. */
static bool block_read(struct arena *a, struct bytes *b, const struct header *h,
		       unsigned time_bytes, struct zone *z)
{
	size_t size = block_bytes(h, time_bytes);
	const unsigned char *index = b->at + (size_t)h->n_times * time_bytes;
	const unsigned char *types = index + h->n_times;

	if (b->left < size)
		return false;
	int64_t *at = arena_alloc(a, h->n_times + 1, sizeof(*at));
	int32_t *offset = arena_alloc(a, h->n_times + 1, sizeof(*offset));
	if (!at || !offset)
		return false;
	for (uint32_t i = 0; i < h->n_times; i++) {
		at[i] = big_endian(b->at + (size_t)i * time_bytes, time_bytes);
		if (index[i] >= h->n_types || (i && at[i] <= at[i - 1]))
			return false;
		offset[i] = (int32_t)big_endian(
			types + (size_t)index[i] * TYPE_BYTES, 4);
	}
	for (uint32_t i = 0; i < h->n_types; i++) {
		int64_t o = big_endian(types + (size_t)i * TYPE_BYTES, 4);
		if (o > ZONE_OFFSET_MAX_S || o < -ZONE_OFFSET_MAX_S)
			return false;
	}
	z->n = h->n_times;
	z->at_s = at;
	z->offset_s = offset;
	z->first_s = (int32_t)big_endian(types, 4);
	b->at += size;
	b->left -= size;
	return true;
}

/* A line feed, the rule, a line feed. */
static bool footer_read(struct bytes *b, struct zone *z)
{
	if (b->left < 2 || *b->at != '\n')
		return false;
	const char *from = (const char *)b->at + 1;
	const char *end = memchr(from, '\n', b->left - 1);
	return end && zone_rule_parse(from, (size_t)(end - from), &z->rule);
}

static bool file_read(struct arena *a, struct bytes *b, struct zone *z)
{
	struct header h;

	if (!header_read(b, &h))
		return false;
	if (!h.version)
		return block_read(a, b, &h, 4, z);
	if (h.version < '2' || b->left < block_bytes(&h, 4))
		return false;
	b->left -= block_bytes(&h, 4);
	b->at += block_bytes(&h, 4);
	return header_read(b, &h) && block_read(a, b, &h, 8, z) &&
	       footer_read(b, z);
}

const struct zone *zone_parse(struct arena *a, const void *bytes, size_t len,
			      struct buf *why)
{
	struct bytes b = { bytes, len };
	struct zone *z = arena_alloc(a, 1, sizeof(*z));

	if (z && file_read(a, &b, z))
		return z;
	if (why)
		buf_puts(why, z ? "it is no time zone file (RFC 9636)"
				: "no memory");
	return NULL;
}

/* ---- by name -------------------------------------------------------- */

/* Nothing that leads out of the folder, or to what is no zone in it. */
static bool is_zone_name(const char *name)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_+-/";
	size_t len = strlen(name);

	return len && len <= ZONE_NAME_MAX && name[0] != '/' &&
	       strspn(name, letters) == len && !strstr(name, "//") &&
	       name[len - 1] != '/' && strncmp(name, "right/", 6) != 0 &&
	       strncmp(name, "posix/", 6) != 0;
}

static bool is_utc(const char *name)
{
	return !*name || !strcmp(name, "UTC") || !strcmp(name, "Etc/UTC");
}

bool zone_read(struct arena *a, const char *name, const struct zone **out,
	       struct buf *why)
{
	struct errs es = { 0 };
	struct source *src = NULL;

	*out = NULL;
	if (is_utc(name))
		return true;
	if (!is_zone_name(name))
		return buf_printf(why,
				  "\"%.64s\" is no name of a time zone: write "
				  "one like Asia/Jakarta",
				  name) &&
		       false;
	char *path = arena_printf(a, "%s/%s", ZONE_FOLDER, name);
	if (path && doc_read_source(a, path, ZONE_FILE_MAX, &src, &es)) {
		*out = zone_parse(a, src->text, src->len, why);
		return *out != NULL;
	}
	buf_printf(why,
		   "there is no time zone \"%s\" on this machine: names are "
		   "like Asia/Jakarta or UTC, and come with the package tzdata",
		   name);
	return false;
}

/* ---- using ---------------------------------------------------------- */

int32_t zone_offset_s(const struct zone *z, int64_t at_s)
{
	if (!z)
		return 0;
	size_t low = 0, high = z ? z->n : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (z->at_s[middle] <= at_s)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == z->n && z->rule.is_set)
		return zone_rule_offset_s(&z->rule, at_s);
	return low ? z->offset_s[low - 1] : z->first_s;
}

/* A change of offset between two moments, found by halving; there is one. */
static int64_t jump_between(const struct zone *z, int64_t low, int64_t high)
{
	int32_t before = zone_offset_s(z, low);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;
		if (zone_offset_s(z, middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}

void zone_moments(const struct zone *z, int64_t local_s, int64_t *first,
		  int64_t *last)
{
	/* offsets on both sides of whatever may change around it */
	int64_t early = local_s - ZONE_OFFSET_MAX_S;
	int64_t late = local_s + ZONE_OFFSET_MAX_S;
	int64_t by_early = local_s - zone_offset_s(z, early);
	int64_t by_late = local_s - zone_offset_s(z, late);
	bool early_is = by_early + zone_offset_s(z, by_early) == local_s;
	bool late_is = by_late + zone_offset_s(z, by_late) == local_s;

	if (early_is && late_is) {
		*first = by_early < by_late ? by_early : by_late;
		*last = by_early < by_late ? by_late : by_early;
	} else if (early_is || late_is) {
		*first = *last = early_is ? by_early : by_late;
	} else {
		*first = *last = jump_between(z, early, late);
	}
}
