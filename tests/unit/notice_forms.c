/* SPDX-License-Identifier: MIT */
#include "tests/unit/notice_forms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/result/stamp.h"
#include "scenarios/base/text.h"

enum form_type { TEXT, TIME, NUMBER, BOOL, OBJECT, ARRAY };

struct row {
	const char *path;
	enum form_type type;
	bool required;
	size_t max;	   /* UTF-16 units or elements; 0: any */
	const char *words; /* "|danger|warning|"; NULL: any */
};

struct form {
	const struct row *rows;
	size_t n;
	size_t max_bytes;
};

enum { PATH_ROOM = 200 };
static char why[400];

static const char *wrong(const char *path, const char *what)
{
	snprintf(why, sizeof why, "%s %s", *path ? path : "the body", what);
	return why;
}

size_t form_units(const char *text)
{
	size_t units = 0, len = strlen(text);
	uint32_t code;

	for (size_t i = 0; i < len;) {
		size_t n = text_utf8_next(text + i, len - i, &code);

		units += n == 4 ? 2 : 1;
		i += n ? n : 1;
	}
	return units;
}

static const struct row *find(const struct form *f, const char *path)
{
	char any[PATH_ROOM];
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->rows[i].path, path))
			return &f->rows[i];
	snprintf(any, sizeof any, "%.*s.*", dot ? (int)(dot - path) : 0, path);
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->rows[i].path, any))
			return &f->rows[i];
	return NULL;
}

static bool is_of(const struct row *row, const cJSON *node)
{
	int64_t at_s;
	uint32_t ns;

	switch (row->type) {
	case TEXT:
		return cJSON_IsString(node);
	case TIME:
		return cJSON_IsString(node) &&
		       stamp_parse(node->valuestring, strlen(node->valuestring),
				   &at_s, &ns);
	case NUMBER:
		return cJSON_IsNumber(node);
	case BOOL:
		return cJSON_IsBool(node);
	case OBJECT:
		return cJSON_IsObject(node);
	default:
		return cJSON_IsArray(node);
	}
}

static const char *check_value(const struct row *row, const char *path,
			       const cJSON *node)
{
	char word[PATH_ROOM];

	if (!is_of(row, node))
		return wrong(path, "has a wrong type");
	if (cJSON_IsString(node) && row->max &&
	    form_units(node->valuestring) > row->max)
		return wrong(path, "is too long");
	if (cJSON_IsString(node) && row->required && !*node->valuestring)
		return wrong(path, "is empty");
	if (cJSON_IsArray(node) && row->max &&
	    (size_t)cJSON_GetArraySize(node) > row->max)
		return wrong(path, "has too many elements");
	if (row->words) {
		snprintf(word, sizeof word, "|%s|", node->valuestring);
		if (!strstr(row->words, word))
			return wrong(path, "is none of the words");
	}
	return NULL;
}

/* Members that a row asks for directly below path. */
static const char *check_required(const struct form *f, const char *path,
				  const cJSON *node)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < f->n; i++) {
		const struct row *row = &f->rows[i];
		const char *key = row->path + len + (len > 0);

		if (!row->required || strncmp(row->path, path, len) != 0 ||
		    (len && row->path[len] != '.') || !*key ||
		    strpbrk(key, ".[*"))
			continue;
		if (!cJSON_GetObjectItemCaseSensitive(node, key))
			return wrong(row->path, "is missing");
	}
	return NULL;
}

static const char *walk(const struct form *f, const char *path,
			const cJSON *node)
{
	const struct row *row = *path ? find(f, path) : NULL;
	const char *bad = NULL;
	const cJSON *el;

	if (*path && !row)
		return wrong(path, "is not documented");
	if (row)
		bad = check_value(row, path, node);
	if (!bad && cJSON_IsObject(node))
		bad = check_required(f, path, node);
	if (bad)
		return bad;
	cJSON_ArrayForEach(el, node)
	{
		char below[PATH_ROOM];

		if (cJSON_IsArray(node))
			snprintf(below, sizeof below, "%s[]", path);
		else
			snprintf(below, sizeof below, "%s%s%s", path,
				 *path ? "." : "", el->string);
		bad = walk(f, below, el);
		if (bad)
			return bad;
	}
	return NULL;
}

