/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_WATCH_H
#define SCENARIOS_WATCH_H

/*
 * watch - the watch: and log: of a scenario, decoded: how the daemon runs it
 * and where its log goes.
 *
 *     watch: { listen: 127.0.0.1:9115, token: '${secret.WATCH_TOKEN}' }
 *     log:
 *       file: /var/log/assay/assay.log
 *       errors: /var/log/assay/errors.log
 *       levels: { assay.probe: WARNING }
 *       rotate: { size: 10MB, daily: true, keep: 10, compress_after: 30d,
 *                 delete_after: 90d }
 *
 * Only the main file may say either.  Options of the command win over it.
 * Units         _ns nanoseconds, _bytes bytes.
 * Thread rule   const after loading.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct template;

enum { LOG_LEVELS_MAX = 50, LOG_KEEP_MAX = 1000 };

struct log_level_of {
	const char *logger; /* "assay.probe": it, and what lies below */
	const char *level;  /* a word that is a level */
};

/* 0: not written, so no limit. */
struct log_rotation {
	uint64_t max_bytes;
	bool daily;
	uint64_t keep; /* older files at most */
	bool compress; /* compress_after was written */
	uint64_t compress_after_ns;
	bool delay_compress; /* the newest of the older files stays as it is */
	uint64_t delete_after_ns;
};

struct log_settings {
	const struct template *file;   /* or NULL */
	const struct template *errors; /* ERROR and above once more; or NULL */
	const struct template *audit;  /* what was changed by whom; or NULL */
	const char *level, *format;    /* or NULL */
	size_t n_levels;
	const struct log_level_of *levels;
	struct log_rotation rotate;
};

struct watch_settings {
	const struct template *listen; /* host:port; or NULL */
	const struct template *token;  /* who reads it must know; or NULL */
	uint64_t concurrency;	       /* 0: the default */
	uint64_t every_ns;	       /* of checks that say nothing; 0 */
	uint64_t stale_after_ns;       /* /healthz: no check ended for so long;
					* 0: by the intervals */
};

#endif
