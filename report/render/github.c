/* SPDX-License-Identifier: MIT */
#include "report/render/github.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/out.h"
#include "report/render/facts.h"
#include "report/render/gate/gate_say.h"
#include "report/render/github_parts.h"
#include "report/render/load/load_say.h"
#include "report/render/markdown.h"
#include "report/render/render.h"
#include "report/result/result.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"

enum {
	NAMES_MAX = 64 * 1024, /* bytes of the list of failed checks */
	NEW_FILE_MODE = 0644,
};

static const char *const commands[ANNOTATION_N] = {
	[ANNOTATE_ERROR] = "error",
	[ANNOTATE_WARNING] = "warning",
};

void github_env_init(struct github_env *env)
{
	*env = (struct github_env){
		.actions = getenv("GITHUB_ACTIONS"),
		.workspace = getenv("GITHUB_WORKSPACE"),
		.step_summary = getenv("GITHUB_STEP_SUMMARY"),
		.output = getenv("GITHUB_OUTPUT"),
	};
	if (!getcwd(env->folder, sizeof(env->folder)))
		env->folder[0] = '\0';
}

bool github_is_on(const struct github_env *env)
{
	return env->actions && !strcmp(env->actions, "true");
}

static bool told_as(const struct check_result *check, enum annotation kind)
{
	switch (check->verdict) {
	case VERDICT_FAILED:
		return kind == ANNOTATE_ERROR;
	case VERDICT_FLAKY:
	case VERDICT_STARTING:
	case VERDICT_NOT_OBSERVED:
		return kind == ANNOTATE_WARNING;
	default:
		return false;
	}
}

/* A value of a command; one of a property ends at a comma or colon.  The
 * runner puts a control character back only where it is one of a line. */
static void escape(struct buf *out, const char *text, bool property)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '%' || c < 0x20 || c == 0x7f ||
		    (property && (c == ':' || c == ',')))
			buf_printf(out, "%%%02X", c);
		else
			buf_putc(out, *text);
	}
}

/* The part of path behind "folder/", or NULL when it is not inside. */
static const char *inside(const char *folder, const char *path)
{
	size_t len = strlen(folder);

	while (len && folder[len - 1] == '/')
		len--;
	if (!len || strncmp(path, folder, len) != 0 || path[len] != '/')
		return NULL;
	return path + len + 1;
}

/* As seen from the workspace, where GitHub looks for it. */
static void put_path(struct buf *out, const struct github_env *env,
		     const char *file)
{
	struct buf full;
	const char *path = file;

	while (!strncmp(path, "./", 2))
		path += 2;
	buf_init(&full, GITHUB_TEXT_MAX);
	if (env->workspace && *env->workspace) {
		if (*path != '/' && *env->folder)
			buf_printf(&full, "%s/%s", env->folder, path);
		else
			buf_puts(&full, path);
		if (inside(env->workspace, buf_text(&full)))
			path = inside(env->workspace, buf_text(&full));
	}
	escape(out, path, true);
	buf_release(&full);
}

/* What a reader needs beside the line of the scenario. */
struct message {
	struct facts facts; /* first, for on_fact() */
	struct buf text;
};

static void on_fact(struct facts *facts, enum fact_kind kind, bool bad,
		    const char *text)
{
	struct message *msg = (struct message *)facts; /* its first member */

	(void)bad;
	if (kind != FACT_MESSAGE && kind != FACT_EXPECTATION &&
	    kind != FACT_PART && kind != FACT_SLOW && kind != FACT_ATTEMPT)
		return;
	if (msg->text.len)
		buf_putc(&msg->text, '\n');
	buf_puts(&msg->text, text);
}

void github_command(struct buf *out, const struct github_env *env,
		    enum annotation kind, const struct spot *at,
		    const char *name, const struct buf *msg)
{
	struct buf shown;

	buf_printf(out, "::%s ", commands[kind]);
	if (*at->file && at->line) {
		buf_puts(out, "file=");
		put_path(out, env, at->file);
		buf_printf(out, ",line=%" PRIu64 ",col=%" PRIu64 ",", at->line,
			   at->col);
	}
	buf_puts(out, "title=");
	buf_init(&shown, GITHUB_TEXT_MAX);
	say_text(&shown, name, FACT_NAME_MAX);
	escape(out, buf_text(&shown), true);
	buf_reset(&shown);
	buf_puts(out, "::");
	text_cut(&shown, buf_text(msg), msg->len, GITHUB_MESSAGE_MAX);
	escape(out, buf_text(&shown), false);
	buf_putc(out, '\n');
	buf_release(&shown);
}

