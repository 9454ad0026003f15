/* SPDX-License-Identifier: MIT */
#include "report/render/render.h"

#include <string.h>

#define X(a, b, kind, lower, name, extension, many, doc) \
	{ name, extension, doc, many, render_##lower },
static const struct renderer renderers[RENDER_N] = { RENDERERS(X, , ) };
#undef X

const struct renderer *renderer_get(enum render_kind kind)
{
	return &renderers[kind];
}

const struct renderer *renderer_find(const char *name)
{
	for (size_t i = 0; i < RENDER_N; i++)
		if (!strcmp(renderers[i].name, name))
			return &renderers[i];
	return NULL;
}

bool render(enum render_kind kind, const struct run_result *sealed,
	    const struct render_options *opt, struct buf *out)
{
	return renderers[kind].render(&sealed, 1, opt, out);
}
