/* SPDX-License-Identifier: MIT */

/*
 * webhook - the notices as JSON, for whoever wants to build on them:
 *
 *     { "version": 1, "channel": "team", "notices": [ { "version": 1,
 *       "kind": "firing", ... as notice_write() says } ] }
 *
 * With a secret the request carries
 *
 *     X-Assay-Timestamp: 1767323045              seconds since 1970, of sending
 *     X-Assay-Signature: sha256=<64 hex digits>
 *
 * where the digits are HMAC-SHA256 (RFC 2104, FIPS 180-4) with that secret of
 * "<timestamp>.<body>".  A receiver computes it over the bytes as they came,
 * compares in constant time, and refuses a timestamp minutes away.
 *
 * X-Assay-Delivery is the same for each try of one delivery: its receiver can
 * drop what it has seen (delivery is at least once).
 */

#include <inttypes.h>
#include <string.h>

#include "report/notice/channel.h"
#include "report/notice/payload.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/template/template.h"

static bool sign(struct telling *t, struct message *m, const char *secret)
{
	const struct template_world *world = t->in->world;
	unsigned char digest[TEMPLATE_DIGEST_BYTES];
	struct buf text;
	const char *at;
	bool ok;

	if (!world || !world->hmac_sha256)
		return tell_wrong(t, "secret",
				  "cannot be used: nothing signs here");
	buf_init(&text, TELL_BODY_MAX);
	buf_printf(&text, "%" PRIu64, world->wall_ns / UNIT_NS_PER_S);
	at = tell_keep(t, &text);
	buf_printf(&text, "%s.", at);
	buf_add(&text, m->body, m->body_len);
	ok = buf_ok(&text) &&
	     world->hmac_sha256(world->self, secret, strlen(secret),
				buf_text(&text), text.len, digest);
	buf_release(&text);
	if (!ok)
		return false;
	buf_init(&text, NOTICE_NAME_MAX);
	buf_puts(&text, "sha256=");
	text_hex_encode(&text, digest, sizeof digest);
	tell_header(t, m, "X-Assay-Timestamp", at);
	tell_header(t, m, "X-Assay-Signature", tell_keep(t, &text));
	return !t->has_failed;
}

/* What makes this delivery this one: the last thing that it tells. */
static const char *delivery(struct telling *t)
{
	const struct notice *n = &t->notices[t->n - 1];
	struct buf text;

	buf_init(&text, TELL_SETTING_MAX);
	text_percent_encode(&text, n->episode, strlen(n->episode));
	buf_printf(&text, ".%s.%" PRIu64 ".%zu", notice_kind_name(n->kind),
		   n->at_ns, t->n);
	return tell_keep(t, &text);
}

static bool render(struct telling *t)
{
	const char *secret = tell_setting(t, "secret");
	const char *method = tell_setting(t, "method");
	struct message *m =
		tell_post(t, tell_setting(t, "url"), "application/json");
	struct buf body;

	if (!m)
		return false;
	if (*method)
		m->method = method;
	if (strcmp(m->method, "POST") != 0 && strcmp(m->method, "PUT") != 0)
		return tell_wrong(t, "method", "must be POST or PUT");
	buf_init(&body, TELL_BODY_MAX);
	if (!payload_write(t, &body)) {
		buf_release(&body);
		return false;
	}
	if (!tell_body(t, m, &body))
		return false;
	tell_header(t, m, "X-Assay-Delivery", delivery(t));
	if (!tell_headers(t, m, "headers"))
		return false;
	return !*secret || sign(t, m, secret);
}

static const struct channel_key keys[] = {
	{ "url", SETTING_URL, true },
	{ "headers", SETTING_TEXT, false },
	{ "secret", SETTING_TEXT, false },
	{ "method", SETTING_TEXT, false },
};

const struct channel channel_webhook = {
	.name = "webhook",
	.kind = CHANNEL_WEBHOOK,
	.takes_digest = true,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer_by_status,
};
