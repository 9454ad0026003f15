/* SPDX-License-Identifier: MIT */
/* The kinds of channels, and the settings of each.  A new one is a row here
 * and in enum channel_kind. */
#include <string.h>
#include <strings.h>

#include "scenarios/alerts/alerts_parts.h"

const char *const channel_kind_names[CHANNEL_KIND_N + 1] = {
	[CHANNEL_TELEGRAM] = "telegram",
	[CHANNEL_EMAIL] = "email",
	[CHANNEL_SLACK] = "slack",
	[CHANNEL_PAGERDUTY] = "pagerduty",
	[CHANNEL_SMS] = "sms",
	[CHANNEL_TEAMS] = "teams",
	[CHANNEL_DISCORD] = "discord",
	[CHANNEL_WEBHOOK] = "webhook",
	[CHANNEL_ALERTMANAGER] = "alertmanager",
	[CHANNEL_GITHUB] = "github",
	[CHANNEL_EXEC] = "exec",
};

static bool is_url(const char *text)
{
	return !strncasecmp(text, "http://", 7) ||
	       !strncasecmp(text, "https://", 8);
}

static bool is_server(const char *text)
{
	return !strncasecmp(text, "smtp://", 7) ||
	       !strncasecmp(text, "smtps://", 8);
}

static bool is_address(const char *text)
{
	const char *at = strrchr(text, '@');

	return at && at > text && at[1] && !strpbrk(text, "\r\n");
}

static bool is_repository(const char *text)
{
	const char *slash = strchr(text, '/');

	return slash && slash > text && slash[1] && !strchr(slash + 1, '/');
}

#define A_URL	  .looks = is_url, .like = "a URL with http:// or https://"
#define A_SERVER  .looks = is_server, .like = "smtp://host:port or smtps://host"
#define A_MAILBOX .looks = is_address, .like = "an address like ops@example.org"

static const struct setting_row telegram[] = {
	{ "chat", .doc = "chat, group or channel; $TELEGRAM_CHAT_ID by default",
	  .fallback = "${env.TELEGRAM_CHAT_ID:-}", .example = "'-1001234'" },
	{ "token", .doc = "token of the bot; $TELEGRAM_BOT_TOKEN by default",
	  .is_secret = true, .fallback = "TELEGRAM_BOT_TOKEN" },
	{ "api", A_URL, .doc = "where the Bot API is",
	  .fallback = "https://api.telegram.org" },
	{ 0 },
};

static const char *const tls_choices[] = { "required", "none", NULL };

static const struct setting_row email[] = {
	{ "to", SETTING_LIST, A_MAILBOX, .doc = "who gets it",
	  .is_required = true, .example = "ops@example.org" },
	{ "from", A_MAILBOX, .doc = "who sends it; $SMTP_FROM, else $SMTP_USER",
	  .fallback = "${env.SMTP_FROM:-${env.SMTP_USER:-}}" },
	{ "server", A_SERVER,
	  .doc = "smtp://host:587 (STARTTLS) or smtps://host:465; from "
		 "$SMTP_HOST and $SMTP_PORT by default",
	  .fallback = "smtp://${env.SMTP_HOST:-localhost}:"
		      "${env.SMTP_PORT:-587}" },
	{ "user", .doc = "who logs in; $SMTP_USER by default",
	  .fallback = "${env.SMTP_USER:-}" },
	{ "password", .doc = "and with what; $SMTP_PASSWORD by default",
	  .is_secret = true, .fallback = "SMTP_PASSWORD" },
	{ "tls", SETTING_CHOICE,
	  .doc = "required: nothing is sent without TLS, and so it is when "
		 "not written; none: for a server on this machine",
	  .fallback = "required", .choices = tls_choices },
	{ 0 },
};

static const struct setting_row slack[] = {
	{ "url", A_URL,
	  .doc = "incoming webhook; $SLACK_WEBHOOK_URL by default",
	  .is_secret = true, .fallback = "SLACK_WEBHOOK_URL" },
	{ 0 },
};

static const struct setting_row pagerduty[] = {
	{ "routing_key",
	  .doc = "integration key of Events API v2; $PAGERDUTY_ROUTING_KEY by "
		 "default",
	  .is_secret = true, .fallback = "PAGERDUTY_ROUTING_KEY" },
	{ "api", A_URL, .doc = "where the Events API is",
	  .fallback = "https://events.pagerduty.com/v2/enqueue" },
	{ 0 },
};

static const char *const sms_presets[] = { "form", "json", "twilio", NULL };