/* ---- the services ----------------------------------------------------- */

/* core.telegram.org/bots/api#sendmessage */
static const struct row telegram[] = {
	{ "chat_id", TEXT, true, 0, NULL },
	{ "message_thread_id", TEXT, false, 0, NULL },
	{ "text", TEXT, true, 4096, NULL },
	{ "parse_mode", TEXT, false, 0, "|Markdown|" },
	{ "link_preview_options", OBJECT, false, 0, NULL },
	{ "link_preview_options.is_disabled", BOOL, false, 0, NULL },
	{ "reply_parameters", OBJECT, false, 0, NULL },
	{ "reply_parameters.message_id", NUMBER, true, 0, NULL },
	{ "reply_parameters.allow_sending_without_reply", BOOL, false, 0,
	  NULL },
};

/* docs.slack.dev: secondary message attachments; 100 of them, 40,000
 * characters of text */
static const struct row slack[] = {
	{ "text", TEXT, false, 40000, NULL },
	{ "attachments", ARRAY, true, 100, NULL },
	{ "attachments[]", OBJECT, true, 0, NULL },
	{ "attachments[].fallback", TEXT, true, 0, NULL },
	{ "attachments[].color", TEXT, false, 0, "|good|warning|danger|" },
	{ "attachments[].title", TEXT, false, 0, NULL },
	{ "attachments[].text", TEXT, true, 40000, NULL },
	{ "attachments[].fields", ARRAY, false, 0, NULL },
	{ "attachments[].fields[]", OBJECT, true, 0, NULL },
	{ "attachments[].fields[].title", TEXT, true, 0, NULL },
	{ "attachments[].fields[].value", TEXT, true, 0, NULL },
	{ "attachments[].fields[].short", BOOL, false, 0, NULL },
	{ "attachments[].footer", TEXT, false, 0, NULL },
	{ "attachments[].mrkdwn_in", ARRAY, false, 0, NULL },
	{ "attachments[].ts", NUMBER, false, 0, NULL },
};

/* developer.pagerduty.com: Events API v2 */
static const struct row pagerduty[] = {
	{ "routing_key", TEXT, true, 0, NULL },
	{ "event_action", TEXT, true, 0, "|trigger|acknowledge|resolve|" },
	{ "dedup_key", TEXT, true, 255, NULL },
	{ "client", TEXT, false, 0, NULL },
	{ "payload", OBJECT, true, 0, NULL },
	{ "payload.summary", TEXT, true, 1024, NULL },
	{ "payload.source", TEXT, true, 0, NULL },
	{ "payload.severity", TEXT, true, 0, "|critical|error|warning|info|" },
	{ "payload.timestamp", TIME, false, 0, NULL },
	{ "payload.component", TEXT, false, 0, NULL },
	{ "payload.group", TEXT, false, 0, NULL },
	{ "payload.class", TEXT, false, 0, NULL },
	{ "payload.custom_details", OBJECT, false, 0, NULL },
	{ "payload.custom_details.*", TEXT, false, 0, NULL },
};

