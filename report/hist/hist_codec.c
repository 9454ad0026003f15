/* SPDX-License-Identifier: MIT */
#include "report/hist/hist.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "report/hist/hist_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"

/*
 * All numbers are big endian.  Outside: cookie, length of what follows, and
 * that much of zlib.  Inside of it: cookie, length of the counts in bytes, an
 * offset that concerns only the writer's memory, digits, lowest and highest
 * value, a factor for writers of fractions, and the counts from the first
 * bucket on.  A count is a zigzag number in groups of seven bits, the lowest
 * first; a negative one is so many buckets with none.
 */
enum {
	COOKIE_PACKED = 0x1c849314,
	COOKIE_PLAIN = 0x1c849313,
	PACKED_HEAD_BYTES = 8,
	PLAIN_HEAD_BYTES = 40,
	AT_LENGTH = 4,
	AT_DIGITS = 12,
	AT_LOW = 16,
	AT_HIGH = 24,
	NUMBER_BYTES = 9, /* the longest number; its last byte has 8 bits */
	CHUNK_BYTES = 16 << 10,
	/* counts of the largest range, of the most digits */
	COUNTS_MAX = 819200,
	PLAIN_MAX_BYTES = PLAIN_HEAD_BYTES + COUNTS_MAX * NUMBER_BYTES,
};

#define FACTOR_ONE UINT64_C(0x3ff0000000000000) /* 1.0 of IEEE 754 */

/* ---- writing ---------------------------------------------------------- */

static void put_be(struct buf *out, uint64_t value, unsigned n_bytes)
{
	while (n_bytes-- > 0)
		buf_putc(out, (char)(value >> (8 * n_bytes) & 0xff));
}

static void put_number(struct buf *out, int64_t number)
{
	uint64_t rest = ((uint64_t)number << 1) ^ (uint64_t)(number >> 63);

	for (unsigned i = 1; i < NUMBER_BYTES && rest > 0x7f; i++) {
		buf_putc(out, (char)((rest & 0x7f) | 0x80));
		rest >>= 7;
	}
	buf_putc(out, (char)rest);
}

static void put_counts(struct buf *out, const struct hist *h)
{
	size_t to = hist_used(h).to;

	if (to == 0)
		put_number(out, 0);
	for (size_t i = 0; i < to;) {
		size_t from = i;

		while (h->counts[i] == 0)
			i++;
		if (i - from > 1)
			put_number(out, -(int64_t)(i - from));
		else if (i - from == 1)
			put_number(out, 0);
		put_number(out, (int64_t)h->counts[i++]);
	}
}

static void put_plain(struct buf *out, const struct hist *h)
{
	struct buf counts;

	buf_init(&counts, PLAIN_MAX_BYTES);
	put_counts(&counts, h);
	put_be(out, COOKIE_PLAIN, 4);
	put_be(out, counts.len, 4);
	put_be(out, 0, 4);
	put_be(out, h->digits, 4);
	put_be(out, h->low_ns, 8);
	put_be(out, h->high_ns, 8);
	put_be(out, FACTOR_ONE, 8);
	buf_add(out, buf_text(&counts), counts.len);
	out->failed |= !buf_ok(&counts);
	buf_release(&counts);
}

bool hist_encode(const struct hist *h, struct buf *out)
{
	struct buf plain, packed;
	Bytef *zipped = NULL;
	bool is_done = false;

	buf_init(&plain, PLAIN_MAX_BYTES);
	buf_init(&packed, BUF_NO_LIMIT);
	put_plain(&plain, h);
	uLongf len = compressBound(plain.len);
	if (buf_ok(&plain))
		zipped = malloc(len);
	if (!zipped || compress(zipped, &len, (const Bytef *)plain.text,
				plain.len) != Z_OK)
		goto out;
	put_be(&packed, COOKIE_PACKED, 4);
	put_be(&packed, len, 4);
	buf_add(&packed, zipped, len);
	is_done = buf_ok(&packed) &&
		  text_base64_encode(out, TEXT_BASE64, packed.text, packed.len);
out:
	free(zipped);
	buf_release(&plain);
	buf_release(&packed);
	return is_done;
}

/* ---- reading ---------------------------------------------------------- */

struct decoder {
	struct buf packed, plain;
	struct place at;
	struct errs *es;
};

#define BAD(d, ...) errs_add((d)->es, ERR_INPUT, (d)->at, __VA_ARGS__)

