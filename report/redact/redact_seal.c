/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "report/redact/redact.h"
#include "report/result/result.h"
#include "report/result/result_shape.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

enum { CLEAN_N = 256, CLEAN_STEP = _Alignof(max_align_t) };

struct seal {
	struct shape_pass pass; /* first: the pass is the seal */
	const struct redactor *r;
	struct arena *a;
	struct buf text;
	/* Many fields point at the same text: it is looked at once. */
	const char *clean[CLEAN_N];
};

static bool is_hidden(const struct shape *sh, const struct shape_field *f,
		      const void *of)
{
	return sh == &header_shape && f->at == offsetof(struct header, value) &&
	       redact_header_hides(((const struct header *)of)->name);
}

static bool seal_text(struct shape_pass *p, const struct shape *sh,
		      const struct shape_field *f, const void *of,
		      const char **text)
{
	struct seal *s = (struct seal *)p;
	size_t len = strlen(*text);
	bool hides = is_hidden(sh, f, of);
	const char **clean = &s->clean[(uintptr_t)*text / CLEAN_STEP % CLEAN_N];

	if (len == 0 || (*clean == *text && !hides))
		return true;
	buf_reset(&s->text);
	if (hides)
		buf_puts(&s->text, REDACT_MARK);
	else
		redact_text(s->r, *text, len, &s->text);
	if (!buf_ok(&s->text))
		return false;
	if (s->text.len == len && memcmp(s->text.text, *text, len) == 0) {
		*clean = *text;
		return true;
	}
	*text = arena_strndup(s->a, buf_text(&s->text), s->text.len);
	return *text != NULL;
}

bool result_seal(struct run_result *run, const struct redactor *r,
		 struct arena *a)
{
	struct seal s = { .pass = { seal_text }, .r = r, .a = a };
	bool ok;

	buf_init(&s.text, BUF_NO_LIMIT);
	ok = shape_texts(&run_shape, run, &s.pass);
	buf_release(&s.text);
	return ok;
}