/* learn.microsoft.com: Workflows; adaptivecards.io 1.4 */
static const struct row teams[] = {
	{ "type", TEXT, true, 0, "|message|" },
	{ "attachments", ARRAY, true, 1, NULL },
	{ "attachments[]", OBJECT, true, 0, NULL },
	{ "attachments[].contentType", TEXT, true, 0,
	  "|application/vnd.microsoft.card.adaptive|" },
	{ "attachments[].content", OBJECT, true, 0, NULL },
	{ "attachments[].content.$schema", TEXT, false, 0, NULL },
	{ "attachments[].content.type", TEXT, true, 0, "|AdaptiveCard|" },
	{ "attachments[].content.version", TEXT, true, 0, "|1.4|" },
	{ "attachments[].content.fallbackText", TEXT, false, 0, NULL },
	{ "attachments[].content.msteams", OBJECT, false, 0, NULL },
	{ "attachments[].content.msteams.width", TEXT, false, 0, "|Full|" },
	{ "attachments[].content.body", ARRAY, true, 0, NULL },
	{ "attachments[].content.body[]", OBJECT, true, 0, NULL },
	{ "attachments[].content.body[].type", TEXT, true, 0,
	  "|Container|RichTextBlock|" },
	{ "attachments[].content.body[].inlines", ARRAY, false, 0, NULL },
	{ "attachments[].content.body[].inlines[]", OBJECT, true, 0, NULL },
	{ "attachments[].content.body[].inlines[].type", TEXT, true, 0,
	  "|TextRun|" },
	{ "attachments[].content.body[].inlines[].text", TEXT, true, 0, NULL },
	{ "attachments[].content.body[].style", TEXT, false, 0,
	  "|accent|warning|attention|good|" },
	{ "attachments[].content.body[].items", ARRAY, false, 0, NULL },
	{ "attachments[].content.body[].items[]", OBJECT, true, 0, NULL },
	{ "attachments[].content.body[].items[].type", TEXT, true, 0,
	  "|RichTextBlock|" },
	{ "attachments[].content.body[].items[].inlines", ARRAY, true, 0,
	  NULL },
	{ "attachments[].content.body[].items[].inlines[]", OBJECT, true, 0,
	  NULL },
	{ "attachments[].content.body[].items[].inlines[].type", TEXT, true, 0,
	  "|TextRun|" },
	{ "attachments[].content.body[].items[].inlines[].text", TEXT, true, 0,
	  NULL },
	{ "attachments[].content.body[].items[].inlines[].weight", TEXT, false,
	  0, "|Bolder|" },
};

/* discord.com/developers/docs: Execute Webhook, Embed Limits */
static const struct row discord[] = {
	{ "content", TEXT, false, 2000, NULL },
	{ "embeds", ARRAY, true, 10, NULL },
	{ "embeds[]", OBJECT, true, 0, NULL },
	{ "embeds[].title", TEXT, true, 256, NULL },
	{ "embeds[].description", TEXT, false, 4096, NULL },
	{ "embeds[].color", NUMBER, false, 0, NULL },
	{ "embeds[].timestamp", TIME, false, 0, NULL },
	{ "embeds[].fields", ARRAY, false, 25, NULL },
	{ "embeds[].fields[]", OBJECT, true, 0, NULL },
	{ "embeds[].fields[].name", TEXT, true, 256, NULL },
	{ "embeds[].fields[].value", TEXT, true, 1024, NULL },
	{ "embeds[].fields[].inline", BOOL, false, 0, NULL },
	{ "allowed_mentions", OBJECT, true, 0, NULL },
	{ "allowed_mentions.parse", ARRAY, true, 0, NULL },
};

/* prometheus/alertmanager: api/v2/openapi.yaml, postableAlerts */
static const struct row alertmanager[] = {
	{ "[]", OBJECT, true, 0, NULL },
	{ "[].labels", OBJECT, true, 0, NULL },
	{ "[].labels.alertname", TEXT, true, 0, NULL },
	{ "[].labels.severity", TEXT, true, 0,
	  "|critical|error|warning|info|" },
	{ "[].labels.*", TEXT, true, 0, NULL },
	{ "[].annotations", OBJECT, false, 0, NULL },
	{ "[].annotations.*", TEXT, false, 0, NULL },
	{ "[].startsAt", TIME, true, 0, NULL },
	{ "[].endsAt", TIME, true, 0, NULL },
	{ "[].generatorURL", TEXT, false, 0, NULL },
};

/* docs.github.com/rest: issues, issue comments */
static const struct row github[] = {
	{ "title", TEXT, false, 256, NULL },
	{ "body", TEXT, false, 65536, NULL },
	{ "labels", ARRAY, false, 100, NULL },
	{ "labels[]", TEXT, true, 50, NULL },
	{ "state", TEXT, false, 0, "|closed|" },
	{ "state_reason", TEXT, false, 0, "|completed|" },
};