static uint64_t get_be(const struct buf *from, size_t at, unsigned n_bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < n_bytes; i++)
		value = value << 8 | (unsigned char)from->text[at + i];
	return value;
}

static bool is_base64_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

static bool read_base64(struct decoder *d, const char *text, size_t len)
{
	size_t at = 0;

	if (len > HIST_TEXT_MAX)
		return BAD(d, "histogram has %zu bytes, at most %zu are read",
			   len, HIST_TEXT_MAX);
	if (text_base64_decode(&d->packed, TEXT_BASE64, text, len))
		return true;
	if (d->packed.failed)
		return errs_nomem(d->es);
	while (at < len && is_base64_byte(text[at]))
		at++;
	if (at < len)
		return BAD(d, "histogram is no base64: byte %zu is 0x%02x", at,
			   (unsigned char)text[at]);
	return BAD(d, "histogram is no base64: its end, at byte %zu, is wrong",
		   len);
}

/* What is said and what is there. */
static bool check_head(struct decoder *d, const struct buf *from,
		       uint32_t cookie, size_t head_bytes, const char *part)
{
	if (from->len < head_bytes)
		return BAD(d,
			   "histogram is cut: %s has %zu bytes, at least "
			   "%zu are needed",
			   part, from->len, head_bytes);
	if (get_be(from, 0, 4) != cookie)
		return BAD(d,
			   "histogram is not of the V2 encoding: byte 0 of "
			   "%s is 0x%08" PRIx64 ", expected 0x%08" PRIx32,
			   part, get_be(from, 0, 4), cookie);
	if (get_be(from, AT_LENGTH, 4) != from->len - head_bytes)
		return BAD(d,
			   "histogram is cut: byte %d of %s says that %" PRIu64
			   " bytes follow, there are %zu",
			   AT_LENGTH, part, get_be(from, AT_LENGTH, 4),
			   from->len - head_bytes);
	return true;
}

static bool inflate_all(struct decoder *d, z_stream *z)
{
	char chunk[CHUNK_BYTES];
	int rc = Z_OK;

	while (rc == Z_OK) {
		z->next_out = (Bytef *)chunk;
		z->avail_out = sizeof(chunk);
		rc = inflate(z, Z_NO_FLUSH);
		if (!buf_add(&d->plain, chunk, sizeof(chunk) - z->avail_out))
			break;
	}
	if (d->plain.failed || rc == Z_MEM_ERROR)
		return errs_nomem(d->es);
	if (d->plain.truncated)
		return BAD(d, "histogram unpacks to more than %d bytes",
			   PLAIN_MAX_BYTES);
	if (rc != Z_STREAM_END || z->avail_in > 0)
		return BAD(d,
			   "histogram cannot be unpacked: byte %lu is not "
			   "what zlib expects",
			   PACKED_HEAD_BYTES + z->total_in);
	return true;
}

static bool unpack(struct decoder *d)
{
	z_stream z = { 0 };

	if (!check_head(d, &d->packed, COOKIE_PACKED, PACKED_HEAD_BYTES,
			"the packed part"))
		return false;
	z.next_in = (Bytef *)d->packed.text + PACKED_HEAD_BYTES;
	z.avail_in = (uInt)(d->packed.len - PACKED_HEAD_BYTES);
	if (inflateInit(&z) != Z_OK)
		return errs_nomem(d->es);
	bool is_done = inflate_all(d, &z);
	inflateEnd(&z);
	return is_done;
}

static struct hist *read_range(struct decoder *d)
{
	if (!check_head(d, &d->plain, COOKIE_PLAIN, PLAIN_HEAD_BYTES,
			"the unpacked part"))
		return NULL;
	uint64_t digits = get_be(&d->plain, AT_DIGITS, 4);
	uint64_t low = get_be(&d->plain, AT_LOW, 8);
	uint64_t high = get_be(&d->plain, AT_HIGH, 8);
	if (digits < HIST_DIGITS_MIN || digits > HIST_DIGITS_MAX) {
		BAD(d,
		    "histogram has %" PRIu64
		    " digits, at byte %d of the unpacked part; %d to %d "
		    "are read",
		    digits, AT_DIGITS, HIST_DIGITS_MIN, HIST_DIGITS_MAX);
		return NULL;
	}
	if (!hist_range_is_valid(low, high, (unsigned)digits)) {
		BAD(d,
		    "histogram has the range %" PRIu64 " to %" PRIu64
		    ", at byte %d of the unpacked part; it must begin at 1 "
		    "or more, double, and stay within %" PRId64,
		    low, high, AT_LOW, INT64_MAX);
		return NULL;
	}
	struct hist *h = hist_new_range(low, high, (unsigned)digits);
	if (!h)
		errs_nomem(d->es);
	return h;
}

