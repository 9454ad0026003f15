/* SPDX-License-Identifier: MIT */
#include "probe/engine/chain.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

static void forget(struct chain *ch)
{
	for (int i = 0; i < CHAIN_FLAW_N; i++)
		X509_free(ch->flaw[i].cert);
	memset(ch->flaw, 0, sizeof(ch->flaw));
	sk_X509_pop_free(ch->sent, X509_free);
	sk_X509_pop_free(ch->path, X509_free);
	ch->sent = ch->path = NULL;
}

void chain_release(struct chain *ch)
{
	forget(ch);
	ch->was_seen = false;
}

/* The first flaw of a kind is the one nearest to the authority. */
static void note(struct chain *ch, enum chain_flaw_kind kind, int error,
		 X509 *cert)
{
	struct chain_flaw *flaw = &ch->flaw[kind];

	if (flaw->is_set)
		return;
	if (cert)
		X509_up_ref(cert);
	*flaw = (struct chain_flaw){ true, error, cert };
}

static const struct {
	int error;
	enum chain_flaw_kind kind;
} kinds[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, CHAIN_EXPIRED },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, CHAIN_EXPIRED },
	{ X509_V_ERR_CERT_NOT_YET_VALID, CHAIN_NOT_YET },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, CHAIN_NOT_YET },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, CHAIN_SELF_SIGNED },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, CHAIN_WEAK },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, CHAIN_WEAK },
	{ X509_V_ERR_CA_MD_TOO_WEAK, CHAIN_WEAK },
};

static enum chain_flaw_kind kind_of(int error)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].error == error)
			return kinds[i].kind;
	return CHAIN_UNTRUSTED;
}

/* OpenSSL asks at every certificate and every problem: note it, go on. */
static int on_verify(int ok, X509_STORE_CTX *sc)
{
	struct chain *ch = X509_STORE_CTX_get_app_data(sc);
	int error = X509_STORE_CTX_get_error(sc);

	X509 *cert = X509_STORE_CTX_get_current_cert(sc);

	if (!ok)
		note(ch, kind_of(error), error,
		     cert ? cert : X509_STORE_CTX_get0_cert(sc));
	return 1;
}

static bool find_path(struct chain *ch, X509_STORE *store, X509 *leaf)
{
	X509_STORE_CTX *sc = X509_STORE_CTX_new();

	if (!sc || !X509_STORE_CTX_init(sc, store, leaf, ch->sent)) {
		X509_STORE_CTX_free(sc);
		return false;
	}
	X509_STORE_CTX_set_default(sc, "ssl_server");
	X509_STORE_CTX_set_app_data(sc, ch);
	X509_STORE_CTX_set_verify_cb(sc, on_verify);
	int rc = X509_verify_cert(sc);
	if (rc <= 0)
		note(ch, CHAIN_UNTRUSTED, X509_STORE_CTX_get_error(sc), leaf);
	ch->path = X509_STORE_CTX_get1_chain(sc);
	X509_STORE_CTX_free(sc);
	ERR_clear_error();
	return ch->path;
}

static void check_strength(struct chain *ch)
{
	for (int i = 0; i < sk_X509_num(ch->path); i++) {
		X509 *x = sk_X509_value(ch->path, i);
		/* Nobody relies on what an authority says of itself. */
		bool by_itself = cert_is_self_signed(x);
		if (cert_has_weak_key(x) ||
		    (!by_itself && cert_has_weak_signature(x)))
			note(ch, CHAIN_WEAK, 0, x);
	}
}

bool chain_is_address(const char *name)
{
	unsigned char room[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, room) == 1 ||
	       inet_pton(AF_INET6, name, room) == 1;
}

static void check_name(struct chain *ch, X509 *leaf, const char *name)
{
	int rc = chain_is_address(name)
			 ? X509_check_ip_asc(leaf, name, 0)
			 : X509_check_host(leaf, name, 0,
					   X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
					   NULL);

	if (rc != 1)
		note(ch, CHAIN_NAME, 0, leaf);
}

