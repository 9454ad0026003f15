/* SPDX-License-Identifier: MIT */
#include "report/result/result_schema.h"
#include "report/result/result_shape.h"

#define SCHEMA_ID "urn:assay:result:1"

void result_schema_print(struct buf *out)
{
	shape_schema(&run_shape, SCHEMA_ID, out);
}
