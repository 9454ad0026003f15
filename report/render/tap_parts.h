/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_TAP_PARTS_H
#define REPORT_RENDER_TAP_PARTS_H

/*
 * tap_parts - what the files of the TAP renderer share.
 *
 * Thread rule   everything here may be called from any thread.
 */

#include <stddef.h>

struct buf;	    /* scenarios/base/buf.h */
struct gate_point;  /* report/render/gate/gate_say.h */
struct gate_result; /* report/result/gate_result.h */

#define TAP_PIECE_MAX ((size_t)64 << 10) /* bytes of one foreign text */

/* "#" starts a directive and "\" escapes, so both are escaped. */
void tap_description(struct buf *out, const char *text);

/* A key and its value in the block of YAML; none when it is empty. */
void tap_pair(struct buf *out, const char *before, const char *key,
	      const char *text);

void tap_gate_point(struct buf *out, const struct gate_result *gate,
		    const struct gate_point *p, size_t number);

#endif
