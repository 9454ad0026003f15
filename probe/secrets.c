/* SPDX-License-Identifier: MIT */
#include "probe/secrets.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/file.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/loads/loads.h"
#include "scenarios/model.h"

/* In no sentence does a colon follow a name or a path: the redactor takes what
 * stands behind "API_TOKEN": for its value. */

/* A file that cannot be read is a mistake of who named it there. */
static bool open_file(const struct secret *se, struct buf *text,
		      struct errs *problems)
{
	if (strcmp(se->file, "-") != 0 && access(se->file, R_OK) != 0)
		return errs_add(
			problems, ERR_INPUT, se->at,
			"secret \"%s\" has no value: file \"%s\" cannot "
			"be read (%s)",
			se->name, se->file, strerror(errno));

	struct errs *own = calloc(1, sizeof(*own));

	if (!own)
		return errs_nomem(problems);
	bool ok = file_read(se->file, SECRET_FILE_MAX, text, own);
	if (!ok)
		errs_add(problems, ERR_INPUT, se->at,
			 "secret \"%s\" has no value: %s", se->name,
			 own->item[0].text);
	free(own);
	return ok;
}

/* Reads the file of a secret into *text. */
static bool read_file(const struct secret *se, struct buf *text,
		      struct errs *problems, struct errs *warnings)
{
	struct stat st;

	if (!open_file(se, text, problems))
		return false;
	if (stat(se->file, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & S_IROTH))
		errs_add(warnings, ERR_INPUT, se->at,
			 "secret \"%s\" is open to others, who may read \"%s\" "
			 "(mode %03o): chmod 600 keeps it to you",
			 se->name, se->file, (unsigned)(st.st_mode & 0777));
	while (text->len > 0 && (text->text[text->len - 1] == '\n' ||
				 text->text[text->len - 1] == '\r'))
		text->text[--text->len] = '\0';
	return true;
}

static bool check_value(const struct secret *se, const char *value, size_t len,
			struct errs *problems)
{
	const char *where = se->file ? "file" : "variable";
	const char *name = se->file ? se->file : se->env;

	if (len == 0)
		return errs_add(
			problems, ERR_INPUT, se->at,
			"secret \"%s\" has no value: %s \"%s\" is empty",
			se->name, where, name);
	if (memchr(value, '\0', len))
		return errs_add(problems, ERR_INPUT, se->at,
				"secret \"%s\" has no value: %s \"%s\" holds a "
				"NUL byte",
				se->name, where, name);
	if (len < REDACT_MIN)
		return errs_add(
			problems, ERR_INPUT, se->at,
			"secret \"%s\" is too short to be kept out of reports: "
			"at least %d bytes, got %zu",
			se->name, REDACT_MIN, len);
	return true;
}

static bool read_one(const struct secret *se, struct arena *a,
		     struct redactor *r, struct secret_value *out,
		     struct errs *problems, struct errs *warnings)
{
	struct buf text;
	bool ok = false;

	buf_init(&text, SECRET_FILE_MAX);
	if (se->file) {
		if (!read_file(se, &text, problems, warnings))
			goto out;
	} else {
		const char *value = getenv(se->env ? se->env : se->name);

		if (se->is_optional && (!value || !*value)) {
			*out = (struct secret_value){
				.name = se->name, .text = arena_strdup(a, "")
			};
			ok = out->text || errs_nomem(problems);
			goto out;
		}
		if (!value) {
			errs_add(problems, ERR_INPUT, se->at,
				 "secret \"%s\" has no value: the environment "
				 "variable \"%s\" is not set",
				 se->name, se->env ? se->env : se->name);
			goto out;
		}
		buf_puts(&text, value);
	}
	if (!check_value(se, buf_text(&text), text.len, problems))
		goto out;
	out->name = se->name;
	out->len = text.len;
	out->text = arena_strndup(a, buf_text(&text), text.len);
	ok = out->text || errs_nomem(problems);
	if (ok && !redactor_add(r, out->text, out->len))
		ok = errs_add(problems, ERR_INPUT, se->at,
			      "secret \"%s\" is not fit to be kept out of "
			      "reports: at least %d bytes other than white "
			      "space, and at most %d secrets",
			      se->name, REDACT_MIN, REDACT_DECLARED_MAX);
out:
	if (text.text)
		OPENSSL_cleanse(text.text, text.room);
	buf_release(&text);
	return ok;
}

/* Bytes without the white space around them. */
static size_t shown_len(const char *text)
{
	size_t len;

	text += strspn(text, " \t\n\v\f\r");
	len = strlen(text);
	while (len > 0 && strchr(" \t\n\v\f\r", text[len - 1]))
		len--;
	return len;
}

/* Secret columns: an empty value hides nothing, a short one cannot be
 * hidden. */
static bool check_column(const struct feeder *f, size_t column,
			 struct errs *problems)
{
	for (size_t row = 0; row < f->n_rows; row++) {
		size_t len = shown_len(feeder_cell(f, row, column));
		if (len > 0 && len < REDACT_MIN)
			return errs_add(
				problems, ERR_INPUT, f->at,
				"column \"%s\" of \"%s\" is too short in row "
				"%zu to be kept out of reports: at least %d "
				"bytes, got %zu",
				f->columns[column], f->name, row + 1,
				REDACT_MIN, len);
	}
	return true;
}

static bool check_feeder(const struct feeder *f, struct errs *problems)
{
	bool ok = true;

	for (size_t i = 0; i < f->n_columns; i++)
		if (f->is_secret[i])
			ok &= check_column(f, i, problems);
	return ok;
}

bool secrets_read(const struct scenario *sc, struct arena *a,
		  struct redactor *r, struct secret_values *out,
		  struct errs *problems, struct errs *warnings)
{
	bool ok = true;

	*out = (struct secret_values){ 0 };
	out->item = arena_alloc(a, sc->n_secrets, sizeof(*out->item));
	if (!out->item)
		return errs_nomem(problems);
	for (size_t i = 0; i < sc->n_secrets; i++) {
		if (read_one(&sc->secrets[i], a, r, &out->item[out->n],
			     problems, warnings))
			out->n++;
		else
			ok = false;
	}
	for (size_t i = 0; i < sc->n_feeders; i++)
		ok &= check_feeder(&sc->feeders[i], problems);
	return ok;
}

const struct secret_value *secrets_find(const struct secret_values *t,
					const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->item[i].name, name) == 0)
			return &t->item[i];
	}
	return NULL;
}

void secrets_wipe(struct secret_values *t)
{
	for (size_t i = 0; i < t->n; i++)
		OPENSSL_cleanse(t->item[i].text, t->item[i].len);
	t->n = 0;
}
