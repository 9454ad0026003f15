/* SPDX-License-Identifier: MIT */
#include "report/publish/publish.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "report/file.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

enum { FOLDER_MODE = 0755, PATH_ROOM = 512 };

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

void publish_file_name(const char *check, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";

	/* one name, one file: what is not plain is spelled out */
	for (const char *c = check; *c; c++) {
		if (is_plain(*c) || (*c == '.' && c != check)) {
			buf_putc(out, *c);
			continue;
		}
		buf_putc(out, '~');
		buf_putc(out, hex[(unsigned char)*c >> 4]);
		buf_putc(out, hex[(unsigned char)*c & 15]);
	}
}

static bool make_folder(const char *path, struct errs *es)
{
	if (mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST)
		return true;
	return errs_add(es, ERR_SYSTEM, NOWHERE, "cannot make \"%s\": %s", path,
			strerror(errno));
}

bool publish_file(const char *dir, const char *name, const struct buf *text,
		  struct errs *es)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	if (!buf_ok(text))
		return errs_nomem(es);
	if (n < 0 || n >= (int)sizeof(path))
		return errs_add(es, ERR_INPUT, NOWHERE,
				"the path of \"%.60s\" is too long", name);
	return file_write(path, text->text, text->len, FILE_MODE, es);
}

static bool put_badge(const char *dir, const struct published *p,
		      const struct standing *s, struct errs *es)
{
	struct buf text;
	struct buf name;

	buf_init(&text, PUBLISH_MAX);
	buf_init(&name, PATH_ROOM);
	publish_badge_svg(p, s, &text);
	buf_puts(&name, s ? "badges/" : "badge");
	if (s)
		publish_file_name(s->name, &name);
	size_t stem = name.len;
	buf_puts(&name, ".svg");
	bool ok = publish_file(dir, buf_text(&name), &text, es);
	buf_reset(&text);
	publish_badge_json(p, s, &text);
	name.len = stem;
	buf_puts(&name, ".json");
	ok = publish_file(dir, buf_text(&name), &text, es) && ok;
	buf_release(&text);
	buf_release(&name);
	return ok;
}

bool publish_dir(const char *dir, const struct published *p, struct errs *es)
{
	static const struct {
		const char *name;
		bool (*render)(const struct published *p, struct buf *out);
	} files[] = {
		{ "metrics.prom", publish_metrics },
		{ "status.json", publish_status },
		{ "checks.json", publish_checks },
	};
	char badges[PATH_MAX];
	struct buf text;
	bool ok;

	(void)snprintf(badges, sizeof(badges), "%s/badges", dir);
	if (!make_folder(dir, es) || !make_folder(badges, es))
		return false;
	buf_init(&text, PUBLISH_MAX);
	ok = true;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		buf_reset(&text);
		files[i].render(p, &text);
		ok = publish_file(dir, files[i].name, &text, es) && ok;
	}
	buf_release(&text);
	ok = put_badge(dir, p, NULL, es) && ok;
	for (size_t i = 0; i < p->n; i++)
		ok = put_badge(dir, p, &p->checks[i], es) && ok;
	return ok;
}