static const struct setting_row sms[] = {
	{ "to", SETTING_LIST, .doc = "numbers that get it", .is_required = true,
	  .example = "'+628123456789'" },
	{ "from", .doc = "number or name of the sender", .fallback = "" },
	{ "preset", SETTING_CHOICE,
	  .doc = "how the gateway wants it: form fields to, from, text; the "
		 "same as json; or twilio",
	  .fallback = "form", .choices = sms_presets },
	{ "url", A_URL, .doc = "the gateway; $SMS_GATEWAY_URL by default",
	  .fallback = "${env.SMS_GATEWAY_URL:-}" },
	{ "user", .doc = "who logs in, for twilio the account; $SMS_USER",
	  .fallback = "${env.SMS_USER:-}" },
	{ "token",
	  .doc = "and with what: with a user its password, without one a "
		 "bearer token; $SMS_TOKEN by default",
	  .is_secret = true, .fallback = "SMS_TOKEN" },
	{ "body",
	  .doc = "the body instead, with {to}, {from} and {text} where they "
		 "belong",
	  .fallback = "" },
	{ 0 },
};

static const struct setting_row teams[] = {
	{ "url", A_URL,
	  .doc = "webhook of a Teams workflow; $TEAMS_WEBHOOK_URL by default",
	  .is_secret = true, .fallback = "TEAMS_WEBHOOK_URL" },
	{ 0 },
};

static const struct setting_row discord[] = {
	{ "url", A_URL,
	  .doc = "webhook of a channel; $DISCORD_WEBHOOK_URL by default",
	  .is_secret = true, .fallback = "DISCORD_WEBHOOK_URL" },
	{ 0 },
};

static const char *const method_choices[] = { "POST", "PUT", NULL };

static const struct setting_row webhook[] = {
	{ "url", A_URL, .doc = "who gets the notice as JSON",
	  .is_required = true, .example = "https://example.org/hook" },
	{ "headers", SETTING_PAIRS, .doc = "further headers",
	  .pair_join = ": " },
	{ "secret",
	  .doc = "key of the signature (HMAC-SHA256 of the body); none by "
		 "default",
	  .fallback = "" },
	{ "method", SETTING_CHOICE, .doc = "POST when not written",
	  .fallback = "POST", .choices = method_choices },
	{ 0 },
};

static const struct setting_row alertmanager[] = {
	{ "url", A_URL, .doc = "where Alertmanager is", .is_required = true,
	  .example = "http://127.0.0.1:9093" },
	{ "headers", SETTING_PAIRS, .doc = "further headers",
	  .pair_join = ": " },
	{ 0 },
};

static const struct setting_row github[] = {
	{ "repo", .looks = is_repository, .like = "owner/name",
	  .doc = "owner/name; $GITHUB_REPOSITORY by default",
	  .fallback = "${env.GITHUB_REPOSITORY:-}",
	  .example = "example/status" },
	{ "token", .doc = "may write issues; $GITHUB_TOKEN by default",
	  .is_secret = true, .fallback = "GITHUB_TOKEN" },
	{ "api", A_URL, .doc = "where the API is; $GITHUB_API_URL by default",
	  .fallback = "${env.GITHUB_API_URL:-https://api.github.com}" },
	{ "labels", SETTING_LIST, .doc = "labels of the issue" },
	{ 0 },
};

static const struct setting_row exec[] = {
	{ "command", SETTING_LIST,
	  .doc = "program and arguments, without a shell; the notice is its "
		 "standard input",
	  .is_required = true, .example = "[/usr/local/bin/page, --now]" },
	{ "timeout", SETTING_DURATION, .doc = "it is ended after this",
	  .fallback = "30s" },
	{ "env", SETTING_PAIRS, .doc = "further variables", .pair_join = "=" },
	{ 0 },
};

const struct channel_kind_row channel_kinds[CHANNEL_KIND_N] = {
	[CHANNEL_TELEGRAM] = { "a chat of Telegram", "chat", telegram },
	[CHANNEL_EMAIL] = { "mail by SMTP", "to", email },
	[CHANNEL_SLACK] = { "a channel of Slack", "url", slack },
	[CHANNEL_PAGERDUTY] = { "a service of PagerDuty", "routing_key",
				pagerduty },
	[CHANNEL_SMS] = { "SMS through an HTTP gateway", "to", sms },
	[CHANNEL_TEAMS] = { "a channel of Microsoft Teams", "url", teams },
	[CHANNEL_DISCORD] = { "a channel of Discord", "url", discord },
	[CHANNEL_WEBHOOK] = { "JSON to any URL", "url", webhook },
	[CHANNEL_ALERTMANAGER] = { "Prometheus Alertmanager, API v2", "url",
				   alertmanager },
	[CHANNEL_GITHUB] = { "an issue on GitHub, closed at recovery", "repo",
			     github },
	[CHANNEL_EXEC] = { "a program on this machine", "command", exec },
};
