/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RESULT_SCHEMA_H
#define REPORT_RESULT_SCHEMA_H

/*
 * result_schema - the result file's JSON Schema (2020-12), from its tables.
 *
 * report/result.schema.json is what this prints; a test holds them together.
 */

struct buf; /* scenarios/base/buf.h */

void result_schema_print(struct buf *out);

#endif
