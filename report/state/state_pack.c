/* SPDX-License-Identifier: MIT */
#include "report/state/state_parts.h"

#include <math.h>
#include <string.h>

#include "scenarios/base/buf.h"

enum {
	NUMBER_BYTES = 10, /* of the longest number */
	POINT_WHOLE = 0,   /* how the value of a point is written */
	POINT_DOUBLE = 1,
	POINT_TEXT = 2,
	POINT_FORMS = 3,
};

/* Whole numbers that a double tells exactly. */
#define WHOLE_MAX 9007199254740992.0

/* ---- numbers ------------------------------------------------------------ */

bool pack_number(struct buf *out, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		buf_putc(out, (char)((value & 0x7f) | 0x80));
	return buf_putc(out, (char)value);
}

bool pack_signed(struct buf *out, int64_t value)
{
	return pack_number(out, ((uint64_t)value << 1) ^
					(value < 0 ? UINT64_MAX : 0));
}

uint64_t unpack_number(struct unpack *u)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < NUMBER_BYTES && u->at < u->len; i++) {
		uint64_t byte = u->bytes[u->at++];

		value |= (byte & 0x7f) << (7 * i);
		if (byte < 0x80)
			return u->is_bad ? 0 : value;
	}
	u->is_bad = true;
	return 0;
}

int64_t unpack_signed(struct unpack *u)
{
	uint64_t value = unpack_number(u);

	return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

bool unpack_is_at_end(const struct unpack *u)
{
	return u->is_bad || u->at >= u->len;
}

/* Differences wrap around, and so back again. */
static bool pack_less(struct buf *out, uint64_t from, uint64_t value)
{
	return pack_signed(out, (int64_t)(from - value));
}

static uint64_t unpack_less(struct unpack *u, uint64_t from)
{
	return from - (uint64_t)unpack_signed(u);
}

/* ---- requests ----------------------------------------------------------- */

bool pack_request(struct buf *out, uint64_t base_at_ns,
		  const struct packed_request *r)
{
	pack_number(out, (uint64_t)r->step);
	pack_less(out, base_at_ns, r->seen.at_ns);
	pack_number(out, r->seen.outcome);
	pack_number(out, r->seen.status);
	pack_number(out, r->seen.latency_ns);
	pack_less(out, r->seen.latency_ns, r->seen.service_ns);
	pack_less(out, r->seen.latency_ns, r->seen.first_byte_ns);
	return pack_number(out, r->seen.connect_ns);
}

bool unpack_request(struct unpack *u, uint64_t base_at_ns,
		    struct packed_request *r)
{
	*r = (struct packed_request){ 0 };
	r->step = (int64_t)unpack_number(u);
	r->seen.at_ns = unpack_less(u, base_at_ns);
	uint64_t outcome = unpack_number(u);
	r->seen.outcome = outcome < OUTCOME_N ? (enum outcome)outcome
					      : OUTCOME_LOCAL_FAIL;
	r->seen.status = (unsigned)unpack_number(u);
	r->seen.latency_ns = unpack_number(u);
	r->seen.service_ns = unpack_less(u, r->seen.latency_ns);
	r->seen.first_byte_ns = unpack_less(u, r->seen.latency_ns);
	r->seen.connect_ns = unpack_number(u);
	return !u->is_bad;
}

/* ---- points of series ----------------------------------------------------- */

static bool is_whole(double value)
{
	return value >= -WHOLE_MAX && value <= WHOLE_MAX &&
	       value == floor(value) && !(value == 0 && signbit(value));
}

/* The bits of IEEE 754, lowest byte first on every machine. */
static bool pack_double(struct buf *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	for (unsigned i = 0; i < sizeof(bits); i++)
		buf_putc(out, (char)(bits >> (8 * i) & 0xff));
	return buf_ok(out);
}

static double unpack_double(struct unpack *u)
{
	uint64_t bits = 0;
	double value;

	if (u->len - u->at < sizeof(bits)) {
		u->is_bad = true;
		return 0;
	}
	for (unsigned i = 0; i < sizeof(bits); i++)
		bits |= (uint64_t)u->bytes[u->at++] << (8 * i);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

bool pack_point(struct buf *out, uint64_t base_at_ns,
		const struct packed_point *p)
{
	unsigned form = p->text		     ? POINT_TEXT
			: is_whole(p->value) ? POINT_WHOLE
					     : POINT_DOUBLE;

	pack_number(out, (uint64_t)p->series * POINT_FORMS + form);
	pack_less(out, base_at_ns, p->at_ns);
	if (form == POINT_TEXT)
		return pack_number(out, (uint64_t)p->text);
	if (form == POINT_WHOLE)
		return pack_signed(out, (int64_t)p->value);
	return pack_double(out, p->value);
}

bool unpack_point(struct unpack *u, uint64_t base_at_ns, struct packed_point *p)
{
	uint64_t head = unpack_number(u);

	*p = (struct packed_point){ .series = (int64_t)(head / POINT_FORMS) };
	p->at_ns = unpack_less(u, base_at_ns);
	switch (head % POINT_FORMS) {
	case POINT_TEXT:
		p->text = (int64_t)unpack_number(u);
		break;
	case POINT_WHOLE:
		p->value = (double)unpack_signed(u);
		break;
	default:
		p->value = unpack_double(u);
	}
	return !u->is_bad;
}
