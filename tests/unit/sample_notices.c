/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_notices.h"

#include <stdio.h>
#include <string.h>

#include "scenarios/base/units.h"

static const char *const tags[] = { "api", "public" };

static const struct notice_line lines[] = {
	{ .at_ns = SAMPLE_AT_NS - 20 * UNIT_NS_PER_H,
	  .kind = NOTICE_FIRING,
	  .severity = SEVERITY_WARNING,
	  .title = "Slow Response: ready",
	  .message = "p95 2.31 s over 5 min, more than 2 s" },
	{ .at_ns = SAMPLE_AT_NS - 19 * UNIT_NS_PER_H,
	  .kind = NOTICE_RESOLVED,
	  .severity = SEVERITY_WARNING,
	  .title = "Slow Response: ready",
	  .message = "p95 412 ms",
	  .lasted_ns = UNIT_NS_PER_H },
	{ .at_ns = SAMPLE_AT_NS - 3 * UNIT_NS_PER_H,
	  .kind = NOTICE_EVENT,
	  .severity = SEVERITY_ERROR,
	  .title = "Backup Failed: backup",
	  .message = "exit code 1: <no space left> & more" },
};

static const struct notice rich = {
	.scenario = "Clicky Foundation",
	.environment = "production",
	.rule = "down",
	.check = "ready",
	.severity = SEVERITY_CRITICAL,
	.title = "Service Down: ready",
	.message = "3 failures in a row since 03:02:05.\n"
		   "503 instead of 200: database is unhealthy",
	.at_ns = SAMPLE_AT_NS,
	.since_at_ns = SAMPLE_AT_NS - 2 * UNIT_NS_PER_MIN,
	.episode = "clicky/down/ready/1767322925",
	.url = "https://api.clicky.or.id/health/ready",
	.request_id = "0f8fad5b-d9cb-469f-a165-70867728950e",
	.vantage = "jakarta",
	.value = "3 in a row",
	.threshold = ">= 3",
	.silenced = "sign-in, bookings",
	.n_tags = 2,
	.tags = tags,
};

static const struct notice bare = {
	.scenario = "shop",
	.environment = "",
	.rule = "down",
	.check = "",
	.severity = SEVERITY_INFO,
	.title = "Service Down: shop",
	.message = "It is down.",
	.at_ns = SAMPLE_AT_NS,
	.episode = "e1",
	.url = "",
	.request_id = "",
	.vantage = "",
	.value = "",
	.threshold = "",
	.silenced = "",
};

/* Ends of strings, lines and entities; markup, mentions, and what is no text. */
#define BAD                                                               \
	"*a_b`c[d](http://evil/)\\ <!channel> <@U1> @everyone #1 & "      \
	"\"q\" 'x' </td><script>alert(1)</script> {} ${env.HOME} %0d%0a " \
	"=?UTF-8?Q?x?= | \xe2\x80\xae"
#define LINES "\r\nBcc: evil@example.org\r\n.\r\n\n\x1b[31m\x07\x7f\xff\xfe\xc0"

static const struct notice hostile = {
	.scenario = "shop" BAD LINES,
	.environment = "prod" BAD LINES,
	.rule = "rule" BAD LINES,
	.check = "check" BAD LINES,
	.severity = SEVERITY_ERROR,
	.title = "Title" BAD LINES,
	.message = "Message" BAD LINES "--=_assay_part_=--\n" BAD "*",
	.at_ns = SAMPLE_AT_NS,
	.since_at_ns = 1,
	.lasted_ns = UINT64_MAX,
	.episode = "e<>@\r\nX: y \xff",
	.url = "javascript:alert(1)" BAD LINES,
	.request_id = "id" BAD LINES,
	.vantage = "v" BAD LINES,
	.value = "1" BAD LINES,
	.threshold = "2" BAD LINES,
	.silenced = "s" BAD LINES,
	.n_tags = 1,
	.tags = (const char *const[]){ "t" BAD LINES },
};

enum { LONG_LEN = 20000 };

/* Four bytes and two UTF-16 units each, with markup between. */
static const char *long_text(void)
{
	static char text[LONG_LEN + 8];

	for (size_t i = 0; i + 6 <= LONG_LEN; i += 6)
		memcpy(text + i, "_\xf0\x9f\x92\xa5*", 7);
	return text;
}

static struct notice long_notice(void)
{
	struct notice n = rich;

	n.scenario = n.environment = n.rule = n.check = n.title = long_text();
	n.message = n.url = n.request_id = n.vantage = long_text();
	n.value = n.threshold = n.silenced = long_text();
	return n;
}

static const struct notice empty = { .episode = "e" };

struct notice sample_notice(enum notice_kind kind, enum sample_text text)
{
	struct notice n = text == TEXT_RICH    ? rich
			  : text == TEXT_BARE  ? bare
			  : text == TEXT_EMPTY ? empty
			  : text == TEXT_LONG  ? long_notice()
					       : hostile;

