/* SPDX-License-Identifier: MIT */
#include "report/render/outputs.h"

#include <limits.h>
#include <stdlib.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "report/file.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

#define OUTPUT_MAX ((size_t)256 << 20) /* bytes of one file */

bool outputs_any(const struct outputs *t)
{
	for (size_t i = 0; i < RENDER_N; i++)
		if (t->path[i])
			return true;
	return false;
}

bool outputs_take_stdout(const struct outputs *t)
{
	for (size_t i = 0; i < RENDER_N; i++)
		if (t->path[i] && !strcmp(t->path[i], "-"))
			return true;
	return false;
}

/* The path with its links and dots resolved, as far as it is there. */
static void canonical(const char *path, struct buf *out)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char folder[PATH_MAX] = ".";
	char real[PATH_MAX];

	if (realpath(path, real)) {
		buf_puts(out, real);
		return;
	}
	if (slash && (size_t)(slash - path) < sizeof(folder)) {
		size_t len = slash == path ? 1 : (size_t)(slash - path);

		memcpy(folder, path, len);
		folder[len] = '\0';
	}
	if (realpath(folder, real))
		buf_printf(out, "%s/%s", real, base);
	else
		buf_puts(out, path);
}

/* A device takes what two write to it. */
static bool is_device(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISREG(st.st_mode);
}

bool outputs_same(const char *a, const char *b)
{
	struct buf real_a;
	struct buf real_b;
	bool same;

	if (!strcmp(a, b))
		return !strcmp(a, "-") || !is_device(a);
	if (!strcmp(a, "-") || !strcmp(b, "-") || is_device(a) || is_device(b))
		return false;
	buf_init(&real_a, 2 * (size_t)PATH_MAX);
	buf_init(&real_b, 2 * (size_t)PATH_MAX);
	canonical(a, &real_a);
	canonical(b, &real_b);
	same = !strcmp(buf_text(&real_a), buf_text(&real_b));
	buf_release(&real_a);
	buf_release(&real_b);
	return same;
}

static bool check_pairs(const struct outputs *t, size_t i, struct errs *es)
{
	bool ok = true;

	for (size_t k = 0; k < i; k++) {
		if (!t->path[k] || !outputs_same(t->path[k], t->path[i]))
			continue;
		ok = errs_add(es, ERR_INPUT, NOWHERE,
			      "--%s and --%s would both write to \"%s\"",
			      renderer_get((enum render_kind)k)->name,
			      renderer_get((enum render_kind)i)->name,
			      t->path[i]);
	}
	return ok;
}

bool outputs_check(const struct outputs *t, size_t n_runs, struct errs *es)
{
	bool ok = true;

	for (size_t i = 0; i < RENDER_N; i++) {
		const struct renderer *r = renderer_get((enum render_kind)i);

		if (!t->path[i])
			continue;
		if (!*t->path[i])
			ok = errs_add(es, ERR_INPUT, NOWHERE,
				      "--%s needs the name of a file", r->name);
		else
			ok = check_pairs(t, i, es) && ok;
		if (n_runs > 1 && !r->takes_many)
			ok = errs_add(es, ERR_INPUT, NOWHERE,
				      "--%s holds one result, got %zu: render "
				      "them one by one",
				      r->name, n_runs);
	}
	return ok;
}

/* A run may take hours, and its result must have somewhere to go.  What cannot
 * be told beforehand is found out when it is written. */
static bool can_write(const char *path, struct errs *es)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	char folder[PATH_MAX] = ".";

	if (!strcmp(path, "-") || len >= sizeof(folder))
		return true;
	if (slash) {
		memcpy(folder, path, len);
		folder[len] = '\0';
	}
	const char *where = slash && !len ? "/" : folder;
	bool is_there = access(path, F_OK) == 0;
	if (access(is_there ? path : where, W_OK) == 0)
		return true;
	return errs_add(es, ERR_SYSTEM, NOWHERE, "\"%s\" cannot be written: %s",
			path, strerror(errno));
}

bool outputs_try(const struct outputs *t, struct errs *es)
{
	bool ok = true;

	for (size_t i = 0; i < RENDER_N; i++)
		if (t->path[i] && *t->path[i])
			ok = can_write(t->path[i], es) && ok;
	return ok;
}

bool outputs_spare(const struct outputs *t, const char *path, const char *what,
		   struct errs *es)
{
	bool ok = true;

	if (!strcmp(path, "-"))
		return true;
	for (size_t i = 0; i < RENDER_N; i++)
		if (t->path[i] && *t->path[i] && outputs_same(t->path[i], path))
			ok = errs_add(es, ERR_INPUT, NOWHERE,
				      "--%s would write over \"%s\", %s",
				      renderer_get((enum render_kind)i)->name,
				      path, what);
	return ok;
}

static bool write_one(const struct renderer *r, const char *path,
		      const struct run_result *const *sealed, size_t n_runs,
		      struct errs *es)
{
	const struct render_options opt = { .utf8 = true };
	struct buf text;
	bool ok;

	buf_init(&text, OUTPUT_MAX);
	if (r->render(sealed, n_runs, &opt, &text))
		ok = file_write(path, buf_text(&text), text.len, FILE_MODE, es);
	else if (text.failed)
		ok = errs_nomem(es);
	else
		ok = errs_add(es, ERR_SYSTEM, NOWHERE,
			      "\"%s\" was not written: it would be larger "
			      "than %zu bytes",
			      path, OUTPUT_MAX);
	buf_release(&text);
	return ok;
}

bool outputs_write(const struct outputs *t,
		   const struct run_result *const *sealed, size_t n_runs,
		   struct errs *es)
{
	bool ok = true;

	for (size_t i = 0; i < RENDER_N; i++)
		if (t->path[i])
			ok = write_one(renderer_get((enum render_kind)i),
				       t->path[i], sealed, n_runs, es) &&
			     ok;
	return ok;
}
