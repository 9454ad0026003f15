/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_GATE_TELL_H
#define LOADGEN_GATE_TELL_H

/*
 * gate_tell - what a calibration found, and how to keep it.
 *
 * Thread rule   one thread.
 */

struct gate_result; /* report/result/gate_result.h */
struct out;	    /* report/out.h */

/* The largest variation between launches of all latencies that decide, in
 * percent; < 0: it was not measured. */
double gate_calibrated(const struct gate_result *g);

void gate_tell_calibration(const struct gate_result *g, struct out *o);

#endif