	n.kind = kind;
	n.is_firing = kind != NOTICE_RESOLVED && kind != NOTICE_EVENT &&
		      kind != NOTICE_DIGEST;
	if (kind == NOTICE_RESOLVED && text == TEXT_RICH)
		n.lasted_ns = 12 * UNIT_NS_PER_MIN + 4 * UNIT_NS_PER_S;
	if (kind == NOTICE_DIGEST) {
		n.severity = SEVERITY_INFO;
		n.n_lines = sizeof lines / sizeof *lines;
		n.lines = lines;
	}
	if (kind == NOTICE_DIGEST && text == TEXT_RICH) {
		n = (struct notice){ .kind = kind,
				     .scenario = rich.scenario,
				     .title = "Daily digest: Clicky Foundation",
				     .message = "2 warnings and errors in 24 h",
				     .at_ns = SAMPLE_AT_NS,
				     .since_at_ns =
					     SAMPLE_AT_NS - UNIT_NS_PER_DAY,
				     .episode = "clicky/digest/2026-01-02",
				     .n_lines = n.n_lines,
				     .lines = n.lines };
	}
	return n;
}

void sample_batch(struct notice *out, size_t n)
{
	static char names[SAMPLE_BATCH_MAX][32];
	static char titles[SAMPLE_BATCH_MAX][64];

	for (size_t i = 0; i < n && i < SAMPLE_BATCH_MAX; i++) {
		enum severity severity = (enum severity)(i % SEVERITY_N);

		out[i] = sample_notice(i % 5 == 4 ? NOTICE_RESOLVED
						  : NOTICE_FIRING,
				       TEXT_RICH);
		snprintf(names[i], sizeof names[i], "batch/%zu", i);
		snprintf(titles[i], sizeof titles[i], "Service Down: part %zu",
			 i);
		out[i].severity = severity;
		out[i].episode = names[i];
		out[i].title = titles[i];
		out[i].at_ns += i * UNIT_NS_PER_S;
	}
}

/* ---- channels --------------------------------------------------------- */

#define SECRET_URL "https://hooks.example.org/T0/" SAMPLE_SECRET

static const struct notice_setting telegram[] = {
	{ "token", "12345:" SAMPLE_SECRET },
	{ "chat", "-1001234567890" },
	{ "api", "https://api.telegram.org" },
};
static const struct notice_setting email[] = {
	{ "to", "ops@example.org" },
	{ "to", "\xc3\x84rzte Team <aerzte@example.org>, b@example.org" },
	{ "from", "assay <assay@monitor.example.org>" },
	{ "server", "smtp://mail.example.org:587" },
	{ "user", "assay" },
	{ "password", SAMPLE_SECRET },
};
static const struct notice_setting hook[] = { { "url", SECRET_URL } };
static const struct notice_setting pagerduty[] = {
	{ "routing_key", SAMPLE_SECRET },
	{ "api", "https://events.pagerduty.com/v2/enqueue" },
};
static const struct notice_setting sms[] = {
	{ "to", "+62811223344" },   { "to", "+62811223355" },
	{ "from", "+15005550006" }, { "preset", "twilio" },
	{ "token", SAMPLE_SECRET }, { "user", "AC0123456789abcdef" },
};
static const struct notice_setting webhook[] = {
	{ "url", "https://hooks.example.org/in" },
	{ "secret", SAMPLE_SECRET },
};
static const struct notice_setting alertmanager[] = {
	{ "url", "http://alertmanager.example.org:9093/" },
	{ "headers", "Authorization: Bearer " SAMPLE_SECRET },
};
static const struct notice_setting github[] = {
	{ "repo", "clicky/ops" },   { "api", "https://api.github.com/" },
	{ "token", SAMPLE_SECRET }, { "labels", "outage" },
	{ "labels", "assay" },
};
static const struct notice_setting exec[] = {
	{ "command", "/usr/local/bin/tell" },
	{ "command", "--now" },
	{ "command", "a b; rm -rf \"$HOME\"" },
	{ "env", "TOKEN=" SAMPLE_SECRET },
};

#define ROWS(name)                                   \
	{                                            \
		name, sizeof(name) / sizeof(*(name)) \
	}

void sample_channel(enum channel_kind kind, struct sample_channel *out)
{
	static const struct {
		const struct notice_setting *settings;
		size_t n;
	} rows[CHANNEL_KIND_N] = {
		[CHANNEL_TELEGRAM] = ROWS(telegram),
		[CHANNEL_EMAIL] = ROWS(email),
		[CHANNEL_SLACK] = ROWS(hook),
		[CHANNEL_PAGERDUTY] = ROWS(pagerduty),
		[CHANNEL_SMS] = ROWS(sms),
		[CHANNEL_TEAMS] = ROWS(hook),
		[CHANNEL_DISCORD] = ROWS(hook),
		[CHANNEL_WEBHOOK] = ROWS(webhook),
		[CHANNEL_ALERTMANAGER] = ROWS(alertmanager),
		[CHANNEL_GITHUB] = ROWS(github),
		[CHANNEL_EXEC] = ROWS(exec),
	};

	*out = (struct sample_channel){ 0 };
	out->channel.name = "ops";
	out->channel.kind = kind;
	out->n_settings = rows[kind].n;
	memcpy(out->settings, rows[kind].settings,
	       rows[kind].n * sizeof(*rows[kind].settings));
}
