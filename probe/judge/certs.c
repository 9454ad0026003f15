/* SPDX-License-Identifier: MIT */
#include "probe/judge/certs.h"

#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

enum { SAY_TEXT_MAX = 120 }; /* bytes of a subject or of names */

const struct cert *certs_leaf(const struct tls_facts *tls)
{
	for (size_t i = 0; tls && i < tls->n_certs; i++) {
		if (strcmp(tls->certs[i].role, "leaf") == 0)
			return &tls->certs[i];
	}
	return tls && tls->n_certs > 0 ? &tls->certs[0] : NULL;
}

const struct cert *certs_earliest(const struct tls_facts *tls)
{
	const struct cert *found = NULL;
	bool has_path = false;

	for (size_t i = 0; tls && i < tls->n_certs; i++)
		has_path |= tls->certs[i].on_path;
	for (size_t i = 0; tls && i < tls->n_certs; i++) {
		const struct cert *c = &tls->certs[i];

		if (has_path && !c->on_path)
			continue;
		if (!found || c->not_after_s < found->not_after_s)
			found = c;
	}
	return found;
}

static int64_t left_s(const struct cert *cert, uint64_t wall_ns)
{
	return cert->not_after_s - (int64_t)(wall_ns / UNIT_NS_PER_S);
}

int64_t certs_left_ns(const struct cert *cert, uint64_t wall_ns)
{
	const int64_t most = INT64_MAX / (int64_t)UNIT_NS_PER_S;
	int64_t left = left_s(cert, wall_ns);

	if (left > most)
		return INT64_MAX;
	if (left < -most)
		return -INT64_MAX;
	return left * (int64_t)UNIT_NS_PER_S;
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

void certs_say_expiry(const struct cert *cert, uint64_t wall_ns,
		      struct buf *out)
{
	int64_t left = left_s(cert, wall_ns);
	int64_t days = (left < 0 ? -left : left) / UNIT_S_PER_DAY;

	if (days == 0)
		buf_puts(out, left < 0 ? "expired today" : "expires today");
	else if (left < 0)
		buf_printf(out, "expired %lld day%s ago", (long long)days,
			   plural(days));
	else
		buf_printf(out, "expires in %lld day%s", (long long)days,
			   plural(days));
}

static void say_who(const struct cert *cert, struct buf *out)
{
	buf_printf(out, "the %s%s \"%.*s\"", cert->role,
		   strcmp(cert->role, "leaf") == 0 ? "" : " certificate",
		   SAY_TEXT_MAX, cert->subject);
}

void certs_say(const struct cert *cert, uint64_t wall_ns, struct buf *out)
{
	say_who(cert, out);
	buf_putc(out, ' ');
	certs_say_expiry(cert, wall_ns, out);
}

static const struct cert *find_early(const struct tls_facts *tls, int64_t now_s)
{
	for (size_t i = 0; i < tls->n_certs; i++) {
		if (tls->certs[i].not_before_s > now_s)
			return &tls->certs[i];
	}
	return NULL;
}

static const struct cert *find_ended(const struct tls_facts *tls, int64_t now_s)
{
	const struct cert *c = certs_earliest(tls);

	if (c && c->not_after_s <= now_s)
		return c;
	for (size_t i = 0; i < tls->n_certs; i++) {
		if (tls->certs[i].not_after_s <= now_s)
			return &tls->certs[i];
	}
	return NULL;
}

static bool say_not_yet(const struct tls_facts *tls, int64_t now_s,
			struct buf *out)
{
	const struct cert *c = find_early(tls, now_s);

	if (!c)
		return false;
	int64_t days = (c->not_before_s - now_s) / UNIT_S_PER_DAY;
	say_who(c, out);
	if (days == 0)
		buf_puts(out, " becomes valid later today");
	else
		buf_printf(out, " becomes valid in %lld day%s", (long long)days,
			   plural(days));
	return true;
}

bool certs_say_outcome(enum outcome o, const struct tls_facts *tls,
		       uint64_t wall_ns, struct buf *out)
{
	int64_t now_s = (int64_t)(wall_ns / UNIT_NS_PER_S);
	const struct cert *leaf = certs_leaf(tls);

	if (!leaf)
		return false;
	switch (o) {
	case OUTCOME_TLS_EXPIRED: {
		const struct cert *c = find_ended(tls, now_s);

		if (c)
			certs_say(c, wall_ns, out);
		return c != NULL;
	}
	case OUTCOME_TLS_NOT_YET:
		return say_not_yet(tls, now_s, out);
	case OUTCOME_TLS_NAME:
		say_who(leaf, out);
		buf_printf(out, " is for \"%.*s\", not for \"%.*s\"",
			   SAY_TEXT_MAX, leaf->names, SAY_TEXT_MAX, tls->name);
		return true;
	case OUTCOME_TLS_SELF_SIGNED:
	case OUTCOME_TLS_UNTRUSTED:
	case OUTCOME_TLS_WEAK:
		say_who(leaf, out);
		buf_printf(out, " is not trusted: %.*s", SAY_TEXT_MAX,
			   tls->why[0] ? tls->why : outcome_sentence(o));
		return true;
	default:
		return false;
	}
}

static const char *copy_text(struct arena *a, const char *text, bool *ok)
{
	const char *copy = arena_strdup(a, text ? text : "");

	*ok = *ok && copy;
	return copy;
}

static struct cert copy_cert(struct arena *a, const struct cert *from, bool *ok)
{
	struct cert c = *from;

	c.role = copy_text(a, from->role, ok);
	c.subject = copy_text(a, from->subject, ok);
	c.issuer = copy_text(a, from->issuer, ok);
	c.serial = copy_text(a, from->serial, ok);
	c.key = copy_text(a, from->key, ok);
	c.signature = copy_text(a, from->signature, ok);
	c.sha256 = copy_text(a, from->sha256, ok);
	c.names = copy_text(a, from->names, ok);
	return c;
}

const struct tls_facts *certs_copy(struct arena *a,
				   const struct tls_facts *from)
{
	bool ok = true;

	if (!from)
		return NULL;
	struct tls_facts *to = arena_alloc(a, 1, sizeof(*to));
	struct cert *certs = arena_alloc(a, from->n_certs, sizeof(*certs));
	if (!to || !certs)
		return NULL;
	*to = *from;
	to->protocol = copy_text(a, from->protocol, &ok);
	to->cipher = copy_text(a, from->cipher, &ok);
	to->sni = copy_text(a, from->sni, &ok);
	to->name = copy_text(a, from->name, &ok);
	to->why = copy_text(a, from->why, &ok);
	for (size_t i = 0; i < from->n_certs; i++)
		certs[i] = copy_cert(a, &from->certs[i], &ok);
	to->certs = certs;
	return ok ? to : NULL;
}