static void put_annotation(struct buf *out, const struct github_env *env,
			   enum annotation kind,
			   const struct check_result *check)
{
	struct message msg = { .facts = { .on_fact = on_fact } };
	const struct step_result *step = check_failed_step(check);
	const struct spot *at = step && step->at.line ? &step->at : &check->at;

	buf_init(&msg.text, GITHUB_TEXT_MAX);
	buf_printf(&msg.text, "%s (%s)", verdict_name(check->verdict),
		   severity_name(check->severity));
	facts_check(&msg.facts, check);
	github_command(out, env, kind, at, check->name, &msg.text);
	buf_release(&msg.text);
}

static bool point_told_as(const struct load_point *p, enum annotation kind)
{
	switch (p->kind) {
	case POINT_FAILED:
	case POINT_INVALID:
		return kind == ANNOTATE_ERROR;
	case POINT_UNSEEN:
		return kind == ANNOTATE_WARNING;
	default:
		return false;
	}
}

static void put_point(struct buf *out, const struct github_env *env,
		      enum annotation kind, const struct load_result *load,
		      const struct load_point *p)
{
	struct buf msg;

	buf_init(&msg, GITHUB_TEXT_MAX);
	if (p->limit) {
		say_point_name(&msg, p);
		buf_puts(&msg, ": ");
		if (p->kind == POINT_UNSEEN && *p->limit->seen)
			buf_printf(&msg, "%s, ", limit_word(p->limit));
	}
	say_point(&msg, load, p);
	github_command(out, env, kind, p->at, load->name, &msg);
	buf_release(&msg);
}

/* Points of loads of one kind, at most room of them; the number of all.  With
 * out NULL they are only counted. */
static size_t put_points(struct buf *out, const struct run_result *run,
			 const struct github_env *env, enum annotation kind,
			 size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_loads; i++) {
		const struct load_result *load = &run->loads[i];

		for (size_t k = 0; k < load_points(load); k++) {
			struct load_point p = load_point_get(load, k);

			if (!point_told_as(&p, kind))
				continue;
			if (out && n < room)
				put_point(out, env, kind, load, &p);
			n++;
		}
	}
	return n;
}

static size_t count_told(const struct run_result *run, enum annotation kind)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_checks; i++)
		n += told_as(&run->checks[i], kind);
	n += put_points(NULL, run, NULL, kind, 0);
	return n + github_gate(NULL, run, NULL, kind, 0) +
	       github_against(NULL, run, NULL, kind, 0);
}