static const struct row payload[] = {
	{ "version", NUMBER, true, 0, NULL },
	{ "channel", TEXT, true, 0, NULL },
	{ "left_out", NUMBER, false, 0, NULL },
	{ "notices", ARRAY, true, 0, NULL },
	{ "notices[]", OBJECT, true, 0, NULL },
	{ "notices[].version", NUMBER, true, 0, NULL },
	{ "notices[].kind", TEXT, true, 0,
	  "|firing|tier|reminder|escalated|resolved|flapping|settled|event|"
	  "acknowledged|test|digest|" },
	{ "notices[].severity", TEXT, true, 0,
	  "|critical|error|warning|info|" },
	{ "notices[].is_firing", BOOL, true, 0, NULL },
	{ "notices[].at", TIME, true, 0, NULL },
	{ "notices[].since_at", TIME, false, 0, NULL },
	{ "notices[].lasted_ns", NUMBER, false, 0, NULL },
	{ "notices[].tags", ARRAY, false, 0, NULL },
	{ "notices[].tags[]", TEXT, true, 0, NULL },
	{ "notices[].lines", ARRAY, false, 0, NULL },
	{ "notices[].lines[]", OBJECT, true, 0, NULL },
	{ "notices[].lines[].at", TIME, true, 0, NULL },
	{ "notices[].lines[].lasted_ns", NUMBER, false, 0, NULL },
	{ "notices[].lines[].*", TEXT, false, 0, NULL },
	{ "notices[].*", TEXT, false, 0, NULL },
};

#define FORM(rows, max)                                   \
	{                                                 \
		rows, sizeof(rows) / sizeof(*(rows)), max \
	}

static const struct form forms[CHANNEL_KIND_N] = {
	[CHANNEL_TELEGRAM] = FORM(telegram, 0),
	[CHANNEL_SLACK] = FORM(slack, 0),
	[CHANNEL_PAGERDUTY] = FORM(pagerduty, 512 * 1024),
	[CHANNEL_TEAMS] = FORM(teams, 28 * 1024),
	[CHANNEL_DISCORD] = FORM(discord, 0),
	[CHANNEL_WEBHOOK] = FORM(payload, 0),
	[CHANNEL_ALERTMANAGER] = FORM(alertmanager, 0),
	[CHANNEL_GITHUB] = FORM(github, 0),
	[CHANNEL_EXEC] = FORM(payload, 0),
};

/* ---- what a table cannot say ------------------------------------------ */

static size_t units_of(const cJSON *of, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(of, key);

	return item ? form_units(item->valuestring) : 0;
}

/* 6000 characters in all embeds of a message. */
static const char *check_discord(const cJSON *root)
{
	const cJSON *embed, *field;
	size_t units = 0;

	cJSON_ArrayForEach(embed,
			   cJSON_GetObjectItemCaseSensitive(root, "embeds"))
	{
		units += units_of(embed, "title") +
			 units_of(embed, "description");
		cJSON_ArrayForEach(field, cJSON_GetObjectItemCaseSensitive(
						  embed, "fields"))
		{
			units += units_of(field, "name") +
				 units_of(field, "value");
		}
	}
	return units > 6000 ? wrong("embeds", "have too many characters")
			    : NULL;
}

static const char *check_telegram(const cJSON *root)
{
	const cJSON *text = cJSON_GetObjectItemCaseSensitive(root, "text");
	char *shown;

	if (!cJSON_GetObjectItemCaseSensitive(root, "parse_mode"))
		return NULL;
	shown = form_markdown(text->valuestring);
	free(shown);
	return shown ? NULL : wrong("text", "would not be parsed");
}

/* 3GPP TS 23.038: at most three parts, whichever way it is coded. */
static const char *check_sms(const struct message *m)
{
	const char *body = strstr(m->body, "Body=");
	size_t octets = 0, beyond = 0;

	if (!body || strncmp(m->body, "To=%2B", 6) != 0)
		return wrong("", "has no To or Body");
	for (const char *c = body + 5; *c; c++) {
		if (*c == '%')
			beyond += c[1] >= '8';
		octets += *c == '%' ? 1 : 1;
		c += *c == '%' ? 2 : 0;
	}
	/* each septet is one byte here, or more for a letter of another
	 * alphabet, when there may be 201 units of at most 3 bytes */
	return octets > (beyond ? 3 * 201 : 459)
		       ? wrong("Body", "takes too many parts")
		       : NULL;
}

