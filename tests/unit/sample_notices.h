/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SAMPLE_NOTICES_H
#define TESTS_UNIT_SAMPLE_NOTICES_H

/*
 * sample_notices - notices and channels that tests of report/notice tell.
 *
 * Every secret of a channel has SAMPLE_SECRET in it, so that a test can look
 * where it went.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/notice/notice.h"

#define SAMPLE_SECRET "s3cr3tPlanted"

/* 2026-01-02T03:04:05.678Z */
#define SAMPLE_AT_NS UINT64_C(1767323045678000000)

enum sample_text {
	TEXT_RICH,    /* everything is known */
	TEXT_EMPTY,   /* not even that */
	TEXT_BARE,    /* only what a notice must have */
	TEXT_HOSTILE, /* every text tries to break out of its form */
	TEXT_LONG,    /* every text is as long as it can be */
	SAMPLE_TEXT_N
};

struct notice sample_notice(enum notice_kind kind, enum sample_text text);

/* Notices of several outages, the worst not first. */
enum { SAMPLE_BATCH_MAX = 40 };
void sample_batch(struct notice *out, size_t n);

/* A channel of a kind with its settings. */
struct sample_channel {
	struct alert_channel channel;
	size_t n_settings;
	struct notice_setting settings[12];
};
void sample_channel(enum channel_kind kind, struct sample_channel *out);

#endif
