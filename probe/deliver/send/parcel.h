/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DELIVER_SEND_PARCEL_H
#define PROBE_DELIVER_SEND_PARCEL_H

/*
 * parcel - notices that one channel is told together: rendered, then sent
 * message by message.
 *
 * Where the service refuses the markup it is sent again without, at once.  It
 * ends with the first message that was not taken.  It knows nothing of the
 * outbox.
 *
 * Lifetime      it belongs to the caller until parcel_free(); the notices and
 *               the plan's pointers stay as long.
 * Callbacks     on_taken and on_done run from engine_run(), never from
 *               parcel_new(); on_done may free the parcel.
 * Thread rule   that of the engine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/deliver/send/sending.h"

struct alert_channel;
struct deliver_config;
struct errs;
struct notice;
struct parcel;

enum { PARCEL_ARENA_MAX = 64 << 20 };
#define PARCEL_TIMEOUT_NS UINT64_C(60000000000) /* of all its messages */

struct parcel_plan {
	const struct deliver_config *config;
	struct engine *en;
	const struct alert_channel *channel;
	size_t n;
	const struct notice *notices;
	const char *reference; /* of the episode; "" */
	/* Notice i was told to everybody, and more is to be sent; or NULL. */
	void (*on_taken)(struct parcel *p, size_t i, const struct sent *sent);
	void (*on_done)(struct parcel *p);
	void *owner;
};

/* Always ends with on_done but for NULL: there is no memory. */
struct parcel *parcel_new(const struct parcel_plan *plan);
void parcel_free(struct parcel *p); /* gives up what is under way */

void *parcel_owner(const struct parcel *p);
/* How it ended: what became of the last message that was sent. */
const struct sent *parcel_sent(const struct parcel *p);

#endif