static bool is_line_end(const char *at, const char *end)
{
	return at + 1 < end && at[0] == '\r' && at[1] == '\n';
}

/* RFC 5322: ASCII, CRLF, lines of at most 998, and 78 where it can be. */
static const char *check_mail(const struct message *m)
{
	static const char *const once[] = {
		"Date: ",	  "From: ",	     "To: ",
		"Subject:",	  "Message-ID: ",    "MIME-Version: ",
		"Content-Type: ", "Auto-Submitted: "
	};
	const char *end = m->body + m->body_len, *line = m->body;
	const char *head = strstr(m->body, "\r\n\r\n");
	size_t n_seen[8] = { 0 };

	if (!head)
		return wrong("", "has no end of its header");
	for (const char *at = m->body; at < end; at++) {
		if (is_line_end(at, end)) {
			for (size_t i = 0; line < head && i < 8; i++)
				n_seen[i] += !strncmp(line, once[i],
						      strlen(once[i]));
			if (line < head && !strncmp(line, "Bcc", 3))
				return wrong("", "has a header of another");
			if (at - line > 998)
				return wrong("", "has a long line");
			line = at + 2;
			at++;
		} else if ((*at < ' ' && *at != '\t') || *at > '~') {
			return wrong("", "has a byte that is not ASCII");
		}
	}
	for (size_t i = 0; i < 8; i++)
		if (n_seen[i] != 1)
			return wrong(once[i], "is not there once");
	return line == end ? NULL : wrong("", "does not end in a line end");
}

static const char *check_json(enum channel_kind kind, const struct message *m)
{
	const struct form *f = &forms[kind];
	cJSON *root = cJSON_ParseWithLength(m->body, m->body_len);
	const char *bad;

	if (!root)
		return wrong("", "is no JSON");
	bad = walk(f, "", root);
	if (!bad && f->max_bytes && m->body_len > f->max_bytes)
		bad = wrong("", "is too large");
	if (!bad && kind == CHANNEL_DISCORD)
		bad = check_discord(root);
	if (!bad && kind == CHANNEL_TELEGRAM)
		bad = check_telegram(root);
	cJSON_Delete(root);
	return bad;
}

static bool has_break(const char *text)
{
	return strpbrk(text, "\r\n") != NULL;
}

const char *form_check(enum channel_kind kind, const struct message *m)
{
	if (strlen(m->body) != m->body_len)
		return wrong("", "has a NUL");
	if (!text_utf8_valid(m->body, m->body_len, NULL))
		return wrong("", "is no UTF-8");
	if (has_break(m->url) || strchr(m->url, ' '))
		return wrong("url", "has a space");
	for (size_t i = 0; i < m->n_headers; i++)
		if (has_break(m->headers[i].name) ||
		    has_break(m->headers[i].value))
			return wrong("a header", "has a line end");
	if (kind == CHANNEL_EMAIL)
		return check_mail(m);
	if (kind == CHANNEL_SMS)
		return check_sms(m);
	return check_json(kind, m);
}

/* ---- legacy Markdown --------------------------------------------------- */

/* As the service documents it: outside of an entity a backslash escapes _ * `
 * and [; an entity goes on to its own mark, and one without an end is
 * refused. */
char *form_markdown(const char *text)
{
	char *out = malloc(strlen(text) + 1);
	size_t n = 0;

	for (const char *c = text; out && *c; c++) {
		const char *end;

		if (*c == '\\' && c[1] && strchr("_*`[", c[1])) {
			out[n++] = *++c;
			continue;
		}
		if (!strchr("_*`[", *c)) {
			out[n++] = *c;
			continue;
		}
		end = strchr(c + 1, *c == '[' ? ']' : *c);
		if (!end) {
			free(out);
			return NULL;
		}
		memcpy(out + n, c + 1, (size_t)(end - c - 1));
		n += (size_t)(end - c - 1);
		c = end;
	}
	if (out)
		out[n] = '\0';
	return out;
}
