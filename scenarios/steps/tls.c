/* SPDX-License-Identifier: MIT */
#include "scenarios/steps/steps.h"

enum { TLS_DAYS_LEFT = 14 }; /* demanded when nothing is written */

static const struct key main_key = { "tls", KEY_TEXT,
				     offsetof(struct step_tls, target),
				     "host:port whose certificates to look at",
				     .example = "example.org:443" };

static const struct key tls_keys[] = {
	{ "", KEY_INCLUDE, offsetof(struct step_tls, net),
	  .keys = net_tls_keys },
	{ 0 },
};

static void tls_preset(const struct decoder *d, const struct step_kind *kind,
		       void *spec)
{
	struct step_tls *s = spec;

	(void)kind;
	s->net = d->base.ask.net;
}

static bool default_add(struct decoder *d, struct place at, struct list *items,
			enum expect_cert fact, const struct matcher *m)
{
	struct expect_item item = {
		.what = EXPECT_CERT,
		.which = fact,
		.label = arena_printf(d->arena, "certificate %s",
				      expect_cert_names[fact]),
		.matcher = m,
		.is_default = true,
		.at = at,
	};

	if (expect_has(items, EXPECT_CERT, fact))
		return true;
	if (!m || !item.label)
		return errs_nomem(d->es);
	return expect_add(d, items, &item);
}

static bool tls_finish(struct decoder *d, const struct node *t, void *spec,
		       struct step_parts *parts)
{
	struct list *items = &parts->expect;
	const struct step_tls *s = spec;
	struct arena *a = d->arena;
	bool ok = target_finish(d, t, s->target);

	if (s->net.verify) {
		ok &= default_add(
			d, t->at, items, CERT_CHAIN,
			match_make_text(a, VALUE_TEXT, MATCH_EQ, "trusted"));
		ok &= default_add(
			d, t->at, items, CERT_NAME,
			match_make_text(a, VALUE_TEXT, MATCH_EQ, "match"));
	}
	ok &= default_add(
		d, t->at, items, CERT_EXPIRES_IN,
		match_make_integer(a, VALUE_DURATION, MATCH_GT,
				   TLS_DAYS_LEFT * (int64_t)HOURS(24)));
	ok &= default_add(
		d, t->at, items, CERT_VERSION,
		match_make_text(a, VALUE_TLS_VERSION, MATCH_GE, "TLSv1.2"));
	return ok;
}

const struct step_kind tls_kinds[] = {
	{ "tls", STEP_TLS, "looks at the certificates of a host:port",
	  sizeof(struct step_tls), &main_key, tls_keys, EXPECT_TABLE_TLS, true,
	  tls_preset, tls_finish, NULL },
	{ 0 },
};
