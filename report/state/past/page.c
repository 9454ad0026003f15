/* SPDX-License-Identifier: MIT */
#include "report/state/past/past.h"

#include <string.h>

#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

/*
 * A page is so many cells in their order.  A cell begins with a byte of flags
 * that say what follows: times that are not zero (none does when the only one
 * is as long as the cell), counts, latency with its length, and how many more
 * cells are the same.
 */
enum {
	CELL_TIMES = 0x0f, /* a bit each mark */
	CELL_WHOLE = 0x10,
	CELL_COUNTS = 0x20,
	CELL_LATENCY = 0x40,
	CELL_AGAIN = 0x80,
	DAYS_IN_PAGE = 32,
};

static const struct {
	uint64_t length_ns;
	size_t n;
} levels[BUCKET_LEVELS_N] = {
	[BUCKET_RAW] = { UNIT_NS_PER_S, 1 }, /* no pages */
	[BUCKET_MINUTE] = { UNIT_NS_PER_MIN, 60 },
	[BUCKET_HOUR] = { UNIT_NS_PER_H, 24 },
	[BUCKET_DAY] = { UNIT_NS_PER_DAY, DAYS_IN_PAGE },
};

uint64_t cell_length_ns(enum bucket_level level)
{
	return levels[level].length_ns;
}

size_t page_cells(enum bucket_level level)
{
	return levels[level].n;
}

uint64_t page_length_ns(enum bucket_level level)
{
	return levels[level].length_ns * levels[level].n;
}

/* ---- packing ------------------------------------------------------------- */

static bool has_counts(const struct cell *c)
{
	return c->n_checks || c->n_failed || c->n_requests || c->n_errors;
}

bool cell_is_empty(const struct cell *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < MARK_SEEN_N; i++)
		sum |= c->ns[i];
	return !sum && !has_counts(c) && !c->latency_len;
}

static bool same_plain(const struct cell *a, const struct cell *b)
{
	return !has_counts(a) && !has_counts(b) && !a->latency_len &&
	       !b->latency_len && !memcmp(a->ns, b->ns, sizeof(a->ns));
}

static unsigned flags_of(const struct cell *c, uint64_t length_ns)
{
	unsigned flags = 0, n = 0;
	bool is_whole = false;

	for (unsigned i = 0; i < MARK_SEEN_N; i++)
		if (c->ns[i]) {
			flags |= 1u << i;
			is_whole = c->ns[i] == length_ns;
			n++;
		}
	if (n == 1 && is_whole)
		flags |= CELL_WHOLE;
	if (has_counts(c))
		flags |= CELL_COUNTS;
	if (c->latency_len)
		flags |= CELL_LATENCY;
	return flags;
}

static void pack_cell(const struct cell *c, unsigned flags, struct buf *out)
{
	buf_putc(out, (char)flags);
	for (unsigned i = 0; i < MARK_SEEN_N && !(flags & CELL_WHOLE); i++)
		if (c->ns[i])
			pack_number(out, c->ns[i]);
	if (flags & CELL_COUNTS) {
		pack_number(out, c->n_checks);
		pack_number(out, c->n_failed);
		pack_number(out, c->n_requests);
		pack_number(out, c->n_errors);
	}
	if (flags & CELL_LATENCY) {
		pack_number(out, c->latency_len);
		buf_add(out, c->latency, c->latency_len);
	}
}

bool page_pack(enum bucket_level level, const struct cell *cells,
	       struct buf *out)
{
	size_t n = levels[level].n;

	for (size_t i = 0, same; i < n; i += 1 + same) {
		unsigned flags = flags_of(&cells[i], levels[level].length_ns);

		same = 0;
		while (i + 1 + same < n &&
		       same_plain(&cells[i], &cells[i + 1 + same]))
			same++;
		if (same)
			flags |= CELL_AGAIN;
		pack_cell(&cells[i], flags, out);
		if (same)
			pack_number(out, same);
	}
	return buf_ok(out);
}

/* ---- unpacking -------------------------------------------------------------- */

