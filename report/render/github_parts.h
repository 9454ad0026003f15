/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_GITHUB_PARTS_H
#define REPORT_RENDER_GITHUB_PARTS_H

/*
 * github_parts - what the files that make annotations share.
 *
 * Thread rule   everything here may be called from any thread.
 */

#include <stddef.h>

struct buf;	   /* scenarios/base/buf.h */
struct github_env; /* report/render/github.h */
struct run_result; /* report/result/result.h */
struct spot;

enum { GITHUB_TEXT_MAX = 1 << 20 };

/* The same rows say which verdicts are told, and how. */
enum annotation { ANNOTATE_ERROR, ANNOTATE_WARNING, ANNOTATION_N };

/* One line: the place, the title, and what was put together in msg. */
void github_command(struct buf *out, const struct github_env *env,
		    enum annotation kind, const struct spot *at,
		    const char *name, const struct buf *msg);

/* What the gate has to say of one kind, at most room of it; the number of all.
 * With out NULL it is only counted. */
size_t github_gate(struct buf *out, const struct run_result *run,
		   const struct github_env *env, enum annotation kind,
		   size_t room);

/* The same of a comparison with a stored run. */
size_t github_against(struct buf *out, const struct run_result *run,
		      const struct github_env *env, enum annotation kind,
		      size_t room);

#endif