/* False when it is cut. */
static bool take_number(const struct buf *from, size_t *at, int64_t *number)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < NUMBER_BYTES; i++) {
		if (*at >= from->len)
			return false;
		uint64_t byte = (unsigned char)from->text[(*at)++];
		bool is_last = i + 1 == NUMBER_BYTES || byte < 0x80;
		if (i + 1 < NUMBER_BYTES)
			byte &= 0x7f;
		bits |= byte << (7 * i);
		if (is_last)
			break;
	}
	*number = (int64_t)(bits >> 1 ^ (0 - (bits & 1)));
	return true;
}

/* Most counts are small. */
static inline bool take_count(const struct buf *from, size_t *at,
			      int64_t *number)
{
	uint64_t byte = (unsigned char)from->text[*at];

	if (byte >= 0x80)
		return take_number(from, at, number);
	++*at;
	*number = (int64_t)(byte >> 1 ^ (0 - (byte & 1)));
	return true;
}

/* hist_bucket_middle(), which this is called too often for: min and max are
 * edges of buckets here, so that no middle lies outside of them. */
static inline uint64_t middle_of(const struct hist *h, size_t index)
{
	size_t doubling = index >> h->half_bits;
	size_t above = doubling > 1 ? doubling - 1 : 0;
	unsigned shift = h->unit_bits + (unsigned)above;
	uint64_t from = (uint64_t)(index - (above << h->half_bits)) << shift;

	return from + (UINT64_C(1) << shift) / 2;
}

static bool read_counts(struct decoder *d, struct hist *h)
{
	const struct buf plain = d->plain; /* which nothing writes to */
	size_t at = PLAIN_HEAD_BYTES, index = 0, last = 0;

	while (at < plain.len) {
		size_t number_at = at;
		int64_t number;

		if (!take_count(&plain, &at, &number))
			return BAD(d,
				   "histogram is cut in the count at byte "
				   "%zu of the unpacked part",
				   number_at);
		uint64_t n = number < 0 ? 0 - (uint64_t)number : 1;
		if (n > h->n_counts - index)
			return BAD(d,
				   "histogram has more counts than its "
				   "range, %zu, at byte %zu of the unpacked "
				   "part",
				   h->n_counts, number_at);
		if (number > 0) {
			if ((uint64_t)number > HIST_COUNT_MAX - h->total)
				return BAD(d,
					   "histogram counts more than %" PRIu64
					   ", at byte %zu of the unpacked part",
					   HIST_COUNT_MAX, number_at);
			h->counts[index] = (uint64_t)number;
			h->total += (uint64_t)number;
			h->sum_ns += (unsigned __int128)middle_of(h, index) *
				     (uint64_t)number;
			if (h->min_ns == UINT64_MAX)
				h->min_ns = hist_bucket_from(h, index);
			last = index;
		}
		index += n;
	}
	if (h->total > 0)
		h->max_ns = hist_bucket_to(h, last);
	return true;
}

static void settle(struct hist *h)
{
	/* another writer may have counted up to the end of the last doubling */
	h->limit_ns = hist_bucket_to(h, h->n_counts - 1);
}

struct hist *hist_decode_at(const char *text, size_t len, struct place at,
			    struct errs *es)
{
	struct decoder d = { .at = at, .es = es };
	struct hist *h = NULL;

	buf_init(&d.packed, HIST_TEXT_MAX);
	buf_init(&d.plain, PLAIN_MAX_BYTES);
	if (read_base64(&d, text, len) && unpack(&d))
		h = read_range(&d);
	if (h && !read_counts(&d, h)) {
		hist_free(h);
		h = NULL;
	}
	if (h)
		settle(h);
	buf_release(&d.packed);
	buf_release(&d.plain);
	return h;
}

struct hist *hist_decode(const char *text, size_t len, struct errs *es)
{
	return hist_decode_at(text, len, NOWHERE, es);
}