bool chain_verify(struct chain *ch, X509_STORE *store, X509 *leaf,
		  STACK_OF(X509) * sent, const char *name)
{
	forget(ch);
	ch->was_seen = true;
	ch->sent = X509_chain_up_ref(sent);
	if (!ch->sent || !find_path(ch, store, leaf)) {
		note(ch, CHAIN_UNTRUSTED, X509_V_ERR_OUT_OF_MEM, leaf);
		return false;
	}
	check_name(ch, leaf, name);
	check_strength(ch);
	return true;
}

bool chain_is_lost(const struct chain *ch)
{
	return ch->flaw[CHAIN_SELF_SIGNED].is_set ||
	       ch->flaw[CHAIN_UNTRUSTED].is_set;
}

bool chain_is_trusted(const struct chain *ch)
{
	for (int i = 0; i < CHAIN_FLAW_N; i++)
		if (i != CHAIN_NAME && ch->flaw[i].is_set)
			return false;
	return ch->was_seen;
}

bool chain_is_good(const struct chain *ch)
{
	return chain_is_trusted(ch) && !ch->flaw[CHAIN_NAME].is_set;
}

enum outcome chain_outcome(const struct chain *ch)
{
	static const enum outcome outcomes[] = {
		[CHAIN_EXPIRED] = OUTCOME_TLS_EXPIRED,
		[CHAIN_NOT_YET] = OUTCOME_TLS_NOT_YET,
		[CHAIN_NAME] = OUTCOME_TLS_NAME,
		[CHAIN_SELF_SIGNED] = OUTCOME_TLS_SELF_SIGNED,
		[CHAIN_UNTRUSTED] = OUTCOME_TLS_UNTRUSTED,
		[CHAIN_WEAK] = OUTCOME_TLS_WEAK,
	};

	for (int i = 0; i < CHAIN_FLAW_N; i++)
		if (ch->flaw[i].is_set)
			return outcomes[i];
	return OUTCOME_OK;
}

/* ---- in words --------------------------------------------------------- */

static const char *role_of(const struct chain *ch, X509 *x)
{
	if (ch->sent && sk_X509_num(ch->sent) &&
	    !X509_cmp(x, sk_X509_value(ch->sent, 0)))
		return "leaf";
	return cert_is_self_signed(x) ? "root" : "intermediate";
}

static void say_day(int64_t at_s, struct buf *out)
{
	time_t at = (time_t)at_s;
	struct tm tm;
	char text[32];

	if (gmtime_r(&at, &tm) && strftime(text, sizeof(text), "%Y-%m-%d", &tm))
		buf_puts(out, text);
}

static void say_cert(const struct chain *ch, X509 *x, struct buf *out)
{
	buf_printf(out, "the %s certificate \"", role_of(ch, x));
	cert_print_subject(x, out);
	buf_puts(out, "\"");
}

static void say_expired(const struct chain *ch, X509 *x, int64_t now_s,
			struct buf *out)
{
	int64_t days = (now_s - cert_not_after_s(x)) / UNIT_S_PER_DAY;

	say_cert(ch, x, out);
	if (days > 0)
		buf_printf(out, " expired %lld day%s ago, on ", (long long)days,
			   days == 1 ? "" : "s");
	else
		buf_puts(out, " expired less than a day ago, on ");
	say_day(cert_not_after_s(x), out);
}

static void say_not_yet(const struct chain *ch, X509 *x, struct buf *out)
{
	say_cert(ch, x, out);
	buf_puts(out, " is valid only from ");
	say_day(cert_not_before_s(x), out);
}

static void say_name(X509 *x, const char *name, struct buf *out)
{
	size_t start = out->len;

	buf_puts(out, "the certificate is for \"");
	size_t before = out->len;
	cert_print_names(x, out);
	if (out->len == before)
		cert_print_subject(x, out);
	if (out->len - start > CHAIN_TEXT_MAX) {
		out->len = start + CHAIN_TEXT_MAX;
		buf_puts(out, "...");
	}
	buf_printf(out, "\", not for \"%s\"", name);
}

/* Nothing follows the leaf: was its issuer left out, or is it unknown?  A
 * certificate that says where to fetch its issuer was made by one that has
 * to be sent. */
