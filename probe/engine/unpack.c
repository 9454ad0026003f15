/* SPDX-License-Identifier: MIT */
#include "probe/engine/unpack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum {
	PIECE_BYTES = 16 << 10,
	GZIP_BITS = MAX_WBITS + 16,
	RAW_BITS = -MAX_WBITS,
	FRAME_BYTES = 2,    /* in front of deflate */
	RAW_TAIL_BYTES = 4, /* a checksum that may follow without its frame */
};

enum coding { CODING_UNKNOWN, CODING_IDENTITY, CODING_GZIP, CODING_DEFLATE };

static const struct {
	const char *name;
	enum coding coding;
} names[] = {
	{ "gzip", CODING_GZIP },       { "x-gzip", CODING_GZIP },
	{ "deflate", CODING_DEFLATE }, { "identity", CODING_IDENTITY },
	{ "none", CODING_IDENTITY },
};

struct unpack {
	struct unpack *inner; /* or NULL */
	enum coding coding;
	unsigned depth; /* of codings, with this one */
	bool is_over;	/* the end of the stream has come */
	unsigned tail;	/* bytes that may still follow it */
	unsigned n_first;
	unsigned char first[FRAME_BYTES]; /* of deflate */
	z_stream z;
};

/* Where the innermost one writes to. */
struct drain {
	bool (*take)(void *self, const char *bytes, size_t len);
	void *self;
};

static enum coding coding_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (len == strlen(names[i].name) &&
		    !strncasecmp(name, names[i].name, len))
			return names[i].coding;
	return CODING_UNKNOWN;
}

static bool is_packed(const struct unpack *u)
{
	return u->coding == CODING_GZIP || u->coding == CODING_DEFLATE;
}

enum unpack_flaw unpack_add(struct unpack **u, const char *name, size_t len)
{
	unsigned depth = *u ? (*u)->depth : 0;

	if (depth >= UNPACK_CODINGS_MAX)
		return UNPACK_TOO_MANY;
	struct unpack *outer = calloc(1, sizeof(*outer));
	if (!outer)
		return UNPACK_MEMORY;
	outer->coding = coding_of(name, len);
	outer->depth = depth + 1;
	outer->inner = *u;
	if (is_packed(outer) &&
	    inflateInit2(&outer->z, outer->coding == CODING_GZIP
					    ? GZIP_BITS
					    : MAX_WBITS) != Z_OK) {
		free(outer);
		return UNPACK_MEMORY;
	}
	*u = outer;
	return UNPACK_FINE;
}

enum unpack_flaw unpack_add_list(struct unpack **u, const char *list)
{
	enum unpack_flaw flaw = UNPACK_FINE;

	while (*list && !flaw) {
		list += strspn(list, ", \t");
		size_t n = strcspn(list, ", \t");
		if (n)
			flaw = unpack_add(u, list, n);
		list += n;
	}
	return flaw;
}

bool unpack_is_whole(const struct unpack *u)
{
	for (; u; u = u->inner)
		if (is_packed(u) && !u->is_over &&
		    (u->z.total_in || u->n_first))
			return false;
	return true;
}

void unpack_free(struct unpack *u)
{
	while (u) {
		struct unpack *inner = u->inner;
		if (is_packed(u))
			inflateEnd(&u->z);
		free(u);
		u = inner;
	}
}

static enum unpack_flaw pass(struct unpack *u, const char *bytes, size_t len,
			     const struct drain *drain);

/* Bytes behind the end, of which a few may be a checksum. */
static enum unpack_flaw take_tail(struct unpack *u, size_t len)
{
	if (len > u->tail)
		return UNPACK_BEHIND;
	u->tail -= (unsigned)len;
	return UNPACK_FINE;
}

static enum unpack_flaw inflate_piece(struct unpack *u, const void *bytes,
				      size_t len, const struct drain *drain)
{
	char out[PIECE_BYTES];

	u->z.next_in = (z_const Bytef *)(uintptr_t)bytes;
	u->z.avail_in = (uInt)len;
	for (;;) {
		u->z.next_out = (Bytef *)out;
		u->z.avail_out = sizeof(out);
		int rc = inflate(&u->z, Z_SYNC_FLUSH);
		size_t n = sizeof(out) - u->z.avail_out;
		if (n && (rc == Z_OK || rc == Z_STREAM_END)) {
			enum unpack_flaw flaw = pass(u->inner, out, n, drain);
			if (flaw)
				return flaw;
		}
		if (rc == Z_BUF_ERROR)
			return UNPACK_FINE; /* more has to come first */
		if (rc == Z_STREAM_END) {
			u->is_over = true;
			return take_tail(u, u->z.avail_in);
		}
		if (rc != Z_OK)
			return rc == Z_MEM_ERROR ? UNPACK_MEMORY
						 : UNPACK_BROKEN;
	}
}

/* RFC 1950 section 2.2 */
static bool is_frame(const unsigned char *first)
{
	return (first[0] & 0x0f) == 8 && first[0] >> 4 <= 7 &&
	       (first[0] << 8 | first[1]) % 31 == 0;
}

/* Some servers leave out the frame of deflate, so two bytes decide. */
static enum unpack_flaw take_first(struct unpack *u, char byte,
				   const struct drain *drain)
{
	u->first[u->n_first++] = (unsigned char)byte;
	if (u->n_first < FRAME_BYTES)
		return UNPACK_FINE;
	if (!is_frame(u->first)) {
		u->tail = RAW_TAIL_BYTES;
		if (inflateReset2(&u->z, RAW_BITS) != Z_OK)
			return UNPACK_MEMORY;
	}
	return inflate_piece(u, u->first, FRAME_BYTES, drain);
}

static enum unpack_flaw pass(struct unpack *u, const char *bytes, size_t len,
			     const struct drain *drain)
{
	enum unpack_flaw flaw = UNPACK_FINE;

	if (!u)
		return drain->take(drain->self, bytes, len) ? UNPACK_FINE
							    : UNPACK_REFUSED;
	if (u->coding == CODING_UNKNOWN)
		return UNPACK_UNKNOWN;
	if (u->coding == CODING_IDENTITY)
		return pass(u->inner, bytes, len, drain);
	while (len && !flaw) {
		bool is_first =
			u->coding == CODING_DEFLATE && u->n_first < FRAME_BYTES;
		size_t n = is_first ? 1 : len < PIECE_BYTES ? len : PIECE_BYTES;
		if (is_first)
			flaw = take_first(u, *bytes, drain);
		else
			flaw = u->is_over ? take_tail(u, n)
					  : inflate_piece(u, bytes, n, drain);
		bytes += n;
		len -= n;
	}
	return flaw;
}

enum unpack_flaw unpack_write(struct unpack *u, const char *bytes, size_t len,
			      bool (*take)(void *self, const char *bytes,
					   size_t len),
			      void *self)
{
	return pass(u, bytes, len,
		    &(struct drain){ .take = take, .self = self });
}

const char *unpack_say(enum unpack_flaw flaw)
{
	static const char *const words[UNPACK_FLAW_N] = {
		[UNPACK_FINE] = "",
		[UNPACK_TOO_MANY] = "more than 5 codings lie on the body",
		[UNPACK_UNKNOWN] = "a coding of the body that is not known",
		[UNPACK_BROKEN] = "the body is not what its coding says",
		[UNPACK_BEHIND] = "bytes follow the end of the packed body",
		[UNPACK_MEMORY] = "not enough memory",
		[UNPACK_REFUSED] = "the body could not be taken",
		[UNPACK_CUT] = "the packed body was cut off",
	};

	return words[flaw];
}