/* The checks of one kind, the most severe first, at most room of them. */
static size_t put_checks(struct buf *out, const struct run_result *run,
			 const struct github_env *env, enum annotation kind,
			 size_t room)
{
	size_t told = 0;

	for (int s = SEVERITY_N - 1; s >= 0 && told < room; s--) {
		for (size_t i = 0; i < run->n_checks && told < room; i++) {
			const struct check_result *check = &run->checks[i];

			if ((int)check->severity != s || !told_as(check, kind))
				continue;
			put_annotation(out, env, kind, check);
			told++;
		}
	}
	return told;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void put_kind(struct buf *out, const struct run_result *run,
		     const struct github_env *env, enum annotation kind)
{
	size_t all = count_told(run, kind);
	size_t room =
		all > GITHUB_ANNOTATIONS_MAX ? GITHUB_ANNOTATIONS_MAX - 1 : all;
	/* the gate is what the run is about */
	size_t of_gate = github_gate(out, run, env, kind, room);
	size_t told = least(room, of_gate);

	told += least(room - told,
		      github_against(out, run, env, kind, room - told));

	told += put_checks(out, run, env, kind, room - told);
	put_points(out, run, env, kind, room - told);
	if (all > room)
		buf_printf(out,
			   "::%s title=%zu more::%zu more are like this: see "
			   "the summary of this step\n",
			   commands[kind], all - room, all - room);
}

bool github_annotations(const struct run_result *sealed,
			const struct github_env *env, struct buf *out)
{
	for (int kind = 0; kind < ANNOTATION_N; kind++)
		put_kind(out, sealed, env, (enum annotation)kind);
	return buf_ok(out);
}

/* Whatever the value is, its delimiter is not in it, so no value can end
 * early and set another output. */
static void put_output(struct buf *out, const char *name, const char *value)
{
	char delimiter[32];
	unsigned n = 0;

	do
		snprintf(delimiter, sizeof(delimiter), "assay_end_%u", n++);
	while (strstr(value, delimiter));
	buf_printf(out, "%s<<%s\n%s\n%s\n", name, delimiter, value, delimiter);
}

bool github_outputs(const struct run_result *sealed, struct buf *out)
{
	char number[24];
	struct buf names;

	put_output(out, "verdict", run_verdict_name(sealed->verdict));
	snprintf(number, sizeof(number), "%" PRId64, sealed->exit_code);
	put_output(out, "exit_code", number);
	snprintf(number, sizeof(number), "%" PRIu64, sealed->counts.failed);
	put_output(out, "failed", number);
	snprintf(number, sizeof(number), "%" PRIu64,
		 count_loads(sealed, RUN_FAILED));
	put_output(out, "failed_loads", number);
	buf_init(&names, NAMES_MAX);
	for (size_t i = 0; i < sealed->n_checks; i++) {
		if (sealed->checks[i].verdict != VERDICT_FAILED ||
		    names.len > NAMES_MAX - 4 * FACT_NAME_MAX)
			continue;
		if (names.len)
			buf_putc(&names, ',');
		say_text(&names, sealed->checks[i].name, FACT_NAME_MAX);
	}
	put_output(out, "failed_checks", buf_text(&names));
	buf_release(&names);
	if (sealed->gate)
		put_output(out, "gate", gate_word(sealed->gate));
	return buf_ok(out);
}

static bool append(const char *path, const struct buf *text, struct errs *es)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
		      NEW_FILE_MODE);
	size_t done = 0;
	bool ok = fd >= 0;

	while (ok && done < text->len) {
		ssize_t n = write(fd, text->text + done, text->len - done);

		if (n > 0)
			done += (size_t)n;
		else
			ok = n < 0 && errno == EINTR;
	}
	if (!ok)
		errs_add(es, ERR_SYSTEM, NOWHERE,
			 "\"%s\" cannot be appended to: %s", path,
			 strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool is_set(const char *path)
{
	return path && *path;
}

static bool append_summary(const struct run_result *sealed, const char *path,
			   struct errs *es)
{
	const struct render_options opt = { .utf8 = true };
	struct buf text;
	bool ok;

	buf_init(&text, MARKDOWN_MAX + 1);
	ok = render(RENDER_MARKDOWN, sealed, &opt, &text) &&
	     buf_putc(&text, '\n');
	ok = ok ? append(path, &text, es) : errs_nomem(es);
	buf_release(&text);
	return ok;
}

static bool append_outputs(const struct run_result *sealed, const char *path,
			   struct errs *es)
{
	struct buf text;
	bool ok;

	buf_init(&text, GITHUB_TEXT_MAX);
	ok = github_outputs(sealed, &text) ? append(path, &text, es)
					   : errs_nomem(es);
	buf_release(&text);
	return ok;
}

bool github_publish(const struct run_result *sealed,
		    const struct github_env *env, struct out *to,
		    struct errs *es)
{
	struct buf text;
	bool ok = true;

	if (!github_is_on(env))
		return true;
	buf_init(&text, GITHUB_TEXT_MAX);
	if (github_annotations(sealed, env, &text))
		out_raw(to, buf_text(&text), text.len);
	else
		ok = errs_nomem(es);
	buf_release(&text);
	if (is_set(env->step_summary))
		ok = append_summary(sealed, env->step_summary, es) && ok;
	if (is_set(env->output))
		ok = append_outputs(sealed, env->output, es) && ok;
	return ok;
}
