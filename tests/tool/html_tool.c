/* SPDX-License-Identifier: MIT */
/* html_tool all|long [TEXT]: prints the sample report, with TEXT wherever
 * a text may come from outside, for tests that show it to a browser. */
#include <stdio.h>
#include <string.h>

#include "report/render/render.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "tests/unit/sample_report.h"

enum { BROKEN = 4, ARENA_MAX = 64 << 20, PAGE_MAX = 1 << 20, STEPS = 20 };

static struct run_result *made(struct arena *a, const char *which)
{
	if (!strcmp(which, "long"))
		return sample_report_long(a, STEPS);
	return sample_report(a);
}

int main(int argc, char **argv)
{
	const struct render_options opt = { .utf8 = true };
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = made(a, argc > 1 ? argv[1] : "all");
	struct buf out;

	buf_init(&out, PAGE_MAX);
	bool ok = run && (argc < 3 || sample_report_fill(run, argv[2])) &&
		  render(RENDER_HTML, run, &opt, &out) &&
		  fwrite(out.text, 1, out.len, stdout) == out.len;
	buf_release(&out);
	arena_free(a);
	return ok && !fflush(stdout) ? 0 : BROKEN;
}
