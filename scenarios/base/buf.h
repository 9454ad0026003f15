/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_BUF_H
#define SCENARIOS_BUF_H

/*
 * buf - a growing byte buffer with a ceiling.
 *
 * The text is always NUL-terminated behind its length, but may hold NULs
 * itself.  What does not fit under the ceiling is dropped and `truncated` is
 * set; a failed allocation sets `failed`.  Both stick, so a caller may append
 * many times and look once.
 *
 * Lifetime      buf_init() allocates nothing; buf_release() gives all back
 *               and leaves a buffer that may be used again.
 * Thread rule   one thread at a time.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *text;	/* never NULL after the first append */
	size_t len;	/* bytes, without the NUL */
	size_t room;	/* bytes allocated */
	size_t max;	/* ceiling of len */
	bool truncated; /* something did not fit under max */
	bool failed;	/* no memory */
};

#define BUF_NO_LIMIT ((size_t)-1 / 4)

void buf_init(struct buf *b, size_t max_bytes);
void buf_release(struct buf *b);
void buf_reset(struct buf *b); /* empties, keeps the allocation */

/* Appends return false when not everything was kept. */
bool buf_add(struct buf *b, const void *bytes, size_t n);
bool buf_puts(struct buf *b, const char *text);
bool buf_putc(struct buf *b, char c);
bool buf_fill(struct buf *b, char c, size_t n);
bool buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool buf_vprintf(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* The text, "" for a buffer never written.  Valid until the next append. */
const char *buf_text(const struct buf *b);

static inline bool buf_ok(const struct buf *b)
{
	return !b->truncated && !b->failed;
}

/* Moves the text out; the caller frees it.  NULL when there was no memory.
 * The buffer is empty afterwards. */
char *buf_take(struct buf *b, size_t *len);

#endif