static void unpack_times(struct unpack *u, unsigned flags, uint64_t length_ns,
			 struct cell *c)
{
	uint64_t left = length_ns;

	for (unsigned i = 0; i < MARK_SEEN_N; i++) {
		if (!(flags & 1u << i))
			continue;
		c->ns[i] = flags & CELL_WHOLE ? length_ns : unpack_number(u);
		if (c->ns[i] > left)
			u->is_bad = true;
		left -= c->ns[i];
	}
}

static void unpack_latency(struct unpack *u, struct arena *a, struct cell *c)
{
	uint64_t len = unpack_number(u);

	if (u->is_bad || len > u->len - u->at) {
		u->is_bad = true;
		return;
	}
	c->latency = (const unsigned char *)arena_strndup(
		a, (const char *)u->bytes + u->at, len);
	c->latency_len = c->latency ? len : 0;
	u->is_bad |= !c->latency;
	u->at += len;
}

static void unpack_cell(struct unpack *u, unsigned flags, uint64_t length_ns,
			struct arena *a, struct cell *c)
{
	unpack_times(u, flags, length_ns, c);
	if (flags & CELL_COUNTS) {
		c->n_checks = unpack_number(u);
		c->n_failed = unpack_number(u);
		c->n_requests = unpack_number(u);
		c->n_errors = unpack_number(u);
	}
	if (flags & CELL_LATENCY)
		unpack_latency(u, a, c);
}

bool page_unpack(enum bucket_level level, const unsigned char *bytes,
		 size_t len, struct arena *a, struct cell *cells)
{
	struct unpack u = { .bytes = bytes, .len = len };
	size_t n = levels[level].n;

	memset(cells, 0, n * sizeof(*cells));
	for (size_t i = 0; i < n && !u.is_bad; i++) {
		if (u.at >= u.len)
			return false;
		unsigned flags = u.bytes[u.at++];
		size_t first = i;
		uint64_t same;

		unpack_cell(&u, flags, levels[level].length_ns, a, &cells[i]);
		same = flags & CELL_AGAIN ? unpack_number(&u) : 0;
		if (same > n - 1 - i)
			return false;
		while (same-- > 0)
			cells[++i] = cells[first];
	}
	return !u.is_bad && u.at == u.len;
}

/* ---- in the file ---------------------------------------------------------------- */

bool page_read(struct state *st, int64_t watched, enum bucket_level level,
	       uint64_t from_at_ns, struct arena *a, struct cell *cells,
	       struct errs *es)
{
	bool is_good = true;
	struct query q;

	memset(cells, 0, levels[level].n * sizeof(*cells));
	query_start(&q, st,
		    "SELECT cells FROM page WHERE watched = ? AND level = ? "
		    "AND from_at = ?",
		    es);
	query_int(&q, watched);
	query_int(&q, level);
	query_ns(&q, from_at_ns);
	if (query_step(&q)) {
		size_t len;
		const unsigned char *bytes = row_blob(&q, 0, &len);

		is_good = page_unpack(level, bytes, len, a, cells);
	}
	if (!query_end(&q))
		return false;
	return is_good || errs_add(es, ERR_INPUT, NOWHERE,
				   "state file \"%s\" is damaged: buckets of "
				   "the past cannot be read; restore a copy, "
				   "or move it away to begin anew",
				   st->path);
}

bool page_write(struct state *st, int64_t watched, enum bucket_level level,
		uint64_t from_at_ns, const struct cell *cells, struct errs *es)
{
	struct buf bytes;
	struct query q;

	buf_init(&bytes, STATE_BLOB_MAX);
	if (!page_pack(level, cells, &bytes)) {
		buf_release(&bytes);
		return errs_nomem(es);
	}
	query_start(&q, st,
		    "INSERT OR REPLACE INTO page (watched, level, from_at, "
		    "cells) VALUES (?, ?, ?, ?)",
		    es);
	query_int(&q, watched);
	query_int(&q, level);
	query_ns(&q, from_at_ns);
	query_blob(&q, bytes.text, bytes.len);
	buf_release(&bytes);
	return query_run(&q);
}
