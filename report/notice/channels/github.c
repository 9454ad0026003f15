/* SPDX-License-Identifier: MIT */

/*
 * github - an issue for each outage: opened when it fires, commented on when
 * something changes, closed with a comment when it is over.
 *
 * The number of the issue comes back as the reference (reference_path).  Where
 * it is not known (it could not be opened then, or by another machine), an
 * issue is opened that says how things stand, so nothing is lost.
 *
 * Source        docs.github.com/rest: "Create an issue", "Create an issue
 *               comment", "Update an issue" (title at most 256 characters,
 *               body at most 65536), "Best practices" (secondary rate limits
 *               answer 403 or 429, a minute is waited without Retry-After).
 * Escaping      report/render/markdown: no markup, no mention, no reference.
 */

#include <inttypes.h>
#include <string.h>

#include "report/notice/channel.h"
#include "report/render/markdown_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum {
	GITHUB_TITLE_MAX = 256, /* UTF-16 units */
	GITHUB_BODY_MAX = 60000 /* bytes */
};

static const char *address(struct telling *t, uint64_t number, const char *what)
{
	struct buf path;

	buf_init(&path, TELL_SETTING_MAX * 2);
	buf_printf(&path, "/repos/%s/issues", tell_setting(t, "repo"));
	if (number)
		buf_printf(&path, "/%" PRIu64 "%s", number, what);
	return tell_join(t, tell_setting(t, "api"), tell_keep(t, &path));
}

static struct message *request(struct telling *t, const char *method,
			       uint64_t number, const char *what)
{
	struct message *m =
		tell_post(t, address(t, number, what), "application/json");
	struct buf text;

	if (!m)
		return NULL;
	m->method = method;
	buf_init(&text, TELL_SETTING_MAX * 2);
	buf_printf(&text, "Bearer %s", tell_setting(t, "token"));
	tell_header(t, m, "Accept", "application/vnd.github+json");
	tell_header(t, m, "Authorization", tell_keep(t, &text));
	tell_header(t, m, "X-GitHub-Api-Version", "2022-11-28");
	/* the service refuses a request without one */
	tell_header(t, m, "User-Agent", "assay");
	return m;
}

static void put_lines(struct buf *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		struct buf line;

		buf_init(&line, NOTICE_MESSAGE_MAX);
		buf_add(&line, text, n);
		md_text(out, buf_text(&line), NOTICE_MESSAGE_MAX);
		buf_puts(out, "\n");
		buf_release(&line);
		text += n + (text[n] == '\n');
	}
}

static void put_facts(struct buf *out, struct telling *t,
		      const struct notice *n)
{
	struct notice_fact facts[TELL_FACTS_MAX];
	size_t n_facts = notice_facts(t, n, facts);

	buf_printf(out, "\n| | |\n|---|---|\n| Time | %s |\n",
		   tell_time(t, n->at_ns));
	for (size_t i = 0; i < n_facts; i++) {
		buf_printf(out, "| %s | ", facts[i].name);
		md_text(out, facts[i].value, NOTICE_URL_MAX);
		buf_puts(out, " |\n");
	}
}

static void put_title(struct buf *out, const struct notice *n)
{
	struct buf title;

	buf_init(&title, NOTICE_TITLE_MAX * 2);
	say_headline(&title, n);
	buf_puts(out, "**");
	md_text(out, buf_text(&title), NOTICE_TITLE_MAX * 2);
	buf_puts(out, "**\n\n");
	buf_release(&title);
}

static void put_notice(struct buf *out, struct telling *t,
		       const struct notice *n)
{
	struct buf line;

	put_lines(out, n->message);
	for (size_t i = 0; i < n->n_lines && out->len < GITHUB_BODY_MAX / 2;
	     i++) {
		buf_init(&line, TELL_BODY_MAX);
		say_line(&line, &n->lines[i]);
		buf_puts(out, "- ");
		md_text(out, buf_text(&line), NOTICE_LINE_MAX * 2);
		buf_putc(out, '\n');
		buf_release(&line);
	}
	put_facts(out, t, n);
}

static void put_body(struct telling *t, cJSON *root, struct buf *text)
{
	struct buf cut;

	buf_init(&cut, GITHUB_BODY_MAX);
	text_cut(&cut, buf_text(text), text->len, GITHUB_BODY_MAX);
	buf_release(text);
	tell_put_text(t, root, "body", tell_keep(t, &cut));
}

