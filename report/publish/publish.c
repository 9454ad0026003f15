/* SPDX-License-Identifier: MIT */
#include "report/publish/publish.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "report/alerts/round.h"
#include "report/file.h"
#include "report/result/stamp.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

#ifdef ASSAY_VERSION
#define PUBLISH_VERSION ASSAY_VERSION
#else
#define PUBLISH_VERSION "0.1"
#endif

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

static bool put_file(const char *dir, const char *name, const struct buf *text,
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
	bool ok = put_file(dir, buf_text(&name), &text, es);
	buf_reset(&text);
	publish_badge_json(p, s, &text);
	name.len = stem;
	buf_puts(&name, ".json");
	ok = put_file(dir, buf_text(&name), &text, es) && ok;
	buf_release(&text);
	buf_release(&name);
	return ok;
}

static bool put_page(const char *dir, const struct published *p,
		     const struct page_past *past, struct errs *es)
{
	struct buf text;

	buf_init(&text, PAGE_BYTES_MAX);
	page_render(p, past, 0, &text);
	bool ok = put_file(dir, "index.html", &text, es);
	buf_release(&text);
	return ok;
}

bool publish_dir(const char *dir, const struct published *p,
		 const struct page_past *past, struct errs *es)
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
		ok = put_file(dir, files[i].name, &text, es) && ok;
	}
	buf_release(&text);
	ok = put_page(dir, p, past, es) && ok;
	ok = put_badge(dir, p, NULL, es) && ok;
	for (size_t i = 0; i < p->n; i++)
		ok = put_badge(dir, p, &p->checks[i], es) && ok;
	return ok;
}

/* Of the last whole hours and the one that goes on. */
static uint64_t errors_of_a_day(const struct page_past *past)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < past->n_checks; i++) {
		const struct page_check *c = &past->checks[i];
		size_t n =
			c->n_hours < HOURS_COUNTED ? c->n_hours : HOURS_COUNTED;

		for (size_t k = c->n_hours - n; k < c->n_hours; k++)
			sum += c->hours[k].n_failed;
	}
	return sum;
}

bool publish_recall(struct state *st, const struct scenario *sc,
		    uint64_t now_at_ns, struct arena *a,
		    struct publish_memory *out, struct errs *es)
{
	*out = (struct publish_memory){ 0 };
	if (!page_gather(st, sc, now_at_ns, a, &out->past, es) ||
	    !alerts_standing(st, sc, now_at_ns, a, &out->alerts, &out->n_alerts,
			     es))
		return false;
	out->errors_24h = errors_of_a_day(&out->past);
	return true;
}

bool publish_run(const char *dir, const struct run_result *sealed,
		 const struct publish_memory *memory, struct errs *es)
{
	struct standing *rows = calloc(sealed->n_checks + 1, sizeof(*rows));
	struct published p = {
		.name = sealed->name,
		.environment = sealed->environment,
		.version = PUBLISH_VERSION,
		.now_at_ns = stamp_now_ns(),
		.n = sealed->n_checks,
		.checks = rows,
	};

	if (!rows)
		return errs_nomem(es);
	for (size_t i = 0; i < sealed->n_checks; i++) {
		rows[i].name = sealed->checks[i].name;
		standing_take(&rows[i], &sealed->checks[i]);
		rows[i].n_runs = 1;
		rows[i].n_failed = rows[i].verdict == VERDICT_FAILED;
	}
	if (memory) {
		p.has_errors_24h = true;
		p.errors_24h = memory->errors_24h;
		p.n_alerts = memory->n_alerts;
		p.alerts = memory->alerts;
	}
	bool ok = publish_dir(dir, &p, memory ? &memory->past : NULL, es);
	free(rows);
	return ok;
}
