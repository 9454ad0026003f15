/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RESULT_SHAPE_H
#define REPORT_RESULT_SHAPE_H

/*
 * result_shape - the structs of report/result/result.h as tables.
 *
 * Whoever adds a field to a struct adds its row here, and it is written,
 * read, in the schema and redacted.
 */

#include "report/result/shape.h"

extern const struct shape run_shape;	/* struct run_result */
extern const struct shape header_shape; /* struct header */

#endif