/* The next one of the same outage that is told together with it, or NULL. */
static const struct notice *next_of(const struct telling *t,
				    const struct notice *n)
{
	const struct notice *end = t->notices + t->n;

	for (const struct notice *k = n + 1; k < end; k++)
		if (!strcmp(k->episode, n->episode))
			return k;
	return NULL;
}

static bool is_first_of(const struct telling *t, const struct notice *n)
{
	for (const struct notice *k = t->notices; k < n; k++)
		if (!strcmp(k->episode, n->episode))
			return false;
	return true;
}

static const char *title_of(struct telling *t, const struct notice *n)
{
	struct buf all, title;

	buf_init(&all, TELL_BODY_MAX);
	buf_init(&title, TELL_BODY_MAX);
	say_headline(&all, n);
	if (*n->environment)
		buf_printf(&all, " (%s)", n->environment);
	say_units(&title, buf_text(&all), GITHUB_TITLE_MAX);
	buf_release(&all);
	return tell_keep(t, &title);
}

/* One issue for an outage, also when its end is told with its beginning: then
 * it cannot be closed here, and says that it is over. */
static bool open_issue(struct telling *t, const struct notice *n)
{
	struct message *m = request(t, "POST", 0, "");
	const struct notice *last = n;
	cJSON *root, *labels;
	const char *label;
	struct buf text;

	if (!m)
		return false;
	m->reference_path = "$.number";
	buf_init(&text, TELL_BODY_MAX);
	put_notice(&text, t, n);
	for (const struct notice *k = n; (k = next_of(t, k)); last = k) {
		buf_putc(&text, '\n');
		put_title(&text, k);
		put_notice(&text, t, k);
	}
	root = cJSON_CreateObject();
	tell_put_text(t, root, "title", title_of(t, last));
	put_body(t, root, &text);
	labels = tell_put_array(t, root, "labels");
	for (size_t i = 0; (label = tell_setting_at(t, "labels", i)); i++)
		tell_add_text(t, labels, label);
	return tell_json(t, m, root);
}

static bool comment(struct telling *t, const struct notice *n)
{
	struct message *m = request(t, "POST", tell_reference(t), "/comments");
	struct buf text;
	cJSON *root;

	if (!m)
		return false;
	buf_init(&text, TELL_BODY_MAX);
	put_title(&text, n);
	put_notice(&text, t, n);
	root = cJSON_CreateObject();
	put_body(t, root, &text);
	return tell_json(t, m, root);
}

static bool close_issue(struct telling *t)
{
	struct message *m = request(t, "PATCH", tell_reference(t), "");
	cJSON *root;

	if (!m)
		return false;
	root = cJSON_CreateObject();
	tell_put_text(t, root, "state", "closed");
	tell_put_text(t, root, "state_reason", "completed");
	return tell_json(t, m, root);
}

static bool tell(struct telling *t, const struct notice *n)
{
	if (!tell_is_referred(t, n))
		return !is_first_of(t, n) || open_issue(t, n);
	return comment(t, n) && (!notice_is_over(n) || close_issue(t));
}

static bool is_repository(const char *text)
{
	const char *slash = strchr(text, '/');
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"0123456789-_./");

	return slash && slash != text && slash[1] && !text[n] &&
	       !strchr(slash + 1, '/') && !strstr(text, "..");
}

static bool render(struct telling *t)
{
	if (!is_repository(tell_setting(t, "repo")))
		return tell_wrong(t, "repo", "must be owner/name");
	for (size_t i = 0; i < t->n; i++) {
		if (!tell(t, &t->notices[i]))
			return false;
		tell_told(t, i + 1);
	}
	return true;
}

static enum answer_meaning answer(int64_t status, const char *body, size_t len)
{
	if (status == 403 && answer_says(body, len, "rate limit"))
		return ANSWER_LATER;
	return answer_http(status);
}

static const struct channel_key keys[] = {
	{ "repo", SETTING_TEXT, true },
	{ "token", SETTING_TEXT, true },
	{ "api", SETTING_URL, true },
	{ "labels", SETTING_TEXT, false },
};

const struct channel channel_github = {
	.name = "github",
	.kind = CHANNEL_GITHUB,
	.takes_digest = true,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer,
};
