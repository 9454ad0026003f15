/* SPDX-License-Identifier: MIT */
/* page_tool [TEXT]: prints the sample status page, with TEXT wherever a text
 * may come from outside, for tests that show it to a browser. */
#include <stdio.h>

#include "scenarios/base/buf.h"
#include "tests/unit/sample_page.h"

enum { BROKEN = 4 };

int main(int argc, char **argv)
{
	struct sample_page sp;
	struct buf out;

	buf_init(&out, PAGE_BYTES_MAX);
	bool ok = sample_page_make(&sp, argc > 1 ? argv[1] : NULL) &&
		  page_render(&sp.published, &sp.past, 0, &out) &&
		  fwrite(out.text, 1, out.len, stdout) == out.len;
	buf_release(&out);
	sample_page_release(&sp);
	return ok && !fflush(stdout) ? 0 : BROKEN;
}
