/* SPDX-License-Identifier: MIT */
#include "scenarios/doc/doc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

static const char bom[] = "\xef\xbb\xbf";

/* The byte-order mark is no part of the text, so that places count from the
 * first real character. */
static void source_text(struct source *src, const char *text, size_t len)
{
	size_t skip = len >= 3 && !memcmp(text, bom, 3) ? 3 : 0;

	src->text = text + skip;
	src->len = len - skip;
}

struct source *doc_source(struct arena *a, const char *name, const char *text,
			  size_t len, struct errs *es)
{
	struct source *src = arena_alloc(a, 1, sizeof(*src));
	char *copy = arena_strndup(a, text, len);
	char *name_copy = arena_strdup(a, name);

	if (!src || !copy || !name_copy) {
		errs_nomem(es);
		return NULL;
	}
	src->name = name_copy;
	source_text(src, copy, len);
	return src;
}

/* What the user can change is input, the rest is the machine. */
static bool refuse_errno(struct place whole, int code, struct errs *es)
{
	static const struct {
		int code;
		const char *text;
	} mistakes[] = {
		{ ENOENT, "there is no such file" },
		{ EACCES, "no permission to read it" },
		{ EPERM, "no permission to read it" },
		{ EISDIR, "is a directory, not a file" },
		{ ENOTDIR, "a part of the path is not a directory" },
		{ ELOOP, "too many symbolic links" },
		{ ENAMETOOLONG, "the path is too long" },
		{ ENXIO, "is not a file that can be read" },
	};
	char text[128];

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		if (mistakes[i].code == code)
			return errs_add(es, ERR_INPUT, whole, "%s",
					mistakes[i].text);
	return errs_add(es, ERR_SYSTEM, whole, "cannot be read: %s",
			strerror_r(code, text, sizeof(text)));
}

static bool refuse_size(struct place whole, uint64_t size, size_t max,
			struct errs *es)
{
	struct buf limit, have;

	buf_init(&limit, BUF_NO_LIMIT);
	buf_init(&have, BUF_NO_LIMIT);
	unit_print_size(&limit, max);
	unit_human_size(&have, size);
	if (size)
		errs_add(es, ERR_INPUT, whole,
			 "is too large: %s, the limit is %s", buf_text(&have),
			 buf_text(&limit));
	else
		errs_add(es, ERR_INPUT, whole, "is too large: the limit is %s",
			 buf_text(&limit));
	buf_release(&limit);
	buf_release(&have);
	return false;
}

/* Reads to the end, at most max_bytes. */
static bool read_all(int fd, struct buf *text, struct place whole,
		     struct errs *es)
{
	char chunk[16384];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse_errno(whole, errno, es);
		if (n == 0)
			return true;
		if (buf_add(text, chunk, (size_t)n))
			continue;
		return text->failed ? errs_nomem(es)
				    : refuse_size(whole, 0, text->max, es);
	}
}

static bool read_fd(int fd, struct buf *text, struct place whole,
		    struct errs *es)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return refuse_errno(whole, errno, es);
	if (S_ISDIR(st.st_mode))
		return refuse_errno(whole, EISDIR, es);
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > text->max)
		return refuse_size(whole, (uint64_t)st.st_size, text->max, es);
	return read_all(fd, text, whole, es);
}

bool doc_read_source(struct arena *a, const char *path, size_t max_bytes,
		     struct source **src, struct errs *es)
{
	struct source *source = arena_alloc(a, 1, sizeof(*source));
	char *name = arena_strdup(a, path);
	struct buf text;
	bool done = false;

	*src = NULL;
	if (!source || !name)
		return errs_nomem(es);
	source->name = name;
	buf_init(&text, max_bytes);
	struct place whole = { .src = source };
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? STDIN_FILENO
			  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		refuse_errno(whole, errno, es);
		goto out;
	}
	if (!read_fd(fd, &text, whole, es))
		goto out;
	char *copy = arena_strndup(a, buf_text(&text), text.len);
	if (!copy) {
		errs_nomem(es);
		goto out;
	}
	source_text(source, copy, text.len);
	*src = source;
	done = true;
out:
	if (fd >= 0 && !is_stdin)
		close(fd);
	buf_release(&text);
	return done;
}

bool doc_read_file(struct arena *a, const char *path, struct source **src,
		   const struct node **root, struct errs *es)
{
	*root = NULL;
	return doc_read_source(a, path, DOC_FILE_MAX, src, es) &&
	       doc_parse(a, *src, root, es);
}
