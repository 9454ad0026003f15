/* SPDX-License-Identifier: MIT */
#include "report/render/gate/gate_say.h"
#include "report/render/github_parts.h"
#include "report/result/result.h"
#include "scenarios/base/buf.h"

static bool told_as(const struct gate_result *gate, const struct gate_point *p,
		    enum annotation kind)
{
	switch (p->kind) {
	case POINT_FAILED:
	case POINT_INVALID:
		return kind == ANNOTATE_ERROR;
	case POINT_UNSEEN:
		/* of what was measured wrongly the measurement tells */
		return kind == ANNOTATE_WARNING && !*gate->invalid_why;
	default:
		return false;
	}
}

static void put_point(struct buf *out, const struct run_result *run,
		      const struct github_env *env, enum annotation kind,
		      const struct gate_point *p)
{
	/* a gate is of a load, which may be in no file */
	const struct spot nowhere = { .file = "" };
	struct buf msg;

	buf_init(&msg, GITHUB_TEXT_MAX);
	if (p->metric) {
		say_gate_point_name(&msg, p);
		buf_puts(&msg, ": ");
	}
	say_gate_point(&msg, run->gate, p);
	github_command(out, env, kind, &nowhere,
		       p->metric ? "regression gate" : "measurement", &msg);
	buf_release(&msg);
}

size_t github_gate(struct buf *out, const struct run_result *run,
		   const struct github_env *env, enum annotation kind,
		   size_t room)
{
	const struct gate_result *gate = run->gate;
	size_t n = 0;

	for (size_t i = 0; gate && i < gate_points(gate); i++) {
		struct gate_point p = gate_point_get(gate, i);

		if (!told_as(gate, &p, kind))
			continue;
		if (out && n < room)
			put_point(out, run, env, kind, &p);
		n++;
	}
	return n;
}