static void say_no_issuer(const struct chain *ch, X509 *x, struct buf *out)
{
	bool is_leaf_alone = sk_X509_num(ch->path) <= 1;

	if (is_leaf_alone) {
		buf_puts(out, "the intermediate certificate was not sent");
		buf_puts(out, cert_names_issuer_place(x)
				      ? ": the leaf was issued by \""
				      : ", or nobody trusts the issuer \"");
	} else {
		buf_puts(out, "the authority is not trusted: \"");
	}
	cert_print_issuer(x, out);
	buf_puts(out, "\"");
}

static void say_untrusted(const struct chain *ch, const struct chain_flaw *flaw,
			  struct buf *out)
{
	switch (flaw->error) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		say_no_issuer(ch, flaw->cert, out);
		return;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		say_cert(ch, flaw->cert, out);
		buf_puts(out, " was sent, but is not trusted");
		return;
	default:
		say_cert(ch, flaw->cert, out);
		buf_printf(out, " is not accepted: %s",
			   X509_verify_cert_error_string(flaw->error));
	}
}

static void say_weak(const struct chain *ch, X509 *x, struct buf *out)
{
	say_cert(ch, x, out);
	if (cert_has_weak_key(x)) {
		buf_puts(out, " has a weak key: ");
		cert_print_key(x, out);
		return;
	}
	buf_printf(out, " has a weak signature: %s",
		   OBJ_nid2ln(X509_get_signature_nid(x)));
}

static void say_flaw(const struct chain *ch, enum chain_flaw_kind kind,
		     const char *name, int64_t now_s, struct buf *out)
{
	const struct chain_flaw *flaw = &ch->flaw[kind];

	switch (kind) {
	case CHAIN_EXPIRED:
		say_expired(ch, flaw->cert, now_s, out);
		break;
	case CHAIN_NOT_YET:
		say_not_yet(ch, flaw->cert, out);
		break;
	case CHAIN_NAME:
		say_name(flaw->cert, name, out);
		break;
	case CHAIN_SELF_SIGNED:
		buf_puts(out, "the certificate is self-signed");
		break;
	case CHAIN_UNTRUSTED:
		say_untrusted(ch, flaw, out);
		break;
	default:
		say_weak(ch, flaw->cert, out);
	}
}

bool chain_say(const struct chain *ch, const char *name, int64_t now_s,
	       struct buf *out)
{
	size_t start = out->len;

	for (int i = 0; i < CHAIN_FLAW_N; i++) {
		if (!ch->flaw[i].is_set || !ch->flaw[i].cert)
			continue;
		if (out->len > start)
			buf_puts(out, "; ");
		say_flaw(ch, (enum chain_flaw_kind)i, name, now_s, out);
	}
	return buf_ok(out);
}

/* ---- as facts --------------------------------------------------------- */

static bool is_on_path(const struct chain *ch, X509 *x)
{
	for (int i = 0; i < sk_X509_num(ch->path); i++)
		if (!X509_cmp(x, sk_X509_value(ch->path, i)))
			return true;
	return false;
}

static int64_t earliest_days(STACK_OF(X509) * certs, int64_t now_s)
{
	int64_t days = INT64_MAX;

	for (int i = 0; i < sk_X509_num(certs); i++) {
		int64_t left = cert_days(sk_X509_value(certs, i), now_s);
		if (left < days)
			days = left;
	}
	return days == INT64_MAX ? 0 : days;
}

bool chain_describe(const struct chain *ch, int64_t now_s, struct arena *a,
		    struct tls_facts *facts)
{
	int n = ch->sent ? sk_X509_num(ch->sent) : 0;

	if (n > CHAIN_CERTS_MAX)
		n = CHAIN_CERTS_MAX;
	struct cert *certs = arena_alloc(a, (size_t)n, sizeof(*certs));
	if (!certs)
		return false;
	for (int i = 0; i < n; i++) {
		X509 *x = sk_X509_value(ch->sent, i);
		if (!cert_describe(x, now_s, a, &certs[i]))
			return false;
		certs[i].on_path = is_on_path(ch, x);
		certs[i].role =
			i == 0 || certs[i].on_path ? role_of(ch, x) : "extra";
	}
	facts->n_certs = (size_t)n;
	facts->certs = certs;
	facts->days =
		earliest_days(chain_is_lost(ch) ? ch->sent : ch->path, now_s);
	return true;
}
