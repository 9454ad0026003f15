/* SPDX-License-Identifier: MIT */
#include "probe/doctor/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/json/json.h"

enum { FINDING_BYTES_MAX = 2048 };

const char *const finding_level_names[FINDING_LEVEL_N] = {
	[FINDING_OK] = "ok",
	[FINDING_WARN] = "warn",
	[FINDING_FAIL] = "fail",
};

/* What cannot be kept is still counted as found. */
static const char *keep(struct doctor *d, const struct buf *text)
{
	struct buf safe;

	buf_init(&safe, 2 * (size_t)FINDING_BYTES_MAX);
	redact_text(d->redactor, buf_text(text), text->len, &safe);
	const char *kept = arena_strndup(d->a, buf_text(&safe), safe.len);
	buf_release(&safe);
	return kept ? kept : "not enough memory to say it";
}

void doctor_say(struct doctor *d, enum finding_level level, const char *subject,
		const char *remedy, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	if (d->n == DOCTOR_FINDINGS_MAX)
		return;
	buf_init(&text, FINDING_BYTES_MAX);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	d->finding[d->n++] = (struct finding){
		.level = level,
		.subject = subject,
		.text = keep(d, &text),
		.remedy = remedy,
	};
	buf_release(&text);
}

void doctor_say_problems(struct doctor *d, enum finding_level level,
			 const char *subject, const char *remedy,
			 const struct errs *es)
{
	for (size_t i = 0; i < es->n; i++) {
		const struct err *e = &es->item[i];

		if (e->at.src && e->at.line)
			doctor_say(d, level, subject, remedy, "%s:%u:%u: %s",
				   e->at.src->name, e->at.line, e->at.col,
				   e->text);
		else
			doctor_say(d, level, subject, remedy, "%s", e->text);
	}
}

enum finding_level doctor_worst(const struct doctor *d)
{
	enum finding_level worst = FINDING_OK;

	for (size_t i = 0; i < d->n; i++)
		if (d->finding[i].level > worst)
			worst = d->finding[i].level;
	return worst;
}

bool doctor_folder(struct doctor *d, const char *subject, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	const char *folder =
		slash ? arena_strndup(d->a, path, len ? len : 1) : ".";

	if (!folder || access(folder, W_OK | X_OK) == 0)
		return true;
	doctor_say(d, FINDING_FAIL, subject,
		   errno == ENOENT ? "make the folder, or name another one"
				   : "let the user that runs assay write into "
				     "the folder",
		   "\"%s\" cannot be written: folder \"%s\": %s", path, folder,
		   strerror(errno));
	return false;
}

/* ---- telling ------------------------------------------------------------ */

void doctor_text(const struct doctor *d, struct buf *out)
{
	size_t count[FINDING_LEVEL_N] = { 0 };

	for (size_t i = 0; i < d->n; i++) {
		const struct finding *f = &d->finding[i];

		count[f->level]++;
		buf_printf(out, "%-4s  %-11s  ", finding_level_names[f->level],
			   f->subject);
		text_printable(out, f->text, strlen(f->text));
		buf_putc(out, '\n');
		if (f->level != FINDING_OK && *f->remedy) {
			buf_puts(out, "      -> ");
			text_printable(out, f->remedy, strlen(f->remedy));
			buf_putc(out, '\n');
		}
	}
	buf_printf(out, "%zu ok, %zu warning%s, %zu failure%s\n",
		   count[FINDING_OK], count[FINDING_WARN],
		   count[FINDING_WARN] == 1 ? "" : "s", count[FINDING_FAIL],
		   count[FINDING_FAIL] == 1 ? "" : "s");
}

void doctor_json(const struct doctor *d, struct buf *out)
{
	buf_printf(out, "{\"verdict\":\"%s\",\"findings\":[",
		   finding_level_names[doctor_worst(d)]);
	for (size_t i = 0; i < d->n; i++) {
		const struct finding *f = &d->finding[i];

		buf_printf(out, "%s{\"level\":\"%s\",\"subject\":\"%s\"",
			   i ? ",\n" : "", finding_level_names[f->level],
			   f->subject);
		buf_puts(out, ",\"text\":");
		json_escape_str(out, f->text);
		buf_puts(out, ",\"remedy\":");
		json_escape_str(out, f->level == FINDING_OK ? "" : f->remedy);
		buf_putc(out, '}');
	}
	buf_puts(out, "]}\n");
}
