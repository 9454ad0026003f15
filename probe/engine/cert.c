/* SPDX-License-Identifier: MIT */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "probe/engine/chain.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

bool cert_is_self_signed(X509 *x)
{
	return X509_get_extension_flags(x) & EXFLAG_SS;
}

static int64_t seconds_of(const ASN1_TIME *at)
{
	struct tm tm;

	if (!at || !ASN1_TIME_to_tm(at, &tm))
		return 0;
	return timegm(&tm);
}

int64_t cert_not_before_s(X509 *x)
{
	return seconds_of(X509_get0_notBefore(x));
}

int64_t cert_not_after_s(X509 *x)
{
	return seconds_of(X509_get0_notAfter(x));
}

int64_t cert_days(X509 *x, int64_t now_s)
{
	int64_t left = cert_not_after_s(x) - now_s;

	return left / UNIT_S_PER_DAY - (left % UNIT_S_PER_DAY < 0);
}

bool cert_has_weak_key(X509 *x)
{
	EVP_PKEY *key = X509_get0_pubkey(x);

	if (!key)
		return true;
	int bits = EVP_PKEY_get_bits(key);
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
	case EVP_PKEY_DSA:
		return bits < CHAIN_RSA_BITS_MIN;
	case EVP_PKEY_EC:
		return bits < CHAIN_EC_BITS_MIN;
	default:
		return false;
	}
}

bool cert_has_weak_signature(X509 *x)
{
	int digest = NID_undef;

	X509_get_signature_info(x, &digest, NULL, NULL, NULL);
	return digest == NID_md2 || digest == NID_md4 || digest == NID_md5 ||
	       digest == NID_sha1 || digest == NID_md5_sha1;
}

bool cert_names_issuer_place(X509 *x)
{
	AUTHORITY_INFO_ACCESS *places =
		X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(places); i++) {
		ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(places, i);
		found |= OBJ_obj2nid(d->method) == NID_ad_ca_issuers;
	}
	AUTHORITY_INFO_ACCESS_free(places);
	return found;
}

/* ---- texts ------------------------------------------------------------ */

static bool print_name(X509_NAME *name, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	if (!bio)
		return false;
	X509_NAME_print_ex(bio, name, 0,
			   XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	long len = BIO_get_mem_data(bio, &text);
	bool done =
		len <= 0 || text_cut(out, text, (size_t)len, CHAIN_TEXT_MAX);
	BIO_free(bio);
	return done;
}

bool cert_print_subject(X509 *x, struct buf *out)
{
	return print_name(X509_get_subject_name(x), out);
}

bool cert_print_issuer(X509 *x, struct buf *out)
{
	return print_name(X509_get_issuer_name(x), out);
}

static bool print_address(const ASN1_OCTET_STRING *ip, struct buf *out)
{
	const unsigned char *b = ASN1_STRING_get0_data(ip);
	int len = ASN1_STRING_length(ip);

	if (len == 4)
		return buf_printf(out, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
	for (int i = 0; i + 1 < len; i += 2)
		buf_printf(out, "%s%x", i ? ":" : "", b[i] << 8 | b[i + 1]);
	return buf_ok(out);
}

static bool print_general_name(const GENERAL_NAME *gn, struct buf *out)
{
	switch (gn->type) {
	case GEN_DNS:
	case GEN_EMAIL:
	case GEN_URI:
		return text_printable(
			out, (const char *)ASN1_STRING_get0_data(gn->d.ia5),
			(size_t)ASN1_STRING_length(gn->d.ia5));
	case GEN_IPADD:
		return print_address(gn->d.iPAddress, out);
	default:
		return buf_puts(out, "(other)");
	}
}

bool cert_print_names(X509 *x, struct buf *out)
{
	GENERAL_NAMES *names =
		X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	size_t start = out->len;
	int n = names ? sk_GENERAL_NAME_num(names) : 0;

	for (int i = 0; i < n && out->len - start < CHAIN_NAMES_MAX; i++) {
		if (i)
			buf_puts(out, ", ");
		print_general_name(sk_GENERAL_NAME_value(names, i), out);
	}
	GENERAL_NAMES_free(names);
	return buf_ok(out);
}

/* "prime256v1" is what OpenSSL says, "P-256" is what people say. */
static const char *curve_name(EVP_PKEY *key, char *room, size_t size)
{
	size_t len = 0;

	if (!EVP_PKEY_get_group_name(key, room, size, &len))
		return "(unnamed curve)";
	const char *nist = EC_curve_nid2nist(OBJ_sn2nid(room));
	return nist ? nist : room;
}

bool cert_print_key(X509 *x, struct buf *out)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	char room[64];

	if (!key)
		return buf_puts(out, "(unreadable)");
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return buf_printf(out, "rsa %d", EVP_PKEY_get_bits(key));
	case EVP_PKEY_RSA_PSS:
		return buf_printf(out, "rsa-pss %d", EVP_PKEY_get_bits(key));
	case EVP_PKEY_DSA:
		return buf_printf(out, "dsa %d", EVP_PKEY_get_bits(key));
	case EVP_PKEY_EC:
		return buf_printf(out, "ec %s",
				  curve_name(key, room, sizeof(room)));
	case EVP_PKEY_ED25519:
		return buf_puts(out, "ed25519");
	case EVP_PKEY_ED448:
		return buf_puts(out, "ed448");
	default:
		return buf_puts(out, "(other)");
	}
}

static bool print_serial(X509 *x, struct buf *out)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x);

	return text_hex_encode(out, ASN1_STRING_get0_data(serial),
			       (size_t)ASN1_STRING_length(serial));
}

static bool print_signature(X509 *x, struct buf *out)
{
	const char *name = OBJ_nid2ln(X509_get_signature_nid(x));

	return buf_puts(out, name ? name : "(unknown)");
}

static bool print_sha256(X509 *x, struct buf *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (!X509_digest(x, EVP_sha256(), digest, &len))
		return false;
	return text_hex_encode(out, digest, len);
}

static const char *keep(struct arena *a, bool (*print)(X509 *, struct buf *),
			X509 *x)
{
	struct buf text;

	buf_init(&text, CHAIN_NAMES_MAX + CHAIN_TEXT_MAX);
	print(x, &text); /* what was cut is cut */
	const char *kept = arena_strndup(a, buf_text(&text), text.len);
	buf_release(&text);
	return kept;
}

bool cert_describe(X509 *x, int64_t now_s, struct arena *a, struct cert *out)
{
	*out = (struct cert){
		.role = "",
		.subject = keep(a, cert_print_subject, x),
		.issuer = keep(a, cert_print_issuer, x),
		.serial = keep(a, print_serial, x),
		.key = keep(a, cert_print_key, x),
		.signature = keep(a, print_signature, x),
		.sha256 = keep(a, print_sha256, x),
		.names = keep(a, cert_print_names, x),
		.not_before_s = cert_not_before_s(x),
		.not_after_s = cert_not_after_s(x),
		.days = cert_days(x, now_s),
	};
	return out->subject && out->issuer && out->serial && out->key &&
	       out->signature && out->sha256 && out->names;
}
